//! Kinds of authentication: blocks of suites, and what each kind makes of its values.
//!
//! Owns: the table of kinds, a block with its templates, what signs, tokens and their renewal. Does not: read a suite
//! (see `suite::auth`), choose which block holds for a test (the same), send (see `http`).

mod api_key;
mod basic;
mod bearer;
mod block;
mod command;
mod credentials;
mod digest;
mod fields;
mod header_line;
mod jwt;
mod keys;
mod kinds;
mod made;
mod netrc;
mod oauth2;
mod place;
mod signer;
mod sigv4;

pub use self::block::{AuthBlock, AuthChoice, AuthField};
pub use self::fields::{AuthFields, Wrong, text_of};
pub use self::keys::{AuthKey, Form};
pub use self::kinds::{COMMAND, KINDS, Maker, REGISTERED, register_auth};
pub use self::place::Place;
