//! Programs that are started for what they do or print: their end together with all that they started.
//!
//! Owns: ending a group of processes, and a program whose output is a value. Does not: decide which may run (see
//! `settings`).

use std::io::{self, Read};
use std::ops::DerefMut;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::ground::printable::one_line;
use crate::ground::source::plain;

/// Between the request to end and the end by force.
const COURTESY: Duration = Duration::from_millis(100);

/// How long programs may take that were asked to end.
const PARTING: Duration = Duration::from_millis(300);

/// The longest wait between two looks at a program that runs.
const TICK: Duration = Duration::from_millis(20);

/// No value is longer.
const LONGEST_OUTPUT: u64 = 1 << 20;

/// So much of what a program complains of is told.
const SHOWN_COMPLAINT: usize = 300;

/// Processes that it started may hold its output open: nobody waits longer for the rest once it has ended.
const REST: Duration = Duration::from_millis(500);

/// A program that prints a value.
#[derive(Debug, Clone, Copy)]
pub struct Printing<'p> {
    /// The program and its arguments.
    pub words: &'p [String],
    /// Where it runs; nothing is the working directory.
    pub folder: Option<&'p Path>,
    /// What is added to its environment.
    pub environment: &'p [(String, String)],
    /// A variable that it does not inherit.
    pub without: &'p str,
    /// How long it may take.
    pub limit: Duration,
}

impl Printing<'_> {
    /// Runs it, and takes what it prints without one line end. Its errors are told only where it fails.
    ///
    /// # Errors
    /// What is wrong, as the rest of a sentence about the program; it may quote what the program said.
    pub fn output(&self) -> Result<String, String> {
        let (program, arguments) = self.words.split_first().ok_or("has no program")?;
        let mut command = Command::new(program);
        command.args(arguments).envs(self.environment.iter().cloned()).env_remove(self.without);
        if let Some(folder) = self.folder.filter(|folder| !folder.as_os_str().is_empty()) {
            command.current_dir(folder);
        }
        let started = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A group of its own, so that what it starts can be ended with it.
            .process_group(0)
            .spawn();
        let mut child = started.map_err(|error| format!("cannot be started: {}", plain(&error)))?;
        let (out, err) = (read(child.stdout.take()), read(child.stderr.take()));
        let until = Instant::now() + self.limit;
        let mut pause = Duration::from_micros(500);
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) if Instant::now() >= until => {
                    end_group(&mut child);
                    return Err(format!("took longer than {} s", self.limit.as_secs_f64()));
                }
                Ok(None) => thread::sleep(pause),
                Err(error) => {
                    end_group(&mut child);
                    return Err(format!("cannot be waited for: {}", plain(&error)));
                }
            }
            pause = (pause * 2).min(TICK);
        };
        let output = out.recv_timeout(REST).unwrap_or_default();
        // Nobody reads on, which ends it with a failure that is not its own.
        if output.len() as u64 > LONGEST_OUTPUT {
            return Err(format!("printed more than {} KiB", LONGEST_OUTPUT >> 10));
        }
        if !status.success() {
            let said = String::from_utf8_lossy(&err.recv_timeout(REST).unwrap_or_default()).trim().to_owned();
            let end = status.code().map_or_else(|| "was killed".to_owned(), |code| format!("exited with {code}"));
            return Err(if said.is_empty() { end } else { format!("{end}: {}", shortened(&said)) });
        }
        let text = String::from_utf8(output).map_err(|_| "printed what is not UTF-8".to_owned())?;
        let line = text.strip_suffix('\n').unwrap_or(&text);
        Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
    }
}

/// The beginning of what was said, on one line.
fn shortened(said: &str) -> String {
    match said.char_indices().nth(SHOWN_COMPLAINT) {
        Some((cut, _)) => format!("{}…", one_line(&said[..cut])),
        None => one_line(said).to_string(),
    }
}

/// All that a stream has, once it ends, or as much as is taken of it.
fn read(stream: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    let reader = thread::Builder::new().name("output".to_owned());
    let _ = reader.spawn(move || {
        let mut bytes = Vec::new();
        if let Some(stream) = stream {
            let _ = stream.take(LONGEST_OUTPUT + 1).read_to_end(&mut bytes);
        }
        let _ = sender.send(bytes);
    });
    receiver
}

/// Ends a program and what it started: first by a request, then by force.
pub fn end_group(child: &mut Child) {
    let group = child.id();
    signal_group("TERM", group);
    let until = Instant::now() + COURTESY;
    while Instant::now() < until && matches!(child.try_wait(), Ok(None)) {
        thread::sleep(Duration::from_millis(5));
    }
    signal_group("KILL", group);
    let _ = child.kill();
    let _ = child.wait();
}

/// How a program has ended, if it does so by itself within a moment.
pub fn status_within(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let until = Instant::now() + patience;
    loop {
        match child.try_wait() {
            Ok(None) if Instant::now() < until => thread::sleep(Duration::from_millis(1)),
            waited => return waited.ok().flatten(),
        }
    }
}

/// Ends programs that were asked to, and what they started: those that end by themselves are given a moment together.
pub fn end_groups(mut children: Vec<impl DerefMut<Target = Child>>) {
    let until = Instant::now() + PARTING;
    while children.iter_mut().any(|child| matches!(child.try_wait(), Ok(None))) && Instant::now() < until {
        thread::sleep(Duration::from_millis(2));
    }
    for child in &mut children {
        match child.try_wait() {
            // What it has left behind.
            Ok(Some(_)) => signal_group("KILL", child.id()),
            _ => end_group(child),
        }
    }
}

/// The shell's own `kill` reaches a whole group, which the standard library does not.
fn signal_group(name: &str, group: u32) {
    let kill = format!("kill -{name} -{group}");
    let quiet = || Stdio::null();
    let _: io::Result<_> =
        Command::new("/bin/sh").args(["-c", &kill]).stdin(quiet()).stdout(quiet()).stderr(quiet()).status();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(script: &str, limit: Duration) -> Result<String, String> {
        let words = ["/bin/sh", "-c", script].map(str::to_owned);
        let environment = [("ADDED".to_owned(), "added".to_owned())];
        Printing { words: &words, folder: None, environment: &environment, without: "PATH_OF_NOBODY", limit }.output()
    }

    #[test]
    fn what_a_program_prints_is_a_value() {
        let long = Duration::from_secs(20);
        for (script, expected) in [
            ("echo a b", Ok("a b")),
            ("printf 'a\\n\\n'", Ok("a\n")),
            ("printf 'a\\r\\n'", Ok("a")),
            ("printf ''", Ok("")),
            ("echo no >&2; echo $ADDED", Ok("added")),
            ("echo 'no such\nkey' >&2; exit 3", Err("exited with 3: no such\\nkey")),
            ("exit 1", Err("exited with 1")),
            ("kill -9 $$", Err("was killed")),
            ("printf '\\377'", Err("printed what is not UTF-8")),
            ("head -c 1100000 /dev/zero", Err("printed more than 1024 KiB")),
        ] {
            let got = output(script, long);
            assert_eq!(got.as_deref().map_err(String::as_str), expected, "{script}");
        }
    }

    #[test]
    fn one_that_takes_too_long_is_ended() {
        assert_eq!(output("sleep 60", Duration::from_millis(50)), Err("took longer than 0.05 s".to_owned()));
        let none = Printing {
            words: &["/nowhere/at/all".to_owned()],
            folder: None,
            environment: &[],
            without: "",
            limit: Duration::from_secs(1),
        };
        assert!(none.output().is_err_and(|message| message.starts_with("cannot be started: ")));
    }
}
