//! The layout, kept true: who imports whom, who may print or leave, what a file must begin with.

use std::path::{Path, PathBuf};

use crate::support::root;

/// The floors from the ground up, a row for each folder of `src/`.
const FLOORS: &[(u8, &str)] = &[
    (1, "ground"),
    (2, "secrets"),
    (3, "exchange"),
    (4, "retry"),
    (4, "shape"),
    (5, "settings"),
    (6, "load"),
    (6, "mutate"),
    (6, "openapi"),
    (6, "variables"),
    (7, "judge"),
    (8, "auth"),
    (9, "extension"),
    (9, "test"),
    (10, "record"),
    (11, "suite"),
    (11, "http"),
    (11, "report"),
    (11, "serve"),
    (12, "convert"),
    (13, "recording"),
    (14, "drift"),
    (14, "mock"),
    (15, "run"),
    (16, "demo"),
    (17, "cli"),
];

/// Calls that stand outside their place, each with its reason.
const ALLOWED_CALLS: [(&str, &str, &str); 2] = [
    ("http/tls.rs", ".expect(", "rustls refuses only versions that its provider lacks, and ring has both"),
    ("run/hooks.rs", "io::stderr()", "a hook's own output goes there, so that stdout stays results"),
];

/// Folders that read the clock or sleep by themselves, each with its reason.
const ALLOWED_TIME: [(&str, &str); 10] = [
    ("ground/clock", "it is the clock"),
    ("ground/process_group", "waits for real processes, and ends them when their time is over"),
    ("http", "times the phases of an exchange"),
    ("cli", "waits for people, signals and the engine's end"),
    ("demo", "states of its own that pass with time"),
    ("mock", "says when a request came and how long its answer took"),
    ("serve", "the patience of event loops"),
    ("run/processes", "waits for real processes"),
    ("run/hooks", "waits for real processes, and ends them when the run is stopped"),
    ("run/load", "paces and measures real load; not behind the clock yet"),
];

/// A file of `src/`, without its tests.
pub struct SourceFile {
    /// Below `src/`.
    pub path: PathBuf,
    /// Whether all of it is tests.
    pub is_test: bool,
    /// `suite` for `src/suite/reader.rs`, `test` for `src/test.rs`.
    module: String,
    first_line: String,
    /// Lines of code with their numbers; neither comments nor `#[cfg(test)]` modules.
    pub code: Vec<(usize, String)>,
}

pub fn sources() -> Vec<SourceFile> {
    let mut files = Vec::new();
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of src").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                files.push(read(&path));
            }
        }
    }
    // It is run by cargo and no part of the program.
    files.retain(|file| file.path != Path::new("build.rs"));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(files.len() > 50, "src/ is not where it was");
    files
}

fn read(path: &Path) -> SourceFile {
    let text = std::fs::read_to_string(path).expect("a source file");
    let inside = path.strip_prefix(root().join("src")).expect("below src").to_path_buf();
    let first = inside.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
    let is_test = inside.components().any(|part| {
        let part = part.as_os_str().to_string_lossy();
        part == "tests" || part == "tests.rs" || part.ends_with("_tests.rs")
    });
    let mut code = Vec::new();
    let mut lines = text.lines().enumerate().peekable();
    while let Some((at, line)) = lines.next() {
        if is_test {
            break;
        }
        if line.trim() == "#[cfg(test)]" {
            match lines.peek() {
                // The tests of a file stand at its end.
                Some((_, next)) if next.trim_start().starts_with("mod ") && next.trim_end().ends_with('{') => break,
                _ => {
                    lines.next();
                    continue;
                }
            }
        }
        let line = line.split("//").next().unwrap_or_default();
        if !line.trim().is_empty() {
            code.push((at + 1, line.to_owned()));
        }
    }
    SourceFile {
        path: inside,
        is_test,
        module: first.trim_end_matches(".rs").to_owned(),
        first_line: text.lines().next().unwrap_or_default().to_owned(),
        code,
    }
}

