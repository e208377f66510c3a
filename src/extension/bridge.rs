//! `--import_extensions`: PyRestTest's own extensions, as a program like any other.
//!
//! Owns: the command. Does not: know what the script does (see `bridge.py`).

use std::io::Read as _;

use super::process::Program;

/// The script, as the build packs it.
const PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/bridge.z"));

/// Reads the script from stdin, to its last byte: the lines follow it there. What lies in the working directory comes
/// after Python's own modules until they are imported: a `string.py` there is none of them.
const BEGINNING: &str = "import os,sys
sys.path[:]=filter(None,sys.path)
n,s=int(sys.argv[1]),b''
while len(s)<n:
 p=os.read(0,n-len(s))
 if not p:sys.exit(1)
 s+=p
exec(compile(s,'resttest','exec'))";

/// The program that brings what these Python modules register; semicolons stand between their names.
pub fn bridge(modules: &str, python: &str, environment: Vec<(String, String)>) -> Program {
    let mut script = Vec::new();
    // It was packed by the build: it cannot be broken.
    let _ = flate2::read::ZlibDecoder::new(PACKED).read_to_end(&mut script);
    let words = [python, "-c", BEGINNING, &script.len().to_string(), modules].map(str::to_owned).to_vec();
    Program { words, shown: format!("--import_extensions {modules}"), environment, preface: Some(script) }
}
