//! The embedded sample API and the suites behind `resttest demo`.
//!
//! Owns: a server that an air-gapped machine can test itself against, and suites that pass there.
//! Does not: run the suites, or print; that is the command's work.

mod person;
mod route;
mod server;
#[cfg(test)]
mod tests;
mod wire;

pub use server::{Recorded, SampleApi};

/// The suites of `resttest demo`, as (file name, text). Each runs against a fresh [`SampleApi`], in
/// this order or alone; none reads a file or the environment.
pub const SUITES: &[(&str, &str)] = &[
    ("tour.yaml", include_str!("suites/tour.yaml")),
    ("people.yaml", include_str!("suites/people.yaml")),
    ("speed.yaml", include_str!("suites/speed.yaml")),
];
