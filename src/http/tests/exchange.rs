//! Plain http: connections, framing, time, redirects, proxies, what goes over the wire.

use std::io::Write;
use std::net::TcpListener;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::*;
use crate::exchange::cookies::Jar;
use crate::exchange::curl_options::set;
use crate::exchange::request::{ErrorKind, Exchange};
use crate::ground::value::Value;
use crate::secrets::Secret;

fn connections_are_reused(way: Way) {
    let server = Server::answering(|head, _| match head.split(' ').next() {
        Some("HEAD") => b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n".to_vec(),
        Some("DELETE") => b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(),
        Some("OPTIONS") => b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n".to_vec(),
        Some("PUT") => {
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n".to_vec()
        }
        _ => ok("hello"),
    });
    let client = way.client();
    let first = client.send(&get(server.url("/1"))).unwrap();
    assert_eq!((first.status, first.body.as_slice(), first.timing.num_connects), (200, b"hello".as_slice(), 1));
    assert!(first.timing.connect > Duration::ZERO && first.timing.connect <= first.timing.pretransfer);
    assert!(first.timing.pretransfer <= first.timing.starttransfer);
    assert!(first.timing.starttransfer <= first.timing.total);
    for (method, body) in
        [("DELETE", ""), ("OPTIONS", ""), ("PUT", "abcde"), ("POST", "hello"), ("BREW", "hello"), ("HEAD", "")]
    {
        let answer = client.send(&request(method, server.url("/2"))).unwrap();
        assert_eq!(answer.text(), body, "{method}");
        assert_eq!(answer.timing.num_connects, 0, "{method}");
        assert_eq!(answer.timing.connect, Duration::ZERO);
        assert_eq!(answer.timing.namelookup, Duration::ZERO);
        assert!(answer.timing.total > Duration::ZERO);
    }
    for _ in 0..7 {
        assert!(server.next().starts_with("0 "));
    }
}

fn the_head_and_the_body_are_as_asked(way: Way) {
    let server = Server::answering(|_, _| ok(""));
    let mut asked = request("DELETE", server.url("/a|^{}[]\\%2f?q=$x&ü#f"));
    asked.headers = vec![("X-A".into(), "1".into()), ("X-B".into(), "ü".into()), ("x-a".into(), "2".into())];
    asked.body = Some(b"abc".as_slice().into());
    asked.basic_auth = Some(("u".into(), "p".into()));
    let answer = way.client().send(&asked).unwrap();
    let heard = server.next();
    let (line, rest) = heard.split_once("\r\n").unwrap();
    assert_eq!(line, "0 DELETE /a|^{}[]\\%2F?q=$x&%C3%BC HTTP/1.1");
    for part in [
        "x-a: 1\r\n",
        "x-a: 2\r\n",
        "x-b: ü\r\n",
        "accept: */*\r\n",
        "authorization: Basic dTpw\r\n",
        "content-length: 3\r\n",
    ] {
        assert!(rest.contains(part), "{part} in {rest}");
    }
    assert!(rest.contains(&format!("user-agent: {}\r\n", crate::http::USER_AGENT)));
    assert!(rest.contains(&format!("host: {}\r\n", server.address)));
    assert!(rest.ends_with("\r\n\r\nabc"));
    assert_eq!(answer.timing.size_upload, 3);
    // The server decodes nothing, so a byte over the wire is a byte here.
    assert_eq!(answer.timing.request_size + 3, heard.len() as u64 - 2);

    let mut bare = request("POST", server.url("/"));
    bare.suppressed = vec!["accept".into(), "user-agent".into()];
    way.client().send(&bare).unwrap();
    let heard = server.next();
    assert!(heard.contains("content-length: 0\r\n") && !heard.contains("accept") && !heard.contains("user-agent"));
    way.client().send(&get(server.url("/"))).unwrap();
    assert!(!server.next().contains("content-length"));
}

