//! The keys of a suite file, as data: name, kind of value, default, one line of help.
//!
//! Owns: the tables from which the readers' "unknown key" warnings, `resttest help` and the JSON Schema
//! are made, so that none of them can go stale. Does not: read a key (its reader does; a test holds
//! both against each other).

mod tables;
#[cfg(test)]
mod tests;

pub use tables::{GENERATORS, generator};

/// A key.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// The name, lower-case.
    pub name: &'static str,
    /// What its value is.
    pub takes: Takes,
    /// What holds without it, for people; empty where nothing does.
    pub default: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// Whether PyRestTest does not have it (with this meaning).
    pub is_added: bool,
}

/// What a key's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Anything.
    Anything,
    /// Text.
    Text,
    /// Text, or an integer or boolean, which is taken as text.
    Name,
    /// True or false, or text that says so.
    Boolean,
    /// An integer, or text that holds one.
    Integer,
    /// A number, or text that holds one.
    Number,
    /// An integer from 0 up.
    Count,
    /// An integer from 1 up.
    Positive,
    /// Seconds from 0 up; fractions count.
    Seconds,
    /// Seconds; negative is none.
    Delay,
    /// Milliseconds from 0 up.
    Milliseconds,
    /// Seconds, or text such as `500ms`, `2m`, `1h`.
    Duration,
    /// Bytes, or text such as `512 KiB`, `64 MiB`.
    ByteSize,
    /// Requests a second.
    Rate,
    /// A rate, or a number of connections; 0 counts.
    StageTarget,
    /// A list of stages.
    Stages,
    /// A duration, or `{min: …, max: …}`.
    ThinkTime,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Text, an integer, or `{template: …}`.
    Url,
    /// A mapping of names to values, or `{template: {…}}`.
    Headers,
    /// Text, `{file: …}`, `{template: …}` and their nestings.
    Content,
    /// As `Content`, or a mapping that names another kind of body.
    Body,
    /// Any JSON; below `template` with variables.
    Json,
    /// A mapping of names to texts or lists of them; or `{template: {…}}`.
    Pairs,
    /// A list of parts, or a mapping of names to texts or parts.
    Parts,
    /// As `Content`, the bytes spelled in digits.
    Digits,
    /// Text, or `{template: …}`.
    Templated,
    /// As `Content`, or the schema itself as a mapping.
    Schema,
    /// One status or a list.
    Statuses,
    /// One status, a list, or `{template: …}`.
    ExpectedStatus,
    /// A path, or `{body: …}`.
    Save,
    /// `all`, or a list of names of variables.
    Share,
    /// One path or a list.
    Files,
    /// One host or a list.
    Hosts,
    /// True or false, or a list of hosts.
    BooleanOrHosts,
    /// One method or a list.
    Methods,
    /// One tag or a list.
    Tags,
    /// A mapping of names to words or lists of them.
    Labels,
    /// A list of `{type, name, url}`.
    Links,
    /// A mapping with a test's keys but its url and name.
    Defaults,
    /// A way to draw waits, or a boolean.
    Jitter,
    /// Names of errors: one or a list.
    Errors,
    /// A boolean, a header's name, or `{header: …, quoted: …}`.
    IdempotencyKey,
    /// A mapping of answers to what holds for them.
    Policies,
    /// A number from 0 to 1, or percent.
    Ratio,
    /// A number of sends a second, or text such as `3000/m`.
    SendRate,
    /// A mapping of variables to values.
    Variables,
    /// A mapping of variables to generators.
    GeneratorBinds,
    /// A mapping of variables to extractors.
    ExtractBinds,
    /// A mapping of names to lists of values.
    Matrix,
    /// A file, `{file: …}`, or a list of mappings.
    Rows,
    /// `{item: $list}`.
    Foreach,
    /// A list of validators.
    Validators,
    /// A list of tests, or one.
    Tests,
    /// A name or a list of names.
    Names,
    /// `$flag`, a mapping of variables to values, or a list of validators.
    Condition,
    /// A reason, or a condition.
    Skip,
    /// A mapping of names to generators.
    Generators,
    /// Metrics and aggregates of a benchmark.
    Metrics,
    /// What a `performance:` block may ask for.
    LoadMetrics,
    /// One percentile or a list.
    Percentiles,
    /// One condition or a list.
    Thresholds,
    /// A list with at least one value.
    Values,
    /// The name of a generator type.
    GeneratorType,
    /// The name of a character set.
    CharacterSet,
    /// The name of a comparator.
    Comparator,
    /// The name of a test of one value.
    ValueTest,
    /// A value, `{template: …}` or an extractor.
    Expected,
    /// An extractor's query: text or `{template: …}`.
    Query,
    /// A number from 0 up, or `{template: …}`.
    Tolerance,
    /// One JSONPath expression or a list.
    Paths,
    /// A JSONPath expression, or `{template: …}`.
    JsonPath,
    /// True, false, or a mapping with the keys of `cookies`.
    Cookies,
    /// One path, a list, or a mapping with the keys of `mock`.
    Mock,
    /// A name, `none`, or a mapping with the keys of `auth`.
    Auth,
    /// A mapping of names to blocks of `auth`.
    Auths,
    /// A list of names, or a mapping of names to where their values are.
    Secrets,
    /// A text or a list of texts.
    Texts,
    /// A program with its arguments as a list, or a line for the shell.
    Words,
    /// `""`: there is nothing to say.
    Nothing,
    /// A mapping with the keys of another element.
    Block(Element),
}

