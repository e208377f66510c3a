//! A YAML or JSON value with Python's notion of text, truth and comparison.
//!
//! Owns: the value type, `str()` and `repr()`, equality and ordering as Python 3 defines them.
//! Does not: read YAML or JSON (see `suite::document` and `json`), know about tests.

use std::cmp::Ordering;
use std::fmt::Write as _;

mod dict;

pub use dict::Dict;

/// A value as PyRestTest's users know it: what Python would hold after reading YAML or JSON.
#[derive(Debug, Clone)]
pub enum Value {
    /// `None`, written `null` or `~`.
    Null,
    /// `True` or `False`; also counts as the integers 1 and 0.
    Bool(bool),
    /// An integer.
    Int(i128),
    /// An integer that is too large for that: its digits, with a minus where it is negative. Python's have no limit.
    Huge(Box<str>),
    /// A double-precision number.
    Float(f64),
    /// Text.
    Str(String),
    /// Raw bytes: a response body. Compares with text through UTF-8; counts bytes.
    Bytes(Vec<u8>),
    /// A YAML date or timestamp; rare, so it does not make every value larger.
    Date(Box<Date>),
    /// A list.
    List(Vec<Value>),
    /// A mapping in the order it was written.
    Dict(Dict),
}

/// A YAML timestamp, kept in the two forms in which Python shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Date {
    /// `str()`: `2001-01-02` or `2001-12-14 21:59:43.100000-05:00`.
    pub text: String,
    /// `repr()`: `datetime.date(2001, 1, 2)`.
    pub repr: String,
}

/// Two values that Python 3 refuses to order: the names of their types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unordered {
    /// The left operand's Python type name.
    pub left: &'static str,
    /// The right operand's Python type name.
    pub right: &'static str,
}

