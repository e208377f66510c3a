//! Where things are written: file, line, column, an excerpt, and "did you mean".
//!
//! Owns: positions in a text, the error that points at one, nearest names.
//! Does not: read files, know what a suite is.

use std::fmt;
use std::hash::{DefaultHasher, Hasher as _};
use std::sync::Arc;

use super::excerpt::Excerpt;

/// A line and a column, both from 1; line 0 means that the place is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

impl Position {
    /// Whether the place is known.
    pub fn is_known(self) -> bool {
        self.line > 0
    }

    /// This place, or the other where this one is not known.
    pub fn or(self, other: Position) -> Position {
        if self.is_known() { self } else { other }
    }
}

/// A place in a named file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Location {
    /// The file as the user named it.
    pub file: Arc<str>,
    /// The place in it.
    pub position: Position,
}

impl fmt::Display for Location {
    /// `smoke.yaml:12:9`, or only the file where the place is not known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.position.is_known() {
            write!(f, ":{}:{}", self.position.line, self.position.column)?;
        }
        Ok(())
    }
}

impl Location {
    /// `smoke.yaml:12`: the short form, beside a failed assertion.
    pub fn line(&self) -> String {
        if self.position.is_known() { format!("{}:{}", self.file, self.position.line) } else { self.file.to_string() }
    }
}

/// How many characters begin before each whole multiple of [`MARK`] bytes.
fn marks_of(text: &str) -> Vec<usize> {
    let mut before = 0;
    let mark = |chunk: &[u8]| {
        let mark = before;
        before += chunk.iter().filter(|byte| begins_character(byte)).count();
        mark
    };
    text.as_bytes().chunks(MARK).map(mark).collect()
}

/// A text with a name and an index of its lines.
#[derive(Debug)]
pub struct Source {
    name: Arc<str>,
    text: String,
    line_starts: Vec<usize>,
    /// How many characters begin before each whole multiple of [`MARK`] bytes: a suite may be one line of megabytes,
    /// and counting it from its start for every key would take minutes. Nothing where all of it is ASCII, as most
    /// suites are: then a character is a byte.
    marks: Vec<usize>,
}

/// The distance of the places from which columns are counted.
const MARK: usize = 1024;

/// Whether a character begins with this byte.
fn begins_character(byte: &u8) -> bool {
    byte & 0xc0 != 0x80
}

impl Source {
    /// Takes a text; a byte order mark at its start is dropped.
    pub fn new(name: impl Into<Arc<str>>, text: String) -> Source {
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        };
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let marks = if text.is_ascii() { Vec::new() } else { marks_of(&text) };
        Source { name: name.into(), text, line_starts, marks }
    }

    /// How many characters begin before a byte offset.
    fn characters_before(&self, offset: usize) -> usize {
        let offset = offset.min(self.text.len());
        if self.marks.is_empty() {
            return offset;
        }
        let mark = (offset / MARK).min(self.marks.len() - 1);
        let rest = self.text.as_bytes().get(mark * MARK..offset).unwrap_or_default();
        self.marks.get(mark).copied().unwrap_or(0) + rest.iter().filter(|byte| begins_character(byte)).count()
    }

    /// The file's name as the user wrote it.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The last part of the file's name.
    pub fn file_name(&self) -> &str {
        last_part(&self.name)
    }

    /// A number that differs where the text does, the same in every process of this binary.
    pub fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        hasher.write(self.text.as_bytes());
        hasher.finish()
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The place of a byte offset.
    pub fn position(&self, offset: usize) -> Position {
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = self.line_starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let column = self.characters_before(offset).saturating_sub(self.characters_before(start));
        Position { line: line as u32, column: column as u32 + 1 }
    }

    /// The byte offset of a place; `None` if there is none such.
    pub fn offset(&self, position: Position) -> Option<usize> {
        let start = *self.line_starts.get((position.line as usize).checked_sub(1)?)?;
        let column = (position.column as usize).checked_sub(1)?;
        let mut characters = self.text.get(start..)?.char_indices().map(|(at, _)| start + at);
        characters.nth(column)
    }

    /// The same, or the end of the line where a place is beyond it.
    pub fn offset_up_to(&self, position: Position) -> Option<usize> {
        self.offset(position).or_else(|| {
            let line = (position.line as usize).checked_sub(1)?;
            let start = *self.line_starts.get(line)?;
            let next = self.line_starts.get(line + 1).map_or(self.text.len(), |next| next - 1);
            Some(next.max(start))
        })
    }

    /// The byte offset of a slice of this very text, if it is one.
    pub fn offset_of(&self, slice: &str) -> Option<usize> {
        let offset = (slice.as_ptr() as usize).checked_sub(self.text.as_ptr() as usize)?;
        (offset + slice.len() <= self.text.len()).then_some(offset)
    }

    /// The place as a location in this file.
    pub fn location(&self, position: Position) -> Location {
        Location { file: self.name.clone(), position }
    }
}

