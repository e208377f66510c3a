//! The page: nothing of a body is markup, what stands where, how much of it.

use super::super::fixture;
use super::*;

#[test]
fn nothing_of_an_answer_becomes_markup() {
    let page = to_html(&fixture::run());
    for leak in
        ["<script", "<b>bad", "alert(1)</script>", "<2>", "Smoke <1>", "http://www", "https://", "src=", "href="]
    {
        assert!(!page.contains(leak), "{leak}");
    }
    assert!(page.contains("wrong: 100%, &lt;b&gt;bad&lt;/b&gt; ]]&gt;"));
}

#[test]
fn no_name_turns_the_page_around() {
    let mut run = fixture::run();
    run.suites[0].tests[0].name = "\u{202e}evil\u{1b}".to_owned();
    run.suites[0].tests[0].group = "\u{2066}a group whose name is long".to_owned();
    let page = to_html(&run);
    assert!(page.contains("\\u{202e}evil␛") && !page.contains(['\u{202e}', '\u{2066}', '\u{1b}']));
}

#[test]
fn tags_are_closed_in_order() {
    let page = to_html(&fixture::run());
    let page = page.replace("<!DOCTYPE html>", "");
    let mut open: Vec<&str> = Vec::new();
    for tag in page.split('<').skip(1).map(|part| part.split('>').next().unwrap_or_default()) {
        let name = tag.split([' ', '\n']).next().unwrap_or_default();
        if tag.ends_with('/') || matches!(name, "meta" | "br") {
            continue;
        }
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{open:?}"),
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn it_fits_a_telephone_and_a_desk() {
    let mut run = fixture::run();
    let page = to_html(&run);
    for part in [
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
        "default-src 'none'",
        ".group { white-space: nowrap;",
        "(prefers-color-scheme: dark)",
        "@media print",
        "<p class=\"base\"><span>http://127.0.0.1:1</span></p>",
    ] {
        assert!(page.contains(part), "{part}");
    }
    run.base_urls = vec!["http://h/api/<v1>".to_owned()];
    assert!(to_html(&run).contains("<p class=\"base\"><span>http://h/api/&lt;v1&gt;</span></p>"));
}

#[test]
fn a_failure_shows_its_answer_and_the_request_again() {
    let mut run = fixture::run();
    let page = to_html(&run);
    assert!(page.contains("<pre class=\"curl\">curl &#39;http://127.0.0.1:1/p?a=1&amp;b=&lt;2&gt;&#39; \\\n  -H &quot;X-Token: $X_TOKEN&quot;</pre>"));
    let test = run.suites.iter_mut().flat_map(|suite| &mut suite.tests).find(|test| test.curl.is_some()).unwrap();
    test.body = Some("{\"b\":1.0,\"b\":[]}".to_owned());
    test.headers = Some(vec![("Content-Type".to_owned(), "application/json; x=<y>".to_owned())]);
    test.body_cut = 7;
    let page = to_html(&run);
    let answer = "<summary class=\"faint\">answer, application/json</summary><pre class=\"answer\">{\n  &quot;b&quot;: 1.0,\n  &quot;b&quot;: []\n}\n… 7 more bytes</pre>";
    assert!(page.contains(answer), "{page}");
}

#[test]
fn a_page_of_many_failures_stays_small() {
    let mut run = fixture::run();
    let suite = &mut run.suites[0];
    let mut failed = suite.tests.iter().find(|test| test.curl.is_some()).unwrap().clone();
    failed.body = Some("x".repeat(64 * 1024));
    suite.tests = vec![failed; 2000];
    let page = to_html(&run);
    assert!(page.len() < 8 << 20, "{}", page.len());
    assert_eq!(page.matches(" open><summary><span class=\"badge").count(), MOST_OPEN);
}

#[test]
fn failures_come_first_and_load_has_charts() {
    let page = to_html(&fixture::run());
    let places = ["<h2>Failures</h2>", "<h2>Groups</h2>", "<h2>Load</h2>", "<h2 title=\"smoke.yaml\">"]
        .map(|part| page.find(part).unwrap());
    assert!(places.is_sorted(), "{places:?}");
    assert_eq!(page.matches("<svg").count(), 4);
    assert!(page.contains("<span class=\"badge failed\">failed</span></h1>"));
    assert!(to_html(&fixture::nothing()).contains("<span class=\"badge passed\">passed</span></h1>"));
}
