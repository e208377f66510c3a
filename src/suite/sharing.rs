//! `share` and `needs` of a `config`.
//!
//! Owns: reading the keys, where a needed file is looked for. Does not: read that file (see `needed_files`).

use std::path::{Path, PathBuf};

use super::document::{Entry, Kind, Node};
use super::import::shown;
use super::reader::{FileReader, Read};
use crate::ground::value::Value;
use crate::test::set::TestSet;
use crate::test::sharing::{NeededFile, Share, Sharing};

/// What a list or a word of `share` may be.
const SHARE: &str = "a list of variables, or all";

/// Reads `share`; what several `config` elements share adds up.
pub fn share(reader: &FileReader<'_>, entry: &Entry, set: &mut TestSet) -> Read<()> {
    let node = &entry.value;
    let share = match &node.kind {
        Kind::List(items) => Share::Names(items.iter().map(|item| name(reader, item, node)).collect::<Read<Vec<_>>>()?),
        Kind::Scalar(Value::Str(word)) if word.eq_ignore_ascii_case("all") => Share::All,
        Kind::Scalar(Value::Str(word)) if !word.is_empty() => {
            let remedy = format!("; write [{}]", word.trim_start_matches('$'));
            return Err(reader.wrong(node, "share", SHARE).saying(&remedy));
        }
        _ => return Err(reader.wrong(node, "share", SHARE)),
    };
    let have = &mut sharing(set).share;
    match (have, share) {
        (Share::All, _) => {}
        (Share::Names(names), Share::Names(more)) => names.extend(more),
        (have, share) => *have = share,
    }
    Ok(())
}

/// A variable that is shared, with its place.
fn name(reader: &FileReader<'_>, item: &Node, list: &Node) -> Read<(String, crate::ground::source::Location)> {
    let at = item.at.or(list.at);
    match item.as_str() {
        Some(written) if written.starts_with('$') => {
            let bare = written.trim_start_matches('$').trim_matches(['{', '}']);
            Err(reader.fault(at, format!("share takes the name of a variable, not \"{written}\"; write {bare}")))
        }
        Some(written) if !written.is_empty() => Ok((written.to_owned(), reader.location(at))),
        _ => {
            Err(reader
                .fault(at, format!("share must be {SHARE}; the name of a variable is text, not {}", item.found())))
        }
    }
}

/// Reads `needs`; what several `config` elements need adds up.
pub fn needs(reader: &FileReader<'_>, entry: &Entry, set: &mut TestSet) -> Read<()> {
    const ALLOWED: &str = "a suite file, or a list of them";
    let items: &[Node] = match &entry.value.kind {
        Kind::List(items) => items,
        _ => std::slice::from_ref(&entry.value),
    };
    for item in items {
        let at = item.at.or(entry.value.at).or(entry.at);
        let written = item.as_str().filter(|written| !written.is_empty());
        let written =
            written.ok_or_else(|| reader.fault(at, format!("needs must be {ALLOWED}, not {}", item.found())))?;
        let path = find(&reader.folder, written);
        let suite = shown(&path).into();
        sharing(set).needs.push(NeededFile { written: written.to_owned(), path, location: reader.location(at), suite });
    }
    Ok(())
}

fn sharing(set: &mut TestSet) -> &mut Sharing {
    set.config.sharing.get_or_insert_default()
}

/// A needed file: beside the suite, or else in the working directory; without the `..` that lead nowhere else.
pub fn find(folder: &Path, written: &str) -> PathBuf {
    let beside = folder.join(written);
    let found = if !beside.exists() && Path::new(written).exists() { PathBuf::from(written) } else { beside };
    let tidy = folded(&found);
    match (tidy.canonicalize(), found.canonicalize()) {
        (Ok(one), Ok(other)) if one == other => tidy,
        (Err(_), Err(_)) => tidy,
        _ => found,
    }
}

/// What tells a file from all others: where it is on the disk, or else its path.
pub fn identity(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| folded(path))
}

/// A path without `.`, and without `..` where a name stands before it.
fn folded(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut folded = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(folded.components().next_back(), Some(Component::Normal(_))) => {
                folded.pop();
            }
            part => folded.push(part),
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_folded_as_far_as_names_go() {
        for (written, expected) in [
            ("a.yaml", "a.yaml"),
            ("./a.yaml", "a.yaml"),
            ("suites/../a.yaml", "a.yaml"),
            ("suites/./x/../../a.yaml", "a.yaml"),
            ("../a.yaml", "../a.yaml"),
            ("../../x/../a.yaml", "../../a.yaml"),
            ("/x/../a.yaml", "/a.yaml"),
            ("/../a.yaml", "/../a.yaml"),
        ] {
            assert_eq!(folded(Path::new(written)), Path::new(expected), "{written}");
        }
    }
}
