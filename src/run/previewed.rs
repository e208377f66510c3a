//! What a person is shown before something is sent, in interactive mode.
//!
//! Owns: the preview of a request and of a load run, without secrets. Does not: print it, or wait by itself.

use super::session::Session;
use crate::exchange::request::Request;
use crate::load::plan::{LoadPlan, Mode, Volume};
use crate::record::event::{Event, Preview, Sink};
use crate::secrets::{Secrets, shown_url};
use crate::settings::precedence::Effective;
use crate::test::definition::Test;

/// A load run that is about to begin.
pub(super) struct Shown<'s> {
    pub(super) test: &'s Test,
    pub(super) plan: &'s LoadPlan,
    pub(super) default_concurrency: usize,
}

impl Session<'_> {
    pub(super) fn preview(&self, test: &Test, request: &Request) -> Preview {
        let hide = |text: &str| self.secrets.redact(text).into_owned();
        let header = |(name, value): &(String, String)| {
            (name.clone(), self.secrets.redact_header(&Secrets::default(), name, value))
        };
        Preview {
            name: test.name.clone(),
            about: hide(test.description.as_deref().unwrap_or_default().trim()),
            method: request.method.clone(),
            url: hide(&shown_url(&request.url)),
            headers: request.headers.iter().map(header).collect(),
            body: request
                .body
                .as_ref()
                .filter(|body| !body.is_empty())
                .map(|body| hide(&crate::ground::value::decode(body))),
            delay: test.delay,
        }
    }

    /// Shows what a load run sends, and how often, and waits for the person who asked for that.
    pub(super) fn show_load(&mut self, shown: &Shown<'_>, sink: &mut dyn Sink) {
        let settings = self.engine.settings;
        if !settings.interactive {
            return;
        }
        self.read_answers();
        let Some((request, _)) = self.load_request(shown.test, shown.plan) else { return };
        let effective = settings.resolve(&self.config.layer, &shown.test.own_layers(Some(&shown.plan.layer)));
        let mut preview = self.preview(shown.test, &request);
        if !preview.about.is_empty() {
            preview.about.push('\n');
        }
        preview.about.push_str(&how_often(shown, &effective));
        self.show(preview, sink);
    }

    /// Shows a request and waits for Enter, which is no time of the test's.
    pub(super) fn show(&mut self, preview: Preview, sink: &mut dyn Sink) {
        sink.emit(Event::RequestPrepared(Box::new(preview)));
        let from = self.engine.clock.now();
        sink.pause();
        self.waited += self.engine.clock.now().saturating_duration_since(from);
    }
}

/// `80 requests, 4 at a time, mode sync`.
fn how_often(shown: &Shown<'_>, effective: &Effective) -> String {
    let volume = match effective.volume.value.unwrap_or(shown.plan.volume) {
        Volume::Requests(1) => "1 request".to_owned(),
        Volume::Requests(count) => format!("{count} requests"),
        Volume::Duration(time) => format!("requests for {} s", time.as_secs_f64()),
    };
    let most = effective.concurrency.value.unwrap_or(shown.default_concurrency);
    let at_once = match effective.rate.value {
        Some(rate) => format!("{rate} a second, at most {most} at a time"),
        None if shown.plan.stages.is_some() => format!("in stages, at most {most} at a time"),
        None => format!("{most} at a time"),
    };
    let warmup = match shown.plan.warmup {
        0 => String::new(),
        count => format!(", after {count} that are not measured"),
    };
    let mode = if shown.plan.mode == Mode::Sync { "sync" } else { "async" };
    format!("{volume}, {at_once}{warmup}, mode {mode}")
}
