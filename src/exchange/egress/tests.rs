//! Patterns and hosts in all their spellings, and what the rules say of them.

use super::*;
use crate::exchange::url::target;

fn rules(allowed: &[&str], denied: &[&str]) -> Egress {
    let mut rules = Egress::default();
    allowed.iter().for_each(|host| rules.allow(host).unwrap());
    denied.iter().for_each(|host| rules.deny(host).unwrap());
    rules
}

fn offline() -> Egress {
    let mut rules = Egress::default();
    rules.go_offline();
    rules
}

/// What rules say of a URL, as a request is held against them.
fn check(rules: &Egress, url: &str) -> Result<(), String> {
    let target = target(url).map_err(|_| "no URL".to_owned())?;
    rules.check_host(Role::Host, target.host(), target.port)
}

#[test]
fn patterns_match_hosts_however_they_are_spelled() {
    for (pattern, url, matches) in [
        ("api.example.org", "http://api.example.org/", true),
        ("api.example.org", "http://API.Example.ORG./x", true),
        ("API.example.org.", "https://api.example.org", true),
        ("api.example.org", "http://api.example.org.evil.test/", false),
        ("api.example.org", "http://xapi.example.org/", false),
        ("api.example.org", "http://api.example.org@evil.test/", false),
        ("api.example.org", "http://evil.test/?api.example.org", false),
        ("api.example.org", "http://evil.test#@api.example.org", false),
        ("api.example.org", "http://%61pi.example.org/", true),
        ("*.example.org", "http://a.example.org", true),
        ("*.example.org", "http://a.b.example.org", true),
        ("*.example.org", "http://example.org", false),
        ("*.example.org", "http://badexample.org", false),
        ("example.org:443", "https://example.org", true),
        ("example.org:443", "http://example.org:443", true),
        ("example.org:443", "http://example.org", false),
        ("example.org:*", "http://example.org:8080", true),
        ("*", "http://anything.test:1", true),
        ("*:443", "https://anything.test", true),
        ("*:443", "http://anything.test", false),
        ("127.0.0.1", "http://127.0.0.1:8000", true),
        ("127.0.0.1", "http://0x7f.1/", true),
        ("127.0.0.1", "http://2130706433", true),
        ("127.0.0.1", "http://0177.0.0.01", true),
        ("127.0.0.1", "http://127.1", true),
        ("127.0.0.1", "http://127.0.0.1.", true),
        ("127.0.0.1", "http://[::ffff:127.0.0.1]", true),
        ("127.0.0.1", "http://localhost", false),
        ("0x7f.1", "http://127.0.0.1", true),
        ("10.0.0.0/8", "http://10.200.3.4", true),
        ("10.0.0.0/8", "http://0xa.1.2.3", true),
        ("10.0.0.0/8", "http://167772161", true),
        ("10.0.0.0/8", "http://[::ffff:a01:203]", true),
        ("10.0.0.0/8:8080", "http://10.0.0.1:8080", true),
        ("10.0.0.0/8:8080", "http://10.0.0.1", false),
        ("10.0.0.0/8", "http://11.0.0.1", false),
        ("10.0.0.0/8", "http://10.0.0.1.example.org", false),
        ("::ffff:10.0.0.0/104", "http://10.9.9.9", true),
        ("[::1]", "http://[::1]:8000", true),
        ("::1", "http://[0:0:0:0:0:0:0:1]", true),
        ("[::1]:80", "http://[::1%25lo]", true),
        ("[::1]:80", "http://[::1]:81", false),
        ("fd00::/8", "http://[fd12::1]", true),
        ("[fd00::]/8:443", "https://[fd12::1]", true),
        ("[fd00::]/8:443", "http://[fd12::1]", false),
        ("bücher.example", "http://xn--bcher-kva.example", true),
        ("*.Bücher.example.", "http://www.XN--BCHER-KVA.example", true),
        ("localhost", "http://LOCALHOST.:8000", true),
        ("*.localhost", "http://app.localhost", true),
    ] {
        let found = check(&rules(&[pattern], &[]), url);
        assert_eq!(found.is_ok(), matches, "{pattern} {url}: {found:?}");
    }
}

