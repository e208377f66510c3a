//! What a person or a script sees of the command, by subject.

mod behaviours;
mod benchmarks;
mod bodies;
mod exits;
mod files;
mod foreign_text;
mod golden;
mod help;
mod lint;
mod load;
mod load_figures;
mod messages;
mod network;
mod output;
mod parallel;
mod processes;
mod reports;
mod retry;
mod runner;
mod scenes;
mod secrets;
mod shards;
mod suites;
mod terminal;
mod variables;
mod warnings;
