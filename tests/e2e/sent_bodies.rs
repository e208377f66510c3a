//! Bodies and queries as they are sent: JSON, forms, files in parts, GraphQL, bytes.

use std::fmt::Write as _;
use std::process::Command;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::support::{Answer, Finish, Folder, Promised, Request, has_program, root};

/// A server that keeps what it is sent.
fn keeping(hits: usize) -> (Promised, Arc<Mutex<Vec<Request>>>) {
    let kept: Arc<Mutex<Vec<Request>>> = Arc::default();
    let shared = kept.clone();
    let server = Promised::new(hits, move |_, request| {
        shared.lock().expect("no poison").push(request.clone());
        Answer::ok("{}")
    });
    (server, kept)
}

/// The one request that a test with these keys sends, and what is said on stderr.
fn sent(folder: &Folder, keys: &str) -> (Request, String) {
    let (server, kept) = keeping(1);
    folder
        .file("s.yaml", format!("- config: {{variable_binds: {{id: 7, word: 'a b'}}}}\n- test: {{url: /x, {keys}}}\n"));
    let ran = folder.resttest().args([&server.url(), "s.yaml"]).finish().exits(0);
    let request = kept.lock().expect("no poison")[0].clone();
    (request, ran.stderr)
}

#[test]
fn each_kind_has_its_content_type_unless_the_test_has() {
    let folder = Folder::new();
    const FORM: Option<&str> = Some("application/x-www-form-urlencoded");
    const JSON: Option<&str> = Some("application/json");
    let graphql = "{\"query\":\"{a}\",\"variables\":{\"id\":7}}";
    folder.file("raw.bin", [0xff, b'\r', b'\n', 0]);
    for (keys, kind, body) in [
        ("method: POST, body: {json: {template: {id: $id, w: $word}}}", JSON, b"{\"id\":7,\"w\":\"a b\"}".as_slice()),
        ("method: PUT, body: {json: [1]}", JSON, b"[1]"),
        ("method: DELETE, body: {json: {}}", JSON, b"{}"),
        ("method: POST, headers: {CONTENT-TYPE: a/b}, body: {json: {}}", Some("a/b"), b"{}"),
        ("method: POST, headers: {content-type: a/b}, body: {json: {}}", Some("a/b"), b"{}"),
        ("method: POST, headers: {Content-Type: ''}, body: {json: {}}", None, b"{}"),
        ("method: PUT, body: {form: {template: {a: $word, b: [1, 2]}}}", FORM, b"a=a+b&b=1&b=2"),
        ("method: POST, body: {base64: AP8=}", FORM, &[0, 0xff]),
        ("method: PUT, body: {hex: 00 ff}", None, &[0, 0xff]),
        ("method: PUT, body: !!binary AP8=", None, &[0, 0xff]),
        ("method: PUT, body: {file: raw.bin, binary: true}", None, &[0xff, b'\r', b'\n', 0]),
        ("method: PUT, body: {file: raw.bin}", None, &[0xff, b'\r', b'\n', 0]),
        ("body: {graphql: {query: '{a}', variables: {template: {id: $id}}}}", JSON, graphql.as_bytes()),
    ] {
        let (request, told) = sent(&folder, keys);
        assert_eq!((request.header("content-type"), request.body.as_slice()), (kind, body), "{keys}");
        assert_eq!(told, "", "{keys}");
    }
    let (request, _) = sent(&folder, "body: {graphql: {query: '{a}'}}");
    assert_eq!(request.method, "POST");
    assert_eq!(request.header("accept"), Some("application/graphql-response+json, application/json;q=0.9"));
    let (request, _) = sent(&folder, "headers: {Accept: x/y}, body: {graphql: {query: '{a}'}}");
    assert_eq!(request.header("accept"), Some("x/y"));
}

#[test]
fn a_test_may_choose_the_boundary() {
    let folder = Folder::new();
    for (kind, begins) in [
        ("multipart/form-data; boundary=own", "multipart/form-data; boundary=own"),
        ("multipart/mixed; boundary=\"a b\"", "multipart/mixed; boundary=\"a b\""),
        ("multipart/mixed", "multipart/mixed; boundary=----resttest"),
    ] {
        let keys = format!("method: POST, headers: {{Content-Type: '{kind}'}}, body: {{multipart: {{a: b}}}}");
        let (request, _) = sent(&folder, &keys);
        let sent = request.header("content-type").unwrap_or_default();
        assert!(sent.starts_with(begins), "{sent}");
        let boundary = sent.split("boundary=").nth(1).unwrap_or_default().trim_matches('"');
        assert!(request.body.starts_with(format!("--{boundary}\r\n").as_bytes()), "{request:?}");
    }
}

