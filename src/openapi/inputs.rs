//! What operations take: parameters, a body, credentials.
//!
//! Owns: parameters of path and operation put together. Does not: make requests of them.

use serde_json::Value as Json;

use super::document::Node;
use super::operation::Operation;

/// Where a parameter goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Into the path.
    Path,
    /// Into the query.
    Query,
    /// Into a header.
    Header,
    /// Into a cookie.
    Cookie,
}

/// A parameter.
#[derive(Debug, Clone, Copy)]
pub struct Parameter<'d> {
    /// Its name.
    pub name: &'d str,
    /// Where it goes.
    pub place: Place,
    /// All that is said of it.
    pub node: Node<'d>,
}

impl<'d> Parameter<'d> {
    fn of(node: Node<'d>) -> Option<Parameter<'d>> {
        let place = match node.text("in")? {
            "path" => Place::Path,
            "query" => Place::Query,
            "header" => Place::Header,
            "cookie" => Place::Cookie,
            _ => return None,
        };
        Some(Parameter { name: node.text("name")?, place, node })
    }

    /// Whether a request must have it.
    pub fn is_required(&self) -> bool {
        self.place == Place::Path || self.node.is("required")
    }

    /// The media type that it is written in, where it has one in place of a style.
    pub fn content(&self) -> Option<(&'d str, Node<'d>)> {
        self.node.get("content").and_then(|content| content.entries().next())
    }

    /// What its value is like.
    pub fn schema(&self) -> Option<Node<'d>> {
        self.node.raw("schema").or_else(|| self.content()?.1.raw("schema"))
    }
}

impl<'d> Operation<'d> {
    /// `GET /books`.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Its tags.
    pub fn tags(&self) -> impl Iterator<Item = &'d str> {
        self.node.json.get("tags").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str)
    }

    /// Its parameters: of those of the path the ones that it does not have itself, and its own.
    pub fn parameters(&self) -> Vec<Parameter<'d>> {
        let of = |node: Node<'d>| {
            let list = node.get("parameters");
            list.into_iter()
                .flat_map(Node::items)
                .filter_map(|item| Parameter::of(item.resolved()?))
                .collect::<Vec<_>>()
        };
        let own = of(self.node);
        let mut all = of(self.item);
        all.retain(|above| !own.iter().any(|own| own.name == above.name && own.place == above.place));
        all.extend(own);
        all
    }

    /// The body that it takes.
    pub fn body(&self) -> Option<Node<'d>> {
        self.node.get("requestBody")
    }

    /// What a request must bring: one of these, each a list of schemes with their scopes. No list at all means that
    /// nothing is said.
    pub fn security(&self) -> Option<Node<'d>> {
        self.node.raw("security").or_else(|| self.node.document.root().raw("security"))
    }
}
