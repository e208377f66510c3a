//! `.resttest.yaml`: options of a project, in the working directory or above it.
//!
//! Owns: where the file is, its form, what in it is wrong. Does not: know what an option means (see `flags`), or what
//! wins over it (see `presets`).

use std::path::{Path, PathBuf};

use crate::cli::args::command::Command;
use crate::cli::args::egress_flags::is_bound;
use crate::cli::args::flag::{Flag, Takes};
use crate::cli::args::flags;
use crate::cli::args::input_files::source_of;
use crate::cli::args::preset::{Preset, Wrong};
use crate::cli::args::presets::{Given, may_be_set, takes_options_of_run};
use crate::ground::json;
use crate::ground::source::{Fault, Position, Source, nearest};
use crate::ground::value::Value;
use crate::settings::origin::Origin;
use crate::suite::add_excerpts;
use crate::suite::document::{self, Entry, Kind, Language, Node};

/// The file's name.
pub const NAME: &str = ".resttest.yaml";

/// The file that holds here: in a folder, or in one above it up to that which holds `.git`. Outside a repository, no
/// folder above has a say.
pub fn find(folder: &Path) -> Option<PathBuf> {
    let root = folder.ancestors().find(|above| above.join(".git").exists());
    let root = root.unwrap_or(folder);
    let within = folder.ancestors().take_while(|above| above.starts_with(root));
    within.map(|above| above.join(NAME)).find(|file| file.exists())
}

/// What the file says for a command. All of it is looked at, whatever the command.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn read(folder: &Path, file: &Path, command: Command) -> Result<Given, Wrong> {
    let above = folder.ancestors().take_while(|folder| Some(*folder) != file.parent()).count();
    let way = "../".repeat(above);
    let source = source_of(&format!("{way}{NAME}")).map_err(Wrong::SettingsFile)?;
    read_text(source, &way, command)
}

fn read_text(source: Source, way: &str, command: Command) -> Result<Given, Wrong> {
    let read = document::read(source, Language::Yaml).map_err(Wrong::SettingsFile)?;
    let reader = Reader { source: &read.source, way, command };
    let mut given = Given::default();
    let result = match read.roots.as_slice() {
        [] => Ok(()),
        [root] if root.is_null() => Ok(()),
        [Node { kind: Kind::Map(entries), .. }] => reader.top(entries, &mut given),
        [root] => {
            let what = if matches!(root.kind, Kind::List(_)) { "a list" } else { "a single value" };
            Err(reader.fault(root.at, &format!("must be a mapping of options such as max-retries: 2, not {what}")))
        }
        [_, second, ..] => Err(reader.fault(second.at, "must be one document, not several")),
    };
    match (result, read.warnings.into_iter().next()) {
        (Err(fault), _) | (Ok(()), Some(fault)) => Err(Wrong::SettingsFile(fault)),
        (Ok(()), None) => Ok(given),
    }
}

/// The commands that may have options of their own here.
fn sections() -> impl Iterator<Item = (&'static str, Command, &'static str)> {
    Command::shown().filter(|(_, command, _)| *command != Command::Help)
}

struct Reader<'s> {
    source: &'s Source,
    /// From the working directory to the file's folder: `../../`.
    way: &'s str,
    command: Command,
}