#[test]
fn a_query_is_encoded_and_added() {
    let folder = Folder::new();
    for (keys, target) in [
        ("query: {q: 'a b&c', n: [1, true], e: ''}", "/x?q=a%20b%26c&n=1&n=true&e="),
        ("query: {template: {$word: $id}}", "/x?a%20b=7"),
        ("query: {}", "/x"),
    ] {
        assert_eq!(sent(&folder, keys).0.target, target, "{keys}");
    }
    let (server, kept) = keeping(2);
    folder.file("q.yaml", "- test: {url: {template: '/y?a=$id'}, query: {b: 2}, variable_binds: {id: 7}}\n- test: {url: '/z?', query: {b: ü}}\n");
    folder.resttest().args([&server.url(), "q.yaml"]).finish().exits(0);
    let targets: Vec<String> = kept.lock().expect("no poison").iter().map(|request| request.target.clone()).collect();
    assert_eq!(targets, ["/y?a=7&b=2", "/z?b=%C3%BC"]);
}

#[test]
fn load_runs_send_the_same() {
    let folder = Folder::new();
    folder.file("a.png", [0x89, b'P', 0, 1]);
    for mode in ["sync", "async"] {
        for (body, contains) in [
            ("{json: {template: {n: $n, id: $id}}}", "\"id\":7}"),
            ("{form: {template: {n: $n}}}", "n="),
            ("{multipart: {t: $n, f: {file: a.png}}}", "image/png\r\n\r\n\u{89}P\0\u{1}\r\n--"),
            ("{graphql: {query: '{a}', variables: {template: {n: $n}}}}", "\"variables\":{\"n\":"),
            ("{base64: AP8=}", "\0\u{ff}"),
        ] {
            let (server, kept) = keeping(6);
            let suite = format!(
                "- config: {{variable_binds: {{id: 7}}, generators: {{g: {{type: number_sequence}}}}}}\n\
                 - test: {{url: /x, method: POST, query: {{q: 1}}, generator_binds: {{n: g}}, body: {body}, \
                 performance: {{repeat: 6, concurrency: 2, mode: {mode}}}}}\n"
            );
            folder.file("load.yaml", suite);
            folder.resttest().args([&server.url(), "load.yaml"]).finish().exits(0);
            let kept = kept.lock().expect("no poison");
            for request in kept.iter() {
                let text: String = request.body.iter().map(|byte| char::from(*byte)).collect();
                assert!(text.contains(contains), "{mode} {body}: {text}");
                assert_eq!(request.target, "/x?q=1");
            }
            if body.contains("json") {
                let mut numbers: Vec<Value> = kept
                    .iter()
                    .map(|request| serde_json::from_slice::<Value>(&request.body).expect("JSON")["n"].clone())
                    .collect();
                numbers.sort_by_key(|number| number.as_i64());
                assert_eq!(numbers, (1..=6).map(Value::from).collect::<Vec<_>>(), "{mode}");
            }
        }
    }
}

/// Text of all kinds of characters.
fn text(random: &mut fastrand::Rng, most: usize) -> String {
    const SHARP: &[char] = &['"', '\r', '\n', '%', '&', '=', '+', ' ', ';', '\\', '-', '\'', '<', '\0', 'é', '€', '😀'];
    let length = random.usize(0..=most);
    (0..length)
        .map(|_| if random.bool() { random.alphanumeric() } else { *random.choice(SHARP).expect("some") })
        .collect()
}

