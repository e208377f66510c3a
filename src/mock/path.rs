//! Paths of stubs: literal, with variables, with stars, regular expressions.
//!
//! Owns: which paths they are for, and what the variables are then. Does not: read a stub.

use std::borrow::Cow;

use crate::exchange::url::percent_decode;
use crate::ground::source::nearest;
use crate::judge::python_regex::Pattern;
use crate::openapi::Route;
use crate::secrets::{REDACTED, is_like};

/// The paths that a stub is for.
#[derive(Default)]
pub enum PathPattern {
    /// All.
    #[default]
    Any,
    /// This one.
    Literal(String),
    /// Those with these segments.
    Segments {
        /// As written.
        written: String,
        /// The segments.
        segments: Vec<Segment>,
    },
    /// Those in which this is found.
    Regex(String, Pattern),
    /// This one, and one segment below it.
    Below(String),
    /// Those of an operation, as the document has it.
    Route(String, Route),
}

/// A segment.
#[derive(Debug, PartialEq, Eq)]
pub enum Segment {
    /// This text.
    Text(String),
    /// Any text, which is a variable then.
    Variable(String),
    /// This text, in which `(redacted)` stands for anything.
    Like(String),
    /// Any text.
    One,
    /// All that is left, if anything is.
    Rest,
}

impl PathPattern {
    /// The pattern of a written path.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(written: &str) -> Result<PathPattern, String> {
        if written == "**" || written == "/**" {
            return Ok(PathPattern::Any);
        }
        if !written.starts_with(['/', '*']) {
            return Err(format!("path must begin with /: \"/{written}\""));
        }
        if let Some((path, _)) = written.split_once('?') {
            return Err(format!("path ends before its ?: write \"{path}\", and the parameters under query"));
        }
        if !written.contains(['{', '*']) && !written.contains(REDACTED) {
            return Ok(PathPattern::Literal(normal(written).into_owned()));
        }
        let parts: Vec<&str> = written.trim_start_matches('/').split('/').collect();
        let mut segments = Vec::with_capacity(parts.len());
        for (at, part) in parts.iter().enumerate() {
            segments.push(match *part {
                "**" if at + 1 < parts.len() => return Err("** stands for the rest, so it must be the last".to_owned()),
                "**" => Segment::Rest,
                "*" => Segment::One,
                part if part.contains(REDACTED) => Segment::Like(normal(part).into_owned()),
                part => match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                    Some(name) if is_name(name) => Segment::Variable(name.to_owned()),
                    Some(name) => return Err(format!("\"{name}\" is no name of a variable: letters, digits and _")),
                    None if part.contains(['{', '}']) => {
                        return Err(format!("a variable is a whole segment, not a part of \"{part}\"; use path_regex"));
                    }
                    None => Segment::Text(normal(part).into_owned()),
                },
            });
        }
        Ok(PathPattern::Segments { written: written.to_owned(), segments })
    }

    /// Whether a path is one of them; `path` is in its normal form, see [`normal`].
    pub fn fits(&self, path: &str) -> bool {
        match self {
            PathPattern::Any => true,
            PathPattern::Literal(literal) => literal == path,
            PathPattern::Segments { segments, .. } => {
                let mut given = path.strip_prefix('/').unwrap_or(path).split('/');
                for segment in segments {
                    match segment {
                        Segment::Rest => return true,
                        Segment::Text(text) if given.next() == Some(text) => {}
                        Segment::Like(text) if given.next().is_some_and(|part| is_like(text, part)) => {}
                        Segment::One | Segment::Variable(_) if given.next().is_some_and(|part| !part.is_empty()) => {}
                        _ => return false,
                    }
                }
                given.next().is_none()
            }
            // A pattern that is none was refused where it was read.
            PathPattern::Regex(written, pattern) => pattern.is_found(written, path).unwrap_or(false),
            PathPattern::Below(base) => below(base, path).is_some(),
            PathPattern::Route(_, route) => route.fits(path),
        }
    }

    /// The paths that it is for, where these are a few; none where there are more.
    pub fn literals(&self) -> Vec<String> {
        match self {
            PathPattern::Literal(path) => vec![path.clone()],
            PathPattern::Route(_, route) => route.literals().iter().map(|path| normal(path).into_owned()).collect(),
            _ => Vec::new(),
        }
    }

    /// The variables of a path that fits.
    pub fn variables<'p>(&'p self, path: &str) -> Vec<(&'p str, String)> {
        let PathPattern::Segments { segments, .. } = self else { return Vec::new() };
        let given = path.strip_prefix('/').unwrap_or(path).split('/');
        let bind = |(segment, text): (&'p Segment, &str)| match segment {
            Segment::Variable(name) => Some((name.as_str(), text.replace("%2F", "/"))),
            _ => None,
        };
        segments.iter().zip(given).filter_map(bind).collect()
    }

    /// How near a path is that does not fit: from 0 to 1.
    pub fn nearness(&self, path: &str) -> f64 {
        let own: Vec<&str> = self.written().trim_start_matches('/').split('/').collect();
        let given: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let is_open = |part: &str| part.starts_with(['{', '*']);
        let mut literal = 0.0;
        let mut open = 0.0;
        for (own, given) in own.iter().zip(&given) {
            if own == given {
                literal += 1.0;
            } else if is_open(own) {
                open += 0.5;
            } else if nearest(given, [*own]).is_some() {
                literal += 0.9;
            }
        }
        // What stands for anything is alike only beside something that is.
        let alike = if literal > 0.0 { literal + open } else { 0.0 };
        alike / own.len().max(given.len()).max(1) as f64
    }

    /// As it is written.
    pub fn written(&self) -> &str {
        match self {
            PathPattern::Any => "/**",
            PathPattern::Literal(text) | PathPattern::Below(text) => text,
            PathPattern::Segments { written, .. } | PathPattern::Regex(written, _) | PathPattern::Route(written, _) => {
                written
            }
        }
    }
}

