//! `auth` and `auths`: blocks of authentication, and which of them holds for a test.
//!
//! Owns: their forms, a file with a block of its own, the order in which choices win. Does not: know a kind (see
//! `auth::kinds`), sign anything.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::document::{self, Document, Entry, Kind as NodeKind, Node};
use super::faults::{Collector, add_excerpts, both};
use super::fields::{Field, entry};
use super::files::read_text_file;
use super::reader::{FileReader, Read, ReadOptions, UnknownKeys};
use super::{SuiteError, body};
use crate::auth::{AuthBlock, AuthChoice, AuthField, AuthKey, COMMAND, Form, KINDS, Maker, Place, Wrong};
use crate::ground::source::{Fault, Position, did_you_mean};
use crate::ground::value::Value;
use crate::settings::precedence::Origin;
use crate::test::definition::Test;
use crate::variables::body::Json;
use crate::variables::context::Context;
use crate::variables::template::Text;

/// The word that switches it off.
const OFF: &str = "none";

/// What stands where a block may: a name, `none`, or the block.
pub const ALLOWED: &str = "a name of auths, none, or a mapping with type";

/// Reads `auth`; `auths` are the blocks that have names here.
pub fn read(reader: &mut FileReader<'_>, key: &Entry, auths: &[Arc<AuthBlock>]) -> Read<AuthChoice> {
    let node = &key.value;
    let Some(word) = node.as_str() else {
        return Ok(AuthChoice::Block(Arc::new(read_block(reader, node, key.at)?)));
    };
    let origin = Origin::Suite(reader.location(node.at.or(key.at)));
    if word == OFF {
        return Ok(AuthChoice::Off(origin));
    }
    if let Some(block) = auths.iter().find(|block| block.name.as_deref() == Some(word)) {
        return Ok(AuthChoice::Block(block.clone()));
    }
    // A kind that needs no key is a whole block by itself.
    let kind = KINDS.iter().find(|kind| kind.name == word && !kind.keys.iter().any(|key| key.is_needed));
    if let Some(kind) = kind {
        let block = AuthBlock::new(word, Maker::Kind(kind), Vec::new(), origin, place(reader));
        check(reader, &block, node.at)?;
        return Ok(AuthChoice::Block(Arc::new(block)));
    }
    let names: Vec<&str> = auths.iter().filter_map(|block| block.name.as_deref()).chain([OFF]).collect();
    let meant = did_you_mean(word, names.iter().copied());
    let message = match Maker::of(word) {
        Ok(_) => format!("auth \"{word}\" needs its keys: write auth: {{type: {word}, …}}"),
        Err(_) => {
            let meant = match meant.is_empty() {
                true if auths.is_empty() => "; write it below auths in config, or a mapping with type".to_owned(),
                true => format!("; it is one of {}", names.join(", ")),
                false => meant,
            };
            format!("auth \"{}\" is not among auths{meant}", word.escape_debug())
        }
    };
    Err(reader.fault(node.at.or(key.at), message))
}

/// Reads `auths`, as far as they are sound; what is wrong with the others goes to `faults`.
pub fn read_named(reader: &mut FileReader<'_>, key: &Entry, faults: &mut Collector) -> Vec<Arc<AuthBlock>> {
    let entries = faults.take(reader.flatten(&key.value, "auths")).unwrap_or_default();
    let mut named = Vec::new();
    for entry in &entries {
        if entry.name == OFF {
            let message = "auths: none is the word that switches auth off; choose another name";
            faults.take::<()>(Err(reader.fault(entry.at, message)));
            continue;
        }
        let block = read_block(reader, &entry.value, entry.at);
        named.extend(faults.take(block).map(|block| Arc::new(block.named(&entry.name))));
    }
    named
}

/// What a file of its own holds: a block, or one below a name. `origin` is who asks for it.
///
/// # Errors
/// It cannot be read, or not understood.
pub fn read_file(path: &Path, name: Option<&str>, options: &ReadOptions) -> Result<AuthChoice, SuiteError> {
    let source = read_text_file(path)?;
    let language = document::language_of(source.name());
    let Document { source, roots, .. } =
        document::read(source, language).map_err(|fault| SuiteError::Invalid(vec![fault]))?;
    let source = Arc::new(source);
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    let mut reader = FileReader::new(source.clone(), options, folder).taking(UnknownKeys::Refused);
    let read = read_root(&mut reader, &roots, name);
    let unreadable = reader.take_unreadable();
    let with_lines = |mut faults: Vec<Fault>| {
        add_excerpts(&mut faults, &source);
        faults
    };
    match read {
        Ok(_) if !unreadable.is_empty() => Err(SuiteError::Unreadable(with_lines(unreadable))),
        Ok(choice) => Ok(choice),
        Err(faults) => Err(SuiteError::Invalid(with_lines(faults.into_iter().chain(unreadable).collect()))),
    }
}

