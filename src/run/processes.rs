//! Parallel suites: the binary runs itself once for each suite.
//!
//! Owns: the children's start, their orders on stdin, their lines, their end; blocks of events that
//! never mix. Does not: know what a line says (it is given a reader), print, or run any test itself.

use std::io::{BufRead, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};

use crate::record::event::{Event, Sink};

/// One suite for a child.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// The suite's name, for its block and its errors.
    pub name: Arc<str>,
    /// What the child is to do, one line on its stdin: never in argv, where `ps` shows secrets.
    pub text: String,
}

/// How children are run.
#[derive(Debug, Clone)]
pub struct Children {
    /// The binary.
    pub program: PathBuf,
    /// The word that makes it a child.
    pub word: &'static str,
    /// At most so many at a time.
    pub limit: usize,
    /// A child that takes longer is ended, which is an error.
    pub timeout: Option<Duration>,
    /// Blocks come in the order of the list, not as the children end.
    pub preserve_order: bool,
}

/// Reads a child's line.
pub type ReadLine = fn(&str) -> Result<Event, String>;

/// How often a waiting thread looks whether the run is being stopped.
const TICK: Duration = Duration::from_millis(50);

/// After a stop, a child gets this long for its last words: what it has measured, and its summary.
const GRACE: Duration = Duration::from_millis(600);

/// What a child reads on its stdin, after its order, when it is to end.
const STOP: &str = "stop";

/// Runs every order in a child of its own and tells each child's events as one block.
pub fn run_children(children: &Children, orders: &[Assignment], read: ReadLine, sink: &mut dyn Sink) {
    let stop = AtomicBool::new(false);
    let next = AtomicUsize::new(0);
    let (blocks, ended) = unbounded();
    std::thread::scope(|scope| {
        for _ in 0..children.limit.min(orders.len()).max(1) {
            let (blocks, stop, next) = (blocks.clone(), &stop, &next);
            scope.spawn(move || {
                while let Some((at, order)) = take(orders, next).filter(|_| !stop.load(Ordering::Relaxed)) {
                    let _ = blocks.send((at, run_child(children, order, read, stop)));
                }
            });
        }
        drop(blocks);
        deliver(children, &ended, &stop, sink);
    });
}

fn take<'o>(orders: &'o [Assignment], next: &AtomicUsize) -> Option<(usize, &'o Assignment)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    orders.get(at).map(|order| (at, order))
}

