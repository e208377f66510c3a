//! OpenAPI 3.0 and 3.1: a document as others wrote it.
//!
//! Owns: reading it with its local files, `$ref`, operations, schemas as JSON Schema 2020-12, values made of schemas,
//! the styles of parameters, which operation a request is. Does not: judge answers (see `judge::contract`), write suites.

mod document;
mod example;
mod inputs;
mod operation;
mod parts;
mod pattern;
mod reading;
mod routes;
mod schema;
mod style;
mod taken;
#[cfg(test)]
mod tests;

pub use document::{Document, DocumentError, Node};
pub use example::{Fitting, Wish};
pub use inputs::{Parameter, Place};
pub use operation::Operation;
pub use routes::{Found, Route, Routes, essence};
pub use schema::{Direction, accepted, translate};
pub use style::{Piece, serialize};
pub use taken::{Texts, of_form, taken};
