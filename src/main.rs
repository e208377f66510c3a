//! The `resttest` command; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    resttest::cli::main(std::env::args_os().skip(1)).into()
}
