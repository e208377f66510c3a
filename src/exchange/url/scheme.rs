//! URLs that lack their scheme: what is said of them.

/// `"localhost:8000" has no scheme; did you mean http://localhost:8000?`; nothing where there is one, or no URL at all.
pub fn schemeless(url: &str) -> Option<String> {
    if url.is_empty() || url.contains("://") {
        return None;
    }
    let lower = url.to_ascii_lowercase();
    // `http:/host`, `https//host`, `//host`: some of the scheme is there.
    let (scheme, after) = match lower.strip_prefix("https").or_else(|| lower.strip_prefix("http")) {
        Some(tail) if tail.starts_with(":/") || tail.starts_with("//") => {
            (if lower.starts_with("https") { "https" } else { "http" }, &url[url.len() - tail.len()..])
        }
        _ => ("http", url),
    };
    let rest = after.trim_start_matches([':', '/']);
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    let meant = match host {
        "" => String::new(),
        _ if after.starts_with('/') && !after.starts_with("//") && after == url => String::new(),
        _ if after == url && url.starts_with(':') => format!("; did you mean http://localhost:{rest}?"),
        _ if host.ends_with(":443") => format!("; did you mean https://{rest}?"),
        _ => format!("; did you mean {scheme}://{rest}?"),
    };
    Some(format!("\"{url}\" has no scheme{meant}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_is_put_where_it_is_missing() {
        for (url, meant) in [
            ("127.0.0.1:8000", "; did you mean http://127.0.0.1:8000?"),
            ("localhost", "; did you mean http://localhost?"),
            ("[::1]:8000/api", "; did you mean http://[::1]:8000/api?"),
            ("api.example.com/v1?x=1", "; did you mean http://api.example.com/v1?x=1?"),
            ("example.com:443/v1", "; did you mean https://example.com:443/v1?"),
            ("//host/x", "; did you mean http://host/x?"),
            ("http:/host", "; did you mean http://host?"),
            ("HTTPS//host", "; did you mean https://host?"),
            ("httpbin.org", "; did you mean http://httpbin.org?"),
            (":8000", "; did you mean http://localhost:8000?"),
            ("/api", ""),
            ("http:", "; did you mean http://http:?"),
        ] {
            assert_eq!(schemeless(url), Some(format!("\"{url}\" has no scheme{meant}")));
        }
        assert_eq!(schemeless("http://x"), None);
        assert_eq!(schemeless(""), None);
    }
}
