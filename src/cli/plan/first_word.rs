//! The words where a base URL and suite files belong, and what was probably meant by others.
//!
//! Owns: what is said of a base URL without a scheme, a URL where a file belongs, a word that is nearly a command.
//! Does not: decide which word stands for what (see `targets`).

use std::path::Path;

use crate::cli::args::command::Command;
use crate::exchange::url::schemeless;
use crate::ground::source::nearest;

/// What other tools call what is done here without a command, or by another one.
const SYNONYMS: [(&str, Option<&str>); 9] = [
    ("start", None),
    ("execute", None),
    ("exec", Some("explain")),
    ("test", Some("list")),
    ("tests", Some("list")),
    ("suites", Some("list")),
    ("ls", Some("list")),
    ("validate", Some("lint")),
    ("show", Some("explain")),
];

/// What is wrong with the word where the base URL belongs; `files` are those where suites belong.
pub fn no_base_url(word: &str, files: &[&str]) -> Option<String> {
    let without_scheme = schemeless(word)?;
    if let Some(message) = mistaken_command(word, files) {
        return Some(message);
    }
    if let Some(url) = files.iter().find(|file| is_url(file)) {
        return Some(format!(
            "\"{word}\" stands where the base URL belongs, and \"{url}\" where a suite belongs; did you mean resttest {url} {word}?"
        ));
    }
    let path = Path::new(word);
    let is_suite = path.extension().is_some_and(|ending| ["yaml", "yml", "json"].iter().any(|name| ending == *name));
    if path.exists() || is_suite {
        let kind = if path.is_dir() { "folder" } else { "suite" };
        return Some(format!(
            "a base URL is missing: \"{word}\" is a {kind}, and stands where the URL belongs: resttest URL {word}"
        ));
    }
    Some(format!("base URL {without_scheme} (--absolute-urls does without a base)"))
}

/// What is wrong with a word where a suite file belongs: it is a URL.
pub fn no_suite(word: &str, base: &str) -> Option<String> {
    if !is_url(word) {
        return None;
    }
    Some(match base {
        "" => format!("\"{word}\" is a URL, and stands where a suite file belongs; a base URL is given with --url"),
        base => format!(
            "\"{word}\" is a URL, and stands where a suite file belongs; the base URL is \"{base}\": resttest {base} SUITE.yaml"
        ),
    })
}

fn is_url(word: &str) -> bool {
    word.contains("://") && !Path::new(word).exists()
}

/// What is said of a word that is a command's, or nearly, where none is looked for.
fn mistaken_command(word: &str, files: &[&str]) -> Option<String> {
    if Command::of(word).is_some() {
        return Some(format!("the command `{word}` must be the first word: resttest {word} …"));
    }
    let names: Vec<&str> = Command::shown().map(|(name, ..)| name).collect();
    let synonym = SYNONYMS.iter().find(|(other, _)| word.eq_ignore_ascii_case(other));
    let meant = match (synonym, nearest(word, names.iter().copied())) {
        (None, None) => return None,
        (Some((_, command)), near) => {
            let other = command.or(near).map_or_else(String::new, |name| format!("the command `{name}`, or "));
            let words = match files {
                [] => "URL SUITE.yaml".to_owned(),
                [url, ..] if is_url(url) => files.join(" "),
                files => format!("URL {}", files.join(" ")),
            };
            format!("did you mean {other}`resttest {words}`, which runs tests?")
        }
        (None, Some(near)) => format!("did you mean the command `{near}`?"),
    };
    Some(format!("\"{word}\" is no command and no base URL; {meant} Commands are {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_no_url_is_told_what_it_was_meant_to_be() {
        for (word, files, part) in [
            ("127.0.0.1:8000", &["s.yaml"][..], "has no scheme; did you mean http://127.0.0.1:8000?"),
            ("localhost", &["s.yaml"], "base URL \"localhost\" has no scheme; did you mean http://localhost?"),
            ("s.yaml", &["http://h"], "did you mean resttest http://h s.yaml?"),
            ("s.yaml", &["t.yaml"], "a base URL is missing: \"s.yaml\" is a suite"),
            ("src", &[], "a base URL is missing: \"src\" is a folder"),
            ("lints", &["s.yaml"], "\"lints\" is no command and no base URL; did you mean the command `lint`?"),
            ("explian", &[], "did you mean the command `explain`?"),
            ("exec", &["s.yaml"], "did you mean the command `explain`, or `resttest URL s.yaml`, which runs tests?"),
            ("tests", &[], "did you mean the command `list`, or `resttest URL SUITE.yaml`, which runs tests?"),
            ("tests", &["http://h", "s.yaml"], "did you mean the command `list`, or `resttest http://h s.yaml`, which"),
            ("lints", &["http://h", "s.yaml"], "did you mean the command `lint`? "),
            ("start", &[], "did you mean `resttest URL SUITE.yaml`, which runs tests? Commands are check, convert, "),
            ("rum", &["http://h", "s.yaml"], "did you mean the command `run`?"),
            ("lint", &[], "the command `lint` must be the first word"),
        ] {
            let message = no_base_url(word, files).unwrap_or_default();
            assert!(message.contains(part), "{word}: {message}");
        }
        assert_eq!(no_base_url("https://h:1/x", &["s.yaml"]), None);
        assert_eq!(no_base_url("", &["s.yaml"]), None);
    }

    #[test]
    fn a_url_is_no_suite() {
        assert_eq!(no_suite("s.yaml", "http://h"), None);
        let message = no_suite("http://b", "http://a").unwrap_or_default();
        assert!(message.contains("\"http://b\" is a URL") && message.contains("\"http://a\""), "{message}");
    }
}
