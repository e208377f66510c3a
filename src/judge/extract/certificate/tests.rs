//! Certificates of an authority of our own, against what OpenSSL says of them; and bytes that are none.

use std::io::Write as _;
use std::net::{IpAddr, Ipv6Addr};
use std::process::{Command, Stdio};
use std::time::Duration;

use rcgen::{CertificateParams, DnType, DnValue, KeyPair, SanType, SerialNumber, date_time_ymd};

use super::*;

fn params() -> CertificateParams {
    let mut params = CertificateParams::new(vec!["a.test".to_owned(), "*.b.test".to_owned()]).unwrap();
    let san = |name: &str| name.try_into().unwrap();
    params.subject_alt_names.extend([
        SanType::IpAddress(IpAddr::from([127, 0, 0, 1])),
        SanType::IpAddress(Ipv6Addr::LOCALHOST.into()),
        SanType::URI(san("https://a.test/x")),
        SanType::Rfc822Name(san("me@a.test")),
    ]);
    params.distinguished_name = rcgen::DistinguishedName::new();
    for (kind, value) in [
        (DnType::CountryName, "US"),
        (DnType::StateOrProvinceName, "Denial"),
        (DnType::LocalityName, "Springfield"),
        (DnType::OrganizationName, "Dis, \"Inc.\""),
        (DnType::CommonName, "a.test"),
    ] {
        params.distinguished_name.push(kind, DnValue::Utf8String(value.to_owned()));
    }
    params.serial_number = Some(SerialNumber::from_slice(&[0x9e, 0xe8, 0x01]));
    params.not_before = date_time_ymd(2023, 1, 10) + Duration::from_secs(8 * 3600 + 29 * 60 + 52);
    params.not_after = date_time_ymd(2051, 10, 30);
    params
}

fn der(params: CertificateParams) -> Vec<u8> {
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
}

fn answer(der: Vec<u8>, seen: u64) -> Response {
    let mut response = Response::new(200, "");
    let seen = UNIX_EPOCH + Duration::from_secs(seen);
    response.certificate = Some(Box::new(PeerCertificate { der, seen }));
    response
}

fn find(query: &str, response: &Response) -> String {
    let found = CertificateQuery::parse(query).and_then(|query| query.find(response).map_err(|e| e.to_string()));
    found.map_or_else(|reason| reason, |value| value.repr())
}

#[test]
fn each_word_finds_its_part() {
    let end = 2_582_236_800;
    let response = answer(der(params()), end - 30 * 86_400);
    let name = "'C=US, ST=Denial, L=Springfield, O=\"Dis, \\\\\"Inc.\\\\\"\", CN=a.test'";
    for (query, expected) in [
        ("Subject", name),
        ("issuer", name),
        ("Start-Date", "'2023-01-10 08:29:52 UTC'"),
        ("Expire-Date", "'2051-10-30 00:00:00 UTC'"),
        ("Serial-Number", "'9e:e8:01'"),
        (
            "Subject-Alt-Name",
            "'DNS:a.test, DNS:*.b.test, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, \
             URI:https://a.test/x, email:me@a.test'",
        ),
        ("days_left", "30"),
        (
            "Expires",
            "a certificate has no \"Expires\"; one of Subject, Issuer, Start-Date, Expire-Date, Serial-Number, \
             Subject-Alt-Name, days_left",
        ),
    ] {
        assert_eq!(find(query, &response), expected, "{query}");
    }
    assert!(find("Subjet", &response).contains("did you mean \"Subject\"?"));
    for (seen, days) in [(end - 1, "0"), (end, "0"), (end + 1, "-1"), (end - 86_400, "1"), (end + 86_400, "-1")] {
        assert_eq!(find("days_left", &answer(der(params()), seen)), days, "{seen}");
    }
}

