//! Why an expression finds nothing, where that has one reason: a key, an index, a list or an object that is not there.
//!
//! Owns: going through the steps one by one. Does not: evaluate them (see `interpret`).

use std::borrow::Cow;

use ::jmespath::ast::Ast;

use super::interpret::{evaluate, index};
use crate::ground::value::Value;
use crate::judge::extract::absence::{no_item, no_key, scalar, under};

/// Why `node` finds nothing in `root`; `None` where it finds something, be it `null`, or where there is no one reason.
pub fn absence(node: &Ast, root: &Value) -> Option<String> {
    follow(node, root, Some(String::new())).err()
}

/// Goes on from a value, to which a path leads if it was named by keys and indices alone.
fn follow<'v>(node: &Ast, from: &'v Value, path: Option<String>) -> Result<Place<'v>, String> {
    let mut steps = Vec::new();
    flatten(node, &mut steps);
    let mut place = Place { value: Cow::Borrowed(from), path };
    for step in steps {
        place.check(step)?;
        place = place.step(step);
    }
    Ok(place)
}

/// The steps of a chain in order.
fn flatten<'n>(node: &'n Ast, steps: &mut Vec<&'n Ast>) {
    match node {
        Ast::Subexpr { lhs, rhs, .. } => {
            flatten(lhs, steps);
            flatten(rhs, steps);
        }
        other => steps.push(other),
    }
}

/// Where a chain has come to.
struct Place<'v> {
    value: Cow<'v, Value>,
    path: Option<String>,
}

impl<'v> Place<'v> {
    fn under(&self) -> String {
        self.path.as_deref().map_or_else(String::new, under)
    }

    /// Whether a step leads anywhere from here; the error says why not.
    fn check(&self, step: &Ast) -> Result<(), String> {
        let is_there = match (step, &*self.value) {
            (Ast::Field { name, .. }, Value::Dict(dict)) => dict.get(name).is_some(),
            (Ast::Index { idx, .. }, Value::List(items)) => index(i64::from(*idx), items.len()).is_some(),
            (Ast::Slice { .. }, value) => return self.is_list(value),
            (Ast::Projection { lhs, .. } | Ast::Flatten { node: lhs, .. }, value) => {
                let list = follow(lhs, value, self.path.clone())?;
                return list.is_list(&list.value);
            }
            (Ast::ObjectValues { node, .. }, value) => {
                let object = follow(node, value, self.path.clone())?;
                return match &*object.value {
                    Value::Dict(_) => Ok(()),
                    other => Err(format!("no object{}: that is {}", object.under(), scalar(other))),
                };
            }
            (Ast::Field { .. } | Ast::Index { .. }, _) => false,
            _ => true,
        };
        match step {
            Ast::Field { name, .. } if !is_there => Err(no_key(name, &self.value, &self.under())),
            Ast::Index { idx, .. } if !is_there => Err(no_item(i128::from(*idx), &self.value, &self.under())),
            _ => Ok(()),
        }
    }

    fn is_list(&self, value: &Value) -> Result<(), String> {
        match value {
            Value::List(_) => Ok(()),
            other => Err(format!("no list{}: that is {}", self.under(), scalar(other))),
        }
    }

    fn step(self, step: &Ast) -> Place<'v> {
        let value = match self.value {
            Cow::Borrowed(value) => evaluate(step, value),
            Cow::Owned(value) => evaluate(step, &value).map(|found| Cow::Owned(found.into_owned())),
        };
        let path = match (self.path, step) {
            (path, Ast::Identity { .. }) => path,
            (Some(path), Ast::Field { name, .. }) if path.is_empty() => Some(name.clone()),
            (Some(path), Ast::Field { name, .. }) => Some(format!("{path}.{name}")),
            (Some(path), Ast::Index { idx, .. }) => Some(format!("{path}[{idx}]")),
            _ => None,
        };
        Place { value: value.unwrap_or(Cow::Owned(Value::Null)), path }
    }
}

#[cfg(test)]
mod tests {
    use crate::ground::json;
    use crate::judge::extract::jmespath::Expression;

    #[test]
    fn what_is_not_there_is_named() {
        let body = r#"{"people": [{"login": "ada", "age": 36}], "boss": null, "n": 5, "names": {"a": 1}}"#;
        let root = json::parse(body.as_bytes()).unwrap();
        for (query, expected) in [
            ("loginn", "no key \"loginn\"; there are boss, n, people, names"),
            ("people[0].loginn", "no key \"loginn\" under \"people[0]\"; there are login, age"),
            ("people[1].login", "no item 1 under \"people\"; the list has 1"),
            ("people[-2]", "no item -2 under \"people\"; the list has 1"),
            ("people.login", "no key \"login\" under \"people\": that is a list of 1"),
            ("boss.login", "no key \"login\" under \"boss\": that is null"),
            ("n[0]", "no item 0 under \"n\": that is the number 5"),
            ("people[?login=='bob'] | [0].age", "no item 0; the list is empty"),
            ("peple[*].login", "no key \"peple\"; there are people, boss, n, names"),
            ("n[*].login", "no list under \"n\": that is the number 5"),
            ("n[0:1]", "no list under \"n\": that is the number 5"),
            ("people.*.login", "no object under \"people\": that is a list of 1"),
            ("n[]", "no list under \"n\": that is the number 5"),
            ("@ | people[0].x", "no key \"x\" under \"people[0]\"; there are age, login"),
        ] {
            let found = Expression::parse(query).unwrap();
            assert_eq!(found.search(&root).unwrap().repr(), "None", "{query}");
            assert_eq!(found.absence(&root).as_deref(), Some(expected), "{query}");
        }
        for query in ["boss", "people[0].login", "a || b", "names.b && n", "not_null(a, b)", "max(`[]`)"] {
            assert_eq!(Expression::parse(query).unwrap().absence(&root), None, "{query}");
        }
    }
}
