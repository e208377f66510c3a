//! No circle of imports: whoever reads a file may understand first what it imports, and never comes back.

use std::collections::{BTreeMap, BTreeSet};

use super::floors::{SourceFile, sources};

/// Rooms whose circles are still being taken apart. To be emptied; no room is added.
const UNFINISHED: [&str; 0] = [];

/// The floors inside `cli/`, from its ground up: a room imports from those before it.
const ROOMS_OF_CLI: [&[&str]; 6] = [
    &[
        "broken",
        "complaint",
        "environment",
        "exit",
        "logging",
        "own_process",
        "quiet",
        "signals",
        "streams",
        "terminal",
    ],
    &["args"],
    &["help"],
    &["plan", "one_request"],
    &["running"],
    &["commands"],
];

/// A path as a file writes it: `["crate", "suite", "reader", "Suite"]`.
type Written = Vec<String>;

/// A module of the crate, without its tests.
struct Module {
    file: String,
    /// `["cli", "args", "flags"]`.
    name: Vec<String>,
    /// Every path into the crate, with the line where it stands.
    paths: Vec<(usize, Written)>,
    /// What the module passes on: the name (`*` for all), and where it is from.
    passed_on: Vec<(String, Written)>,
    /// Names of its own that others may see.
    own: BTreeSet<String>,
}

struct Crate {
    modules: BTreeMap<Vec<String>, Module>,
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The paths of a `use` tree: `a::{b, c::d as e}` is `a::b` and `a::c::d`, the latter by the name `e`.
fn expand(before: &[String], tree: &str, out: &mut Vec<(String, Written)>) {
    let tree = tree.trim();
    let Some((front, inside)) = tree.split_once('{') else {
        let (path, name) = tree.split_once(" as ").unwrap_or((tree, ""));
        let mut written = before.to_vec();
        written.extend(path.split("::").map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()));
        if written.last().is_some_and(|last| last == "self") {
            written.pop();
        }
        let name = if name.is_empty() { written.last().cloned().unwrap_or_default() } else { name.trim().to_owned() };
        out.push((name, written));
        return;
    };
    let mut before = before.to_vec();
    before.extend(front.split("::").map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()));
    let (mut depth, mut item) = (0, String::new());
    for c in inside.chars() {
        match c {
            ',' | '}' if depth == 0 => {
                if !item.trim().is_empty() {
                    expand(&before, &item, out);
                }
                item.clear();
                continue;
            }
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        item.push(c);
    }
}

/// The name that a line of code makes public, if it does.
fn public_name(line: &str) -> Option<String> {
    let rest = line
        .strip_prefix("pub ")
        .or_else(|| line.strip_prefix("pub(").and_then(|rest| rest.split_once(") ").map(|(_, rest)| rest)))?;
    let rest = rest.trim_start_matches("const fn ").trim_start_matches("fn ");
    let kinds = ["struct ", "enum ", "trait ", "type ", "const ", "static "];
    let rest = kinds.iter().find_map(|kind| rest.strip_prefix(kind)).unwrap_or(rest);
    let name: String = rest.chars().take_while(|c| is_word(*c)).collect();
    (!name.is_empty() && name != "use" && name != "mod").then_some(name)
}

fn module(file: &SourceFile) -> Module {
    let path = file.path.with_extension("").to_string_lossy().into_owned();
    let mut name: Vec<String> = path.split('/').map(str::to_owned).collect();
    if name.last().is_some_and(|last| last == "mod" || last == "lib") {
        name.pop();
    }
    let (mut paths, mut passed_on, mut own) = (Vec::new(), Vec::new(), BTreeSet::new());
    let mut lines = file.code.iter();
    while let Some((number, line)) = lines.next() {
        let line = line.trim();
        let head = line.find("use ").map(|at| &line[..at]);
        if head
            .is_some_and(|head| head.is_empty() || head == "pub " || head.starts_with("pub(") && head.ends_with(") "))
        {
            let mut tree = line.split_once("use ").map(|(_, tree)| tree.to_owned()).unwrap_or_default();
            while !tree.contains(';') {
                let Some((_, more)) = lines.next() else { break };
                tree.push_str(more.trim());
            }
            let mut found = Vec::new();
            expand(&[], tree.trim_end_matches(';'), &mut found);
            let is_public = head.is_some_and(|head| !head.is_empty());
            for (name, written) in found {
                if is_public {
                    passed_on.push((name, written.clone()));
                }
                paths.push((*number, written));
            }
            continue;
        }
        own.extend(public_name(line));
        for start in ["crate::", "super::"] {
            for (at, _) in line.match_indices(start) {
                if !line[..at].ends_with(|c: char| is_word(c) || c == ':') {
                    let path: String = line[at..].chars().take_while(|c| is_word(*c) || *c == ':').collect();
                    let parts = path.split("::").filter(|part| !part.is_empty()).map(str::to_owned);
                    paths.push((*number, parts.collect()));
                }
            }
        }
    }
    Module { file: file.path.display().to_string(), name, paths, passed_on, own }
}

impl Crate {
    fn read() -> Crate {
        let files = sources();
        let modules = files.iter().filter(|file| !file.is_test).map(module);
        Crate { modules: modules.map(|module| (module.name.clone(), module)).collect() }
    }

