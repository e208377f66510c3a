//! Evaluating an expression on values, by reference as far as it goes.
//!
//! Owns: every node of the syntax, Python's truth and equality as jmespath bends them.
//! Does not: the functions (see `functions`).

use std::borrow::Cow;
use std::cmp::Ordering;

use ::jmespath::ast::{Ast, Comparator};

use super::functions::{self, Argument, Expression, Found, NULL};
use crate::ground::json;
use crate::ground::value::{Dict, Value};

/// What `node` finds in `value`.
pub fn evaluate<'v>(node: &Ast, value: &'v Value) -> Found<'v> {
    match node {
        Ast::Identity { .. } => Ok(Cow::Borrowed(value)),
        Ast::Field { name, .. } => Ok(match value {
            Value::Dict(dict) => dict.get(name).map_or(NULL, Cow::Borrowed),
            _ => NULL,
        }),
        Ast::Index { idx, .. } => Ok(match value {
            Value::List(items) => index(i64::from(*idx), items.len()).map_or(NULL, |i| Cow::Borrowed(&items[i])),
            _ => NULL,
        }),
        Ast::Slice { start, stop, step, .. } => slice(value, *start, *stop, *step),
        Ast::Literal { value, .. } => literal(value),
        Ast::Subexpr { lhs, rhs, .. } => within(evaluate(lhs, value)?, rhs),
        Ast::Or { lhs, rhs, .. } => {
            let left = evaluate(lhs, value)?;
            if is_false(&left) { evaluate(rhs, value) } else { Ok(left) }
        }
        Ast::And { lhs, rhs, .. } => {
            let left = evaluate(lhs, value)?;
            if is_false(&left) { Ok(left) } else { evaluate(rhs, value) }
        }
        Ast::Not { node, .. } => Ok(Cow::Owned(Value::Bool(is_false(&*evaluate(node, value)?)))),
        Ast::Condition { predicate, then, .. } => {
            if is_false(&*evaluate(predicate, value)?) {
                Ok(NULL)
            } else {
                evaluate(then, value)
            }
        }
        Ast::Comparison { comparator, lhs, rhs, .. } => {
            let (left, right) = (evaluate(lhs, value)?, evaluate(rhs, value)?);
            compare(comparator, &left, &right).map(Cow::Owned)
        }
        Ast::ObjectValues { node, .. } => Ok(match &*evaluate(node, value)? {
            Value::Dict(dict) => Cow::Owned(Value::List(dict.iter().map(|(_, value)| value.clone()).collect())),
            _ => NULL,
        }),
        Ast::Projection { lhs, rhs, .. } => project(lhs, rhs, value),
        Ast::Flatten { node, .. } => {
            let base = evaluate(node, value)?;
            let Value::List(items) = &*base else { return Ok(NULL) };
            let mut flat = Vec::with_capacity(items.len());
            for item in items {
                match item {
                    Value::List(inner) => flat.extend(inner.iter().cloned()),
                    other => flat.push(other.clone()),
                }
            }
            Ok(Cow::Owned(Value::List(flat)))
        }
        Ast::MultiList { elements, .. } => {
            if matches!(value, Value::Null) {
                return Ok(NULL);
            }
            let items: Result<Vec<Value>, String> =
                elements.iter().map(|node| evaluate(node, value).map(Cow::into_owned)).collect();
            Ok(Cow::Owned(Value::List(items?)))
        }
        Ast::MultiHash { elements, .. } => {
            if matches!(value, Value::Null) {
                return Ok(NULL);
            }
            let mut pairs = Vec::with_capacity(elements.len());
            for pair in elements {
                pairs.push((Value::Str(pair.key.clone()), evaluate(&pair.value, value)?.into_owned()));
            }
            Ok(Cow::Owned(Value::Dict(Dict::from_pairs(pairs))))
        }
        Ast::Function { name, args, .. } => {
            let mut arguments = Vec::with_capacity(args.len());
            for arg in args {
                arguments.push(match arg {
                    Ast::Expref { ast, .. } => Argument::Expression(Expression { node: ast, evaluate }),
                    other => Argument::Value(evaluate(other, value)?),
                });
            }
            functions::call(name, arguments)
        }
        Ast::Expref { .. } => Err("& is only of use as an argument of a function".to_owned()),
    }
}

