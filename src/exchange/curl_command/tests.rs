//! Commands word for word, and what real curl makes of them.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::*;
use crate::exchange::curl_options::set;
use crate::exchange::request::Exchange;
use crate::ground::value::Value;
use crate::http::{Client, ClientSettings};

fn request(method: &str, url: &str) -> Request {
    Request {
        method: method.to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        suppressed: Vec::new(),
        body: None,
        basic_auth: None,
        auth: None,
        options: CurlOptions::unset(),
        timeout: None,
        connect_timeout: None,
        jar: None,
        wants_certificate: false,
        max_body: None,
        permit: None,
        trace: None,
    }
}

fn with_headers(mut request: Request, headers: &[(&str, &str)]) -> Request {
    request.headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    request
}

fn with_body(mut request: Request, body: impl AsRef<[u8]>) -> Request {
    request.body = Some(body.as_ref().into());
    request
}

fn with_options(mut request: Request, options: &[(&str, Value)]) -> Request {
    for (name, value) in options {
        set(Arc::make_mut(&mut request.options), name, value).unwrap();
    }
    request
}

fn list(items: &[&str]) -> Value {
    Value::List(items.iter().map(|item| Value::from(*item)).collect())
}

fn one_line(request: &Request) -> String {
    CurlCommand::new(request).write(Layout::OneLine).text
}

#[test]
fn a_request_is_a_command() {
    let get = || request("GET", "http://h/x");
    let post = || with_headers(request("POST", "http://h/x"), &[("Content-Type", "application/json")]);
    let mut bare = with_body(request("PUT", "http://h/x"), "");
    bare.suppressed = vec!["accept".into(), "user-agent".into(), "content-type".into()];
    bare.timeout = Some(Duration::from_millis(2_500));
    bare.connect_timeout = Some(Duration::from_secs(1));
    for (request, expected) in [
        (get(), "curl 'http://h/x'"),
        (request("HEAD", "http://h"), "curl --head 'http://h/'"),
        (request("DELETE", "http://h/a/../b?q=1&r=$x#f"), "curl -X DELETE 'http://h/b?q=1&r=$x'"),
        (request("GET", "http://h/{a}[1]"), "curl -g 'http://h/{a}[1]'"),
        (
            with_headers(get(), &[("X-A", "it's"), ("X-B", "a \"b\"")]),
            "curl 'http://h/x' -H 'X-A: it'\\''s' -H 'X-B: a \"b\"'",
        ),
        (
            with_body(post(), "{\"a\": \"it's\"}"),
            "curl 'http://h/x' -H 'Content-Type: application/json' --data-binary '{\"a\": \"it'\\''s\"}'",
        ),
        (post(), "curl 'http://h/x' -H 'Content-Type: application/json' --data-binary ''"),
        (with_body(post(), "@file"), "curl 'http://h/x' -H 'Content-Type: application/json' --data-raw '@file'"),
        (
            with_body(post(), "-a\nb%\\'\u{1b}"),
            "printf '\\055a\\nb%%\\\\\\047\\033' | curl 'http://h/x' -H 'Content-Type: application/json' --data-binary @-",
        ),
        (
            with_body(post(), [0, 0xff, b'7']),
            "printf '\\000\\3777' | curl 'http://h/x' -H 'Content-Type: application/json' --data-binary @-",
        ),
        (
            bare,
            "curl -X PUT 'http://h/x' -H 'Accept:' -H 'User-Agent:' -H 'Content-Type:' --connect-timeout 1 --max-time 2.5 --data-binary ''",
        ),
        (
            with_body(with_headers(request("BREW", "http://h/x"), &[("Content-Type", "a/b")]), "x"),
            "curl -X BREW 'http://h/x' -H 'Content-Type: a/b' --data-binary x",
        ),
    ] {
        assert_eq!(one_line(&request), expected);
    }
}

