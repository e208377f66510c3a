//! One process of a program: its pipes, and its end.
//!
//! Owns: a line to it and a line from it, in time; what it says on stderr. Does not: know what lines mean.

use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::notes::note;
use crate::ground::printable::one_line;
use crate::ground::process_group;
use crate::ground::source::plain;
use crate::secrets::HANDED_SECRETS;

/// No line is longer.
pub(super) const LONGEST_LINE: usize = 64 << 20;

/// So much of a line on stderr is told.
const LONGEST_REMARK: u64 = 4096;

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
    /// What it is given on stdin before the first line.
    pub preface: Vec<u8>,
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
        Program { words, shown: line.to_owned(), environment, preface: Vec::new() }
    }
}

/// A process under way.
pub(super) struct Process {
    child: Arc<Mutex<Child>>,
    requests: Sender<Vec<u8>>,
    answers: Receiver<io::Result<Vec<u8>>>,
    remarks: Arc<Mutex<String>>,
    silent: Receiver<()>,
}

/// All that run, so that they can be ended whoever is waiting for them.
static RUNNING: Mutex<Vec<Arc<Mutex<Child>>>> = Mutex::new(Vec::new());

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
        let wrong = |error: io::Error| match program.shown.starts_with(first.as_str()) {
            true => format!("cannot be started: {}", plain(&error)),
            false => format!("cannot be started: {first}: {}", plain(&error)),
        };
        let mut child = Command::new(first)
            .args(words)
            .envs(program.environment.iter().cloned())
            .env_remove(HANDED_SECRETS)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A group of its own, so that what it starts can be ended with it.
            .process_group(0)
            .spawn()
            .map_err(wrong)?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let child = Arc::new(Mutex::new(child));
        locked(&RUNNING).push(child.clone());
        let (Some(stdin), Some(stdout), Some(stderr)) = (stdin, stdout, stderr) else {
            return Err("has no pipes".to_owned());
        };
        let (requests, asked) = bounded(1);
        let (answering, answers) = bounded(1);
        let (ending, silent) = bounded(1);
        let remarks = Arc::new(Mutex::new(String::new()));
        let (said, shown, preface) = (remarks.clone(), program.shown.clone(), program.preface.clone());
        let named = |name: &str| thread::Builder::new().name(name.to_owned());
        named("extension").spawn(move || carry(stdin, stdout, &preface, &asked, &answering)).map_err(wrong)?;
        named("remarks").spawn(move || listen(stderr, &shown, &said, &ending)).map_err(wrong)?;
        Ok(Process { child, requests, answers, remarks, silent })
    }

    /// Sends a line, and takes the line that comes back.
    ///
    /// # Errors
    /// None came in time: the process is of no use any more.
    pub fn ask(&self, line: Vec<u8>, limit: Duration) -> Result<Vec<u8>, String> {
        let ended = || "ended".to_owned();
        self.requests.send(line).map_err(|_| ended())?;
        match self.answers.recv_timeout(limit) {
            Ok(Ok(line)) => Ok(line),
            Ok(Err(error)) if error.kind() == io::ErrorKind::InvalidData => {
                Err(format!("answered with a line above {} MiB", LONGEST_LINE >> 20))
            }
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => Err(ended()),
            Err(RecvTimeoutError::Timeout) => Err(format!("did not answer within {} s", limit.as_secs_f64())),
        }
    }

    /// Ends it by force, and tells how it ended and what it said last, where that is of interest.
    pub fn kill(self, why: &str) -> String {
        let mut child = locked(&self.child);
        let status = if why == "ended" { process_group::status_within(&mut child, LAST_WORDS) } else { None };
        process_group::end_group(&mut child);
        drop(child);
        locked(&RUNNING).retain(|have| !Arc::ptr_eq(have, &self.child));
        let code = status.and_then(|status| status.code()).map_or(String::new(), |code| format!(" with {code}"));
        let _ = self.silent.recv_timeout(LAST_WORDS);
        match (why, &*locked(&self.remarks)) {
            ("ended", said) if said.is_empty() => format!("ended{code}"),
            ("ended", said) => format!("ended{code}: {}", one_line(said)),
            (why, _) => why.to_owned(),
        }
    }
}

/// Writes a line, reads a line, until either end is closed.
fn carry(
    mut stdin: ChildStdin,
    stdout: ChildStdout,
    preface: &[u8],
    asked: &Receiver<Vec<u8>>,
    answering: &Sender<io::Result<Vec<u8>>>,
) {
    let mut stdout = BufReader::with_capacity(64 * 1024, stdout);
    let mut before = Some(preface);
    for line in asked {
        let written = before.take().map_or(Ok(()), |preface| stdin.write_all(preface));
        // Who reads no more may have said something before.
        let _ = written.and_then(|()| stdin.write_all(&line));
        let answer = read_line(&mut stdout);
        let is_over = answer.is_err();
        if answering.send(answer).is_err() || is_over {
            return;
        }
    }
}

fn read_line(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    from.take(LONGEST_LINE as u64 + 1).read_until(b'\n', &mut line)?;
    match line.last() {
        Some(b'\n') => Ok(line),
        _ if line.len() > LONGEST_LINE => Err(io::ErrorKind::InvalidData.into()),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
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
pub(super) fn end_all() {
    let running = std::mem::take(&mut *locked(&RUNNING));
    process_group::end_groups(running.iter().map(|child| locked(child)).collect());
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

    #[test]
    fn a_line_has_an_end_and_a_bound() {
        let mut lines = io::Cursor::new(b"{}\nrest".to_vec());
        assert_eq!(read_line(&mut lines).unwrap(), b"{}\n");
        assert_eq!(read_line(&mut lines).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        let mut long = BufReader::new(io::repeat(b'x'));
        assert_eq!(read_line(&mut long).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
