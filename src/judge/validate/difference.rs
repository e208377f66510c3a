//! Where two values differ.
//!
//! Owns: the differing paths of two JSON values, the first differing line of two texts. Does not: decide whether they
//! are equal (see `comparator`).

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;

use crate::ground::value::{Dict, Value, decode};
use crate::judge::wording::{SHOWN, beginning, is_break, mixed_up, shown, shown_text, written_json};

/// More differences than these are only counted.
const MOST: usize = 20;

/// So much of a long line is shown before the first character that differs, and from there on.
const BEFORE: usize = 40;
const AFTER: usize = 100;

/// Where two values differ, a line each: `$.user.name: expected "a", got "b"`.
pub struct Differences {
    listed: Vec<String>,
    total: usize,
    /// Lines of text that are left out of a comparison line by line.
    left_out: usize,
}

impl Differences {
    /// Of two lists, two objects, or two texts of which one is long or has several lines; of others nothing, for both
    /// in full say it best.
    pub fn between(expected: &Value, got: &Value) -> Option<Differences> {
        let mut differences = Differences::none();
        match (expected, got) {
            (Value::List(_), Value::List(_)) | (Value::Dict(_), Value::Dict(_)) => {
                differences.of_values(&mut "$".to_owned(), expected, got);
            }
            _ => differences.of_texts(&text(expected)?, &text(got)?),
        }
        (differences.total > 0).then_some(differences)
    }

    /// The first one, and how many more there are.
    pub fn summary(&self) -> String {
        let first = self.listed.first().map_or("", String::as_str);
        match self.total {
            0 | 1 => first.to_owned(),
            2 => format!("{first} (and 1 more difference)"),
            several => format!("{first} (and {} more differences)", several - 1),
        }
    }

    /// All lines; those that are not listed are counted in the last one.
    pub fn lines(&self) -> String {
        let mut lines = self.listed.join("\n");
        if self.left_out > 0 {
            let _ = write!(lines, "\nand {} more lines", self.left_out);
        } else if self.total > self.listed.len() {
            let _ = write!(lines, "\nand {} more differences", self.total - self.listed.len());
        }
        lines
    }

    /// None so far.
    pub fn none() -> Differences {
        Differences { listed: Vec::new(), total: 0, left_out: 0 }
    }

