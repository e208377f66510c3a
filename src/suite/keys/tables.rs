//! The tables themselves; see `mod.rs` for what they are for.

use super::{Element, Key, Takes};
use crate::settings::drift::DriftMode;
use crate::settings::unset_variables::UnsetVariables;

/// A key that PyRestTest has.
const fn key(name: &'static str, takes: Takes, default: &'static str, help: &'static str) -> Key {
    Key { name, takes, default, help, is_added: false }
}

/// A key that it does not have.
const fn added(name: &'static str, takes: Takes, default: &'static str, help: &'static str) -> Key {
    Key { name, takes, default, help, is_added: true }
}

pub(super) const SUITE: &[Key] = &[
    key("url", Takes::Text, "", "a GET of base URL + this text that must be answered with 200"),
    key("test", Takes::Block(Element::Test), "", "a test: a request, the status to expect, checks on the answer"),
    key("benchmark", Takes::Block(Element::Benchmark), "", "a request that is repeated and measured, after all tests"),
    key("config", Takes::Block(Element::Config), "", "settings; they hold for the whole file, wherever they stand"),
    added("configuration", Takes::Block(Element::Config), "", "another name of config"),
    key("import", Takes::Text, "", "another suite, which runs before this file's own tests"),
    added("setup", Takes::Tests, "", "tests that run first; if one fails, the file's others are errors, and not sent"),
    added("teardown", Takes::Tests, "", "tests that run last, whatever happened: after failures and an interrupt, too"),
];

pub(super) const TEST: &[Key] = &[
    key("url", Takes::Url, "needed", "joined with the base URL as a browser would"),
    key("name", Takes::Name, "Unnamed", "for people, reports and --only"),
    key("group", Takes::Name, "Default", "the group that it is counted in"),
    added("tags", Takes::Tags, "", "a word or a list of them, for --tags and --skip-tags"),
    added("labels", Takes::Labels, "", "for reports: {severity: critical, owner: ann, epic: …}; a test's own win"),
    added("links", Takes::Links, "", "for reports: [{type: issue, name: X-1, url: …}]; in place of the file's"),
    key("description", Takes::Anything, "", "for people and reports"),
    key("method", Takes::Text, "GET", "any method"),
    key("headers", Takes::Headers, "", "an empty value removes a default header"),
    added("query", Takes::Pairs, "", "encoded, and added to the URL's own query; a list repeats its name"),
    key("body", Takes::Body, "", "not sent with GET and HEAD; files are found beside the suite"),
    key("expected_status", Takes::ExpectedStatus, "200", "POST, PUT: also 201, 204; DELETE: also 202, 204"),
    added("save", Takes::Save, "", "where the answer's body is written, if the status is right; within --file-root"),
    key("validators", Takes::Validators, "", "checks on the answer, all of them, if the status is right"),
    key("variable_binds", Takes::Variables, "", "variables to set before the request"),
    key("generator_binds", Takes::GeneratorBinds, "", "variables to take from generators before the request"),
    key("extract_binds", Takes::ExtractBinds, "", "variables to take from the answer, after the validators"),
    key("auth_username", Takes::Query, "", "Basic authentication; works together with auth_password"),
    key("auth_password", Takes::Query, "", "its password; shown as (redacted) everywhere"),
    added("auth", Takes::Auth, "", "what proves who asks: a name of auths, none, or {type: …}; see help auth"),
    key("timeout", Takes::Seconds, "10", "for the whole exchange; fractions count, 0 is no limit"),
    added("connect_timeout", Takes::Seconds, "", "for looking the host up, connecting and TLS together; 0 is no limit"),
    added("max_body", Takes::ByteSize, "64 MiB", "the largest answer body, decoded; 0 is no limit"),
    key("delay", Takes::Delay, "0", "wait before the request"),
    key("stop_on_failure", Takes::Boolean, "false", "if this test fails, the rest of this file's tests do not run"),
    added("id", Takes::Name, "its name", "what depends_on calls it"),
    added("depends_on", Takes::Names, "", "tests that run before; unless all passed, this one is skipped"),
    added("if", Takes::Condition, "", "runs only if this holds: $flag, {stage: prod}, or compare and extract_test"),
    added("skip", Takes::Skip, "", "a reason: it never runs; or a condition as in if: it runs unless that holds"),
    added("matrix", Takes::Matrix, "", "a test for each combination of values: {user: [a, b], role: [x, y]}"),
    added("data", Takes::Rows, "", "a test for each row; each column is a variable, cells of CSV are text"),
    added("allow_empty", Takes::Boolean, "false", "with data: a table without rows skips the test"),
    added("repeat", Takes::Positive, "", "the same test so many times; $index counts from 0"),
    added("foreach", Takes::Foreach, "", "a test for each value of a list that a variable holds when it runs"),
    added("retry", Takes::Block(Element::Retry), "", "when to send again"),
    added("poll", Takes::Block(Element::Poll), "", "sends until the answer is the one that is waited for"),
    added("performance", Takes::Block(Element::Performance), "", "a load run in place of one request"),
];

