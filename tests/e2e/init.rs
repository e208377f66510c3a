//! `resttest init`: a first suite, and the file that runs it in CI.

use std::path::Path;

use crate::support::{Finish, Folder, sample};

fn read(folder: &Folder, name: &str) -> String {
    std::fs::read_to_string(folder.path().join(name)).unwrap_or_default()
}

#[test]
fn the_first_suite_lints_and_runs() {
    let api = sample();
    let folder = Folder::new();
    let ran = folder.resttest().args(["init", "api"]).finish().exits(0);
    assert_eq!(ran.stdout, "wrote api/smoke.yaml\nnext: resttest http://127.0.0.1:8000 api/smoke.yaml\n");
    let lint = folder.resttest().args(["lint", "api/smoke.yaml"]).finish().exits(0);
    assert_eq!(lint.stdout, "1 suite: 0 errors, 0 warnings\n");
    let ran = folder.resttest().args([&api.url(), "api/smoke.yaml"]).finish().exits(0);
    assert_eq!((ran.counts(), ran.stderr.as_str()), ((2, 2), ""));
}

#[test]
fn what_is_switched_off_in_it_works_when_it_is_switched_on() {
    let api = sample();
    let folder = Folder::new();
    folder.resttest().arg("init").finish().exits(0);
    let text = read(&folder, "smoke.yaml");
    // Prose has a blank behind its #; what is switched off has a dash, or as many blanks as it is deep.
    let switched_on = |line: &str| match line.strip_prefix('#') {
        Some(code) if code.starts_with('-') || code.starts_with("    ") && !code.contains("resttest") => {
            code.to_owned()
        }
        _ => line.to_owned(),
    };
    let all: Vec<String> = text.lines().map(switched_on).collect();
    folder.file("all.yaml", all.join("\n"));
    let lint = folder.resttest().args(["lint", "all.yaml"]).finish().exits(0);
    assert_eq!(lint.stdout, "1 suite: 0 errors, 0 warnings\n");
    let ran = folder.resttest().args([&api.url(), "all.yaml"]).env("API_TOKEN", "abcdefgh").finish().exits(0);
    assert_eq!(ran.counts(), (7, 7), "{ran:#?}");
}

#[test]
fn the_file_of_a_ci_system_is_written_where_it_is_looked_for() {
    for (ci, file, part) in [
        ("github", ".github/workflows/resttest.yml", "runs-on: ubuntu-latest"),
        ("gitlab", ".gitlab-ci.yml", "junit: junit.xml"),
        ("jenkins", "Jenkinsfile", "pipeline {"),
    ] {
        let folder = Folder::new();
        let ran = folder.resttest().args(["init", "--ci", ci]).finish().exits(0);
        assert!(ran.stdout.contains(&format!("wrote {file}\n")), "{ran:#?}");
        let text = read(&folder, file);
        assert!(text.contains(part) && text.contains("\"$BASE_URL\" smoke.yaml --report-junit junit.xml"), "{text}");
    }
    let ran = Folder::new().resttest().args(["init", "--ci", "gitlub"]).finish().exits(64);
    assert!(
        ran.stderr.contains("option --ci must be github, gitlab or jenkins, not \"gitlub\"; did you mean"),
        "{ran:#?}"
    );
}

#[test]
fn nothing_is_replaced_and_nothing_half_done() {
    let folder = Folder::new();
    folder.file("Jenkinsfile", "mine");
    let ran = folder.resttest().args(["init", "--ci", "jenkins"]).finish().exits(73);
    assert!(ran.stderr.contains("Jenkinsfile exists, so nothing was written; --force replaces it"), "{ran:#?}");
    assert_eq!((read(&folder, "Jenkinsfile").as_str(), read(&folder, "smoke.yaml").as_str()), ("mine", ""));
    folder.resttest().args(["init", "--ci", "jenkins", "--force"]).finish().exits(0);
    assert!(read(&folder, "Jenkinsfile").contains("pipeline") && Path::new(&folder.path().join("smoke.yaml")).exists());
    let ran = folder.resttest().args(["init", "smoke.yaml"]).finish().exits(73);
    assert!(ran.stderr.contains("smoke.yaml/smoke.yaml cannot be written"), "{ran:#?}");
    for words in [&["init", "a", "b"][..], &["init", "http://h"], &["init", "--report-json", "x"]] {
        folder.resttest().args(words).finish().exits(64);
    }
}
