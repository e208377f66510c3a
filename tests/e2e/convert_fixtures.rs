//! The fixtures of curl, Hurl and .http: they become suites that pass against the sample API.

use std::path::Path;

use crate::support::{Finish as _, Folder, Promised, root, sample};

fn text(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(path).expect("a file")
}

/// A fixture that asks this server in place of its own.
fn put(folder: &Folder, name: &str, url: &str) {
    let fixture = text(root().join("fixtures/convert").join(name));
    assert!(fixture.contains("http://127.0.0.1:8000"), "{name}");
    folder.file(name, fixture.replace("http://127.0.0.1:8000", url));
}

#[test]
fn fixtures_of_the_sample_api_pass_against_it() {
    for (name, tests, flags) in [("people.sh", 4, &["--verify"][..]), ("people.hurl", 4, &[]), ("people.http", 3, &[])]
    {
        let (folder, api) = (Folder::new(), sample());
        put(&folder, name, &api.url());
        let ran =
            folder.resttest().args(["convert", name, "-o", "suite.yaml", "--strict"]).args(flags).finish().exits(0);
        assert!(
            ran.stderr.starts_with(&format!("{tests} requests, {tests} translated wholly, 0 in part\n")),
            "{ran:#?}"
        );
        let suite = text(folder.path().join("suite.yaml"));
        assert!(!suite.contains("of-the-wiki"), "{suite}");
        folder.resttest().args(["lint", "--strict", "suite.yaml"]).finish().exits(0);
        // What was made with --verify is there already.
        let again = sample();
        folder.file("suite.yaml", suite.replace(&api.url(), &again.url()));
        let words = ["--absolute-urls", "suite.yaml", "--secret", "authorization_1=of-the-wiki"];
        let ran = folder.resttest().args(words).finish().exits(0);
        assert_eq!(ran.counts(), (tests, tests), "{suite}\n{ran:#?}");
    }
}

#[test]
fn suites_in_one_folder_share_what_is_equal_and_nothing_else() {
    let folder = Folder::new();
    let command = |token: &str| format!("curl http://h/ -H 'Authorization: Bearer {token}'\n");
    folder.file("a.sh", command("first-of-all"));
    folder.file("b.sh", command("second-one"));
    folder.file("c.sh", command("first-of-all"));
    let document = |kind: &str| {
        format!(
            "openapi: 3.0.3\ninfo: {{title: t, version: '1'}}\npaths: {{/a: {{get: {{responses: {{200: {{description: ok, \
             content: {{application/json: {{schema: {{$ref: '#/components/schemas/Order'}}}}}}}}}}}}}}}}\n\
             components: {{schemas: {{Order: {{type: object, properties: {{id: {{type: {kind}}}}}}}}}}}\n"
        )
    };
    for (name, kind) in [("d.yaml", "integer"), ("e.yaml", "string"), ("f.yml", "integer")] {
        folder.file(name, document(kind));
    }
    folder.file("a.http", "GET http://h/other\n");
    let words = ["convert", "a.sh", "b.sh", "c.sh", "d.yaml", "e.yaml", "f.yml", "a.http", "-o", "out/"];
    let ran = folder.resttest().args(words).finish().exits(0);
    let made = |name: &str| text(folder.path().join("out").join(name));
    for (name, variable) in [("a", "authorization_1"), ("b", "authorization_2"), ("c", "authorization_1")] {
        let suite = made(&format!("{name}.yaml"));
        assert!(suite.contains(&format!("Bearer ${variable}")), "{suite}");
    }
    let secrets = made("secrets.example.yaml");
    assert_eq!(secrets.matches("authorization_1").count(), 1, "{secrets}");
    assert!(
        secrets.contains("authorization_2") && secrets.matches("run with --secrets-file").count() == 1,
        "{secrets}"
    );
    for (name, file) in [("d", "Order.json"), ("e", "Order_2.json"), ("f", "Order.json")] {
        assert!(made(&format!("{name}.yaml")).contains(&format!("schemas/{file}")), "{ran:#?}");
    }
    assert!(made("schemas/Order.json").contains("integer") && made("schemas/Order_2.json").contains("string"));
    assert!(made("a_2.yaml").contains("http://h/other"), "{ran:#?}");
}

#[test]
fn export_without_a_suite_says_how_it_is_called() {
    let server = Promised::new(0, |_, _| unreachable!("nothing is sent"));
    let ran = Folder::new().resttest().args(["export", "curl", "--url", &server.url()]).finish().exits(64);
    assert!(ran.stderr.contains("the suite is missing: resttest export curl SUITE.yaml"), "{ran:#?}");
}
