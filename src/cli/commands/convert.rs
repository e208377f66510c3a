//! `resttest convert`: what people have from elsewhere, as a suite.
//!
//! Owns: reading the files, where the suite goes, that nothing is replaced unasked, the exit. Does not: know any format
//! (see `convert`).

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::cli::args::arguments::Arguments;
use crate::cli::exit::Exit;
use crate::cli::terminal::{fail, fail_at, print_foreign};
use crate::convert::{self, Input, Refusal, Schemas, Written};
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
    for inputs in groups {
        let suite = match convert::convert(inputs, &options) {
            Ok(suite) => suite,
            Err(Refusal::Unreadable(fault)) => return fail_at(Exit::Input, &fault),
            Err(Refusal::Invalid(fault)) => return fail_at(Exit::Suite, &fault),
        };
        let name = match (folder, &arguments.into, inputs.first()) {
            (Some(folder), _, Some(input)) => {
                let name = Path::new(folder).join(named_after(&input.source, made.len()));
                name.to_string_lossy().into_owned()
            }
            (_, Some(file), _) => file.clone(),
            _ => "SUITE.yaml".to_owned(),
        };
        made.push((name, convert::write(suite)));
    }
    let has_losses = made.iter().any(|(_, written)| written.has_losses());
    let report: String = made.iter().map(|(name, written)| written.report(name)).collect();
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
        Exit::Failed(0) if has_losses && arguments.strict => Exit::Failed(1),
        exit => exit,
    }
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
        if let Some(names) = written.secrets {
            secrets.push_str(&names);
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
