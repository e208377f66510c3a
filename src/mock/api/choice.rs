//! Which of the described answers a request gets.
//!
//! Owns: `Prefer` and its parameters, statuses, `Accept`. Does not: make a body (see `body`).

use super::media;
use crate::mock::incoming::Incoming;
use crate::openapi::{Node, Operation};

/// What a client asks for.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Preference {
    /// `code`.
    pub code: Option<u16>,
    /// `example`.
    pub example: Option<String>,
    /// `dynamic`.
    pub is_dynamic: bool,
}

impl Preference {
    /// What a request asks for by `Prefer`, or by `__code`, `__example` and `__dynamic` in its query.
    ///
    /// # Errors
    /// What it asks for cannot be.
    pub fn of(incoming: &Incoming<'_>) -> Result<Preference, String> {
        let mut wish = Preference::default();
        if incoming.call.query().contains("__") {
            for (name, value) in incoming.query() {
                if let Some(name) = name.strip_prefix("__") {
                    wish.take(name, value)?;
                }
            }
        }
        for line in incoming.call.header_values("prefer") {
            for part in line.split([',', ';']) {
                let (name, value) = part.split_once('=').unwrap_or((part, "true"));
                wish.take(name.trim(), value.trim().trim_matches('"'))?;
            }
        }
        Ok(wish)
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name.to_ascii_lowercase().as_str() {
            "code" => {
                let code = value.parse().ok().filter(|code| (200..600).contains(code));
                self.code = Some(code.ok_or_else(|| format!("code must be a status from 200 to 599, not {value:?}"))?);
            }
            "example" => self.example = Some(value.to_owned()),
            "dynamic" => {
                self.is_dynamic = match value {
                    "true" => true,
                    "false" => false,
                    other => return Err(format!("dynamic must be true or false, not {other:?}")),
                };
            }
            // Others are for other servers.
            _ => {}
        }
        Ok(())
    }
}

/// An answer that is chosen.
pub struct Chosen<'d> {
    /// Its status.
    pub status: u16,
    /// What is described of it.
    pub answer: Option<Node<'d>>,
    /// Its media type as it is sent, and what is described of that.
    pub media: Option<(String, Node<'d>)>,
}

/// A wish that nothing described meets.
pub struct Unmet {
    /// The status that says so.
    pub status: u16,
    /// What is not there.
    pub message: String,
    /// What there is.
    pub known: Vec<String>,
}

/// The answer to a request that is right.
///
/// # Errors
/// What is wished for is not described, or no media type is accepted.
pub fn chosen<'d>(operation: &Operation<'d>, wish: &Preference, incoming: &Incoming<'_>) -> Result<Chosen<'d>, Unmet> {
    let responses = operation.responses();
    let (status, answer) = match wish.code {
        Some(code) => {
            let names = [code.to_string(), format!("{}XX", code / 100), "default".to_owned()];
            let found = names.iter().find_map(|name| {
                responses.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, answer)| *answer)
            });
            let known = responses.iter().map(|(key, _)| (*key).to_owned()).collect();
            let message = || format!("{} describes no status {code}", operation.line());
            (code, Some(found.ok_or_else(|| Unmet { status: 404, message: message(), known })?))
        }
        None => usual(&responses).map_or((200, None), |(status, answer)| (status, Some(answer))),
    };
    let accept: Vec<String> = incoming.call.header_values("accept").map(std::borrow::Cow::into_owned).collect();
    let offered: Vec<(&str, Node<'d>)> =
        answer.and_then(|answer| answer.get("content")).into_iter().flat_map(Node::entries).collect();
    let media = media::accepted(&offered, &accept.join(","));
    if media.is_none() && !offered.is_empty() {
        let known = offered.iter().map(|(name, _)| (*name).to_owned()).collect();
        return Err(Unmet { status: 406, message: "none of the described media types is accepted".to_owned(), known });
    }
    Ok(Chosen { status, answer, media })
}

/// The answer of the first of these statuses that is described by itself, in the type that it has first.
pub fn described<'d>(operation: &Operation<'d>, statuses: &[u16]) -> Option<Chosen<'d>> {
    let responses = operation.responses();
    let (status, answer) = statuses.iter().find_map(|status| {
        let name = status.to_string();
        responses.iter().find(|(key, _)| *key == name).map(|(_, answer)| (*status, *answer))
    })?;
    let offered: Vec<(&str, Node<'d>)> = answer.get("content").into_iter().flat_map(Node::entries).collect();
    Some(Chosen { status, answer: Some(answer), media: media::accepted(&offered, "") })
}

/// The first of the 200s, else what stands for all, else the first of the 300s. Where only what goes wrong is described,
/// nothing is said of what is right.
fn usual<'d>(responses: &[(&'d str, Node<'d>)]) -> Option<(u16, Node<'d>)> {
    let first = |fits: &dyn Fn(&str) -> bool| responses.iter().find(|(key, _)| fits(key));
    let (key, answer) = first(&|key| key.starts_with('2'))
        .or_else(|| first(&|key| key == "default"))
        .or_else(|| first(&|key| key.starts_with('3')))?;
    let status = key.parse().ok().filter(|status| (200..600).contains(status));
    let of_range = if key.starts_with('3') { 302 } else { 200 };
    Some((status.unwrap_or(of_range), *answer))
}
