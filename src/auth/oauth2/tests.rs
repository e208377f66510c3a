//! Token requests and their answers against the vectors, and one fetch for many who ask.

use std::io::Write as _;
use std::sync::atomic::AtomicUsize;
use std::time::SystemTime;

use serde_json::Value as Json;

use super::*;
use crate::auth::place::Place;
use crate::exchange::authorization::Errand;
use crate::exchange::response::Response;
use crate::ground::clock::{Clock, FakeClock};

fn vectors(what: &str) -> Vec<Json> {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors/oauth2/oauth2.json");
    if !file.is_file() {
        let _ = std::io::stderr().write_all(b"SKIPPED: the vectors of oauth2 are not here\n");
        return Vec::new();
    }
    let text = std::fs::read(file).expect("a file");
    let all: Json = serde_json::from_slice(&text).expect("JSON");
    all[what].as_array().expect("a list").clone()
}

fn place() -> Place {
    Place { folders: Vec::new(), environment: Arc::new(|_| None) }
}

fn request(values: Json) -> Result<TokenRequest, Wrong> {
    let Json::Object(values) = values else { panic!("a mapping") };
    TokenRequest::of(&AuthFields::new(values, &place()))
}

fn errand(values: Json) -> (Option<String>, String) {
    let request = request(values).unwrap_or_else(|wrong| panic!("{}", wrong.message));
    let errand = request.errand(SystemTime::UNIX_EPOCH, None, &mut |_| {}).unwrap();
    let header = errand.headers.iter().find(|(name, _)| name == "Authorization").map(|(_, value)| value.clone());
    (header, String::from_utf8(errand.body.unwrap()).unwrap())
}

#[test]
fn clients_prove_who_they_are_as_rfc_6749_says() {
    for row in vectors("client_authentication") {
        for method in ["client_secret_basic", "client_secret_basic_raw", "client_secret_post"] {
            let values = serde_json::json!({
                "token_url": "https://id.example/token", "client_id": row["client_id"],
                "client_secret": row["client_secret"], "client_auth": method,
            });
            let expected = row[method].as_str();
            if expected.is_none() {
                assert!(request(values).is_err(), "{method}: {row}");
                continue;
            }
            let (header, body) = errand(values);
            match method {
                "client_secret_post" => {
                    assert_eq!((header, body.strip_prefix("grant_type=client_credentials&")), (None, expected));
                }
                _ => assert_eq!((header.as_deref(), body.as_str()), (expected, "grant_type=client_credentials")),
            }
        }
    }
}

#[test]
fn grants_have_their_own_forms() {
    let with = |more: Json| {
        let mut all =
            serde_json::json!({"token_url": "https://id.example/token", "client_id": "me", "client_auth": "none"});
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        errand(all).1
    };
    for (more, body) in [
        (
            serde_json::json!({"grant": "password", "username": "ann", "password": "p w"}),
            "grant_type=password&username=ann&password=p+w&client_id=me",
        ),
        (
            serde_json::json!({"grant": "refresh_token", "refresh_token": "r"}),
            "grant_type=refresh_token&refresh_token=r&client_id=me",
        ),
        (
            serde_json::json!({"scope": ["read", "write"], "audience": "https://a", "resource": ["x", "y"], "params": {"p": "1"}}),
            "grant_type=client_credentials&scope=read+write&audience=https%3A%2F%2Fa&resource=x&resource=y&p=1&client_id=me",
        ),
    ] {
        assert_eq!(with(more), body);
    }
    let assertion = serde_json::json!({"algorithm": "HS256", "key": "0123456789abcdef0123456789abcdef"});
    let body = with(serde_json::json!({"grant": "jwt_bearer", "assertion": assertion}));
    assert!(
        body.starts_with("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=ey"),
        "{body}"
    );
    let body = with(
        serde_json::json!({"client_auth": "client_secret_jwt", "client_secret": "0123456789abcdef0123456789abcdef"}),
    );
    assert!(body.contains(
        "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=ey"
    ));
}

#[test]
fn answers_are_read_as_they_come() {
    for row in vectors("token_answers") {
        let mut response = Response::new(row["status"].as_u64().unwrap() as u16, row["body"].as_str().unwrap());
        response.headers.push(("content-type".to_owned(), row["content_type"].as_str().unwrap().to_owned()));
        let name = &row["name"];
        match (TokenAnswer::read(&response, "access_token"), row["error"].as_str()) {
            (Ok(answer), None) => {
                assert_eq!(Some(answer.token.as_str()), row["token"].as_str(), "{name}");
                assert_eq!(answer.has_type, row["warning"] != true, "{name}");
                match &row["expires_in"] {
                    Json::String(_) => assert!(answer.expires_in.is_some_and(|seconds| seconds > 1 << 40), "{name}"),
                    other => assert_eq!(answer.expires_in, other.as_u64(), "{name}"),
                }
            }
            (Err(message), Some(expected)) => {
                assert!(message.contains(expected) && !message.contains("=t&"), "{name}: {message}");
            }
            (answer, _) => panic!("{name}: {:?}", answer.map(|answer| answer.token)),
        }
    }
}

