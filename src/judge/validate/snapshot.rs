//! The `snapshot` validator: the body against one that was kept in a file.
//!
//! Owns: comparing, and writing the file where that is asked for. Does not: decide whether it is (see `Keeper`), know
//! what is a secret (the text comes without).

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::difference::Differences;
use super::json_equals::Leniency;
use crate::exchange::response::Response;
use crate::ground::input::{BODY_LIMIT, open_input};
use crate::ground::json::{self, Tree};
use crate::ground::source::plain;
use crate::ground::value::Value;
use crate::ground::whole_file::replace;
use crate::judge::extract::JsonPath;
use crate::judge::wording::pretty;
use crate::variables::context::Context;
use crate::variables::template::Text;

/// A kept body.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The file.
    pub file: Text,
    /// Folders that a relative path is looked up in, in this order; a new one is written in the first.
    pub folders: Vec<PathBuf>,
    /// Parts that are not compared.
    pub ignore: Vec<JsonPath>,
}

/// What is done with snapshots in a run.
pub struct Keeper<'k> {
    /// Takes the secrets out of a text.
    pub redact: &'k dyn Fn(&str) -> String,
    /// Whether files are written where they are missing or differ.
    pub updates: bool,
}

/// Why a body was not accepted.
pub(super) enum Changed {
    /// It differs.
    Differs(Differences),
    /// It could not be judged.
    Unusable(String),
}

impl Snapshot {
    pub(super) fn check(&self, response: &Response, context: &Context, keeper: &Keeper<'_>) -> Result<(), Changed> {
        let written = self.file.render(context);
        let path = self.find(Path::new(&written));
        let got = match std::str::from_utf8(&response.body) {
            Ok(text) => Got::of((keeper.redact)(text)),
            Err(_) => Got::Bytes(response.body.clone()),
        };
        let found = match fs::metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Changed::Unusable(format!(
                "there is no {written} yet; --update-snapshots writes it, but never where CI is set"
            ))),
            _ => match open_input(&path, BODY_LIMIT) {
                Ok(kept) => got.compare(&kept, &self.ignore).map_err(Changed::Differs),
                Err(error) => Err(Changed::Unusable(format!("cannot read {}: {}", path.display(), plain(&error)))),
            },
        };
        if found.is_ok() || !keeper.updates {
            return found;
        }
        write(&path, &written, &got.into_bytes())
            .map_err(|reason| Changed::Unusable(format!("cannot write {written}: {reason}")))
    }

    pub(super) fn variables(&self) -> Vec<String> {
        self.file.variables().into_iter().map(str::to_owned).collect()
    }

    /// The first folder in which a relative path exists; else where it is written.
    fn find(&self, path: &Path) -> PathBuf {
        let candidates = self.folders.iter().map(|folder| folder.join(path));
        let beside = candidates.clone().next().unwrap_or_else(|| path.to_owned());
        candidates.chain([path.to_owned()]).find(|candidate| candidate.exists()).unwrap_or(beside)
    }
}

/// A body, without secrets.
enum Got {
    Json(Value),
    Text(String),
    Bytes(Vec<u8>),
}

impl Got {
    fn of(text: String) -> Got {
        match json::parse(text.as_bytes()) {
            Ok(value) => Got::Json(value),
            Err(_) => Got::Text(text),
        }
    }

    fn compare(&self, kept: &[u8], ignore: &[JsonPath]) -> Result<(), Differences> {
        let differences = match self {
            Got::Json(got) => match json::parse(kept) {
                Ok(kept) => {
                    let leniency = Leniency { ignore: ignore.to_vec(), ..Leniency::default() };
                    leniency.compare(&kept, got, &Tree::of(got))
                }
                Err(_) => Differences::of_lines(&String::from_utf8_lossy(kept), &pretty(got)),
            },
            Got::Text(got) => Differences::of_lines(&String::from_utf8_lossy(kept), got),
            Got::Bytes(got) if got == kept => None,
            Got::Bytes(got) => Some(Differences::said(format!(
                "the {} bytes that were kept are not the {} that came",
                kept.len(),
                got.len()
            ))),
        };
        differences.map_or(Ok(()), Err)
    }

    fn into_bytes(self) -> Vec<u8> {
        match self {
            Got::Json(value) => format!("{}\n", pretty(&value)).into_bytes(),
            Got::Text(text) => text.into_bytes(),
            Got::Bytes(bytes) => bytes,
        }
    }
}

/// Writes it whole, or not at all. The path may lead to no folder above the one it is looked up in.
fn write(path: &Path, written: &str, bytes: &[u8]) -> Result<(), String> {
    let written = Path::new(written);
    let mut depth = 0_i64;
    for part in written.components() {
        depth += match part {
            Component::Normal(_) => 1,
            Component::CurDir => 0,
            Component::ParentDir => -1,
            Component::RootDir | Component::Prefix(_) => return Err("only a relative path is written".to_owned()),
        };
        if depth < 0 {
            return Err("it leads out of the suite's folder".to_owned());
        }
    }
    let mut base = path.to_owned();
    for _ in written.components().filter(|part| !matches!(part, Component::CurDir)) {
        base.pop();
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let here = |path: &Path| if path.as_os_str().is_empty() { PathBuf::from(".") } else { path.to_owned() };
    let (base, folder) = (here(&base), here(folder));
    fs::create_dir_all(&folder).map_err(|error| plain(&error))?;
    let real = |path: &Path| fs::canonicalize(path).map_err(|error| plain(&error));
    if !real(&folder)?.starts_with(real(&base)?) {
        return Err("a link leads out of the suite's folder".to_owned());
    }
    let name = path.file_name().ok_or("it names no file")?;
    replace(&folder.join(name), bytes).map_err(|error| plain(&error))
}
