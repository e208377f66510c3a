//! What a run met of a document: operations, statuses, media types.
//!
//! Owns: the figures, their sum, their form as JSON, both ways. Does not: write a file, draw a table (see `report`).

use serde_json::{Map, Value as Json, json};

/// The figures of a document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// The document's file.
    pub document: String,
    /// Its operations, in its order.
    pub operations: Vec<CoveredOperation>,
}

/// The figures of an operation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CoveredOperation {
    /// The method.
    pub method: String,
    /// The path, with its variables.
    pub path: String,
    /// Its own name, if it has one.
    pub id: Option<String>,
    /// The statuses that are described, and how many answers had each.
    pub statuses: Vec<(String, u64)>,
    /// The media types that are described, and how many answers had each.
    pub media_types: Vec<(String, u64)>,
    /// How many answers had a status that is not described.
    pub undescribed: u64,
}

/// Adds to the figure of a name.
pub(super) fn add(figures: &mut Vec<(String, u64)>, name: &str, count: u64) {
    match figures.iter_mut().find(|(have, _)| have == name) {
        Some((_, sum)) => *sum = sum.saturating_add(count),
        None => figures.push((name.to_owned(), count)),
    }
}

impl CoveredOperation {
    /// How many answers it gave that are described.
    pub fn answers(&self) -> u64 {
        self.statuses.iter().fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }

    fn add(&mut self, other: &CoveredOperation) {
        for (name, count) in &other.statuses {
            add(&mut self.statuses, name, *count);
        }
        for (name, count) in &other.media_types {
            add(&mut self.media_types, name, *count);
        }
        self.undescribed = self.undescribed.saturating_add(other.undescribed);
    }
}

impl Coverage {
    /// Adds the figures of the same document.
    pub fn add(&mut self, other: &Coverage) {
        for operation in &other.operations {
            let is_same = |own: &&mut CoveredOperation| own.method == operation.method && own.path == operation.path;
            match self.operations.iter_mut().find(is_same) {
                Some(own) => own.add(operation),
                None => self.operations.push(operation.clone()),
            }
        }
    }

    /// The operations as JSON.
    pub fn to_json(&self) -> Json {
        let figures = |figures: &[(String, u64)]| -> Map<String, Json> {
            figures.iter().map(|(name, count)| (name.clone(), (*count).into())).collect()
        };
        let operation = |operation: &CoveredOperation| {
            let mut told = json!({
                "method": operation.method,
                "path": operation.path,
                "operationId": operation.id,
                "statuses": figures(&operation.statuses),
                "media_types": figures(&operation.media_types),
            });
            if operation.undescribed > 0 {
                told["undescribed"] = operation.undescribed.into();
            }
            told
        };
        self.operations.iter().map(operation).collect()
    }

    /// What `to_json` made.
    pub fn from_json(document: String, operations: &Json) -> Coverage {
        let text = |operation: &Json, key: &str| operation.get(key).and_then(Json::as_str).map(str::to_owned);
        let figures = |operation: &Json, key: &str| {
            let map = operation.get(key).and_then(Json::as_object);
            map.into_iter().flatten().filter_map(|(name, count)| Some((name.clone(), count.as_u64()?))).collect()
        };
        let operation = |operation: &Json| CoveredOperation {
            method: text(operation, "method").unwrap_or_default(),
            path: text(operation, "path").unwrap_or_default(),
            id: text(operation, "operationId"),
            statuses: figures(operation, "statuses"),
            media_types: figures(operation, "media_types"),
            undescribed: operation.get("undescribed").and_then(Json::as_u64).unwrap_or_default(),
        };
        Coverage { document, operations: operations.as_array().into_iter().flatten().map(operation).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_summed_and_come_back_as_they_were() {
        let operation = |path: &str, count| CoveredOperation {
            method: "GET".to_owned(),
            path: path.to_owned(),
            id: (count > 1).then(|| "x".to_owned()),
            statuses: vec![("200".to_owned(), count), ("4XX".to_owned(), 0)],
            media_types: vec![("application/json".to_owned(), count)],
            undescribed: count / 2,
        };
        let of = |operations| Coverage { document: "a".to_owned(), operations };
        let mut sum = of(vec![operation("/a", 1)]);
        sum.add(&of(vec![operation("/a", 2), operation("/b", u64::MAX)]));
        sum.add(&of(vec![operation("/b", 5)]));
        assert_eq!(sum.operations[0].statuses, [("200".to_owned(), 3), ("4XX".to_owned(), 0)]);
        assert_eq!(sum.operations[1].answers(), u64::MAX);
        assert_eq!(Coverage::from_json("a".to_owned(), &sum.to_json()), sum);
    }
}
