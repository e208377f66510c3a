//! From a host name to addresses, remembered for the whole process.
//!
//! Owns: the cache, `resolve` and `connect_to`, the bound on a look-up. Does not: connect (see `connect`).
//!
//! ureq asks its resolver for every request, also when a pooled connection needs no address. So the
//! resolver given to ureq answers with nothing, and the connector asks here when it has to connect.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Mutex, OnceLock, PoisonError, mpsc};
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::fault::TransportError;
use super::stopwatch;
use crate::exchange::curl_options::{ConnectionOptions, Family};
use crate::exchange::request::ErrorKind;

const REMEMBERED: Duration = Duration::from_secs(60);
/// ureq's array of addresses holds no more.
const MAX_ADDRESSES: usize = 16;

type Cache = Mutex<HashMap<(String, u16), (Instant, Vec<SocketAddr>)>>;

fn cache() -> &'static Cache {
    static CACHE: OnceLock<Cache> = OnceLock::new();
    CACHE.get_or_init(Cache::default)
}

/// How one kind of connection finds its addresses.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    fixed: Vec<(String, u16, Vec<IpAddr>)>,
    redirected: Vec<(String, u16, String, u16)>,
    family: Family,
    /// `None` is for ever.
    remembered: Option<Duration>,
}

impl Names {
    pub(super) fn new(options: &ConnectionOptions) -> Result<Names, TransportError> {
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
        })
    }

    /// The addresses of a host, best first.
    pub(super) fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, ureq::Error> {
        let (host, port) = self.instead(host, port);
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let mut found = if let Ok(address) = bare.parse::<IpAddr>() {
            vec![SocketAddr::new(address, port)]
        } else if let Some(fixed) = self.fixed_addresses(bare, port) {
            fixed
        } else {
            self.look_up(bare, port)?
        };
        found.retain(|address| match self.family {
            Family::Any => true,
            Family::V4 => address.is_ipv4(),
            Family::V6 => address.is_ipv6(),
        });
        if found.is_empty() {
            let family = if self.family == Family::V4 { "IPv4" } else { "IPv6" };
            return Err(
                TransportError::new(ErrorKind::Resolve, format!("host \"{bare}\" has no {family} address")).into()
            );
        }
        found.truncate(MAX_ADDRESSES);
        Ok(found)
    }

    fn instead<'a>(&'a self, host: &'a str, port: u16) -> (&'a str, u16) {
        let hit = self.redirected.iter().find(|(from, from_port, ..)| {
            (from.is_empty() || from.eq_ignore_ascii_case(host)) && (*from_port == 0 || *from_port == port)
        });
        let Some((.., to, to_port)) = hit else { return (host, port) };
        (if to.is_empty() { host } else { to }, if *to_port == 0 { port } else { *to_port })
    }

    fn fixed_addresses(&self, host: &str, port: u16) -> Option<Vec<SocketAddr>> {
        let (.., addresses) = self
            .fixed
            .iter()
            .find(|(name, for_port, _)| *for_port == port && (name == "*" || name.eq_ignore_ascii_case(host)))?;
        Some(addresses.iter().map(|address| SocketAddr::new(*address, port)).collect())
    }

    fn look_up(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, ureq::Error> {
        let key = (host.to_ascii_lowercase(), port);
        let now = Instant::now();
        {
            let known = cache().lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((since, addresses)) = known.get(&key)
                && self.remembered.is_none_or(|limit| now.duration_since(*since) < limit)
            {
                return Ok(addresses.clone());
            }
        }
        let found = ask_system(host, port, stopwatch::remaining(now)?)?;
        cache().lock().unwrap_or_else(PoisonError::into_inner).insert(key, (now, found.clone()));
        Ok(found)
    }
}

/// Remembers which address of a host answered, so that the next connection tries it first.
pub(super) fn prefer(host: &str, address: SocketAddr) {
    let mut known = cache().lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, addresses)) = known.get_mut(&(host.to_ascii_lowercase(), address.port()))
        && let Some(at) = addresses.iter().position(|have| *have == address)
    {
        addresses[..=at].rotate_right(1);
    }
}

/// The system's look-up. With a bound it runs on a thread of its own, since it cannot be stopped.
fn ask_system(host: &str, port: u16, bound: Option<Duration>) -> Result<Vec<SocketAddr>, ureq::Error> {
    let unknown = |error: io::Error| -> ureq::Error {
        let reason = error.to_string();
        let message = if reason.contains("Temporary failure") || reason.contains("Try again") {
            format!("host name \"{host}\" could not be looked up: the name server did not answer")
        } else {
            format!("host name \"{host}\" is not known")
        };
        TransportError::new(ErrorKind::Resolve, message).into()
    };
    let Some(bound) = bound else {
        return (host, port).to_socket_addrs().map(Iterator::collect).map_err(unknown);
    };
    let (answer, answers) = mpsc::sync_channel(1);
    let name = host.to_owned();
    let asked = std::thread::Builder::new().name("name lookup".to_owned()).spawn(move || {
        let found = (name.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        // Nobody listens any more if time ran out.
        let _ = answer.send(found);
    });
    if asked.is_err() {
        return (host, port).to_socket_addrs().map(Iterator::collect).map_err(unknown);
    }
    match answers.recv_timeout(bound) {
        Ok(found) => found.map_err(unknown),
        Err(_) => Err(stopwatch::TimeIsUp.into()),
    }
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
            let found = self.names.addresses(uri.host().unwrap_or_default(), uri.port_u16().unwrap_or(default))?;
            found.into_iter().for_each(|address| out.push(address));
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_and_redirected_names() {
        let options = ConnectionOptions {
            resolve: vec!["api.test:80:127.0.0.1,[::1]".to_owned(), "-old.test:80".to_owned()],
            connect_to: vec!["a.test:80:127.0.0.2:81".to_owned(), "::[::1]:".to_owned()],
            ..ConnectionOptions::default()
        };
        let names = Names::new(&options).unwrap();
        assert_eq!(names.addresses("a.test", 80).unwrap(), ["127.0.0.2:81".parse().unwrap()]);
        assert_eq!(names.addresses("b.test", 82).unwrap(), ["[::1]:82".parse().unwrap()]);
        let only = Names::new(&ConnectionOptions { connect_to: Vec::new(), family: Family::V4, ..options }).unwrap();
        assert_eq!(only.addresses("API.test", 80).unwrap(), ["127.0.0.1:80".parse().unwrap()]);
        assert!(only.addresses("::1", 80).is_err());
    }

    #[test]
    fn broken_lines_are_named() {
        for bad in ["x", "x:80", "x:y:127.0.0.1", "x:80:nowhere"] {
            let options = ConnectionOptions { resolve: vec![bad.to_owned()], ..ConnectionOptions::default() };
            assert!(Names::new(&options).unwrap_err().message.contains(bad));
        }
    }
}
