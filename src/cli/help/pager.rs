//! Long text on a terminal goes through the reader's pager; anywhere else it is just written.

use std::io::{IsTerminal, Write as _};
use std::process::{Command, Stdio};

use crate::cli::exit::Exit;
use crate::cli::terminal::environment;
use crate::cli::terminal::print;

/// Shows a text: with `$PAGER`, else `less -R`, else as it is.
pub fn show(text: &str) -> Exit {
    if !std::io::stdout().is_terminal() {
        return print(text);
    }
    let pager = environment("PAGER").filter(|pager| !pager.trim().is_empty());
    // -F leaves at once if it all fits, -X keeps it on the screen.
    if page(pager.as_deref().unwrap_or("less -FRX"), text) { Exit::Failed(0) } else { print(text) }
}

/// Whether the text was shown.
fn page(pager: &str, text: &str) -> bool {
    let mut words = pager.split_whitespace();
    let Some(program) = words.next() else { return false };
    let Ok(mut child) = Command::new(program).args(words).stdin(Stdio::piped()).spawn() else { return false };
    if let Some(mut pipe) = child.stdin.take() {
        // A reader who has seen enough closes it early.
        let _ = pipe.write_all(text.as_bytes());
    }
    child.wait().is_ok()
}

/// Whether headings may be bold.
pub fn is_bold(plain: bool) -> bool {
    let no_color = environment("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stdout().is_terminal() && !plain && !no_color
}
