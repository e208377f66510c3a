//! A hop of a request as the loop carries it: what is made once, and sent again and again.
//!
//! Owns: which requests the loop carries, and why not the others. Does not: know routes and bytes (see `route` and
//! `outgoing`), write.

use std::sync::Arc;

use crate::exchange::request::{Request, Wanted};
use crate::http::agents::is_usual;
use crate::http::fault::{self, Circumstances, TransportError};
use crate::http::journey::Journey;
use crate::http::outgoing::{Outgoing, Terms};
use crate::http::route::{Detour, Route, Routes};

/// A hop that is ready to go out.
pub(super) struct Hop {
    pub journey: Journey,
    pub route: Arc<Route>,
    pub outgoing: Outgoing,
    pub terms: Terms,
}

impl Hop {
    /// The first hop of a request.
    ///
    /// # Errors
    /// What about it the loop does not carry.
    pub fn first(request: &Request, wanted: Wanted, routes: &Routes) -> Result<Hop, Detour> {
        let options = &*request.options;
        if options.follow_location {
            return Err(Detour::Needs("redirects"));
        }
        if options.forbid_reuse || options.fresh_connect || options.fail_on_error {
            return Err(Detour::Needs("curl options of the connection"));
        }
        let journey = Journey::new(request)?;
        let route = routes.to(journey.target(), &options.connection)?;
        if route.is_proxied() {
            return Err(Detour::Needs("proxies"));
        }
        if route.tls.is_some() {
            return Err(Detour::Needs("https"));
        }
        if !is_usual(&options.connection) {
            return Err(Detour::Needs("curl options of the connection"));
        }
        let outgoing = Outgoing::new(request, &journey, &route, true)?;
        Ok(Hop { journey, route, outgoing, terms: Terms::of(request, wanted) })
    }

    /// What the words of an error need.
    pub fn circumstances(&self) -> Circumstances<'_> {
        self.terms.circumstances(self.journey.target().host(), self.route.is_proxied())
    }

    /// No connection in time.
    pub fn connecting_too_long(&self) -> TransportError {
        fault::timed_out(&Circumstances { connecting: true, ..self.circumstances() })
    }
}
