//! What `check` and `load` are told of their one request.
//!
//! Owns: what each word may be, and what is said of others. Does not: make a suite of them (see `cli::one_request`).

use std::path::PathBuf;

use crate::exchange::token::is_token;
use crate::load::plan::Mode;
use crate::load::thresholds::Threshold;

/// The words of one request.
#[derive(Debug, Clone, Default)]
pub struct RequestWords {
    /// `--request`.
    pub method: Option<String>,
    /// `--header`, in order.
    pub headers: Vec<(String, String)>,
    /// `--data`, in order; what begins with `@` names a file.
    pub data: Vec<String>,
    /// `--json`.
    pub json: Option<String>,
    /// `--form`, in order.
    pub form: Vec<(String, String)>,
    /// `--user`: name and password.
    pub user: Option<(String, String)>,
    /// `--status`.
    pub statuses: Vec<u16>,
    /// `--that`.
    pub expectations: Vec<String>,
    /// `--location`.
    pub follows_redirects: bool,
    /// `--mode`.
    pub mode: Option<Mode>,
    /// `--threshold`, as written.
    pub thresholds: Vec<String>,
    /// `--save`.
    pub save: Option<PathBuf>,
}

impl RequestWords {
    /// Adds a `NAME: VALUE`; without a value the header is not sent at all.
    pub fn header(&mut self, text: &str) -> Result<(), String> {
        let (name, value) =
            text.split_once(':').ok_or_else(|| format!("must be \"NAME: VALUE\", not \"{}\"", shown_header(text)))?;
        let name = name.trim();
        if !is_token(name) {
            return Err(format!("needs the name of a header before the colon, not \"{}\"", name.escape_debug()));
        }
        if let Some(found) = value.chars().find(|c| c.is_control() && *c != '\t') {
            return Err(format!(
                "{name} has the control character U+{:04X}, which no header can hold",
                u32::from(found)
            ));
        }
        self.headers.push((name.to_owned(), value.trim().to_owned()));
        Ok(())
    }

    /// Adds a `NAME=VALUE` of a form.
    pub fn form(&mut self, text: &str) -> Result<(), String> {
        let (name, value) = text.split_once('=').ok_or_else(|| format!("must be NAME=VALUE, not \"{text}\""))?;
        self.form.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    /// Takes a `NAME:PASSWORD`.
    pub fn user(&mut self, text: &str) -> Result<(), String> {
        match text.split_once(':') {
            Some((name, password)) if !name.is_empty() && !password.is_empty() => {
                self.user = Some((name.to_owned(), password.to_owned()));
                Ok(())
            }
            // Not the text itself: it may be the password.
            _ => Err("must be NAME:PASSWORD, neither of them empty".to_owned()),
        }
    }

    /// Adds statuses, parted by commas or blanks.
    pub fn status(&mut self, list: &str) -> Result<(), String> {
        let wrong = || format!("must be statuses from 100 to 999, parted by commas, such as 200,204, not \"{list}\"");
        let before = self.statuses.len();
        for word in list.split([',', ' ']).filter(|word| !word.is_empty()) {
            let status: Option<u16> = word.parse().ok().filter(|status| (100..=999).contains(status));
            self.statuses.push(status.ok_or_else(wrong)?);
        }
        if self.statuses.len() == before { Err(wrong()) } else { Ok(()) }
    }

    /// Takes a text as JSON: as it is, or from a file where it begins with `@`.
    pub fn json(&mut self, text: &str) -> Result<(), String> {
        if !text.starts_with('@') {
            is_json(text)?;
        }
        self.json = Some(text.to_owned());
        Ok(())
    }

    /// Adds a condition on what a load run measures.
    pub fn threshold(&mut self, text: &str) -> Result<(), String> {
        // The message begins with the word that the option's name is.
        Threshold::parse(text).map_err(|message| message.trim_start_matches("threshold ").to_owned())?;
        self.thresholds.push(text.to_owned());
        Ok(())
    }

    /// Takes the name of the file for the suite.
    pub fn save(&mut self, file: &str) -> Result<(), String> {
        if matches!(file, "" | "-") {
            return Err("needs the name of a file, such as first.yaml".to_owned());
        }
        if file.ends_with(".json") {
            return Err(format!("writes YAML; name a file that ends in .yaml, not \"{file}\""));
        }
        self.save = Some(file.into());
        Ok(())
    }
}

/// Whether a text is one JSON value.
///
/// # Errors
/// Where it is none.
pub fn is_json(text: &str) -> Result<(), String> {
    serde_json::from_str::<serde::de::IgnoredAny>(text)
        .map(drop)
        .map_err(|error| format!("is not JSON: {error}; write it as {{\"name\": \"value\"}}, or @FILE"))
}

/// What may be shown of a header that has no colon: `Authorization Bearer x` is a secret all the same.
fn shown_header(text: &str) -> String {
    match text.split_once(char::is_whitespace) {
        Some((first, _)) => format!("{first} …"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_taken_or_told_what_they_must_be() {
        type Take = fn(&mut RequestWords, &str) -> Result<(), String>;
        for (take, good, bad, part) in [
            (RequestWords::header as Take, &["A: b", "A:", "x-y:a:b"][..], &["A", "", ": b", "a b: c"][..], ""),
            (RequestWords::header, &[], &["Authorization Bearer s3cr3t"], "not \"Authorization …\""),
            (RequestWords::header, &[], &["A: b\nC: d"], "U+000A"),
            (RequestWords::form, &["a=b", "a=", "=b", "a=b=c"], &["a", ""], "must be NAME=VALUE"),
            (RequestWords::user, &["a:b", "a:b:c"], &["a", "a:", ":b", ""], "must be NAME:PASSWORD"),
            (RequestWords::status, &["200", "200,204", "200, 204"], &["", ",", "2xx", "99", "1000"], "from 100 to 999"),
            (RequestWords::json, &["{}", "[1]", "7", "\"x\"", "@f"], &["{a: 1}", "", "{} {}"], "is not JSON"),
            (RequestWords::threshold, &["p(95)<500", "failed<1%"], &["p95", "p(95)<x"], "write for example"),
            (RequestWords::save, &["f.yaml"], &["", "-"], "needs the name of a file"),
            (RequestWords::save, &[], &["f.json"], "ends in .yaml"),
        ] {
            for word in good {
                assert_eq!(take(&mut RequestWords::default(), word), Ok(()), "{word}");
            }
            for word in bad {
                let message = take(&mut RequestWords::default(), word).unwrap_err();
                assert!(message.contains(part) && !message.contains("s3cr3t"), "{word}: {message}");
            }
        }
        let mut words = RequestWords::default();
        words.header("X: a: b ").unwrap();
        words.status("200, 204").unwrap();
        words.user("ada:l:ove").unwrap();
        assert_eq!(words.headers, [("X".to_owned(), "a: b".to_owned())]);
        assert_eq!(words.statuses, [200, 204]);
        assert_eq!(words.user, Some(("ada".to_owned(), "l:ove".to_owned())));
    }
}
