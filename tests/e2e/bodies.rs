//! Answers' bodies: how large they may be, how long they may take, what they are encoded as.

use std::io::{BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::{Finish, Folder, PLAIN, Ran, Request, run_text};

const MIB: u64 = 1024 * 1024;

/// A server that hands every request's target and its connection to `answer`, and then closes.
fn serve(answer: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = std::sync::Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            std::thread::spawn(move || {
                let mut stream = stream;
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                if let Some(request) = Request::read(&mut reader) {
                    answer(&request.target, &mut stream);
                }
            });
        }
    });
    url
}

fn gzip_of_zeros(count: u64) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    std::io::copy(&mut std::io::repeat(0).take(count), &mut gzip).unwrap();
    gzip.finish().unwrap()
}

/// `/gzip/N`: N MiB of zeros, compressed. `/endless`, `/endless.gz`: zeros without an end.
fn large() -> String {
    serve(|target, stream| {
        if let Some(size) = target.strip_prefix("/gzip/").and_then(|size| size.parse::<u64>().ok()) {
            let body = gzip_of_zeros(size * MIB);
            let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", body.len());
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
            return;
        }
        let packed = target.ends_with(".gz");
        let encoding = if packed { "Content-Encoding: gzip\r\n" } else { "" };
        let _ = stream.write_all(format!("HTTP/1.1 200 OK\r\n{encoding}\r\n").as_bytes());
        let member = if packed { gzip_of_zeros(MIB) } else { vec![b'0'; MIB as usize] };
        while stream.write_all(&member).is_ok() {}
    })
}

#[test]
fn a_body_beyond_the_limit_is_an_error_in_every_way_of_sending() {
    let url = large();
    for target in ["/gzip/9", "/endless", "/endless.gz"] {
        for suite in [
            format!("- test: {{url: {target}, max_body: 2 MiB}}\n"),
            format!("- config: {{max_body: 2097152}}\n- test: {{url: {target}}}\n"),
            format!(
                "- test: {{url: {target}, validators: [{{extract_test: {{raw_body: '', test: exists}}}}], \
                 performance: {{repeat: 2, concurrency: 2, max_body: 2mib}}}}\n"
            ),
        ] {
            let ran = run_text(&url, &suite, PLAIN).exits(1);
            let all = format!("{}{}", ran.stdout, ran.stderr);
            assert!(all.contains("the body is larger than 2 MiB"), "{suite}: {ran:#?}");
        }
    }
    let small = "- test: {url: /gzip/3, max_body: 1 KiB}\n";
    run_text(&url, small, ["--max-body", "3MiB"]).exits(0);
    run_text(&url, small, ["--max-body", "0"]).exits(0);
    let ran = run_text(&url, "- test: {url: /gzip/65}\n", PLAIN).exits(1);
    assert!(ran.stderr.contains("the body is larger than 64 MiB"), "{ran:#?}");
}

#[test]
fn the_limit_is_read_and_shown_with_its_origin() {
    let folder = Folder::new();
    folder.file("s.yaml", "- config: {max_body: 3 MiB}\n- test: {url: /a}\n- test: {url: /b, max_body: 0}\n");
    let explained = folder.resttest().args(["explain", "http://h", "s.yaml"]).finish().exits(0).stdout;
    assert!(explained.contains("    max_body 3 MiB (s.yaml:1)\n"), "{explained}");
    assert!(explained.contains("    max_body unlimited (s.yaml:3)\n"), "{explained}");
    let command = ["explain", "http://h", "s.yaml", "--max-body", "512 KiB"];
    let explained = folder.resttest().args(command).finish().exits(0).stdout;
    assert_eq!(explained.matches("    max_body 512 KiB (--max-body)\n").count(), 2, "{explained}");

    folder.file("bad.yaml", "- test:\n    url: /a\n    max_body: 64 MB\n");
    let ran: Ran = folder.resttest().args(["http://h", "bad.yaml"]).finish().exits(65);
    assert!(ran.stderr.contains("bad.yaml:3:15: max_body must be a size such as 500000"), "{ran:#?}");
    let ran = folder.resttest().args(["http://h", "s.yaml", "--max-body", "x"]).finish().exits(64);
    assert!(ran.stderr.contains("must be a size such as 500000"), "{ran:#?}");
}

#[test]
fn inflating_and_endless_bodies_keep_to_the_time() {
    let url = large();
    for target in ["/gzip/900", "/endless", "/endless.gz"] {
        let suite = format!("- test: {{url: {target}, timeout: 0.5, max_body: 0}}\n");
        let started = Instant::now();
        let ran = run_text(&url, &suite, PLAIN).exits(1);
        assert!(ran.stderr.contains("no complete answer within 0.5 s"), "{target}: {ran:#?}");
        assert!(started.elapsed() < Duration::from_secs(8), "{target}: {:?}", started.elapsed());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn all_bodies_together_hold_four_times_the_limit() {
    let url = large();
    let folder = Folder::new();
    // Six at once that are just within the limit: 198 MiB without a bound on all of them. Allocators hand memory
    // of this size back at once.
    folder.file(
        "s.yaml",
        "- test: {url: /gzip/33, validators: [{compare: {header: content-encoding, expected: gzip}}], timeout: 60, \
         performance: {repeat: 6, concurrency: 6, max_body: 33 MiB}}\n",
    );
    let mut child = folder.resttest().args([&url, "s.yaml"]).spawn().unwrap();
    let mut peak = 0u64;
    while child.try_wait().unwrap().is_none() {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        // What it holds itself: the pages of its own file grow with the program, and say nothing of bodies.
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok());
        peak = peak.max(kib.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(2));
    }
    let ran: Ran = child.wait_with_output().unwrap().into();
    ran.exits(0);
    assert!(peak > 0 && peak < 148 * 1024, "{peak} KiB");
}