// What says how load is made is the same in a benchmark and in a performance block.
const DURATION: Key = added("duration", Takes::Duration, "", "run for this time instead of a number of requests");
const MODE: Key = added("mode", Takes::Word(&["sync", "async"]), "sync", "closed (sync) or open (async) model");
const RATE: Key =
    added("rate", Takes::Rate, "", "requests started a second, in either mode; times count from when due");
const RAMP: Key =
    added("ramp", Takes::Duration, "", "the rate, or else the connections, grow evenly from 0 for this time");
const STAGES: Key =
    added("stages", Takes::Stages, "", "[{duration: 30s, rate: 100}, ...], or concurrency: N in place of rate");
const ARRIVAL: Key = added(
    "arrival",
    Takes::Word(&["constant", "poisson"]),
    "constant",
    "with a rate: evenly, or at random as independent users do",
);
const THREADS: Key = added("threads", Takes::Positive, "one a core", "threads of mode: async");
const CONNECTIONS: Key = added("connections", Takes::Positive, "", "another name of concurrency");
const THINK_TIME: Key = added(
    "think_time",
    Takes::ThinkTime,
    "",
    "wait between an answer and the next request: 2s, or {min: 1, max: 3}; without a rate",
);
const TIMEOUT: Key = added("timeout", Takes::Seconds, "the test's", "for each request; 0 is no limit");
const MAX_BODY: Key =
    added("max_body", Takes::ByteSize, "the test's", "the largest answer body, decoded; 0 is no limit");
const CONNECT_TIMEOUT: Key =
    added("connect_timeout", Takes::Seconds, "", "for each looking up, connecting and TLS together; 0 is no limit");
const THRESHOLD_MS: Key = added("threshold_ms", Takes::Milliseconds, "", "slower requests are counted, and warned of");
const RPS_MODE: Key =
    added("rps_mode", Takes::Word(&["wall", "response"]), "wall", "requests a second: by the clock, or 1000 / mean ms");
const RETRY_BLOCK: Key = added("retry", Takes::Block(Element::Retry), "", "when to send again");

pub(super) const BENCHMARK: &[Key] = &[
    key("warmup_runs", Takes::Integer, "10", "requests before measuring"),
    key("benchmark_runs", Takes::Positive, "100", "requests that are measured"),
    key("metrics", Takes::Metrics, "", "what is reported: names, or {name: aggregate}"),
    key("output_file", Takes::Text, "", "where the report goes; missing folders are made"),
    key("output_format", Takes::Word(&["csv", "json"]), "csv", "the form of the report"),
    added("repeat", Takes::Positive, "100", "another name of benchmark_runs"),
    added("repeat_runs", Takes::Positive, "100", "another name of benchmark_runs"),
    added("concurrency", Takes::Positive, "1", "requests at once, at most 10000"),
    added("max_concurrency", Takes::Positive, "1", "another name of concurrency"),
    MODE,
    TIMEOUT,
    CONNECT_TIMEOUT,
    MAX_BODY,
    THRESHOLD_MS,
    added("warmup", Takes::Count, "10", "another name of warmup_runs"),
    DURATION,
    RATE,
    RAMP,
    STAGES,
    ARRIVAL,
    THREADS,
    CONNECTIONS,
    THINK_TIME,
    RPS_MODE,
    added("percentiles", Takes::Percentiles, "", "percentiles of total_time to report"),
    added("thresholds", Takes::Thresholds, "", "conditions such as p(95)<500; a missed one fails the run"),
    RETRY_BLOCK,
];

