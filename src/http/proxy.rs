//! Which proxy a request goes through, by libcurl's rules.
//!
//! Owns: the proxy variables of the environment, `proxy…` options, `noproxy`. Does not: talk to a
//! proxy (see `connect`, `agents`).

use std::net::IpAddr;

use super::fault::TransportError;
use crate::exchange::curl_options::{ConnectionOptions, ProxyType};
use crate::exchange::network::Network;
use crate::exchange::request::ErrorKind;
use crate::exchange::url::{Target, percent_decode};
use crate::secrets::Secret;

/// The proxy variables of the environment. `HTTP_PROXY` in upper case does not count: a web server
/// hands it to its CGI programs from a request header.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProxyEnvironment {
    /// `http_proxy`.
    pub http: Option<Secret>,
    /// `https_proxy`, `HTTPS_PROXY`.
    pub https: Option<Secret>,
    /// `all_proxy`, `ALL_PROXY`.
    pub all: Option<Secret>,
    /// `no_proxy`, `NO_PROXY`.
    pub none: Option<String>,
}

impl ProxyEnvironment {
    /// Asks an environment for the variables.
    pub fn of(environment: impl Fn(&str) -> Option<String>) -> ProxyEnvironment {
        // As for libcurl, an empty one is none.
        let value = |name: &&str| environment(name).filter(|value| !value.is_empty());
        let first = |names: &[&str]| names.iter().find_map(value);
        ProxyEnvironment {
            http: first(&["http_proxy"]).map(Secret),
            https: first(&["https_proxy", "HTTPS_PROXY"]).map(Secret),
            all: first(&["all_proxy", "ALL_PROXY"]).map(Secret),
            none: first(&["no_proxy", "NO_PROXY"]),
        }
    }

    /// Whether no proxy is named at all.
    pub fn is_empty(&self) -> bool {
        self.http.is_none() && self.https.is_none() && self.all.is_none()
    }
}

/// A proxy, resolved.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ProxyChoice {
    pub kind: ProxyType,
    pub host: String,
    pub port: u16,
    pub username: Option<String>,
    pub password: Option<Secret>,
}

impl ProxyChoice {
    /// Name and password, if there is a name.
    pub(super) fn credentials(&self) -> Option<(String, String)> {
        let password = self.password.as_ref().map_or(String::new(), |password| password.0.clone());
        self.username.clone().map(|name| (name, password))
    }
}

/// The kind of the proxy for a scheme, wherever it leads; `noproxy` aside.
pub(super) fn kind(
    environment: &ProxyEnvironment,
    options: &ConnectionOptions,
    https: bool,
) -> Result<Option<ProxyType>, TransportError> {
    let Some(Secret(url)) = named(environment, options, https) else { return Ok(None) };
    parse(url, options).map(|choice| Some(choice.kind))
}

/// The proxy for `target`, if any.
pub(super) fn choose(
    environment: &ProxyEnvironment,
    options: &ConnectionOptions,
    target: &Target,
) -> Result<Option<ProxyChoice>, TransportError> {
    let Some(Secret(url)) = named(environment, options, target.https) else { return Ok(None) };
    let exceptions = options.no_proxy.as_ref().or(environment.none.as_ref());
    if exceptions.is_some_and(|list| is_exempt(list, target.host())) {
        return Ok(None);
    }
    parse(url, options).map(Some)
}

fn named<'a>(environment: &'a ProxyEnvironment, options: &'a ConnectionOptions, https: bool) -> Option<&'a Secret> {
    let named = match &options.proxy {
        Some(own) => Some(own),
        None if https => environment.https.as_ref().or(environment.all.as_ref()),
        None => environment.http.as_ref().or(environment.all.as_ref()),
    };
    named.filter(|named| !named.0.is_empty())
}

