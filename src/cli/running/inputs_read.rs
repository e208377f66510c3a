//! The files that a run reads, told to the process that watches them.
//!
//! Owns: the form in which they are told, and where. Does not: look whether they change (see `watch`).

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::cli::terminal::environment;
use crate::ground::input_log::{self, Stamps};

/// The variable that names the file for them; child processes have it, too.
pub const VARIABLE: &str = "RESTTEST__INPUTS";

/// Keeps what is read, if somebody wants to know.
pub fn begin() {
    if environment(VARIABLE).is_some() {
        input_log::keep();
    }
}

/// Tells what has been read.
pub fn tell() {
    let Some(file) = environment(VARIABLE) else { return };
    let lines = input_log::take().into_iter().filter_map(|pair| serde_json::to_string(&pair).ok());
    let text: String = lines.map(|line| line + "\n").collect();
    let told = OpenOptions::new().append(true).open(file).and_then(|mut file| file.write_all(text.as_bytes()));
    if let Err(error) = told {
        log::debug!("the files that were read cannot be told: {error}");
    }
}

/// What has been told; of a file that several processes read, what the first one saw.
pub fn told(file: &Path) -> Stamps {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let mut all = Stamps::new();
    for (path, stamp) in text.lines().filter_map(|line| serde_json::from_str::<(PathBuf, String)>(line).ok()) {
        all.entry(path).or_insert(stamp);
    }
    all
}
