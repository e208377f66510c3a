//! What `config` says of all tests of its file, which is read before them, wherever it stands.
//!
//! Owns: `defaults`, `headers`, `auth`, `auths`, `auth_username`, `auth_password`, `tags`, `labels` and `links` of `config`, and `mock`. Does not: read its other keys
//! (see `config`), put defaults and a test together (see `defaults`).

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use super::curl_option::CURL_OPTION;
use super::defaults::{Defaults, NOT_IN_DEFAULTS};
use super::document::{Entry, Kind, Node, last_wins};
use super::faults::Collector;
use super::fields::{Field, lowered};
use super::keys::Element;
use super::reader::{Common, FileReader, Read};
use super::test::{self, Shape};
use super::{about, auth, headers, mock, tags};
use crate::auth::AuthBlock;
use crate::ground::value::Value;
use crate::test::inherited::Inherited;

/// Reads what the `config` elements among these items say of all tests; `None` if they say nothing.
pub fn read(reader: &mut FileReader<'_>, items: &[Node]) -> Read<Option<Common>> {
    let mut keys = Vec::new();
    for item in items {
        let Kind::Map(entries) = &item.kind else { continue };
        for element in entries.iter().filter(|entry| is_config(&entry.name)) {
            // What is no mapping is told where the element is read as a whole.
            keys.extend(reader.fields(&element.value, "config").unwrap_or_default());
        }
    }
    let mut draft = Draft::default();
    let mut faults = Collector::default();
    for key in keys.iter().filter(|key| key.name == "auths" && !key.value.is_null()) {
        reader.warn_of_repeated(key);
        let named = auth::read_named(reader, key, &mut faults);
        let is_new = |block: &Arc<AuthBlock>| named.iter().all(|new| new.name != block.name);
        draft.common.auths.retain(is_new);
        draft.common.auths.extend(named);
    }
    for key in &keys {
        faults.take(read_key(reader, key, &mut draft));
    }
    // Tests of `defaults` may name them.
    let auths = draft.common.auths.clone();
    reader.common = Some(Arc::new(Common { auths, ..Common::default() }));
    if !draft.defaults.is_empty() {
        draft.common.defaults = faults.take(check(reader, draft.defaults));
    }
    let Draft { inherited, mut common, .. } = draft;
    common.inherited = inherited.map(Arc::new);
    reader.common = None;
    let says_something =
        common.inherited.is_some() || common.defaults.is_some() || common.auth.is_some() || !common.auths.is_empty();
    faults.finish(says_something.then_some(common))
}

fn is_config(name: &str) -> bool {
    name.eq_ignore_ascii_case("config") || name.eq_ignore_ascii_case("configuration")
}

#[derive(Default)]
struct Draft<'n> {
    common: Common,
    inherited: Option<Inherited>,
    defaults: Vec<Field<'n>>,
}

fn read_key<'n>(reader: &mut FileReader<'_>, key: &'n Entry, draft: &mut Draft<'n>) -> Read<()> {
    let node = &key.value;
    match key.name.as_str() {
        "headers" if node.is_null() => {}
        "headers" => {
            reader.warn_of_repeated(key);
            let read = headers::read(reader, node)?;
            let inherited = draft.inherited.get_or_insert_default();
            // Those of a later config win.
            inherited.headers.entries.retain(|(name, _)| !read.names(name));
            inherited.headers.entries.extend(read.entries);
            inherited.headers_at = reader.location(key.at);
        }
        name @ ("auth_username" | "auth_password") => {
            let text = headers::read_credential(reader, node, name)?;
            let inherited = draft.inherited.get_or_insert_default();
            let auth = &mut inherited.auth;
            *(if name == "auth_username" { &mut auth.username } else { &mut auth.password }) = Some(text);
            inherited.auth_at = reader.location(key.at);
        }
        "auth" => draft.common.auth = Some(auth::read(reader, key, &draft.common.auths)?),
        "tags" => {
            let read = tags::read(reader, node)?;
            let inherited = draft.inherited.get_or_insert_default();
            inherited.tags = std::mem::take(&mut inherited.tags).with(&read);
            inherited.tags_at = reader.location(key.at);
        }
        "labels" | "links" => {
            let mut read = None;
            about::read_key(reader, key, &mut read)?;
            let inherited = draft.inherited.get_or_insert_default();
            // Those of a later config win.
            inherited.about = about::joined(read, &inherited.about);
        }
        "mock" => reader.mock = mock::read(reader, key)?,
        "defaults" if node.is_null() => {}
        "defaults" => {
            reader.warn_of_repeated(key);
            draft.defaults.extend(reader.fields(node, "defaults")?);
        }
        _ => {}
    }
    Ok(())
}

/// The keys of `defaults`, which are read once for what is wrong or odd with them by themselves.
fn check(reader: &mut FileReader<'_>, keys: Vec<Field<'_>>) -> Read<Defaults> {
    let mut faults = Collector::default();
    let mut keys = last_wins(lowered(keys));
    for key in keys.iter().filter(|key| NOT_IN_DEFAULTS.contains(&key.name.as_str())) {
        let message = format!("{} in defaults would be that of every test; write it in each of them", key.name);
        faults.take::<()>(Err(reader.fault(key.at, message)));
    }
    keys.retain(|key| !NOT_IN_DEFAULTS.contains(&key.name.as_str()));
    let at = keys.first().map_or_else(Default::default, |key| key.at);
    let told = reader.warnings_so_far();
    // What a test brings along.
    let own = |name: &str, value: &str| {
        let value = Node { kind: Kind::Scalar(Value::Str(value.to_owned())), at };
        Entry { typed_key: None, name: name.to_owned(), at, value }
    };
    let mut as_test = keys.clone();
    as_test.push(Cow::Owned(own("url", "/")));
    if !keys.iter().any(|key| key.name == "method") {
        as_test.push(Cow::Owned(own("method", "POST")));
    }
    let folders = vec![reader.folder.clone(), PathBuf::new()];
    let shape = Shape { what: "defaults", more_keys: &[], folders, group: None };
    let draft = test::read_keys(reader, &own("defaults", ""), &as_test, &shape);
    faults.take(draft.finish());
    let known = Element::Test.names();
    keys.retain(|key| known.contains(&key.name.as_str()) || key.name.starts_with(CURL_OPTION));
    let keys = keys.into_iter().map(Cow::into_owned).collect();
    faults.finish(Defaults { keys, warnings: reader.warnings_since(told).to_vec() })
}

#[cfg(test)]
mod tests;
