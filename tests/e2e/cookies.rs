//! `cookies` in `config`: what is kept, sent, written, hidden.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::{Answer, Finish, Folder, PLAIN, Promised, Ran, has_program, run_text, signal, wait_until};

fn set(status: u16, headers: &'static str) -> Answer {
    Answer::Full(status, headers, "{}".to_owned())
}

#[test]
fn a_login_lasts_until_the_logout_over_redirects_and_retries() {
    let suite = "
- config: {cookies: true}
- test: {url: /login, method: POST, curl_option_followlocation: 1}
- test: {url: /home}
- test: {url: /home/inner}
- test: {url: /flaky, retry: {max_retries: 1, backoff_base: 0}}
- test: {url: /logout}
- test: {url: /home}
";
    let wanted = [
        ("/login", None),
        ("/welcome", Some("sid=first")),
        ("/home", Some("sid=second")),
        ("/home/inner", Some("deep=1; sid=second")),
        ("/flaky", Some("sid=second")),
        ("/flaky", Some("sid=second; tried=1")),
        ("/logout", Some("sid=second; tried=1")),
        ("/home", Some("tried=1")),
    ];
    let server = Promised::new(wanted.len(), move |number, request| {
        assert_eq!((&*request.target, request.header("cookie")), wanted[number]);
        match number {
            0 => set(302, "Location: /welcome\r\nSet-Cookie: sid=first; Path=/; HttpOnly\r\n"),
            1 => set(200, "Set-Cookie: sid=second; Path=/\r\nSet-Cookie: deep=1; Path=/home/inner\r\n"),
            2 => set(200, "Set-Cookie: other=1; Domain=elsewhere.test\r\nSet-Cookie: tld=1; Domain=com\r\n"),
            4 => set(503, "Set-Cookie: tried=1; Path=/\r\n"),
            6 => set(200, "Set-Cookie: sid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT\r\n"),
            _ => Answer::ok("{}"),
        }
    });
    run_text(&server.url(), suite, PLAIN).exits(0);
}

#[test]
fn without_the_key_nothing_is_kept_and_own_cookies_stand_for_all() {
    let server = Promised::new(2, |_, request| {
        assert_eq!(request.header("cookie"), None);
        set(200, "Set-Cookie: k=v; Path=/\r\n")
    });
    run_text(&server.url(), "- url: /a\n- url: /b\n", PLAIN).exits(0);
    let suite = "
- config: {cookies: yes}
- url: /a
- test: {url: /b, headers: {Cookie: own=1}}
- test: {url: /c, curl_option_cookie: own=2}
- test: {url: /d, headers: {cookie: ''}}
- test: {url: /e, curl_option_cookiefile: ''}
";
    let wanted = [None, Some("own=1"), Some("own=2"), None, Some("k=v")];
    let server = Promised::new(wanted.len(), move |number, request| {
        assert_eq!(request.header("cookie"), wanted[number]);
        set(200, "Set-Cookie: k=v; Path=/\r\n")
    });
    run_text(&server.url(), suite, PLAIN).exits(0);
}

#[test]
fn a_host_header_of_the_tests_own_says_whose_cookies_they_are() {
    let suite = "
- config: {cookies: true}
- test: {url: /a, headers: {Host: app.shop.test}}
- test: {url: /b, headers: {Host: 'app.shop.test:8080'}}
- test: {url: /c, headers: {Host: www.shop.test}}
- test: {url: /d}
";
    let wanted = [None, Some("all=2; own=1"), Some("all=2"), None];
    let server = Promised::new(wanted.len(), move |number, request| {
        let sorted = request.header("cookie").map(|line| {
            let mut pairs: Vec<&str> = line.split("; ").collect();
            pairs.sort_unstable();
            pairs.join("; ")
        });
        assert_eq!(sorted.as_deref(), wanted[number]);
        if number == 0 {
            set(200, "Set-Cookie: own=1\r\nSet-Cookie: all=2; Domain=shop.test\r\n")
        } else {
            Answer::ok("{}")
        }
    });
    run_text(&server.url(), suite, PLAIN).exits(0);
}

#[test]
fn a_file_hands_its_cookies_on_where_it_shares_them() {
    let folder = Folder::new();
    folder.file("login.yaml", "- config: {cookies: true, share: [cookies]}\n- url: /login\n");
    folder.file("users.yaml", "- config: {cookies: true, needs: [login.yaml]}\n- url: /users\n");
    folder.file("other.yaml", "- config: {needs: [login.yaml]}\n- url: /other\n");
    let wanted = [("/login", None), ("/users", Some("sid=1")), ("/other", None)];
    let server = Promised::new(wanted.len(), move |number, request| {
        assert_eq!((&*request.target, request.header("cookie")), wanted[number]);
        set(200, "Set-Cookie: sid=1; Path=/\r\n")
    });
    folder.resttest().args([&server.url(), "users.yaml", "other.yaml"]).finish().exits(0);
}

