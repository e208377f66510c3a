//! What a person sees: the same run with a terminal for stdout.

use std::process::{Command, Stdio};

use crate::support::{Finish, Folder, Ran, binary, has_program, sample};

const SUITE: &str = "- test: {name: Fine, url: /status/200}\n- test: {name: Not fine, url: /status/404}\n";

/// Runs in a pseudo-terminal; `None` if there is no way to have one.
fn on_a_terminal(more: &str, no_color: Option<&str>) -> Option<Ran> {
    Some(suite_on_a_terminal(SUITE, more, no_color)?.exits(1))
}

fn suite_on_a_terminal(suite: &str, more: &str, no_color: Option<&str>) -> Option<Ran> {
    if !has_program("script") {
        return None;
    }
    let api = sample();
    let folder = Folder::new();
    folder.file("s.yaml", suite);
    let line = format!("{} {} s.yaml {more}", binary(), api.url());
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).current_dir(folder.path()).env_remove("NO_COLOR").stdin(Stdio::null());
    if let Some(value) = no_color {
        command.env("NO_COLOR", value);
    }
    Some(command.finish())
}

#[test]
fn a_person_gets_status_words_colours_and_a_summary() {
    let Some(ran) = on_a_terminal("", None) else { return };
    assert!(ran.stdout.contains("PASS") && ran.stdout.contains("FAIL"), "{ran:#?}");
    assert!(ran.stdout.contains("2 tests run: 1 passed, 1 failed"), "{ran:#?}");
    assert!(ran.stdout.contains("\x1b[91mTest Group Default FAILED: : 1/2 Tests Passed!\x1b[0m"), "{ran:#?}");
    assert!(!ran.stdout.contains("TEST RESULT"), "{ran:#?}");
    let summary = ran.stdout.find("Summary").unwrap_or(0);
    assert!(ran.stdout[summary..].contains("s.yaml:2: Not fine: expected status 200, got 404"), "{ran:#?}");
}

#[test]
fn no_color_and_skip_term_colors_take_the_colours_away() {
    for (more, no_color) in [("", Some("1")), ("--skip_term_colors", None)] {
        let Some(ran) = on_a_terminal(more, no_color) else { return };
        assert!(!ran.stdout.contains('\x1b'), "{ran:#?}");
        assert!(ran.stdout.contains("Test Group Default FAILED: : 1/2 Tests Passed!"), "{ran:#?}");
    }
    let Some(ran) = on_a_terminal("", Some("")) else { return };
    assert!(ran.stdout.contains('\x1b'), "an empty NO_COLOR says nothing: {ran:#?}");
}

#[test]
fn a_load_run_draws_a_histogram_and_a_flaky_test_is_marked() {
    let suite = "- test: {name: Heals, url: /flaky/t/1/503, retry: {max_retries: 1, backoff_base: 0}}\n\
                 - test: {name: L, url: /slow/2, performance: {repeat: 20, concurrency: 2}}\n";
    let Some(ran) = suite_on_a_terminal(suite, "", Some("1")) else { return };
    let ran = ran.exits(0);
    assert!(ran.stdout.contains("FLAKY") && ran.stdout.contains("2 attempts"), "{ran:#?}");
    assert!(ran.stdout.contains("(1 flaky), 0 failed, 1 retries"), "{ran:#?}");
    assert!(ran.stdout.contains("response time histogram (ms):") && ran.stdout.contains('■'), "{ran:#?}");
    assert!(ran.stdout.contains("=== PERFORMANCE SUMMARY ===\r\ntotal: 20\r\n"), "{ran:#?}");
}

#[test]
fn a_long_load_run_shows_how_far_it_is() {
    let suite = "- test: {name: L, url: /slow/5, performance: {duration: 2500ms, concurrency: 2}}\n";
    let Some(ran) = suite_on_a_terminal(suite, "", Some("1")) else { return };
    let ran = ran.exits(0);
    assert!(ran.stdout.contains("% ") && ran.stdout.contains(" 0 failed, 2 s"), "{ran:#?}");
}