fn floor(module: &str) -> Option<u8> {
    FLOORS.iter().find(|(_, folder)| *folder == module).map(|(floor, _)| *floor)
}

/// The modules of the crate that a line names.
fn imports<'l>(file: &SourceFile, line: &'l str) -> Vec<&'l str> {
    let is_at_the_top = file.path.components().count() == 1;
    let mut starts = vec!["crate::"];
    if is_at_the_top {
        starts.push("super::");
    }
    let word = |text: &'l str| text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    starts.iter().flat_map(|start| line.split(start).skip(1)).map(word).filter(|name| !name.is_empty()).collect()
}

#[test]
fn a_file_imports_from_floors_below_its_own_and_its_own_folder() {
    let mut wrong = Vec::new();
    for file in sources().iter().filter(|file| !matches!(file.module.as_str(), "lib" | "main")) {
        let Some(own) = floor(&file.module) else {
            wrong.push(format!("{}: on no floor; add it to FLOORS", file.path.display()));
            continue;
        };
        for (number, line) in &file.code {
            for name in imports(file, line) {
                let Some(other) = floor(name) else { continue };
                if other >= own && name != file.module {
                    wrong
                        .push(format!("{}:{number}: floor {own} imports {name} of floor {other}", file.path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_leaves_prints_or_panics_out_of_its_place() {
    let everywhere = [
        "process::exit",
        "process::abort",
        ".unwrap()",
        ".expect(",
        "panic!(",
        "todo!(",
        "unimplemented!(",
        "unreachable!(",
        "dbg!(",
    ];
    let printing = ["println!(", "eprintln!(", "print!(", "eprint!(", "io::stdout()", "io::stderr()"];
    let mut wrong = Vec::new();
    for file in sources() {
        let may_print = matches!(file.module.as_str(), "cli" | "report");
        for (number, line) in &file.code {
            let refused = everywhere.iter().chain(printing.iter().filter(|_| !may_print));
            for call in refused.filter(|call| line.contains(*call)) {
                let path = file.path.display().to_string();
                if !ALLOWED_CALLS.iter().any(|(where_, what, _)| *where_ == path && what == call) {
                    wrong.push(format!("{path}:{number}: {call}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_environment_and_the_clock_have_their_places() {
    let mut wrong = Vec::new();
    for file in sources() {
        for (number, line) in &file.code {
            let reads_environment = line.contains("env::var") && !matches!(file.module.as_str(), "cli" | "http");
            let has_own_time =
                ["Instant::now", "thread::sleep", "SystemTime::now"].iter().any(|call| line.contains(call))
                    && !ALLOWED_TIME.iter().any(|(place, _)| file.path.with_extension("").starts_with(place));
            if reads_environment || has_own_time {
                wrong.push(format!("{}:{number}: {}", file.path.display(), line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_first_what_it_owns() {
    let silent: Vec<String> = sources()
        .iter()
        .filter(|file| !file.first_line.starts_with("//! "))
        .map(|file| file.path.display().to_string())
        .collect();
    assert!(silent.is_empty(), "no //! in the first line: {silent:?}");
}

#[test]
fn no_name_says_nothing() {
    let empty_words = ["manager", "helper", "util", "data"];
    let says_nothing = |name: &str| {
        let mut words = vec![String::new()];
        for letter in name.chars() {
            if letter == '_' || letter.is_uppercase() {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(letter.to_lowercase().filter(|letter| letter.is_alphanumeric()));
            }
        }
        words.iter().any(|word| empty_words.contains(&word.trim_end_matches('s')))
    };
    let mut wrong = Vec::new();
    for file in sources() {
        let path = file.path.with_extension("");
        if path.iter().any(|part| says_nothing(&part.to_string_lossy())) {
            wrong.push(file.path.display().to_string());
        }
        for (number, line) in &file.code {
            let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
            while let Some(word) = words.next() {
                if matches!(word, "fn" | "struct" | "enum" | "trait" | "type" | "mod")
                    && let Some(name) = words.next().filter(|name| says_nothing(name))
                {
                    wrong.push(format!("{}:{number}: {name}", file.path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
