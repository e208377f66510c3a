//! From a host name to addresses, remembered for the whole process.
//!
//! Owns: the cache, `resolve` and `connect_to`, names that are loopback, the bound on a look-up. Does not: connect
//! (see `connect`).
//!
//! ureq asks its resolver for every request, also when a pooled connection needs no address. So the
//! resolver given to ureq answers with nothing, and the connector asks here when it has to connect.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::fault::{self, TransportError};
use super::stopwatch;
use crate::exchange::curl_options::{ConnectionOptions, Family};
use crate::exchange::egress::{Egress, Role};
use crate::exchange::request::ErrorKind;
use crate::exchange::url::is_loopback;

const REMEMBERED: Duration = Duration::from_secs(60);
/// ureq's array of addresses holds no more.
const MAX_ADDRESSES: usize = 16;

/// How a name that is not known yet is looked up.
pub type LookUp = fn(&str, u16) -> io::Result<Vec<SocketAddr>>;

/// The system's look-up.
pub fn system_look_up(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    (host, port).to_socket_addrs().map(Iterator::collect)
}

type Key = (String, u16);

/// What is known of a name.
enum Known {
    Addresses(Instant, Vec<SocketAddr>),
    /// Somebody has asked: whoever else needs the name waits for the same answer.
    Asked(Arc<Flight>),
}

/// A look-up under way.
#[derive(Default)]
struct Flight {
    answer: Mutex<Option<Result<Vec<SocketAddr>, TransportError>>>,
    landed: Condvar,
}

fn known() -> MutexGuard<'static, HashMap<Key, Known>> {
    static CACHE: OnceLock<Mutex<HashMap<Key, Known>>> = OnceLock::new();
    CACHE.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why a name gave no address.
#[derive(Debug)]
pub(super) enum NameError {
    /// The deadline passed before the look-up ended.
    TimeIsUp,
    /// It ended without an address.
    Fault(TransportError),
}

impl NameError {
    fn refused(refusal: String) -> NameError {
        NameError::Fault(TransportError::new(ErrorKind::Egress, refusal))
    }

    /// In words; `bound` is the time that there was.
    pub(super) fn explain(self, host: &str, bound: Option<Duration>) -> TransportError {
        match self {
            NameError::TimeIsUp => {
                let within = bound.map(|bound| format!(" within {}", fault::seconds(bound))).unwrap_or_default();
                TransportError::new(
                    ErrorKind::Timeout,
                    format!("host name \"{}\" could not be looked up{within}", bare(host)),
                )
            }
            NameError::Fault(fault) => fault,
        }
    }
}

/// How one kind of connection finds its addresses.
#[derive(Debug, Clone)]
pub(super) struct Names {
    fixed: Vec<(String, u16, Vec<IpAddr>)>,
    redirected: Vec<(String, u16, String, u16)>,
    family: Family,
    /// `None` is for ever.
    remembered: Option<Duration>,
    look_up: LookUp,
    bounds: Option<Box<Bounds>>,
}

/// What bounds the addresses that are found.
#[derive(Debug, Clone)]
struct Bounds {
    rules: Arc<Egress>,
    proxy: Option<(String, u16)>,
}

impl Names {
    pub(super) fn new(options: &ConnectionOptions, look_up: LookUp) -> Result<Names, TransportError> {
        let fixed = options.resolve.iter().filter(|line| !line.starts_with('-')).map(|line| {
            parse_resolve(line).ok_or_else(|| {
                TransportError::new(
                    ErrorKind::Option,
                    format!("curl option resolve: \"{line}\" is not host:port:address"),
                )
            })
        });
        let redirected = options.connect_to.iter().map(|line| {
            parse_connect_to(line).ok_or_else(|| {
                TransportError::new(
                    ErrorKind::Option,
                    format!("curl option connect_to: \"{line}\" is not host:port:connect-host:connect-port"),
                )
            })
        });
        let remembered = match options.dns_seconds {
            None => Some(REMEMBERED),
            Some(seconds) => u64::try_from(seconds).ok().map(Duration::from_secs),
        };
        Ok(Names {
            fixed: fixed.collect::<Result<_, _>>()?,
            redirected: redirected.collect::<Result<_, _>>()?,
            family: options.family,
            remembered,
            look_up,
            bounds: None,
        })
    }

