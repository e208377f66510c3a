//! `curl_option_…` keys: which libcurl options resttest honours, and what each one means here.
//!
//! Owns: the resolved values, and how a suite's value becomes one. Does not: list the options (see
//! `table`), act on them (see `http`).

mod table;

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use crate::ground::source::did_you_mean;
use crate::ground::value::Value;
use crate::secrets::Secret;

pub use table::table;

/// The resolved values of all options that have an effect.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CurlOptions {
    /// `followlocation`.
    pub follow_location: bool,
    /// `maxredirs`: `None` is the default of 30; -1 in a suite (no limit) is `u32::MAX`.
    pub max_redirects: Option<u32>,
    /// `postredir`: POST stays POST over 301 (1), 302 (2), 303 (4).
    pub post_redirects: u8,
    /// `unrestricted_auth`: credentials and cookies follow a redirect to another origin.
    pub unrestricted_auth: bool,
    /// `autoreferer`.
    pub auto_referer: bool,
    /// `cookiefile` with an empty name: cookies are kept from one redirect to the next.
    pub keep_cookies: bool,
    /// `timeout`, `timeout_ms`: replaces the test's timeout; `Duration::MAX` is no limit.
    pub timeout: Option<Duration>,
    /// `connecttimeout`, `connecttimeout_ms`; `Duration::MAX` is no limit.
    pub connect_timeout: Option<Duration>,
    /// `useragent`; empty sends none.
    pub user_agent: Option<String>,
    /// `referer`.
    pub referer: Option<String>,
    /// `cookie`.
    pub cookie: Option<Secret>,
    /// `accept_encoding`, `encoding`.
    pub accept_encoding: Option<String>,
    /// `http_content_decoding: 0`: the body stays as it came.
    pub raw_content: bool,
    /// `username`, `userpwd`.
    pub username: Option<String>,
    /// `password`, `userpwd`.
    pub password: Option<Secret>,
    /// `xoauth2_bearer`.
    pub bearer: Option<Secret>,
    /// `customrequest`: the method's name and nothing else.
    pub method: Option<String>,
    /// `httpget`, `post`, `put`, `upload`, `nobody`.
    pub form: Option<Form>,
    /// `httpheader`: lines that are added to the test's headers.
    pub headers: Vec<String>,
    /// `range`.
    pub range: Option<String>,
    /// `forbid_reuse`: the connection is closed afterwards.
    pub forbid_reuse: bool,
    /// `fresh_connect`: no pooled connection is used.
    pub fresh_connect: bool,
    /// `failonerror`: 400 and up is an error.
    pub fail_on_error: bool,
    /// `maxfilesize`, `maxfilesize_large`.
    pub max_file_size: Option<u64>,
    /// `path_as_is`.
    pub path_as_is: bool,
    /// `http_version`.
    pub http_version: HttpVersion,
    /// What of authentication goes beyond a header that is always the same.
    pub auth: Option<Box<CurlAuth>>,
    /// What tells one kind of connection from another.
    pub connection: ConnectionOptions,
}

/// `httpauth: 2`, `aws_sigv4`, `netrc` and `netrc_file`: which authentication a test has, as libcurl names it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CurlAuth {
    /// `httpauth` with digest (2) and neither basic (1) nor bearer (64).
    pub digest: bool,
    /// `aws_sigv4`.
    pub aws_sigv4: Option<Sigv4Scope>,
    /// `netrc`: whether an entry is required (2) or not (1).
    pub netrc: Option<bool>,
    /// `netrc_file`.
    pub netrc_file: Option<String>,
}

/// What libcurl's `aws:amz:REGION:SERVICE` names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sigv4Scope {
    /// The region, if it is named.
    pub region: Option<String>,
    /// The service, if it is named.
    pub service: Option<String>,
}

impl Sigv4Scope {
    /// Reads `aws[:amz[:REGION[:SERVICE]]]`.
    ///
    /// # Errors
    /// It is something else, such as another provider.
    pub fn parse(text: &str) -> Result<Sigv4Scope, String> {
        let parts: Vec<&str> = text.split(':').collect();
        let is_aws = parts[0].eq_ignore_ascii_case("aws") && parts.get(1).is_none_or(|b| b.eq_ignore_ascii_case("amz"));
        if !is_aws || parts.len() > 4 || parts.contains(&"") {
            let shown = text.escape_debug();
            return Err(format!("must be aws:amz, aws:amz:REGION or aws:amz:REGION:SERVICE, not \"{shown}\""));
        }
        let part = |at: usize| parts.get(at).map(|part| (*part).to_owned());
        Ok(Sigv4Scope { region: part(2), service: part(3) })
    }
}

