//! Which suites hang together by what their files need, told before they are read in full.
//!
//! Owns: looking for `needs` in files and in what they import, as far as they can be read. Does not: say what is
//! wrong with them (whoever runs them does).

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::document::{Entry, Kind, Node};
use super::files::{read_test_file, read_text_file};
use super::sharing::{find, identity};

/// For each suite, given by its files, the first with which it hangs together: by a file that one needs of the other,
/// or that both need, however far away. One that stands alone has its own place.
pub fn connected(suites: &[Vec<PathBuf>]) -> Vec<usize> {
    let mut groups: Vec<usize> = (0..suites.len()).collect();
    let mut by_file: HashMap<PathBuf, usize> = HashMap::new();
    let mut needs = Needs::default();
    let closures: Vec<HashSet<PathBuf>> = suites.iter().map(|files| needs.closure(files)).collect();
    // Suites that name one file, and nobody needs it, have nothing to do with each other.
    let needed: HashSet<PathBuf> = needs.0.values().flatten().map(|path| identity(path)).collect();
    for (place, files) in closures.into_iter().enumerate() {
        for file in files.into_iter().filter(|file| needed.contains(file)) {
            let other = *by_file.entry(file).or_insert(place);
            let (one, other) = (root(&groups, place), root(&groups, other));
            groups[one.max(other)] = one.min(other);
        }
    }
    (0..suites.len()).map(|place| root(&groups, place)).collect()
}

fn root(groups: &[usize], mut place: usize) -> usize {
    while groups[place] != place {
        place = groups[place];
    }
    place
}

/// What files need, each looked into once.
#[derive(Default)]
struct Needs(HashMap<PathBuf, Vec<PathBuf>>);

impl Needs {
    /// Files, all that they need, all that those need.
    fn closure(&mut self, files: &[PathBuf]) -> HashSet<PathBuf> {
        let mut all = HashSet::new();
        let mut waiting: Vec<PathBuf> = files.to_vec();
        while let Some(path) = waiting.pop() {
            let file = identity(&path);
            if all.insert(file.clone()) {
                waiting.extend(self.0.entry(file).or_insert_with(|| needs_of(&path)).iter().cloned());
            }
        }
        all
    }
}

/// What a file and its imports need.
fn needs_of(path: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    let mut waiting = vec![(path.to_owned(), vec![PathBuf::new(), folder])];
    while let Some((path, import_folders)) = waiting.pop() {
        if !seen.insert(identity(&path)) || !may_say_so(&path) {
            continue;
        }
        let Ok(file) = read_test_file(&path) else { continue };
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        for entry in file.roots.iter().flat_map(entries) {
            if named(entry, "import") {
                let Some(written) = entry.value.as_str() else { continue };
                let candidates = import_folders.iter().map(|folder| folder.join(written));
                for import in candidates.filter(|import| import.exists()).take(1) {
                    let own = import.canonicalize().unwrap_or_default().parent().map(Path::to_owned);
                    waiting.push((import, own.into_iter().collect()));
                }
            } else if named(entry, "config") || named(entry, "configuration") {
                let needs = entries(&entry.value).into_iter().filter(|key| named(key, "needs"));
                found.extend(needs.flat_map(|key| texts(&key.value)).map(|written| find(&folder, written)));
            }
        }
    }
    found
}

/// Whether a file's text has one of the words at all: most have not, and need not be understood.
fn may_say_so(path: &Path) -> bool {
    let Ok(source) = read_text_file(path) else { return false };
    let text = source.text().to_ascii_lowercase();
    text.contains("needs") || text.contains("import")
}

fn named(entry: &Entry, name: &str) -> bool {
    entry.name.eq_ignore_ascii_case(name)
}

/// The entries of a mapping, or of a list of mappings.
fn entries(node: &Node) -> Vec<&Entry> {
    match &node.kind {
        Kind::Map(entries) => entries.iter().collect(),
        Kind::List(items) => items.iter().filter(|item| matches!(item.kind, Kind::Map(_))).flat_map(entries).collect(),
        Kind::Scalar(_) => Vec::new(),
    }
}

fn texts(node: &Node) -> Vec<&str> {
    match &node.kind {
        Kind::List(items) => items.iter().filter_map(Node::as_str).collect(),
        _ => node.as_str().into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_hang_together_by_what_they_need_however_far_away() {
        let folder = std::env::temp_dir().join(format!("resttest-connected-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("sub")).unwrap();
        for (name, text) in [
            ("alone.yaml", "- url: /x\n"),
            ("login.yaml", "- url: /login\n"),
            ("a.yaml", "- CONFIG: [{needs: login.yaml}]\n"),
            ("b.yaml", "- config: {needs: [far.yaml]}\n"),
            ("far.yaml", "- import: sub/near.yaml\n"),
            ("sub/near.yaml", "- config: {needs: ../login.yaml}\n"),
            ("broken.yaml", "- config: {needs: [login.yaml\n"),
            ("circle.yaml", "- config: {needs: circle.yaml}\n"),
            ("only_words.yaml", "- test: {url: /needs, name: import}\n"),
        ] {
            std::fs::write(folder.join(name), text).unwrap();
        }
        let group = |suites: &[&[&str]]| {
            let paths: Vec<Vec<PathBuf>> =
                suites.iter().map(|files| files.iter().map(|name| folder.join(name)).collect()).collect();
            connected(&paths)
        };
        assert_eq!(group(&[&["alone.yaml"], &["a.yaml"], &["only_words.yaml"]]), [0, 1, 2]);
        assert_eq!(group(&[&["alone.yaml"], &["a.yaml"], &["login.yaml"]]), [0, 1, 1]);
        assert_eq!(group(&[&["a.yaml"], &["alone.yaml"], &["b.yaml"], &["circle.yaml"]]), [0, 1, 0, 3]);
        assert_eq!(group(&[&["b.yaml"], &["broken.yaml"], &["alone.yaml", "a.yaml"]]), [0, 1, 0]);
        assert_eq!(group(&[&["alone.yaml"], &["alone.yaml"], &["a.yaml"]]), [0, 1, 2]);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