#[test]
fn each_file_has_a_jar_of_its_own() {
    let folder = Folder::new();
    folder.file("part.yaml", "- config: {cookies: true}\n- url: /part\n- url: /part\n");
    folder.file("s.yaml", "- import: part.yaml\n- config: {cookies: true}\n- url: /main\n- url: /main\n");
    let wanted = [None, Some("k=v"), None, Some("k=v")];
    let server = Promised::new(4, move |number, request| {
        assert_eq!(request.header("cookie"), wanted[number]);
        set(200, "Set-Cookie: k=v; Path=/\r\n")
    });
    folder.resttest().args([&server.url(), "s.yaml"]).finish().exits(0);
}

#[test]
fn a_file_of_cookies_is_read_and_written_also_after_a_failure() {
    let folder = Folder::new();
    let suite = "
- config: {cookies: {file: jar.txt, save: jar.txt}}
- test: {url: /a, stop_on_failure: true}
- test: {url: /b}
";
    folder.file("suites/s.yaml", suite);
    let server = Promised::new(2, |number, request| {
        assert_eq!(request.header("cookie"), [None, Some("k=v-of-0; only=1")][number]);
        set(500, ["Set-Cookie: k=v-of-0; Path=/\r\nSet-Cookie: only=1\r\n", "Set-Cookie: k=v-of-1; Path=/\r\n"][number])
    });
    // It is not there before the first run.
    for round in 0..2 {
        folder.resttest().args([&server.url(), "suites/s.yaml"]).finish().exits(1);
        let text = std::fs::read_to_string(folder.path().join("jar.txt")).expect("a jar in the working directory");
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("# ") && !line.is_empty()).collect();
        let k = format!("127.0.0.1\tFALSE\t/\tFALSE\t0\tk\tv-of-{round}");
        assert_eq!(lines, [&*k, "127.0.0.1\tFALSE\t/\tFALSE\t0\tonly\t1"], "{text}");
    }
}

#[test]
fn curl_reads_what_is_written_and_writes_what_is_read() {
    if !has_program("curl") {
        return;
    }
    let folder = Folder::new();
    folder.file("one.yaml", "- config: {cookies: {save: one.txt}}\n- url: /one\n");
    folder.file("two.yaml", "- config: {cookies: {file: two.txt}}\n- url: /one/three\n");
    let wanted = [None, Some("deep=2; k=v"), Some("deep=2; k=v")];
    let server = Promised::new(3, move |number, request| {
        let sorted = request.header("cookie").map(|line| {
            let mut pairs: Vec<&str> = line.split("; ").collect();
            pairs.sort_unstable();
            pairs.join("; ")
        });
        assert_eq!(sorted.as_deref(), wanted[number]);
        set(200, "Set-Cookie: k=v; Path=/; HttpOnly; Max-Age=600\r\nSet-Cookie: deep=2; Path=/one\r\n")
    });
    folder.resttest().args([&server.url(), "one.yaml"]).finish().exits(0);
    let mut curl = Command::new("curl");
    curl.args(["-q", "-sS", "-b", "one.txt", "-c", "two.txt"]).arg(format!("{}/one/two", server.url()));
    let done = curl.current_dir(folder.path()).status();
    assert!(done.is_ok_and(|status| status.success()));
    folder.resttest().args([&server.url(), "two.yaml"]).finish().exits(0);
}

#[test]
fn where_cookies_cannot_be_written_nothing_is_sent() {
    let folder = Folder::new();
    folder.file("file", "");
    folder.file("s.yaml", "- config: {cookies: {save: file/jar.txt}}\n- url: /a\n");
    folder.file("out.yaml", "- config: {cookies: {save: ../jar.txt}}\n- url: /a\n");
    let explained = folder.resttest().args(["explain", "http://h", "s.yaml"]).finish().exits(0);
    assert!(explained.stdout.contains("\n    cookies kept, save file/jar.txt (s.yaml:1)\n"), "{explained:#?}");
    folder.file("self.yaml", "- config: {cookies: {save: self.yaml}}\n- url: /a\n");
    let server = Promised::new(0, |_, _| Answer::Nothing);
    for (suite, code, expected) in [
        ("s.yaml", 73, "s.yaml:1:22: cookies: save: file/jar.txt cannot be written"),
        ("out.yaml", 65, "out.yaml:1:28: cookies: save: ../jar.txt leads out of the working directory"),
        ("self.yaml", 65, "self.yaml:1:22: cookies: save: self.yaml is a suite, self.yaml; name another file"),
    ] {
        let ran = folder.resttest().args([&server.url(), suite]).finish().exits(code);
        assert!(ran.stderr.contains(expected), "{ran:#?}");
    }
}