fn read_root(reader: &mut FileReader<'_>, roots: &[Node], name: Option<&str>) -> Read<AuthChoice> {
    let [root] = roots else {
        return Err(reader.fault(Position::default(), "must be one mapping with the keys of auth"));
    };
    let Some(name) = name else { return Ok(AuthChoice::Block(Arc::new(read_block(reader, root, root.at)?))) };
    let names = reader.flatten(root, "a file of auths")?;
    let Some(found) = entry(&names, name) else {
        let meant = did_you_mean(name, names.iter().map(|entry| entry.name.as_str()));
        let all: Vec<&str> = names.iter().map(|entry| entry.name.as_str()).collect();
        let meant = if meant.is_empty() { format!("; it has {}", all.join(", ")) } else { meant };
        let message = format!("has no auth \"{}\"{meant}", name.escape_debug());
        return Err(reader.fault(root.at, message));
    };
    let block = read_block(reader, &found.value, found.at)?;
    Ok(AuthChoice::Block(Arc::new(block.named(name))))
}

/// A block that options make, without a file.
///
/// # Errors
/// What is wrong with its values.
pub fn of_option(
    kind: &str,
    values: &[(&str, &str)],
    flag: &'static str,
    options: &ReadOptions,
) -> Result<AuthChoice, Wrong> {
    let origin = Origin::CommandLine(flag);
    let field = |(name, value): &(&str, &str)| {
        let value = Json::fixed(&Value::Str((*value).to_owned()))?;
        Ok(AuthField { name: (*name).to_owned(), value, origin: origin.clone() })
    };
    let fields = values.iter().map(field).collect::<Result<Vec<_>, String>>()?;
    let place = Place { folders: vec![PathBuf::new()], environment: options.env.clone() };
    let block = AuthBlock::new(kind, Maker::of(kind)?, fields, origin.clone(), place);
    block.check()?;
    Ok(AuthChoice::Block(Arc::new(block)))
}

/// What is probably meant otherwise in a block, with the key that it is about.
pub fn doubt(block: &AuthBlock) -> Option<(&'static str, String)> {
    let Maker::Kind(kind) = block.maker() else { return None };
    let doubt = (kind.doubt?)(&block.filled_in(&Context::new()).ok()?)?;
    // What a variable will hold is not known yet.
    block.fields.iter().filter(|field| field.name == doubt.0).all(|field| field.value.is_constant()).then_some(doubt)
}

/// A block that options of libcurl make in a test.
///
/// # Errors
/// What is wrong with its values.
pub fn option_block(
    reader: &mut FileReader<'_>,
    (kind, fields): (&str, Vec<AuthField>),
    at: Position,
) -> Read<AuthBlock> {
    let origin = Origin::Suite(reader.location(at));
    let maker = Maker::of(kind).map_err(|message| reader.fault(at, message))?;
    let block = AuthBlock::new(kind, maker, fields, origin, place(reader));
    check(reader, &block, at)?;
    Ok(block)
}

/// Warns of a test that says twice who asks.
pub fn warn_of_two(reader: &mut FileReader<'_>, test: &Test) {
    if test.auth_choice().is_none() {
        return;
    }
    let place = || test.location.clone();
    if test.headers.names(&Text::Plain("authorization".to_owned())) {
        reader.warn_of(Fault::new(place(), "the header Authorization wins over auth; keep one of them"));
    }
    if has_login(test) {
        reader.warn_of(Fault::new(place(), "auth wins over auth_username and auth_password; keep one of them"));
    }
}

/// Whether a test has a name, a password or a token besides `auth`.
fn has_login(test: &Test) -> bool {
    let options = &test.curl_options;
    test.auth.as_deref().is_some_and(|own| own.username.is_some() || own.password.is_some())
        || options.username.is_some()
        || options.bearer.is_some()
}

