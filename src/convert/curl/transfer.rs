//! What the words of one command say, option by option.
//!
//! Owns: bundles of letters, values beside and behind an option, `--next`. Does not: know what an option means for a test
//! (see `translate`).

use super::options::{self, CurlFlag, Fate};
use super::shell::{CommandLine, Word};
use crate::convert::Input;
use crate::convert::text::Text;
use crate::ground::source::Fault;

/// An option as it was given.
#[derive(Debug, Clone)]
pub struct Given {
    /// Its long name.
    pub name: &'static str,
    /// What follows it; nothing for one that takes nothing.
    pub value: Text,
    /// Whether it is switched on.
    pub is_on: bool,
    /// The offset at which it begins.
    pub at: usize,
}

/// The options and URLs between two `--next`.
#[derive(Debug, Default)]
pub struct Transfer {
    /// Options that mean something, in order.
    pub given: Vec<Given>,
    /// Options that are lost, each with why.
    pub lost: Vec<(Given, &'static str)>,
    /// The names of options that change nothing here.
    pub harmless: Vec<&'static str>,
    /// URLs, in order.
    pub urls: Vec<Word>,
}

impl Transfer {
    /// Whether an option is switched on; the last one counts.
    pub fn is_on(&self, name: &str) -> bool {
        self.last(name).is_some_and(|given| given.is_on)
    }

    /// The last one of an option.
    pub fn last(&self, name: &str) -> Option<&Given> {
        self.given.iter().rev().find(|given| given.name == name)
    }

    /// Its value.
    pub fn value(&self, name: &str) -> Option<&Text> {
        self.last(name).map(|given| &given.value)
    }

    /// All of an option.
    pub fn all<'t>(&'t self, names: &'t [&str]) -> impl Iterator<Item = &'t Given> {
        self.given.iter().filter(|given| names.contains(&given.name))
    }
}

/// Reads the words behind `curl`.
///
/// # Errors
/// Options that curl does not have, or that mean another protocol; values that are missing.
pub fn transfers(input: &Input, command: &CommandLine) -> Result<Vec<Transfer>, Fault> {
    let mut transfers = vec![Transfer::default()];
    let mut words = command.words.iter().skip(1);
    let mut only_urls = false;
    let fault = |at: usize, message: String| Fault::new(super::location(input, at), message);
    while let Some(word) = words.next() {
        let beginning = word.text.beginning();
        let Some(current) = transfers.last_mut() else { break };
        if only_urls || !beginning.starts_with('-') || word.text.as_plain() == Some("-") {
            current.urls.push(word.clone());
            continue;
        }
        if word.text.as_plain() == Some("--") {
            only_urls = true;
            continue;
        }
        let value_of = |flag: &CurlFlag, words: &mut dyn Iterator<Item = &Word>| {
            let missing = || fault(word.at, format!("a value is missing behind --{}", flag.name));
            words.next().map(|word| word.text.clone()).ok_or_else(missing)
        };
        if let Some(name) = beginning.strip_prefix("--") {
            if word.text.has_variables() {
                return Err(fault(word.at, "the name of an option cannot be a variable".to_owned()));
            }
            let (flag, is_on) = options::find(name).map_err(|message| fault(word.at, message))?;
            let value = if flag.takes_value { value_of(&flag, &mut words)? } else { Text::default() };
            take(&mut transfers, &flag, Given { name: flag.name, value, is_on, at: word.at })
                .map_err(|message| fault(word.at, message))?;
            continue;
        }
        let mut rest = word.text.strip_prefix("-").unwrap_or_default();
        while let Some(letter) = rest.beginning().chars().next() {
            let flag = options::of_letter(letter);
            let flag = flag.ok_or_else(|| fault(word.at, format!("curl has no option -{letter}")))?;
            rest = rest.strip_prefix(letter.encode_utf8(&mut [0; 4])).unwrap_or_default();
            let value = match (flag.takes_value, rest.is_empty()) {
                (true, false) => std::mem::take(&mut rest),
                (true, true) => value_of(&flag, &mut words)?,
                (false, _) => Text::default(),
            };
            take(&mut transfers, &flag, Given { name: flag.name, value, is_on: true, at: word.at })
                .map_err(|message| fault(word.at, message))?;
        }
        if !rest.is_empty() {
            return Err(fault(word.at, "the letter of an option cannot be a variable".to_owned()));
        }
    }
    transfers.retain(|transfer| !transfer.urls.is_empty() || !transfer.given.is_empty());
    Ok(transfers)
}

fn take(transfers: &mut Vec<Transfer>, flag: &CurlFlag, given: Given) -> Result<(), String> {
    if flag.name == "next" {
        transfers.push(Transfer::default());
        return Ok(());
    }
    let Some(current) = transfers.last_mut() else { return Ok(()) };
    match flag.fate {
        Fate::Refused => return Err(format!("--{} is not about HTTP over TCP, which alone is tested here", flag.name)),
        Fate::Lost(why) => current.lost.push((given, why)),
        Fate::Harmless => current.harmless.push(flag.name),
        Fate::Means if flag.name == "url" => current.urls.push(Word { text: given.value, at: given.at }),
        Fate::Means => current.given.push(given),
    }
    Ok(())
}