    /// These, where not every host may be dialled; the proxy is for words.
    pub(super) fn within(self, rules: Arc<Egress>, proxy: Option<(String, u16)>) -> Names {
        Names { bounds: Some(Box::new(Bounds { rules, proxy })), ..self }
    }

    /// The addresses of a host, best first, by the deadline.
    pub(super) fn resolve(
        &self,
        host: &str,
        port: u16,
        deadline: Option<Instant>,
    ) -> Result<Vec<SocketAddr>, NameError> {
        self.resolve_by(host, port, |host, port| self.look_up(host, port, deadline))
    }

    /// The addresses of a host whose name need not be looked up.
    pub(super) fn resolve_at_once(&self, host: &str, port: u16) -> Option<Result<Vec<SocketAddr>, NameError>> {
        let mut is_known = true;
        let found = self.resolve_by(host, port, |host, port| {
            let addresses = self.remembered(host, port);
            is_known = addresses.is_some();
            Ok(addresses.unwrap_or_default())
        });
        is_known.then_some(found)
    }

    fn resolve_by(
        &self,
        host: &str,
        port: u16,
        look_up: impl FnOnce(&str, u16) -> Result<Vec<SocketAddr>, NameError>,
    ) -> Result<Vec<SocketAddr>, NameError> {
        let bounds = self.bounds.as_deref();
        let check_host = |host: &str, port| bounds.map_or(Ok(()), |bounds| bounds.check_host(host, port));
        check_host(host, port)?;
        let (named, named_port) = (host, port);
        let (host, port) = self.instead(host, port);
        if (host, port) != (named, named_port) {
            check_host(host, port)?;
        }
        let bare = bare(host);
        let mut found = if let Ok(address) = bare.parse::<IpAddr>() {
            vec![SocketAddr::new(address, port)]
        } else if let Some(fixed) = self.fixed_addresses(bare, port) {
            bounds.map_or(Ok(()), |bounds| bounds.check_all(&fixed, |it| bounds.rules.check_given(host, it)))?;
            fixed
        } else {
            let found = look_up(bare, port)?;
            bounds.map_or(Ok(()), |bounds| bounds.check_all(&found, |it| bounds.rules.check_found(host, it)))?;
            found
        };
        found.retain(|address| match self.family {
            Family::Any => true,
            Family::V4 => address.is_ipv4(),
            Family::V6 => address.is_ipv6(),
        });
        if found.is_empty() {
            let family = if self.family == Family::V4 { "IPv4" } else { "IPv6" };
            return Err(NameError::Fault(TransportError::new(
                ErrorKind::Resolve,
                format!("host \"{bare}\" has no {family} address"),
            )));
        }
        found.truncate(MAX_ADDRESSES);
        Ok(found)
    }