#[test]
fn options_are_flags() {
    let get = |options: &[(&str, Value)]| one_line(&with_options(request("GET", "http://h/x"), options));
    for (options, expected) in [
        (vec![("followlocation", 1.into())], "-L --max-redirs 30"),
        (
            vec![
                ("followlocation", 1.into()),
                ("maxredirs", (-1).into()),
                ("postredir", 5.into()),
                ("unrestricted_auth", 1.into()),
                ("autoreferer", 1.into()),
            ],
            "-e ';auto' --location-trusted --max-redirs -1 --post301 --post303",
        ),
        (vec![("useragent", "me".into()), ("referer", "http://r/".into())], "-A me -e 'http://r/'"),
        (vec![("useragent", "".into())], "-H 'User-Agent:'"),
        (vec![("cookie", "a=b".into()), ("cookiefile", "".into())], "-b \"$COOKIE\" -b ''"),
        (vec![("cookie", "ab".into())], "-H \"Cookie: $COOKIE\""),
        (vec![("accept_encoding", "gzip".into())], "-H 'Accept-Encoding: gzip' --compressed"),
        (vec![("accept_encoding", "gzip".into()), ("http_content_decoding", 0.into())], "-H 'Accept-Encoding: gzip'"),
        (vec![("range", "0-9".into()), ("failonerror", 1.into())], "-r 0-9 -f"),
        (vec![("maxfilesize", 100.into()), ("path_as_is", 1.into())], "--path-as-is --max-filesize 100"),
        (vec![("timeout_ms", 250.into()), ("connecttimeout", 3.into())], "--connect-timeout 3 --max-time 0.25"),
        (vec![("timeout", 0.into())], ""),
        (vec![("userpwd", "ada:s3cret".into())], "-u \"ada:$PASSWORD\""),
        (vec![("username", "ada".into())], "-u 'ada:'"),
        (vec![("xoauth2_bearer", "t0ken".into())], "--oauth2-bearer \"$TOKEN\""),
        (vec![("httpheader", list(&["X-A: 1", "X-B;", "X-C:"]))], "-H 'X-A: 1' -H 'X-B;'"),
        (
            vec![("proxy", "p:3128".into()), ("proxyuserpwd", "u:pw1".into())],
            "-x 'http://p:3128' -U \"u:$PROXY_PASSWORD\"",
        ),
        (
            vec![("proxy", "u:p%40w@p".into()), ("proxyport", 1.into()), ("proxytype", 7.into())],
            "-x 'socks5h://p:1' -U \"u:$PROXY_PASSWORD\"",
        ),
        (vec![("proxy", "".into()), ("noproxy", "*".into())], "-x '' --noproxy '*'"),
        (vec![("httpproxytunnel", 1.into()), ("ipresolve", 1.into())], "-p -4"),
        (vec![("ipresolve", 2.into()), ("interface", "eth0".into())], "-6 --interface eth0"),
        (vec![("ssl_verifypeer", 0.into()), ("tcp_nodelay", 0.into())], "-k --no-tcp-nodelay"),
        (
            vec![
                ("cainfo", "ca.pem".into()),
                ("capath", "/certs".into()),
                ("sslcert", "a:b.pem".into()),
                ("sslkey", "k.pem".into()),
            ],
            "--cacert ca.pem --capath '/certs' --cert 'a\\:b.pem' --key k.pem",
        ),
        (
            vec![("resolve", list(&["h:80:127.0.0.1"])), ("connect_to", list(&["h:80:i:81"]))],
            "--resolve 'h:80:127.0.0.1' --connect-to 'h:80:i:81'",
        ),
        (vec![("customrequest", "PURGE".into())], ""),
        (vec![("forbid_reuse", 1.into()), ("fresh_connect", 1.into()), ("dns_cache_timeout", 5.into())], ""),
    ] {
        let start = if options[0].0 == "customrequest" { "curl -X PURGE 'http://h/x'" } else { "curl 'http://h/x'" };
        let expected = if expected.is_empty() { start.to_owned() } else { format!("{start} {expected}") };
        assert_eq!(get(&options), expected);
    }
    let form = with_options(with_body(request("POST", "http://h/x"), "abc"), &[("nobody", 1.into())]);
    assert_eq!(one_line(&form), "curl --head 'http://h/x'");
    let insecure =
        CurlCommand::new(&request("GET", "https://h/x")).accepting_every_certificate().write(Layout::OneLine);
    assert_eq!(insecure.text, "curl 'https://h/x' -k");
}

