//! The flags that say how every request proves who asks, in place of what suites say.
//!
//! Owns: their rows. Does not: know what they come to (see `auth_wanted`).
//!
//! `check` and `load` write `--user` into the suite that they make.

use crate::cli::args::command::Command;
use crate::cli::args::flag::{Flag, file, value};

/// All that run suites, or say what they would send.
const TESTING: &[Command] = &[Command::Run, Command::Demo, Command::Explain, Command::List];

/// Those, and the commands with a request of their own.
const SENDING: &[Command] =
    &[Command::Run, Command::Demo, Command::Explain, Command::List, Command::Check, Command::Load];

/// The rows.
pub const FLAGS: &[Flag] = &[
    file(
        "auth",
        "FILE[:NAME]",
        "the authentication of all requests: a file with a block of auth, or with blocks by name",
        |to, text| {
            to.auth.file = Some(text.to_owned());
            Ok(())
        },
    )
    .of(TESTING),
    value("user", "NAME:PASSWORD", "Basic authentication, in place of what suites say", |to, text| {
        to.request.user(text)?;
        let (name, password) = text.split_once(':').unwrap_or((text, ""));
        to.auth.block("user", "basic", &[("username", name), ("password", password)]);
        Ok(())
    })
    .of(SENDING)
    .short_in('u', &[Command::Check, Command::Load]),
    value("oauth2-bearer", "TOKEN", "a token in Authorization: Bearer, in place of what suites say", |to, token| {
        to.auth.block("oauth2-bearer", "bearer", &[("token", token)]);
        Ok(())
    })
    .of(TESTING),
];
