//! TLS: whom we trust, who we are, tunnels.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::*;
use crate::exchange::request::ErrorKind;
use crate::exchange::response::{PeerCertificate, Timing};
use crate::http::ProxyEnvironment;
use crate::secrets::Secret;

/// A server that would rather speak HTTP/2.
fn offering(mut server: rustls::ServerConfig) -> Arc<rustls::ServerConfig> {
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Arc::new(server)
}

/// An authority, its certificate for `localhost`, and one for a client, as files.
pub(super) struct Authority {
    folder: PathBuf,
    pub(super) server: Arc<rustls::ServerConfig>,
}

impl Authority {
    pub(super) fn new(name: &str, wants_client: bool) -> Authority {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("resttest-tls-{}-{name}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        std::fs::write(folder.join("ca.pem"), issuer.pem()).unwrap();
        let sign = |host: &str| {
            let key = KeyPair::generate().unwrap();
            let cert = CertificateParams::new(vec![host.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
            (cert, key)
        };
        let (client_cert, client_key) = sign("client");
        std::fs::write(folder.join("client.pem"), client_cert.pem()).unwrap();
        std::fs::write(folder.join("client.key"), client_key.serialize_pem()).unwrap();
        let (cert, key) = sign("localhost");
        let builder = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = if wants_client {
            let mut roots = rustls::RootCertStore::empty();
            roots.add(CertificateDer::from(issuer.der().to_vec())).unwrap();
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let verifier = rustls::server::WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let server = offering(builder.with_single_cert(vec![cert.der().clone()], key).unwrap());
        Authority { folder, server }
    }

    fn file(&self, name: &str) -> Option<PathBuf> {
        Some(self.folder.join(name))
    }

    fn serve(&self) -> Server {
        let config = self.server.clone();
        Server::start(move |number, stream, tell| {
            let mut tls = rustls::StreamOwned::new(rustls::ServerConnection::new(config.clone()).unwrap(), stream);
            while let Some((head, body)) = read_request(&mut tls) {
                // Whoever does not say what is spoken may be taken for a client of HTTP/2.
                if tls.conn.alpn_protocol() != Some(b"http/1.1") {
                    return;
                }
                let _ = tell.send(format!("{number} {head}{body}"));
                if tls.write_all(&ok(&format!("secure {body}"))).is_err() {
                    return;
                }
            }
        })
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        if !self.folder.as_os_str().is_empty() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// The host names of a certificate, found by what stands before them.
fn has_name(certificate: &PeerCertificate, host: &str) -> bool {
    let name = [&[0x82, host.len() as u8], host.as_bytes()].concat();
    certificate.der.windows(name.len()).any(|window| window == name)
}

fn the_certificate_is_kept_where_it_is_asked_for(way: Way) {
    let authority = Authority::new("kept", false);
    let server = authority.serve();
    let plain = Server::answering(|_, _| ok("plain"));
    let asking = |url: String| {
        let asked = with_options(get(url), |options| {
            options.connection.ca_file = authority.file("ca.pem");
            options.follow_location = true;
        });
        Request { wants_certificate: true, ..asked }
    };
    let client = way.client();
    // On a new connection, and on a kept one.
    for connects in [1, 0] {
        let answer = client.send(&asking(secure_url(&server))).unwrap();
        assert_eq!(answer.timing.num_connects, connects);
        assert!(has_name(&answer.certificate.expect("a certificate"), "localhost"));
    }
    assert_eq!(client.send(&asking(plain.url("/"))).unwrap().certificate, None);
    let unasked = Request { wants_certificate: false, ..asking(secure_url(&server)) };
    assert_eq!(client.send(&unasked).unwrap().certificate, None);
    // Behind a redirect the last server counts; and a session that is resumed has it, too.
    let to = secure_url(&server);
    let leading = Server::answering(move |_, _| {
        format!("HTTP/1.1 302 X\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n").into_bytes()
    });
    for _ in 0..2 {
        let answer = way.client().send(&asking(leading.url("/"))).unwrap();
        assert!(has_name(&answer.certificate.expect("a certificate"), "localhost"));
    }
}

fn secure_url(server: &Server) -> String {
    format!("https://localhost:{}/", server.address.port())
}

fn only_trusted_servers_are_spoken_to(way: Way) {
    let authority = Authority::new("trust", false);
    let server = authority.serve();
    let url = secure_url(&server);
    let client = way.client();
    let error = client.send(&get(url.clone())).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Tls, "{error}");
    assert!(error.message.contains("certificate of \"localhost\" is not trusted"), "{error}");

    let mut trusting = with_options(request("POST", url.clone()), |options| {
        options.connection.ca_file = authority.file("ca.pem");
    });
    trusting.body = Some(b"abc".as_slice().into());
    let first = client.send(&trusting).unwrap();
    assert_eq!((first.text().as_ref(), first.timing.num_connects), ("secure abc", 1));
    assert!(first.timing.appconnect > first.timing.connect);
    let second = client.send(&trusting).unwrap();
    assert_eq!((second.timing.num_connects, second.timing.appconnect), (0, Duration::ZERO));

    let by_folder = with_options(get(url.clone()), |options| {
        options.connection.ca_folder = Some(authority.folder.clone());
    });
    assert_eq!(client.send(&by_folder).unwrap().status, 200);
    let unchecked = with_options(get(url.clone()), |options| options.connection.no_verify_peer = true);
    assert_eq!(client.send(&unchecked).unwrap().status, 200);
    let insecure = way.with(ClientSettings { insecure: true, ..ClientSettings::default() });
    assert_eq!(insecure.send(&get(url.clone())).unwrap().status, 200);

    let wrong_name = with_options(get(url.replace("localhost", "127.0.0.1")), |options| {
        options.connection.ca_file = authority.file("ca.pem");
    });
    let error = client.send(&wrong_name).unwrap_err();
    assert!(error.message.contains("is for another name"), "{error}");
    let half = with_options(get(url), |options| options.connection.no_verify_host = true);
    assert_eq!(client.send(&half).unwrap_err().kind, ErrorKind::Option);
}

fn a_client_certificate_is_shown(way: Way) {
    let authority = Authority::new("client", true);
    let server = authority.serve();
    let client = way.client();
    let asked = |cert: Option<PathBuf>, key: Option<PathBuf>| {
        with_options(get(secure_url(&server)), |options| {
            options.connection.ca_file = authority.file("ca.pem");
            options.connection.client_cert = cert;
            options.connection.client_key = key;
        })
    };
    assert_eq!(client.send(&asked(authority.file("client.pem"), authority.file("client.key"))).unwrap().status, 200);
    let error = client.send(&asked(None, None)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Tls, "{error}");
    assert!(error.message.contains("it wants a client certificate"), "{error}");
    let other = Authority::new("other", false);
    for (cert, key) in [
        (authority.file("client.pem"), other.file("client.key")),
        (authority.file("missing.pem"), authority.file("client.key")),
        (authority.file("client.pem"), authority.file("ca.pem")),
        (None, authority.file("client.key")),
    ] {
        let error = client.send(&asked(cert, key)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Option, "{error}");
    }
}

fn a_server_without_tls_is_told_apart(way: Way) {
    let server = Server::answering(|_, _| ok(""));
    let plain = Server::start(|_, mut stream, _| {
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        std::thread::sleep(Duration::from_millis(200));
    });
    drop(server);
    let error = way.client().send(&get(secure_url(&plain))).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Tls, "{error}");
    assert!(error.message.contains("is it http?"), "{error}");
    let silent = Server::start(|_, stream, _| {
        std::thread::sleep(Duration::from_secs(2));
        drop(stream);
    });
    let mut asked = get(secure_url(&silent));
    asked.connect_timeout = Some(Duration::from_millis(200));
    let error = way.client().send(&asked).unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Timeout, "no connection to localhost within 0.2 s"));
}

/// A server whose certificate nobody signed but itself, in PEM, too.
fn self_signed(change: impl FnOnce(&mut CertificateParams)) -> (Server, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    change(&mut params);
    let cert = params.self_signed(&key).unwrap();
    let builder = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let server = offering(config.with_single_cert(vec![cert.der().clone()], key).unwrap());
    let folder = PathBuf::new();
    (Authority { folder, server }.serve(), cert.pem())
}

#[test]
fn a_certificate_that_was_given_is_trusted_itself() {
    let authority = Authority::new("own", false);
    let is_ca = |params: &mut CertificateParams| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let (server, pem) = self_signed(is_ca);
    let (other_server, _) = self_signed(is_ca);
    let (old_server, old_pem) = self_signed(|params| {
        is_ca(params);
        params.not_before = rcgen::date_time_ymd(2001, 1, 1);
        params.not_after = rcgen::date_time_ymd(2002, 1, 1);
    });
    let (plain_server, plain_pem) = self_signed(|_| {});
    std::fs::write(authority.folder.join("own.pem"), format!("{pem}{old_pem}{plain_pem}")).unwrap();
    let asked = |url: String| with_options(get(url), |options| options.connection.ca_file = authority.file("own.pem"));
    let client = client();
    assert_eq!(client.send(&asked(secure_url(&server))).unwrap().status, 200);
    assert_eq!(client.send(&asked(secure_url(&plain_server))).unwrap().status, 200);
    let said = |url: String| client.send(&asked(url)).unwrap_err().message;
    let message = said(secure_url(&server).replace("localhost", "127.0.0.1"));
    assert_eq!(message, "certificate of \"127.0.0.1\" is for another name: it names localhost");
    let message = said(secure_url(&old_server));
    assert!(message.ends_with("has expired: it was valid until 2002-01-01T00:00:00.000+00:00"), "{message}");
    // The same names and another key.
    let message = said(secure_url(&other_server));
    assert!(
        message.contains("it is an authority's own, and not itself among those that are trusted; set"),
        "{message}"
    );
}

/// A proxy that knows CONNECT and nothing else.
fn connect_proxy(refuse: bool) -> Server {
    Server::start(move |_, mut stream, tell| {
        let Some((head, _)) = read_request(&mut stream) else { return };
        let _ = tell.send(head.clone());
        if refuse {
            stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n").unwrap();
            return;
        }
        let place = head.split(' ').nth(1).unwrap().to_owned();
        let mut inner = TcpStream::connect(place).unwrap();
        stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").unwrap();
        let (mut from, mut to) = (stream.try_clone().unwrap(), inner.try_clone().unwrap());
        std::thread::spawn(move || std::io::copy(&mut from, &mut to));
        let _ = std::io::copy(&mut inner, &mut stream);
    })
}

fn tunnels_lead_through_a_proxy(way: Way) {
    let authority = Authority::new("tunnel", false);
    let server = authority.serve();
    let proxy = connect_proxy(false);
    let through = |request: Request, proxy: &Server| {
        with_options(request, |options| {
            options.connection.ca_file = authority.file("ca.pem");
            options.connection.proxy = Some(Secret(format!("http://u:p@{}", proxy.address)));
        })
    };
    let client = way.client();
    let mut asked = through(request("POST", secure_url(&server)), &proxy);
    asked.body = Some(b"x".as_slice().into());
    for connects in [1, 0] {
        let answer = client.send(&asked).unwrap();
        assert_eq!((answer.text().as_ref(), answer.timing.num_connects), ("secure x", connects));
        assert!(!server.next().contains("proxy-"));
    }
    let heard = proxy.next();
    assert!(heard.starts_with(&format!("CONNECT localhost:{} HTTP/1.1\r\n", server.address.port())), "{heard}");
    assert!(heard.contains("Proxy-Authorization: Basic dTpw"));

    let plain = Server::answering(|_, _| ok("plain"));
    let mut tunnelled = through(get(plain.url("/")), &proxy);
    Arc::make_mut(&mut tunnelled.options).connection.proxy_tunnel = true;
    assert_eq!(client.send(&tunnelled).unwrap().text(), "plain");
    assert!(plain.next().starts_with("0 GET / HTTP/1.1"));

    let refusing = connect_proxy(true);
    let error = client.send(&through(get(secure_url(&server)), &refusing)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Proxy);
    assert!(error.message.contains("407"), "{error}");
    // One that hangs up, and one that is not there.
    let leaving = Server::start(|_, mut stream, _| {
        read_request(&mut stream);
    });
    let error = client.send(&through(get(secure_url(&server)), &leaving)).unwrap_err();
    assert_eq!(
        (error.kind, error.message.as_str()),
        (ErrorKind::Proxy, "the proxy failed: proxy server did not respond")
    );
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let lost = with_options(get(secure_url(&server)), |options| {
        options.connection.proxy = Some(Secret(format!("http://{nobody}")));
    });
    let error = client.send(&lost).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Proxy);
    assert!(error.message.starts_with("connection refused by proxy"), "{error}");
}

/// A SOCKS 5 proxy without sign-in.
fn socks_proxy() -> Server {
    Server::start(|_, mut stream, tell| {
        let mut greeting = [0; 2];
        stream.read_exact(&mut greeting).unwrap();
        stream.read_exact(&mut vec![0; usize::from(greeting[1])]).unwrap();
        stream.write_all(&[5, 0]).unwrap();
        let mut head = [0; 5];
        stream.read_exact(&mut head).unwrap();
        assert_eq!(head[3], 3, "a name was asked for");
        let mut rest = vec![0; usize::from(head[4]) + 2];
        stream.read_exact(&mut rest).unwrap();
        let (name, port) = rest.split_at(rest.len() - 2);
        let place = format!("{}:{}", String::from_utf8_lossy(name), u16::from_be_bytes([port[0], port[1]]));
        let _ = tell.send(place.clone());
        let mut inner = TcpStream::connect(place).unwrap();
        stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
        let (mut from, mut to) = (stream.try_clone().unwrap(), inner.try_clone().unwrap());
        std::thread::spawn(move || std::io::copy(&mut from, &mut to));
        let _ = std::io::copy(&mut inner, &mut stream);
    })
}

fn socks_proxies_work_and_keep_time(way: Way) {
    let server = Server::answering(|head, _| {
        if head.contains("/slow") {
            std::thread::sleep(Duration::from_secs(20));
        }
        ok("x")
    });
    let proxy = socks_proxy();
    let through = |path: &str| {
        with_options(get(format!("http://localhost:{}{path}", server.address.port())), |options| {
            options.connection.proxy = Some(Secret(format!("socks5h://{}", proxy.address)));
        })
    };
    let client = way.client();
    assert_eq!(client.send(&through("/")).unwrap().text(), "x");
    assert_eq!(proxy.next(), format!("localhost:{}", server.address.port()));
    let mut slow = through("/slow");
    slow.timeout = Some(Duration::from_millis(200));
    let start = std::time::Instant::now();
    assert_eq!(client.send(&slow).unwrap_err().kind, ErrorKind::Timeout);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn a_load_run_names_what_only_ureq_can_do() {
    let client = client();
    let needs = |url: &str, change: &dyn Fn(&mut CurlOptions)| {
        client.worker().prepare(&with_options(get(url), change), Wanted::Status).detour()
    };
    let through = |proxy: &'static str| {
        move |options: &mut CurlOptions| options.connection.proxy = Some(Secret(proxy.to_owned()))
    };
    let line = |line: &'static str| move |options: &mut CurlOptions| options.headers.push(line.to_owned());
    for url in ["http://h/", "https://h/"] {
        assert_eq!(needs(url, &|_| {}), None);
        assert_eq!(needs(url, &|options| options.follow_location = true), None);
        assert_eq!(needs(url, &|options| options.connection.no_verify_peer = true), None);
        assert_eq!(needs(url, &through("http://u:p@proxy:3128")), None);
        assert_eq!(needs(url, &through("socks5h://proxy")), Some("a SOCKS proxy"));
        assert_eq!(needs(url, &line("Expect: 100-continue")), Some("a body that waits for the server (Expect)"));
        assert_eq!(needs(url, &line("Transfer-Encoding: chunked")), Some("a body in chunks (Transfer-Encoding)"));
    }
    assert_eq!(needs("https://h/", &through("https://proxy")), Some("an https proxy"));
    // A redirect may lead to where another proxy is in charge.
    let settings = ClientSettings {
        proxies: ProxyEnvironment { https: Some(Secret("socks5://proxy".to_owned())), ..Default::default() },
        ..ClientSettings::default()
    };
    let client = Client::new(settings);
    let following = with_options(get("http://h/"), |options| options.follow_location = true);
    assert_eq!(client.prepare(&get("http://h/"), Wanted::Status).detour(), None);
    assert_eq!(client.prepare(&following, Wanted::Status).detour(), Some("a SOCKS proxy"));
}

#[test]
fn workers_of_a_load_run_share_sessions_and_samples_have_no_handshake_in_them() {
    let authority = Authority::new("resumed", false);
    let config = authority.server.clone();
    let server = Server::start(move |_, stream, tell| {
        let mut tls = rustls::StreamOwned::new(rustls::ServerConnection::new(config.clone()).unwrap(), stream);
        while read_request(&mut tls).is_some() {
            let _ = tell.send(format!("{:?}", tls.conn.handshake_kind()));
            let _ = tls.write_all(&ok("x"));
        }
    });
    let asked = with_options(get(secure_url(&server)), |options| {
        options.connection.ca_file = authority.file("ca.pem");
    });
    let client = client();
    let mut response = Response::default();
    for (handshake, appconnects) in [("Some(Full)", [true, false]), ("Some(Resumed)", [true, false])] {
        let mut prepared = client.worker().prepare(&asked, Wanted::Status);
        for is_new in appconnects {
            prepared.send(&mut response).unwrap();
            assert_eq!(server.next(), handshake);
            let Timing { connect, appconnect, exchange, total, .. } = response.timing;
            assert_eq!(is_new, appconnect > connect, "{:?}", response.timing);
            // The handshake is no part of the sample.
            assert!(exchange + appconnect <= total, "{:?}", response.timing);
        }
    }
}

both_ways!(
    only_trusted_servers_are_spoken_to,
    a_client_certificate_is_shown,
    the_certificate_is_kept_where_it_is_asked_for,
    a_server_without_tls_is_told_apart,
    tunnels_lead_through_a_proxy,
    socks_proxies_work_and_keep_time,
);
