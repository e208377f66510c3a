//! A document with the local files that it refers to, and where each `$ref` leads.
//!
//! Owns: JSON Pointers, files beside the document, chains and circles of references, what cannot be followed.
//! Does not: fetch anything, know what stands at a place (see `operation`, `schema`).

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use serde_json::Value as Json;

use super::pattern::is_simple;
use super::reading;
use crate::ground::input::{open_input_text, read_stdin};
use crate::ground::source::{Fault, Location, Position, Source, plain};

/// How many bytes all files of a document have at most.
const MOST_BYTES: u64 = 32 << 20;

/// How many files a document has at most.
const MOST_FILES: usize = 500;

/// How many references follow each other at most.
const LONGEST_CHAIN: usize = 64;

/// What 3.1 may name as the dialect of its schemas.
const DIALECTS: [&str; 2] =
    ["https://spec.openapis.org/oas/3.1/dialect/base", "https://json-schema.org/draft/2020-12/schema"];

/// Keys whose value is somebody's data, in which `$ref` is a name as any other.
const DATA: [&str; 5] = ["example", "default", "const", "enum", "value"];

/// Keys below which names stand, not keywords.
const NAMES: [&str; 6] = ["properties", "patternProperties", "responses", "schemas", "$defs", "examples"];

/// Why there is no document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocumentError {
    /// It cannot be read.
    Unreadable(Fault),
    /// It was read, and is none.
    Invalid(Fault),
}

impl DocumentError {
    /// What is wrong, and where.
    pub fn fault(&self) -> &Fault {
        match self {
            DocumentError::Unreadable(fault) | DocumentError::Invalid(fault) => fault,
        }
    }
}

/// A reference that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it is written.
    pub location: Location,
    /// The reference.
    pub reference: String,
    /// Why it leads nowhere.
    pub why: String,
    /// Whether it is a URL, which is never fetched.
    pub is_url: bool,
}

/// An OpenAPI document.
#[derive(Debug)]
pub struct Document {
    files: Vec<File>,
    by_path: HashMap<PathBuf, Result<usize, String>>,
    is_3_0: bool,
    problems: Vec<Problem>,
}

#[derive(Debug)]
struct File {
    path: PathBuf,
    json: Json,
}

impl Document {
    /// Reads a document, and the local files that it refers to; `-` is standard input.
    ///
    /// # Errors
    /// It cannot be read, or is no OpenAPI 3.0 or 3.1. That a reference leads nowhere is none.
    pub fn open(path: &Path) -> Result<Document, DocumentError> {
        let name: Arc<str> = path.display().to_string().into();
        let refused = |why: String| {
            let location = Location { file: name.clone(), position: Position::default() };
            DocumentError::Unreadable(Fault::new(location, why))
        };
        let text = if path == Path::new("-") {
            let bytes =
                read_stdin(MOST_BYTES).map_err(|error| refused(format!("cannot be read: {}", plain(&error))))?;
            String::from_utf8(bytes).map_err(|_| refused("is not UTF-8".to_owned()))?
        } else {
            open_input_text(path, MOST_BYTES).map_err(|error| refused(format!("cannot be read: {}", plain(&error))))?
        };
        Document::parse(Source::new(name, text), path)
    }

    /// Takes a document from memory; files that it refers to are looked up beside `path`.
    ///
    /// # Errors
    /// It is no OpenAPI 3.0 or 3.1.
    pub fn parse(source: Source, path: &Path) -> Result<Document, DocumentError> {
        if source.text().len() as u64 > MOST_BYTES {
            let message = format!("is larger than the {} MiB that an OpenAPI document may have", MOST_BYTES >> 20);
            return Err(DocumentError::Invalid(Fault::new(source.location(Position::default()), message)));
        }
        let json = reading::read(&source).map_err(DocumentError::Invalid)?;
        let is_3_0 = version(&json, &source).map_err(DocumentError::Invalid)?;
        let mut document = Document { files: Vec::new(), by_path: HashMap::new(), is_3_0, problems: Vec::new() };
        document.by_path.insert(known_as(path), Ok(0));
        document.files.push(File { path: path.to_owned(), json });
        let mut sources = vec![source];
        let mut at = 0;
        while at < document.files.len() {
            document.read_files_of(at, &mut sources);
            at += 1;
        }
        let problems = document.files.iter().zip(&sources).enumerate().flat_map(|(file, (held, source))| {
            let mut references = Vec::new();
            collect(&held.json, "", &mut references);
            let document = &document;
            references.into_iter().filter_map(move |reference| {
                let node = Node { document, file, json: &Json::Null };
                let why = node.follow(reference).err()?;
                Some(Problem {
                    location: place_of(source, reference),
                    reference: reference.to_owned(),
                    is_url: is_url(reference),
                    why,
                })
            })
        });
        let mut problems: Vec<Problem> = problems.collect();
        problems.dedup();
        document.problems = problems;
        Ok(document)
    }

