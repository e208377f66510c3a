//! What the command line says of a mock server.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::exchange::url::{Treatment, target_with};
use crate::mock::Checks;
use crate::secrets::shown_url;

/// What flags of `mock` set.
#[derive(Debug, Clone)]
pub struct MockWanted {
    /// `--listen`.
    pub listen: SocketAddr,
    /// `--port-file`.
    pub port_file: Option<String>,
    /// `--delay`.
    pub delay: Option<Duration>,
    /// `--threads`; 0 is one a core.
    pub threads: usize,
    /// `--tls-cert`.
    pub tls_cert: Option<String>,
    /// `--tls-key`.
    pub tls_key: Option<String>,
    /// `--log-requests`.
    pub log_requests: Option<String>,
    /// `--expect-all`.
    pub expects_all: bool,
    /// `--validate`.
    pub checks: Checks,
    /// `--cors`.
    pub cors: bool,
    /// `--admin`.
    pub admin: bool,
    /// `--record`.
    pub record: Option<String>,
    /// `--upstream`, without a slash at its end.
    pub upstream: Option<String>,
    /// `--mode`.
    pub mode: Option<Mode>,
    /// `--record-headers`.
    pub record_headers: Vec<String>,
    /// `--keep-secrets`.
    pub keeps_secrets: bool,
}

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Stubs alone.
    Mock,
    /// Stubs, and the upstream where none is.
    Proxy,
    /// The upstream alone.
    Passthrough,
}

impl Mode {
    /// The words for it.
    pub const WORDS: &'static [&'static str] = &["mock", "proxy", "passthrough"];

    /// The mode of a word.
    pub fn of(word: &str) -> Option<Mode> {
        let modes = [Mode::Mock, Mode::Proxy, Mode::Passthrough];
        Mode::WORDS.iter().zip(modes).find(|(have, _)| **have == word).map(|(_, mode)| mode)
    }
}

impl Default for MockWanted {
    fn default() -> MockWanted {
        MockWanted {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            port_file: None,
            delay: None,
            threads: 0,
            tls_cert: None,
            tls_key: None,
            log_requests: None,
            expects_all: false,
            checks: Checks::default(),
            cors: false,
            admin: false,
            record: None,
            upstream: None,
            mode: None,
            record_headers: Vec::new(),
            keeps_secrets: false,
        }
    }
}

/// An address of this machine: `PORT`, `:PORT`, `ADDRESS:PORT`, `localhost:PORT`.
///
/// # Errors
/// What it must be.
pub fn address(written: &str) -> Result<SocketAddr, String> {
    let wrong = || format!("must be ADDRESS:PORT, such as 127.0.0.1:8080, or PORT alone, not \"{written}\"");
    let Some((host, port)) = written.rsplit_once(':') else {
        let port = written.parse().map_err(|_| wrong())?;
        return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    };
    let port = port.parse().map_err(|_| wrong())?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if host.is_empty() || host.eq_ignore_ascii_case("localhost") {
        return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    }
    host.parse::<IpAddr>().map(|ip| SocketAddr::from((ip, port))).map_err(|_| wrong())
}

/// One origin.
///
/// # Errors
/// What it must be.
pub fn upstream(written: &str) -> Result<String, String> {
    let bare = written.strip_suffix('/').unwrap_or(written);
    match target_with(bare, Treatment::default()) {
        Ok(target) if target.origin() == bare && target.userinfo.is_none() => Ok(bare.to_owned()),
        _ => {
            let written = shown_url(written);
            Err(format!("must be one origin, such as https://api.example.com, without a path, not \"{written}\""))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{address, upstream};

    #[test]
    fn an_upstream_is_one_origin() {
        assert_eq!(upstream("https://api.test:8443/"), Ok("https://api.test:8443".to_owned()));
        for written in ["api.test", "https://api.test/v1", "https://api.test/?a", "ftp://a", "http://u:p@a", "", "/"] {
            assert!(upstream(written).is_err(), "{written}");
        }
    }

    #[test]
    fn addresses_are_taken_in_all_their_forms() {
        for (written, expected) in [
            ("8080", "127.0.0.1:8080"),
            (":0", "127.0.0.1:0"),
            ("localhost:80", "127.0.0.1:80"),
            ("0.0.0.0:1", "0.0.0.0:1"),
            ("[::1]:5", "[::1]:5"),
        ] {
            assert_eq!(address(written).map(|address| address.to_string()).as_deref(), Ok(expected), "{written}");
        }
        for written in ["", "x", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "host.example:80", "::1"] {
            assert!(address(written).is_err() || written == "::1", "{written}");
        }
    }
}
