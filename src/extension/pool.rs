//! An extension: the processes of one program, and calls to whichever of them is free.
//!
//! Owns: one request at a time on a pipe, starting a program once more, giving up. Does not: know what calls are for
//! (see `registered`).

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use super::hello::{self, Hello};
use super::line::{Answer, Request};
use super::notes::{fault, note, set_fault};
use super::pipes::LONGEST_LINE;
use super::process::{Process, Program, is_stopped};

/// How long the answer to hello may take.
const HELLO_LIMIT: Duration = Duration::from_secs(10);

/// After so many failures nothing more is to be expected of it.
const LAST_FAILURE: u32 = 2;

/// The processes of one program.
pub(super) struct Extension {
    program: Program,
    /// What it is called in messages.
    pub name: String,
    /// Whether it is sent variables and places.
    pub context: bool,
    /// Whether it is asked what it makes of a place in a suite.
    pub prepares: bool,
    limit: Duration,
    calls: AtomicU64,
    pool: Mutex<Pool>,
    freed: Condvar,
}

struct Pool {
    idle: Vec<Process>,
    /// Those that run, idle or not.
    running: usize,
    most: usize,
    failures: u32,
    is_closed: bool,
}

/// All of them, to be closed at the end.
static ALL: Mutex<Vec<Weak<Extension>>> = Mutex::new(Vec::new());

fn locked<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes the processes that nobody is waiting for their stdin, which asks them to end.
pub(super) fn close_all() {
    for extension in std::mem::take(&mut *locked(&ALL)).iter().filter_map(Weak::upgrade) {
        let mut pool = locked(&extension.pool);
        pool.is_closed = true;
        pool.idle.clear();
        drop(pool);
        extension.freed.notify_all();
    }
}

/// Remembers one, so that it is closed at the end.
pub(super) fn keep(extension: Weak<Extension>) {
    locked(&ALL).push(extension);
}

impl Extension {
    /// Starts a program, and hears what it brings.
    ///
    /// # Errors
    /// It cannot be used; the end of a sentence.
    pub fn start(program: Program, limit: Duration) -> Result<(Extension, Hello), String> {
        let (process, hello) = greeted(&program)?;
        let name = hello.name.clone().unwrap_or_else(|| program.shown.clone());
        for doubt in &hello.doubts {
            note(log::Level::Warn, format!("extension {name} {doubt}"));
        }
        let pool = Pool { idle: vec![process], running: 1, most: hello.parallel, failures: 0, is_closed: false };
        let extension = Extension {
            program,
            name,
            context: hello.context,
            prepares: hello.prepare,
            limit,
            calls: AtomicU64::new(0),
            pool: Mutex::new(pool),
            freed: Condvar::new(),
        };
        Ok((extension, hello))
    }

    /// Asks for something.
    ///
    /// # Errors
    /// The program says why not, or has failed: the call is not repeated.
    pub fn call(&self, request: &Request) -> Result<Answer, String> {
        let told = |why: String| format!("extension {} {why}", self.name);
        let id = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        let line = request.line(id);
        if line.len() > LONGEST_LINE {
            return Err(format!("what extension {} is to be sent is above {} MiB", self.name, LONGEST_LINE >> 20));
        }
        let mut process = self.take()?;
        match process.ask(line, self.limit).and_then(|line| Answer::read_of(&line, id)) {
            Ok(answer) => {
                self.give_back(process);
                match answer.error() {
                    Some(error) => Err(error),
                    None => Ok(answer),
                }
            }
            Err(why) => Err(told(self.failed(process, &why))),
        }
    }

    /// An idle process, one more where there may be, or the next that is given back.
    fn take(&self) -> Result<Process, String> {
        let mut pool = locked(&self.pool);
        loop {
            if let Some(why) = fault().or_else(|| pool.is_closed.then(|| "the run has ended".to_owned())) {
                return Err(why);
            }
            if let Some(process) = pool.idle.pop() {
                return Ok(process);
            }
            if pool.running < pool.most {
                pool.running += 1;
                drop(pool);
                return greeted(&self.program).map(|(process, _)| process).map_err(|why| {
                    let why = format!("extension {} {why}", self.name);
                    set_fault(&why);
                    self.freed.notify_all();
                    why
                });
            }
            pool = self.freed.wait(pool).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn give_back(&self, process: Process) {
        let mut pool = locked(&self.pool);
        if !pool.is_closed {
            pool.idle.push(process);
        }
        drop(pool);
        self.freed.notify_one();
    }

    /// Ends a process that is of no use any more; another one takes its place once. Tells why it failed.
    fn failed(&self, process: Process, why: &str) -> String {
        let why = process.kill(why);
        let mut pool = locked(&self.pool);
        pool.running -= 1;
        pool.failures += 1;
        let (failures, is_closed) = (pool.failures, pool.is_closed || is_stopped());
        drop(pool);
        if failures >= LAST_FAILURE && !is_closed {
            set_fault(&format!("extension {} has failed a second time: it {why}", self.name));
        } else if !is_closed {
            note(log::Level::Warn, format!("extension {} {why}; it is started once more", self.name));
        }
        self.freed.notify_all();
        why
    }
}

/// A process that has answered hello.
fn greeted(program: &Program) -> Result<(Process, Hello), String> {
    let mut process = Process::start(program)?;
    match process.ask(hello::question(), HELLO_LIMIT) {
        Ok(line) => match Hello::read(&line) {
            Ok(hello) => Ok((process, hello)),
            Err(why) => {
                process.kill(&why);
                Err(why)
            }
        },
        Err(why) => Err(format!("has not answered hello: it {}", process.kill(&why))),
    }
}
