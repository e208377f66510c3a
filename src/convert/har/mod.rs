//! Recordings of a browser: HAR 1.2.
//!
//! Owns: which entries become tests, in which order, which redirects are one. Does not: read one entry (see `entry`).

mod correlate;
mod entry;

use std::collections::HashSet;
use std::time::SystemTime;

use glob::Pattern;

use self::correlate::Values;
use self::entry::{Entry, Left};
use super::made::{Loss, MadeSuite, MadeTest};
use super::places::{Enough, Part, whole};
use super::yaml::Yaml;
use super::{Input, Options, Refusal, shape};
use crate::exchange::url::{Target, redirect};
use crate::ground::counted::counted;
use crate::ground::source::{Fault, Source};

/// Bytes of bodies, and of what is asserted of answers, that a suite has at most.
const MOST_BYTES: usize = 32 << 20;

/// A redirect's answer is among so many entries behind it.
const REDIRECT_WINDOW: usize = 20;

/// What is asserted of an answer besides its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Assert {
    /// Nothing.
    Status,
    /// The types of its JSON.
    #[default]
    Shape,
    /// All of its JSON.
    Full,
}

impl Assert {
    /// The words for `--assert`.
    pub const WORDS: &'static [&'static str] = &["status", "shape", "full"];

    /// What a word says.
    pub fn of(word: &str) -> Option<Assert> {
        let all = [Assert::Status, Assert::Shape, Assert::Full];
        Self::WORDS.iter().position(|known| *known == word).map(|at| all[at])
    }
}

/// Whether a text is a recording.
pub fn looks_like_it(input: &Input) -> bool {
    let text = input.source.text().trim_start_matches('\u{feff}').trim_start();
    let mut end = text.len().min(400);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.starts_with('{') && text[..end].contains("\"log\"")
}

/// An entry before it is read: what decides whether it is.
struct Seen<'s> {
    part: Part<'s>,
    /// Its number in the file, from 1.
    number: usize,
    started: Option<SystemTime>,
    host: String,
    is_document: bool,
}

/// Reads a recording.
///
/// # Errors
/// It is no JSON, or no HAR.
pub fn read(input: &Input, options: &Options, suite: &mut MadeSuite) -> Result<(), Refusal> {
    let source = &input.source;
    let all = whole(source).map_err(Refusal::Invalid)?;
    let invalid = |part: Part<'_>, message: String| Refusal::Invalid(Fault::new(part.place(source), message));
    let log = all.member("log").filter(|log| log.is_object());
    let Some(log) = log else { return Err(invalid(all, "this is no HAR: it has no log".to_owned())) };
    let [version, entries] = log.members(["version", "entries"]);
    if let Some(part) = version {
        let version = part.shown().unwrap_or_default();
        if !version.is_empty() && !version.starts_with("1.") {
            let message =
                format!("HAR of version {}; known are 1.1 and 1.2", crate::ground::columns::beginning(&version, 40));
            return Err(invalid(part, message));
        }
    }
    let Some(entries) = entries.filter(|entries| entries.is_list()) else {
        return Err(invalid(log, "this is no HAR: its log has no list of entries".to_owned()));
    };
    let pattern = match &options.host {
        Some(host) => Some(
            Pattern::new(&host.to_lowercase())
                .map_err(|error| invalid(all, format!("--host \"{host}\" is no pattern: {}", error.msg)))?,
        ),
        None => None,
    };
    let mut left: Vec<(Left, usize)> = Vec::new();
    let mut seen = seen(entries, &mut left);
    seen.sort_by_key(|entry| entry.started);
    let first = seen.iter().find(|entry| entry.is_document).or(seen.first()).map(|entry| entry.host.clone());
    let before = seen.len();
    seen.retain(|entry| match &pattern {
        Some(pattern) => {
            pattern.matches(&entry.host) || pattern.matches(entry.host.split(':').next().unwrap_or_default())
        }
        None => first.as_deref() == Some(entry.host.as_str()),
    });
    count(&mut left, Left::OtherHost, before - seen.len());
    let mut reader =
        Reader { source, options, suite, values: Values::default(), bytes: MOST_BYTES, has_cookies: false };
    let tests = reader.tests(&seen, entries);
    let Reader { values, has_cookies, .. } = reader;
    finish(tests, values, options, suite);
    if has_cookies && !suite.config.iter().any(|(key, _)| key == "cookies") {
        suite.config.push(("cookies".to_owned(), Yaml::word(true)));
    }
    report(&left, first.as_deref(), suite);
    Ok(())
}

/// The entries that could become tests.
fn seen<'s>(entries: Part<'s>, left: &mut Vec<(Left, usize)>) -> Vec<Seen<'s>> {
    let mut seen = Vec::new();
    let mut number = 0;
    entries.each(|part| {
        number += 1;
        match entry::glance(part) {
            Ok((started, host, is_document)) => seen.push(Seen { part, number, started, host, is_document }),
            Err(why) => count(left, why, 1),
        }
        Enough::No
    });
    seen
}

fn count(left: &mut Vec<(Left, usize)>, why: Left, how_many: usize) {
    match left.iter_mut().find(|(have, _)| *have == why) {
        Some((_, count)) => *count += how_many,
        None => left.push((why, how_many)),
    }
}

/// What was left out on purpose is told, and is no loss.
fn report(left: &[(Left, usize)], host: Option<&str>, suite: &mut MadeSuite) {
    for (why, how_many) in left.iter().filter(|(_, how_many)| *how_many > 0) {
        let hint = match (why, host) {
            (Left::OtherHost, Some(host)) => format!(" than {host}; --host GLOB chooses"),
            _ => String::new(),
        };
        suite.note(format!("{} left out: {}{hint}", counted(*how_many as u64, "request"), why.shown()));
    }
}