#[test]
fn secrets_are_variables() {
    let mut all = with_headers(
        request("POST", "http://ada:pa%40ss@h/x?token=t0ken-1&max_tokens=200&v=abc123"),
        &[
            ("Content-Type", "text/plain"),
            ("X-Api-Key", "k-1"),
            ("X-Trace", "run-abc123-end"),
            ("Cookie", "sid=1; b=2"),
        ],
    );
    all.body = Some(b"k=abc123&price=5$&p=k-1".as_slice().into());
    let written = CurlCommand::new(&all).naming("abc123", "my_value").write(Layout::Pretty);
    assert_eq!(
        written.text,
        "curl \"http://h/x?token=$TOKEN&max_tokens=200&v=$my_value\" \\\n  \
         -H 'Content-Type: text/plain' \\\n  \
         -H \"X-Api-Key: $X_API_KEY\" \\\n  \
         -H \"X-Trace: run-$my_value-end\" \\\n  \
         -H \"Cookie: $COOKIE\" \\\n  \
         -u \"ada:$PASSWORD\" \\\n  \
         --data-binary 'k='\"$my_value\"'&price=5$&p='\"$X_API_KEY\""
    );
    assert_eq!(written.variables, ["TOKEN", "my_value", "X_API_KEY", "COOKIE", "PASSWORD"]);
    assert!(!format!("{:?}", CurlCommand::new(&request("GET", "http://h/")).naming("abc123", "V")).contains("abc123"));

    for (value, named, expected) in [
        ("Bearer abc.def", ("abc.def", "TOKEN"), "-H \"Authorization: Bearer $TOKEN\""),
        ("Bearer abc.def", ("abc.def", "api_key"), "-H \"Authorization: Bearer $api_key\""),
        ("Bearer abc.def", ("def", "X"), "-H \"Authorization: Bearer $TOKEN\""),
        ("Digest abc.def", ("abc.def", "X"), "-H \"Authorization: Digest $X\""),
        ("Digest abc.def", ("nothing", "X"), "-H \"Authorization: $AUTHORIZATION\""),
        ("Basic YWRhOnB3LTE=", ("pw-1", "X"), "-u \"ada:$X\""),
        ("Basic YWRhOnB3LTE=", ("nothing", "X"), "-u \"ada:$AUTH_PASSWORD\""),
        ("Basic YWRhOg==", ("nothing", "X"), "-H \"Authorization: $AUTHORIZATION\""),
        ("abc", ("abc", "pwd-1 x"), "-H \"Authorization: $pwd_1_x\""),
        ("abc", ("abc", "PATH"), "-H \"Authorization: $SECRET_PATH\""),
        ("abc", ("abc", "1st"), "-H \"Authorization: $SECRET_1st\""),
    ] {
        let asked = with_headers(request("GET", "http://h/"), &[("Authorization", value)]);
        let written = CurlCommand::new(&asked).naming(named.0, named.1).write(Layout::OneLine).text;
        assert_eq!(written, format!("curl 'http://h/' {expected}"), "{value} {named:?}");
    }
    let twice =
        with_headers(request("GET", "http://h/"), &[("X-Token", "one"), ("X-Token", "two"), ("X-Token", "one")]);
    assert_eq!(
        one_line(&twice),
        "curl 'http://h/' -H \"X-Token: $X_TOKEN\" -H \"X-Token: $X_TOKEN_2\" -H \"X-Token: $X_TOKEN\""
    );
    // A digit or a letter that follows does not belong to the name, and a long secret wins over a part of it.
    let url = request("GET", "http://h/abc7/abcdef");
    let written = CurlCommand::new(&url).naming("abc", "A").naming("abcdef", "B").write(Layout::OneLine).text;
    assert_eq!(written, "curl \"http://h/${A}7/$B\"");
    let lines = with_body(with_headers(request("POST", "http://h/"), &[("Content-Type", "a/b")]), "a\nabc\n");
    let written = CurlCommand::new(&lines).naming("abc", "A").write(Layout::OneLine).text;
    assert_eq!(written, "printf 'a\\n%s\\n' \"$A\" | curl 'http://h/' -H 'Content-Type: a/b' --data-binary @-");
    let lines = with_body(with_headers(request("POST", "http://h/"), &[("Content-Type", "a/b")]), "a\nabc");
    let written = CurlCommand::new(&lines).naming("abc", "A").write(Layout::OneLine).text;
    assert_eq!(written, "curl 'http://h/' -H 'Content-Type: a/b' --data-binary \"$(printf 'a\\n%s' \"$A\")\"");
    let mut colon = request("GET", "http://h/");
    colon.basic_auth = Some(("a:b".into(), "pw1".into()));
    assert_eq!(one_line(&colon), "curl 'http://h/' -H \"Authorization: $AUTHORIZATION\"");
}

