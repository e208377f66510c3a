//! What a file hands on to others, and which files it needs: `share` and `needs` of its `config`.
//!
//! Owns: the data. Does not: read files, keep values (see `run`).

use std::path::PathBuf;
use std::sync::Arc;

use crate::ground::source::Location;

/// What stands under `share` and `needs`.
#[derive(Debug, Clone, Default)]
pub struct Sharing {
    /// What the file hands on.
    pub share: Share,
    /// The files that it needs, in order.
    pub needs: Vec<NeededFile>,
}

/// Which variables go to later files of the run, and to files that import this one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Share {
    /// None.
    #[default]
    Nothing,
    /// These; each with the place where it is named.
    Names(Vec<(String, Location)>),
    /// All that the file has at its end.
    All,
}

/// What stands under `share` for the cookies of a file that keeps them.
pub const COOKIES: &str = "cookies";

/// A file that runs before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededFile {
    /// As it is written.
    pub written: String,
    /// Where it is: beside the suite, or else in the working directory.
    pub path: PathBuf,
    /// The place where it is named.
    pub location: Location,
    /// What the file is called in this run; as long as that is not settled, the path.
    pub suite: Arc<str>,
}