#[test]
fn a_receiver_of_pythons_reads_what_was_sent() {
    if !has_program("python3") {
        eprintln!("SKIPPED: python3 is not there to read forms and parts");
        return;
    }
    const EACH: usize = 200;
    let folder = Folder::new();
    let mut random = fastrand::Rng::with_seed(13);
    let (mut tests, mut expected) = (Vec::new(), Vec::new());
    for number in 0..EACH {
        let (mut parts, mut told) = (Vec::new(), Vec::new());
        for at in 0..random.usize(1..6) {
            let name = text(&mut random, 12);
            let length = random.usize(0..3000);
            let bytes: Vec<u8> = (0..length).map(|_| *random.choice(b"\r\n-ab\0\xff").expect("some")).collect();
            let value = text(&mut random, 60);
            let mut part = json!({"name": name});
            let (mut filename, mut kind, mut content) = (Value::Null, Value::Null, bytes.clone());
            match random.u8(0..4) {
                0 => {
                    let file = format!("{number}-{at}.pdf");
                    folder.file(&file, &bytes);
                    part["file"] = json!(file);
                    (filename, kind) = (json!(file), json!("application/pdf"));
                }
                1 => part["base64"] = json!(BASE64_STANDARD.encode(&bytes)),
                2 => {
                    part["hex"] = bytes
                        .iter()
                        .fold(String::new(), |mut hex, byte| {
                            let _ = write!(hex, "{byte:02x} ");
                            hex
                        })
                        .into()
                }
                _ => {
                    part["value"] = json!(value);
                    content = value.into_bytes();
                }
            }
            if random.bool() {
                let given = text(&mut random, 12);
                part["filename"] = json!(given);
                filename = json!(given);
                kind = json!("application/octet-stream");
            }
            if random.bool() {
                part["type"] = json!("x/y; p=1");
                kind = json!("x/y");
            }
            told.push(
                json!({"name": name, "filename": filename, "type": kind, "content": BASE64_STANDARD.encode(content)}),
            );
            parts.push(part);
        }
        tests.push(
            json!({"test": {"url": format!("/{}", tests.len()), "method": "POST", "body": {"multipart": parts}}}),
        );
        expected.push(json!({"parts": told}));
    }
    for _ in 0..EACH {
        let pairs: Vec<(String, String)> =
            (0..random.usize(1..6)).map(|_| (text(&mut random, 12), text(&mut random, 40))).collect();
        let form: Vec<Value> = pairs.iter().map(|(name, value)| json!({name: value})).collect();
        tests.push(json!({"test": {"url": format!("/{}", tests.len()), "method": "POST", "body": {"form": form}}}));
        expected.push(json!({"form": pairs}));
    }
    folder.file("s.json", serde_json::to_vec(&tests).expect("JSON"));
    folder.file("expected.json", serde_json::to_vec(&expected).expect("JSON"));
    let kept = folder.path().to_owned();
    let server = Promised::new(tests.len(), move |_, request| {
        let kind = request.header("content-type").unwrap_or_default();
        let message = [format!("Content-Type: {kind}\r\n\r\n").as_bytes(), &request.body].concat();
        std::fs::write(kept.join(format!("{}.http", &request.target[1..])), message).expect("a file");
        Answer::ok("")
    });
    folder.resttest().args([&server.url(), "s.json"]).finish().exits(0);
    let script = root().join("tests/programs/read_forms.py");
    let read = Command::new("python3").arg(script).arg(folder.path()).output().expect("python3");
    assert!(
        read.status.success(),
        "{}{}",
        String::from_utf8_lossy(&read.stdout),
        String::from_utf8_lossy(&read.stderr)
    );
    assert_eq!(String::from_utf8_lossy(&read.stdout).trim(), format!("{} read", tests.len()));
}

#[test]
fn a_row_decides_the_status() {
    let folder = Folder::new();
    let (server, _kept) = keeping(9);
    for (keys, code, told) in [
        ("expected_status: {template: $s}, variable_binds: {s: '200'}", 0, ""),
        ("expected_status: {template: $s}, variable_binds: {s: 200}", 0, ""),
        ("expected_status: {template: [201, $s]}, variable_binds: {s: 200}", 0, ""),
        ("expected_status: [201, {template: $s}], variable_binds: {s: 200}", 0, ""),
        ("expected_status: {template: $s}, variable_binds: {s: 404}", 1, "expected status 404, got 200"),
        (
            "expected_status: {template: $s}, variable_binds: {s: '2xx'}",
            1,
            "expected_status $s is \"2xx\", which is no status",
        ),
        ("expected_status: {template: $s}, variable_binds: {s: '200'}, performance: {repeat: 2}", 0, ""),
        ("expected_status: {template: $s}, variable_binds: {s: '200'}, performance: {repeat: 2, mode: async}", 0, ""),
    ] {
        folder.file("s.yaml", format!("- test: {{url: /x, {keys}}}\n"));
        let ran = folder.resttest().args([&server.url(), "s.yaml"]).finish().exits(code);
        assert!(ran.stderr.contains(told), "{keys}: {ran:#?}");
    }
}