/// Puts variables where a server's values come back, hides what is secret, and hands the tests over.
fn finish(mut tests: Vec<MadeTest>, values: Values, options: &Options, suite: &mut MadeSuite) {
    if options.correlate {
        correlate::correlate(values, &mut tests, suite);
    }
    for mut test in tests {
        suite.hide_secrets(&mut test.request);
        suite.push(test);
    }
}

struct Reader<'i> {
    source: &'i Source,
    options: &'i Options,
    suite: &'i mut MadeSuite,
    values: Values,
    /// How many more bytes the suite may have.
    bytes: usize,
    has_cookies: bool,
}

impl Reader<'_> {
    fn tests(&mut self, seen: &[Seen<'_>], entries: Part<'_>) -> Vec<MadeTest> {
        let mut tests: Vec<MadeTest> = Vec::new();
        let mut redirects = Redirects { seen, folded: HashSet::new() };
        for (at, one) in seen.iter().enumerate() {
            if redirects.folded.contains(&at) {
                continue;
            }
            if tests.len() == MadeSuite::MOST {
                let what = format!("entries behind the first {}; --host chooses fewer", MadeSuite::MOST);
                self.suite.losses.push(Loss { place: one.part.place(self.source), what });
                break;
            }
            let sent = entry::read(one.part);
            let mut hop: Option<(usize, Entry)> = None;
            loop {
                let (at, from) = hop.as_ref().map_or((at, &sent), |(at, entry)| (*at, entry));
                let Some(next) = redirects.next(from, at) else { break };
                redirects.folded.insert(next);
                hop = Some((next, entry::read(seen[next].part)));
            }
            let test = self.test(one, Exchange { sent, redirected: hop.map(|(_, answer)| answer) }, tests.len());
            tests.push(test);
        }
        if tests.is_empty() {
            let what = "no entry of it becomes a test; --host GLOB chooses the hosts".to_owned();
            self.suite.losses.push(Loss { place: entries.place(self.source), what });
        }
        tests
    }

    /// The test of this number.
    fn test(&mut self, seen: &Seen<'_>, exchange: Exchange, at: usize) -> MadeTest {
        let Exchange { mut sent, redirected } = exchange;
        let place = seen.part.place(self.source);
        let is_redirected = redirected.is_some();
        let answer = redirected.unwrap_or_default();
        let (status, json) = if is_redirected { (answer.status, answer.json) } else { (sent.status, sent.json.take()) };
        self.has_cookies |= sent.has_cookies || answer.has_cookies;
        let name = format!("{} {}", sent.request.method, entry::path(sent.request.url.as_plain().unwrap_or_default()));
        let mut test = MadeTest {
            source: format!("{}: entry {}", self.source.file_name(), seen.number),
            name,
            request: sent.request,
            statuses: vec![status],
            ..MadeTest::default()
        };
        if is_redirected {
            test.set("curl_option_followlocation", Yaml::word(true));
        }
        sent.losses.into_iter().for_each(|what| test.lose(Some("body"), &place, what));
        let size = entry::body_size(&test.request);
        match self.bytes.checked_sub(size) {
            Some(left) => self.bytes = left,
            None => {
                test.request.body = None;
                test.lose(None, &place, format!("a body of {size} bytes: all bodies together are more than 32 MiB"));
            }
        }
        if let Some(json) = &json {
            if self.options.correlate {
                self.values.of_json(at, json);
            }
            let validator = match self.options.assert {
                Assert::Status => None,
                Assert::Shape => Some(shape::shape(json)),
                Assert::Full => Some(shape::equal(json)),
            };
            test.validators.extend(validator.filter(|validator| self.has_room(validator)));
        }
        if self.options.correlate && !is_redirected {
            sent.location.iter().for_each(|location| self.values.of_location(at, location));
        }
        test
    }

    /// Whether the suite may have this, too.
    fn has_room(&mut self, validator: &Yaml) -> bool {
        match self.bytes.checked_sub(validator.size()) {
            Some(left) => self.bytes = left,
            None => {
                self.suite.note("what is asserted of answers is more than 32 MiB; of the last ones only the status is");
                return false;
            }
        }
        true
    }
}

/// What was sent, and what came in the end where redirects were followed.
struct Exchange {
    sent: Entry,
    redirected: Option<Entry>,
}

/// Entries that a redirect before them led to.
struct Redirects<'s> {
    seen: &'s [Seen<'s>],
    folded: HashSet<usize>,
}

impl Redirects<'_> {
    /// The entry that this one led to, where it is the next of its URL and sends what libcurl would.
    fn next(&self, entry: &Entry, at: usize) -> Option<usize> {
        let keeps_method = match entry.status {
            301..=303 => false,
            307 | 308 => true,
            _ => return None,
        };
        let location = entry.location.as_deref()?;
        let from = target(entry.request.url.as_plain()?)?;
        let to = redirect(&from, location).ok()?;
        let method = match entry.request.method.as_str() {
            method if keeps_method || method == "HEAD" => method,
            _ => "GET",
        };
        (at + 1..self.seen.len()).take(REDIRECT_WINDOW).find(|next| {
            let (sent, url) = entry::line(self.seen[*next].part);
            !self.folded.contains(next) && sent == method && target(&url).is_some_and(|url| url.uri == to.uri)
        })
    }
}

fn target(url: &str) -> Option<Target> {
    crate::exchange::url::target_with(url, crate::exchange::url::Treatment { encode_spaces: true, path_as_is: false })
        .ok()
}
