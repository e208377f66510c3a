//! Blocks of IP addresses: `10.0.0.0/8`, `fd00::/8`; an address by itself is a block of one.
//!
//! Owns: reading a block, whether an address is in it. Does not: know what blocks are for.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A block of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network {
    base: IpAddr,
    bits: u8,
}

impl Network {
    /// An IPv4 block.
    pub const fn v4(base: Ipv4Addr, bits: u8) -> Network {
        Network { base: IpAddr::V4(base), bits }
    }

    /// An IPv6 block.
    pub const fn v6(base: Ipv6Addr, bits: u8) -> Network {
        Network { base: IpAddr::V6(base), bits }
    }

    /// The block of one address.
    pub fn of(address: IpAddr) -> Network {
        Network { base: address, bits: width(address) }
    }

    /// `ADDRESS` or `ADDRESS/BITS`; nothing where it is neither.
    pub fn parse(text: &str) -> Option<Network> {
        let Some((base, bits)) = text.split_once('/') else { return text.parse().ok().map(Network::of) };
        let base: IpAddr = base.parse().ok()?;
        let bits = if bits.bytes().all(|byte| byte.is_ascii_digit()) { bits.parse().ok()? } else { return None };
        (bits <= width(base)).then_some(Network { base, bits })
    }

    /// Whether an address is in it. An IPv4 address is in no IPv6 block, nor the other way round.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                let shift = 32 - u32::from(self.bits);
                u32::from(a).checked_shr(shift) == u32::from(b).checked_shr(shift)
            }
            (IpAddr::V6(a), IpAddr::V6(b)) => {
                let shift = 128 - u32::from(self.bits);
                u128::from(a).checked_shr(shift) == u128::from(b).checked_shr(shift)
            }
            _ => false,
        }
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.bits == width(self.base) {
            write!(f, "{}", self.base)
        } else {
            write!(f, "{}/{}", self.base, self.bits)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_what_their_bits_say() {
        for (block, address, holds) in [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.9.9.9/8", "10.1.1.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "::1", false),
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1/32", "192.0.2.2", false),
            ("fd00::/8", "fdff::1", true),
            ("::/0", "2001:db8::1", true),
            ("::1", "::1", true),
        ] {
            assert_eq!(Network::parse(block).unwrap().contains(address.parse().unwrap()), holds, "{block} {address}");
        }
        for wrong in ["", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/+8", "::/129", "10/8", "a/8", "10.0.0.0/8/8"] {
            assert_eq!(Network::parse(wrong), None, "{wrong}");
        }
        assert_eq!(Network::parse("10.1.0.0/16").unwrap().to_string(), "10.1.0.0/16");
        assert_eq!(Network::parse("::1/128").unwrap().to_string(), "::1");
    }
}
