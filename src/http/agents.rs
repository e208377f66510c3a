//! One ureq agent for each kind of connection, made when first needed.
//!
//! Owns: how an agent is set up. Does not: know what makes two requests share connections (see `route`), send (see
//! `client`).

use std::sync::OnceLock;

use ureq::config::{Config, RedirectAuthHeaders};
use ureq::unversioned::transport::{ConnectProxyConnector, Connector, SocksConnector};
use ureq::{Agent, Proxy, ProxyProtocol};

use super::connect::{Begin, Finish, TcpConnect};
use super::fault::TransportError;
use super::proxy::ProxyChoice;
use super::resolve::{LookUp, UreqNames};
use super::route::{Profile, Via};
use super::tls::{self, TlsConnect};
use crate::exchange::curl_options::{ConnectionOptions, ProxyType};
use crate::exchange::request::ErrorKind;

/// The longest answer head that is read.
const MAX_HEAD: usize = 300 * 1024;
/// As libcurl keeps idle connections; each is probed before it is used again.
const MAX_IDLE_SECONDS: u64 = 118;
/// Idle connections to all hosts together, if few are kept for each.
const MIN_IDLE: usize = 16;

/// An agent and how it must be handled.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub agent: Agent,
    /// ureq's SOCKS transport knows nothing of our clock: ureq has to keep time itself.
    pub keeps_time: bool,
    /// Requests go to a plain proxy, with these credentials.
    pub proxy_credentials: Option<(String, String)>,
    pub proxied: bool,
}

impl Line {
    /// Sets the agent up; opens nothing.
    pub(super) fn new(profile: &Profile, connections: usize, look_up: LookUp) -> Result<Line, TransportError> {
        let Profile { https, insecure, proxy, options, .. } = profile;
        let names = profile.names(look_up)?;
        let (forwarding, tunnel) = match profile.via() {
            Via::Direct => (None, None),
            Via::Forward(proxy) => (Some(proxy), None),
            Via::Tunnel(proxy) => (None, Some(proxy)),
        };
        let socks = tunnel.is_some_and(|proxy| !matches!(proxy.kind, ProxyType::Http | ProxyType::Https));
        if socks && options.interface.is_some() {
            let message = "curl option interface cannot be combined with a SOCKS proxy";
            return Err(TransportError::new(ErrorKind::Option, message));
        }
        let tls_to_proxy = tunnel.is_some_and(|proxy| proxy.kind == ProxyType::Https);
        let tls = if *https || tls_to_proxy { Some(tls::settings(options, *insecure)?) } else { None };
        let tcp = TcpConnect {
            names: names.clone(),
            dialling: profile.dialling(),
            forward: forwarding.map(|proxy| (proxy.host.clone(), proxy.port)),
        };
        let chain = Begin
            .chain(SocksConnector::default())
            .chain(ConnectProxyConnector::default())
            .chain(tcp)
            .chain(TlsConnect(tls))
            .chain(Finish);
        let config = Config::builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .redirect_auth_headers(RedirectAuthHeaders::Never)
            .allow_non_standard_methods(true)
            .user_agent("")
            .accept("")
            .accept_encoding("")
            .max_response_header_size(MAX_HEAD)
            .max_idle_connections(connections.max(MIN_IDLE))
            .max_idle_connections_per_host(connections.max(1))
            .max_idle_age(std::time::Duration::from_secs(MAX_IDLE_SECONDS))
            .proxy(tunnel.map(ureq_proxy).transpose()?)
            .build();
        Ok(Line {
            agent: Agent::with_parts(config, chain, UreqNames { names, eager: socks }),
            keeps_time: !socks,
            proxy_credentials: forwarding.and_then(ProxyChoice::credentials),
            proxied: proxy.is_some(),
        })
    }
}

/// Whether no connection option is set; written out because it is asked for every request.
pub(super) fn is_usual(options: &ConnectionOptions) -> bool {
    static USUAL: OnceLock<ConnectionOptions> = OnceLock::new();
    *options == *USUAL.get_or_init(ConnectionOptions::default)
}

fn ureq_proxy(choice: &ProxyChoice) -> Result<Proxy, TransportError> {
    let protocol = match choice.kind {
        ProxyType::Http => ProxyProtocol::Http,
        ProxyType::Https => ProxyProtocol::Https,
        ProxyType::Socks4 => ProxyProtocol::Socks4,
        ProxyType::Socks4a => ProxyProtocol::Socks4A,
        ProxyType::Socks5 => ProxyProtocol::Socks5,
        ProxyType::Socks5h => ProxyProtocol::Socks5h,
    };
    let mut builder = Proxy::builder(protocol).host(&choice.host).port(choice.port);
    if let Some(name) = &choice.username {
        builder = builder.username(name);
        if let Some(password) = &choice.password {
            builder = builder.password(&password.0);
        }
    }
    builder
        .build()
        .map_err(|_| TransportError::new(ErrorKind::Proxy, format!("the proxy \"{}\" cannot be used", choice.host)))
}
