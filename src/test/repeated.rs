//! A test that is one of several.
//!
//! Owns: its row's variables in a context, the tests that a list comes to. Does not: know what a row is called (see
//! `row`).

use std::sync::Arc;

use super::definition::Test;
use super::row::{ChosenItems, Column, Foreach, INDEX, ROW, Row, Rows, item_name};
use crate::ground::value::Value;
use crate::secrets::is_secret_name;
use crate::variables::context::Context;

/// Variables that a row has covered, with what they were.
pub type Covered = Vec<(String, Option<Value>)>;

impl Test {
    /// The row that it is, if it is one.
    pub fn row(&self) -> Option<&Row> {
        self.rows.as_ref()?.row.as_ref()
    }

    /// The list that it goes over, if it does.
    pub fn foreach(&self) -> Option<&Foreach> {
        self.rows.as_ref()?.foreach.as_ref()
    }

    /// The name that all tests of its element have in common, where it is one of several.
    pub fn written_name(&self) -> Option<&str> {
        self.rows.as_ref().map(|rows| &*rows.written)
    }

    /// Leaves only some of the values that it goes over.
    pub fn choose_items(&mut self, items: ChosenItems) {
        if let Some(foreach) = self.rows.as_mut().and_then(|rows| Arc::make_mut(rows).foreach.as_mut()) {
            foreach.chosen = items;
        }
    }

    /// The variable that holds the list that it goes over; empty if it goes over none.
    pub fn list(&self) -> &str {
        self.foreach().map_or("", |foreach| &foreach.list)
    }

    /// Whether it is the same as the test before it but for its row.
    pub fn is_further_row(&self) -> bool {
        self.row().is_some_and(|row| row.number > 0)
    }

    /// The variables that it has as one of several.
    pub fn row_variables(&self) -> impl Iterator<Item = &str> {
        let item = self.foreach().map(|foreach| [foreach.item.variable.as_str(), INDEX, ROW]);
        self.row().into_iter().flat_map(Row::names).chain(item.into_iter().flatten())
    }

    /// Sets its row's variables, and takes away those that only other rows of the table have. What they were before
    /// comes back, for [`Test::leave_row`].
    pub fn enter_row(&self, context: &mut Context) -> Covered {
        let Some(row) = self.row() else { return Covered::new() };
        row.variables().map(|(name, value)| (name.to_owned(), context.replace(name, value))).collect()
    }

    /// Gives the variables that its row covered their values back, unless the test has set them itself.
    pub fn leave_row(&self, context: &mut Context, covered: Covered) {
        // A column that is called as the number is covers that in turn.
        for (name, before) in covered.into_iter().rev().filter(|(name, _)| !self.sets(name)) {
            context.replace(&name, before);
        }
    }

    /// The same of a test that did not run: it has set nothing.
    pub fn undo_row(context: &mut Context, covered: Covered) {
        for (name, before) in covered.into_iter().rev() {
            context.replace(&name, before);
        }
    }

    fn sets(&self, name: &str) -> bool {
        self.variable_binds.iter().any(|(variable, _)| variable == name)
            || self.generator_binds.iter().any(|(variable, _)| variable == name)
            || self.extract_binds.iter().any(|bind| bind.variable == name)
    }

