//! Secrets from outside of suites: `--secrets-file`, the environment, `--secret`; each wins over those before it.
//!
//! Owns: their forms, what is said of them, handing them to processes of our own. Does not: bind or hide them.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use log::Level;

use crate::cli::args::arguments::Arguments;
use crate::cli::args::input_files;
use crate::cli::args::preset::Wrong;
use crate::cli::environment::{environment, variables_of};
use crate::ground::dotenv::is_name;
use crate::ground::json;
use crate::ground::source::{Fault, Location};
use crate::ground::value::Value;
use crate::secrets::HANDED_SECRETS;
use crate::settings::given_secrets::GivenSecrets;

/// What the names of such variables begin with; the second is another tool's.
const PREFIXES: [&str; 2] = ["RESTTEST_SECRET_", "HURL_SECRET_"];

/// What a word of `--secret` must be; the word itself is never quoted.
const FORM: &str = "must be NAME=VALUE, NAME or NAME=@FILE, with a name of letters, digits and _";

/// Looks at a word of `--secret`.
///
/// # Errors
/// It has not the form of one.
pub fn word(word: &str) -> Result<String, String> {
    let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
    if !is_name(name) {
        return Err(FORM.to_owned());
    }
    match value {
        Some("") => Err(format!("{name} is empty: a secret has a value")),
        Some("@") => Err(format!("{name}=@ names no file")),
        _ => Ok(word.to_owned()),
    }
}

/// Takes all that is given into the settings.
///
/// # Errors
/// A file cannot be read, a variable is not there, a value is empty.
pub fn take(arguments: &mut Arguments) -> Result<(), Wrong> {
    let from_environment = variables_of(&PREFIXES);
    let handed = environment(HANDED_SECRETS).and_then(|text| json::parse(text.as_bytes()).ok());
    if arguments.secret_words.is_empty()
        && arguments.secrets_files.is_empty()
        && from_environment.is_empty()
        && handed.is_none()
    {
        return Ok(());
    }
    let mut secrets = GivenSecrets::default();
    let mut notes = Vec::new();
    for file in &arguments.secrets_files {
        for (name, value) in input_files::variables(file).map_err(Wrong::Input)? {
            if matches!(&value, Value::Null) || value.to_text().is_empty() {
                return Err(Wrong::Input(of_file(file, format!("the secret {name} is empty"))));
            }
            secrets.set(name, value);
        }
        let mode = std::fs::metadata(file).map(|about| about.permissions().mode());
        if mode.is_ok_and(|mode| mode & 0o004 != 0) {
            notes.push((Level::Warn, format!("every user of this machine can read {file}: chmod 600 {file}")));
        }
    }
    // Another tool's come first: ours win.
    for wanted in PREFIXES.iter().rev() {
        for (prefix, name, value) in from_environment.iter().filter(|(prefix, ..)| prefix == wanted) {
            if !is_name(name) {
                continue;
            }
            if value.is_empty() {
                return Err(Wrong::Environment(format!("{prefix}{name} is empty: a secret has a value")));
            }
            if *prefix != PREFIXES[0] {
                notes.push((Level::Info, format!("{prefix}{name} is read as the secret {name}")));
            }
            secrets.set(name, Value::Str(value.clone()));
        }
    }
    if let Some(Value::Dict(values)) = &handed {
        for (name, value) in values.iter() {
            secrets.set(name.to_text(), value.clone());
        }
    }
    for word in &arguments.secret_words {
        let (name, value) = of_word(word)?;
        if word.contains('=') && !word.contains("=@") {
            let note = format!(
                "--secret {name}=…: a command line can be seen by other users; --secret {name} reads it from the environment"
            );
            notes.push((Level::Info, note));
        }
        secrets.set(name, Value::Str(value));
    }
    arguments.settings.secrets = Some(Arc::new(secrets));
    arguments.secret_notes = notes;
    Ok(())
}

/// Name and value of a word that has been looked at.
fn of_word(word: &str) -> Result<(&str, String), Wrong> {
    let Some((name, value)) = word.split_once('=') else {
        let value = environment(word).filter(|value| !value.is_empty());
        let value = value.ok_or_else(|| {
            Wrong::Line(format!("option --secret {word}: the environment has no {word}; write {word}=VALUE or set it"))
        })?;
        return Ok((word, value));
    };
    let Some(file) = value.strip_prefix('@') else { return Ok((name, value.to_owned())) };
    let source = input_files::source_of(file).map_err(Wrong::Input)?;
    let text = without_line_end(source.text());
    match text.is_empty() {
        true => Err(Wrong::Input(of_file(file, format!("the secret {name} is empty")))),
        false => Ok((name, text.to_owned())),
    }
}

/// A text without one line end.
pub fn without_line_end(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

fn of_file(file: &str, message: String) -> Fault {
    Fault::new(Location { file: file.into(), ..Location::default() }, message)
}

/// The variable in which another process of ours finds secrets; `None` where there are none.
pub fn handed<'s>(secrets: impl Iterator<Item = (&'s str, &'s Value)>) -> Option<(String, String)> {
    let values: serde_json::Map<String, serde_json::Value> =
        secrets.map(|(name, value)| (name.to_owned(), json::to_serde(value))).collect();
    (!values.is_empty()).then(|| (HANDED_SECRETS.to_owned(), serde_json::Value::from(values).to_string()))
}

/// Those of the command line, for a process that has not got its words of them.
///
/// # Errors
/// As for [`take`]; they have been read once.
pub fn of_line(arguments: &Arguments) -> Result<Option<(String, String)>, Wrong> {
    let words = arguments.secret_words.iter().map(|word| of_word(word));
    let values: Vec<(&str, Value)> =
        words.map(|word| word.map(|(name, value)| (name, Value::Str(value)))).collect::<Result<_, Wrong>>()?;
    Ok(handed(values.iter().map(|(name, value)| (*name, value))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_a_form_and_are_never_quoted() {
        for (text, expected) in [
            ("token=a=b", Ok("token=a=b")),
            ("TOKEN", Ok("TOKEN")),
            ("token=@file", Ok("token=@file")),
            ("token=", Err("token is empty: a secret has a value")),
            ("token=@", Err("token=@ names no file")),
            ("=hunter2", Err(FORM)),
            ("hunter 2", Err(FORM)),
            ("", Err(FORM)),
        ] {
            assert_eq!(word(text).as_deref().map_err(String::as_str), expected, "{text}");
        }
    }

    #[test]
    fn what_is_handed_on_can_be_read_again() {
        let values = [("a", Value::Str("\"é\n".to_owned())), ("b", Value::Int(7))];
        let (name, text) = handed(values.iter().map(|(name, value)| (*name, value))).unwrap();
        assert_eq!(name, HANDED_SECRETS);
        let Ok(Value::Dict(read)) = json::parse(text.as_bytes()) else { panic!("{text}") };
        assert_eq!(read.iter().count(), 2);
        assert!(handed(std::iter::empty()).is_none());
    }
}
