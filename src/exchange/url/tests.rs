//! Tables for `url`: the joins are Python 3.11's own answers, the targets libcurl 8.23's.

use super::*;

/// `[base, reference, urllib.parse.urljoin(base, reference)]`, a line each.
const JOINS: &str = include_str!("joins.jsonl");

#[test]
fn joins_as_python_does() {
    let joins = JOINS.lines().map(|line| serde_json::from_str::<(String, String, String)>(line).unwrap());
    let wrong: Vec<String> = joins
        .filter(|(base, reference, want)| join(base, reference) != *want)
        .map(|(base, reference, want)| format!("{base:?} + {reference:?}: {:?}, not {want:?}", join(&base, &reference)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn targets_are_what_libcurl_sends() {
    for (path, sent) in [
        ("", "/"),
        ("/%2f", "/%2F"),
        ("/%c3%bc", "/%C3%BC"),
        ("/a%7eb?q=%2f#f", "/a%7Eb?q=%2f"),
        ("/a/./b/../c", "/a/c"),
        ("/%2e%2e/x", "/x"),
        ("/a/%2e/b", "/a/b"),
        ("/|^{}[]\\", "/|^{}[]\\"),
        ("/\"<>`", "/%22%3C%3E%60"),
        ("/a?x=/../y", "/a?x=/../y"),
        ("/..", "/"),
        ("/a/..", "/"),
        ("/a/b/..", "/a/"),
        ("?q=1", "/?q=1"),
        ("/x?", "/x?"),
        ("/x?#f", "/x?"),
        ("#x", "/"),
        ("/a//b/../c", "/a//c"),
        ("/%zz%", "/%zz%"),
        ("/.x/..y/...", "/.x/..y/..."),
        ("/a;b=1/../c", "/c"),
        ("/ü?ü", "/%C3%BC?%C3%BC"),
    ] {
        let found = target(&format!("http://h:81{path}")).unwrap();
        assert_eq!(found.path_and_query(), sent, "{path}");
        assert_eq!(found.origin(), "http://h:81");
    }
}

#[test]
fn origins_are_cleaned_up() {
    for (url, uri) in [
        ("HTTP://127.0.0.1:81/x", "http://127.0.0.1:81/x"),
        ("127.0.0.1:81/x", "http://127.0.0.1:81/x"),
        ("localhost", "http://localhost/"),
        ("http:/h:81/x", "http://h:81/x"),
        ("http:///h:81/x", "http://h:81/x"),
        ("http://h:0081/x", "http://h:81/x"),
        ("http://h:/x", "http://h/x"),
        ("http://127.1:81/x", "http://127.0.0.1:81/x"),
        ("http://2130706433/x", "http://127.0.0.1/x"),
        ("http://0x7f.1/x", "http://127.0.0.1/x"),
        ("http://1password.com/x", "http://1password.com/x"),
        ("http://LOCALHOST/x", "http://LOCALHOST/x"),
        ("https://u:p@h/x", "https://h/x"),
        ("http://[::1]:81/x", "http://[::1]:81/x"),
        ("http://[0:0::1]/x", "http://[::1]/x"),
        ("http://h?x=a@b", "http://h/?x=a@b"),
    ] {
        assert_eq!(target(url).unwrap().uri, uri, "{url}");
    }
    let with_user = target("http://a%40b:c%3Ad@h/").unwrap();
    assert_eq!(with_user.userinfo, Some(("a@b".to_owned(), "c:d".to_owned())));
    assert_eq!((with_user.host(), with_user.port), ("h", 80));
    assert_eq!(target("https://h/").unwrap().port, 443);
}

#[test]
fn what_cannot_be_sent_says_why() {
    for (url, part) in [
        ("", "empty"),
        ("http://h/a b", "write it as %20"),
        (" http://h/", "write it as %20"),
        ("http://h/\tx", "%09"),
        ("http://h/\u{1}", "%01"),
        ("ftp://h/", "unsupported scheme \"ftp\""),
        ("foo://h/", "unsupported scheme \"foo\""),
        ("http:h/", "port \"h\""),
        ("http://h:99999/", "port \"99999\""),
        ("http://h:+1/", "port \"+1\""),
        ("http://a@b@h/", "'@'"),
        ("http://h\\x", "'\\'"),
        ("http:///", "names no host"),
        ("/x", "names no host"),
        ("http://:80/", "names no host"),
        ("http://[::1/", "IPv6"),
        ("http://bücher.example/", "xn--"),
        ("http://$host/", "'$'"),
    ] {
        let message = target(url).unwrap_err();
        assert!(message.contains(part), "{url:?}: {message}");
    }
}

#[test]
fn the_path_can_be_left_alone() {
    let treatment = Treatment { path_as_is: true, encode_spaces: false };
    assert_eq!(target_with("http://h/a/../b", treatment).unwrap().path_and_query(), "/a/../b");
}

#[test]
fn redirects_are_resolved_against_the_current_url() {
    let current = target("https://h:81/a/b?q").unwrap();
    for (location, uri) in [
        ("/x", "https://h:81/x"),
        ("x", "https://h:81/a/x"),
        ("../x", "https://h:81/x"),
        ("?y", "https://h:81/a/b?y"),
        ("#f", "https://h:81/a/b?q"),
        ("//g/x", "https://g/x"),
        ("http://g", "http://g/"),
        ("a b", "https://h:81/a/a%20b"),
        (" /x ", "https://h:81/x"),
    ] {
        assert_eq!(redirect(&current, location).unwrap().uri, uri, "{location}");
    }
    assert!(redirect(&current, "file:///etc/passwd").unwrap_err().contains("unsupported scheme"));
    assert!(current.same_origin(&target("https://H:81/").unwrap()));
    assert!(!current.same_origin(&target("http://h:81/").unwrap()));
    assert!(!current.same_origin(&target("https://h/").unwrap()));
}
