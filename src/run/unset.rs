//! Variables that a test's templates use and nothing has set: why, and what is said of it.
//!
//! Owns: remembering what was to set a variable and did not; the words. Does not: find out which variables a test uses
//! (see `test::unset`), decide whether it is sent all the same (see `unset_check`).

use std::collections::HashMap;

use crate::exchange::response::Response;
use crate::ground::source::did_you_mean;
use crate::judge::extract::ExtractError;
use crate::judge::outcome::{Failure, Outcome};
use crate::judge::wording::{SHOWN, beginning, shown_name, shown_text};
use crate::test::definition::{ExtractBind, Test};
use crate::test::set::TestSet;
use crate::variables::context::Context;

/// More variables than these are only counted.
const MOST: usize = 3;

/// So much of the failure of another test is told.
const CAUSE: usize = 120;

/// What is known of variables that are not set.
#[derive(Default)]
pub(super) struct Unset<'e> {
    /// The set that runs, if it is one.
    set: Option<&'e TestSet>,
    /// All sets of its suite: itself, what imports it, what it imports.
    sets: &'e [TestSet],
    /// By variable: the last test that was to extract it, and why it did not.
    missed: HashMap<String, String>,
}

/// A variable that is not set.
pub(super) struct Absent {
    /// `$uid is not set: "Extract" (line 4) found no uuid`.
    pub message: String,
    /// Whether a warning of the suite's has said so before the run.
    pub is_told: bool,
}

impl<'e> Unset<'e> {
    /// While this set runs.
    pub fn of(set: &'e TestSet, sets: &'e [TestSet]) -> Unset<'e> {
        Unset { set: Some(set), sets, missed: HashMap::new() }
    }

    /// Takes secrets out of what is remembered.
    pub fn hide(&mut self, hide: impl FnMut(&mut String)) {
        self.missed.values_mut().for_each(hide);
    }

    /// An earlier file was to hand a variable on, and did not have it.
    pub fn not_handed_on(&mut self, variable: &str, file: &str) {
        let why = format!("{} shares it, and did not come to set it", shown_name(file));
        self.missed.insert(variable.to_owned(), why);
    }

    /// A test begins anew: what it did not extract an earlier time no longer counts.
    pub fn forget(&mut self, test: &Test) {
        for bind in &test.extract_binds {
            self.missed.remove(&bind.variable);
        }
    }

    /// An extraction came to `null`, which makes no variable.
    pub fn found_nothing(&mut self, test: &Test, bind: &ExtractBind, response: &Response, context: &Context) {
        let query = asked(bind, context);
        let is_there = bind.extractor.absence(response, context).is_none();
        let found = if is_there { format!("found null at {query}") } else { format!("found no {query}") };
        self.missed.insert(bind.variable.clone(), format!("{} {found}", called(test)));
    }

    /// An extraction could not be made.
    pub fn not_extracted(&mut self, test: &Test, bind: &ExtractBind, error: &ExtractError) {
        let why = match error {
            ExtractError::Missing(reason) if reason.starts_with("no ") => format!("found {reason}"),
            ExtractError::Missing(reason) => format!("found nothing: {reason}"),
            ExtractError::Failed(reason) | ExtractError::Misused(reason) => format!("failed: {}", cut(reason)),
        };
        self.missed.insert(bind.variable.clone(), format!("{} {why}", called(test)));
    }

    /// A test has ended; what it extracts and did not come to is its failure's fault.
    pub fn ended(&mut self, test: &Test, outcome: &Outcome, context: &Context) {
        for bind in test.extract_binds.iter().filter(|bind| context.get(&bind.variable).is_none()) {
            self.missed.entry(bind.variable.clone()).or_insert_with(|| match outcome.failures.first() {
                Some(failure) => format!("{} failed: {}", called(test), cut(&failure.message)),
                None => format!("{} found no {}", called(test), asked(bind, context)),
            });
        }
    }

    /// A test does not run; what it would have extracted is missing for that reason.
    pub fn skipped(&mut self, test: &Test, reason: &str) {
        for bind in &test.extract_binds {
            self.missed.insert(bind.variable.clone(), format!("{} did not run: {}", called(test), cut(reason)));
        }
    }

    /// Why a variable that this test uses is not set, and whether that is told already.
    pub fn why(&self, name: &str, user: &Test) -> (String, bool) {
        if let Some(missed) = self.missed.get(name) {
            return (missed.clone(), false);
        }
        let Some(set) = self.set else { return ("nothing sets it".to_owned(), false) };
        let why = self.never_set(name, user, set).unwrap_or_else(|| {
            let others = set.set_names().into_iter().filter(|other| *other != name);
            format!("nothing sets it{}", did_you_mean(name, others))
        });
        (why, set.told_unset.iter().any(|told| told.variable == name))
    }

    /// What of the set was to set a variable, where no answer is to blame.
    fn never_set(&self, name: &str, user: &Test, set: &TestSet) -> Option<String> {
        let extracts = |test: &Test| test.extract_binds.iter().any(|bind| bind.variable == name);
        let binds = |test: &Test| binds(test, name);
        if extracts(user) {
            return Some(format!("{} extracts it only from its own answer", called(user)));
        }
        if let Some((_, generator)) = user.generator_binds.iter().find(|(variable, _)| variable == name) {
            return Some(format!("generator \"{generator}\" gave no value: null makes no variable"));
        }
        if let Some(test) = set.left_out.iter().find(|test| extracts(test) || binds(test)) {
            return Some(format!("{} did not run: it is not selected", called(test)));
        }
        let all: Vec<&Test> = set.in_order().collect();
        // The tests that a list comes to are in no set; what they are made of is.
        let is_made_of =
            |test: &Test| user.row().is_some() && test.foreach().is_some() && test.location == user.location;
        let at = all.iter().position(|test| std::ptr::eq(*test, user) || is_made_of(test));
        let later = at.map_or(&all[..], |at| &all[at + 1..]);
        if let Some(test) = later.iter().find(|test| extracts(test) || (at.is_some() && binds(test))) {
            let word = if at.is_some() { "did not run before it" } else { "did not run" };
            return Some(format!("{} {word}", called(test)));
        }
        let null = "null, which makes no variable";
        let before = at.map_or(&all[..], |at| &all[..at]);
        if let Some(test) = std::iter::once(user).chain(before.iter().copied()).find(|test| binds(test)) {
            return Some(format!("{} sets it to {null}", called(test)));
        }
        if let Some(benchmark) = set.benchmarks.iter().find(|benchmark| extracts(&benchmark.test)) {
            return Some(format!("{} did not come to set it", called(&benchmark.test)));
        }
        let in_config = set.config.variable_binds.iter().any(|(variable, _)| variable == name);
        if in_config {
            return Some(format!("config sets it to {null}"));
        }
        if set.config.secret_names().any(|secret| secret == name) {
            return Some(format!(
                "it is a secret that nobody gave: --secret {name}=…, RESTTEST_SECRET_{name}, --secrets-file"
            ));
        }
        let others = self.sets.iter().filter(|other| !std::ptr::eq(*other, set)).flat_map(TestSet::in_order);
        let other = others.into_iter().find(|test| extracts(test) || binds(test))?;
        let (name, place) = (shown_text(&other.name, SHOWN), other.location.line());
        Some(format!("{name} ({place}) sets it, and its file does not share it"))
    }
}

