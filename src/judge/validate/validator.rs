//! One type for all validators, and the failures that they give.
//!
//! Owns: extract, compare or test, and say what was wrong; the registry.
//! Does not: decide when validators run, count failures.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use super::comparator::{Comparator, length};
use super::difference::Differences;
use super::json_equals::{JsonEquals, Unequal};
use super::schema::{JsonSchema, SchemaFailure};
use super::snapshot::{Changed, Keeper, Snapshot};
use super::value_test::ValueTest;
use crate::exchange::response::Response;
use crate::ground::registry::Registry;
use crate::ground::source::{Location, Position};
use crate::ground::value::Value;
use crate::judge::extract::{ExtractError, Extractor};
use crate::judge::outcome::{Compared, Excerpt, Failure, FailureKind};
use crate::judge::wording::{equality_hint, one_line, shown, shown_text};
use crate::variables::context::Context;
use crate::variables::template::Template;

/// The names of the built-in validators.
pub const VALIDATORS: &[&str] =
    &["comparator", "compare", "assertequal", "extract_test", "asserttrue", "json_schema", "json_equals", "snapshot"];

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
    /// The same, with what else there is to say of it.
    FailedWith(String, String),
    /// The assertion could not be judged.
    Exception(String),
}

/// An assertion about a response, and where it is written. Clones share what they have compiled.
#[derive(Clone)]
pub struct Validator {
    pub(super) check: Arc<Check>,
    /// Where the suite has it.
    pub location: Location,
    /// Where in it stands what is meant when it fails: the key of the expected value, or the assertion itself.
    pub(super) meant: Position,
}

pub(super) enum Check {
    Compare { extractor: Extractor, comparator: Comparator, expected: Expected },
    ExtractTest { extractor: Extractor, test: ValueTest },
    JsonSchema(JsonSchema),
    JsonEquals(JsonEquals),
    Snapshot(Snapshot),
    Custom { name: String, validate: Arc<dyn Validate> },
}

/// Two values that are no longer than this stand side by side in the message, whatever differs within them.
const SHORT: usize = 60;

/// So much of a `Content-Encoding` is shown.
const LONGEST_ENCODING: usize = 40;

/// A failure before it is known where it belongs.
struct Fault {
    kind: FailureKind,
    reason: String,
    details: Option<String>,
    message: String,
    compared: Option<Box<Compared>>,
}

impl Validator {
    /// Whether it is slow by itself, whatever the answer is: a schema.
    pub fn is_heavy(&self) -> bool {
        matches!(*self.check, Check::JsonSchema(_) | Check::JsonEquals(_) | Check::Snapshot(_))
    }

    /// `compare`: an extracted value against an expected one.
    pub fn compare(extractor: Extractor, comparator: Comparator, expected: Expected, location: Location) -> Validator {
        Validator {
            check: Arc::new(Check::Compare { extractor, comparator, expected }),
            meant: location.position,
            location,
        }
    }

    /// `extract_test`: a test of an extracted value alone.
    pub fn extract_test(extractor: Extractor, test: ValueTest, location: Location) -> Validator {
        Validator { check: Arc::new(Check::ExtractTest { extractor, test }), meant: location.position, location }
    }

    /// `json_schema`: the shape of the whole body.
    pub fn json_schema(schema: JsonSchema, location: Location) -> Validator {
        Validator { check: Arc::new(Check::JsonSchema(schema)), meant: location.position, location }
    }

    /// `json_equals`: the whole body, part by part.
    pub fn json_equals(equals: JsonEquals, location: Location) -> Validator {
        Validator { check: Arc::new(Check::JsonEquals(equals)), meant: location.position, location }
    }

    /// `snapshot`: the whole body, as it was before.
    pub fn snapshot(snapshot: Snapshot, location: Location) -> Validator {
        Validator { check: Arc::new(Check::Snapshot(snapshot)), meant: location.position, location }
    }

