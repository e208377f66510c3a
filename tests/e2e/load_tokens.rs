//! Load runs that prove who asks with a token that expires on the way.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::{Answer, Figures, PLAIN, Promised, run_text};

/// A server whose first token is good for half a second, whose next one takes 4 s to come, and whose answers take 0.3 s.
fn server() -> Promised {
    let tokens = AtomicUsize::new(0);
    Promised::any(move |_, request| {
        if request.target != "/token" {
            assert!(request.header("authorization").is_some_and(|value| value.starts_with("Bearer token-")));
            std::thread::sleep(Duration::from_millis(300));
            return Answer::ok("{}");
        }
        let number = tokens.fetch_add(1, Ordering::SeqCst);
        let life = if number == 0 { 1 } else { 3600 };
        std::thread::sleep(Duration::from_secs(if number == 0 { 0 } else { 4 }));
        Answer::ok(format!(
            "{{\"access_token\": \"token-{number}\", \"token_type\": \"Bearer\", \"expires_in\": {life}}}"
        ))
    })
}

fn suite(server: &Promised, block: &str) -> String {
    let token = format!("{{type: oauth2, token_url: '{}/token', client_id: me, client_secret: you}}", server.url());
    format!("- test: {{name: L, url: /x, timeout: 60, auth: {token}, performance: {{mode: async, {block}}}}}\n")
}

#[test]
fn answers_are_heard_while_a_token_is_fetched() {
    let server = server();
    let block = "rate: 20, repeat: 40, concurrency: 40, threads: 1, thresholds: ['service_p(100)<3000', 'max>3000']";
    let ran = run_text(&server.url(), &suite(&server, block), PLAIN).exits(0);
    assert!(ran.stdout.contains("note: connections opened late: "), "{ran:#?}");
    assert!(!ran.stdout.contains("for one of 40 connections"), "{ran:#?}");
    assert_eq!(Figures::of(&ran).counts(), [40.0, 40.0, 0.0, 0.0], "{ran:#?}");
    // Two tokens for all of them.
    assert_eq!(server.requests(), 42);
}

#[test]
fn what_waits_for_a_token_at_the_end_is_dropped() {
    let server = server();
    let ran = run_text(&server.url(), &suite(&server, "rate: 20, duration: 1s, concurrency: 40"), PLAIN).exits(0);
    let figures = Figures::of(&ran);
    let (total, dropped) = (figures.number("total"), figures.number("dropped"));
    assert!(total > 0.0 && dropped > 0.0 && total + dropped == 20.0, "{ran:#?}");
}
