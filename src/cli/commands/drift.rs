//! `resttest drift`: what the answers of good runs look like, as a file.
//!
//! Owns: reading what the words name, where the file goes, the exit. Does not: infer shapes (see `shape`), or know the
//! file's form (see `drift`).

use std::io::Write as _;
use std::path::Path;

use crate::cli::args::arguments::Arguments;
use crate::cli::commands::new_file::{new_file, write};
use crate::cli::exit::Exit;
use crate::cli::plan::planning::reject;
use crate::cli::terminal::{fail, print, print_foreign};
use crate::drift::{self, NoAnswers, add_report};
use crate::ground::counted::counted;
use crate::ground::input::{BODY_LIMIT, open_input_text};
use crate::ground::source::plain;
use crate::recording::read_folder;
use crate::shape::{Inference, Shapes};

/// Infers from the folders and reports that the words name.
///
/// # Errors
/// The exit, after the reason has been told.
pub fn run(arguments: &Arguments) -> Result<Exit, Exit> {
    if arguments.positional.is_empty() {
        let message = "what to look at is missing: resttest drift DIR|REPORT.json... [-o FILE.yaml]";
        return Err(fail(Exit::Usage, message));
    }
    let target = new_file(arguments, "written")?;
    let mut inference = Inference::default();
    for name in &arguments.positional {
        add(name, &mut inference)?;
    }
    let shapes = inference.shapes();
    if shapes.answers.is_empty() {
        let names = arguments.positional.join(", ");
        return Err(fail(Exit::Suite, &format!("{names}: no answers were recorded, so there is nothing to look at")));
    }
    let text = drift::text(&shapes);
    let Some(file) = target else { return Ok(print_foreign(&text)) };
    write(&file, &text)?;
    Ok(print(&format!("wrote {}: {}\n", file.path().display(), told(&shapes))))
}

/// `2 answers of 1 operation`.
fn told(shapes: &Shapes) -> String {
    let answers: u64 = shapes.answers.values().map(|shape| shape.answers).sum();
    let mut operations: Vec<_> = shapes.answers.keys().map(|(operation, _)| operation).collect();
    operations.dedup();
    format!("{} of {}", counted(answers, "answer"), counted(operations.len() as u64, "operation"))
}

fn add(name: &str, to: &mut Inference) -> Result<(), Exit> {
    if Path::new(name).is_dir() {
        for recorded in read_folder(Path::new(name)).map_err(|error| reject(&error))? {
            let (method, path) = (&recorded.request.method, &recorded.request.path);
            // What was asked for again was no good answer.
            for answer in recorded.answers.iter().filter(|answer| answer.is_last()) {
                to.add((method, path), &answer.to_response(path));
            }
        }
        return Ok(());
    }
    let unreadable = |why: &str| fail(Exit::Input, &format!("{name} cannot be read: {why}"));
    let text = open_input_text(Path::new(name), BODY_LIMIT).map_err(|error| unreadable(&plain(&error)))?;
    let invalid = |why: String| fail(Exit::Suite, &format!("{name} {why}"));
    let report = serde_json::from_str(&text).map_err(|error| invalid(format!("is no JSON report: {error}")))?;
    let cut = add_report(&report, to).map_err(|NoAnswers(why)| invalid(why))?;
    if cut > 0 {
        let left_out = counted(cut as u64, "answer");
        let _ = writeln!(std::io::stderr(), "{name}: {left_out} not whole in the report, left out");
    }
    Ok(())
}
