//! `aws_sigv4`: every request is signed with AWS Signature Version 4.
//!
//! Owns: which credentials, region and service, which headers are signed. Does not: compute signatures (see
//! `signature`).

mod signature;

use std::sync::Arc;

use self::signature::{Asked, Keys, PathRule, Payload, Scope};
use crate::auth::credentials::host_of;
use crate::auth::fields::{AuthFields, Wrong};
use crate::auth::keys::{AuthKey, Form, key};
use crate::auth::made::Made;
use crate::exchange::authorization::{Auth, CurlFlag, Unsigned};
use crate::secrets::Secret;

pub(super) const KEYS: &[AuthKey] = &[
    key("access_key_id", Form::Text),
    key("secret_access_key", Form::Text),
    key("session_token", Form::Text),
    key("region", Form::Text),
    key("service", Form::Text),
    key("payload", Form::Word(&["signed", "unsigned"])),
    key("sign_headers", Form::Texts),
    key("sign_body", Form::Flag),
];

/// Where all hosts of the cloud are.
const DOMAIN: &str = ".amazonaws.com";

pub(super) fn make(fields: &AuthFields<'_>) -> Result<Arc<dyn Auth>, Wrong> {
    let from = |key: &str, variables: &[&str]| -> Result<Option<String>, Wrong> {
        match fields.value(key) {
            Some(_) => fields.text(key).map(Some),
            None => Ok(variables.iter().find_map(|name| fields.environment(name))),
        }
    };
    let needed = |key: &str, variable: &str| {
        from(key, &[variable])?.ok_or_else(|| Wrong::from(format!("{key} is missing, and {variable} is not set")))
    };
    // A token of the environment belongs to the keys of the environment.
    let variables: &[&str] = if fields.value("access_key_id").is_some() { &[] } else { &["AWS_SESSION_TOKEN"] };
    let keys = Keys {
        access_key_id: needed("access_key_id", "AWS_ACCESS_KEY_ID")?,
        secret_access_key: Secret(needed("secret_access_key", "AWS_SECRET_ACCESS_KEY")?),
        session_token: from("session_token", variables)?.map(Secret),
    };
    let is_unsigned = match fields.optional("payload")?.as_deref() {
        None | Some("signed") => false,
        Some("unsigned") => true,
        Some(_) => return Err(Wrong::of("payload", "payload must be signed or unsigned")),
    };
    if is_unsigned && fields.flag("sign_body")? == Some(true) {
        return Err(Wrong::of("sign_body", "sign_body and payload: unsigned exclude each other; keep one"));
    }
    Ok(Arc::new(Sigv4 {
        keys,
        region: from("region", &[])?,
        usual_region: from("region", &["AWS_REGION", "AWS_DEFAULT_REGION"])?,
        service: from("service", &[])?,
        payload: if is_unsigned { Some(Payload::Unsigned) } else { fields.flag("sign_body")?.map(payload_of) },
        headers: fields.texts("sign_headers")?.iter().map(|name| name.trim().to_ascii_lowercase()).collect(),
        made: Made::default(),
    }))
}

fn payload_of(is_named: bool) -> Payload {
    if is_named { Payload::Named } else { Payload::Signed }
}

/// Credentials, and what they sign.
struct Sigv4 {
    keys: Keys,
    region: Option<String>,
    /// The region where neither the suite nor the host names one.
    usual_region: Option<String>,
    service: Option<String>,
    /// What the suite says of the body.
    payload: Option<Payload>,
    /// Headers that are signed besides the usual ones.
    headers: Vec<String>,
    /// The last signatures.
    made: Made,
}

impl Sigv4 {
    fn scope(&self, origin: &str) -> Result<Scope, String> {
        let host = host_of(origin).to_ascii_lowercase();
        let named = named_by(&host);
        let region = self.region.as_deref().or(named.map(|(_, region)| region)).or(self.usual_region.as_deref());
        let service = self.service.as_deref().or(named.map(|(service, _)| service));
        let missing = |key: &str, more: &str| {
            format!("aws_sigv4 has no {key}: the host {host} is not SERVICE.REGION{DOMAIN}, so write {key}{more}")
        };
        let service = service.ok_or_else(|| missing("service", ""))?.to_owned();
        let region = region.ok_or_else(|| missing("region", ", or set AWS_REGION"))?.to_owned();
        Ok(Scope { region, service })
    }
}

