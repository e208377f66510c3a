//! The keys of `resource`.

use std::path::PathBuf;

use serde_json::Value as Json;

use crate::ground::input::{BODY_LIMIT, open_input};
use crate::ground::source::plain;
use crate::mock::resource::Resource;
use crate::suite::document::Entry;
use crate::suite::reader::{FileReader, Read};

const KEYS: [&str; 4] = ["path", "file", "id", "persist"];

/// Reads one.
pub fn read(reader: &mut FileReader<'_>, element: &Entry) -> Read<Resource> {
    let (mut path, mut file, mut id, mut persists) = (None, None, "id".to_owned(), false);
    for key in reader.fields(&element.value, "resource")? {
        let value = &key.value;
        match key.name.as_str() {
            "path" => {
                let text = reader.text(value, "path")?;
                if !text.starts_with('/') || text.contains(['{', '*', '?']) {
                    return Err(reader.wrong(value, "path of a resource", "a path without variables, such as /users"));
                }
                path = Some(text.to_owned());
            }
            "file" => file = Some((reader.text(value, "file")?.to_owned(), value.at.or(key.at))),
            "id" => id = reader.text(value, "id")?.to_owned(),
            "persist" => persists = reader.boolean(value, "persist")?,
            _ => reader.unknown_key(&key, "a resource", &KEYS)?,
        }
    }
    let Some(path) = path else { return Err(reader.fault(element.at, "a resource needs path: /users")) };
    if persists && file.is_none() {
        return Err(reader.fault(element.at, "persist: true needs file: where the objects are kept"));
    }
    let Some((name, at)) = file else { return Ok(Resource::new(&path, &id, Vec::new(), None)) };
    let place = reader.folder.join(&name);
    let wrong = |why: String| reader.fault(at, format!("file: {name} {why}"));
    let bytes = open_input(&place, BODY_LIMIT).map_err(|error| wrong(format!("cannot be read: {}", plain(&error))))?;
    let items = match serde_json::from_slice(&bytes) {
        Ok(Json::Array(items)) if items.iter().all(Json::is_object) => items,
        Ok(_) => return Err(wrong("must hold a list of objects: [{\"id\": 1}, …]".to_owned())),
        Err(error) => return Err(wrong(format!("is not JSON: {error}"))),
    };
    let persists = if persists { Some(absolute(place).map_err(wrong)?) } else { None };
    Ok(Resource::new(&path, &id, items, persists))
}

fn absolute(path: PathBuf) -> Result<PathBuf, String> {
    path.canonicalize().map_err(|error| format!("cannot be found: {}", plain(&error)))
}