    /// A validator that other code brings.
    pub fn custom(name: &str, validate: Arc<dyn Validate>, location: Location) -> Validator {
        let check = Check::Custom { name: name.to_owned(), validate };
        Validator { check: Arc::new(check), meant: location.position, location }
    }

    /// The same, with the place of the key that its failures point at.
    pub fn pointing_at(self, meant: Position) -> Validator {
        Validator { meant, ..self }
    }

    /// Judges a response.
    ///
    /// # Errors
    /// The failure, in PyRestTest's words and ours.
    pub fn check(&self, response: &Response, context: &Context) -> Result<(), Failure> {
        self.check_with(response, context, &Keeper { redact: &str::to_owned, updates: false })
    }

    /// Judges a response, with what is done about snapshots.
    ///
    /// # Errors
    /// The failure, in PyRestTest's words and ours.
    pub fn check_with(&self, response: &Response, context: &Context, keeper: &Keeper<'_>) -> Result<(), Failure> {
        let verdict = match &*self.check {
            Check::Compare { extractor, comparator, expected } => {
                let settled = comparator.settled(context).map_err(|reason| {
                    let asked = format!("{} {}", extractor.describe(context), comparator.name());
                    unusable(&asked, reason)
                });
                settled.and_then(|settled| {
                    let comparator = settled.as_ref().unwrap_or(comparator);
                    Comparison { extractor, comparator, expected }.judge(response, context)
                })
            }
            Check::ExtractTest { extractor, test } => judge_test(extractor, test, response, context),
            Check::JsonSchema(schema) => schema.check(response, context).map_err(schema_fault),
            Check::JsonEquals(equals) => equals.check(response, context).map_err(|unequal| match unequal {
                Unequal::Unusable(reason) => unusable("json_equals", reason),
                Unequal::Differs(both) => {
                    let got = response.json().map(shown).unwrap_or_default();
                    differs("json_equals", &both.1, (shown(&both.0), got))
                }
            }),
            Check::Snapshot(snapshot) => snapshot.check(response, context, keeper).map_err(|changed| match changed {
                Changed::Unusable(reason) => unusable("snapshot", reason),
                Changed::Differs(found) => {
                    differs("snapshot", &found, ("as it was kept".to_owned(), "otherwise".to_owned()))
                }
            }),
            Check::Custom { name, validate } => {
                validate.validate(response, context).map_err(|rejection| custom_fault(name, rejection))
            }
        };
        verdict.map_err(|fault| Failure {
            kind: fault.kind,
            reason: one_line(&fault.reason),
            details: fault.details,
            message: self.with_unread_encoding(fault.message, response),
            location: self.location.clone(),
            excerpt: Excerpt::wanted(if fault.compared.is_some() { self.meant } else { self.location.position }),
            compared: fault.compared,
        })
    }

    /// A body that is still encoded is rarely what was expected: whoever looked at it is told.
    fn with_unread_encoding(&self, message: String, response: &Response) -> String {
        let sees_body = match &*self.check {
            Check::Compare { extractor, expected, .. } => {
                extractor.reads_body() || matches!(expected, Expected::Extractor(other) if other.reads_body())
            }
            Check::ExtractTest { extractor, .. } => extractor.reads_body(),
            Check::JsonSchema(_) | Check::JsonEquals(_) | Check::Snapshot(_) | Check::Custom { .. } => true,
        };
        match response.unread_encoding().filter(|_| sees_body && !response.body.is_empty()) {
            // Where JSON was expected, it says so itself.
            Some(encoding) if !message.contains("the body is encoded as") => {
                format!("{message}; the body is still encoded as {}", shown_text(encoding, LONGEST_ENCODING))
            }
            _ => message,
        }
    }

    /// Whether it looks at an answer, and not only at what was known before the request.
    pub fn needs_answer(&self) -> bool {
        match &*self.check {
            Check::Compare { extractor, expected, .. } => {
                extractor.needs_answer() || matches!(expected, Expected::Extractor(other) if other.needs_answer())
            }
            Check::ExtractTest { extractor, .. } => extractor.needs_answer(),
            Check::JsonSchema(_) | Check::JsonEquals(_) | Check::Snapshot(_) | Check::Custom { .. } => true,
        }
    }

