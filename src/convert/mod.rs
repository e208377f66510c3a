//! What people have from elsewhere, as suites: curl commands, collections, recordings, descriptions of an API.
//!
//! Owns: which format a text is in, and the way from a text to a suite. Does not: write files, print (see
//! `cli::commands::convert`).

mod braces;
mod curl;
mod har;
mod hiding;
mod http_file;
mod hurl;
mod made;
mod names;
mod openapi;
mod places;
mod postman;
mod request;
mod script;
mod shape;
mod text;
mod written;
mod yaml;

use std::collections::HashMap;
use std::path::PathBuf;

use crate::ground::source::{Fault, Source};

pub use har::Assert;
pub use made::{MadeSuite, MadeTest, SecretValues};
pub use openapi::{Deprecated, Extent, OpenApiOptions, Schemas, Values};
pub use written::{Written, write};
pub use yaml::{Lines, Yaml};

/// A format of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Command lines of curl, for a POSIX shell.
    Curl,
    /// The same for cmd.exe, as browsers copy them.
    CurlCmd,
    /// A collection of Postman, 2.0 or 2.1.
    Postman,
    /// A recording of a browser.
    Har,
    /// OpenAPI 3.0 and 3.1.
    OpenApi,
    /// Hurl.
    Hurl,
    /// The files of editors.
    Http,
}

/// What reads a format.
type Reader = fn(&Input, &Options, &mut MadeSuite) -> Result<(), Refusal>;

/// A format: its word, what reads it, and whether a text looks like it.
struct Kind {
    word: &'static str,
    format: Format,
    read: Reader,
    looks_like_it: fn(&Input) -> bool,
}

/// All formats, those first that are told from others most surely.
const FORMATS: [Kind; 7] = [
    Kind { word: "har", format: Format::Har, read: har::read, looks_like_it: har::looks_like_it },
    Kind { word: "postman", format: Format::Postman, read: postman::read, looks_like_it: postman::looks_like_it },
    Kind { word: "openapi", format: Format::OpenApi, read: openapi::read, looks_like_it: openapi::looks_like_it },
    Kind { word: "curl-cmd", format: Format::CurlCmd, read: curl::read_cmd, looks_like_it: curl::looks_like_cmd },
    Kind { word: "curl", format: Format::Curl, read: curl::read, looks_like_it: curl::looks_like_it },
    Kind { word: "hurl", format: Format::Hurl, read: hurl::read, looks_like_it: hurl::looks_like_it },
    Kind { word: "http", format: Format::Http, read: http_file::read, looks_like_it: http_file::looks_like_it },
];

/// A text to be converted.
#[derive(Debug)]
pub struct Input {
    /// The text, under the name that messages have for it.
    pub source: Source,
    /// The folder in which files that it names are looked up.
    pub folder: PathBuf,
}

/// How it is converted.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The format; without it, it is guessed.
    pub from: Option<Format>,
    /// What becomes of values that look secret.
    pub secrets: SecretValues,
    /// Where variables get their values: of a collection a file, of `.http` files a name.
    pub environment: Option<String>,
    /// Whether saved answers are what is expected.
    pub examples: bool,
    /// Which hosts of a recording are meant; without it, that of its first document.
    pub host: Option<String>,
    /// What is asserted of recorded answers.
    pub assert: Assert,
    /// Whether values that a server made become variables where they come back.
    pub correlate: bool,
    /// What is said of OpenAPI documents.
    pub openapi: OpenApiOptions,
    /// Secrets of suites that were made before, beside this one: their names by what they belong to and what they are.
    pub beside: HashMap<(String, String), String>,
}

/// Why nothing is made.
#[derive(Debug)]
pub enum Refusal {
    /// A file that the source names cannot be read.
    Unreadable(Fault),
    /// The source is not understood.
    Invalid(Fault),
}

impl Format {
    /// The words for `--from`.
    pub const WORDS: &'static [&'static str] = &{
        let mut words = [""; FORMATS.len()];
        let mut at = 0;
        while at < words.len() {
            words[at] = FORMATS[at].word;
            at += 1;
        }
        words
    };

    /// The format of a word.
    pub fn of(word: &str) -> Option<Format> {
        FORMATS.iter().find(|kind| kind.word == word).map(|kind| kind.format)
    }
}

/// Converts texts into one suite.
///
/// # Errors
/// The first text that is not understood; nothing is to be written then.
pub fn convert(inputs: &[Input], options: &Options) -> Result<MadeSuite, Refusal> {
    let mut suite = MadeSuite::new(options.secrets).beside(&options.beside);
    for input in inputs {
        let found = match options.from {
            Some(format) => FORMATS.iter().find(|kind| kind.format == format),
            None => FORMATS.iter().find(|kind| (kind.looks_like_it)(input)),
        };
        let Some(kind) = found else { return Err(Refusal::Invalid(unknown(input))) };
        (kind.read)(input, options, &mut suite)?;
    }
    Ok(suite)
}

fn unknown(input: &Input) -> Fault {
    let what = if input.source.text().trim().is_empty() { "it is empty" } else { "its format is not recognised" };
    let location = input.source.location(crate::ground::source::Position::default());
    Fault::new(location, format!("{what}; --from names it: {}", Format::WORDS.join(", ")))
}
