//! Documents and the suites that they become.

use super::super::{Format, write};
use super::*;

const SHOP: &str = r##"
openapi: 3.0.3
info: {title: Shop, version: '1'}
servers: [{url: 'https://{host}/v1', variables: {host: {default: shop.example.org}}}]
security: [{token: []}]
paths:
  /orders:
    parameters: [{name: X-Trace, in: header, schema: {type: string}, example: 'a$b'}]
    get:
      operationId: listOrders
      tags: [orders]
      parameters:
        - {name: limit, in: query, required: true, schema: {type: integer, minimum: 5}}
        - {name: state, in: query, explode: false, schema: {type: array, items: {type: string}}, example: [new, paid]}
        - {name: note, in: query, schema: {type: string}}
        - {name: theme, in: cookie, schema: {type: string, default: dark}}
      responses:
        200: {description: ok, headers: {X-Total: {required: true, schema: {type: integer}}}, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Order'}}}}}
    post:
      operationId: addOrder
      tags: [orders]
      security: []
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Order'}
            examples: {small: {value: {name: A}}, large: {value: {name: B, amount: 9}}}
      responses:
        201: {description: made, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
        422: {description: bad}
  /orders/{id}:
    get: {parameters: [{name: id, in: path, required: true, schema: {type: integer}}], responses: {default: {description: any}}}
    delete: {deprecated: true, security: [{key: []}, {login: []}], parameters: [{name: id, in: path, required: true, schema: {type: integer}}], responses: {204: {description: gone}}}
components:
  securitySchemes:
    token: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://id.example.org/token', scopes: {}}}}
    key: {type: apiKey, in: header, name: X-Key}
  schemas:
    Order: {type: object, required: [id, name], properties: {id: {type: integer, readOnly: true}, name: {type: string}, amount: {type: integer, nullable: true}}}
"##;

fn converted(text: &str, openapi: OpenApiOptions) -> (String, Vec<String>, String) {
    let input = Input { source: Source::new("shop.yaml", text.to_owned()), folder: std::path::PathBuf::new() };
    let options = Options { from: Some(Format::OpenApi), openapi, ..Options::default() };
    let suite = super::super::convert(&[input], &options).unwrap();
    let written = write(suite);
    let report = written.report("shop.yaml");
    (written.suite, written.files.into_iter().map(|(name, _)| name).collect(), report)
}

#[test]
fn an_operation_becomes_a_test_for_each_example() {
    let (suite, files, report) = converted(SHOP, OpenApiOptions::default());
    for part in [
        "# The API is at https://shop.example.org/v1; the base URL of a run is that of its command line.",
        "orders_id: \"1\"",
        "name: listOrders",
        "group: orders",
        "auth: token",
        "url: \"orders?limit=5&state=new,paid\"",
        "Cookie: \"$cookie_1\"",
        "name: \"addOrder (small)\"",
        "name: \"addOrder (large)\"",
        "expected_status: [201]",
        "{extract_test: {header: X-Total, test: exists}}",
        "url: {template: \"orders/$orders_id\"}",
        "the path parameter id has no example: set $orders_id",
    ] {
        assert!(suite.contains(part), "{part}\n{suite}");
    }
    if crate::auth::KINDS.iter().any(|kind| kind.name == "oauth2") {
        assert!(suite.contains("token_url: \"https://id.example.org/token\""), "{suite}");
    }
    assert!(!suite.contains("DELETE") && !suite.contains("note="), "{suite}");
    assert_eq!(files, ["schemas/listOrders.json", "schemas/Order.json"]);
    assert!(report.starts_with("4 requests, 3 translated wholly, 1 in part; not translated:\n"), "{report}");
    // A second time there is no difference.
    assert_eq!(converted(SHOP, OpenApiOptions::default()).0, suite);
}

#[test]
fn options_choose_what_is_made() {
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let count = |options| converted(SHOP, options).0.matches("- test:").count();
    let base = OpenApiOptions::default;
    assert_eq!(count(OpenApiOptions { deprecated: Deprecated::Included, ..base() }), 5);
    assert_eq!(count(OpenApiOptions { tags: named(&["orders"]), ..base() }), 3);
    assert_eq!(count(OpenApiOptions { operations: named(&["GET /orders/{id}"]), ..base() }), 1);
    let (suite, files, _) = converted(SHOP, OpenApiOptions { schemas: Schemas::Inline, ..base() });
    assert!(files.is_empty() && suite.contains("\"$ref\": \"#/$defs/Order\""), "{suite}");
    let (suite, ..) = converted(SHOP, OpenApiOptions { values: Values::Required, ..base() });
    assert!(suite.contains("url: \"orders?limit=5\"\n    auth") && !suite.contains("Cookie"), "{suite}");
    let (suite, ..) = converted(SHOP, OpenApiOptions { extent: Extent::Negative, ..base() });
    for part in [
        "name: \"listOrders without limit\"",
        "url: \"orders?state=new,paid\"",
        "name: \"listOrders with a wrong type of limit\"",
        "expected_status: [400, 422]",
        "name: \"addOrder without name\"",
        "name: \"addOrder with a wrong type of name\"",
        "expected_status: [422]",
    ] {
        assert!(suite.contains(part), "{part}\n{suite}");
    }
    let (suite, ..) = converted(SHOP, OpenApiOptions { deprecated: Deprecated::Included, ..base() });
    assert!(suite.contains("auth: key") && suite.contains("in: header"), "{suite}");
}

#[test]
fn what_cannot_be_chosen_says_what_can() {
    let refused = |text: &str, openapi| {
        let input = Input { source: Source::new("a.yaml", text.to_owned()), folder: std::path::PathBuf::new() };
        let options = Options { openapi, ..Options::default() };
        match super::super::convert(&[input], &options) {
            Err(Refusal::Invalid(fault)) => fault.to_string(),
            other => panic!("{other:?}"),
        }
    };
    let base = OpenApiOptions::default;
    let named = |name: &str| vec![name.to_owned()];
    for (text, options, expected) in [
        (
            SHOP,
            OpenApiOptions { tags: named("order"), ..base() },
            "a.yaml: --only-tags: no operation has the tag order; did you mean orders?",
        ),
        (
            SHOP,
            OpenApiOptions { operations: named("listorder"), ..base() },
            "a.yaml: --operations: no operation is called listorder; did you mean listOrders?",
        ),
        (
            SHOP,
            OpenApiOptions { operations: named("DELETE /orders/{id}"), ..base() },
            "a.yaml: all operations are deprecated; --include-deprecated takes them",
        ),
        ("openapi: 3.1.0\npaths: {}", base(), "a.yaml: the document describes no operation"),
        ("swagger: '2.0'", base(), "a.yaml:1:1: is Swagger 2.0: convert it to OpenAPI 3 first"),
    ] {
        assert!(refused(text, options).starts_with(expected), "{expected}");
    }
}
