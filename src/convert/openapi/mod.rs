//! OpenAPI documents, as suites: a test for each operation and each of its examples.
//!
//! Owns: which operations are taken, what a test is called, in which order they come. Does not: read documents, make
//! values of schemas (see `openapi`).

mod answers;
mod negative;
mod requests;
mod security;

use std::collections::HashMap;

use self::answers::Answers;
use self::requests::Sample;
use self::security::Schemes;
use super::made::{Loss, MadeSuite, MadeTest};
use super::{Input, Options, Refusal};
use crate::ground::source::{Fault, Location, Position, Source, last_part, nearest};
use crate::openapi::{Document, DocumentError, Operation, Wish};

/// How OpenAPI documents are converted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenApiOptions {
    /// `--only-tags`: operations with one of these tags.
    pub tags: Vec<String>,
    /// `--operations`: operations with one of these names, or `GET /path`.
    pub operations: Vec<String>,
    /// What is made besides the requests that are right.
    pub extent: Extent,
    /// Which values a request has.
    pub values: Values,
    /// Where schemas stand.
    pub schemas: Schemas,
    /// Operations that are to go.
    pub deprecated: Deprecated,
    /// Files of schemas that suites made before this one have in the same folder.
    pub beside: Vec<(String, String)>,
}

/// Whether requests that the API must refuse are made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Extent {
    /// They are not.
    #[default]
    Right,
    /// They are: `--negative`.
    Negative,
}

/// Which values a request has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Values {
    /// Those that are required, and those that have an example.
    #[default]
    WithExamples,
    /// Those that are required: `--required-only`.
    Required,
}

/// Where schemas stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Schemas {
    /// In files beside the suite.
    #[default]
    Files,
    /// In the suite: `--inline`.
    Inline,
}

/// What becomes of operations that are marked as `deprecated`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Deprecated {
    /// They are left out.
    #[default]
    Skipped,
    /// They are tested: `--include-deprecated`.
    Included,
}

/// What is known of the document while its operations are converted.
struct Conversion<'c, 'd> {
    options: &'c OpenApiOptions,
    suite: &'c mut MadeSuite,
    document: &'d Document,
    source: &'c Source,
    answers: Answers,
    schemes: Schemes,
    /// Variables of path parameters that have no example, by the path up to them.
    path_variables: HashMap<String, String>,
}

/// Whether a text is an OpenAPI document, or one of its ancestors.
pub fn looks_like_it(input: &Input) -> bool {
    let text = input.source.text();
    let has_key = |name: &str| {
        let begins = |line: &str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(':'));
        text.contains(&format!("\"{name}\"")) && text.trim_start_matches('\u{feff}').trim_start().starts_with('{')
            || text.lines().any(begins)
    };
    has_key("openapi") || has_key("swagger")
}

/// Reads a document.
///
/// # Errors
/// It is none, or nothing of it is to be converted.
pub fn read(input: &Input, options: &Options, suite: &mut MadeSuite) -> Result<(), Refusal> {
    let name = input.source.name().clone();
    let source = Source::new(name.clone(), input.source.text().to_owned());
    let file = std::path::Path::new(&*name).file_name().unwrap_or_default();
    let document = Document::parse(source, &input.folder.join(file)).map_err(|error| match error {
        DocumentError::Unreadable(fault) => Refusal::Unreadable(fault),
        DocumentError::Invalid(fault) => Refusal::Invalid(fault),
    })?;
    let options = &options.openapi;
    let operations = chosen(&document, options)
        .map_err(|message| Refusal::Invalid(Fault::new(input.source.location(Position::default()), message)))?;
    suite.title = suite
        .title
        .take()
        .or_else(|| document.root().get("info").and_then(|info| info.text("title")).map(str::to_owned));
    for server in document.operations().first().map(Operation::servers).unwrap_or_default().into_iter().take(1) {
        suite.remarks.push(format!("The API is at {server}; the base URL of a run is that of its command line."));
    }
    for problem in document.problems() {
        let what = format!("$ref \"{}\" leads nowhere: {}", problem.reference, problem.why);
        suite.losses.push(Loss { place: problem.location.clone(), what });
    }
    if document.root().get("webhooks").is_some() {
        suite.note("webhooks are requests to somebody else: there is no test for them");
    }
    let mut conversion = Conversion {
        options,
        suite,
        document: &document,
        source: &input.source,
        answers: Answers::beside(&options.beside),
        schemes: Schemes::default(),
        path_variables: HashMap::new(),
    };
    for operation in &operations {
        if conversion.suite.is_full(|| input.source.location(Position::default())) {
            break;
        }
        conversion.operation(operation);
    }
    conversion.finish();
    Ok(())
}

