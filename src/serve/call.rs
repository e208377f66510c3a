//! A request as it arrived.
//!
//! Owns: its parts, borrowed from what was received. Does not: read it (see `intake`).

use std::borrow::Cow;

use crate::exchange::url::percent_decode;
use crate::ground::value;

/// A request; nothing of it is copied.
#[derive(Debug)]
pub struct Call<'a> {
    /// The method as written.
    pub method: &'a str,
    /// The target as written, with its query.
    pub target: &'a str,
    /// Names and values as written, in order.
    pub raw_headers: &'a [httparse::Header<'a>],
    /// The body without its framing.
    pub body: &'a [u8],
    /// Bytes of the request: its head and its body, without the framing of chunks.
    pub size: usize,
    /// Whether it came from this machine.
    pub is_local: bool,
}

impl<'a> Call<'a> {
    /// The first header of that name, whatever its case.
    pub fn header(&self, name: &str) -> Option<Cow<'a, str>> {
        let found = self.raw_headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
        Some(value::decode(found.value))
    }

    /// All values of a header, whatever its case.
    pub fn header_values<'s>(&'s self, name: &'s str) -> impl Iterator<Item = Cow<'a, str>> + 's {
        let named = self.raw_headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name));
        named.map(|header| value::decode(header.value))
    }

    /// All headers. Their bytes are ISO-8859-1 unless they are UTF-8.
    pub fn headers(&self) -> impl Iterator<Item = (&'a str, Cow<'a, str>)> {
        self.raw_headers.iter().map(|header| (header.name, value::decode(header.value)))
    }

    /// The path as written, of a target that is a whole URL too.
    pub fn path(&self) -> &'a str {
        let target = origin_form(self.target);
        target.split(['?', '#']).next().unwrap_or_default()
    }

    /// The query as written, without its question mark.
    pub fn query(&self) -> &'a str {
        let (_, query) = origin_form(self.target).split_once('?').unwrap_or_default();
        query.split('#').next().unwrap_or_default()
    }
}

/// The path and query of a target; a client that takes us for its proxy sends `http://host/path`.
fn origin_form(target: &str) -> &str {
    match target.split_once("://") {
        Some((scheme, rest)) if !scheme.contains(['/', '?']) => rest.find(['/', '?']).map_or("/", |at| &rest[at..]),
        _ => target,
    }
}

/// The pairs of a query or of a form, in order, decoded.
pub fn query_pairs(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (percent_decode(&name.replace('+', " ")), percent_decode(&value.replace('+', " ")))
    });
    pairs.collect()
}
