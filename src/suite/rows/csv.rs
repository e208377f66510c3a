//! CSV as RFC 4180 has it: a header line, then rows; cells are text.
//!
//! Owns: what is wrong with such a text, and in which line. Does not: open files, take cells for numbers.

use std::borrow::Cow;

use csv::{ReaderBuilder, StringRecord};

use super::table::{MOST_ROWS, Table, told_twice, too_many};
use crate::ground::source::{Fault, Position, Source};
use crate::ground::value::Value;
use crate::test::row::Column;

/// Reads a whole text, but no more of it than rows are allowed.
///
/// # Errors
/// A column without a name, two of one name, a row that has more or fewer cells, a quote that is not closed, too many
/// rows.
pub fn read(source: &Source) -> Result<Table, Fault> {
    let text = source.text();
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut records = Records { source, text, start: 0 };
    let mut record = StringRecord::new();
    let mut table = Table::default();
    let mut has_header = false;
    loop {
        let is_there = reader.read_record(&mut record).map_err(|error| records.fault(error.to_string()))?;
        let next = reader.position().byte() as usize;
        if !is_there {
            break;
        }
        records.take(next)?;
        if !has_header {
            table.columns = header(&record, &records)?;
            has_header = true;
            records.start = next;
            continue;
        }
        if table.rows.len() == MOST_ROWS {
            return Err(too_many(source, records.at()));
        }
        if record.len() != table.columns.len() {
            return Err(records.fault(ragged(&record, &table.columns)));
        }
        table.rows.push(record.iter().map(|cell| Some(Value::from(cell))).collect());
        records.start = next;
    }
    if !has_header {
        return Err(records.fault("has no header line, which names the columns".to_owned()));
    }
    Ok(table)
}

fn header(record: &StringRecord, records: &Records<'_>) -> Result<Vec<Column>, Fault> {
    let mut columns: Vec<Column> = Vec::with_capacity(record.len());
    for (place, name) in record.iter().enumerate() {
        if name.is_empty() {
            return Err(records.fault(format!("column {} has no name in the header line", place + 1)));
        }
        let column = Column::new(name);
        if let Some(have) = columns.iter().find(|have| have.variable == column.variable) {
            return Err(records.fault(told_twice(have, &column)));
        }
        columns.push(column);
    }
    Ok(columns)
}

fn ragged(record: &StringRecord, columns: &[Column]) -> String {
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let cells = if record.len() == 1 { Cow::Borrowed("1 cell") } else { format!("{} cells", record.len()).into() };
    format!("this row has {cells}, and the header line has {}: {}", columns.len(), names.join(", "))
}

/// Where in the text the records are.
struct Records<'t> {
    source: &'t Source,
    text: &'t str,
    /// Where the last one begins, or the line ends before it.
    start: usize,
}

impl Records<'_> {
    /// Looks over the record that goes up to here. Its quotes come in pairs, unless one was never closed: that would
    /// take all the rest of the text for one cell.
    fn take(&self, end: usize) -> Result<(), Fault> {
        let quotes = memchr::memchr_iter(b'"', &self.text.as_bytes()[self.start..end]).count();
        if quotes.is_multiple_of(2) {
            return Ok(());
        }
        let message = "a quote is not closed, or stands in a cell without quotes around it; write \"a \"\"b\"\" c\"";
        Err(self.fault(message.to_owned()))
    }

    fn at(&self) -> Position {
        let blank = self.text[self.start..].len() - self.text[self.start..].trim_start_matches(['\r', '\n']).len();
        self.source.position(self.start + blank)
    }

    fn fault(&self, message: String) -> Fault {
        Fault::new(self.source.location(self.at()), message)
    }
}