/// The operations that are wanted.
fn chosen<'d>(document: &'d Document, options: &OpenApiOptions) -> Result<Vec<Operation<'d>>, String> {
    let all = document.operations();
    if all.is_empty() {
        return Err("the document describes no operation".to_owned());
    }
    let tags: Vec<&str> = all.iter().flat_map(Operation::tags).collect();
    if let Some(tag) = options.tags.iter().find(|tag| !tags.contains(&tag.as_str())) {
        return Err(format!("--only-tags: no operation has the tag {tag}{}", meant(tag, &tags)));
    }
    let names: Vec<String> = all
        .iter()
        .flat_map(|operation| [operation.id().map(str::to_owned), Some(operation.line())])
        .flatten()
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    if let Some(name) = options.operations.iter().find(|name| !names.contains(&name.as_str())) {
        return Err(format!("--operations: no operation is called {name}{}", meant(name, &names)));
    }
    let is_wanted = |operation: &Operation<'_>| {
        let has_tag = || operation.tags().any(|tag| options.tags.iter().any(|wanted| wanted == tag));
        let is_named = |name: &String| Some(name.as_str()) == operation.id() || *name == operation.line();
        (options.tags.is_empty() || has_tag())
            && (options.operations.is_empty() || options.operations.iter().any(is_named))
    };
    let wanted: Vec<Operation<'d>> = all.into_iter().filter(is_wanted).collect();
    let is_kept =
        |operation: &Operation<'_>| options.deprecated == Deprecated::Included || !operation.node.is("deprecated");
    let kept: Vec<Operation<'d>> = wanted.iter().copied().filter(is_kept).collect();
    if kept.is_empty() {
        return Err("all operations are deprecated; --include-deprecated takes them".to_owned());
    }
    Ok(kept)
}

fn meant(word: &str, names: &[&str]) -> String {
    nearest(word, names.iter().copied()).map_or_else(String::new, |name| format!("; did you mean {name}?"))
}

impl<'d> Conversion<'_, 'd> {
    fn wish(&self, direction: crate::openapi::Direction) -> Wish {
        let required_only = self.options.values == Values::Required;
        Wish { required_only, ..Wish::simple(direction) }
    }

    /// Where a path or a name stands for the first time as a key.
    fn place(&self, word: &str) -> Location {
        let text = self.source.text();
        let is_key = |at: usize| {
            let rest = text.get(at + word.len()..).unwrap_or_default();
            [":", "\":", "':", "\" :"].iter().any(|end| rest.starts_with(end))
        };
        let at = text.match_indices(word).map(|(at, _)| at).find(|at| is_key(*at));
        self.source.location(at.map_or_else(Position::default, |at| self.source.position(at)))
    }

    /// The tests of an operation.
    fn operation(&mut self, operation: &Operation<'d>) {
        if operation.node.get("callbacks").is_some() {
            self.suite.note("callbacks are requests to somebody else: there is no test for them");
        }
        let samples = self.samples(operation);
        let several = samples.len() > 1;
        for sample in &samples {
            let mut test = self.begun(operation, sample);
            if let Some(example) = sample.example.as_ref().filter(|_| several) {
                test.name = format!("{} ({example})", test.name);
            }
            self.expectations(operation, &mut test);
            self.suite.push(test);
        }
        if let Some(sample) = samples.first().filter(|_| self.options.extent == Extent::Negative) {
            self.negative(operation, sample);
        }
    }

    /// A test with its request.
    fn begun(&mut self, operation: &Operation<'d>, sample: &Sample<'d>) -> MadeTest {
        let mut test = MadeTest {
            source: format!("{}: {}", last_part(&self.document.name()), operation.line()),
            name: operation.id().map_or_else(|| operation.line(), str::to_owned),
            group: operation.tags().next().map(str::to_owned),
            ..MadeTest::default()
        };
        self.request(operation, sample, &mut test);
        self.secure(operation, &mut test);
        test
    }

    fn finish(mut self) {
        let auths = self.schemes.take();
        if !auths.is_empty() {
            self.suite.config.push(("auths".to_owned(), super::yaml::Yaml::Map(auths)));
        }
    }
}

#[cfg(test)]
mod tests;