    /// The tests that it comes to, one for each value of the list that it goes over; nothing if it goes over none.
    ///
    /// # Errors
    /// The variable holds no list, or nothing.
    pub fn items(&self, context: &Context) -> Result<Option<Vec<Test>>, String> {
        let Some(foreach) = self.foreach() else { return Ok(None) };
        let Foreach { item, list, chosen } = foreach;
        // What it binds itself is not set yet.
        let own = self.variable_binds.iter().rfind(|(name, _)| name == list).map(|(_, value)| value);
        let items = match own.or_else(|| self.covering(list)).or_else(|| context.get(list)) {
            Some(Value::List(items)) => items,
            Some(other) => return Err(format!("foreach needs a list, and ${list} is {}", kind_of(other))),
            None => return Err(format!("foreach needs a list, and ${list} is not set")),
        };
        let outer = self.row();
        let columns: Arc<[Column]> =
            outer.iter().flat_map(|row| row.columns.iter()).chain([item]).cloned().collect::<Vec<_>>().into();
        let test = |(number, value): (usize, &Value)| {
            let cells = outer.iter().flat_map(|row| row.cells.iter().cloned()).chain([Some(value.clone())]).collect();
            let row = Row { number, columns: columns.clone(), cells };
            // A value of a secret list is no less a secret by the name that the test gives it.
            let filled_in = if is_secret_name(list) { None } else { row.filled_in(&self.name) };
            let name = item_name(filled_in.as_deref().unwrap_or(&self.name), number);
            let written = self.rows.as_ref().map_or_else(Arc::default, |rows| rows.written.clone());
            let rows = Rows { written, row: Some(row), is_item: true, ..Rows::default() };
            Test { name, rows: Some(Arc::new(rows)), ..self.clone() }
        };
        if let Some(number) = chosen.only.iter().find(|number| **number >= items.len()) {
            let held = match items.len() {
                1 => "1 value".to_owned(),
                count => format!("{count} values"),
            };
            return Err(format!("\"{}\" is not there: ${list} holds {held}", item_name(&self.name, *number)));
        }
        Ok(Some(items.iter().enumerate().filter(|(number, _)| chosen.has(*number)).map(test).collect()))
    }

    /// The value that its row has for a variable.
    fn covering(&self, variable: &str) -> Option<&Value> {
        let row = self.row()?;
        let place = row.columns.iter().position(|column| column.variable == variable)?;
        row.cells.get(place)?.as_ref()
    }
}

