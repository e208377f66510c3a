//! Tokens against published ones and their keys.

use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};

use super::*;

/// A file of the vectors that are shared beside the repository, where they are there.
fn vectors(file: &str) -> Option<Json> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors/jwt");
    let text = std::fs::read(folder.join(file)).ok()?;
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
            let public = format!("{}-public.pem", text("key").split('-').next().unwrap());
            verify(text("alg"), &keys[&public], message.as_bytes(), &signature);
        }
        seen += 1;
    }
    assert_eq!(seen, 12);
}

/// Checks a signature with the public key, whose bits stand at the end of its DER.
fn verify(algorithm: &str, key: &Json, message: &[u8], signature: &[u8]) {
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
    public.verify(message, signature).unwrap_or_else(|_| panic!("{algorithm}: the signature does not hold"));
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
