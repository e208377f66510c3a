//! The keys that make several tests of one: `matrix`, `data`, `repeat`, `foreach`.
//!
//! Owns: what they mean together, the tests that they come to, how many that may be. Does not: read files of rows (see
//! `input`), run anything.

mod csv;
mod input;
mod table;

use std::path::PathBuf;
use std::sync::Arc;

use self::table::{MOST_ROWS, Table, told_twice};
use super::document::{Entry, Kind, Node};
use super::faults::Collector;
use super::fields::{Field, entry};
use super::reader::{FileReader, Read};
use crate::ground::source::{Position, did_you_mean};
use crate::ground::value::Value;
use crate::test::definition::Test;
use crate::test::row::{ChosenItems, Column, Foreach, Label, Row, Rows};

/// The keys, in the order of the help.
pub const KEYS: [&str; 5] = ["matrix", "data", "allow_empty", "repeat", "foreach"];

/// How many columns of `data` stand in a name.
const NAMED_COLUMNS: usize = 3;

/// What the keys stand in.
pub struct Holder<'h> {
    /// The keys that it has besides a test's.
    pub more_keys: &'h [&'static str],
    /// Where files are looked up, in order.
    pub folders: &'h [PathBuf],
}

/// What a test comes to.
pub struct Expansion {
    columns: Arc<[Column]>,
    /// The table of `data`.
    outer: Option<Vec<Vec<Option<Value>>>>,
    /// The lists of `matrix`.
    inner: Vec<Vec<Value>>,
    /// How many rows the two make, if there are any.
    product: usize,
    /// How often each of them is taken.
    times: usize,
    label: Label,
    foreach: Option<Foreach>,
    nothing: Option<String>,
    /// The file of `data`, with the digest of its text.
    pub file: Option<(PathBuf, u64)>,
}

/// Reads what makes several tests of one; nothing where there is no such key.
pub fn read(reader: &mut FileReader<'_>, keys: &[Field<'_>], holder: &Holder<'_>) -> Read<Option<Expansion>> {
    let own = |name: &str| entry(keys, name).filter(|_| !holder.more_keys.contains(&name));
    let Some(first) = keys.iter().find(|key| KEYS.contains(&key.name.as_str()) && own(&key.name).is_some()) else {
        return Ok(None);
    };
    let alone = if holder.more_keys.contains(&"metrics") {
        Some("a benchmark is one request, repeated; write a test, or one benchmark for each row")
    } else {
        entry(keys, "performance").map(|_| "a load run is one test; write one for each row")
    };
    if let Some(why) = alone {
        let place = if holder.more_keys.contains(&"metrics") { "in a benchmark" } else { "beside performance" };
        return Err(reader.fault(first.at, format!("{} {place} is not possible: {why}", first.name)));
    }
    let mut faults = Collector::default();
    let matrix = own("matrix").and_then(|key| faults.take(read_matrix(reader, key)));
    let data = own("data").and_then(|key| faults.take(input::read(reader, key, holder.folders)));
    let times = own("repeat").and_then(|key| faults.take(read_repeat(reader, key)));
    let foreach = own("foreach").and_then(|key| faults.take(read_foreach(reader, key)));
    let allow_empty = own("allow_empty").and_then(|key| faults.take(read_allow_empty(reader, key, own("data"))));
    faults.finish(())?;

    let mut expansion = Expansion {
        columns: Arc::from([]),
        outer: None,
        inner: Vec::new(),
        product: 1,
        times: times.unwrap_or(1),
        label: Label { columns: Vec::new(), has_number: times.is_some() },
        foreach: None,
        nothing: None,
        file: None,
    };
    let mut columns: Vec<Column> = Vec::new();
    if let (Some(key), Some(Table { columns: of_data, rows, file })) = (own("data"), data) {
        if rows.is_empty() {
            let named = match &file {
                Some((path, _)) => format!("{} has no rows", super::import::shown(path)),
                None => "data has no rows".to_owned(),
            };
            if !allow_empty.unwrap_or_default() {
                let message = format!("{named}, so nothing would be tested; allow_empty: true beside data allows that");
                return Err(reader.fault(key.value.at.or(key.at), message));
            }
            expansion.nothing = Some(named);
        }
        expansion.label.columns.extend(0..of_data.len().min(NAMED_COLUMNS));
        expansion.product = rows.len().max(1);
        (columns, expansion.outer, expansion.file) = (of_data, Some(rows), file);
    }
    for (column, at, values) in matrix.into_iter().flatten() {
        add_column(reader, &mut columns, column, at)?;
        expansion.label.columns.push(columns.len() - 1);
        expansion.product = expansion.product.saturating_mul(values.len());
        expansion.inner.push(values);
    }
    let all = expansion.product.saturating_mul(expansion.times);
    if all > MOST_ROWS {
        let product: Vec<&str> = ["data", "matrix", "repeat"].into_iter().filter(|name| own(name).is_some()).collect();
        let message =
            format!("{} would make {} tests of one; at most {MOST_ROWS} may be", product.join(" and "), shown(all));
        return Err(reader.fault(first.at, message));
    }
    if let Some((foreach, at)) = foreach {
        add_column(reader, &mut columns.clone(), foreach.item.clone(), at)?;
        expansion.foreach = Some(foreach);
    }
    expansion.columns = columns.into();
    Ok(Some(expansion))
}

