//! The flags that say how every request proves who asks, in place of what suites say.
//!
//! Owns: their rows. Does not: know what they come to (see `auth_wanted`).
//!
//! `check` and `load` write what they ask for into the suite that they make, but for what a file has.

use crate::cli::args::auth_wanted::Scheme;
use crate::cli::args::command::Command;
use crate::cli::args::command_sets::REQUESTING;
use crate::cli::args::flag::{Flag, file, switch, value};
use crate::exchange::curl_options::Sigv4Scope;

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
    .of(REQUESTING),
    value("user", "NAME:PASSWORD", "Basic authentication, in place of what suites say", |to, text| {
        to.request.user(text)?;
        let (name, password) = text.split_once(':').unwrap_or((text, ""));
        to.auth.set_user(name, password);
        Ok(())
    })
    .of(REQUESTING)
    .short_in('u', &[Command::Check, Command::Load]),
    switch("digest", "Digest authentication, with --user or what .netrc has for the host", |to, _| {
        to.auth.set_scheme(Scheme::Digest);
        Ok(())
    })
    .of(REQUESTING),
    value(
        "aws-sigv4",
        "aws:amz:REGION:SERVICE",
        "signatures of AWS, with --user KEY_ID:SECRET or AWS_ACCESS_KEY_ID, …; REGION and SERVICE may be left out",
        |to, text| {
            to.auth.set_scheme(Scheme::Sigv4(Sigv4Scope::parse(text)?));
            Ok(())
        },
    )
    .of(REQUESTING),
    switch("netrc", "Basic authentication with what ~/.netrc or $NETRC has for the host", |to, _| {
        to.auth.set_netrc(None);
        Ok(())
    })
    .of(REQUESTING),
    file("netrc-file", "FILE", "the same with this file", |to, text| {
        to.auth.set_netrc(Some(text));
        Ok(())
    })
    .of(REQUESTING),
    value("oauth2-bearer", "TOKEN", "a token in Authorization: Bearer, in place of what suites say", |to, token| {
        to.auth.set_bearer(token);
        Ok(())
    })
    .of(REQUESTING),
];
