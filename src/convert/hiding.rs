//! Secrets in the URL and the body of a request, by the names that they have there.
//!
//! Owns: texts in which variables stand already. Does not: know which names mark a secret (see `secrets`), or headers
//! (see `made`).

use super::made::MadeSuite;
use super::request::{Body, Content, Request};
use super::text::{Piece, Text};
use super::yaml::Yaml;
use crate::exchange::secret_places::{Mark, of_body, of_pairs};
use crate::secrets::is_secret_name;

/// The first of the characters that stand for variables while a text is looked through; nobody writes them.
const FIRST: u32 = 0xF_0000;

/// How many there are.
const MOST: usize = 0xFFFD;

impl MadeSuite {
    /// Hides what is secret in a request by the names that it has there: headers, the URL, the body.
    pub fn hide_secrets(&mut self, request: &mut Request) {
        if !self.hides_secrets() {
            return;
        }
        for (name, value) in &mut request.headers {
            *value = self.header_value(name, std::mem::take(value));
        }
        hide(self, request);
    }
}

/// Hides what is secret in the URL and the body.
fn hide(suite: &mut MadeSuite, request: &mut Request) {
    request.url = hidden(suite, &request.url, of_url);
    for (name, value) in &mut request.query {
        hide_named(suite, name, value);
    }
    match &mut request.body {
        Some(Body::Text(text)) => *text = hidden(suite, text, |text| of_body(text.as_bytes())),
        Some(Body::Form(pairs)) => pairs.iter_mut().for_each(|(name, value)| hide_named(suite, name, value)),
        Some(Body::Multipart(parts)) => {
            for part in parts {
                if let Content::Text(text) = &mut part.content {
                    hide_named(suite, &part.name, text);
                }
            }
        }
        Some(body @ (Body::Json(_) | Body::JsonTemplate(_))) => hide_json_body(suite, body),
        Some(Body::Bytes(_) | Body::File(_) | Body::TemplateFile(_) | Body::Graphql(_)) | None => {}
    }
}

fn hide_named(suite: &mut MadeSuite, name: &Text, value: &mut Text) {
    if let (Some(name), Some(plain)) = (name.as_plain(), value.as_plain())
        && is_secret_name(name)
    {
        *value = suite.secret(name, plain);
    }
}

/// The password of `http://user:password@host`, and what is secret in the query.
fn of_url(url: &str) -> Vec<Mark> {
    let mut marks = Vec::new();
    if let Some(start) = url.find("://").map(|at| at + 3) {
        let authority = url[start..].split(['/', '?', '#']).next().unwrap_or_default();
        let userinfo = authority.rsplit_once('@').map_or("", |(userinfo, _)| userinfo);
        if let Some((user, password)) = userinfo.split_once(':') {
            let from = start + user.len() + 1;
            let place = from..from + password.len();
            marks.push(Mark { place, name: "password".to_owned(), value: password.to_owned() });
        }
    }
    if let Some(at) = url.find('?') {
        marks.append(&mut of_pairs(url, at + 1));
    }
    marks
}

/// A text with variables at the marks.
fn hidden(suite: &mut MadeSuite, text: &Text, marks: impl Fn(&str) -> Vec<Mark>) -> Text {
    let Some((flat, variables)) = flattened(text) else { return text.clone() };
    let mut out = Text::default();
    let mut at = 0;
    for Mark { place, name, value } in marks(&flat) {
        // A variable stands there already.
        if value.is_empty() || flat[place.clone()].chars().any(|c| variable_at(c).is_some()) {
            continue;
        }
        out.append(unflattened(&flat[at..place.start], &variables));
        out.append(suite.secret(&name, &flat[place.clone()]));
        at = place.end;
    }
    if at == 0 {
        return text.clone();
    }
    out.append(unflattened(&flat[at..], &variables));
    out
}

/// The text with a character for each variable; nothing where one of these is there already.
fn flattened(text: &Text) -> Option<(String, Vec<String>)> {
    let (mut flat, mut variables) = (String::new(), Vec::new());
    for piece in text.pieces() {
        match piece {
            Piece::Plain(text) if text.chars().any(|c| variable_at(c).is_some()) => return None,
            Piece::Plain(text) => flat.push_str(text),
            Piece::Variable(_) if variables.len() == MOST => return None,
            Piece::Variable(name) => {
                flat.extend(char::from_u32(FIRST + variables.len() as u32));
                variables.push(name.clone());
            }
        }
    }
    Some((flat, variables))
}