pub(super) const PERFORMANCE: &[Key] = &[
    added("repeat", Takes::Positive, "1", "how many requests"),
    added("repeat_runs", Takes::Positive, "1", "another name of repeat"),
    DURATION,
    added("concurrency", Takes::Positive, "1; async 10", "requests at once, at most 10000"),
    added("max_concurrency", Takes::Positive, "", "another name of concurrency"),
    MODE,
    RATE,
    RAMP,
    STAGES,
    ARRIVAL,
    THREADS,
    CONNECTIONS,
    THINK_TIME,
    added("warmup", Takes::Count, "0", "requests before measuring"),
    added("warmup_runs", Takes::Integer, "0", "another name of warmup"),
    TIMEOUT,
    CONNECT_TIMEOUT,
    MAX_BODY,
    THRESHOLD_MS,
    added("thresholds", Takes::Thresholds, "", "conditions such as p(95)<500; a missed one fails the test"),
    added("percentiles", Takes::Percentiles, "50 90 95 99", "percentiles that the report must have"),
    added("metrics", Takes::LoadMetrics, "", "percentiles, in the form [{percentiles: [50, 95]}]"),
    RPS_MODE,
    added("trace_sample", Takes::Number, "0", "the share of the requests that have spans; see resttest help tracing"),
    added("output_file", Takes::Text, "", "where the summary goes; missing folders are made"),
    added("output_format", Takes::Word(&["csv", "json"]), "json", "the form of the summary"),
    RETRY_BLOCK,
];

pub(super) const STAGE: &[Key] = &[
    added("duration", Takes::Duration, "needed", "how long the stage takes"),
    added("rate", Takes::StageTarget, "", "requests a second at its end"),
    added("concurrency", Takes::StageTarget, "", "connections at its end, in place of a rate"),
    added("connections", Takes::StageTarget, "", "another name of concurrency"),
];

pub(super) const CONFIG: &[Key] = &[
    key("testset", Takes::Anything, "", "a title for people"),
    key("timeout", Takes::Seconds, "10", "for tests that say nothing else; 0 is no limit"),
    added("connect_timeout", Takes::Seconds, "", "the same for looking up, connecting and TLS; 0 is no limit"),
    added("max_body", Takes::ByteSize, "64 MiB", "the same for answer bodies, decoded; 0 is no limit"),
    key("print_bodies", Takes::Boolean, "false", "print every response body"),
    key("variable_binds", Takes::Variables, "", "variables of all tests of this file; --vars wins"),
    added("variables", Takes::Variables, "", "another name of variable_binds"),
    key("generators", Takes::Generators, "", "sources of values, by name"),
    added(
        "unset_variables",
        Takes::Word(UnsetVariables::WORDS),
        "warn",
        "a $name that nothing has set: sent as it is with a warning, or the test is an error",
    ),
    added("cookies", Takes::Cookies, "false", "keep them from test to test; a test's own Cookie header stands for all"),
    added(
        "openapi",
        Takes::Text,
        "",
        "an OpenAPI document that every answer must be described by; see resttest help openapi",
    ),
    added(
        "drift",
        Takes::Word(DriftMode::WORDS),
        "warn",
        "an answer whose shape is not that of --drift FILE: a warning, or the test fails",
    ),
    added("secrets", Takes::Secrets, "", "variables that nobody is to see, and where their values come from"),
    added(
        "mask",
        Takes::Block(Element::Mask),
        "",
        "what nobody is to see of answers and requests, by its looks or place",
    ),
    added("mock", Takes::Mock, "", "stubs of a server of its own: $mock_url, and the base URL if none is given"),
    added("share", Takes::Share, "none", "variables for later files of the run and for those that import this one"),
    added("needs", Takes::Files, "", "files to run before, each once a run; if one fails, nothing here is sent"),
    added(
        "headers",
        Takes::Headers,
        "",
        "of every request of this file; a test's own of that name wins, an empty value removes",
    ),
    added(
        "auth_username",
        Takes::Query,
        "",
        "Basic authentication of every request; a test's own wins, an empty one removes it",
    ),
    added("auth_password", Takes::Query, "", "its password; shown as (redacted) everywhere"),
    added(
        "allow_hosts",
        Takes::Hosts,
        "",
        "nothing of this file is sent elsewhere; narrows --allow-host, never widens it",
    ),
    added(
        "propagate",
        Takes::BooleanOrHosts,
        "true where spans are sent",
        "send traceparent to the base URL's host, and to those listed; see resttest help tracing",
    ),
    added("auth", Takes::Auth, "none", "what proves who asks, of every request; a test's own wins whole"),
    added("auths", Takes::Auths, "", "blocks of auth by name: auth: NAME"),
    added("tags", Takes::Tags, "", "tags of all tests and benchmarks of this file, beside their own"),
    added("labels", Takes::Labels, "", "labels of all tests of this file in reports; a test's own win, name by name"),
    added("links", Takes::Links, "", "links of all tests of this file that have none of their own"),
    added("defaults", Takes::Defaults, "", "keys of all tests that do not have them; not of benchmarks"),
    key("retries", Takes::Integer, "", "never had an effect; use retry"),
    added("retry", Takes::Block(Element::Retry), "", "when to send again"),
    added("max_retries", Takes::Count, "0", "short for retry: {max_retries: …}"),
    added("retry_backoff_base", Takes::Seconds, "0.5", "short for retry: {backoff_base: …}"),
    added("retry_backoff_max", Takes::Seconds, "30", "short for retry: {backoff_max: …}"),
    added("retry_budget", Takes::Block(Element::RetryBudget), "none", "how many retries all tests together may make"),
    added(
        "circuit_breaker",
        Takes::Block(Element::CircuitBreaker),
        "none",
        "failures in a row after which an origin is not asked for a while",
    ),
    added(
        "rate_limit",
        Takes::Block(Element::RateLimit),
        "none",
        "sends that all tests and load runs together may make",
    ),
    added(
        "suite_timeout",
        Takes::Seconds,
        "",
        "a suite that takes longer ends: its running test is an error, the exit 70",
    ),
    added("max_concurrency", Takes::Positive, "", "requests at once in load runs that say nothing else"),
];

