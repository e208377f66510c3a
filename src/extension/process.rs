//! One process of a program: its beginning, what it says on stderr, and its end.
//!
//! Owns: those. Does not: carry lines (see `pipes`), or know what they mean.

use std::io::{self, BufRead as _, BufReader, Read as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::notes::note;
use super::pipes::{LONGEST_LINE, Pipes};
use crate::ground::printable::one_line;
use crate::ground::process_group;
use crate::ground::source::plain;
use crate::secrets::HANDED_SECRETS;

/// So much of a line on stderr is told.
const LONGEST_REMARK: u64 = 4096;

/// What Linux and macOS say of a file that may not be run, and of one that is no program.
const EACCES: i32 = 13;
const ENOEXEC: i32 = 8;

/// How long a program that has ended is waited for to say why.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// A program that can be started.
#[derive(Debug, Clone)]
pub struct Program {
    /// Its words.
    pub words: Vec<String>,
    /// What it is called in messages.
    pub shown: String,
    /// What is added to its environment.
    pub environment: Vec<(String, String)>,
    /// What it is given on stdin before the first line; only one of ours has that, and a socket to read it from.
    pub preface: Option<Vec<u8>>,
}

impl Program {
    /// The program of a command line. One of plain words is started without a shell.
    pub fn of(line: &str, environment: Vec<(String, String)>) -> Program {
        let is_plain = |c: char| c.is_alphanumeric() || " _-./:@%+=,".contains(c);
        let is_plain = line.chars().all(is_plain) && !line.trim_start().split(' ').next().unwrap_or("").contains('=');
        let words = if is_plain {
            line.split_whitespace().map(str::to_owned).collect()
        } else {
            ["/bin/sh", "-c", line].map(str::to_owned).to_vec()
        };
        Program { words, shown: line.to_owned(), environment, preface: None }
    }
}

/// A process under way.
pub(super) struct Process {
    running: Arc<Running>,
    pipes: Pipes,
    remarks: Arc<Mutex<String>>,
    silent: Receiver<()>,
}

/// What others than its user must know of one.
struct Running {
    child: Mutex<Child>,
    /// Whether an answer is waited for.
    is_asked: AtomicBool,
}

/// All that run, so that they can be ended whoever is waiting for them.
static RUNNING: Mutex<Vec<Arc<Running>>> = Mutex::new(Vec::new());

fn locked<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Process {
    /// Starts a program.
    ///
    /// # Errors
    /// It cannot be; the end of a sentence.
    pub fn start(program: &Program) -> Result<Process, String> {
        let (first, words) = program.words.split_first().ok_or("names no program")?;
        let wrong = |error: io::Error| {
            let remedy = match error.raw_os_error() {
                Some(EACCES) => "; chmod +x makes a file a program",
                Some(ENOEXEC) => "; its first line must name what runs it: #!/bin/sh",
                _ if program.preface.is_some() => "; RESTTEST_PYTHON names another Python",
                _ => "",
            };
            match program.shown.starts_with(first.as_str()) {
                true => format!("cannot be started: {}{remedy}", plain(&error)),
                false => format!("cannot be started: {first}: {}{remedy}", plain(&error)),
            }
        };
        let mut command = Command::new(first);
        command
            .args(words)
            .envs(program.environment.iter().cloned())
            .env_remove(HANDED_SECRETS)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A group of its own, so that what it starts can be ended with it.
            .process_group(0);
        let socket = match &program.preface {
            None => None,
            Some(preface) => {
                let (own, other) = UnixStream::pair().map_err(wrong)?;
                command.stdin(OwnedFd::from(other.try_clone().map_err(wrong)?)).stdout(OwnedFd::from(other));
                Some(Pipes::socket(own, preface.clone()))
            }
        };
        let mut child = command.spawn().map_err(wrong)?;
        // It holds the other end, whose end is to be seen.
        drop(command);
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let running = Arc::new(Running { child: Mutex::new(child), is_asked: AtomicBool::new(false) });
        locked(&RUNNING).push(running.clone());
        let pipes = match (socket, stdin, stdout) {
            (Some(socket), ..) => socket,
            (None, Some(stdin), Some(stdout)) => Pipes::waited(stdin, stdout).map_err(wrong)?,
            _ => return Err("has no pipes".to_owned()),
        };
        let (ending, silent) = bounded(1);
        let remarks = Arc::new(Mutex::new(String::new()));
        let (said, shown) = (remarks.clone(), program.shown.clone());
        let listening = thread::Builder::new().name("remarks".to_owned());
        if let Some(stderr) = stderr {
            listening.spawn(move || listen(stderr, &shown, &said, &ending)).map_err(wrong)?;
        }
        Ok(Process { running, pipes, remarks, silent })
    }

    /// Sends a line, and takes the line that comes back.
    ///
    /// # Errors
    /// None came in time: the process is of no use any more.
    pub fn ask(&mut self, line: Vec<u8>, limit: Duration) -> Result<Vec<u8>, String> {
        self.running.is_asked.store(true, Ordering::Relaxed);
        let answer = self.pipes.ask(line, limit);
        self.running.is_asked.store(false, Ordering::Relaxed);
        answer.map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => format!("answered with a line above {} MiB", LONGEST_LINE >> 20),
            io::ErrorKind::TimedOut => format!("did not answer within {} s", limit.as_secs_f64()),
            _ => "ended".to_owned(),
        })
    }

    /// Ends it by force, and tells how it ended and what it said last, where that is of interest.
    pub fn kill(self, why: &str) -> String {
        let mut child = locked(&self.running.child);
        let status = if why == "ended" { process_group::status_within(&mut child, LAST_WORDS) } else { None };
        process_group::end_group(&mut child);
        drop(child);
        locked(&RUNNING).retain(|have| !Arc::ptr_eq(have, &self.running));
        if is_stopped() {
            return "was ended, since the run was stopped".to_owned();
        }
        let code = status.and_then(|status| status.code()).map_or(String::new(), |code| format!(" with {code}"));
        let _ = self.silent.recv_timeout(LAST_WORDS);
        match (why, &*locked(&self.remarks)) {
            ("ended", said) if said.is_empty() => format!("ended{code}"),
            ("ended", said) => format!("ended{code}: {}", one_line(said)),
            (why, _) => why.to_owned(),
        }
    }
}

