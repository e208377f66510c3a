//! The embedded sample API and the suites behind `resttest demo`.
//!
//! Owns: a server that an air-gapped machine can test itself against, and suites that pass there.
//! Does not: run the suites, or print; that is the command's work.

mod access;
mod http1;
mod jobs;
mod person;
mod query;
mod route;
mod server;
mod shop;
#[cfg(test)]
mod tests;

pub use server::SampleApi;

/// The suites of `resttest demo`, as (file name, text). Each runs against a fresh [`SampleApi`], in
/// this order or alone; none reads a file or the environment.
pub const SUITES: &[(&str, &str)] = &[
    ("tour.yaml", include_str!("suites/tour.yaml")),
    ("people.yaml", include_str!("suites/people.yaml")),
    ("speed.yaml", include_str!("suites/speed.yaml")),
];

/// A part of the demo that shows one subject.
#[derive(Debug, Clone, Copy)]
pub struct Scene {
    /// What `--scene` calls it.
    pub name: &'static str,
    /// What there is to see, in a line.
    pub shows: &'static str,
    /// Its suites, as in [`SUITES`].
    pub suites: &'static [(&'static str, &'static str)],
    /// The files that its suites read, and those suites that are run; they are there while the scene runs.
    pub files: &'static [(&'static str, &'static str)],
    /// The variables that stand outside of its suites, besides `api`, which is where the sample API is.
    pub vars: &'static [(&'static str, &'static str)],
}

/// The scenes of `resttest demo --scene NAME`.
pub const SCENES: &[Scene] = &[
    Scene {
        name: "basic",
        shows: "requests, checks, chains of tests and a benchmark; what the demo runs without --scene",
        suites: SUITES,
        files: &[],
        vars: &[],
    },
    Scene {
        name: "retry",
        shows: "a service that is briefly away, and tests that try again",
        suites: &[("retry.yaml", include_str!("suites/retry.yaml"))],
        files: &[],
        vars: &[],
    },
    Scene {
        name: "backoff",
        shows: "waits that double up to a limit, and what is tried again",
        suites: &[("backoff.yaml", include_str!("suites/backoff.yaml"))],
        files: &[],
        vars: &[],
    },
    Scene {
        name: "load",
        shows: "the same request many times, so many at once, or so many a second",
        suites: &[("load.yaml", include_str!("suites/load.yaml"))],
        files: &[],
        vars: &[],
    },
    Scene {
        name: "language",
        shows: "what suites say beyond PyRestTest's: a login that files share, rows of a table, set-up and tear-down",
        suites: &[("orders.yaml", include_str!("../../fixtures/language/orders.yaml"))],
        files: &[
            ("orders.yaml", include_str!("../../fixtures/language/orders.yaml")),
            ("sign-in.yaml", include_str!("../../fixtures/language/sign-in.yaml")),
            ("items.csv", include_str!("../../fixtures/language/items.csv")),
            ("expected/tea.json", include_str!("../../fixtures/language/expected/tea.json")),
            ("expected/cake.json", include_str!("../../fixtures/language/expected/cake.json")),
            ("expected/air.json", include_str!("../../fixtures/language/expected/air.json")),
        ],
        vars: &[],
    },
    Scene {
        name: "auth",
        shows: "tokens that are fetched once, Digest and signatures, with secrets that no output shows",
        suites: &[("auth.yaml", include_str!("suites/auth.yaml"))],
        files: &[],
        vars: access::GIVEN,
    },
    Scene {
        name: "all",
        shows: "retries, backoff, generators and load together",
        suites: &[("together.yaml", include_str!("suites/together.yaml"))],
        files: &[],
        vars: &[],
    },
];