    /// One, in words.
    pub fn said(line: String) -> Differences {
        Differences { listed: vec![line], total: 1, left_out: 0 }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// Of two texts, line by line; `None` where they are the same. The first line that differs stands first.
    pub fn of_lines(expected: &str, got: &str) -> Option<Differences> {
        if expected == got {
            return None;
        }
        let mut found = Differences::none();
        found.of_texts_at_all(expected, got);
        let patch = diffy::create_patch(expected, got).to_string();
        let lines: Vec<&str> = patch.lines().skip(2).filter(|line| !line.starts_with("\\ No newline")).collect();
        found.total = changed(&lines).max(1);
        let shown = lines.len().min(MOST - 1);
        found.left_out = lines.len() - shown;
        found.listed.extend(lines[..shown].iter().map(|line| {
            let cut = beginning(line, AFTER);
            format!("{cut}{}", if cut.len() < line.trim_end().len() { "…" } else { "" })
        }));
        Some(found)
    }

    pub(super) fn add(&mut self, line: impl FnOnce() -> String) {
        self.total += 1;
        if self.listed.len() < MOST {
            self.listed.push(line());
        }
    }

    fn of_values(&mut self, path: &mut String, expected: &Value, got: &Value) {
        match (expected, got) {
            (Value::Dict(expected), Value::Dict(got)) => self.of_objects(path, expected, got),
            (Value::List(expected), Value::List(got)) => self.of_lists(path, expected, got),
            _ if expected.py_eq(got) => {}
            _ => self.add(|| match mixed_up(expected, got) {
                Some((wanted, found)) => {
                    format!("{path}: expected {} ({wanted}), got {} ({found})", shown(expected), shown(got))
                }
                None => format!("{path}: expected {}, got {}", shown(expected), shown(got)),
            }),
        }
    }

    fn of_objects(&mut self, path: &mut String, expected: &Dict, got: &Dict) {
        // Looked up by name: an object may have a hundred thousand.
        let theirs: HashMap<String, &Value> = got.iter().map(|(key, value)| (key.identity(), value)).collect();
        let mut ours = HashMap::with_capacity(expected.len());
        for (key, value) in expected.iter() {
            let identity = key.identity();
            let other = theirs.get(&identity).copied();
            within(path, &step(key), |path| match other {
                Some(other) => self.of_values(path, value, other),
                None => self.add(|| format!("{path}: missing, expected {}", shown(value))),
            });
            ours.insert(identity, ());
        }
        for (key, value) in got.iter().filter(|(key, _)| !ours.contains_key(&key.identity())) {
            within(path, &step(key), |path| self.add(|| format!("{path}: not expected, got {}", shown(value))));
        }
    }

    /// What is equal at both ends is left out, so that an element more or less is that, and not a change of all
    /// that follow.
    fn of_lists(&mut self, path: &mut String, expected: &[Value], got: &[Value]) {
        let equal = |pair: &(&Value, &Value)| pair.0.py_eq(pair.1);
        let (mut head, mut tail) = (0, 0);
        if expected.len() != got.len() {
            self.add(|| format!("{path}: expected {}, got {}", items(expected), got.len()));
            head = expected.iter().zip(got).take_while(equal).count();
            let rest = expected.iter().rev().zip(got.iter().rev());
            tail = rest.take(expected.len().min(got.len()) - head).take_while(equal).count();
        }
        let expected = &expected[head..expected.len() - tail];
        let got = &got[head..got.len() - tail];
        for i in 0..expected.len().max(got.len()) {
            within(path, &format!("[{}]", head + i), |path| match (expected.get(i), got.get(i)) {
                (Some(expected), Some(got)) => self.of_values(path, expected, got),
                (Some(expected), None) => self.add(|| format!("{path}: missing, expected {}", shown(expected))),
                (None, Some(got)) => self.add(|| format!("{path}: not expected, got {}", shown(got))),
                (None, None) => {}
            });
        }
    }

    fn of_texts_at_all(&mut self, expected: &str, got: &str) {
        let (mut wanted, mut found) = (expected.split('\n'), got.split('\n'));
        let mut number = 0;
        loop {
            number += 1;
            match (wanted.next(), found.next()) {
                (Some(wanted), Some(found)) if wanted == found => {}
                (Some(wanted), Some(found)) => return self.add(|| of_lines(number, wanted, found)),
                (Some(wanted), None) => {
                    return self.add(|| {
                        format!("line {number}: missing, expected {}; the text ends before", shown_text(wanted, SHOWN))
                    });
                }
                (None, Some(found)) => {
                    return self.add(|| {
                        format!(
                            "line {number}: not expected, got {}; the text should end before",
                            shown_text(found, SHOWN)
                        )
                    });
                }
                (None, None) => return,
            }
        }
    }

    fn of_texts(&mut self, expected: &str, got: &str) {
        let is_long = |text: &str| text.contains('\n') || text.chars().nth(SHOWN).is_some();
        if expected == got || !(is_long(expected) || is_long(got)) {
            return;
        }
        if let (Some(expected), Some(got)) = (written_json(expected), written_json(got)) {
            self.of_values(&mut "$".to_owned(), &expected, &got);
            if self.total > 0 {
                return;
            }
        }
        self.of_texts_at_all(expected, got);
    }
}

/// How many lines differ: one that is taken away and one that comes in its place are one.
fn changed(patch: &[&str]) -> usize {
    let sign = |line: &&str| line.chars().next().filter(|sign| matches!(sign, '-' | '+'));
    let runs = patch.chunk_by(|one, next| sign(one).is_some() == sign(next).is_some());
    let count = |run: &[&str], wanted| run.iter().filter(|line| sign(line) == Some(wanted)).count();
    runs.map(|run| count(run, '-').max(count(run, '+'))).sum()
}

fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Str(text) => Some(text.into()),
        Value::Bytes(bytes) => Some(decode(bytes)),
        _ => None,
    }
}

fn items(list: &[Value]) -> String {
    if list.len() == 1 { "1 item".to_owned() } else { format!("{} items", list.len()) }
}

/// `.name`, or `['a name']`, as JSONPath has it.
pub fn step(key: &Value) -> String {
    let name = key.to_text();
    if is_plain(&name) {
        return format!(".{name}");
    }
    let quoted = shown_text(&name, SHOWN);
    let inner = quoted.strip_prefix('"').and_then(|inner| inner.strip_suffix('"'));
    match inner {
        Some(inner) => format!("['{}']", inner.replace("\\\"", "\"").replace('\'', "\\'")),
        None => format!("[{quoted}]"),
    }
}

