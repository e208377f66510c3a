//! Two JSON values side by side, as `json_equals` and `snapshot` compare them.
//!
//! Owns: what is passed over, lists whose order does not count, numbers, subsets. Does not: find the parts that are
//! passed over (they are told by their addresses), load anything.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use super::difference::{Differences, step, within};
use crate::ground::value::{Dict, Value};
use crate::judge::wording::shown;

/// More pairs of elements than these are compared by their places.
const MOST_PAIRS: usize = 1_000_000;

/// What counts. Parts are told by the addresses of values in either side.
#[derive(Default)]
pub struct Rules {
    /// Parts that are not compared.
    pub ignored: HashSet<*const Value>,
    /// Lists whose order does not count.
    pub unordered: HashSet<*const Value>,
    /// Whether `1` and `1.0` differ.
    pub is_strict: bool,
    /// Whether there may be more than what is expected.
    pub contains: bool,
}

/// Where the two differ; `None` where they do not.
pub fn differences(rules: &Rules, expected: &Value, got: &Value) -> Option<Differences> {
    let mut found = Differences::none();
    if !rules.passes_over(expected) && !rules.passes_over(got) {
        rules.walk(&mut "$".to_owned(), expected, got, &mut found);
    }
    (!found.is_empty()).then_some(found)
}

impl Rules {
    fn passes_over(&self, value: &Value) -> bool {
        !self.ignored.is_empty() && self.ignored.contains(&std::ptr::from_ref(value))
    }

    fn is_unordered(&self, value: &Value) -> bool {
        self.contains || self.unordered.contains(&std::ptr::from_ref(value))
    }

    fn walk(&self, path: &mut String, expected: &Value, got: &Value, found: &mut Differences) {
        match (expected, got) {
            (Value::Dict(expected), Value::Dict(got)) => self.walk_objects(path, expected, got, found),
            (Value::List(ours), Value::List(theirs)) => {
                let is_unordered = self.is_unordered(expected) || self.is_unordered(got);
                self.walk_lists(path, (ours, theirs), is_unordered, found);
            }
            _ if self.are_same(expected, got) => {}
            _ => found.add(|| format!("{path}: expected {}, got {}", shown(expected), shown(got))),
        }
    }

    fn walk_objects(&self, path: &mut String, expected: &Dict, got: &Dict, found: &mut Differences) {
        let theirs: HashMap<String, &Value> = got.iter().map(|(key, value)| (key.to_text(), value)).collect();
        let mut ours = HashSet::with_capacity(expected.len());
        for (key, value) in expected.iter() {
            let name = key.to_text();
            let other = theirs.get(&name).copied();
            if !self.passes_over(value) && !other.is_some_and(|other| self.passes_over(other)) {
                within(path, &step(key), |path| match other {
                    Some(other) => self.walk(path, value, other, found),
                    None => found.add(|| format!("{path}: missing, expected {}", shown(value))),
                });
            }
            ours.insert(name);
        }
        if self.contains {
            return;
        }
        for (key, value) in got.iter().filter(|(key, value)| !ours.contains(&key.to_text()) && !self.passes_over(value))
        {
            within(path, &step(key), |path| found.add(|| format!("{path}: not expected, got {}", shown(value))));
        }
    }