/// Something wrong at a place: a lowercase fragment, with the remedy in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub location: Location,
    /// What was found, and what is allowed.
    pub message: String,
    /// The line, where there is one to be shown.
    pub excerpt: Option<Box<Excerpt>>,
}

impl Fault {
    /// Something wrong at a place, without the line there.
    pub fn new(location: Location, message: impl Into<String>) -> Fault {
        Fault { location, message: message.into(), excerpt: None }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.location, self.message)
    }
}

impl std::error::Error for Fault {}

/// The candidate that `word` was probably meant to be: the nearest within a third of its length.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let limit = (word.chars().count() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|candidate| (distance(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `; did you mean "X"?` or nothing.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, candidates).map_or_else(String::new, |found| format!("; did you mean \"{found}\"?"))
}

/// The candidates, those nearest to `word` first; equally near ones keep their order.
pub fn nearest_first<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let word = word.to_lowercase();
    let mut found: Vec<&str> = candidates.into_iter().collect();
    found.sort_by_cached_key(|candidate| distance(&word, &candidate.to_lowercase()));
    found
}

/// Edits between two words: insertions, deletions, replacements, swapped neighbours.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut current = vec![i];
        for j in 1..=b.len() {
            let change = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (previous[j] + 1).min(current[j - 1] + 1).min(previous[j - 1] + change);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            current.push(best);
        }
        before = std::mem::replace(&mut previous, current);
    }
    previous[b.len()]
}

/// An I/O error without Rust's `(os error 2)`.
pub fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    match (letters.next(), letters.as_str()) {
        // A word in capitals, such as an abbreviation, stays one.
        (Some(first), rest) if !rest.starts_with(char::is_uppercase) => {
            first.to_lowercase().chain(rest.chars()).collect()
        }
        _ => text.to_owned(),
    }
}

/// The last part of a path, whichever way its parts are separated.
pub fn last_part(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_on_long_lines_too() {
        for (text, width) in [("é", 2), ("a", 1), ("指", 3), ("\u{1f600}", 4)] {
            let source = Source::new("s", format!("{text}\n{}\nx", text.repeat(3000)));
            for column in [0, 1, 255, 256, 341, 342, 1023, 1024, 1025, 2047, 2048, 2999, 3000] {
                let offset = width + 1 + column * width;
                let expected = Position { line: 2, column: column as u32 + 1 };
                assert_eq!(source.position(offset), expected, "{text} {column}");
            }
            assert_eq!(source.position(source.text().len() - 1), Position { line: 3, column: 1 });
            assert_eq!(source.position(source.text().len()), Position { line: 3, column: 2 });
        }
        assert_eq!(Source::new("s", String::new()).position(0), Position { line: 1, column: 1 });
        assert_eq!(Source::new("s", "x".repeat(MARK)).position(MARK), Position { line: 1, column: MARK as u32 + 1 });
    }

    #[test]
    fn offsets_become_lines_and_columns() {
        let source = Source::new("s.yaml", "\u{feff}ab\ncdé x\r\n\nend".to_owned());
        let x = source.text().find('x').unwrap();
        assert_eq!(source.position(x), Position { line: 2, column: 5 });
        assert_eq!(source.position(0), Position { line: 1, column: 1 });
        assert_eq!(source.offset(Position { line: 2, column: 5 }), Some(x));
        assert_eq!(source.offset(Position { line: 9, column: 1 }), None);
        assert_eq!(source.offset(Position::default()), None);
        assert_eq!(source.offset_of(&source.text()[3..5]), Some(3));
        assert_eq!(source.offset_of("ab"), None);
        assert_eq!(source.location(source.position(x)).to_string(), "s.yaml:2:5");
    }

    #[test]
    fn the_nearest_name_is_near() {
        let names = ["contains", "contained_by", "count_eq", "eq"];
        assert_eq!(nearest("contians", names), Some("contains"));
        assert_eq!(nearest("CONTAINS", names), Some("contains"));
        assert_eq!(nearest("equals", names), None);
        assert_eq!(nearest("eqq", names), Some("eq"));
        assert_eq!(did_you_mean("cuont_eq", names), "; did you mean \"count_eq\"?");
    }
}
