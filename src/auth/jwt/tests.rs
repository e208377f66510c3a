//! Tokens against published ones and their keys.

use std::io::Write as _;

use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};

use super::*;

/// A file of the vectors that are shared beside the repository. Where they are not, that is said past the output that
/// a test which passes keeps to itself.
fn vectors(file: &str) -> Option<Json> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors/jwt");
    if !folder.is_dir() {
        let _ = std::io::stderr().write_all(b"SKIPPED: the vectors of jwt are not here\n");
        return None;
    }
    let text = std::fs::read(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    Some(serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{file}: {error}")))
}

/// A key as PEM, of those that are kept by the DER.
fn pem(keys: &Json, name: &str) -> String {
    let (label, der) = (keys[name]["label"].as_str().unwrap(), keys[name]["der_base64"].as_str().unwrap());
    let lines: Vec<&str> = der.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn jwt(algorithm: &str, key: &str) -> Jwt {
    let signer = Signer::new(algorithm, key.as_bytes()).unwrap_or_else(|message| panic!("{algorithm}: {message}"));
    Jwt::plain(signer)
}

#[test]
fn twelve_algorithms_sign_as_others_do() {
    let Some((all, keys)) = vectors("jwt.json").zip(vectors("keys.json")) else { return };
    let mut seen = 0;
    for row in all["tokens"].as_array().unwrap() {
        let text = |name: &str| row[name].as_str().unwrap_or_default();
        let key = if text("key").ends_with(".pem") { pem(&keys, text("key")) } else { text("key").to_owned() };
        let token = jwt(text("alg"), &key).signed(text("header"), text("claims")).unwrap();
        if row["deterministic"] == true {
            assert_eq!(token, text("token"), "{}", text("alg"));
        } else {
            let (message, signature) = token.rsplit_once('.').unwrap();
            assert_eq!(message, text("token").rsplit_once('.').unwrap().0);
            let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
            let public = public(text("key"));
            verify(text("alg"), &keys[&public], message.as_bytes(), &signature);
        }
        seen += 1;
    }
    assert_eq!(seen, 12);
}

/// The name of the public key that belongs to a private one.
fn public(private: &str) -> String {
    format!("{}-public.pem", private.split('-').next().unwrap())
}

/// Signs what a published signature is of, and holds the two against each other: they are equal, or both hold.
fn sign_as_published(algorithm: &str, key: &[u8], message: &str, published: &str, public: Option<&Json>) {
    let signer = Signer::new(algorithm, key).unwrap_or_else(|reason| panic!("{algorithm}: {reason}"));
    let signature = signer.sign(message.as_bytes()).unwrap();
    match public {
        None => assert_eq!(BASE64_URL_SAFE_NO_PAD.encode(signature), published, "{algorithm}"),
        Some(public) => {
            let published = BASE64_URL_SAFE_NO_PAD.decode(published).unwrap();
            for signature in [signature, published] {
                verify(algorithm, public, message.as_bytes(), &signature);
            }
            let other = Signer::new(algorithm, key).unwrap().sign(b"another").unwrap();
            assert!(!holds(algorithm, public, message.as_bytes(), &other), "{algorithm}");
        }
    }
}

#[test]
fn signatures_of_rfc_7515_and_8037_are_made() {
    let Some((all, keys)) = vectors("jwt.json").zip(vectors("keys.json")) else { return };
    let rows = all["rfc"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    for row in rows {
        let text = |name: &str| row[name].as_str().unwrap_or_default();
        let message = format!("{}.{}", text("header_base64url"), text("payload_base64url"));
        let (key, public) = match row["key"].as_str() {
            None => (BASE64_URL_SAFE_NO_PAD.decode(text("key_base64url")).unwrap(), None),
            Some(name) => (pem(&keys, name).into_bytes(), (text("alg") == "ES256").then(|| &keys[&public(name)])),
        };
        sign_as_published(text("alg"), &key, &message, text("signature"), public);
    }
}

#[test]
fn examples_of_rfc_7520_are_signed() {
    let Some(keys) = vectors("keys.json") else { return };
    let own = vectors("cookbook-3_4.rsa_private_key.json").unwrap();
    for (file, key) in [
        ("cookbook-4_1.rsa_v15_signature.json", "rsa-pkcs8.pem"),
        ("cookbook-4_2.rsa-pss_signature.json", "rsa-pkcs1.pem"),
        ("cookbook-4_3.ecdsa_signature.json", ""),
        ("cookbook-4_4.hmac-sha2_integrity_protection.json", ""),
        ("cookbook-jws.json", "ed25519-pkcs8.pem"),
    ] {
        let example = vectors(file).unwrap();
        let (signing, jwk) = (&example["signing"], &example["input"]["key"]);
        let text = |name: &str| signing[name].as_str().unwrap();
        let algorithm = example["input"]["alg"].as_str().unwrap();
        let payload = BASE64_URL_SAFE_NO_PAD.encode(example["input"]["payload"].as_str().unwrap());
        let message = format!("{}.{payload}", text("protected_b64u"));
        assert_eq!(message, text("sig-input"), "{file}");
        let (key, public) = match algorithm {
            "ES512" => {
                assert_eq!(vectors("cookbook-3_2.ec_private_key.json").unwrap()["x"], jwk["x"]);
                let refused = Signer::new(algorithm, b"a key").err().unwrap();
                assert!(refused.contains("\"ES512\" cannot be signed") && refused.contains("ES384"), "{refused}");
                continue;
            }
            "HS256" => {
                assert_eq!(vectors("cookbook-3_5.symmetric_key_mac_computation.json").unwrap()["k"], jwk["k"]);
                (BASE64_URL_SAFE_NO_PAD.decode(jwk["k"].as_str().unwrap()).unwrap(), None)
            }
            _ => (pem(&keys, key).into_bytes(), (algorithm == "PS384").then(|| &keys["rsa-public.pem"])),
        };
        if jwk["kty"] == "RSA" {
            assert_eq!(own["n"], jwk["n"], "{file}");
        }
        sign_as_published(algorithm, &key, &message, text("sig"), public);
    }
}

/// Checks a signature with the public key, whose bits stand at the end of its DER.
fn verify(algorithm: &str, key: &Json, message: &[u8], signature: &[u8]) {
    assert!(holds(algorithm, key, message, signature), "{algorithm}: the signature does not hold");
}

fn holds(algorithm: &str, key: &Json, message: &[u8], signature: &[u8]) -> bool {
    use base64::prelude::BASE64_STANDARD;
    let der = BASE64_STANDARD.decode(key["der_base64"].as_str().unwrap()).unwrap();
    let (with, length): (&dyn VerificationAlgorithm, usize) = match algorithm {
        "PS256" => (&signature::RSA_PSS_2048_8192_SHA256, der.len() - 24),
        "PS384" => (&signature::RSA_PSS_2048_8192_SHA384, der.len() - 24),
        "PS512" => (&signature::RSA_PSS_2048_8192_SHA512, der.len() - 24),
        "ES256" => (&signature::ECDSA_P256_SHA256_FIXED, 65),
        "ES384" => (&signature::ECDSA_P384_SHA384_FIXED, 97),
        other => panic!("{other} is deterministic"),
    };
    let bits = &der[der.len() - length..];
    let public = UnparsedPublicKey::new(with, bits);
    public.verify(message, signature).is_ok()
}

#[test]
fn older_forms_of_keys_are_the_same_keys() {
    let Some(keys) = vectors("keys.json") else { return };
    let signed = |algorithm: &str, name: &str| jwt(algorithm, &pem(&keys, name)).signed("{}", "{}").unwrap();
    assert_eq!(signed("RS256", "rsa-pkcs1.pem"), signed("RS256", "rsa-pkcs8.pem"));
    assert!(signed("ES256", "ec256-sec1.pem").len() > 80);
    let other = Signer::new("ES384", pem(&keys, "ec256-sec1.pem").as_bytes()).err().unwrap();
    assert!(other.contains("no key for ES384"), "{other}");
}

#[test]
fn times_and_a_number_are_set_unless_they_are_given() {
    let decode =
        |part: &str| -> Json { serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap() };
    let mut jwt = jwt("HS256", "0123456789abcdef0123456789abcdef");
    jwt.claims.insert("exp".to_owned(), 5.into());
    let date = UNIX_EPOCH + std::time::Duration::from_secs(1000);
    let token = jwt.token(date, &[("iss", "me")]).unwrap();
    let claims = decode(token.split('.').nth(1).unwrap());
    assert_eq!((&claims["exp"], &claims["iat"], &claims["iss"]), (&json!(5), &json!(1000), &json!("me")));
    assert_eq!(claims["jti"].as_str().map(str::len), Some(36));
    assert_ne!(token, jwt.token(date, &[("iss", "me")]).unwrap());
    jwt.claims.clear();
    let claims = decode(jwt.token(date, &[]).unwrap().split('.').nth(1).unwrap());
    assert_eq!(claims["exp"], 1300);
}
