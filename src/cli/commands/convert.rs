//! `resttest convert`: what people have from elsewhere, as a suite.
//!
//! Owns: reading the files, where the suite goes, that nothing is replaced unasked, the exit. Does not: know any format
//! (see `convert`).

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::verified::verify;
use crate::cli::args::arguments::Arguments;
use crate::cli::exit::Exit;
use crate::cli::terminal::{fail, fail_at, print_foreign};
use crate::convert::{self, Input, MadeSuite, Options, Refusal, Schemas, SecretValues, Written};
use crate::ground::file_root::FileRoot;
use crate::ground::input::{open_input_text, read_stdin};
use crate::ground::printable;
use crate::ground::source::{Source, plain};

/// The largest source; a recording of a browser may be large.
const LARGEST: u64 = 256 << 20;

/// What is read from stdin is called so.
const STDIN: &str = "-";

/// The names that a suite's secrets have, beside it.
const SECRETS: &str = "secrets.example.yaml";

/// What only says how requests are sent.
const SENT_WITH: [&str; 6] = ["url", "timeout", "ssl-insecure", "allow-host", "deny-host", "offline"];

/// A file to be written.
struct Output {
    path: PathBuf,
    bytes: Vec<u8>,
}

/// Converts the files that the words name.
pub fn run(arguments: &Arguments) -> Exit {
    if arguments.positional.is_empty() {
        let message = "the files to be converted are missing: resttest convert FILE... [-o SUITE.yaml|DIR]";
        return fail(Exit::Usage, message);
    }
    if let Some(flag) = SENT_WITH.iter().find(|flag| arguments.given.contains(flag)).filter(|_| !arguments.verifies) {
        return fail(Exit::Usage, &format!("option --{flag} is about requests that are sent: add --verify"));
    }
    let mut inputs = Vec::new();
    for name in &arguments.positional {
        match read(name) {
            Ok(input) => inputs.push(input),
            Err(exit) => return exit,
        }
    }
    let folder = arguments.into.as_deref().filter(|path| is_folder(path));
    // Into a folder, each file becomes a suite of its own.
    let groups: Vec<&[Input]> = if folder.is_some() { inputs.chunks(1).collect() } else { vec![&inputs] };
    let mut options = arguments.convert.clone();
    if arguments.into.is_none() {
        // Files beside the suite have no place to be.
        options.openapi.schemas = Schemas::Inline;
    }
    let mut made: Vec<(String, Written)> = Vec::new();
    let mut unanswered: Vec<String> = Vec::new();
    for inputs in groups {
        let mut suite = match converted(inputs, &options) {
            Ok(suite) => suite,
            Err(exit) => return exit,
        };
        let name = match (folder, &arguments.into, inputs.first()) {
            (Some(folder), _, Some(input)) => {
                let name = named_after(&input.source, made.len());
                let path = |name: &str| Path::new(folder).join(name).to_string_lossy().into_owned();
                let is_free = |name: &String| !made.iter().any(|(have, _)| have.eq_ignore_ascii_case(name));
                let stem = name.trim_end_matches(".yaml");
                let numbered = (2..).map(|number| path(&format!("{stem}_{number}.yaml")));
                std::iter::once(path(&name)).chain(numbered).find(is_free).unwrap_or_default()
            }
            (_, Some(file), _) => file.clone(),
            _ => "SUITE.yaml".to_owned(),
        };
        if arguments.verifies {
            if arguments.into.is_some() && !arguments.force && Path::new(&name).symlink_metadata().is_ok() {
                return fail(Exit::Output, &format!("{name} exists, so nothing was sent; --force replaces it"));
            }
            let kept = Options { secrets: SecretValues::Kept, ..options.clone() };
            let told = converted(inputs, &kept).and_then(|sent| verify(&mut suite, sent, (&name, arguments)));
            match told {
                Ok(told) => unanswered.extend(told),
                Err(exit) => return exit,
            }
        }
        // What lies beside all of them has one meaning for all of them.
        options.beside.extend(suite.hidden().clone());
        let files = suite.files.iter().map(|(name, bytes)| (name.clone(), String::from_utf8_lossy(bytes).into_owned()));
        options.openapi.beside.extend(files);
        made.push((name, convert::write(suite)));
    }
    let has_losses = made.iter().any(|(_, written)| written.has_losses());
    let mut report: String = made.iter().map(|(name, written)| written.report(name)).collect();
    for line in &unanswered {
        let _ = writeln!(report, "{}", printable::one_line(line));
    }
    let exit = match &arguments.into {
        Some(_) => write(made, arguments.force),
        None => {
            let text: String = made.into_iter().map(|(_, written)| written.suite).collect();
            print_foreign(&text)
        }
    };
    // Notes and losses are for people; the suite may be what stdout is for.
    let _ = std::io::stderr().write_all(printable::lines(&report).as_bytes());
    match exit {
        Exit::Failed(0) if (has_losses || !unanswered.is_empty()) && arguments.strict => Exit::Failed(1),
        exit => exit,
    }
}

