//! What answers look like: types, presence, small sets of values; and how another answer differs from that.
//!
//! Owns: inferring a shape from answers, comparing one with it. Does not: read or write files (see `drift`), or decide
//! what a difference is worth (see `run`).

mod compare;
mod field;
mod infer;
mod operation;
mod path;

pub use compare::Drift;
pub use field::{Field, Types};
pub use infer::Inference;
pub use operation::Operation;
pub use path::{member, steps};

use std::collections::BTreeMap;

use crate::exchange::response::Response;
use crate::ground::value::Value;

/// The shapes of an API's answers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shapes {
    /// By operation and status.
    pub answers: BTreeMap<(Operation, u16), Shape>,
    /// The file that they are read from, for people.
    pub file: String,
}

/// What the answers of an operation with one status look like.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shape {
    /// How many answers it is taken from.
    pub answers: u64,
    /// The body.
    pub body: Field,
}

/// A body, as far as it has a shape.
enum Body<'r> {
    Empty,
    Text,
    Json(&'r Value),
}

/// JSON is what the answer calls so, or what looks like it where the answer says nothing.
fn body_of(response: &Response) -> Body<'_> {
    if response.body.iter().all(u8::is_ascii_whitespace) {
        return Body::Empty;
    }
    let media_type = response.header_values("content-type").last().unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let may_be_json = media_type.is_empty() || media_type.ends_with("/json") || media_type.ends_with("+json");
    match response.json() {
        Ok(value) if may_be_json => Body::Json(value),
        _ => Body::Text,
    }
}
