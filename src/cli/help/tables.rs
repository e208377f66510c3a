//! The tables in guides, made from the tables that the program itself works with.
//!
//! Owns: `{{name}}` lines to laid-out rows. Does not: hold any name, number or help line of its own,
//! but for the environment variables.

use crate::cli::args::command::Command;
use crate::cli::args::flags::FLAGS;
use crate::cli::exit::Exit;
use crate::cli::help::layout;
use crate::exchange::curl_options::{self, Effect};
use crate::judge::validate;
use crate::load::metrics::{Aggregate, Metric};
use crate::suite::keys::{Element, GENERATORS, Key};
use crate::variables::generator;

/// The environment variables that are read.
pub const ENVIRONMENT: &[(&str, &str)] = &[
    ("NO_COLOR", "no colours"),
    ("PAGER", "what shows long help on a terminal; default less"),
    ("SSL_CERT_FILE, SSL_CERT_DIR", "the certificates to trust instead of the system's"),
    ("http_proxy, https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY", "the proxy, as for curl"),
    ("no_proxy, NO_PROXY", "hosts that are reached without it"),
];

/// The table of a name; `None` if there is none.
pub fn table(name: &str) -> Option<String> {
    let (kind, argument) = name.split_once(' ').unwrap_or((name, ""));
    let rows = match kind {
        "flags" => flag_rows(),
        "commands" => Command::shown().map(|(name, _, help)| row([name, help])).collect(),
        "exit-codes" => Exit::TABLE.iter().map(|(code, meaning)| row([*code, *meaning])).collect(),
        "environment" => ENVIRONMENT.iter().map(|(name, meaning)| row([*name, *meaning])).collect(),
        "keys" => Element::ALL.iter().find(|(word, _)| *word == argument).map(|(_, element)| keys(element.keys()))?,
        "generators" => generators(),
        "character-sets" => {
            generator::character_set_names().map(|name| row([name.to_owned(), characters(name)])).collect()
        }
        "comparators" => validate::comparator_table()
            .iter()
            .map(|(names, meaning)| row([names.join(", "), (*meaning).to_owned()]))
            .collect(),
        "types" => words(validate::TYPES),
        "tests" => words(validate::TESTS),
        "metrics" => Metric::ALL.iter().map(|(name, metric)| row([*name, metric.meaning()])).collect(),
        "aggregates" => words(&Aggregate::NAMES),
        "thresholds" => words(&[crate::load::thresholds::ALLOWED]),
        "retry-statuses" => words(&crate::retry::RETRY_STATUSES.map(|status| status.to_string())),
        "curl-options" => curl(argument)?,
        _ => return None,
    };
    Some(layout::table(&rows))
}

fn row<T: Into<String>, const N: usize>(cells: [T; N]) -> Vec<String> {
    cells.into_iter().map(Into::into).collect()
}

fn words<T: AsRef<str>>(words: &[T]) -> Vec<Vec<String>> {
    vec![vec![words.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(" ")]]
}

fn flag_rows() -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for category in FLAGS {
        rows.push(row([format!("{}:", category.title), String::new()]));
        rows.extend(category.flags.iter().map(|flag| row([flag.usage_in_all(), flag.help.to_owned()])));
    }
    rows
}

fn keys(keys: &[Key]) -> Vec<Vec<String>> {
    let rows = keys.iter().map(|key| {
        let name = if key.is_added { format!("{} +", key.name) } else { key.name.to_owned() };
        row([name, key.takes.shown(), key.default.to_owned(), key.help.to_owned()])
    });
    std::iter::once(row(["key", "takes", "default", "meaning"])).chain(rows).collect()
}

fn generators() -> Vec<Vec<String>> {
    let mut rows = vec![row(["type", "key", "default", "meaning"])];
    for (kind, yields, keys) in GENERATORS {
        rows.push(row([*kind, "", "", *yields]));
        let own = keys.iter().filter(|key| key.name != "type");
        rows.extend(own.map(|key| row(["", key.name, key.default, key.help])));
    }
    rows
}

fn characters(name: &str) -> String {
    let characters = generator::character_set(name).unwrap_or_default();
    characters.chars().map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() }).collect()
}

fn curl(which: &str) -> Option<Vec<Vec<String>>> {
    let wanted: fn(&Effect) -> bool = match which {
        "honoured" => |effect| matches!(effect, Effect::Set(_)),
        "accepted" => |effect| matches!(effect, Effect::Nothing),
        "impossible" => |effect| matches!(effect, Effect::Impossible),
        _ => return None,
    };
    let options = curl_options::table().iter().filter(|option| wanted(&option.effect));
    Some(options.map(|option| row([option.name, option.doc])).collect())
}
