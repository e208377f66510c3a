//! libcurl's options, one entry each: how a value is taken, or why it cannot be.
//!
//! Owns: the table, and reading one value for one option. Does not: act on it (see `http`).

use std::time::Duration;

use super::{CurlOption, CurlOptions, Effect, Family, Form, HttpVersion, ProxyType, Secret, Sigv4Scope};
use crate::exchange::response::READ_ENCODINGS;
use crate::ground::source::did_you_mean;
use crate::ground::value::Value;

/// All options that pycurl knows, sorted by name.
pub fn table() -> &'static [CurlOption] {
    TABLE
}

fn wrong(expected: &str, value: &Value) -> String {
    format!("expects {expected}, not {}", value.type_name())
}

fn int(value: &Value) -> Result<i64, String> {
    match value {
        Value::Bool(flag) => Ok(i64::from(*flag)),
        Value::Int(number) => i64::try_from(*number).map_err(|_| format!("{number} is too large")),
        Value::Huge(digits) => Err(format!("{digits} is too large")),
        other => Err(wrong("a whole number", other)),
    }
}

fn flag(value: &Value) -> Result<bool, String> {
    match value {
        Value::Bool(_) | Value::Int(_) | Value::Huge(_) => Ok(value.is_truthy()),
        other => Err(wrong("true or false", other)),
    }
}

fn text(value: &Value) -> Result<String, String> {
    match value {
        Value::Str(text) => Ok(text.clone()),
        other => Err(wrong("text; put it in quotes", other)),
    }
}

fn list(value: &Value) -> Result<Vec<String>, String> {
    match value {
        Value::List(items) => items.iter().map(text).collect(),
        other => Err(wrong("a list of texts", other)),
    }
}

fn duration(value: &Value, unit_ms: u64) -> Result<Duration, String> {
    match u64::try_from(int(value)?) {
        Ok(0) => Ok(Duration::MAX),
        Ok(number) => Ok(Duration::from_millis(number.saturating_mul(unit_ms))),
        Err(_) => Err("cannot be negative; 0 is no limit".to_owned()),
    }
}

fn port(value: &Value) -> Result<u16, String> {
    u16::try_from(int(value)?).map_err(|_| "expects a port from 0 to 65535".to_owned())
}

fn size(value: &Value) -> Result<Option<u64>, String> {
    match u64::try_from(int(value)?) {
        Ok(0) => Ok(None),
        Ok(size) => Ok(Some(size)),
        Err(_) => Err("cannot be negative; 0 is no limit".to_owned()),
    }
}

fn encoding(value: &Value) -> Result<String, String> {
    let text = text(value)?;
    if text.is_empty() {
        return Ok("gzip, deflate".to_owned());
    }
    // An answer in an encoding that is not undone here would be judged as it came.
    let names = text.split(',').map(|part| part.split(';').next().unwrap_or_default().trim());
    let known = || READ_ENCODINGS.into_iter().chain(["identity", "*"]);
    for name in names.filter(|name| !name.is_empty()) {
        if !known().any(|known| known.eq_ignore_ascii_case(name)) {
            let guess = did_you_mean(&name.to_ascii_lowercase(), known());
            return Err(format!(
                "answers in \"{name}\" cannot be decoded here{guess}; allowed are {} (a header Accept-Encoding of the \
                 test's own may ask for anything)",
                known().collect::<Vec<_>>().join(", ")
            ));
        }
    }
    Ok(text)
}

fn max_redirects(options: &mut CurlOptions, value: &Value) -> Result<(), String> {
    let limit = match int(value)? {
        -1 => u32::MAX,
        limit => u32::try_from(limit).map_err(|_| "expects -1 (no limit) or a number from 0 up".to_owned())?,
    };
    options.max_redirects = Some(limit);
    Ok(())
}

fn proxy_type(options: &mut CurlOptions, value: &Value) -> Result<(), String> {
    options.connection.proxy_type = Some(match int(value)? {
        0 | 1 => ProxyType::Http,
        2 => ProxyType::Https,
        4 => ProxyType::Socks4,
        5 => ProxyType::Socks5,
        6 => ProxyType::Socks4a,
        7 => ProxyType::Socks5h,
        other => {
            return Err(format!(
                "{other} is not a proxy type; 0 http, 2 https, 4 socks4, 5 socks5, 6 socks4a, 7 socks5h"
            ));
        }
    });
    Ok(())
}

fn split_pair(value: &Value) -> Result<(String, Option<Secret>), String> {
    let text = text(value)?;
    Ok(match text.split_once(':') {
        Some((name, password)) => (name.to_owned(), Some(Secret(password.to_owned()))),
        None => (text, None),
    })
}

fn proxy_userpwd(options: &mut CurlOptions, value: &Value) -> Result<(), String> {
    let (name, password) = split_pair(value)?;
    options.connection.proxy_username = Some(name);
    options.connection.proxy_password = password;
    Ok(())
}

fn userpwd(options: &mut CurlOptions, value: &Value) -> Result<(), String> {
    let (name, password) = split_pair(value)?;
    options.username = Some(name);
    options.password = password;
    Ok(())
}

