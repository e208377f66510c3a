//! Which suites are meant: positional words, `--test`, `--tests` with its patterns, folders.
//!
//! Owns: the list of files, sorted where a pattern or a folder names them, without repeats.
//! Does not: read the files.

use std::path::{Path, PathBuf};

use super::first_word::{no_base_url, no_suite};
use crate::cli::args::arguments::Arguments;
use crate::cli::args::command::Command;
use crate::suite::mock::brings_its_server;

/// A base URL and the suite files to run against it.
#[derive(Debug, PartialEq, Eq)]
pub struct Targets {
    /// The base URL; empty with `--absolute-urls`.
    pub base_url: String,
    /// The files in the order in which they run.
    pub files: Vec<PathBuf>,
    /// Whether more than one file is meant, even if a pattern finds just one: then totals are printed.
    pub several: bool,
}

/// What is wrong with the words, or with what they name.
#[derive(Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The command line does not say what to run.
    Usage(String),
    /// A pattern or a folder names nothing.
    Nothing(String),
}

/// Settles what is to be run.
///
/// # Errors
/// See `Wrong`.
pub fn settle(arguments: &Arguments) -> Result<Targets, Wrong> {
    let mut words: Vec<&str> = arguments.positional.iter().map(String::as_str).collect();
    let names_suites = arguments.test.is_some() || arguments.tests.is_some();
    let url = match &arguments.url {
        // As with PyRestTest, of two URLs the one without a name counts.
        Some(_) if words.len() > 1 && words[0].contains("://") => words.remove(0).to_owned(),
        Some(url) => url.clone(),
        // Nothing that is left away needs a name.
        None if arguments.absolute_urls && (words.is_empty() || Path::new(words[0]).exists()) => String::new(),
        None if bring_their_servers(&words, arguments) => String::new(),
        None if words.is_empty() => {
            let missing = if names_suites {
                "a base URL is missing: resttest URL --test SUITE.yaml"
            } else {
                "a base URL and a suite are needed: resttest URL SUITE.yaml; resttest check URL needs no suite"
            };
            return Err(Wrong::Usage(missing.to_owned()));
        }
        None => words.remove(0).to_owned(),
    };
    let named = arguments.test.as_deref().into_iter().chain(arguments.tests.as_deref());
    let files: Vec<&str> = words.iter().copied().chain(named).collect();
    if let Some(message) = objection(&url, &files, arguments).filter(|_| !url.is_empty()) {
        return Err(Wrong::Usage(message));
    }
    if words.is_empty() && !names_suites {
        return Err(Wrong::Usage(
            "a suite is missing: resttest URL SUITE.yaml; resttest check URL needs none".to_owned(),
        ));
    }
    let mut files = Vec::new();
    let mut several = words.len() + usize::from(arguments.test.is_some()) > 1 || arguments.tests.is_some();
    for word in arguments.test.as_deref().into_iter().chain(words) {
        several |= Path::new(word).is_dir();
        add(Path::new(word), &mut files)?;
    }
    for item in arguments.tests.as_deref().unwrap_or_default().split(',').map(str::trim).filter(|item| !item.is_empty())
    {
        add_pattern(item, &mut files)?;
    }
    if files.is_empty() {
        return Err(Wrong::Nothing("--tests names no file".to_owned()));
    }
    let base_url = if arguments.absolute_urls { String::new() } else { url };
    Ok(Targets { base_url, files, several })
}

/// Whether the suites that are named have servers of their own, so that a base URL may be missing.
pub fn bring_their_servers(words: &[&str], arguments: &Arguments) -> bool {
    let mut named = arguments.test.as_deref().into_iter().chain(words.iter().copied()).map(Path::new).peekable();
    named.peek().is_some() && named.all(|path| path.is_file() && brings_its_server(path))
}

/// What is wrong with the words by themselves, before any file is looked for.
fn objection(url: &str, files: &[&str], arguments: &Arguments) -> Option<String> {
    let is_sending = match arguments.command {
        Command::Run | Command::Explain => true,
        Command::Export => !url.is_empty(),
        _ => false,
    };
    let of_url = || no_base_url(url, files).filter(|_| is_sending && !arguments.absolute_urls);
    of_url().or_else(|| files.iter().find_map(|file| no_suite(file, url)))
}