/// What stands below a path: nothing, or one segment.
pub fn below<'p>(base: &str, path: &'p str) -> Option<&'p str> {
    let rest = path.strip_prefix(base)?;
    match rest.strip_prefix('/') {
        Some(id) if !id.contains('/') => Some(id),
        None if rest.is_empty() => Some(""),
        _ => None,
    }
}

/// A path with its percent signs decoded, but for slashes: those within a segment stay `%2F`.
pub fn normal(path: &str) -> Cow<'_, str> {
    if !path.contains('%') {
        return Cow::Borrowed(path);
    }
    let segments: Vec<String> = path.split('/').map(|segment| percent_decode(segment).replace('/', "%2F")).collect();
    Cow::Owned(segments.join("/"))
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_the_paths_that_they_say() {
        for (pattern, path, fits) in [
            ("/a/b", "/a/b", true),
            ("/a/b", "/a/b/", false),
            ("/a%20b", "/a b", true),
            ("/a b", "/a%20b", true),
            ("/a/b", "/a%2Fb", false),
            ("/a%2fb", "/a%2Fb", true),
            ("/a/{id}", "/a/1", true),
            ("/a/{id}", "/a/", false),
            ("/a/{id}", "/a/1/2", false),
            ("/a/{id}", "/a/x%2Fy", true),
            ("/a/*/c", "/a/b/c", true),
            ("/a/*/c", "/a//c", false),
            ("/a/**", "/a/b/c", true),
            ("/a/**", "/a", true),
            ("/a/**", "/ab", false),
            ("/**", "/", true),
            ("**", "/x/y", true),
            ("/", "/", true),
            ("/é", "/%C3%A9", true),
            ("/a/(redacted)/c", "/a/b%20/c", true),
            ("/a/x-(redacted)/c", "/a/x-1/c", true),
            ("/a/x-(redacted)/c", "/a/y-1/c", false),
            ("/%7Ba%7D/%2A", "/{a}/*", true),
        ] {
            let parsed = PathPattern::parse(pattern).unwrap();
            assert_eq!(parsed.fits(&normal(path)), fits, "{pattern} {path}");
        }
    }

    #[test]
    fn variables_are_what_stands_in_their_segments() {
        let pattern = PathPattern::parse("/orders/{id}/{part}/**").unwrap();
        let variables = pattern.variables(&normal("/orders/7%2F8/a%20b/c"));
        assert_eq!(variables, [("id", "7/8".to_owned()), ("part", "a b".to_owned())]);
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for (written, part) in [
            ("orders", "must begin with /: \"/orders\""),
            ("/a?x=1", "write \"/a\", and the parameters under query"),
            ("/a/**/b", "must be the last"),
            ("/a/x{id}", "a whole segment"),
            ("/a/{1d}", "no name of a variable"),
            ("", "must begin with /"),
        ] {
            let message = PathPattern::parse(written).err().unwrap();
            assert!(message.contains(part), "{written}: {message}");
        }
    }
}
