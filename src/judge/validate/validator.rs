//! One type for all validators, and the failures that they give.
//!
//! Owns: extract, compare or test, and say what was wrong; the registry.
//! Does not: decide when validators run, count failures.

use std::fmt;
use std::sync::Arc;

use super::comparator::{Comparator, length};
use super::schema::{JsonSchema, SchemaFailure};
use super::value_test::ValueTest;
use crate::exchange::response::Response;
use crate::ground::registry::Registry;
use crate::ground::source::Location;
use crate::ground::value::Value;
use crate::judge::extract::{ExtractError, Extractor};
use crate::judge::outcome::{Failure, FailureKind};
use crate::judge::wording::{equality_hint, one_line, shown};
use crate::variables::context::Context;
use crate::variables::template::Template;

/// The names of the built-in validators.
pub const VALIDATORS: &[&str] = &["comparator", "compare", "assertequal", "extract_test", "asserttrue", "json_schema"];

/// What an extracted value is compared with.
#[derive(Debug, Clone)]
pub enum Expected {
    /// A value as written.
    Value(Value),
    /// A text, rendered for each response.
    Template(Template),
    /// Another part of the same response.
    Extractor(Extractor),
}

/// A validator that other code brings.
pub trait Validate: Send + Sync {
    /// Judges a response.
    ///
    /// # Errors
    /// It is not as it must be, or cannot be judged.
    fn validate(&self, response: &Response, context: &Context) -> Result<(), Rejection>;

    /// The template variables it uses.
    fn variables(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Why a validator that other code brings did not pass; a lowercase fragment for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// The assertion is false.
    Failed(String),
    /// The assertion could not be judged.
    Exception(String),
}

/// An assertion about a response, and where it is written. Clones share what they have compiled.
#[derive(Clone)]
pub struct Validator {
    pub(super) check: Arc<Check>,
    /// Where the suite has it.
    pub location: Location,
}

pub(super) enum Check {
    Compare { extractor: Extractor, comparator: Comparator, expected: Expected },
    ExtractTest { extractor: Extractor, test: ValueTest },
    JsonSchema(JsonSchema),
    Custom { name: String, validate: Arc<dyn Validate> },
}

/// A failure before it is known where it belongs.
struct Fault {
    kind: FailureKind,
    reason: String,
    details: Option<String>,
    message: String,
}

impl Validator {
    /// `compare`: an extracted value against an expected one.
    pub fn compare(extractor: Extractor, comparator: Comparator, expected: Expected, location: Location) -> Validator {
        Validator { check: Arc::new(Check::Compare { extractor, comparator, expected }), location }
    }

    /// `extract_test`: a test of an extracted value alone.
    pub fn extract_test(extractor: Extractor, test: ValueTest, location: Location) -> Validator {
        Validator { check: Arc::new(Check::ExtractTest { extractor, test }), location }
    }

    /// `json_schema`: the shape of the whole body.
    pub fn json_schema(schema: JsonSchema, location: Location) -> Validator {
        Validator { check: Arc::new(Check::JsonSchema(schema)), location }
    }

    /// A validator that other code brings.
    pub fn custom(name: &str, validate: Arc<dyn Validate>, location: Location) -> Validator {
        Validator { check: Arc::new(Check::Custom { name: name.to_owned(), validate }), location }
    }

    /// Judges a response.
    ///
    /// # Errors
    /// The failure, in PyRestTest's words and ours.
    pub fn check(&self, response: &Response, context: &Context) -> Result<(), Failure> {
        let verdict = match &*self.check {
            Check::Compare { extractor, comparator, expected } => {
                Comparison { extractor, comparator, expected }.judge(response, context)
            }
            Check::ExtractTest { extractor, test } => judge_test(extractor, test, response, context),
            Check::JsonSchema(schema) => schema.check(response, context).map_err(schema_fault),
            Check::Custom { name, validate } => {
                validate.validate(response, context).map_err(|rejection| custom_fault(name, rejection))
            }
        };
        verdict.map_err(|fault| Failure {
            kind: fault.kind,
            reason: one_line(&fault.reason),
            details: fault.details,
            message: fault.message,
            location: self.location.clone(),
        })
    }