#[test]
fn forms_of_secrets_and_those_without_a_name_are_variables() {
    let json = |body: &str| with_body(with_headers(request("POST", "http://h/"), &[("Content-Type", "a/b")]), body);
    let mut secrets = Secrets::default();
    secrets.add("s3cret/v");
    secrets.add_header("Authorization", "Bearer named-1");
    for (request, expected) in [
        (
            request("GET", "http://h/s3cret%2Fv?key=name&api_key=a%20b%20c"),
            "curl \"http://h/$SECRET?key=$KEY&api_key=$API_KEY_ENCODED\"",
        ),
        (request("GET", "http://h/named-1?x=bmFtZWQtMQ"), "curl \"http://h/$MINE?x=$MINE_ENCODED\""),
        (
            json("{\"user\": \"ada\", \"password\": \"ada\", \"token\": \"q\\\"q\", \"n\": \"s3cret/v\"}"),
            "curl 'http://h/' -H 'Content-Type: a/b' --data-binary '{\"user\": \"ada\", \"password\": \"'\"$PASSWORD\"'\", \"token\": \"'\"$TOKEN_ENCODED\"'\", \"n\": \"'\"$SECRET\"'\"}'",
        ),
        (
            json("user=ada&password=a%20b"),
            "curl 'http://h/' -H 'Content-Type: a/b' --data-binary \"user=ada&password=$PASSWORD_ENCODED\"",
        ),
        (json("Bearer named-1"), "curl 'http://h/' -H 'Content-Type: a/b' --data-binary \"Bearer $MINE\""),
    ] {
        let written = CurlCommand::new(&request).hiding(&secrets).naming("named-1", "MINE").write(Layout::OneLine);
        assert_eq!(written.text, expected);
    }
    let file = CurlCommand::new(&json("abc")).with_body_in("body.bin").write(Layout::OneLine).text;
    assert_eq!(file, "curl 'http://h/' -H 'Content-Type: a/b' --data-binary @body.bin");
}

/// What arrived at a server: request line, headers that count, body.
#[derive(Debug, PartialEq, Eq)]
struct Arrived {
    line: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// Headers that are the client's own.
const OWN: [&str; 3] = ["user-agent", "connection", "host"];

fn server() -> (String, Receiver<Arrived>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (tell, arrived) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let tell = tell.clone();
            std::thread::spawn(move || {
                let mut stream = stream;
                while let Some(request) = read(&mut stream) {
                    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
                    if tell.send(request).is_err() || stream.write_all(answer).is_err() {
                        return;
                    }
                }
            });
        }
    });
    (url, arrived)
}

fn read(stream: &mut TcpStream) -> Option<Arrived> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.lines();
    let line = lines.next()?.to_owned();
    let all: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = all.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    let agent = all.iter().any(|(name, _)| name == "user-agent");
    let mut headers: Vec<_> = all.into_iter().filter(|(name, _)| !OWN.contains(&name.as_str())).collect();
    headers.sort();
    headers.push(("has user-agent".to_owned(), agent.to_string()));
    Some(Arrived { line, headers, body })
}

