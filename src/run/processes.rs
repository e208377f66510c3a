//! Parallel suites: the binary runs itself once for each suite.
//!
//! Owns: the children's start, their assignments on stdin, their lines, their end; what each child tells, as a block
//! (see `blocks`). Does not: know what a line says (it is given a reader), print, or run any test itself.
//!
//! One loop looks after all children; each has one thread besides, which hands its assignment over and reads
//! its lines. Where the system allows no further process or thread, fewer children run at a time.

use std::collections::VecDeque;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};

use super::blocks::Blocks;
use super::giving_up::Failures;
use super::suites::Limits;
use super::time_limit::{LATENESS, TimeLimit, limit_reached};
use crate::exchange::witness::Witness;
use crate::ground::source::plain;
use crate::record::event::{Event, Sink};

/// One suite for a child.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// The suite's name, for its block and its errors.
    pub name: Arc<str>,
    /// The suites that the child runs before it, as it needs them.
    pub needs: Vec<Arc<str>>,
    /// What the child is to do, one line on its stdin: never in argv, where `ps` shows secrets.
    pub text: String,
    /// How much longer than others it may take to end, because something runs last in it, whatever happens.
    pub cleaning: Duration,
    /// How long each of its suites may take, in order, where all have a limit. The child keeps to it by itself; one
    /// that does not is ended, which is an error.
    pub limits: Vec<Duration>,
}

/// How children are run.
#[derive(Clone)]
pub struct Children {
    /// The binary.
    pub program: PathBuf,
    /// The word that makes it a child.
    pub word: &'static str,
    /// At most so many at a time.
    pub limit: usize,
    /// Blocks come in the order of the list, not as the children end.
    pub preserve_order: bool,
    /// What bounds all children together.
    pub bounds: Limits,
    /// What is added to their environment.
    pub environment: Vec<(String, String)>,
    /// Who is told that a child has not recorded all.
    pub witness: Option<Arc<dyn Witness>>,
}

/// The exit of a child that could not write.
const UNWRITTEN: i32 = 73;

/// Reads a child's line.
pub type ReadLine = fn(&str) -> Result<Event, String>;

/// How often is looked whether the run is being stopped, or a child takes too long.
const TICK: Duration = Duration::from_millis(50);

/// After a stop, a child gets this long for its last words: what it has measured, and its summary.
const GRACE: Duration = Duration::from_millis(600);

/// How long a child whose lines have ended may take to end, too.
const LINGER: Duration = Duration::from_secs(1);

/// What a child reads on its stdin, after its assignment, when it is to end.
const STOP: &str = "stop";

/// What a child reads there when nothing more is to begin; the reason follows.
pub const GIVE_UP: &str = "give up: ";

/// What a child says of its suite when a signal ended it and not its parent.
pub const ENDED_BY_SIGNAL: &str = "its process was ended by a signal before its suite was done";

/// Runs every assignment in a child of its own and reports each child's events as one block.
pub fn run_children(children: &Children, assignments: &[Assignment], read: ReadLine, sink: &mut dyn Sink) {
    let (words, heard) = unbounded();
    Pool {
        children,
        read,
        limit: children.limit.max(1),
        waiting: assignments.iter().enumerate().collect(),
        running: Vec::new(),
        words,
        failures: Failures::new(children.bounds.patience),
        given_up: None,
        blocks: Blocks::new(
            children.preserve_order,
            assignments.iter().flat_map(|assignment| assignment.needs.iter().cloned()),
        ),
    }
    .run(&heard, sink);
}

/// What a child's thread has to say.
enum Word {
    /// The assignment is handed over: from now on the child reads its stdin for a stop.
    Assigned,
    /// A line, without its end.
    Line(Vec<u8>),
    /// The last word; why there is no more, unless the child closed its stdout.
    End(Result<(), String>),
}

/// The children that run, and the assignments that wait for one.
struct Pool<'p> {
    children: &'p Children,
    read: ReadLine,
    limit: usize,
    waiting: VecDeque<(usize, &'p Assignment)>,
    running: Vec<Running<'p>>,
    words: Sender<(usize, Word)>,
    failures: Failures,
    /// Why nothing more begins, if so.
    given_up: Option<Arc<str>>,
    blocks: Blocks,
}

