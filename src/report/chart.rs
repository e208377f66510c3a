//! Charts of a load run's response times, as SVG inside a page.
//!
//! Owns: scales, bars, labels. Does not: bring colours (the page's style does).

use std::fmt::Write as _;

use super::load::ranks;
use super::text::escape;
use crate::load::summary::{LoadSummary, samples_needed};

/// As wide as a telephone's page, so that labels are as large there as the style says.
const WIDTH: f64 = 360.0;
/// Left of the panels, where their scales stand.
const LEFT: f64 = 58.0;
/// Above the bars of the histogram: its name, and room for the names of percentiles.
const TOP: f64 = 64.0;
const BINS: usize = 44;

/// How often each response time came, on a logarithmic scale, with the percentiles marked.
pub fn histogram(load: &LoadSummary) -> String {
    let buckets = load.latency.buckets();
    let (Some(min), Some(max)) = (load.latency.min_ms(), load.latency.max_ms()) else { return String::new() };
    // A microsecond is the finest step of the histogram.
    let (low, high) = (min.max(0.001), max.max(min * 1.02).max(0.002));
    let (span, width) = (libm::log(high / low), WIDTH - LEFT);
    let at = |ms: f64| LEFT + (libm::log(ms.max(low) / low) / span).clamp(0.0, 1.0) * width;
    let mut bins = [0_u64; BINS];
    for (micros, count) in buckets {
        let bin = ((at(micros as f64 / 1000.0) - LEFT) / width * BINS as f64) as usize;
        bins[bin.min(BINS - 1)] += count;
    }
    let most = bins.iter().copied().max().unwrap_or(1).max(1);
    let floor = TOP + 2.0 * PANEL;
    let height = floor + BELOW;
    let mut out =
        format!("<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"response times\">");
    scale(&mut out, floor, 2.0 * PANEL, most as f64, &shortened);
    let step = width / BINS as f64;
    for (i, count) in bins.iter().enumerate().filter(|(_, count)| **count > 0) {
        let height = (*count as f64 / most as f64 * 2.0 * PANEL).max(1.5);
        let from = low * libm::exp(span * i as f64 / BINS as f64);
        let to = low * libm::exp(span * (i + 1) as f64 / BINS as f64);
        let _ = write!(
            out,
            "<rect class=\"bar\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height:.1}\"><title>{} to {}: {count}</title></rect>",
            LEFT + i as f64 * step + 0.5,
            floor - height,
            step - 1.0,
            label(from),
            label(to)
        );
    }
    let mut free = 0.0;
    for (tick, x) in ticks(low, high).into_iter().map(|tick| (tick, at(tick))) {
        let _ = write!(out, "<line class=\"axis\" x1=\"{x:.1}\" y1=\"{floor}\" x2=\"{x:.1}\" y2=\"{}\"/>", floor + 4.0);
        // A tick whose name would run into that of the one before it has none.
        let middle = x.clamp(18.0, WIDTH - 20.0);
        if middle >= free {
            free = middle + 44.0;
            let _ = write!(
                out,
                "<text x=\"{middle:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                floor + 16.0,
                label(tick)
            );
        }
    }
    axis_names(&mut out, floor, ("answers", 12.0), "response time, logarithmic");
    // The highest on top, each name left of its line: so no line runs through a name.
    for (row, rank) in [99.0, 95.0, 50.0].into_iter().enumerate() {
        let Some(ms) = load.latency.percentile_ms(rank) else { continue };
        let (x, y) = (at(ms), 28.0 + row as f64 * 14.0);
        let (anchor, beside) = if x > 130.0 { ("end", x - 4.0) } else { ("start", x + 4.0) };
        let _ = write!(
            out,
            "<line class=\"mark\" x1=\"{x:.1}\" y1=\"{:.1}\" x2=\"{x:.1}\" y2=\"{floor}\"/><text class=\"marked\" x=\"{beside:.1}\" y=\"{y}\" text-anchor=\"{anchor}\">p{rank} {}</text>",
            y - 9.0,
            label(ms)
        );
    }
    out.push_str("</svg>");
    out
}

/// How high a panel of [`over_time`] is; the histogram is two of them.
const PANEL: f64 = 80.0;
/// Below a panel: room for its scale and the name of the axis.
const BELOW: f64 = 38.0;