    /// Reads the files that a file refers to, as far as they are not known.
    fn read_files_of(&mut self, at: usize, sources: &mut Vec<Source>) {
        let mut references = Vec::new();
        collect(&self.files[at].json, "", &mut references);
        let folder = self.files[at].path.parent().unwrap_or(Path::new("")).to_owned();
        let mut wanted: Vec<PathBuf> = references
            .iter()
            .filter(|reference| !is_url(reference))
            .filter_map(|reference| Some(folder.join(path_part(reference)?)))
            .collect();
        wanted.dedup();
        for path in wanted {
            let known = known_as(&path);
            if self.by_path.contains_key(&known) {
                continue;
            }
            let so_far: u64 = sources.iter().map(|source| source.text().len() as u64).sum();
            let read = if self.files.len() >= MOST_FILES {
                Err(format!("is one of more than {MOST_FILES} files"))
            } else {
                open_input_text(&path, MOST_BYTES.saturating_sub(so_far))
                    .map_err(|error| format!("{} cannot be read: {}", path.display(), plain(&error)))
                    .and_then(|text| {
                        let source = Source::new(path.display().to_string(), text);
                        let json = reading::read(&source).map_err(|fault| fault.to_string())?;
                        sources.push(source);
                        self.files.push(File { path: path.clone(), json });
                        Ok(self.files.len() - 1)
                    })
            };
            self.by_path.insert(known, read);
        }
    }

    /// The whole of it.
    pub fn root(&self) -> Node<'_> {
        Node { document: self, file: 0, json: &self.files[0].json }
    }

    /// Its name, as the user gave it.
    pub fn name(&self) -> String {
        self.files[0].path.display().to_string()
    }

    /// All its files.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|file| file.path.as_path())
    }

    /// Whether its schemas are those of 3.0.
    pub fn is_3_0(&self) -> bool {
        self.is_3_0
    }

    /// The patterns of schemas for which no text can be made, each once, with their files.
    pub fn hard_patterns(&self) -> Vec<(&Path, &str)> {
        let mut found = Vec::new();
        for file in &self.files {
            let mut all = Vec::new();
            patterns(&file.json, "", &mut all);
            for pattern in all {
                if !found.iter().any(|(_, have)| *have == pattern) && !is_simple(pattern) {
                    found.push((file.path.as_path(), pattern));
                }
            }
        }
        found
    }

    /// The references that lead nowhere.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

/// A place in a document.
#[derive(Debug, Clone, Copy)]
pub struct Node<'d> {
    /// The document.
    pub document: &'d Document,
    pub(super) file: usize,
    /// What stands there.
    pub json: &'d Json,
}

