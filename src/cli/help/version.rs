//! `--version`, and with `--verbose` what the program was built from: nothing that two builds of the same source would
//! not share.

/// The commit, where the build was told of one.
const COMMIT: &str = match option_env!("RESTTEST_COMMIT") {
    // An empty variable is how a script says that there is none.
    Some(commit) if !commit.is_empty() => commit,
    _ => "none",
};

/// One line, or with all that is known of the build.
pub fn text(is_verbose: bool) -> String {
    let version = concat!("resttest ", env!("CARGO_PKG_VERSION"), "\n");
    if !is_verbose {
        return version.to_owned();
    }
    format!(
        "{version}commit: {COMMIT}\ntarget: {}\nfeatures: {}\nrustc: {}\n",
        env!("RESTTEST_TARGET"),
        features(),
        env!("RESTTEST_RUSTC").trim_start_matches("rustc "),
    )
}

/// What was decided when it was built; all of it is always there but for the allocator and the checks.
fn features() -> String {
    let mut features =
        vec!["http1.1", "https", "tls1.2", "tls1.3", "ring", "proxy", "socks", "gzip", "deflate", "brotli"];
    features.extend(cfg!(target_env = "musl").then_some("mimalloc"));
    features.extend(cfg!(target_feature = "crt-static").then_some("static"));
    features.extend(cfg!(debug_assertions).then_some("debug-assertions"));
    features.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_told_only_where_it_is_asked_for() {
        assert_eq!(text(false), format!("resttest {}\n", env!("CARGO_PKG_VERSION")));
        let text = text(true);
        let keys: Vec<&str> = text.lines().skip(1).filter_map(|line| Some(line.split_once(": ")?.0)).collect();
        assert_eq!(keys, ["commit", "target", "features", "rustc"]);
        assert!(text.lines().all(|line| !line.ends_with(": ")), "{text}");
        assert!(text.contains(std::env::consts::ARCH) && text.contains("debug-assertions"), "{text}");
    }
}