    /// The template variables it uses, with repeats.
    pub fn variables(&self) -> Vec<String> {
        match &*self.check {
            Check::Compare { extractor, expected, .. } => {
                let mut variables = extractor.variables();
                match expected {
                    Expected::Value(_) => {}
                    Expected::Template(template) => variables.extend(template.variables().map(str::to_owned)),
                    Expected::Extractor(extractor) => variables.extend(extractor.variables()),
                }
                variables
            }
            Check::ExtractTest { extractor, .. } => extractor.variables(),
            Check::JsonSchema(schema) => schema.variables(),
            Check::Custom { validate, .. } => validate.variables(),
        }
    }
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Validator");
        match &*self.check {
            Check::Compare { extractor, comparator, expected } => {
                out.field("extractor", extractor).field("comparator", comparator).field("expected", expected)
            }
            Check::ExtractTest { extractor, test } => out.field("extractor", extractor).field("test", test),
            Check::JsonSchema(schema) => out.field("schema", schema),
            Check::Custom { name, .. } => out.field("custom", name),
        };
        out.field("location", &self.location).finish()
    }
}

struct Comparison<'a> {
    extractor: &'a Extractor,
    comparator: &'a Comparator,
    expected: &'a Expected,
}

impl Comparison<'_> {
    fn judge(&self, response: &Response, context: &Context) -> Result<(), Fault> {
        let extracted = self
            .extractor
            .extract(response, context)
            .map_err(|error| self.extraction_fault("Extractor threw exception", self.extractor, &error, context))?;
        let rendered;
        let expected = match self.expected {
            Expected::Value(value) => value,
            Expected::Template(template) => {
                rendered = Value::Str(template.render(context));
                &rendered
            }
            Expected::Extractor(extractor) => {
                rendered = extractor.extract(response, context).map_err(|error| {
                    self.extraction_fault("Expected value extractor threw exception", extractor, &error, context)
                })?;
                &rendered
            }
        };
        let asked = || format!("{} {}", self.extractor.describe(context), self.comparator.name());
        match self.comparator.compare(&extracted, expected) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Fault {
                kind: FailureKind::ValidatorFailed,
                reason: format!(
                    "Comparison failed, evaluating {}({}, {}) returned False",
                    self.comparator.name(),
                    extracted.to_text(),
                    expected.to_text()
                ),
                details: Some(self.readable_config(context)),
                message: format!("{}: {}", asked(), self.difference(&extracted, expected)),
            }),
            Err(reason) => Err(Fault {
                kind: FailureKind::ValidatorException,
                reason: format!(
                    "Comparison failed, evaluating {}({}, {}) raised an exception: {reason}",
                    self.comparator.name(),
                    extracted.to_text(),
                    expected.to_text()
                ),
                details: Some(format!("{}\n{reason}", self.readable_config(context))),
                message: format!("{}: {reason}; expected {}, got {}", asked(), shown(expected), shown(&extracted)),
            }),
        }
    }

    fn difference(&self, extracted: &Value, expected: &Value) -> String {
        if self.comparator.is_count() {
            let count = length(extracted);
            return match count {
                Value::Int(-1) => {
                    format!("expected {}, got {}, which has no length", shown(expected), shown(extracted))
                }
                _ => format!("expected {}, got {}, the length of {}", shown(expected), shown(&count), shown(extracted)),
            };
        }
        let hint = if self.comparator.is_equality() { equality_hint(expected, extracted) } else { String::new() };
        format!("expected {}, got {}{hint}", shown(expected), shown(extracted))
    }

    fn extraction_fault(&self, reason: &str, from: &Extractor, error: &ExtractError, context: &Context) -> Fault {
        Fault {
            kind: FailureKind::ExtractorException,
            reason: reason.to_owned(),
            details: Some(format!("{}\n{error}", self.readable_config(context))),
            message: format!("{}: {error}", from.describe(context)),
        }
    }

    fn readable_config(&self, context: &Context) -> String {
        let extractor = self.extractor.readable_config(context);
        match self.expected {
            Expected::Value(_) => format!("Extractor: {extractor}"),
            Expected::Template(template) => {
                format!("Extractor: {extractor}\nExpected is templated, raw value: {}", template.source())
            }
            Expected::Extractor(expected) => {
                format!("Extractor: {extractor}\nExpected value extractor: {}", expected.readable_config(context))
            }
        }
    }
}

