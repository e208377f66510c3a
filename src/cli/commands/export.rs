//! `resttest export`: the requests of suites as commands of another tool.
//!
//! Owns: which tool is meant, what is printed where, the exit. Does not: make a command (see `run::commands`).

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::cli::args::arguments::Arguments;
use crate::cli::exit::Exit;
use crate::cli::plan::planned::Plan;
use crate::cli::plan::planning;
use crate::cli::running::engine::{self, Message, Work};
use crate::cli::running::inbox::Next;
use crate::cli::running::secret_sources;
use crate::cli::terminal::{fail, print_foreign};
use crate::extension;
use crate::ground::clock::SystemClock;
use crate::ground::printable;
use crate::ground::source::{did_you_mean, plain};
use crate::judge::outcome::Outcome;
use crate::record::event::Event;
use crate::run::{self, Engine, Exported, Missing};
use crate::secrets::Secrets;

/// The tools that commands are written for.
const TOOLS: [&str; 1] = ["curl"];

/// Prints a command for each test. Every word behind the tool's is a suite.
///
/// # Errors
/// The exit, after it has been told what is wrong.
pub fn run(mut arguments: Arguments) -> Result<Exit, Exit> {
    let tool = if arguments.positional.is_empty() { None } else { Some(arguments.positional.remove(0)) };
    if !tool.as_deref().is_some_and(|tool| TOOLS.contains(&tool)) {
        let found = match &tool {
            Some(word) => {
                let meant = did_you_mean(word, TOOLS);
                format!("requests are exported for curl, not for \"{word}\"{meant}: ")
            }
            None => "it must be said for which tool: ".to_owned(),
        };
        return Err(fail(Exit::Usage, &format!("{found}resttest export curl SUITE.yaml")));
    }
    let is_named = arguments.test.is_some() || arguments.tests.is_some() || !arguments.positional.is_empty();
    if !is_named && arguments.config.is_none() {
        return Err(fail(Exit::Usage, "the suite is missing: resttest export curl SUITE.yaml [--url URL]"));
    }
    let mut plan = planning::plan(&arguments)?;
    secret_sources::resolve(&mut plan.suites, &arguments)?;
    for set in plan.suites.iter_mut().flat_map(|suite| &mut suite.sets) {
        // Once is what a command sends.
        set.setup.iter_mut().chain(&mut set.tests).chain(&mut set.teardown).for_each(|test| test.performance = None);
        set.tests.extend(set.benchmarks.drain(..).map(|benchmark| benchmark.test));
    }
    if arguments.sends { Ok(send(plan, &arguments)) } else { Ok(write(&plan)) }
}

/// The commands as they are known before anything is sent.
fn write(plan: &Plan) -> Exit {
    let exchange = engine::exchange_of(&plan.suites);
    let (mut out, mut told) = (String::new(), String::new());
    let (mut variables, mut failed): (Vec<String>, u64) = (Vec::new(), 0);
    for suite in &plan.suites {
        let engine = Engine { exchange: exchange(suite), clock: Arc::new(SystemClock), settings: &suite.settings };
        for Exported { name, location, line, variables: needed } in run::commands(&engine, &suite.sets) {
            match line {
                Ok(line) => {
                    out.push_str(&line);
                    out.push('\n');
                }
                Err(Missing::Base(url)) => {
                    let message = format!(
                        "{}: \"{}\" asks for \"{}\", which needs a base: --url URL",
                        location.line(),
                        name.escape_debug(),
                        url.escape_debug()
                    );
                    return fail(Exit::Usage, &message);
                }
                Err(Missing::Request(why)) => {
                    failed += 1;
                    told.push_str(&format!("error: {}: \"{}\": {why}\n", location.line(), name.escape_debug()));
                }
            }
            variables.extend(needed.into_iter().filter(|needed| !variables.contains(needed)).collect::<Vec<_>>());
        }
    }
    if let Some(why) = extension::fault() {
        return fail(Exit::Internal, &why);
    }
    if !variables.is_empty() {
        told.push_str(&format!("the shell needs to have {}\n", variables.join(", ")));
    }
    end(&out, &told, Exit::Failed(failed))
}

/// Results on stdout, the rest on stderr.
fn end(out: &str, told: &str, exit: Exit) -> Exit {
    let printed = print_foreign(out);
    let _ = std::io::stderr().write_all(printable::lines(told).as_bytes());
    if printed == Exit::Failed(0) { exit } else { printed }
}

/// The commands as they were sent.
fn send(mut plan: Plan, arguments: &Arguments) -> Exit {
    for suite in &mut plan.suites {
        suite.settings.exports = true;
        suite.settings.interactive = false;
    }
    let work = Work {
        replayer: None,
        suites: plan.suites,
        start_at: None,
        hooks: Default::default(),
        patience: arguments.patience,
        max_time: arguments.max_time,
        children: None,
    };
    let run = match engine::start(work) {
        Ok(run) => run,
        Err(error) => return fail(Exit::Internal, &format!("the run cannot be started: {}", plain(&error))),
    };
    let mut sent = Sent::default();
    let exit = loop {
        match run.messages.next() {
            Next::Message(Message::Event(event)) => sent.observe(event),
            Next::Message(Message::Learned(secrets)) => sent.hide(&secrets),
            Next::Message(Message::Ran(answer)) => {
                let _ = answer.send(sent.failed == 0);
            }
            Next::Message(Message::Finished(Ok(()))) => break Exit::Failed(sent.failed),
            Next::Message(Message::Finished(Err(message))) => break fail(Exit::Internal, &message),
            Next::Message(Message::Signal(exit)) => {
                run.stop.store(true, Ordering::Relaxed);
                break exit;
            }
            Next::Nothing => run.messages.wait(),
            Next::Closed => break Exit::Internal,
        }
    };
    end(&sent.out, &sent.told, if sent.is_broken { Exit::Internal } else { exit })
}

/// What has been sent so far.
#[derive(Default)]
struct Sent {
    out: String,
    told: String,
    failed: u64,
    is_broken: bool,
}

impl Sent {
    fn observe(&mut self, event: Event) {
        match event {
            Event::TestFinished(outcome) => self.take(&outcome),
            Event::SuiteFinished { file, error: Some(error), .. } => {
                self.is_broken = true;
                self.told.push_str(&format!("error: {file}: {error}\n"));
            }
            _ => {}
        }
    }

    fn take(&mut self, outcome: &Outcome) {
        if let Some(curl) = &outcome.curl {
            self.out.push_str(&curl.line);
            self.out.push('\n');
        }
        if !outcome.passed() {
            self.failed += 1;
            let why = outcome.failures.first().map_or("it failed", |failure| failure.message.as_str());
            self.told.push_str(&format!(
                "failed: {}: \"{}\": {why}\n",
                outcome.location.line(),
                outcome.name.escape_debug()
            ));
        }
    }

    fn hide(&mut self, secrets: &Secrets) {
        self.out = secrets.redact(&self.out).into_owned();
        self.told = secrets.redact(&self.told).into_owned();
    }
}