fn shown(number: usize) -> String {
    if number == usize::MAX { "countless".to_owned() } else { number.to_string() }
}

/// Adds a column of another table.
fn add_column(reader: &FileReader<'_>, columns: &mut Vec<Column>, column: Column, at: Position) -> Read<()> {
    if let Some(have) = columns.iter().find(|have| have.variable == column.variable) {
        return Err(reader.fault(at, told_twice(have, &column)));
    }
    columns.push(column);
    Ok(())
}

type MatrixColumn = (Column, Position, Vec<Value>);

/// `{user: [a, b], role: [x, y]}`; also as a list of such mappings, which is one mapping to PyRestTest.
fn read_matrix(reader: &mut FileReader<'_>, key: &Entry) -> Read<Vec<MatrixColumn>> {
    reader.warn_of_repeated(key);
    let entries = reader.flatten(&key.value, "matrix")?;
    if entries.is_empty() {
        return Err(reader.fault(key.at, "matrix is empty; write {user: [a, b], role: [x, y]}"));
    }
    let mut columns: Vec<Column> = Vec::new();
    Collector::all(entries.iter().map(|entry| {
        let column = Column::new(entry.name.as_str());
        let at = entry.at.or(key.at);
        if column.name.is_empty() {
            return Err(reader.fault(at, "a column has no name"));
        }
        if let Some(wrong) = table::no_word(entry) {
            return Err(reader.fault(at, wrong));
        }
        add_column(reader, &mut columns, column.clone(), at)?;
        match &entry.value.kind {
            Kind::List(items) if !items.is_empty() => Ok((column, at, items.iter().map(Node::to_value).collect())),
            _ => {
                let what = format!("{} in matrix", entry.name);
                Err(reader.fault(entry.value.at.or(at), wrong_list(&what, &entry.value)))
            }
        }
    }))
}

fn wrong_list(what: &str, node: &Node) -> String {
    let found = match &node.kind {
        Kind::List(_) => "an empty one",
        _ => node.kind_found(),
    };
    format!("{what} must be a list of values, not {found}")
}

fn read_repeat(reader: &FileReader<'_>, key: &Entry) -> Read<usize> {
    let wrong = || reader.wrong(&key.value, "repeat", "an integer, 1 or more");
    // PyRestTest has no such key, so nothing is cut off or taken for a number.
    if matches!(key.value.kind, Kind::Scalar(Value::Bool(_) | Value::Float(_))) {
        return Err(wrong());
    }
    let times = reader.integer(&key.value, "repeat").map_err(|_| wrong())?;
    match usize::try_from(times) {
        Ok(times) if times > 0 => Ok(times),
        Err(_) if times > 0 => Ok(usize::MAX),
        _ => Err(wrong()),
    }
}