pub(super) const SECRET: &[Key] = &[
    added(
        "command",
        Takes::Words,
        "",
        "a program with its arguments, which prints the value; run once, before all tests",
    ),
    added("timeout", Takes::Duration, "10", "how long the command may take"),
    added("file", Takes::Text, "", "a file that holds the value; found beside the suite; a line end is left out"),
    added("env", Takes::Text, "", "a variable of the environment"),
];

pub(super) const MASK: &[Key] = &[
    added("headers", Takes::Texts, "", "names of headers whose values nobody is to see"),
    added("jsonpath", Takes::Texts, "", "what these JSONPath expressions find in answers is a secret from then on"),
    added("regex", Takes::Texts, "", "what these patterns match is hidden in every text"),
];

pub(super) const MOCK: &[Key] = &[added(
    "file",
    Takes::Files,
    "needed",
    "what the server answers from; found beside the suite; see resttest help mock",
)];

pub(super) const COOKIES: &[Key] = &[
    added("file", Takes::Text, "", "cookies to begin with, in the format of curl and Netscape; found beside the suite"),
    added("save", Takes::Text, "", "where they are written in that format after the file's tests; within --file-root"),
];

pub(super) const AUTH: &[Key] = &[
    added("type", Takes::Text, "needed", "what kind it is: basic, bearer, oauth2, digest, aws_sigv4, …; see help auth"),
    added("username", Takes::Query, "", "basic, digest, grant password: the name; netrc: whose entry"),
    added("password", Takes::Query, "", "its password; digest without one takes that of .netrc"),
    added("token", Takes::Query, "", "bearer: the token"),
    added("token_file", Takes::Query, "", "bearer: a file that holds the token, read anew for each send"),
    added("name", Takes::Query, "", "api_key: the header, the parameter or the cookie"),
    added("value", Takes::Query, "", "api_key: its value"),
    added("algorithms", Takes::Texts, "all", "digest: which may be answered: SHA-512-256, SHA-256, MD5"),
    added("access_key_id", Takes::Query, "AWS_ACCESS_KEY_ID", "aws_sigv4: whose key it is"),
    added("secret_access_key", Takes::Query, "AWS_SECRET_ACCESS_KEY", "aws_sigv4: the key"),
    added("session_token", Takes::Query, "AWS_SESSION_TOKEN", "aws_sigv4: goes with a key for a while"),
    added("region", Takes::Query, "that of the host", "aws_sigv4: where; or else AWS_REGION, AWS_DEFAULT_REGION"),
    added("service", Takes::Query, "that of the host", "aws_sigv4: what, such as s3 or execute-api"),
    added("payload", Takes::Query, "signed", "aws_sigv4: signed, or unsigned (https only)"),
    added("sign_headers", Takes::Texts, "none", "aws_sigv4: headers besides host, content-type and x-amz-*"),
    added("sign_body", Takes::Boolean, "true for s3", "aws_sigv4: send x-amz-content-sha256"),
    added("file", Takes::Query, "$NETRC, ~/.netrc", "netrc: the file"),
    added("required", Takes::Boolean, "true", "netrc: a host without an entry is an error"),
    added("in", Takes::Query, "", "api_key: header, query or cookie; jwt, command: 'Authorization: Bearer'"),
    added("token_url", Takes::Query, "", "oauth2: where tokens are asked for"),
    added("grant", Takes::Query, "client_credentials", "oauth2: or password, refresh_token, jwt_bearer"),
    added("client_id", Takes::Query, "", "oauth2: the client's name"),
    added("client_secret", Takes::Query, "", "oauth2: its secret"),
    added("client_auth", Takes::Query, "client_secret_basic", "oauth2: how the client proves who it is"),
    added("scope", Takes::Texts, "", "oauth2: text or a list, joined by blanks"),
    added("audience", Takes::Query, "", "oauth2: whom the token is for"),
    added("resource", Takes::Texts, "", "oauth2: text or a list (RFC 8707)"),
    added("params", Takes::Anything, "", "oauth2: more of the form, {name: text}"),
    added("headers", Takes::Anything, "", "oauth2: more headers of the token request, {name: text}"),
    added("refresh_token", Takes::Query, "", "oauth2: what the grant refresh_token begins with"),
    added("assertion", Takes::Anything, "", "oauth2: keys of jwt for what the client signs, and its audience"),
    added("token_field", Takes::Query, "access_token", "oauth2: where the token stands in the answer"),
    added("leeway", Takes::Tolerance, "30", "oauth2: seconds before its end at which a token is fetched anew"),
    added("cache", Takes::Boolean, "true", "oauth2: false fetches a token for each request"),
    added("algorithm", Takes::Query, "", "jwt: HS, RS, PS 256 to 512, ES256, ES384, EdDSA"),
    added("key", Takes::Query, "", "jwt: the secret, or the private key as PEM"),
    added("key_file", Takes::Query, "", "jwt: a file with it"),
    added("key_base64", Takes::Query, "", "jwt: the same in base64"),
    added("header", Takes::Anything, "", "jwt: more of its header, a mapping"),
    added("claims", Takes::Anything, "", "jwt: its claims; iat, exp and jti are set unless they are given"),
    added("expires_in", Takes::Tolerance, "", "jwt: seconds to exp, 300; command: until it is run again, never"),
    added("kid", Takes::Query, "", "jwt: which key it is"),
    added("command", Takes::Texts, "", "command: a list of words, or text for sh -c; it prints the token"),
    added("timeout", Takes::Tolerance, "10", "command: seconds that it may take"),
    added("json", Takes::Anything, "", "command: paths in the JSON that it prints, {token: …, expiry: …}"),
];

