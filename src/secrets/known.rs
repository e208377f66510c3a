//! The secrets that are known, and texts without them.
//!
//! Owns: the set, its automata, the replacement. Does not: know encodings (see `forms`), or where secrets stand.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;

use super::REDACTED;
use super::forms::{SHORTEST, forms};
use super::names::{is_secret_header, is_secret_name};
use super::shown_url::{secret_parameters, shown_url, userinfo};
use crate::ground::value::{Value, decode};

/// Words that stand everywhere: who calls one of them a secret hides nothing.
const COMMON: [&str; 6] = ["true", "false", "null", "none", "yes", "off"];

/// Headers whose value is a URL.
const URL_HEADERS: [&str; 3] = ["location", "content-location", "referer"];

/// A parameter's value in a URL is looked for elsewhere only if it is at least this long: `?key=name` is no secret.
const SHORTEST_PARAMETER: usize = 8;

/// What is left of a secret that was cut off is hidden from this length on.
const SHORTEST_REST: usize = 4;

/// Secret values with the forms that they take.
///
/// They are kept in layers of shrinking size, each with an automaton that is built when it is first needed. A new
/// value makes a new layer, and layers of one size are merged: so a set that grows with every test of a long run
/// costs little more than one that never does.
#[derive(Clone, Default)]
pub struct Secrets {
    known: HashSet<String>,
    layers: Vec<Layer>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} secrets {REDACTED}", self.known.len())
    }
}

impl Secrets {
    /// Remembers a value, with all its forms.
    pub fn add(&mut self, value: &str) {
        let value = value.trim();
        let is_common = || COMMON.iter().any(|word| word.eq_ignore_ascii_case(value));
        if value.len() < SHORTEST || self.known.contains(value) || is_common() {
            return;
        }
        self.known.insert(value.to_owned());
        match self.layers.last_mut() {
            Some(last) if last.matcher.get().is_none() => last.values.push(value.to_owned()),
            _ => self.layers.push(Layer { values: vec![value.to_owned()], matcher: OnceLock::new() }),
        }
        while let [.., below, last] = self.layers.as_mut_slice()
            && last.values.len() >= below.values.len()
        {
            below.values.append(&mut last.values);
            below.matcher = OnceLock::new();
            self.layers.pop();
        }
    }

    /// This text is none, wherever it is found from now on: the name of a variable that stands where a secret belongs.
    pub fn spare(&mut self, text: &str) {
        self.known.insert(text.to_owned());
    }

    /// Remembers a variable's value. Numbers and booleans are no secrets, whatever they are called.
    pub fn add_value(&mut self, value: &Value) {
        match value {
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Huge(_) | Value::Float(_) => {}
            Value::Str(text) => self.add(text),
            Value::Bytes(bytes) => self.add(&decode(bytes)),
            Value::Date(date) => self.add(&date.text),
            Value::List(items) => items.iter().for_each(|item| self.add_value(item)),
            Value::Dict(dict) => dict.iter().for_each(|(_, value)| self.add_value(value)),
        }
    }

    /// Remembers what a value holds below names of secrets, however deep: of `{user: ann, token: abc}` the token.
    pub fn add_within(&mut self, value: &Value) {
        match value {
            Value::List(items) => items.iter().for_each(|item| self.add_within(item)),
            Value::Dict(dict) => {
                for (key, value) in dict.iter() {
                    match key.as_str() {
                        Some(name) if is_secret_name(name) => self.add_value(value),
                        _ => self.add_within(value),
                    }
                }
            }
            _ => {}
        }
    }

