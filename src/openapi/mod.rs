//! OpenAPI 3.0 and 3.1: a document as others wrote it.
//!
//! Owns: reading it with its local files, `$ref`, operations, schemas as JSON Schema 2020-12, which operation a request
//! is. Does not: judge answers (see `judge::contract`), write suites.

mod document;
mod operation;
mod reading;
mod routes;
mod schema;
#[cfg(test)]
mod tests;

pub use document::Document;
pub use routes::{Found, Routes, essence};
pub use schema::{Direction, translate};
