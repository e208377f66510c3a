//! The signatures of JSON Web Tokens: twelve algorithms over rustls' signers and ring's HMAC.
//!
//! Owns: which key fits which algorithm, signatures in the form of RFC 7518. Does not: know claims (see `jwt`).

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::hmac;
use rustls::SignatureScheme;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::SigningKey;

use crate::auth::fields::{AuthFields, Wrong};
use crate::ground::source::did_you_mean;

/// How an algorithm signs.
#[derive(Clone, Copy)]
enum Way {
    /// HMAC, and the length of its hash in bytes.
    Hmac(fn() -> hmac::Algorithm, usize),
    /// As TLS does, and for ECDSA the length of a number.
    Key(SignatureScheme, Option<usize>),
}

/// The algorithms with their names.
const ALGORITHMS: [(&str, Way); 12] = [
    ("HS256", Way::Hmac(|| hmac::HMAC_SHA256, 32)),
    ("HS384", Way::Hmac(|| hmac::HMAC_SHA384, 48)),
    ("HS512", Way::Hmac(|| hmac::HMAC_SHA512, 64)),
    ("RS256", Way::Key(SignatureScheme::RSA_PKCS1_SHA256, None)),
    ("RS384", Way::Key(SignatureScheme::RSA_PKCS1_SHA384, None)),
    ("RS512", Way::Key(SignatureScheme::RSA_PKCS1_SHA512, None)),
    ("PS256", Way::Key(SignatureScheme::RSA_PSS_SHA256, None)),
    ("PS384", Way::Key(SignatureScheme::RSA_PSS_SHA384, None)),
    ("PS512", Way::Key(SignatureScheme::RSA_PSS_SHA512, None)),
    ("ES256", Way::Key(SignatureScheme::ECDSA_NISTP256_SHA256, Some(32))),
    ("ES384", Way::Key(SignatureScheme::ECDSA_NISTP384_SHA384, Some(48))),
    ("EdDSA", Way::Key(SignatureScheme::ED25519, None)),
];

/// Algorithms that have names and are not here.
const OTHERS: [&str; 4] = ["ES512", "ES256K", "Ed448", "none"];

/// A key with the algorithm that it signs by.
pub(super) struct Signer {
    /// The algorithm's name.
    pub algorithm: &'static str,
    key: Key,
}

enum Key {
    Hmac(hmac::Key),
    Pair(Arc<dyn SigningKey>, SignatureScheme, Option<usize>),
}

impl Signer {
    /// The signer of a block: `algorithm`, and one of `key`, `key_file` and `key_base64`.
    pub fn of(fields: &AuthFields<'_>) -> Result<Signer, Wrong> {
        let name = fields.text("algorithm")?;
        let (place, bytes) = given_key(fields, &name)?;
        Signer::new(&name, &bytes).map_err(|message| {
            let of_algorithm = message.starts_with("algorithm");
            Wrong::of(if of_algorithm { "algorithm" } else { place }, message)
        })
    }

    /// A signer with a key: the secret itself for HMAC, or else PEM or DER.
    pub fn new(name: &str, key: &[u8]) -> Result<Signer, String> {
        let Some((algorithm, way)) = ALGORITHMS.iter().find(|(known, _)| *known == name) else {
            let names = ALGORITHMS.map(|(name, _)| name);
            // Whoever names one of these means it.
            let meant = match OTHERS.contains(&name) {
                true => format!("; nor can {}", OTHERS.join(", ")),
                false => did_you_mean(name, names),
            };
            return Err(format!(
                "algorithm \"{}\" cannot be signed{meant}; it is one of {}",
                name.escape_debug(),
                names.join(", ")
            ));
        };
        let key = match *way {
            Way::Hmac(..) if key.is_empty() => return Err("the key is empty".to_owned()),
            Way::Hmac(of, _) => Key::Hmac(hmac::Key::new(of(), key)),
            Way::Key(scheme, numbers) => {
                let pair = pair(key)?;
                if pair.choose_scheme(&[scheme]).is_none() {
                    return Err(format!("the key is no key for {algorithm}: it is one of {:?}", pair.algorithm()));
                }
                Key::Pair(pair, scheme, numbers)
            }
        };
        Ok(Signer { algorithm, key })
    }

    /// Signs.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        match &self.key {
            Key::Hmac(key) => Ok(hmac::sign(key, message).as_ref().to_vec()),
            Key::Pair(pair, scheme, numbers) => {
                let refused = || format!("{} cannot be signed with this key", self.algorithm);
                let signer = pair.choose_scheme(&[*scheme]).ok_or_else(refused)?;
                let signature = signer.sign(message).map_err(|_| refused())?;
                match numbers {
                    None => Ok(signature),
                    Some(length) => fixed(&signature, *length).ok_or_else(refused),
                }
            }
        }
    }
}

