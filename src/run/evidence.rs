//! What went and came, kept for reports that show it.
//!
//! Owns: its form (that of an HTTP exchange in Allure 3), without secrets and of bounded size. Does not: decide what is
//! written where (see `report`).

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::sending::Answered;
use super::session::Session;
use crate::exchange::form_parts::{FormPart, form_parts};
use crate::exchange::request::{ExchangeError, Request};
use crate::exchange::response::Response;
use crate::exchange::url::percent_decode;
use crate::judge::outcome::{Attempt, Outcome};
use crate::secrets::{REDACTED, Secrets, shown_url};
use crate::settings::evidence::Evidence;
use crate::test::definition::Test;

/// So many bytes has a body in JSON: both of an exchange and its headers are no more than 1 MiB.
const LONGEST_BODY: usize = 480 << 10;

/// More of the headers is not shown.
const LONGEST_HEADER: usize = 4 << 10;

/// More of a form is not shown beside the body that has all of it.
const LONGEST_FORM: usize = 32 << 10;

/// More parts of one are not shown there.
const MOST_PARTS: usize = 16;

/// More headers are not shown.
const MOST_HEADERS: usize = 24;

impl Session<'_> {
    /// Whether something is kept of a test beside its verdict.
    pub(super) fn keeps_evidence(&self) -> bool {
        self.engine.settings.evidence > Evidence::None
    }

    /// Whether the exchanges of a test are kept that came to this.
    pub(super) fn keeps_exchanges(&self, outcome: &Outcome) -> bool {
        match self.engine.settings.evidence {
            Evidence::None => false,
            Evidence::Failed => !outcome.passed() || outcome.attempts.len() > 1,
            Evidence::All => true,
        }
    }

    /// What is kept of a send that another follows: all of it. Of the last one, the times: whether more of it is wanted
    /// tells the verdict.
    pub(super) fn keep(&self, test: &Test, request: &Request, attempt: &mut Attempt, answer: &Answered) {
        if !self.keeps_evidence() {
            return;
        }
        attempt.exchange = Some(Box::new(times(self.engine.clock.date(), attempt.time)));
        if attempt.delay.is_some() {
            let mut brought = self.secrets.beside();
            request.tell_body_secrets(&mut brought);
            if let Ok(response) = answer {
                self.learn_answer(test, response, &mut brought);
            }
            self.fill_in(
                attempt,
                request,
                (answer.as_ref().map_err(|error: &ExchangeError| &*error.message), &brought),
                None,
            );
        }
    }

    /// Adds what went and came to the times of a send; `body` is the answer's, where secrets are already out of it.
    pub(super) fn fill_in(
        &self,
        attempt: &mut Attempt,
        request: &Request,
        (answer, brought): (Result<&Response, &str>, &Secrets),
        body: Option<&str>,
    ) {
        let Some(exchange) = attempt.exchange.as_deref_mut() else { return };
        let shown = Shown { session: self, brought };
        exchange["schemaVersion"] = json!(1);
        exchange["request"] = shown.request(request, answer.ok());
        match answer {
            Ok(response) => exchange["response"] = shown.response(response, body),
            Err(message) => exchange["error"] = json!({"name": "no answer", "message": shown.text(message)}),
        }
    }
}

/// Milliseconds since 1970 of a send that has just ended.
fn times(stop: SystemTime, took: Duration) -> Value {
    let stop = stop.duration_since(UNIX_EPOCH).unwrap_or_default();
    json!({"start": stop.saturating_sub(took).as_millis() as u64, "stop": stop.as_millis() as u64})
}

/// Texts without secrets.
struct Shown<'s> {
    session: &'s Session<'s>,
    brought: &'s Secrets,
}

