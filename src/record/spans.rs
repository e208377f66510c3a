//! Spans as OTLP's JSON has them: ids in hexadecimal digits, times and integers as text.
//!
//! Owns: the form of a span, what may be shown of a URL in one. Does not: know what a span is about, or send it.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::exchange::trace::Parent;
use crate::ground::json_text::write_string;
use crate::secrets::{REDACTED, shown_url};

/// What the semantic conventions put in place of a secret.
pub const HIDDEN: &str = "REDACTED";

/// Parameters whose values the conventions hide, and that are not called like secrets.
const HIDDEN_PARAMETERS: [&str; 2] = ["AWSAccessKeyId", "sig"];

/// What a span begins with.
#[derive(Debug, Clone, Copy)]
pub struct Head<'h> {
    /// The trace.
    pub trace_id: &'h str,
    /// The span.
    pub span_id: &'h str,
    /// The span above it.
    pub parent: Option<&'h str>,
    /// A span of another trace that it belongs to.
    pub link: Option<Parent>,
    /// What it is called.
    pub name: &'h str,
    /// Whether it is a request that went out.
    pub is_client: bool,
    /// When it began and ended.
    pub time: (SystemTime, SystemTime),
}

/// What an attribute may be.
#[derive(Debug, Clone, Copy)]
pub enum Attribute<'a> {
    /// Text.
    Text(&'a str),
    /// A number.
    Number(u64),
    /// Any number.
    Float(f64),
    /// Yes or no.
    Flag(bool),
    /// Texts.
    List(&'a [&'a str]),
}

/// What became of a span.
#[derive(Debug, Clone, Copy)]
pub enum Status<'s> {
    /// Nobody says.
    Unset,
    /// It went well.
    Good,
    /// It did not; why.
    Error(&'s str),
}

/// A span that is being written: first its attributes, then its events.
pub struct Span {
    out: String,
    has_events: bool,
}