/// Chooses among all that is said of a test's authentication: the stronger wins whole, but that a test's own `none`
/// always stands.
pub fn settle(reader: &mut FileReader<'_>, test: &mut Test) {
    let own_choice = test.auth_choice();
    let of_file = reader.common.as_ref().and_then(|common| common.auth.as_ref()).filter(|_| !has_login(test));
    let chosen = match (own_choice, &reader.auth) {
        (Some(AuthChoice::Off(_)), _) => return,
        (_, Some(stronger)) => stronger,
        (Some(_), None) => return,
        (None, None) => match of_file {
            Some(chosen) => chosen,
            None => return,
        },
    };
    let chosen = chosen.clone();
    test.auth.get_or_insert_default().choice = Some(chosen);
}

fn place(reader: &FileReader<'_>) -> Place {
    Place { folders: vec![reader.folder.clone(), PathBuf::new()], environment: reader.options.env.clone() }
}

fn read_block(reader: &mut FileReader<'_>, node: &Node, at: Position) -> Read<AuthBlock> {
    if !matches!(node.kind, NodeKind::Map(_) | NodeKind::List(_)) {
        return Err(reader.wrong(node, "auth", ALLOWED).saying(""));
    }
    let keys = reader.fields(node, "auth")?;
    let at = node.at.or(at);
    let Some(kind) = entry(&keys, "type") else {
        return Err(reader.fault(at, "auth has no type, such as type: bearer"));
    };
    let name = reader.text(&kind.value, "type")?.to_owned();
    let maker = Maker::of(&name).map_err(|message| reader.fault(kind.value.at.or(kind.at), message))?;
    if name == COMMAND {
        reader.may_run_commands(kind.value.at.or(kind.at))?;
    }
    let mut faults = Collector::default();
    let what = format!("auth of type {name}");
    let known: Option<&[AuthKey]> = match &maker {
        Maker::Kind(kind) => Some(kind.keys),
        Maker::Registered(_) => None,
    };
    let mut fields = Vec::new();
    for key in keys.iter().filter(|key| key.name != "type") {
        let read = match known {
            Some(known) => read_known(reader, key, (&what, known)),
            None => tree(reader, &key.value).map(Some),
        };
        if let Some(value) = faults.take(read).flatten() {
            let origin = Origin::Suite(reader.location(key.value.at.or(key.at)));
            fields.push(AuthField { name: key.name.clone(), value, origin });
        }
    }
    faults.take(lacking(reader, at, &keys, (&what, known.unwrap_or_default())));
    let block = AuthBlock::new(&name, maker, fields, Origin::Suite(reader.location(at)), place(reader));
    let is_sound = faults.finish(()).and_then(|()| check(reader, &block, at));
    let is_sound = is_sound.or_else(|faults| {
        let misspelt = misspelt(reader, &keys, (&what, known.unwrap_or_default()));
        both(Err(faults), misspelt).map(|((), ())| ())
    });
    is_sound.map(|()| block)
}

/// Where a block is wrong, keys that it ignores and that are nearly some of its own are probably why.
fn misspelt(reader: &FileReader<'_>, keys: &[Field<'_>], (what, known): (&str, &[AuthKey])) -> Read<()> {
    let mut faults = Collector::default();
    let is_known = |name: &str| name == "type" || known.iter().any(|row| row.name == name);
    for key in keys.iter().filter(|key| !is_known(&key.name)) {
        let meant = did_you_mean(&key.name, known.iter().map(|row| row.name));
        if !meant.is_empty() {
            let message = format!("unknown key \"{}\" in {what}{meant}", key.name);
            faults.take::<()>(Err(reader.fault(key.at, message)));
        }
    }
    faults.finish(())
}

fn lacking(reader: &FileReader<'_>, at: Position, keys: &[Field<'_>], (what, known): (&str, &[AuthKey])) -> Read<()> {
    let mut faults = Collector::default();
    for key in known.iter().filter(|key| key.is_needed && entry(keys, key.name).is_none()) {
        faults.take::<()>(Err(reader.fault(at, format!("{what} has no {}", key.name))));
    }
    faults.finish(())
}

/// The value of a key that a kind has; nothing for one that it has not, which is told.
fn read_known(reader: &mut FileReader<'_>, key: &Entry, (what, known): (&str, &[AuthKey])) -> Read<Option<Json>> {
    let Some(row) = known.iter().find(|row| row.name == key.name) else {
        let names: Vec<&str> = known.iter().map(|row| row.name).chain(["type"]).collect();
        return reader.unknown_key(key, what, &names).map(|()| None);
    };
    let node = &key.value;
    let is_templated =
        matches!(&node.kind, NodeKind::Map(entries) if matches!(entries.as_slice(), [only] if only.name == "template"));
    if !is_templated {
        formed(reader, key, row.form)?;
    }
    match row.form {
        Form::Block(inner) if !is_templated => read_inner(reader, key, inner).map(Some),
        _ => tree(reader, node).map(Some),
    }
}

