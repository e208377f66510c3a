//! The `resttest` command; everything is in the library.

use std::process::ExitCode;

/// musl's own allocator serves one thread at a time, glibc's takes a page fault for every 4 KiB of a suite.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    resttest::cli::main(std::env::args_os().skip(1)).into()
}
