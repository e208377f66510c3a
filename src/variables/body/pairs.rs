//! Names and values as a form or a query carries them.
//!
//! Owns: their order, and both encodings. Does not: read a suite, know URLs beyond where a query goes.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::exchange::url::percent_encode;
use crate::variables::context::Context;
use crate::variables::template::Text;

/// What `application/x-www-form-urlencoded` leaves as it is, by the URL standard; a space is a plus.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_').remove(b' ');

/// A name or a value as a form has it.
pub fn form_encoded(text: &str) -> String {
    utf8_percent_encode(text, FORM).to_string().replace(' ', "+")
}

/// Names and values in written order; a name may come more than once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pairs(pub Vec<(Text, Text)>);

impl Pairs {
    /// As the body of a form.
    pub fn form(&self, context: &Context) -> String {
        self.joined(context, form_encoded)
    }

    /// As the query of a URL, added to the one that it has; a fragment stays at its end.
    pub fn add_to_url(&self, url: &str, context: &Context) -> String {
        let query = self.joined(context, percent_encode);
        if query.is_empty() {
            return url.to_owned();
        }
        let (before, fragment) = url.split_at(url.find('#').unwrap_or(url.len()));
        let separator = match before.find('?') {
            None => "?",
            Some(_) if before.ends_with(['?', '&']) => "",
            Some(_) => "&",
        };
        format!("{before}{separator}{query}{fragment}")
    }

    fn joined(&self, context: &Context, encode: impl Fn(&str) -> String) -> String {
        let pair = |(name, value): &(Text, Text)| {
            format!("{}={}", encode(&name.render(context)), encode(&value.render(context)))
        };
        self.0.iter().map(pair).collect::<Vec<_>>().join("&")
    }

    /// Whether they are always the same.
    pub fn is_constant(&self) -> bool {
        self.0.iter().all(|(name, value)| name.is_constant() && value.is_constant())
    }

    /// Hands over every text in it.
    pub fn each_text(&self, take: &mut dyn FnMut(&Text)) {
        for (name, value) in &self.0 {
            take(name);
            take(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Pairs {
        let plain = |text: &str| Text::Plain(text.to_owned());
        Pairs(pairs.iter().map(|(name, value)| (plain(name), plain(value))).collect())
    }

    #[test]
    fn forms_are_encoded_as_the_url_standard_says() {
        let context = Context::new();
        for (given, encoded) in [
            (vec![("a", "1"), ("b", "x"), ("b", "y z")], "a=1&b=x&b=y+z"),
            (vec![("", "")], "="),
            (vec![("a+b&c", "=%?#")], "a%2Bb%26c=%3D%25%3F%23"),
            (vec![("*-._", "~'()!")], "*-._=%7E%27%28%29%21"),
            (vec![("é", "\u{1f600}\r\n\0")], "%C3%A9=%F0%9F%98%80%0D%0A%00"),
            (vec![], ""),
        ] {
            assert_eq!(pairs(&given).form(&context), encoded);
        }
    }

    #[test]
    fn a_query_is_added_to_the_urls_own() {
        let query = pairs(&[("q", "a b"), ("n", "1&2")]);
        for (url, full) in [
            ("http://h/x", "http://h/x?q=a%20b&n=1%262"),
            ("http://h/x?", "http://h/x?q=a%20b&n=1%262"),
            ("http://h/x?a=1", "http://h/x?a=1&q=a%20b&n=1%262"),
            ("http://h/x?a=1&", "http://h/x?a=1&q=a%20b&n=1%262"),
            ("http://h/x#part?", "http://h/x?q=a%20b&n=1%262#part?"),
        ] {
            assert_eq!(query.add_to_url(url, &Context::new()), full);
        }
        assert_eq!(Pairs::default().add_to_url("/x#y", &Context::new()), "/x#y");
    }
}
