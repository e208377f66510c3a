//! The way of an exchange over redirects, as data: where its next request goes, and what is left of method and body.
//!
//! Owns: the first hop, what an answer's head makes of the next one, the limit, what may follow to another origin.
//! Does not: send or read anything, so that every way to the wire takes the same hops; know the rules of methods
//! (see `redirect`) and cookies (see `exchange::cookies`), write headers (see `headers`).

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use super::fault::TransportError;
use super::headers::{Hop, effective_method, needs_length};
use super::redirect::{self, Next};
use super::stopwatch::ReceivedHeaders;
use crate::exchange::authorization::Authorization;
use crate::exchange::cookies::Cookies;
use crate::exchange::curl_options::{CurlOptions, Form};
use crate::exchange::egress::{self, Egress, Role};
use crate::exchange::request::{ErrorKind, Request};
use crate::exchange::url::{self, Target, Treatment};
use crate::ground::source::Location;
use crate::secrets::shown_url;

/// Where an exchange is. It belongs to one request, which is handed in anew at each step.
#[derive(Debug, Clone)]
pub(super) struct Journey {
    target: Target,
    /// Where it began, once it has left.
    first: Option<Target>,
    /// A redirect made GET of the method.
    is_get: bool,
    /// A redirect took the body away.
    body_dropped: bool,
    referer: Option<String>,
    /// Those of this exchange alone, where there is no jar.
    cookies: Cookies,
    redirects: u32,
    /// Where it may go, and where it was before its last redirect; nothing where no rule is given.
    guard: Option<Box<Guard>>,
}

/// What bounds a journey.
#[derive(Debug, Clone)]
struct Guard {
    rules: Arc<Egress>,
    /// The test.
    place: Location,
    from: Option<String>,
}

impl Journey {
    /// The journey of this request, before its first hop. Where the request says nothing of it, it may go where the
    /// client's own rules let it.
    ///
    /// # Errors
    /// Its URL cannot be sent, or is one where it may not go.
    pub fn new(request: &Request, own: Option<&Arc<Egress>>) -> Result<Journey, TransportError> {
        let keeps_path = || request.auth.as_ref().is_some_and(|auth| auth.0.keeps_path(&request.url));
        let treatment = Treatment { path_as_is: request.options.path_as_is || keeps_path(), encode_spaces: false };
        let target = url::target_with(&request.url, treatment);
        let guard = match &request.permit {
            Some(permit) => Some((&permit.rules, permit.place.clone())),
            None => own.map(|rules| (rules, Location::default())),
        };
        let target = target.map_err(|reason| TransportError::new(ErrorKind::Url, reason))?;
        let journey = Journey {
            target: with_parameter(request, target),
            first: None,
            is_get: false,
            body_dropped: false,
            referer: None,
            cookies: Cookies::default(),
            redirects: 0,
            guard: guard.map(|(rules, place)| Box::new(Guard { rules: rules.clone(), place, from: None })),
        };
        journey.admit()?;
        Ok(journey)
    }

    /// Where it may go, if that is bounded.
    pub fn egress(&self) -> Option<&Arc<Egress>> {
        self.guard.as_ref().map(|guard| &guard.rules)
    }

    /// Whether the next request may go where it leads.
    fn admit(&self) -> Result<(), TransportError> {
        let Some(guard) = &self.guard else { return Ok(()) };
        let checked = guard.rules.check_host(Role::Host, self.target.host(), self.target.port);
        checked.map_err(|refusal| self.placed(TransportError::new(ErrorKind::Egress, refusal)))
    }

    /// A fault of the hop under way; where rules refused it, with the places that led there.
    pub fn placed(&self, fault: TransportError) -> TransportError {
        match &self.guard {
            Some(guard) if fault.kind == ErrorKind::Egress => {
                let message = egress::placed(&fault.message, &guard.place, guard.from.as_deref());
                TransportError { message, ..fault }
            }
            _ => fault,
        }
    }

    /// Where the next request goes, or where the last answer is from.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Redirects followed so far.
    pub fn redirects(&self) -> u32 {
        self.redirects
    }