#[test]
fn what_is_no_pattern_is_named() {
    for (wrong, why) in [
        ("", "a host is missing"),
        ("https://api.example.org/v1", "is a URL, not a host; did you mean \"api.example.org\"?"),
        ("http://u:p@h.test:8/x", "did you mean \"h.test:8\"?"),
        ("example.org:http", "a port that is not a number"),
        ("example.org:0", "a port that is not a number"),
        ("example.org:65536", "a port that is not a number"),
        ("a..b", "empty part"),
        ("*.", "empty part"),
        ("api-*.example.org", "is no host name"),
        ("10.0.0.0/33", "no block"),
        ("10.0.0.0/x", "no block"),
        ("example.org/8", "no block"),
        ("[::1", "no block"),
        ("fe80::1::2", "no block"),
        ("a b", "is no host name"),
        ("a;b", "is no host name"),
        ("☃.example", "is no host name"),
    ] {
        let message = HostPattern::parse(wrong).unwrap_err();
        assert!(message.contains(why), "{wrong}: {message}");
    }
}

/// Where a machine leaks its credentials, and how those who want them spell it.
const METADATA: [&str; 27] = [
    "http://169.254.169.254/latest/meta-data/",
    "http://169.254.169.254./",
    "http://169.254.170.2/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://0xA9.0xFE.0xA9.0xFE/",
    "http://0251.0376.0251.0376/",
    "http://0251.254.169.254/",
    "http://169.254.43518/",
    "http://169.16689662/",
    "http://025177524776/",
    "http://%31%36%39.254.169.254/",
    "http://[::ffff:169.254.169.254]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[0:0:0:0:0:ffff:a9fe:a9fe]/",
    "http://[::a9fe:a9fe]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[64:ff9b:1::a9fe:a9fe]/",
    "http://[2002:a9fe:a9fe::]/",
    "http://[fd00:ec2::254]/",
    "http://[fd00:0ec2:0:0:0:0:0:254]/",
    "http://[fd20:ce::254]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http://100.100.100.200/",
    "http://168.63.129.16/",
    "http://192.0.0.192/",
];

#[test]
fn credentials_of_the_machine_are_out_of_reach_unless_they_are_listed() {
    for url in METADATA {
        for rules in [rules(&["*.example.org"], &[]), rules(&[], &["evil.test"]), rules(&["*"], &[]), offline()] {
            assert!(check(&rules, url).is_err(), "{rules:?} {url}");
        }
    }
    let listed = rules(&["169.254.169.254"], &[]);
    assert_eq!(check(&listed, METADATA[0]), Ok(()));
    assert_eq!(check(&listed, "http://0xa9fea9fe/"), Ok(()));
    let message = check(&rules(&[], &["evil.test"]), METADATA[0]).unwrap_err();
    assert!(message.contains("--allow-host 169.254.169.254"), "{message}");
}

#[test]
fn offline_is_this_machine() {
    for (url, is_local) in [
        ("http://localhost:8000", true),
        ("http://LocalHost.", true),
        ("http://app.localhost", true),
        ("http://127.0.0.1", true),
        ("http://127.255.0.9", true),
        ("http://0x7f000001", true),
        ("http://017700000001", true),
        ("http://[::1]", true),
        ("http://[::ffff:127.0.0.1]", true),
        ("http://localhost.example.org", false),
        ("http://notlocalhost", false),
        ("http://127.0.0.1.example.org", false),
        ("http://127.0.0.1@example.org", false),
        ("http://0.0.0.0", false),
        ("http://128.0.0.1", false),
        ("http://[::]", false),
        ("http://[::127.0.0.1]", false),
        ("http://[64:ff9b::7f00:1]", false),
        ("http://10.0.0.1", false),
        ("http://example.org", false),
        ("http://ip6-localhost", false),
        ("http://①②⑦.0.0.1", false),
        ("http://127。0。0。1", false),
    ] {
        let found = check(&offline(), url);
        assert_eq!(found.is_ok(), is_local, "{url}: {found:?}");
    }
    let elsewhere = offline().check_found("app.localhost", "192.0.2.1:80".parse().unwrap());
    assert_eq!(
        elsewhere.unwrap_err(),
        "host app.localhost (192.0.2.1) is not allowed by --offline; only this machine is"
    );
}

