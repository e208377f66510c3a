//! Names: given ones, loopback ones, and look-ups that are slow, fail, or are asked for by many.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

fn names(options: &ConnectionOptions, look_up: LookUp) -> Names {
    Names::new(options, look_up).unwrap()
}

fn found(names: &Names, host: &str, port: u16) -> Vec<String> {
    names.resolve(host, port, None).unwrap().iter().map(SocketAddr::to_string).collect()
}

#[test]
fn fixed_and_redirected_names() {
    let options = ConnectionOptions {
        resolve: vec!["api.test:80:127.0.0.1,[::1]".to_owned(), "-old.test:80".to_owned()],
        connect_to: vec!["a.test:80:127.0.0.2:81".to_owned(), "::[::1]:".to_owned()],
        ..ConnectionOptions::default()
    };
    let all = names(&options, system_look_up);
    assert_eq!(found(&all, "a.test", 80), ["127.0.0.2:81"]);
    assert_eq!(found(&all, "b.test", 82), ["[::1]:82"]);
    let only = ConnectionOptions { connect_to: Vec::new(), family: Family::V4, ..options };
    let only = names(&only, system_look_up);
    assert_eq!(found(&only, "API.test", 80), ["127.0.0.1:80"]);
    assert!(only.resolve("::1", 80, None).is_err());
}

#[test]
fn broken_lines_are_named() {
    for bad in ["x", "x:80", "x:y:127.0.0.1", "x:80:nowhere"] {
        let options = ConnectionOptions { resolve: vec![bad.to_owned()], ..ConnectionOptions::default() };
        assert!(Names::new(&options, system_look_up).unwrap_err().message.contains(bad));
    }
}

#[test]
fn names_below_localhost_are_loopback_whatever_a_name_server_says() {
    let names = names(&ConnectionOptions::default(), |_, _| Ok(vec![([192, 0, 2, 1], 80).into()]));
    for host in ["localhost", "LOCALHOST.", "app.localhost", "a.b.Localhost."] {
        assert_eq!(found(&names, host, 8), ["[::1]:8", "127.0.0.1:8"], "{host}");
    }
    for host in ["notlocalhost", "localhost.test", ".localhost", "localhosts"] {
        assert_eq!(found(&names, host, 8), ["192.0.2.1:80"], "{host}");
    }
    let v4 = ConnectionOptions { family: Family::V4, ..ConnectionOptions::default() };
    assert_eq!(found(&Names::new(&v4, system_look_up).unwrap(), "app.localhost", 8), ["127.0.0.1:8"]);
    prefer("app.localhost", ([127, 0, 0, 1], 8).into());
    assert_eq!(found(&names, "app.localhost", 8), ["127.0.0.1:8", "[::1]:8"]);
}

#[test]
fn a_slow_look_up_ends_with_the_time_and_is_asked_for_once() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let names = names(&ConnectionOptions::default(), |_, port| {
        ASKED.fetch_add(1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(400));
        Ok(vec![([127, 0, 0, 9], port).into()])
    });
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                let length = Duration::from_millis(100);
                let error = names.resolve("slow.test", 80, Some(start + length)).unwrap_err();
                let error = error.explain("slow.test", Some(length));
                assert_eq!(error.kind, ErrorKind::Timeout);
                assert_eq!(error.message, "host name \"slow.test\" could not be looked up within 0.1 s");
            });
        }
    });
    assert!(start.elapsed() < Duration::from_millis(350), "{:?}", start.elapsed());
    // Who has more time, or none to keep to, gets what the first one asked for.
    let later = Some(Instant::now() + Duration::from_secs(5));
    assert_eq!(names.resolve("slow.test", 80, later).unwrap(), ["127.0.0.9:80".parse().unwrap()]);
    assert_eq!(found(&names, "slow.test", 80), ["127.0.0.9:80"]);
    assert_eq!(ASKED.load(Ordering::SeqCst), 1);
}

