//! What makes a test one of several: the row of a table that it is, or a list that it goes over when it runs.
//!
//! Owns: a row's variables, the names of the tests that rows make. Does not: read tables (see `suite::rows`), set
//! variables (see `repeated`).

use std::fmt::Write as _;
use std::sync::Arc;

use crate::ground::value::{Dict, Value};
use crate::secrets::{REDACTED, is_secret_name, shown_text, shown_url};
use crate::variables::context::Context;
use crate::variables::template::Template;

/// A row has its number in this variable, from 0.
pub const INDEX: &str = "index";

/// A row as a whole is in this variable: a mapping of its columns.
pub const ROW: &str = "row";

/// What makes a test one of several. Most tests are not, so it is kept apart from what every test has.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// The name as it is written, the same for all of them.
    pub written: Arc<str>,
    /// The row that the test is.
    pub row: Option<Row>,
    /// The list that it goes over.
    pub foreach: Option<Foreach>,
    /// Whether the row is a value of a list that was not known before it ran.
    pub is_item: bool,
    /// Why there is no row, where a table may be empty: then it does not run.
    pub nothing: Option<String>,
}

/// A row of a table.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its number, from 0.
    pub number: usize,
    /// The table's columns.
    pub columns: Arc<[Column]>,
    /// A value for each of them; none where this row does not have it.
    pub cells: Vec<Option<Value>>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What it is called where it stands.
    pub name: String,
    /// The variable that has its values.
    pub variable: String,
}

/// A list that is known only when the test runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreach {
    /// The variable that takes each of its values in turn.
    pub item: Column,
    /// The variable that holds it.
    pub list: String,
    /// Which of its values are wanted.
    pub chosen: ChosenItems,
}

/// Which values of a list are wanted, by their numbers; the default is all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChosenItems {
    /// These and no others, unless it is empty.
    pub only: Vec<usize>,
    /// Not these.
    pub not: Vec<usize>,
}

impl ChosenItems {
    /// Whether the value of this number is wanted.
    pub fn has(&self, number: usize) -> bool {
        (self.only.is_empty() || self.only.contains(&number)) && !self.not.contains(&number)
    }
}

impl Column {
    /// A column, with `_` in its variable for every character that no variable's name has there.
    pub fn new(name: impl Into<String>) -> Column {
        let name = name.into();
        let part = |(place, c): (usize, char)| match c {
            'a'..='z' | 'A'..='Z' | '_' => c,
            '0'..='9' if place > 0 => c,
            _ => '_',
        };
        let variable = name.chars().enumerate().map(part).collect();
        Column { name, variable }
    }

    /// Whether it is called like a secret.
    pub fn is_secret(&self) -> bool {
        is_secret_name(&self.name) || is_secret_name(&self.variable)
    }
}

impl Row {
    /// The row as a mapping of the columns that it has.
    pub fn mapping(&self) -> Value {
        let cells = self.columns.iter().zip(&self.cells);
        Value::Dict(cells.filter_map(|(column, cell)| Some((column.name.as_str().into(), cell.clone()?))).collect())
    }

    /// Its variables; a column may be called as the number and the whole are, and wins then.
    pub fn variables(&self) -> impl Iterator<Item = (&str, Option<Value>)> {
        let own = [(INDEX, Some(Value::Int(self.number as i128))), (ROW, Some(self.mapping()))];
        let cells = self.columns.iter().zip(&self.cells);
        own.into_iter().chain(cells.map(|(column, cell)| (column.variable.as_str(), cell.clone())))
    }

    /// The names of its variables.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        [INDEX, ROW].into_iter().chain(self.columns.iter().map(|column| column.variable.as_str()))
    }

    /// The name of the test of this row: the written one with its variables filled in if it has any of them, else with
    /// the row behind it: these of its columns, and its number where they do not tell it from others.
    pub fn name(&self, written: &str, label: &Label) -> String {
        if let Some(name) = self.filled_in(written) {
            return name;
        }
        let mut name = format!("{written} [");
        let mut gap = "";
        for at in label.columns.iter().copied() {
            let (Some(column), Some(Some(value))) = (self.columns.get(at), self.cells.get(at)) else { continue };
            let value =
                if column.is_secret() { REDACTED.into() } else { shown_text(&without_secrets(value).to_text()) };
            let _ = write!(name, "{gap}{}={value}", column.name);
            gap = ", ";
        }
        if label.has_number || gap.is_empty() {
            let _ = write!(name, "{gap}{INDEX}={}", self.number);
        }
        name.push(']');
        name
    }

    /// A name with its variables filled in, if it has any of them; what is called like a secret stays hidden.
    pub fn filled_in(&self, written: &str) -> Option<String> {
        let template = Template::parse(written);
        if !template.variables().any(|name| self.names().any(|own| own == name)) {
            return None;
        }
        let mut context = Context::new();
        for (name, value) in self.shown().variables() {
            context.replace(name, value);
        }
        Some(template.render(&context))
    }

    /// The row as anybody may see it: nothing in it that is called like a secret.
    pub fn shown(&self) -> Row {
        let shown = |(column, cell): (&Column, &Option<Value>)| {
            let cell = cell.as_ref()?;
            Some(if column.is_secret() { REDACTED.into() } else { without_secrets(cell) })
        };
        Row { cells: self.columns.iter().zip(&self.cells).map(shown).collect(), ..self.clone() }
    }
}

