//! Operations: what they are called, where they are, what they answer.
//!
//! Owns: methods, responses by status, servers. Does not: know what they take (see `inputs`).

use super::document::{Document, Node};

/// The methods that a path may have.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// An operation.
#[derive(Debug, Clone, Copy)]
pub struct Operation<'d> {
    /// The method, in capitals.
    pub method: &'static str,
    /// The path as the document has it.
    pub path: &'d str,
    /// What holds for all operations of the path.
    pub item: Node<'d>,
    /// What it says itself.
    pub node: Node<'d>,
}

impl Document {
    /// All operations, in the order of the document.
    pub fn operations(&self) -> Vec<Operation<'_>> {
        let paths = self.root().get("paths");
        let mut found = Vec::new();
        for (path, item) in paths.into_iter().flat_map(Node::entries).filter(|(path, _)| path.starts_with('/')) {
            for (key, node) in item.entries() {
                if let Some(at) = METHODS.iter().position(|method| *method == key).filter(|_| node.json.is_object()) {
                    const SHOWN: [&str; 8] = ["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"];
                    found.push(Operation { method: SHOWN[at], path, item, node });
                }
            }
        }
        found
    }

    /// The operation of a method, in capitals, and a path as the document has it.
    pub fn operation(&self, method: &'static str, path: &str) -> Option<Operation<'_>> {
        let (path, item) = self.root().get("paths")?.entry(path)?;
        Some(Operation { method, path, item, node: item.get(&method.to_ascii_lowercase())? })
    }
}

impl<'d> Operation<'d> {
    /// Its own name.
    pub fn id(&self) -> Option<&'d str> {
        self.node.text("operationId").filter(|id| !id.trim().is_empty())
    }

    /// Its answers: `200`, `4XX`, `default`.
    pub fn responses(&self) -> Vec<(&'d str, Node<'d>)> {
        let entries = self.node.get("responses").into_iter().flat_map(Node::entries);
        entries.filter(|(key, _)| !key.starts_with("x-")).collect()
    }

    /// The URLs of its servers, variables replaced by their defaults.
    pub fn servers(&self) -> Vec<String> {
        let root = self.node.document.root();
        let list = [self.node, self.item, root].into_iter().find_map(|node| node.get("servers"));
        list.into_iter().flat_map(Node::items).filter_map(Node::resolved).filter_map(server_url).collect()
    }
}

fn server_url(server: Node<'_>) -> Option<String> {
    let mut url = server.text("url")?.to_owned();
    for (name, variable) in server.get("variables").into_iter().flat_map(Node::entries) {
        if let Some(value) = variable.json.get("default") {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            url = url.replace(&format!("{{{name}}}"), &value);
        }
    }
    Some(url)
}
