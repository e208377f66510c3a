//! The environment variables that are read, for guides and the man page.

/// The environment variables that are read.
pub const ENVIRONMENT: &[(&str, &str)] = &[
    ("NO_COLOR", "no colours"),
    ("PAGER", "what shows long help on a terminal; default less"),
    ("SSL_CERT_FILE, SSL_CERT_DIR", "the certificates to trust instead of the system's"),
    ("http_proxy, https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY", "the proxy, as for curl"),
    ("no_proxy, NO_PROXY", "hosts that are reached without it"),
];
