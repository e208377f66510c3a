//! What was asked: the request log, and what `/__mock/requests` tells.
//!
//! Owns: the lines. Does not: decide what is answered.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use serde_json::{Value as Json, json};

use crate::ground::timestamp::rfc3339;
use crate::secrets::shown_url;

/// So many requests are remembered.
const REMEMBERED: usize = 1000;

/// A file with a line of JSON for each request.
#[derive(Debug)]
pub struct RequestLog(Mutex<File>);

impl RequestLog {
    /// A new file.
    ///
    /// # Errors
    /// It is there already and is not to be replaced, or the system refuses.
    pub fn create(path: &Path, replaces: bool) -> io::Result<RequestLog> {
        let mut options = OpenOptions::new();
        options.write(true);
        let options = if replaces { options.create(true).truncate(true) } else { options.create_new(true) };
        Ok(RequestLog(Mutex::new(options.open(path)?)))
    }

    fn write(&self, line: &Json) {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One write a line, so that a line is there as a whole. A full disk must not end the server.
        let _ = file.write_all(format!("{line}\n").as_bytes());
    }
}

/// A request and what became of it.
#[derive(Debug)]
pub struct Noted {
    /// When it came.
    pub at: SystemTime,
    /// Its method.
    pub method: String,
    /// Its target.
    pub target: String,
    /// What was answered.
    pub status: u16,
    /// The stub that answered; none if none did.
    pub stub: Option<String>,
    /// Bytes of the request.
    pub bytes: usize,
}

/// The requests of a server.
#[derive(Debug, Default)]
pub struct Journal {
    /// `--log-requests`.
    pub log: Option<RequestLog>,
    /// Whether requests are remembered.
    pub remembers: bool,
    last: Mutex<VecDeque<Json>>,
}

impl Journal {
    /// A journal that goes to a file, or is remembered, or both.
    pub fn new(log: Option<RequestLog>, remembers: bool) -> Journal {
        Journal { log, remembers, last: Mutex::default() }
    }

    /// Whether anybody wants to know of requests.
    pub fn is_kept(&self) -> bool {
        self.remembers || self.log.is_some()
    }

    /// Takes note of a request whose answer took so long.
    pub fn note(&self, noted: &Noted, took: Duration) {
        let line = json!({
            "ts": rfc3339(noted.at),
            "method": noted.method,
            "target": shown_url(&noted.target),
            "status": noted.status,
            "stub": noted.stub,
            "ms": (took.as_secs_f64() * 1e6).round() / 1e3,
            "request_bytes": noted.bytes,
        });
        if let Some(log) = &self.log {
            log.write(&line);
        }
        if self.remembers {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            if last.len() == REMEMBERED {
                last.pop_front();
            }
            last.push_back(line);
        }
    }

    /// The last requests, the oldest first.
    pub fn remembered(&self) -> Json {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Forgets them.
    pub fn forget(&self) {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
