//! What people see of a run: the literal lines through a pipe, or a terminal's own, and the line below them that lives
//! as long as the run.
//!
//! Owns: which of them it is. Does not: know what they look like.

use std::io::{self, Write};
use std::time::Instant;

use super::console::{Console, Style};
use super::terminal::{Live, Opening, Terminal};
use crate::ground::printable::one_line;
use crate::record::event::Event;
use crate::record::run_record::RunRecord;

/// Prints a run.
pub struct Display<O, E> {
    lines: Lines<O, E>,
    live: Live,
    style: Style,
}

enum Lines<O, E> {
    Pipe(Box<Console<O, E>>),
    Terminal(Box<Terminal<O>>, E),
}

impl<O: Write, E: Write> Display<O, E> {
    /// A display over two streams.
    pub fn new(out: O, err: E, style: Style) -> Display<O, E> {
        let live = Live::new(style.progress && !style.interactive, style.colour);
        let lines = match style.terminal {
            true => Lines::Terminal(Box::new(Terminal::new(out, style)), err),
            false => Lines::Pipe(Box::new(Console::new(out, err, style))),
        };
        Display { lines, live, style }
    }

    /// Says what the run is about.
    ///
    /// # Errors
    /// The stream is closed.
    pub fn open(&mut self, opening: Opening) -> io::Result<()> {
        self.live.set_total(opening.tests);
        match &mut self.lines {
            Lines::Pipe(_) => Ok(()),
            Lines::Terminal(terminal, _) => terminal.open(opening),
        }
    }

    /// Whether a terminal is written to.
    pub fn is_terminal(&self) -> bool {
        self.style.terminal
    }

    /// Prints an event; `run` is what came before it.
    ///
    /// # Errors
    /// The stream is closed.
    pub fn observe(&mut self, event: &Event, run: &RunRecord) -> io::Result<()> {
        self.live.observe(event);
        if matches!(event, Event::LoadProgressed(_)) {
            return Ok(());
        }
        let live = &mut self.live;
        match &mut self.lines {
            Lines::Pipe(console) => {
                live.hide(console.err())?;
                console.observe(event, run)
            }
            Lines::Terminal(terminal, err) => {
                live.hide(err)?;
                match event {
                    Event::HeadsExchanged(heads) => {
                        terminal.out().flush()?;
                        heads.iter().try_for_each(|head| writeln!(err, "{}", super::terminal::clean(head)))
                    }
                    Event::Warned(warning) => {
                        terminal.out().flush()?;
                        log::warn!("{}: {}", warning.location.line(), one_line(&warning.message));
                        Ok(())
                    }
                    Event::GuardTold(message) => {
                        terminal.out().flush()?;
                        log::warn!("{}", one_line(message));
                        Ok(())
                    }
                    event => terminal.observe(event, run),
                }
            }
        }
    }

    /// Shows what runs: called again and again while nothing happens, after [`Display::flush`].
    ///
    /// # Errors
    /// The stream is closed.
    pub fn wait(&mut self, now: Instant) -> io::Result<()> {
        let columns = (self.style.width)();
        match &mut self.lines {
            Lines::Pipe(console) => self.live.wait(now, columns, console.err()),
            Lines::Terminal(terminal, err) => {
                if terminal.has_news(now) {
                    self.live.hide(err)?;
                }
                terminal.wait(now)?;
                self.live.wait(now, columns, err)
            }
        }
    }

    /// Prints the end.
    ///
    /// # Errors
    /// The stream is closed.
    pub fn finish(&mut self, run: &RunRecord) -> io::Result<()> {
        match &mut self.lines {
            Lines::Pipe(console) => {
                self.live.hide(console.err())?;
                console.finish(run)
            }
            Lines::Terminal(terminal, err) => {
                self.live.hide(err)?;
                terminal.finish(run)
            }
        }
    }

    /// Prints lines of the run as a whole; what writes them tells something, too.
    ///
    /// # Errors
    /// The stream is closed.
    pub fn notes<T>(&mut self, write: impl FnOnce(&mut dyn Write) -> T) -> io::Result<T> {
        match &mut self.lines {
            Lines::Pipe(console) => Ok(write(console.out())),
            Lines::Terminal(terminal, err) => {
                self.live.hide(err)?;
                let mut text = Vec::new();
                let told = write(&mut text);
                String::from_utf8_lossy(&text).lines().try_for_each(|line| terminal.note(line))?;
                Ok(told)
            }
        }
    }

    /// The stream that results go to.
    fn out(&mut self) -> &mut dyn Write {
        match &mut self.lines {
            Lines::Pipe(console) => console.out(),
            Lines::Terminal(terminal, _) => terminal.out(),
        }
    }

    /// Writes out what is buffered.
    ///
    /// # Errors
    /// The stream is closed.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out().flush()
    }
}
