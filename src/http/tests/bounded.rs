//! Where requests may not go, whichever way they take there.

use super::*;
use crate::exchange::egress::{Egress, Permit};
use crate::exchange::request::ErrorKind;
use crate::ground::source::{Location, Position};

fn rules(make: impl FnOnce(&mut Egress)) -> Arc<Egress> {
    let mut rules = Egress::default();
    make(&mut rules);
    Arc::new(rules)
}

fn refused(answer: Result<Response, ExchangeError>) -> String {
    let error = answer.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Egress, "{}", error.message);
    error.message
}

/// `.test` is outside, whatever is asked for.
fn outside(host: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
    assert!(host.ends_with(".test"), "{host} was looked up");
    Ok(vec![SocketAddr::new([203, 0, 113, 7].into(), port)])
}

fn a_client_has_rules_for_requests_that_have_none(way: Way) {
    let server = Server::answering(|head, _| {
        if head.contains("/away") {
            b"HTTP/1.1 302 F\r\nlocation: http://away.test/x?token=t0ken-9\r\ncontent-length: 0\r\n\r\n".to_vec()
        } else {
            ok("here")
        }
    });
    let egress = Some(rules(Egress::go_offline));
    let client = way.with(ClientSettings { egress, look_up: outside, ..ClientSettings::default() });
    for _ in 0..2 {
        assert_eq!(client.send(&get(server.url("/"))).unwrap().text(), "here");
        let away = with_options(get(server.url("/away?token=t0ken-8")), |options| options.follow_location = true);
        assert_eq!(
            refused(client.send(&away)),
            format!(
                "host away.test is not allowed by --offline (redirect from {}); only this machine is",
                server.url("/away?token=(redacted)")
            )
        );
        assert!(refused(client.send(&get("http://away.test/"))).contains("--offline; only"));
    }
    assert_eq!(server.heard.try_iter().count(), 4);
}

fn a_kept_connection_is_none_for_who_may_not_open_it(way: Way) {
    let server = Server::answering(|_, _| ok("here"));
    let client = way.client();
    let port = server.address.port();
    let asked = get(format!("http://app.localhost:{port}/"));
    let bounded = |rules: Arc<Egress>| Request {
        permit: Some(Box::new(Permit {
            rules,
            place: Location { file: "s.yaml".into(), position: Position { line: 7, column: 1 } },
        })),
        ..asked.clone()
    };
    let denied = bounded(rules(|rules| {
        rules.deny("127.0.0.0/8").unwrap();
        rules.deny("::1").unwrap();
    }));
    let allowed = bounded(rules(|rules| rules.allow("*.localhost").unwrap()));
    for _ in 0..2 {
        assert!(client.send(&asked).is_ok() && client.send(&allowed).is_ok());
        let message = refused(client.send(&denied));
        assert!(message.contains("is not allowed by --deny-host ") && message.ends_with(" (s.yaml:7)"), "{message}");
    }
    assert_eq!(server.heard.try_iter().count(), 4);
}

fn a_proxy_is_held_against_the_rules_and_so_is_where_it_leads(way: Way) {
    let proxy = Server::answering(|_, _| ok("through"));
    let through = |url: &str, kind: &str| {
        let url = url.to_owned();
        let proxy = format!("{kind}://127.0.0.1:{}", proxy.address.port());
        with_options(get(url), |options| options.connection.proxy = Some(crate::secrets::Secret(proxy)))
    };
    let egress = Some(rules(|rules| {
        rules.allow("there.test").unwrap();
        rules.allow(&format!("127.0.0.1:{}", proxy.address.port())).unwrap();
        rules.deny("203.0.113.0/24").unwrap();
    }));
    let client = way.with(ClientSettings { egress, look_up: outside, ..ClientSettings::default() });
    // The proxy looks the name up: what it finds is not seen here.
    assert_eq!(client.send(&through("http://there.test/", "http")).unwrap().text(), "through");
    for kind in ["http", "https", "socks5", "socks5h", "socks4", "socks4a"] {
        let message = refused(client.send(&through("http://elsewhere.test/", kind)));
        assert!(message.starts_with("host elsewhere.test is not allowed by --allow-host"), "{kind}: {message}");
    }
    for kind in ["socks4", "socks5"] {
        let message = refused(client.send(&through("http://there.test/", kind)));
        assert!(message.contains("(203.0.113.7) is not allowed by --deny-host"), "{kind}: {message}");
    }
    let egress = Some(rules(|rules| rules.allow("there.test").unwrap()));
    let client = way.with(ClientSettings { egress, look_up: outside, ..ClientSettings::default() });
    for (kind, url) in [
        ("http", "http://there.test/"),
        ("http", "https://there.test/"),
        ("https", "http://there.test/"),
        ("socks5h", "http://there.test/"),
        ("socks4a", "http://there.test/"),
    ] {
        let message = refused(client.send(&through(url, kind)));
        assert!(message.starts_with("proxy 127.0.0.1 is not allowed by --allow-host"), "{kind} {url}: {message}");
    }
    assert_eq!(proxy.heard.try_iter().count(), 1);
}

both_ways!(
    a_client_has_rules_for_requests_that_have_none,
    a_kept_connection_is_none_for_who_may_not_open_it,
    a_proxy_is_held_against_the_rules_and_so_is_where_it_leads,
);
