//! Events as the lines for people show them: names, URLs and reasons are one line each.
//!
//! Owns: which texts of an event those are. Does not: touch bodies, headers and details, which have lines.

use std::borrow::Cow;

use crate::ground::printable::one_line;
use crate::judge::outcome::{Failure, Outcome};
use crate::record::event::Event;

/// The event with names and reasons on one line; the event itself where they are.
pub fn shown(event: &Event) -> Cow<'_, Event> {
    let shown = match event {
        Event::TestFinished(outcome) => match shown_outcome(outcome) {
            Cow::Owned(outcome) => Event::TestFinished(Box::new(outcome)),
            Cow::Borrowed(_) => return Cow::Borrowed(event),
        },
        Event::TestStarted { name, group, location } if [name, group].into_iter().any(has_lines) => {
            let (name, group) = (one_line(name).into_owned(), one_line(group).into_owned());
            Event::TestStarted { name, group, location: location.clone() }
        }
        Event::Warned(warning) if has_lines(&warning.message) => {
            let mut warning = warning.clone();
            straighten(&mut warning.message);
            Event::Warned(warning)
        }
        Event::AttemptFinished(notice) if [&notice.name, &notice.answer].into_iter().any(has_lines) => {
            let mut notice = notice.clone();
            straighten(&mut notice.name);
            straighten(&mut notice.answer);
            Event::AttemptFinished(notice)
        }
        Event::RetryScheduled(notice) if [&notice.name, &notice.cause].into_iter().any(has_lines) => {
            let mut notice = notice.clone();
            straighten(&mut notice.name);
            straighten(&mut notice.cause);
            Event::RetryScheduled(notice)
        }
        Event::RequestPrepared(preview) if [&preview.name, &preview.url].into_iter().any(has_lines) => {
            let mut preview = preview.clone();
            straighten(&mut preview.name);
            straighten(&mut preview.url);
            Event::RequestPrepared(preview)
        }
        Event::BenchmarkStarted { name, group } if [name, group].into_iter().any(has_lines) => {
            Event::BenchmarkStarted { name: one_line(name).into_owned(), group: one_line(group).into_owned() }
        }
        Event::SuiteStarted { file, title, at } if has_lines(file) => {
            Event::SuiteStarted { file: one_line(file).into(), title: title.clone(), at: *at }
        }
        Event::SuiteFinished { file, elapsed, error } if has_lines(file) || error.as_ref().is_some_and(has_lines) => {
            let error = error.as_ref().map(|error| one_line(error).into_owned());
            Event::SuiteFinished { file: one_line(file).into(), elapsed: *elapsed, error }
        }
        _ => return Cow::Borrowed(event),
    };
    Cow::Owned(shown)
}

fn has_lines(text: impl AsRef<str>) -> bool {
    matches!(one_line(text.as_ref()), Cow::Owned(_))
}

fn straighten(text: &mut String) {
    if let Cow::Owned(line) = one_line(text) {
        *text = line;
    }
}

fn is_plain(outcome: &Outcome) -> bool {
    let texts = [&outcome.name, &outcome.group, &outcome.url, &outcome.method];
    let reasons = outcome.failures.iter().flat_map(|failure| [&failure.reason, &failure.message]);
    let errors = outcome.attempts.iter().filter_map(|attempt| attempt.error.as_ref());
    !texts.into_iter().chain(reasons).chain(errors).any(has_lines)
}

/// The outcome with names and reasons on one line.
pub fn shown_outcome(outcome: &Outcome) -> Cow<'_, Outcome> {
    if is_plain(outcome) {
        return Cow::Borrowed(outcome);
    }
    let mut shown = outcome.clone();
    for text in [&mut shown.name, &mut shown.group, &mut shown.url, &mut shown.method] {
        straighten(text);
    }
    for Failure { reason, message, compared, .. } in &mut shown.failures {
        straighten(reason);
        straighten(message);
        compared.iter_mut().flat_map(|compared| compared.texts_mut()).for_each(straighten);
    }
    shown.attempts.iter_mut().filter_map(|attempt| attempt.error.as_mut()).for_each(straighten);
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn names_and_reasons_are_one_line() {
        for event in fixture::events() {
            let Event::TestFinished(mut outcome) = event else { continue };
            outcome.name = "a\nTest Group x".to_owned();
            outcome.group = "g\u{1b}[2J".to_owned();
            outcome.url = "http://h/\r".to_owned();
            for failure in &mut outcome.failures {
                failure.message = "m\nn".to_owned();
            }
            let event = Event::TestFinished(outcome);
            let Event::TestFinished(shown) = &*shown(&event) else { panic!("another event") };
            assert_eq!((&*shown.name, &*shown.group, &*shown.url), ("a\\nTest Group x", "g␛[2J", "http://h/\\r"));
            assert!(shown.failures.iter().all(|failure| failure.message == "m\\nn"));
        }
    }

    #[test]
    fn what_is_one_line_is_not_copied() {
        for event in fixture::events() {
            assert!(matches!(shown(&event), Cow::Borrowed(_)), "{event:?}");
        }
    }
}
