//! The mock server of a suite: `config: {mock: …}`.
//!
//! Owns: its files, and the port that is kept for it from reading the suite to running it. Does not: serve (see `run`).

use std::fmt;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::ground::source::Location;
use crate::variables::generator::Environment;
use crate::variables::seeds::Seeds;

/// A mock server that runs while its suite does.
pub struct MockConfig {
    /// What it answers from.
    pub files: Vec<PathBuf>,
    /// Where it is: `$mock_url`.
    pub url: String,
    /// Where the suite says so.
    pub location: Location,
    /// The environment, for its generators.
    pub env: Environment,
    /// What it draws from.
    pub seeds: Arc<Seeds>,
    port: Mutex<Option<TcpListener>>,
}

impl MockConfig {
    /// A server at a port that is open.
    pub fn new(files: Vec<PathBuf>, listener: TcpListener, location: Location) -> std::io::Result<MockConfig> {
        let url = format!("http://{}", listener.local_addr()?);
        let port = Mutex::new(Some(listener));
        Ok(MockConfig { files, url, location, env: Arc::new(|_| None), seeds: Arc::default(), port })
    }

    /// The port; once it has been taken, it is only known.
    pub fn take_port(&self) -> Option<TcpListener> {
        self.port.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl fmt::Debug for MockConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MockConfig({}, {:?})", self.url, self.files)
    }
}
