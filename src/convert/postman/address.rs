//! URLs and headers of a collection's requests.
//!
//! Owns: which of a URL's forms counts, path variables, what is switched off. Does not: encode (sending does).

use super::variables::{Variables, placeholder};
use crate::convert::places::Part;
use crate::convert::text::Text;
use crate::exchange::token::{is_token, is_value};

/// The URL; nothing where there is none.
pub fn url(part: Part<'_>, variables: &mut Variables<'_>) -> Option<Text> {
    let [raw, query, path_variables] = part.members(["raw", "query", "variable"]);
    let raw = part.string().or_else(|| raw?.string()).filter(|raw| !raw.trim().is_empty());
    let raw = raw.unwrap_or_else(|| rebuilt(part));
    // A fragment is not sent.
    let raw = raw.trim().split('#').next().unwrap_or_default();
    let (base, own_query) = raw.split_once('?').map_or((raw, None), |(base, query)| (base, Some(query.to_owned())));
    if base.is_empty() {
        return None;
    }
    let listed = query.filter(|list| list.is_list() && list.text().contains('{')).map(joined);
    let mut url = with_path_variables(base, path_variables);
    if let Some(query) = listed.or(own_query).filter(|query| !query.is_empty()) {
        url.push('?');
        url.push_str(&query);
    }
    let mut text = Text::default();
    if !has_scheme(&url, variables) {
        text.push("http://");
    }
    text.append(variables.text(&url));
    // Postman sends blanks encoded.
    Some(text.map(|plain| plain.replace(' ', "%20")))
}

/// Whether a URL begins with `scheme://`, or with a variable that may hold it.
fn has_scheme(url: &str, variables: &Variables<'_>) -> bool {
    match placeholder(url) {
        Some(("", name, rest)) => {
            let known = variables.value(name).unwrap_or_default();
            known.is_empty() && !rest.starts_with(':') || rest.starts_with("://") || has_scheme(known, variables)
        }
        _ => url
            .split_once("://")
            .is_some_and(|(scheme, _)| scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '+')),
    }
}

/// A URL of its parts.
fn rebuilt(part: Part<'_>) -> String {
    let [protocol, host, port, path] = part.members(["protocol", "host", "port", "path"]);
    let joined = |part: Option<Part<'_>>, by: &str| match part {
        Some(part) if part.is_list() => {
            let shown = |item: Part<'_>| item.shown().or_else(|| item.member("value")?.shown());
            part.items().into_iter().filter_map(shown).collect::<Vec<_>>().join(by)
        }
        Some(part) => part.shown().unwrap_or_default(),
        None => String::new(),
    };
    let mut url = joined(host, ".");
    if url.is_empty() {
        return url;
    }
    if let Some(protocol) = protocol.and_then(Part::string).filter(|protocol| !protocol.is_empty()) {
        url = format!("{}://{url}", protocol.trim_end_matches("://"));
    }
    if let Some(port) = port.and_then(Part::shown).filter(|port| !port.is_empty()) {
        url = format!("{url}:{port}");
    }
    let path = joined(path, "/");
    if path.is_empty() { url } else { format!("{url}/{}", path.trim_start_matches('/')) }
}

/// The entries of a query that are not switched off.
fn joined(list: Part<'_>) -> String {
    let mut query = String::new();
    for entry in list.items() {
        let [key, value, disabled] = entry.members(["key", "value", "disabled"]);
        if disabled.is_some_and(Part::is_true) {
            continue;
        }
        query.push_str(if query.is_empty() { "" } else { "&" });
        query.push_str(&key.and_then(Part::shown).unwrap_or_default());
        if let Some(value) = value.and_then(Part::shown) {
            query.push('=');
            query.push_str(&value);
        }
    }
    query
}

/// `/:id/` with the value of `id`.
fn with_path_variables(base: &str, list: Option<Part<'_>>) -> String {
    let mut values = Vec::new();
    for entry in list.map(Part::items).unwrap_or_default() {
        let [key, id, value] = entry.members(["key", "id", "value"]);
        if let (Some(key), Some(value)) = (key.or(id).and_then(Part::shown), value.and_then(Part::shown)) {
            values.push((key, value));
        }
    }
    let filled = |segment: &str| {
        let value = segment.strip_prefix(':').and_then(|name| values.iter().find(|(key, _)| key == name));
        match value {
            // One without a value is to be given one.
            Some((name, value)) if value.is_empty() => format!("{{{{{name}}}}}"),
            Some((_, value)) => value.clone(),
            None => segment.to_owned(),
        }
    };
    base.split('/').map(filled).collect::<Vec<_>>().join("/")
}

/// Headers that are not switched off: a list, or lines of text. What cannot be sent is named.
pub fn headers(part: Part<'_>, variables: &mut Variables<'_>, losses: &mut Vec<String>) -> Vec<(String, Text)> {
    let mut written = Vec::new();
    for entry in part.items() {
        let [key, value, disabled] = entry.members(["key", "value", "disabled"]);
        if !disabled.is_some_and(Part::is_true) {
            written
                .push((key.and_then(Part::shown).unwrap_or_default(), value.and_then(Part::shown).unwrap_or_default()));
        }
    }
    for line in part.string().unwrap_or_default().lines() {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        written.push((name.to_owned(), value.to_owned()));
    }
    let mut headers = Vec::new();
    for (name, value) in written {
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || name.eq_ignore_ascii_case("content-length") {
            continue;
        }
        if is_token(name) && is_value(value) {
            headers.push((name.to_owned(), variables.text(value)));
        } else {
            losses.push(format!("the header {name:?} cannot be sent so"));
        }
    }
    headers
}
