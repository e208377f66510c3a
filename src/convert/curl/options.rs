//! curl's options: their names, their letters, whether something follows them, and what becomes of them.
//!
//! Owns: the table, and finding an option by its name, a beginning of that, or its letter. Does not: act on one (see
//! `transfer`).

use self::Fate::{Harmless, Lost, Means, Refused};
use crate::ground::source::did_you_mean;

/// What becomes of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It says something about the request.
    Means,
    /// It is about the terminal, files of the output, or what holds anyway.
    Harmless,
    /// It says something that a suite cannot; why.
    Lost(&'static str),
    /// Another protocol or another way than HTTP over TCP is meant.
    Refused,
}

/// An option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurlFlag {
    /// Its long name.
    pub name: &'static str,
    /// Its letter.
    pub letter: Option<char>,
    /// Whether a value follows.
    pub takes_value: bool,
    /// What becomes of it.
    pub fate: Fate,
}

const PROXY_TLS: Fate = Lost("TLS to a proxy is that of the server");
const TLS: Fate = Lost("versions and ciphers of TLS are chosen by the TLS library");
const DNS: Fate = Lost("names are looked up by the system");
const SPEED: Fate = Lost("the speed of a transfer is not bounded");
const CACHE: Fate = Lost("what an earlier run has kept is not known; write the header");
const SPNEGO: Fate = Lost("NTLM, Negotiate and SASL are not offered");
const CURLS: Fate = Lost("what another file says is not read; write its options");
const SPOKEN: Fate = Lost("HTTP/2, HTTP/3 and what wraps HTTP are not spoken");

/// The options, words with a blank between them; `=` behind a name: a value follows; `X:` before it: its letter.
const TABLE: &[(Fate, &str)] = &[
    (
        Means,
        "X:request= H:header= d:data= data-raw= data-binary= data-ascii= data-urlencode= G:get F:form= form-string= json= \
         u:user= digest basic oauth2-bearer= aws-sigv4= b:cookie= c:cookie-jar= A:user-agent= e:referer= I:head \
         L:location location-trusted max-redirs= post301 post302 post303 k:insecure cacert= capath= E:cert= key= resolve= \
         connect-to= x:proxy= U:proxy-user= socks4= socks4a= socks5= socks5-hostname= noproxy= p:proxytunnel compressed \
         m:max-time= connect-timeout= retry= retry-delay= retry-max-time= retry-connrefused retry-all-errors url= \
         url-query= T:upload-file= r:range= f:fail fail-with-body n:netrc netrc-file= netrc-optional path-as-is interface= \
         4:ipv4 6:ipv6 max-filesize= g:globoff 0:http1.0 :next",
    ),
    (
        Harmless,
        "s:silent S:show-error v:verbose i:include o:output= O:remote-name remote-name-all J:remote-header-name \
         output-dir= create-dirs R:remote-time w:write-out= #:progress-bar progress-meter D:dump-header= trace= \
         trace-ascii= trace-time trace-ids trace-config= stderr= styled-output N:buffer http1.1 Z:parallel \
         parallel-immediate parallel-max= fail-early q:disable tcp-nodelay keepalive keepalive-time= keepalive-cnt= \
         happy-eyeballs-timeout-ms= j:junk-session-cookies clobber remove-on-error skip-existing expect100-timeout= alpn npn sessionid \
         ssl-no-revoke ssl-revoke-best-effort http0.9 create-file-mode= form-escape rate= xattr tcp-fastopen \
         suppress-connect-headers tlsv1 1:tlsv1.0 tlsv1.1 tlsv1.2 ssl anyauth proxy-basic proxy-anyauth proto= proto-redir= disallow-username-in-url metalink egd-file= random-file= curl-version",
    ),
    (
        SPOKEN,
        "http2 http2-prior-knowledge http3 http3-only ignore-content-length alt-svc= haproxy-protocol haproxy-clientip=",
    ),
    (
        PROXY_TLS,
        "proxy-cacert= proxy-capath= proxy-cert= proxy-cert-type= proxy-ciphers= proxy-crlfile= proxy-insecure proxy-key= proxy-key-type= proxy-pass= proxy-pinnedpubkey= proxy-ssl-allow-beast proxy-ssl-auto-client-cert proxy-tls13-ciphers= proxy-tlsauthtype= proxy-tlspassword= proxy-tlsuser= proxy-tlsv1 proxy-ca-native proxy-http2 proxy-header= preproxy= proxy1.0= proxy-digest proxy-negotiate proxy-ntlm proxy-service-name=",
    ),
    (
        TLS,
        "2:sslv2 3:sslv3 tlsv1.3 tls-max= ciphers= tls13-ciphers= curves= crlfile= cert-status cert-type= key-type= pass= pinnedpubkey= ssl-allow-beast ssl-auto-client-cert engine= ech= tls-earlydata tlsauthtype= tlspassword= tlsuser= ca-native dump-ca-embed sigalgs= ssl-sessions=",
    ),
    (
        DNS,
        "dns-interface= dns-ipv4-addr= dns-ipv6-addr= dns-servers= doh-url= doh-insecure doh-cert-status local-port= ip-tos= vlan-priority= mptcp",
    ),
    (SPEED, "limit-rate= Y:speed-limit= y:speed-time= C:continue-at="),
    (CACHE, "etag-compare= etag-save= z:time-cond= hsts="),
    (
        SPNEGO,
        "ntlm ntlm-wb negotiate delegation= service-name= sasl-authzid= sasl-ir login-options= socks5-basic socks5-gssapi socks5-gssapi-nec socks5-gssapi-service= krb=",
    ),
    (CURLS, "K:config= variable= expand-url= expand-data= expand-header="),
    (Lost("the target of the request is made of its URL"), "request-target="),
    (Lost("the encoding of a transfer is undone always"), "tr-encoding raw"),
    (Lost("a referer is sent as it is"), "libcurl="),
    (Lost("curl's own line ends are not made"), "B:use-ascii crlf a:append proto-default="),
    (
        Refused,
        "unix-socket= abstract-unix-socket= ftp-account= ftp-alternative-to-user= ftp-create-dirs ftp-method= ftp-pasv \
         P:ftp-port= ftp-pret ftp-skip-pasv-ip ftp-ssl-ccc ftp-ssl-ccc-mode= ftp-ssl-control disable-eprt disable-epsv \
         eprt epsv hostpubmd5= hostpubsha256= pubkey= compressed-ssh l:list-only mail-auth= mail-from= mail-rcpt= \
         mail-rcpt-allowfails Q:quote= ssl-reqd t:telnet-option= tftp-blksize= tftp-no-options h:help M:manual V:version",
    ),
];