fn converted(inputs: &[Input], options: &Options) -> Result<MadeSuite, Exit> {
    convert::convert(inputs, options).map_err(|refusal| match refusal {
        Refusal::Unreadable(fault) => fail_at(Exit::Input, &fault),
        Refusal::Invalid(fault) => fail_at(Exit::Suite, &fault),
    })
}

fn read(name: &str) -> Result<Input, Exit> {
    let unreadable = |error: std::io::Error| fail(Exit::Input, &format!("{name} cannot be read: {}", plain(&error)));
    let text = if name == STDIN {
        let bytes = read_stdin(LARGEST).map_err(unreadable)?;
        String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to() + 1;
            fail(Exit::Input, &format!("stdin cannot be read: not UTF-8 at byte {at}"))
        })?
    } else {
        open_input_text(Path::new(name), LARGEST).map_err(unreadable)?
    };
    let folder = Path::new(name).parent().map(Path::to_path_buf).unwrap_or_default();
    let shown = if name == STDIN { "stdin" } else { name };
    Ok(Input { source: Source::new(shown, text), folder })
}

/// A folder is one that is there, or a name that no suite has.
fn is_folder(path: &str) -> bool {
    let is_suite = Path::new(path).extension().is_some_and(|ending| ["yaml", "yml"].iter().any(|name| ending == *name));
    path.ends_with('/') || Path::new(path).is_dir() || !is_suite
}

/// `shop.json` becomes `shop.yaml`, `shop.postman_collection.json` too.
fn named_after(source: &Source, number: usize) -> String {
    let name = Path::new(&**source.name()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let stem = name.split('.').find(|part| !part.is_empty()).unwrap_or_default().to_owned();
    if stem.is_empty() { format!("suite{}.yaml", number + 1) } else { format!("{stem}.yaml") }
}

/// Writes all of it, or nothing where one of the files is there already.
fn write(made: Vec<(String, Written)>, force: bool) -> Exit {
    let mut outputs: Vec<Output> = Vec::new();
    let mut secrets = String::new();
    for (name, written) in made {
        let folder = Path::new(&name).parent().unwrap_or(Path::new("")).to_path_buf();
        outputs.extend(written.files.into_iter().map(|(name, bytes)| Output { path: folder.join(name), bytes }));
        for line in written.secrets.iter().flat_map(|names| names.lines()) {
            // The first suite's remarks hold for all, and a secret that two suites have stands there once.
            if !secrets.lines().any(|have| have == line) {
                secrets.push_str(line);
                secrets.push('\n');
            }
        }
        outputs.push(Output { path: PathBuf::from(&name), bytes: written.suite.into_bytes() });
    }
    if let Some(folder) = outputs.last().and_then(|output| output.path.parent()).filter(|_| !secrets.is_empty()) {
        outputs.push(Output { path: folder.join(SECRETS), bytes: secrets.into_bytes() });
    }
    let mut there: Vec<String> = Vec::new();
    for output in outputs.iter().filter(|output| output.path.symlink_metadata().is_ok()) {
        there.push(output.path.display().to_string());
    }
    if !there.is_empty() && !force {
        let (verb, them) = if there.len() == 1 { ("exists", "it") } else { ("exist", "them") };
        let message = format!("{} {verb}, so nothing was written; --force replaces {them}", there.join(" and "));
        return fail(Exit::Output, &message);
    }
    let root = match FileRoot::new("/") {
        Ok(root) => root,
        Err(message) => return fail(Exit::Output, &message),
    };
    let mut told = String::new();
    for Output { path, bytes } in &outputs {
        if let Err(message) = root.write(&path.to_string_lossy(), bytes) {
            return fail(Exit::Output, &message);
        }
        let _ = writeln!(told, "wrote {}", path.display());
    }
    print_foreign(&told)
}
