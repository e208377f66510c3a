//! The person API of the PyRestTest quickstart: three people, kept in memory.
//!
//! Owns: the resource's rules (unique logins, filters, paging) and its JSON.
//! Does not: know HTTP framing; every function takes a request and returns an answer.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::http1::{Answer, Call};
use super::query::{Query, encode};

const COLLECTION: &str = "/api/person/";
const DEFAULT_LIMIT: usize = 20;
const LARGEST_LIMIT: usize = 1000;

#[derive(Debug, Clone, Serialize)]
struct Person {
    first_name: String,
    id: u64,
    last_name: String,
    login: String,
    resource_uri: String,
}

/// A body of POST, PUT and PATCH; what it leaves out is empty, or stays with PATCH. The id is in the path.
#[derive(Debug, Deserialize)]
struct Changes {
    first_name: Option<String>,
    last_name: Option<String>,
    login: Option<String>,
}

/// Everyone, and whose each login is: a load test may create many.
#[derive(Debug)]
pub(super) struct People {
    by_id: BTreeMap<u64, Person>,
    logins: HashMap<String, u64>,
    next_id: u64,
}

impl People {
    /// The three people that every fresh server knows.
    pub fn seeded() -> Self {
        let mut people = People { by_id: BTreeMap::new(), logins: HashMap::new(), next_id: 1 };
        for (first, last, login) in
            [("Gaius", "Baltar", "gbaltar"), ("Leeroy", "Jenkins", "jenkins"), ("Bilbo", "Baggins", "bbaggins")]
        {
            people.store(people.next_id, first.into(), last.into(), login.into());
        }
        people
    }

    fn store(&mut self, id: u64, first_name: String, last_name: String, login: String) -> Person {
        let person = Person { first_name, id, last_name, resource_uri: format!("{COLLECTION}{id}/"), login };
        self.logins.insert(person.login.clone(), id);
        if let Some(before) = self.by_id.insert(id, person.clone()).filter(|before| before.login != person.login) {
            self.logins.remove(&before.login);
        }
        self.next_id = self.next_id.max(id.saturating_add(1));
        person
    }

    /// `below` is what follows `/api/person`: empty, `/` or `/{id}/`.
    pub fn answer(&mut self, below: &str, query: &Query, call: &Call) -> Answer {
        let Some(below) = below.strip_suffix('/') else {
            // Django's APPEND_SLASH.
            let (path, rest) = call.target.split_at(call.target.find('?').unwrap_or(call.target.len()));
            return Answer::empty(301).with("Location", format!("{path}/{rest}"));
        };
        if below.is_empty() {
            return match call.method.as_str() {
                "GET" | "HEAD" => self.list(query),
                "POST" => self.create(call),
                _ => not_allowed("GET, HEAD, POST"),
            };
        }
        let Some(id) = below.strip_prefix('/').and_then(parse_id) else {
            return nobody();
        };
        match (call.method.as_str(), self.by_id.get(&id)) {
            ("GET" | "HEAD", Some(person)) => Answer::json(200, person),
            ("PUT", _) => self.replace(id, call),
            ("PATCH", Some(person)) => {
                let person = person.clone();
                self.patch(person, call)
            }
            ("DELETE", Some(_)) => self.remove(id),
            ("GET" | "HEAD" | "PATCH" | "DELETE", None) => nobody(),
            _ => not_allowed("DELETE, GET, HEAD, PATCH, PUT"),
        }
    }

    fn list(&self, query: &Query) -> Answer {
        let (mut limit, mut offset) = (DEFAULT_LIMIT, 0);
        let mut filters: Vec<(&str, &str)> = Vec::new();
        for (name, value) in &query.0 {
            match (name.as_str(), value.parse::<usize>()) {
                ("limit", Ok(0)) => limit = LARGEST_LIMIT,
                ("limit", Ok(number)) => limit = number.min(LARGEST_LIMIT),
                ("offset", Ok(number)) => offset = number,
                ("limit" | "offset", Err(_)) => return Answer::error(400, "limit and offset must be whole numbers"),
                ("format", _) => {}
                _ => filters.push((name, value)),
            }
        }
        let found: Vec<&Person> = self
            .by_id
            .values()
            .filter(|person| filters.iter().all(|(name, value)| passes(person, name, value)))
            .collect();
        let page = |offset: usize| {
            let filters: String =
                filters.iter().map(|(name, value)| format!("&{}={}", encode(name), encode(value))).collect();
            format!("{COLLECTION}?limit={limit}&offset={offset}{filters}")
        };
        let next = offset.saturating_add(limit);
        let meta = json!({
            "limit": limit,
            "next": (next < found.len()).then(|| page(next)),
            "offset": offset,
            "previous": (offset > 0).then(|| page(offset.saturating_sub(limit))),
            "total_count": found.len(),
        });
        let objects: Vec<&Person> = found.into_iter().skip(offset).take(limit).collect();
        Answer::json(200, &json!({ "meta": meta, "objects": objects }))
    }