    /// Whether it looks at the server's certificate.
    pub fn reads_certificate(&self) -> bool {
        match &*self.check {
            Check::Compare { extractor, expected, .. } => {
                extractor.reads_certificate()
                    || matches!(expected, Expected::Extractor(other) if other.reads_certificate())
            }
            Check::ExtractTest { extractor, .. } => extractor.reads_certificate(),
            Check::JsonSchema(_) | Check::JsonEquals(_) | Check::Snapshot(_) | Check::Custom { .. } => false,
        }
    }

    /// The template variables it uses, with repeats.
    pub fn variables(&self) -> Vec<String> {
        match &*self.check {
            Check::Compare { extractor, comparator, expected } => {
                let mut variables = extractor.variables();
                variables.extend(comparator.variables());
                match expected {
                    Expected::Value(_) => {}
                    Expected::Template(template) => variables.extend(template.variables().map(str::to_owned)),
                    Expected::Extractor(extractor) => variables.extend(extractor.variables()),
                }
                variables
            }
            Check::ExtractTest { extractor, .. } => extractor.variables(),
            Check::JsonSchema(schema) => schema.variables(),
            Check::JsonEquals(equals) => equals.variables(),
            Check::Snapshot(snapshot) => snapshot.variables(),
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
            Check::JsonEquals(equals) => out.field("json_equals", equals),
            Check::Snapshot(snapshot) => out.field("snapshot", snapshot),
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
        let extracted = self.extractor.extract(response, context).map_err(|error| {
            let fault = self.extraction_fault("Extractor threw exception", self.extractor, &error, context);
            self.with_expected_error(fault, &error, response, context)
        })?;
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
        let sides = || Sides {
            expected_absence: match self.expected {
                Expected::Extractor(extractor) => absence(extractor, expected, response, context),
                _ => None,
            },
            absence: absence(self.extractor, &extracted, response, context),
            expected,
            extracted: &extracted,
        };
        match self.comparator.compare(&extracted, expected) {
            Ok(true) => Ok(()),
            Ok(false) => {
                let sides = sides();
                let (difference, details) = self.difference(&sides);
                Err(Fault {
                    compared: Some(Box::new(self.compared(&sides, asked(), &details, context))),
                    kind: FailureKind::ValidatorFailed,
                    reason: format!(
                        "Comparison failed, evaluating {}({}, {}) returned False",
                        self.comparator.name(),
                        extracted.to_text(),
                        expected.to_text()
                    ),
                    details: Some(format!("{}{details}", self.readable_config(context))),
                    message: format!("{}: {difference}", asked()),
                })
            }
            Err(reason) => Err(Fault {
                kind: FailureKind::ValidatorException,
                reason: format!(
                    "Comparison failed, evaluating {}({}, {}) raised an exception: {reason}",
                    self.comparator.name(),
                    extracted.to_text(),
                    expected.to_text()
                ),
                details: Some(format!("{}\n{reason}", self.readable_config(context))),
                message: format!("{}: {reason}; {}", asked(), sides().both()),
                compared: None,
            }),
        }
    }

    /// What differs, on one line, and what is to be added to the details.
    fn difference(&self, sides: &Sides<'_>) -> (String, String) {
        let (expected, extracted) = (sides.expected, sides.extracted);
        if self.comparator.is_count() && sides.absence.is_none() {
            let count = length(extracted);
            let message = match count {
                Value::Int(-1) => format!("{}, which has no length", sides.both()),
                _ => {
                    format!("expected {}, got {}, the length of {}", shown(expected), shown(&count), shown(extracted))
                }
            };
            return (message, String::new());
        }
        if let Some(odd) = self.comparator.odd_elements(expected, extracted).filter(|odd| !odd.is_empty()) {
            return (format!("{odd}; {}", sides.both()), String::new());
        }
        if let Some(reach) = self.comparator.reach() {
            let (expected, got) = sides.shown();
            return (format!("expected {expected}, give or take {reach}, got {got}"), String::new());
        }
        let differences = if self.comparator.is_equality() {
            Differences::between(expected, extracted)
        } else if self.comparator.is_text_equality() {
            Differences::between(&Value::Str(expected.to_text()), &Value::Str(extracted.to_text()))
        } else {
            None
        };
        let Some(differences) = differences else {
            let hint = if self.comparator.is_equality() { equality_hint(expected, extracted) } else { String::new() };
            return (format!("{}{hint}", sides.both()), String::new());
        };
        let is_short = |value: &Value| shown(value).chars().count() <= SHORT;
        let message = if is_short(expected) && is_short(extracted) { sides.both() } else { differences.summary() };
        (message, format!("\n{}", differences.lines()))
    }

    /// Both sides, to be read side by side; or, where they are long, each difference.
    fn compared(&self, sides: &Sides<'_>, asked: String, differences: &str, context: &Context) -> Compared {
        let query = self.extractor.query(context);
        let name = self.extractor.name();
        let subject = if query.is_empty() { name.to_owned() } else { query };
        let verb = if self.comparator.is_equality() { String::new() } else { format!(" {}", self.comparator.name()) };
        let (expected, got) = sides.shown();
        let is_short = |text: &str| text.chars().count() <= SHORT;
        // Of lists and objects the path that differs says more than both sides, however short they are.
        let has_paths = matches!(sides.expected, Value::List(_) | Value::Dict(_));
        let differences = if !has_paths && is_short(&expected) && is_short(&got) { "" } else { differences };
        Compared {
            asked,
            subject: format!("{subject}{verb}"),
            expected,
            got,
            differences: differences.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect(),
        }
    }

    /// A second reason, if what is compared with cannot be extracted either.
    fn with_expected_error(
        &self,
        mut fault: Fault,
        first: &ExtractError,
        response: &Response,
        context: &Context,
    ) -> Fault {
        if let Expected::Extractor(extractor) = self.expected
            && let Err(second) = extractor.extract(response, context)
            && second != *first
        {
            let _ = write!(fault.message, "; {}: {second}", extractor.describe(context));
            fault.details.get_or_insert_default().push_str(&format!("\n{second}"));
        }
        fault
    }

    fn extraction_fault(&self, reason: &str, from: &Extractor, error: &ExtractError, context: &Context) -> Fault {
        Fault {
            kind: FailureKind::ExtractorException,
            reason: reason.to_owned(),
            details: Some(format!("{}\n{error}", self.readable_config(context))),
            message: format!("{}: {error}", from.describe(context)),
            compared: None,
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

/// Why an extractor found nothing, if it did.
fn absence(extractor: &Extractor, found: &Value, response: &Response, context: &Context) -> Option<String> {
    matches!(found, Value::Null).then(|| extractor.absence(response, context)).flatten()
}

/// Both sides of a comparison, and why there is nothing on one.
struct Sides<'v> {
    expected: &'v Value,
    expected_absence: Option<String>,
    extracted: &'v Value,
    absence: Option<String>,
}

impl Sides<'_> {
    /// `expected 1, got 2`; what is not there is `nothing`, with the reason.
    fn both(&self) -> String {
        let (expected, got) = self.shown();
        format!("expected {expected}, got {got}")
    }

    fn shown(&self) -> (String, String) {
        let expected = match &self.expected_absence {
            Some(reason) => format!("nothing ({reason})"),
            None => shown(self.expected),
        };
        let got = match &self.absence {
            Some(reason) => format!("nothing: {reason}"),
            None => shown(self.extracted),
        };
        (expected, got)
    }
}

fn judge_test(extractor: &Extractor, test: &ValueTest, response: &Response, context: &Context) -> Result<(), Fault> {
    let config = || format!("Extractor: {}", extractor.readable_config(context));
    let (extracted, missing) = match extractor.extract(response, context) {
        // A path to a node that is null leads somewhere.
        Ok(Value::Null) if extractor.tells_null() && test.is_of_existence() => {
            let holds = test.holds(&Value::Bool(true)) == Ok(true);
            return if holds { Ok(()) } else { Err(exists_as_null(extractor, test, context)) };
        }
        Ok(value) => (value, None),
        // A header that is not there does not exist; the original fails not_exists for it.
        Err(ExtractError::Missing(reason)) => (Value::Null, Some(reason)),
        Err(error) => {
            return Err(Fault {
                kind: FailureKind::ExtractorException,
                reason: "Exception thrown while running extraction from body".to_owned(),
                details: Some(format!("{}\n{error}", config())),
                message: format!("{}: {error}", extractor.describe(context)),
                compared: None,
            });
        }
    };
    match test.holds(&extracted) {
        Ok(true) => return Ok(()),
        Ok(false) => {}
        Err(reason) => {
            return Err(unusable(&format!("{} {}", extractor.describe(context), test.name()), reason));
        }
    }
    let missing = missing.or_else(|| absence(extractor, &extracted, response, context));
    let got = missing.map_or_else(|| shown(&extracted), |reason| format!("nothing: {reason}"));
    Err(Fault {
        kind: FailureKind::ValidatorFailed,
        reason: format!("Extract and test validator failed on test: {}({})", test.name(), extracted.to_text()),
        details: Some(config()),
        message: format!("{} {}: got {got}", extractor.describe(context), test.name()),
        compared: None,
    })
}

fn exists_as_null(extractor: &Extractor, test: &ValueTest, context: &Context) -> Fault {
    Fault {
        kind: FailureKind::ValidatorFailed,
        reason: format!("Extract and test validator failed on test: {}(None)", test.name()),
        details: Some(format!("Extractor: {}", extractor.readable_config(context))),
        message: format!("{} {}: got null, which is there", extractor.describe(context), test.name()),
        compared: None,
    }
}

fn unusable(name: &str, reason: String) -> Fault {
    Fault {
        kind: FailureKind::ValidatorException,
        message: format!("{name}: {reason}"),
        details: None,
        reason,
        compared: None,
    }
}

fn differs(name: &str, found: &Differences, (expected, got): (String, String)) -> Fault {
    let lines = found.lines();
    Fault {
        kind: FailureKind::ValidatorFailed,
        reason: format!("{name}: {}", found.summary()),
        message: format!("{name}: {}", found.summary()),
        compared: Some(Box::new(Compared {
            asked: name.to_owned(),
            subject: name.to_owned(),
            expected,
            got,
            differences: lines.lines().map(str::to_owned).collect(),
        })),
        details: Some(lines),
    }
}

fn schema_fault(failure: SchemaFailure) -> Fault {
    let kind = match failure {
        SchemaFailure::Violations { .. } => FailureKind::SchemaViolated,
        _ => FailureKind::ValidatorException,
    };
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
        SchemaFailure::NotJson { reason, message } => (
            format!("JSON Schema Validation raised an exception: {reason}"),
            message.clone(),
            format!("json_schema: {message}"),
        ),
    };
    Fault { kind, reason, details: Some(details), message, compared: None }
}

fn custom_fault(name: &str, rejection: Rejection) -> Fault {
    let (kind, reason, details) = match rejection {
        Rejection::Failed(reason) => (FailureKind::ValidatorFailed, reason, None),
        Rejection::FailedWith(reason, details) => (FailureKind::ValidatorFailed, reason, Some(details)),
        Rejection::Exception(reason) => (FailureKind::ValidatorException, reason, None),
    };
    Fault { kind, message: format!("{name}: {reason}"), reason, details, compared: None }
}

/// Makes a validator from what stands below its name in the suite.
pub type Parse = dyn Fn(&Value) -> Result<Arc<dyn Validate>, String> + Send + Sync;

/// Those that other code brings.
pub static REGISTERED: Registry<Parse> = Registry::new("validator");

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
