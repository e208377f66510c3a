//! `oauth2` and `jwt` against a server that others wrote: every grant, every client authentication, every algorithm.

use crate::support::{Finish, Folder, PythonServer, Ran};

const PACKAGES: &[&str] = &["authlib==1.9.10", "flask==3.1.3"];
const SECRET: &str = "s3cr3t/+=:&%41ü";
const SHARED: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn start() -> Option<(PythonServer, Folder)> {
    let folder = Folder::new();
    let server = PythonServer::start("oauth2_server.py", PACKAGES, Some(folder.path()))?;
    Some((server, folder))
}

/// A test with a block of `oauth2`, and what the API is to say of the token.
fn test(target: &str, token_url: &str, auth: &str, says: &[(&str, &str)]) -> String {
    let mut text = format!(
        "- test:\n    url: {target}\n    auth: {{type: oauth2, token_url: \"{token_url}\", {auth}}}\n    validators:\n"
    );
    for (field, value) in says {
        text.push_str(&format!("      - compare: {{jsonpath_mini: {field}, expected: {value}}}\n"));
    }
    text
}

fn run(server: &PythonServer, folder: &Folder, suite: &str, words: &[&str]) -> Ran {
    folder.file("s.yaml", suite);
    folder.resttest().args([&server.url(), "s.yaml"]).args(words).finish()
}

#[test]
fn every_grant_and_every_client_authentication_is_taken() {
    let Some((server, folder)) = start() else { return };
    let (plain, tls) = (format!("{}/token", server.url()), format!("https://127.0.0.1:{}/token", server.ports[1]));
    let basic = format!("client_id: 'basic:ü', client_secret: '{SECRET}', scope: [read, write, more]");
    let mut suite = test(
        "/api",
        &plain,
        &basic,
        &[
            ("client", "'basic:ü'"),
            ("method", "client_secret_basic"),
            ("grant", "client_credentials"),
            ("scope", "read write"),
        ],
    );
    let shared = format!("client_auth: client_secret_jwt, client_secret: {SHARED}");
    let secret = format!("client_secret: '{SECRET}'");
    let proofs = [
        ("raw", "client_secret_basic_raw", format!("client_auth: client_secret_basic_raw, {secret}")),
        ("post", "client_secret_post", format!("client_auth: client_secret_post, {secret}")),
        ("shared", "client_assertion_jwt", shared.clone()),
        (
            "signing-ec",
            "client_assertion_jwt",
            "client_auth: private_key_jwt, assertion: {algorithm: ES256, key_file: p256.pem}".to_owned(),
        ),
        (
            "signing-rsa",
            "client_assertion_jwt",
            "client_auth: private_key_jwt, assertion: {algorithm: RS256, key_file: rsa.pem, expires_in: 900}"
                .to_owned(),
        ),
        ("public", "none", "client_auth: none".to_owned()),
    ];
    let password = "grant: password, username: ann, password: 'pass wörd&=+'";
    for (client, method, proof) in &proofs {
        let (id, says) = (format!("client_id: {client}"), [("client", *client), ("method", method)]);
        // Each of them for more than one grant, but that a client without a proof has no grant of its own.
        if *client != "public" {
            let auth = format!("{id}, {proof}");
            suite.push_str(&test("/api", &plain, &auth, &[&says[..], &[("grant", "client_credentials")]].concat()));
            // A second token has another assertion.
            let auth = format!("{auth}, scope: write, cache: false");
            suite.push_str(&test("/api", &plain, &auth, &[&says[..], &[("scope", "write")]].concat()));
        }
        let says = [&says[..], &[("grant", "password"), ("user", "ann")]].concat();
        suite.push_str(&test("/api", &plain, &format!("{id}, {proof}, {password}"), &says));
    }
    let bearer = "client_id: public, client_auth: none, grant: jwt_bearer";
    for (claims, user) in [("", "public"), (", claims: {sub: ann}", "ann")] {
        let auth = format!("{bearer}, assertion: {{algorithm: RS256, key_file: rsa.pem{claims}}}");
        suite.push_str(&test("/api", &plain, &auth, &[("grant", "jwt-bearer"), ("user", user)]));
    }
    let certificate = test(
        &format!("\"https://127.0.0.1:{}/api\"", server.ports[1]),
        &tls,
        "client_id: mtls, client_auth: tls_client_auth",
        &[("client", "mtls"), ("method", "tls_client_auth")],
    );
    suite.push_str(&certificate);
    suite.push_str("    curl_option_cainfo: authority.pem\n");
    suite.push_str("    curl_option_sslcert: client-cert.pem\n    curl_option_sslkey: client-key.pem\n");

    let ran = run(&server, &folder, &suite, &["--verbose", "--log", "debug"]).exits(0);
    assert_eq!(ran.counts(), (20, 20), "{ran:#?}");
    let shown = format!("{}{}", ran.stdout, ran.stderr);
    for secret in [SECRET, SHARED, "pass wörd&=+", "pass+w%C3%B6rd"] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
}

