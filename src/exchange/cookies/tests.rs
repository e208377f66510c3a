//! Which cookies are kept, and where they go.

use std::time::{Duration, SystemTime};

use super::{Cookies, Jar};
use crate::exchange::url::{Target, target};

fn at(url: &str) -> Target {
    target(url).unwrap()
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_772_355_907)
}

fn set(cookies: &mut Cookies, url: &str, lines: &[&str]) {
    let headers: Vec<_> = lines.iter().map(|line| ("set-cookie".to_owned(), line.as_bytes().to_vec())).collect();
    cookies.keep(&headers, &at(url), now());
}

#[test]
fn a_cookie_goes_where_it_may() {
    let long = format!("k={}", "v".repeat(4096));
    let late = format!("k=v; Path=/{}", "x".repeat(2000));
    for (from, line, to, expected) in [
        // Hosts and domains.
        ("http://a.test/", "k=v", "http://a.test/", "k=v"),
        ("http://a.test/", " k = v w ;", "http://A.TEST:81/", "k=v w"),
        ("http://a.test/", "k=\"v\"", "http://a.test/", "k=\"v\""),
        ("http://a.test/", "k=", "http://a.test/", "k="),
        ("http://a.test/", "k=v", "http://b.test/", ""),
        ("http://a.test/", "k=v", "http://x.a.test/", ""),
        ("http://a.test/", "k=v; Domain=a.test", "http://x.a.test/", "k=v"),
        ("http://x.a.test/", "k=v; domain=.A.Test", "http://y.a.test/", "k=v"),
        ("http://x.a.test/", "k=v; Domain=a.test", "http://xa.test/", ""),
        ("http://a.test/", "k=v; Domain=b.test", "http://b.test/", ""),
        ("http://a.test/", "k=v; Domain=x.a.test", "http://x.a.test/", ""),
        ("http://a.test/", "k=v; Domain=", "http://a.test/", "k=v"),
        ("http://a.test/", "k=v; Domain=test", "http://a.test/", ""),
        ("http://a.test/", "k=v; Domain=.test", "http://a.test/", ""),
        ("http://test/", "k=v; Domain=test", "http://test/", "k=v"),
        ("http://test/", "k=v; Domain=test", "http://a.test/", ""),
        ("http://127.0.0.1/", "k=v; Domain=127.0.0.1", "http://127.0.0.1/", "k=v"),
        ("http://127.0.0.1/", "k=v; Domain=0.0.1", "http://127.0.0.1/", ""),
        ("http://[::1]/", "k=v; Domain=[::1]", "http://[::1]/", "k=v"),
        // Paths.
        ("http://a.test/one/two?/x", "k=v", "http://a.test/one/three", "k=v"),
        ("http://a.test/one/two", "k=v", "http://a.test/one", "k=v"),
        ("http://a.test/one/two", "k=v", "http://a.test/oneself", ""),
        ("http://a.test/one", "k=v", "http://a.test/", "k=v"),
        ("http://a.test/one", "k=v; Path=/two", "http://a.test/one", ""),
        ("http://a.test/one", "k=v; Path=/two", "http://a.test/two?q", "k=v"),
        ("http://a.test/one", "k=v; Path=/two/", "http://a.test/two/x", "k=v"),
        ("http://a.test/one", "k=v; Path=/two/", "http://a.test/two", ""),
        ("http://a.test/one", "k=v; Path=two", "http://a.test/three", "k=v"),
        ("http://a.test/one", &late, "http://a.test/three", "k=v"),
        // Secure: loopback counts as secure.
        ("https://a.test/", "k=v; Secure", "https://a.test/", "k=v"),
        ("https://a.test/", "k=v; secure; HttpOnly", "http://a.test/", ""),
        ("https://a.test/", "k=v; HttpOnly", "http://a.test/", "k=v"),
        ("http://a.test/", "k=v; Secure", "https://a.test/", ""),
        ("http://127.0.0.2/", "k=v; Secure", "http://127.0.0.2/", "k=v"),
        ("http://[::1]/", "k=v; Secure", "http://[::1]/", "k=v"),
        ("http://App.localhost/", "k=v; Secure", "http://app.localhost/", "k=v"),
        ("http://mylocalhost/", "k=v; Secure", "http://mylocalhost/", ""),
        // Names that promise something.
        ("https://a.test/", "__Secure-k=v; Secure", "https://a.test/", "__Secure-k=v"),
        ("https://a.test/", "__secure-k=v", "https://a.test/", ""),
        ("https://a.test/", "__Host-k=v; Secure; Path=/", "https://a.test/x", "__Host-k=v"),
        ("https://a.test/", "__Host-k=v; Secure", "https://a.test/", ""),
        ("https://a.test/", "__Host-k=v; Secure; Path=/; Domain=a.test", "https://a.test/", ""),
        ("https://a.test/", "__Host-k=v; Path=/", "https://a.test/", ""),
        // Times.
        ("http://a.test/", "k=v; Max-Age=1", "http://a.test/", "k=v"),
        ("http://a.test/", "k=v; Max-Age=0", "http://a.test/", ""),
        ("http://a.test/", "k=v; Max-Age=-9", "http://a.test/", ""),
        ("http://a.test/", "k=v; Max-Age=99999999999999999999999", "http://a.test/", "k=v"),
        ("http://a.test/", "k=v; Max-Age=soon", "http://a.test/", "k=v"),
        ("http://a.test/", "k=v; Expires=Thu, 01-Jan-1970 00:00:01 GMT", "http://a.test/", ""),
        ("http://a.test/", "k=v; Expires=Fri, 31 Dec 9999 23:59:59 GMT", "http://a.test/", "k=v"),
        ("http://a.test/", "k=v; Expires=0", "http://a.test/", "k=v"),
        ("http://a.test/", "k=v; Max-Age=9; Expires=Thu, 01-Jan-1970 00:00:01 GMT", "http://a.test/", "k=v"),
        // What is no cookie.
        ("http://a.test/", "k", "http://a.test/", ""),
        ("http://a.test/", "=v", "http://a.test/", ""),
        ("http://a.test/", "", "http://a.test/", ""),
        ("http://a.test/", "k=v\u{1}", "http://a.test/", ""),
        ("http://a.test/", &long, "http://a.test/", ""),
    ] {
        let mut cookies = Cookies::default();
        set(&mut cookies, from, &[line]);
        assert_eq!(cookies.line_for(&at(to), now()), expected, "{line} from {from} to {to}");
    }
}