fn add(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Wrong> {
    if !path.is_dir() {
        push(path.to_owned(), files);
        return Ok(());
    }
    let mut found = Vec::new();
    walk(path, &mut found);
    if found.is_empty() {
        return Err(Wrong::Nothing(format!("folder {} holds no .yaml or .yml file", path.display())));
    }
    found.sort();
    found.into_iter().for_each(|file| push(file, files));
    Ok(())
}

/// Every suite file under a folder. What cannot be listed holds none.
fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        // A link to a folder could lead in circles.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            walk(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml") {
            found.push(path);
        }
    }
}

/// One item of `--tests`: a file, a folder, or a pattern with `*`, `?`, `[…]`, `**`.
fn add_pattern(item: &str, files: &mut Vec<PathBuf>) -> Result<(), Wrong> {
    // The enhanced version un-escapes what a shell was told to leave alone.
    let pattern = item.replace("\\*", "*");
    if Path::new(&pattern).exists() || !pattern.contains(['*', '?', '[']) {
        return add(Path::new(&pattern), files);
    }
    let matches = glob::glob(&pattern)
        .map_err(|error| Wrong::Usage(format!("--tests: \"{item}\" is not a pattern: {}", error.msg)))?;
    let mut found: Vec<PathBuf> = matches.flatten().filter(|path| path.is_file()).collect();
    if found.is_empty() {
        return Err(Wrong::Nothing(format!("--tests: nothing matches \"{item}\"")));
    }
    found.sort();
    found.into_iter().for_each(|file| push(file, files));
    Ok(())
}

fn push(file: PathBuf, files: &mut Vec<PathBuf>) {
    if !files.contains(&file) {
        files.push(file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::parser::parse;
    use std::ffi::OsString;

    fn resolved(words: &[&str]) -> Result<(String, Vec<String>, bool), Wrong> {
        let arguments = parse(words.iter().map(OsString::from)).unwrap();
        let targets = settle(&arguments)?;
        let files = targets.files.iter().map(|file| file.to_string_lossy().into_owned()).collect();
        Ok((targets.base_url, files, targets.several))
    }

    #[test]
    fn url_and_suites_are_named_or_positional() {
        let one = || Ok(("http://u".to_owned(), vec!["F".to_owned()], false));
        let lines: [&[&str]; 7] = [
            &["http://u", "F"],
            &["--url", "http://u", "--test", "F"],
            &["--url=http://u", "F"],
            &["F", "--url=http://u"],
            &["http://u", "--test=F"],
            &["--test", "F", "http://u", "--log", "info"],
            &["--", "http://u", "F"],
        ];
        for words in lines {
            assert_eq!(resolved(words), one(), "{words:?}");
        }
        let many = Ok(("http://u".to_owned(), vec!["F".to_owned(), "G".to_owned()], true));
        assert_eq!(resolved(&["http://u", "F", "G", "F"]), many);
        assert_eq!(resolved(&["--url", "http://u", "F", "G"]), many);
        let positional = Ok(("http://u".to_owned(), vec!["F".to_owned()], false));
        assert_eq!(resolved(&["http://u", "F", "--url", "http://other"]), positional);
        for words in [&[][..], &["http://u"], &["--url", "http://u"], &["--test", "F"]] {
            assert!(matches!(resolved(words), Err(Wrong::Usage(_))), "{words:?}");
        }
        assert_eq!(resolved(&["http://u", "F", "--absolute-urls"]), Ok((String::new(), vec!["F".to_owned()], false)));
    }

    #[test]
    fn patterns_and_folders_are_sorted_and_without_repeats() {
        let folder = std::env::temp_dir().join(format!("resttest-targets-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("deep")).unwrap();
        for name in ["b.yaml", "a.yaml", "deep/c.yml", "body.json"] {
            std::fs::write(folder.join(name), "").unwrap();
        }
        let at = |name: &str| folder.join(name).to_string_lossy().into_owned();
        let list = format!("{}, {}", at("b.yaml"), at("*.yaml"));
        assert_eq!(resolved(&["http://u", "--tests", &list]).unwrap().1, [at("b.yaml"), at("a.yaml")]);
        assert_eq!(
            resolved(&["http://u", "--tests", &at("**/*.y*ml")]).unwrap().1,
            [at("a.yaml"), at("b.yaml"), at("deep/c.yml")]
        );
        assert_eq!(resolved(&["http://u", &folder.to_string_lossy()]).unwrap().1.len(), 3);
        assert!(matches!(resolved(&["http://u", "--tests", &at("x*.yaml")]), Err(Wrong::Nothing(_))));
        assert!(matches!(resolved(&["http://u", "--tests", &at("[")]), Err(Wrong::Usage(_))));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
