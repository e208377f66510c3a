//! Where requests may go: lists of hosts that are allowed or denied, and whether anything may leave the machine.
//!
//! Owns: the rules, and what is said where one refuses. Does not: look names up or connect (see `http`, which asks
//! here for every URL, redirect, proxy and address before it does).

mod host;
mod pattern;
mod punycode;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::ground::source::Location;

pub use host::Host;
pub use pattern::HostPattern;

/// Where requests may go. Without a rule there is none of these, and nothing is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Egress {
    /// A host must be in each of them.
    allowed: Vec<HostList>,
    /// Whatever is allowed, these are not.
    denied: Vec<HostPattern>,
    /// Nothing but this machine.
    offline: bool,
}

/// The only hosts that are allowed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostList {
    /// The hosts.
    pub patterns: Vec<HostPattern>,
    /// Who says so: `--allow-host`, `allow_hosts (suite.yaml:3)`.
    pub by: String,
}

const ALLOW: &str = "--allow-host";

impl Egress {
    /// Allows these hosts, beside others of the command line, and no more.
    ///
    /// # Errors
    /// What is wrong with the pattern.
    pub fn allow(&mut self, pattern: &str) -> Result<(), String> {
        let pattern = HostPattern::parse(pattern)?;
        match self.allowed.iter_mut().find(|list| list.by == ALLOW) {
            Some(list) => list.patterns.push(pattern),
            None => self.allowed.push(HostList { patterns: vec![pattern], by: ALLOW.to_owned() }),
        }
        Ok(())
    }

    /// Denies these hosts, whatever is allowed.
    ///
    /// # Errors
    /// What is wrong with the pattern.
    pub fn deny(&mut self, pattern: &str) -> Result<(), String> {
        self.denied.push(HostPattern::parse(pattern)?);
        Ok(())
    }

    /// Nothing may leave the machine.
    pub fn go_offline(&mut self) {
        self.offline = true;
    }

    /// The rules for people: who says so, and which hosts are named; none for what needs none.
    pub fn shown(&self) -> Vec<(&str, String)> {
        let list =
            |patterns: &[HostPattern]| patterns.iter().map(HostPattern::to_string).collect::<Vec<_>>().join(", ");
        let mut all: Vec<(&str, String)> =
            self.allowed.iter().map(|allowed| (allowed.by.as_str(), list(&allowed.patterns))).collect();
        if !self.denied.is_empty() {
            all.push(("--deny-host", list(&self.denied)));
        }
        if self.offline {
            all.push(("--offline", String::new()));
        }
        all
    }

    /// The rules with a list that narrows them.
    pub fn narrowed(own: Option<&Arc<Egress>>, list: Option<&HostList>) -> Option<Arc<Egress>> {
        let Some(list) = list else { return own.cloned() };
        let mut rules = own.map_or_else(Egress::default, |own| Egress::clone(own));
        rules.allowed.push(list.clone());
        Some(Arc::new(rules))
    }

    /// Whether a host may be asked for, by its name or address alone.
    ///
    /// # Errors
    /// Why not.
    pub fn check_host(&self, role: Role, host: &str, port: u16) -> Result<(), String> {
        self.check(role, &Shown { host, as_found: None }, &Host::of(host), port)
    }

    /// Whether an address may be dialled that an option gives for a host.
    ///
    /// # Errors
    /// Why not.
    pub fn check_given(&self, host: &str, address: SocketAddr) -> Result<(), String> {
        let shown = Shown { host, as_found: Some(address.ip()) };
        self.check(Role::Host, &shown, &Host::Address(address.ip().to_canonical()), address.port())
    }

    /// Whether an address may be dialled to which a host that may be asked for was resolved.
    ///
    /// # Errors
    /// Why not.
    pub fn check_found(&self, host: &str, address: SocketAddr) -> Result<(), String> {
        let (ip, port) = (address.ip().to_canonical(), address.port());
        let shown = Shown { host, as_found: Some(ip) };
        self.check_offline(Role::Host, &shown, &Host::Address(ip))?;
        self.check_address(Role::Host, &shown, ip, port)
    }

