//! Recordings written and read back.

use std::path::PathBuf;

use super::exchange::{Answer, Asked, Recorded};
use super::reading::read_folder;
use super::tape::{Opening, Tape};

/// A folder that goes when the test does.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("resttest-recording-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Folder(path)
    }

    fn names(&self) -> Vec<String> {
        let listed = std::fs::read_dir(&self.0).unwrap().flatten();
        let mut names: Vec<String> = listed.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn exchange(method: &str, path: &str, status: u16, body: impl Into<Vec<u8>>) -> Recorded {
    Recorded {
        request: Asked { method: method.to_owned(), path: path.to_owned(), ..Asked::default() },
        answers: vec![Answer { status, body: body.into(), ..Answer::default() }],
        origin: "https://api.test".to_owned(),
        base_url: "https://api.test/v1".to_owned(),
    }
}

#[test]
fn what_is_written_reads_as_it_was() {
    let folder = Folder::new("round");
    let tape = Tape::open(&folder.0, Opening::New).unwrap();
    let mut first =
        exchange("POST", "/a%20b/{x}", 201, "{\n  \"cost\": \"5 $\",\n  \"next\": \"https://api.test/2?a=$b\"\n}");
    first.request.query = owned(&[("tag", "a"), ("tag", "b: #"), ("x", "")]);
    first.request.headers = owned(&[("accept", "a/b")]);
    first.request.body = b"p=(redacted)&x=1".to_vec();
    first.answers[0].headers = owned(&[
        ("location", "https://api.test/2"),
        ("set-cookie", "a=$1; Domain=api.test; Path=/"),
        ("x-price", "$5"),
        ("set-cookie", "b=2"),
    ]);
    let mut second = first.clone();
    second.answers = vec![Answer { status: 503, retried: true, body: b"busy \r\n".to_vec(), ..Answer::default() }];
    let binary = exchange("GET", "/logo.png", 200, vec![0xff, 0, 1]);
    let long = exchange("GET", "/long", 200, "x".repeat(5000));
    let linked = exchange("GET", "/linked", 200, format!("{} https://api.test/x $mock_url", "y".repeat(5000)));
    let none = exchange("DELETE", "/a%20b/{x}", 204, "");
    for one in [&first, &binary, &second, &long, &linked, &none] {
        tape.add(one.clone()).unwrap();
    }
    assert_eq!(
        folder.names(),
        [
            "0001-post-a-b-x.yaml",
            "0002-get-logo-png.bin",
            "0002-get-logo-png.yaml",
            "0003-get-long.txt",
            "0003-get-long.yaml",
            "0004-get-linked.txt",
            "0004-get-linked.yaml",
            "0005-delete-a-b-x.yaml",
        ]
    );
    let text = folder.text("0001-post-a-b-x.yaml");
    for part in ["$mock_url/2?a=$$b", "location: $mock_url/2", "Domain=$mock_host", "responses:", "5 $$"] {
        assert!(text.replace('"', "").contains(part), "{part} in {text}");
    }
    assert!(folder.text("0004-get-linked.txt").ends_with(" $mock_url/x $$mock_url"));
    let read = read_folder(&folder.0).unwrap();
    let mut expected = first.clone();
    expected.request.path = "/a%20b/%7Bx%7D".to_owned();
    expected.answers.extend(second.answers.clone());
    // Those of one name stand together.
    expected.answers[0].headers.sort_by_key(|(name, _)| name != "location");
    expected.answers[0].headers.swap(1, 2);
    let mut none = none;
    none.request.path = "/a%20b/%7Bx%7D".to_owned();
    assert_eq!(read, [expected, binary, long, linked, none]);
}

#[test]
fn nothing_is_written_over() {
    let folder = Folder::new("over");
    Tape::open(&folder.0, Opening::New).unwrap().add(exchange("GET", "/a", 200, "1")).unwrap();
    let refused = Tape::open(&folder.0, Opening::New).unwrap_err();
    assert!(refused.ends_with("has a recording, so nothing was started; --force replaces it"), "{refused}");
    Tape::open(&folder.0, Opening::Adding).unwrap().add(exchange("GET", "/a", 200, "2")).unwrap();
    assert_eq!(folder.names(), ["0001-get-a.yaml", "0002-get-a.yaml"]);
    std::fs::write(folder.0.join("own.yaml"), "[]").unwrap();
    Tape::open(&folder.0, Opening::Replacing).unwrap().add(exchange("GET", "/b", 200, "3")).unwrap();
    assert_eq!(folder.names(), ["0001-get-b.yaml", "own.yaml"]);
}

#[test]
fn who_shares_a_folder_shares_its_numbers() {
    let folder = Folder::new("shared");
    let tapes: Vec<Tape> = (0..3).map(|_| Tape::open(&folder.0, Opening::Sharing).unwrap()).collect();
    for tape in &tapes {
        tape.add(exchange("GET", "/a", 200, "1")).unwrap();
    }
    tapes[0].finish("").unwrap();
    assert_eq!(folder.names(), ["0001-get-a.yaml", "0002-get-a.yaml", "0003-get-a.yaml"]);
}

#[test]
fn where_no_more_is_kept_is_said_once() {
    let folder = Folder::new("full");
    let tape = Tape::open(&folder.0, Opening::New).unwrap();
    let told: Vec<String> = (0..1003).filter_map(|_| tape.add(exchange("GET", "/a", 200, "")).err()).collect();
    assert_eq!(told, ["GET /a has 1000 answers, and no more are kept"]);
    assert_eq!(read_folder(&folder.0).unwrap()[0].answers.len(), 1000);
}

#[test]
fn what_is_no_recording_is_told_with_its_place() {
    let folder = Folder::new("wrong");
    std::fs::create_dir_all(&folder.0).unwrap();
    for (text, part) in [
        ("a: 1", "a recording must be a list"),
        ("- stb: {}", "1:3: unknown key \"stb\" in a recording; did you mean \"stub\"?"),
        ("- stub: {request: {path: /a}}", "needs a request with a path, and a response"),
        ("- stub: {request: {path: '/a/{id}'}, response: {}}", "a recorded path is the path itself"),
        ("- stub: {request: {path: /a, body: {jsonpath: $.a}}, response: {}}", "must be {equals: …}"),
        ("- stub: {request: {path: /a}, response: {fault: garbage}}", "fault must be reset or timeout"),
        ("- stub: {request: {path: /a}, response: {body: {file: gone.bin}}}", "gone.bin"),
    ] {
        std::fs::write(folder.0.join("0001-x.yaml"), text).unwrap();
        let error = read_folder(&folder.0).unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
    std::fs::remove_file(folder.0.join("0001-x.yaml")).unwrap();
    assert!(read_folder(&folder.0).unwrap_err().to_string().contains("it has no .yaml"));
}