impl Value {
    /// Python's `str()`. Bytes are read as text: UTF-8, else ISO-8859-1.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        self.write_text(&mut out);
        out
    }

    /// Appends `str()` to `out`.
    pub fn write_text(&self, out: &mut String) {
        match self {
            Value::Str(text) => out.push_str(text),
            Value::Bytes(bytes) => out.push_str(&decode(bytes)),
            Value::Date(date) => out.push_str(&date.text),
            other => other.write_repr(out),
        }
    }

    /// Python's `repr()`: what a value looks like inside a list.
    pub fn repr(&self) -> String {
        let mut out = String::new();
        self.write_repr(&mut out);
        out
    }

    fn write_repr(&self, out: &mut String) {
        match self {
            Value::Null => out.push_str("None"),
            Value::Bool(true) => out.push_str("True"),
            Value::Bool(false) => out.push_str("False"),
            Value::Int(number) => {
                let _ = write!(out, "{number}");
            }
            Value::Huge(digits) => out.push_str(digits),
            Value::Float(number) => write_float(*number, out),
            Value::Str(text) => write_quoted(text, out),
            Value::Bytes(bytes) => write_quoted(&decode(bytes), out),
            Value::Date(date) => out.push_str(&date.repr),
            Value::List(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push_str(", ");
                    }
                    item.write_repr(out);
                }
                out.push(']');
            }
            Value::Dict(dict) => {
                out.push('{');
                for (i, (key, value)) in dict.iter().enumerate() {
                    if i > 0 {
                        out.push_str(", ");
                    }
                    key.write_repr(out);
                    out.push_str(": ");
                    value.write_repr(out);
                }
                out.push('}');
            }
        }
    }

    /// The Python name of the value's type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "NoneType",
            Value::Bool(_) => "bool",
            Value::Int(_) | Value::Huge(_) => "int",
            Value::Float(_) => "float",
            Value::Str(_) | Value::Bytes(_) => "str",
            Value::Date(_) => "date",
            Value::List(_) => "list",
            Value::Dict(_) => "dict",
        }
    }

    /// Python's truth: false for `None`, `False`, zero and everything empty.
    pub fn is_truthy(&self) -> bool {
        match self {
            Value::Null => false,
            Value::Bool(flag) => *flag,
            Value::Int(number) => *number != 0,
            Value::Float(number) => *number != 0.0,
            Value::Str(text) => !text.is_empty(),
            Value::Bytes(bytes) => !bytes.is_empty(),
            Value::Date(_) | Value::Huge(_) => true,
            Value::List(items) => !items.is_empty(),
            Value::Dict(dict) => !dict.is_empty(),
        }
    }

    /// Python's `len()`; `None` where it raises. Text counts characters, bytes count bytes.
    pub fn length(&self) -> Option<usize> {
        match self {
            Value::Str(text) => Some(text.chars().count()),
            Value::Bytes(bytes) => Some(bytes.len()),
            Value::List(items) => Some(items.len()),
            Value::Dict(dict) => Some(dict.len()),
            _ => None,
        }
    }

    /// Python's `==`: `42 == 42.0`, `True == 1`, `"42" != 42`; bytes equal the text they encode.
    pub fn py_eq(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Str(a), Value::Str(b)) => a == b,
            (Value::Bytes(a), Value::Bytes(b)) => a == b,
            (Value::Bytes(a), Value::Str(b)) | (Value::Str(b), Value::Bytes(a)) => a == b.as_bytes(),
            (Value::Date(a), Value::Date(b)) => a == b,
            (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(x, y)| x.py_eq(y)),
            (Value::Dict(a), Value::Dict(b)) => {
                a.len() == b.len()
                    && a.iter().all(|(key, value)| b.get_value(key).is_some_and(|have| have.py_eq(value)))
            }
            _ => match (self.number(), other.number()) {
                (Some(a), Some(b)) => a.compare(b) == Some(Ordering::Equal),
                _ => false,
            },
        }
    }

    /// Python's ordering; `Ok(None)` where NaN makes every comparison false.
    ///
    /// # Errors
    /// `Unordered` where Python 3 raises a TypeError, such as text against a number.
    pub fn py_cmp(&self, other: &Value) -> Result<Option<Ordering>, Unordered> {
        if let (Some(a), Some(b)) = (self.number(), other.number()) {
            return Ok(a.compare(b));
        }
        match (self, other) {
            (Value::Str(a), Value::Str(b)) => Ok(Some(a.cmp(b))),
            (Value::Bytes(a), Value::Bytes(b)) => Ok(Some(a.cmp(b))),
            (Value::Bytes(a), Value::Str(b)) => Ok(Some(a.as_slice().cmp(b.as_bytes()))),
            (Value::Str(a), Value::Bytes(b)) => Ok(Some(a.as_bytes().cmp(b))),
            (Value::Date(a), Value::Date(b)) if a.repr.split('(').next() == b.repr.split('(').next() => {
                Ok(Some(a.text.cmp(&b.text)))
            }
            (Value::List(a), Value::List(b)) => {
                for (x, y) in a.iter().zip(b) {
                    if !x.py_eq(y) {
                        return x.py_cmp(y);
                    }
                }
                Ok(Some(a.len().cmp(&b.len())))
            }
            _ => Err(Unordered { left: self.type_name(), right: other.type_name() }),
        }
    }

    /// The text of a `Str`.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The integer that a text is in decimal digits, of any length, as JSON and YAML write it.
    pub fn integer(written: &str) -> Option<Value> {
        if let Ok(number) = written.parse() {
            return Some(Value::Int(number));
        }
        let (sign, digits) = match written.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", written.strip_prefix('+').unwrap_or(written)),
        };
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        // Zeros at its start would make one that is not large a different one.
        let digits = digits.trim_start_matches('0');
        let number = is_number.then(|| format!("{sign}{digits}"))?;
        number.parse().map(Value::Int).ok().or(Some(Value::Huge(number.into())))
    }

    /// A number as near as a float comes to it; nothing if it is none.
    pub fn to_float(&self) -> Option<f64> {
        match self {
            Value::Int(number) => Some(*number as f64),
            Value::Huge(digits) => digits.parse().ok(),
            Value::Float(number) => Some(*number),
            _ => None,
        }
    }

    fn number(&self) -> Option<Number<'_>> {
        match self {
            Value::Bool(flag) => Some(Number::Int(i128::from(*flag))),
            Value::Int(number) => Some(Number::Int(*number)),
            Value::Huge(digits) => Some(Number::Huge(digits)),
            Value::Float(number) => Some(Number::Float(*number)),
            _ => None,
        }
    }

    /// A text that two keys share exactly if Python finds them equal (numbers by value).
    pub(crate) fn identity(&self) -> String {
        match self {
            Value::Str(text) => format!("s{text}"),
            Value::Bool(flag) => format!("n{}", i32::from(*flag)),
            Value::Int(number) => format!("n{number}"),
            Value::Huge(digits) => format!("n{digits}"),
            Value::Float(number) if number.fract() == 0.0 => format!("n{number:.0}"),
            other => format!("o{}", other.repr()),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Str(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Str(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Int(i128::from(number))
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Value {
        Value::Float(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Value {
        Value::Bool(flag)
    }
}

#[derive(Clone, Copy)]
enum Number<'v> {
    Int(i128),
    Huge(&'v str),
    Float(f64),
}

impl Number<'_> {
    fn compare(self, other: Number<'_>) -> Option<Ordering> {
        match (self, other) {
            (Number::Huge(a), Number::Huge(b)) => Some(compare_digits(a, b)),
            (Number::Huge(a), Number::Int(_)) => Some(beyond(a)),
            (Number::Int(_), Number::Huge(b)) => Some(beyond(b).reverse()),
            (Number::Huge(a), Number::Float(b)) => compare_huge(a, b),
            (Number::Float(a), Number::Huge(b)) => compare_huge(b, a).map(Ordering::reverse),
            (Number::Int(a), Number::Int(b)) => Some(a.cmp(&b)),
            (Number::Float(a), Number::Float(b)) => a.partial_cmp(&b),
            (Number::Int(a), Number::Float(b)) => compare_exactly(a, b),
            (Number::Float(a), Number::Int(b)) => compare_exactly(b, a).map(Ordering::reverse),
        }
    }
}

/// How an integer that is larger than all small ones compares with them.
fn beyond(digits: &str) -> Ordering {
    if digits.starts_with('-') { Ordering::Less } else { Ordering::Greater }
}

/// Integers by their digits, which begin with no zero.
fn compare_digits(a: &str, b: &str) -> Ordering {
    let by_size = |a: &str, b: &str| a.len().cmp(&b.len()).then_with(|| a.cmp(b));
    match (a.strip_prefix('-'), b.strip_prefix('-')) {
        (None, None) => by_size(a, b),
        (Some(a), Some(b)) => by_size(b, a),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
    }
}

/// A float of that size is an integer, and its digits are known.
fn compare_huge(digits: &str, float: f64) -> Option<Ordering> {
    match float {
        _ if float.is_nan() => None,
        _ if float.is_infinite() => Some(if float > 0.0 { Ordering::Less } else { Ordering::Greater }),
        _ if float.abs() < 1e38 => Some(beyond(digits)),
        _ => Some(compare_digits(digits, &format!("{float:.0}"))),
    }
}

/// Python compares an int with a float by value, not by converting the int.
fn compare_exactly(int: i128, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    const LIMIT: f64 = 1.7e38;
    if float >= LIMIT {
        return Some(Ordering::Less);
    }
    if float <= -LIMIT {
        return Some(Ordering::Greater);
    }
    let whole = float.trunc();
    Some(int.cmp(&(whole as i128)).then_with(|| 0.0_f64.partial_cmp(&(float - whole)).unwrap_or(Ordering::Equal)))
}

/// Reads bytes as UTF-8, or as ISO-8859-1 where they are not.
pub fn decode(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => latin1(bytes).into(),
    }
}

/// Bytes as ISO-8859-1 text.
pub fn latin1(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => text.to_owned(),
        _ => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// The same of bytes that nobody else needs: what is ASCII stays where it is.
pub fn into_latin1(bytes: Vec<u8>) -> String {
    match String::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => text,
        Ok(text) => latin1(text.as_bytes()),
        Err(error) => latin1(error.as_bytes()),
    }
}

/// Python's `repr` of a float: the shortest digits that read back, scientific from 1e16 and below 1e-4.
fn write_float(number: f64, out: &mut String) {
    if number.is_nan() {
        out.push_str("nan");
        return;
    }
    if number.is_infinite() {
        out.push_str(if number > 0.0 { "inf" } else { "-inf" });
        return;
    }
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{number}");
        out.push_str(&plain);
        if !plain.contains('.') {
            out.push_str(".0");
        }
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        let _ = write!(out, "{mantissa}e{sign}{:02}", exponent.abs());
    }
}

/// Python's `repr` of text: single quotes unless only they occur in it.
fn write_quoted(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if is_printable(c) => out.push(c),
            c => {
                let code = c as u32;
                let _ = match code {
                    0..=0xff => write!(out, "\\x{code:02x}"),
                    0x100..=0xffff => write!(out, "\\u{code:04x}"),
                    _ => write!(out, "\\U{code:08x}"),
                };
            }
        }
    }
    out.push(quote);
}

