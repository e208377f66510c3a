//! JSON as the XML that a schema describes.
//!
//! Owns: names, attributes, wrapped lists. Does not: know namespaces.

use serde_json::Value as Json;

use crate::openapi::Node;

/// So deep at most.
const DEEPEST: usize = 64;

/// A document of a value.
pub fn document(value: &Json, schema: Option<Node<'_>>) -> String {
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let of_reference = schema.and_then(Node::reference).and_then(|reference| reference.rsplit('/').next());
    let name = own_name(schema).or(of_reference).unwrap_or("root");
    match value {
        // A document has one root.
        Json::Array(items) => {
            let schema = schema.and_then(Node::resolved).and_then(|schema| schema.raw("items"));
            let item = own_name(schema).unwrap_or("item");
            out.push_str(&format!("<{name}>"));
            items.iter().for_each(|value| element(item, value, schema, DEEPEST, &mut out));
            out.push_str(&format!("</{name}>"));
        }
        value => element(name, value, schema, DEEPEST, &mut out),
    }
    out
}

fn own_name(schema: Option<Node<'_>>) -> Option<&str> {
    schema?.resolved()?.get("xml")?.text("name")
}

fn element(name: &str, value: &Json, schema: Option<Node<'_>>, left: usize, out: &mut String) {
    if left == 0 {
        return;
    }
    let schema = schema.and_then(Node::resolved);
    let xml = schema.and_then(|schema| schema.get("xml"));
    match value {
        Json::Array(items) => {
            let of_item = schema.and_then(|schema| schema.raw("items"));
            let item = own_name(of_item).unwrap_or(name);
            let is_wrapped = xml.is_some_and(|xml| xml.is("wrapped"));
            if is_wrapped {
                out.push_str(&format!("<{name}>"));
            }
            items.iter().for_each(|value| element(item, value, of_item, left - 1, out));
            if is_wrapped {
                out.push_str(&format!("</{name}>"));
            }
        }
        Json::Object(map) => {
            let of = |key: &str| schema?.get("properties")?.raw(key);
            let is_attribute = |key: &str| {
                of(key).and_then(Node::resolved).and_then(|node| node.get("xml")).is_some_and(|xml| xml.is("attribute"))
            };
            out.push_str(&format!("<{name}"));
            for (key, value) in map.iter().filter(|(key, _)| is_attribute(key)) {
                out.push_str(&format!(" {}=\"{}\"", own_name(of(key)).unwrap_or(key), text(value)));
            }
            out.push('>');
            for (key, value) in map.iter().filter(|(key, _)| !is_attribute(key)) {
                element(own_name(of(key)).unwrap_or(key), value, of(key), left - 1, out);
            }
            out.push_str(&format!("</{name}>"));
        }
        Json::Null => out.push_str(&format!("<{name}/>")),
        value => out.push_str(&format!("<{name}>{}</{name}>", text(value))),
    }
}

fn text(value: &Json) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