// What a policy has of `retry` has the same name and meaning there.
const MAX_RETRIES: Key = added("max_retries", Takes::Count, "0", "sends after the first one, at most");
const BACKOFF_BASE: Key =
    added("backoff_base", Takes::Seconds, "0.5", "wait before the first retry, doubled for each further one");
const BACKOFF_MAX: Key = added("backoff_max", Takes::Seconds, "30", "no backoff is longer");
const JITTER: Key = added("jitter", Takes::Jitter, "none", "how waits are drawn at random; true is full");
const RESPECT_RETRY_AFTER: Key =
    added("respect_retry_after", Takes::Boolean, "true", "the server's Retry-After counts, if it is longer");
const RETRY_AFTER_MAX: Key =
    added("retry_after_max", Takes::Seconds, "60", "a longer Retry-After ends the test at once");
const RETRY_METHODS: Key =
    added("methods", Takes::Methods, "all", "methods that are tried again; idempotent stands for six");

pub(super) const RETRY: &[Key] = &[
    MAX_RETRIES,
    BACKOFF_BASE,
    BACKOFF_MAX,
    JITTER,
    added("retry_statuses", Takes::Statuses, "500 502 503 504", "statuses that are tried again, unless expected"),
    added("retryable_statuses", Takes::Statuses, "", "another name of retry_statuses"),
    added("errors", Takes::Errors, "resolve connect timeout disconnected", "errors that are tried again"),
    RETRY_METHODS,
    RESPECT_RETRY_AFTER,
    RETRY_AFTER_MAX,
    added("max_elapsed", Takes::Seconds, "", "all sends together end after this time, the last one, too"),
    added("policies", Takes::Policies, "", "what holds for single answers: {429: {max_retries: 5}, connect: {…}}"),
    added("idempotency_key", Takes::IdempotencyKey, "false", "a header with one UUID for all sends of a request"),
];

