//! The secrets that are known, and texts without them.
//!
//! Owns: the set, and what becomes one of it. Does not: know encodings (see `forms`), search (see `matcher`), or where
//! secrets stand.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;

use super::REDACTED;
use super::forms::{SHORTEST, form_name};
use super::mask::Masks;
use super::matcher::{Layer, replace};
use super::names::{is_secret_header, is_secret_name};
use super::shown_url::{secret_parameters, shown_url, userinfo};
use crate::ground::json;
use crate::ground::value::{Value, decode};

/// Words that stand everywhere: who calls one of them a secret hides nothing.
const COMMON: [&str; 11] =
    ["true", "false", "null", "none", "test", "admin", "root", "user", "guest", "basic", "bearer"];

/// A line or a leaf of a value that has several is a secret of its own from this length on.
const SHORTEST_PART: usize = 8;

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
    /// Values, and what they are called where somebody said so.
    known: HashMap<String, Option<Arc<str>>>,
    layers: Vec<Layer>,
    masks: Option<Arc<Masks>>,
    /// What a mask covers and is too short or too common to be hidden in every text: it is where it stands alone.
    alone: Vec<String>,
}

/// Whether a value can be kept out of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hiding {
    /// It is.
    Hidden,
    /// It has less than four characters, and would blot out half of every text.
    TooShort,
    /// It is a word that stands everywhere.
    Common,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} secrets {REDACTED}", self.known.len())
    }
}

impl Secrets {
    /// Remembers a value, with all its forms.
    pub fn add(&mut self, value: &str) {
        self.add_named(None, value);
    }

    /// The same for a value that has a name, by which it may be told from others.
    pub fn add_named(&mut self, name: Option<&str>, value: &str) -> Hiding {
        let value = value.trim();
        if value.len() < SHORTEST {
            return Hiding::TooShort;
        }
        if let Some(known) = self.known.get_mut(value) {
            if known.is_none() && name.is_some() {
                *known = name.map(Arc::from);
            }
            return Hiding::Hidden;
        }
        if COMMON.iter().any(|word| word.eq_ignore_ascii_case(value)) {
            return Hiding::Common;
        }
        self.put(name, value);
        if value.contains('\n') {
            // Armour is the same in all keys.
            let is_own = |line: &&str| line.len() >= SHORTEST_PART && !line.starts_with("-----");
            value.lines().map(str::trim).filter(is_own).for_each(|line| self.put(name, line));
        }
        match value.as_bytes() {
            [b'{' | b'[', ..] => {
                if let Ok(parsed) = json::parse(value.as_bytes()) {
                    self.add_leaves(name, &parsed);
                }
            }
            [b'"', inner @ .., b'"'] if inner.len() >= SHORTEST_PART => self.put(name, &value[1..value.len() - 1]),
            _ => {}
        }
        Hiding::Hidden
    }

    /// Remembers the texts of a value that is JSON.
    fn add_leaves(&mut self, name: Option<&str>, value: &Value) {
        match value {
            Value::Str(text) if text.len() >= SHORTEST_PART => self.put(name, text),
            Value::List(items) => items.iter().for_each(|item| self.add_leaves(name, item)),
            Value::Dict(dict) => dict.iter().for_each(|(_, value)| self.add_leaves(name, value)),
            _ => {}
        }
    }

