//! Media types: which of those that are described a client accepts.
//!
//! Owns: `Accept` with its q-values, ranges of types. Does not: make a body.

use crate::judge::contract::is_json;
use crate::openapi::{Node, essence};

/// The type that is accepted best, as it is sent; of those that are alike JSON, then the first. Everything is accepted
/// where nothing is said.
pub fn accepted<'d>(offered: &[(&'d str, Node<'d>)], accept: &str) -> Option<(String, Node<'d>)> {
    let ranges: Vec<(String, f32)> =
        accept.split(',').map(str::trim).filter(|part| !part.is_empty()).map(range).collect();
    let mut best: Option<(f32, bool, &(&'d str, Node<'d>))> = None;
    for one in offered {
        let kind = essence(one.0);
        let quality = quality(&kind, &ranges);
        let is_json = is_json(&kind) || kind == "*/*";
        let is_better = |(have, was_json, _): (f32, bool, _)| quality > have || quality == have && is_json && !was_json;
        if quality > 0.0 && best.is_none_or(is_better) {
            best = Some((quality, is_json, one));
        }
    }
    best.map(|(_, _, (name, node))| (sent(name, &ranges), *node))
}

/// `text/*;q=0.5`.
fn range(part: &str) -> (String, f32) {
    let quality = part.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim().parse().unwrap_or(0.0))
    });
    (essence(part), quality.unwrap_or(1.0))
}

/// How much a type is wanted: what names it counts before its family, and that before everything.
fn quality(kind: &str, ranges: &[(String, f32)]) -> f32 {
    let of = |fits: &dyn Fn(&str) -> bool| ranges.iter().find(|(range, _)| fits(range)).map(|(_, quality)| *quality);
    if ranges.is_empty() {
        return 1.0;
    }
    let family = kind.split('/').next().unwrap_or_default();
    of(&|range| range == kind)
        .or_else(|| of(&|range| is_within(range, kind)))
        .or_else(|| of(&|range| range.strip_suffix("/*") == Some(family)))
        .or_else(|| of(&|range| range == "*/*" || range == "*"))
        .unwrap_or(0.0)
}

/// Whether a type is one of a described range.
fn is_within(kind: &str, range: &str) -> bool {
    range == "*/*" || range.strip_suffix("/*").is_some_and(|family| kind.split('/').next() == Some(family))
}

/// A described range as one type: the one that is asked for, or a usual one.
fn sent(described: &str, ranges: &[(String, f32)]) -> String {
    let kind = essence(described);
    if !kind.contains('*') {
        return described.to_owned();
    }
    let asked =
        ranges.iter().find(|(asked, quality)| *quality > 0.0 && !asked.contains('*') && is_within(asked, &kind));
    let usual = match kind.as_str() {
        "text/*" => "text/plain",
        "image/*" => "image/png",
        "*/*" | "application/*" => "application/json",
        _ => "application/octet-stream",
    };
    asked.map_or(usual, |(asked, _)| asked).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openapi::Document;

    #[test]
    fn what_is_accepted_best_is_sent() {
        let text = "openapi: 3.0.0\npaths: {}\ncontent: {text/html: {}, application/json: {}, text/csv: {}}\nany: {image/*: {}}\nvendor: {application/vnd.x+json; v=1: {}}\n";
        let source = crate::ground::source::Source::new("a.yaml", text.to_owned());
        let document = Document::parse(source, std::path::Path::new("a.yaml")).unwrap();
        for (key, accept, expected) in [
            ("content", "", Some("application/json")),
            ("content", "*/*", Some("application/json")),
            ("content", "text/*", Some("text/html")),
            ("content", "text/csv, */*;q=0.1", Some("text/csv")),
            ("content", "application/json;q=0.2, text/html;q=0.3", Some("text/html")),
            ("content", "application/json;q=0, */*", Some("text/html")),
            ("content", "TEXT/CSV;charset=utf-8", Some("text/csv")),
            ("content", "application/xml", None),
            ("content", "*/*;q=0", None),
            ("any", "", Some("image/png")),
            ("any", "image/webp", Some("image/webp")),
            ("any", "text/plain", None),
            ("vendor", "application/vnd.x+json", Some("application/vnd.x+json; v=1")),
        ] {
            let content = document.root().get(key).unwrap();
            let offered: Vec<_> = content.entries().collect();
            let sent = accepted(&offered, accept).map(|(name, _)| name);
            assert_eq!(sent.as_deref(), expected, "{key} {accept}");
        }
    }
}
