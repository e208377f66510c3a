//! Servers that others' Python packages make, in virtual environments of their own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::{has_program, root};

/// A server of `tests/programs`; it ends with this.
pub struct PythonServer {
    child: Child,
    /// `http://127.0.0.1:PORT`.
    pub url: String,
}

impl PythonServer {
    /// Starts a program with a package, pinned as `package==version`; nothing, which is said, where there is none.
    pub fn start(package: &str, program: &str, arguments: &[&Path]) -> Option<PythonServer> {
        if !has_program("python3") || !has_program("flock") {
            return None;
        }
        let name = program.trim_end_matches("_server.py");
        let made = Command::new(root().join("tests/venv.sh")).args([name, package]).output().expect("a shell");
        if !made.status.success() {
            let _ = writeln!(std::io::stderr(), "SKIPPED: {package} cannot be installed; nothing is held against it");
            return None;
        }
        let python = String::from_utf8(made.stdout).expect("a path");
        let mut child = Command::new(python.trim())
            .arg(root().join("tests/programs").join(program))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let mut port = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut port).expect("a port");
        Some(PythonServer { child, url: format!("http://127.0.0.1:{}", port.trim()) })
    }
}

impl Drop for PythonServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