fn has_program(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|folder| folder.join(name).is_file());
    if !found {
        // Past the capture of the test harness, which would swallow it.
        let _ = writeln!(std::io::stderr(), "SKIPPED: {name} is not installed");
    }
    found
}

/// Requests whose secrets have the values that the variables get.
fn requests(url: &str) -> Vec<Request> {
    let url = |path: &str| format!("{url}{path}");
    let text = [("Content-Type", "text/plain")];
    let post = |body: &[u8]| with_body(with_headers(request("POST", &url("/post")), &text), body);
    let all_bytes: Vec<u8> = (0..=255).collect();
    let long = "0123456789'%\\\n".repeat(20_000);
    let mut suppressed = post(b"x");
    suppressed.suppressed = vec!["accept".into(), "user-agent".into()];
    let mut typeless = with_body(request("PUT", &url("/put")), "{}");
    typeless.suppressed = vec!["content-type".into()];
    let mut basic = request("GET", &url("/"));
    basic.basic_auth = Some(("a da".into(), "pa ss'\"$`\\!".into()));
    let mut withheld = request("GET", &url("/").replace("http://", "http://u:p@"));
    withheld.suppressed = vec!["authorization".into()];
    vec![
        request("GET", &url("/a/./b/../c?q=it's&x=[1]{2}&y=a|b^c\\d`e&z=%2f#fragment")),
        request("GET", &url("/gr\u{fc}n?q=\u{65e5}$HOME!")),
        request("HEAD", &url("/head")),
        request("DELETE", &url("/delete")),
        request("POST", &url("/empty")),
        request("PATCH", &url("/empty")),
        request("BREW", &url("/")),
        with_headers(
            request("GET", &url("/")),
            &[("X-A", "a 'b' \"c\" $d `e` \\f !g"), ("X-a", "2"), ("x-\u{65}", "\u{fc}")],
        ),
        with_headers(request("GET", &url("/")), &[("Host", "elsewhere"), ("Accept", "text/*"), ("Cookie", "a=b")]),
        post(b"{\"a\": \"it's\", \"b\": \"$HOME `ls` \\\\ !\"}"),
        post(b"@/etc/hostname"),
        post(b"-n one\r\ntwo\n\nthree\n"),
        post(b"-n one\n%s 'two'\n\n\"thr\\ee\" $HOME s3cr3t-t0ken !"),
        post(b"@one\ntwo"),
        post("\u{202e}\u{1b}[2J gr\u{fc}n %d %s \\n".as_bytes()),
        post(&all_bytes),
        post(&all_bytes.repeat(300)),
        post(long.as_bytes()),
        post("x".repeat(2_000).as_bytes()),
        with_body(with_headers(request("DELETE", &url("/")), &text), "body"),
        suppressed,
        typeless,
        basic,
        withheld,
        request("GET", &url("/").replace("http://", "http://ad%20a:pa%24s%27s@")),
        with_headers(request("GET", &url("/?token=s3cr3t-t0ken&v=1")), &[("Authorization", "Bearer s3cr3t-t0ken")]),
        with_headers(request("GET", &url("/")), &[("X-Api-Key", "k$e'y"), ("Cookie", "sid=1; other=2")]),
        post(b"token=s3cr3t-t0ken\nand s3cr3t-t0ken1"),
        post(b"\xff s3cr3t-t0ken \x00"),
        with_options(
            post(b"x"),
            &[("customrequest", "PURGE".into()), ("httpheader", list(&["Content-Type: a/b", "X-E;", "X-N: 1"]))],
        ),
        with_options(
            request("GET", &url("/options")),
            &[
                ("useragent", "me too".into()),
                ("referer", "http://r/".into()),
                ("cookie", "a=b; c=d".into()),
                ("cookiefile", "".into()),
                ("range", "0-9".into()),
                ("accept_encoding", "gzip".into()),
                ("userpwd", "ada:s3cr3t".into()),
                ("path_as_is", 1.into()),
                ("followlocation", 1.into()),
                ("postredir", 7.into()),
                ("autoreferer", 1.into()),
                ("tcp_nodelay", 0.into()),
                ("ipresolve", 1.into()),
            ],
        ),
        with_options(request("GET", &url("/a/../b")), &[("path_as_is", 1.into()), ("useragent", "".into())]),
        with_options(
            request("GET", &url("/")),
            &[("xoauth2_bearer", "s3cr3t-t0ken".into()), ("cookie", "bare".into())],
        ),
        with_options(with_body(request("POST", &url("/")), "dropped"), &[("nobody", 1.into())]),
        with_options(
            request("GET", &url("/").replace("127.0.0.1", "some.host")),
            &[("connect_to", list(&[&format!("::127.0.0.1:{}", url("").rsplit(':').next().unwrap())]))],
        ),
    ]
}