/// Goes on from a result that may live no longer than this step.
fn within<'v>(left: Cow<'v, Value>, rhs: &Ast) -> Found<'v> {
    match left {
        Cow::Borrowed(value) => evaluate(rhs, value),
        Cow::Owned(value) => evaluate(rhs, &value).map(|found| Cow::Owned(found.into_owned())),
    }
}

/// Each element of a list passed through `rhs`; what comes out as `null` is dropped.
fn project<'v>(lhs: &Ast, rhs: &Ast, value: &'v Value) -> Found<'v> {
    let base = evaluate(lhs, value)?;
    let Value::List(items) = &*base else { return Ok(NULL) };
    let mut collected = Vec::new();
    for item in items {
        let found = evaluate(rhs, item)?;
        if !matches!(*found, Value::Null) {
            collected.push(found.into_owned());
        }
    }
    Ok(Cow::Owned(Value::List(collected)))
}

fn literal<'v>(value: &::jmespath::Variable) -> Found<'v> {
    let json = serde_json::to_value(value).map_err(|error| error.to_string())?;
    Ok(Cow::Owned(json::from_serde(&json)))
}

/// Python's index: negative ones count from the end.
pub fn index(index: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    let index = if index < 0 { index + length } else { index };
    if (0..length).contains(&index) { usize::try_from(index).ok() } else { None }
}

/// Python's slice of a list.
fn slice<'v>(value: &'v Value, start: Option<i32>, stop: Option<i32>, step: i32) -> Found<'v> {
    let Value::List(items) = value else { return Ok(NULL) };
    if step == 0 {
        return Err("the step of a slice cannot be 0".to_owned());
    }
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let step = i64::from(step);
    let (low, high) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let bound = |given: Option<i32>, default: i64| match given.map(i64::from) {
        None => default,
        Some(at) if at < 0 => (at + length).clamp(low, high),
        Some(at) => at.clamp(low, high),
    };
    let (mut at, end) =
        if step > 0 { (bound(start, 0), bound(stop, length)) } else { (bound(start, length - 1), bound(stop, -1)) };
    let mut picked = Vec::new();
    while if step > 0 { at < end } else { at > end } {
        picked.extend(usize::try_from(at).ok().and_then(|i| items.get(i)).cloned());
        at += step;
    }
    Ok(Cow::Owned(Value::List(picked)))
}

/// JMESPath's falsehood: zero is true.
fn is_false(value: &Value) -> bool {
    match value {
        Value::Bool(_) | Value::Null | Value::Str(_) | Value::List(_) | Value::Dict(_) => !value.is_truthy(),
        _ => false,
    }
}

fn compare(comparator: &Comparator, left: &Value, right: &Value) -> Result<Value, String> {
    let holds: fn(Ordering) -> bool = match comparator {
        Comparator::Equal => return Ok(Value::Bool(equal(left, right))),
        Comparator::NotEqual => return Ok(Value::Bool(!equal(left, right))),
        Comparator::LessThan => Ordering::is_lt,
        Comparator::LessThanEqual => Ordering::is_le,
        Comparator::GreaterThan => Ordering::is_gt,
        Comparator::GreaterThanEqual => Ordering::is_ge,
    };
    let comparable = |value: &Value| matches!(value, Value::Int(_) | Value::Huge(_) | Value::Float(_) | Value::Str(_));
    if !(comparable(left) && comparable(right)) {
        return Ok(Value::Null);
    }
    let order = left.py_cmp(right).map_err(|types| format!("cannot order {} and {}", types.left, types.right))?;
    Ok(Value::Bool(order.is_some_and(holds)))
}

/// Python's equality, except that 0 and 1 are not `false` and `true`.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Bool(_), Value::Int(_) | Value::Huge(_) | Value::Float(_))
        | (Value::Int(_) | Value::Huge(_) | Value::Float(_), Value::Bool(_)) => false,
        _ => left.py_eq(right),
    }
}
