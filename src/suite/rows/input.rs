//! `data`: rows from a file or as they are written.
//!
//! Owns: which file is meant, rows as JSON and YAML have them, the columns that they have together. Does not: read CSV
//! (see `csv`).

use std::path::{Path, PathBuf};

use serde::de::{Deserializer as _, Error as _, IgnoredAny, SeqAccess, Visitor};

use super::csv;
use super::table::{MOST_ROWS, Table, no_word, told_twice, too_many};
use crate::ground::source::{Fault, Position, Source, did_you_mean};
use crate::ground::value::Value;
use crate::suite::document::{self, Document, Entry, Kind, Language, Node};
use crate::suite::faults::add_excerpts;
use crate::suite::fields::Field;
use crate::suite::files::read_text_file;
use crate::suite::import::shown;
use crate::suite::reader::{FileReader, Read};
use crate::test::row::Column;

const FORM: &str = "a file (rows.csv, .json, .yaml), {file: rows.csv}, or a list of mappings";

/// Reads the value of `data`; files are looked up in these folders.
pub fn read(reader: &FileReader<'_>, key: &Entry, folders: &[PathBuf]) -> Read<Table> {
    let node = &key.value;
    match &node.kind {
        // Not flattened: a list of mappings with one key each is a table with one column.
        Kind::List(items) => {
            let fault = |at: Position, message: String| Fault::new(reader.location(at.or(key.at)), message);
            Ok(of_mappings(items, fault)?)
        }
        Kind::Map(_) => {
            let keys = reader.fields(node, "data")?;
            let file = the_file(reader, key, &keys)?;
            read_file(reader, &file.value, file.at, folders)
        }
        Kind::Scalar(Value::Str(_)) => read_file(reader, node, key.at, folders),
        Kind::Scalar(_) => Err(reader.fault(node.at.or(key.at), format!("data must be {FORM}, not {}", node.found()))),
    }
}

/// The one key of `{file: …}`.
fn the_file<'k>(reader: &FileReader<'_>, data: &Entry, keys: &'k [Field<'_>]) -> Read<&'k Entry> {
    if let Some(other) = keys.iter().find(|key| key.name != "file") {
        let instead = match other.name.as_str() {
            "template" => "; rows are settled before anything runs, so no variable can name their file".to_owned(),
            "allow_empty" => "; allow_empty stands beside data".to_owned(),
            name => did_you_mean(name, ["file"]),
        };
        return Err(reader.fault(other.at, format!("data must be {FORM}, not {{{}: …}}{instead}", other.name)));
    }
    match keys {
        [file] => Ok(file),
        _ => Err(reader.fault(data.value.at.or(data.at), format!("data must be {FORM}, not an empty mapping"))),
    }
}

fn read_file(reader: &FileReader<'_>, node: &Node, beside: Position, folders: &[PathBuf]) -> Read<Table> {
    let at = node.at.or(beside);
    let fault = |message: String| reader.fault(at, message);
    let written = match node.as_str() {
        Some("") | None => return Err(fault(format!("data must be {FORM}, not {}", node.found()))),
        Some(text) => Path::new(text),
    };
    let candidates: Vec<PathBuf> = folders.iter().map(|folder| folder.join(written)).collect();
    let path = candidates.iter().find(|path| path.exists()).or(candidates.first()).map_or(written, PathBuf::as_path);
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let language = match ending.as_deref() {
        Some("csv") => None,
        Some("json") => Some(Language::Json),
        Some("yaml" | "yml") => Some(Language::Yaml),
        _ => {
            let name = shown(path);
            return Err(fault(format!(
                "data: {name} must end in .csv, .json, .yaml or .yml, which says how it is read"
            )));
        }
    };
    let source = read_text_file(path).map_err(|error| match error.faults() {
        [in_it] if in_it.location.position.is_known() => in_it.clone().into(),
        // The suite is where a file is named that cannot be read.
        faults => {
            let why = faults.first().map_or("", |fault| fault.message.as_str());
            fault(format!("data: {} {}", shown(path), why.replace("not a suite file", "not a file")))
        }
    })?;
    let digest = source.digest();
    let mut table = match language {
        None => csv::read(&source).map_err(|fault| with_line(fault, &source))?,
        Some(language) => read_list(source, language)?,
    };
    table.file = Some((path.to_owned(), digest));
    Ok(table)
}

