//! `resttest demo --scene`.

use crate::support::{Figures, Finish, resttest};

fn scene(name: &str) -> crate::support::Ran {
    let ran = resttest().args(["demo", "--scene", name]).finish().exits(0);
    let (passed, total) = ran.counts();
    assert!(passed == total && total > 0, "{name}: {ran:#?}");
    assert!(ran.stderr.starts_with(&format!("scene {name}: ")), "{name}: {ran:#?}");
    ran
}

#[test]
fn every_scene_passes_and_says_what_it_shows() {
    for name in ["basic", "retry", "backoff", "load", "language", "auth", "all"] {
        scene(name);
    }
}

#[test]
fn the_retry_scenes_show_what_healed() {
    let flaky = |name: &str| scene(name).stderr.matches("WARNING:Test Flaky: ").count();
    assert_eq!((flaky("retry"), flaky("backoff")), (2, 2));
}

#[test]
fn the_load_scenes_show_their_figures() {
    let figures = Figures::all(&scene("load"));
    assert_eq!(figures[0].counts(), [80.0, 80.0, 0.0, 0.0]);
    assert_eq!(figures.len(), 2);
    let figures = Figures::all(&scene("all"));
    assert_eq!(figures[0].counts(), [100.0, 100.0, 0.0, 3.0]);
    assert_eq!(figures.len(), 3, "two tests and a benchmark");
}

#[test]
fn basic_is_what_runs_without_a_scene() {
    let groups = |words: &[&str]| resttest().args(words).finish().exits(0).groups().join("\n");
    assert_eq!(groups(&["demo", "--scene", "basic"]), groups(&["demo"]));
}

#[test]
fn interactive_mode_says_of_every_step_what_it_is_for() {
    for (scene, steps) in [("basic", 20), ("retry", 3), ("backoff", 3), ("load", 2), ("all", 4), ("language", 8)] {
        let mut command = resttest();
        command.args(["demo", "--scene", scene, "--interactive"]);
        let ran = command.finish_with(&"\n".repeat(60)).exits(0);
        let shown =
            ran.stdout.split("===================================\n").filter(|step| step.contains("REQUEST:\n"));
        let shown: Vec<&str> = shown.collect();
        assert!(shown.len() >= steps, "{scene}: {}", shown.len());
        for step in shown {
            let about = step.split("-----------------------------------\n").nth(1).unwrap_or_default();
            assert!(!about.starts_with("REQUEST:"), "{scene}: {step}");
            assert!(step.contains("Press ENTER when ready"), "{scene}: {step}");
        }
    }
}

#[test]
fn the_scene_of_authentication_shows_no_secret() {
    let folder = crate::support::Folder::new();
    let words = ["demo", "--scene", "auth", "--log", "debug", "--report-junit", "j.xml", "--report-json", "j.json"];
    let ran = folder.resttest().args(words).finish().exits(0);
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect(name);
    let all = [ran.stdout, ran.stderr, read("j.xml"), read("j.json")].concat();
    for secret in ["kept+outside/of=suites", "lovelace", "a/sample+key", "sample-token-", "sample-refresh-"] {
        assert!(!all.contains(secret), "{secret}");
    }
}