    fn walk_lists(
        &self,
        path: &mut String,
        (expected, got): (&[Value], &[Value]),
        is_unordered: bool,
        found: &mut Differences,
    ) {
        let counted = |items: &'_ [Value]| -> Vec<usize> {
            items.iter().enumerate().filter(|(_, item)| !self.passes_over(item)).map(|(i, _)| i).collect()
        };
        let (ours, theirs) = (counted(expected), counted(got));
        if ours.len() != theirs.len() && !self.contains {
            let plural = if ours.len() == 1 { "1 item".to_owned() } else { format!("{} items", ours.len()) };
            found.add(|| format!("{path}: expected {plural}, got {}", theirs.len()));
        }
        let (missing, odd) = if is_unordered {
            self.unmatched((expected, &ours), (got, &theirs))
        } else {
            self.out_of_line((expected, &ours), (got, &theirs))
        };
        // What is left over at the same place, or alone on both sides, is the same thing with a difference in it.
        let pairs = !is_unordered || missing.len() == 1 && odd.len() == 1;
        for at in 0..missing.len().max(if self.contains && !pairs { 0 } else { odd.len() }) {
            match (missing.get(at), odd.get(at)) {
                (Some(i), Some(j)) if pairs => {
                    within(path, &format!("[{j}]"), |path| self.walk(path, &expected[*i], &got[*j], found));
                }
                (one, other) => {
                    if let Some(i) = one {
                        let value = &expected[*i];
                        let line =
                            |path: &mut String| found.add(|| format!("{path}: missing, expected {}", shown(value)));
                        within(path, &format!("[{i}]"), line);
                    }
                    if let Some(j) = other.filter(|_| !self.contains) {
                        let value = &got[*j];
                        let line =
                            |path: &mut String| found.add(|| format!("{path}: not expected, got {}", shown(value)));
                        within(path, &format!("[{j}]"), line);
                    }
                }
            }
        }
    }

    /// The places from the first to the last that differs: what is equal at both ends is left out, so that an element
    /// more or less is that, and not a change of all that follow.
    fn out_of_line(
        &self,
        (expected, ours): (&[Value], &[usize]),
        (got, theirs): (&[Value], &[usize]),
    ) -> (Vec<usize>, Vec<usize>) {
        let equal = |(i, j): &(&usize, &usize)| self.are_equal(&expected[**i], &got[**j]);
        let (mut head, mut tail) = (0, 0);
        if ours.len() != theirs.len() {
            head = ours.iter().zip(theirs).take_while(equal).count();
            let rest = ours.iter().rev().zip(theirs.iter().rev());
            tail = rest.take(ours.len().min(theirs.len()) - head).take_while(equal).count();
        }
        (ours[head..ours.len() - tail].to_vec(), theirs[head..theirs.len() - tail].to_vec())
    }

    /// The places that have no partner on the other side, in whatever order.
    fn unmatched(
        &self,
        (expected, ours): (&[Value], &[usize]),
        (got, theirs): (&[Value], &[usize]),
    ) -> (Vec<usize>, Vec<usize>) {
        if !self.contains {
            let mut free: HashMap<String, Vec<usize>> = HashMap::new();
            for j in theirs.iter().rev() {
                free.entry(self.identity(&got[*j])).or_default().push(*j);
            }
            let mut is_missing = |i: &&usize| free.get_mut(&self.identity(&expected[**i])).and_then(Vec::pop).is_none();
            let missing: Vec<usize> = ours.iter().filter(|i| is_missing(i)).copied().collect();
            let mut odd: Vec<usize> = free.into_values().flatten().collect();
            odd.sort_unstable();
            return (missing, odd);
        }
        if ours.len().saturating_mul(theirs.len()) > MOST_PAIRS {
            return (ours.to_vec(), theirs.to_vec());
        }
        // An element may fit several: partners are found by trying again with those that are taken.
        let fits: Vec<Vec<usize>> = ours
            .iter()
            .map(|i| (0..theirs.len()).filter(|j| self.are_equal(&expected[*i], &got[theirs[*j]])).collect())
            .collect();
        let mut taken: Vec<Option<usize>> = vec![None; theirs.len()];
        let mut missing = Vec::new();
        for (at, i) in ours.iter().enumerate() {
            if !find_partner(at, &fits, &mut taken, &mut vec![false; theirs.len()]) {
                missing.push(*i);
            }
        }
        let odd = theirs.iter().zip(&taken).filter(|(_, by)| by.is_none()).map(|(j, _)| *j).collect();
        (missing, odd)
    }

    fn are_equal(&self, expected: &Value, got: &Value) -> bool {
        if self.passes_over(expected) || self.passes_over(got) {
            return true;
        }
        let mut found = Differences::none();
        match (expected, got) {
            (Value::Dict(_), Value::Dict(_)) | (Value::List(_), Value::List(_)) => {
                self.walk(&mut String::new(), expected, got, &mut found);
                found.is_empty()
            }
            _ => self.are_same(expected, got),
        }
    }

    /// Of two values that nothing is below. A date is text in JSON.
    fn are_same(&self, expected: &Value, got: &Value) -> bool {
        match (expected, got) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(_) | Value::Huge(_), Value::Int(_) | Value::Huge(_)) => expected.py_eq(got),
            (Value::Float(a), Value::Float(b)) => a == b || a.is_nan() && b.is_nan(),
            (Value::Int(_) | Value::Huge(_), Value::Float(_)) | (Value::Float(_), Value::Int(_) | Value::Huge(_)) => {
                !self.is_strict && expected.py_cmp(got) == Ok(Some(Ordering::Equal))
            }
            (Value::Str(_) | Value::Bytes(_) | Value::Date(_), Value::Str(_) | Value::Bytes(_) | Value::Date(_)) => {
                expected.to_text() == got.to_text()
            }
            _ => false,
        }
    }

    /// A text that two values share exactly if they are equal here.
    fn identity(&self, value: &Value) -> String {
        if self.passes_over(value) {
            return String::new();
        }
        match value {
            Value::Bool(flag) => format!("b{flag}"),
            Value::Float(number) if self.is_strict => format!("f{number:?}"),
            Value::Str(_) | Value::Bytes(_) | Value::Date(_) => format!("s{}", value.to_text()),
            Value::List(items) => {
                let kept = items.iter().filter(|item| !self.passes_over(item));
                let mut parts: Vec<String> = kept.map(|item| format!("{:?}", self.identity(item))).collect();
                if self.is_unordered(value) {
                    parts.sort_unstable();
                }
                format!("l[{}]", parts.join(","))
            }
            Value::Dict(dict) => {
                let kept = dict.iter().filter(|(_, value)| !self.passes_over(value));
                let mut parts: Vec<String> =
                    kept.map(|(key, value)| format!("{:?}:{:?}", key.to_text(), self.identity(value))).collect();
                parts.sort_unstable();
                format!("d{{{}}}", parts.join(","))
            }
            other => other.identity(),
        }
    }
}

