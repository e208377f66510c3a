//! What a person sees: the same run with a terminal for stdout.

use std::process::{Command, Stdio};

use crate::support::{Finish, Folder, Ran, binary, has_program, sample};

const SUITE: &str = "- test: {name: Fine, url: /status/200}\n- test: {name: Not fine, url: /status/404}\n";

/// Runs in a pseudo-terminal; `None` if there is no way to have one.
fn on_a_terminal(more: &str, no_color: Option<&str>) -> Option<Ran> {
    if !has_program("script") {
        return None;
    }
    let api = sample();
    let folder = Folder::new();
    folder.file("s.yaml", SUITE);
    let line = format!("{} {} s.yaml {more}", binary(), api.url());
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).current_dir(folder.path()).env_remove("NO_COLOR").stdin(Stdio::null());
    if let Some(value) = no_color {
        command.env("NO_COLOR", value);
    }
    Some(command.finish().exits(1))
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
