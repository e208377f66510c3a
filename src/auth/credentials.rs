//! A user's name and password: those of the suite, or those that `.netrc` has for the host.
//!
//! Owns: which of both, where the file is. Does not: know its grammar (see `netrc::entries`), or how they are sent.

use std::path::PathBuf;

use crate::auth::fields::{AuthFields, Wrong};
use crate::auth::netrc::entries::Entry;
use crate::exchange::authorization::CurlFlag;
use crate::ground::input::{TEXT_LIMIT, open_input_text};
use crate::ground::source::plain;
use crate::secrets::Secret;

/// Where a name and its password come from.
pub(super) enum Credentials {
    /// These, at every host.
    Written(String, Secret),
    /// An entry of a file.
    File(Netrc),
}

/// A `.netrc` as it was read.
pub(super) struct Netrc {
    path: PathBuf,
    entries: Vec<Entry>,
    username: Option<String>,
    is_required: bool,
}

impl Credentials {
    /// Those of `username` and `password`; without a password, those of `.netrc`.
    ///
    /// # Errors
    /// There is a password and no name, or the file cannot be read.
    pub fn of(fields: &AuthFields<'_>) -> Result<Credentials, Wrong> {
        match fields.optional("password")? {
            Some(password) => Ok(Credentials::Written(fields.text("username")?, Secret(password))),
            None => Credentials::of_netrc(fields),
        }
    }

    /// Those of `.netrc`: of `file`, of `$NETRC`, or in the home folder.
    ///
    /// # Errors
    /// It cannot be read, and is required.
    pub fn of_netrc(fields: &AuthFields<'_>) -> Result<Credentials, Wrong> {
        let username = fields.optional("username")?;
        let is_required = fields.flag("required")?.unwrap_or(true);
        let Some(path) = netrc_path(fields)? else {
            let message = "no .netrc is known: neither file nor $NETRC nor $HOME says where it is";
            return if is_required {
                Err(message.to_owned().into())
            } else {
                Ok(Credentials::File(Netrc { path: PathBuf::new(), entries: Vec::new(), username, is_required }))
            };
        };
        let key = fields.value("file").map_or("", |_| "file");
        let entries = match open_input_text(&path, TEXT_LIMIT) {
            Ok(text) => Entry::read(&text)
                .map_err(|found| Wrong::of(key, format!("{}:{}: {}", path.display(), found.line, found.reason)))?,
            Err(error) if !is_required && error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                return Err(Wrong::unreadable(key, format!("cannot read {}: {}", path.display(), plain(&error))));
            }
        };
        Ok(Credentials::File(Netrc { path, entries, username, is_required }))
    }

    /// Name and password at an origin; nothing where none are required.
    ///
    /// # Errors
    /// The file has none for this host, and they are required.
    pub fn at(&self, origin: &str) -> Result<Option<(&str, &str)>, String> {
        let netrc = match self {
            Credentials::Written(username, password) => return Ok(Some((username, &password.0))),
            Credentials::File(netrc) => netrc,
        };
        let host = host_of(origin);
        let found = Entry::find(&netrc.entries, host, netrc.username.as_deref());
        match found {
            Some(entry) => Ok(Some((&entry.login, &entry.password.0))),
            None if !netrc.is_required => Ok(None),
            None => {
                let login = netrc.username.as_ref().map_or_else(String::new, |name| format!(" with the login {name}"));
                Err(format!("{} has no entry for {host}{login}", netrc.path.display()))
            }
        }
    }

    /// Where curl is to take them from.
    pub fn curl(&self) -> Vec<CurlFlag> {
        match self {
            Credentials::Written(username, password) => {
                vec![CurlFlag::secret("-u", format!("{username}:"), "AUTH_PASSWORD", &password.0)]
            }
            Credentials::File(netrc) => {
                let mut flags = Vec::new();
                if !netrc.path.as_os_str().is_empty() {
                    flags.push(CurlFlag::plain("--netrc-file", netrc.path.to_string_lossy()));
                }
                if !netrc.is_required {
                    flags.push(CurlFlag::plain("--netrc-optional", ""));
                }
                flags
            }
        }
    }

    /// Hands over every password.
    pub fn each_secret(&self, tell: &mut dyn FnMut(&str)) {
        match self {
            Credentials::Written(_, password) => tell(&password.0),
            Credentials::File(netrc) => netrc.entries.iter().for_each(|entry| tell(&entry.password.0)),
        }
    }
}

/// Where `.netrc` is, if anything says so.
fn netrc_path(fields: &AuthFields<'_>) -> Result<Option<PathBuf>, Wrong> {
    let home = || fields.environment("HOME").map(PathBuf::from);
    if let Some(path) = fields.path("file")? {
        let below = fields.text("file")?.strip_prefix("~/").and_then(|below| Some(home()?.join(below)));
        return Ok(Some(below.unwrap_or(path)));
    }
    let in_home = || home().map(|home| home.join(".netrc"));
    Ok(fields.environment("NETRC").map(PathBuf::from).or_else(in_home))
}

/// What is said of a file that others can read.
pub(super) fn open_to_others(fields: &AuthFields<'_>) -> Option<(&'static str, String)> {
    if fields.value("password").is_some() {
        return None;
    }
    let path = netrc_path(fields).ok()??;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if std::fs::metadata(&path).ok()?.permissions().mode() & 0o044 != 0 {
            let path = path.display();
            return Some(("file", format!("{path} can be read by others; chmod 600 {path} keeps them out")));
        }
    }
    None
}

/// The host of an origin, without the brackets of an IPv6 address.
pub(super) fn host_of(origin: &str) -> &str {
    let authority = origin.split_once("://").map_or(origin, |(_, authority)| authority);
    if let Some((address, _)) = authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return address;
    }
    authority.split_once(':').map_or(authority, |(host, _)| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_a_host() {
        for (origin, host) in [
            ("https://a.test", "a.test"),
            ("http://a.test:8080", "a.test"),
            ("http://[::1]:8080", "::1"),
            ("http://[::1]", "::1"),
        ] {
            assert_eq!(host_of(origin), host);
        }
    }
}