fn read_allow_empty(reader: &FileReader<'_>, key: &Entry, data: Option<&Entry>) -> Read<bool> {
    match data {
        Some(_) => reader.boolean(&key.value, "allow_empty"),
        None => Err(reader.fault(key.at, "allow_empty stands beside data, and there is none")),
    }
}

/// `{item: $list}`.
fn read_foreach(reader: &FileReader<'_>, key: &Entry) -> Read<(Foreach, Position)> {
    const FORM: &str = "{item: $list}, where $list is a variable that holds a list";
    let wrong = |found: String| reader.fault(key.value.at.or(key.at), format!("foreach must be {FORM}, not {found}"));
    if matches!(key.value.kind, Kind::Scalar(_)) {
        return Err(wrong(key.value.found()));
    }
    let entries = reader.flatten(&key.value, "foreach")?;
    let [entry] = entries.as_slice() else {
        return Err(wrong(format!("a mapping with {} keys", entries.len())));
    };
    let item = Column::new(entry.name.as_str());
    if item.variable != item.name || item.name.is_empty() {
        let message = format!("foreach needs a variable's name (letters, digits, _), not \"{}\"", item.name);
        return Err(reader.fault(entry.at, message));
    }
    if let Kind::List(_) = entry.value.kind {
        let message =
            format!("foreach takes its list from a variable; write matrix: {{{}: […]}} for these values", item.name);
        return Err(reader.fault(entry.value.at.or(entry.at), message));
    }
    let written = entry.value.as_str().unwrap_or_default();
    let name = written.strip_prefix('$').unwrap_or_default();
    let name = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
    let list = Column::new(name);
    if list.variable != name || name.is_empty() {
        let meant = if written.is_empty() || written.starts_with('$') {
            String::new()
        } else {
            did_you_mean(written, [format!("${written}").as_str()])
        };
        let at = entry.value.at.or(entry.at);
        return Err(reader.fault(
            at,
            format!("foreach must be {FORM}, not {{{}: {}}}{meant}", item.name, shown_value(&entry.value)),
        ));
    }
    Ok((Foreach { item, list: list.variable, chosen: ChosenItems::default() }, entry.at.or(key.at)))
}

fn shown_value(node: &Node) -> String {
    match node.as_str() {
        Some(text) => crate::secrets::shown_text(text).escape_debug().to_string(),
        None => node.kind_found().to_owned(),
    }
}

impl Expansion {
    /// The tests that one comes to, in order: data outside, matrix within it, the last key fastest.
    pub fn tests(self, test: Test) -> impl Iterator<Item = Test> {
        let written: Arc<str> = test.name.as_str().into();
        let of_rows = move |row, foreach, nothing| {
            Some(Arc::new(Rows { written: written.clone(), row, foreach, nothing, is_item: false }))
        };
        let has_rows = self.outer.is_some() || !self.inner.is_empty() || self.label.has_number;
        // A test that has no rows, or is not to be told from others by them, is one.
        let one = if has_rows && self.nothing.is_none() {
            None
        } else {
            Some(Test { rows: of_rows(None, self.foreach.clone(), self.nothing.clone()), ..test.clone() })
        };
        let count = if one.is_some() { 0 } else { self.product * self.times };
        let rows = (0..count).map(move |number| {
            let row = self.row(number);
            Test {
                name: row.name(&test.name, &self.label),
                rows: of_rows(Some(row), self.foreach.clone(), None),
                ..test.clone()
            }
        });
        one.into_iter().chain(rows)
    }

    fn row(&self, number: usize) -> Row {
        let mut place = number / self.times;
        let mut inner: Vec<Option<Value>> = Vec::with_capacity(self.columns.len());
        for values in self.inner.iter().rev() {
            inner.push(values.get(place % values.len()).cloned());
            place /= values.len();
        }
        let mut cells = self.outer.as_ref().and_then(|rows| rows.get(place)).cloned().unwrap_or_default();
        cells.extend(inner.into_iter().rev());
        Row { number, columns: self.columns.clone(), cells }
    }
}

#[cfg(test)]
mod tests;
