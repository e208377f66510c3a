//! A token that a command prints: `kubectl create token`, `vault print token`, `gcloud auth print-access-token`.
//!
//! Owns: running it, reading what it prints, how long that is good. Does not: know whose commands may run (see
//! `suite::auth`).

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::auth::fields::{AuthFields, Wrong};
use crate::auth::header_line::Holder;
use crate::auth::keys::{AuthKey, Form, key, needed};
use crate::exchange::authorization::{Auth, CurlFlag, Door, Readiness, Unsigned};
use crate::ground::json;
use crate::ground::source::plain;
use crate::ground::timestamp::from_rfc3339;
use crate::ground::value::Value;
use crate::judge::extract::dotted;

/// The longest wait between two looks at a command that runs.
const TICK: Duration = Duration::from_millis(20);

/// More than this is no token.
const LIMIT: u64 = 1024 * 1024;

/// A token is fetched anew so long before it expires.
const LEEWAY: Duration = Duration::from_secs(30);

const JSON: &[AuthKey] = &[key("token", Form::Text), key("expiry", Form::Text)];

pub(super) const KEYS: &[AuthKey] = &[
    needed("command", Form::Texts),
    key("in", Form::Text),
    key("expires_in", Form::Seconds),
    key("timeout", Form::Seconds),
    key("json", Form::Block(JSON)),
];

pub(super) fn make(fields: &AuthFields<'_>) -> Result<Arc<dyn Auth>, Wrong> {
    let words = fields.texts("command")?;
    if words.first().is_none_or(|word| word.trim().is_empty()) {
        return Err(Wrong::of("command", "command is empty"));
    }
    let json = match fields.within("json")? {
        None => None,
        Some(json) => {
            let token = json.optional("token")?.unwrap_or_else(|| "token".to_owned());
            Some((token, json.optional("expiry")?.unwrap_or_else(|| "expirationTimestamp".to_owned())))
        }
    };
    let words = match fields.value("command") {
        Some(serde_json::Value::Array(_)) => words,
        _ => ["/bin/sh".to_owned(), "-c".to_owned()].into_iter().chain(words).collect(),
    };
    Ok(Arc::new(Printed {
        words,
        json,
        holder: Holder::parse(fields.optional("in")?.as_deref())?,
        expires_in: fields.seconds("expires_in")?.map(Duration::from_secs_f64),
        timeout: Duration::from_secs_f64(fields.seconds("timeout")?.unwrap_or(10.0)),
        fetching: Mutex::default(),
        state: Mutex::default(),
    }))
}

struct Printed {
    words: Vec<String>,
    /// Where token and expiry stand, if it prints JSON.
    json: Option<(String, String)>,
    holder: Holder,
    expires_in: Option<Duration>,
    timeout: Duration,
    /// Held by whoever runs the command: all others wait for the same token.
    fetching: Mutex<()>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// All that were printed, the last one at the end.
    tokens: Vec<String>,
    until: Option<Instant>,
    edition: u64,
}

impl Auth for Printed {
    fn ready(&self, door: &dyn Door) -> Result<Readiness, String> {
        if self.is_ready(door.clock().now()) {
            return Ok(Readiness::Kept);
        }
        let _one_at_a_time = self.fetching.lock().unwrap_or_else(PoisonError::into_inner);
        let now = door.clock().now();
        if self.is_ready(now) {
            return Ok(Readiness::Kept);
        }
        let found = self.run(door).and_then(|output| self.read(&output, door));
        let (token, life) = found.map_err(|why| format!("no token from the command {}: {why}", self.shown()))?;
        let life = self.expires_in.or(life);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.until = life.and_then(|life| now.checked_add(life.saturating_sub(LEEWAY).max(life / 2)));
        state.tokens.retain(|have| *have != token);
        state.tokens.push(token);
        state.edition += 1;
        Ok(Readiness::Fetched)
    }

