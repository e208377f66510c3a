//! What the flags of authentication come to: one choice for all requests.
//!
//! Owns: which of them may stand together. Does not: read a block (see `suite::auth`).

use std::path::Path;
use std::sync::OnceLock;

use crate::auth::{AuthChoice, Wrong};
use crate::exchange::curl_options::Sigv4Scope;
use crate::ground::source::{Fault, Location};
use crate::suite::auth::{of_option, read_file};
use crate::suite::{ReadOptions, SuiteError};

/// What the flags ask for.
#[derive(Default)]
pub struct AuthWanted {
    /// `--auth`.
    pub file: Option<String>,
    /// `--oauth2-bearer`; of it and of what is below, the last one counts.
    bearer: Option<String>,
    /// `--user`.
    user: Option<(String, String)>,
    /// `--digest` or `--aws-sigv4`.
    scheme: Option<Scheme>,
    /// `--netrc`, and `--netrc-file` with its file.
    netrc: Option<Option<String>>,
    /// What they come to.
    chosen: OnceLock<AuthChoice>,
}

/// What makes something else than Basic of a name and a password.
pub enum Scheme {
    /// Digest.
    Digest,
    /// Signatures of AWS.
    Sigv4(Sigv4Scope),
}

/// A block that flags ask for.
pub struct Wanted<'a> {
    /// The flag that names it.
    pub flag: &'static str,
    /// Its kind.
    pub kind: &'static str,
    /// Its values.
    pub values: Vec<(&'static str, &'a str)>,
}

impl Wanted<'_> {
    /// Whether a name and a password of the URL can be meant for it.
    pub fn wants_user(&self) -> bool {
        self.kind == "digest" && self.values.is_empty()
    }
}

impl std::fmt::Debug for AuthWanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthWanted").finish_non_exhaustive()
    }
}

/// Why there is nothing to prove it with.
pub enum WrongAuth {
    /// The flags themselves.
    Usage(String),
    /// The file.
    File(SuiteError),
}

impl WrongAuth {
    /// What is wrong with the values of a flag.
    fn of(flag: &str, Wrong { message, is_unreadable, .. }: Wrong) -> WrongAuth {
        if !is_unreadable {
            return WrongAuth::Usage(format!("option --{flag}: {message}"));
        }
        let place = Location { file: format!("--{flag}").into(), ..Location::default() };
        let message = message.strip_prefix("file: ").unwrap_or(&message);
        WrongAuth::File(SuiteError::Unreadable(vec![Fault::new(place, message)]))
    }
}

impl AuthWanted {
    /// `--user`.
    pub fn set_user(&mut self, name: &str, password: &str) {
        self.user = Some((name.to_owned(), password.to_owned()));
        self.bearer = None;
    }

    /// `--digest`, `--aws-sigv4`.
    pub fn set_scheme(&mut self, scheme: Scheme) {
        self.scheme = Some(scheme);
        self.bearer = None;
    }

    /// `--netrc`, or `--netrc-file` with a file, which `--netrc` leaves as it is.
    pub fn set_netrc(&mut self, file: Option<&str>) {
        let named = file.map(str::to_owned).or_else(|| self.netrc.take().flatten());
        self.netrc = Some(named);
        self.bearer = None;
    }

    /// `--oauth2-bearer`.
    pub fn set_bearer(&mut self, token: &str) {
        self.bearer = Some(token.to_owned());
        (self.user, self.scheme, self.netrc) = (None, None, None);
    }

    /// The block that the flags but `--auth` ask for, if they do.
    ///
    /// # Errors
    /// Two of them stand against each other.
    pub fn block(&self) -> Result<Option<Wanted<'_>>, String> {
        if let Some(token) = &self.bearer {
            return Ok(Some(Wanted { flag: "oauth2-bearer", kind: "bearer", values: vec![("token", token)] }));
        }
        let netrc = self.netrc.as_ref().map(|file| if file.is_some() { "netrc-file" } else { "netrc" });
        let (flag, kind, names) = match (&self.scheme, netrc) {
            (Some(Scheme::Sigv4(_)), None) => ("aws-sigv4", "aws_sigv4", ["access_key_id", "secret_access_key"]),
            (Some(Scheme::Sigv4(_)), Some(netrc)) => return Err(exclude("aws-sigv4", netrc)),
            (Some(Scheme::Digest), _) => ("digest", "digest", ["username", "password"]),
            (None, Some(netrc)) => (netrc, "netrc", ["", ""]),
            (None, None) if self.user.is_none() => return Ok(None),
            (None, None) => ("user", "basic", ["username", "password"]),
        };
        let mut values = Vec::new();
        match (&self.user, netrc) {
            (Some(_), Some(netrc)) => return Err(exclude("user", netrc)),
            (Some((name, password)), None) => values.extend([(names[0], name.as_str()), (names[1], password.as_str())]),
            (None, _) => values.extend(self.netrc.iter().flatten().map(|file| ("file", file.as_str()))),
        }
        if let Some(Scheme::Sigv4(Sigv4Scope { region, service })) = &self.scheme {
            values.extend(region.iter().map(|region| ("region", region.as_str())));
            values.extend(service.iter().map(|service| ("service", service.as_str())));
        }
        Ok(Some(Wanted { flag, kind, values }))
    }

    /// What they come to, once they are settled.
    pub fn chosen(&self) -> Option<&AuthChoice> {
        self.chosen.get()
    }

    /// Settles what they come to.
    ///
    /// # Errors
    /// Two of them stand against each other; a file cannot be read, or a value not be used.
    pub fn settle(&self, options: &ReadOptions) -> Result<(), WrongAuth> {
        if let Some(choice) = self.choice(options)? {
            let _ = self.chosen.set(choice);
        }
        Ok(())
    }

    fn choice(&self, options: &ReadOptions) -> Result<Option<AuthChoice>, WrongAuth> {
        match (&self.file, self.block().map_err(WrongAuth::Usage)?) {
            (None, None) => Ok(None),
            (Some(_), Some(Wanted { flag, .. })) => Err(WrongAuth::Usage(exclude("auth", flag))),
            (None, Some(Wanted { flag, kind, values })) => {
                let block = of_option(kind, &values, flag, options);
                block.map(Some).map_err(|wrong| WrongAuth::of(flag, wrong))
            }
            (Some(file), None) => {
                let (path, name) = split(file);
                read_file(Path::new(path), name, options).map(Some).map_err(WrongAuth::File)
            }
        }
    }
}

fn exclude(one: &str, other: &str) -> String {
    format!("options --{one} and --{other} exclude each other; keep one")
}

/// The file and the name; a file that is called so as a whole has no name.
fn split(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((path, name)) if !path.is_empty() && !name.contains(['/', '\\']) && !Path::new(text).exists() => {
            (path, Some(name))
        }
        _ => (text, None),
    }
}
