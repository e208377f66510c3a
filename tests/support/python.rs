//! Servers that others wrote, in Python, in an environment of packages that is made the first time.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::{has_program, root};

/// A server of `tests/programs`; ends with it.
pub struct PythonServer {
    child: Child,
    /// What it prints first: its ports.
    pub ports: Vec<u16>,
}

impl PythonServer {
    /// Starts a program with these packages. Nothing where they cannot be had, which is said.
    pub fn start(program: &str, packages: &[&str], folder: Option<&Path>) -> Option<PythonServer> {
        let skip = |why: &str| {
            // A line that is printed goes missing with the output of a test that passes.
            let line = format!("SKIPPED: {why}; nothing is held against {}\n", packages.join(", "));
            let _ = std::io::stderr().write_all(line.as_bytes());
            None
        };
        if !has_program("python3") || !has_program("flock") {
            return skip("there is no python3 or no flock");
        }
        let name = program.trim_end_matches("_server.py");
        let made = Command::new(root().join("tests/venv.sh")).arg(name).args(packages).output().expect("a shell");
        if !made.status.success() {
            return skip("packages cannot be installed");
        }
        let python = String::from_utf8(made.stdout).expect("a path");
        let mut child = Command::new(python.trim())
            .args(["-W", "ignore"])
            .arg(root().join("tests/programs").join(program))
            .args(folder.map(AsRef::<OsStr>::as_ref))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("ports");
        let ports = line.split_whitespace().map(|port| port.parse().expect("a port")).collect();
        Some(PythonServer { child, ports })
    }

    /// Where it listens first.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[0])
    }
}

impl Drop for PythonServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