/// Passes blocks on as they come, or in order; a stop is passed to the threads.
fn deliver(children: &Children, ended: &Receiver<(usize, Vec<Event>)>, stop: &AtomicBool, sink: &mut dyn Sink) {
    let mut waiting = std::collections::BTreeMap::new();
    let mut due = 0;
    loop {
        match ended.recv_timeout(TICK) {
            Ok((at, events)) if children.preserve_order => {
                waiting.insert(at, events);
                while let Some(events) = waiting.remove(&due) {
                    events.into_iter().for_each(|event| sink.emit(event));
                    due += 1;
                }
            }
            Ok((_, events)) => events.into_iter().for_each(|event| sink.emit(event)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if sink.is_stopped() {
            stop.store(true, Ordering::Relaxed);
        }
    }
    waiting.into_values().flatten().for_each(|event| sink.emit(event));
}

/// Runs one child to its end. A child without its last event is an error for its suite, never a pass.
fn run_child(children: &Children, order: &Assignment, read: ReadLine, stop: &AtomicBool) -> Vec<Event> {
    let started = Instant::now();
    let mut events = Vec::new();
    let error = match start(children, order) {
        Ok((mut child, lines)) => {
            let fate = listen(children, (&mut child, &lines), read, stop, started, &mut events);
            let complete = matches!(events.last(), Some(Event::SuiteFinished { .. }));
            if fate.is_some() || !complete {
                let _ = child.kill();
            }
            let status = child.wait();
            match (fate, complete, status) {
                (Some(fate), ..) => Some(fate),
                (None, true, _) => None,
                (None, false, Ok(status)) => Some(format!("its process died ({status}) before its suite was done")),
                (None, false, Err(error)) => Some(format!("its process cannot be waited for: {error}")),
            }
        }
        Err(error) => Some(format!("its process cannot be started: {}", crate::ground::source::plain(&error))),
    };
    if let Some(error) = error {
        events.retain(|event| !matches!(event, Event::SuiteFinished { .. }));
        let elapsed = started.elapsed();
        events.push(Event::SuiteFinished { file: order.name.clone(), elapsed, error: Some(error) });
    }
    events
}

/// Starts a child, gives it its order, and reads its lines on a thread of their own. The child's stdin
/// stays open as long as we live: its end tells the child that nobody waits for it any more.
fn start(children: &Children, order: &Assignment) -> std::io::Result<(Child, Receiver<String>)> {
    let mut child =
        Command::new(&children.program).arg(children.word).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    if let Some(stdin) = child.stdin.as_mut() {
        writeln!(stdin, "{}", order.text)?;
        stdin.flush()?;
    }
    let (sender, lines): (Sender<String>, Receiver<String>) = unbounded();
    if let Some(stdout) = child.stdout.take() {
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
    }
    Ok((child, lines))
}

/// Collects a child's events until its lines end; why it must be ended before that, if it must.
fn listen(
    children: &Children,
    (child, lines): (&mut Child, &Receiver<String>),
    read: ReadLine,
    stop: &AtomicBool,
    started: Instant,
    events: &mut Vec<Event>,
) -> Option<String> {
    let mut last_words: Option<Instant> = None;
    loop {
        match lines.recv_timeout(TICK) {
            Ok(line) => match read(&line) {
                Ok(event) => events.push(event),
                Err(error) => return Some(format!("its process wrote a line that cannot be read: {error}")),
            },
            Err(RecvTimeoutError::Disconnected) => return None,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if let Some(limit) = children.timeout.filter(|limit| started.elapsed() > *limit) {
            return Some(format!("its process was ended after {} s (--suite-timeout)", limit.as_secs_f64()));
        }
        if !stop.load(Ordering::Relaxed) {
            continue;
        }
        // A signal may have come to us alone.
        let until = *last_words.get_or_insert_with(|| {
            let _ = child.stdin.as_mut().map(|stdin| writeln!(stdin, "{STOP}"));
            Instant::now() + GRACE
        });
        if until <= Instant::now() {
            return Some("its process was ended because the run was stopped".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `/bin/sh` as the child: its order is its script. Every line it prints is a delay of so many ms,
    /// `end` is its last word.
    fn read(line: &str) -> Result<Event, String> {
        if line == "end" {
            return Ok(Event::SuiteFinished { file: "s".into(), elapsed: Duration::ZERO, error: None });
        }
        line.parse().map(|ms| Event::DelayStarted(Duration::from_millis(ms))).map_err(|_| line.to_owned())
    }

    fn told(limit: usize, preserve_order: bool, timeout: Option<Duration>, scripts: &[&str]) -> Vec<String> {
        let children = Children { program: "/bin/sh".into(), word: "-s", limit, timeout, preserve_order };
        let orders: Vec<Assignment> =
            scripts.iter().map(|text| Assignment { name: "s".into(), text: (*text).to_owned() }).collect();
        let mut told = Vec::new();
        run_children(&children, &orders, read, &mut |event: Event| {
            told.push(match event {
                Event::DelayStarted(time) => time.as_millis().to_string(),
                Event::SuiteFinished { error, .. } => error.map_or("end".to_owned(), |error| error),
                _ => String::new(),
            });
        });
        told
    }

    #[test]
    fn blocks_never_mix() {
        let scripts = ["echo 1; sleep 0.2; echo 2; echo end; exit", "echo 3; echo 4; echo end; exit"];
        assert_eq!(told(2, false, None, &scripts), ["3", "4", "end", "1", "2", "end"]);
        assert_eq!(told(2, true, None, &scripts), ["1", "2", "end", "3", "4", "end"]);
        assert_eq!(told(1, false, None, &scripts), ["1", "2", "end", "3", "4", "end"]);
    }

    #[test]
    fn a_child_that_dies_or_hangs_is_an_error_and_the_others_go_on() {
        let scripts = ["echo 1; kill -9 $$", "exit 3", "echo end; exit 3"];
        let told_of = told(1, false, None, &scripts);
        assert_eq!(told_of[0], "1");
        assert!(told_of[1].contains("died (signal: 9"), "{told_of:?}");
        assert!(told_of[2].contains("died (exit status: 3)"), "{told_of:?}");
        assert_eq!(told_of[3], "end");
        let hung = told(1, false, Some(Duration::from_millis(200)), &["echo 1; exec sleep 60", "echo end; exit"]);
        assert!(hung[1].contains("--suite-timeout") && hung[2] == "end", "{hung:?}");
        let odd = told(1, false, None, &["echo what; exec sleep 60"]);
        assert!(odd[0].contains("cannot be read: what"), "{odd:?}");
        let absent =
            Children { program: "/nonexistent".into(), word: "x", limit: 1, timeout: None, preserve_order: false };
        let mut errors = 0;
        let order = Assignment { name: "s".into(), text: String::new() };
        run_children(&absent, &[order], read, &mut |event: Event| {
            errors += i32::from(matches!(event, Event::SuiteFinished { error: Some(_), .. }));
        });
        assert_eq!(errors, 1);
    }
}