fn parse(url: &str, options: &ConnectionOptions) -> Result<ProxyChoice, TransportError> {
    let wrong = |reason: &str| TransportError::new(ErrorKind::Proxy, format!("the proxy's url is wrong: {reason}"));
    let (kind, rest) = match url.split_once("://") {
        None => (options.proxy_type.unwrap_or(ProxyType::Http), url),
        Some((scheme, rest)) => {
            let kind = match scheme.to_ascii_lowercase().as_str() {
                "http" => ProxyType::Http,
                "https" => ProxyType::Https,
                "socks4" => ProxyType::Socks4,
                "socks4a" => ProxyType::Socks4a,
                "socks" | "socks5" => ProxyType::Socks5,
                "socks5h" => ProxyType::Socks5h,
                other => return Err(wrong(&format!("unknown scheme \"{other}\""))),
            };
            (kind, rest)
        }
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (userinfo, host_port) = match authority.rsplit_once('@') {
        Some((userinfo, host_port)) => (Some(userinfo), host_port),
        None => (None, authority),
    };
    let after_bracket = host_port.rfind(']').unwrap_or(0);
    let (host, port) = match host_port[after_bracket..].find(':') {
        Some(at) => {
            let colon = after_bracket + at;
            let port = host_port[colon + 1..].parse().map_err(|_| wrong("its port is not a number"))?;
            (&host_port[..colon], Some(port))
        }
        None => (host_port, None),
    };
    if host.is_empty() {
        return Err(wrong("it names no host"));
    }
    let (username, password) = match (&options.proxy_username, userinfo) {
        (Some(name), _) => (Some(name.clone()), options.proxy_password.clone()),
        (None, Some(userinfo)) => {
            let (name, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
            (Some(percent_decode(name)), Some(Secret(percent_decode(password))))
        }
        (None, None) => (None, None),
    };
    let default_port = if kind == ProxyType::Https { 443 } else { 1080 };
    let port = port.or(options.proxy_port).unwrap_or(default_port);
    Ok(ProxyChoice { kind, host: host.to_owned(), port, username, password })
}

/// libcurl's `noproxy`: `*`, names with all names below them, addresses, address blocks.
fn is_exempt(list: &str, host: &str) -> bool {
    let bare = host.trim_matches(['[', ']']).trim_end_matches('.');
    let address = bare.parse::<IpAddr>().ok();
    list.split([',', ' ']).map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        if entry == "*" {
            return true;
        }
        if let Some(address) = address {
            return Network::parse(entry.trim_matches(['[', ']'])).is_some_and(|block| block.contains(address));
        }
        let name = entry.trim_start_matches('.').trim_end_matches('.').to_ascii_lowercase();
        let host = bare.to_ascii_lowercase();
        host == name || host.strip_suffix(&name).is_some_and(|rest| rest.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::url::target;

    fn chosen(environment: &ProxyEnvironment, options: &ConnectionOptions, url: &str) -> Option<String> {
        let choice = choose(environment, options, &target(url).unwrap()).unwrap()?;
        Some(format!("{:?} {}:{} {:?}", choice.kind, choice.host, choice.port, choice.username))
    }

    #[test]
    fn the_environment_chooses_by_scheme() {
        let environment = ProxyEnvironment {
            http: Some(Secret("http://p:1".to_owned())),
            https: None,
            all: Some(Secret("socks5h://u:w@q".to_owned())),
            none: Some("skip.test, .below.test,10.0.0.0/8".to_owned()),
        };
        let none = ConnectionOptions::default();
        assert_eq!(chosen(&environment, &none, "http://h").unwrap(), "Http p:1 None");
        assert_eq!(chosen(&environment, &none, "https://h").unwrap(), "Socks5h q:1080 Some(\"u\")");
        for exempt in
            ["http://skip.test", "http://a.skip.test", "http://below.test", "http://x.below.test:8", "http://10.1.2.3"]
        {
            assert_eq!(chosen(&environment, &none, exempt), None, "{exempt}");
        }
        assert!(chosen(&environment, &none, "http://noskip.test").is_some());
        let off = ConnectionOptions { proxy: Some(Secret(String::new())), ..ConnectionOptions::default() };
        assert_eq!(chosen(&environment, &off, "http://h"), None);
        let all = ConnectionOptions { no_proxy: Some("*".to_owned()), ..ConnectionOptions::default() };
        assert_eq!(chosen(&environment, &all, "http://h"), None);
    }

    #[test]
    fn options_win_and_mistakes_are_named() {
        let options = ConnectionOptions {
            proxy: Some(Secret("q".to_owned())),
            proxy_port: Some(3128),
            proxy_username: Some("u".to_owned()),
            ..ConnectionOptions::default()
        };
        assert_eq!(chosen(&ProxyEnvironment::default(), &options, "http://h").unwrap(), "Http q:3128 Some(\"u\")");
        for bad in ["foo://q", "http://q:x", "http://"] {
            let options = ConnectionOptions { proxy: Some(Secret(bad.to_owned())), ..ConnectionOptions::default() };
            let target = target("http://h").unwrap();
            assert_eq!(choose(&ProxyEnvironment::default(), &options, &target).unwrap_err().kind, ErrorKind::Proxy);
        }
    }
}
