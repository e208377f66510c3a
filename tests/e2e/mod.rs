//! What a person or a script sees of the command, by subject.

mod benchmarks;
mod exits;
mod golden;
mod network;
mod output;
mod reports;
mod secrets;
mod suites;
mod terminal;
mod variables;
mod warnings;