/// The vertical axis of a panel that stands on `floor`: what is at its bottom, half way and at its top.
fn scale(out: &mut String, floor: f64, height: f64, most: f64, name: &dyn Fn(f64) -> String) {
    for share in [0.0, 0.5, 1.0] {
        let y = floor - share * height;
        let class = if share == 0.0 { "axis" } else { "grid" };
        let _ = write!(out, "<line class=\"{class}\" x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{WIDTH}\" y2=\"{y:.1}\"/>");
        // Half of a single answer is none.
        let value = share * most;
        if share != 0.5 || most >= 2.0 || value.fract() != 0.5 {
            let shown = if value == 0.0 { "0".to_owned() } else { name(value) };
            let _ = write!(out, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{shown}</text>", LEFT - 4.0, y + 4.0);
        }
    }
    let _ = write!(
        out,
        "<line class=\"axis\" x1=\"{LEFT}\" y1=\"{:.1}\" x2=\"{LEFT}\" y2=\"{floor:.1}\"/>",
        floor - height
    );
}

/// The names of both axes: of the vertical one above the panel, where it can be read without turning the head.
fn axis_names(out: &mut String, floor: f64, (vertical, y): (&str, f64), horizontal: &str) {
    let _ = write!(
        out,
        "<text class=\"label\" x=\"0\" y=\"{y}\">{vertical}</text><text class=\"label\" x=\"{WIDTH}\" y=\"{}\" text-anchor=\"end\">{horizontal}</text>",
        floor + BELOW - 6.0
    );
}

/// Requests and failures a second, and below them the percentiles of the response times, over the run.
pub fn over_time(load: &LoadSummary) -> String {
    let seconds = load.timeline.seconds();
    // One second is no course of things.
    let [first, second, ..] = seconds.as_slice() else { return String::new() };
    let step = (second.begin - first.begin).max(1);
    let width = (WIDTH - LEFT) / seconds.len() as f64;
    let rate = |count: u64| count as f64 / step as f64;
    let most = seconds.iter().map(|second| rate(second.interval.requests)).fold(1.0, f64::max);
    let ranks = [("p50", 50.0), ("p95", 95.0), ("p99", 99.0)];
    let longest = seconds.iter().filter_map(|second| second.interval.percentile_ms(99.0)).fold(0.001, f64::max);
    let (floor, below) = (20.0 + PANEL, 20.0 + 2.0 * PANEL + 40.0);
    let height = below + BELOW;
    let mut out =
        format!("<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"the run over time\">");
    scale(&mut out, floor, PANEL, most, &shortened);
    scale(&mut out, below, PANEL, longest, &label);
    for (i, second) in seconds.iter().enumerate() {
        let x = LEFT + i as f64 * width;
        let of = &second.interval;
        let [all, failed] = [of.requests, of.failures].map(|count| rate(count) / most * PANEL);
        let times: Vec<String> = ranks
            .iter()
            .filter_map(|(name, rank)| Some(format!("{name} {}", label(of.percentile_ms(*rank)?))))
            .collect();
        let _ = write!(
            out,
            "<g><title>second {}: {} requests, {} failed; {}</title><rect class=\"bar\" x=\"{x:.2}\" y=\"{:.1}\" width=\"{:.2}\" height=\"{all:.1}\"/><rect class=\"failed\" x=\"{x:.2}\" y=\"{:.1}\" width=\"{:.2}\" height=\"{failed:.1}\"/></g>",
            second.begin,
            of.requests,
            of.failures,
            times.join(", "),
            floor - all,
            (width * 0.9).max(0.2),
            floor - failed,
            (width * 0.9).max(0.2)
        );
    }
    for (name, rank) in ranks {
        // A second without an answer breaks the line: nothing is known of it.
        let mut path = String::new();
        let mut is_broken = true;
        for (i, second) in seconds.iter().enumerate() {
            let Some(ms) = second.interval.percentile_ms(rank) else {
                is_broken = true;
                continue;
            };
            let (x, y) = (LEFT + (i as f64 + 0.5) * width, below - ms / longest * PANEL);
            let _ = write!(path, "{}{x:.1} {y:.1}", if is_broken { "M" } else { "L" });
            // A lone point is a dot.
            if is_broken {
                path.push_str("h0.1");
            }
            is_broken = false;
        }
        let _ = write!(out, "<path class=\"rank {name}\" d=\"{path}\"/>");
    }
    let _ = write!(out, "<text class=\"label\" x=\"0\" y=\"12\">requests a second, failed in red</text>");
    axis_names(&mut out, below, ("response time", below - PANEL - 8.0), "seconds since the start");
    for (i, (name, _)) in ranks.iter().enumerate() {
        let x = WIDTH - 30.0 * (ranks.len() - i) as f64 + 6.0;
        let _ = write!(out, "<text class=\"{name}\" x=\"{x}\" y=\"{}\">{name}</text>", below - PANEL - 8.0);
    }
    let end = first.begin + step * seconds.len() as u64;
    for (share, anchor) in [(0.0, "middle"), (0.5, "middle"), (1.0, "end")] {
        let moment = share * end as f64;
        let shown = if moment.fract() == 0.0 { format!("{moment:.0}") } else { format!("{moment:.1}") };
        let _ = write!(
            out,
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"{anchor}\">{shown} s</text>",
            LEFT + share * (WIDTH - LEFT),
            below + 16.0
        );
    }
    out.push_str("</svg>");
    out
}

/// A number that fits beside a scale: `950`, `12k`, `1.5M`.
fn shortened(number: f64) -> String {
    match number {
        number if number < 10_000.0 => format!("{number:.0}"),
        number if number < 1e6 => format!("{:.0}k", number / 1e3),
        number => format!("{:.1}M", number / 1e6),
    }
}

/// A bar for each percentile, up to the longest time.
pub fn percentiles(load: &LoadSummary) -> String {
    let Some(max) = load.latency.max_ms().filter(|max| *max > 0.0) else { return String::new() };
    let count = load.latency.count();
    let mut rows: Vec<(String, f64, bool)> = Vec::new();
    for rank in ranks(load) {
        if let Some(ms) = load.latency.percentile_ms(rank) {
            rows.push((format!("p{rank}"), ms, count >= samples_needed(rank)));
        }
    }
    rows.push(("max".to_owned(), max, true));
    let mut out = String::from(
        "<table class=\"ranks\"><thead><tr><th scope=\"col\">percentile</th><th class=\"num\" scope=\"col\">response time</th><th></th></tr></thead><tbody>",
    );
    for (name, ms, is_sound) in rows {
        let note = if is_sound { "" } else { " <span class=\"faint\">(few samples)</span>" };
        let _ = write!(
            out,
            "<tr><th scope=\"row\">{}</th><td class=\"num\">{}</td><td class=\"wide\"><span class=\"time\" style=\"width:{:.1}%\"></span>{note}</td></tr>",
            escape(&name),
            label(ms),
            (ms / max * 100.0).clamp(0.5, 100.0)
        );
    }
    out.push_str("</tbody></table>");
    out
}

/// 1, 2 and 5 of every power of ten in between; only the powers where there would be too many.
fn ticks(low: f64, high: f64) -> Vec<f64> {
    let decades = (libm::log10(low).floor() as i32)..=(libm::log10(high).ceil() as i32);
    let steps: &[f64] = if libm::log10(high / low) > 2.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
    let all = decades.flat_map(|decade| steps.iter().map(move |step| step * 10_f64.powi(decade)));
    all.filter(|tick| *tick >= low && *tick <= high).collect()
}

/// A time of so many milliseconds in the unit that suits it.
fn label(ms: f64) -> String {
    let digits = |value: f64| {
        let text = if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") };
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
    };
    match ms {
        ms if ms < 0.1 => format!("{} µs", digits(ms * 1000.0)),
        ms if ms < 1000.0 => format!("{} ms", digits(ms)),
        ms => format!("{} s", digits(ms / 1000.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use crate::load::summary::Latency;
    use std::time::Duration;

    #[test]
    fn every_answer_is_in_a_bar() {
        let svg = histogram(&fixture::load());
        let counts = svg.split("<title>").skip(1).map(|part| {
            part.split("</title>").next().and_then(|title| title.rsplit_once(": ")).unwrap().1.parse::<u64>().unwrap()
        });
        assert_eq!(counts.sum::<u64>(), 2000);
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
        for name in [">answers</text>", ">response time, logarithmic</text>"] {
            assert!(svg.contains(name), "{name}");
        }
        assert!(percentiles(&fixture::load()).contains("p99.9"));
    }

    #[test]
    fn few_and_equal_times_have_a_chart_too() {
        let mut load = fixture::load();
        load.latency = Latency::default();
        assert_eq!((histogram(&load), percentiles(&load)), (String::new(), String::new()));
        for times in [vec![0], vec![5_000_000], vec![0, 3_600_000_000_000], vec![7, 7]] {
            load.latency = Latency::default();
            times.iter().for_each(|nanos| load.latency.record(Duration::from_nanos(*nanos)));
            let svg = histogram(&load) + &percentiles(&load);
            assert!(svg.contains("<rect") && !svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
    }

    #[test]
    fn the_course_of_a_run_has_its_axes_named() {
        let svg = over_time(&fixture::load());
        for part in [
            "requests a second",
            "response time",
            "seconds since the start",
            ">2 s<",
            "p99",
            "class=\"label\"",
            "second 1: 667",
        ] {
            assert!(svg.contains(part), "{part}: {svg}");
        }
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
        let mut load = fixture::load();
        load.timeline = Default::default();
        assert_eq!(over_time(&load), "");
        let mut recorder = crate::load::timeline::Recorder::default();
        recorder.record(Duration::from_secs(3000), None, true);
        load.timeline = recorder.take();
        assert!(over_time(&load).contains("1 failed") && !over_time(&load).contains("NaN"));
        assert_eq!([950.0, 12_345.0, 1_540_000.0].map(shortened), ["950", "12k", "1.5M"]);
    }

    #[test]
    fn times_have_their_unit() {
        let labels = [0.0015, 0.5, 12.0, 12.34, 250.4, 1500.0].map(label);
        assert_eq!(labels, ["1.5 µs", "0.5 ms", "12 ms", "12.34 ms", "250 ms", "1.5 s"]);
        assert_eq!(ticks(0.9, 30.0), [1.0, 2.0, 5.0, 10.0, 20.0]);
    }
}
