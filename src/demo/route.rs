//! What the sample API answers to which path, apart from the people.
//!
//! Owns: the routes and their state (people, counters).
//! Does not: touch a socket, wait, or close anything; it says what shall happen.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use super::access::{self, Access};
use super::http1::{Answer, Call};
use super::jobs::Jobs;
use super::person::People;
use super::query::Query;
use super::shop::Shop;
use crate::exchange::url::percent_decode as decode;

/// The longest that `/slow` waits.
const SLOWEST_MS: u64 = 60_000;

/// What shall happen to a request.
#[derive(Debug)]
pub(super) enum Reply {
    /// Answer now.
    Now(Answer),
    /// Answer after that time.
    After(Duration, Answer),
    /// Close the connection without a word.
    Drop,
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Reply::Now(answer)
    }
}

/// The state behind the routes.
#[derive(Debug)]
pub(super) struct Routes {
    people: Mutex<People>,
    hits: Mutex<HashMap<String, u64>>,
    shop: Mutex<Shop>,
    jobs: Mutex<Jobs>,
    access: Mutex<Access>,
}

impl Routes {
    pub fn new() -> Self {
        Routes {
            people: Mutex::new(People::seeded()),
            hits: Mutex::default(),
            shop: Mutex::default(),
            jobs: Mutex::default(),
            access: Mutex::default(),
        }
    }

    pub fn reply(&self, call: &Call) -> Reply {
        let target = origin_form(&call.target);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query = Query::parse(query);
        if let Some(below) = path.strip_prefix("/api/person").filter(|rest| rest.is_empty() || rest.starts_with('/')) {
            return lock(&self.people).answer(below, &query, call).into();
        }
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        match segments.as_slice() {
            ["echo", ..] => echo(path, &query, call).into(),
            ["status", code] => status(code).into(),
            ["flaky", key, times, code] => self.flaky(key, times, code).into(),
            ["flakydrop", key, times] => match times.parse::<u64>() {
                Err(_) => not_a_number().into(),
                Ok(times) => {
                    let hit = self.hit("flakydrop", key);
                    if hit <= times {
                        Reply::Drop
                    } else {
                        Answer::json(200, &json!({ "hit": hit, "ok": true })).into()
                    }
                }
            },
            ["counter", key] => Answer::json(200, &json!({ "hit": self.hit("counter", key) })).into(),
            ["slow", ms] => match ms.parse::<u64>() {
                Err(_) => not_a_number().into(),
                Ok(ms) => {
                    let ms = ms.min(SLOWEST_MS);
                    Reply::After(Duration::from_millis(ms), Answer::json(200, &json!({ "slept_ms": ms })))
                }
            },
            ["drop", ..] => Reply::Drop,
            ["auth", user, password] => auth(&decode(user), &decode(password), call).into(),
            ["sign-in"] => Shop::sign_in(call).into(),
            ["token"] => lock(&self.access).token(call).into(),
            ["account"] => lock(&self.access).account(call).into(),
            ["digest"] => lock(&self.access).digest(call).into(),
            ["signed"] => access::signed(call).into(),
            ["me"] => Shop::me(call).into(),
            ["baskets", below @ ..] => lock(&self.shop).answer(below, call).into(),
            ["jobs", below @ ..] => lock(&self.jobs).answer(below, call).into(),
            ["headers"] => headers().into(),
            ["redirect", times] => redirect(times, &query).into(),
            ["gzip"] => gzip().into(),
            ["text"] => {
                let mut answer = Answer::empty(200).with("Content-Type", "text/plain; charset=utf-8");
                answer.body = query.get("data").unwrap_or_default().as_bytes().to_vec();
                answer.into()
            }
            [] => Answer::json(200, &json!({ "name": "resttest sample API", "people": "/api/person/" })).into(),
            _ => Answer::error(404, "no such route").into(),
        }
    }

    fn flaky(&self, key: &str, times: &str, code: &str) -> Answer {
        let (Ok(times), Some(code)) = (times.parse::<u64>(), parse_status(code)) else {
            return not_a_number();
        };
        let hit = self.hit("flaky", key);
        let ok = hit > times;
        Answer::json(if ok { 200 } else { code }, &json!({ "hit": hit, "ok": ok }))
    }

