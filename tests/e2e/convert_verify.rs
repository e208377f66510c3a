//! `convert --verify`: what is converted is sent once, and the status that comes is expected.

use std::net::TcpListener;

use crate::support::{Answer, Finish as _, Folder, Promised, Request};

fn api(_: usize, request: &Request) -> Answer {
    let status = match (request.method.as_str(), request.target.as_str()) {
        ("POST", "/orders") if request.body == b"a=1" => 201,
        ("GET", "/me") if request.header("authorization") == Some("Bearer s3cr3t-of-ada") => 202,
        ("GET", "/old") => 410,
        _ => 500,
    };
    Answer::Full(status, "", String::new())
}

fn commands(url: &str) -> String {
    format!("curl {url}/orders -d a=1\ncurl {url}/me -H 'Authorization: Bearer s3cr3t-of-ada'\ncurl {url}/old\n")
}

#[test]
fn the_status_that_comes_is_expected() {
    let (folder, server) = (Folder::new(), Promised::new(3, api));
    folder.file("wiki.sh", commands(&server.url()));
    let ran = folder.resttest().args(["convert", "wiki.sh", "--verify", "-o", "wiki.yaml"]).finish().exits(0);
    let text = std::fs::read_to_string(folder.path().join("wiki.yaml")).expect("a suite");
    let expected: Vec<&str> = text.lines().filter(|line| line.contains("expected_status")).map(str::trim).collect();
    assert_eq!(expected, ["expected_status: [201]", "expected_status: [202]", "expected_status: [410]"], "{text}");
    assert!(!text.contains("s3cr3t") && !ran.stderr.contains("s3cr3t") && text.contains("$authorization_1"), "{text}");
    let ran = folder.resttest().args(["convert", "wiki.sh", "--verify", "-o", "wiki.yaml"]).finish().exits(73);
    assert!(ran.stderr.contains("wiki.yaml exists, so nothing was sent; --force replaces it"), "{ran:#?}");
    let again = Promised::new(3, api);
    folder.file("wiki.sh", commands(&again.url()));
    folder.resttest().args(["convert", "wiki.sh", "--verify", "-o", "wiki.yaml", "--force"]).finish().exits(0);
    let run = Promised::new(3, api);
    let text = std::fs::read_to_string(folder.path().join("wiki.yaml")).expect("a suite");
    folder.file("wiki.yaml", text.replace(&again.url(), &run.url()));
    let words = ["--absolute-urls", "wiki.yaml", "--secret", "authorization_1=s3cr3t-of-ada"];
    folder.resttest().args(words).finish().exits(0);
}

#[test]
fn requests_that_no_answer_comes_to_are_told() {
    let folder = Folder::new();
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    folder.file("a.sh", format!("curl http://{free}/gone\ncurl http://{free}/unset/$NAME_THAT_NOBODY_SET\n"));
    let ran = folder.resttest().args(["convert", "a.sh", "--verify"]).finish().exits(0);
    assert_eq!(ran.stdout.matches("expected_status: [200]").count(), 2, "{ran:#?}");
    assert_eq!(ran.stderr.matches("the status it expects was not verified").count(), 2, "{ran:#?}");
    assert!(ran.stderr.contains("a.sh:1"), "{ran:#?}");
    folder.resttest().args(["convert", "a.sh", "--verify", "--strict"]).finish().exits(1);
}

#[test]
fn bounds_hold_and_what_is_about_sending_needs_it() {
    let (folder, server) = (Folder::new(), Promised::new(0, api));
    folder.file("a.sh", commands(&server.url()));
    let ran = folder.resttest().args(["convert", "a.sh", "--verify", "--deny-host", "127.0.0.1"]).finish().exits(0);
    assert_eq!(ran.stderr.matches("was not verified").count(), 3, "{ran:#?}");
    assert!(!ran.stderr.contains("s3cr3t"), "{ran:#?}");
    let ran = folder.resttest().args(["convert", "a.sh", "--offline"]).finish().exits(64);
    assert!(ran.stderr.contains("option --offline is about requests that are sent: add --verify"), "{ran:#?}");
}

#[test]
fn a_relative_url_needs_a_base() {
    let (folder, server) = (Folder::new(), Promised::new(1, |_, _| Answer::Full(207, "", String::new())));
    let document =
        "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {/a: {get: {responses: {200: {description: ok}}}}}\n";
    folder.file("api.yaml", document);
    let words = ["convert", "api.yaml", "--verify", "--url", &server.url()];
    let ran = folder.resttest().args(words).finish().exits(0);
    assert!(ran.stdout.contains("expected_status: [207]"), "{ran:#?}");
    let ran = folder.resttest().args(&words[..3]).finish().exits(0);
    assert!(ran.stderr.contains("was not verified"), "{ran:#?}");
}
