//! What the build makes beside compiling: the guides in one packed file, the script for Python likewise, what
//! `--version --verbose` says of the build, and a linker script that leaves the tables for unwinding out of a static
//! program that never unwinds.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?);
    println!("cargo::rerun-if-changed=src/build.rs");
    pack_guides(Path::new("src/guides"), &out.join("guides.z"))?;
    pack_bridge(Path::new("src/extension/bridge.py"), &out.join("bridge.z"))?;
    tell_of_the_build();
    leave_out_unwinding(&out.join("no_unwinding.ld"))
}

/// All guides, in the order of their names: a name, its text, each ended by a NUL.
fn pack_guides(folder: &Path, file: &Path) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<PathBuf>>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md" || extension == "txt"));
    paths.sort();
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    for path in paths {
        let topic = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        write!(packed, "{topic}\0{}\0", fs::read_to_string(&path)?)?;
    }
    fs::write(file, packed.finish()?)
}

/// The script that runs Python's extensions, without its comments and empty lines.
fn pack_bridge(script: &Path, file: &Path) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", script.display());
    let text = fs::read_to_string(script)?;
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')) {
        writeln!(packed, "{line}")?;
    }
    fs::write(file, packed.finish()?)
}

/// The target and the compiler's own words; nothing that differs between two builds of the same source.
fn tell_of_the_build() {
    let rustc = env::var_os("RUSTC").and_then(|rustc| Command::new(rustc).arg("--version").output().ok());
    let version = rustc.map(|ran| String::from_utf8_lossy(&ran.stdout).trim().to_owned()).unwrap_or_default();
    println!("cargo::rustc-env=RESTTEST_RUSTC={version}");
    println!("cargo::rustc-env=RESTTEST_TARGET={}", env::var("TARGET").unwrap_or_default());
}

/// A release build aborts where it panics, so its 0.7 MB of tables that say how to unwind are never read. Only the
/// static build, whose size counts, leaves them out: not every linker takes a script.
fn leave_out_unwinding(script: &Path) -> io::Result<()> {
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|have| have == value);
    if is("PROFILE", "release") && is("CARGO_CFG_TARGET_ENV", "musl") {
        fs::write(script, "SECTIONS { /DISCARD/ : { *(.eh_frame) } }\nINSERT AFTER .rodata;\n")?;
        println!("cargo::rustc-link-arg-bin=resttest=-Wl,-T,{}", script.display());
    }
    Ok(())
}