fn judge_test(extractor: &Extractor, test: &ValueTest, response: &Response, context: &Context) -> Result<(), Fault> {
    let config = || format!("Extractor: {}", extractor.readable_config(context));
    let extracted = match extractor.extract(response, context) {
        Ok(value) => value,
        // A header that is not there does not exist; the original fails not_exists for it.
        Err(ExtractError::Missing(_)) => Value::Null,
        Err(error) => {
            return Err(Fault {
                kind: FailureKind::ExtractorException,
                reason: "Exception thrown while running extraction from body".to_owned(),
                details: Some(format!("{}\n{error}", config())),
                message: format!("{}: {error}", extractor.describe(context)),
            });
        }
    };
    if test.holds(&extracted) {
        return Ok(());
    }
    let got = if matches!(extracted, Value::Null) { "nothing".to_owned() } else { shown(&extracted) };
    Err(Fault {
        kind: FailureKind::ValidatorFailed,
        reason: format!("Extract and test validator failed on test: {}({})", test.name(), extracted.to_text()),
        details: Some(config()),
        message: format!("{} {}: got {got}", extractor.describe(context), test.name()),
    })
}

fn schema_fault(failure: SchemaFailure) -> Fault {
    let (reason, details, message) = match failure {
        SchemaFailure::Violations { listed, total } => {
            let first = listed.first().cloned().unwrap_or_default();
            let more = if total > 1 { format!(" (and {} more)", total - 1) } else { String::new() };
            ("JSON Schema Validation Failed".to_owned(), listed.join("\n"), format!("json_schema: {first}{more}"))
        }
        SchemaFailure::Unusable(reason) => (
            format!("JSON Schema Validation raised an exception: {reason}"),
            reason.clone(),
            format!("json_schema: {reason}"),
        ),
    };
    Fault { kind: FailureKind::ValidatorException, reason, details: Some(details), message }
}

fn custom_fault(name: &str, rejection: Rejection) -> Fault {
    let (kind, reason) = match rejection {
        Rejection::Failed(reason) => (FailureKind::ValidatorFailed, reason),
        Rejection::Exception(reason) => (FailureKind::ValidatorException, reason),
    };
    Fault { kind, message: format!("{name}: {reason}"), reason, details: None }
}

/// Makes a validator from what stands below its name in the suite.
type Parse = dyn Fn(&Value) -> Result<Arc<dyn Validate>, String> + Send + Sync;

static REGISTERED: Registry<Parse> = Registry::new("validator");

/// Adds a validator for all suites that are read from now on; its name is taken in lower case.
///
/// # Errors
/// The name is taken.
pub fn register_validator(
    name: &str,
    parse: impl Fn(&Value) -> Result<Arc<dyn Validate>, String> + Send + Sync + 'static,
) -> Result<(), String> {
    REGISTERED.add(&name.to_lowercase(), VALIDATORS, Arc::new(parse))
}

/// Makes a registered validator; `None` if there is none of that name, which may be in any case.
pub fn registered_validator(name: &str, config: &Value, location: Location) -> Option<Result<Validator, String>> {
    let name = name.to_lowercase();
    REGISTERED.get(&name).map(|parse| parse(config).map(|validate| Validator::custom(&name, validate, location)))
}

/// All names, built-in and registered.
pub fn validator_names() -> Vec<String> {
    REGISTERED.names_after(VALIDATORS)
}

#[cfg(test)]
mod tests;