fn headers_cannot_be_smuggled_in(way: Way) {
    let mut asked = get("http://127.0.0.1:1/");
    asked.headers = vec![("X-A".into(), "1\r\nX-B: secret".into())];
    let error = way.client().send(&asked).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Option);
    assert_eq!(error.message, "the value of header \"X-A\" contains a line break");
    asked.headers = vec![("X A".into(), "1".into())];
    assert_eq!(way.client().send(&asked).unwrap_err().kind, ErrorKind::Option);
    asked.headers.clear();
    asked.method = "GE T".into();
    assert_eq!(way.client().send(&asked).unwrap_err().kind, ErrorKind::Option);
}

fn a_connection_closed_while_idle_is_replaced(way: Way) {
    let server = Server::start(|number, mut stream, tell| {
        let Some((head, _)) = read_request(&mut stream) else { return };
        let _ = tell.send(format!("{number} {head}"));
        stream.write_all(&ok("x")).unwrap();
    });
    let client = way.client();
    for number in 0..3 {
        let answer = client.send(&request("POST", server.url("/"))).unwrap();
        assert_eq!(answer.timing.num_connects, 1);
        assert!(server.next().starts_with(&number.to_string()));
        sleep(Duration::from_millis(30));
    }
}

fn a_request_is_never_sent_twice(way: Way) {
    let server = Server::start(|number, mut stream, tell| {
        let mut served = 0;
        while read_request(&mut stream).is_some() {
            let _ = tell.send(format!("{number}"));
            if served == 1 {
                return;
            }
            served += 1;
            stream.write_all(&ok("x")).unwrap();
        }
    });
    let client = way.client();
    client.send(&get(server.url("/"))).unwrap();
    let error = client.send(&get(server.url("/"))).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Disconnected);
    assert_eq!(error.message, "the server closed the connection before an answer came");
    assert_eq!((server.next(), server.next()), ("0".into(), "0".into()));
    assert!(server.heard.recv_timeout(Duration::from_millis(50)).is_err());
}