/// The secrets of the requests by the variables that stand for them.
fn environment(request: &Request, variables: &[String]) -> Vec<(String, String)> {
    let value = |name: &str| -> String {
        let header = |wanted: &str| {
            let found = request.headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
            found.unwrap_or_default()
        };
        match name {
            "my_token" | "TOKEN" => "s3cr3t-t0ken".to_owned(),
            "AUTHORIZATION" => header("Authorization"),
            "X_API_KEY" => header("X-Api-Key"),
            "COOKIE" => request.options.cookie.as_ref().map_or_else(|| header("Cookie"), |cookie| cookie.0.clone()),
            "PASSWORD" | "AUTH_PASSWORD" => match (&request.basic_auth, &request.options.password) {
                (Some((_, password)), _) => password.clone(),
                (None, Some(password)) => password.0.clone(),
                (None, None) => "pa$s's".to_owned(),
            },
            other => panic!("a variable that no one knows: {other}"),
        }
    };
    variables.iter().map(|name| (name.clone(), value(name))).collect()
}

#[test]
fn curl_sends_what_the_client_sends() {
    if !has_program("curl") {
        return;
    }
    let (url, arrived) = server();
    let client = Client::new(ClientSettings::default());
    let patience = Duration::from_secs(20);
    let script = std::env::temp_dir().join(format!("resttest-curl-{}.sh", std::process::id()));
    let shells: Vec<&str> = ["sh", "bash"].into_iter().filter(|shell| has_program(shell)).collect();
    for request in requests(&url) {
        client.send(&request).unwrap();
        let expected = arrived.recv_timeout(patience).unwrap();
        for (shell, layout) in shells.iter().flat_map(|shell| [(shell, Layout::OneLine), (shell, Layout::Pretty)]) {
            let written = CurlCommand::new(&request).naming("s3cr3t-t0ken", "my_token").write(layout);
            assert!(layout == Layout::Pretty || !written.text.contains('\n'), "{}", written.text);
            assert!(!written.text.contains("s3cr3t"), "{}", written.text);
            std::fs::write(&script, format!("{}\n", written.text)).unwrap();
            let error = run(shell, &script, &environment(&request, &written.variables));
            let start: String = written.text.chars().take(2_000).collect();
            assert_eq!(error, "", "{shell}: {start}");
            assert_eq!(arrived.recv_timeout(patience).unwrap(), expected, "{shell}: {start}");
        }
    }
    let _ = std::fs::remove_file(&script);
}

/// Runs a script; what curl complains about, or nothing.
fn run(shell: &str, script: &Path, variables: &[(String, String)]) -> String {
    let mut command = Command::new(shell);
    command.arg(script).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("LC_ALL", "C.UTF-8");
    command.env("HOME", "/nonexistent").envs(variables.iter().map(|(name, value)| (name, value)));
    let output = command.stdin(Stdio::null()).output().unwrap();
    if output.status.success() { String::new() } else { String::from_utf8_lossy(&output.stderr).into_owned() }
}
