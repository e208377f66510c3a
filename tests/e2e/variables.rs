//! Where variables come from, and who wins.

use crate::support::{Answer, Finish, Folder, PLAIN, Promised, run_text, sample};

#[test]
fn the_command_line_wins_over_config_and_a_test_over_both() {
    let suite = "
- config: {variable_binds: {a: config, b: config, c: config}}
- test: {url: {template: /$a/$b/$c}}
- test: {url: {template: /$a/$b/$c}, variable_binds: {b: test}}
- test: {url: {template: /$a/$b/$c}}
";
    let wanted = ["/config/given/config", "/config/test/config", "/config/test/config"];
    let server = Promised::new(3, move |number, request| {
        assert_eq!(request.target, wanted[number]);
        Answer::ok("{}")
    });
    run_text(&server.url(), suite, ["--vars", "{b: given}"]).exits(0);
}

#[test]
fn in_a_file_that_imports_others_config_wins_as_ever() {
    let api = sample();
    let folder = Folder::new();
    folder.file("part.yaml", "- config: {variable_binds: {a: config}}\n- test: {url: {template: /echo/$a/$b}}\n");
    folder.file(
        "s.yaml",
        "- import: part.yaml\n- config: {variable_binds: {a: config}}\n- test: {url: {template: /echo/$a/$b}}\n",
    );
    let words = [&api.url(), "s.yaml", "--vars", "{\"a\": \"given\", \"b\": 2}"];
    let ran = folder.resttest().args(words).finish().exits(0);
    let paths: Vec<String> = api.log().into_iter().map(|request| request.path).collect();
    assert_eq!(paths, ["/echo/given/2", "/echo/config/2"]);
    assert!(ran.stderr.starts_with("WARNING:s.yaml: --vars gives $a, but the config of this file sets it"), "{ran:#?}");
}

#[test]
fn with_vars_the_files_of_a_run_share_what_config_sets() {
    let api = sample();
    let folder = Folder::new();
    folder.file(
        "part.yaml",
        "- config: {variable_binds: {d: part, own: part}}\n- test: {url: {template: /$c/$d/$own}}\n",
    );
    folder.file(
        "s.yaml",
        "- import: part.yaml\n- config: {variable_binds: {c: main, own: main}}\n- test: {url: {template: /$c/$d/$own}}\n",
    );
    for (words, wanted) in
        [(&["--vars", "{x: 1}"][..], ["/main/part/part", "/main/part/main"]), (&[], ["/$c/part/part", "/main/$d/main"])]
    {
        let before = api.log().len();
        let ran = folder.resttest().args([&*api.url(), "s.yaml"]).args(words).finish();
        let paths: Vec<String> = api.log()[before..].iter().map(|request| request.path.clone()).collect();
        assert_eq!(paths, wanted, "{ran:#?}");
        assert_eq!(ran.stderr.contains("nothing sets"), words.is_empty(), "{ran:#?}");
    }
}

#[test]
fn values_become_text_as_python_writes_them() {
    let suite = "
- config: {variable_binds: {flag: yes, one: 1.0, big: 1.0e+20, list: [1, two, null], map: {k: v}}}
- test: {url: /echo, method: POST, body: {template: '$flag $one $big $list $map $unset $$ $1'}}
";
    let server = Promised::new(1, |_, request| {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        assert_eq!(body, "True 1.0 1e+20 [1, 'two', None] {'k': 'v'} $unset $ $1");
        Answer::ok("{}")
    });
    run_text(&server.url(), suite, PLAIN).exits(0);
}

#[test]
fn generators_read_the_environment() {
    let suite = "
- config: {generators: {home: {type: env_variable, variable_name: SUITE_PLACE}, text: {type: env_string, string: '$SUITE_PLACE/$SUITE_UNSET'}}}
- test: {url: {template: /echo/$home/$text}, generator_binds: {home: home, text: text}}
";
    let api = sample();
    let folder = Folder::new();
    folder.file("s.yaml", suite);
    folder.resttest().env("SUITE_PLACE", "here").args([&api.url(), "s.yaml"]).finish().exits(0);
    assert_eq!(api.log()[0].path, "/echo/here/here/$SUITE_UNSET");
}

#[test]
fn absolute_urls_need_no_base() {
    let api = sample();
    let suite = format!("- url: '{0}/status/200'\n- test: {{url: '{0}/status/200'}}\n", api.url());
    run_text("http://127.0.0.1:1", &suite, ["--absolute-urls"]).exits(0);
    assert_eq!(api.requests(), 2);
}
