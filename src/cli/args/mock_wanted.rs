//! What the command line says of a mock server.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::mock::Checks;

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

#[cfg(test)]
mod tests {
    use super::address;

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