    fn check(&self, role: Role, shown: &Shown<'_>, host: &Host, port: u16) -> Result<(), String> {
        self.check_offline(role, shown, host)?;
        for list in &self.allowed {
            if list.patterns.iter().any(|pattern| pattern.matches(host, port)) {
                continue;
            }
            let by = &list.by;
            let subject = shown.subject(role);
            if list.patterns.iter().any(|pattern| pattern.matches_host(host)) {
                return Err(format!("{subject} is not allowed by {by} at port {port}"));
            }
            let listed = if by == ALLOW { "it must be listed, a base URL's host too" } else { "it must be listed" };
            return Err(format!("{subject} is not allowed by {by}; {listed}"));
        }
        match host {
            Host::Address(address) => self.check_address(role, shown, *address, port),
            Host::Name(_) => match self.denied.iter().find(|pattern| pattern.matches(host, port)) {
                Some(pattern) => Err(denied(role, shown, pattern)),
                None => Ok(()),
            },
        }
    }

    fn check_offline(&self, role: Role, shown: &Shown<'_>, host: &Host) -> Result<(), String> {
        if !self.offline || host.is_local() {
            return Ok(());
        }
        Err(format!("{} is not allowed by --offline; only this machine is", shown.subject(role)))
    }

    /// What holds for an address, whatever allows its host.
    fn check_address(&self, role: Role, shown: &Shown<'_>, address: IpAddr, port: u16) -> Result<(), String> {
        for address in std::iter::once(address).chain(host::behind(address)) {
            let host = Host::Address(address);
            if let Some(pattern) = self.denied.iter().find(|pattern| pattern.matches(&host, port)) {
                return Err(denied(role, shown, pattern));
            }
        }
        let names = |list: &HostList| list.patterns.iter().any(|pattern| pattern.names_address(address, port));
        let is_listed = !self.allowed.is_empty() && self.allowed.iter().all(names);
        if host::is_guarded(address) && !is_listed {
            return Err(format!(
                "{} is not allowed: link-local and metadata addresses must be listed; --allow-host {address} does",
                shown.subject(role)
            ));
        }
        Ok(())
    }
}

fn denied(role: Role, shown: &Shown<'_>, pattern: &HostPattern) -> String {
    format!("{} is not allowed by --deny-host {pattern}", shown.subject(role))
}

/// What a host is to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The one that its URL names, or that stands in for it.
    Host,
    /// A proxy on the way there.
    Proxy,
}

/// A host as errors show it.
struct Shown<'h> {
    host: &'h str,
    /// The address that it leads to, where that is what is asked about.
    as_found: Option<IpAddr>,
}

impl Shown<'_> {
    fn subject(&self, role: Role) -> String {
        let role = match role {
            Role::Host => "host",
            Role::Proxy => "proxy",
        };
        match self.as_found.filter(|address| Host::of(self.host) != Host::Address(*address)) {
            Some(address) => format!("{role} {} ({address})", self.host),
            None => format!("{role} {}", self.host),
        }
    }
}

/// What holds for a request, and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    /// The rules.
    pub rules: Arc<Egress>,
    /// The test that sends it.
    pub place: Location,
}

/// A refusal with the place of the test whose request it is about, and where a redirect led there from.
pub fn placed(refusal: &str, place: &Location, from: Option<&str>) -> String {
    let place = Some(place.line()).filter(|place| !place.is_empty());
    let from = from.map(|from| format!("redirect from {from}"));
    let places: Vec<String> = place.into_iter().chain(from).collect();
    if places.is_empty() {
        return refusal.to_owned();
    }
    let (what, rest) = refusal.split_at(refusal.find(';').unwrap_or(refusal.len()));
    format!("{what} ({}){rest}", places.join(", "))
}
