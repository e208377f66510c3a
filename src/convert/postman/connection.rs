//! How a request of a collection is sent: redirects, certificates, a proxy of its own.
//!
//! Owns: the keys, and what they are here. Does not: know what is inherited (see `mod`).

use crate::convert::made::MadeTest;
use crate::convert::places::Part;
use crate::convert::yaml::Yaml;
use crate::ground::source::Location;

/// Keys that say how Postman sends a request, and what they are here.
const BEHAVIOURS: [(&str, &str); 2] =
    [("followRedirects", "curl_option_followlocation"), ("maxRedirects", "curl_option_maxredirs")];

/// `{cert: {src: …}, key: {src: …}}`.
pub fn certificate(part: Part<'_>, test: &mut MadeTest, place: &Location) {
    let [cert, key, passphrase, pfx] = part.members(["cert", "key", "passphrase", "pfx"]);
    let file = |part: Option<Part<'_>>| part?.member("src")?.string().filter(|file| !file.is_empty());
    let is_open = passphrase.and_then(Part::string).unwrap_or_default().is_empty();
    match (file(cert), file(key), file(pfx)) {
        (Some(cert), Some(key), None) if is_open => {
            test.set("curl_option_sslcert", Yaml::text(cert));
            test.set("curl_option_sslkey", Yaml::text(key));
        }
        (None, None, None) => {}
        _ => {
            test.lose(None, place, "a client certificate that is no pair of open files in PEM; see curl_option_sslcert")
        }
    }
}

/// `{host: …, port: …}`.
pub fn proxy(part: Part<'_>, test: &mut MadeTest) {
    let [host, port, disabled] = part.members(["host", "port", "disabled"]);
    let Some(host) = host.and_then(Part::string).filter(|host| !host.is_empty()) else { return };
    if !disabled.is_some_and(Part::is_true) {
        let port = port.and_then(Part::shown).unwrap_or_else(|| "8080".to_owned());
        test.set("curl_option_proxy", Yaml::text(format!("http://{host}:{port}")));
    }
}

/// What Postman does with this request and not with others; the nearest word wins.
pub fn behave(behaviour: &[Part<'_>], test: &mut MadeTest, place: &Location) {
    for part in behaviour {
        for (theirs, ours) in BEHAVIOURS {
            let is_flag_or_number = |value: &Part<'_>| {
                matches!(value.text(), "true" | "false") || value.text().bytes().all(|byte| byte.is_ascii_digit())
            };
            if let Some(value) = part.member(theirs).filter(is_flag_or_number) {
                test.set(ours, Yaml::word(value.text()));
            }
        }
        if let Some(strict) = part.member("strictSSL") {
            test.set("curl_option_ssl_verifypeer", Yaml::word(strict.is_true()));
            test.set("curl_option_ssl_verifyhost", Yaml::word(if strict.is_true() { 2 } else { 0 }));
        }
        let is_true = |key: &str| part.member(key).is_some_and(Part::is_true);
        if is_true("followAuthorizationHeader") {
            test.set("curl_option_unrestricted_auth", Yaml::word(true));
        }
        match test.request.method.as_str() {
            _ if !is_true("followOriginalHttpMethod") => {}
            "POST" => test.set("curl_option_postredir", Yaml::word(7)),
            "" | "GET" | "HEAD" => {}
            _ => test.lose(None, place, "the behaviour followOriginalHttpMethod"),
        }
        // Only blanks are encoded here that were written otherwise.
        if is_true("disableUrlEncoding") && test.request.url.template().contains("%20") {
            test.lose(None, place, "the behaviour disableUrlEncoding");
        }
    }
}