fn all() -> impl Iterator<Item = CurlFlag> {
    TABLE.iter().flat_map(|(fate, names)| {
        names.split(' ').filter(|name| !name.is_empty()).map(move |written| {
            let mut rest = written.chars();
            let letter = rest.next().filter(|_| rest.next() == Some(':'));
            let (letter, name) = match (letter, written) {
                (_, ":next") => (Some(':'), "next"),
                (Some(letter), written) => (Some(letter), &written[letter.len_utf8() + 1..]),
                (None, written) => (None, written),
            };
            let takes_value = name.ends_with('=');
            CurlFlag { name: name.trim_end_matches('='), letter, takes_value, fate: *fate }
        })
    })
}

/// The option of a letter.
pub fn of_letter(letter: char) -> Option<CurlFlag> {
    all().find(|flag| flag.letter == Some(letter))
}

/// The option of a name without its dashes, and whether it is switched on.
///
/// # Errors
/// None has that name, or more than one begins so.
pub fn find(written: &str) -> Result<(CurlFlag, bool), String> {
    let exact = |name: &str| all().find(|flag| flag.name == name);
    if let Some(flag) = exact(written) {
        return Ok((flag, true));
    }
    if let Some(flag) = written.strip_prefix("no-").and_then(exact).filter(|flag| !flag.takes_value) {
        return Ok((flag, false));
    }
    let begun: Vec<CurlFlag> = all().filter(|flag| flag.name.starts_with(written)).collect();
    match begun.as_slice() {
        [only] => Ok((*only, true)),
        [] => Err(format!("curl has no option --{written}{}", did_you_mean(written, all().map(|flag| flag.name)))),
        several => {
            let names: Vec<String> = several.iter().map(|flag| format!("--{}", flag.name)).collect();
            Err(format!("--{written} is short for {}; write one of them out", names.join(" and ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_found() {
        let mut names: Vec<&str> = all().map(|flag| flag.name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        let mut letters: Vec<char> = all().filter_map(|flag| flag.letter).collect();
        let count = letters.len();
        letters.sort_unstable();
        letters.dedup();
        assert_eq!(letters.len(), count);
        for (written, name, on) in [
            ("data", "data", true),
            ("sil", "silent", true),
            ("no-location", "location", false),
            ("no-buffer", "buffer", false),
        ] {
            assert_eq!(find(written).map(|(flag, on)| (flag.name, on)), Ok((name, on)), "{written}");
        }
        assert!(find("headr").unwrap_err().contains("did you mean \"header\"?"));
        assert!(find("loc").unwrap_err().contains("is short for --location and --location-trusted"));
        for (letter, name, takes_value) in [
            ('X', "request", true),
            ('k', "insecure", false),
            (':', "next", false),
            ('#', "progress-bar", false),
            ('0', "http1.0", false),
        ] {
            let flag = of_letter(letter).unwrap();
            assert_eq!((flag.name, flag.takes_value), (name, takes_value));
        }
    }
}
