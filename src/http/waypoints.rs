//! What else than its own host a request would dial: proxies, and what options put in a host's place.
//!
//! Owns: naming them before anything is sent. Does not: dial.

use super::proxy::{self, ProxyEnvironment};
use super::resolve::{Names, system_look_up};
use crate::exchange::curl_options::{ConnectionOptions, ProxyType};
use crate::exchange::url::Target;

/// A place on the way of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waypoint {
    /// `http://proxy:3128`, `10.0.0.5:443`.
    pub origin: String,
    /// What makes it one.
    pub what: &'static str,
}

/// The places on the way to a target besides its own host.
///
/// # Errors
/// An option cannot be read, in words.
pub fn waypoints(
    proxies: &ProxyEnvironment,
    options: &ConnectionOptions,
    target: &Target,
) -> Result<Vec<Waypoint>, String> {
    let mut all = Vec::new();
    let proxy = proxy::choose(proxies, options, target).map_err(|fault| fault.message)?;
    let (mut host, mut port) = (target.host().to_owned(), target.port);
    if let Some(proxy) = proxy {
        let scheme = match proxy.kind {
            ProxyType::Http => "http",
            ProxyType::Https => "https",
            ProxyType::Socks4 => "socks4",
            ProxyType::Socks4a => "socks4a",
            ProxyType::Socks5 => "socks5",
            ProxyType::Socks5h => "socks5h",
        };
        let what = if options.proxy.is_some() { "curl_option_proxy" } else { "proxy of the environment" };
        all.push(Waypoint { origin: format!("{scheme}://{}:{}", proxy.host, proxy.port), what });
        (host, port) = (proxy.host, proxy.port);
    }
    let names = Names::new(options, system_look_up).map_err(|fault| fault.message)?;
    let (instead, its_port) = names.instead(&host, port);
    if (instead, its_port) != (host.as_str(), port) {
        all.push(Waypoint { origin: format!("{instead}:{its_port}"), what: "curl_option_connect_to" });
    }
    for address in names.fixed_addresses(instead, its_port).into_iter().flatten() {
        all.push(Waypoint { origin: address.to_string(), what: "curl_option_resolve" });
    }
    Ok(all)
}