    /// How often this route was hit with this key, this time included.
    fn hit(&self, route: &str, key: &str) -> u64 {
        let mut hits = lock(&self.hits);
        let count = hits.entry(format!("{route}/{key}")).or_default();
        *count += 1;
        *count
    }
}

/// A thread that panicked leaves nothing half done here, so its poison is ignored.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The path of a target; a client that takes us for its proxy sends `http://host/path`.
fn origin_form(target: &str) -> &str {
    match target.split_once("://") {
        Some((scheme, rest)) if !scheme.contains('/') => rest.find('/').map_or("/", |at| &rest[at..]),
        _ => target,
    }
}

fn echo(path: &str, query: &Query, call: &Call) -> Answer {
    let mut headers = serde_json::Map::new();
    for (name, value) in &call.headers {
        let name = name.to_ascii_lowercase();
        let joined = match headers.get(&name).and_then(|before| before.as_str()) {
            Some(before) => format!("{before}, {value}"),
            None => value.clone(),
        };
        headers.insert(name, joined.into());
    }
    let query: serde_json::Map<_, _> =
        query.0.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    Answer::json(
        200,
        &json!({
            "method": call.method,
            "path": path,
            "raw": call.target,
            "query": query,
            "headers": headers,
            "body": crate::ground::value::decode(&call.body),
            "json": serde_json::from_slice::<serde_json::Value>(&call.body).ok(),
            "length": call.body.len(),
        }),
    )
}

fn status(code: &str) -> Answer {
    match parse_status(code) {
        Some(code) => Answer::json(code, &json!({ "status": code })),
        None => not_a_number(),
    }
}

/// Final statuses only: 1xx is not an answer.
fn parse_status(code: &str) -> Option<u16> {
    code.parse().ok().filter(|code| (200..=599).contains(code))
}

fn not_a_number() -> Answer {
    Answer::error(400, "a whole number (a status is 200 to 599) must stand in the path")
}

fn auth(user: &str, password: &str, call: &Call) -> Answer {
    let wanted = BASE64_STANDARD.encode(format!("{user}:{password}"));
    let given = call.header("authorization").and_then(|value| value.split_once(' '));
    if given.is_some_and(|(scheme, given)| scheme.eq_ignore_ascii_case("basic") && given.trim() == wanted) {
        Answer::json(200, &json!({ "authenticated": true, "user": user }))
    } else {
        Answer::json(401, &json!({ "authenticated": false })).with("WWW-Authenticate", "Basic realm=\"sample\"")
    }
}

fn headers() -> Answer {
    Answer::json(200, &json!({ "ok": true }))
        .with("X-Multi", "one")
        .with("X-Single", "alone")
        .with("X-Multi", "two")
        .with("X-Number", "42")
        .with("X-Empty", "")
}

fn redirect(times: &str, query: &Query) -> Answer {
    let code = query.get("code").unwrap_or("302");
    let code = parse_status(code).filter(|code| matches!(code, 301 | 302 | 303 | 307 | 308));
    let (Ok(times), Some(code)) = (times.parse::<u32>(), code) else {
        return not_a_number();
    };
    let next = if times > 1 { format!("/redirect/{}?code={code}", times - 1) } else { "/echo/redirected".to_owned() };
    Answer::json(code, &json!({ "redirect": times })).with("Location", next)
}

fn gzip() -> Answer {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let packed = encoder.write_all(b"{\"gzipped\":true}").and_then(|()| encoder.finish());
    let mut answer = Answer::empty(200).with("Content-Type", "application/json").with("Content-Encoding", "gzip");
    answer.body = packed.unwrap_or_default();
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::query::encode;

    #[test]
    fn text_codings() {
        assert_eq!(decode("a%20b%2Fc%zz%"), "a b/c%zz%");
        assert_eq!(encode("a b/é"), "a%20b%2F%C3%A9");
        assert_eq!(Query::parse("a=1&b&a=x+y%26").get("a"), Some("x y&"));
        assert_eq!(origin_form("http://host:1/echo?u=http://x"), "/echo?u=http://x");
        assert_eq!(origin_form("/echo?u=http://x"), "/echo?u=http://x");
    }
}