/// What is there instead of a list; its value is nobody's business.
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Int(_) | Value::Huge(_) | Value::Float(_) => "a number",
        Value::Date(_) => "a date",
        Value::Dict(_) => "a mapping",
        Value::List(_) => "a list",
        _ => "a text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::value::Dict;
    use crate::test::definition::ExtractBind;

    fn row(number: usize, cells: &[(&str, Option<Value>)]) -> Row {
        let columns = cells.iter().map(|(name, _)| Column::new(*name)).collect::<Vec<_>>().into();
        Row { number, columns, cells: cells.iter().map(|(_, cell)| cell.clone()).collect() }
    }

    fn of_row(row: Row) -> Test {
        Test { rows: Some(Arc::new(Rows { row: Some(row), ..Rows::default() })), ..Test::get("/") }
    }

    #[test]
    fn variables_of_a_row_last_as_long_as_it() {
        let mut context = Context::new();
        context.bind("user", "config".into());
        context.bind("index", "own".into());
        context.bind("kept", "old".into());
        let mut test = of_row(row(4, &[("user", Some(Value::Null)), ("kept", Some("row".into())), ("gone", None)]));
        let before = test.enter_row(&mut context);
        let text = |context: &Context, name: &str| context.get(name).map(Value::to_text);
        assert_eq!(text(&context, "user").as_deref(), Some("None"));
        assert_eq!(text(&context, "index").as_deref(), Some("4"));
        assert_eq!(text(&context, "row").as_deref(), Some("{'user': None, 'kept': 'row'}"));
        test.variable_binds = vec![("kept".to_owned(), "new".into())];
        context.bind("kept", "new".into());
        test.leave_row(&mut context, before);
        assert_eq!(text(&context, "user").as_deref(), Some("config"));
        assert_eq!(text(&context, "index").as_deref(), Some("own"));
        assert_eq!(text(&context, "kept").as_deref(), Some("new"));
        assert_eq!((text(&context, "row"), text(&context, "gone")), (None, None));

        // A table may have such columns of its own.
        let test = of_row(row(0, &[("index", Some("a".into())), ("row", Some("b".into()))]));
        let before = test.enter_row(&mut context);
        assert_eq!((text(&context, "index").as_deref(), text(&context, "row").as_deref()), (Some("a"), Some("b")));
        test.leave_row(&mut context, before);
        assert_eq!((text(&context, "index").as_deref(), text(&context, "row")), (Some("own"), None));
    }

    #[test]
    fn a_list_comes_to_a_test_for_each_value() {
        let foreach = Foreach { item: Column::new("item"), list: "list".to_owned(), chosen: ChosenItems::default() };
        let outer = row(2, &[("user", Some("ann".into()))]);
        let rows =
            Rows { written: "T".into(), row: Some(outer), foreach: Some(foreach), nothing: None, is_item: false };
        let test = Test { name: "T".to_owned(), rows: Some(Arc::new(rows)), ..Test::get("/") };
        let mut context = Context::new();
        assert_eq!(test.items(&context).unwrap_err(), "foreach needs a list, and $list is not set");
        for (value, what) in [
            ("a".into(), "a text"),
            (Value::Null, "null"),
            (7.into(), "a number"),
            (Value::Dict(Dict::default()), "a mapping"),
        ] {
            context.replace("list", Some(value));
            assert_eq!(test.items(&context).unwrap_err(), format!("foreach needs a list, and $list is {what}"));
        }
        context.replace("list", Some(Value::List(vec!["x".into(), 8.into()])));
        let items = test.items(&context).unwrap().unwrap();
        let names: Vec<&str> = items.iter().map(|test| test.name.as_str()).collect();
        assert_eq!(names, ["T [0]", "T [1]"]);
        let before = items[1].enter_row(&mut context);
        let all = ["user", "item", "index"].map(|name| context.get(name).map(Value::to_text).unwrap_or_default());
        assert_eq!(all, ["ann", "8", "1"]);
        items[1].leave_row(&mut context, before);
        assert!(context.get("item").is_none() && items[1].foreach().is_none());
        let named = Test { name: "$item of $list no $index".to_owned(), ..test.clone() };
        let names: Vec<String> = named.items(&context).unwrap().unwrap().into_iter().map(|test| test.name).collect();
        assert_eq!(names, ["x of $list no 0 [0]", "8 of $list no 1 [1]"]);
        let mut some = test.clone();
        for (only, not, expected) in [
            (&[1][..], &[][..], Ok(&["T [1]"][..])),
            (&[], &[1], Ok(&["T [0]"])),
            (&[1], &[1], Ok(&[])),
            (&[0, 2], &[], Err("\"T [2]\" is not there: $list holds 2 values")),
        ] {
            some.choose_items(ChosenItems { only: only.to_vec(), not: not.to_vec() });
            let items = some.items(&context).map(|items| items.unwrap_or_default());
            let names: Result<Vec<&str>, &str> = items
                .as_ref()
                .map(|items| items.iter().map(|test| test.name.as_str()).collect())
                .map_err(String::as_str);
            assert_eq!(names, expected.map(<[&str]>::to_vec));
        }
        context.replace("list", Some(Value::List(Vec::new())));
        assert!(test.items(&context).unwrap().unwrap().is_empty());
        assert!(Test::get("/").items(&context).unwrap().is_none());
    }

    #[test]
    fn what_a_test_extracts_stays() {
        use crate::judge::extract::Extractor;
        let mut test = of_row(row(0, &[("id", Some("a".into()))]));
        let extractor = Extractor::new("header", crate::variables::template::Text::Plain("X".to_owned())).unwrap();
        test.extract_binds = vec![ExtractBind { variable: "id".to_owned(), extractor, location: Default::default() }];
        let mut context = Context::new();
        let before = test.enter_row(&mut context);
        context.bind("id", "taken".into());
        test.leave_row(&mut context, before);
        assert_eq!(context.get("id").map(Value::to_text).as_deref(), Some("taken"));
    }
}