    fn put(&mut self, name: Option<&str>, value: &str) {
        if self.known.contains_key(value) {
            return;
        }
        self.known.insert(value.to_owned(), name.map(Arc::from));
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

    /// Remembers what was declared to be a secret, whatever its type.
    pub fn add_declared(&mut self, name: &str, value: &Value) -> Hiding {
        match value {
            Value::Null => Hiding::Hidden,
            Value::Str(text) => self.add_named(Some(name), text),
            Value::List(items) => items.iter().map(|item| self.add_declared(name, item)).fold(Hiding::Hidden, worse),
            Value::Dict(dict) => {
                dict.iter().map(|(_, value)| self.add_declared(name, value)).fold(Hiding::Hidden, worse)
            }
            other => self.add_named(Some(name), &other.to_text()),
        }
    }

    /// Remembers what a mask found: it is hidden whatever it is, if need be only where it stands alone.
    pub fn add_masked(&mut self, name: &str, value: &Value) {
        match value {
            Value::List(items) => items.iter().for_each(|item| self.add_masked(name, item)),
            Value::Dict(dict) => dict.iter().for_each(|(_, value)| self.add_masked(name, value)),
            Value::Null => {}
            scalar => {
                let text = match scalar {
                    Value::Bool(is_true) => is_true.to_string(),
                    other => other.to_text(),
                };
                let text = text.trim();
                if self.add_named(Some(name), text) != Hiding::Hidden
                    && !text.is_empty()
                    && !self.alone.iter().any(|own| own == text)
                {
                    self.alone.push(text.to_owned());
                }
            }
        }
    }

    /// Hides what these masks cover, too.
    pub fn wear(&mut self, masks: &Arc<Masks>) {
        self.masks = Some(masks.clone());
    }

    /// Takes over what another set knows.
    pub fn join(&mut self, other: &Secrets) {
        for (value, name) in &other.known {
            self.put(name.as_deref(), value);
        }
    }

    /// A set that knows nothing yet, and hides what the same masks cover.
    pub fn beside(&self) -> Secrets {
        Secrets { masks: self.masks.clone(), ..Secrets::default() }
    }

    /// The values that are known.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.known.keys().map(String::as_str)
    }

    /// A place in the order in which values became known; [`Secrets::since`] has those after it.
    pub fn mark(&self) -> usize {
        self.layers.iter().map(|layer| layer.values.len()).sum()
    }

    /// The values that have become known since.
    pub fn since(&self, mark: usize) -> impl Iterator<Item = &str> {
        let mut known = mark;
        let new = self.layers.iter().flat_map(move |layer| {
            let own = known.min(layer.values.len());
            known -= own;
            &layer.values[own..]
        });
        new.map(String::as_str)
    }

    /// How many values are known.
    pub fn count(&self) -> usize {
        self.known.len()
    }

    /// Whether a variable's name makes its value a secret: by its words, or because it was declared.
    pub fn is_secret_name(&self, name: &str) -> bool {
        is_secret_name(name) || self.is_declared(name)
    }

    /// Whether a variable was declared to be a secret.
    pub fn is_declared(&self, name: &str) -> bool {
        self.masks.as_ref().is_some_and(|masks| masks.covers_variable(name))
    }

    /// Remembers the value of a variable that is secret by its name, and of any other what is below such names.
    pub fn add_variable(&mut self, name: &str, value: &Value) {
        if self.is_declared(name) {
            self.add_declared(name, value);
        } else if is_secret_name(name) {
            self.add_value(name, value);
        } else {
            self.add_within(value);
        }
    }

    /// This text is none, wherever it is found from now on: the name of a variable that stands where a secret belongs.
    pub fn spare(&mut self, text: &str) {
        self.known.insert(text.to_owned(), None);
    }

    /// Remembers a value that is secret by its name. Numbers and booleans are not, whatever they are called.
    pub fn add_value(&mut self, name: &str, value: &Value) {
        let text = match value {
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Huge(_) | Value::Float(_) => return,
            Value::Str(text) => Cow::Borrowed(text.as_str()),
            Value::Bytes(bytes) => Cow::Owned(decode(bytes).into()),
            Value::Date(date) => Cow::Borrowed(date.text.as_str()),
            Value::List(items) => return items.iter().for_each(|item| self.add_value(name, item)),
            Value::Dict(dict) => return dict.iter().for_each(|(_, value)| self.add_value(name, value)),
        };
        self.add_named(Some(name), &text);
    }

    /// Remembers what a value holds below names of secrets, however deep: of `{user: ann, token: abc}` the token.
    pub fn add_within(&mut self, value: &Value) {
        match value {
            Value::List(items) => items.iter().for_each(|item| self.add_within(item)),
            Value::Dict(dict) => {
                for (key, value) in dict.iter() {
                    match key.as_str() {
                        Some(name) if is_secret_name(name) => self.add_value(name, value),
                        _ => self.add_within(value),
                    }
                }
            }
            _ => {}
        }
    }

