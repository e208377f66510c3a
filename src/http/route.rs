//! The way of one hop to its server: whom to look up and to dial, what to say to a proxy, with whom to speak TLS.
//!
//! Owns: what makes two requests share connections, the proxy's part, which ways only ureq can take. Does not:
//! open anything (see `socket`), choose the proxy (see `proxy`), know what is sent (see `outgoing`).

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;

use super::fault::TransportError;
use super::journey::Journey;
use super::proxy::{self, ProxyChoice, ProxyEnvironment};
use super::resolve::{LookUp, Names};
use super::socket::{Dialling, Source};
use super::tls;
use crate::exchange::curl_options::{ConnectionOptions, ProxyType};
use crate::exchange::egress::Egress;
use crate::exchange::request::{ErrorKind, Request};
use crate::exchange::url::Target;

/// So many routes are remembered: more than the hosts of a suite, fewer than what templates can make up.
const REMEMBERED: usize = 64;

/// Requests with equal profiles share connections, if they go to the same host.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Profile {
    pub https: bool,
    pub insecure: bool,
    pub proxy: Option<ProxyChoice>,
    pub options: ConnectionOptions,
    /// Where connections may lead.
    pub egress: Option<Arc<Egress>>,
}

/// What a proxy does for a connection.
pub(super) enum Via<'p> {
    /// There is none.
    Direct,
    /// It reads absolute URLs and sends the requests on.
    Forward(&'p ProxyChoice),
    /// It opens a tunnel.
    Tunnel(&'p ProxyChoice),
}

impl Profile {
    pub fn via(&self) -> Via<'_> {
        match &self.proxy {
            None => Via::Direct,
            Some(proxy) if proxy.kind == ProxyType::Http && !self.https && !self.options.proxy_tunnel => {
                Via::Forward(proxy)
            }
            Some(proxy) => Via::Tunnel(proxy),
        }
    }

    /// How connections find their addresses.
    ///
    /// # Errors
    /// An option cannot be read.
    pub fn names(&self, look_up: LookUp) -> Result<Names, TransportError> {
        let names = Names::new(&self.options, look_up)?;
        let Some(rules) = self.egress.clone() else { return Ok(names) };
        Ok(names.within(rules, self.proxy.as_ref().map(|proxy| (proxy.host.clone(), proxy.port))))
    }

    /// How connections are opened.
    pub fn dialling(&self) -> Dialling {
        let options = &self.options;
        Dialling {
            source: options.interface.as_deref().filter(|text| !text.is_empty()).map(Source::parse),
            delay: options.delay,
            keep_alive_probes: options.keep_alive_probes,
            to_proxy: self.proxy.is_some(),
        }
    }
}

/// The way to a server. Requests with equal routes share connections.
pub(super) struct Route {
    profile: Profile,
    /// The server's host and port, unless a proxy sends the requests on to whatever server they name.
    server: Option<(String, u16)>,
    /// Who is looked up and dialled: the server, or the proxy.
    pub host: String,
    pub port: u16,
    pub names: Names,
    pub dialling: Dialling,
    /// What opens the tunnel, once the proxy is dialled: a request whose answer must be 200.
    pub tunnel: Option<Vec<u8>>,
    /// TLS with the server, once there is a way to it.
    pub tls: Option<Tls>,
    /// Name and password that go with each request to a proxy that sends it on.
    pub proxy_credentials: Option<(String, String)>,
}

/// With whom TLS is spoken, and whom we trust.
pub(super) struct Tls {
    pub config: Arc<ClientConfig>,
    pub name: ServerName<'static>,
}

impl Route {
    fn new(profile: Profile, target: &Target, look_up: LookUp) -> Result<Route, Detour> {
        let (host, port) = (target.host(), target.port);
        let server = (host.to_owned(), port);
        let of = |proxy: &ProxyChoice| (proxy.host.clone(), proxy.port);
        let (server, (dialled, dialled_port), tunnel, proxy_credentials) = match profile.via() {
            Via::Direct => (Some(server.clone()), server, None, None),
            Via::Forward(proxy) => (None, of(proxy), None, proxy.credentials()),
            Via::Tunnel(proxy) => match needs_ureq(proxy.kind) {
                Some(what) => return Err(Detour::Needs(what)),
                None => (Some(server), of(proxy), Some(open_tunnel(host, port, proxy)), None),
            },
        };
        let tls = if profile.https {
            let config = tls::settings(&profile.options, profile.insecure)?;
            Some(Tls { config, name: tls::server_name(host)? })
        } else {
            None
        };
        Ok(Route {
            names: profile.names(look_up)?,
            dialling: profile.dialling(),
            server,
            host: dialled,
            port: dialled_port,
            tunnel,
            tls,
            proxy_credentials,
            profile,
        })
    }

    /// Whether a proxy is on the way.
    pub fn is_proxied(&self) -> bool {
        self.profile.proxy.is_some()
    }

    /// Whether it leads to a proxy that reads absolute URLs.
    pub fn is_forwarded(&self) -> bool {
        self.server.is_none()
    }