/// All of them in one line.
pub(super) fn told(absent: &[Absent]) -> Option<String> {
    let mut text = String::new();
    for Absent { message, .. } in absent.iter().take(MOST) {
        join(&mut text, message);
    }
    match absent.len().saturating_sub(MOST) {
        0 => {}
        more => join(&mut text, &format!("{more} more variables are not set")),
    }
    Some(text).filter(|text| !text.is_empty())
}

/// A test that fails with such variables says so first.
pub(super) fn put_in_front(told: &Result<Option<String>, String>, failures: &mut [Failure]) {
    let (Ok(Some(told)), Some(first)) = (told, failures.first_mut()) else { return };
    let message = std::mem::replace(&mut first.message, told.clone());
    join(&mut first.message, &message);
}

fn join(text: &mut String, next: &str) {
    text.push_str(match text.chars().last() {
        None => "",
        Some('?') => " ",
        Some(_) => "; ",
    });
    text.push_str(next);
}

/// `"Extract" (line 4)`.
fn called(test: &Test) -> String {
    format!("{} (line {})", shown_text(&test.name, SHOWN), test.location.position.line)
}

/// What is asked of an answer: `uuid`.
fn asked(bind: &ExtractBind, context: &Context) -> String {
    match bind.extractor.query(context) {
        query if query.is_empty() => bind.extractor.name().to_owned(),
        query => shown_name(&query),
    }
}

fn cut(message: &str) -> String {
    match beginning(message, CAUSE) {
        kept if kept.len() < message.len() => format!("{kept}…"),
        kept => kept.to_owned(),
    }
}

/// Whether a test sets this variable before its request.
fn binds(test: &Test, name: &str) -> bool {
    test.variable_binds.iter().any(|(variable, _)| variable == name)
        || test.generator_binds.iter().any(|(variable, _)| variable == name)
}
