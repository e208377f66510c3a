//! The keys that say how load is made, shared by `performance:` and `benchmark:`.

use super::document::{Entry, Kind, Node};
use super::faults::Collector;
use super::fields::{Field, entry};
use super::keys::Element;
use super::measures::{MAX_CONCURRENCY, MAX_THREADS, duration, rate};
use super::reader::{FileReader, Read};
use super::{guards, retry, stages};
use crate::ground::source::did_you_mean;
use crate::ground::value::Value;
use crate::load::metrics::percentile_rank;
use crate::load::plan::{LoadPlan, Mode, Output, OutputFormat, RpsMode, Stages, Volume};
use crate::load::profile::Arrival;
use crate::load::thresholds::Threshold;
use crate::settings::precedence::{Origin, Setting};

/// Reads a `performance:` block.
pub fn read(reader: &mut FileReader<'_>, node: &Node) -> Read<LoadPlan> {
    let keys = reader.fields(node, "performance")?;
    let mut plan = LoadPlan::default();
    let mut faults = Collector::default();
    for key in &keys {
        if key.name == "metrics" {
            let percentiles = faults.take(percentiles_of_metrics(reader, &key.value));
            plan.percentiles.extend(percentiles.into_iter().flatten());
        } else if key.name == "trace_sample" {
            plan.trace_sample = faults.take(share(reader, &key.value)).unwrap_or_default();
        } else if faults.take(read_key(reader, key, &mut plan)) == Some(false) {
            faults.take(reader.unknown_key(key, "performance", &Element::Performance.names()));
        }
    }
    plan.output = faults.take(read_output(reader, &keys, OutputFormat::Json)).flatten();
    // A key that could not be read may be what another one needs.
    let plan = faults.finish(plan)?;
    check(reader, &keys, &plan)?;
    Ok(plan)
}

/// `trace_sample`.
fn share(reader: &FileReader<'_>, node: &Node) -> Read<f64> {
    let share = match &node.kind {
        Kind::Scalar(value @ (Value::Int(_) | Value::Float(_))) => value.to_float(),
        Kind::Scalar(Value::Str(text)) => text.trim().parse().ok(),
        _ => None,
    };
    let share = share.filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| reader.wrong(node, "trace_sample", "a share of the requests, from 0 to 1"))
}

/// Reads one key of a load run; false if it is none (or one that is read as a whole: metrics, output).
pub fn read_key(reader: &mut FileReader<'_>, key: &Entry, plan: &mut LoadPlan) -> Read<bool> {
    let node = &key.value;
    let origin = Origin::Suite(reader.location(key.at.or(node.at)));
    match key.name.as_str() {
        "repeat" | "repeat_runs" => {
            plan.volume = Volume::Requests(positive(reader, node, &key.name)?);
            plan.layer.volume = Some(Setting::new(plan.volume, origin));
        }
        "concurrency" | "max_concurrency" | "connections" => {
            let number = positive(reader, node, &key.name)?;
            let concurrency = usize::try_from(number)
                .ok()
                .filter(|concurrency| *concurrency <= MAX_CONCURRENCY)
                .ok_or_else(|| reader.wrong(node, &key.name, &format!("at most {MAX_CONCURRENCY}")))?;
            plan.layer.concurrency = Some(Setting::new(concurrency, origin));
        }
        "mode" => plan.mode = choice(reader, node, "mode", &[("sync", Mode::Sync), ("async", Mode::Async)])?,
        "timeout" => plan.layer.timeout = Some(reader.bound(key)?),
        "max_body" => plan.layer.max_body = Some(reader.body_limit(key)?),
        "connect_timeout" => plan.layer.connect_timeout = Some(reader.bound(key)?),
        "threshold_ms" => {
            let millis = reader
                .seconds(node, "threshold_ms")
                .map_err(|_| reader.wrong(node, "threshold_ms", "a number of milliseconds, 0 or more"))?;
            plan.threshold = Some(millis / 1000);
        }
        "warmup" | "warmup_runs" => {
            if key.name == "warmup" && !is_whole(node) {
                return Err(reader.wrong(node, "warmup", "an integer, 0 or more"));
            }
            let number = whole(reader, node, &key.name)?;
            plan.warmup = match u64::try_from(number) {
                Ok(number) => number,
                // PyRestTest counts up to it, which is no time at all.
                Err(_) if key.name == "warmup_runs" && number < 0 => 0,
                Err(_) => return Err(reader.wrong(node, &key.name, "0 or more")),
            };
        }
        "duration" => {
            plan.volume = Volume::Duration(duration(reader, node, "duration")?);
            plan.layer.volume = Some(Setting::new(plan.volume, origin));
        }
        "rate" => {
            let rate = rate(reader, node)?;
            plan.rate = Some(rate);
            plan.layer.rate = Some(Setting::new(rate, origin));
        }
        "ramp" => plan.ramp = Some(duration(reader, node, "ramp")?),
        "stages" => {
            let stages = stages::read(reader, node)?;
            plan.volume = Volume::Duration(stages.length());
            if let Stages::Connections(list) = &stages {
                let most = list.iter().map(|stage| stage.target).fold(1.0, f64::max);
                plan.layer.concurrency = Some(Setting::new(most.ceil() as usize, origin));
            }
            plan.stages = Some(stages);
        }
        "arrival" => {
            let words = [("constant", Arrival::Constant), ("poisson", Arrival::Poisson)];
            plan.arrival = choice(reader, node, "arrival", &words)?;
        }
        "threads" => {
            let number = positive(reader, node, "threads")?;
            let threads = usize::try_from(number).ok().filter(|threads| *threads <= MAX_THREADS);
            plan.threads =
                Some(threads.ok_or_else(|| reader.wrong(node, "threads", &format!("at most {MAX_THREADS}")))?);
        }
        "think_time" => plan.think_time = Some(stages::think_time(reader, node)?),
        "rps_mode" => {
            plan.rps_mode =
                choice(reader, node, "rps_mode", &[("wall", RpsMode::Wall), ("response", RpsMode::Response)])?;
        }
        "percentiles" => plan.percentiles.append(&mut percentiles(reader, node)?),
        "thresholds" => plan.thresholds = thresholds(reader, node)?,
        "retry" => retry::read(reader, node, &mut plan.layer)?,
        "output_file" | "output_format" => {}
        name if guards::is_key(name) => return Err(guards::misplaced(reader, key)),
        _ => return Ok(false),
    }
    Ok(true)
}

