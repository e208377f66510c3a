//! `resttest help`: the guides. Their tables are made from the program's own: a table stands between `<!-- NAME -->`
//! and `<!-- end -->`, and `UPDATE_GUIDES=1 cargo test guides` writes it anew.
//!
//! Owns: which topics there are, finding one. Does not: hold the texts (see `src/guides/`, packed by
//! `src/build.rs`), make the tables (see
//! `tables`).

use std::fmt::Write as _;
use std::io::Read as _;

use crate::cli::args::command::Command;
use crate::cli::help::layout;
use crate::cli::help::overview;
use crate::ground::source::did_you_mean;

/// A guide.
pub struct Guide {
    /// The word after `resttest help`.
    pub topic: &'static str,
    /// One line for the list.
    pub about: &'static str,
}

/// The texts of all guides, packed by the build script: a name, its text, each ended by a NUL.
const PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/guides.z"));

macro_rules! guides {
    ($($topic:literal: $about:literal,)*) => {
        &[$(Guide { topic: $topic, about: $about }),*]
    };
}

/// All guides, in the order of the list.
pub const GUIDES: &[Guide] = guides! {
    "commands": "what each command does, and what to type for curl, hey and oha",
    "suite": "the suite file: its elements and all their keys",
    "templates": "variables, and where $name is filled in",
    "generators": "values that change from test to test",
    "extractors": "taking values out of answers",
    "validators": "checks on answers",
    "language": "what suites can say beyond PyRestTest's, on one page",
    "openapi": "suites of an OpenAPI document, and answers held against it",
    "drift": "what answers looked like, and when that changes",
    "mutate": "whether a suite notices when an answer changes",
    "mock": "playing the server: stubs, scenarios, faults, delays, resources",
    "mock-openapi": "a server made of an OpenAPI document, or of a recording",
    "record": "recordings: made by a mock or a run, played back, judged anew",
    "bodies": "JSON, forms, files, GraphQL, bytes; queries; answers kept",
    "convert": "suites from curl commands, Hurl, .http and what other tools have",
    "curl": "the curl_option_… keys",
    "auth": "how requests prove who asks: tokens, OAuth 2.0, keys, commands",
    "retry": "sending again what failed",
    "poll": "waiting for a job, or until a service is up",
    "load": "benchmarks and performance blocks",
    "load-results": "what a load run reports: figures, verdict, thresholds, baselines",
    "parallel": "several suites, and several at the same time",
    "runner": "the JSON runner with its environments",
    "egress": "where requests may go: allowed hosts, or nothing but this machine",
    "output": "what is printed, and where; what is hidden",
    "secrets": "where secrets come from, how they stay hidden, masks, leaks",
    "reports": "JUnit, JSON, TAP, HTML, Prometheus, Nagios, GitHub",
    "report-json": "the JSON report, the Prometheus textfile, the file of a load run, key by key",
    "tracing": "OpenTelemetry: spans of a run, traceparent, from a failure to its trace",
    "exit-codes": "what the exit code says",
    "ci": "in pipelines, in containers, in cron",
    "monitoring": "a check that cron repeats: told when the state changes, and not before",
    "settings": "what wins over what, .resttest.yaml, the daily loop; recommended settings",
    "install": "building, the one static file, TLS and proxies, completions",
    "extensions": "programs that add generators, extractors, validators, …; PyRestTest's Python extensions",
    "library": "the crate, and nine programs on it",
    "measured": "how fast it is, and the commands that measure it",
    "troubleshooting": "what to look at when something is not as expected",
    "migrating": "coming from PyRestTest: what differs",
    "changelog": "what is new",
    "roadmap": "what is planned",
    "licenses": "whose works are built in, and their licences",
};

/// The one that nobody wrote: `.ci/licenses.py` makes it of what the packages bring.
const LICENSES: &str = "licenses";

/// The guide of a word.
pub fn find(topic: &str) -> Option<&'static Guide> {
    let topic = topic.to_lowercase().replace('_', "-");
    // What people look for who come from other runners.
    let topic = match topic.as_str() {
        "recheck" | "replay" | "recording" => "record",
        "wait" | "sleep" | "until" => "poll",
        "licence" | "licences" | "third-party" => LICENSES,
        topic => topic,
    };
    let exact = GUIDES.iter().find(|guide| guide.topic == topic);
    // `template`, `exit-code`: what people type for the plural.
    exact.or_else(|| GUIDES.iter().find(|guide| guide.topic.strip_suffix('s') == Some(topic)))
}

/// What is said of a word that is no topic.
pub fn unknown(topic: &str) -> String {
    let topics: Vec<&str> = GUIDES.iter().map(|guide| guide.topic).collect();
    let commands = Command::shown().map(|(name, ..)| name);
    let meant = did_you_mean(topic, topics.iter().copied().chain(commands.clone()));
    let commands: Vec<&str> = commands.collect();
    format!("no guide on \"{topic}\"{meant}; there are {}, and the commands {}", topics.join(", "), commands.join(", "))
}