/// The key of a block, with the name that it stands under.
pub(super) fn given_key(fields: &AuthFields<'_>, algorithm: &str) -> Result<(&'static str, Vec<u8>), Wrong> {
    let given: Vec<&'static str> =
        ["key", "key_file", "key_base64"].into_iter().filter(|key| fields.value(key).is_some()).collect();
    match given.as_slice() {
        [name @ "key"] => Ok((name, fields.text(name)?.into_bytes())),
        [name @ "key_file"] => {
            let mut bytes = fields.file(name)?.unwrap_or_default();
            // Editors end a file with a line end, which belongs to no secret.
            if least_length(algorithm) > 0 && std::str::from_utf8(&bytes).is_ok() {
                let line = bytes.strip_suffix(b"\n").map(|line| line.strip_suffix(b"\r").unwrap_or(line).len());
                bytes.truncate(line.unwrap_or(bytes.len()));
            }
            Ok((name, bytes))
        }
        [name] => {
            let text: String = fields.text(name)?.split_whitespace().collect();
            let bytes = BASE64_STANDARD.decode(text);
            Ok((name, bytes.map_err(|_| Wrong::of(name, format!("{name} is not base64")))?))
        }
        [] => Err("no key: it needs key, key_file or key_base64".to_owned().into()),
        [one, other, ..] => Err(Wrong::of(other, format!("{one} and {other} exclude each other; keep one"))),
    }
}

/// The length that the secret of an HMAC should have at least (RFC 7518, 3.2).
pub(super) fn least_length(algorithm: &str) -> usize {
    ALGORITHMS.iter().find(|(name, _)| *name == algorithm).map_or(0, |(_, way)| match way {
        Way::Hmac(_, length) => *length,
        Way::Key(..) => 0,
    })
}

/// The key pair in PEM or DER.
fn pair(key: &[u8]) -> Result<Arc<dyn SigningKey>, String> {
    let text = String::from_utf8_lossy(key);
    if text.contains("ENCRYPTED") && text.contains("-----BEGIN") {
        return Err("the key has a password, which cannot be asked for here; without it: \
                    openssl pkey -in KEY.pem -out PLAIN.pem"
            .to_owned());
    }
    let der = match text.contains("-----BEGIN") {
        true => PrivateKeyDer::from_pem_slice(key).map_err(|_| "there is no private key in the PEM".to_owned())?,
        false => PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.to_vec())),
    };
    any_supported_type(&der)
        .map_err(|_| "the key is none that can sign: RSA from 2048 bits on, P-256, P-384 or Ed25519, in PEM".to_owned())
}

/// Both numbers of an ECDSA signature, each in as many bytes as the curve has; DER writes them as short as it can.
fn fixed(der: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(2 * length);
    let mut rest = match der {
        [0x30, 0x81, _, rest @ ..] => rest,
        [0x30, _, rest @ ..] => rest,
        _ => return None,
    };
    for _ in 0..2 {
        let [0x02, size, tail @ ..] = rest else { return None };
        let (number, behind) = tail.split_at_checked(usize::from(*size))?;
        let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
        let digits = &number[start..];
        out.resize(out.len() + length.checked_sub(digits.len())?, 0);
        out.extend_from_slice(digits);
        rest = behind;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_signature_take_all_their_bytes() {
        let der = [0x30, 8, 0x02, 2, 0, 0x81, 0x02, 2, 0x01, 0x02];
        assert_eq!(fixed(&der, 3), Some(vec![0, 0, 0x81, 0, 1, 2]));
        assert_eq!(fixed(&der, 1), None);
        assert_eq!(fixed(&der[..6], 3), None);
        assert_eq!(fixed(b"", 3), None);
    }

    #[test]
    fn a_key_must_be_one_of_its_algorithm() {
        for (name, key, wrong) in [
            ("none", "x", "algorithm \"none\" cannot be signed"),
            ("ES512", "x", "; nor can ES512, ES256K, Ed448, none; it is one of HS256, "),
            ("HS265", "x", "did you mean \"HS256\"?"),
            ("HS256", "", "the key is empty"),
            ("RS256", "x", "none that can sign"),
            (
                "ES256",
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
                "openssl pkey",
            ),
            ("ES256", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "no private key"),
        ] {
            let found = Signer::new(name, key.as_bytes()).err().unwrap_or_default();
            assert!(found.contains(wrong), "{name}: {found}");
        }
    }
}