impl<'d> Node<'d> {
    /// What stands below a key, where its references lead to something.
    pub fn get(self, key: &str) -> Option<Node<'d>> {
        self.raw(key)?.resolved()
    }

    /// The same as it is written.
    pub fn raw(self, key: &str) -> Option<Node<'d>> {
        self.json.get(key).map(|json| Node { json, ..self })
    }

    /// A text below a key.
    pub fn text(self, key: &str) -> Option<&'d str> {
        self.json.get(key).and_then(Json::as_str)
    }

    /// Whether a key is true.
    pub fn is(self, key: &str) -> bool {
        self.json.get(key).and_then(Json::as_bool).unwrap_or(false)
    }

    /// The keys with what stands below them, references followed; what leads nowhere is left out.
    pub fn entries(self) -> impl Iterator<Item = (&'d str, Node<'d>)> {
        let map = self.json.as_object();
        map.into_iter().flatten().filter_map(move |(key, json)| Some((key.as_str(), Node { json, ..self }.resolved()?)))
    }

    /// The key itself with what stands below it, references followed.
    pub fn entry(self, key: &str) -> Option<(&'d str, Node<'d>)> {
        let (key, json) = self.json.as_object()?.get_key_value(key)?;
        Some((key, Node { json, ..self }.resolved()?))
    }

    /// The items of a list as they are written.
    pub fn items(self) -> impl Iterator<Item = Node<'d>> {
        self.json.as_array().into_iter().flatten().map(move |json| Node { json, ..self })
    }

    /// The reference that stands here, if one does.
    pub fn reference(self) -> Option<&'d str> {
        self.json.get("$ref").and_then(Json::as_str)
    }

    /// Where the references here lead to; itself if there is none.
    pub fn resolved(self) -> Option<Node<'d>> {
        let mut node = self;
        for _ in 0..LONGEST_CHAIN {
            match node.reference() {
                None => return Some(node),
                Some(reference) => node = node.follow(reference).ok()?,
            }
        }
        None
    }

    /// What tells this place from all others.
    pub fn identity(self) -> *const Json {
        std::ptr::from_ref(self.json)
    }

    /// Where a reference leads that is written in this file.
    ///
    /// # Errors
    /// Nowhere, and why.
    pub fn follow(self, reference: &str) -> Result<Node<'d>, String> {
        if is_url(reference) {
            return Err("it is a URL, and nothing is fetched".to_owned());
        }
        let file = match path_part(reference) {
            None => self.file,
            Some(path) => {
                let folder = self.document.files[self.file].path.parent().unwrap_or(Path::new(""));
                match self.document.by_path.get(&known_as(&folder.join(&path))) {
                    Some(Ok(file)) => *file,
                    Some(Err(why)) => return Err(why.clone()),
                    None => return Err(format!("{path} has not been read")),
                }
            }
        };
        let root = Node { file, json: &self.document.files[file].json, ..self };
        let pointer = reference.split_once('#').map_or("", |(_, pointer)| pointer);
        let pointer = percent_decode_str(pointer).decode_utf8_lossy();
        let found = root.json.pointer(&pointer).map(|json| Node { json, ..root });
        match found {
            Some(node) if node.reference() == Some(reference) => Err("it leads to itself".to_owned()),
            Some(node) => Ok(node),
            None if pointer.starts_with('/') => Err(format!("there is no {pointer}")),
            None => Err(format!("#{pointer} is no JSON Pointer")),
        }
    }
}

/// Whether it is a document of 3.0, and not of 3.1.
fn version(json: &Json, source: &Source) -> Result<bool, Fault> {
    let at = |key: &str| place_of(source, key);
    let Json::Object(root) = json else {
        return Err(Fault::new(at(""), "is no OpenAPI document: a mapping with openapi, info and paths is"));
    };
    let written = |json: &Json| json.as_str().map_or_else(|| json.to_string(), str::to_owned);
    if let Some(version) = root.get("swagger") {
        let message = format!(
            "is Swagger {}: convert it to OpenAPI 3 first, with swagger2openapi for instance",
            written(version)
        );
        return Err(Fault::new(at("swagger"), message));
    }
    let Some(version) = root.get("openapi") else {
        return Err(Fault::new(at(""), "is no OpenAPI document: it has no openapi: 3.0.x or 3.1.x"));
    };
    let version = written(version);
    let is_3_0 = version == "3.0" || version.starts_with("3.0.");
    if !is_3_0 && version != "3.1" && !version.starts_with("3.1.") {
        return Err(Fault::new(at("openapi"), format!("is OpenAPI {version}; 3.0 and 3.1 can be read")));
    }
    match root.get("jsonSchemaDialect").and_then(Json::as_str) {
        Some(dialect) if !DIALECTS.contains(&dialect.trim_end_matches('#')) => {
            let message = format!("has schemas of another dialect, {dialect}; {} can be read", DIALECTS.join(" and "));
            Err(Fault::new(at("jsonSchemaDialect"), message))
        }
        _ => Ok(is_3_0),
    }
}

/// Where a word stands in a text for the first time.
fn place_of(source: &Source, word: &str) -> Location {
    let at = (!word.is_empty()).then(|| source.text().find(word)).flatten();
    source.location(at.map_or_else(Position::default, |at| source.position(at)))
}

fn is_url(reference: &str) -> bool {
    let scheme = reference.split(':').next().unwrap_or_default();
    // One letter is a drive.
    let has_scheme =
        scheme.len() > 1 && scheme.len() < reference.len() && scheme.bytes().all(|b| b.is_ascii_alphanumeric());
    has_scheme || reference.starts_with("//")
}

/// The file that a reference names, if it names one.
fn path_part(reference: &str) -> Option<String> {
    let path = reference.split('#').next().unwrap_or_default();
    (!path.is_empty()).then(|| percent_decode_str(path).decode_utf8_lossy().into_owned())
}