/// `resttest help`.
pub fn list() -> String {
    let mut out = format!("{}\nresttest help TOPIC prints a guide:\n\n", overview::SHORT);
    let rows: Vec<Vec<String>> =
        GUIDES.iter().map(|guide| vec![guide.topic.to_owned(), guide.about.to_owned()]).collect();
    out.push_str(&layout::table(&rows));
    let _ = write!(
        out,
        "\nresttest help COMMAND                      prints a command's options: {}\n\
         resttest help --man                        writes the man page\n\
         resttest help --completions bash|zsh|fish  writes the completions of a shell\n\
         resttest help --schema                     writes the JSON Schema of a suite, for editors\n",
        Command::shown().map(|(name, ..)| name).collect::<Vec<_>>().join(", ")
    );
    out
}

impl Guide {
    /// The guide, laid out for a terminal.
    pub fn page(&self, bold: bool) -> String {
        let text = self.text();
        let shown: Vec<&str> = text.lines().filter(|line| !is_mark(line)).collect();
        layout::markdown(&shown.join("\n"), bold)
    }

    /// The guide as it is written; empty if there is no file of its name, which a test forbids.
    fn text(&self) -> String {
        let mut all = String::new();
        // What the build script packed can be unpacked.
        let _ = flate2::read::ZlibDecoder::new(PACKED).read_to_string(&mut all);
        let mut parts = all.split('\0');
        while let (Some(topic), Some(text)) = (parts.next(), parts.next()) {
            if topic == self.topic {
                return text.to_owned();
            }
        }
        String::new()
    }
}

/// Whether a line is where a table begins or ends.
fn is_mark(line: &str) -> bool {
    line.starts_with("<!-- ") && line.ends_with(" -->")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::help::environment::ENVIRONMENT;
    use crate::cli::help::tables;

    /// All that somebody wrote.
    fn written() -> impl Iterator<Item = &'static Guide> {
        GUIDES.iter().filter(|guide| guide.topic != LICENSES)
    }

    /// A guide with its tables made anew, and the number of lines that somebody wrote.
    fn made(guide: &Guide) -> (String, usize) {
        let (mut out, mut own) = (String::new(), 0);
        let text = guide.text();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            out.push_str(line);
            out.push('\n');
            own += 1;
            let Some(name) = line.strip_prefix("<!-- ").and_then(|line| line.strip_suffix(" -->")) else { continue };
            let table = tables::table(name).unwrap_or_else(|| panic!("{}: there is no table {name}", guide.topic));
            out.push_str(&table);
            out.push_str("<!-- end -->\n");
            assert!(lines.any(|line| line == "<!-- end -->"), "{}: {name} has no end", guide.topic);
        }
        (out, own)
    }

    #[test]
    fn tables_in_guides_are_the_programs() {
        for guide in written() {
            let (text, own) = made(guide);
            assert!(text.starts_with("# "), "{}", guide.topic);
            assert!(own <= LONGEST, "{} is too long: {own} lines", guide.topic);
            if std::env::var_os("UPDATE_GUIDES").is_some() {
                let path = format!("{}/src/guides/{}.md", env!("CARGO_MANIFEST_DIR"), guide.topic);
                std::fs::write(path, text).expect("a guide");
            } else {
                assert!(
                    text == guide.text(),
                    "{}.md: UPDATE_GUIDES=1 cargo test guides writes its tables",
                    guide.topic
                );
            }
        }
    }

    /// A guide has one subject: so many lines that somebody wrote, at most.
    const LONGEST: usize = 140;

    #[test]
    fn every_flag_key_option_and_name_is_in_a_guide() {
        let all: String = written().map(|guide| guide.page(false)).collect();
        // A cell may go over several lines; its first words are enough to find it.
        let beginning = |help: &str| help.split(' ').take(2).collect::<Vec<_>>().join(" ");
        let is_there = |name: &str| assert!(all.contains(name), "{name} is in no guide");
        crate::cli::args::flags::all().for_each(|flag| is_there(&format!("--{}", flag.name)));
        for (_, element) in crate::suite::keys::Element::ALL {
            element.keys().iter().for_each(|key| {
                is_there(key.name);
                is_there(&beginning(key.help));
            });
        }
        crate::exchange::curl_options::table().iter().for_each(|option| is_there(option.name));
        crate::variables::generator::TYPES.iter().for_each(|name| is_there(name));
        crate::variables::generator::character_set_names().for_each(is_there);
        crate::judge::validate::COMPARATORS.iter().for_each(|name| is_there(name));
        crate::load::metrics::Metric::ALL.iter().for_each(|(name, _)| is_there(name));
        crate::cli::exit::Exit::TABLE
            .iter()
            .for_each(|(_, meaning)| is_there(meaning.split(", ").next().unwrap_or_default()));
        ENVIRONMENT.iter().for_each(|(name, _)| is_there(name.split(',').next().unwrap_or_default()));
    }

    #[test]
    fn topics_are_found_by_what_people_type() {
        for word in
            ["suite", "SUITE", "template", "exit_codes", "exit-code", "wait", "until", "Sleep", "license", "licences"]
        {
            assert!(find(word).is_some(), "{word}");
        }
        assert!(find("nothing").is_none());
        assert!(unknown("validaters").contains("did you mean \"validators\""));
    }
}
