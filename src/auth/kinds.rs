//! The kinds of authentication: a table of ours, and those that a program that embeds resttest brings.
//!
//! Owns: both tables. Does not: know what a kind does (each has a file of its own).

use std::sync::Arc;

use crate::auth::credentials::open_to_others;
use crate::auth::fields::{AuthFields, Wrong};
use crate::auth::keys::AuthKey;
use crate::auth::{api_key, basic, bearer, command, digest, jwt, netrc, oauth2, sigv4};
use crate::exchange::authorization::Auth;
use crate::ground::registry::Registry;
use crate::ground::source::did_you_mean;

/// Says what is probably meant otherwise, with the key that it is about.
pub type Doubter = fn(&AuthFields<'_>) -> Option<(&'static str, String)>;

/// A kind of authentication.
pub struct Kind {
    /// Its name, as `type` has it.
    pub name: &'static str,
    /// Its keys besides `type`.
    pub keys: &'static [AuthKey],
    /// What makes it of its values.
    pub make: fn(&AuthFields<'_>) -> Result<Arc<dyn Auth>, Wrong>,
    /// What is probably meant otherwise, with the key that it is about.
    pub doubt: Option<Doubter>,
}

/// The kind that runs a command.
pub const COMMAND: &str = "command";

/// The kinds in the order of the help.
pub const KINDS: &[Kind] = &[
    Kind { name: "basic", keys: basic::KEYS, make: basic::make, doubt: None },
    Kind { name: "bearer", keys: bearer::KEYS, make: bearer::make, doubt: None },
    Kind { name: "api_key", keys: api_key::KEYS, make: api_key::make, doubt: None },
    Kind { name: "digest", keys: digest::KEYS, make: digest::make, doubt: Some(open_to_others) },
    Kind { name: "aws_sigv4", keys: sigv4::KEYS, make: sigv4::make, doubt: None },
    Kind { name: "netrc", keys: netrc::KEYS, make: netrc::make, doubt: Some(open_to_others) },
    Kind { name: "oauth2", keys: oauth2::KEYS, make: oauth2::make, doubt: Some(oauth2::doubt) },
    Kind { name: "jwt", keys: jwt::KEYS, make: jwt::make, doubt: Some(jwt::doubt) },
    Kind { name: COMMAND, keys: command::KEYS, make: command::make, doubt: None },
];

/// What makes an authentication of values.
#[derive(Clone)]
pub enum Maker {
    /// One of ours.
    Kind(&'static Kind),
    /// One that a program has brought.
    Registered(Arc<RegisteredMaker>),
}

impl Maker {
    /// The maker of a kind.
    ///
    /// # Errors
    /// There is none of that name; in words, with what is near.
    pub fn of(name: &str) -> Result<Maker, String> {
        if let Some(maker) = REGISTERED.get(name) {
            return Ok(Maker::Registered(maker));
        }
        if let Some(kind) = KINDS.iter().find(|kind| kind.name == name) {
            return Ok(Maker::Kind(kind));
        }
        let names = REGISTERED.names_after(&KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>());
        let meant = did_you_mean(name, names.iter().map(String::as_str));
        let meant = if meant.is_empty() { format!("; it is one of {}", names.join(", ")) } else { meant };
        Err(format!("unknown type of auth \"{}\"{meant}", name.escape_debug()))
    }

    /// Makes it.
    ///
    /// # Errors
    /// What is wrong with the values.
    pub fn make(&self, fields: &AuthFields<'_>) -> Result<Arc<dyn Auth>, Wrong> {
        match self {
            Maker::Kind(kind) => (kind.make)(fields),
            Maker::Registered(make) => make(fields).map_err(Wrong::from),
        }
    }
}

/// Makes an authentication of the values of a block.
pub type RegisteredMaker = dyn Fn(&AuthFields<'_>) -> Result<Arc<dyn Auth>, String> + Send + Sync;

/// The types that other code brings.
pub static REGISTERED: Registry<RegisteredMaker> = Registry::new("type of auth");

/// Adds a type of `auth` blocks for every suite that is read from here on: `auth: {type: NAME, …}` with any keys. What
/// it makes is kept for equal values, and may keep tokens and sessions in itself.
///
/// # Errors
/// The name is empty, `none`, registered already, or that of a built-in type.
pub fn register_auth(
    name: &str,
    make: impl Fn(&AuthFields<'_>) -> Result<Arc<dyn Auth>, String> + Send + Sync + 'static,
) -> Result<(), String> {
    let taken: Vec<&str> = KINDS.iter().map(|kind| kind.name).chain(["none"]).collect();
    REGISTERED.add(name, &taken, Arc::new(make))
}
