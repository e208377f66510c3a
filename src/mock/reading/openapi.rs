//! OpenAPI documents: a stub for each operation.
//!
//! Owns: the order of the operations, what is doubtful about a document. Does not: answer (see `api`).

use std::path::Path;
use std::sync::Arc;

use super::Input;
use crate::ground::source::{Fault, Location, Position, Source, last_part};
use crate::mock::api::Api;
use crate::mock::path::PathPattern;
use crate::mock::stub::{Action, RequestPattern, Stub};
use crate::openapi::{Document, DocumentError, Route};
use crate::suite::SuiteError;

/// So many patterns that are too hard are told.
const MOST_PATTERNS: usize = 20;

/// A document of many small parts takes fifty times its bytes of memory, which is to be less than a gigabyte.
const MOST_BYTES: usize = 16 << 20;

/// Reads a document.
///
/// # Errors
/// It is none, or describes nothing that could be asked.
pub fn read(source: Source, path: &Path, input: &mut Input) -> Result<(), SuiteError> {
    if source.text().len() > MOST_BYTES {
        let message = format!("is larger than the {} MiB that a document may have to be served", MOST_BYTES >> 20);
        return Err(SuiteError::Invalid(vec![of_path(path, message)]));
    }
    let document = Document::parse(source, path).map_err(|error| match error {
        DocumentError::Unreadable(fault) => SuiteError::Unreadable(vec![fault]),
        DocumentError::Invalid(fault) => SuiteError::Invalid(vec![fault]),
    })?;
    for problem in document.problems() {
        let message = format!("$ref \"{}\" leads nowhere: {}", problem.reference, problem.why);
        input.warnings.push(Fault::new(problem.location.clone(), message));
    }
    for (file, pattern) in document.hard_patterns().into_iter().take(MOST_PATTERNS) {
        let message = format!("no text can be made for the pattern {pattern:?}; give its schema an example");
        input.warnings.push(of_path(file, message));
    }
    let others = document.paths().skip(1).map(Path::to_path_buf);
    input.files.extend(others);
    let before = input.stubs.all.len();
    input.stubs.all.extend(stubs(document));
    if input.stubs.all.len() == before {
        let message = "the document describes no operation, so there is nothing to answer".to_owned();
        return Err(SuiteError::Invalid(vec![of_path(path, message)]));
    }
    Ok(())
}

/// The stubs of a document, those first that are asked first.
fn stubs(document: Document) -> Vec<Stub> {
    let api = Arc::new(Api::new(document));
    let document = api.document();
    let name = document.name();
    let operations = document.operations();
    let mut routes: Vec<(usize, Route)> =
        operations.iter().enumerate().map(|(number, operation)| (number, Route::of(operation))).collect();
    // Text stands before variables, whatever the order of the document.
    routes.sort_by_cached_key(|(_, route)| route.rank());
    let stub = |(number, route): (usize, Route)| {
        let operation = &operations[number];
        let mut methods = vec![operation.method.to_owned()];
        if operation.method == "GET" && document.operation("HEAD", operation.path).is_none() {
            methods.push("HEAD".to_owned());
        }
        let path = PathPattern::Route(operation.path.to_owned(), route);
        Stub {
            place: format!("{}: {}", last_part(&name), operation.line()),
            request: RequestPattern { methods, path, ..RequestPattern::default() },
            action: Action::Operation(Arc::clone(&api), number),
            ..Stub::at(of_path(Path::new(&name), String::new()).location)
        }
    };
    routes.into_iter().map(stub).collect()
}

fn of_path(path: &Path, message: String) -> Fault {
    let file = path.display().to_string().into();
    Fault::new(Location { file, position: Position::default() }, message)
}
