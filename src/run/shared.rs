//! What the files of a run hand on to later ones, and how those ended that others need.
//!
//! Owns: values of `share`, the secrets that go with them, the verdict on needed files. Does not: decide the order of
//! files (see `suite::needed_files`).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::leak_watch::LeakWatch;
use super::unset::Unset;
use crate::exchange::cookies::Jar;
use crate::ground::value::Value;
use crate::record::event::{Event, Sink};
use crate::secrets::Secrets;
use crate::test::set::{CookieConfig, TestSet};
use crate::test::sharing::{COOKIES, Share};
use crate::variables::context::Context;

/// What a set has at its end.
pub(super) struct End<'s> {
    /// Its variables.
    pub context: &'s Context,
    /// What it knows to be secret.
    pub secrets: &'s Secrets,
    /// Its cookies, if it keeps them.
    pub jar: Option<&'s Jar>,
    /// The variables that the command line gave it.
    pub given: &'s [(String, Value)],
}

/// What has been handed on so far in a run.
#[derive(Default)]
pub(super) struct Shared {
    variables: HashMap<String, Value>,
    /// The cookies of the last file that hands on its own.
    jar: Option<Jar>,
    /// What the files that handed something on knew to be secret.
    secrets: Secrets,
    /// Where secrets belong that answers brought, and answers that nobody has read.
    pub(super) leaks: LeakWatch,
    /// By variable: the file that was to hand it on, and did not have it.
    missing: HashMap<String, Arc<str>>,
    /// The files that others need.
    needed: HashSet<Arc<str>>,
    /// Of these, those in which anything failed.
    failed: HashSet<Arc<str>>,
}

impl Shared {
    /// Nothing yet, in a run of these sets.
    pub fn in_run<'s>(sets: impl IntoIterator<Item = &'s TestSet>) -> Shared {
        let needs = sets.into_iter().flat_map(|set| set.needed_files());
        Shared { needed: needs.map(|need| need.suite.clone()).collect(), ..Shared::default() }
    }

    /// What a new set begins with: variables that it may set anew, and what is known to be secret.
    pub fn begin(&self, unset: &mut Unset<'_>) -> (Context, Secrets) {
        let mut context = Context::new();
        for (name, value) in &self.variables {
            context.bind(name, value.clone());
        }
        for (name, file) in &self.missing {
            unset.not_handed_on(name, file);
        }
        (context, self.secrets.clone())
    }

    /// The jar of a set that keeps cookies: the one that is handed on, unless it names a file with its own.
    pub fn jar_for(&self, cookies: &CookieConfig) -> Jar {
        let shared = self.jar.as_ref().filter(|_| !cookies.is_from_file);
        shared.map_or_else(|| cookies.jar.fork(), Jar::clone)
    }

    /// Takes over the secrets that answers brought, whether or not the file hands anything on.
    pub fn learn(&mut self, secrets: &Secrets) {
        self.secrets.join(secrets);
    }

    /// Takes over what a set hands on.
    pub fn take(&mut self, set: &TestSet, end: &End<'_>) {
        let Some(sharing) = &set.config.sharing else { return };
        match &sharing.share {
            Share::Nothing => return,
            Share::Names(names) => {
                if end.jar.is_some() && names.iter().any(|(name, _)| name == COOKIES) {
                    self.jar = end.jar.cloned();
                }
                let is_jar = |name: &str| name == COOKIES && end.jar.is_some();
                for (name, _) in names.iter().filter(|(name, _)| !is_jar(name)) {
                    self.take_one(name, end.context.get(name), set.suite());
                }
            }
            Share::All => {
                // What the command line gives is not the file's to hand on.
                let is_given = |name: &str, value: &Value| {
                    end.given.iter().any(|(have, own)| have == name && own.identity() == value.identity())
                };
                let own = end.context.variables().filter(|(name, value)| !is_given(name, value));
                for (name, value) in own {
                    self.take_one(name, Some(value), set.suite());
                }
            }
        }
        self.secrets = end.secrets.clone();
    }

    fn take_one(&mut self, name: &str, value: Option<&Value>, file: &Arc<str>) {
        match value.filter(|value| !matches!(value, Value::Null)) {
            Some(value) => {
                self.missing.remove(name);
                self.variables.insert(name.to_owned(), value.clone());
            }
            None if self.variables.contains_key(name) => {}
            None => {
                self.missing.insert(name.to_owned(), file.clone());
            }
        }
    }

    /// Whether other files need this one.
    pub fn is_needed(&self, file: &Arc<str>) -> bool {
        self.needed.contains(file)
    }

    /// Notes that something failed in a file.
    pub fn fail(&mut self, file: &Arc<str>) {
        if self.needed.contains(file) {
            self.failed.insert(file.clone());
        }
    }

    /// Why a file cannot run: `login.yaml failed`.
    pub fn failed_need(&self, sets: &[TestSet]) -> Option<String> {
        let mut needs = sets.iter().flat_map(|set| set.needed_files());
        let need = needs.find(|need| self.failed.contains(&need.suite))?;
        Some(format!("{} failed", need.written))
    }
}

/// A sink that notes whether anything fails.
pub(super) struct Watched<'s> {
    /// Where events go on to.
    pub inner: &'s mut dyn Sink,
    /// Whether something has failed.
    pub has_failed: bool,
}

impl Sink for Watched<'_> {
    fn emit(&mut self, event: Event) {
        self.has_failed |= match &event {
            Event::TestFinished(outcome) => !outcome.passed(),
            Event::BenchmarkFinished(report) => !report.missed.is_empty(),
            _ => false,
        };
        self.inner.emit(event);
    }

    fn learn(&mut self, secrets: &Secrets) {
        self.inner.learn(secrets);
    }

    fn pause(&mut self) {
        self.inner.pause();
    }

    fn is_stopped(&self) -> bool {
        self.inner.is_stopped()
    }

    fn given_up(&self) -> Option<Arc<str>> {
        self.inner.given_up()
    }
}
