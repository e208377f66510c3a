//! Shards of a run, and their reports joined.

use crate::support::{Finish, Folder, Ran, resttest, sample, timeless};

/// Six suites, one with a failing test and one with a load run.
fn six() -> Folder {
    let folder = Folder::new();
    for number in 1..=4 {
        let status = if number == 4 { 500 } else { 200 };
        folder.file(
            &format!("s{number}.yaml"),
            format!("- config: {{testset: suite {number}}}\n- test: {{name: a{number}, url: /status/{status}}}\n"),
        );
    }
    folder.file("s5.yaml", "- test: {name: many, url: /echo/x, performance: {repeat: 40, concurrency: 2}}\n");
    folder.file("s6.yaml", "- test: {name: stops, url: /status/404, stop_on_failure: true}\n- url: /echo/z\n");
    folder
}

fn run(folder: &Folder, words: &[&str]) -> Ran {
    resttest().current_dir(folder.path()).args(words).finish()
}

/// Runs every shard; each exits with its own failures, together two.
fn run_shards(folder: &Folder, url: &str, total: usize) -> Vec<String> {
    let mut names = Vec::new();
    let mut failures = 0;
    for index in 1..=total {
        let (name, shard) = (format!("part{index}.json"), format!("{index}/{total}"));
        let ran = run(folder, &[url, "--tests", "s*.yaml", "--shard", &shard, "--report-json", &name]);
        failures += ran.code.expect("an exit code");
        names.push(name);
    }
    assert_eq!(failures, 2);
    names
}

#[test]
fn merged_reports_are_those_of_the_whole() {
    let (folder, api) = (six(), sample());
    let reports = |prefix: &str| {
        ["junit", "tap", "json"].map(|format| [format!("--report-{format}"), format!("{prefix}.{format}")]).concat()
    };
    let words = |first: &[&str], prefix: &str| -> Vec<String> {
        first.iter().map(|word| (*word).to_owned()).chain(reports(prefix)).collect()
    };
    let all =
        resttest().current_dir(folder.path()).args(words(&[&api.url(), "--tests", "s*.yaml"], "all")).finish().exits(2);
    let mut parts = run_shards(&folder, &api.url(), 3);
    parts.reverse();
    let mut merge: Vec<&str> = vec!["merge"];
    merge.extend(parts.iter().map(String::as_str));
    let merged = resttest().current_dir(folder.path()).args(words(&merge, "merged")).finish().exits(2);
    assert_eq!(merged.groups(), all.groups());
    assert_eq!(merged.counts(), all.counts());
    assert!(merged.stdout.ends_with("Total: 2 failures across 6 files\n"), "{merged:#?}");

    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a report");
    assert_eq!(timeless(&read("merged.junit")), timeless(&read("all.junit")));
    assert_eq!(timeless(&read("merged.tap")), timeless(&read("all.tap")));
    let json = |name: &str| -> serde_json::Value { serde_json::from_str(&read(name)).expect("JSON") };
    let (whole, joined) = (json("all.json"), json("merged.json"));
    assert_eq!(joined["summary"], whole["summary"]);
    let files = |report: &serde_json::Value| -> Vec<String> {
        report["suites"].as_array().expect("suites").iter().map(|suite| suite["file"].to_string()).collect()
    };
    assert_eq!(files(&joined), files(&whole));

    // A histogram arrives bucket by bucket: the load run's figures are those of its shard to the last digit.
    let load = |report: &serde_json::Value| {
        let suites = report["suites"].as_array().expect("suites").clone();
        suites.into_iter().find(|suite| suite["file"] == "s5.yaml").map(|suite| suite["tests"][0]["load"].clone())
    };
    let of_shard = parts.iter().find_map(|part| load(&json(part))).expect("a load run");
    assert_eq!(of_shard["answered"], 40);
    assert_eq!(load(&joined), Some(of_shard));
}

#[test]
fn a_missing_shard_is_a_failure_that_names_it() {
    let (folder, api) = (six(), sample());
    let parts = run_shards(&folder, &api.url(), 3);
    let all: Vec<&str> = parts.iter().map(String::as_str).collect();
    let failures = |name: &str| -> i32 {
        let text = std::fs::read_to_string(folder.path().join(name)).expect("a report");
        let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        json["summary"]["failed"].as_i64().expect("a count") as i32
    };
    let left = failures(all[0]) + failures(all[2]);
    let ran = run(&folder, &["merge", all[0], all[2], "--report-json", "merged.json"]).exits(left + 1);
    assert!(ran.stderr.contains("error: the report of shard 2/3 is missing\n"), "{ran:#?}");
    let merged = std::fs::read_to_string(folder.path().join("merged.json")).expect("a report");
    assert!(merged.contains("\"the report of shard 2/3 is missing\""), "{merged}");
}

