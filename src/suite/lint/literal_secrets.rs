//! Secrets that stand in a suite as they are, where everybody can read them who can read the suite.
//!
//! Owns: finding them by the names that they have. Does not: know what a suite does with them.

use super::{Subject, hint};
use crate::ground::source::Fault;
use crate::secrets::{names_a_secret, shown_url};
use crate::suite::document::{Entry, Kind, Node};

/// Keys below which a name like a secret's has no secret: what is extracted, compared or drawn, and where secrets are.
const OPEN: [&str; 17] = [
    "validators",
    "extract_binds",
    "generators",
    "generator_binds",
    "secrets",
    "mask",
    "needs",
    "share",
    "tags",
    "retry",
    "poll",
    "performance",
    "foreach",
    "curl_option_sslkey",
    "client_auth",
    "name",
    "description",
];

/// Looks for values that are written out.
pub fn look_over(subject: &Subject<'_>, hints: &mut Vec<Fault>) {
    for item in subject.items {
        walk(subject, item, hints);
    }
}

fn walk(subject: &Subject<'_>, node: &Node, hints: &mut Vec<Fault>) {
    match &node.kind {
        Kind::Map(entries) => entries.iter().for_each(|entry| look_at(subject, entry, hints)),
        Kind::List(items) => items.iter().for_each(|item| walk(subject, item, hints)),
        Kind::Scalar(_) => {}
    }
}

fn look_at(subject: &Subject<'_>, entry: &Entry, hints: &mut Vec<Fault>) {
    let name = entry.name.as_str();
    if OPEN.iter().any(|open| open.eq_ignore_ascii_case(name)) {
        return;
    }
    let Some(text) = entry.value.as_str() else { return walk(subject, &entry.value, hints) };
    // It is the name of a block.
    if name.eq_ignore_ascii_case("auth") {
        return;
    }
    let is_written = !text.is_empty() && !text.contains('$');
    let place = subject.source.location(entry.value.at.or(entry.at));
    if is_written && names_a_secret(name) {
        let bare = if name.eq_ignore_ascii_case("auth_password") { "password" } else { name };
        let variable: String = bare.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let message = format!(
            "the value of \"{name}\" stands in the suite, for everybody to read; write ${variable} under template, and \
             give it with --secret {variable}, --secrets-file or RESTTEST_SECRET_{variable} (resttest help secrets)"
        );
        hint(hints, &place, message);
    } else if name.eq_ignore_ascii_case("url") && shown_url(text) != text {
        let message = "a secret stands in this url, for everybody to read; write a variable in its place, and give that \
                       with --secret (resttest help secrets)";
        hint(hints, &place, message);
    }
}