#[cfg(test)]
impl Takes {
    /// In a word or two, for people.
    pub fn shown(self) -> String {
        match self {
            Takes::Anything => "anything",
            Takes::Text => "text",
            Takes::Name => "text, integer",
            Takes::Boolean => "true, false",
            Takes::Integer => "integer",
            Takes::Number => "number",
            Takes::Count => "integer, 0 up",
            Takes::Positive => "integer, 1 up",
            Takes::Seconds | Takes::Delay => "seconds",
            Takes::Milliseconds => "milliseconds",
            Takes::Duration => "10, 500ms, 2m",
            Takes::ByteSize => "65536, 64 MiB",
            Takes::Rate => "requests/s",
            Takes::StageTarget => "number, 0 up",
            Takes::Stages => "list of stages",
            Takes::ThinkTime => "2, 500ms, {min, max}",
            Takes::Word(words) => return words.join(", "),
            Takes::Url => "text, template",
            Takes::Headers => "mapping, template",
            Takes::Content => "text, file, template",
            Takes::Body => "text, file, mapping",
            Takes::Json => "mapping, list, template",
            Takes::Pairs => "name: value, template",
            Takes::Parts => "list of parts, mapping",
            Takes::Digits => "text, template",
            Takes::Templated => "text, template",
            Takes::Schema => "text, file, mapping",
            Takes::Statuses => "status, list",
            Takes::ExpectedStatus => "status, list, template",
            Takes::Save => "path, {body: path}",
            Takes::Share => "list of names, all",
            Takes::Files => "path, list",
            Takes::Hosts => "host, list",
            Takes::BooleanOrHosts => "boolean, list of hosts",
            Takes::Methods => "method, list",
            Takes::Tags => "word, list",
            Takes::Labels => "name: word, list",
            Takes::Links => "list of {type, name, url}",
            Takes::Jitter => return crate::retry::Jitter::WORDS.join(", "),
            Takes::Errors => "error, list",
            Takes::IdempotencyKey => "true, header",
            Takes::Policies => "answer: mapping",
            Takes::Ratio => "0.2, 20%",
            Takes::SendRate => "50, 50/s, 3000/m",
            Takes::Variables => "name: value",
            Takes::GeneratorBinds => "name: generator",
            Takes::ExtractBinds => "name: extractor",
            Takes::Matrix => "name: [values]",
            Takes::Rows => "file, list of mappings",
            Takes::Foreach => "{name: $list}",
            Takes::Validators => "list",
            Takes::Tests => "list of tests",
            Takes::Names => "id, list",
            Takes::Condition => "$flag, mapping, list",
            Takes::Skip => "text, mapping, list",
            Takes::Generators => "name: generator",
            Takes::Metrics | Takes::LoadMetrics => "names, mappings",
            Takes::Percentiles => "number, list",
            Takes::Thresholds => "condition, list",
            Takes::Values => "list",
            Takes::GeneratorType | Takes::CharacterSet | Takes::Comparator | Takes::ValueTest => "name",
            Takes::Expected => "value, template, extractor",
            Takes::Query | Takes::JsonPath => "text, template",
            Takes::Paths => "path, list",
            Takes::Tolerance => "number, 0 up, template",
            Takes::Cookies => "true, false, {file, save}",
            Takes::Mock => "path, {file: path}",
            Takes::Auth => "name, none, {type, …}",
            Takes::Auths => "name: {type, …}",
            Takes::Secrets => "list of names, name: source",
            Takes::Texts => "text, list",
            Takes::Words => "list of words, text",
            Takes::Nothing => "\"\"",
            Takes::Block(_) | Takes::Defaults => "mapping",
        }
        .to_owned()
    }
}