#[test]
fn the_values_of_cookies_are_nowhere_to_be_seen() {
    let suite = "
- config: {cookies: {file: jar.txt}}
- test: {url: /login, curl_option_followlocation: 1}
- test: {url: /a, expected_status: [200], retry: {max_retries: 1, backoff_base: 0}}
- test: {url: /load, performance: {repeat: 3}}
";
    let folder = Folder::new();
    folder.file("s.yaml", suite);
    folder.file("jar.txt", "127.0.0.1\tFALSE\t/\tFALSE\t0\told\tsecret-of-the-jar\n");
    let server = Promised::new(7, |number, request| match number {
        0 => set(302, "Location: /in\r\nSet-Cookie: sid=secret-of-the-hop; Path=/\r\n"),
        1 => set(200, "Set-Cookie: other=secret-of-the-end; Path=/\r\n"),
        // What a server echoes of them.
        _ => Answer::Full(500, "", format!("{{\"echo\": {:?}}}", request.header("cookie").unwrap_or_default())),
    });
    let words =
        [&server.url(), "s.yaml", "--report-json", "r.json", "--report-html", "r.html", "--log", "debug", "--verbose"];
    let ran = folder.resttest().args(words).finish().exits(2);
    let report = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect(name);
    for text in [&ran.stdout, &ran.stderr, &report("r.json"), &report("r.html")] {
        assert!(!text.contains("secret-of"), "{text}");
    }
    let command = report("r.json").matches("-b \\\"$COOKIE\\\"").count();
    assert!(command >= 2, "the command that repeats a request has them as a variable");
}

#[test]
fn in_a_load_run_each_connection_is_a_user_of_its_own() {
    for mode in ["sync", "async"] {
        let suite = format!(
            "
- config: {{cookies: {{save: jar.txt}}}}
- test: {{url: /login}}
- test: {{url: /load, curl_option_followlocation: 1, performance: {{mode: {mode}, concurrency: 4, repeat: 40, think_time: 5ms}}}}
- test: {{url: /after}}
"
        );
        let users = AtomicUsize::new(0);
        // Each request of the load run is sent on.
        let server = Promised::new(82, move |_, request| {
            let cookies = request.header("cookie").unwrap_or_default();
            match &*request.target {
                "/login" => set(200, "Set-Cookie: sid=1; Path=/\r\n"),
                "/load" if cookies == "sid=1" => {
                    // No two users share what they are given, and each is given it once.
                    let number = users.fetch_add(1, Ordering::Relaxed);
                    assert!(number < 4, "a user forgot who it is");
                    let headers = format!("Location: /on\r\nSet-Cookie: user=u{number}; Path=/\r\n");
                    Answer::Full(302, Box::leak(headers.into_boxed_str()), String::new())
                }
                "/load" => {
                    assert!(cookies.starts_with("sid=1; user=u"), "{cookies}");
                    set(302, "Location: /on\r\n")
                }
                "/on" => {
                    assert!(cookies.contains("sid=1") && cookies.contains("user=u"), "{cookies}");
                    set(200, "Set-Cookie: seen=1; Path=/\r\n")
                }
                _ => {
                    assert_eq!((&*request.target, cookies), ("/after", "sid=1"));
                    Answer::ok("{}")
                }
            }
        });
        let folder = Folder::new();
        folder.file("s.yaml", &suite);
        let ran = folder.resttest().args([&server.url(), "s.yaml"]).finish().exits(0);
        assert!(!ran.stdout.contains("ran on a thread"), "{ran:#?}");
        let jar = std::fs::read_to_string(folder.path().join("jar.txt")).expect("a jar");
        assert!(jar.contains("\tsid\t1") && !jar.contains("\tuser\t"), "{jar}");
    }
}

#[test]
fn setup_and_teardown_share_the_jar_and_an_interrupt_keeps_it() {
    let suite = "
- config: {cookies: {save: jar.txt}}
- setup: [{url: /login}]
- test: {url: /in}
- url: /slow
- url: /never
- teardown: [{url: /logout}]
";
    let folder = Folder::new();
    folder.file("s.yaml", suite);
    let server = Promised::new(4, |number, request| {
        let all = Some("sid=1; in=2");
        let wanted = [("/login", None), ("/in", Some("sid=1")), ("/slow", all), ("/logout", all)];
        assert_eq!((&*request.target, request.header("cookie")), wanted[number]);
        match number {
            0 => set(200, "Set-Cookie: sid=1; Path=/\r\n"),
            1 => set(200, "Set-Cookie: in=2\r\n"),
            // Time for the interrupt.
            2 => {
                std::thread::sleep(Duration::from_millis(300));
                Answer::ok("{}")
            }
            _ => set(200, "Set-Cookie: sid=; Path=/; Max-Age=0\r\n"),
        }
    });
    let child = folder.resttest().args([&server.url(), "s.yaml"]).spawn().expect("it starts");
    wait_until("three requests", || server.requests() == 3);
    signal(&child, "INT");
    let ran: Ran = child.wait_with_output().expect("it ends").into();
    let jar = std::fs::read_to_string(folder.path().join("jar.txt")).expect("a jar");
    assert!(jar.contains("\tin\t2") && !jar.contains("sid"), "{jar} {ran:#?}");
}
