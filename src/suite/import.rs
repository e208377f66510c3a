//! `import` elements: which file is meant, and whether it has been read already.

use std::path::{Path, PathBuf};

use super::document::Entry;
use super::reader::{FileReader, Read};

/// The path of an import: relative to `folders`, the first that has it.
pub fn path(reader: &FileReader<'_>, element: &Entry) -> Read<PathBuf> {
    let written = Path::new(reader.text(&element.value, "import")?);
    if written.is_absolute() {
        return Ok(written.to_owned());
    }
    let candidates: Vec<PathBuf> = reader.import_folders.iter().map(|folder| folder.join(written)).collect();
    let found = candidates.iter().find(|path| path.exists()).or(candidates.first());
    Ok(found.cloned().unwrap_or_else(|| written.to_owned()))
}

/// Removes a leading `./` and an empty folder, so that messages show the path as people write it.
pub fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    text.strip_prefix("./").unwrap_or(&text).to_owned()
}
