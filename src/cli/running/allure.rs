//! What results for Allure say of the place of a run: its folder, its machine, its commit, its CI system.
//!
//! Owns: finding that out. Does not: write it (see `report::allure`).

use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::path::{Path, PathBuf};

use crate::cli::args::wanted::Wanted;
use crate::cli::environment::{environment, host};
use crate::ground::ci_job::CiJob;
use crate::report::AllureForm;

/// What the command line and the surroundings say.
pub fn form(wanted: &Wanted) -> AllureForm {
    let here = std::env::current_dir().unwrap_or_default();
    let top = here.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_owned);
    let job = CiJob::of(&environment);
    AllureForm {
        is_version_2: wanted.allure_is_version_2.unwrap_or_default(),
        cleans: wanted.allure_cleans,
        commit: commit(job.as_ref(), top.as_deref()),
        here,
        top,
        host: host(),
        job: job.map(Box::new),
        seed: RandomState::new().hash_one(0_u8),
    }
}

/// The commit that a CI system says it has checked out, or that is.
fn commit(job: Option<&CiJob>, top: Option<&Path>) -> Option<String> {
    job.and_then(|job| job.commit.clone()).or_else(|| checked_out(&top?.join(".git")))
}

fn checked_out(git: &Path) -> Option<String> {
    // Of a worktree it is a file that says where the folder is.
    let folder = match fs::read_to_string(git) {
        Ok(text) => git.parent()?.join(text.trim().strip_prefix("gitdir: ")?),
        Err(_) => git.to_owned(),
    };
    let head = fs::read_to_string(folder.join("HEAD")).ok()?;
    let Some(name) = head.trim().strip_prefix("ref: ") else { return Some(head.trim().to_owned()) };
    let common: PathBuf = match fs::read_to_string(folder.join("commondir")) {
        Ok(path) => folder.join(path.trim()),
        Err(_) => folder,
    };
    if let Ok(commit) = fs::read_to_string(common.join(name)) {
        return Some(commit.trim().to_owned());
    }
    let packed = fs::read_to_string(common.join("packed-refs")).ok()?;
    let line = packed.lines().find(|line| line.ends_with(name))?;
    line.split_once(' ').map(|(commit, _)| commit.to_owned())
}