fn known_as(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// The patterns of schemas in a tree that say nothing of an example.
fn patterns<'j>(json: &'j Json, key: &str, out: &mut Vec<&'j str>) {
    match json {
        Json::Array(items) => items.iter().for_each(|item| patterns(item, key, out)),
        Json::Object(map) => {
            let has_value =
                || ["example", "examples", "enum", "const", "format"].iter().any(|key| map.contains_key(*key));
            if let Some(pattern) =
                map.get("pattern").and_then(Json::as_str).filter(|_| !NAMES.contains(&key) && !has_value())
            {
                out.push(pattern);
            }
            for (name, value) in map {
                if NAMES.contains(&key) || !DATA.contains(&name.as_str()) {
                    patterns(value, if NAMES.contains(&key) { "" } else { name }, out);
                }
            }
        }
        _ => {}
    }
}

/// The references in a tree, but for those that are somebody's data.
fn collect<'j>(json: &'j Json, key: &str, out: &mut Vec<&'j str>) {
    match json {
        Json::Array(items) => items.iter().for_each(|item| collect(item, key, out)),
        Json::Object(map) => {
            if let Some(reference) = map.get("$ref").and_then(Json::as_str) {
                out.push(reference);
            }
            for (name, value) in map {
                if NAMES.contains(&key) || !DATA.contains(&name.as_str()) {
                    // A property may be called `properties`.
                    collect(value, if NAMES.contains(&key) { "" } else { name }, out);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openapi::tests::document;

    #[test]
    fn references_are_followed_and_those_that_lead_nowhere_are_named() {
        let document = document(
            "3.1.0",
            r##"
paths:
  /a~b/{x}: {get: {responses: {default: {$ref: "#/components/responses/R"}}}}
components:
  responses: {R: {$ref: "#/components/responses/S"}, S: {description: s}}
  schemas:
    P: {$ref: "#/paths/~1a~0b~1%7Bx%7D/get"}
    Loop: {$ref: "#/components/schemas/Pool"}
    Pool: {$ref: "#/components/schemas/Loop"}
    Self: {$ref: "#/components/schemas/Self"}
    Url: {$ref: "https://example.org/x.yaml#/X"}
    No: {$ref: "#/components/schemas/Nobody"}
    File: {$ref: "nofile.yaml#/X"}
    Data: {example: {$ref: "#/nothing"}, properties: {example: {$ref: "#/nothing/either"}}}
"##,
        );
        let schemas = document.root().get("components").unwrap().get("schemas").unwrap();
        assert!(
            schemas.get("P").unwrap().get("responses").unwrap().get("default").unwrap().text("description")
                == Some("s")
        );
        for name in ["Loop", "Self", "Url", "No", "File"] {
            assert!(schemas.get(name).is_none(), "{name}");
        }
        let told: Vec<String> =
            document.problems().iter().map(|p| format!("{}: {}: {}", p.location.line(), p.reference, p.why)).collect();
        assert_eq!(
            told,
            [
                "api.yaml:12: #/components/schemas/Self: it leads to itself",
                "api.yaml:13: https://example.org/x.yaml#/X: it is a URL, and nothing is fetched",
                "api.yaml:14: #/components/schemas/Nobody: there is no /components/schemas/Nobody",
                "api.yaml:15: nofile.yaml#/X: nofile.yaml cannot be read: no such file or directory",
                "api.yaml:16: #/nothing/either: there is no /nothing/either",
            ]
        );
    }

    #[test]
    fn other_documents_are_refused() {
        for (text, expected) in [
            ("swagger: '2.0'", "x.yaml:1:1: is Swagger 2.0: convert it"),
            ("openapi: 3.2.0", "x.yaml:1:1: is OpenAPI 3.2.0; 3.0 and 3.1 can be read"),
            ("openapi: 4", "x.yaml:1:1: is OpenAPI 4; "),
            ("a: 1", "x.yaml: is no OpenAPI document: it has no openapi"),
            ("- a", "x.yaml: is no OpenAPI document: a mapping"),
            ("openapi: 3.1.0\njsonSchemaDialect: urn:x", "x.yaml:2:1: has schemas of another dialect, urn:x"),
        ] {
            let error = Document::parse(Source::new("x.yaml", text.to_owned()), Path::new("x.yaml")).unwrap_err();
            assert!(error.fault().to_string().starts_with(expected), "{}", error.fault());
        }
        assert!(matches!(Document::open(Path::new("no such file")), Err(DocumentError::Unreadable(_))));
    }
}