impl Shown<'_> {
    fn text(&self, text: &str) -> String {
        self.session.secrets.redact_with(self.brought, text).into_owned()
    }

    fn request(&self, request: &Request, answer: Option<&Response>) -> Value {
        let url = self.text(&shown_url(&request.url));
        let mut headers = self.headers(&request.headers);
        let has_login = request.basic_auth.is_some() || request.auth.is_some();
        let names_login = request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        if has_login && !names_login {
            headers.push(pair("Authorization", REDACTED));
        }
        let mut shown = json!({"method": request.method, "url": url, "headers": headers});
        if let Some((_, query)) = url.split('#').next().and_then(|url| url.split_once('?')) {
            shown["query"] = form(query);
        }
        add_cookies(&mut shown, &request.headers, "cookie");
        add_version(&mut shown, answer);
        if let Some(body) = request.body.as_deref().filter(|body| !body.is_empty()) {
            let text = String::from_utf8_lossy(body);
            shown["body"] = shown_body((body, &text, &self.body(&text)), content_type(&request.headers));
        }
        shown
    }

    fn response(&self, response: &Response, body: Option<&str>) -> Value {
        let mut shown = json!({"status": response.status, "headers": self.headers(&response.headers)});
        let status = ureq::http::StatusCode::from_u16(response.status);
        if let Some(text) = status.ok().and_then(|status| status.canonical_reason()) {
            shown["statusText"] = json!(text);
        }
        add_cookies(&mut shown, &response.headers, "set-cookie");
        add_version(&mut shown, Some(response));
        if !response.body.is_empty() {
            let text = response.text();
            let clean = body.map_or_else(|| self.body(&text), Cow::Borrowed);
            shown["body"] = shown_body((&response.body, &text, &clean), content_type(&response.headers));
        }
        shown
    }

    fn headers(&self, headers: &[(String, String)]) -> Vec<Value> {
        let shown = headers.iter().take(MOST_HEADERS).map(|(name, value)| {
            let value = self.session.secrets.redact_header(self.brought, name, value);
            pair(name, beginning(&value, LONGEST_HEADER))
        });
        shown.collect()
    }

    /// The text of a body without secrets.
    fn body<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let marks = crate::exchange::secret_places::of_answer(text.as_bytes());
        let places: Vec<(usize, usize)> = marks.iter().map(|mark| (mark.place.start, mark.place.end)).collect();
        self.session.secrets.redact_at(self.brought, &places, text)
    }
}

/// A body as text; one that is none, and in which no secret is found, as base64.
fn shown_body((bytes, text, shown): (&[u8], &str, &str), kind: Option<&str>) -> Value {
    let is_text = std::str::from_utf8(bytes).is_ok() || shown != text;
    let source = if is_text { shown.as_bytes() } else { bytes };
    let mut body = encoded(source, LONGEST_BODY);
    body["size"] = json!(bytes.len());
    let Some(kind) = kind else { return body };
    body["contentType"] = json!(kind);
    if is_text && kind.starts_with("application/x-www-form-urlencoded") {
        body["form"] = form(beginning(shown, LONGEST_FORM));
    }
    let parts: Vec<Value> = form_parts(source, kind).into_iter().take(MOST_PARTS).map(part).collect();
    if !parts.is_empty() {
        body["parts"] = Value::Array(parts);
    }
    body
}

/// Bytes with what says how to read them: text as it is.
fn encoded(bytes: &[u8], most: usize) -> Value {
    let (encoding, value, is_cut) = match std::str::from_utf8(bytes) {
        Ok(text) => {
            let value = beginning(text, most);
            ("utf8", value.to_owned(), value.len() < text.len())
        }
        Err(_) => {
            let end = bytes.len().min(most / 4 * 3);
            ("base64", BASE64_STANDARD.encode(&bytes[..end]), end < bytes.len())
        }
    };
    json!({"encoding": encoding, "size": bytes.len(), "truncated": is_cut, "value": value})
}

/// A part of a form, of which the body itself has all.
fn part(part: FormPart<'_>) -> Value {
    let mut shown = encoded(part.content, LONGEST_HEADER);
    if part.is_cut {
        shown["truncated"] = json!(true);
    }
    for (key, text) in [("name", &part.name), ("fileName", &part.filename), ("contentType", &part.content_type)] {
        if !text.is_empty() {
            shown[key] = json!(beginning(text, LONGEST_HEADER));
        }
    }
    shown
}

fn pair(name: &str, value: &str) -> Value {
    json!({"name": name, "value": value})
}

fn content_type(headers: &[(String, String)]) -> Option<&str> {
    headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type")).map(|(_, value)| value.as_str())
}

