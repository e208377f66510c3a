//! What else than its own host a request would dial: proxies, and what options put in a host's place.
//!
//! Owns: naming them before anything is sent. Does not: dial.

use super::proxy::{self, ProxyEnvironment};
use super::resolve::{Names, system_look_up};
use crate::exchange::curl_options::ConnectionOptions;
use crate::exchange::egress::{Egress, Role};
use crate::exchange::url::Target;

/// What decides about the way of a request.
#[derive(Debug)]
pub struct Ways<'w> {
    /// The proxies that the environment names.
    pub proxies: &'w ProxyEnvironment,
    /// Where requests may go, if that is bounded.
    pub rules: Option<&'w Egress>,
}

/// A place on the way of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waypoint {
    /// `http://proxy:3128`, `10.0.0.5:443`.
    pub origin: String,
    /// What makes it one.
    pub what: &'static str,
    /// Why it may not be dialled.
    pub refused: Option<String>,
}

impl Ways<'_> {
    /// The places on the way to a target besides its own host.
    ///
    /// # Errors
    /// An option cannot be read, in words.
    pub fn waypoints(&self, options: &ConnectionOptions, target: &Target) -> Result<Vec<Waypoint>, String> {
        let mut all = Vec::new();
        let proxy = proxy::choose(self.proxies, options, target).map_err(|fault| fault.message)?;
        let (mut host, mut port) = (target.host().to_owned(), target.port);
        if let Some(proxy) = proxy {
            let scheme = proxy.kind.scheme();
            (host, port) = (proxy.host, proxy.port);
            all.push(Waypoint {
                origin: format!("{scheme}://{host}:{port}"),
                what: if options.proxy.is_some() { "curl_option_proxy" } else { "proxy of the environment" },
                refused: self.rules.and_then(|rules| rules.check_host(Role::Proxy, &host, port).err()),
            });
        }
        let names = Names::new(options, system_look_up).map_err(|fault| fault.message)?;
        let (instead, its_port) = names.instead(&host, port);
        if (instead, its_port) != (host.as_str(), port) {
            all.push(Waypoint {
                origin: format!("{instead}:{its_port}"),
                what: "curl_option_connect_to",
                refused: self.rules.and_then(|rules| rules.check_host(Role::Host, instead, its_port).err()),
            });
        }
        for address in names.fixed_addresses(instead, its_port).into_iter().flatten() {
            all.push(Waypoint {
                origin: address.to_string(),
                what: "curl_option_resolve",
                refused: self.rules.and_then(|rules| rules.check_given(instead, address).err()),
            });
        }
        Ok(all)
    }
}
