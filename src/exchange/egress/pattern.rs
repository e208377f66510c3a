//! A pattern of hosts: a name, a name with all below it, an address, a block of addresses; with or without a port.
//!
//! Owns: reading one, what it matches. Does not: know what follows from a match (see `egress`).

use std::fmt;
use std::net::IpAddr;

use super::host::Host;
use super::punycode;
use crate::exchange::network::Network;

/// What a pattern looks like, for errors.
const ALLOWED: &str = "api.example.org, *.example.org, 10.0.0.0/8 or [::1], each with :PORT if need be";

/// A pattern of hosts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostPattern {
    hosts: Hosts,
    port: Option<u16>,
    written: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Hosts {
    All,
    Name(String),
    /// All names that end so; with its dot.
    Below(String),
    Block(Network),
}

impl HostPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it, and what it may be.
    pub fn parse(written: &str) -> Result<HostPattern, String> {
        let text = written.trim();
        let wrong = |why: &str| format!("\"{}\" {why}; a host is written {ALLOWED}", text.escape_debug());
        if text.is_empty() {
            return Err(format!("a host is missing; it is written {ALLOWED}"));
        }
        if let Some((_, rest)) = text.split_once("://") {
            let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
            let host = rest[..end].rsplit('@').next().unwrap_or_default();
            return Err(format!("\"{}\" is a URL, not a host; did you mean \"{host}\"?", text.escape_debug()));
        }
        let (host, port) = split_port(text);
        let port = match port {
            None => None,
            Some("*") => None,
            Some(port) => match port.parse::<u16>() {
                Ok(number) if number > 0 && port.bytes().all(|byte| byte.is_ascii_digit()) => Some(number),
                _ => return Err(wrong("has a port that is not a number from 1 to 65535")),
            },
        };
        let pattern = |hosts| Ok(HostPattern { hosts, port, written: text.to_owned() });
        if host == "*" {
            return pattern(Hosts::All);
        }
        if let Some(block) = block(host) {
            return match block {
                Some(block) => pattern(Hosts::Block(block)),
                None => Err(wrong("is no block of addresses")),
            };
        }
        let (below, name) = match host.strip_prefix("*.") {
            Some(name) => (true, name),
            None => (false, host),
        };
        let name = ascii(name).ok_or_else(|| wrong("is no host name"))?;
        if let (Host::Address(address), false) = (Host::of(&name), below) {
            return pattern(Hosts::Block(Network::of(address)));
        }
        if name.split('.').any(str::is_empty) {
            return Err(wrong("has an empty part"));
        }
        pattern(if below { Hosts::Below(format!(".{name}")) } else { Hosts::Name(name) })
    }

    /// Whether it matches a host at a port.
    pub fn matches(&self, host: &Host, port: u16) -> bool {
        self.matches_host(host) && self.port.is_none_or(|own| own == port)
    }

    /// Whether it matches a host at some port.
    pub fn matches_host(&self, host: &Host) -> bool {
        match (&self.hosts, host) {
            (Hosts::All, _) => true,
            (Hosts::Name(own), Host::Name(name)) => own == name,
            (Hosts::Below(end), Host::Name(name)) => name.len() > end.len() && name.ends_with(end.as_str()),
            (Hosts::Block(block), Host::Address(address)) => block.contains(*address),
            _ => false,
        }
    }

    /// Whether it names this address or a block with it, at this port.
    pub fn names_address(&self, address: IpAddr, port: u16) -> bool {
        matches!(self.hosts, Hosts::Block(_)) && self.matches(&Host::Address(address), port)
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// Host and port; an IPv6 address without brackets has no port.
fn split_port(text: &str) -> (&str, Option<&str>) {
    if let Some(end) = text.rfind(']') {
        // `[fd00::]/8:443` has its port behind the block's bits.
        return match text[end..].split_once(':') {
            Some((between, port)) => (&text[..end + between.len()], Some(port)),
            None => (text, None),
        };
    }
    match text.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, Some(port)),
        _ => (text, None),
    }
}

/// The block that a host is: none where it is a name, `Some(None)` where it looks like one and is not.
fn block(host: &str) -> Option<Option<Network>> {
    let is_block = host.contains(['/', '[', ']']) || host.contains(':');
    if !is_block {
        return None;
    }
    let (address, bits) = match host.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (host, None),
    };
    let inner = address.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(address);
    let Host::Address(address) = Host::of(inner) else { return Some(None) };
    // `::ffff:10.0.0.0/104` is the block 10.0.0.0/8.
    let mapped = address.is_ipv4() && inner.contains(':');
    let Some(bits) = bits else { return Some(Some(Network::of(address))) };
    let bits = if mapped { bits.parse::<u8>().ok().and_then(|bits| bits.checked_sub(96)) } else { bits.parse().ok() };
    Some(bits.and_then(|bits| Network::parse(&format!("{address}/{bits}"))))
}

/// A name in lower case and ASCII, without its last dot.
fn ascii(name: &str) -> Option<String> {
    let lower = name.to_lowercase();
    let lower = lower.strip_suffix('.').unwrap_or(&lower);
    let labels: Option<Vec<String>> = lower
        .split('.')
        .map(|label| {
            if label.is_ascii() {
                let fits = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
                fits.then(|| label.to_owned())
            } else {
                let fits = label.chars().all(|c| c.is_alphanumeric() || c == '-');
                fits.then(|| punycode::encode(label)).flatten().map(|code| format!("xn--{code}"))
            }
        })
        .collect();
    labels.map(|labels| labels.join("."))
}
