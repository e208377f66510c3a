//! The key `cookies` of `config`.
//!
//! Owns: its two forms, reading the file of cookies. Does not: know that file's format (see `exchange::cookies`),
//! write it.

use std::path::PathBuf;
use std::sync::Arc;

use super::document::{Entry, Kind};
use super::faults::Collector;
use super::fields::{entry, lowered};
use super::keys::Element;
use super::reader::{FileReader, Read};
use crate::exchange::cookies::{Cookies, Jar};
use crate::test::set::CookieConfig;
use crate::variables::content::FileName;
use crate::variables::context::Context;
use crate::variables::template::Text;

/// Reads it; nothing is no cookies.
pub fn read(reader: &mut FileReader<'_>, key: &Entry) -> Read<Option<Arc<CookieConfig>>> {
    let location = reader.location(key.value.at.or(key.at));
    if !matches!(key.value.kind, Kind::Map(_) | Kind::List(_)) {
        let is_flag = reader.boolean(&key.value, "cookies");
        let is_on = is_flag.map_err(|_| reader.wrong(&key.value, "cookies", "true, false or {file: …, save: …}"))?;
        return Ok(
            is_on.then(|| Arc::new(CookieConfig { jar: Jar::default(), is_from_file: false, save: None, location }))
        );
    }
    let fields = lowered(reader.fields(&key.value, "cookies")?);
    let mut faults = Collector::default();
    let save = match entry(&fields, "save") {
        Some(save) => faults.take(read_save(reader, save)),
        None => None,
    };
    let jar = match entry(&fields, "file") {
        Some(file) => faults.take(read_file(reader, file, save.as_deref())).unwrap_or_default(),
        None => Jar::default(),
    };
    let is_from_file = entry(&fields, "file").is_some();
    for field in fields.iter().filter(|field| !matches!(field.name.as_str(), "file" | "save")) {
        faults.take(reader.unknown_key(field, "cookies", &Element::Cookies.names()));
    }
    faults.finish(Some(Arc::new(CookieConfig { jar, is_from_file, save, location })))
}

fn read_save(reader: &FileReader<'_>, key: &Entry) -> Read<String> {
    let path = reader.text(&key.value, "save")?;
    let inside = reader.options.file_root.inside(path);
    inside.map_err(|why| reader.fault(key.value.at, format!("cookies: save: {why}")))?;
    Ok(path.to_owned())
}

/// The cookies of a file. Where a run writes them to the same file, it is not there before the first one.
fn read_file(reader: &FileReader<'_>, key: &Entry, save: Option<&str>) -> Read<Jar> {
    let path = reader.text(&key.value, "file")?;
    if path.is_empty() {
        return Err(reader.fault(key.value.at, "cookies: file: the path is empty"));
    }
    let folders = vec![reader.folder.clone(), PathBuf::new()];
    if save == Some(path) && folders.iter().all(|folder| !folder.join(path).exists()) {
        return Ok(Jar::default());
    }
    let fault = |message: String| reader.fault(key.value.at, format!("cookies: {message}"));
    let file = FileName { path: Text::Plain(path.to_owned()), folders };
    let bytes = file.read(&Context::new()).map_err(fault)?;
    let text = String::from_utf8(bytes)
        .map_err(|error| fault(format!("{path} is not UTF-8 at byte {}", error.utf8_error().valid_up_to() + 1)))?;
    let cookies = Cookies::from_text(&text).map_err(|reason| fault(format!("{path}, {reason}")))?;
    Ok(Jar::from(cookies))
}
