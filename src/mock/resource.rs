//! `resource`: a list of objects that is read, changed and asked for by REST.
//!
//! Owns: the rules of list, get, post, put, patch and delete. Does not: know which requests are for it (see `path`).

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value as Json};

use super::incoming::Incoming;
use super::maker::Maker;
use super::path::below;
use super::problem::problem;
use crate::ground::file_root::FileRoot;
use crate::serve::Answer;

/// How many a page has that says nothing of it.
const PAGE: usize = 10;

/// A list of objects below a path.
#[derive(Debug)]
pub struct Resource {
    /// The path, without a slash at its end.
    pub path: String,
    /// The key of an object's identity.
    pub id: String,
    /// What it begins with.
    initial: Vec<Json>,
    items: Mutex<Vec<Json>>,
    /// The file that is written with each change.
    persists: Option<PathBuf>,
}

impl Resource {
    /// A resource of these objects.
    pub fn new(path: &str, id: &str, items: Vec<Json>, persists: Option<PathBuf>) -> Resource {
        Resource {
            path: path.trim_end_matches('/').to_owned(),
            id: id.to_owned(),
            initial: items.clone(),
            items: Mutex::new(items),
            persists,
        }
    }

    /// Takes all changes back; what is kept in a file stays.
    pub fn reset(&self) {
        if self.persists.is_none() {
            *self.lock() = self.initial.clone();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Json>> {
        // Every change is made in one step, so that a panic elsewhere leaves nothing half done.
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to a request.
    pub fn answer(&self, incoming: &Incoming<'_>, maker: &Maker) -> Answer {
        let path = incoming.path.trim_end_matches('/');
        let id = below(&self.path, path).unwrap_or_default();
        let mut items = self.lock();
        let place = items.iter().position(|item| self.is_called(item, id));
        let answered = match (incoming.call.method, id.is_empty(), place) {
            ("GET" | "HEAD", true, _) => return self.list(&items, incoming, maker),
            ("POST", true, _) => self.create(&mut items, incoming),
            ("GET" | "HEAD", false, Some(place)) => Ok((200, Some(items[place].clone()))),
            ("PUT" | "PATCH", false, Some(place)) => self.change(&mut items[place], incoming),
            ("DELETE", false, Some(place)) => {
                items.remove(place);
                Ok((204, None))
            }
            ("GET" | "HEAD" | "PUT" | "PATCH" | "DELETE", false, None) => {
                Err((404, format!("there is no {} with {} {id}", self.path, self.id)))
            }
            (method, is_list, _) => {
                let allowed = if is_list { "GET, HEAD, POST" } else { "GET, HEAD, PUT, PATCH, DELETE" };
                let answer = problem(maker, 405, &format!("{method} does nothing here; {allowed} do"), Vec::new());
                return answer.with_allow(allowed);
            }
        };
        let (status, item) = match answered {
            Ok(answered) => answered,
            Err((status, detail)) => return problem(maker, status, &detail, Vec::new()),
        };
        if !matches!(incoming.call.method, "GET" | "HEAD")
            && let Err(message) = self.write(&items)
        {
            return problem(maker, 500, &message, Vec::new());
        }
        match item {
            Some(item) if status == 201 => {
                let location = format!("{}/{}", self.path, text_of(item.get(&self.id).unwrap_or(&Json::Null)));
                let answer = maker.answer(201).with("Location", &location).with("Content-Type", "application/json");
                answer.body(item.to_string().into_bytes())
            }
            Some(item) => maker.json(status, &item),
            None => maker.answer(status).body(Vec::new()),
        }
    }

    fn is_called(&self, item: &Json, id: &str) -> bool {
        item.get(&self.id).is_some_and(|have| text_of(have) == id)
    }

    fn list(&self, items: &[Json], incoming: &Incoming<'_>, maker: &Maker) -> Answer {
        let (mut limit, mut page) = (None, None);
        let mut found: Vec<&Json> = items.iter().collect();
        for (name, value) in incoming.query() {
            match name.as_str() {
                "_limit" | "_page" => {
                    let least = usize::from(name == "_page");
                    let Some(number) = value.parse::<usize>().ok().filter(|number| *number >= least) else {
                        let detail = format!("{name} must be a whole number from {least} up, not \"{value}\"");
                        return problem(maker, 400, &detail, Vec::new());
                    };
                    *(if name == "_limit" { &mut limit } else { &mut page }) = Some(number);
                }
                name => found.retain(|item| member(item, name).is_some_and(|have| text_of(have) == *value)),
            }
        }
        let total = found.len();
        if limit.is_some() || page.is_some() {
            let limit = limit.unwrap_or(PAGE);
            let skipped = page.unwrap_or(1).saturating_sub(1).saturating_mul(limit);
            found = found.into_iter().skip(skipped).take(limit).collect();
        }
        let body = Json::Array(found.into_iter().cloned().collect()).to_string().into_bytes();
        let answer = maker.answer(200).with("Content-Type", "application/json");
        answer.with("X-Total-Count", &total.to_string()).body(body)
    }

    fn create(&self, items: &mut Vec<Json>, incoming: &Incoming<'_>) -> Answered {
        let mut item = object(incoming)?;
        match item.get(&self.id) {
            Some(id) if items.iter().any(|have| self.is_called(have, &text_of(id))) => {
                return Err((409, format!("there is a {} with {} {} already", self.path, self.id, text_of(id))));
            }
            Some(Json::Number(_) | Json::String(_)) => {}
            Some(_) => return Err((400, format!("{} must be a number or a text", self.id))),
            None => {
                let highest = items.iter().filter_map(|have| have.get(&self.id)?.as_u64()).max().unwrap_or_default();
                let mut whole = Map::new();
                whole.insert(self.id.clone(), (highest.saturating_add(1)).into());
                whole.append(&mut item);
                item = whole;
            }
        }
        let item = Json::Object(item);
        items.push(item.clone());
        Ok((201, Some(item)))
    }

    fn change(&self, item: &mut Json, incoming: &Incoming<'_>) -> Answered {
        let mut given = object(incoming)?;
        let own = item.get(&self.id).cloned().unwrap_or_default();
        if given.get(&self.id).is_some_and(|id| text_of(id) != text_of(&own)) {
            return Err((409, format!("{} stays {}", self.id, text_of(&own))));
        }
        if incoming.call.method == "PATCH" {
            given.remove(&self.id);
            merge(item, &Json::Object(given));
        } else {
            given.remove(&self.id);
            let mut whole = Map::new();
            whole.insert(self.id.clone(), own);
            whole.append(&mut given);
            *item = Json::Object(whole);
        }
        Ok((200, Some(item.clone())))
    }

    fn write(&self, items: &[Json]) -> Result<(), String> {
        let Some(path) = &self.persists else { return Ok(()) };
        let text = serde_json::to_string_pretty(items).map_err(|error| error.to_string())?;
        FileRoot::new("/")?.write(&path.to_string_lossy(), format!("{text}\n").as_bytes())
    }
}

/// A status with an object, or with what is wrong.
type Answered = Result<(u16, Option<Json>), (u16, String)>;

fn object(incoming: &Incoming<'_>) -> Result<Map<String, Json>, (u16, String)> {
    match serde_json::from_slice(incoming.call.body) {
        Ok(Json::Object(map)) => Ok(map),
        Ok(_) => Err((400, "the body must be an object in JSON".to_owned())),
        Err(error) => Err((400, format!("the body must be an object in JSON: {error}"))),
    }
}

/// RFC 7396.
fn merge(target: &mut Json, patch: &Json) {
    let Json::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Json::Object(Map::new());
    }
    let Json::Object(target) = target else { return };
    for (key, value) in patch {
        if value.is_null() {
            target.shift_remove(key);
        } else {
            merge(target.entry(key.clone()).or_insert(Json::Null), value);
        }
    }
}

/// A member, by its name or by names with dots between them.
fn member<'j>(item: &'j Json, name: &str) -> Option<&'j Json> {
    item.get(name).or_else(|| name.split('.').try_fold(item, |item, part| item.get(part)))
}