fn failures_have_kinds_and_words(way: Way) {
    let unused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (url, kind, words) in [
        (format!("http://{unused}/"), ErrorKind::Connect, format!("connection refused by {unused}")),
        ("http://nosuch.invalid/".into(), ErrorKind::Resolve, "host name \"nosuch.invalid\"".into()),
        ("http://h/a b".into(), ErrorKind::Url, "%20".into()),
        ("ftp://h/".into(), ErrorKind::Url, "unsupported scheme \"ftp\"".into()),
    ] {
        let error = way.client().send(&get(url)).unwrap_err();
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.message.contains(&words), "{error}");
    }
    for (answer, kind) in [
        ("", ErrorKind::Disconnected),
        ("HTTP/1.1 200 OK\r\nContent-Le", ErrorKind::Disconnected),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", ErrorKind::Disconnected),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", ErrorKind::Disconnected),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc", ErrorKind::Protocol),
        ("SSH-2.0-OpenSSH\r\n\r\n", ErrorKind::Protocol),
    ] {
        let server = Server::start(move |_, mut stream, _| {
            read_request(&mut stream);
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let error = way.client().send(&get(server.url("/"))).unwrap_err();
        assert_eq!(error.kind, kind, "{answer:?}: {error}");
    }
}

fn time_is_bounded_at_every_step(way: Way) {
    for head in ["", "HTTP/1.1 200 OK\r\nX: ", "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\nabc"] {
        let server = Server::start(move |_, mut stream, _| {
            read_request(&mut stream);
            stream.write_all(head.as_bytes()).unwrap();
            // A slow drip: each byte comes well before any bound on a single read. It ends with the client.
            stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
            for _ in 0..1000 {
                let is_gone = matches!(stream.read(&mut [0]), Ok(0));
                if is_gone || stream.write_all(if head.is_empty() { b"" } else { b"x" }).is_err() {
                    return;
                }
            }
        });
        let mut asked = get(server.url("/"));
        asked.timeout = Some(Duration::from_millis(300));
        let start = Instant::now();
        let error = way.client().send(&asked).unwrap_err();
        let took = start.elapsed();
        assert_eq!(error.kind, ErrorKind::Timeout, "{error}");
        assert_eq!(error.message, "no complete answer within 0.3 s");
        // The server goes on for 20 s.
        assert!(took >= Duration::from_millis(295) && took < Duration::from_secs(10), "{took:?}");
        let by_option = with_options(get(server.url("/")), |options| options.timeout = Some(Duration::from_millis(50)));
        assert_eq!(way.client().send(&by_option).unwrap_err().kind, ErrorKind::Timeout);
    }
}

fn a_large_upload_to_a_stuck_server_times_out(way: Way) {
    let server = Server::start(|_, stream, _| {
        sleep(Duration::from_secs(30));
        drop(stream);
    });
    let mut asked = request("POST", server.url("/"));
    asked.body = Some(vec![b'x'; 30_000_000].into());
    asked.timeout = Some(Duration::from_millis(300));
    let start = Instant::now();
    assert_eq!(way.client().send(&asked).unwrap_err().kind, ErrorKind::Timeout);
    // Well before the server gives up; the memory of 30 MB takes a busy machine its time.
    let took = start.elapsed();
    assert!(took < Duration::from_secs(15), "{took:?}");
}

fn bodies_of_all_framings_are_read_to_the_end(way: Way) {
    let large = "y".repeat(3_000_000);
    let copy = large.clone();
    let server = Server::answering(move |head, body| match head.split(' ').nth(1).unwrap() {
        "/large" => ok(&copy),
        "/echo" => ok(body),
        "/head" => {
            format!("HTTP/1.1 200 OK\r\nX-Long: {}\r\nContent-Length: 0\r\n\r\n", "z".repeat(200_000)).into_bytes()
        }
        "/informed" => [b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n".to_vec(), ok("done")].concat(),
        _ => ok(""),
    });
    let client = way.client();
    assert_eq!(client.send(&get(server.url("/large"))).unwrap().body.len(), large.len());
    let mut echo = request("PUT", server.url("/echo"));
    echo.body = Some(large.as_bytes().into());
    assert_eq!(client.send(&echo).unwrap().body, large.as_bytes());
    assert_eq!(client.send(&get(server.url("/head"))).unwrap().headers[0].1.len(), 200_000);
    assert_eq!(client.send(&get(server.url("/informed"))).unwrap().body, b"done");
    let mut long = get(server.url("/x"));
    long.headers = vec![("X-Token".into(), "t".repeat(100_000))];
    assert_eq!(client.send(&long).unwrap().timing.num_connects, 0);

    let closing = Server::start(|_, mut stream, _| {
        read_request(&mut stream);
        stream.write_all(b"HTTP/1.0 200 OK\r\n\r\nup to ").unwrap();
        sleep(Duration::from_millis(30));
        stream.write_all(b"the end").unwrap();
    });
    assert_eq!(client.send(&get(closing.url("/"))).unwrap().text(), "up to the end");
}

fn an_early_answer_to_a_large_upload_is_heard(way: Way) {
    let server = Server::start(|_, mut stream, _| {
        stream.write_all(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        sleep(Duration::from_millis(100));
    });
    let mut asked = request("POST", server.url("/"));
    asked.body = Some(vec![b'x'; 30_000_000].into());
    asked.timeout = Some(Duration::from_secs(3));
    // Whether the answer survives the reset that follows is the system's choice; it is never a hang.
    match way.client().send(&asked) {
        Ok(answer) => assert_eq!(answer.status, 413),
        Err(error) => assert_eq!(error.kind, ErrorKind::Disconnected),
    }
}

fn redirecting() -> Server {
    Server::answering(|head, _| {
        let path = head.split(' ').nth(1).unwrap();
        match path.strip_prefix("/r") {
            Some(status) => format!(
                "HTTP/1.1 {status} X\r\nLocation: /x y\r\nSet-Cookie: s=1; Path=/\r\nContent-Length: 3\r\n\r\nabc"
            )
            .into_bytes(),
            None if path == "/loop" => b"HTTP/1.1 302 X\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n".to_vec(),
            None => ok("there"),
        }
    })
}

fn redirects_are_followed_as_libcurl_follows_them(way: Way) {
    let server = redirecting();
    let client = way.client();
    let unfollowed = client.send(&get(server.url("/r302"))).unwrap();
    assert_eq!((unfollowed.status, unfollowed.text().as_ref()), (302, "abc"));
    server.next();
    for (method, status, then) in [
        ("POST", 302, "GET"),
        ("POST", 307, "POST"),
        ("PUT", 303, "GET"),
        ("DELETE", 302, "DELETE"),
        ("PATCH", 303, "PATCH"),
    ] {
        let mut asked = with_options(request(method, server.url(&format!("/r{status}"))), |options| {
            options.follow_location = true;
            options.auto_referer = true;
            options.keep_cookies = true;
        });
        asked.body = Some(b"ab".as_slice().into());
        let answer = client.send(&asked).unwrap();
        assert_eq!((answer.status, answer.timing.redirect_count), (200, 1));
        assert_eq!(answer.effective_url, server.url("/x%20y"));
        assert!(answer.timing.redirect > Duration::ZERO);
        server.next();
        let second = server.next();
        assert!(second.starts_with(&format!("0 {then} /x%20y ")), "{method} {status}: {second}");
        assert_eq!(second.ends_with("ab"), status == 307, "{second}");
        assert!(second.contains(&format!("referer: {}", server.url("/r"))) && second.contains("cookie: s=1"));
    }
    let endless = with_options(get(server.url("/loop")), |options| options.follow_location = true);
    let error = client.send(&endless).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Redirects);
    assert!(error.message.starts_with("more than 30 redirects"));
    assert_eq!(error.timing.redirect_count, 30);
}

fn credentials_stay_with_their_origin(way: Way) {
    let other = Server::answering(|_, _| ok(""));
    let location = other.url("/");
    let server = Server::answering(move |_, _| {
        format!("HTTP/1.1 302 X\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n").into_bytes()
    });
    for trusting in [false, true] {
        let mut asked = with_options(get(server.url("/")), |options| {
            options.follow_location = true;
            options.unrestricted_auth = trusting;
        });
        asked.basic_auth = Some(("u".into(), "p".into()));
        let secrets = ["Cookie", "X-Api-Key", "PRIVATE-TOKEN", "X-CSRF-Token"];
        asked.headers = secrets.iter().map(|name| ((*name).to_owned(), "c=1".to_owned())).collect();
        asked.headers.push(("X-Plain".into(), "1".into()));
        asked.headers.push(("Idempotency-Key".into(), "1".into()));
        let options = Arc::make_mut(&mut asked.options);
        options.headers = vec!["X-Vault-Token: s.1".to_owned(), "X-Line: 2".to_owned()];
        way.client().send(&asked).unwrap();
        let heard = other.next();
        for open in ["x-plain: 1", "x-line: 2", "idempotency-key: 1"] {
            assert!(heard.contains(open), "{heard}");
        }
        for secret in ["authorization", "x-vault-token"].into_iter().chain(secrets) {
            assert_eq!(heard.contains(&format!("{}:", secret.to_lowercase())), trusting, "{secret}: {heard}");
        }
    }
}

fn a_host_header_stays_with_its_host(way: Way) {
    let server = Server::answering(|head, _| {
        let location = head.lines().next().unwrap().split(' ').nth(1).unwrap().strip_prefix("/to=").unwrap_or("");
        format!("HTTP/1.1 302 X\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n").into_bytes()
    });
    let port = server.address.port();
    for trusting in [false, true] {
        for (location, host) in [("/x".to_owned(), "given.test"), (format!("http://127.0.0.2:{port}/"), "127.0.0.2")] {
            let mut asked = with_options(get(server.url(&format!("/to={location}"))), |options| {
                options.follow_location = true;
                options.unrestricted_auth = trusting;
                options.max_redirects = Some(1);
                // The server listens on one address only.
                options.connection.connect_to = vec![format!("127.0.0.2:{port}:127.0.0.1:{port}")];
            });
            asked.headers = vec![("Host".into(), "given.test".into())];
            let _ = way.client().send(&asked);
            assert!(server.next().contains("host: given.test\r\n"));
            let heard = server.next();
            assert!(heard.contains(&format!("host: {host}")), "{trusting} {location}: {heard}");
        }
    }
}

fn cookies_that_were_deleted_or_belong_elsewhere_are_not_sent_on(way: Way) {
    let server = Server::answering(|head, _| match head.split(' ').nth(1).unwrap() {
        "/login/start" => b"HTTP/1.1 302 X\r\nLocation: /login/next\r\nSet-Cookie: gone=1; Path=/\r\n\
            Set-Cookie: far=2; Path=/elsewhere\r\nSet-Cookie: here=3\r\nSet-Cookie: safe=4; Secure\r\n\
            Content-Length: 0\r\n\r\n"
            .to_vec(),
        "/login/next" => b"HTTP/1.1 302 X\r\nLocation: /login/end\r\n\
            Set-Cookie: gone=; Path=/; Expires=Thu, 01-Jan-1970 00:00:01 GMT\r\nContent-Length: 0\r\n\r\n"
            .to_vec(),
        _ => ok("in"),
    });
    let asked = with_options(get(server.url("/login/start")), |options| {
        options.follow_location = true;
        options.keep_cookies = true;
    });
    assert_eq!(way.client().send(&asked).unwrap().text(), "in");
    assert!(!server.next().contains("cookie:"));
    assert!(server.next().contains("cookie: here=3; safe=4; gone=1\r\n"));
    assert!(server.next().contains("cookie: here=3; safe=4\r\n"));
}

fn a_jar_is_filled_on_every_hop_and_goes_with_the_next_request(way: Way) {
    let server = Server::answering(|head, number| match head.split(' ').nth(1).unwrap() {
        "/start" => b"HTTP/1.1 302 X\r\nLocation: /end\r\nSet-Cookie: a=1\r\nContent-Length: 0\r\n\r\n".to_vec(),
        _ => format!("HTTP/1.1 200 X\r\nSet-Cookie: b={number}\r\nContent-Length: 0\r\n\r\n").into_bytes(),
    });
    let jar = Jar::default();
    let client = way.client();
    let mut asked = with_options(get(server.url("/start")), |options| options.follow_location = true);
    asked.jar = Some(jar.clone());
    client.send(&asked).unwrap();
    assert!(!server.next().contains("cookie:"));
    assert!(server.next().contains("cookie: a=1\r\n"));
    let plain = Request { jar: Some(jar.clone()), ..get(server.url("/again")) };
    client.send(&plain).unwrap();
    assert!(server.next().contains("cookie: a=1; b="));
    client.send(&get(server.url("/without"))).unwrap();
    assert!(!server.next().contains("cookie:"));
    // One that is made ready once sends what is there each time.
    let mut prepared = client.client.prepare(&Request { jar: Some(Jar::default()), ..plain }, Wanted::Status);
    for expected in ["", "cookie: b="] {
        prepared.send(&mut Response::default()).unwrap();
        let head = server.next();
        assert_eq!(head.contains("cookie:"), !expected.is_empty());
        assert!(head.contains(expected), "{head}");
    }
}

fn compressed_bodies_are_decoded_unless_asked_otherwise(way: Way) {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(b"plain text").unwrap();
    let packed = encoder.finish().unwrap();
    let length = packed.len() as u64;
    let copy = packed.clone();
    let server = Server::answering(move |head, _| {
        let body = if head.contains("/broken") { &copy[..9] } else { &copy[..] };
        let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", body.len());
        [head.as_bytes(), body].concat()
    });
    let asked = with_options(get(server.url("/")), |options| options.accept_encoding = Some("gzip".into()));
    let answer = way.client().send(&asked).unwrap();
    assert_eq!((answer.text().as_ref(), answer.timing.size_download), ("plain text", length));
    assert!(server.next().contains("accept-encoding: gzip"));
    let raw = with_options(get(server.url("/")), |options| options.raw_content = true);
    assert_eq!(way.client().send(&raw).unwrap().body, packed);
    assert_eq!(way.client().send(&get(server.url("/broken"))).unwrap_err().kind, ErrorKind::Protocol);
}

fn connection_options_are_honoured(way: Way) {
    let server = Server::answering(|_, _| ok("x"));
    let client = way.client();
    let port = server.address.port();
    for (name, value, url) in [
        (
            "resolve",
            Value::List(vec![Value::Str(format!("api.test:{port}:127.0.0.1"))]),
            format!("http://api.test:{port}/"),
        ),
        ("connect_to", Value::List(vec![Value::Str(format!("::127.0.0.1:{port}"))]), "http://any.test/".to_owned()),
        ("interface", Value::Str("127.0.0.1".into()), server.url("/")),
        ("ipresolve", Value::Int(1), server.url("/")),
        ("tcp_keepalive", Value::Bool(true), server.url("/")),
    ] {
        let asked = with_options(get(url), |options| set(options, name, &value).unwrap());
        assert_eq!(client.send(&asked).unwrap().timing.num_connects, 1, "{name}");
        assert_eq!(client.send(&asked).unwrap().timing.num_connects, 0, "{name}");
    }
    let wrong = with_options(get(server.url("/")), |options| options.connection.interface = Some("192.0.2.1".into()));
    let error = client.send(&wrong).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Option, "{error}");
    let forbid = with_options(get(server.url("/")), |options| options.forbid_reuse = true);
    let fresh = with_options(get(server.url("/")), |options| options.fresh_connect = true);
    for (asked, connects) in [(&forbid, 1), (&forbid, 1), (&get(server.url("/")), 1), (&fresh, 1)] {
        assert_eq!(client.send(asked).unwrap().timing.num_connects, connects);
    }
    let small = with_options(get(server.url("/")), |options| options.max_file_size = Some(0));
    assert_eq!(client.send(&small).unwrap_err().kind, ErrorKind::Protocol);
    let one_shot = way.with(ClientSettings { keep_alive: false, ..ClientSettings::default() });
    for _ in 0..2 {
        assert_eq!(one_shot.send(&get(server.url("/close"))).unwrap().timing.num_connects, 1);
    }
}

fn a_plain_proxy_reads_absolute_urls(way: Way) {
    let proxy = Server::answering(|_, body| ok(body));
    let settings = ClientSettings {
        proxies: super::super::ProxyEnvironment {
            http: Some(Secret(format!("http://u:p@{}", proxy.address))),
            none: Some("127.0.0.1".into()),
            ..Default::default()
        },
        ..ClientSettings::default()
    };
    let client = way.with(settings);
    let mut asked = request("POST", "http://nosuch.invalid:81/a?b");
    asked.body = Some(b"abc".as_slice().into());
    for _ in 0..2 {
        assert_eq!(client.send(&asked).unwrap().text(), "abc");
        let heard = proxy.next();
        assert!(heard.starts_with("0 POST http://nosuch.invalid:81/a?b HTTP/1.1\r\n"), "{heard}");
        assert!(heard.contains("host: nosuch.invalid:81\r\n") && heard.contains("proxy-authorization: Basic dTpw\r\n"));
    }
    let direct = Server::answering(|_, _| ok("direct"));
    assert_eq!(client.send(&get(direct.url("/"))).unwrap().text(), "direct");
    assert!(direct.next().starts_with("0 GET / HTTP/1.1\r\n"));

    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let lost = with_options(get("http://h/"), |options| {
        options.connection.proxy = Some(Secret(format!("http://u:secret@{nobody}")));
    });
    let error = client.send(&lost).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Proxy);
    assert!(error.message.contains("connection refused by proxy") && !error.message.contains("secret"), "{error}");
}

