//! The state of alerts between two runs: a file of its own, and a lock beside it.
//!
//! Owns: the form of the file, who may use it, that it is whole whatever happens. Does not: know when the state changes
//! (see `record::alert`).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use crate::cli::args::wanted::AlertWanted;
use crate::cli::exit::Exit;
use crate::ground::source::plain;
use crate::record::alert::{AlertRule, AlertState, AlertVerdict, FailedRun, Severity};

/// The form of the file.
const VERSION: u32 = 1;

/// So long another run is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often is looked whether it has ended.
const LOOK: Duration = Duration::from_millis(20);

/// A file of ours is far shorter.
const LONGEST: u64 = 4096;

/// A run that failed, in the file.
const FAILED: char = '-';

/// A run that passed, in the file.
const PASSED: char = '+';

/// The file, as it is written: for people, and of a length that does not grow.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    version: u32,
    state: String,
    /// The runs in a row, the last ones, that went against the state.
    against: u32,
    /// What the last failing run exits with, while the state is bad.
    exit_code: Option<u8>,
    severity: Option<String>,
    /// The last runs, the newest last.
    recent: String,
}

/// The state before a run, which nobody else may use until the run has ended.
pub struct Alert {
    file: StateFile,
    state: AlertState,
    rule: AlertRule,
}

impl Alert {
    /// Takes the state, if the command line names one. Another run that has it is waited for.
    ///
    /// # Errors
    /// The exit and what is wrong: the file is damaged, cannot be read or written, or stays another run's.
    pub fn open(wanted: &AlertWanted) -> Result<Option<Alert>, (Exit, String)> {
        let Some(path) = &wanted.state else { return Ok(None) };
        if path.is_empty() {
            return Err((Exit::Usage, "option --alert-state needs the name of a file".to_owned()));
        }
        let file = StateFile::lock(Path::new(path))?;
        let state = file.read().map_err(|message| (Exit::Input, message))?;
        Ok(Some(Alert { file, state, rule: wanted.rule() }))
    }

    /// What a run comes to; `None` is one that passed.
    pub fn judge(&self, run: Option<FailedRun>) -> AlertVerdict {
        self.state.after(run, self.rule)
    }

    /// Keeps the state after the run.
    ///
    /// # Errors
    /// Why it cannot be kept; the state before is still there.
    pub fn keep(&self, verdict: &AlertVerdict) -> Result<(), String> {
        self.file.write(&verdict.state)
    }
}

/// The file of a state, locked.
struct StateFile {
    /// As it was named.
    name: PathBuf,
    /// Links followed.
    target: PathBuf,
    /// Another process that ends, however it ends, gives its lock back.
    _lock: File,
}

impl StateFile {
    fn lock(name: &Path) -> Result<StateFile, (Exit, String)> {
        let shown = name.display();
        let unwritable =
            |error: &io::Error| (Exit::Output, format!("--alert-state {shown} cannot be written: {}", plain(error)));
        let target = name.canonicalize().unwrap_or_else(|_| name.to_owned());
        if target.exists() && !target.is_file() {
            let what = if target.is_dir() { "it is a folder" } else { "it is no file" };
            return Err((Exit::Input, format!("--alert-state {shown} cannot be used: {what}; name a file")));
        }
        if let Some(folder) = target.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(|error| unwritable(&error))?;
        }
        // The file itself is replaced by each run, and a lock on it would be one on a file that is gone.
        let beside = beside(&target, "lock");
        let opened = OpenOptions::new().write(true).create(true).truncate(false).open(beside);
        let lock = opened.map_err(|error| unwritable(&error))?;
        let begun = Instant::now();
        loop {
            match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => break,
                Err(Errno::INTR) => {}
                Err(Errno::WOULDBLOCK) if begun.elapsed() < PATIENCE => thread::sleep(LOOK),
                Err(Errno::WOULDBLOCK) => {
                    let waited = PATIENCE.as_secs();
                    let message = format!(
                        "--alert-state {shown} is another run's, and was it for {waited} s; give each check a FILE of its own"
                    );
                    return Err((Exit::Input, message));
                }
                Err(error) => {
                    let error = io::Error::from(error);
                    return Err((Exit::Output, format!("--alert-state {shown} cannot be locked: {}", plain(&error))));
                }
            }
        }
        let file = StateFile { name: name.to_owned(), target, _lock: lock };
        // What cannot be written after the run is known before it.
        File::create(file.temporary())
            .and_then(|_| fs::remove_file(file.temporary()))
            .map_err(|error| unwritable(&error))?;
        Ok(file)
    }

    /// What is written before it takes the file's place. A run that was killed leaves it for the next to write over.
    fn temporary(&self) -> PathBuf {
        beside(&self.target, "tmp")
    }

    /// # Errors
    /// The file cannot be read, or is none of ours: then nothing may pass for good.
    fn read(&self) -> Result<AlertState, String> {
        let name = self.name.display();
        let mut text = Vec::new();
        let read = File::open(&self.target).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut text));
        match read {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(AlertState::default()),
            Err(error) => return Err(format!("--alert-state {name} cannot be read: {}", plain(&error))),
            Ok(_) => {}
        }
        state_of(&text)
            .map_err(|why| format!("--alert-state {name} is damaged: {why}; remove it to begin with a good state"))
    }

    /// Writes the whole file, so that there is the old one or the new one at any moment, even after a power cut.
    fn write(&self, state: &AlertState) -> Result<(), String> {
        let write = || {
            let (beside, mode) = (self.temporary(), fs::metadata(&self.target).ok().map(|found| found.permissions()));
            let mut file = File::create(&beside)?;
            file.write_all(text_of(state).as_bytes())?;
            if let Some(mode) = mode {
                file.set_permissions(mode)?;
            }
            file.sync_all()?;
            fs::rename(&beside, &self.target)?;
            let folder = self.target.parent().filter(|folder| !folder.as_os_str().is_empty());
            // Not every file system has folders that can be synchronized, and the rename is done.
            let _ = File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all());
            Ok(())
        };
        write().map_err(|error: io::Error| {
            format!("--alert-state {} cannot be written: {}", self.name.display(), plain(&error))
        })
    }
}