pub(super) const RETRY_POLICY: &[Key] =
    &[MAX_RETRIES, BACKOFF_BASE, BACKOFF_MAX, JITTER, RETRY_METHODS, RESPECT_RETRY_AFTER, RETRY_AFTER_MAX];

pub(super) const POLL: &[Key] = &[
    added("until", Takes::Validators, "status, validators", "what is waited for: all of these hold of the answer"),
    added("fail_if", Takes::Validators, "", "where any of these holds, the test fails at once"),
    added("interval", Takes::Seconds, "1", "from the end of an answer to the next send"),
    added("multiplier", Takes::Number, "1", "each interval is so many times as long as the one before"),
    added("interval_max", Takes::Seconds, "", "no interval is longer, unless the server asks for it"),
    added("timeout", Takes::Seconds, "30", "from the first send to the end; not 0"),
    added("max_polls", Takes::Positive, "", "sends at most, besides timeout; retries are not counted"),
    added("errors", Takes::Errors, "", "errors that say \"not yet\": [connect, resolve] waits until it is up"),
];

pub(super) const RETRY_BUDGET: &[Key] = &[
    added("ratio", Takes::Ratio, "0.2", "retries that each first send adds"),
    added("min_retries", Takes::Count, "10", "retries that there are from the beginning"),
];

pub(super) const CIRCUIT_BREAKER: &[Key] = &[
    added("failures", Takes::Count, "5", "so many in a row open the circuit of an origin; 0 is none"),
    added("reset", Takes::Seconds, "30", "after this time one send tries again; 0 is never"),
    added("statuses", Takes::Statuses, "502 503 504", "statuses that are failures, unless expected"),
];

pub(super) const RATE_LIMIT: &[Key] = &[
    added(
        "rate",
        Takes::SendRate,
        "needed",
        "sends in a time; retries and polls count, redirects do not; 0 is no limit",
    ),
    added("burst", Takes::Positive, "1", "so many may go out at once after a pause"),
];

pub(super) const VALIDATOR: &[Key] = &[
    key("compare", Takes::Block(Element::Compare), "", "an extracted value against an expected one"),
    key("comparator", Takes::Block(Element::Compare), "", "another name of compare"),
    key("assertequal", Takes::Block(Element::Compare), "", "another name of compare"),
    key("extract_test", Takes::Block(Element::ExtractTest), "", "whether there is a value"),
    key("asserttrue", Takes::Block(Element::ExtractTest), "", "another name of extract_test"),
    key("json_schema", Takes::Block(Element::JsonSchema), "", "the shape of the whole body"),
    added("json_equals", Takes::Block(Element::JsonEquals), "", "the whole body against a JSON value, part by part"),
    added("snapshot", Takes::Block(Element::Snapshot), "", "the whole body against one that a file keeps"),
];

pub(super) const COMPARE: &[Key] = &[
    key("comparator", Takes::Comparator, "eq", "how the two are compared"),
    key("expected", Takes::Expected, "needed", "what the extracted value is compared with; is_empty needs none"),
    added("tolerance", Takes::Tolerance, "", "close_to: how far from expected the value may be"),
];

pub(super) const EXTRACT_TEST: &[Key] =
    &[key("test", Takes::ValueTest, "needed", "exists or not_exists; a JSON null does not exist")];

pub(super) const JSON_SCHEMA: &[Key] =
    &[key("schema", Takes::Schema, "needed", "JSON or YAML; $schema picks the draft, default 2020-12")];

pub(super) const JSON_EQUALS: &[Key] = &[
    added("expected", Takes::Anything, "needed", "a value, {file: path}, or either below template"),
    added("ignore", Takes::Paths, "", "JSONPath of parts that are not compared"),
    added("unordered", Takes::Paths, "", "JSONPath of lists whose order does not count"),
    added("numbers", Takes::Word(&["value", "strict"]), "value", "whether 1 equals 1.0 (value) or not (strict)"),
    added("contains", Takes::Boolean, "false", "there may be more than what is expected"),
];