    /// The next request: where it goes and what it carries.
    pub fn hop<'a>(
        &'a self,
        request: &'a Request,
        keep_alive: bool,
        proxy_credentials: Option<&'a (String, String)>,
    ) -> Hop<'a> {
        let options = &*request.options;
        let method = self.method(request);
        let bodiless = self.body_dropped || matches!(options.form, Some(Form::Get | Form::Head));
        let body = request.body.as_deref().filter(|_| !bodiless);
        let mut hop = Hop {
            target: &self.target,
            method,
            body: body.or(if needs_length(method) { Some(&[]) } else { None }),
            is_withheld: false,
            body_dropped: self.body_dropped,
            foreign: self.strays() && !options.unrestricted_auth,
            other_host: self.is_elsewhere(),
            referer: self.referer.as_deref(),
            kept_cookies: self.kept_cookies(request),
            keep_alive,
            proxy_credentials,
        };
        if let Some(Authorization(auth)) = request.auth.as_ref().filter(|_| !hop.foreign)
            && hop.body.is_some_and(|body| !body.is_empty())
            && auth.withholds_body(&hop.unsigned())
        {
            hop.body = Some(&[]);
            hop.is_withheld = true;
        }
        hop
    }

    /// Whether a redirect led to another origin.
    fn strays(&self) -> bool {
        self.first.as_ref().is_some_and(|first| !first.same_origin(&self.target))
    }

    /// Takes the head of the answer to the last hop: whether there is another one.
    ///
    /// # Errors
    /// There were too many, or it leads to where nothing can be sent, or may be.
    pub fn take(&mut self, request: &Request, status: u16, headers: &ReceivedHeaders) -> Result<bool, TransportError> {
        let options = &*request.options;
        if let Some(jar) = &request.jar {
            jar.keep(headers, &self.cookie_target(request), SystemTime::now());
        }
        let Some(location) = location(options, status, headers) else { return Ok(false) };
        let limit = options.max_redirects.unwrap_or(redirect::MAX_REDIRECTS);
        if self.redirects >= limit {
            let from = shown_url(&self.target.uri);
            let message = format!("more than {limit} redirects; the last one led away from {from}");
            return Err(TransportError::new(ErrorKind::Redirects, message));
        }
        self.redirects += 1;
        if options.keep_cookies && request.jar.is_none() {
            let target = self.cookie_target(request).into_owned();
            self.cookies.keep(headers, &target, SystemTime::now());
        }
        if options.auto_referer {
            self.referer = Some(self.target.uri.clone());
        }
        match redirect::next(status, self.method(request), options.post_redirects) {
            Next::Same => {}
            Next::WithoutBody => self.body_dropped = true,
            Next::Get => (self.is_get, self.body_dropped) = (true, true),
        }
        let location = String::from_utf8_lossy(location);
        let next = url::redirect(&self.target, &location).map_err(|reason| {
            TransportError::new(ErrorKind::Url, format!("redirect to \"{}\": {reason}", shown_url(&location)))
        })?;
        let last = std::mem::replace(&mut self.target, next);
        if let Some(guard) = &mut self.guard {
            guard.from = Some(shown_url(&last.uri).into_owned());
        }
        self.first.get_or_insert(last);
        self.admit()?;
        if request.auth.is_some() && (!self.strays() || options.unrestricted_auth) {
            self.target = with_parameter(request, self.target.clone());
        }
        Ok(true)
    }

    fn kept_cookies(&self, request: &Request) -> String {
        match &request.jar {
            Some(jar) => jar.line_for(&self.cookie_target(request), SystemTime::now()),
            None if self.cookies.is_empty() => String::new(),
            None => self.cookies.line_for(&self.cookie_target(request), SystemTime::now()),
        }
    }

    /// Where the journey is, as cookies see it: another host has its own name again.
    fn cookie_target(&self, request: &Request) -> Cow<'_, Target> {
        if self.is_elsewhere() { Cow::Borrowed(&self.target) } else { request.cookie_target(&self.target) }
    }

    /// Whether a redirect led to another host.
    fn is_elsewhere(&self) -> bool {
        self.first.as_ref().is_some_and(|first| !first.host().eq_ignore_ascii_case(self.target.host()))
    }

    fn method<'a>(&self, request: &'a Request) -> &'a str {
        if self.is_get { request.options.method.as_deref().unwrap_or("GET") } else { effective_method(request) }
    }
}

/// The target with what authentication adds to its query.
fn with_parameter(request: &Request, target: Target) -> Target {
    match request.auth.as_ref().and_then(|auth| auth.0.parameter()) {
        Some(parameter) => target.with_parameter(parameter),
        None => target,
    }
}

/// Where an answer leads, if it is followed. The body of such an answer is seen by nobody.
pub(super) fn location<'a>(options: &CurlOptions, status: u16, headers: &'a ReceivedHeaders) -> Option<&'a [u8]> {
    if !(options.follow_location && redirect::is_redirect(status)) {
        return None;
    }
    let (_, last) = headers.iter().rfind(|(name, _)| name == "location")?;
    Some(last.as_slice()).filter(|location| !location.is_empty())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::http::tests::request;

    fn answer(lines: &[(&str, &str)]) -> ReceivedHeaders {
        lines.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect()
    }

    #[test]
    fn a_journey_is_data() {
        let mut asked = request("POST", "http://a.test:8/one/two?q".to_owned());
        asked.body = Some(b"body".as_slice().into());
        let options = Arc::make_mut(&mut asked.options);
        (options.follow_location, options.keep_cookies, options.auto_referer) = (true, true, true);
        options.max_redirects = Some(3);
        let mut journey = Journey::new(&asked, None).unwrap();
        let hop = journey.hop(&asked, true, None);
        assert_eq!((hop.method, hop.body, hop.foreign), ("POST", Some(b"body".as_slice()), false));

        assert!(journey.take(&asked, 307, &answer(&[("location", "three"), ("set-cookie", "k=v; Path=/")])).unwrap());
        let hop = journey.hop(&asked, true, None);
        assert_eq!((hop.method, hop.body), ("POST", Some(b"body".as_slice())));
        assert_eq!(hop.target.uri, "http://a.test:8/one/three");
        assert_eq!((hop.kept_cookies.as_str(), hop.referer), ("k=v", Some("http://a.test:8/one/two?q")));

        assert!(journey.take(&asked, 302, &answer(&[("location", "http://b.test/")])).unwrap());
        let hop = journey.hop(&asked, true, None);
        assert_eq!((hop.method, hop.body, hop.body_dropped, hop.foreign), ("GET", None, true, true));
        assert_eq!((hop.kept_cookies.as_str(), journey.redirects()), ("", 2));

        // It is at home again, but what was dropped stays dropped.
        assert!(journey.take(&asked, 302, &answer(&[("location", "http://A.test:8/")])).unwrap());
        let hop = journey.hop(&asked, true, None);
        assert_eq!((hop.method, hop.body, hop.foreign), ("GET", None, false));
        assert_eq!(hop.kept_cookies, "k=v");
        let end = journey.take(&asked, 302, &answer(&[("location", "/")])).unwrap_err();
        assert_eq!((end.kind, journey.redirects()), (ErrorKind::Redirects, 3));
        assert!(!journey.take(&asked, 200, &answer(&[("location", "/")])).unwrap());
        assert!(!journey.take(&asked, 302, &answer(&[])).unwrap());
    }
}