fn text_of(json: &Json) -> String {
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::Call;
    use serde_json::json;

    fn ask(resource: &Resource, line: &str, body: &str) -> String {
        let (method, target) = line.split_once(' ').unwrap();
        let call = Call { method, target, raw_headers: &[], body: body.as_bytes(), size: 0, is_local: true };
        let answer = resource.answer(&Incoming::new(&call), &Maker::default());
        format!("{} {}", answer.status, String::from_utf8_lossy(answer.body_bytes()))
    }

    #[test]
    fn objects_are_made_read_changed_and_taken_away() {
        let items = vec![json!({"id": 1, "name": "ada", "tags": {"a": 1}}), json!({"id": "x", "name": "bob"})];
        let resource = Resource::new("/users", "id", items, None);
        for (line, body, expected) in [
            ("GET /users/1", "", r#"200 {"id":1,"name":"ada","tags":{"a":1}}"#),
            ("GET /users?name=bob", "", r#"200 [{"id":"x","name":"bob"}]"#),
            ("GET /users?tags.a=1&_limit=5", "", r#"200 [{"id":1,"name":"ada","tags":{"a":1}}]"#),
            ("GET /users?_limit=1&_page=2", "", r#"200 [{"id":"x","name":"bob"}]"#),
            ("GET /users/?_page=9", "", "200 []"),
            ("POST /users", r#"{"name": "eve"}"#, r#"201 {"id":2,"name":"eve"}"#),
            (
                "PATCH /users/1",
                r#"{"tags": {"a": null, "b": 2}, "name": "A"}"#,
                r#"200 {"id":1,"name":"A","tags":{"b":2}}"#,
            ),
            ("PUT /users/1", r#"{"age": 5}"#, r#"200 {"id":1,"age":5}"#),
            ("DELETE /users/1", "", "204 "),
        ] {
            assert_eq!(ask(&resource, line, body), expected, "{line}");
        }
        for (line, body, status) in [
            ("GET /users/1", "", "404"),
            ("DELETE /users/1", "", "404"),
            ("POST /users", r#"{"id": "x"}"#, "409"),
            ("POST /users", "[1]", "400"),
            ("POST /users", "{", "400"),
            ("PUT /users/x", r#"{"id": 7}"#, "409"),
            ("GET /users?_limit=x", "", "400"),
            ("GET /users?_page=0", "", "400"),
            ("POST /users/x", "{}", "405"),
            ("DELETE /users", "", "405"),
        ] {
            assert!(ask(&resource, line, body).starts_with(status), "{line}: {}", ask(&resource, line, body));
        }
        resource.reset();
        assert!(ask(&resource, "GET /users/1", "").starts_with("200"));
    }
}
