//! What a program answers to hello.
//!
//! Owns: its form. Does not: register the names (see `registered`).

use super::line::{Answer, shown};
use crate::ground::printable::one_line;
use crate::ground::source::did_you_mean;
use crate::ground::value::Value;

/// The version of the protocol.
const VERSION: i128 = 1;

/// More processes of one program are a slip of the pen.
const MOST_PROCESSES: i128 = 64;

/// The kinds of names, in the order of [`Hello::names`].
pub(super) const KINDS: [&str; 6] = ["generators", "extractors", "comparators", "tests", "validators", "signers"];

const KEYS: [&str; 6] = ["version", "name", "parallel", "context", "prepare", "error"];

/// What a program says of itself.
#[derive(Debug, Default)]
pub(super) struct Hello {
    /// What it is called.
    pub name: Option<String>,
    /// The names that it brings, a list for each of [`KINDS`].
    pub names: [Vec<String>; 6],
    /// How many processes of it may run at once.
    pub parallel: usize,
    /// Whether it is to be sent variables, and from which place in a suite it is asked.
    pub context: bool,
    /// Whether it is to be asked what it makes of each place in a suite, before anything is sent.
    pub prepare: bool,
    /// What is odd.
    pub doubts: Vec<String>,
}

/// The line that it is asked with.
pub(super) fn question() -> Vec<u8> {
    format!("{{\"hello\":{{\"version\":{VERSION},\"resttest\":\"{}\"}}}}\n", env!("CARGO_PKG_VERSION")).into_bytes()
}

impl Hello {
    /// Reads the answer.
    ///
    /// # Errors
    /// It is none; the end of a sentence.
    pub fn read(line: &[u8]) -> Result<Hello, String> {
        let answer = Answer::read(line).map_err(|why| format!("{why}; to hello belongs {{\"version\": 1, …}}"))?;
        if let Some(error) = answer.error() {
            return Err(format!("cannot be used: {}", one_line(&error)));
        }
        match answer.0.get("version") {
            Some(Value::Int(VERSION)) => {}
            Some(other) => return Err(format!("speaks version {}, and this is version {VERSION}", shown(other))),
            None => return Err(format!("answered hello without \"version\": {VERSION}")),
        }
        let mut hello = Hello { name: answer.text("name"), parallel: 1, ..Hello::default() };
        for (key, value) in answer.0.iter() {
            let Value::Str(key) = key else { continue };
            let at = KINDS.iter().position(|kind| kind == key);
            match (at, key.as_str(), value) {
                (Some(at), _, Value::List(items)) => {
                    let text = |item: &Value| item.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
                    let names: Option<Vec<String>> = items.iter().map(text).collect();
                    hello.names[at] = names.ok_or_else(|| format!("must answer hello with {key}: a list of names"))?;
                }
                (Some(_), ..) => return Err(format!("must answer hello with {key}: a list of names")),
                (None, "parallel", Value::Int(count @ 1..=MOST_PROCESSES)) => hello.parallel = *count as usize,
                (None, "parallel", other) => {
                    let found = shown(other);
                    return Err(format!("must answer hello with parallel: 1 to {MOST_PROCESSES}, not {found}"));
                }
                (None, "context", Value::Bool(context)) => hello.context = *context,
                (None, "prepare", Value::Bool(prepare)) => hello.prepare = *prepare,
                (None, "context" | "prepare", _) => {
                    return Err(format!("must answer hello with {key}: true or false"));
                }
                (None, key, _) if KEYS.contains(&key) => {}
                (None, key, _) => {
                    let meant = did_you_mean(key, KINDS.into_iter().chain(KEYS));
                    hello.doubts.push(format!("answers hello with {key:?}, which says nothing{meant}"));
                }
            }
        }
        Ok(hello)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_brings_is_read() {
        let line = r#"{"version": 1, "name": "mine", "generators": ["word"], "signers": ["a", "b"], "parallel": 4}"#;
        let hello = Hello::read(line.as_bytes()).unwrap();
        assert_eq!((hello.name.as_deref(), hello.parallel, hello.context), (Some("mine"), 4, false));
        assert_eq!((hello.names[0].len(), hello.names[5].len()), (1, 2));
        let odd = Hello::read(br#"{"version": 1, "generator": ["word"]}"#).unwrap();
        assert!(odd.doubts[0].ends_with("did you mean \"generators\"?"), "{:?}", odd.doubts);
    }

    #[test]
    fn what_is_no_hello_is_refused() {
        for line in [
            "",
            "hi",
            "{}",
            r#"{"version": 2}"#,
            r#"{"version": "1"}"#,
            r#"{"version": 1, "tests": "x"}"#,
            r#"{"version": 1, "tests": [1]}"#,
            r#"{"version": 1, "tests": [""]}"#,
            r#"{"version": 1, "parallel": 0}"#,
            r#"{"version": 1, "parallel": 65}"#,
            r#"{"version": 1, "context": 1}"#,
            r#"{"version": 1, "prepare": "yes"}"#,
            r#"{"error": "no module"}"#,
        ] {
            assert!(Hello::read(line.as_bytes()).is_err(), "{line}");
        }
    }

    #[test]
    fn why_it_cannot_be_used_is_one_line_without_control_characters() {
        let why = Hello::read(br#"{"error": "no\u001b[31m\nmodule"}"#).unwrap_err();
        assert_eq!(why, r"cannot be used: no␛[31m\nmodule");
    }
}