/// Looks for a partner, and lets those that have one look for another.
fn find_partner(at: usize, fits: &[Vec<usize>], taken: &mut [Option<usize>], seen: &mut [bool]) -> bool {
    for j in &fits[at] {
        if std::mem::replace(&mut seen[*j], true) {
            continue;
        }
        let is_free = match taken[*j] {
            None => true,
            Some(other) => find_partner(other, fits, taken, seen),
        };
        if is_free {
            taken[*j] = Some(at);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use crate::ground::json::{self, Tree};
    use crate::judge::extract::JsonPath;
    use crate::judge::validate::json_equals::Leniency;

    fn lines(expected: &str, got: &str, leniency: &Leniency) -> String {
        let (expected, got) = (json::parse(expected.as_bytes()).unwrap(), json::parse(got.as_bytes()).unwrap());
        leniency.compare(&expected, &got, &Tree::of(&got)).map_or_else(String::new, |found| found.lines())
    }

    fn paths(paths: &[&str]) -> Vec<JsonPath> {
        paths.iter().map(|path| JsonPath::parse(path).unwrap()).collect()
    }

    #[test]
    fn every_difference_has_its_path() {
        for (expected, got, wanted) in [
            (r#"{"user": {"name": "a"}}"#, r#"{"user": {"name": "b"}}"#, "$.user.name: expected \"a\", got \"b\""),
            (r#"{"a": 1, "b": 2}"#, r#"{"b": 2, "a": 1.0}"#, ""),
            (r#"{"a b": 1}"#, r#"{"x": 1}"#, "$['a b']: missing, expected 1\n$.x: not expected, got 1"),
            ("[1, 2, 3]", "[1, 2]", "$: expected 3 items, got 2\n$[2]: missing, expected 3"),
            ("[1]", "[true]", "$[0]: expected 1, got true"),
            ("null", "0", "$: expected null, got 0"),
            (
                "[12345678901234567890123]",
                "[12345678901234567890124]",
                "$[0]: expected 12345678901234567890123, got 12345678901234567890124",
            ),
        ] {
            assert_eq!(lines(expected, got, &Leniency::default()), wanted, "{expected} {got}");
        }
    }

    #[test]
    fn what_does_not_count_is_passed_over() {
        let ignore = |list: &[&str]| Leniency { ignore: paths(list), ..Leniency::default() };
        let unordered = |list: &[&str]| Leniency { unordered: paths(list), ..Leniency::default() };
        let contains = || Leniency { contains: true, ..Leniency::default() };
        for (expected, got, leniency, wanted) in [
            (r#"{"id": 1, "n": {"at": 5}}"#, r#"{"id": 2, "n": {"at": 6}}"#, ignore(&["$.id", "$..at"]), ""),
            (r#"{"n": 1}"#, r#"{"n": 1, "at": 6}"#, ignore(&["$.at"]), ""),
            (r#"{"n": 1, "at": 6}"#, r#"{"n": 1}"#, ignore(&["$.at"]), ""),
            ("[1, 2]", "[1, 2, 3]", ignore(&["$[2]"]), ""),
            ("[1, 2]", "[2, 1]", ignore(&["$[5]"]), "$[0]: expected 1, got 2\n$[1]: expected 2, got 1"),
            ("[1, 2, 2]", "[2, 1, 2]", unordered(&["$"]), ""),
            ("[1, 2, 2]", "[2, 1, 1]", unordered(&["$"]), "$[2]: expected 2, got 1"),
            (
                r#"{"a": [[1, 2], [3]]}"#,
                r#"{"a": [[3], [2, 1]]}"#,
                unordered(&["$.a"]),
                "$.a[1][0]: expected 1, got 2\n$.a[1][1]: expected 2, got 1",
            ),
            (r#"{"a": [[1, 2], [3]]}"#, r#"{"a": [[3], [2, 1]]}"#, unordered(&["$.a", "$.a[*]"]), ""),
            (
                "[1, 2]",
                "[3, 4]",
                unordered(&["$"]),
                "$[0]: missing, expected 1\n$[0]: not expected, got 3\n$[1]: missing, expected 2\n$[1]: not expected, got 4",
            ),
            ("1", "1.0", Leniency { is_strict: true, ..Leniency::default() }, "$: expected 1, got 1.0"),
            (r#"{"a": 1}"#, r#"{"a": 1, "b": 2}"#, contains(), ""),
            (r#"[{"a": 1}, {"b": 2}]"#, r#"[{"x": 1}, {"b": 2, "a": 1}, {"a": 1}]"#, contains(), ""),
            (r#"[{"a": 1}, {"a": 1}]"#, r#"[{"a": 1}]"#, contains(), "$[1]: missing, expected {\"a\": 1}"),
            (r#"{"a": {"b": 1}}"#, r#"{"a": {"b": 2, "c": 3}}"#, contains(), "$.a.b: expected 1, got 2"),
            (
                r#"[{"id": 1, "v": 1}]"#,
                r#"[{"id": 9, "v": 1}]"#,
                Leniency { ignore: paths(&["$[*].id"]), unordered: paths(&["$"]), ..Leniency::default() },
                "",
            ),
        ] {
            assert_eq!(lines(expected, got, &leniency), wanted, "{expected} {got}");
        }
    }
}
