//! Words of the command line to what is asked for: flags as data, the loop, the values.

pub mod arguments;
pub mod choices;
pub mod command;
pub mod expectation;
pub mod flag;
pub mod flag_values;
pub mod flags;
pub mod parser;
pub mod request_flags;
pub mod request_words;
pub mod wanted;
