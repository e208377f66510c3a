//! What a mock server answers from: stub files, OpenAPI documents, recordings.
//!
//! Owns: telling what a file is, the elements of stub files, `config` and `resource`. Does not: read a stub (see `stub`),
//! a document (see `openapi`) or a recording (see `har`).

mod conditions;
mod har;
mod openapi;
mod resource;
mod response;
mod stub;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use super::stub::{Action, Stubs};
use crate::ground::json_part::Part;
use crate::ground::source::{Fault, did_you_mean};
use crate::recording;
use crate::suite::document::{Entry, Kind as Of, Node};
use crate::suite::faults::{Collector, Read, add_excerpts};
use crate::suite::fields::lowered;
use crate::suite::generators;
use crate::suite::reader::{FileReader, ReadOptions, UnknownKeys};
use crate::suite::{SuiteError, SuiteFile, read_text_file, understand};

/// What the files of a server hold.
#[derive(Default)]
pub struct Input {
    /// The stubs of all of them, in order.
    pub stubs: Stubs,
    /// What is probably meant otherwise.
    pub warnings: Vec<Fault>,
    /// The files that were read.
    pub files: Vec<PathBuf>,
}

/// The elements of a stub file.
const ELEMENTS: [&str; 4] = ["stub", "resource", "config", "recorded"];

/// Reads files and folders; of a folder all YAML, by name. What stands earlier is asked first.
///
/// # Errors
/// A file cannot be read, or holds what is no stub.
pub fn read(paths: &[PathBuf], options: &ReadOptions) -> Result<Input, SuiteError> {
    let mut input = Input::default();
    for path in paths {
        if !path.is_dir() {
            read_one(path, options, &mut input)?;
            continue;
        }
        recording::files(path)?.iter().try_for_each(|file| read_one(file, options, &mut input))?;
        // A file that comes later counts, too.
        input.files.push(path.clone());
    }
    Ok(input)
}

/// What a file is.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Stubs,
    OpenApi,
    Har,
}

/// What a text is, told from its keys.
fn kind_of(text: &str) -> Kind {
    if text.trim_start().starts_with('{') {
        let all = Part::of(text).map(|all| all.members(["openapi", "swagger", "log"]));
        return match all {
            Some([None, None, Some(log)]) if log.is_object() => Kind::Har,
            Some([None, None, _]) | None => Kind::Stubs,
            Some(_) => Kind::OpenApi,
        };
    }
    let is_key = |line: &str| {
        let line = line.trim_start_matches(['"', '\'']);
        let rest = line.strip_prefix("openapi").or_else(|| line.strip_prefix("swagger"));
        rest.is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':'))
    };
    if text.lines().any(is_key) { Kind::OpenApi } else { Kind::Stubs }
}

fn read_one(path: &Path, options: &ReadOptions, input: &mut Input) -> Result<(), SuiteError> {
    let source = read_text_file(path)?;
    input.files.push(path.to_owned());
    match kind_of(source.text()) {
        Kind::Stubs => read_stubs(understand(path, source)?, path, options, input),
        Kind::OpenApi => openapi::read(source, path, input),
        Kind::Har => har::read(&source, input).map_err(|fault| SuiteError::Invalid(vec![fault])),
    }
}

fn read_stubs(file: SuiteFile, path: &Path, options: &ReadOptions, input: &mut Input) -> Result<(), SuiteError> {
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let mut reader = FileReader::new(file.source.clone(), options, folder).taking(UnknownKeys::Refused);
    let mut faults = Collector::default();
    faults.take(read_elements(&mut reader, &file, input));
    input.warnings.extend(file.warnings);
    input.warnings.extend(reader.take_warnings());
    add_excerpts(&mut input.warnings, &file.source);
    let mut faults = faults.into_faults();
    if faults.is_empty() {
        return Ok(());
    }
    add_excerpts(&mut faults, &file.source);
    Err(SuiteError::Invalid(faults))
}

fn read_elements(reader: &mut FileReader<'_>, file: &SuiteFile, input: &mut Input) -> Read<()> {
    let allowed = "a list of stubs (- stub: …, - resource: …)";
    let mut faults = Collector::default();
    let first = input.stubs.all.len();
    for root in &file.roots {
        let items = match &root.kind {
            Of::List(items) => items.as_slice(),
            Of::Map(_) => std::slice::from_ref(root),
            Of::Scalar(_) => return Err(reader.wrong(root, "a stub file", allowed)),
        };
        for item in items {
            let Of::Map(entries) = &item.kind else {
                faults.take::<()>(Err(reader.wrong(item, "an element of a stub file", "a mapping such as stub: {…}")));
                continue;
            };
            for element in lowered(entries.iter().map(std::borrow::Cow::Borrowed).collect()) {
                faults.take(read_element(reader, &element, &mut input.stubs));
            }
        }
    }
    let stubs = &input.stubs;
    for stub in &stubs.all[first..] {
        for (variable, generator) in &stub.generator_binds {
            if !stubs.generators.iter().any(|named| named.name == *generator) {
                let meant = did_you_mean(generator, stubs.generators.iter().map(|named| named.name.as_str()));
                let message = format!(
                    "{variable} is to come from \"{generator}\", which config: generators does not have{meant}"
                );
                faults.take::<()>(Err(Fault::new(stub.location.clone(), message).into()));
            }
        }
    }
    faults.finish(())
}

fn read_element(reader: &mut FileReader<'_>, element: &Entry, stubs: &mut Stubs) -> Read<()> {
    match element.name.as_str() {
        "stub" => stubs.all.push(stub::read(reader, element)?),
        "resource" => {
            let resource = resource::read(reader, element)?;
            stubs.all.push(stub::of_resource(reader, element, Action::Resource(resource.into())));
        }
        "config" => read_config(reader, &element.value, stubs)?,
        // Where it is from does not matter to who answers in its place.
        "recorded" => {
            for key in reader.fields(&element.value, "recorded")? {
                if !recording::ORIGIN_KEYS.contains(&key.name.as_str()) {
                    reader.unknown_key(&key, "recorded", &recording::ORIGIN_KEYS)?;
                }
            }
        }
        name => {
            let meant = did_you_mean(name, ELEMENTS);
            let message = format!("unknown element \"{name}\" in a stub file{meant}; one of {}", ELEMENTS.join(", "));
            return Err(reader.fault(element.at, message));
        }
    }
    Ok(())
}

fn read_config(reader: &mut FileReader<'_>, node: &Node, stubs: &mut Stubs) -> Read<()> {
    let mut faults = Collector::default();
    for key in reader.fields(node, "config")? {
        match key.name.as_str() {
            "generators" => {
                for entry in reader.flatten(&key.value, "generators")? {
                    stubs.generators.extend(faults.take(generators::read(reader, &entry)));
                }
            }
            "variable_binds" | "variables" => {
                stubs.variables.extend(faults.take(reader.pairs(&key.value, &key.name)).unwrap_or_default());
            }
            _ => {
                faults.take(reader.unknown_key(
                    &key,
                    "config of a stub file",
                    &["generators", "variable_binds", "variables"],
                ));
            }
        }
    }
    faults.finish(())
}