fn clients_work_from_many_threads(way: Way) {
    let server = Server::answering(|_, body| ok(body));
    let client = way.client();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (client, server) = (&client, &server);
            let url = server.url("/");
            scope.spawn(move || {
                for turn in 0..50 {
                    let text = format!("{thread}-{turn}");
                    let mut asked = request("POST", url.clone());
                    asked.body = Some(text.as_bytes().into());
                    assert_eq!(client.send(&asked).unwrap().text(), text);
                }
            });
        }
    });
}

fn a_content_length_of_the_tests_own_is_true_or_not_sent(way: Way) {
    let server = Server::answering(|_, _| ok("x"));
    let client = way.client();
    let with_length = |method: &str, body: Option<&str>, length: &str| {
        let mut asked = request(method, server.url("/"));
        asked.headers = vec![("Content-Length".into(), length.into())];
        asked.body = body.map(|body| body.as_bytes().to_vec().into());
        asked
    };
    for length in ["3", "0", "many"] {
        assert_eq!(client.send(&with_length("GET", None, length)).unwrap().status, 200, "{length}");
        assert!(!server.next().contains("content-length: 3"), "{length}");
    }
    assert_eq!(client.send(&with_length("POST", None, "7")).unwrap().status, 200);
    assert!(server.next().contains("content-length: 0"));
    assert_eq!(client.send(&with_length("POST", Some("abc"), "3")).unwrap().status, 200);
    assert!(server.next().ends_with("abc"));
    for length in ["2", "4"] {
        let wrong = with_length("POST", Some("abc"), length);
        let error = client.send(&wrong).unwrap_err();
        assert!(error.message.contains("the body has 3 bytes"), "{}", error.message);
        let mut prepared = client.client.worker().prepare(&wrong, crate::exchange::request::Wanted::Status);
        assert!(prepared.send(&mut crate::exchange::response::Response::new(0, "")).is_err());
    }
}

