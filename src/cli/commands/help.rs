//! `resttest help`: the list, a guide, or what is made from the tables.

use crate::cli::args::arguments::{Arguments, Generated};
use crate::cli::exit::Exit;
use crate::cli::help::{command_help, completions, guides, man, pager, schema};
use crate::cli::terminal::{fail, print};

/// Shows the list, a guide, or what is made from the tables.
pub fn run(arguments: &Arguments) -> Exit {
    if let Some(made) = arguments.made {
        if let Some(word) = arguments.positional.first() {
            return fail(
                Exit::Usage,
                &format!("unexpected argument \"{word}\"; --man, --completions and --schema take no topic"),
            );
        }
        return print(&match made {
            Generated::Man => man::page(),
            Generated::Completions(shell) => completions::script(shell),
            Generated::Schema => schema::text(),
        });
    }
    let bold = pager::is_bold(arguments.skip_term_colors);
    match arguments.positional.as_slice() {
        [] => print(&guides::list()),
        [topic] => match command_help::page(topic, bold).or_else(|| Some(guides::find(topic)?.page(bold))) {
            Some(page) => pager::show(&page),
            None => fail(Exit::Usage, &guides::unknown(topic)),
        },
        [_, more, ..] => fail(Exit::Usage, &format!("unexpected argument \"{more}\"; one topic at a time")),
    }
}
