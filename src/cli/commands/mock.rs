//! `resttest mock`: plays the server until it is told to end.
//!
//! Owns: the files, the port, the end and its exit. Does not: answer (see `mock`), handle connections (see `serve`).

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{RecvTimeoutError, unbounded};

use crate::cli::args::arguments::Arguments;
use crate::cli::args::mock_wanted::{MockWanted, Mode};
use crate::cli::exit::Exit;
use crate::cli::plan::planning;
use crate::cli::signals::forward_signals;
use crate::cli::terminal::{environment, fail, print, warn_of};
use crate::exchange::request::Exchange;
use crate::ground::counted::counted;
use crate::ground::file_root::FileRoot;
use crate::ground::input_log::stamp;
use crate::ground::printable;
use crate::ground::source::plain;
use crate::http::{Client, ClientSettings, ProxyEnvironment};
use crate::mock::{self, Delay, Input, Mock, Options, Recorder, RequestLog, Upstream};
use crate::recording::{Opening, Tape};
use crate::serve::{Manners, Server, listen, tls_settings};

/// How often is looked whether a file has changed.
const LOOK: Duration = Duration::from_millis(200);

/// Answers from the files that the words name.
pub fn run(arguments: &Arguments) -> Exit {
    match serve(arguments) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn serve(arguments: &Arguments) -> Result<Exit, Exit> {
    let mode = mode(arguments).map_err(|message| fail(Exit::Usage, &message))?;
    let paths: Vec<PathBuf> = arguments.positional.iter().map(PathBuf::from).collect();
    let input = read(&paths, arguments).map_err(|error| planning::reject(&error))?;
    let mut stamps = stamps(&input.files);
    let wanted = &arguments.mock;
    let recorder = recorder(arguments, &paths, input.stubs.recorded().map(|stub| stub.place.as_str()))?;
    let tls = match (&wanted.tls_cert, &wanted.tls_key) {
        (Some(certificate), Some(key)) => {
            let settings = tls_settings(Path::new(certificate), Path::new(key));
            Some(settings.map_err(|message| fail(Exit::Input, &message))?)
        }
        (None, None) => None,
        _ => return Err(fail(Exit::Usage, "--tls-cert and --tls-key go together; give both")),
    };
    let log = wanted.log_requests.as_deref().map(|path| {
        RequestLog::create(Path::new(path), arguments.force).map_err(|error| {
            let is_there = error.kind() == io::ErrorKind::AlreadyExists;
            let message = if is_there {
                format!("{path} exists, so nothing was started; --force replaces it")
            } else {
                format!("{path} cannot be written: {}", plain(&error))
            };
            fail(Exit::Output, &message)
        })
    });
    let log = log.transpose()?;
    let cannot_listen = |error: io::Error| {
        let message = format!("the server cannot listen at {}: {}", wanted.listen, plain(&error));
        fail(Exit::Output, &message)
    };
    // The signals are caught before anybody can know that there is something to end.
    let (sender, signals) = unbounded();
    forward_signals(move |exit| sender.send(exit).is_ok());
    let listener = listen(wanted.listen).map_err(cannot_listen)?;
    let address = listener.local_addr().map_err(cannot_listen)?;
    let url = format!("{}://{address}", if tls.is_some() { "https" } else { "http" });
    let seeds = arguments.seeds.of_file("mock".to_owned());
    let egress = arguments.settings.egress.clone();
    let client = ClientSettings { proxies: ProxyEnvironment::of(environment), egress, ..ClientSettings::default() };
    let after_stubs = mode != Mode::Passthrough;
    let upstream = wanted.upstream.clone().filter(|_| mode != Mode::Mock);
    let upstream = upstream.map(|origin| Upstream { origin, after_stubs });
    let exchange: Arc<dyn Exchange> = Arc::new(Client::new(client));
    let options = Options {
        delay: wanted.delay.map(Delay::Fixed),
        seed: arguments.seeds.given().unwrap_or_default(),
        seeds,
        checks: wanted.checks,
        cors: wanted.cors,
        admin: wanted.admin,
        log,
        exchange,
        rules: None,
        upstream,
        recorder,
        url: url.clone(),
        told: Arc::new(tell),
    };
    let mut files = input.files;
    let mock = Arc::new(Mock::new(input.stubs, options));
    let manners = Manners { threads: wanted.threads, tls, ..Manners::strict() };
    let server = Server::start(listener, mock.clone(), manners).map_err(cannot_listen)?;
    if let Some(path) = &wanted.port_file {
        let written = FileRoot::new("/").and_then(|root| root.write(path, address.port().to_string().as_bytes()));
        written.map_err(|message| fail(Exit::Output, &message))?;
    }
    tell(&told_mode(mode, wanted));
    print(&format!("mock: {url}\n"));
    let _ = io::stdout().flush();
    let end = arguments.max_time.map(|limit| Instant::now() + limit);
    loop {
        let left = end.map(|end| end.saturating_duration_since(Instant::now()));
        let wait = if arguments.watch { Some(left.map_or(LOOK, |left| left.min(LOOK))) } else { left };
        let heard = match wait {
            Some(wait) => signals.recv_timeout(wait),
            None => signals.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match heard {
            Ok(_) => break,
            Err(_) if end.is_some_and(|end| Instant::now() >= end) => break,
            // Without signals only the time ends it.
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(LOOK),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if arguments.watch {
            let now = self::stamps(&files);
            if now != stamps {
                stamps = now;
                if let Ok(input) = read(&paths, arguments).map_err(|error| planning::reject(&error)) {
                    files = input.files;
                    stamps = self::stamps(&files);
                    mock.replace(input.stubs);
                    tell("the stubs were read again");
                }
            }
        }
    }
    drop(server);
    let verdict = verdict(&mock, wanted.expects_all);
    if mock.has_lost() {
        return Err(fail(Exit::Output, "the recording is not complete: not everything could be recorded"));
    }
    Ok(verdict)
}

/// Who answers.
///
/// # Errors
/// What is missing for it.
fn mode(arguments: &Arguments) -> Result<Mode, String> {
    let wanted = &arguments.mock;
    let mode = wanted.mode.unwrap_or(if wanted.upstream.is_some() { Mode::Proxy } else { Mode::Mock });
    let message = if wanted.upstream.is_none() && mode != Mode::Mock {
        "--mode proxy and passthrough pass requests on; say where to: --upstream https://api.example.com"
    } else if wanted.record.is_some() && wanted.mode == Some(Mode::Mock) && wanted.upstream.is_some() {
        "--mode mock passes nothing on, so there is nothing to record; leave --mode or --record out"
    } else if arguments.positional.is_empty() && wanted.record.is_some() && wanted.upstream.is_none() {
        "what to record is missing: resttest mock --record DIR --upstream https://api.example.com"
    } else if arguments.positional.is_empty() && mode == Mode::Mock {
        "what to answer from is missing: resttest mock FILE... [--listen 127.0.0.1:8080]"
    } else if wanted.record.is_none() && (wanted.keeps_secrets || !wanted.record_headers.is_empty()) {
        "--keep-secrets and --record-headers are about a recording: add --record DIR"
    } else {
        return Ok(mode);
    };
    Err(message.to_owned())
}

/// The same for people.
fn told_mode(mode: Mode, wanted: &MockWanted) -> String {
    let upstream = wanted.upstream.as_deref().unwrap_or_default();
    let mut told = match mode {
        Mode::Mock => "mode mock: stubs alone".to_owned(),
        Mode::Proxy => format!("mode proxy: stubs, and {upstream} for what they are not for"),
        Mode::Passthrough => format!("mode passthrough: {upstream} alone"),
    };
    if let Some(folder) = &wanted.record {
        told.push_str(&format!("; recorded in {folder}"));
    }
    told
}

/// What records, if anything is to be recorded; `stub` is one that says so.
fn recorder(arguments: &Arguments, paths: &[PathBuf], stub: Option<&str>) -> Result<Option<Recorder>, Exit> {
    let wanted = &arguments.mock;
    let Some(folder) = wanted.record.as_deref().map(Path::new) else {
        return match stub {
            Some(place) => {
                let message = format!("{place}: record: true needs a folder to record in: --record DIR");
                Err(fail(Exit::Usage, &message))
            }
            None => Ok(None),
        };
    };
    if stub.is_none() && wanted.upstream.is_none() {
        let message = "--record has nothing to record: add --upstream URL, or record: true beside proxy: in a stub";
        return Err(fail(Exit::Usage, message));
    }
    let same = |path: &PathBuf| {
        path.canonicalize().ok().is_some_and(|path| folder.canonicalize().is_ok_and(|own| own == path))
    };
    // What is answered from is no recording to be replaced.
    let is_answered_from = paths.iter().any(same);
    if is_answered_from && arguments.watch {
        let message = "what a session records never answers in it, so --watch cannot look at the folder of --record";
        return Err(fail(Exit::Usage, message));
    }
    let opening = match (is_answered_from, arguments.force) {
        (true, _) => Opening::Adding,
        (false, true) => Opening::Replacing,
        (false, false) => Opening::New,
    };
    let tape = Tape::open(folder, opening).map_err(|message| fail(Exit::Output, &message))?;
    Ok(Some(Recorder { tape, headers: wanted.record_headers.clone(), keeps_secrets: wanted.keeps_secrets }))
}

fn read(paths: &[PathBuf], arguments: &Arguments) -> Result<Input, crate::suite::SuiteError> {
    let mut input = mock::read(paths, &planning::options("", arguments))?;
    input.warnings.drain(..).for_each(|warning| warn_of(&warning));
    Ok(input)
}

fn stamps(files: &[PathBuf]) -> BTreeMap<PathBuf, String> {
    files.iter().map(|path| (path.clone(), stamp(path))).collect()
}

fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "{}", printable::lines(text));
}

/// What `--expect-all` comes to.
fn verdict(mock: &Mock, expects_all: bool) -> Exit {
    let (never_hit, unmatched) = (mock.never_hit(), mock.unmatched());
    if !expects_all || (never_hit.is_empty() && unmatched == 0) {
        return Exit::Failed(0);
    }
    for place in &never_hit {
        tell(&format!("{place}: this stub was never hit"));
    }
    if unmatched > 0 {
        tell(&format!("{} matched no stub", counted(unmatched, "request")));
    }
    Exit::Failed(1)
}