/// What of a row stands behind the name of its test.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Label {
    /// The places of columns.
    pub columns: Vec<usize>,
    /// Whether the number does, too.
    pub has_number: bool,
}

/// The name of the test for one value of a list that a test goes over; values are numbered from 0.
pub fn item_name(name: &str, number: usize) -> String {
    format!("{name} [{number}]")
}

/// A value without what is called like a secret in it.
fn without_secrets(value: &Value) -> Value {
    match value {
        Value::Str(text) if text.contains("://") => Value::Str(shown_url(text).into_owned()),
        Value::List(items) => Value::List(items.iter().map(without_secrets).collect()),
        Value::Dict(dict) => {
            let entry = |(key, value): &(Value, Value)| match key.as_str() {
                Some(name) if is_secret_name(name) => (key.clone(), REDACTED.into()),
                _ => (key.clone(), without_secrets(value)),
            };
            Value::Dict(dict.iter().map(entry).collect::<Dict>())
        }
        value => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: usize, cells: &[(&str, Option<Value>)]) -> Row {
        let columns = cells.iter().map(|(name, _)| Column::new(*name)).collect::<Vec<_>>().into();
        Row { number, columns, cells: cells.iter().map(|(_, cell)| cell.clone()).collect() }
    }

    #[test]
    fn foreign_characters_are_underscores_in_variables() {
        for (name, variable) in [
            ("user", "user"),
            ("User_2", "User_2"),
            ("first name", "first_name"),
            ("a-b.c", "a_b_c"),
            ("2nd", "_nd"),
            ("größe", "gr__e"),
            (" x", "_x"),
            ("", ""),
        ] {
            assert_eq!(Column::new(name).variable, variable, "{name}");
        }
    }

    #[test]
    fn a_name_tells_its_row_and_no_secret() {
        let long = "é".repeat(41);
        let cells = [
            ("user", Some("ann".into())),
            ("role", Some(7.into())),
            ("password", Some("hush".into())),
            ("none", None),
            ("long", Some(Value::Str(long))),
            ("of it", Some(Value::Dict(Dict::from_pairs(vec![("token".into(), "hush".into())])))),
            ("at", Some("http://u:hush@h/".into())),
        ];
        let row = row(3, &cells);
        let first = Label { columns: vec![0, 1], has_number: false };
        for (written, label, name) in [
            ("T", first.clone(), "T [user=ann, role=7]"),
            ("$5 for $nobody", first.clone(), "$5 for $nobody [user=ann, role=7]"),
            ("T", Label { has_number: true, ..first.clone() }, "T [user=ann, role=7, index=3]"),
            (
                "T",
                Label { columns: vec![2, 3, 6], has_number: false },
                "T [password=(redacted), at=http://(redacted)@h/]",
            ),
            ("T", Label { columns: vec![5], has_number: false }, "T [of it={'token': (redacted)]"),
            ("T", Label { columns: vec![3], has_number: false }, "T [index=3]"),
            ("$user no $index, ${role}", first.clone(), "ann no 3, 7"),
            (
                "$user $password $of_it $at",
                first.clone(),
                "ann (redacted) {'token': '(redacted)'} http://(redacted)@h/",
            ),
            ("$user $none", first.clone(), "ann $none"),
        ] {
            assert_eq!(row.name(written, &label), name, "{written}");
        }
        let name = row.name("T", &Label { columns: vec![4], has_number: false });
        assert_eq!(name, format!("T [long={}…]", "é".repeat(40)));
        assert!(!row.name("$row", &first).contains("hush"));
    }
}