#[test]
fn everything_drawn_repeats_with_the_seed() {
    let folder = Folder::new();
    folder.file("lines.txt", "one\r\ntwo\n");
    let kinds = "{a: {type: uuid}, b: {type: uuid, version: 7}, c: {type: random_float, min: 1, max: 2}, d: {type: random_bool}, \
                 e: {type: email}, f: {type: name}, g: {type: phone}, h: {type: ipv4}, i: {type: random_int}, \
                 j: {type: random_text}, k: {type: choice, values: [1, 2, 3, 4, 5, 6, 7, 8]}, l: {type: sequence_file, file: lines.txt}}";
    let names = || ('a'..='l').map(|name| format!("{name}: ${name}")).collect::<Vec<_>>().join(", ");
    let binds = || ('a'..='l').map(|name| format!("{name}: {name}")).collect::<Vec<_>>().join(", ");
    let test = format!("generator_binds: {{{}}}, body: {{json: {{template: {{{}}}}}}}", binds(), names());
    let suite = format!(
        "- config: {{generators: {kinds}}}\n- test: {{url: /a, method: POST, {test}}}\n- test: {{url: /b, method: POST, {test}}}\n\
         - test: {{url: /c, method: POST, body: {{multipart: {{a: b}}}}}}\n"
    );
    folder.file("s.yaml", suite);
    let run = |more: &[&str]| -> Vec<Vec<u8>> {
        let (server, kept) = keeping(3);
        folder.resttest().arg(server.url()).arg("s.yaml").args(more).finish().exits(0);
        kept.lock().expect("no poison").iter().map(|request| request.body.clone()).collect()
    };
    let first = run(&["--seed", "7"]);
    assert_eq!(run(&["--seed", "7"]), first);
    assert_ne!(run(&["--seed", "8"]), first);
    assert_ne!(run(&[]), run(&[]));
    let json: Value = serde_json::from_slice(&first[0]).expect("JSON");
    assert!(json["d"].is_boolean() && json["c"].is_f64() && json["i"].is_u64(), "{json}");
    assert_eq!(json["l"], "one");
    assert_eq!(serde_json::from_slice::<Value>(&first[1]).expect("JSON")["l"], "two");

    // A run that fails says what repeats it.
    let failing = "- config: {generators: {g: {type: uuid}}}\n- test: {url: /x, method: POST, generator_binds: {g: g}, \
                   body: {form: {template: {g: $g}}}, expected_status: 500}\n";
    folder.file("f.yaml", failing);
    let (server, kept) = keeping(3);
    let ran = folder.resttest().args([&server.url(), "f.yaml"]).finish().exits(1);
    let seed =
        ran.stderr.split("--seed ").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("a seed").to_owned();
    folder.resttest().args([&server.url(), "f.yaml", "--seed", &seed]).finish().exits(1);
    folder.resttest().args([&server.url(), "f.yaml", "--seed", "1"]).finish().exits(1);
    let kept = kept.lock().expect("no poison");
    assert_eq!(kept[0].body, kept[1].body);
    assert_ne!(kept[0].body, kept[2].body);
}

#[test]
fn an_answer_is_saved_within_its_folder() {
    let folder = Folder::new();
    let server = Promised::new(7, |_, request| match request.target.as_str() {
        "/404" => Answer::Full(404, "", "gone".to_owned()),
        _ => Answer::ok("the body\r\n"),
    });
    let run = |keys: &str, more: &[&str], code: i32| {
        folder.file("s.yaml", format!("- test: {{{keys}}}\n"));
        folder.resttest().arg(server.url()).arg("s.yaml").args(more).finish().exits(code)
    };
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).ok();
    run("url: /x, save: out/deep/a.txt", &[], 0);
    assert_eq!(read("out/deep/a.txt").as_deref(), Some("the body\r\n"));
    run("url: /x, save: {body: {template: 'out/$id.txt'}}, variable_binds: {id: 7}", &["--file-root", "out"], 0);
    assert_eq!(read("out/7.txt").as_deref(), Some("the body\r\n"));
    let keys = "url: /x, save: {template: 'out/$word.txt'}, extract_binds: {word: {regex: '^\\w+'}}";
    let ran = run(keys, &["--unset-variables", "error"], 0);
    assert_eq!((read("out/the.txt").as_deref(), ran.stderr.as_str()), (Some("the body\r\n"), ""));
    run("url: /404, save: out/never.txt", &[], 1);
    assert_eq!(read("out/never.txt"), None);
    // Out of the folder: at once where the path is known, else when it is.
    let ran = run("url: /x, save: ../a.txt", &[], 65);
    assert!(ran.stderr.contains("s.yaml:1:25: save: ../a.txt leads out of the working directory"), "{ran:#?}");
    run("url: /x, save: a.txt", &["--file-root", "out"], 65);
    let ran = run("url: /x, save: {body: {template: '$up/a.txt'}}, variable_binds: {up: ..}", &[], 1);
    assert!(ran.stderr.contains("../a.txt leads out of the working directory"), "{ran:#?}");
    run("url: /x, save: a.txt, performance: {repeat: 2}", &[], 65);
    run("url: /x", &["--file-root", "nowhere"], 64);
    #[cfg(unix)]
    {
        let outside = Folder::new();
        std::os::unix::fs::symlink(outside.path(), folder.path().join("link")).expect("a link");
        run("url: /x, save: link/a.txt", &[], 65);
        run("url: /x, save: {template: 'link/$id.txt'}, variable_binds: {id: 7}", &[], 1);
        std::os::unix::fs::symlink("/nowhere/at/all", folder.path().join("out/dangling.txt")).expect("a link");
        run("url: /x, save: out/dangling.txt", &[], 0);
        assert_eq!(std::fs::read_dir(outside.path()).expect("a folder").count(), 0);
    }
    let left = std::fs::read_dir(folder.path().join("out")).expect("a folder").flatten();
    assert!(left.into_iter().all(|entry| !entry.file_name().to_string_lossy().ends_with(".tmp")));
}