fn is_plain(name: &str) -> bool {
    let begins = |c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii() && c.is_alphanumeric();
    name.starts_with(begins) && name.chars().all(|c| begins(c) || c.is_ascii_digit())
}

/// Does something one step further down.
pub fn within(path: &mut String, step: &str, act: impl FnOnce(&mut String)) {
    let length = path.len();
    path.push_str(step);
    act(path);
    path.truncate(length);
}

/// Two lines that differ; of long ones what is around the first character that does.
fn of_lines(number: usize, expected: &str, got: &str) -> String {
    let is_short = |line: &str| line.chars().nth(SHOWN).is_none();
    if is_short(expected) && is_short(got) {
        return format!("line {number}: expected {}, got {}", shown_text(expected, SHOWN), shown_text(got, SHOWN));
    }
    let same = expected.chars().zip(got.chars()).take_while(|(a, b)| a == b).count();
    format!("line {number}, character {}: expected {}, got {}", same + 1, around(expected, same), around(got, same))
}

/// What is around the character with this number, from the beginning of a word on.
fn around(line: &str, number: usize) -> String {
    let at = line.char_indices().nth(number).map_or(line.len(), |(at, _)| at);
    let word = word_begin(line, at);
    // Words before it are shown too, as far as there is room.
    let room = line[..word].char_indices().rev().nth(BEFORE - 1).map_or(0, |(at, _)| at);
    let begins_word = |at: &usize| line.is_char_boundary(*at) && word_begin(line, *at) == *at;
    let begin = (room..word).find(begins_word).unwrap_or(word);
    let part = &line[begin..];
    let kept = beginning(part, BEFORE + AFTER);
    if begin + kept.len() <= at && at < line.len() {
        return format!("a word of {} characters", line[word..].chars().take_while(|c| !is_break(*c)).count());
    }
    let dots = |is_cut: bool| if is_cut { "…" } else { "" };
    let quoted = shown_text(kept, usize::MAX);
    format!("\"{}{}{}\"", dots(begin > 0), &quoted[1..quoted.len() - 1], dots(kept.len() < part.len()))
}