/// Logs what a program says on stderr, and keeps its last line.
fn listen(stderr: ChildStderr, shown: &str, said: &Mutex<String>, _ending: &Sender<()>) {
    let mut stderr = BufReader::new(stderr);
    loop {
        let mut line = Vec::new();
        match stderr.by_ref().take(LONGEST_REMARK).read_until(b'\n', &mut line) {
            Ok(1..) => {}
            _ => return,
        }
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        if !line.is_empty() {
            note(log::Level::Debug, format!("extension {}: {line}", one_line(shown)));
            *locked(said) = line.chars().take(300).collect();
        }
    }
}

/// Ends all that run: those whose stdin was closed are given a moment.
pub fn end_programs() {
    let running = std::mem::take(&mut *locked(&RUNNING));
    process_group::end_groups(running.iter().map(|running| locked(&running.child)).collect());
}

/// Whether what runs is ended because nobody wants its answers any more.
static IS_STOPPED: AtomicBool = AtomicBool::new(false);

/// Whether it is.
pub(super) fn is_stopped() -> bool {
    IS_STOPPED.load(Ordering::Relaxed)
}

/// Ends those that somebody waits for, who need not wait any longer then: the run was stopped.
pub fn end_busy() {
    IS_STOPPED.store(true, Ordering::Relaxed);
    let running: Vec<Arc<Running>> = locked(&RUNNING).clone();
    let busy = running.iter().filter(|running| running.is_asked.load(Ordering::Relaxed));
    busy.for_each(|running| process_group::end_group(&mut locked(&running.child)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_need_no_shell() {
        for (line, words) in [
            ("python3  ext.py --x=1", vec!["python3", "ext.py", "--x=1"]),
            ("./ext.sh 'a b'", vec!["/bin/sh", "-c", "./ext.sh 'a b'"]),
            ("A=1 ./ext", vec!["/bin/sh", "-c", "A=1 ./ext"]),
            ("a | b", vec!["/bin/sh", "-c", "a | b"]),
            (" ", vec![]),
        ] {
            assert_eq!(Program::of(line, Vec::new()).words, words);
        }
    }
}