/// Whether Python shows a character as it is: no control, format, private or exotic space character.
fn is_printable(c: char) -> bool {
    !matches!(c as u32,
        0..=0x1f | 0x7f..=0xa0 | 0xad | 0x600..=0x605 | 0x61c | 0x6dd | 0x70f | 0x1680 | 0x180e | 0x2000..=0x200f
        | 0x2028..=0x202f | 0x205f..=0x206f | 0x3000 | 0xe000..=0xf8ff | 0xfeff | 0xfff0..=0xfffb | 0xfffe..=0xffff
        | 0xe0000..=0x10ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: &[Value]) -> Value {
        Value::List(items.to_vec())
    }

    #[test]
    fn integers_have_no_limit() {
        let nines = "9".repeat(60);
        let int = |text: &str| Value::integer(text).unwrap();
        for (text, shown) in [
            ("7", "7"),
            ("-0", "0"),
            (&*nines, &*nines),
            (&*format!("-{nines}"), &*format!("-{nines}")),
            (&*format!("+000{nines}"), &*nines),
            (&*format!("{}7", "0".repeat(60)), "7"),
            ("170141183460469231731687303715884105728", "170141183460469231731687303715884105728"),
        ] {
            assert_eq!((int(text).to_text().as_str(), int(text).type_name()), (shown, "int"), "{text}");
            assert_eq!(int(text).is_truthy(), shown != "0");
        }
        for text in ["", "-", "1.0", "1e60", "x", "--1"] {
            assert!(Value::integer(text).is_none(), "{text}");
        }
        let more = format!("1{}", "0".repeat(60));
        let same = format!("{:.0}", 1e60);
        for (a, b, ordering) in [
            (int(&nines), int(&nines), Ordering::Equal),
            (int(&nines), int(&more), Ordering::Less),
            (int(&format!("-{nines}")), int(&format!("-{more}")), Ordering::Greater),
            (int(&format!("-{nines}")), int(&nines), Ordering::Less),
            (int(&nines), Value::Int(i128::MAX), Ordering::Greater),
            (int(&format!("-{nines}")), Value::Int(i128::MIN), Ordering::Less),
            (int(&nines), Value::Float(1.5), Ordering::Greater),
            (int(&nines), Value::Float(f64::INFINITY), Ordering::Less),
            (int(&same), Value::Float(1e60), Ordering::Equal),
            (int(&more), Value::Float(1e60), int(&more).py_cmp(&int(&same)).unwrap().unwrap()),
            (int(&nines), true.into(), Ordering::Greater),
        ] {
            assert_eq!(a.py_cmp(&b), Ok(Some(ordering)), "{a:?} {b:?}");
            assert_eq!(b.py_cmp(&a), Ok(Some(ordering.reverse())), "{b:?} {a:?}");
            assert_eq!(
                (a.py_eq(&b), a.identity() == b.identity()),
                (ordering.is_eq(), ordering.is_eq()),
                "{a:?} {b:?}"
            );
        }
        assert_eq!(int(&nines).py_cmp(&Value::Float(f64::NAN)), Ok(None));
    }

    #[test]
    fn bytes_are_text_one_by_one() {
        for (bytes, text) in
            [(&b"plain"[..], "plain"), (b"\xe9t\xe9", "\u{e9}t\u{e9}"), ("\u{e9}".as_bytes(), "\u{c3}\u{a9}")]
        {
            assert_eq!((latin1(bytes).as_str(), into_latin1(bytes.to_vec()).as_str()), (text, text));
        }
    }

    #[test]
    fn text_is_pythons_str() {
        let dict = Value::Dict(Dict::from_pairs(vec![("k".into(), "v".into())]));
        let table = [
            (Value::Null, "None"),
            (true.into(), "True"),
            (Value::Float(1.0), "1.0"),
            (Value::Float(1000.0), "1000.0"),
            (Value::Float(1e20), "1e+20"),
            (Value::Float(1e16), "1e+16"),
            (Value::Float(1e15), "1000000000000000.0"),
            (Value::Float(1.5e-5), "1.5e-05"),
            (Value::Float(0.0001), "0.0001"),
            (Value::Float(-0.0), "-0.0"),
            (Value::Float(f64::NAN), "nan"),
            (list(&[1.into(), "two".into(), Value::Null]), "[1, 'two', None]"),
            (dict, "{'k': 'v'}"),
            (list(&["it's".into(), "\"q\" 's".into(), "a\nb\\".into()]), "[\"it's\", '\"q\" \\'s', 'a\\nb\\\\']"),
            (Value::Bytes(b"abc".to_vec()), "abc"),
            (Value::Bytes(vec![b'c', 0xe9]), "cé"),
        ];
        for (value, text) in table {
            assert_eq!(value.to_text(), text);
        }
    }

    #[test]
    fn equality_is_pythons() {
        let equal: [(Value, Value); 6] = [
            (42.into(), Value::Float(42.0)),
            (true.into(), 1.into()),
            (false.into(), Value::Float(0.0)),
            (Value::Bytes(b"x".to_vec()), "x".into()),
            (list(&[1.into()]), list(&[true.into()])),
            (Value::Null, Value::Null),
        ];
        for (a, b) in equal {
            assert!(a.py_eq(&b) && b.py_eq(&a), "{a:?} == {b:?}");
        }
        let different: [(Value, Value); 5] = [
            ("42".into(), 42.into()),
            (Value::Null, false.into()),
            (Value::Float(f64::NAN), Value::Float(f64::NAN)),
            (Value::Int(9007199254740993), Value::Float(9007199254740992.0)),
            ("".into(), Value::Null),
        ];
        for (a, b) in different {
            assert!(!a.py_eq(&b) && !b.py_eq(&a), "{a:?} != {b:?}");
        }
    }

    #[test]
    fn ordering_refuses_what_python_refuses() {
        assert_eq!(Value::Int(1).py_cmp(&Value::Float(1.5)), Ok(Some(Ordering::Less)));
        assert_eq!(Value::Float(1e300).py_cmp(&Value::Int(i128::MAX)), Ok(Some(Ordering::Greater)));
        assert_eq!(Value::from("a").py_cmp(&"B".into()), Ok(Some(Ordering::Greater)));
        assert_eq!(Value::from("a").py_cmp(&1.into()), Err(Unordered { left: "str", right: "int" }));
        assert!(Value::Null.py_cmp(&Value::Null).is_err());
        assert_eq!(list(&[1.into(), 2.into()]).py_cmp(&list(&[1.into()])), Ok(Some(Ordering::Greater)));
    }

    #[test]
    fn a_repeated_key_keeps_its_place_and_takes_the_last_value() {
        let pairs = |n: i64| -> Dict { (0..n).map(|i| (Value::from(i % 20), Value::from(i))).collect() };
        let large = pairs(100);
        assert_eq!(large.len(), 20);
        assert!(large.get_value(&3.into()).unwrap().py_eq(&83.into()));
        let small: Dict =
            vec![(Value::from(1), "z".into()), (Value::Float(1.0), "w".into()), (true.into(), "x".into())]
                .into_iter()
                .collect();
        assert_eq!(Value::Dict(small).to_text(), "{1: 'x'}");
    }
}
