//! JSON as text that knows where each value in it stands, so that a change is a cut and not a tree.
//!
//! Owns: the places of values, their paths. Does not: change anything (see `mutants`).

use crate::ground::json_text::{write_python_scalar, write_string};
use crate::ground::value::Value;
use crate::shape::member;

/// What an answer has more of is not looked at.
const MOST_NODES: usize = 100_000;

/// Where a value stands in its parent.
#[derive(Debug, Clone)]
pub enum Step {
    /// The body.
    Root,
    /// Under a name.
    Member(String),
    /// In a list.
    Item(usize),
}

/// A value.
#[derive(Debug)]
pub struct Node<'v> {
    /// The value.
    pub value: &'v Value,
    /// The value in the text.
    pub span: (usize, usize),
    /// The value with its name, and with one comma where there are others.
    pub with_name: (usize, usize),
    /// How deep it lies.
    pub depth: usize,
    parent: usize,
    step: Step,
}

/// A body.
#[derive(Debug, Default)]
pub struct Nodes<'v> {
    /// Its text.
    pub text: String,
    /// Its values, each before what is in it.
    pub all: Vec<Node<'v>>,
}

impl<'v> Nodes<'v> {
    /// The values of a body.
    pub fn of(body: &'v Value) -> Nodes<'v> {
        let mut nodes = Nodes::default();
        nodes.write(body, (0, 0), Step::Root);
        nodes
    }

    /// The path of a value: `$.lines[0].note`.
    pub fn path(&self, at: usize) -> String {
        let (mut steps, mut at) = (Vec::new(), at);
        while !matches!(self.all[at].step, Step::Root) {
            steps.push(&self.all[at].step);
            at = self.all[at].parent;
        }
        let mut path = "$".to_owned();
        for step in steps.iter().rev() {
            match step {
                Step::Member(name) => member(&mut path, name),
                Step::Item(number) => path.push_str(&format!("[{number}]")),
                Step::Root => {}
            }
        }
        path
    }

    /// Whether it is a member of an object.
    pub fn is_member(&self, at: usize) -> bool {
        matches!(self.all[at].step, Step::Member(_))
    }

    fn write(&mut self, value: &'v Value, (parent, depth): (usize, usize), step: Step) {
        let (start, own) = (self.text.len(), self.all.len());
        let is_kept = own < MOST_NODES;
        if is_kept {
            self.all.push(Node { value, span: (start, start), with_name: (start, start), depth, parent, step });
        }
        match value {
            Value::List(items) => {
                self.text.push('[');
                for (number, item) in items.iter().enumerate() {
                    if number > 0 {
                        self.text.push(',');
                    }
                    self.write(item, (own, depth + 1), Step::Item(number));
                }
                self.text.push(']');
            }
            Value::Dict(members) => {
                self.text.push('{');
                let count = members.len();
                for (number, (name, value)) in members.iter().enumerate() {
                    // The comma behind a member goes with it; the last one takes that before it.
                    let is_last = number + 1 == count;
                    let from = if is_last && number > 0 { self.text.len() - 1 } else { self.text.len() };
                    let name = name.as_str().unwrap_or_default();
                    write_string(name, &mut self.text);
                    self.text.push(':');
                    let at = self.all.len();
                    self.write(value, (own, depth + 1), Step::Member(name.to_owned()));
                    if !is_last {
                        self.text.push(',');
                    }
                    if let Some(node) = self.all.get_mut(at) {
                        node.with_name = (from, self.text.len());
                    }
                }
                self.text.push('}');
            }
            Value::Str(text) => write_string(text, &mut self.text),
            other => write_python_scalar(other, &mut self.text),
        }
        if is_kept {
            self.all[own].span = (start, self.text.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::json;

    #[test]
    fn places_and_paths_are_those_of_the_text() {
        let body = json::parse(br#"{"a": [1, {"b c": "x"}], "d": null}"#).unwrap();
        let nodes = Nodes::of(&body);
        let shown: Vec<String> = (0..nodes.all.len())
            .map(|at| {
                let node = &nodes.all[at];
                let part = |(from, to): (usize, usize)| &nodes.text[from..to];
                format!("{} {} {}", nodes.path(at), part(node.span), part(node.with_name))
            })
            .collect();
        assert_eq!(
            shown,
            [
                r#"$ {"a":[1,{"b c":"x"}],"d":null} "#,
                r#"$.a [1,{"b c":"x"}] "a":[1,{"b c":"x"}],"#,
                "$.a[0] 1 ",
                r#"$.a[1] {"b c":"x"} "#,
                r#"$.a[1]["b c"] "x" "b c":"x""#,
                r#"$.d null ,"d":null"#,
            ]
        );
    }
}
