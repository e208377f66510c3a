//! What a redirect makes of the request, as libcurl 8.23 does it with PyRestTest's settings.
//!
//! Owns: the rules of method and body, which status is a redirect. Does not: send (see `client`),
//! resolve the location (see `url`).

/// What becomes of method and body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Both stay.
    Same,
    /// The method stays, the body goes: PyRestTest sets these methods as CUSTOMREQUEST.
    WithoutBody,
    /// GET without a body.
    Get,
}

/// How many redirects are followed without `maxredirs`.
pub(super) const MAX_REDIRECTS: u32 = 30;

/// Whether libcurl follows this status (if it comes with a location).
pub(super) fn is_redirect(status: u16) -> bool {
    (300..400).contains(&status) && status != 304
}

/// The rule for a status and a method. `keep_post` has a bit for each of 301, 302, 303.
pub(super) fn next(status: u16, method: &str, keep_post: u8) -> Next {
    let kept = match status {
        301 => keep_post & 1 != 0,
        302 => keep_post & 2 != 0,
        303 => keep_post & 4 != 0,
        _ => return Next::Same,
    };
    match method {
        "GET" | "HEAD" => Next::Same,
        "POST" if kept => Next::Same,
        "POST" => Next::Get,
        "PUT" if status == 303 => Next::Get,
        "PUT" => Next::Same,
        _ if kept => Next::Same,
        _ => Next::WithoutBody,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_change_as_libcurl_changes_them() {
        use Next::{Get, Same, WithoutBody};
        for (method, wanted) in [
            ("GET", [Same, Same, Same, Same, Same]),
            ("HEAD", [Same, Same, Same, Same, Same]),
            ("POST", [Get, Get, Get, Same, Same]),
            ("PUT", [Same, Same, Get, Same, Same]),
            ("PATCH", [WithoutBody, WithoutBody, WithoutBody, Same, Same]),
            ("DELETE", [WithoutBody, WithoutBody, WithoutBody, Same, Same]),
            ("PURGE", [WithoutBody, WithoutBody, WithoutBody, Same, Same]),
        ] {
            for (status, wanted) in [301, 302, 303, 307, 308].into_iter().zip(wanted) {
                assert_eq!(next(status, method, 0), wanted, "{method} {status}");
            }
        }
        assert_eq!(next(301, "POST", 1), Same);
        assert_eq!(next(302, "POST", 1), Get);
        assert_eq!(next(303, "POST", 7), Same);
        // The option is about POST.
        assert_eq!(next(303, "PUT", 7), Get);
        assert!(is_redirect(301) && is_redirect(308) && !is_redirect(304) && !is_redirect(200));
    }
}