fn auth_kind(options: &mut CurlOptions, value: &Value) -> Result<(), String> {
    const BASIC: i64 = 1;
    const DIGEST: i64 = 2;
    const BEARER: i64 = 64;
    const AWS_SIGV4: i64 = 128;
    let wanted = int(value)?;
    // Of both, the one that needs no question first.
    if wanted & (BASIC | DIGEST) == DIGEST {
        options.auth.get_or_insert_default().digest = true;
    }
    if wanted & (BASIC | DIGEST | BEARER) == 0 && wanted != AWS_SIGV4 {
        return Err(
            "basic (1), digest (2), bearer (64) and aws_sigv4 (128) are offered; NTLM and negotiate are not".to_owned()
        );
    }
    Ok(())
}

fn netrc(options: &mut CurlOptions, value: &Value) -> Result<(), String> {
    let is_required = match int(value)? {
        0 => None,
        1 => Some(false),
        2 => Some(true),
        other => return Err(format!("must be 0 (ignored), 1 (optional) or 2 (required), not {other}")),
    };
    options.auth.get_or_insert_default().netrc = is_required;
    Ok(())
}

fn cookie_file(options: &mut CurlOptions, value: &Value) -> Result<(), String> {
    if !text(value)?.is_empty() {
        return Err("cookies are not read from files here; config has cookies: {file: …, save: …}".to_owned());
    }
    options.keep_cookies = true;
    Ok(())
}

fn transfer_decoding(_: &mut CurlOptions, value: &Value) -> Result<(), String> {
    if flag(value)? { Ok(()) } else { Err("chunks are always put together; 0 cannot work here".to_owned()) }
}

fn family(options: &mut CurlOptions, value: &Value) -> Result<(), String> {
    options.connection.family = match int(value)? {
        0 => Family::Any,
        1 => Family::V4,
        2 => Family::V6,
        other => return Err(format!("{other} is not 0 (any), 1 (IPv4) or 2 (IPv6)")),
    };
    Ok(())
}

fn pem_only(_: &mut CurlOptions, value: &Value) -> Result<(), String> {
    let kind = text(value)?;
    if kind.eq_ignore_ascii_case("pem") { Ok(()) } else { Err(format!("only PEM is read, not {kind}")) }
}

fn form(options: &mut CurlOptions, value: &Value, form: Form) -> Result<(), String> {
    if flag(value)? {
        options.form = Some(form);
    } else if options.form == Some(form) {
        options.form = None;
    }
    Ok(())
}

fn http_version(options: &mut CurlOptions, value: &Value) -> Result<(), String> {
    let missing = match int(value)? {
        0 => return set_version(options, HttpVersion::Any),
        1 => return set_version(options, HttpVersion::Http10),
        2 => return set_version(options, HttpVersion::Http11),
        4 => return set_version(options, HttpVersion::Http2OverTls),
        3 => "3 is HTTP/2, which is not spoken here",
        5 => "5 is HTTP/2 without asking first (h2c), which is not spoken here",
        30 => "30 is HTTP/3, which is not spoken here",
        31 => "31 is HTTP/3 and nothing else, which is not spoken here",
        other => {
            return Err(format!(
                "libcurl has no version {other}; 1 is HTTP/1.0, 2 is HTTP/1.1, 0 is whichever there is"
            ));
        }
    };
    Err(format!("{missing}; 2 is HTTP/1.1, 1 is HTTP/1.0, and without the option HTTP/1.1 is spoken"))
}

fn set_version(options: &mut CurlOptions, version: HttpVersion) -> Result<(), String> {
    options.http_version = version;
    Ok(())
}

fn http_only(_: &mut CurlOptions, value: &Value) -> Result<(), String> {
    let scheme = text(value)?;
    if scheme.eq_ignore_ascii_case("http") { Ok(()) } else { Err(format!("only http is assumed, not {scheme}")) }
}

