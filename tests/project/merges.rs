//! What two people changed at once has been put together by somebody.

use std::path::PathBuf;

use crate::support::root;

#[test]
fn no_file_has_marks_of_a_merge_left_in_it() {
    let mut found: Vec<String> = Vec::new();
    let mut seen = 0;
    let mut open: Vec<PathBuf> =
        ["README.md", "Cargo.toml", "src", "tests", "fixtures"].map(|name| root().join(name)).to_vec();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
            continue;
        }
        let text = std::fs::read(&path).expect("a file");
        seen += 1;
        let is_mark = |line: &[u8]| line.starts_with(&[b'<'; 7]) || line.starts_with(&[b'>'; 7]);
        if let Some(line) = text.split(|byte| *byte == b'\n').position(is_mark) {
            found.push(format!("{}:{}", path.display(), line + 1));
        }
    }
    assert!(seen > 500, "{seen} files");
    assert!(found.is_empty(), "{found:?}");
}
