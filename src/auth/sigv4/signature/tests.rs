//! The official cases and those computed with botocore, where they are shared beside the repository.

use std::path::PathBuf;

use serde_json::Value;

use super::*;
use crate::exchange::url::{Treatment, target_with};
use crate::ground::timestamp::from_rfc3339;

fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors/aws-sigv4");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: the vectors of aws-sigv4 are not here");
    None
}

fn keys(of: &Value) -> Keys {
    let text = |key: &str| of[key].as_str().map(str::to_owned);
    let token = if of["token"].is_string() { "token" } else { "session_token" };
    Keys {
        access_key_id: text("access_key_id").unwrap(),
        secret_access_key: Secret(text("secret_access_key").unwrap()),
        session_token: text(token).map(Secret),
    }
}

/// A raw request: method, target, headers with folded lines put together, body.
fn parts(request: &str) -> (String, String, Vec<(String, String)>, String) {
    let (head, body) = request.split_once("\n\n").unwrap_or((request, ""));
    let mut lines = head.lines();
    let first = lines.next().unwrap();
    let (method, rest) = first.split_once(' ').unwrap();
    let target = rest.strip_suffix(" HTTP/1.1").unwrap();
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in lines {
        if line.starts_with(' ') {
            headers.last_mut().unwrap().1.push_str(line);
        } else {
            let (name, value) = line.split_once(':').unwrap();
            headers.push((name.to_owned(), value.to_owned()));
        }
    }
    (method.to_owned(), target.to_owned(), headers, body.to_owned())
}

#[test]
fn the_official_cases_are_signed_as_they_are_to_be() {
    let Some(folder) = folder() else { return };
    let mut count = 0;
    for case in std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).filter(|path| path.is_dir()) {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let read = |file: &str| std::fs::read_to_string(case.join(file)).unwrap();
        let context: Value = serde_json::from_str(&read("context.json")).unwrap();
        let (method, target, headers, body) = parts(&read("request.txt"));
        let text = |key: &str| context[key].as_str().unwrap().to_owned();
        let scope = Scope { region: text("region"), service: text("service") };
        let mut keys = keys(&context["credentials"]);
        // Such a token is sent, but not signed: nobody asks for that any more.
        if context["omit_session_token"] == true {
            keys.session_token = None;
        }
        let headers: Vec<(&str, &[u8])> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        let asked = Asked {
            method: &method,
            target: &target,
            path_rule: if context["normalize"] == true { PathRule::Normalized } else { PathRule::AsSent },
            headers: &headers,
            body: body.as_bytes(),
            payload: if context["sign_body"] == true { Payload::Named } else { Payload::Signed },
            date: from_rfc3339(&text("timestamp")).unwrap(),
        };
        let signed = sign(&keys, &scope, &asked);
        let (_, authorization) = signed.last().unwrap();
        let added: Vec<_> = signed[..signed.len() - 1].to_vec();
        let canonical = canonical_request(&asked, &added, &sha256(body.as_bytes()));
        assert_eq!(canonical.text, read("header-canonical-request.txt"), "{name}");
        assert_eq!(to_sign(&scope, &added[0].1, &canonical.text), read("header-string-to-sign.txt"), "{name}");
        assert!(authorization.ends_with(&read("header-signature.txt")), "{name}: {authorization}");
        assert!(read("header-signed-request.txt").contains(authorization.as_str()), "{name}: {authorization}");
        count += 1;
    }
    assert_eq!(count, 38);
}

#[test]
fn botocore_signs_the_same() {
    let Some(folder) = folder() else { return };
    let all: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("botocore.json")).unwrap()).unwrap();
    let cases = all["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 15);
    for case in cases {
        let text = |key: &str| case[key].as_str().unwrap();
        let name = text("name");
        let scope = Scope { region: text("region").to_owned(), service: text("service").to_owned() };
        let url = target_with(text("url"), Treatment { path_as_is: scope.is_s3(), encode_spaces: false }).unwrap();
        let host = url.origin().split_once("://").unwrap().1;
        let own = case["headers"].as_object().unwrap();
        let mut headers: Vec<(&str, &[u8])> = vec![("host", host.as_bytes())];
        headers.extend(own.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap().as_bytes())));
        let stamp = text("timestamp");
        let part = |from: usize, to: usize| &stamp[from..to];
        let date =
            format!("{}-{}-{}T{}:{}:{}Z", part(0, 4), part(4, 6), part(6, 8), part(9, 11), part(11, 13), part(13, 15));
        let payload = match text("payload") {
            "unsigned" => Payload::Unsigned,
            _ if scope.is_s3() => Payload::Named,
            _ => Payload::Signed,
        };
        let asked = Asked {
            method: text("method"),
            target: url.path_and_query(),
            path_rule: if scope.is_s3() { PathRule::Object } else { PathRule::Normalized },
            headers: &headers,
            body: text("body").as_bytes(),
            payload,
            date: from_rfc3339(&date).unwrap(),
        };
        let signed = sign(&keys(case), &scope, &asked);
        let expected = case["expected"].as_object().unwrap();
        for (header, value) in expected {
            let have = signed.iter().find(|(name, _)| name == header).map(|(_, value)| value.as_str());
            assert_eq!(have, value.as_str(), "{name}: {header}");
        }
        assert_eq!(signed.len(), expected.len(), "{name}");
    }
}

#[test]
fn a_path_is_the_same_whatever_way_it_is_written() {
    use PathRule::{AsSent, Normalized, Object};
    for (rule, path, wanted) in [
        (Object, "/a%2Ab=c d", "/a%2Ab%3Dc%20d"),
        (Object, "/a*b%3Dc%20d", "/a%2Ab%3Dc%20d"),
        (Object, "/%7e%41//./%ff", "/~A//./%FF"),
        (Normalized, "/a*b", "/a%2Ab"),
        (Normalized, "/a%2Ab", "/a%252Ab"),
        (Normalized, "/%7e%41%2d%zz%", "/~A-%25zz%25"),
        (Normalized, "/a%20b", "/a%2520b"),
        (Normalized, "//a/.//%2e%2e/../b//", "/b/"),
        (Normalized, "//", "/"),
        (AsSent, "//a/..", "//a/.."),
    ] {
        assert_eq!(canonical_path(path, rule), wanted, "{rule:?} {path}");
    }
    for (query, wanted) in [
        ("", ""),
        ("v", "v="),
        ("b=2&a=1&a=0&A=3", "A=3&a=0&a=1&b=2"),
        ("q=a+b&&x=%3a%2F:/", "q=a%2Bb&x=%3A%2F%3A%2F"),
        ("a=b=c&%C3%A4=1", "%C3%A4=1&a=b%3Dc"),
    ] {
        assert_eq!(canonical_query(query), wanted, "{query}");
    }
}