/// What only holds between keys.
pub fn check(reader: &FileReader<'_>, keys: &[Field<'_>], plan: &LoadPlan) -> Read<()> {
    for (one, other) in
        [("max_concurrency", "concurrency"), ("connections", "concurrency"), ("connections", "max_concurrency")]
    {
        if let (Some(entry), Some(_)) = (entry(keys, one), entry(keys, other)) {
            return Err(reader.fault(entry.at, format!("{one} and {other} are the same; keep one")));
        }
    }
    if let Some(stages) = entry(keys, "stages") {
        // What stages say themselves.
        let said = [
            "rate",
            "repeat",
            "repeat_runs",
            "benchmark_runs",
            "duration",
            "ramp",
            "concurrency",
            "connections",
            "max_concurrency",
        ];
        let of_rates = matches!(plan.stages, Some(Stages::Rate(_)));
        let said = if of_rates { &said[..6] } else { &said[..] };
        if let Some(other) = keys.iter().find(|key| said.contains(&key.name.as_str())) {
            let message = format!("stages and {} exclude each other; keep one", other.name);
            return Err(reader.fault(stages.at, message));
        }
    }
    let has_rate = plan.rates().is_some();
    if let Some(arrival) = entry(keys, "arrival").filter(|_| plan.arrival == Arrival::Poisson && !has_rate) {
        return Err(reader.fault(arrival.at, "arrival: poisson needs a rate; add rate: REQUESTS A SECOND"));
    }
    if let Some(think_time) = entry(keys, "think_time").filter(|_| has_rate) {
        let message = "think_time and a rate exclude each other: a rate says when requests start; keep one";
        return Err(reader.fault(think_time.at, message));
    }
    if let Some(threads) = entry(keys, "threads").filter(|_| plan.mode == Mode::Sync) {
        let message = "threads works with mode: async only; in mode: sync each connection has a thread of its own";
        return Err(reader.fault(threads.at, message));
    }
    if let (Some(ramp), Volume::Duration(limit)) = (entry(keys, "ramp"), plan.volume)
        && plan.ramp.is_some_and(|ramp| ramp > limit)
    {
        return Err(reader.fault(ramp.at, "ramp lies inside duration, and is longer"));
    }
    let counted = keys.iter().find(|key| matches!(key.name.as_str(), "repeat" | "repeat_runs" | "benchmark_runs"));
    if let (Some(duration), Some(counted)) = (entry(keys, "duration"), counted) {
        return Err(reader.fault(duration.at, format!("duration and {} exclude each other; keep one", counted.name)));
    }
    Ok(())
}

fn is_whole(node: &Node) -> bool {
    match &node.kind {
        Kind::Scalar(Value::Float(number)) => number.fract() == 0.0,
        Kind::Scalar(Value::Bool(_)) => false,
        _ => true,
    }
}