    /// Remembers what a secret header carries: the whole value, and the part that is the secret.
    pub fn add_header(&mut self, name: &str, value: &str) {
        if !is_secret_header(name) {
            return;
        }
        self.add(value);
        if name.eq_ignore_ascii_case("cookie") || name.eq_ignore_ascii_case("set-cookie") {
            let pairs = if name.eq_ignore_ascii_case("cookie") { usize::MAX } else { 1 };
            for pair in value.split(';').take(pairs) {
                if let Some((_, secret)) = pair.split_once('=') {
                    self.add(secret);
                }
            }
        } else if let Some((scheme, credentials)) = value.trim().split_once(' ') {
            self.add(credentials);
            let login =
                BASE64_STANDARD.decode(credentials.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"));
            if let Some(login) = login
                && let Some((name, password)) = decode(&login).split_once(':')
            {
                self.add_login(name, password);
            }
        }
    }

    /// Remembers name and password as Basic authentication sends them; the name itself is no secret.
    pub fn add_login(&mut self, name: &str, password: &str) {
        self.add(password);
        self.add(&format!("{name}:{password}"));
    }

    /// Remembers what is secret in a URL, as written and as it is sent.
    pub fn add_url(&mut self, url: &str) {
        let decoded = |text| percent_decode_str(text).decode_utf8_lossy();
        if let Some((name, password)) = userinfo(url) {
            self.add_login(name, password);
            self.add_login(&decoded(name), &decoded(password));
        }
        for value in secret_parameters(url).filter(|value| value.len() >= SHORTEST_PARAMETER) {
            self.add(value);
            self.add(&decoded(value));
        }
    }

    /// Whether nothing is known to be secret.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Whether this very value is one.
    pub fn knows(&self, value: &str) -> bool {
        self.known.contains(value.trim())
    }

    /// What of a text is a secret or a form of one, each once.
    pub fn met_in<'t>(&self, text: &'t str) -> BTreeSet<&'t str> {
        self.spans(text).into_iter().filter_map(|(start, end)| text.get(start..end)).collect()
    }

    /// The text without the secrets; borrowed where there were none.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        replace(text, self.spans(text))
    }

    /// The text without these secrets and `others`, which live shorter.
    pub fn redact_with<'t>(&self, others: &Secrets, text: &'t str) -> Cow<'t, str> {
        let mut spans = self.spans(text);
        spans.extend(others.spans(text));
        replace(text, spans)
    }

    /// A header's value as it may be shown.
    pub fn redact_header(&self, others: &Secrets, name: &str, value: &str) -> String {
        if is_secret_header(name) {
            return REDACTED.to_owned();
        }
        let is_url = URL_HEADERS.iter().any(|header| header.eq_ignore_ascii_case(name));
        let shown = if is_url { shown_url(value) } else { Cow::Borrowed(value) };
        self.redact_with(others, &shown).into_owned()
    }

    /// The same for a message in which long values were cut: a secret's beginning before the `…` goes, too.
    pub fn redact_message(&self, others: &Secrets, message: &mut String) {
        let mut spans = self.spans(message);
        spans.extend(others.spans(message));
        for (cut, _) in message.match_indices('…') {
            let rest = [self, others].into_iter().flat_map(|secrets| secrets.rests(&message[..cut])).max();
            spans.extend(rest.map(|length| (cut - length, cut)));
        }
        if let Cow::Owned(clean) = replace(message, spans) {
            *message = clean;
        }
    }

    /// Where secrets stand in a text.
    fn spans(&self, text: &str) -> Vec<(usize, usize)> {
        let mut spans = Vec::new();
        if text.len() >= SHORTEST {
            for layer in &self.layers {
                layer.matcher().find(text, &mut spans);
            }
        }
        spans
    }

    /// How long the beginnings of secrets are at the end of a text.
    fn rests<'s>(&'s self, text: &'s str) -> impl Iterator<Item = usize> {
        let forms = self.layers.iter().flat_map(|layer| &layer.matcher().forms);
        forms.filter_map(move |form| {
            let longest = form.len().min(text.len() + 1);
            (SHORTEST_REST..longest).rev().find(|length| text.as_bytes().ends_with(&form.as_bytes()[..*length]))
        })
    }
}

/// Values that one automaton finds.
#[derive(Clone)]
struct Layer {
    values: Vec<String>,
    matcher: OnceLock<Matcher>,
}

impl Layer {
    fn matcher(&self) -> &Matcher {
        self.matcher.get_or_init(|| {
            let forms: Vec<String> = self.values.iter().flat_map(|value| forms(value)).collect();
            let mut builder = AhoCorasick::builder();
            // Every place counts, not only the longest: where two secrets overlap, both go.
            builder.match_kind(MatchKind::Standard).kind(Some(AhoCorasickKind::ContiguousNFA));
            let automaton = builder.build(&forms).ok();
            Matcher { forms, automaton }
        })
    }
}

/// All forms of a layer's values.
#[derive(Clone)]
struct Matcher {
    forms: Vec<String>,
    /// Nothing only if the forms are too many for one.
    automaton: Option<AhoCorasick>,
}

impl Matcher {
    fn find(&self, text: &str, spans: &mut Vec<(usize, usize)>) {
        match &self.automaton {
            Some(automaton) => {
                spans.extend(automaton.find_overlapping_iter(text).map(|found| (found.start(), found.end())));
            }
            None => {
                for form in &self.forms {
                    spans.extend(text.match_indices(form.as_str()).map(|(at, _)| (at, at + form.len())));
                }
            }
        }
    }
}