fn the_time_of_an_exchange_has_its_redirects_in_it(way: Way) {
    let server = Server::answering(|head, _| {
        if head.starts_with("GET /slow ") {
            sleep(Duration::from_millis(60));
            return b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n".to_vec();
        }
        ok("x")
    });
    let following = with_options(get(server.url("/slow")), |options| options.follow_location = true);
    let timing = way.client().send(&following).unwrap().timing;
    assert!(timing.exchange >= Duration::from_millis(60), "{:?}", timing.exchange);
}

fn an_empty_header_keeps_what_options_and_logins_would_add_away(way: Way) {
    let server = Server::answering(|_, _| ok("x"));
    let all = ["authorization", "user-agent", "cookie", "referer", "accept-encoding", "range"];
    let mut asked = with_options(get(server.url("/")), |options| {
        options.user_agent = Some("own".to_owned());
        options.cookie = Some(Secret("a=b".to_owned()));
        options.referer = Some("http://r/".to_owned());
        options.accept_encoding = Some("gzip".to_owned());
        options.range = Some("0-5".to_owned());
    });
    asked.basic_auth = Some(("u".to_owned(), "p".to_owned()));
    let client = way.client();
    client.send(&asked).unwrap();
    let head = server.next();
    assert!(all.iter().all(|name| head.contains(&format!("{name}: "))), "{head}");
    asked.suppressed = all.iter().map(|name| (*name).to_owned()).collect();
    client.send(&asked).unwrap();
    let head = server.next();
    assert!(!all.iter().any(|name| head.contains(&format!("{name}: "))), "{head}");
}

both_ways!(
    connections_are_reused,
    the_head_and_the_body_are_as_asked,
    headers_cannot_be_smuggled_in,
    a_connection_closed_while_idle_is_replaced,
    a_request_is_never_sent_twice,
    failures_have_kinds_and_words,
    time_is_bounded_at_every_step,
    a_large_upload_to_a_stuck_server_times_out,
    bodies_of_all_framings_are_read_to_the_end,
    an_early_answer_to_a_large_upload_is_heard,
    redirects_are_followed_as_libcurl_follows_them,
    credentials_stay_with_their_origin,
    a_host_header_stays_with_its_host,
    cookies_that_were_deleted_or_belong_elsewhere_are_not_sent_on,
    a_jar_is_filled_on_every_hop_and_goes_with_the_next_request,
    compressed_bodies_are_decoded_unless_asked_otherwise,
    connection_options_are_honoured,
    a_plain_proxy_reads_absolute_urls,
    clients_work_from_many_threads,
    a_content_length_of_the_tests_own_is_true_or_not_sent,
    the_time_of_an_exchange_has_its_redirects_in_it,
    an_empty_header_keeps_what_options_and_logins_would_add_away,
);
