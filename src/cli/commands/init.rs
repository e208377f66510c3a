//! `resttest init`: a first suite, and the file that runs it in CI.
//!
//! Owns: where they go, that nothing is replaced unasked. Does not: hold the texts (see `src/cli/starter/`).

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::cli::args::arguments::Arguments;
use crate::cli::exit::Exit;
use crate::cli::terminal::{fail, print_foreign};
use crate::ground::source::plain;

/// The suite: its name in the folder, and its text.
const SUITE: (&str, &str) = ("smoke.yaml", include_str!("../starter/smoke.yaml"));

/// The files of CI systems, by the word that asks for each.
const CI: [(&str, &str, &str); 3] = [
    ("github", ".github/workflows/resttest.yml", include_str!("../starter/github.yml")),
    ("gitlab", ".gitlab-ci.yml", include_str!("../starter/gitlab.yml")),
    ("jenkins", "Jenkinsfile", include_str!("../starter/Jenkinsfile")),
];

/// Writes the files into a folder: all of them, or none where one is there already.
pub fn run(arguments: &Arguments) -> Exit {
    let folder = match arguments.positional.as_slice() {
        [] => Path::new(""),
        [folder] => Path::new(folder),
        [_, more, ..] => {
            return fail(Exit::Usage, &format!("unexpected argument \"{more}\"; resttest init takes one folder"));
        }
    };
    if folder.to_str().is_some_and(|folder| folder.contains("://")) {
        return fail(Exit::Usage, "resttest init takes a folder, not a URL; the URL is named when the suite runs");
    }
    let of_ci = CI.iter().filter(|(word, ..)| arguments.ci == Some(word)).map(|(_, name, text)| (*name, *text));
    let files: Vec<(PathBuf, &str)> =
        std::iter::once(SUITE).chain(of_ci).map(|(name, text)| (folder.join(name), text)).collect();
    let there: Vec<String> = files
        .iter()
        .filter(|(path, _)| path.symlink_metadata().is_ok())
        .map(|(path, _)| path.display().to_string())
        .collect();
    if !there.is_empty() && !arguments.force {
        let (names, verb, them) = match there.as_slice() {
            [one] => (one.clone(), "exists", "it"),
            several => (several.join(" and "), "exist", "them"),
        };
        return fail(Exit::Output, &format!("{names} {verb}, so nothing was written; --force replaces {them}"));
    }
    let mut told = String::new();
    for (path, text) in &files {
        if let Err(error) = write(path, text, arguments.force) {
            return fail(Exit::Output, &format!("{} cannot be written: {}", path.display(), plain(&error)));
        }
        let _ = writeln!(told, "wrote {}", path.display());
    }
    let suite = folder.join(SUITE.0);
    let _ = writeln!(told, "next: resttest http://127.0.0.1:8000 {}", suite.display());
    print_foreign(&told)
}

fn write(path: &Path, text: &str, force: bool) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true);
    let opened = if force { options.create(true).truncate(true) } else { options.create_new(true) };
    opened.open(path)?.write_all(text.as_bytes())
}
