//! A test in its trace: what its requests carry of it, and the spans of what was sent.
//!
//! Owns: what of a send is shown in its span, without secrets. Does not: send (see `http`), make spans of tests (see
//! `report`).

use std::sync::Arc;

use super::session::Session;
use crate::exchange::trace::{Carried, Role, Sent, Trace};
use crate::judge::outcome::Traced;
use crate::record::spans::{Attribute, HIDDEN, Head, Span, Status, full_url, url_template};
use crate::secrets::REDACTED;
use crate::test::definition::Test;

/// The methods that the conventions know.
const METHODS: [&str; 10] = ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"];

impl Session<'_> {
    /// A test, or a benchmark, begins.
    pub(super) fn begin_trace(&mut self) {
        let clock = &*self.engine.clock;
        let suite = self.engine.settings.trace.as_ref();
        self.trace = suite.map(|suite| suite.begin(self.config.propagate.as_deref(), (clock.date(), clock.now())));
    }

    /// What its requests carry.
    pub(super) fn carried(&self, role: Role) -> Option<Carried> {
        Some(Carried { trace: self.trace.clone()?, role })
    }

    /// It ended.
    pub(super) fn end_trace(&mut self, test: &Test) -> Option<Box<Traced>> {
        let trace = self.trace.take()?;
        let sends = trace.take();
        let has_foreign = sends.len() > 1 || (self.leaks.has_extracted && !test.url.is_constant());
        let shows_headers = trace.shown_headers().is_some_and(|names| !names.is_empty());
        if has_foreign || shows_headers {
            self.leaks.has_shown = true;
            self.read_answers();
        }
        let spans = (0..sends.len()).map(|place| self.client_span(test, (&trace, &sends), place)).collect();
        let parent = trace.parent();
        Some(Box::new(Traced {
            trace_id: format!("{:032x}", parent.trace),
            span_id: format!("{:016x}", parent.span),
            ended: trace.date(self.engine.clock.now()),
            spans,
        }))
    }

    fn client_span(&self, test: &Test, (trace, sends): (&Arc<Trace>, &[Sent]), place: usize) -> String {
        let send = &sends[place];
        let template =
            (send.is_first && !send.is_aside && !test.url.is_constant()).then(|| url_template(test.url.source()));
        let is_known = METHODS.contains(&send.method.as_str());
        let method = if is_known { send.method.as_str() } else { "_OTHER" };
        let mut name = if is_known { method } else { "HTTP" }.to_owned();
        if let Some(template) = &template {
            name.push(' ');
            name.push_str(template);
        }
        let parent = trace.parent();
        let mut span = Span::new(&Head {
            trace_id: &format!("{:032x}", parent.trace),
            span_id: &format!("{:016x}", trace.span_of(send.number)),
            parent: Some(&format!("{:016x}", parent.span)),
            link: None,
            name: &name,
            is_client: true,
            time: (trace.date(send.time.0), trace.date(send.time.1)),
        });
        let (target, number, text) = (&send.target, Attribute::Number, Attribute::Text);
        let mut url = full_url(&target.uri);
        if target.userinfo.is_some() {
            url = url.replacen("://", &format!("://{HIDDEN}:{HIDDEN}@"), 1);
        }
        let url = self.secrets.redact(&url).replace(REDACTED, HIDDEN);
        let host = target.host().trim_start_matches('[').trim_end_matches(']');
        span.with("http.request.method", text(method));
        span.with_some("http.request.method_original", (!is_known).then_some(text(&send.method)));
        span.with("server.address", text(host)).with("server.port", number(target.port.into()));
        span.with("url.full", text(&url)).with_some("url.template", template.as_deref().map(text));
        let error = match send.answer {
            Ok(status) => {
                span.with("http.response.status_code", number(status.into()));
                (status >= 400).then(|| status.to_string())
            }
            Err(kind) => Some(kind.to_owned()),
        };
        span.with_some("error.type", error.as_deref().map(text));
        span.with_some("network.protocol.version", Some(text(send.version)).filter(|_| !send.version.is_empty()));
        let peer = send.peer.map(|peer| (peer.ip().to_string(), peer.port()));
        if let Some((address, port)) = &peer {
            span.with("network.peer.address", text(address)).with("network.peer.port", number((*port).into()));
        }
        let again = resends(sends, place);
        span.with_some("http.request.resend_count", (again > 0).then_some(number(again)));
        for (kind, (size, headers)) in ["request", "response"].into_iter().zip(send.sizes.iter().zip(&send.headers)) {
            span.with_some(&format!("http.{kind}.body.size"), size.map(number));
            let names = trace.shown_headers().unwrap_or_default();
            for name in names.iter().filter(|name| headers.iter().any(|(have, _)| have == *name)) {
                let own = self.secrets.beside();
                let values = headers.iter().filter(|(have, _)| have == name);
                let values: Vec<String> =
                    values.map(|(name, value)| self.secrets.redact_header(&own, name, value)).collect();
                let values: Vec<&str> = values.iter().map(String::as_str).collect();
                span.with(&format!("http.{kind}.header.{name}"), Attribute::List(&values));
            }
        }
        for (mark, at) in send.marks {
            if let Some(at) = at {
                span.event(mark, trace.date(at), &[]);
            }
        }
        span.end(if error.is_some() { Status::Error("") } else { Status::Unset })
    }
}

/// How often the request has been sent before: whatever the reason, and for a token by itself.
fn resends(sends: &[Sent], place: usize) -> u64 {
    let send = &sends[place];
    if let Some(again) = send.again {
        return again.into();
    }
    let before = sends[..place].iter().rev();
    let same = |other: &&Sent| other.is_aside && other.method == send.method && other.target == send.target;
    match send.is_aside {
        true => before.take_while(same).count() as u64,
        false => before.filter(|other| !other.is_aside).count() as u64,
    }
}
