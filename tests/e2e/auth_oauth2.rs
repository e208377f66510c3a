//! `oauth2` against a server that others wrote: every grant with every client authentication.

use std::process::Command;

use crate::support::{Finish, Folder, PythonServer, has_program};

const SECRET: &str = "s3cr3t of-32+bytes/and=more:0123";

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// A key pair in `key.pem` and `public.pem`.
fn key_pair(folder: &Folder) {
    let path = |name: &str| folder.path().join(name);
    let mut make = Command::new("openssl");
    make.args(["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out"]).arg(path("key.pem"));
    let mut publish = Command::new("openssl");
    publish.args(["ec", "-pubout", "-in"]).arg(path("key.pem")).arg("-out").arg(path("public.pem"));
    for mut command in [make, publish] {
        assert!(command.output().expect("openssl").status.success());
    }
}

#[test]
fn authlib_grants_what_each_grant_and_each_client_asks_for() {
    if !has_program("openssl") {
        return;
    }
    let folder = Folder::new();
    key_pair(&folder);
    let public = folder.path().join("public.pem");
    let Some(server) = PythonServer::start("Authlib==1.6.5", "oauth2_server.py", &[&public]) else { return };
    let assertion = "assertion: {algorithm: ES256, key_file: key.pem, claims: {sub: bob}}";
    let clients = [
        ("client_secret_basic", "client_secret: {template: $secret}"),
        ("client_secret_post", "client_secret: {template: $secret}"),
        ("client_secret_jwt", "client_secret: {template: $secret}"),
        ("private_key_jwt", "assertion: {algorithm: ES256, key_file: key.pem}"),
        ("none", "cache: true"),
    ];
    let grants = [
        ("client_credentials", "scope: [read, write]", "scope: read write"),
        ("password", "username: änn, password: 'p w+ö&='", "user: änn"),
        ("refresh_token", "refresh_token: first-refresh-of-authlib", "user: ann"),
        ("jwt_bearer", assertion, "user: bob"),
    ];
    let mut suite = format!("- config: {{variable_binds: {{secret: '{SECRET}'}}}}\n");
    let mut tests = 0;
    for (grant, of_grant, granted) in grants {
        for (client, of_client) in clients {
            // The server has one refresh token to begin with, that of a public client.
            if grant == "refresh_token" && client != "none" {
                continue;
            }
            let of_client =
                if of_client.contains("key_file") && grant == "jwt_bearer" { "cache: true" } else { of_client };
            let (checked, expected) = granted.split_once(": ").expect("a pair");
            let named = if grant == "jwt_bearer" { JWT_BEARER } else { grant };
            suite.push_str(&format!(
                "- test:
    url: /api
    auth: {{type: oauth2, token_url: {url}/token, grant: {grant}, client_id: {client}, client_auth: {client},
           {of_grant}, {of_client}}}
    validators:
      - compare: {{jsonpath_mini: {checked}, expected: {expected}}}
      - compare: {{jsonpath_mini: client, expected: {client}}}
      - compare: {{jsonpath_mini: grant, expected: '{named}'}}
",
                url = server.url,
            ));
            tests += 1;
        }
    }
    folder.file("s.yaml", &suite);
    let words = ["--log", "debug", "--verbose", "--show-curl", &server.url, "s.yaml"];
    let ran = folder.resttest().args(words).finish().exits(0);
    assert_eq!(ran.counts(), (tests, tests), "{ran:#?}");
    let shown = [ran.stdout, ran.stderr].concat();
    for secret in [SECRET, "p w+ö&=", "of-authlib", "eyJ"] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
}