#[test]
fn failures_are_told_apart_and_not_remembered() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let flaky = names(&ConnectionOptions::default(), |_, port| match ASKED.fetch_add(1, Ordering::SeqCst) {
        0 => Err(io::Error::other("failed to lookup address information: Name or service not known")),
        _ => Ok(vec![([127, 0, 0, 1], port).into()]),
    });
    let soon = || Some(Instant::now() + Duration::from_secs(5));
    let NameError::Fault(fault) = flaky.resolve("flaky.test", 80, soon()).unwrap_err() else { panic!("time is up") };
    assert_eq!(fault.message, "host name \"flaky.test\" is not known");
    assert!(flaky.resolve("flaky.test", 80, soon()).is_ok());

    for (reason, words) in [
        (
            "failed to lookup address information: Temporary failure in name resolution",
            "the name server did not answer",
        ),
        ("failed to lookup address information: Try again", "the name server did not answer"),
        ("failed to lookup address information: Non-recoverable failure in name resolution", "the name server failed"),
        ("failed to lookup address information: No address associated with hostname", "is not known"),
        ("failed to lookup address information: Name does not resolve", "is not known"),
        ("failed to lookup address information: nodename nor servname provided, or not known", "is not known"),
        ("Too many open files (os error 24)", "could not be looked up: Too many open files"),
    ] {
        let fault = not_found("h", &io::Error::other(reason));
        assert!(fault.message.ends_with(words), "{reason}: {}", fault.message);
        assert_eq!(fault.kind, ErrorKind::Resolve);
    }
}

/// Names that lead to where rules may not let them; whoever looks one up is counted.
fn misleading(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    LOOKED_UP.fetch_add(1, Ordering::SeqCst);
    let addresses: &[&str] = match host {
        "inner.test" => &["203.0.113.7", "10.6.0.1"],
        "meta.test" => &["169.254.169.254"],
        "packed.test" => &["64:ff9b::a9fe:a9fe"],
        _ => &["203.0.113.7"],
    };
    Ok(addresses.iter().map(|address| SocketAddr::new(address.parse().unwrap(), port)).collect())
}

static LOOKED_UP: AtomicUsize = AtomicUsize::new(0);

#[test]
fn rules_hold_for_names_before_a_look_up_and_for_every_address_after_it() {
    let mut rules = Egress::default();
    for host in ["*.test", "127.0.0.1", "localhost"] {
        rules.allow(host).unwrap();
    }
    rules.deny("10.0.0.0/8").unwrap();
    let options = ConnectionOptions {
        resolve: vec!["fixed.test:80:203.0.113.9".to_owned()],
        connect_to: vec!["moved.test:80:evil.example:80".to_owned(), "kept.test:80:127.0.0.1:81".to_owned()],
        ..ConnectionOptions::default()
    };
    let names = Names::new(&options, misleading).unwrap().within(Arc::new(rules), Some(("evil.example".into(), 3128)));
    let refusal = |host: &str, port| match names.resolve(host, port, None) {
        Err(NameError::Fault(fault)) => {
            assert_eq!(fault.kind, ErrorKind::Egress);
            fault.message
        }
        other => panic!("{host}: {other:?}"),
    };
    for (host, port, why) in [
        ("evil.example", 80, "host evil.example is not allowed by --allow-host"),
        ("evil.example", 3128, "proxy evil.example is not allowed by --allow-host"),
        ("moved.test", 80, "host evil.example is not allowed by --allow-host"),
        ("fixed.test", 80, "host fixed.test (203.0.113.9) is not allowed by --allow-host"),
        ("0x7f.2", 80, "host 0x7f.2 is not allowed by --allow-host"),
    ] {
        assert!(refusal(host, port).starts_with(why), "{host}: {}", refusal(host, port));
        assert!(matches!(names.resolve_at_once(host, port), Some(Err(NameError::Fault(_)))), "{host}");
    }
    assert_eq!(LOOKED_UP.load(Ordering::SeqCst), 0);
    for (host, why) in [
        ("inner.test", "host inner.test (10.6.0.1) is not allowed by --deny-host 10.0.0.0/8"),
        ("meta.test", "host meta.test (169.254.169.254) is not allowed: link-local"),
        ("packed.test", "host packed.test (64:ff9b::a9fe:a9fe) is not allowed: link-local"),
    ] {
        // What is remembered is held against them as well.
        for _ in 0..2 {
            assert!(refusal(host, 80).starts_with(why), "{}", refusal(host, 80));
        }
        assert!(matches!(names.resolve_at_once(host, 80), Some(Err(NameError::Fault(_)))), "{host}");
    }
    assert_eq!(LOOKED_UP.load(Ordering::SeqCst), 3);
    assert_eq!(found(&names, "free.test", 80), ["203.0.113.7:80"]);
    assert_eq!(found(&names, "kept.test", 80), ["127.0.0.1:81"]);
    assert_eq!(found(&names, "localhost", 8).len(), 2);
}