pub(super) const SNAPSHOT: &[Key] = &[
    added("file", Takes::Url, "needed", "beside the suite; --update-snapshots writes it, but not where CI is set"),
    added("ignore", Takes::Paths, "", "JSONPath of parts that are not compared"),
];

pub(super) const EXTRACTOR: &[Key] = &[
    key(
        "jsonpath_mini",
        Takes::Query,
        "",
        "keys and indices joined by dots: \"a.0.b\"; -1 is the last, \".\" all of it",
    ),
    added(
        "jsonpath",
        Takes::JsonPath,
        "",
        "RFC 9535: \"$.a[?@.b == 'c'].d\"; one node is its value, several are a list",
    ),
    key("jmespath", Takes::Query, "", "a JMESPath expression: \"a[?b=='c'].d\""),
    key("header", Takes::Query, "", "a header, its name in any case; a repeated one is a list"),
    added("cookie", Takes::Query, "", "a cookie that is set: name, or name[Path], name[Max-Age], name[Secure] …"),
    added(
        "certificate",
        Takes::Query,
        "",
        "of the server: Subject, Issuer, Start-Date, Expire-Date, Serial-Number, …, days_left",
    ),
    key("raw_body", Takes::Anything, "", "the body as text; what stands here is not read"),
    added("regex", Takes::Query, "", "a regular expression on the body's text: its first group, or else all of it"),
    added("xpath", Takes::Query, "", "XPath 1.0 on a body that is XML; _ is the prefix of its default namespace"),
    added("sha256", Takes::Nothing, "", "of the body, unpacked, in hexadecimal digits"),
    added("status", Takes::Nothing, "", "the status"),
    added("duration", Takes::Nothing, "", "milliseconds from the start to the last byte"),
    added("ttfb", Takes::Nothing, "", "milliseconds to the first byte of the answer"),
    added("connect", Takes::Nothing, "", "milliseconds until connected; 0 on a kept connection"),
    added("tls", Takes::Nothing, "", "milliseconds until TLS was ready; 0 on a kept connection"),
    added("size", Takes::Nothing, "", "bytes of the body, unpacked"),
    added("url", Takes::Nothing, "", "the URL that answered, after redirects"),
    added("redirects", Takes::Nothing, "", "how many were followed"),
    added("version", Takes::Nothing, "", "what was spoken: HTTP/1.1"),
    added("variable", Takes::Query, "", "the value of a variable, with its type"),
    added("env", Takes::Query, "", "a variable of the environment"),
    added("last", Takes::Query, "", "status or passed: how the test before this one ended"),
];

pub(super) const EXTRACTOR_OPTION: &[Key] = &[
    added("default", Takes::Anything, "", "taken in place of what is not there: a value or {template: …}"),
    added("of", Takes::Block(Element::Extractor), "the body", "another extractor, into whose value this one looks"),
    added("all", Takes::Boolean, "false", "jsonpath, xpath: a list, however many nodes there are"),
    added("group", Takes::Name, "1, else 0", "regex: a group by its name or number"),
    added("secret", Takes::Boolean, "false", "nobody is to see the value, whatever it is called"),
];

pub(super) const BODY: &[Key] = &[
    added("json", Takes::Json, "", "compact JSON in written order; below template \"$name\" keeps its type"),
    added("form", Takes::Pairs, "", "application/x-www-form-urlencoded; a list repeats its name"),
    added("multipart", Takes::Parts, "", "multipart/form-data, files and texts"),
    added(
        "graphql",
        Takes::Block(Element::Graphql),
        "",
        "a GraphQL request, as JSON; POST unless method says otherwise",
    ),
    added("base64", Takes::Digits, "", "bytes, exactly; also !!binary"),
    added("hex", Takes::Digits, "", "bytes, exactly: 00 ff, blanks count for nothing"),
    key("file", Takes::Content, "", "a text file, CRLF as LF; one that is not UTF-8 goes out as it is"),
    key("template", Takes::Content, "", "text or a file with variables; or one of the kinds above"),
    added("binary", Takes::Boolean, "false", "with file: send the file exactly as it is"),
];