impl Reader<'_> {
    fn fault(&self, at: Position, message: &str) -> Fault {
        let mut fault = Fault::new(self.source.location(at), message);
        add_excerpts([&mut fault], self.source);
        fault
    }

    fn top(&self, entries: &[Entry], given: &mut Given) -> Result<(), Fault> {
        for entry in entries {
            match sections().find(|(word, ..)| *word == entry.name) {
                Some((_, command, _)) => self.section(entry, command, given)?,
                None => {
                    let counts = takes_options_of_run(self.command) || is_bound(&entry.name.replace('_', "-"));
                    self.option(entry, Command::Run, counts, given)?;
                }
            }
        }
        Ok(())
    }

    /// Options of a command, under its name. For `explain` and `list` they come after those of a plain run, and win.
    fn section(&self, entry: &Entry, command: Command, given: &mut Given) -> Result<(), Fault> {
        let own = match &entry.value.kind {
            Kind::Map(own) => own,
            Kind::Scalar(Value::Null) => return Ok(()),
            _ => {
                let message = format!("{} must be a mapping of its options", entry.name);
                return Err(self.fault(entry.value.at.or(entry.at), &message));
            }
        };
        let counts = command == self.command;
        for option in own {
            let mut of_command = Given::default();
            self.option(option, command, counts, &mut of_command)?;
            let is_again = |flag: &str| of_command.presets.iter().any(|preset| preset.flag == flag);
            given.presets.retain(|preset| !is_again(preset.flag) && !of_command.off.contains(&preset.flag));
            given.presets.append(&mut of_command.presets);
            given.off.append(&mut of_command.off);
        }
        Ok(())
    }

    fn option(&self, entry: &Entry, command: Command, counts: bool, given: &mut Given) -> Result<(), Fault> {
        let flag = self.flag(entry, command)?;
        let values = self.values(flag, entry)?;
        // Of a plain run's options, a command that is not one takes its own.
        if !counts || !flag.commands.contains(&self.command) {
            return Ok(());
        }
        if values.is_empty() {
            given.off.push(flag.name);
        }
        given.presets.extend(values);
        Ok(())
    }

    /// The flag of an entry: options are written out here.
    fn flag(&self, entry: &Entry, command: Command) -> Result<&'static Flag, Fault> {
        let name = entry.name.replace('_', "-");
        let is_named = |flag: &&Flag| flag.name.replace('_', "-") == name;
        let Some(flag) = flags::all().find(is_named) else {
            let known = flags::all().filter(|flag| may_be_set(flag, command)).map(|flag| flag.name);
            let sections = sections().map(|(word, ..)| word).filter(|_| command == Command::Run);
            let meant = nearest(&name, known.chain(sections));
            let meant = meant.map(|name| format!("; did you mean \"{name}\"?")).unwrap_or_default();
            return Err(self.fault(entry.at, &format!("unknown option \"{}\"{meant}", entry.name)));
        };
        if flag.only_on_command_line {
            let message = format!("option \"{}\" is for the command line only", flag.name);
            return Err(self.fault(entry.at, &message));
        }
        if !flag.commands.contains(&command) {
            let owners: Vec<String> =
                flag.commands.iter().filter(|owner| **owner != Command::Child).map(ToString::to_string).collect();
            let section = flag.commands.first().map(|owner| owner.to_string().replace("resttest ", "") + ": ");
            let message = format!(
                "option \"{}\" belongs to {}; write it below {}",
                flag.name,
                owners.join(", "),
                section.filter(|_| command == Command::Run).unwrap_or_else(|| "its command".to_owned()).trim_end()
            );
            return Err(self.fault(entry.at, &message));
        }
        Ok(flag)
    }

    /// The presets of an entry: one, several of a repeatable option, none of what is switched off.
    fn values(&self, flag: &'static Flag, entry: &Entry) -> Result<Vec<Preset>, Fault> {
        match &entry.value.kind {
            Kind::List(items) if flag.repeats => items
                .iter()
                .map(|item| self.value(flag, item, item.at.or(entry.at)))
                .filter_map(Result::transpose)
                .collect(),
            Kind::List(_) => {
                let message = format!("{} takes one value, not a list", flag.name);
                Err(self.fault(entry.value.at.or(entry.at), &message))
            }
            _ => Ok(self.value(flag, &entry.value, entry.value.at.or(entry.at))?.into_iter().collect()),
        }
    }

    fn value(&self, flag: &'static Flag, node: &Node, at: Position) -> Result<Option<Preset>, Fault> {
        let wrong = |must: &str| Err(self.fault(at, &format!("{} must be {must}", flag.name)));
        let value = match (&node.kind, flag.takes) {
            (Kind::Scalar(Value::Bool(on)), Takes::Nothing | Takes::Percent(_)) => {
                if !on {
                    return Ok(None);
                }
                String::new()
            }
            (_, Takes::Nothing) => return wrong("true or false"),
            (Kind::Scalar(Value::Bool(on)), _) => on.to_string(),
            (Kind::Scalar(Value::Null), _) => return wrong("given a value; there is none"),
            (Kind::Scalar(Value::Date(_)), _) => return wrong("written in quotes"),
            (Kind::Scalar(value), Takes::File(_)) => self.path(flag, &value.to_text()),
            (Kind::Scalar(value), _) => value.to_text(),
            (Kind::Map(_), _) if flag.name == "vars" => json::to_serde(&node.to_value()).to_string(),
            (Kind::Map(_) | Kind::List(_), _) => return wrong("a single value"),
        };
        let origin = Origin::SettingsFile(self.source.location(at));
        Ok(Some(Preset { flag: flag.name, value, origin }))
    }

    /// A path in the file is one from the file's folder.
    fn path(&self, flag: &Flag, path: &str) -> String {
        let whole = |path: &str| {
            let is_free = self.way.is_empty() || path == "-" || path.is_empty() || Path::new(path).is_absolute();
            if is_free { path.to_owned() } else { format!("{}{path}", self.way) }
        };
        match flag.name {
            "tests" => path.split(',').map(|item| whole(item.trim())).collect::<Vec<_>>().join(","),
            _ => whole(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_for(text: &str, command: Command) -> Result<Vec<String>, String> {
        match read_text(Source::new(NAME, text.to_owned()), "../", command) {
            Ok(given) => {
                let shown = |preset: &Preset| format!("{} {} ({})", preset.flag, preset.value, preset.origin);
                let off = given.off.iter().map(|flag| format!("no {flag}"));
                Ok(given.presets.iter().map(shown).chain(off).collect())
            }
            Err(Wrong::SettingsFile(fault)) => Err(fault.to_string()),
            Err(other) => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn options_are_a_mapping_with_those_of_other_commands_under_their_names() {
        let text = "max_retries: 2\nonly: [a*, b]\nskip: c\nstrict: true\nverbose: false\nprint-bodies: no\n\
                    vars: {id: 7, name: x}\nreport-junit: out/j.xml\nreport-json: '-'\nlist: {only: z}\n\
                    demo: {scene: load}\n";
        let of_run = [
            "max-retries 2 (.resttest.yaml:1)",
            "only a* (.resttest.yaml:2)",
            "only b (.resttest.yaml:2)",
            "skip c (.resttest.yaml:3)",
            "strict  (.resttest.yaml:4)",
            "print-bodies false (.resttest.yaml:6)",
            "vars {\"id\":7,\"name\":\"x\"} (.resttest.yaml:7)",
            "report-junit ../out/j.xml (.resttest.yaml:8)",
            "report-json - (.resttest.yaml:9)",
            "no verbose",
        ];
        assert_eq!(read_for(text, Command::Run).unwrap(), of_run);
        assert_eq!(read_for(text, Command::Demo).unwrap(), ["scene load (.resttest.yaml:11)"]);
        let of_list = read_for(text, Command::List).unwrap();
        assert!(
            of_list.contains(&"only z (.resttest.yaml:10)".to_owned()) && !of_list[1].contains("only"),
            "{of_list:?}"
        );
        assert_eq!(read_for("", Command::Run), Ok(Vec::new()));
        assert_eq!(read_for("# nothing\n", Command::Run), Ok(Vec::new()));
        assert_eq!(
            read_for("tests: 'a.yaml, /b/*.yaml'", Command::Run).unwrap()[0],
            "tests ../a.yaml,/b/*.yaml (.resttest.yaml:1)"
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, message) in [
            ("- max-retries: 2", ".resttest.yaml:1:3: must be a mapping of options such as max-retries: 2, not a list"),
            ("max-retrys: 2", ".resttest.yaml:1:1: unknown option \"max-retrys\"; did you mean \"max-retries\"?"),
            ("log: [info]", ".resttest.yaml:1:7: log takes one value, not a list"),
            ("strict: maybe", ".resttest.yaml:1:9: strict must be true or false"),
            ("a: 1\nhelp: true", ".resttest.yaml:1:1: unknown option \"a\""),
            ("help: true", ".resttest.yaml:1:1: option \"help\" is for the command line only"),
            ("scene: load", ".resttest.yaml:1:1: option \"scene\" belongs to resttest demo; write it below demo:"),
            ("demo: {max-conc: 1}", ".resttest.yaml:1:8: unknown option \"max-conc\""),
            ("demo: 1", ".resttest.yaml:1:7: demo must be a mapping of its options"),
            ("url:", ".resttest.yaml:1:1: url must be given a value; there is none"),
            ("rate: {a: 1}", ".resttest.yaml:1:8: rate must be a single value"),
            ("log: a\nlog: b", ".resttest.yaml:2:1: "),
        ] {
            let told = read_for(text, Command::Run).unwrap_err();
            assert!(told.starts_with(message), "{text:?}: {told}");
        }
    }

    #[test]
    fn the_nearest_file_up_to_the_repository_holds() {
        let folder = std::env::temp_dir().join(format!("resttest-settings-{}", std::process::id()));
        let deep = folder.join("repository/one/two");
        std::fs::create_dir_all(&deep).unwrap();
        let write = |path: &str| std::fs::write(folder.join(path), "").unwrap();
        write(NAME);
        assert_eq!(find(&deep), None);
        assert_eq!(find(&folder), Some(folder.join(NAME)));
        std::fs::create_dir_all(folder.join("repository/.git")).unwrap();
        assert_eq!(find(&deep), None);
        write("repository/.resttest.yaml");
        assert_eq!(find(&deep), Some(folder.join("repository/.resttest.yaml")));
        write("repository/one/.resttest.yaml");
        assert_eq!(find(&deep), Some(folder.join("repository/one/.resttest.yaml")));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