fn add_version(shown: &mut Value, response: Option<&Response>) {
    if let Some(response) = response.filter(|response| !response.version.is_empty()) {
        shown["httpVersion"] = json!(response.version);
    }
}

/// Names and values of a form, or of a query.
fn form(text: &str) -> Value {
    let plain = |text: &str| percent_decode(&text.replace('+', " "));
    let pairs = text.split('&').filter(|pair| !pair.is_empty()).take(1000);
    pairs
        .map(|text| text.split_once('=').unwrap_or((text, "")))
        .map(|(name, value)| pair(&plain(name), &plain(value)))
        .collect()
}

/// The names of cookies; what they hold is nobody's business.
fn add_cookies(shown: &mut Value, headers: &[(String, String)], header: &str) {
    let values = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(header)).map(|(_, value)| value);
    // A `Set-Cookie` has one, and then its attributes.
    let most = if header == "cookie" { MOST_HEADERS } else { 1 };
    let cookies: Vec<Value> = values
        .flat_map(|value| value.split(';').take(most))
        .filter_map(|cookie| cookie.split_once('='))
        .take(MOST_HEADERS)
        .map(|(name, _)| pair(beginning(name.trim(), LONGEST_HEADER), REDACTED))
        .collect();
    if !cookies.is_empty() {
        shown["cookies"] = Value::Array(cookies);
    }
}

/// As much of a text as has so many bytes in JSON.
fn beginning(text: &str, most: usize) -> &str {
    let mut length = 0;
    for (at, c) in text.char_indices() {
        length += match c {
            '"' | '\\' | '\n' | '\r' | '\t' => 2,
            '\0'..='\x1f' => 6,
            c => c.len_utf8(),
        };
        if length > most {
            return &text[..at];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_by_its_length_in_json() {
        assert_eq!(beginning("aé\"\u{1}z", 100), "aé\"\u{1}z");
        assert_eq!(beginning("aé\"\u{1}z", 5), "aé\"");
        assert_eq!(beginning("aé\"\u{1}z", 4), "aé");
        assert_eq!(beginning("é", 1), "");
    }

    #[test]
    fn forms_are_names_and_values() {
        assert_eq!(
            form("a=1+2&b&c=%C3%A9=x&&"),
            json!([
                {"name": "a", "value": "1 2"}, {"name": "b", "value": ""}, {"name": "c", "value": "é=x"},
            ])
        );
    }

    #[test]
    fn a_form_in_parts_has_them_beside_the_body() {
        let of = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            shown_body((bytes, &text, &text), Some("multipart/form-data; boundary=xY"))
        };
        let head =
            "--xY\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.bin\"\r\nContent-Type: image/png\r\n\r\n";
        let shown = of(format!("{head}abc\r\n--xY--\r\n").as_bytes());
        let part = json!({
            "encoding": "utf8", "size": 3, "truncated": false, "value": "abc", "name": "f", "fileName": "a.bin",
            "contentType": "image/png",
        });
        assert_eq!((&shown["parts"], &shown["encoding"]), (&json!([part]), &json!("utf8")));
        let shown = of(&[head.as_bytes(), b"\xff\xfe\r\n--xY--\r\n"].concat());
        assert_eq!((&shown["encoding"], &shown["parts"][0]["encoding"]), (&json!("base64"), &json!("base64")));
        assert_eq!(shown["parts"][0]["value"], "//4=");
        let many = format!("{head}{}\r\n", "x".repeat(LONGEST_HEADER + 1)).repeat(100);
        let shown = of(many.as_bytes());
        assert_eq!(shown["parts"].as_array().map(Vec::len), Some(MOST_PARTS));
        assert_eq!((&shown["parts"][0]["truncated"], &shown["parts"][0]["size"]), (&json!(true), &json!(4097)));
        assert!(shown_body((b"a", "a", "a"), Some("text/plain")).get("parts").is_none());
    }

    #[test]
    fn a_send_has_its_times() {
        let stop = UNIX_EPOCH + Duration::from_millis(1000);
        assert_eq!(times(stop, Duration::from_millis(40)), json!({"start": 960, "stop": 1000}));
        assert_eq!(times(stop, Duration::from_secs(40)), json!({"start": 0, "stop": 1000}));
    }
}
