//! The keys of `response`, and those of its delivery, which may stand in the stub, too.

use std::path::PathBuf;

use crate::exchange::token::{is_token, is_value};
use crate::ground::source::did_you_mean;
use crate::ground::value::Value;
use crate::mock::stub::{Delay, Response};
use crate::recording::read_layout;
use crate::serve::{Delivery, Fault};
use crate::suite::document::{Entry, Kind, Node};
use crate::suite::faults::{Collector, both};
use crate::suite::fields::{Field, entry};
use crate::suite::reader::{FileReader, Read};
use crate::suite::{body, headers};
use crate::test::headers::Headers;
use crate::variables::body::Body;
use crate::variables::context::Context;

const KEYS: [&str; 17] = [
    "status",
    "headers",
    "body",
    "delay",
    "dribble",
    "fault",
    "json",
    "form",
    "multipart",
    "graphql",
    "base64",
    "hex",
    "file",
    "template",
    "binary",
    "layout",
    "retried",
];

/// Headers that the server writes itself.
const OURS: [&str; 2] = ["content-length", "transfer-encoding"];

const FAULTS: [(&str, Fault); 7] = [
    ("reset", Fault::Reset),
    ("empty", Fault::Empty),
    ("garbage", Fault::Garbage),
    ("timeout", Fault::Timeout),
    ("slow_headers", Fault::SlowHeaders),
    ("bad_length", Fault::BadLength),
    ("bad_chunk", Fault::BadChunk),
];

/// How an answer goes out, as far as something is said of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Way {
    /// `delay`.
    pub delay: Option<Delay>,
    /// `dribble` or `fault`.
    pub delivery: Option<Delivery>,
}

/// Whether a key is about the way.
pub fn is_way(name: &str) -> bool {
    matches!(name, "delay" | "dribble" | "fault")
}

/// Reads a key about the way.
pub fn read_way(reader: &FileReader<'_>, key: &Entry, way: &mut Way) -> Read<()> {
    if key.name == "delay" {
        way.delay = Some(read_delay(reader, &key.value)?);
        return Ok(());
    }
    if way.delivery.is_some() {
        return Err(reader.fault(key.at, "fault and dribble do not go together; keep one"));
    }
    way.delivery = Some(match key.name.as_str() {
        "dribble" => read_dribble(reader, &key.value)?,
        _ => Delivery::Broken(read_fault(reader, &key.value)?),
    });
    Ok(())
}

/// Reads an answer; what it does not say of its way is that of the stub.
pub fn read(reader: &mut FileReader<'_>, node: &Node, of_stub: Way, folders: &[PathBuf]) -> Read<Response> {
    let (Kind::Map(_) | Kind::List(_)) = node.kind else {
        return Err(reader.wrong(node, "response", "a mapping such as {status: 200, body: {json: {…}}}"));
    };
    let mut faults = Collector::default();
    let mut response = Response {
        status: 200,
        headers: Headers::default(),
        body: None,
        layout: None,
        delay: None,
        delivery: Delivery::Whole,
        variables: Vec::new(),
        prepared: None,
    };
    let mut own = Way::default();
    let keys = reader.fields(node, "response")?;
    let mut of_body: Vec<Entry> = Vec::new();
    for key in &keys {
        match key.name.as_str() {
            "status" => response.status = faults.take(read_status(reader, &key.value)).unwrap_or(200),
            "headers" => response.headers = faults.take(headers::read_repeated(reader, &key.value)).unwrap_or_default(),
            "body" => response.body = faults.take(body::read(reader, &key.value, folders)),
            name if is_way(name) => drop(faults.take(read_way(reader, key, &mut own))),
            "layout" => response.layout = faults.take(read_layout(reader, &key.value)),
            // A recording says so of an answer that was not the last; here it comes in its turn.
            "retried" => drop(faults.take(reader.boolean(&key.value, "retried"))),
            name if KEYS.contains(&name) => of_body.push((**key).clone()),
            _ => drop(faults.take(reader.unknown_key(key, "a response", &KEYS))),
        }
    }
    faults.take(refuse_headers(reader, &keys, &response.headers));
    if let Some(first) = of_body.first() {
        let at = first.at;
        if entry(&keys, "body").is_some() {
            let message = format!("a response has body and {} beside it; keep one", first.name);
            faults.take::<()>(Err(reader.fault(at, message)));
        } else {
            let node = Node { kind: Kind::Map(of_body), at };
            response.body = faults.take(body::read(reader, &node, folders));
        }
    }
    if let Some(body) = &response.body {
        faults.take(can_be_read(reader, body, &keys, node));
        if matches!(response.status, 204 | 304) {
            let message = format!("an answer with status {} has no body", response.status);
            faults.take::<()>(Err(reader.fault(node.at, message)));
        }
        response.variables = body.variables_in(&Context::new());
    }
    for (name, value) in &response.headers.entries {
        for text in [name, value] {
            response.variables.extend(text.variables().into_iter().map(str::to_owned));
        }
    }
    response.variables.sort_unstable();
    response.variables.dedup();
    response.delay = own.delay.or(of_stub.delay);
    response.delivery = own.delivery.or(of_stub.delivery).unwrap_or(Delivery::Whole);
    faults.finish(response)
}

/// A file that is always the same must be there.
fn can_be_read(reader: &FileReader<'_>, body: &Body, keys: &[Field<'_>], node: &Node) -> Read<()> {
    if !body.is_constant() {
        return Ok(());
    }
    let at = entry(keys, "body").or_else(|| entry(keys, "file")).map_or(node.at, |key| key.value.at.or(key.at));
    body.render(&Context::new(), None).map(drop).map_err(|message| reader.fault(at, message))
}