#[test]
fn what_does_not_belong_together_is_not_joined() {
    let (folder, api) = (six(), sample());
    let parts = run_shards(&folder, &api.url(), 2);
    run(&folder, &[&api.url(), "s1.yaml", "s2.yaml", "--shard", "2/2", "--report-json", "other.json"]);
    run(&folder, &[&api.url(), "s1.yaml", "--report-json", "whole.json"]).exits(0);
    folder.file("text.json", "- test: {}\n");
    let (one, two) = (parts[0].as_str(), parts[1].as_str());
    let table: [(&[&str], i32, &str); 8] = [
        (&["merge", one, two, one], 65, "error: shard 1/2 is there twice: part1.json and part1.json"),
        (
            &["merge", one, "other.json"],
            65,
            "error: part1.json and other.json are of different runs: only part1.json knows suite s3.yaml",
        ),
        (&["merge", one, "whole.json"], 65, "error: whole.json is no shard's report: it was not made with --shard K/N"),
        (&["merge", "text.json"], 65, "error: text.json is no report of --report-json: "),
        (&["merge", "none.json"], 66, "error: none.json cannot be read: "),
        (&["merge"], 64, "error: the shards' reports are missing"),
        (&["merge", one, two, "--max-retries", "3"], 64, "error: option --max-retries is about running tests"),
        (&["merge", one, two, "--report-tap", "/proc/x.tap"], 73, "error: --report-tap /proc/x.tap cannot be written"),
    ];
    for (words, code, message) in table {
        let ran = run(&folder, words).exits(code);
        assert!(ran.stderr.starts_with(message), "{words:?}: {ran:#?}");
        assert_eq!(ran.stdout, "", "{words:?}");
    }
}

#[test]
fn known_durations_make_shards_that_take_as_long() {
    let (folder, api) = (Folder::new(), sample());
    for (name, wait) in [("a", 300), ("b", 10), ("c", 10), ("d", 10)] {
        folder.file(&format!("{name}.yaml"), format!("- url: /slow/{wait}\n"));
    }
    let url = api.url();
    run(&folder, &[&url, "--tests", "./*.yaml", "--report-json", "before.json"]).exits(0);
    let shard = |words: &[&str]| {
        let ran = run(&folder, &[&[url.as_str(), "--tests", "*.yaml"], words].concat());
        let lines = ran.stdout.lines().filter_map(|line| line.split_once(".yaml: ").map(|(name, _)| name.to_owned()));
        (lines.collect::<Vec<_>>(), ran)
    };
    let (long, _) = shard(&["--shard", "1/2", "--shard-durations", "before.json"]);
    let (short, _) = shard(&["--shard", "2/2", "--shard-durations", "before.json"]);
    assert_eq!((long, short), (vec!["a".to_owned()], ["b", "c", "d"].map(str::to_owned).to_vec()));
    for (words, code, message) in [
        (&["--shard-durations", "before.json"][..], 64, "add --shard K/N"),
        (&["--partition", "slice:1/2", "--shard-durations", "before.json"], 64, "splits by time"),
        (&["--shard", "1/2", "--shard-durations", "none.json"], 66, "none.json cannot be read"),
        (&["--shard", "1/2", "--shard-durations", "a.yaml"], 66, "no report of --report-json"),
    ] {
        let before = api.requests();
        let (_, ran) = shard(words);
        let ran = ran.exits(code);
        assert!(ran.stderr.contains(message), "{ran:#?}");
        assert_eq!(api.requests(), before);
    }
}