#[test]
fn refresh_tokens_rotate() {
    let Some((server, folder)) = start() else { return };
    let plain = format!("{}/token", server.url());
    // Each token is good once: the next test renews it with the refresh token that came with the last.
    let given = "client_id: public, client_auth: none, grant: refresh_token, refresh_token: first-refresh-token";
    let mut suite = String::new();
    for generation in ["1", "2", "3", "4"] {
        suite.push_str(&test("/once", &plain, given, &[("grant", "refresh_token"), ("generation", generation)]));
    }
    let password = "client_id: public, client_auth: none, grant: password, username: ann, password: 'pass wörd&=+'";
    for (grant, generation) in [("password", "1"), ("refresh_token", "2"), ("refresh_token", "3")] {
        suite.push_str(&test("/once", &plain, password, &[("grant", grant), ("generation", generation)]));
    }
    let ran = run(&server, &folder, &suite, &["--log", "info"]).exits(0);
    assert!(ran.stderr.contains("7 passed (0 flaky), 0 failed, 0 errored, 0 skipped, 0 retries"), "{ran:#?}");
    // The first one is used up: another run gets nothing for it.
    let suite = test("/api", &plain, given, &[("generation", "1")]);
    let ran = run(&server, &folder, &suite, &[]).exits(1);
    assert!(ran.stderr.contains("/token: 400 invalid_grant"), "{ran:#?}");
}

#[test]
fn what_the_server_refuses_is_said_with_a_remedy() {
    let Some((server, folder)) = start() else { return };
    let plain = format!("{}/token", server.url());
    for (auth, says) in [
        (
            // This one does not decode what the client encoded.
            format!("client_id: raw, client_secret: '{SECRET}'"),
            "/token: 401 invalid_client: The client cannot authenticate",
        ),
        (format!("client_id: raw, client_secret: '{SECRET}'"), "client_auth: client_secret_basic_raw sends them as"),
        ("client_id: post, client_auth: client_secret_post, client_secret: wrong-secret".to_owned(), "invalid_client"),
        (
            "client_id: signing-ec, client_auth: private_key_jwt, \
             assertion: {algorithm: ES256, key_file: p256.pem, audience: 'https://other.example'}"
                .to_owned(),
            "invalid_client",
        ),
        (
            "client_id: signing-rsa, client_auth: private_key_jwt, assertion: {algorithm: ES256, key_file: p256.pem}"
                .to_owned(),
            "invalid_client",
        ),
        (
            "client_id: public, client_auth: none, grant: password, username: ann, password: wrong-pass".to_owned(),
            "/token: 400 invalid_request: Invalid 'username' or 'password'",
        ),
        (
            "client_id: public, client_auth: none, grant: jwt_bearer, \
             assertion: {algorithm: RS256, key_file: rsa.pem, claims: {sub: eve}}"
                .to_owned(),
            "/token: 400 invalid_client: Client has no permission",
        ),
    ] {
        let ran = run(&server, &folder, &test("/api", &plain, &auth, &[("client", "x")]), &[]).exits(1);
        assert!(ran.stderr.contains(says), "{auth}: {ran:#?}");
        assert!(ran.stderr.contains("no token from http://127.0.0.1:"), "{ran:#?}");
        for secret in [SECRET, "wrong-secret", "wrong-pass"] {
            assert!(!format!("{}{}", ran.stdout, ran.stderr).contains(secret), "{ran:#?}");
        }
    }
}

#[test]
fn every_algorithm_is_verified_by_another_library() {
    let Some((server, folder)) = start() else { return };
    let mut suite = String::new();
    let rsa = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"].map(|name| (name, "key_file: rsa.pem".to_owned()));
    let hmac = ["HS256", "HS384", "HS512"].map(|name| (name, format!("key: {SHARED}")));
    let curves = [("ES256", "p256"), ("ES384", "p384"), ("EdDSA", "ed25519")]
        .map(|(name, key)| (name, format!("key_file: {key}.pem")));
    for (algorithm, key) in rsa.into_iter().chain(hmac).chain(curves) {
        // More than once, since a short number in an ECDSA signature comes by chance.
        for _ in 0..3 {
            suite.push_str(&format!(
                "- test:
    url: /signed/{algorithm}
    auth: {{type: jwt, algorithm: {algorithm}, {key}, kid: k1, header: {{cty: test}}, claims: {{sub: me}}, expires_in: 60}}
    validators:
      - compare: {{jsonpath_mini: header.alg, expected: {algorithm}}}
      - compare: {{jsonpath_mini: header.kid, expected: k1}}
      - compare: {{jsonpath_mini: header.cty, expected: test}}
      - compare: {{jsonpath_mini: sub, expected: me}}
"
            ));
        }
    }
    let ran = run(&server, &folder, &suite, &[]).exits(0);
    assert_eq!(ran.counts(), (36, 36), "{ran:#?}");
}

#[test]
fn a_load_run_has_one_token_of_it() {
    let Some((server, folder)) = start() else { return };
    for (mode, count) in [("sync", 1), ("async", 2)] {
        let suite = format!(
            "- test:
    url: /api
    auth: {{type: oauth2, token_url: \"{}/token\", client_id: post, client_auth: client_secret_post,
           client_secret: '{SECRET}'}}
    performance: {{repeat: 100, concurrency: 10, mode: {mode}}}
- test: {{url: /count, validators: [{{compare: {{jsonpath_mini: token, expected: {count}}}}}]}}
",
            server.url()
        );
        run(&server, &folder, &suite, &[]).exits(0);
    }
}