/// The text with [`REDACTED`] in place of each span; spans that overlap are one.
fn replace(text: &str, mut spans: Vec<(usize, usize)>) -> Cow<'_, str> {
    if spans.is_empty() {
        return Cow::Borrowed(text);
    }
    spans.sort_unstable();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    let mut spans = spans.into_iter().peekable();
    while let Some((start, mut end)) = spans.next() {
        while let Some((_, next)) = spans.next_if(|(next, _)| *next < end) {
            end = end.max(next);
        }
        out.push_str(text.get(at..start).unwrap_or_default());
        out.push_str(REDACTED);
        at = end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::json;

    fn of(values: &[&str]) -> Secrets {
        let mut secrets = Secrets::default();
        values.iter().for_each(|value| secrets.add(value));
        secrets
    }

    #[test]
    fn a_secret_vanishes_in_every_form() {
        let mut secrets = Secrets::default();
        secrets.add("p@ss word/1");
        secrets.add_login("ada", "p@ss word/1");
        secrets.add_header("Authorization", "Bearer abc.def");
        secrets.add_header("Cookie", "sid=12345; theme=dark");
        let text = "p@ss word/1 p%40ss%20word%2F1 cEBzcyB3b3JkLzE= YWRhOnBAc3Mgd29yZC8x Bearer abc.def abc.def 12345";
        let clean = secrets.redact(text);
        for leak in ["p@ss", "p%40ss", "abc.def", "12345", "cEBzcyB3b3JkLzE", "YWRhOnBAc3Mgd29yZC8x"] {
            assert!(!clean.contains(leak), "{leak} in {clean}");
        }
        assert!(matches!(secrets.redact("nothing here"), Cow::Borrowed("nothing here")));
        assert!(!format!("{secrets:?}").contains("p@ss"));
    }

    #[test]
    fn where_secrets_overlap_all_of_them_goes() {
        for (values, text, clean) in [
            (&["abcdef", "defghi"][..], "xabcdefghiy", "x(redacted)y"),
            (&["abc", "abcdef"], "abcdef abc", "(redacted) (redacted)"),
            (&["bcd", "abcdef"], "abcdefabc", "(redacted)abc"),
            (&["aaa"], "aaaaa", "(redacted)"),
            (&["tok1", "tok2"], "tok1tok2", "(redacted)(redacted)"),
            (&["é€é"], "aé€éa", "a(redacted)a"),
            (&["ab", "true", "  "], "ab true", "ab true"),
            (&[" padded "], "[padded]", "[(redacted)]"),
        ] {
            assert_eq!(of(values).redact(text), clean, "{values:?}");
        }
    }

    #[test]
    fn a_set_that_grows_finds_everything_and_has_few_layers() {
        let mut secrets = Secrets::default();
        for i in 0..1000 {
            secrets.add(&format!("value-{i:04}"));
            assert_eq!(secrets.redact(&format!("<value-{i:04}>")), "<(redacted)>");
            assert_eq!(secrets.redact("<value-0000>"), "<(redacted)>");
            assert!(secrets.layers.len() <= 11, "{}", secrets.layers.len());
        }
    }

    #[test]
    fn those_of_an_answer_go_with_the_others() {
        let (run, answer) = (of(&["abcdef"]), of(&["defghi"]));
        assert!(run.knows(" abcdef") && !run.knows("abc"));
        assert_eq!(run.met_in("abcdef YWJjZGVm abcdef").into_iter().collect::<Vec<_>>(), ["YWJjZGVm", "abcdef"]);
        assert_eq!(run.redact_with(&answer, "abcdefghi abcdef defghi"), "(redacted) (redacted) (redacted)");
        assert_eq!(run.redact("defghi"), "defghi");
    }

    #[test]
    fn the_beginning_of_a_secret_before_a_cut_goes() {
        let none = Secrets::default();
        for (message, clean) in [
            ("got \"x hunter2-and…", "got \"x (redacted)…"),
            ("got \"hunt…\"", "got \"(redacted)…\""),
            ("got \"hun…\"", "got \"hun…\""),
            ("got \"hunter2-and-more…", "got \"(redacted)…"),
            ("got \"é…", "got \"é…"),
        ] {
            let mut text = message.to_owned();
            of(&["hunter2-and-more"]).redact_message(&none, &mut text);
            assert_eq!(text, clean);
            let mut text = message.to_owned();
            none.redact_message(&of(&["hunter2-and-more"]), &mut text);
            assert_eq!(text, clean);
        }
    }

    #[test]
    fn numbers_and_booleans_are_no_secrets() {
        let value = json::parse(br#"{"a": 200, "b": true, "c": null, "d": 1.25, "e": ["leaf-1", {"f": "leaf-2"}]}"#);
        let mut secrets = Secrets::default();
        secrets.add_value(&value.unwrap());
        assert_eq!(secrets.redact("200 True None 1.25 leaf-1 leaf-2"), "200 True None 1.25 (redacted) (redacted)");
    }

    #[test]
    fn urls_carry_secrets() {
        let mut secrets = Secrets::default();
        secrets.add_url("http://ada:p%40ss@h/?api_key=long%20enough&key=name&max_tokens=12345678");
        let text = "p@ss p%40ss long enough long+enough name 12345678";
        assert_eq!(secrets.redact(text), "(redacted) (redacted) (redacted) (redacted) name 12345678");
    }
}
