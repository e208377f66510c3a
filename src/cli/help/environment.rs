//! The environment variables that are read, for guides and the man page.

/// The environment variables that are read.
pub const ENVIRONMENT: &[(&str, &str)] = &[
    ("NO_COLOR", "no colours"),
    ("PAGER", "what shows long help on a terminal; default less"),
    ("SSL_CERT_FILE, SSL_CERT_DIR", "the certificates to trust instead of the system's"),
    ("http_proxy, https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY", "the proxy, as for curl"),
    ("no_proxy, NO_PROXY", "hosts that are reached without it"),
    ("RESTTEST_MAX_RETRIES and the like", "options of a plain run: see the guide settings"),
    ("RESTTEST_SECRET_name, HURL_SECRET_name", "the secret of that name: see the guide secrets"),
    ("RESTTEST_PYTHON", "the Python that runs PyRestTest's extensions; default python3"),
    ("XDG_STATE_HOME, HOME", "where it is kept what failed, for --rerun-failed"),
    (
        "TRACEPARENT, TRACESTATE, OTEL_…",
        "the trace that the run is a part of, and where its spans go: see the guide tracing",
    ),
    ("CI", "where it is set, no snapshot is written"),
];