    /// Remembers what a secret header carries: the whole value, and the part that is the secret.
    pub fn add_header(&mut self, name: &str, value: &str) {
        if !self.is_secret_header(name) {
            if URL_HEADERS.iter().any(|header| header.eq_ignore_ascii_case(name)) {
                self.add_url(value);
            }
            return;
        }
        self.add_named(Some(name), value);
        if name.eq_ignore_ascii_case("cookie") || name.eq_ignore_ascii_case("set-cookie") {
            let pairs = if name.eq_ignore_ascii_case("cookie") { usize::MAX } else { 1 };
            for pair in value.split(';').take(pairs) {
                if let Some((_, secret)) = pair.split_once('=') {
                    self.add_named(Some("cookie"), secret);
                }
            }
        } else if let Some((scheme, credentials)) = value.trim().split_once(' ') {
            self.add_named(Some(name), credentials);
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
        self.add_named(Some("password"), password);
        self.add_named(Some("password"), &format!("{name}:{password}"));
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

    /// Whether a header's value is secret, by its name or by a mask.
    pub fn is_secret_header(&self, name: &str) -> bool {
        is_secret_header(name) || self.masks.as_ref().is_some_and(|masks| masks.covers_header(name))
    }

    /// Whether nothing is known to be secret.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty() && self.masks.is_none()
    }

    /// Whether this very value is one.
    pub fn knows(&self, value: &str) -> bool {
        self.known.contains_key(value.trim())
    }

    /// Where secrets stand in a text, in order and apart from each other, each with its value.
    pub fn places(&self, text: &str) -> Vec<(usize, usize, &str)> {
        let mut places: Vec<(usize, usize, &str)> = Vec::new();
        for layer in &self.layers {
            layer.matcher().find(text, |start, end, owner| places.push((start, end, &layer.values[owner])));
        }
        places.sort_unstable_by_key(|(start, end, _)| (*start, std::cmp::Reverse(*end)));
        let mut reached = 0;
        places.retain(|(start, end, _)| {
            let is_apart = *start >= reached;
            reached = if is_apart { *end } else { reached };
            is_apart
        });
        places
    }

    /// What a value is called, if that is known, and in which form a text has it. Of `Bearer abc`, `abc` is meant.
    pub fn describe<'s>(&'s self, value: &'s str, text: &str) -> (&'s str, Option<&'s Arc<str>>, &'static str) {
        let form = if value == text { "" } else { form_name(value, text).unwrap_or_default() };
        let inner = value.split_once([' ', ':']).and_then(|(_, inner)| self.known.get_key_value(inner));
        match inner.or_else(|| self.known.get_key_value(value)) {
            Some((value, name)) => (value, name.as_ref(), form),
            None => (value, None, form),
        }
    }

    /// What of a text is a secret or a form of one, each once.
    pub fn met_in<'t>(&self, text: &'t str) -> BTreeSet<&'t str> {
        self.spans(text).into_iter().filter_map(|(start, end)| text.get(start..end)).collect()
    }

    /// The text without the secrets; borrowed where there were none.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        replace(text, self.spans(text))
    }

    /// The text without these secrets, `others`, and what stands at these places of it.
    pub fn redact_at<'t>(&self, others: &Secrets, places: &[(usize, usize)], text: &'t str) -> Cow<'t, str> {
        let mut spans = self.spans(text);
        spans.extend(others.spans(text));
        spans.extend_from_slice(places);
        replace(text, spans)
    }

    /// The text without these secrets and `others`, which live shorter.
    pub fn redact_with<'t>(&self, others: &Secrets, text: &'t str) -> Cow<'t, str> {
        let mut spans = self.spans(text);
        spans.extend(others.spans(text));
        replace(text, spans)
    }

    /// A header's value as it may be shown.
    pub fn redact_header(&self, others: &Secrets, name: &str, value: &str) -> String {
        if self.is_secret_header(name) || others.is_secret_header(name) {
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
                layer.matcher().find(text, |start, end, _| spans.push((start, end)));
            }
        }
        if let Some(masks) = &self.masks {
            masks.find(text, &mut spans);
        }
        let is_outside = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
        for word in &self.alone {
            let places = text.match_indices(word.as_str()).map(|(at, word)| (at, at + word.len()));
            spans.extend(places.filter(|(start, end)| {
                is_outside(text[..*start].chars().next_back()) && is_outside(text[*end..].chars().next())
            }));
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

/// Of two, what is to be told.
fn worse(one: Hiding, other: Hiding) -> Hiding {
    if one == Hiding::Hidden { other } else { one }
}

#[cfg(test)]
mod tests;
