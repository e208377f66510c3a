//! Credentials that a request must bring.
//!
//! Owns: whether they are there, what is said where they are not. Does not: look whether they are right.

use crate::mock::incoming::Incoming;
use crate::openapi::{Node, Operation};

/// What a request does not bring.
#[derive(Debug, PartialEq, Eq)]
pub struct Missing {
    /// What would do, for people.
    pub wanted: String,
    /// `WWW-Authenticate`.
    pub challenge: String,
}

/// What is missing where none of the alternatives is there as a whole.
pub fn missing(operation: &Operation<'_>, incoming: &Incoming<'_>) -> Option<Missing> {
    let root = operation.node.document.root();
    let mut wanted: Vec<String> = Vec::new();
    let mut challenge = None;
    for alternative in operation.security()?.items() {
        let mut lacks = Vec::new();
        let mut is_authorized = false;
        for name in alternative.json.as_object()?.keys() {
            // What the document does not explain is not asked for.
            let scheme =
                root.get("components").and_then(|all| all.get("securitySchemes")).and_then(|all| all.get(name));
            let Some(scheme) = scheme else { continue };
            let shares = matches!(scheme.text("type"), Some("http" | "oauth2" | "openIdConnect"));
            match lack(scheme, incoming) {
                Some((what, offer)) => lacks.push((shares, format!("{name} ({what})"), offer)),
                None => is_authorized |= shares,
            }
        }
        // There is one Authorization, however many schemes want it.
        lacks.retain(|(shares, ..)| !(*shares && is_authorized));
        if lacks.is_empty() {
            return None;
        }
        challenge = challenge.or_else(|| lacks.first().map(|(.., offer)| offer.clone()));
        wanted.push(lacks.into_iter().map(|(_, what, _)| what).collect::<Vec<_>>().join(" and "));
    }
    let challenge = challenge?;
    Some(Missing { wanted: wanted.join(", or "), challenge })
}

/// What of a scheme a request lacks, and how it is asked for.
fn lack(scheme: Node<'_>, incoming: &Incoming<'_>) -> Option<(String, String)> {
    let name = scheme.text("name").unwrap_or_default();
    let word = match scheme.text("type").unwrap_or_default() {
        "http" => scheme.text("scheme").unwrap_or("bearer").to_owned(),
        "oauth2" | "openIdConnect" => "bearer".to_owned(),
        "apiKey" => {
            let place = scheme.text("in").unwrap_or("header");
            let is_there = match place {
                "query" => incoming.query().iter().any(|(have, value)| have == name && !value.is_empty()),
                "cookie" => incoming.cookies().iter().any(|(have, value)| have == name && !value.is_empty()),
                _ => incoming.call.header(name).is_some_and(|value| !value.trim().is_empty()),
            };
            return (!is_there).then(|| (format!("{place} {name}"), format!("ApiKey realm=\"{place} {name}\"")));
        }
        // A certificate is a matter of the connection.
        _ => return None,
    };
    let given = incoming.call.header("authorization").unwrap_or_default();
    let (sent, value) = given.trim().split_once(' ').unwrap_or((given.trim(), ""));
    if sent.eq_ignore_ascii_case(&word) && !value.trim().is_empty() {
        return None;
    }
    let shown = match word.to_ascii_lowercase().as_str() {
        "basic" => "Basic",
        "bearer" => "Bearer",
        "digest" => "Digest",
        _ => word.as_str(),
    };
    let more = if shown == "Digest" { ", qop=\"auth\", nonce=\"mock\"" } else { "" };
    Some((format!("Authorization: {shown} …"), format!("{shown} realm=\"mock\"{more}")))
}
