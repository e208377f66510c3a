//! The 26 functions, with the results and refusals of Python's jmespath 1.
//!
//! Owns: arguments and results. Does not: parse, walk the rest of the syntax.

use std::borrow::Cow;
use std::cmp::Ordering;

use ::jmespath::ast::Ast;

use super::python_json;
use crate::ground::value::{Dict, Value};
use crate::judge::extract::python_number::{parse_float, parse_int};

/// A result that is part of the input, or new.
pub type Found<'v> = Result<Cow<'v, Value>, String>;

/// A result that is not there.
pub const NULL: Cow<'static, Value> = Cow::Owned(Value::Null);

/// An argument as it is written: a value, or `&expression`.
pub enum Argument<'n, 'v> {
    /// A value.
    Value(Cow<'v, Value>),
    /// `&expression`.
    Expression(Expression<'n>),
}

/// What a function is to do with elements by itself.
pub struct Expression<'n> {
    /// The expression.
    pub node: &'n Ast,
    /// Who finds it in a value.
    pub evaluate: for<'v> fn(&Ast, &'v Value) -> Found<'v>,
}

impl Expression<'_> {
    fn of<'v>(&self, value: &'v Value) -> Found<'v> {
        (self.evaluate)(self.node, value)
    }
}

/// The name and the least and greatest number of arguments.
const ARITIES: &[(&str, usize, usize)] = &[
    ("abs", 1, 1),
    ("avg", 1, 1),
    ("ceil", 1, 1),
    ("contains", 2, 2),
    ("ends_with", 2, 2),
    ("floor", 1, 1),
    ("join", 2, 2),
    ("keys", 1, 1),
    ("length", 1, 1),
    ("map", 2, 2),
    ("max", 1, 1),
    ("max_by", 2, 2),
    ("merge", 1, usize::MAX),
    ("min", 1, 1),
    ("min_by", 2, 2),
    ("not_null", 1, usize::MAX),
    ("reverse", 1, 1),
    ("sort", 1, 1),
    ("sort_by", 2, 2),
    ("starts_with", 2, 2),
    ("sum", 1, 1),
    ("to_array", 1, 1),
    ("to_number", 1, 1),
    ("to_string", 1, 1),
    ("type", 1, 1),
    ("values", 1, 1),
];

/// Calls a function.
pub fn call<'v>(name: &str, arguments: Vec<Argument<'_, 'v>>) -> Found<'v> {
    let Some((_, least, most)) = ARITIES.iter().find(|(have, ..)| *have == name) else {
        let hint = crate::ground::source::did_you_mean(name, ARITIES.iter().map(|(have, ..)| *have));
        return Err(format!("unknown function {name}(){hint}"));
    };
    let count = arguments.len();
    if count < *least || count > *most {
        let wanted = if least == most { least.to_string() } else { format!("at least {least}") };
        return Err(format!("{name}() takes {wanted} argument{}, not {count}", if *least == 1 { "" } else { "s" }));
    }
    if name == "not_null" {
        for argument in arguments {
            match argument {
                Argument::Value(value) if !matches!(*value, Value::Null) => return Ok(value),
                _ => {}
            }
        }
        return Ok(NULL);
    }
    let call = Call { name, arguments: &arguments };
    call.run().map(Cow::Owned)
}

struct Call<'c, 'n, 'v> {
    name: &'c str,
    arguments: &'c [Argument<'n, 'v>],
}

