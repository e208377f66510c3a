//! The secrets of a request, as variables: a suite that is written down does not hold them.
//!
//! Owns: which parts are secret, what their variables are called. Does not: know where they stand in a suite.

use crate::exchange::url::percent_decode;
use crate::secrets::{is_secret_header, is_secret_name};

/// Variables with their values.
#[derive(Debug, Default)]
pub struct Variables {
    values: Vec<(String, String)>,
}

impl Variables {
    /// The names and values, in the order in which they came.
    pub fn values(&self) -> &[(String, String)] {
        &self.values
    }

    /// `$NAME`: a variable that holds a value, called after what the value belongs to.
    pub fn hide(&mut self, subject: &str, value: &str) -> String {
        let name = name_of(subject);
        let numbered = |number: usize| if number == 1 { name.clone() } else { format!("{name}_{number}") };
        let mut number = 1;
        loop {
            let name = numbered(number);
            match self.values.iter().find(|(have, _)| *have == name) {
                Some((_, have)) if have == value => return format!("${name}"),
                Some(_) => number += 1,
                None => {
                    self.values.push((name.clone(), value.to_owned()));
                    return format!("${name}");
                }
            }
        }
    }

    /// The value of a header, as a template.
    pub fn header(&mut self, name: &str, value: &str) -> String {
        if value.is_empty() || !is_secret_header(name) {
            return plain(value);
        }
        match value.split_once(' ').map(|(scheme, rest)| (scheme, rest.trim())) {
            Some((scheme, rest))
                if is_scheme(scheme) && !rest.is_empty() && name.eq_ignore_ascii_case("authorization") =>
            {
                let subject = if scheme.eq_ignore_ascii_case("basic") { "credentials" } else { "token" };
                format!("{scheme} {}", self.hide(subject, rest))
            }
            _ => self.hide(name, value),
        }
    }

    /// A value that stands under a name, as a template.
    pub fn named(&mut self, name: &str, value: &str) -> String {
        if value.is_empty() || !is_secret_name(name) { plain(value) } else { self.hide(name, value) }
    }

    /// `a=b&c=d`, percent-encoded as it is, as a template.
    pub fn pairs(&mut self, text: &str) -> String {
        let pair = |pair: &str| match pair.split_once('=') {
            Some((name, value)) => {
                let shown = self.named(&percent_decode(name), value);
                format!("{}={shown}", plain(name))
            }
            None => plain(pair),
        };
        text.split('&').map(pair).collect::<Vec<String>>().join("&")
    }
}

/// A text as a template that says the same.
pub fn plain(text: &str) -> String {
    text.replace('$', "$$")
}

fn is_scheme(word: &str) -> bool {
    ["bearer", "basic", "token", "apikey"].iter().any(|scheme| word.eq_ignore_ascii_case(scheme))
}

/// `X-Api-Key` to `X_API_KEY`; `apiKey` to `API_KEY`.
fn name_of(subject: &str) -> String {
    let mut name = String::new();
    let mut was_small = false;
    for letter in subject.chars() {
        if letter.is_ascii_alphanumeric() {
            if letter.is_ascii_uppercase() && was_small {
                name.push('_');
            }
            name.push(letter.to_ascii_uppercase());
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
        was_small = letter.is_ascii_lowercase();
    }
    let name = name.trim_end_matches('_');
    match name.as_bytes().first() {
        Some(first) if first.is_ascii_alphabetic() => name.to_owned(),
        _ => format!("SECRET_{name}").trim_end_matches('_').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_secret_becomes_a_variable() {
        let mut variables = Variables::default();
        for (name, value, template) in [
            ("Authorization", "Bearer abc", "Bearer $TOKEN"),
            ("Authorization", "Basic Zm9v", "Basic $CREDENTIALS"),
            ("authorization", "abc", "$AUTHORIZATION"),
            ("X-Api-Key", "k$1", "$X_API_KEY"),
            ("Cookie", "a=b", "$COOKIE"),
            ("Accept", "text/$x", "text/$$x"),
            ("X-Token", "", ""),
        ] {
            assert_eq!(variables.header(name, value), template);
        }
        assert_eq!(
            variables.pairs("user=ada&pass%77ord=s%26&apiKey=1&x"),
            "user=ada&pass%77ord=$PASSWORD&apiKey=$API_KEY&x"
        );
        assert_eq!(variables.named("token", "abc"), "$TOKEN");
        assert_eq!(variables.named("token", "other"), "$TOKEN_2");
        assert_eq!(variables.values().len(), 8);
        assert!(variables.values().iter().all(|(name, _)| is_secret_name(name)), "{:?}", variables.values());
    }
}