#[test]
fn what_is_not_there_is_said() {
    let mut response = Response::new(200, "");
    response.effective_url = "http://a.test/".to_owned();
    assert_eq!(find("Subject", &response), "no certificate is there; the answer came over http");
    response.effective_url = "https://a.test/".to_owned();
    assert_eq!(find("Subject", &response), "no certificate is there");
    let mut bare = params();
    bare.subject_alt_names = Vec::new();
    let response = answer(der(bare), 0);
    assert_eq!(find("Subject-Alt-Name", &response), "the certificate has no Subject-Alt-Name");
    assert_eq!(find("Subject", &answer(vec![0x30, 0x03, 1], 0)), "the server's certificate cannot be read");
}

#[test]
fn times_have_two_forms() {
    for (tag, text, expected) in [
        (UTC_TIME, "700101000000Z", Some("1970-01-01 00:00:00 UTC")),
        (UTC_TIME, "491231235959Z", Some("2049-12-31 23:59:59 UTC")),
        (UTC_TIME, "500101000000Z", Some("1950-01-01 00:00:00 UTC")),
        (GENERALIZED_TIME, "20510228235959Z", Some("2051-02-28 23:59:59 UTC")),
        (GENERALIZED_TIME, "99991231235959Z", Some("9999-12-31 23:59:59 UTC")),
        (GENERALIZED_TIME, "20230229000000Z", None),
        (GENERALIZED_TIME, "20230001000000Z", None),
        (GENERALIZED_TIME, "20231301000000Z", None),
        (GENERALIZED_TIME, "20230101240000Z", None),
        (GENERALIZED_TIME, "2023010124000xZ", None),
        (GENERALIZED_TIME, "230101000000Z", None),
        (UTC_TIME, "700101000000+0100", None),
        (UTC_TIME, "7001010000Z", None),
        (UTC_TIME, "Z", None),
        (SEQUENCE, "700101000000Z", None),
    ] {
        let found = seconds(Element { tag, content: text.as_bytes() }).map(date);
        assert_eq!(found.as_deref(), expected, "{text}");
    }
}

#[test]
fn bytes_that_are_no_certificate_end_in_words() {
    let good = der(params());
    let mut random = fastrand::Rng::with_seed(7);
    let words = ["Subject", "Issuer", "Start-Date", "Expire-Date", "Serial-Number", "Subject-Alt-Name", "days_left"];
    for round in 0..20_000 {
        let mut bytes = good.clone();
        match round % 3 {
            0 => bytes.truncate(random.usize(..good.len())),
            1 => bytes = (0..random.usize(..200)).map(|_| random.u8(..)).collect(),
            _ => {}
        }
        for _ in 0..random.usize(..4) {
            if !bytes.is_empty() {
                let at = random.usize(..bytes.len());
                bytes[at] = random.u8(..);
            }
        }
        let response = answer(bytes, 0);
        for word in words {
            let _ = CertificateQuery::parse(word).unwrap().find(&response);
        }
    }
}

#[test]
fn openssl_says_the_same() {
    let openssl = |arguments: &[&str], der: &[u8]| -> Option<String> {
        let mut command = Command::new("openssl");
        command.args(["x509", "-inform", "DER", "-noout"]).args(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
        child.stdin.take()?.write_all(der).ok()?;
        let output = child.wait_with_output().ok()?;
        Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
    };
    let good = der(params());
    let Some(subject) = openssl(&["-subject", "-nameopt", "oneline,-space_eq"], &good) else {
        eprintln!("SKIPPED: openssl is not installed");
        return;
    };
    let response = answer(good.clone(), 0);
    let ours = |word: &str| CertificateQuery::parse(word).unwrap().find(&response).unwrap().to_text();
    assert_eq!(subject.trim_start_matches("subject=").trim(), ours("Subject"));
    let serial = openssl(&["-serial"], &good).unwrap();
    assert_eq!(serial.trim_start_matches("serial=").to_lowercase(), ours("Serial-Number").replace(':', ""));
    let names = openssl(&["-ext", "subjectAltName"], &good).unwrap();
    assert_eq!(names.lines().last().unwrap().trim(), ours("Subject-Alt-Name"));
    assert_eq!(openssl(&["-enddate"], &good).unwrap(), "notAfter=Oct 30 00:00:00 2051 GMT");
    assert_eq!(openssl(&["-startdate"], &good).unwrap(), "notBefore=Jan 10 08:29:52 2023 GMT");
}