impl Call<'_, '_, '_> {
    fn run(&self) -> Result<Value, String> {
        match self.name {
            "abs" => Ok(match self.number(0)? {
                Value::Int(number) => Value::Int(number.saturating_abs()),
                Value::Huge(digits) => Value::Huge(digits.trim_start_matches('-').into()),
                other => Value::Float(as_float(other).abs()),
            }),
            "avg" => {
                let numbers = self.numbers(0)?;
                Ok(if numbers.is_empty() {
                    Value::Null
                } else {
                    Value::Float(as_float(&sum(numbers)) / numbers.len() as f64)
                })
            }
            "sum" => self.numbers(0).map(sum),
            "ceil" => self.rounded(f64::ceil),
            "floor" => self.rounded(f64::floor),
            "contains" => self.contains(),
            "ends_with" => Ok(Value::Bool(self.text(0)?.ends_with(self.text(1)?))),
            "starts_with" => Ok(Value::Bool(self.text(0)?.starts_with(self.text(1)?))),
            "join" => {
                let glue = self.text(0)?;
                let texts: Option<Vec<&str>> = self.list(1)?.iter().map(Value::as_str).collect();
                texts.map(|texts| Value::Str(texts.join(glue))).ok_or_else(|| self.wrong(1, "a list of strings"))
            }
            "keys" => Ok(Value::List(self.dict(0)?.iter().map(|(key, _)| key.clone()).collect())),
            "values" => Ok(Value::List(self.dict(0)?.iter().map(|(_, value)| value.clone()).collect())),
            "length" => match self.value(0)? {
                value @ (Value::Str(_) | Value::List(_) | Value::Dict(_)) => {
                    Ok(Value::Int(value.length().unwrap_or(0) as i128))
                }
                _ => Err(self.wrong(0, "a string, a list or an object")),
            },
            "map" => {
                let expression = self.expression(0)?;
                let items: Result<Vec<Value>, String> =
                    self.list(1)?.iter().map(|item| expression.of(item).map(Cow::into_owned)).collect();
                items.map(Value::List)
            }
            "max" => self.extreme(self.comparable(0)?.iter().map(|item| (item, item)), Ordering::Greater),
            "min" => self.extreme(self.comparable(0)?.iter().map(|item| (item, item)), Ordering::Less),
            "max_by" => self.extreme_by(Ordering::Greater),
            "min_by" => self.extreme_by(Ordering::Less),
            "merge" => {
                let mut pairs = Vec::new();
                for i in 0..self.arguments.len() {
                    pairs.extend(self.dict(i)?.iter().cloned());
                }
                Ok(Value::Dict(Dict::from_pairs(pairs)))
            }
            "reverse" => match self.value(0)? {
                Value::Str(text) => Ok(Value::Str(text.chars().rev().collect())),
                Value::List(items) => Ok(Value::List(items.iter().rev().cloned().collect())),
                _ => Err(self.wrong(0, "a list or a string")),
            },
            "sort" => {
                let mut items = self.comparable(0)?.to_vec();
                items.sort_by(total_order);
                Ok(Value::List(items))
            }
            "sort_by" => self.sort_by(),
            "to_array" => Ok(match self.value(0)? {
                list @ Value::List(_) => list.clone(),
                other => Value::List(vec![other.clone()]),
            }),
            "to_number" => Ok(match self.value(0)? {
                number @ (Value::Int(_) | Value::Huge(_) | Value::Float(_)) => number.clone(),
                Value::Str(text) => match parse_int(text) {
                    Some(number) => Value::Int(number),
                    None => parse_float(text).map_or(Value::Null, Value::Float),
                },
                _ => Value::Null,
            }),
            "to_string" => Ok(match self.value(0)? {
                Value::Str(text) => Value::Str(text.clone()),
                other => {
                    let mut out = String::new();
                    python_json::write(other, &mut out);
                    Value::Str(out)
                }
            }),
            "type" => Ok(type_name(self.value(0)?).into()),
            other => Err(format!("unknown function {other}()")),
        }
    }

    fn value(&self, at: usize) -> Result<&Value, String> {
        match self.arguments.get(at) {
            Some(Argument::Value(value)) => Ok(value),
            _ => Err(self.wrong(at, "a value")),
        }
    }

    fn expression(&self, at: usize) -> Result<&Expression<'_>, String> {
        match self.arguments.get(at) {
            Some(Argument::Expression(expression)) => Ok(expression),
            _ => Err(self.wrong(at, "an &expression")),
        }
    }

    fn number(&self, at: usize) -> Result<&Value, String> {
        let value = self.value(at)?;
        if is_number(value) { Ok(value) } else { Err(self.wrong(at, "a number")) }
    }

    fn text(&self, at: usize) -> Result<&str, String> {
        self.value(at)?.as_str().ok_or_else(|| self.wrong(at, "a string"))
    }

    fn list(&self, at: usize) -> Result<&[Value], String> {
        match self.value(at)? {
            Value::List(items) => Ok(items),
            _ => Err(self.wrong(at, "a list")),
        }
    }

    fn dict(&self, at: usize) -> Result<&Dict, String> {
        match self.value(at)? {
            Value::Dict(dict) => Ok(dict),
            _ => Err(self.wrong(at, "an object")),
        }
    }

    fn numbers(&self, at: usize) -> Result<&[Value], String> {
        match self.value(at)? {
            Value::List(items) if items.iter().all(is_number) => Ok(items),
            _ => Err(self.wrong(at, "a list of numbers")),
        }
    }

    fn comparable(&self, at: usize) -> Result<&[Value], String> {
        match self.value(at)? {
            Value::List(items) if items.iter().all(is_number) || items.iter().all(|i| i.as_str().is_some()) => {
                Ok(items)
            }
            _ => Err(self.wrong(at, "a list of numbers or of strings")),
        }
    }

    fn wrong(&self, at: usize, wanted: &str) -> String {
        let got = match self.arguments.get(at) {
            Some(Argument::Value(value)) => type_name(value),
            Some(Argument::Expression(_)) => "&expression",
            None => "nothing",
        };
        format!("argument {} of {}() must be {wanted}, not {got}", at + 1, self.name)
    }

    fn rounded(&self, round: fn(f64) -> f64) -> Result<Value, String> {
        match self.number(0)? {
            Value::Float(number) if number.is_finite() => Ok(Value::Int(round(*number) as i128)),
            Value::Float(number) => Err(format!("{}() cannot make {number} a whole number", self.name)),
            whole => Ok(whole.clone()),
        }
    }

    fn contains(&self) -> Result<Value, String> {
        let search = self.value(1)?;
        match (self.value(0)?, search) {
            (Value::Str(text), Value::Str(part)) => Ok(Value::Bool(text.contains(part.as_str()))),
            (Value::Str(_), _) => Err(self.wrong(1, "a string to be looked for in a string")),
            (Value::List(items), _) => Ok(Value::Bool(items.iter().any(|item| item.py_eq(search)))),
            _ => Err(self.wrong(0, "a list or a string")),
        }
    }

    /// The elements with what the expression makes of each, which must be a number or a string.
    fn keyed(&self) -> Result<Vec<(&Value, Cow<'_, Value>)>, String> {
        let (items, expression) = (self.list(0)?, self.expression(1)?);
        let mut keyed = Vec::with_capacity(items.len());
        for item in items {
            let key = expression.of(item)?;
            if !(is_number(&key) || key.as_str().is_some()) {
                let got = type_name(&key);
                return Err(format!("the expression of {}() must give a number or a string, not {got}", self.name));
            }
            keyed.push((item, key));
        }
        Ok(keyed)
    }

    fn extreme_by(&self, wanted: Ordering) -> Result<Value, String> {
        let keyed = self.keyed()?;
        self.extreme(keyed.iter().map(|(item, key)| (*item, &**key)), wanted)
    }

    /// The first of the greatest, or of the least; `null` of nothing.
    fn extreme<'a>(
        &self,
        keyed: impl Iterator<Item = (&'a Value, &'a Value)>,
        wanted: Ordering,
    ) -> Result<Value, String> {
        let mut best: Option<(&Value, &Value)> = None;
        for (item, key) in keyed {
            let better = match best {
                None => true,
                Some((_, best)) => self.order(key, best)? == Some(wanted),
            };
            if better {
                best = Some((item, key));
            }
        }
        Ok(best.map_or(Value::Null, |(item, _)| item.clone()))
    }

    fn sort_by(&self) -> Result<Value, String> {
        let mut keyed = self.keyed()?;
        if let Some((_, first)) = keyed.first() {
            for (_, key) in &keyed {
                self.order(first, key)?;
            }
        }
        keyed.sort_by(|(_, a), (_, b)| total_order(a, b));
        Ok(Value::List(keyed.into_iter().map(|(item, _)| item.clone()).collect()))
    }

    fn order(&self, a: &Value, b: &Value) -> Result<Option<Ordering>, String> {
        a.py_cmp(b).map_err(|types| format!("{}() cannot order {} and {}", self.name, types.left, types.right))
    }
}