#[test]
fn the_load_is_split_exactly_and_added_up_exactly() {
    let (folder, api) = (Folder::new(), sample());
    let suite = "- test: {name: first, url: /status/200}\n\
         - test: {name: closed, url: /status/200, performance: {repeat: 101, concurrency: 8, thresholds: ['count==101']}}\n\
         - test: {name: open, url: /status/200, performance: {repeat: 50, rate: 200, concurrency: 4}}\n\
         - test: {name: few, url: /status/200, performance: {repeat: 5, concurrency: 2}}\n";
    folder.file("s.yaml", suite);
    let mut names = Vec::new();
    let mut jobs = Vec::new();
    for index in 1..=3 {
        let name = format!("part{index}.json");
        let shard = format!("{index}/3");
        let words = [&*api.url(), "s.yaml", "--shard", &shard, "--split-load", "--start-at", "+300ms"];
        let mut job = folder.resttest();
        jobs.push(job.args(words).args(["--report-json", &name]).spawn().expect("a job"));
        names.push(name);
    }
    for mut job in jobs {
        // The threshold is of the sum: no job is failed by it.
        assert!(job.wait().expect("an exit").success());
    }
    assert_eq!(api.requests(), 3 + 101 + 50 + 5);
    let json = |name: &str| -> serde_json::Value {
        let text = std::fs::read_to_string(folder.path().join(name)).expect("a report");
        serde_json::from_str(&text).expect("JSON")
    };
    let totals = |name: &str| -> Vec<u64> {
        let tests = json(name)["suites"][0]["tests"].as_array().expect("tests").clone();
        tests.iter().filter_map(|test| test["load"]["total"].as_u64()).collect()
    };
    assert_eq!(
        (totals(&names[0]), totals(&names[1]), totals(&names[2])),
        (vec![34, 17, 3], vec![34, 17, 2], vec![33, 16, 0])
    );
    let notes = json(&names[2])["suites"][0]["tests"][3]["load"]["notes"].to_string();
    assert!(notes.contains("no part of it fell to this job"), "{notes}");
    let merge = |names: &[String], exit: i32| {
        let words = ["--report-json", "whole.json"];
        folder.resttest().arg("merge").args(names).args(words).finish().exits(exit)
    };
    let ran = merge(&names, 0);
    assert_eq!(totals("whole.json"), [101, 50, 5]);
    assert!(ran.stdout.contains("3 jobs made the load; they started within"), "{ran:#?}");
    let closed = json("whole.json")["suites"][0]["tests"][1]["load"].clone();
    assert_eq!((&closed["passed"], &closed["concurrency"]), (&101.into(), &8.into()));
    let of = |list: &serde_json::Value| -> u64 {
        list.as_array().expect("seconds").iter().map(|second| second["requests"].as_u64().unwrap()).sum()
    };
    assert_eq!(of(&closed["seconds"]), 101);
    // Without one of them the sum misses its threshold, and says what is missing.
    let ran = merge(&names[..2], 2);
    assert!(ran.stderr.contains("the report of shard 3/3 is missing"), "{ran:#?}");
    assert!(ran.stderr.contains("threshold count==101 missed: 68"), "{ran:#?}");
}

#[test]
fn aggregates_of_a_split_benchmark_are_those_of_all_values() {
    let (folder, api) = (Folder::new(), sample());
    let metrics =
        "[size_download, {size_download: sum}, {total_time: max}, {total_time: median}, {num_connects: mean}]";
    folder.file(
        "s.yaml",
        format!(
            "- benchmark: {{url: /status/200, warmup_runs: 0, benchmark_runs: 7, concurrency: 2, metrics: {metrics}}}\n"
        ),
    );
    let mut largest = f64::MIN;
    let aggregates = |json: &serde_json::Value| -> Vec<f64> {
        let list = json["suites"][0]["benchmarks"][0]["aggregates"].as_array().expect("aggregates").clone();
        list.iter().filter_map(|aggregate| aggregate[2].as_f64()).collect()
    };
    let json = |name: &str| -> serde_json::Value {
        let text = std::fs::read_to_string(folder.path().join(name)).expect("a report");
        serde_json::from_str(&text).expect("JSON")
    };
    for part in ["1/2", "2/2"] {
        let name = format!("part{}.json", &part[..1]);
        let words = [&*api.url(), "s.yaml", "--shard", part, "--split-load", "--report-json", &name];
        folder.resttest().args(words).finish().exits(0);
        largest = largest.max(aggregates(&json(&name))[1]);
    }
    let words = ["merge", "part1.json", "part2.json", "--report-json", "whole.json"];
    let ran = folder.resttest().args(words).finish().exits(0);
    let merged = aggregates(&json("whole.json"));
    assert_eq!((merged.len(), merged[0], merged[1]), (4, 7.0 * 14.0, largest), "{ran:#?}");
    assert!(merged[2] > 0.0 && merged[2] <= largest && merged[3] > 0.0, "{merged:?}");
    // Where a job's values are missing, nothing is made up.
    let mut lacking = json("part2.json");
    for event in lacking["shard"]["events"].as_array_mut().expect("events") {
        event.as_object_mut().expect("an event").remove("values");
    }
    folder.file("part2.json", lacking.to_string());
    folder.resttest().args(words).finish().exits(0);
    let whole = json("whole.json");
    assert_eq!(aggregates(&whole), [7.0 * 14.0]);
    let notes = whole["suites"][0]["benchmarks"][0]["load"]["notes"].to_string();
    assert!(notes.contains("aggregates are not known"), "{notes}");
}

#[test]
fn what_splits_load_is_a_shard() {
    let (folder, api) = (six(), sample());
    for (words, part) in [
        (vec!["--split-load"], "add --shard K/N"),
        (vec!["--start-at", "noon"], "must be a time such as"),
        (vec!["--shard", "1/2", "--split-load", "--shard-durations", "x.json"], "exclude each other"),
    ] {
        let ran = folder.resttest().args([&*api.url(), "--tests", "s*.yaml"]).args(&words).finish().exits(64);
        assert!(ran.stderr.contains(part), "{words:?}: {ran:#?}");
    }
    assert_eq!(api.requests(), 0);
}