/// Where the word begins that the character at this place belongs to.
fn word_begin(line: &str, at: usize) -> usize {
    line[..at].char_indices().rev().find(|(_, c)| is_break(*c)).map_or(0, |(begin, c)| begin + c.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::json;

    fn value(text: &str) -> Value {
        json::parse(text.as_bytes()).unwrap()
    }

    fn lines(expected: &Value, got: &Value) -> String {
        Differences::between(expected, got).map_or_else(String::new, |differences| differences.lines())
    }

    #[test]
    fn each_differing_path_is_a_line() {
        for (expected, got, wanted) in [
            (r#"{"user": {"name": "a"}}"#, r#"{"user": {"name": "b"}}"#, "$.user.name: expected \"a\", got \"b\""),
            (r#"{"id": "42"}"#, r#"{"id": 42}"#, "$.id: expected \"42\" (text), got 42 (a number)"),
            (r#"{"a": 1, "b": 2}"#, r#"{"b": 2, "c": 3}"#, "$.a: missing, expected 1\n$.c: not expected, got 3"),
            (
                r#"{"a b": 1, "": {"x-y": 1}}"#,
                r#"{"a b": 2, "": {"x-y": null}}"#,
                "$['a b']: expected 1, got 2\n$['']['x-y']: expected 1, got null",
            ),
            ("[1, 2, 3]", "[1, 9, 3]", "$[1]: expected 2, got 9"),
            ("[1, 2, 3]", "[1, 3]", "$: expected 3 items, got 2\n$[1]: missing, expected 2"),
            (
                "[2]",
                "[1, 2, 3]",
                "$: expected 1 item, got 3\n$[0]: expected 2, got 1\n$[1]: not expected, got 2\n$[2]: not expected, got 3",
            ),
            ("[[1]]", "[{}]", "$[0]: expected [1], got {}"),
            ("[1, true]", "[1.0, 1]", ""),
            ("1", "2", ""),
            ("[]", "{}", ""),
        ] {
            assert_eq!(lines(&value(expected), &value(got)), wanted, "{expected} {got}");
        }
    }

    #[test]
    fn differences_are_many_but_not_endless() {
        let list = |from: i64| Value::List((from..from + 100).map(Value::from).collect());
        let differences = Differences::between(&list(0), &list(1_000)).unwrap();
        assert_eq!(differences.lines().lines().count(), MOST + 1);
        assert!(differences.lines().ends_with("\n$[19]: expected 19, got 1019\nand 80 more differences"));
        assert_eq!(differences.summary(), "$[0]: expected 0, got 1000 (and 99 more differences)");
        let object = |n: i64| Value::Dict((0..50_000).map(|i| (format!("k{i}").into(), Value::from(i * n))).collect());
        assert_eq!(Differences::between(&object(1), &object(2)).unwrap().total, 49_999);
    }

    #[test]
    fn of_texts_the_first_line_that_differs_is_shown() {
        for (expected, got, wanted) in [
            ("a", "b", ""),
            ("a\nb\nc", "a\nx\ny", "line 2: expected \"b\", got \"x\""),
            ("a\nb", "a", "line 2: missing, expected \"b\"; the text ends before"),
            ("a", "a\n", "line 2: not expected, got \"\"; the text should end before"),
            ("a\r\nb", "a\nb", "line 1: expected \"a\\r\", got \"a\""),
        ] {
            assert_eq!(lines(&expected.into(), &got.into()), wanted, "{expected:?} {got:?}");
        }
        assert_eq!(lines(&"a\nb".into(), &Value::Bytes(b"a\nc".to_vec())), "line 2: expected \"b\", got \"c\"");
    }

    #[test]
    fn line_by_line_what_differs_is_counted_by_lines() {
        let all = |expected: &str, got: &str| {
            let found = Differences::of_lines(expected, got).unwrap();
            (found.summary(), found.lines())
        };
        let (summary, lines) = all("a\nb\nc\n", "a\nx\nc\n");
        assert_eq!(summary, "line 2: expected \"b\", got \"x\"");
        assert!(lines.ends_with("-b\n+x\n c"), "{lines}");
        let (summary, _) = all("a\nb\nc\nd\n", "a\nx\nc\n");
        assert_eq!(summary, "line 2: expected \"b\", got \"x\" (and 1 more difference)");
        assert_eq!(all("a\n", "a").0, "line 2: missing, expected \"\"; the text ends before");
        let long = |end: &str| format!("{}{end}\n", "word ".repeat(60));
        let (_, lines) = all(&long("one"), &long("two"));
        assert_eq!(lines.lines().filter(|line| line.ends_with("word…")).count(), 2, "{lines}");
        let many = |word: &str| format!("{word}\n").repeat(100);
        let (summary, lines) = all(&many("a"), &many("b"));
        assert!(summary.ends_with("(and 99 more differences)"), "{summary}");
        assert_eq!(lines.lines().count(), MOST + 1);
        assert!(lines.ends_with("more lines"), "{lines}");
    }

    #[test]
    fn of_long_lines_what_is_around_the_difference_is_shown() {
        let long = |word: &str| Value::from(format!("{}{word} {}", "word ".repeat(60), "more ".repeat(60)));
        let wanted = "line 1, character 301: expected \"…word word word word word word word word one more";
        let found = lines(&long("one"), &long("two"));
        assert!(found.starts_with(wanted), "{found}");
        assert!(
            found.contains("\", got \"…word") && found.contains("two more more") && found.ends_with("more…\""),
            "{found}"
        );
        // A word that differs is whole or not there at all.
        let token = |end: &str| Value::from(format!("token {}{end} x", "0123456789".repeat(30)));
        let found = lines(&token("a"), &token("b"));
        assert_eq!(found, "line 1, character 307: expected a word of 301 characters, got a word of 301 characters");
    }

    #[test]
    fn long_texts_that_hold_json_are_compared_as_json() {
        let text = |name: &str| Value::from(format!(r#"{{"fill": "{}", "name": "{name}"}}"#, "x ".repeat(200)));
        assert_eq!(lines(&text("a"), &text("b")), "$.name: expected \"a\", got \"b\"");
        let spaced = Value::from(text("a").to_text().replace("\", \"", "\",\n\""));
        assert!(lines(&text("a"), &spaced).starts_with("line 1, character "));
    }
}
