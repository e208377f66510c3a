//! `--push-prom`: the figures of a run, sent to a Pushgateway as the run's own client sends.
//!
//! Owns: what became of it, which never changes the run. Does not: make the text (see `report`).

use std::time::Duration;

use crate::cli::args::arguments::Arguments;
use crate::cli::environment::environment;
use crate::exchange::request::{Exchange as _, Request};
use crate::ground::printable::one_line;
use crate::http::{Client, ClientSettings, ProxyEnvironment};
use crate::secrets::{Secrets, shown_beginning, shown_url};

/// A gateway that takes longer is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// So many characters of a refusal are told.
const LONGEST_REFUSAL: usize = 200;

/// A longer answer is none of a gateway.
const LONGEST_ANSWER: u64 = 1 << 20;

/// Where the figures of a run go when it has ended.
pub struct Push {
    url: String,
    client: Client,
}

impl Push {
    /// Figures for the gateway that the command line names, if it does; requests go where the run's may.
    pub fn of(arguments: &Arguments) -> Option<Push> {
        let url = arguments.reports.push_prom.clone()?;
        let (insecure, egress) = (arguments.settings.ssl_insecure, arguments.settings.egress.clone());
        let proxies = ProxyEnvironment::of(environment);
        let client = Client::new(ClientSettings { insecure, proxies, egress, ..ClientSettings::default() });
        Some(Push { url, client })
    }

    /// Sends the figures in place of those that the gateway has of the job; a failure is a warning.
    pub fn send(&self, text: String) {
        let content_type = "text/plain; version=0.0.4; charset=utf-8".to_owned();
        let request = Request {
            headers: vec![("Content-Type".to_owned(), content_type)],
            body: Some(text.into_bytes().into()),
            timeout: Some(PATIENCE),
            max_body: Some(LONGEST_ANSWER),
            ..Request::plain("PUT", &self.url)
        };
        let why = match self.client.send(&request) {
            Ok(response) if (200..300).contains(&response.status) => return,
            Ok(response) => {
                // A gateway may say what it was given: credentials stand in its URL.
                let mut known = Secrets::default();
                known.add_url(&self.url);
                let text = shown_beginning(known.redact(&response.text()).trim(), LONGEST_REFUSAL);
                format!("status {} {text}", response.status)
            }
            Err(error) => error.message,
        };
        log::warn!("--push-prom {} did not take the figures: {}", shown_url(&self.url), one_line(why.trim()));
    }
}