    fn create(&mut self, call: &Call) -> Answer {
        let (changes, login) = match self.named_changes(None, call) {
            Ok(changes) => changes,
            Err(answer) => return answer,
        };
        let (first, last) = (changes.first_name.unwrap_or_default(), changes.last_name.unwrap_or_default());
        let person = self.store(self.next_id, first, last, login);
        Answer::json(201, &person).with("Location", person.resource_uri)
    }

    fn replace(&mut self, id: u64, call: &Call) -> Answer {
        let (changes, login) = match self.named_changes(Some(id), call) {
            Ok(changes) => changes,
            Err(answer) => return answer,
        };
        let status = if self.by_id.contains_key(&id) { 200 } else { 201 };
        let (first, last) = (changes.first_name.unwrap_or_default(), changes.last_name.unwrap_or_default());
        Answer::json(status, &self.store(id, first, last, login))
    }

    fn patch(&mut self, person: Person, call: &Call) -> Answer {
        let changes = match parse_changes(call) {
            Ok(changes) => changes,
            Err(answer) => return answer,
        };
        let login = changes.login.unwrap_or(person.login);
        if self.is_taken(&login, Some(person.id)) {
            return taken();
        }
        let first = changes.first_name.unwrap_or(person.first_name);
        let last = changes.last_name.unwrap_or(person.last_name);
        Answer::json(202, &self.store(person.id, first, last, login))
    }

    fn remove(&mut self, id: u64) -> Answer {
        if let Some(person) = self.by_id.remove(&id) {
            self.logins.remove(&person.login);
        }
        Answer::empty(204)
    }

    /// A body that must bring a login of its own.
    fn named_changes(&self, id: Option<u64>, call: &Call) -> Result<(Changes, String), Answer> {
        let mut changes = parse_changes(call)?;
        let login = changes.login.take().filter(|login| !login.is_empty());
        let login = login.ok_or_else(|| Answer::error(400, "login is required"))?;
        if self.is_taken(&login, id) { Err(taken()) } else { Ok((changes, login)) }
    }

    fn is_taken(&self, login: &str, by_other_than: Option<u64>) -> bool {
        self.logins.get(login).is_some_and(|owner| Some(*owner) != by_other_than)
    }
}

fn parse_changes(call: &Call) -> Result<Changes, Answer> {
    let media_type = call.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Err(Answer::error(415, "send application/json"));
    }
    serde_json::from_slice(&call.body).map_err(|error| Answer::error(400, &format!("not a person: {error}")))
}

/// Decimal digits only, and small enough that the next id exists.
fn parse_id(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten().filter(|id| *id < u64::MAX)
}

/// One filter, `field=value` or `field__operator=value`; a field that nobody has finds nobody.
fn passes(person: &Person, name: &str, value: &str) -> bool {
    let (field, operator) = name.split_once("__").unwrap_or((name, "exact"));
    let id = person.id.to_string();
    let have = match field {
        "first_name" => &person.first_name,
        "last_name" => &person.last_name,
        "login" => &person.login,
        "id" => &id,
        _ => return false,
    };
    match operator {
        "exact" => have == value,
        "contains" => have.contains(value),
        "icontains" => have.to_lowercase().contains(&value.to_lowercase()),
        "startswith" => have.starts_with(value),
        _ => false,
    }
}

fn nobody() -> Answer {
    Answer::error(404, "no such person")
}

fn taken() -> Answer {
    Answer::error(400, "login must be unique")
}

fn not_allowed(allowed: &'static str) -> Answer {
    Answer::error(405, "method not allowed").with("Allow", allowed)
}
