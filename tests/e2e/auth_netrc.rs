//! `netrc`: a person's credentials, a host each.

use crate::support::{Answer, Finish, Folder, Promised};

#[test]
fn the_entry_of_the_host_is_sent_and_only_there() {
    let other = Promised::new(1, |_, request| {
        assert_eq!(request.header("authorization"), None);
        Answer::ok("{}")
    });
    let away: &'static str = Box::leak(format!("Location: {}/there\r\n", other.url()).into_boxed_str());
    let wanted = |target: &str| match target {
        "/ann" | "/away" | "/file" => Some("Basic YW5uOlBAc3MgInciIHfDtnJk"),
        "/bob" => Some("Basic Ym9iOmJvYi13b3Jk"),
        _ => None,
    };
    let server = Promised::new(6, move |_, request| {
        assert_eq!(request.header("authorization"), wanted(&request.target), "{}", request.target);
        if request.target == "/away" { Answer::Full(302, away, String::new()) } else { Answer::ok("{}") }
    });
    let folder = Folder::new();
    let entries = "machine example.org login x password not-mine\n\
                   machine 127.0.0.1 login ann password \"P@ss \\\"w\\\" wörd\"\n\
                   machine 127.0.0.1 login bob password bob-word\n";
    let file = folder.file("home/.netrc", entries);
    folder.file("other", entries);
    folder.file(
        "s.yaml",
        "- test: {url: /ann, auth: netrc}
- test: {url: /bob, auth: {type: netrc, username: bob}}
- test: {url: /away, auth: netrc, curl_option_followlocation: 1}
- test: {url: /file, auth: {type: netrc, file: other}}
- test: {url: /none, auth: {type: netrc, file: missing, required: false}}
- test: {url: /nobody, auth: {type: netrc, username: eve, required: false}}
",
    );
    let mut command = folder.resttest();
    command.env_remove("NETRC").env("HOME", file.parent().expect("a folder"));
    let ran = command.args([&server.url(), "s.yaml", "--verbose", "--log", "debug"]).finish().exits(0);
    let shown = format!("{}{}", ran.stdout, ran.stderr);
    for secret in ["bob-word", "wörd", "YW5uOlBAc3Mg", "not-mine"] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
    assert!(shown.contains("can be read by others; chmod 600"), "{shown}");
}

#[test]
fn options_name_the_file_or_take_the_usual_one() {
    let folder = Folder::new();
    folder.file("home/.netrc", "default login ann password of-home\n");
    folder.file("other", "machine 127.0.0.1 login ann password of-file\n");
    folder.file("plain.yaml", "- test: {url: /a}\n");
    folder.file("curl.yaml", "- test: {url: /a, curl_option_netrc: 2, curl_option_netrc_file: other}\n");
    folder.file("own.yaml", "- test: {url: /a, curl_option_netrc: 1, auth_username: u, auth_password: own}\n");
    let (home, file, own) = ("Basic YW5uOm9mLWhvbWU=", "Basic YW5uOm9mLWZpbGU=", "Basic dTpvd24=");
    for (words, value) in [
        (&["plain.yaml", "--netrc"][..], home),
        (&["plain.yaml", "--netrc-file", "other"], file),
        (&["curl.yaml"], file),
        (&["own.yaml"], own),
    ] {
        let server = Promised::new(1, move |_, request| {
            assert_eq!(request.header("authorization"), Some(value));
            Answer::ok("{}")
        });
        let mut command = folder.resttest();
        command.env_remove("NETRC").env("HOME", folder.path().join("home"));
        let ran = command.args([&server.url()]).args(words).finish().exits(0);
        // Everybody can read what a test writes.
        assert_eq!(ran.stderr.contains("can be read by others; chmod 600"), value != own, "{ran:#?}");
    }
    let server = Promised::new(0, |_, _| Answer::ok("{}"));
    folder.file("open", "machine a\n  login \"b\n");
    for (words, code, part) in [
        (&["plain.yaml", "--netrc-file", "none"][..], 66, "cannot read none"),
        (&["plain.yaml", "--netrc-file", "open"], 64, "open:2: a quote is not closed"),
        (&["plain.yaml", "--netrc", "--user", "a:b"], 64, "options --user and --netrc exclude each other"),
        (&["named.yaml"], 66, "named.yaml:1:45: file: cannot read none"),
        (&["nobody.yaml"], 1, "other has no entry for 127.0.0.1 with the login eve"),
        (&["digest.yaml"], 65, "digest needs a name and its password"),
    ] {
        folder.file("named.yaml", "- test: {url: /a, auth: {type: netrc, file: none}}\n");
        folder.file("nobody.yaml", "- test: {url: /a, auth: {type: netrc, file: other, username: eve}}\n");
        folder.file("digest.yaml", "- test: {url: /a, curl_option_httpauth: 2}\n");
        let mut command = folder.resttest();
        command.env_remove("NETRC").env("HOME", folder.path().join("home"));
        let ran = command.args([&server.url()]).args(words).finish().exits(code);
        assert!(ran.stderr.contains(part), "{part}: {ran:#?}");
    }
}