/// A child under way.
struct Running<'p> {
    place: usize,
    assignment: &'p Assignment,
    child: Child,
    /// It stays open as long as we live: its end tells the child that nobody waits for it any more.
    stdin: Option<Arc<ChildStdin>>,
    is_assigned: bool,
    /// Whether it knows that nothing more is to begin.
    has_given_up: bool,
    started: Instant,
    events: Vec<Event>,
    /// Until when it may say its last words, once the run is stopped.
    last_words: Option<Instant>,
}

impl Running<'_> {
    /// What it did not keep to, if it runs long after a limit: that of its suites, or that of the run.
    fn overdue(&self, of_run: Option<&TimeLimit>) -> Option<String> {
        let grace = LATENESS + self.assignment.cleaning;
        let all: Duration = self.assignment.limits.iter().fold(Duration::ZERO, |all, limit| all.saturating_add(*limit));
        let own = self.assignment.limits.last().filter(|_| self.started.elapsed() > all.saturating_add(grace));
        let late = |limit: &TimeLimit| limit.is_over_since(grace).then(|| limit.message());
        own.map(|limit| limit_reached(*limit)).or_else(|| of_run.and_then(late))
    }
}

impl<'p> Pool<'p> {
    fn run(mut self, heard: &Receiver<(usize, Word)>, sink: &mut dyn Sink) {
        loop {
            let is_stopped = sink.is_stopped();
            if is_stopped {
                self.waiting.clear();
            }
            self.keep_time(sink);
            self.fill(sink);
            if self.running.is_empty() && self.waiting.is_empty() {
                break;
            }
            match heard.recv_timeout(TICK) {
                Ok((place, word)) => self.hear(place, word, sink),
                // We hold a sender ourselves, so it is the time that is up.
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            self.end_the_late(is_stopped, sink);
            self.give_up();
        }
        self.blocks.release_all(sink);
    }

    /// Where the time of the run is over, no further child starts; those that run know by themselves.
    fn keep_time(&mut self, sink: &mut dyn Sink) {
        if let Some(limit) = self.children.bounds.time.as_ref().filter(|limit| limit.is_over())
            && !self.waiting.is_empty()
        {
            self.waiting.clear();
            limit.tell(sink);
        }
    }

    /// Where so many tests failed: no further child starts, and those that run are told to begin no further test.
    fn give_up(&mut self) {
        let Some(reason) = &self.given_up else { return };
        self.waiting.clear();
        for running in self.running.iter_mut().filter(|running| running.is_assigned && !running.has_given_up) {
            running.has_given_up = true;
            if let Some(mut stdin) = running.stdin.as_deref() {
                let _ = writeln!(stdin, "{GIVE_UP}{reason}");
            }
        }
    }

    /// Counts an event of a child.
    fn count(&mut self, event: &Event, sink: &mut dyn Sink) {
        if let Some(reason) = self.failures.observe(event) {
            sink.emit(Event::GivenUp(reason.clone()));
            self.given_up = Some(reason);
        }
    }

    /// Starts children as long as there is work and room.
    fn fill(&mut self, sink: &mut dyn Sink) {
        while self.running.len() < self.limit {
            let Some((place, assignment)) = self.waiting.pop_front() else { return };
            match self.start(place, assignment) {
                Ok(running) => self.running.push(running),
                Err(error) if is_shortage(&error) && !self.running.is_empty() => {
                    self.limit = self.running.len();
                    log::warn!(
                        "no further process can be started ({}); {} run at a time from now on",
                        plain(&error),
                        self.limit
                    );
                    self.waiting.push_front((place, assignment));
                }
                Err(error) => {
                    let error = format!("its process cannot be started: {}", plain(&error));
                    let block = broken(Vec::new(), assignment, Duration::ZERO, error);
                    self.blocks.take(place, block, sink);
                }
            }
        }
    }

    fn start(&self, place: usize, assignment: &'p Assignment) -> io::Result<Running<'p>> {
        let mut command = Command::new(&self.children.program);
        let mut child = command
            .arg(self.children.word)
            // What is left of the run's time counts from now on.
            .args(self.children.bounds.time.as_ref().map(|limit| limit.left().as_millis().to_string()))
            .envs(self.children.environment.iter().cloned())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdin = child.stdin.take().map(Arc::new);
        let voice = Voice {
            place,
            text: assignment.text.clone(),
            stdin: stdin.clone(),
            stdout: child.stdout.take(),
            words: self.words.clone(),
        };
        if let Err(error) = std::thread::Builder::new().name("child".to_owned()).spawn(move || voice.speak()) {
            // It has not been told what to do.
            let _ = child.kill();
            let _ = child.wait();
            return Err(error);
        }
        let (started, events) = (Instant::now(), Vec::new());
        Ok(Running {
            place,
            assignment,
            child,
            stdin,
            is_assigned: false,
            has_given_up: false,
            started,
            events,
            last_words: None,
        })
    }

    fn hear(&mut self, place: usize, word: Word, sink: &mut dyn Sink) {
        // A child that was ended may have said more before.
        let Some(at) = self.running.iter().position(|running| running.place == place) else { return };
        let running = &mut self.running[at];
        match word {
            Word::Assigned => running.is_assigned = true,
            Word::Line(line) => {
                let read = std::str::from_utf8(&line).map_err(|_| "it is not UTF-8".to_owned()).and_then(self.read);
                match read {
                    // Of the time of the run it is told once, whoever finds first that it is over.
                    Ok(Event::GivenUp(reason)) => match &self.children.bounds.time {
                        Some(limit) => limit.tell(sink),
                        None => sink.emit(Event::GivenUp(reason)),
                    },
                    Ok(event) => {
                        // A suite that ends in an error is counted once that is known for certain.
                        if !matches!(event, Event::SuiteFinished { .. }) {
                            self.count(&event, sink);
                        }
                        self.running[at].events.push(event);
                    }
                    Err(error) => {
                        self.end(at, Some(format!("its process wrote a line that cannot be read: {error}")), sink);
                    }
                }
            }
            Word::End(Ok(())) => self.end(at, None, sink),
            Word::End(Err(error)) => self.end(at, Some(error), sink),
        }
    }

    /// Ends the children that take too long, or have not ended by themselves after a stop.
    fn end_the_late(&mut self, is_stopped: bool, sink: &mut dyn Sink) {
        for at in (0..self.running.len()).rev() {
            let running = &mut self.running[at];
            if let Some(reached) = running.overdue(self.children.bounds.time.as_ref()) {
                // Programs that it has started end with it only if it ends by itself.
                running.stdin = None;
                soon(3 * LINGER, || !matches!(running.child.try_wait(), Ok(None)));
                self.end(at, Some(format!("{reached}; its process had to be ended")), sink);
                continue;
            }
            if !is_stopped {
                continue;
            }
            // A signal may have come to us alone.
            let until = *running.last_words.get_or_insert_with(|| {
                if let Some(mut stdin) = running.stdin.as_deref().filter(|_| running.is_assigned) {
                    let _ = writeln!(stdin, "{STOP}");
                }
                Instant::now() + GRACE + running.assignment.cleaning
            });
            if until <= Instant::now() {
                self.end(at, Some("its process was ended because the run was stopped".to_owned()), sink);
            }
        }
    }

    /// The end of a child: by force where it is in error, else by itself. A child without its last event is an
    /// error for its suite, never a pass.
    fn end(&mut self, at: usize, error: Option<String>, sink: &mut dyn Sink) {
        let Running { place, assignment, mut child, started, mut events, .. } = self.running.swap_remove(at);
        let is_own = |event: &Event| matches!(event, Event::SuiteFinished { file, .. } if *file == assignment.name);
        let is_complete = events.last().is_some_and(is_own);
        if let Some(Event::SuiteFinished { error, .. }) = events.last_mut()
            && error.as_deref() == Some(ENDED_BY_SIGNAL)
            && soon(TICK * 4, || sink.is_stopped())
        {
            // The signal was for all of us; the run's exit says so.
            *error = None;
        }
        let patience = if error.is_some() { Duration::ZERO } else { LINGER };
        let status = wait(&mut child, patience);
        if let (Ok(Some(status)), Some(witness)) = (&status, &self.children.witness)
            && status.code() == Some(UNWRITTEN)
        {
            witness.lost();
        }
        let error = match (error, is_complete, status) {
            (Some(error), ..) => Some(error),
            (None, true, _) => None,
            (None, false, Ok(Some(status))) => Some(format!("its process died ({status}) before its suite was done")),
            (None, false, Ok(None)) => Some("its process closed its output before its suite was done".to_owned()),
            (None, false, Err(error)) => Some(format!("its process cannot be waited for: {}", plain(&error))),
        };
        let block = match error {
            Some(error) => broken(events, assignment, started.elapsed(), error),
            None => events,
        };
        if let Some(last) = block.last() {
            self.count(last, sink);
        }
        self.blocks.take(place, block, sink);
    }
}

/// A child's thread: hands the assignment over, then reads lines to their end.
struct Voice {
    place: usize,
    text: String,
    stdin: Option<Arc<ChildStdin>>,
    stdout: Option<ChildStdout>,
    words: Sender<(usize, Word)>,
}

impl Voice {
    fn speak(mut self) {
        let end = self.listen();
        let _ = self.words.send((self.place, Word::End(end)));
    }

    fn listen(&mut self) -> Result<(), String> {
        let (Some(stdin), Some(stdout)) = (self.stdin.take(), self.stdout.take()) else { return Ok(()) };
        let mut pipe = &*stdin;
        match writeln!(pipe, "{}", self.text) {
            Ok(()) => {
                let _ = self.words.send((self.place, Word::Assigned));
            }
            // It died before it read all: its status says more than a broken pipe.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            Err(error) => return Err(format!("its assignment cannot be written: {}", plain(&error))),
        }
        drop(stdin);
        let mut lines = BufReader::new(stdout);
        loop {
            let mut line = Vec::new();
            match lines.read_until(b'\n', &mut line) {
                Ok(0) => return Ok(()),
                Ok(_) => {
                    if line.last() == Some(&b'\n') {
                        line.pop();
                    }
                    let _ = self.words.send((self.place, Word::Line(line)));
                }
                Err(error) => return Err(format!("its process's lines cannot be read: {}", plain(&error))),
            }
        }
    }
}

/// A block that ends with an error, whatever its last event was.
fn broken(mut events: Vec<Event>, assignment: &Assignment, elapsed: Duration, error: String) -> Vec<Event> {
    events.retain(|event| !matches!(event, Event::SuiteFinished { file, .. } if *file == assignment.name));
    events.push(Event::SuiteFinished { file: assignment.name.clone(), elapsed, error: Some(error) });
    events
}

/// Whether something holds within that time.
fn soon(patience: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let until = Instant::now() + patience;
    while !holds() {
        if Instant::now() >= until {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    true
}

/// Waits for a child's end; after that time it is killed, and then there is no status of its own.
fn wait(child: &mut Child, patience: Duration) -> io::Result<Option<ExitStatus>> {
    let until = Instant::now() + patience;
    let mut pause = Duration::from_micros(200);
    while !patience.is_zero() && Instant::now() < until {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
    let _ = child.kill();
    child.wait().map(|_| None)
}

/// Whether waiting for another child to end may help.
fn is_shortage(error: &io::Error) -> bool {
    use io::ErrorKind;
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::OutOfMemory | ErrorKind::QuotaExceeded)
        || error.raw_os_error().is_some_and(|number| [TOO_MANY_IN_PROCESS, TOO_MANY_IN_SYSTEM].contains(&number))
}

/// EMFILE and ENFILE, which have no kind of their own; they have these numbers on every Unix.
const TOO_MANY_IN_PROCESS: i32 = 24;
const TOO_MANY_IN_SYSTEM: i32 = 23;

#[cfg(test)]
mod tests {
    use super::*;

    /// `/bin/sh` as the child: its assignment is its script. Every line it prints is a delay of so many ms,
    /// `end` is its last word.
    fn read(line: &str) -> Result<Event, String> {
        if line == "end" {
            return Ok(Event::SuiteFinished { file: "s".into(), elapsed: Duration::ZERO, error: None });
        }
        line.parse().map(|ms| Event::DelayStarted(Duration::from_millis(ms))).map_err(|_| line.to_owned())
    }

    fn reported(limit: usize, preserve_order: bool, timeout: Option<Duration>, scripts: &[&str]) -> Vec<String> {
        let children = Children {
            program: "/bin/sh".into(),
            word: "-s",
            limit,
            preserve_order,
            bounds: Limits::default(),
            environment: Vec::new(),
            witness: None,
        };
        let assignments: Vec<Assignment> = scripts
            .iter()
            .map(|text| Assignment {
                name: "s".into(),
                needs: Vec::new(),
                text: (*text).to_owned(),
                cleaning: Duration::ZERO,
                limits: timeout.into_iter().collect(),
            })
            .collect();
        let mut reported = Vec::new();
        run_children(&children, &assignments, read, &mut |event: Event| {
            reported.push(match event {
                Event::DelayStarted(time) => time.as_millis().to_string(),
                Event::SuiteFinished { error, .. } => error.map_or("end".to_owned(), |error| error),
                _ => String::new(),
            });
        });
        reported
    }

    #[test]
    fn blocks_never_mix() {
        let scripts = ["echo 1; sleep 0.2; echo 2; echo end; exit", "echo 3; echo 4; echo end; exit"];
        assert_eq!(reported(2, false, None, &scripts), ["3", "4", "end", "1", "2", "end"]);
        assert_eq!(reported(2, true, None, &scripts), ["1", "2", "end", "3", "4", "end"]);
        assert_eq!(reported(1, false, None, &scripts), ["1", "2", "end", "3", "4", "end"]);
    }

    #[test]
    fn a_child_that_dies_or_hangs_is_an_error_and_the_others_go_on() {
        let scripts = ["echo 1; kill -9 $$", "exit 3", "echo end; exit 3"];
        let of_all = reported(1, false, None, &scripts);
        assert_eq!(of_all[0], "1");
        assert!(of_all[1].contains("died (signal: 9"), "{of_all:?}");
        assert!(of_all[2].contains("died (exit status: 3)"), "{of_all:?}");
        assert_eq!(of_all[3], "end");
        let hung = reported(1, false, Some(Duration::from_millis(200)), &["echo 1; exec sleep 60", "echo end; exit"]);
        assert!(hung[1].starts_with("suite limit of 0.2 s reached; its process") && hung[2] == "end", "{hung:?}");
        let unknown = reported(1, false, None, &["echo what; exec sleep 60"]);
        assert!(unknown[0].contains("cannot be read: what"), "{unknown:?}");
        let foreign = reported(1, false, None, &["echo 1; printf '\\377\\n'; echo end; exit"]);
        assert_eq!(foreign, ["1", "its process wrote a line that cannot be read: it is not UTF-8"]);
        let silent = reported(1, false, None, &["echo 1; exec >&-; exec sleep 60"]);
        assert_eq!(silent, ["1", "its process closed its output before its suite was done"]);
        let absent = Children {
            program: "/nonexistent".into(),
            word: "x",
            limit: 1,
            preserve_order: false,
            bounds: Limits::default(),
            environment: Vec::new(),
            witness: None,
        };
        let mut errors = 0;
        let (name, needs) = ("s".into(), Vec::new());
        let assignment = Assignment { name, needs, text: String::new(), cleaning: Duration::ZERO, limits: Vec::new() };
        run_children(&absent, &[assignment], read, &mut |event: Event| {
            errors += i32::from(matches!(event, Event::SuiteFinished { error: Some(_), .. }));
        });
        assert_eq!(errors, 1);
    }

    #[test]
    fn a_child_that_does_not_read_its_assignment_is_waited_for_and_an_error() {
        let script = format!("exit 4 # {}", "x".repeat(300_000));
        let of_all = reported(2, false, None, &[&script, "echo end; exit"]);
        assert!(of_all.iter().any(|word| word.contains("died (exit status: 4)")), "{of_all:?}");
        assert!(of_all.contains(&"end".to_owned()), "{of_all:?}");
    }
}