    fn is_ready(&self, now: Instant) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        !state.tokens.is_empty() && state.until.is_none_or(|until| now < until)
    }

    fn header(&self) -> Option<&str> {
        Some(&self.holder.name)
    }

    fn sign(&self, _: &Unsigned<'_>) -> Result<Vec<(String, String)>, String> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.tokens.last().map(|token| self.holder.line(token)).ok_or_else(|| "there is no token yet".to_owned())
    }

    fn edition(&self) -> Option<u64> {
        Some(self.state.lock().unwrap_or_else(PoisonError::into_inner).edition)
    }

    fn curl(&self) -> Vec<CurlFlag> {
        vec![self.holder.curl("")]
    }

    fn each_secret(&self, tell: &mut dyn FnMut(&str)) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).tokens.iter().for_each(|token| tell(token));
    }
}

impl Printed {
    /// Its first word: the others may hold a secret.
    fn shown(&self) -> String {
        let words = match self.words.as_slice() {
            [shell, flag, text] if shell == "/bin/sh" && flag == "-c" => text.as_str(),
            words => words.first().map_or("", String::as_str),
        };
        format!("\"{}\"", words.split_whitespace().next().unwrap_or_default().escape_debug())
    }

    /// What it prints.
    fn run(&self, door: &dyn Door) -> Result<String, String> {
        let (program, words) = self.words.split_first().ok_or("there is none")?;
        let mut child = Command::new(program)
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("it cannot be started: {}", plain(&error)))?;
        let (output, errors) = (collected(child.stdout.take()), collected(child.stderr.take()));
        let clock = door.clock();
        let (started, mut pause) = (clock.now(), Duration::from_millis(1));
        let status = loop {
            if let Some(status) =
                child.try_wait().map_err(|error| format!("it cannot be waited for: {}", plain(&error)))?
            {
                break status;
            }
            if door.is_stopped() {
                end(&mut child);
                return Err("it was ended because the run was stopped".to_owned());
            }
            if clock.now().saturating_duration_since(started) >= self.timeout {
                end(&mut child);
                return Err(format!("it took longer than {} s (timeout)", self.timeout.as_secs_f64()));
            }
            clock.sleep(pause);
            pause = (pause * 2).min(TICK);
        };
        let left = self.timeout.max(TICK);
        if !status.success() {
            let errors = errors.recv_timeout(left).unwrap_or_default();
            let first = errors.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
            let how = status.code().map_or_else(|| "it was killed".to_owned(), |code| format!("it exited with {code}"));
            return Err(if first.is_empty() { how } else { format!("{how}: {}", first.trim()) });
        }
        output.recv_timeout(left).map_err(|_| "its output does not end".to_owned())
    }

    /// The token in what was printed, and how long it lives.
    fn read(&self, output: &str, door: &dyn Door) -> Result<(String, Option<Duration>), String> {
        let Some((token, expiry)) = &self.json else {
            let token = output.trim();
            let is_token = !token.is_empty() && !token.contains(|c: char| c.is_ascii_control());
            return match is_token {
                true => Ok((token.to_owned(), None)),
                false => Err("it must print one line, the token; for JSON there is json: {token: PATH}".to_owned()),
            };
        };
        let object = json::parse(output.as_bytes()).map_err(|why| format!("it must print JSON: {why}"))?;
        let Value::Str(found) = dotted(&object, token) else {
            return Err(format!("there is no text at {token} of what it prints"));
        };
        let end = match dotted(&object, expiry) {
            Value::Str(date) => date_of(date.trim()),
            Value::Int(seconds) => u64::try_from(seconds).ok().and_then(after_epoch),
            Value::Float(seconds) if seconds >= 0.0 => after_epoch(seconds as u64),
            Value::Null => return Ok((found, None)),
            _ => None,
        };
        let wrong =
            || format!("{expiry} of what it prints is no time such as 2026-01-31T12:00:00Z, nor seconds since 1970");
        let life = end.ok_or_else(wrong)?.duration_since(door.clock().date()).unwrap_or_default();
        Ok((found, Some(life)))
    }
}

/// A time as RFC 3339 has it, or as seconds since 1970.
fn date_of(text: &str) -> Option<SystemTime> {
    from_rfc3339(text).or_else(|| after_epoch(text.parse().ok()?))
}

fn after_epoch(seconds: u64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

/// All that comes through a pipe, once it ends.
fn collected(pipe: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (give, given) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(pipe) = pipe {
            let _ = pipe.take(LIMIT).read_to_end(&mut bytes);
        }
        let _ = give.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    given
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}
