//! `--watch`: runs again as often as a file changes that the run has read.
//!
//! Owns: the loop, what counts as a change, the end. Does not: run anything itself: each run is a process of its own,
//! with the same words.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, unbounded};

use crate::cli::args::arguments::Arguments;
use crate::cli::args::given_secrets;
use crate::cli::args::parser;
use crate::cli::args::presets::variable_of;
use crate::cli::exit::Exit;
use crate::cli::own_process::own_binary;
use crate::cli::plan::targets;
use crate::cli::running::inputs_read::{VARIABLE, told};
use crate::cli::signals::forward_signals;
use crate::cli::terminal::fail;
use crate::ground::input_log::{Stamps, stamp};
use crate::ground::source::plain;
use crate::suite::STDIN;

/// How often is looked whether anything has changed.
const LOOK: Duration = Duration::from_millis(200);

/// So long nothing must change before it is run again: editors write in several steps, and several files at once.
const QUIET: Duration = Duration::from_millis(150);

/// How often is looked whether a run has ended.
const TICK: Duration = Duration::from_millis(20);

/// How long a run may take to end after a signal.
const GRACE: Duration = Duration::from_secs(15);

/// Runs, and runs again with every change, until a signal ends it.
pub fn run(arguments: &Arguments, words: &[String]) -> Exit {
    if arguments.positional.iter().any(|word| word == STDIN) {
        return fail(Exit::Usage, "--watch cannot read a suite from standard input a second time; name a file");
    }
    let (sender, signals) = unbounded();
    forward_signals(move |exit| sender.send(exit).is_ok());
    let words = parser::without(&parser::without(words, "watch"), "secret");
    match watch(arguments, &words, &signals) {
        Ok(exit) => exit,
        Err(error) => fail(Exit::Internal, &format!("the run cannot be watched: {}", plain(&error))),
    }
}

fn watch(arguments: &Arguments, words: &[String], signals: &Receiver<Exit>) -> io::Result<Exit> {
    let list = List::new()?;
    // What the run before changed itself.
    let mut own: BTreeSet<PathBuf> = BTreeSet::new();
    loop {
        list.clear()?;
        let mut command = Command::new(own_binary());
        command.args(words).env(variable_of("watch"), "false").env(VARIABLE, &list.0);
        // A command line can be seen by others.
        let mut child = command.envs(given_secrets::of_line(arguments).ok().flatten()).spawn()?;
        let (code, signal) = end_of(&mut child, signals)?;
        if let Some(exit) = signal {
            return Ok(exit);
        }
        let mut stamps = told(&list.0);
        if stamps.is_empty() || code == Exit::Usage.code() {
            // The words are wrong; no change of a file puts them right.
            return Ok(Exit::of_code(code));
        }
        // A file that every run writes anew would make for runs without an end.
        let changed = changes(&stamps);
        let again: Vec<PathBuf> = changed.intersection(&own).cloned().collect();
        for path in &again {
            let _ = writeln!(io::stderr(), "{} is changed by the run itself, which does not count", path.display());
            stamps.insert(path.clone(), stamp(path));
        }
        own = changed;
        let _ = writeln!(io::stderr(), "watching {}; Ctrl-C ends it", files(stamps.len()));
        match change(arguments, &stamps, signals) {
            Ok(changed) => {
                let _ = writeln!(io::stderr(), "\nchanged: {changed}");
            }
            Err(exit) => return Ok(exit),
        }
    }
}

fn files(count: usize) -> String {
    format!("{count} file{}", if count == 1 { "" } else { "s" })
}

/// The end of a run: its code, and the signal that ended it, if one did.
fn end_of(child: &mut Child, signals: &Receiver<Exit>) -> io::Result<(u8, Option<Exit>)> {
    let mut until: Option<(Instant, Exit)> = None;
    loop {
        if let Some(status) = child.try_wait()? {
            let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(70);
            let signal = until.map(|(_, exit)| exit);
            let of_child =
                [Exit::Interrupted, Exit::Terminated, Exit::HungUp].into_iter().find(|exit| exit.code() == code);
            return Ok((code, signal.or(of_child)));
        }
        match signals.recv_timeout(TICK) {
            Ok(exit) => {
                // Ctrl-C on a terminal is for the run as well; any other signal came to us alone.
                if exit != Exit::Interrupted || !io::stdin().is_terminal() {
                    pass_on(child, exit);
                }
                until.get_or_insert((Instant::now() + GRACE, exit));
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
        if until.is_some_and(|(until, _)| Instant::now() >= until) {
            child.kill()?;
        }
    }
}

fn pass_on(child: &Child, exit: Exit) {
    let name = match exit {
        Exit::Interrupted => "INT",
        Exit::HungUp => "HUP",
        _ => "TERM",
    };
    let _ = Command::new("/bin/sh")
        .args(["-c", &format!("kill -{name} {}", child.id())])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

/// Waits for a change, and for the quiet after it; what has changed, in words.
///
/// # Errors
/// The exit that a signal means.
fn change(arguments: &Arguments, stamps: &Stamps, signals: &Receiver<Exit>) -> Result<String, Exit> {
    let suites = suites(arguments);
    let mut seen = None;
    loop {
        let changed = changes(stamps);
        let found = self::suites(arguments);
        let state: Vec<String> = changed.iter().map(|path| stamp(path)).collect();
        let is_changed = !changed.is_empty() || found != suites;
        match &seen {
            Some(before) if is_changed && *before == (state.clone(), found.clone()) => {
                let new = found.iter().chain(&suites).filter(|path| found.contains(path) != suites.contains(path));
                let names: BTreeSet<&PathBuf> = changed.iter().chain(new).collect();
                let names: Vec<String> = names.into_iter().map(|path| path.display().to_string()).collect();
                return Ok(names.join(", "));
            }
            _ => seen = is_changed.then_some((state, found)),
        }
        match signals.recv_timeout(if seen.is_some() { QUIET } else { LOOK }) {
            Ok(exit) => return Err(exit),
            Err(RecvTimeoutError::Timeout) => {}
            // Signals cannot be caught: then one ends us without a word.
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(LOOK),
        }
    }
}

/// The files that are not as they were.
fn changes(stamps: &Stamps) -> BTreeSet<PathBuf> {
    stamps.iter().filter(|(path, before)| stamp(path) != **before).map(|(path, _)| path.clone()).collect()
}

/// The suites that folders and patterns name at the moment.
fn suites(arguments: &Arguments) -> Vec<PathBuf> {
    let names_several = arguments.tests.is_some() || arguments.positional.iter().any(|word| Path::new(word).is_dir());
    if !names_several {
        return Vec::new();
    }
    targets::settle(arguments).map(|targets| targets.files).unwrap_or_default()
}

/// The file in which runs tell what they read; gone with us.
struct List(PathBuf);

impl List {
    fn new() -> io::Result<List> {
        let path = std::env::temp_dir().join(format!("resttest-inputs-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        // Nobody else's file or link is written to.
        OpenOptions::new().write(true).create_new(true).open(&path)?;
        Ok(List(path))
    }

    fn clear(&self) -> io::Result<()> {
        OpenOptions::new().write(true).truncate(true).open(&self.0).map(drop)
    }
}

impl Drop for List {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