    /// Whom `connect_to` has dialled in a host's place.
    pub(super) fn instead<'a>(&'a self, host: &'a str, port: u16) -> (&'a str, u16) {
        let hit = self.redirected.iter().find(|(from, from_port, ..)| {
            (from.is_empty() || from.eq_ignore_ascii_case(host)) && (*from_port == 0 || *from_port == port)
        });
        let Some((.., to, to_port)) = hit else { return (host, port) };
        (if to.is_empty() { host } else { to }, if *to_port == 0 { port } else { *to_port })
    }

    /// The addresses that `resolve` gives for a host.
    pub(super) fn fixed_addresses(&self, host: &str, port: u16) -> Option<Vec<SocketAddr>> {
        let (.., addresses) = self
            .fixed
            .iter()
            .find(|(name, for_port, _)| *for_port == port && (name == "*" || name.eq_ignore_ascii_case(host)))?;
        Some(addresses.iter().map(|address| SocketAddr::new(*address, port)).collect())
    }

    /// What is known of a name without asking anybody.
    fn remembered(&self, host: &str, port: u16) -> Option<Vec<SocketAddr>> {
        let key = (host.to_ascii_lowercase(), port);
        let is_loopback = is_loopback(&key.0);
        let mut known = known();
        match known.get(&key) {
            Some(Known::Addresses(since, addresses))
                if is_loopback || self.remembered.is_none_or(|limit| since.elapsed() < limit) =>
            {
                Some(addresses.clone())
            }
            None if is_loopback => {
                let addresses = loopback(port);
                known.insert(key, Known::Addresses(Instant::now(), addresses.clone()));
                Some(addresses)
            }
            _ => None,
        }
    }

    fn look_up(&self, host: &str, port: u16, deadline: Option<Instant>) -> Result<Vec<SocketAddr>, NameError> {
        let key = (host.to_ascii_lowercase(), port);
        let (flight, is_first) = {
            let mut known = known();
            match known.get(&key) {
                Some(Known::Addresses(since, addresses))
                    if self.remembered.is_none_or(|limit| since.elapsed() < limit) =>
                {
                    return Ok(addresses.clone());
                }
                Some(Known::Asked(flight)) => (flight.clone(), false),
                _ if is_loopback(&key.0) => {
                    let addresses = loopback(port);
                    known.insert(key, Known::Addresses(Instant::now(), addresses.clone()));
                    return Ok(addresses);
                }
                _ => {
                    let flight = Arc::<Flight>::default();
                    known.insert(key.clone(), Known::Asked(flight.clone()));
                    (flight, true)
                }
            }
        };
        if is_first {
            let ask = {
                let (look_up, flight, host) = (self.look_up, flight.clone(), host.to_owned());
                move || flight.land(key, look_up(&host, port).map_err(|error| not_found(&host, &error)))
            };
            match deadline {
                None => ask(),
                // The system's look-up cannot be stopped, so it has a thread of its own. Where there is none to
                // have, a look-up that may last too long is better than none.
                Some(_) => {
                    let thread = std::thread::Builder::new().name("name lookup".to_owned());
                    if thread.spawn(ask.clone()).is_err() {
                        ask();
                    }
                }
            }
        }
        flight.wait(deadline)
    }
}

impl Bounds {
    /// Whether a host may be looked up and dialled: without a question where not.
    fn check_host(&self, host: &str, port: u16) -> Result<(), NameError> {
        let is_proxy = self.proxy.as_ref().is_some_and(|(proxy, its_port)| proxy == host && *its_port == port);
        let role = if is_proxy { Role::Proxy } else { Role::Host };
        self.rules.check_host(role, host, port).map_err(NameError::refused)
    }

    /// Whether all addresses may be dialled: a name of which one may not is not to be trusted with the others.
    fn check_all(
        &self,
        addresses: &[SocketAddr],
        check: impl Fn(SocketAddr) -> Result<(), String>,
    ) -> Result<(), NameError> {
        addresses.iter().try_for_each(|address| check(*address)).map_err(NameError::refused)
    }
}

impl Flight {
    /// Hands the answer to all who wait, and to those who ask later.
    fn land(&self, key: Key, answer: Result<Vec<SocketAddr>, TransportError>) {
        match &answer {
            Ok(addresses) => known().insert(key, Known::Addresses(Instant::now(), addresses.clone())),
            Err(_) => known().remove(&key),
        };
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        self.landed.notify_all();
    }

