//! Where requests may not go, for what they need before: tokens.

use std::sync::Arc;

use super::tests::{Heard, sets};
use super::{Engine, run_testsets};
use crate::auth::register_auth;
use crate::exchange::authorization::{Auth, Door, Errand, Readiness, Unsigned};
use crate::exchange::egress::Egress;
use crate::ground::clock::SystemClock;
use crate::http::{Client, ClientSettings};
use crate::settings::run_settings::Settings;

/// Its token is somewhere else.
struct Fetching;

impl Auth for Fetching {
    fn ready(&self, door: &dyn Door) -> Result<Readiness, String> {
        let url = "http://token.example/".to_owned();
        let errand = Errand { method: "POST".to_owned(), url, headers: Vec::new(), body: None };
        let answer = door.send(&errand).map_err(|why| format!("no token: {why}"))?;
        panic!("{answer:?}");
    }

    fn sign(&self, _: &Unsigned<'_>) -> Result<Vec<(String, String)>, String> {
        Ok(Vec::new())
    }

    fn each_secret(&self, _: &mut dyn FnMut(&str)) {}
}

#[test]
fn tokens_are_fetched_from_where_requests_may_go_and_from_nowhere_else() {
    register_auth("fetching_elsewhere", |_| Ok(Arc::new(Fetching))).unwrap();
    let suite = "- config: {retry: {max_retries: 3, backoff_base: 60, errors: [connect]}}
- test: {url: 'http://127.0.0.1:9/', auth: {type: fetching_elsewhere}}
- test: {url: 'http://127.0.0.1:9/', auth: {type: fetching_elsewhere}, performance: {repeat: 2}}
";
    let mut rules = Egress::default();
    rules.go_offline();
    let settings = Settings { egress: Some(Arc::new(rules)), ..Settings::default() };
    let client = Client::new(ClientSettings::default());
    let engine = Engine { exchange: Arc::new(client), clock: Arc::new(SystemClock), settings: &settings };
    let mut heard = Heard::new();
    run_testsets(&engine, &sets(suite), &mut heard);
    let messages: Vec<String> = heard.outcomes().iter().map(|outcome| outcome.failures[0].message.clone()).collect();
    for (message, line) in messages.iter().zip([2, 3]) {
        let refusal = format!("host token.example is not allowed by --offline (s.yaml:{line}); only this machine is");
        assert!(message.contains(&refusal), "{messages:?}");
    }
    assert_eq!(messages.len(), 2);
}
