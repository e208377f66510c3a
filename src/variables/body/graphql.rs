//! A GraphQL request: JSON over POST, by the GraphQL-over-HTTP specification.
//!
//! Owns: the order of its members. Does not: read a suite, know GraphQL itself.

use super::json::Json;
use crate::ground::json_text;
use crate::variables::content::Content;
use crate::variables::context::Context;
use crate::variables::template::Text;

/// What a client of GraphQL accepts.
pub const ACCEPT: &str = "application/graphql-response+json, application/json;q=0.9";

/// A GraphQL request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graphql {
    /// The document; its own `$id` stays unless it is below `template`.
    pub query: Content,
    /// Its variables.
    pub variables: Option<Json>,
    /// Which of its operations is meant.
    pub operation_name: Option<Text>,
    /// What servers have agreed upon beside.
    pub extensions: Option<Json>,
}

impl Graphql {
    /// The request as JSON.
    ///
    /// # Errors
    /// The query's file cannot be read, or a variable has no form in JSON.
    pub fn write(&self, context: &Context) -> Result<String, String> {
        let mut out = String::from("{\"query\":");
        json_text::write_string(&self.query.load(context)?, &mut out);
        if let Some(name) = &self.operation_name {
            out.push_str(",\"operationName\":");
            json_text::write_string(&name.render(context), &mut out);
        }
        for (name, json) in [("variables", &self.variables), ("extensions", &self.extensions)] {
            if let Some(json) = json {
                out.push_str(&format!(",\"{name}\":"));
                json.write(context, &mut out)?;
            }
        }
        out.push('}');
        Ok(out)
    }

    /// Whether it is always the same.
    pub fn is_constant(&self) -> bool {
        self.query.is_constant()
            && self.operation_name.as_ref().is_none_or(Text::is_constant)
            && [&self.variables, &self.extensions].into_iter().flatten().all(Json::is_constant)
    }

    /// Hands over every text in it but a query that is no template: its `$names` are its own.
    pub fn each_text(&self, take: &mut dyn FnMut(&Text)) {
        Some(self.query.written()).filter(|query| matches!(query, Text::Template(_))).into_iter().for_each(&mut *take);
        self.operation_name.iter().for_each(&mut *take);
        for json in [&self.variables, &self.extensions].into_iter().flatten() {
            json.each_text(take);
        }
    }
}