#[test]
fn a_name_is_allowed_whatever_its_addresses_but_for_those_that_are_denied_or_guarded() {
    let rules = rules(&["api.test", "10.0.0.0/8"], &["10.6.0.0/16", "64:ff9b::/96"]);
    let found = |address: &str| rules.check_found("api.test", format!("{address}:80").parse().unwrap());
    assert_eq!(found("203.0.113.7"), Ok(()));
    assert_eq!(found("10.1.2.3"), Ok(()));
    for address in ["10.6.1.1", "[::ffff:10.6.1.1]", "[2002:a06:101::]", "[64:ff9b::1]"] {
        assert!(found(address).unwrap_err().contains("--deny-host"), "{address}");
    }
    assert!(found("169.254.169.254").unwrap_err().starts_with("host api.test (169.254.169.254) is not allowed: "));
    // A block alone admits addresses, no names; what an option gives is as good as written.
    assert!(check(&rules, "http://other.test").is_err());
    let given = |address: &str| rules.check_given("api.test", format!("{address}:80").parse().unwrap());
    assert_eq!(given("10.1.2.3"), Ok(()));
    assert_eq!(
        given("203.0.113.7").unwrap_err(),
        "host api.test (203.0.113.7) is not allowed by --allow-host; it must be listed, a base URL's host too"
    );
}

#[test]
fn lists_only_narrow_each_other() {
    let own = Arc::new(rules(&["*.example.org"], &["evil.example.org"]));
    let list = |patterns: &[&str]| HostList {
        patterns: patterns.iter().map(|text| HostPattern::parse(text).unwrap()).collect(),
        by: "allow_hosts of s.yaml:3".to_owned(),
    };
    let both = Egress::narrowed(Some(&own), Some(&list(&["a.example.org:443", "evil.test", "evil.example.org"])));
    let both = both.unwrap();
    assert_eq!(check(&both, "https://a.example.org"), Ok(()));
    for (url, message) in [
        ("https://b.example.org", "host b.example.org is not allowed by allow_hosts of s.yaml:3; it must be listed"),
        ("http://a.example.org", "host a.example.org is not allowed by allow_hosts of s.yaml:3 at port 80"),
        ("http://evil.test", "host evil.test is not allowed by --allow-host; it must be listed, a base URL's host too"),
        ("https://evil.example.org", "host evil.example.org is not allowed by --deny-host evil.example.org"),
    ] {
        assert_eq!(check(&both, url), Err(message.to_owned()));
    }
    assert!(check(&Egress::narrowed(None, Some(&list(&[]))).unwrap(), "http://a.test").is_err());
    assert_eq!(Egress::narrowed(None, None), None);
    assert_eq!(Egress::narrowed(Some(&own), None).as_ref(), Some(&own));
}

#[test]
fn a_refusal_says_who_wanted_to_go_there() {
    let place =
        |line| Location { file: "s.yaml".into(), position: crate::ground::source::Position { line, column: 1 } };
    let refusal = "host evil.test is not allowed by --allow-host; it must be listed";
    for (place, from, message) in [
        (Location::default(), None, refusal),
        (place(12), None, "host evil.test is not allowed by --allow-host (s.yaml:12); it must be listed"),
        (
            place(12),
            Some("http://a.test/"),
            "host evil.test is not allowed by --allow-host (s.yaml:12, redirect from http://a.test/); it must be listed",
        ),
    ] {
        assert_eq!(placed(refusal, &place, from), message);
    }
}
