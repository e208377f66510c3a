//! `--openapi-coverage`: what a run met of its API's documents, as a file and as a table.
//!
//! Owns: both forms. Does not: count (see `judge::contract`).

use serde_json::json;

use crate::ground::counted::counted;
use crate::judge::contract::{Coverage, CoveredOperation};

/// So many operations of a document are listed for people.
const LISTED: usize = 100;

/// The file of these figures.
pub fn to_coverage(documents: &[Coverage]) -> String {
    let operations: Vec<serde_json::Value> = documents
        .iter()
        .flat_map(|document| match document.to_json() {
            serde_json::Value::Array(operations) => operations,
            _ => Vec::new(),
        })
        .collect();
    serde_json::to_string_pretty(&json!({ "operations": operations })).unwrap_or_default() + "\n"
}

/// A document's figures for people, a line for each operation.
pub fn coverage_table(document: &Coverage) -> Vec<String> {
    let operations = &document.operations;
    let share = |figures: fn(&CoveredOperation) -> &[(String, u64)]| {
        let all = operations.iter().flat_map(figures);
        let (touched, all) = all.fold((0, 0), |(touched, all), (_, count)| (touched + u64::from(*count > 0), all + 1));
        format!("{touched} of {all}")
    };
    let touched = operations.iter().filter(|operation| operation.answers() > 0).count();
    let mut lines = vec![format!(
        "OpenAPI coverage of {}: {touched} of {} operations, {} statuses, {} media types",
        document.document,
        operations.len(),
        share(|operation| &operation.statuses),
        share(|operation| &operation.media_types),
    )];
    let listed = || operations.iter().take(LISTED);
    let width = |text: fn(&CoveredOperation) -> &str| listed().map(|o| text(o).chars().count()).max().unwrap_or(0);
    let (method, path) = (width(|operation| &operation.method), width(|operation| &operation.path));
    for operation in listed() {
        let figures = |figures: &[(String, u64)]| {
            figures.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
        };
        let mut told = match operation.answers() {
            0 if operation.undescribed > 0 => String::new(),
            0 => "not touched".to_owned(),
            _ if operation.media_types.is_empty() => figures(&operation.statuses),
            _ => format!("{}; {}", figures(&operation.statuses), figures(&operation.media_types)),
        };
        if operation.undescribed > 0 {
            told.push_str(if told.is_empty() { "" } else { "; " });
            told.push_str(&format!("{} with a status that is not described", counted(operation.undescribed, "answer")));
        }
        lines.push(format!("  {:method$}  {:path$}  {told}", operation.method, operation.path));
    }
    if operations.len() > LISTED {
        lines.push(format!("  and {} more operations", operations.len() - LISTED));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn touched_and_untouched_are_told_apart() {
        let figures = |pairs: &[(&str, u64)]| pairs.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        let operation = |method: &str, path: &str, count| CoveredOperation {
            method: method.to_owned(),
            path: path.to_owned(),
            id: (count > 0).then(|| "list".to_owned()),
            statuses: figures(&[("200", count), ("default", 0)]),
            media_types: figures(&[("application/json", count)]),
            undescribed: 0,
        };
        let odd = CoveredOperation { undescribed: 1, ..operation("PUT", "/b", 0) };
        let both = CoveredOperation { undescribed: 2, ..operation("PUT", "/c", 3) };
        let table = coverage_table(&Coverage { document: "api.yaml".to_owned(), operations: vec![odd, both] });
        assert_eq!(
            table[1..],
            [
                "  PUT  /b  1 answer with a status that is not described",
                "  PUT  /c  200 3, default 0; application/json 3; 2 answers with a status that is not described",
            ]
        );
        let operations = vec![operation("GET", "/a", 2), operation("DELETE", "/a/{id}", 0)];
        let coverage = Coverage { document: "api.yaml".to_owned(), operations };
        assert_eq!(
            coverage_table(&coverage),
            [
                "OpenAPI coverage of api.yaml: 1 of 2 operations, 1 of 4 statuses, 1 of 2 media types",
                "  GET     /a       200 2, default 0; application/json 2",
                "  DELETE  /a/{id}  not touched",
            ]
        );
        let written: serde_json::Value = serde_json::from_str(&to_coverage(&[coverage])).unwrap();
        let expected = json!({"operations": [
            {"method": "GET", "path": "/a", "operationId": "list", "statuses": {"200": 2, "default": 0}, "media_types": {"application/json": 2}},
            {"method": "DELETE", "path": "/a/{id}", "operationId": null, "statuses": {"200": 0, "default": 0}, "media_types": {"application/json": 0}},
        ]});
        assert_eq!(written, expected);
    }
}