/// A file beside another, with an ending more.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

fn text_of(state: &AlertState) -> String {
    let severity = |run: FailedRun| match run.severity {
        Severity::Warning => "warning",
        Severity::Critical => "critical",
    };
    let kept = Kept {
        version: VERSION,
        state: state.name().to_owned(),
        against: state.against,
        exit_code: state.failing.map(|run| run.code),
        severity: state.failing.map(severity).map(str::to_owned),
        recent: state.recent.iter().map(|failed| if *failed { FAILED } else { PASSED }).collect(),
    };
    // Serializing text and numbers into a String cannot fail.
    serde_json::to_string(&kept).unwrap_or_default() + "\n"
}

/// # Errors
/// Why the text is no state.
fn state_of(text: &[u8]) -> Result<AlertState, String> {
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    if text.len() as u64 > LONGEST {
        return Err("it is no state that resttest wrote".to_owned());
    }
    #[derive(Deserialize)]
    struct Head {
        version: u32,
    }
    let head: Head = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    if head.version != VERSION {
        return Err(format!("it is of version {}, and this program knows version {VERSION}", head.version));
    }
    let kept: Kept = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let severity = match kept.severity.as_deref() {
        None => None,
        Some("warning") => Some(Severity::Warning),
        Some("critical") => Some(Severity::Critical),
        Some(other) => return Err(format!("severity must be warning or critical, not {other:?}")),
    };
    let failing = match (kept.state.as_str(), kept.exit_code, severity) {
        ("good", None, None) => None,
        ("bad", Some(code @ 0..=63), Some(severity)) => Some(FailedRun { code, severity }),
        ("good", ..) => return Err("a good state has neither exit_code nor severity".to_owned()),
        ("bad", ..) => return Err("a bad state needs an exit_code, 0 to 63, and a severity".to_owned()),
        (other, ..) => return Err(format!("state must be good or bad, not {other:?}")),
    };
    let runs: Vec<char> = kept.recent.chars().collect();
    let mut recent = AlertState::default().recent;
    if runs.len() != recent.len() || !runs.iter().all(|run| [FAILED, PASSED].contains(run)) {
        return Err(format!("recent must be {} times {PASSED} or {FAILED}", recent.len()));
    }
    recent.iter_mut().zip(runs).for_each(|(failed, run)| *failed = run == FAILED);
    Ok(AlertState { failing, against: kept.against, recent })
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    fn failed(code: u8) -> Option<FailedRun> {
        Some(FailedRun { code, severity: if code == 0 { Severity::Warning } else { Severity::Critical } })
    }

    #[test]
    fn a_state_is_read_back_as_it_was_and_does_not_grow() {
        let rule = AlertRule { fail_after: NonZeroU32::new(9).unwrap(), recover_after: NonZeroU32::new(3).unwrap() };
        let mut random = fastrand::Rng::with_seed(7);
        let mut state = AlertState::default();
        let mut lengths = Vec::new();
        let mut run = None;
        for _ in 0..2016 {
            if random.u32(..5) == 0 {
                run = random.bool().then(|| failed(random.u8(..64)).unwrap());
            }
            state = state.after(run, rule).state;
            let text = text_of(&state);
            assert_eq!(state_of(text.as_bytes()).as_ref(), Ok(&state), "{text}");
            lengths.push(text.len());
        }
        let (shortest, longest) = (lengths.iter().min().unwrap(), lengths.iter().max().unwrap());
        assert!(*longest <= 110 && longest - shortest <= 12, "{shortest} to {longest}");
    }

    #[test]
    fn what_is_no_state_is_never_taken_for_one() {
        let good = text_of(&AlertState::default());
        assert_eq!(
            good,
            "{\"version\":1,\"state\":\"good\",\"against\":0,\"exit_code\":null,\"severity\":null,\"recent\":\"+++++++++++\"}\n"
        );
        // Every way in which a file may be cut.
        for end in 0..good.trim_end().len() {
            assert!(state_of(&good.as_bytes()[..end]).is_err(), "{}", &good[..end]);
        }
        for (wrong, why) in [
            (String::new(), "empty"),
            ("\0".repeat(100), "expected value at line 1 column 1"),
            ("x".repeat(5000), "no state"),
            (good.replace(":1", ":2"), "it is of version 2"),
            (good.replace("good", "fine"), "state must be good or bad, not \"fine\""),
            (good.replace("good", "bad"), "needs an exit_code"),
            (good.replace("\"exit_code\":null", "\"exit_code\":3"), "neither"),
            (good.replace("good", "bad").replace("null,\"sev", "64,\"sev").replace("null", "\"critical\""), "0 to 63"),
            (good.replace("null,\"rec", "\"worse\",\"rec"), "severity must be warning or critical"),
            (good.replace("+\"", "\""), "recent must be 11 times"),
            (good.replace("++\"", "+x\""), "recent must be 11 times"),
            (good.replace("against", "gegen"), "unknown field"),
            (good.replace(":0", ":-1"), "invalid value"),
        ] {
            let message = state_of(wrong.as_bytes()).unwrap_err();
            assert!(message.contains(why), "{wrong}: {message}");
        }
    }
}