/// A mapping within a block, with keys of its own.
fn read_inner(reader: &mut FileReader<'_>, key: &Entry, known: &[AuthKey]) -> Read<Json> {
    let entries = reader.fields(&key.value, &key.name)?;
    let mut faults = Collector::default();
    let mut members = Vec::new();
    for entry in &entries {
        if let Some(value) = faults.take(read_known(reader, entry, (&key.name, known))).flatten() {
            members.push((Text::Plain(entry.name.clone()), value));
        }
    }
    faults.take(lacking(reader, key.value.at.or(key.at), &entries, (&key.name, known)));
    faults.finish(Json::Object(members))
}

/// Whether a value that is no template is of its key's form.
fn formed(reader: &FileReader<'_>, key: &Entry, form: Form) -> Read<()> {
    let node = &key.value;
    let wrong = |allowed: &str| {
        // Whatever stands here may be a credential.
        let message = format!("{} must be {allowed}, not {}", key.name, node.kind_found());
        reader.fault(node.at.or(key.at), message)
    };
    let is_text = |node: &Node| node.as_str().is_some();
    match form {
        Form::Text if node.as_str() == Some("") => Err(reader.fault(node.at, format!("{} is empty", key.name))),
        Form::Text | Form::MayBeEmpty if is_text(node) => Ok(()),
        Form::Text | Form::MayBeEmpty => Err(wrong("text or {template: $name}")),
        Form::Texts => match &node.kind {
            NodeKind::List(items)
                if !items.is_empty() && items.iter().all(|item| is_text(item) || has_template(item)) =>
            {
                Ok(())
            }
            _ if is_text(node) => Ok(()),
            _ => Err(wrong("text or a list of texts")),
        },
        Form::Pairs | Form::Mapping | Form::Block(_) if matches!(node.kind, NodeKind::Map(_)) => Ok(()),
        Form::Pairs | Form::Mapping | Form::Block(_) => Err(wrong("a mapping")),
        Form::Seconds => reader.seconds(node, &key.name).map(drop),
        Form::Flag => reader.boolean(node, &key.name).map(drop),
        Form::Word(words) => match node.as_str() {
            Some(word) if words.contains(&word) => Ok(()),
            found => {
                let meant = found.map_or_else(String::new, |word| did_you_mean(word, words.iter().copied()));
                let message = format!("{} must be one of {}, not {}", key.name, words.join(", "), node.found());
                Err(reader.fault(node.at.or(key.at), message + &meant))
            }
        },
    }
}

fn has_template(node: &Node) -> bool {
    matches!(&node.kind, NodeKind::Map(entries) if matches!(entries.as_slice(), [only] if only.name == "template"))
}

/// A value with its templates, which may stand at any depth.
fn tree(reader: &mut FileReader<'_>, node: &Node) -> Read<Json> {
    match &node.kind {
        NodeKind::Map(_) if has_template(node) => body::read_json(reader, node),
        NodeKind::Map(entries) => {
            let member = |entry: &Entry| Ok((Text::Plain(entry.name.clone()), tree(reader, &entry.value)?));
            entries.iter().map(member).collect::<Read<Vec<_>>>().map(Json::Object)
        }
        NodeKind::List(items) => items.iter().map(|item| tree(reader, item)).collect::<Read<Vec<_>>>().map(Json::List),
        NodeKind::Scalar(value) => Json::fixed(value).map_err(|message| reader.fault(node.at, message)),
    }
}

/// What is wrong or odd with a block as far as it is known before it runs, at the place of the key that it is about.
fn check(reader: &mut FileReader<'_>, block: &AuthBlock, at: Position) -> Read<()> {
    let place = |key: Option<&str>, reader: &FileReader<'_>| {
        let field = key.and_then(|key| block.fields.iter().find(|field| field.name == key));
        match field.map(|field| &field.origin) {
            Some(Origin::Suite(location)) => location.clone(),
            _ => reader.location(at),
        }
    };
    if let Some((key, message)) = doubt(block) {
        let location = place(Some(key), reader);
        reader.warn_of(Fault::new(location, message));
    }
    match block.check() {
        Ok(()) => Ok(()),
        Err(Wrong { key, message, is_unreadable }) => {
            let fault = Fault::new(place(key.as_deref(), reader), message);
            if is_unreadable {
                reader.cannot_read(fault);
                return Ok(());
            }
            Err(fault.into())
        }
    }
}