#[test]
fn cookies_replace_and_delete_each_other_by_name_domain_and_path() {
    let old = "Expires=Thu, 01-Jan-1970 00:00:01 GMT";
    for (lines, expected) in [
        (&["a=1", "b=2", "a=3"][..], "a=3; b=2"),
        (&["a=1; Path=/", "a=2; Path=/x", "b=3; Path=/x"], "a=2; b=3; a=1"),
        (&["a=1", "a=; Max-Age=0"], ""),
        (&["a=1; Path=/", &format!("a=; Path=/; {old}"), "b=2"], "b=2"),
        (&["a=1; Path=/x", &format!("a=; Path=/; {old}")], "a=1"),
        (&["a=1; Domain=a.test", "a=; Max-Age=0"], "a=1"),
        (&["a=1; Domain=a.test", "a=; Max-Age=0; Domain=a.test"], ""),
    ] {
        let mut cookies = Cookies::default();
        set(&mut cookies, "http://a.test/", lines);
        assert_eq!(cookies.line_for(&at("http://a.test/x/y"), now()), expected, "{lines:?}");
    }
}

#[test]
fn what_is_set_over_http_does_not_take_the_place_of_a_secure_cookie() {
    for (line, expected) in [
        ("k=evil", "k=good"),
        ("k=evil; Domain=a.test; Path=/one", "k=good"),
        ("k=; Max-Age=0", "k=good"),
        ("other=1", "k=good; other=1"),
    ] {
        let mut cookies = Cookies::default();
        set(&mut cookies, "https://a.test/", &["k=good; Secure"]);
        set(&mut cookies, "http://a.test/", &[line]);
        assert_eq!(cookies.line_for(&at("https://a.test/one"), now()), expected, "{line}");
    }
}

#[test]
fn a_cookie_ends_when_its_time_is_over() {
    let mut cookies = Cookies::default();
    set(&mut cookies, "http://a.test/", &["short=1; Max-Age=2", "session=2", "long=3; Max-Age=99999999999"]);
    for (seconds, expected) in
        [(1, "short=1; session=2; long=3"), (2, "session=2; long=3"), (401 * 86_400, "session=2")]
    {
        let later = now() + Duration::from_secs(seconds);
        assert_eq!(cookies.line_for(&at("http://a.test/"), later), expected, "{seconds}");
    }
}

#[test]
fn a_jar_keeps_no_more_than_it_may_and_drops_the_oldest() {
    let mut cookies = Cookies::default();
    set(&mut cookies, "http://a.test/", &["over=1; Max-Age=1", "first=1"]);
    for number in 0..178 {
        set(&mut cookies, "http://a.test/", &[&format!("k{number}=v")]);
    }
    let later = now() + Duration::from_secs(5);
    let add = |cookies: &mut Cookies, line: &str| {
        let headers = [("set-cookie".to_owned(), line.as_bytes().to_vec())];
        cookies.keep(&headers, &at("http://a.test/"), later);
        cookies.line_for(&at("http://a.test/"), later)
    };
    let line = add(&mut cookies, "more=1");
    assert!(line.starts_with("first=1; k0=v") && line.ends_with("; more=1"), "what was over made room");
    let line = add(&mut cookies, "last=1");
    assert!(line.starts_with("k0=v") && line.ends_with("more=1; last=1"), "the oldest made room");
}

