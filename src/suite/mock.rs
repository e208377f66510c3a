//! The key `mock` of `config`.
//!
//! Owns: its forms, opening the port. Does not: read stubs (see `mock`), serve (see `run`).

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::document::{Entry, Kind, Node};
use super::files::read_test_file;
use super::keys::Element;
use super::reader::{FileReader, Read};
use crate::ground::source::{did_you_mean, plain};
use crate::test::mock::MockConfig;

/// Reads it; nothing is no server.
pub fn read(reader: &mut FileReader<'_>, key: &Entry) -> Read<Option<Arc<MockConfig>>> {
    let allowed = "the file of its stubs: mock: {file: stubs.yaml}";
    let node = match &key.value.kind {
        Kind::Scalar(_) if key.value.is_null() => return Ok(None),
        Kind::Map(_) => {
            let mut file = None;
            for entry in reader.fields(&key.value, "mock")? {
                match entry.name.as_str() {
                    "file" => file = Some(entry.value.clone()),
                    _ => reader.unknown_key(&entry, "mock", &Element::Mock.names())?,
                }
            }
            let others = reader.fields(&key.value, "mock")?;
            let meant = others.first().map_or_else(String::new, |other| did_you_mean(&other.name, ["file"]));
            file.ok_or_else(|| reader.fault(key.value.at, format!("mock has no file; write {allowed}{meant}")))?
        }
        _ => key.value.clone(),
    };
    let items: &[Node] = match &node.kind {
        Kind::List(items) if !items.is_empty() => items,
        Kind::List(_) => return Err(reader.wrong(&node, "mock", allowed)),
        _ => std::slice::from_ref(&node),
    };
    let mut files: Vec<PathBuf> = Vec::new();
    for item in items {
        let written = item.as_str().ok_or_else(|| reader.wrong(item, "mock", allowed))?;
        let beside = reader.folder.join(written);
        files.push(if beside.exists() { beside } else { PathBuf::from(written) });
    }
    let at = key.value.at.or(key.at);
    let no_port = |error: std::io::Error| reader.fault(at, format!("mock: there is no port for it: {}", plain(&error)));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(no_port)?;
    let mut config = MockConfig::new(files, listener, reader.location(at)).map_err(no_port)?;
    config.env = reader.options.env.clone();
    config.seeds = reader.options.seeds.clone();
    Ok(Some(Arc::new(config)))
}

/// Whether a suite brings its server along, so that it needs no base URL.
pub fn brings_its_server(path: &Path) -> bool {
    let Ok(file) = read_test_file(path) else { return false };
    let entries = |node: &Node| if let Kind::Map(entries) = &node.kind { entries.clone() } else { Vec::new() };
    let items = file.roots.iter().flat_map(|root| match &root.kind {
        Kind::List(items) => items.as_slice(),
        _ => &[],
    });
    let configs = items.flat_map(entries).filter(|entry| entry.name.eq_ignore_ascii_case("config"));
    let mut keys = configs.flat_map(|config| match &config.value.kind {
        Kind::List(items) => items.iter().flat_map(entries).collect(),
        _ => entries(&config.value),
    });
    keys.any(|key| key.name.eq_ignore_ascii_case("mock") && !key.value.is_null())
}