/// A count of ours: unlike Python's `int()`, it cuts nothing off, and true is no number.
fn positive(reader: &FileReader<'_>, node: &Node, what: &str) -> Read<u64> {
    let number = if is_whole(node) { whole(reader, node, what).ok() } else { None };
    number
        .and_then(|number| u64::try_from(number).ok())
        .filter(|number| *number > 0)
        .ok_or_else(|| reader.wrong(node, what, "an integer, 1 or more"))
}

/// An integer; also `1e5`, which is text in YAML 1.1.
fn whole(reader: &FileReader<'_>, node: &Node, what: &str) -> Read<i128> {
    reader.integer(node, what).or_else(|wrong| {
        let number: Option<f64> = node.as_str().and_then(|text| text.trim().parse().ok());
        let number = number.filter(|number| number.fract() == 0.0 && number.abs() < 1e18);
        number.map(|number| number as i128).ok_or(wrong)
    })
}

pub fn choice<T: Copy>(reader: &FileReader<'_>, node: &Node, what: &str, allowed: &[(&'static str, T)]) -> Read<T> {
    let word = reader.text(node, what)?;
    if let Some((_, value)) = allowed.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)) {
        return Ok(*value);
    }
    let names: Vec<&str> = allowed.iter().map(|(name, _)| *name).collect();
    let meant = did_you_mean(word, names.iter().copied());
    Err(reader.fault(node.at, format!("{what} must be {}, not \"{word}\"{meant}", names.join(" or "))))
}

/// Percentiles, 0 to 100: a list or one.
pub fn percentiles(reader: &FileReader<'_>, node: &Node) -> Read<Vec<f64>> {
    let one = |node: &Node| {
        let text = node.to_value().to_text();
        let rank = text.trim().strip_prefix(['p', 'P']).unwrap_or(text.trim());
        percentile_rank(rank.strip_suffix(".0").unwrap_or(rank))
            .filter(|_| {
                matches!(node.kind, Kind::Scalar(Value::Int(_) | Value::Huge(_) | Value::Float(_) | Value::Str(_)))
            })
            .ok_or_else(|| reader.wrong(node, "a percentile", "a number from 0 to 100"))
    };
    match &node.kind {
        Kind::List(items) => Collector::all(items.iter().map(one)),
        _ => Ok(vec![one(node)?]),
    }
}

/// `metrics: [{percentiles: [50, 95]}]`: the one metric that a performance block has.
fn percentiles_of_metrics(reader: &mut FileReader<'_>, node: &Node) -> Read<Vec<f64>> {
    let items: &[Node] = match &node.kind {
        Kind::List(items) => items,
        _ => std::slice::from_ref(node),
    };
    let mut all = Vec::new();
    for item in items {
        if let Some(name) = item.as_str() {
            match name.trim().strip_prefix('p').and_then(percentile_rank) {
                Some(rank) => all.push(rank),
                None => reader.warn(
                    item.at,
                    format!(
                        "metric \"{name}\" in performance is always reported; only percentiles: [...] can be asked for"
                    ),
                ),
            }
            continue;
        }
        for key in reader.fields(item, "metrics")? {
            if key.name == "percentiles" {
                all.append(&mut percentiles(reader, &key.value)?);
            } else {
                reader.unknown_key(&key, "metrics of performance", &["percentiles"])?;
            }
        }
    }
    Ok(all)
}

fn thresholds(reader: &FileReader<'_>, node: &Node) -> Read<Vec<Threshold>> {
    let one = |node: &Node| {
        let text = reader.text(node, "a threshold")?;
        Threshold::parse(text).map_err(|message| reader.fault(node.at, message))
    };
    match &node.kind {
        Kind::List(items) => Collector::all(items.iter().map(one)),
        _ => Ok(vec![one(node)?]),
    }
}

/// `output_file` with its `output_format`.
pub fn read_output(reader: &FileReader<'_>, keys: &[Field<'_>], default: OutputFormat) -> Read<Option<Output>> {
    let format = match entry(keys, "output_format") {
        Some(format) => match reader.text(&format.value, "output_format")?.to_lowercase().as_str() {
            "csv" => OutputFormat::Csv,
            "json" => OutputFormat::Json,
            _ => return Err(reader.wrong(&format.value, "output_format", "csv or json")),
        },
        None => default,
    };
    let Some(file) = entry(keys, "output_file") else { return Ok(None) };
    let path = reader.text(&file.value, "output_file")?;
    if path.is_empty() {
        return Ok(None);
    }
    Ok(Some(Output { path: path.into(), format }))
}
