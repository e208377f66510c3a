//! A bare loop over one ureq agent: asks, reads the body, looks at the status, and does nothing else. What
//! 1,000 tests take beyond it is resttest's own.
//!
//! `bare_ureq URL N` sends N times; `bare_ureq URL N SECONDS` bounds every request, as every test is bounded:
//! ureq by itself starts a thread for each of these. Prints seconds.

use std::time::{Duration, Instant};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (url, count, timeout) = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [url, count] => (url.to_owned(), count.parse::<u32>().expect("a count"), None),
        [url, count, seconds] => {
            let seconds = Duration::from_secs(seconds.parse().expect("seconds"));
            (url.to_owned(), count.parse().expect("a count"), Some(seconds))
        }
        _ => panic!("bare_ureq URL N [SECONDS]"),
    };
    let agent = ureq::Agent::new_with_config(ureq::Agent::config_builder().timeout_global(timeout).build());
    let started = Instant::now();
    for _ in 0..count {
        let mut answer = agent.get(&url).call().expect("an answer");
        assert_eq!(answer.status(), 200);
        let body = answer.body_mut().read_to_vec().expect("a body");
        assert!(!body.is_empty());
    }
    println!("{:.4}", started.elapsed().as_secs_f64());
}
