//! The flags of `check`, `load` and `init`: the commands that need no suite file.
//!
//! Owns: their rows. Does not: know what their values mean (see `request_words`).

use crate::cli::args::choices::{self, ALL_MODES, CI_KINDS, MODES};
use crate::cli::args::command::Command;
use crate::cli::args::flag::{Flag, file, switch, value, word};
use crate::cli::args::flag_values::{seconds, yes};
use crate::cli::args::mock_wanted::Mode as Answering;
use crate::load::plan::Mode;

/// Both commands with a request of their own.
const REQUESTING: &[Command] = &[Command::Check, Command::Load];

/// The rows.
pub const FLAGS: &[Flag] = &[
    value("request", "METHOD", "the method (default: GET, with a body POST)", |to, method| {
        to.request.method = Some(method.to_owned());
        Ok(())
    })
    .of(REQUESTING)
    .short('X'),
    value("header", "'NAME: VALUE'", "a header; repeatable; without a value it is not sent", |to, text| {
        to.request.header(text)
    })
    .repeated()
    .of(REQUESTING)
    .repeated()
    .short('H'),
    value(
        "data",
        "BODY|@FILE",
        "the body, or the file that holds it (@- is stdin); of several, & stands in between",
        |to, text| {
            to.request.data.push(text.to_owned());
            Ok(())
        },
    )
    .repeated()
    .of(REQUESTING)
    .repeated()
    .short('d'),
    value("json", "JSON|@FILE", "the body as JSON, with its content type", |to, text| to.request.json(text))
        .of(REQUESTING),
    value("form", "NAME=VALUE", "a field of a form, sent urlencoded; repeatable", |to, text| to.request.form(text))
        .repeated()
        .of(REQUESTING)
        .repeated(),
    value("status", "LIST", "the statuses that pass, such as 200,204 (default: as in a suite)", |to, list| {
        to.request.status(list)
    })
    .of(REQUESTING),
    value(
        "that",
        "'EXTRACTOR ARGUMENT COMPARATOR EXPECTED'",
        "what must hold of the answer: --that 'jsonpath_mini status eq ok'; '' is an empty argument; repeatable",
        |to, line| {
            to.request.expectations.push(line.to_owned());
            Ok(())
        },
    )
    .repeated()
    .of(REQUESTING)
    .repeated(),
    switch("location", "follow redirects", |to, _| yes(&mut to.request.follows_redirects)).of(REQUESTING).short('L'),
    file("save", "FILE.yaml", "write the suite that does the same; secrets become variables", |to, file| {
        to.request.save(file)
    })
    .of(REQUESTING),
    switch("include", "show the answer: its head and its body", |to, _| yes(&mut to.settings.print_answers))
        .of(&[Command::Check])
        .short('i'),
    value("warning", "S", "with --output nagios: a response time above it is a warning", |to, s| {
        seconds(s).map(|limit| to.reports.response_limits.warning = Some(limit))
    })
    .of(&[Command::Check])
    .short('w'),
    value("critical", "S", "with --output nagios: a response time above it is critical", |to, s| {
        seconds(s).map(|limit| to.reports.response_limits.critical = Some(limit))
    })
    .of(&[Command::Check])
    .short('c'),
    word(
        "mode",
        "MODE",
        ALL_MODES,
        "load: async (default), few threads wait for all connections, or sync; mock: mock, proxy, passthrough",
        |to, mode| {
            if to.command == Command::Mock {
                to.mock.mode = Answering::of(choices::one_of(mode, Answering::WORDS)?);
                return Ok(());
            }
            let is_async = choices::one_of(mode, MODES)? == "async";
            to.request.mode = Some(if is_async { Mode::Async } else { Mode::Sync });
            Ok(())
        },
    )
    .of(&[Command::Load, Command::Mock]),
    value("threshold", "CONDITION", "what the run must keep to: --threshold 'p(95)<500'; repeatable", |to, text| {
        to.request.threshold(text)
    })
    .repeated()
    .of(&[Command::Load])
    .repeated(),
    word("ci", "SYSTEM", CI_KINDS, "with init: write the file of github, gitlab or jenkins, too", |to, kind| {
        choices::one_of(kind, CI_KINDS).map(|kind| to.ci = Some(kind))
    })
    .of(&[Command::Init]),
    switch(
        "force",
        "with --save, --record-exchanges, --log-requests, --record, init, convert, drift, mutate: replace what exists",
        |to, _| yes(&mut to.force),
    )
    .of(&[
        Command::Run,
        Command::Demo,
        Command::Explain,
        Command::List,
        Command::Check,
        Command::Load,
        Command::Init,
        Command::Convert,
        Command::Drift,
        Command::Mock,
        Command::Mutate,
    ]),
];