    /// The module that a path leads to in the end, through whatever passes its name on.
    fn resolve(&self, from: &[String], written: &[String], depth: usize) -> Option<&Module> {
        let mut here = from.to_vec();
        let mut rest = written;
        match written.first().map(String::as_str) {
            Some("crate") => (here, rest) = (Vec::new(), &written[1..]),
            Some("self") => rest = &written[1..],
            Some("super") => {
                while rest.first().is_some_and(|part| part == "super") {
                    here.pop();
                    rest = &rest[1..];
                }
            }
            // A name of this module, or one of another crate.
            Some(first) => {
                here.push(first.to_owned());
                if !self.modules.contains_key(&here) {
                    return None;
                }
                rest = &written[1..];
            }
            None => {}
        }
        let mut at = 0;
        while let Some(part) = rest.get(at) {
            here.push(part.clone());
            if !self.modules.contains_key(&here) {
                here.pop();
                break;
            }
            at += 1;
        }
        let found = self.modules.get(&here)?;
        let Some(name) = rest.get(at).filter(|name| depth < 8 && !found.own.contains(*name)) else {
            return Some(found);
        };
        let by_name = found.passed_on.iter().find(|(passed, _)| passed == name);
        if let Some((_, written)) = by_name {
            return self.resolve(&found.name, written, depth + 1).or(Some(found));
        }
        let all = found.passed_on.iter().filter(|(passed, _)| passed == "*");
        let through = |written: &Written| {
            let mut written = written.clone();
            written.pop();
            written.push(name.clone());
            self.resolve(&found.name, &written, depth + 1).filter(|module| module.own.contains(name))
        };
        all.map(|(_, written)| written).find_map(through).or(Some(found))
    }

    /// Who imports whom, with the first line that does. A module may know what is in its own folder: it is its front.
    fn edges(&self) -> BTreeMap<&str, BTreeMap<&str, usize>> {
        let mut edges: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
        for module in self.modules.values() {
            let to = edges.entry(&module.file).or_default();
            for (line, written) in &module.paths {
                let Some(other) = self.resolve(&module.name, written, 0) else { continue };
                if !other.name.starts_with(&module.name) {
                    to.entry(&other.file).or_insert(*line);
                }
            }
        }
        edges
    }
}

/// Everything that a file leads to.
fn reach<'c>(edges: &BTreeMap<&'c str, BTreeMap<&'c str, usize>>, from: &'c str) -> BTreeSet<&'c str> {
    let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(file) = next.pop() {
        for other in edges.get(file).into_iter().flat_map(BTreeMap::keys) {
            if seen.insert(*other) {
                next.push(other);
            }
        }
    }
    seen
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let all = Crate::read();
    let edges = all.edges();
    let count: usize = edges.values().map(BTreeMap::len).sum();
    assert!(count > 300, "only {count} imports were found; is the reading of them broken?");
    let reached: BTreeMap<&str, BTreeSet<&str>> = edges.keys().map(|file| (*file, reach(&edges, file))).collect();
    let mut wrong = Vec::new();
    for (file, to) in &edges {
        if UNFINISHED.iter().any(|room| file.starts_with(&format!("{room}/"))) {
            continue;
        }
        for (other, line) in to {
            if reached.get(other).is_some_and(|back| back.contains(file)) {
                wrong.push(format!("{file}:{line} imports {other}, which leads back to it"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_rooms_of_the_command_are_floors_too() {
    let all = Crate::read();
    let floor = |file: &str| {
        let room = file.strip_prefix("cli/")?.split(['/', '.']).next()?;
        ROOMS_OF_CLI.iter().position(|rooms| rooms.contains(&room))
    };
    let mut wrong = Vec::new();
    for (file, to) in all.edges() {
        let Some(own) = floor(file) else { continue };
        let above = to.iter().filter(|(other, _)| floor(other).is_some_and(|other| other > own));
        wrong.extend(above.map(|(other, line)| format!("{file}:{line} imports {other}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let strays: Vec<&str> = all
        .modules
        .values()
        .map(|module| module.file.as_str())
        .filter(|file| file.starts_with("cli/") && *file != "cli/mod.rs" && floor(file).is_none())
        .collect();
    assert!(strays.is_empty(), "in no room of cli/: {strays:?}");
}

#[test]
fn trees_of_imports_are_understood() {
    let mut out = Vec::new();
    expand(&[], "crate::a::{self, b::{C, D as E}, f}", &mut out);
    let shown: Vec<String> = out.iter().map(|(name, path)| format!("{name} {}", path.join("::"))).collect();
    assert_eq!(shown, ["a crate::a", "C crate::a::b::C", "E crate::a::b::D", "f crate::a::f"]);
    for (line, name) in [
        ("pub fn find(x: u8) {", Some("find")),
        ("pub(super) const fn of() {", Some("of")),
        ("pub const ALL: u8 = 1;", Some("ALL")),
        ("pub struct Flag {", Some("Flag")),
        ("fn own() {", None),
    ] {
        assert_eq!(public_name(line).as_deref(), name, "{line}");
    }
}
