//! The URL of the one request, taken apart.
//!
//! Owns: what a URL without a scheme is taken for, words that are no URL. Does not: send anything.

use std::path::Path;

use crate::cli::args::command::Command;
use crate::exchange::url::{Target, Treatment, schemeless, target_with};

/// Where the request goes.
#[derive(Debug, PartialEq, Eq)]
pub struct Goal {
    /// `scheme://host[:port]`: the base URL.
    pub origin: String,
    /// Path and query.
    pub path: String,
    /// Name and password that the URL has.
    pub userinfo: Option<(String, String)>,
    /// The scheme that was put in front of a URL without one.
    pub assumed: Option<&'static str>,
}

impl Goal {
    /// Takes the one word of a command apart.
    ///
    /// # Errors
    /// There is none, there are more, or it is no URL that can be sent.
    pub fn of(words: &[String], command: Command) -> Result<Goal, String> {
        let word = match words {
            [] => return Err(format!("a URL is needed: {command} URL")),
            [word] => word,
            [_, more, ..] => return Err(format!("unexpected argument \"{more}\"; {command} takes one URL")),
        };
        if is_suite(word) {
            return Err(format!("\"{word}\" is a suite, and {command} needs none: resttest URL {word} runs it"));
        }
        let (url, assumed) = with_scheme(word)?;
        // A URL that cannot be sent may hold a password: it is not shown.
        let target = target_with(&url, Treatment::default())?;
        Ok(Goal {
            origin: target.origin().to_owned(),
            path: target.path_and_query().to_owned(),
            userinfo: credentials(target),
            assumed,
        })
    }
}

fn credentials(target: Target) -> Option<(String, String)> {
    target.userinfo.filter(|(name, password)| !name.is_empty() && !password.is_empty())
}

fn is_suite(word: &str) -> bool {
    let path = Path::new(word);
    let has_ending = path.extension().is_some_and(|ending| ["yaml", "yml", "json"].iter().any(|name| ending == *name));
    has_ending && path.is_file()
}

/// As curl does, what has no scheme is taken for http; only where a part of a scheme is there, it is wrong.
fn with_scheme(word: &str) -> Result<(String, Option<&'static str>), String> {
    let Some(message) = schemeless(word) else { return Ok((word.to_owned(), None)) };
    let lower = word.to_ascii_lowercase();
    let has_part = ["http:", "https:", "http//", "https//"].iter().any(|part| lower.starts_with(part));
    if has_part || word.starts_with('/') {
        return Err(message);
    }
    let host = word.split(['/', '?', '#']).next().unwrap_or_default();
    let scheme = if host.ends_with(":443") { "https" } else { "http" };
    let local = if word.starts_with(':') { "localhost" } else { "" };
    Ok((format!("{scheme}://{local}{word}"), Some(scheme)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goal(word: &str) -> Result<Goal, String> {
        Goal::of(&[word.to_owned()], Command::Check)
    }

    #[test]
    fn a_url_is_taken_apart() {
        for (word, origin, path, assumed) in [
            ("http://h", "http://h", "/", None),
            ("https://h:1/a/../b?c=d e#f", "", "", None),
            ("https://h:1/a/../b?c=d#f", "https://h:1", "/b?c=d", None),
            ("localhost:8080/x", "http://localhost:8080", "/x", Some("http")),
            ("h?a=1", "http://h", "/?a=1", Some("http")),
            ("h:443/x", "https://h:443", "/x", Some("https")),
            (":8000/x", "http://localhost:8000", "/x", Some("http")),
            ("[::1]:8000", "http://[::1]:8000", "/", Some("http")),
            ("HTTP://u:p%40@h/x", "http://h", "/x", None),
        ] {
            match goal(word) {
                Ok(goal) => {
                    assert_eq!((goal.origin.as_str(), goal.path.as_str(), goal.assumed), (origin, path, assumed))
                }
                Err(message) => assert!(origin.is_empty() && message.contains("%20"), "{word}: {message}"),
            }
        }
        assert_eq!(goal("http://u:p%40@h/x").unwrap().userinfo, Some(("u".to_owned(), "p@".to_owned())));
        for word in ["", "/x", "http:/h", "ftp://h/x", "http://", "https//h", "http://h:99999"] {
            assert!(goal(word).is_err(), "{word}");
        }
        assert!(Goal::of(&[], Command::Load).unwrap_err().contains("resttest load URL"));
    }
}