// One line an entry reads better as a table.
#[rustfmt::skip]
static TABLE: &[CurlOption] = &[
    CurlOption { name: "accept_encoding", effect: Effect::Set(|o, v| { o.accept_encoding = Some(encoding(v)?); Ok(()) }), doc: "Accept-Encoding, of what can be decoded here: gzip, deflate, br, identity, *; empty is \"gzip, deflate\"" },
    CurlOption { name: "accepttimeout_ms", effect: Effect::Impossible, doc: "callbacks need a program around them" },
    CurlOption { name: "address_scope", effect: Effect::Impossible, doc: "not offered; use interface for the address" },
    CurlOption { name: "append", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "autoreferer", effect: Effect::Set(|o, v| { o.auto_referer = flag(v)?; Ok(()) }), doc: "name the previous URL in Referer after a redirect" },
    CurlOption { name: "aws_sigv4", effect: Effect::Set(|o, v| { o.auth.get_or_insert_default().aws_sigv4 = Some(Sigv4Scope::parse(&text(v)?)?); Ok(()) }), doc: "aws:amz:REGION:SERVICE: signed for AWS, with auth_username and auth_password or AWS_ACCESS_KEY_ID, …" },
    CurlOption { name: "buffersize", effect: Effect::Nothing, doc: "buffers grow as needed" },
    CurlOption { name: "cainfo", effect: Effect::Set(|o, v| { o.connection.ca_file = Some(text(v)?.into()); Ok(()) }), doc: "PEM file of the certificates to trust" },
    CurlOption { name: "cainfo_blob", effect: Effect::Impossible, doc: "write it to a file and use cainfo, sslcert or sslkey" },
    CurlOption { name: "capath", effect: Effect::Set(|o, v| { o.connection.ca_folder = Some(text(v)?.into()); Ok(()) }), doc: "folder of PEM files of the certificates to trust" },
    CurlOption { name: "closesocketfunction", effect: Effect::Impossible, doc: "callbacks need a program around them" },
    CurlOption { name: "connect_only", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "connect_to", effect: Effect::Set(|o, v| { o.connection.connect_to = list(v)?; Ok(()) }), doc: "list of host:port:connect-host:connect-port" },
    CurlOption { name: "connecttimeout", effect: Effect::Set(|o, v| { o.connect_timeout = Some(duration(v, 1000)?); Ok(()) }), doc: "bound on connecting in seconds; 0 is none" },
    CurlOption { name: "connecttimeout_ms", effect: Effect::Set(|o, v| { o.connect_timeout = Some(duration(v, 1)?); Ok(()) }), doc: "bound on connecting in milliseconds; 0 is none" },
    CurlOption { name: "cookie", effect: Effect::Set(|o, v| { o.cookie = Some(Secret(text(v)?)); Ok(()) }), doc: "Cookie, unless the test has one" },
    CurlOption { name: "cookiefile", effect: Effect::Set(cookie_file), doc: "empty: keep cookies from one redirect to the next; config: cookies keeps them longer" },
    CurlOption { name: "cookiejar", effect: Effect::Impossible, doc: "cookies are not read from or written to files here; config has cookies: {file: …, save: …}" },
    CurlOption { name: "cookielist", effect: Effect::Impossible, doc: "cookies are not read from or written to files here; config has cookies: {file: …, save: …}" },
    CurlOption { name: "cookiesession", effect: Effect::Nothing, doc: "every test starts without cookies, unless config has cookies: true" },
    CurlOption { name: "copypostfields", effect: Effect::Impossible, doc: "the test writes the request: url, method, headers and body stand there" },
    CurlOption { name: "crlf", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "crlfile", effect: Effect::Impossible, doc: "rustls offers no such check here" },
    CurlOption { name: "customrequest", effect: Effect::Set(|o, v| { o.method = Some(text(v)?); Ok(()) }), doc: "the method's name" },
    CurlOption { name: "debugfunction", effect: Effect::Impossible, doc: "callbacks need a program around them" },
    CurlOption { name: "default_protocol", effect: Effect::Set(http_only), doc: "must be http" },
    CurlOption { name: "dirlistonly", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "dns_cache_timeout", effect: Effect::Set(|o, v| { o.connection.dns_seconds = Some(int(v)?); Ok(()) }), doc: "seconds that a name stays known (60); -1 for ever" },
    CurlOption { name: "dns_servers", effect: Effect::Impossible, doc: "names are looked up by the system" },
    CurlOption { name: "dns_use_global_cache", effect: Effect::Nothing, doc: "without effect in libcurl too" },
    CurlOption { name: "doh_url", effect: Effect::Impossible, doc: "names are looked up by the system" },
    CurlOption { name: "ech", effect: Effect::Impossible, doc: "rustls chooses protocol version and ciphers itself, TLS 1.2 and 1.3 only" },
    CurlOption { name: "egdsocket", effect: Effect::Nothing, doc: "without effect in libcurl too" },
    CurlOption { name: "encoding", effect: Effect::Set(|o, v| { o.accept_encoding = Some(encoding(v)?); Ok(()) }), doc: "the old name of accept_encoding" },
    CurlOption { name: "expect_100_timeout_ms", effect: Effect::Nothing, doc: "no 100-continue is asked for" },
    CurlOption { name: "failonerror", effect: Effect::Set(|o, v| { o.fail_on_error = flag(v)?; Ok(()) }), doc: "a status of 400 and up is an error" },
    CurlOption { name: "file", effect: Effect::Impossible, doc: "the answer goes to validators and extractors, not to a file" },
    CurlOption { name: "fnmatch_data", effect: Effect::Impossible, doc: "callbacks need a program around them" },
    CurlOption { name: "fnmatch_function", effect: Effect::Impossible, doc: "callbacks need a program around them" },
    CurlOption { name: "followlocation", effect: Effect::Set(|o, v| { o.follow_location = flag(v)?; Ok(()) }), doc: "follow redirects" },
    CurlOption { name: "forbid_reuse", effect: Effect::Set(|o, v| { o.forbid_reuse = flag(v)?; Ok(()) }), doc: "close the connection afterwards" },
    CurlOption { name: "fresh_connect", effect: Effect::Set(|o, v| { o.fresh_connect = flag(v)?; Ok(()) }), doc: "open a new connection" },
    CurlOption { name: "ftp_account", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "ftp_alternative_to_user", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "ftp_create_missing_dirs", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "ftp_filemethod", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "ftp_response_timeout", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "ftp_skip_pasv_ip", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "ftp_ssl", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "ftp_ssl_ccc", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "ftp_use_eprt", effect: Effect::Nothing, doc: "concerns FTP" },
    CurlOption { name: "ftp_use_epsv", effect: Effect::Nothing, doc: "concerns FTP" },
    CurlOption { name: "ftp_use_pret", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "ftpappend", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "ftplistonly", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "ftpport", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "ftpsslauth", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "gssapi_delegation", effect: Effect::Impossible, doc: "only Basic and Bearer are offered" },
    CurlOption { name: "haproxy_client_ip", effect: Effect::Impossible, doc: "the proxy gets no headers of its own" },
    CurlOption { name: "haproxyprotocol", effect: Effect::Impossible, doc: "the proxy gets no headers of its own" },
    CurlOption { name: "header", effect: Effect::Nothing, doc: "headers are always kept apart from the body" },
    CurlOption { name: "headerfunction", effect: Effect::Impossible, doc: "callbacks need a program around them" },
    CurlOption { name: "headeropt", effect: Effect::Impossible, doc: "the proxy gets no headers of its own" },
    CurlOption { name: "hsts", effect: Effect::Impossible, doc: "not offered" },
    CurlOption { name: "hsts_ctrl", effect: Effect::Impossible, doc: "not offered" },
    CurlOption { name: "hstsreaddata", effect: Effect::Impossible, doc: "callbacks need a program around them" },
    CurlOption { name: "hstsreadfunction", effect: Effect::Impossible, doc: "callbacks need a program around them" },
    CurlOption { name: "hstswritedata", effect: Effect::Impossible, doc: "callbacks need a program around them" },
    CurlOption { name: "hstswritefunction", effect: Effect::Impossible, doc: "callbacks need a program around them" },
    CurlOption { name: "http09_allowed", effect: Effect::Nothing, doc: "HTTP/0.9 is not understood either way; libcurl refuses it too by default" },
    CurlOption { name: "http200aliases", effect: Effect::Impossible, doc: "not offered" },
    CurlOption { name: "http_content_decoding", effect: Effect::Set(|o, v| { o.raw_content = !flag(v)?; Ok(()) }), doc: "0 leaves compressed bodies as they came" },
    CurlOption { name: "http_transfer_decoding", effect: Effect::Set(transfer_decoding), doc: "must stay 1: chunks are always put together" },
    CurlOption { name: "http_version", effect: Effect::Set(http_version), doc: "1 is HTTP/1.0, 2 HTTP/1.1; 0 (any) and 4 (HTTP/2 over TLS) go on with 1.1; 3, 5, 30, 31 are not spoken" },
    CurlOption { name: "httpauth", effect: Effect::Set(auth_kind), doc: "how to sign in: values that include basic (1), or digest (2)" },
    CurlOption { name: "httpget", effect: Effect::Set(|o, v| form(o, v, Form::Get)), doc: "GET without a body" },
    CurlOption { name: "httpheader", effect: Effect::Set(|o, v| { o.headers = list(v)?; Ok(()) }), doc: "list of lines \"Name: value\" to add" },
    CurlOption { name: "httppost", effect: Effect::Impossible, doc: "the test writes the request: url, method, headers and body stand there" },
    CurlOption { name: "httpproxytunnel", effect: Effect::Set(|o, v| { o.connection.proxy_tunnel = flag(v)?; Ok(()) }), doc: "CONNECT through the proxy for http too" },
    CurlOption { name: "ignore_content_length", effect: Effect::Impossible, doc: "not offered" },
    CurlOption { name: "infile", effect: Effect::Impossible, doc: "the test writes the request: url, method, headers and body stand there" },
    CurlOption { name: "infilesize", effect: Effect::Impossible, doc: "the test writes the request: url, method, headers and body stand there" },
    CurlOption { name: "infilesize_large", effect: Effect::Impossible, doc: "the test writes the request: url, method, headers and body stand there" },
    CurlOption { name: "interface", effect: Effect::Set(|o, v| { o.connection.interface = Some(text(v)?); Ok(()) }), doc: "source address, or name of a network interface" },
    CurlOption { name: "ioctlfunction", effect: Effect::Impossible, doc: "callbacks need a program around them" },
    CurlOption { name: "ipresolve", effect: Effect::Set(family), doc: "1 only IPv4, 2 only IPv6, 0 both" },
    CurlOption { name: "issuercert", effect: Effect::Impossible, doc: "rustls offers no such check here" },
    CurlOption { name: "issuercert_blob", effect: Effect::Impossible, doc: "rustls offers no such check here" },
    CurlOption { name: "keypasswd", effect: Effect::Impossible, doc: "encrypted keys are not read; decrypt it first (openssl pkey)" },
    CurlOption { name: "krb4level", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "krblevel", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "localport", effect: Effect::Impossible, doc: "not offered; use interface for the address" },
    CurlOption { name: "localportrange", effect: Effect::Impossible, doc: "not offered; use interface for the address" },
    CurlOption { name: "login_options", effect: Effect::Impossible, doc: "only Basic and Bearer are offered" },
    CurlOption { name: "low_speed_limit", effect: Effect::Impossible, doc: "speed is neither bounded nor watched; use timeout" },
    CurlOption { name: "low_speed_time", effect: Effect::Impossible, doc: "speed is neither bounded nor watched; use timeout" },
    CurlOption { name: "mail_auth", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "mail_from", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "mail_rcpt", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "max_recv_speed_large", effect: Effect::Impossible, doc: "speed is neither bounded nor watched; use timeout" },
    CurlOption { name: "max_send_speed_large", effect: Effect::Impossible, doc: "speed is neither bounded nor watched; use timeout" },
    CurlOption { name: "maxage_conn", effect: Effect::Nothing, doc: "idle connections are probed before use" },
    CurlOption { name: "maxconnects", effect: Effect::Nothing, doc: "idle connections are few" },
    CurlOption { name: "maxfilesize", effect: Effect::Set(|o, v| { o.max_file_size = size(v)?; Ok(()) }), doc: "a larger body is an error" },
    CurlOption { name: "maxfilesize_large", effect: Effect::Set(|o, v| { o.max_file_size = size(v)?; Ok(()) }), doc: "a larger body is an error" },
    CurlOption { name: "maxlifetime_conn", effect: Effect::Nothing, doc: "idle connections are probed before use" },
    CurlOption { name: "maxredirs", effect: Effect::Set(max_redirects), doc: "how many redirects to follow (30); -1 is no limit" },
    CurlOption { name: "mimepost", effect: Effect::Impossible, doc: "the test writes the request: url, method, headers and body stand there" },
    CurlOption { name: "netrc", effect: Effect::Set(netrc), doc: "credentials from .netrc: 1 where it has some for the host, 2 always" },
    CurlOption { name: "netrc_file", effect: Effect::Set(|o, v| { o.auth.get_or_insert_default().netrc_file = Some(text(v)?); Ok(()) }), doc: "the file that netrc reads, in place of ~/.netrc" },
    CurlOption { name: "new_directory_perms", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "new_file_perms", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "nobody", effect: Effect::Set(|o, v| form(o, v, Form::Head)), doc: "HEAD" },
    CurlOption { name: "noprogress", effect: Effect::Nothing, doc: "no progress is shown" },
    CurlOption { name: "noproxy", effect: Effect::Set(|o, v| { o.connection.no_proxy = Some(text(v)?); Ok(()) }), doc: "hosts that are reached without the proxy, separated by commas; * is all" },
    CurlOption { name: "nosignal", effect: Effect::Nothing, doc: "no signals are used" },
    CurlOption { name: "opensocketfunction", effect: Effect::Impossible, doc: "callbacks need a program around them" },
    CurlOption { name: "opt_certinfo", effect: Effect::Impossible, doc: "rustls offers no such check here" },
    CurlOption { name: "opt_cookielist", effect: Effect::Impossible, doc: "cookies are not read from or written to files here; config has cookies: {file: …, save: …}" },
    CurlOption { name: "opt_filetime", effect: Effect::Impossible, doc: "not offered" },
    CurlOption { name: "opt_rtsp_client_cseq", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "opt_rtsp_request", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "opt_rtsp_server_cseq", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "opt_rtsp_session_id", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "opt_rtsp_stream_uri", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "opt_rtsp_transport", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "password", effect: Effect::Set(|o, v| { o.password = Some(Secret(text(v)?)); Ok(()) }), doc: "password, sent as Basic" },
    CurlOption { name: "path_as_is", effect: Effect::Set(|o, v| { o.path_as_is = flag(v)?; Ok(()) }), doc: "leave /../ and /./ in the path" },
    CurlOption { name: "pinnedpublickey", effect: Effect::Impossible, doc: "rustls offers no such check here" },
    CurlOption { name: "pipewait", effect: Effect::Nothing, doc: "concerns HTTP/2" },
    CurlOption { name: "port", effect: Effect::Impossible, doc: "the test writes the request: url, method, headers and body stand there" },
    CurlOption { name: "post", effect: Effect::Set(|o, v| form(o, v, Form::Post)), doc: "POST" },
    CurlOption { name: "post301", effect: Effect::Set(|o, v| { o.post_redirects = (int(v)? & 7) as u8; Ok(()) }), doc: "the old name of postredir" },
    CurlOption { name: "postfields", effect: Effect::Impossible, doc: "the test writes the request: url, method, headers and body stand there" },
    CurlOption { name: "postfieldsize", effect: Effect::Impossible, doc: "the test writes the request: url, method, headers and body stand there" },
    CurlOption { name: "postfieldsize_large", effect: Effect::Impossible, doc: "the test writes the request: url, method, headers and body stand there" },
    CurlOption { name: "postquote", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "postredir", effect: Effect::Set(|o, v| { o.post_redirects = (int(v)? & 7) as u8; Ok(()) }), doc: "POST stays POST over 301 (1), 302 (2), 303 (4)" },
    CurlOption { name: "pre_proxy", effect: Effect::Impossible, doc: "a proxy before the proxy is not offered" },
    CurlOption { name: "prequote", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "prereqfunction", effect: Effect::Impossible, doc: "callbacks need a program around them" },
    CurlOption { name: "progressfunction", effect: Effect::Impossible, doc: "callbacks need a program around them" },
    CurlOption { name: "protocols", effect: Effect::Impossible, doc: "not offered" },
    CurlOption { name: "proxy", effect: Effect::Set(|o, v| { o.connection.proxy = Some(Secret(text(v)?)); Ok(()) }), doc: "[scheme://]host[:port] of a proxy: http, https, socks4, socks4a, socks5, socks5h; empty is none" },
    CurlOption { name: "proxy_cainfo", effect: Effect::Impossible, doc: "a proxy's TLS is checked as a server's is; use cainfo" },
    CurlOption { name: "proxy_cainfo_blob", effect: Effect::Impossible, doc: "a proxy's TLS is checked as a server's is; use cainfo" },
    CurlOption { name: "proxy_capath", effect: Effect::Impossible, doc: "a proxy's TLS is checked as a server's is; use cainfo" },
    CurlOption { name: "proxy_crlfile", effect: Effect::Impossible, doc: "rustls offers no such check here" },
    CurlOption { name: "proxy_issuercert", effect: Effect::Impossible, doc: "rustls offers no such check here" },
    CurlOption { name: "proxy_issuercert_blob", effect: Effect::Impossible, doc: "rustls offers no such check here" },
    CurlOption { name: "proxy_keypasswd", effect: Effect::Impossible, doc: "a proxy's TLS is checked as a server's is; use cainfo" },
    CurlOption { name: "proxy_pinnedpublickey", effect: Effect::Impossible, doc: "rustls offers no such check here" },
    CurlOption { name: "proxy_service_name", effect: Effect::Impossible, doc: "only Basic and Bearer are offered" },
    CurlOption { name: "proxy_ssl_cipher_list", effect: Effect::Impossible, doc: "rustls chooses protocol version and ciphers itself, TLS 1.2 and 1.3 only" },
    CurlOption { name: "proxy_ssl_options", effect: Effect::Impossible, doc: "rustls chooses protocol version and ciphers itself, TLS 1.2 and 1.3 only" },
    CurlOption { name: "proxy_ssl_verifyhost", effect: Effect::Impossible, doc: "a proxy's TLS is checked as a server's is; use cainfo" },
    CurlOption { name: "proxy_ssl_verifypeer", effect: Effect::Impossible, doc: "a proxy's TLS is checked as a server's is; use cainfo" },
    CurlOption { name: "proxy_sslcert", effect: Effect::Impossible, doc: "a proxy's TLS is checked as a server's is; use cainfo" },
    CurlOption { name: "proxy_sslcert_blob", effect: Effect::Impossible, doc: "a proxy's TLS is checked as a server's is; use cainfo" },
    CurlOption { name: "proxy_sslcerttype", effect: Effect::Impossible, doc: "a proxy's TLS is checked as a server's is; use cainfo" },
    CurlOption { name: "proxy_sslkey", effect: Effect::Impossible, doc: "a proxy's TLS is checked as a server's is; use cainfo" },
    CurlOption { name: "proxy_sslkey_blob", effect: Effect::Impossible, doc: "a proxy's TLS is checked as a server's is; use cainfo" },
    CurlOption { name: "proxy_sslkeytype", effect: Effect::Impossible, doc: "a proxy's TLS is checked as a server's is; use cainfo" },
    CurlOption { name: "proxy_sslversion", effect: Effect::Impossible, doc: "rustls chooses protocol version and ciphers itself, TLS 1.2 and 1.3 only" },
    CurlOption { name: "proxy_tls13_ciphers", effect: Effect::Impossible, doc: "rustls chooses protocol version and ciphers itself, TLS 1.2 and 1.3 only" },
    CurlOption { name: "proxy_tlsauth_password", effect: Effect::Impossible, doc: "only Basic and Bearer are offered" },
    CurlOption { name: "proxy_tlsauth_type", effect: Effect::Impossible, doc: "only Basic and Bearer are offered" },
    CurlOption { name: "proxy_tlsauth_username", effect: Effect::Impossible, doc: "only Basic and Bearer are offered" },
    CurlOption { name: "proxy_transfer_mode", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "proxyauth", effect: Effect::Set(auth_kind), doc: "how to sign in at the proxy: values that include basic" },
    CurlOption { name: "proxyheader", effect: Effect::Impossible, doc: "the proxy gets no headers of its own" },
    CurlOption { name: "proxypassword", effect: Effect::Set(|o, v| { o.connection.proxy_password = Some(Secret(text(v)?)); Ok(()) }), doc: "password for the proxy" },
    CurlOption { name: "proxyport", effect: Effect::Set(|o, v| { o.connection.proxy_port = Some(port(v)?); Ok(()) }), doc: "the proxy's port, unless written in proxy" },
    CurlOption { name: "proxytype", effect: Effect::Set(proxy_type), doc: "protocol of a proxy written without a scheme: 0 http, 2 https, 4 socks4, 5 socks5, 6 socks4a, 7 socks5h" },
    CurlOption { name: "proxyusername", effect: Effect::Set(|o, v| { o.connection.proxy_username = Some(text(v)?); Ok(()) }), doc: "name for the proxy" },
    CurlOption { name: "proxyuserpwd", effect: Effect::Set(proxy_userpwd), doc: "name:password for the proxy" },
    CurlOption { name: "put", effect: Effect::Set(|o, v| form(o, v, Form::Put)), doc: "PUT" },
    CurlOption { name: "quote", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "random_file", effect: Effect::Nothing, doc: "without effect in libcurl too" },
    CurlOption { name: "range", effect: Effect::Set(|o, v| { o.range = Some(text(v)?); Ok(()) }), doc: "Range: bytes=…" },
    CurlOption { name: "readdata", effect: Effect::Impossible, doc: "the test writes the request: url, method, headers and body stand there" },
    CurlOption { name: "readfunction", effect: Effect::Impossible, doc: "callbacks need a program around them" },
    CurlOption { name: "redir_protocols", effect: Effect::Impossible, doc: "not offered" },
    CurlOption { name: "referer", effect: Effect::Set(|o, v| { o.referer = Some(text(v)?); Ok(()) }), doc: "Referer, unless the test has one" },
    CurlOption { name: "request_target", effect: Effect::Impossible, doc: "the test writes the request: url, method, headers and body stand there" },
    CurlOption { name: "resolve", effect: Effect::Set(|o, v| { o.connection.resolve = list(v)?; Ok(()) }), doc: "list of host:port:address[,address]" },
    CurlOption { name: "resolver_start_data", effect: Effect::Impossible, doc: "callbacks need a program around them" },
    CurlOption { name: "resolver_start_function", effect: Effect::Impossible, doc: "callbacks need a program around them" },
    CurlOption { name: "resume_from", effect: Effect::Impossible, doc: "not offered" },
    CurlOption { name: "resume_from_large", effect: Effect::Impossible, doc: "not offered" },
    CurlOption { name: "sasl_ir", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "seekfunction", effect: Effect::Impossible, doc: "callbacks need a program around them" },
    CurlOption { name: "service_name", effect: Effect::Impossible, doc: "only Basic and Bearer are offered" },
    CurlOption { name: "share", effect: Effect::Impossible, doc: "callbacks need a program around them" },
    CurlOption { name: "sockoptfunction", effect: Effect::Impossible, doc: "callbacks need a program around them" },
    CurlOption { name: "socks5_gssapi_nec", effect: Effect::Impossible, doc: "only Basic and Bearer are offered" },
    CurlOption { name: "socks5_gssapi_service", effect: Effect::Impossible, doc: "only Basic and Bearer are offered" },
    CurlOption { name: "ssh_auth_types", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "ssh_compression", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "ssh_host_public_key_md5", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "ssh_host_public_key_sha256", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "ssh_hostkeyfunction", effect: Effect::Impossible, doc: "callbacks need a program around them" },
    CurlOption { name: "ssh_keyfunction", effect: Effect::Impossible, doc: "callbacks need a program around them" },
    CurlOption { name: "ssh_knownhosts", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "ssh_private_keyfile", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "ssh_public_keyfile", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "ssl_cipher_list", effect: Effect::Impossible, doc: "rustls chooses protocol version and ciphers itself, TLS 1.2 and 1.3 only" },
    CurlOption { name: "ssl_ec_curves", effect: Effect::Impossible, doc: "rustls chooses protocol version and ciphers itself, TLS 1.2 and 1.3 only" },
    CurlOption { name: "ssl_enable_alpn", effect: Effect::Nothing, doc: "HTTP/1.1 is spoken anyway" },
    CurlOption { name: "ssl_enable_npn", effect: Effect::Nothing, doc: "HTTP/1.1 is spoken anyway" },
    CurlOption { name: "ssl_falsestart", effect: Effect::Nothing, doc: "saves a round trip only where it is offered" },
    CurlOption { name: "ssl_options", effect: Effect::Impossible, doc: "rustls chooses protocol version and ciphers itself, TLS 1.2 and 1.3 only" },
    CurlOption { name: "ssl_sessionid_cache", effect: Effect::Nothing, doc: "sessions are resumed where the server offers it" },
    CurlOption { name: "ssl_signature_algorithms", effect: Effect::Impossible, doc: "rustls chooses protocol version and ciphers itself, TLS 1.2 and 1.3 only" },
    CurlOption { name: "ssl_verifyhost", effect: Effect::Set(|o, v| { o.connection.no_verify_host = !flag(v)?; Ok(()) }), doc: "0 works only together with ssl_verifypeer 0" },
    CurlOption { name: "ssl_verifypeer", effect: Effect::Set(|o, v| { o.connection.no_verify_peer = !flag(v)?; Ok(()) }), doc: "0 accepts every certificate" },
    CurlOption { name: "ssl_verifystatus", effect: Effect::Impossible, doc: "rustls offers no such check here" },
    CurlOption { name: "sslcert", effect: Effect::Set(|o, v| { o.connection.client_cert = Some(text(v)?.into()); Ok(()) }), doc: "PEM file of the client's certificate" },
    CurlOption { name: "sslcert_blob", effect: Effect::Impossible, doc: "write it to a file and use cainfo, sslcert or sslkey" },
    CurlOption { name: "sslcertpasswd", effect: Effect::Impossible, doc: "encrypted keys are not read; decrypt it first (openssl pkey)" },
    CurlOption { name: "sslcerttype", effect: Effect::Set(pem_only), doc: "must be PEM" },
    CurlOption { name: "sslengine", effect: Effect::Impossible, doc: "rustls chooses protocol version and ciphers itself, TLS 1.2 and 1.3 only" },
    CurlOption { name: "sslengine_default", effect: Effect::Impossible, doc: "rustls chooses protocol version and ciphers itself, TLS 1.2 and 1.3 only" },
    CurlOption { name: "sslkey", effect: Effect::Set(|o, v| { o.connection.client_key = Some(text(v)?.into()); Ok(()) }), doc: "PEM file of the client's key" },
    CurlOption { name: "sslkey_blob", effect: Effect::Impossible, doc: "write it to a file and use cainfo, sslcert or sslkey" },
    CurlOption { name: "sslkeypasswd", effect: Effect::Impossible, doc: "encrypted keys are not read; decrypt it first (openssl pkey)" },
    CurlOption { name: "sslkeytype", effect: Effect::Set(pem_only), doc: "must be PEM" },
    CurlOption { name: "sslversion", effect: Effect::Impossible, doc: "rustls chooses protocol version and ciphers itself, TLS 1.2 and 1.3 only" },
    CurlOption { name: "stderr", effect: Effect::Impossible, doc: "the answer goes to validators and extractors, not to a file" },
    CurlOption { name: "tcp_fastopen", effect: Effect::Nothing, doc: "saves a round trip only where it is offered" },
    CurlOption { name: "tcp_keepalive", effect: Effect::Set(|o, v| { o.connection.keep_alive_probes = flag(v)?; Ok(()) }), doc: "TCP keep-alive probes" },
    CurlOption { name: "tcp_keepidle", effect: Effect::Nothing, doc: "the system's value holds" },
    CurlOption { name: "tcp_keepintvl", effect: Effect::Nothing, doc: "the system's value holds" },
    CurlOption { name: "tcp_nodelay", effect: Effect::Set(|o, v| { o.connection.delay = !flag(v)?; Ok(()) }), doc: "0 lets the system collect small packets" },
    CurlOption { name: "telnetoptions", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "tftp_blksize", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "timecondition", effect: Effect::Impossible, doc: "not offered" },
    CurlOption { name: "timeout", effect: Effect::Set(|o, v| { o.timeout = Some(duration(v, 1000)?); Ok(()) }), doc: "bound on the whole exchange in seconds; 0 is none" },
    CurlOption { name: "timeout_ms", effect: Effect::Set(|o, v| { o.timeout = Some(duration(v, 1)?); Ok(()) }), doc: "bound on the whole exchange in milliseconds; 0 is none" },
    CurlOption { name: "timevalue", effect: Effect::Impossible, doc: "not offered" },
    CurlOption { name: "tls13_ciphers", effect: Effect::Impossible, doc: "rustls chooses protocol version and ciphers itself, TLS 1.2 and 1.3 only" },
    CurlOption { name: "tlsauth_password", effect: Effect::Impossible, doc: "only Basic and Bearer are offered" },
    CurlOption { name: "tlsauth_type", effect: Effect::Impossible, doc: "only Basic and Bearer are offered" },
    CurlOption { name: "tlsauth_username", effect: Effect::Impossible, doc: "only Basic and Bearer are offered" },
    CurlOption { name: "trailerdata", effect: Effect::Impossible, doc: "callbacks need a program around them" },
    CurlOption { name: "trailerfunction", effect: Effect::Impossible, doc: "callbacks need a program around them" },
    CurlOption { name: "transfer_encoding", effect: Effect::Nothing, doc: "no TE header is sent" },
    CurlOption { name: "transfertext", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "unix_socket_path", effect: Effect::Impossible, doc: "not offered; use interface for the address" },
    CurlOption { name: "unrestricted_auth", effect: Effect::Set(|o, v| { o.unrestricted_auth = flag(v)?; Ok(()) }), doc: "send credentials, cookies and secret headers (X-Api-Key) to other hosts after a redirect" },
    CurlOption { name: "upload", effect: Effect::Set(|o, v| form(o, v, Form::Put)), doc: "PUT" },
    CurlOption { name: "upload_buffersize", effect: Effect::Nothing, doc: "buffers grow as needed" },
    CurlOption { name: "url", effect: Effect::Impossible, doc: "the test writes the request: url, method, headers and body stand there" },
    CurlOption { name: "use_ssl", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "useragent", effect: Effect::Set(|o, v| { o.user_agent = Some(text(v)?); Ok(()) }), doc: "User-Agent, unless the test has one; empty sends none" },
    CurlOption { name: "username", effect: Effect::Set(|o, v| { o.username = Some(text(v)?); Ok(()) }), doc: "name, sent as Basic" },
    CurlOption { name: "userpwd", effect: Effect::Set(userpwd), doc: "name:password, sent as Basic" },
    CurlOption { name: "verbose", effect: Effect::Nothing, doc: "run with --log debug instead" },
    CurlOption { name: "wildcardmatch", effect: Effect::Nothing, doc: "concerns FTP" },
    CurlOption { name: "writedata", effect: Effect::Impossible, doc: "the answer goes to validators and extractors, not to a file" },
    CurlOption { name: "writefunction", effect: Effect::Impossible, doc: "callbacks need a program around them" },
    CurlOption { name: "writeheader", effect: Effect::Impossible, doc: "the answer goes to validators and extractors, not to a file" },
    CurlOption { name: "ws_options", effect: Effect::Impossible, doc: "only http and https are spoken" },
    CurlOption { name: "xferinfofunction", effect: Effect::Impossible, doc: "callbacks need a program around them" },
    CurlOption { name: "xoauth2_bearer", effect: Effect::Set(|o, v| { o.bearer = Some(Secret(text(v)?)); Ok(()) }), doc: "Authorization: Bearer, unless the test has one" },
];
