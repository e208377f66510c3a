//! The keys of `extract_binds`, and of extractors wherever they stand.
//!
//! Owns: which key names the extractor, its query, the options beside it. Does not: extract (see `judge::extract`).

use super::document::{Entry, Kind, Node};
use super::faults::Collector;
use super::fields::{Field, entry};
use super::keys::Element;
use super::reader::{FileReader, Read};
use crate::ground::source::did_you_mean;
use crate::ground::value::Value;
use crate::judge::extract::{
    Argument, DefaultValue, Extractor, Options, extractor_names, is_built_in, is_extractor, registered_extractor,
};
use crate::test::definition::ExtractBind;
use crate::variables::template::{Template, Text};

/// The extractors that PyRestTest has: within `expected`, a key of theirs is one whatever stands beside it.
const OLD: [&str; 4] = ["jsonpath_mini", "jmespath", "header", "raw_body"];

/// Reads `extract_binds`: variable to one extractor.
pub fn extract_binds(reader: &FileReader<'_>, node: &Node) -> Read<Vec<ExtractBind>> {
    Collector::all(reader.flatten(node, "extract_binds")?.iter().map(|variable| {
        let extractor = sole(reader, variable, &format!("\"{}\"", variable.name))?;
        Ok(ExtractBind { variable: variable.name.clone(), extractor, location: reader.location(variable.at) })
    }))
}

/// The one extractor of a mapping that has nothing else but its options.
fn sole(reader: &FileReader<'_>, key: &Entry, owner: &str) -> Read<Extractor> {
    let Kind::Map(_) = key.value.kind else {
        return Err(reader.wrong(
            &key.value,
            &format!("the extractor of {owner}"),
            "a mapping such as {jsonpath_mini: path}",
        ));
    };
    let keys = reader.fields(&key.value, owner)?;
    let named: Vec<&Entry> = keys.iter().map(|key| &**key).filter(|key| !is_option(&key.name)).collect();
    let [extractor] = named.as_slice() else {
        let message = format!("{owner} has {} extractors; it must have exactly one", named.len());
        return Err(reader.fault(key.at, message));
    };
    match read_extractor(reader, &keys, extractor)? {
        Some(extractor) => Ok(extractor),
        None => Err(reader.fault(extractor.at, unknown_extractor(&extractor.name))),
    }
}

/// `unknown extractor "jsonpth"; did you mean "jsonpath"?; one of …`
pub fn unknown_extractor(name: &str) -> String {
    let names = extractor_names();
    let meant = did_you_mean(name, names.iter().map(String::as_str));
    format!("unknown extractor \"{name}\"{meant}; one of {}", names.join(", "))
}

/// Whether a key stands beside an extractor.
pub fn is_option(name: &str) -> bool {
    Element::ExtractorOption.keys().iter().any(|key| key.name == name)
}

/// The first key, in order, that names an extractor, with the options beside it.
pub fn find_extractor(reader: &FileReader<'_>, keys: &[Field<'_>]) -> Read<Option<Extractor>> {
    for key in keys {
        if let Some(extractor) = read_extractor(reader, keys, key)? {
            return Ok(Some(extractor));
        }
    }
    Ok(None)
}

/// What `expected` takes out of the answer: `{status: ""}` is an extractor, `{status: ok}` and `{url: /x}` are
/// mappings.
pub fn expected_extractor(reader: &FileReader<'_>, keys: &[Field<'_>]) -> Read<Option<Extractor>> {
    if keys.iter().any(|key| OLD.contains(&key.name.as_str()) || !is_built_in(&key.name) && is_extractor(&key.name)) {
        return find_extractor(reader, keys);
    }
    let named: Vec<&Entry> = keys.iter().map(|key| &**key).filter(|key| !is_option(&key.name)).collect();
    match named.as_slice() {
        [key] if is_extractor(&key.name) && fits(key) => read_extractor(reader, keys, key),
        _ => Ok(None),
    }
}