/// An order in which NaN is the greatest: a sort must not be handed one with holes.
fn total_order(a: &Value, b: &Value) -> Ordering {
    let is_nan = |value: &Value| matches!(value, Value::Float(number) if number.is_nan());
    a.py_cmp(b).ok().flatten().unwrap_or_else(|| is_nan(a).cmp(&is_nan(b)))
}

fn is_number(value: &Value) -> bool {
    matches!(value, Value::Int(_) | Value::Huge(_) | Value::Float(_))
}

fn as_float(value: &Value) -> f64 {
    value.to_float().unwrap_or(f64::NAN)
}

/// Python's `sum`: whole as long as every number is.
fn sum(numbers: &[Value]) -> Value {
    let mut total = Value::Int(0);
    for number in numbers {
        total = match (&total, number) {
            (Value::Int(a), Value::Int(b)) => match a.checked_add(*b) {
                Some(sum) => Value::Int(sum),
                None => Value::Float(*a as f64 + *b as f64),
            },
            (a, b) => Value::Float(as_float(a) + as_float(b)),
        };
    }
    total
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Int(_) | Value::Huge(_) | Value::Float(_) => "number",
        Value::Str(_) | Value::Bytes(_) | Value::Date(_) => "string",
        Value::List(_) => "array",
        Value::Dict(_) => "object",
    }
}
