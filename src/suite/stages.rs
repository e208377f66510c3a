//! `stages` and `think_time` of a load run.

use super::document::{Kind, Node};
use super::fields::{Field, entry};
use super::keys::Element;
use super::measures::{MAX_CONCURRENCY, RATES, duration, number, parse_duration};
use super::reader::{FileReader, Read};
use crate::ground::source::did_you_mean;
use crate::ground::value::Value;
use crate::load::plan::{Stages, ThinkTime};
use crate::load::profile::Stage;
use std::time::Duration;

/// A key that is none of these, where one that is needed is missing.
fn slip(keys: &[Field<'_>], names: &[&str]) -> String {
    let unknown = keys.iter().map(|key| key.name.as_str()).find(|name| !names.contains(name));
    unknown.map_or_else(String::new, |name| {
        format!("; \"{}\" is no key of it{}", name.escape_debug(), did_you_mean(name, names.iter().copied()))
    })
}

/// A list of `{duration: 30s, rate: 100}`, or all of them with `concurrency`.
pub fn read(reader: &mut FileReader<'_>, node: &Node) -> Read<Stages> {
    let Kind::List(items) = &node.kind else {
        return Err(reader.wrong(node, "stages", "a list such as [{duration: 30s, rate: 100}]"));
    };
    let mut stages: Option<Stages> = None;
    for item in items {
        let Kind::Map(_) = item.kind else {
            return Err(reader.wrong(item, "a stage", "a mapping such as {duration: 30s, rate: 100}"));
        };
        let keys = reader.fields(item, "a stage")?;
        for key in &keys {
            if !Element::Stage.names().contains(&key.name.as_str()) {
                reader.unknown_key(key, "a stage", &Element::Stage.names())?;
            }
        }
        let Some(length) = entry(&keys, "duration") else {
            let slip = slip(&keys, &Element::Stage.names());
            return Err(reader.fault(item.at, format!("a stage needs duration, such as 30s{slip}")));
        };
        let length = duration(reader, &length.value, "duration")?;
        let rate = entry(&keys, "rate");
        let connections = entry(&keys, "concurrency").or(entry(&keys, "connections"));
        let both = || "a stage has a rate or a concurrency as its target, and all stages have the same; keep one kind";
        match (rate, connections) {
            (None, None) => {
                let slip = slip(&keys, &Element::Stage.names());
                return Err(reader.fault(item.at, format!("a stage needs a target: rate or concurrency{slip}")));
            }
            (Some(_), Some(other)) => return Err(reader.fault(other.at, both())),
            (Some(rate), None) => {
                let allowed = format!("requests a second at its end, from 0 to {}", RATES.end());
                let target = number(&rate.value).filter(|target| (0.0..=*RATES.end()).contains(target));
                let target = target.ok_or_else(|| reader.wrong(&rate.value, "rate of a stage", &allowed))?;
                match stages.get_or_insert(Stages::Rate(Vec::new())) {
                    Stages::Rate(list) => list.push(Stage { duration: length, target }),
                    Stages::Connections(_) => return Err(reader.fault(rate.at, both())),
                }
            }
            (None, Some(key)) => {
                let what = format!("{} of a stage", key.name);
                let allowed = format!("an integer from 0 to {MAX_CONCURRENCY}");
                let target = number(&key.value)
                    .filter(|target| target.fract() == 0.0 && (0.0..=MAX_CONCURRENCY as f64).contains(target));
                let target = target.ok_or_else(|| reader.wrong(&key.value, &what, &allowed))?;
                match stages.get_or_insert(Stages::Connections(Vec::new())) {
                    Stages::Connections(list) => list.push(Stage { duration: length, target }),
                    Stages::Rate(_) => return Err(reader.fault(key.at, both())),
                }
            }
        }
    }
    let Some(stages) = stages else {
        return Err(reader.fault(node.at, "stages is empty; add {duration: 30s, rate: 100}"));
    };
    if stages.list().iter().all(|stage| stage.target == 0.0) {
        return Err(reader.fault(node.at, "all stages end at 0, so nothing would be sent"));
    }
    Ok(stages)
}

/// `2`, `500ms`, or `{min: 1, max: 3}`.
pub fn think_time(reader: &mut FileReader<'_>, node: &Node) -> Read<ThinkTime> {
    const ALLOWED: &str = "a time, 0 or more, such as 2 or 500ms, or {min: 1, max: 3}";
    let time = |reader: &FileReader<'_>, node: &Node| -> Read<Duration> {
        let wrong = || reader.wrong(node, "think_time", ALLOWED);
        match &node.kind {
            Kind::Scalar(Value::Str(text)) => parse_duration(text).ok_or_else(wrong),
            Kind::Scalar(Value::Int(_) | Value::Huge(_) | Value::Float(_)) => {
                reader.seconds(node, "think_time").map_err(|_| wrong())
            }
            _ => Err(wrong()),
        }
    };
    if !matches!(node.kind, Kind::Map(_)) {
        let same = time(reader, node)?;
        return Ok(ThinkTime { min: same, max: same });
    }
    let keys = reader.fields(node, "think_time")?;
    for key in keys.iter().filter(|key| !matches!(key.name.as_str(), "min" | "max")) {
        reader.unknown_key(key, "think_time", &["min", "max"])?;
    }
    let (Some(min), Some(max)) = (entry(&keys, "min"), entry(&keys, "max")) else {
        let slip = slip(&keys, &["min", "max"]);
        return Err(reader.fault(node.at, format!("think_time needs min and max, such as {{min: 1, max: 3}}{slip}")));
    };
    let (shortest, longest) = (time(reader, &min.value)?, time(reader, &max.value)?);
    if longest < shortest {
        return Err(reader.fault(max.at, "think_time has a max below its min"));
    }
    Ok(ThinkTime { min: shortest, max: longest })
}