fn with_line(mut fault: Fault, source: &Source) -> Fault {
    add_excerpts([&mut fault], source);
    fault
}

/// The rows of a JSON or YAML text.
fn read_list(source: Source, language: Language) -> Read<Table> {
    if has_too_many(source.text(), language) {
        return Err(with_line(too_many(&source, Position { line: 1, column: 1 }), &source).into());
    }
    let Document { source, roots, .. } = document::read(source, language)?;
    let fault = |at: Position, message: String| {
        let at = at.or(Position { line: 1, column: 1 });
        with_line(Fault::new(source.location(at), message), &source)
    };
    match roots.as_slice() {
        [] => Ok(Table::default()),
        [root] => match &root.kind {
            Kind::List(items) => Ok(of_mappings(items, fault)?),
            Kind::Scalar(Value::Null) => Ok(Table::default()),
            _ => Err(fault(root.at, format!("rows must be a list of mappings, not {}", root.kind_found())).into()),
        },
        [_, second, ..] => {
            Err(fault(second.at, "rows must be one list, and this is a second document".to_owned()).into())
        }
    }
}

/// The rows that are written as mappings. What some of them have is a column of all.
fn of_mappings(items: &[Node], fault: impl Fn(Position, String) -> Fault) -> Result<Table, Fault> {
    let mut table = Table::default();
    if items.len() > MOST_ROWS {
        return Err(fault(items[MOST_ROWS].at, format!("data has {} rows; at most {MOST_ROWS} may be", items.len())));
    }
    for item in items {
        let Kind::Map(entries) = &item.kind else {
            return Err(fault(
                item.at,
                format!("a row must be a mapping of columns to values, not {}", item.kind_found()),
            ));
        };
        let mut row = vec![None; table.columns.len()];
        for entry in entries {
            let place = table.columns.iter().position(|column| column.name == entry.name);
            let place = match place {
                Some(place) => place,
                None => {
                    let column = Column::new(entry.name.as_str());
                    if column.name.is_empty() {
                        return Err(fault(entry.at.or(item.at), "a column has no name".to_owned()));
                    }
                    if let Some(wrong) = no_word(entry) {
                        return Err(fault(entry.at.or(item.at), wrong));
                    }
                    if let Some(have) = table.columns.iter().find(|have| have.variable == column.variable) {
                        return Err(fault(entry.at.or(item.at), told_twice(have, &column)));
                    }
                    table.columns.push(column);
                    row.push(None);
                    row.len() - 1
                }
            };
            row[place] = Some(entry.value.to_value());
        }
        table.rows.push(row);
    }
    let width = table.columns.len();
    table.rows.iter_mut().for_each(|row| row.resize(width, None));
    Ok(table)
}

/// Whether a text has more rows than there may be, told without keeping any of them. Where this cannot tell, reading
/// the text will.
fn has_too_many(text: &str, language: Language) -> bool {
    // The shortest row is `{}` and a comma, or a dash and a line's end.
    if text.len() < 2 * MOST_ROWS {
        return false;
    }
    match language {
        Language::Json => {
            let count = serde_json::Deserializer::from_str(text).deserialize_seq(Counter);
            matches!(count, Err(error) if error.to_string().starts_with(TOO_MANY))
        }
        Language::Yaml => {
            let is_row = |line: &&str| line.starts_with("- ") || *line == "-";
            text.lines().filter(is_row).nth(MOST_ROWS).is_some()
        }
    }
}

const TOO_MANY: &str = "too many rows";

struct Counter;

impl<'de> Visitor<'de> for Counter {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut count = 0;
        while items.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
            if count > MOST_ROWS {
                return Err(A::Error::custom(TOO_MANY));
            }
        }
        Ok(())
    }
}