/// What has keys of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    /// An item of the suite's list.
    Suite,
    /// `test`.
    Test,
    /// `benchmark`: what it has besides a test's keys.
    Benchmark,
    /// `config`.
    Config,
    /// `cookies`, where it is a mapping.
    Cookies,
    /// `mock`, where it is a mapping.
    Mock,
    /// Where the value of one of `secrets` comes from.
    Secret,
    /// `mask`.
    Mask,
    /// `performance`.
    Performance,
    /// An item of `stages`.
    Stage,
    /// `retry`.
    Retry,
    /// What `policies` has for an answer.
    RetryPolicy,
    /// `poll`.
    Poll,
    /// `retry_budget`.
    RetryBudget,
    /// `circuit_breaker`.
    CircuitBreaker,
    /// `rate_limit`.
    RateLimit,
    /// An item of `validators`.
    Validator,
    /// `compare`, besides the extractor.
    Compare,
    /// `extract_test`, besides the extractor.
    ExtractTest,
    /// `json_schema`.
    JsonSchema,
    /// The extractors, as keys.
    Extractor,
    /// What may stand beside an extractor.
    ExtractorOption,
    /// `json_equals`.
    JsonEquals,
    /// `snapshot`.
    Snapshot,
    /// `body`, where it is a mapping.
    Body,
    /// A part of `multipart`.
    Part,
    /// `graphql`.
    Graphql,
    /// `auth`, where it is a mapping.
    Auth,
}

impl Element {
    /// All of them with the word that stands for each in guides: `{{keys WORD}}`.
    pub const ALL: [(&'static str, Element); 28] = [
        ("suite", Element::Suite),
        ("test", Element::Test),
        ("benchmark", Element::Benchmark),
        ("config", Element::Config),
        ("cookies", Element::Cookies),
        ("mock", Element::Mock),
        ("secret", Element::Secret),
        ("mask", Element::Mask),
        ("performance", Element::Performance),
        ("stage", Element::Stage),
        ("retry", Element::Retry),
        ("retry_policy", Element::RetryPolicy),
        ("poll", Element::Poll),
        ("retry_budget", Element::RetryBudget),
        ("circuit_breaker", Element::CircuitBreaker),
        ("rate_limit", Element::RateLimit),
        ("validator", Element::Validator),
        ("compare", Element::Compare),
        ("extract_test", Element::ExtractTest),
        ("json_schema", Element::JsonSchema),
        ("json_equals", Element::JsonEquals),
        ("snapshot", Element::Snapshot),
        ("extractor", Element::Extractor),
        ("extractor_option", Element::ExtractorOption),
        ("body", Element::Body),
        ("part", Element::Part),
        ("graphql", Element::Graphql),
        ("auth", Element::Auth),
    ];

    /// Its keys, in the order of the help.
    pub fn keys(self) -> &'static [Key] {
        match self {
            Element::Suite => tables::SUITE,
            Element::Test => tables::TEST,
            Element::Benchmark => tables::BENCHMARK,
            Element::Config => tables::CONFIG,
            Element::Cookies => tables::COOKIES,
            Element::Mock => tables::MOCK,
            Element::Secret => tables::SECRET,
            Element::Mask => tables::MASK,
            Element::Performance => tables::PERFORMANCE,
            Element::Stage => tables::STAGE,
            Element::Retry => tables::RETRY,
            Element::RetryPolicy => tables::RETRY_POLICY,
            Element::Poll => tables::POLL,
            Element::RetryBudget => tables::RETRY_BUDGET,
            Element::CircuitBreaker => tables::CIRCUIT_BREAKER,
            Element::RateLimit => tables::RATE_LIMIT,
            Element::Validator => tables::VALIDATOR,
            Element::Compare => tables::COMPARE,
            Element::ExtractTest => tables::EXTRACT_TEST,
            Element::JsonSchema => tables::JSON_SCHEMA,
            Element::JsonEquals => tables::JSON_EQUALS,
            Element::Snapshot => tables::SNAPSHOT,
            Element::Extractor => tables::EXTRACTOR,
            Element::ExtractorOption => tables::EXTRACTOR_OPTION,
            Element::Body => tables::BODY,
            Element::Part => tables::PART,
            Element::Graphql => tables::GRAPHQL,
            Element::Auth => tables::AUTH,
        }
    }

    /// The names of its keys.
    pub fn names(self) -> Vec<&'static str> {
        names(self.keys())
    }
}

/// The names of keys.
pub fn names(keys: &'static [Key]) -> Vec<&'static str> {
    keys.iter().map(|key| key.name).collect()
}