    fn wait(&self, deadline: Option<Instant>) -> Result<Vec<SocketAddr>, NameError> {
        let mut answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(answer) = &*answer {
                return answer.clone().map_err(NameError::Fault);
            }
            answer = match deadline {
                None => self.landed.wait(answer).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Err(NameError::TimeIsUp);
                    }
                    self.landed.wait_timeout(answer, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }
}

/// Remembers which address of a host answered, so that the next connection tries it first.
pub(super) fn prefer(host: &str, address: SocketAddr) {
    if let Some(Known::Addresses(_, addresses)) = known().get_mut(&(bare(host).to_ascii_lowercase(), address.port()))
        && let Some(at) = addresses.iter().position(|have| *have == address)
    {
        addresses[..=at].rotate_right(1);
    }
}

/// A host as it stands in a URL, without the brackets of an IPv6 address.
fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// IPv6 first, as libcurl has it; where nobody listens there, the other comes first from then on.
fn loopback(port: u16) -> Vec<SocketAddr> {
    vec![(Ipv6Addr::LOCALHOST, port).into(), (Ipv4Addr::LOCALHOST, port).into()]
}

/// Why the system knows no address, in the words of glibc, musl and macOS.
fn not_found(host: &str, error: &io::Error) -> TransportError {
    let reason = error.to_string();
    let says = |parts: &[&str]| parts.iter().any(|part| reason.contains(part));
    let message = if says(&["Temporary failure", "Try again"]) {
        format!("host name \"{host}\" could not be looked up: the name server did not answer")
    } else if says(&["Non-recoverable failure", "Unrecoverable error", "Non-recoverable error"]) {
        format!("host name \"{host}\" could not be looked up: the name server failed")
    } else if says(&["failed to lookup address information"]) {
        format!("host name \"{host}\" is not known")
    } else {
        format!("host name \"{host}\" could not be looked up: {}", reason.split(" (os error").next().unwrap_or(&reason))
    };
    TransportError::new(ErrorKind::Resolve, message)
}

fn parse_resolve(line: &str) -> Option<(String, u16, Vec<IpAddr>)> {
    let line = line.strip_prefix('+').unwrap_or(line);
    let (host, rest) = line.split_once(':')?;
    let (port, addresses) = rest.split_once(':')?;
    let addresses = addresses.split(',').map(|text| text.trim_matches(['[', ']']).parse().ok());
    Some((host.to_owned(), port.parse().ok()?, addresses.collect::<Option<Vec<_>>>()?))
}

fn parse_connect_to(line: &str) -> Option<(String, u16, String, u16)> {
    let port = |text: &str| if text.is_empty() { Some(0) } else { text.parse().ok() };
    let (host, rest) = split_host(line)?;
    let (from_port, rest) = rest.split_once(':')?;
    let (to, to_port) = split_host(rest)?;
    Some((host.to_owned(), port(from_port)?, to.to_owned(), port(to_port)?))
}

/// `host:rest`, where an IPv6 host stands in brackets.
fn split_host(text: &str) -> Option<(&str, &str)> {
    if text.starts_with('[') {
        let end = text.find(']')? + 1;
        return Some((&text[..end], text[end..].strip_prefix(':')?));
    }
    text.split_once(':')
}

/// What ureq gets for a resolver.
#[derive(Debug)]
pub(super) struct UreqNames {
    pub names: Names,
    /// SOCKS connectors of ureq take the addresses from here; nothing else does.
    pub eager: bool,
}

impl Resolver for UreqNames {
    fn resolve(&self, uri: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut out = self.empty();
        if self.eager {
            let default = match uri.scheme_str() {
                Some("https") => 443,
                Some("http") => 80,
                _ => 1080,
            };
            let (host, port) = (uri.host().unwrap_or_default(), uri.port_u16().unwrap_or(default));
            let bound = stopwatch::connect_bound();
            let found = self.names.resolve(host, port, bound.until);
            let found = found.map_err(|error| error.explain(host, bound.length))?;
            found.into_iter().for_each(|address| out.push(address));
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests;