#[test]
fn a_file_is_written_as_curl_writes_it_and_read_again() {
    let mut cookies = Cookies::default();
    set(
        &mut cookies,
        "https://a.test/one/two",
        &["k=v; HttpOnly", "all=w x; Domain=a.test; Path=/; Secure; Max-Age=9"],
    );
    set(&mut cookies, "http://[::1]/", &["six=", "over=1; Max-Age=1"]);
    let later = now() + Duration::from_secs(5);
    let text = cookies.to_text(later);
    assert_eq!(
        text,
        "# Netscape HTTP Cookie File\n\
         # https://curl.se/docs/http-cookies.html\n\
         # This file was generated by resttest! Edit at your own risk.\n\n\
         #HttpOnly_a.test\tFALSE\t/one\tFALSE\t0\tk\tv\n\
         .a.test\tTRUE\t/\tTRUE\t1772355916\tall\tw x\n\
         ::1\tFALSE\t/\tFALSE\t0\tsix\t\n"
    );
    let again = Cookies::from_text(&text).unwrap();
    assert_eq!(again.to_text(later), text);
    assert_eq!(again.line_for(&at("https://a.test/one"), later), "k=v; all=w x");
    assert_eq!(again.line_for(&at("https://x.a.test/one"), later), "all=w x");
    assert_eq!(again.line_for(&at("http://[::1]/"), later), "six=");
    assert_eq!(again.line_for(&at("https://a.test/"), later + Duration::from_secs(9)), "");
}

#[test]
fn files_of_others_are_read_and_what_is_wrong_with_one_is_said() {
    // No value at its end, CRLF, a mark of byte order, a domain in capitals with or without a dot.
    let text = "\u{feff}# c\r\n\r\nA.test\tTRUE\t/\tFALSE\t0\tk\r\n.a.TEST\tFALSE\t/x\tfalse\t0\tl\tv\tw\r\n";
    let cookies = Cookies::from_text(text).unwrap();
    assert_eq!(cookies.line_for(&at("http://b.a.test/x"), now()), "k=");
    assert_eq!(cookies.line_for(&at("http://a.test/x"), now()), "l=v\tw; k=");
    for (text, expected) in [
        (
            "a.test TRUE / FALSE 0 k v",
            "line 1: is no cookie: domain, subdomains, path, secure, expires, name and value with tabs between",
        ),
        (
            "\na\tb\tc",
            "line 2: is no cookie: domain, subdomains, path, secure, expires, name and value with tabs between",
        ),
        (
            "Set-Cookie: k=v",
            "line 1: is no cookie: domain, subdomains, path, secure, expires, name and value with tabs between",
        ),
        ("a.test\tyes\t/\tFALSE\t0\tk\tv", "line 1: subdomains must be TRUE or FALSE, not \"yes\""),
        ("a.test\tTRUE\t/\t1\t0\tk\tv", "line 1: secure must be TRUE or FALSE, not \"1\""),
        ("a.test\tTRUE\t/\tTRUE\tsoon\tk\tv", "line 1: expires must be seconds since 1970, not \"soon\""),
        ("a.test\tTRUE\tx\tTRUE\t0\tk\tv", "line 1: the path must begin with /, not \"x\""),
        ("\tTRUE\t/\tTRUE\t0\tk\tv", "line 1: there is no domain"),
        ("a.test\tTRUE\t/\tTRUE\t0\t\tv", "line 1: there is no name"),
        ("a.test\tTRUE\t/\tTRUE\t0\tk\tv\u{1}", "line 1: there are control characters in it"),
        ("a.test\tTRUE\t/\tTRUE\t0\tk;\tv", "line 1: there is a ; in it"),
    ] {
        assert_eq!(Cookies::from_text(text).map(|_| ()), Err(expected.to_owned()), "{text}");
    }
}

#[test]
fn a_jar_is_shared_and_a_fork_of_it_is_not() {
    let jar = Jar::default();
    let keep = |jar: &Jar, line: &str| {
        jar.keep(&[("set-cookie".to_owned(), line.as_bytes().to_vec())], &at("http://a.test/"), now());
    };
    let line = |jar: &Jar| jar.line_for(&at("http://a.test/"), now());
    let same = jar.clone();
    keep(&same, "a=1");
    let own = jar.fork();
    keep(&own, "b=2");
    assert_eq!((line(&jar), line(&same), line(&own)), ("a=1".to_owned(), "a=1".to_owned(), "a=1; b=2".to_owned()));
    assert_eq!((jar.changes(), own.changes()), (1, 2));
    jar.keep(&[("server".to_owned(), b"x".to_vec())], &at("http://a.test/"), now());
    assert_eq!(jar.changes(), 1);
    assert!(!format!("{own:?}").contains("\"2\""), "Debug shows no value");
}
