//! Elements and keys as written: in a wrong place, in a misleading order, without an effect.

use super::variables::mappings;
use super::{Subject, hint};
use crate::ground::source::Fault;
use crate::ground::value::Value;
use crate::suite::document::{Entry, Kind};
use crate::suite::warnings::{belongs_inside, holder};

/// Looks over the elements of a file in their order.
pub fn look_over(subject: &Subject<'_>, hints: &mut Vec<Fault>) {
    let mut has_tests = false;
    let mut has_generators = false;
    let mut has_own_timeout = false;
    for item in subject.items {
        let Kind::Map(elements) = &item.kind else {
            let place = subject.source.location(item.at);
            hint(hints, &place, format!("{} in a suite says nothing and is passed over", item.found()));
            continue;
        };
        let has_no_test = holder(elements).is_none();
        for element in elements {
            let place = subject.source.location(element.at);
            match element.name.to_lowercase().as_str() {
                "test" | "url" => {
                    has_tests = true;
                    keys_of_test(subject, element, &mut has_own_timeout, hints);
                }
                "benchmark" => keys_of_test(subject, element, &mut has_own_timeout, hints),
                "setup" | "teardown" => {
                    for test in mappings(&element.value) {
                        keys_of_test(subject, test, &mut has_own_timeout, hints);
                    }
                }
                "import" if has_tests => {
                    hint(
                        hints,
                        &place,
                        "imports run before this file's own tests, wherever they stand; put them first",
                    );
                }
                "config" | "configuration" => {
                    if has_tests {
                        hint(
                            hints,
                            &place,
                            "config holds for the whole file, for the tests above it too; put it first",
                        );
                    }
                    config(subject, element, &mut has_generators, hints);
                }
                // Beside a test, a run warns of them; alone, they may be where a suite keeps its anchors.
                name if has_no_test && belongs_inside(name) && !matches!(name, "name" | "description") => {
                    let message = format!(
                        "\"{}\" beside the elements of a suite is never read; indent it below test",
                        element.name
                    );
                    hint(hints, &place, message);
                }
                _ => {}
            }
        }
    }
}

fn config(subject: &Subject<'_>, element: &Entry, has_generators: &mut bool, hints: &mut Vec<Fault>) {
    for key in mappings(&element.value) {
        let place = subject.source.location(key.at);
        match key.name.to_lowercase().as_str() {
            "print_headers" => {
                hint(hints, &place, "print_headers in config does nothing, as in PyRestTest; use --print-headers")
            }
            "test_parallel" => {
                hint(hints, &place, "test_parallel does nothing, as in PyRestTest; see resttest help parallel")
            }
            "timeout" => fraction(subject, key, hints),
            "headers" if !key.value.is_null() => {
                hint(
                    hints,
                    &place,
                    "headers in config are sent with every request of the file here; PyRestTest ignored them",
                );
                headers(subject, key, hints);
            }
            "generators" => {
                if *has_generators {
                    hint(hints, &place, "these generators replace those of an earlier config; write all in one");
                }
                *has_generators = true;
                for generator in mappings(&key.value) {
                    generators(subject, generator, hints);
                }
            }
            _ => {}
        }
    }
}

fn generators(subject: &Subject<'_>, generator: &Entry, hints: &mut Vec<Fault>) {
    let keys = mappings(&generator.value);
    let value =
        |name: &str| keys.iter().find(|key| key.name.eq_ignore_ascii_case(name)).map(|key| key.value.to_value());
    let place = subject.source.location(generator.at);
    match value("type").map(|kind| kind.to_text().to_lowercase()).as_deref() {
        Some("number_sequence") if matches!(value("start"), Some(Value::Int(0))) => {
            hint(hints, &place, "start: 0 starts at 0 here; PyRestTest took it for 1");
        }
        Some("fixed_sequence") if matches!(value("values"), Some(Value::List(values)) if values.len() > 1) => {
            hint(hints, &place, "fixed_sequence goes on to the next value here; PyRestTest gave the first one always");
        }
        Some("random_text") if value("character_set").is_none() && value("characters").is_none() => {
            hint(hints, &place, "random_text draws from ASCII letters here; PyRestTest drew from those of \"None\"");
        }
        _ => {}
    }
}

fn keys_of_test(subject: &Subject<'_>, element: &Entry, has_own_timeout: &mut bool, hints: &mut Vec<Fault>) {
    for key in mappings(&element.value) {
        match key.name.to_lowercase().as_str() {
            // Once for a file: who means it means it for all of its tests.
            "timeout" if !key.value.is_null() && !std::mem::replace(has_own_timeout, true) => {
                let place = subject.source.location(key.at);
                hint(hints, &place, "a test's own timeout counts here; PyRestTest heeded only that of config");
            }
            "delay" => fraction(subject, key, hints),
            "headers" => headers(subject, key, hints),
            _ => {}
        }
    }
}

fn headers(subject: &Subject<'_>, key: &Entry, hints: &mut Vec<Fault>) {
    let names = mappings(&key.value);
    if names.len() > 1 && names.iter().any(|name| name.name.eq_ignore_ascii_case("template")) {
        let place = subject.source.location(key.at);
        hint(hints, &place, "headers beside template are not sent; put all of them below template");
    }
}

/// PyRestTest cuts seconds to whole ones.
fn fraction(subject: &Subject<'_>, key: &Entry, hints: &mut Vec<Fault>) {
    if let Kind::Scalar(Value::Float(seconds)) = key.value.kind
        && seconds.fract() != 0.0
    {
        let place = subject.source.location(key.at);
        hint(
            hints,
            &place,
            format!("{}: {seconds} counts with its fraction here; PyRestTest cut it to {}", key.name, seconds.trunc()),
        );
    }
}
