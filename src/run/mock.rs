//! The mock server that a suite brings along.
//!
//! Owns: starting it for a set. Does not: answer (see `mock`), choose its port (see `suite::mock`).

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use crate::exchange::egress::Egress;
use crate::exchange::request::Exchange;
use crate::mock::{Checks, Mock, Options, read};
use crate::secrets::shown_text;
use crate::serve::{Manners, Server, listen};
use crate::suite::ReadOptions;
use crate::test::mock::MockConfig;

/// Starts it; dropping it ends it.
///
/// # Errors
/// Its stubs cannot be read, or its port is gone.
pub fn start(config: &MockConfig, exchange: &Arc<dyn Exchange>, rules: Option<Arc<Egress>>) -> Result<Server, String> {
    let read_options = ReadOptions { env: config.env.clone(), seeds: config.seeds.clone(), ..ReadOptions::default() };
    let files: &[PathBuf] = &config.files;
    let input = read(files, &read_options).map_err(|error| format!("the mock server: {error}"))?;
    if let Some(stub) = input.stubs.recorded() {
        return Err(format!(
            "the mock server: {}: record: true has no folder here; resttest mock --record DIR has",
            stub.place
        ));
    }
    let no_port = |error: std::io::Error| format!("the mock server cannot listen at {}: {error}", config.url);
    let listener = match config.take_port() {
        Some(listener) => listener,
        None => {
            let address = config.url.trim_start_matches("http://").parse::<SocketAddr>();
            listen(address.map_err(|error| error.to_string())?).map_err(no_port)?
        }
    };
    let options = Options {
        delay: None,
        seed: config.seeds.given().unwrap_or_default(),
        seeds: config.seeds.of_file("mock".to_owned()),
        checks: Checks::default(),
        cors: false,
        admin: false,
        log: None,
        exchange: Arc::clone(exchange),
        rules,
        upstream: None,
        recorder: None,
        url: config.url.clone(),
        told: Arc::new(|text| log::warn!("{}", shown_text(text))),
    };
    let manners = Manners { threads: 1, ..Manners::strict() };
    Server::start(listener, Arc::new(Mock::new(input.stubs, options)), manners).map_err(no_port)
}