impl Span {
    /// Begins a span.
    pub fn new(head: &Head<'_>) -> Span {
        let Head { trace_id, span_id, parent, link, name, is_client, time: (began, ended) } = *head;
        let mut out = String::with_capacity(1024);
        let _ = write!(out, r#"{{"traceId":"{trace_id}","spanId":"{span_id}","#);
        if let Some(parent) = parent {
            let _ = write!(out, r#""parentSpanId":"{parent}","#);
        }
        if let Some(Parent { trace, span, .. }) = link {
            let _ = write!(out, r#""links":[{{"traceId":"{trace:032x}","spanId":"{span:016x}"}}],"#);
        }
        out.push_str("\"name\":");
        text(name, &mut out);
        let (began, ended) = (nanoseconds(began), nanoseconds(ended.max(began)));
        let kind = if is_client { 3 } else { 1 };
        let _ =
            write!(out, r#","kind":{kind},"startTimeUnixNano":"{began}","endTimeUnixNano":"{ended}","attributes":["#);
        Span { out, has_events: false }
    }

    /// Adds an attribute.
    pub fn with(&mut self, key: &str, value: Attribute<'_>) -> &mut Span {
        attribute(key, value, &mut self.out);
        self
    }

    /// Adds one, where there is a value.
    pub fn with_some(&mut self, key: &str, value: Option<Attribute<'_>>) -> &mut Span {
        if let Some(value) = value {
            self.with(key, value);
        }
        self
    }

    /// Adds an event; no attribute of the span follows it.
    pub fn event(&mut self, name: &str, at: SystemTime, attributes: &[(&str, Attribute<'_>)]) {
        self.out.push_str(if self.has_events { "," } else { "],\"events\":[" });
        self.has_events = true;
        let _ = write!(self.out, r#"{{"timeUnixNano":"{}","name":"{name}","attributes":["#, nanoseconds(at));
        for (key, value) in attributes {
            attribute(key, *value, &mut self.out);
        }
        self.out.push_str("]}");
    }

    /// The span as a JSON object.
    pub fn end(mut self, status: Status<'_>) -> String {
        self.out.push_str("],\"status\":{\"code\":");
        match status {
            Status::Unset => self.out.push('0'),
            Status::Good => self.out.push('1'),
            Status::Error("") => self.out.push('2'),
            Status::Error(message) => {
                self.out.push_str("2,\"message\":");
                text(message, &mut self.out);
            }
        }
        self.out.push_str("}}");
        self.out
    }
}

/// Appends an attribute to a list of them.
pub fn attribute(key: &str, value: Attribute<'_>, out: &mut String) {
    if !out.ends_with('[') {
        out.push(',');
    }
    out.push_str("{\"key\":");
    text(key, out);
    out.push_str(",\"value\":{");
    let _ = match value {
        Attribute::Text(value) => {
            out.push_str("\"stringValue\":");
            text(value, out);
            Ok(())
        }
        Attribute::Number(value) => write!(out, "\"intValue\":\"{value}\""),
        Attribute::Float(value) if value.is_finite() => write!(out, "\"doubleValue\":{value}"),
        Attribute::Float(value) => {
            let word = if value.is_nan() { "NaN" } else { ["Infinity", "-Infinity"][usize::from(value < 0.0)] };
            write!(out, "\"doubleValue\":\"{word}\"")
        }
        Attribute::Flag(value) => write!(out, "\"boolValue\":{value}"),
        Attribute::List(values) => {
            out.push_str("\"arrayValue\":{\"values\":[");
            for (at, value) in values.iter().enumerate() {
                out.push_str(if at > 0 { ",{\"stringValue\":" } else { "{\"stringValue\":" });
                text(value, out);
                out.push('}');
            }
            out.push_str("]}");
            Ok(())
        }
    };
    out.push_str("}}");
}

/// Text in quotes; most has nothing to be escaped.
fn text(text: &str, out: &mut String) {
    if text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        write_string(text, out);
    }
}

fn nanoseconds(date: SystemTime) -> u128 {
    date.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_nanos()
}

/// A URL as the conventions want it: without secrets, and with their word in their place.
pub fn full_url(url: &str) -> String {
    let mut shown = shown_url(url).replace(REDACTED, HIDDEN);
    if let Some(query) = shown.find('?').filter(|_| HIDDEN_PARAMETERS.iter().any(|name| shown.contains(name))) {
        let hidden = |pair: &str| -> Option<String> {
            let (name, _) = pair.split_once('=').filter(|(name, _)| HIDDEN_PARAMETERS.contains(name))?;
            Some(format!("{name}={HIDDEN}"))
        };
        let pairs = shown[query + 1..].split('&').map(|pair| hidden(pair).map_or(pair.into(), Cow::Owned));
        shown = format!("{}?{}", &shown[..query], pairs.collect::<Vec<Cow<'_, str>>>().join("&"));
    }
    shown
}

/// The path of a URL's template, with its variables in braces: `/people/{id}`. Few different ones, whatever is sent.
pub fn url_template(template: &str) -> String {
    let path = match template.split_once("://") {
        Some((_, rest)) => &rest[rest.find('/').unwrap_or(rest.len())..],
        // A variable that holds the base.
        None if template.starts_with('$') => &template[template.find('/').unwrap_or(template.len())..],
        None => template,
    };
    let mut left = &path[..path.find(['?', '#']).unwrap_or(path.len())];
    let mut out = String::new();
    while let Some(at) = left.find('$') {
        out.push_str(&left[..at]);
        left = &left[at + 1..];
        let (name, rest) = match left.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            Some(braced) => braced,
            None => {
                let end = left.find(|c: char| !(c == '_' || c.is_alphanumeric())).unwrap_or(left.len());
                left.split_at(end)
            }
        };
        out.push_str(&if name.is_empty() { "$".to_owned() } else { format!("{{{name}}}") });
        left = rest;
    }
    out.push_str(left);
    if out.is_empty() { "/".to_owned() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_json_with_numbers_as_text() {
        let began = UNIX_EPOCH + Duration::from_nanos(1_700_000_000_123_456_789);
        let head = Head {
            trace_id: "0af7651916cd43dd8448eb211c80319c",
            span_id: "b7ad6b7169203331",
            parent: Some("b7ad6b7169203332"),
            link: Some(Parent { trace: 1, span: 2, is_sampled: true, is_random: false }),
            name: "a \"b\"",
            is_client: true,
            time: (began, UNIX_EPOCH),
        };
        let mut span = Span::new(&head);
        span.with("n", Attribute::Number(u64::MAX)).with("t", Attribute::Text("é\n")).with("f", Attribute::Flag(true));
        span.with("l", Attribute::List(&["a", "b"])).with("e", Attribute::List(&[])).with_some("none", None);
        span.with("d", Attribute::Float(0.5)).with("i", Attribute::Float(f64::NEG_INFINITY));
        span.event("one", began, &[("k", Attribute::Number(1)), ("m", Attribute::Number(2))]);
        span.event("two", began, &[]);
        let json: serde_json::Value = serde_json::from_str(&span.end(Status::Error("why"))).unwrap();
        let expected = serde_json::json!({
            "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331",
            "parentSpanId": "b7ad6b7169203332",
            "links": [{"traceId": "00000000000000000000000000000001", "spanId": "0000000000000002"}],
            "name": "a \"b\"", "kind": 3,
            // The end is never before the beginning.
            "startTimeUnixNano": "1700000000123456789", "endTimeUnixNano": "1700000000123456789",
            "attributes": [
                {"key": "n", "value": {"intValue": "18446744073709551615"}},
                {"key": "t", "value": {"stringValue": "é\n"}},
                {"key": "f", "value": {"boolValue": true}},
                {"key": "l", "value": {"arrayValue": {"values": [{"stringValue": "a"}, {"stringValue": "b"}]}}},
                {"key": "e", "value": {"arrayValue": {"values": []}}},
                {"key": "d", "value": {"doubleValue": 0.5}},
                {"key": "i", "value": {"doubleValue": "-Infinity"}},
            ],
            "events": [
                {"timeUnixNano": "1700000000123456789", "name": "one", "attributes": [
                    {"key": "k", "value": {"intValue": "1"}}, {"key": "m", "value": {"intValue": "2"}}]},
                {"timeUnixNano": "1700000000123456789", "name": "two", "attributes": []},
            ],
            "status": {"code": 2, "message": "why"},
        });
        assert_eq!(json, expected);
    }

    #[test]
    fn secrets_of_urls_are_hidden_as_the_conventions_say() {
        for (url, shown) in [
            ("http://h/x?a=1", "http://h/x?a=1"),
            ("http://u:p@h/x", "http://REDACTED@h/x"),
            ("http://h/?token=abc&sig=x&a=sig", "http://h/?token=REDACTED&sig=REDACTED&a=sig"),
            (
                "http://h/?AWSAccessKeyId=a&Signature=b&X-Goog-Signature=c",
                "http://h/?AWSAccessKeyId=REDACTED&Signature=REDACTED&X-Goog-Signature=REDACTED",
            ),
        ] {
            assert_eq!(full_url(url), shown);
        }
    }

    #[test]
    fn a_template_has_its_variables_in_braces() {
        for (template, path) in [
            ("http://h/people/$id", "/people/{id}"),
            ("$base/people/${id}/x?q=$q", "/people/{id}/x"),
            ("http://h/a$b.c$", "/a{b}.c$"),
            ("$base", "/"),
            ("/$a$b/", "/{a}{b}/"),
        ] {
            assert_eq!(url_template(template), path, "{template}");
        }
    }
}
