//! The `resttest` command; everything is in the library.

use std::process::ExitCode;

/// musl's allocator serves one thread at a time and slowly; the static build would lose a third of its speed.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    resttest::cli::main(std::env::args_os().skip(1)).into()
}