pub(super) const PART: &[Key] = &[
    added("name", Takes::Templated, "needed", "the field; in the mapping form the key is its name"),
    added("value", Takes::Anything, "", "a text, or !!binary"),
    added("file", Takes::Templated, "", "a file, exactly as it is"),
    added("base64", Takes::Digits, "", "bytes in place of a file"),
    added("hex", Takes::Digits, "", "bytes in place of a file"),
    added("type", Takes::Templated, "by the name", "the part's Content-Type; of a file told from its name"),
    added("filename", Takes::Templated, "the file's own", "what the receiver is told of the file's name"),
];

pub(super) const GRAPHQL: &[Key] = &[
    added("query", Takes::Content, "needed", "the document; its own $id stays as it is"),
    added("variables", Takes::Json, "", "a mapping; variables: {template: {…}} fills in"),
    added("operationname", Takes::Templated, "", "operationName: which operation of the document is meant"),
    added("extensions", Takes::Json, "", "a mapping that client and server have agreed upon"),
];

const TYPE: Key = key("type", Takes::GeneratorType, "needed", "which generator it is");

/// The generator types: name, what it yields, its keys.
pub const GENERATORS: &[(&str, &str, &[Key])] = &[
    (
        "env_variable",
        "an environment variable",
        &[TYPE, key("variable_name", Takes::Text, "needed", "the variable; unset gives nothing")],
    ),
    (
        "env_string",
        "text with $NAME filled in from the environment",
        &[TYPE, key("string", Takes::Text, "needed", "the text; an unset $NAME stays as written")],
    ),
    (
        "number_sequence",
        "start, start + increment, …",
        &[
            TYPE,
            key("start", Takes::Integer, "1", "the first number"),
            key("increment", Takes::Integer, "1", "the distance to the next"),
        ],
    ),
    ("random_int", "0 to 2147483647, at random", &[TYPE]),
    (
        "random_text",
        "characters at random",
        &[
            TYPE,
            key("length", Takes::Integer, "8", "how many"),
            key("min_length", Takes::Integer, "8", "how many at least, without length"),
            key("max_length", Takes::Integer, "8", "how many at most, without length"),
            key("character_set", Takes::CharacterSet, "ascii_letters", "a named set to draw from"),
            key("characters", Takes::Anything, "", "the characters to draw from, without character_set"),
        ],
    ),
    (
        "fixed_sequence",
        "the values, one after another, then from the start",
        &[TYPE, key("values", Takes::Values, "needed", "the values")],
    ),
    ("choice", "any of the values, at random", &[TYPE, key("values", Takes::Values, "needed", "the values")]),
    (
        "uuid",
        "+ a UUID, RFC 9562",
        &[TYPE, added("version", Takes::Integer, "4", "4 at random; 7 sorts by the time when it is made")],
    ),
    (
        "date",
        "+ the time, as text or a number",
        &[
            TYPE,
            added("format", Takes::Text, "rfc3339", "rfc3339, epoch, epoch_ms, http, or a pattern: \"%Y-%m-%d\""),
            added("offset", Takes::Text, "", "\"-1d2h\", \"+30m\": of w, d, h, m, s, ms"),
            added("timezone", Takes::Anything, "utc", "utc, or an offset from it: \"+02:00\""),
        ],
    ),
    (
        "random_float",
        "+ a number with a fraction, at random",
        &[
            TYPE,
            added("min", Takes::Number, "0", "no number is smaller"),
            added("max", Takes::Number, "1", "no number is larger"),
        ],
    ),
    ("random_bool", "+ true or false, at random", &[TYPE]),
    ("email", "+ a mail address under example.com, .net, .org", &[TYPE]),
    ("name", "+ a person's first and last name", &[TYPE]),
    ("phone", "+ a telephone number that nobody has: +1…55501…", &[TYPE]),
    ("ipv4", "+ an address kept for examples, RFC 5737", &[TYPE]),
    (
        "sequence_file",
        "+ a file's lines, one after another, then from the start",
        &[TYPE, added("file", Takes::Text, "needed", "beside the suite, then in the working directory")],
    ),
];

/// The keys of a generator type; `None` if it is none of the built-in ones.
pub fn generator(kind: &str) -> Option<&'static [Key]> {
    GENERATORS.iter().find(|(name, ..)| *name == kind).map(|(.., keys)| *keys)
}