/// Whether what stands beside an extractor's name can be meant for it.
fn fits(key: &Entry) -> bool {
    let is_template = matches!(&key.value.kind, Kind::Map(entries)
        if matches!(entries.as_slice(), [only] if only.name.eq_ignore_ascii_case("template") && only.value.as_str().is_some()));
    match (Argument::of(&key.name), key.value.as_str()) {
        (Argument::Nothing, text) => text == Some(""),
        (Argument::Ignored, _) => true,
        (Argument::Query, None) => is_template,
        (Argument::Query, Some(text)) => match key.name.as_str() {
            "jsonpath" => text.starts_with('$'),
            "last" => matches!(text, "status" | "passed"),
            _ => !text.is_empty(),
        },
    }
}

/// The extractor that a key names; `None` if it names none.
fn read_extractor(reader: &FileReader<'_>, keys: &[Field<'_>], key: &Entry) -> Read<Option<Extractor>> {
    let (name, node) = (key.name.as_str(), &key.value);
    if !is_extractor(name) {
        return Ok(None);
    }
    if !is_built_in(name) {
        let custom = registered_extractor(name, &node.to_value());
        let custom = custom.transpose().map_err(|message| reader.fault(node.at, format!("{name}: {message}")))?;
        return custom.map(|custom| with_options(reader, keys, key, custom)).transpose();
    }
    let query = match Argument::of(name) {
        Argument::Ignored => Text::Plain(String::new()),
        Argument::Nothing if node.as_str() == Some("") || node.is_null() => Text::Plain(String::new()),
        Argument::Nothing => {
            return Err(reader.wrong(
                node,
                name,
                "\"\": there is nothing to ask it; what is expected stands under expected",
            ));
        }
        Argument::Query => read_query(reader, name, node)?,
    };
    if matches!(name, "variable" | "env") && matches!(&query, Text::Plain(name) if name.is_empty()) {
        return Err(reader.fault(node.at.or(key.at), format!("{name} must be the name of a variable, not \"\"")));
    }
    let Some(extractor) = Extractor::new(name, query) else { return Ok(None) };
    let extractor = with_options(reader, keys, key, extractor.with_environment(&reader.options.env))?;
    match extractor.mistake().filter(|_| extractor.is_refused()) {
        Some(reason) => Err(reader.fault(node.at.or(key.at), reason)),
        None => Ok(Some(extractor)),
    }
}

fn read_query(reader: &FileReader<'_>, name: &str, node: &Node) -> Read<Text> {
    match &node.kind {
        Kind::Scalar(Value::Str(query)) => Ok(Text::Plain(query.clone())),
        Kind::Map(_) => {
            let keys = reader.fields(node, name)?;
            let Some(template) = entry(&keys, "template") else {
                return Err(reader
                    .fault(node.at, format!("{name} is a mapping without template; write text or {{template: …}}")));
            };
            let template = reader.text(&template.value, &format!("the template of {name}"))?;
            Ok(Text::Template(Template::parse(template)))
        }
        _ => Err(reader.wrong(node, &format!("the query of {name}"), "text or {template: …}")),
    }
}

fn with_options(reader: &FileReader<'_>, keys: &[Field<'_>], key: &Entry, extractor: Extractor) -> Read<Extractor> {
    let mut options = Options::default();
    let mut is_plain = true;
    let mut faults = Collector::default();
    for option in keys.iter().filter(|option| is_option(&option.name)) {
        is_plain = false;
        match option.name.as_str() {
            "default" => options.default = faults.take(read_default(reader, &option.value)),
            "of" => options.of = faults.take(sole(reader, option, "of")),
            "secret" => {
                options.is_secret = faults.take(reader.boolean(&option.value, "secret")).unwrap_or_default();
            }
            "all" => options.all = faults.take(reader.boolean(&option.value, "all")).unwrap_or_default(),
            _ => options.group = faults.take(reader.text_or_integer(&option.value, "group")),
        }
    }
    if is_plain {
        return Ok(extractor);
    }
    faults.finish(())?;
    extractor.with_options(options).map_err(|message| reader.fault(key.at, message))
}

fn read_default(reader: &FileReader<'_>, node: &Node) -> Read<DefaultValue> {
    if let Kind::Map(entries) = &node.kind
        && let [only] = entries.as_slice()
        && only.name.eq_ignore_ascii_case("template")
    {
        let template = reader.text(&only.value, "the template of default")?;
        return Ok(DefaultValue::Template(Text::Template(Template::parse(template))));
    }
    Ok(DefaultValue::Value(node.to_value()))
}