fn refuse_headers(reader: &FileReader<'_>, keys: &[Field<'_>], headers: &Headers) -> Read<()> {
    let Some(key) = entry(keys, "headers") else { return Ok(()) };
    for (name, value) in &headers.entries {
        let written = name.source();
        let message = if OURS.iter().any(|ours| written.eq_ignore_ascii_case(ours)) {
            format!("{written} is written by the server itself; fault: bad_length and bad_chunk are wrong on purpose")
        } else if name.variables().into_iter().next().is_none() && !is_token(written) {
            format!("{written:?} cannot be the name of a header; write letters, digits and -")
        } else if value.variables().into_iter().next().is_none() && !is_value(value.source()) {
            format!("the header {written} has a line break or another control character; write it on one line")
        } else {
            continue;
        };
        return Err(reader.fault(key.value.at.or(key.at), message));
    }
    Ok(())
}

fn read_status(reader: &FileReader<'_>, node: &Node) -> Read<u16> {
    let status = reader.integer(node, "status")?;
    u16::try_from(status)
        .ok()
        .filter(|status| (200..=999).contains(status))
        .ok_or_else(|| reader.wrong(node, "status", "from 200 to 999"))
}

fn read_delay(reader: &FileReader<'_>, node: &Node) -> Read<Delay> {
    const ALLOWED: &str = "seconds, {min: …, max: …} or {mean: …, sigma: …}";
    let Kind::Map(_) = node.kind else {
        return reader.seconds(node, "delay").map(Delay::Fixed);
    };
    let keys = reader.fields(node, "delay")?;
    let known = ["min", "max", "mean", "sigma"];
    if let Some(key) = keys.iter().find(|key| !known.contains(&key.name.as_str())) {
        let meant = did_you_mean(&key.name, known);
        return Err(reader.fault(key.at, format!("unknown key \"{}\" in delay{meant}; it is {ALLOWED}", key.name)));
    }
    let pair =
        |first: &str, second: &str| Some((entry(&keys, first)?, entry(&keys, second)?)).filter(|_| keys.len() == 2);
    if let Some((min, max)) = pair("min", "max") {
        let (least, most) = both(reader.seconds(&min.value, "min"), reader.seconds(&max.value, "max"))?;
        if least > most {
            return Err(reader.fault(min.at, "min of a delay is more than its max"));
        }
        return Ok(Delay::Between(least, most));
    }
    let Some((mean, sigma)) = pair("mean", "sigma") else { return Err(reader.wrong(node, "delay", ALLOWED)) };
    let mean = reader.seconds(&mean.value, "mean")?.as_secs_f64();
    let deviation = match &sigma.value.kind {
        Kind::Scalar(value @ (Value::Int(_) | Value::Float(_))) => value.to_float(),
        _ => None,
    };
    match deviation.filter(|sigma| (0.0..=10.0).contains(sigma)) {
        Some(sigma) => Ok(Delay::LogNormal { mean, sigma }),
        None => Err(reader.wrong(&sigma.value, "sigma", "a number from 0 to 10")),
    }
}

fn read_dribble(reader: &FileReader<'_>, node: &Node) -> Read<Delivery> {
    let (mut chunks, mut over) = (None, None);
    for key in reader.fields(node, "dribble")? {
        match key.name.as_str() {
            "chunks" => {
                let count = reader.integer(&key.value, "chunks")?;
                let count = u32::try_from(count).ok().filter(|count| (1..=100_000).contains(count));
                chunks = Some(count.ok_or_else(|| reader.wrong(&key.value, "chunks", "from 1 to 100000"))?);
            }
            "over" => over = Some(reader.seconds(&key.value, "over")?),
            name => {
                let meant = did_you_mean(name, ["chunks", "over"]);
                return Err(reader.fault(key.at, format!("unknown key \"{name}\" in dribble{meant}")));
            }
        }
    }
    match (chunks, over) {
        (Some(chunks), Some(over)) => Ok(Delivery::Dribble { chunks, over }),
        _ => Err(reader.wrong(node, "dribble", "{chunks: 5, over: 2}, over being seconds")),
    }
}

fn read_fault(reader: &FileReader<'_>, node: &Node) -> Read<Fault> {
    let names = || FAULTS.iter().map(|(name, _)| *name).collect::<Vec<_>>();
    let allowed = || format!("one of {}, or {{truncate: BYTES}}", names().join(", "));
    match &node.kind {
        Kind::Scalar(Value::Str(text)) => {
            let word = text.to_lowercase();
            if let Some((_, fault)) = FAULTS.iter().find(|(name, _)| *name == word) {
                return Ok(*fault);
            }
            let meant = did_you_mean(&word, names());
            Err(reader.fault(node.at, format!("unknown fault \"{text}\"{meant}; {}", allowed())))
        }
        Kind::Map(_) => {
            let keys = reader.fields(node, "fault")?;
            let [key] = keys.as_slice() else { return Err(reader.wrong(node, "fault", &allowed())) };
            if key.name != "truncate" {
                let meant = did_you_mean(&key.name, ["truncate"]);
                return Err(reader.fault(key.at, format!("unknown fault \"{}\"{meant}; {}", key.name, allowed())));
            }
            let count = reader.integer(&key.value, "truncate")?;
            let count = usize::try_from(count).ok().filter(|count| *count <= 1 << 30);
            count.map(Fault::Truncate).ok_or_else(|| reader.wrong(&key.value, "truncate", "a number of bytes"))
        }
        _ => Err(reader.wrong(node, "fault", &allowed())),
    }
}