/// Options of a connection: requests that differ in one never share a connection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ConnectionOptions {
    /// `proxy`; empty is none, whatever the environment says.
    pub proxy: Option<Secret>,
    /// `proxyport`.
    pub proxy_port: Option<u16>,
    /// `proxytype`, if the proxy is written without a scheme.
    pub proxy_type: Option<ProxyType>,
    /// `proxyusername`, `proxyuserpwd`.
    pub proxy_username: Option<String>,
    /// `proxypassword`, `proxyuserpwd`.
    pub proxy_password: Option<Secret>,
    /// `httpproxytunnel`: CONNECT for http too.
    pub proxy_tunnel: bool,
    /// `noproxy`.
    pub no_proxy: Option<String>,
    /// `interface`: an address or the name of an interface.
    pub interface: Option<String>,
    /// `ipresolve`.
    pub family: Family,
    /// `ssl_verifypeer: 0`.
    pub no_verify_peer: bool,
    /// `ssl_verifyhost: 0`.
    pub no_verify_host: bool,
    /// `cainfo`.
    pub ca_file: Option<PathBuf>,
    /// `capath`.
    pub ca_folder: Option<PathBuf>,
    /// `sslcert`, PEM.
    pub client_cert: Option<PathBuf>,
    /// `sslkey`, PEM.
    pub client_key: Option<PathBuf>,
    /// `tcp_nodelay: 0`.
    pub delay: bool,
    /// `tcp_keepalive`.
    pub keep_alive_probes: bool,
    /// `resolve`: `host:port:address[,address]`.
    pub resolve: Vec<String>,
    /// `connect_to`: `host:port:connect-host:connect-port`.
    pub connect_to: Vec<String>,
    /// `dns_cache_timeout` in seconds; -1 is for ever, `None` the default of 60.
    pub dns_seconds: Option<i64>,
}

/// What `httpget`, `post`, `put`, `upload` and `nobody` make of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// GET without a body.
    Get,
    /// HEAD without a body.
    Head,
    /// POST.
    Post,
    /// PUT.
    Put,
}

impl CurlOptions {
    /// No option set, in one place for all tests: few tests set any.
    pub fn unset() -> Arc<CurlOptions> {
        static UNSET: LazyLock<Arc<CurlOptions>> = LazyLock::new(Arc::default);
        UNSET.clone()
    }

    /// What the form makes of a test's method: GET, POST and PUT change; PyRestTest names all others as
    /// CUSTOMREQUEST, which none of the forms touches.
    pub fn method_of<'m>(&self, method: &'m str) -> &'m str {
        match self.form {
            Some(form) if matches!(method, "GET" | "POST" | "PUT") => match form {
                Form::Get => "GET",
                Form::Head => "HEAD",
                Form::Post => "POST",
                Form::Put => "PUT",
            },
            _ => method,
        }
    }
}

/// Which version of HTTP a test asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HttpVersion {
    /// It does not say.
    #[default]
    Unsaid,
    /// 0: whichever there is.
    Any,
    /// 1: HTTP/1.0, with a connection for each request.
    Http10,
    /// 2: HTTP/1.1.
    Http11,
    /// 4: HTTP/2 where TLS can agree on it.
    Http2OverTls,
}

/// The protocol spoken with a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProxyType {
    /// HTTP.
    Http,
    /// HTTP inside TLS.
    Https,
    /// SOCKS 4: the name is looked up here.
    Socks4,
    /// SOCKS 4a: the proxy looks the name up.
    Socks4a,
    /// SOCKS 5: the name is looked up here.
    Socks5,
    /// SOCKS 5: the proxy looks the name up.
    Socks5h,
}

impl ProxyType {
    /// The scheme of a proxy's URL.
    pub fn scheme(self) -> &'static str {
        match self {
            ProxyType::Http => "http",
            ProxyType::Https => "https",
            ProxyType::Socks4 => "socks4",
            ProxyType::Socks4a => "socks4a",
            ProxyType::Socks5 => "socks5",
            ProxyType::Socks5h => "socks5h",
        }
    }
}

/// Which addresses of a host are tried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Family {
    /// All.
    #[default]
    Any,
    /// IPv4 only.
    V4,
    /// IPv6 only.
    V6,
}

/// One option of libcurl.
#[derive(Debug)]
pub struct CurlOption {
    /// The name in lower case, as it follows `curl_option_`.
    pub name: &'static str,
    /// What setting it does.
    pub effect: Effect,
    /// One line for the help; for an impossible option, the reason.
    pub doc: &'static str,
}

/// What an option does here.
#[derive(Debug)]
pub enum Effect {
    /// It is honoured.
    Set(fn(&mut CurlOptions, &Value) -> Result<(), String>),
    /// It is accepted, and ignoring it changes nothing that a suite could see.
    Nothing,
    /// libcurl knows it, but it cannot work here.
    Impossible,
}

/// Sets the option `name` (what follows `curl_option_`, in any case). Null leaves it unset.
///
/// # Errors
/// The name is unknown, the option cannot work here, or the value does not fit.
pub fn set(options: &mut CurlOptions, name: &str, value: &Value) -> Result<(), String> {
    let lower = name.to_ascii_lowercase();
    let Some(option) = table().iter().find(|option| option.name == lower) else {
        let guess = did_you_mean(&lower, table().iter().map(|option| option.name));
        return Err(format!("libcurl has no option \"{name}\"{guess}"));
    };
    if matches!(value, Value::Null) {
        return Ok(());
    }
    match option.effect {
        Effect::Set(apply) => apply(options, value).map_err(|reason| format!("curl option {lower}: {reason}")),
        Effect::Nothing => Ok(()),
        Effect::Impossible => Err(format!("curl option {lower} is known but cannot work here: {}", option.doc)),
    }
}

#[cfg(test)]
mod tests;
