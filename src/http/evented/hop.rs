//! A hop of a request as the loop carries it: what is made once, and sent again and again.
//!
//! Owns: putting route, bytes and terms together. Does not: know them (see `route` and `outgoing`), write.

use std::sync::Arc;

use crate::exchange::request::{Request, Wanted};
use crate::http::fault::Circumstances;
use crate::http::journey::Journey;
use crate::http::outgoing::{Outgoing, Terms};
use crate::http::replay::edition;
use crate::http::route::{Detour, Route};

use super::Shared;

/// A hop that is ready to go out.
pub(super) struct Hop {
    pub journey: Journey,
    pub route: Arc<Route>,
    pub outgoing: Outgoing,
    pub terms: Terms,
    /// What it is signed with.
    pub edition: Option<u64>,
}

impl Hop {
    /// The first hop of a request.
    ///
    /// # Errors
    /// What about it the loop does not carry, or why it cannot be sent at all.
    pub fn first(request: &Request, wanted: Wanted, shared: &Shared) -> Result<Hop, Detour> {
        shared.routes.check(request)?;
        Hop::new(request, Journey::new(request, shared.routes.egress.as_ref())?, Terms::of(request, wanted), shared)
    }

    /// The next hop of a request.
    ///
    /// # Errors
    /// It cannot be sent.
    pub fn next(&self, request: &Request, journey: Journey, shared: &Shared) -> Result<Hop, Detour> {
        Hop::new(request, journey, self.terms, shared)
    }

    fn new(request: &Request, journey: Journey, terms: Terms, shared: &Shared) -> Result<Hop, Detour> {
        let route = shared.routes.to(&journey, &request.options.connection)?;
        let outgoing = Outgoing::new(request, &journey, &route, shared.keeps(journey.target()))?;
        Ok(Hop { edition: edition(request), journey, route, outgoing, terms })
    }

    /// Whether a connection that is kept may carry it.
    pub fn takes_kept(&self) -> bool {
        !self.terms.fresh && self.outgoing.keep_alive
    }

    /// What the words of an error need.
    pub fn circumstances(&self) -> Circumstances<'_> {
        self.terms.circumstances(self.journey.target().host(), self.route.is_proxied())
    }
}
