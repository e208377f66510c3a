//! The tables in guides, made from the tables that the program itself works with.
//!
//! Owns: the name of a table to its Markdown, which a test writes into the guides and holds them to. Does not: hold
//! any name, number or help line of its own.

use crate::cli::args::command::Command;
use crate::cli::args::flags::FLAGS;
use crate::cli::exit::Exit;
use crate::cli::help::environment::ENVIRONMENT;
use crate::exchange::curl_options::{self, Effect};
use crate::judge::validate;
use crate::load::metrics::{Aggregate, Metric};
use crate::suite::keys::{Element, GENERATORS, Key};
use crate::variables::generator;

/// The table of a name, in Markdown; `None` if there is none.
pub fn table(name: &str) -> Option<String> {
    let (kind, argument) = name.split_once(' ').unwrap_or((name, ""));
    let (head, rows): (&[&str], Vec<Vec<String>>) = match kind {
        "flags" => (&["option", "meaning"], flag_rows()),
        "commands" => {
            (&["command", "what it does"], Command::shown().map(|(name, _, help)| row([name, help])).collect())
        }
        "exit-codes" => {
            (&["code", "meaning"], Exit::TABLE.iter().map(|(code, meaning)| row([*code, *meaning])).collect())
        }
        "environment" => {
            (&["variable", "meaning"], ENVIRONMENT.iter().map(|(name, meaning)| row([*name, *meaning])).collect())
        }
        "keys" => {
            let (_, element) = Element::ALL.iter().find(|(word, _)| *word == argument)?;
            (&["key", "takes", "default", "meaning"], keys(element.keys()))
        }
        "generators" => (&["type", "key", "default", "meaning"], generators()),
        "character-sets" => {
            let names = generator::character_set_names();
            (&["name", "characters"], names.map(|name| row([name.to_owned(), characters(name)])).collect())
        }
        "comparators" => {
            let all = validate::comparator_table();
            let rows = all.iter().map(|(names, meaning)| row([names.join(", "), (*meaning).to_owned()]));
            (&["comparator", "holds if"], rows.collect())
        }
        "types" => return Some(words(validate::TYPES)),
        "tests" => return Some(words(validate::TESTS)),
        "metrics" => {
            (&["metric", "meaning"], Metric::ALL.iter().map(|(name, metric)| row([*name, metric.meaning()])).collect())
        }
        "aggregates" => return Some(words(&Aggregate::NAMES)),
        "thresholds" => return Some(words(&[crate::load::thresholds::ALLOWED])),
        "retry-statuses" => return Some(words(&crate::retry::RETRY_STATUSES.map(|status| status.to_string()))),
        "curl-options" => (&["option", "meaning"], curl(argument)?),
        _ => return None,
    };
    Some(markdown(head, &rows))
}

/// A table of Markdown.
fn markdown(head: &[&str], rows: &[Vec<String>]) -> String {
    let mut out = format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(head.len()));
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
        out.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    out
}

fn row<T: Into<String>, const N: usize>(cells: [T; N]) -> Vec<String> {
    cells.into_iter().map(Into::into).collect()
}

/// Names in a row, as an indented block.
fn words<T: AsRef<str>>(words: &[T]) -> String {
    format!("\n    {}\n\n", words.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(" "))
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
    rows.collect()
}

fn generators() -> Vec<Vec<String>> {
    let mut rows = Vec::new();
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