    /// Whether a connection that was opened for one can carry requests of the other.
    pub fn shares_connections_with(&self, other: &Route) -> bool {
        let same_server = || match (&self.server, &other.server) {
            (Some((own, own_port)), Some((host, port))) => own_port == port && own.eq_ignore_ascii_case(host),
            (own, other) => own.is_none() && other.is_none(),
        };
        std::ptr::eq(self, other) || same_server() && self.profile == other.profile
    }

    /// Whether it is the way to this target, through this proxy.
    fn leads_to(&self, journey: &Journey, proxy: Option<&ProxyChoice>, options: &ConnectionOptions) -> bool {
        let target = journey.target();
        let leads_there = match &self.server {
            Some((host, port)) => *port == target.port && host.eq_ignore_ascii_case(target.host()),
            None => true,
        };
        let Profile { https, proxy: own_proxy, options: own_options, egress, .. } = &self.profile;
        leads_there
            && *https == target.https
            && own_proxy.as_ref() == proxy
            && own_options == options
            && egress.as_ref() == journey.egress()
    }
}

/// Why a request has to take the long way, through ureq.
#[derive(Debug)]
pub(super) enum Detour {
    /// What about it only ureq can do, as part of a sentence.
    Needs(&'static str),
    /// It cannot be sent at all, which ureq's way says as well.
    Fault(TransportError),
}

impl Detour {
    /// What needs ureq, if that is why.
    pub fn needs(&self) -> Option<&'static str> {
        match self {
            Detour::Needs(what) => Some(what),
            Detour::Fault(_) => None,
        }
    }

    /// In words, where there is no long way any more.
    pub fn into_fault(self) -> TransportError {
        match self {
            Detour::Needs(what) => TransportError::new(ErrorKind::Option, format!("{what} cannot be used here")),
            Detour::Fault(fault) => fault,
        }
    }
}

impl From<TransportError> for Detour {
    fn from(fault: TransportError) -> Detour {
        Detour::Fault(fault)
    }
}

/// The routes of a run; its workers share them, and with them certificates and TLS sessions.
pub(super) struct Routes {
    insecure: bool,
    proxies: ProxyEnvironment,
    look_up: LookUp,
    /// Where requests may go that say nothing of it themselves.
    pub egress: Option<Arc<Egress>>,
    known: RwLock<Vec<Arc<Route>>>,
}

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routes").finish_non_exhaustive()
    }
}

impl Routes {
    pub fn new(insecure: bool, proxies: ProxyEnvironment, look_up: LookUp) -> Routes {
        Routes { insecure, proxies, look_up, egress: None, known: RwLock::default() }
    }

    /// These, bounded.
    pub fn within(self, egress: Option<Arc<Egress>>) -> Routes {
        Routes { egress, ..self }
    }

    /// The way to where a journey leads. The same as before, if there was one: it is cheap to ask for each request.
    ///
    /// # Errors
    /// There is none but ureq's.
    pub fn to(&self, journey: &Journey, options: &ConnectionOptions) -> Result<Arc<Route>, Detour> {
        let target = journey.target();
        let proxy = proxy::choose(&self.proxies, options, target)?;
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(route) = known.iter().find(|route| route.leads_to(journey, proxy.as_ref(), options)) {
            return Ok(route.clone());
        }
        drop(known);
        let profile = Profile {
            https: target.https,
            insecure: self.insecure,
            proxy,
            options: options.clone(),
            egress: journey.egress().cloned(),
        };
        let route = Arc::new(Route::new(profile, target, self.look_up)?);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() == REMEMBERED {
            known.remove(0);
        }
        known.push(route.clone());
        Ok(route)
    }

    /// Whether all hops of a request can do without ureq, wherever redirects lead.
    ///
    /// # Errors
    /// One of them may not.
    pub fn check(&self, request: &Request) -> Result<(), Detour> {
        for https in [false, true] {
            let kind = proxy::kind(&self.proxies, &request.options.connection, https)?;
            if let Some(what) = kind.and_then(needs_ureq).filter(|_| request.options.follow_location) {
                return Err(Detour::Needs(what));
            }
        }
        Ok(())
    }
}

/// What it is that only ureq can do.
fn needs_ureq(kind: ProxyType) -> Option<&'static str> {
    match kind {
        ProxyType::Http => None,
        ProxyType::Https => Some("an https proxy"),
        ProxyType::Socks4 | ProxyType::Socks4a | ProxyType::Socks5 | ProxyType::Socks5h => Some("a SOCKS proxy"),
    }
}

/// The request that asks a proxy for a tunnel.
fn open_tunnel(host: &str, port: u16, proxy: &ProxyChoice) -> Vec<u8> {
    let mut text = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\nProxy-Connection: Keep-Alive\r\n");
    if let Some((name, password)) = proxy.credentials() {
        let credentials = BASE64_STANDARD.encode(format!("{name}:{password}"));
        text.push_str(&format!("Proxy-Authorization: Basic {credentials}\r\n"));
    }
    text.push_str("\r\n");
    text.into_bytes()
}