/// An endpoint that hands out tokens by number, and says how often.
struct Endpoint {
    asked: AtomicUsize,
    clock: FakeClock,
    life: u64,
}

impl Door for Endpoint {
    fn send(&self, _: &Errand) -> Result<Response, String> {
        let number = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        std::thread::yield_now();
        let life = self.life;
        Ok(Response::new(200, format!(r#"{{"access_token":"t{number}","token_type":"Bearer","expires_in":{life}}}"#)))
    }

    fn clock(&self) -> &dyn Clock {
        &self.clock
    }

    fn is_stopped(&self) -> bool {
        false
    }
}

fn robot() -> Arc<dyn Auth> {
    let values = serde_json::json!({"token_url": "https://id.example/token", "client_id": "me", "client_secret": "s"});
    let Json::Object(values) = values else { unreachable!() };
    make(&AuthFields::new(values, &place())).unwrap_or_else(|wrong| panic!("{}", wrong.message))
}

fn endpoint(life: u64) -> Endpoint {
    Endpoint { asked: AtomicUsize::new(0), clock: FakeClock::default(), life }
}

#[test]
fn fifty_who_ask_at_once_share_one_fetch() {
    let (auth, endpoint) = (robot(), endpoint(3600));
    std::thread::scope(|scope| {
        for _ in 0..50 {
            scope.spawn(|| auth.ready(&endpoint).unwrap());
        }
    });
    assert_eq!(endpoint.asked.load(Ordering::SeqCst), 1);
}

#[test]
fn a_token_is_used_until_its_leeway_and_renewed_once_where_it_is_refused() {
    let (auth, endpoint) = (robot(), endpoint(100));
    let asked = || endpoint.asked.load(Ordering::SeqCst);
    assert_eq!(auth.ready(&endpoint), Ok(Readiness::Fetched));
    endpoint.clock.sleep(Duration::from_secs(69));
    assert_eq!(auth.ready(&endpoint), Ok(Readiness::Kept));
    endpoint.clock.sleep(Duration::from_secs(2));
    assert_eq!((auth.ready(&endpoint), asked()), (Ok(Readiness::Fetched), 2));
    let sent = |again, readiness, edition, is_expected| {
        let url = "https://api.example/";
        auth.answered(&Answered {
            url,
            status: 401,
            headers: &[],
            is_expected,
            readiness,
            edition,
            again,
            has_body: false,
        })
    };
    let refused = |readiness, edition, is_expected| sent(0, readiness, edition, is_expected);
    let edition = auth.edition();
    assert!(!refused(Readiness::Kept, edition, true), "401 is expected");
    assert!(refused(Readiness::Kept, edition, false));
    let signed = Unsigned {
        method: "GET",
        https: true,
        origin: "https://api.example",
        authority: "api.example",
        path_and_query: "/",
        headers: &[],
        body: b"",
        is_withheld: false,
        date: SystemTime::UNIX_EPOCH,
    };
    assert!(auth.sign(&signed).is_ok(), "who was ready before it was dropped still signs");
    assert_eq!((auth.ready(&endpoint), asked()), (Ok(Readiness::Fetched), 3));
    assert!(refused(Readiness::Kept, edition, false), "another request was sent with the old one");
    assert_eq!((auth.ready(&endpoint), asked()), (Ok(Readiness::Kept), 3));
    assert!(!refused(Readiness::Fetched, auth.edition(), false), "it was fetched for this request");
    assert!(!sent(1, Readiness::Kept, auth.edition(), false), "a new one is refused as well");
    assert!(!refused(Readiness::Kept, auth.edition(), false), "all further ones are");
    let url = "https://api.example/";
    let passed = Answered {
        url,
        status: 200,
        headers: &[],
        is_expected: true,
        readiness: Readiness::Kept,
        edition: None,
        again: 0,
        has_body: false,
    };
    assert!(!auth.answered(&passed));
    assert!(refused(Readiness::Kept, auth.edition(), false));
}

#[test]
fn a_token_is_good_for_half_of_its_life_at_least() {
    for (seconds, leeway, good) in
        [(100, 30.0, 70.0), (40, 30.0, 20.0), (0, 30.0, 0.0), (100, 0.0, 100.0), (10, 1e30, 5.0)]
    {
        assert_eq!(good_for(seconds, leeway).as_secs_f64(), good, "{seconds} {leeway}");
    }
    assert!(good_for(u64::MAX, 30.0) > Duration::from_secs(1 << 40));
}
