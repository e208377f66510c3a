//! The flags of `mock`.
//!
//! Owns: their rows. Does not: know what a mock server does (see `mock`).

use crate::cli::args::choices;
use crate::cli::args::command::Command;
use crate::cli::args::flag::{Flag, file, switch, value, word};
use crate::cli::args::flag_values::{number, yes};
use crate::cli::args::mock_wanted::{address, upstream};
use crate::exchange::token::is_token;
use crate::mock::Checks;
use crate::suite::measures::parse_duration;

const MOCK: &[Command] = &[Command::Mock];

/// The most threads that a server may have.
const MOST_THREADS: usize = 256;

/// The rows.
pub const FLAGS: &[Flag] = &[
    value("listen", "ADDRESS:PORT", "where the server listens (default 127.0.0.1:0, any free port)", |to, written| {
        address(written).map(|address| to.mock.listen = address)
    })
    .of(MOCK),
    file("port-file", "FILE", "write the port there, alone, once the server listens", |to, path| {
        to.mock.port_file = Some(path.to_owned());
        Ok(())
    })
    .of(MOCK),
    value("delay", "TIME", "wait before every answer that has no delay of its own: 50ms, 2s", |to, time| {
        let read = parse_duration(time);
        to.mock.delay = Some(read.ok_or_else(|| format!("must be a time such as 50ms or 2s, not \"{time}\""))?);
        Ok(())
    })
    .of(MOCK),
    value("threads", "N", "threads that answer, at most 256 (default: one a core)", |to, count| {
        let count: usize = number(count, "an integer from 1 to 256")?;
        if !(1..=MOST_THREADS).contains(&count) {
            return Err(format!("must be from 1 to {MOST_THREADS}, not {count}"));
        }
        to.mock.threads = count;
        Ok(())
    })
    .of(MOCK),
    file("tls-cert", "FILE", "serve https with this certificate, PEM; needs --tls-key", |to, path| {
        to.mock.tls_cert = Some(path.to_owned());
        Ok(())
    })
    .of(MOCK),
    file("tls-key", "FILE", "the certificate's key, PEM", |to, path| {
        to.mock.tls_key = Some(path.to_owned());
        Ok(())
    })
    .of(MOCK),
    file("log-requests", "FILE", "write a line of JSON for each request", |to, path| {
        to.mock.log_requests = Some(path.to_owned());
        Ok(())
    })
    .of(MOCK),
    switch("expect-all", "exit 1 at the end if a stub was never hit, or a request matched none", |to, _| {
        yes(&mut to.mock.expects_all)
    })
    .of(MOCK),
    word(
        "validate",
        "HOW",
        Checks::WORDS,
        "requests that an OpenAPI document would refuse (default: error)",
        |to, word| {
            let word = choices::one_of(word, Checks::WORDS)?;
            to.mock.checks = Checks::of(word).unwrap_or_default();
            Ok(())
        },
    )
    .of(MOCK),
    file("record", "DIR", "write each exchange with the upstream there, as a stub that replays it", |to, path| {
        to.mock.record = Some(path.to_owned());
        Ok(())
    })
    .of(MOCK),
    value("upstream", "URL", "pass on there what no stub is for: one origin, https://api.example.com", |to, url| {
        to.mock.upstream = Some(upstream(url)?);
        Ok(())
    })
    .of(MOCK),
    value("record-headers", "NAMES", "headers that tell requests apart in a recording, with commas", |to, names| {
        for name in names.split(',').map(str::trim) {
            if !is_token(name) {
                return Err(format!("must be names of headers with commas between them, not {names:?}"));
            }
            to.mock.record_headers.push(name.to_owned());
        }
        Ok(())
    })
    .of(MOCK)
    .repeated(),
    switch("cors", "let pages of any origin use the server, and answer their preflights", |to, _| {
        yes(&mut to.mock.cors)
    })
    .of(MOCK),
    switch("admin", "tell of requests at /__mock/requests and /__mock/verify, to this machine only", |to, _| {
        yes(&mut to.mock.admin)
    })
    .of(MOCK),
];