fn variable_at(c: char) -> Option<usize> {
    u32::from(c).checked_sub(FIRST).map(|at| at as usize).filter(|at| *at < MOST)
}

fn unflattened(flat: &str, variables: &[String]) -> Text {
    let mut out = Text::default();
    for part in flat.split_inclusive(|c| variable_at(c).is_some()) {
        let last = part.char_indices().next_back();
        match last.and_then(|(at, c)| Some((at, variables.get(variable_at(c)?)?))) {
            Some((at, name)) => {
                out.push(&part[..at]);
                out.append(Text::variable(name.clone()));
            }
            None => out.push(part),
        }
    }
    out
}

/// JSON becomes a template where something in it is secret.
fn hide_json_body(suite: &mut MadeSuite, body: &mut Body) {
    let (json, is_template) = match body {
        Body::Json(json) => (json, false),
        Body::JsonTemplate(json) => (json, true),
        _ => return,
    };
    if !has_secret(json, "", is_template) {
        return;
    }
    let taken = std::mem::replace(json, Yaml::List(Vec::new()));
    let mut template = if is_template { taken } else { taken.doubled() };
    hide_json(suite, &mut template, "");
    *body = Body::JsonTemplate(template);
}

fn is_secret_text(text: &str, name: &str, is_template: bool) -> bool {
    let has_variable = is_template && text.replace("$$", "").contains('$');
    !text.is_empty() && !has_variable && is_secret_name(name)
}

fn has_secret(json: &Yaml, name: &str, is_template: bool) -> bool {
    match json {
        Yaml::Text(text) => is_secret_text(text, name, is_template),
        Yaml::Word(_) => false,
        Yaml::List(items) => items.iter().any(|item| has_secret(item, name, is_template)),
        Yaml::Map(members) => members.iter().any(|(name, value)| has_secret(value, name, is_template)),
    }
}

fn hide_json(suite: &mut MadeSuite, json: &mut Yaml, name: &str) {
    match json {
        Yaml::Text(text) if is_secret_text(text, name, true) => {
            *text = suite.secret(name, &text.replace("$$", "$")).template();
        }
        Yaml::Text(_) | Yaml::Word(_) => {}
        Yaml::List(items) => items.iter_mut().for_each(|item| hide_json(suite, item, name)),
        Yaml::Map(members) => members.iter_mut().for_each(|(name, value)| hide_json(suite, value, name)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::made::SecretValues;
    use super::*;

    #[test]
    fn secrets_become_variables_wherever_they_stand() {
        let mut suite = MadeSuite::new(SecretValues::Hidden);
        let mut url = Text::from("http://ann:s3cret@h/a?api_key=k1&q=");
        url.append(Text::variable("q"));
        let mut body = Text::from("{\"password\": \"p$w\", \"n\": ");
        body.append(Text::variable("n"));
        body.push(", \"token\": \"");
        body.append(Text::variable("t"));
        body.push("\"}");
        let headers = [("Authorization", "Bearer abc"), ("Cookie", "a=b"), ("Accept", "x"), ("X-Api-Key", "k1")];
        let mut request = Request {
            url,
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), Text::from(*value))).collect(),
            body: Some(Body::Text(body)),
            ..Request::default()
        };
        suite.hide_secrets(&mut request);
        assert_eq!(request.url.template(), "http://ann:$password_1@h/a?api_key=$api_key_1&q=$q");
        let values: Vec<String> = request.headers.iter().map(|(_, value)| value.template()).collect();
        assert_eq!(values, ["Bearer $authorization_1", "$cookie_1", "x", "$x_api_key_1"]);
        let Some(Body::Text(body)) = &request.body else { panic!("a text") };
        assert_eq!(body.template(), "{\"password\": \"$password_2\", \"n\": $n, \"token\": \"$t\"}");
        assert_eq!(suite.secrets().len(), 6);
        let mut json = Body::Json(Yaml::map([("secret", Yaml::text("a$")), ("x", Yaml::text("$5"))]));
        hide_json_body(&mut suite, &mut json);
        assert_eq!(
            json,
            Body::JsonTemplate(Yaml::map([("secret", Yaml::text("$secret_1")), ("x", Yaml::text("$$5"))]))
        );
    }
}
