//! Security schemes as `auths` of the suite, and which of them a test uses.
//!
//! Owns: the forms that both sides have, the variables of their secrets. Does not: sign anything.

use serde_json::Value as Json;

use super::super::made::{Loss, MadeTest};
use super::super::text::Text;
use super::super::yaml::Yaml;
use super::Conversion;
use crate::auth::KINDS;
use crate::openapi::{Node, Operation};

/// The schemes that tests use.
#[derive(Default)]
pub(super) struct Schemes {
    used: Vec<(String, Option<Yaml>)>,
    /// Schemes of keys with the variables of their keys.
    keys: Vec<(String, String)>,
}

impl Schemes {
    /// Those that could be translated.
    pub(super) fn take(&mut self) -> Vec<(String, Yaml)> {
        std::mem::take(&mut self.used).into_iter().filter_map(|(name, auth)| Some((name, auth?))).collect()
    }
}

impl<'d> Conversion<'_, 'd> {
    /// Names the scheme of a test, if its operation needs one.
    pub(super) fn secure(&mut self, operation: &Operation<'d>, test: &mut MadeTest) {
        let Some(security) = operation.security() else { return };
        let alternatives: Vec<Vec<(&str, &Json)>> = security
            .items()
            .filter_map(|item| item.json.as_object())
            .map(|item| item.iter().map(|(name, scopes)| (name.as_str(), scopes)).collect())
            .collect();
        // Whoever may come without any does.
        if alternatives.is_empty() || alternatives.iter().any(Vec::is_empty) {
            return;
        }
        let usable = alternatives.iter().find(|needs| needs.iter().all(|(name, scopes)| self.scheme(name, scopes)));
        let Some(needs) = usable.or_else(|| alternatives.first()) else { return };
        let place = self.place(operation.path);
        // A test has one scheme; keys in headers may come besides.
        let main = needs.iter().position(|(name, _)| self.key_header(name).is_none()).unwrap_or(0);
        for (number, (name, scopes)) in needs.iter().enumerate() {
            if number == main {
                if self.scheme(name, scopes) {
                    test.set("auth", Yaml::text(called(name)));
                }
            } else if let Some(header) = self.key_header(name) {
                let key = self.key(&called(name));
                test.request.set_header(header, Text::variable(key));
            } else {
                test.lose(
                    None,
                    &place,
                    format!("{}: the security scheme {name}, which is needed besides", operation.line()),
                );
            }
        }
    }

    fn described(&self, name: &str) -> Option<Node<'d>> {
        self.document.root().get("components")?.get("securitySchemes")?.get(name)
    }

    /// The header that has the key of a scheme.
    fn key_header(&self, name: &str) -> Option<&'d str> {
        let scheme = self.described(name)?;
        let is_it = scheme.text("type") == Some("apiKey") && scheme.text("in").unwrap_or("header") == "header";
        scheme.text("name").filter(|_| is_it)
    }

    /// The variable of a scheme's key.
    fn key(&mut self, name: &str) -> String {
        if let Some((_, variable)) = self.schemes.keys.iter().find(|(have, _)| have == name) {
            return variable.clone();
        }
        let variable = self.secret_variable(name, "key");
        self.schemes.keys.push((name.to_owned(), variable.clone()));
        variable
    }

    /// Whether a scheme has a form here.
    fn scheme(&mut self, name: &str, scopes: &Json) -> bool {
        let name_here = called(name);
        if let Some((_, auth)) = self.schemes.used.iter().find(|(have, _)| *have == name_here) {
            return auth.is_some();
        }
        let auth = match self.described(name) {
            Some(scheme) => self.auth(&name_here, scheme, scopes),
            None => Err("it is not among the securitySchemes".to_owned()),
        };
        if let Err(why) = &auth {
            let what = format!("the security scheme {name}: {why}");
            self.suite.losses.push(Loss { place: self.place(name), what });
        }
        let is_usable = auth.is_ok();
        self.schemes.used.push((name_here, auth.ok()));
        is_usable
    }

    fn auth(&mut self, name: &str, scheme: Node<'d>, scopes: &Json) -> Result<Yaml, String> {
        let kind = scheme.text("type").unwrap_or_default();
        let http = scheme.text("scheme").unwrap_or_default().to_ascii_lowercase();
        match (kind, http.as_str()) {
            ("http", "basic" | "digest") if has_kind(&http) => Ok(Yaml::map([
                ("type", Yaml::text(http)),
                ("username", self.secret(name, "username")),
                ("password", self.secret(name, "password")),
            ])),
            ("http", "bearer") => Ok(self.bearer(name)),
            ("apiKey", _) => Ok(Yaml::map([
                ("type", Yaml::text("api_key")),
                ("name", Yaml::text(scheme.text("name").unwrap_or_default())),
                ("in", Yaml::text(scheme.text("in").unwrap_or("header"))),
                ("value", Text::variable(self.key(name)).to_yaml()),
            ])),
            ("oauth2", _) => self.oauth2(name, scheme, scopes),
            ("openIdConnect", _) => {
                self.suite.note(format!("{name}: sign in, and put the token into ${name}_token"));
                Ok(self.bearer(name))
            }
            ("http", other) => Err(format!("the HTTP scheme {other} has no counterpart here")),
            (other, _) => Err(format!("{other} has no counterpart here")),
        }
    }

    fn bearer(&mut self, name: &str) -> Yaml {
        Yaml::map([("type", Yaml::text("bearer")), ("token", self.secret(name, "token"))])
    }

    fn oauth2(&mut self, name: &str, scheme: Node<'d>, scopes: &Json) -> Result<Yaml, String> {
        let flows = scheme.get("flows");
        let flow = |key: &str| flows.and_then(|flows| flows.get(key));
        let of_machines = |key: &str| flow(key).filter(|_| has_kind("oauth2"));
        let (grant, flow) = match (of_machines("clientCredentials"), of_machines("password")) {
            (Some(flow), _) => ("client_credentials", flow),
            (None, Some(flow)) => ("password", flow),
            (None, None) => {
                self.suite.note(format!("{name}: sign in, and put the token into ${name}_token"));
                return Ok(self.bearer(name));
            }
        };
        let Some(url) = flow.text("tokenUrl").filter(|url| url.contains("://")) else {
            return Err("its tokenUrl is no absolute URL".to_owned());
        };
        let mut members = vec![
            ("type", Yaml::text("oauth2")),
            ("token_url", self.suite.token_url(url.into()).to_yaml()),
            ("grant", Yaml::text(grant)),
            ("client_id", self.secret(name, "client_id")),
            ("client_secret", self.secret(name, "client_secret")),
        ];
        if grant == "password" {
            members.push(("username", self.secret(name, "username")));
            members.push(("password", self.secret(name, "password")));
        }
        let scopes: Vec<Yaml> =
            scopes.as_array().into_iter().flatten().filter_map(Json::as_str).map(Yaml::text).collect();
        if !scopes.is_empty() {
            members.push(("scope", Yaml::List(scopes)));
        }
        Ok(Yaml::map(members))
    }

    /// A value that comes from outside.
    fn secret(&mut self, scheme: &str, what: &str) -> Yaml {
        Text::variable(self.secret_variable(scheme, what)).to_yaml()
    }

    fn secret_variable(&mut self, scheme: &str, what: &str) -> String {
        let variable = self.suite.names.of(&format!("{scheme}_{what}"));
        self.suite.declare_secret(&variable);
        variable
    }
}

/// Whether blocks of `auth` have this type.
fn has_kind(name: &str) -> bool {
    KINDS.iter().any(|kind| kind.name == name)
}

/// A scheme's name here.
fn called(name: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let name: String = name.chars().map(letter).collect();
    // `none` is no scheme, but the lack of one.
    if name == "none" || name.is_empty() { format!("{name}_auth") } else { name }
}
