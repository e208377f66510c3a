//! A host in the one form in which hosts are compared.
//!
//! Owns: names in lower case without their last dot, addresses however they are spelled, which addresses lead to whom
//! else. Does not: look anything up.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::exchange::network::Network;
use crate::exchange::url::{is_loopback, numeric_ipv4};

/// A host to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// A name.
    Name(String),
    /// An address; IPv4 in IPv6 is IPv4.
    Address(IpAddr),
}

impl Host {
    /// A host as it stands in a URL or an option.
    pub fn of(text: &str) -> Host {
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        let zoneless =
            if bare.contains(':') { bare.split_once('%').map_or(bare, |(address, _)| address) } else { bare };
        if let Ok(address) = zoneless.parse::<IpAddr>() {
            return Host::Address(address.to_canonical());
        }
        let dotless = bare.strip_suffix('.').unwrap_or(bare);
        match dotless.parse().ok().or_else(|| numeric_ipv4(dotless)) {
            Some(address) => Host::Address(IpAddr::V4(address)),
            None => Host::Name(dotless.to_ascii_lowercase()),
        }
    }

    /// Whether it is this machine without asking anybody.
    pub fn is_local(&self) -> bool {
        match self {
            Host::Name(name) => is_loopback(name),
            Host::Address(address) => address.is_loopback(),
        }
    }
}

/// What must be listed by its address: link-local addresses, and those where clouds hand out credentials.
const GUARDED: [Network; 7] = [
    Network::v4(Ipv4Addr::new(169, 254, 0, 0), 16),
    Network::v4(Ipv4Addr::new(100, 100, 100, 200), 32),
    Network::v4(Ipv4Addr::new(168, 63, 129, 16), 32),
    Network::v4(Ipv4Addr::new(192, 0, 0, 192), 32),
    Network::v6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
    Network::v6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), 128),
    Network::v6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254), 128),
];

/// Whether an address is link-local or one of a metadata service, directly or through a translation.
pub(super) fn is_guarded(address: IpAddr) -> bool {
    std::iter::once(address).chain(behind(address)).any(|address| GUARDED.iter().any(|block| block.contains(address)))
}

/// The IPv4 address that an IPv6 address is translated to on its way: NAT64, 6to4, IPv4-compatible.
pub(super) fn behind(address: IpAddr) -> Option<IpAddr> {
    let IpAddr::V6(address) = address else { return None };
    let [a, b, c, d, e, f, g, h] = address.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Some(IpAddr::V4(Ipv4Addr::new(a, b, c, d)))
    };
    match (a, b) {
        (0x64, 0xff9b) if [c, d, e, f] == [0; 4] || c == 1 => v4(g, h),
        (0x2002, _) => v4(b, c),
        (0, 0) if [c, d, e, f] == [0; 4] && g != 0 => v4(g, h),
        _ => None,
    }
}
