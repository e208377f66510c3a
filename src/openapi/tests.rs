//! Documents for tests.

use std::path::Path;

use super::document::Document;
use crate::ground::source::Source;

/// A document of this version, with this beside its head.
pub fn document(version: &str, rest: &str) -> Document {
    let text = format!("openapi: {version}\ninfo: {{title: t, version: '1'}}\n{rest}");
    Document::parse(Source::new("api.yaml", text), Path::new("api.yaml")).unwrap()
}