/// Service and region, where the host names both.
fn named_by(host: &str) -> Option<(&str, &str)> {
    let (front, region) = host.strip_suffix(DOMAIN)?.rsplit_once('.')?;
    // The host of a bucket or of a service for all regions has no region there.
    let is_region = region.contains('-') && region.ends_with(|c: char| c.is_ascii_digit());
    let service = front.rsplit('.').next().filter(|service| is_region && !service.is_empty())?;
    Some((service, region))
}

impl Auth for Sigv4 {
    fn sign(&self, request: &Unsigned<'_>) -> Result<Vec<(String, String)>, String> {
        let scope = self.scope(request.origin)?;
        let is_own = |wanted: &str| request.headers.iter().any(|(name, _)| *name == wanted);
        let payload = match self.payload {
            Some(Payload::Unsigned) if !request.https => {
                return Err("payload: unsigned goes over https only: nothing else keeps the body as it is".to_owned());
            }
            Some(payload) if !(payload == Payload::Signed && scope.is_s3()) => payload,
            _ => payload_of(scope.is_s3() || is_own("x-amz-content-sha256")),
        };
        let is_replaced = |name: &str| match name {
            "x-amz-date" => true,
            "x-amz-content-sha256" => payload != Payload::Signed,
            "x-amz-security-token" => self.keys.session_token.is_some(),
            _ => false,
        };
        let is_signed = |name: &str| {
            !is_replaced(name)
                && (name == "content-type" || name.starts_with("x-amz-") || self.headers.iter().any(|own| own == name))
        };
        let mut headers: Vec<(&str, &[u8])> = vec![("host", request.authority.as_bytes())];
        headers.extend(request.headers.iter().filter(|(name, _)| is_signed(name)));
        let signed = signature::sign(
            &self.keys,
            &scope,
            &Asked {
                method: request.method,
                target: request.path_and_query,
                path_rule: if scope.is_s3() { PathRule::Object } else { PathRule::Normalized },
                headers: &headers,
                body: request.body,
                payload,
                date: request.date,
            },
        );
        let lines = signed.iter().filter(|(name, _)| *name == "authorization");
        lines.filter_map(|(_, line)| line.split("Signature=").nth(1)).for_each(|signature| self.made.note(signature));
        // What was signed as the host is what must be sent.
        let mut lines = vec![("host".to_owned(), request.authority.to_owned())];
        lines.extend(signed.into_iter().map(|(name, value)| (name.to_owned(), value)));
        Ok(lines)
    }

    fn keeps_path(&self, url: &str) -> bool {
        let host =
            url.split_once("://").map_or(url, |(_, rest)| rest).split(['/', '?', '#']).next().unwrap_or_default();
        self.scope(&host.to_ascii_lowercase()).is_ok_and(|scope| scope.is_s3())
    }

    fn curl(&self) -> Vec<CurlFlag> {
        let mut scope = "aws:amz".to_owned();
        // Without them curl reads the host, too.
        if let Some(region) = self.region.as_ref().or(self.usual_region.as_ref()) {
            scope.push_str(&format!(":{region}"));
            scope.extend(self.service.iter().map(|service| format!(":{service}")));
        }
        let login = format!("{}:", self.keys.access_key_id);
        let mut flags = vec![
            CurlFlag::plain("--aws-sigv4", scope),
            CurlFlag::secret("-u", login, "AWS_SECRET_ACCESS_KEY", &self.keys.secret_access_key.0),
        ];
        let token = self.keys.session_token.iter();
        flags.extend(token.map(|token| CurlFlag::header("x-amz-security-token", "", "AWS_SESSION_TOKEN", &token.0)));
        flags
    }

    fn each_secret(&self, tell: &mut dyn FnMut(&str)) {
        tell(&self.keys.secret_access_key.0);
        self.made.each(tell);
        self.each_sent(tell);
    }

    fn each_sent(&self, tell: &mut dyn FnMut(&str)) {
        if let Some(token) = &self.keys.session_token {
            tell(&token.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_names_its_service_and_region() {
        for (host, wanted) in [
            ("sqs.eu-central-1.amazonaws.com", Some(("sqs", "eu-central-1"))),
            ("bucket.s3.us-gov-west-1.amazonaws.com", Some(("s3", "us-gov-west-1"))),
            ("bucket.s3.amazonaws.com", None),
            ("s3.amazonaws.com", None),
            ("iam.amazonaws.com", None),
            ("sqs.eu-central-1.example.org", None),
            (".eu-central-1.amazonaws.com", None),
            ("amazonaws.com", None),
        ] {
            assert_eq!(named_by(host), wanted, "{host}");
        }
    }
}
