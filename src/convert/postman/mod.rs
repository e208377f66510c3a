//! Collections of Postman, versions 2.0 and 2.1, with their environments.
//!
//! Owns: the tree of folders, what is inherited. Does not: run scripts (see `convert::script`), fetch anything.

mod address;
mod auth;
mod body;
mod connection;
mod scripts;
mod variables;

use std::path::Path;

use serde_json::Value as Json;

use self::auth::Auth;
use self::scripts::Effects;
use self::variables::Variables;
use super::made::{Item, Loss, MadeSuite, MadeTest};
use super::places::{Part, whole};
use super::request::Request;
use super::yaml::Yaml;
use super::{Input, Options, Refusal};
use crate::exchange::token::is_token;
use crate::ground::input::open_input_text;
use crate::ground::source::{Fault, Location, Source, plain};

/// Folders may be nested so deep.
const DEEPEST: usize = 50;

/// A request that is longer is not read.
const LONGEST: usize = 16 << 20;

/// An environment of more bytes is none.
const LARGEST_ENVIRONMENT: u64 = 16 << 20;

/// Whether a text is a collection, of whatever version, or an environment.
pub fn looks_like_it(input: &Input) -> bool {
    let text = input.source.text();
    let is_named = text.contains("schema.getpostman.com") || text.contains("\"_postman_") || text.contains("\"item\"");
    let is_first_version = text.contains("\"requests\"") && text.contains("\"order\"");
    text.trim_start().starts_with('{') && (is_named || is_first_version) && !text.contains("\"openapi\"")
}

/// Reads a collection.
///
/// # Errors
/// It is no JSON, or no collection of a version that is known.
pub fn read(input: &Input, options: &Options, suite: &mut MadeSuite) -> Result<(), Refusal> {
    let source = &input.source;
    let all = whole(source).map_err(Refusal::Invalid)?;
    let all = all.member("collection").filter(|inside| inside.member("info").is_some()).unwrap_or(all);
    let [info, items] = all.members(["info", "item"]);
    let (info, items) = match (info, items) {
        (Some(info), Some(items)) if items.is_list() => (info, items),
        _ => return Err(Refusal::Invalid(no_collection(all, source))),
    };
    if let Some(schema) = info.member("schema") {
        let version = schema.string().unwrap_or_default();
        if !["/v2.0", "/v2.1"].iter().any(|known| version.contains(known)) {
            let message = format!(
                "a collection of the schema \"{}\"; known are 2.0 and 2.1: in Postman, Export, Collection v2.1",
                crate::ground::columns::beginning(&version, 80)
            );
            return Err(Refusal::Invalid(Fault::new(schema.place(source), message)));
        }
    }
    if suite.title.is_none() {
        suite.title = info.member("name").and_then(Part::string).filter(|name| !name.is_empty());
    }
    let mut reader = Reader { source, options, variables: Variables::new(suite), collection_auth: None };
    let [own, old] = all.members(["variable", "variables"]);
    own.iter().chain(&old).for_each(|list| reader.variables.take(*list));
    if let Some(path) = &options.environment {
        let environment = open_input_text(Path::new(path), LARGEST_ENVIRONMENT).map_err(|error| {
            let location = Location { file: path.as_str().into(), ..Location::default() };
            Refusal::Unreadable(Fault::new(location, format!("the environment cannot be read: {}", plain(&error))))
        })?;
        let environment = Source::new(path.as_str(), environment);
        reader.variables.take(environment_values(&environment).map_err(Refusal::Invalid)?);
    }
    reader.defaults();
    let mut top = Folder::default();
    reader.enter(&mut top, all);
    reader.collection_auth(&top);
    reader.items(items, &top)?;
    reader.variables.finish();
    Ok(())
}

/// The list of an environment's values.
fn environment_values(source: &Source) -> Result<Part<'_>, Fault> {
    let all = whole(source)?;
    let list = if all.is_list() { Some(all) } else { all.member("values") };
    let message = "this is no environment of Postman: it has no list of values";
    list.filter(|list| list.is_list()).ok_or_else(|| Fault::new(all.place(source), message))
}

fn no_collection(all: Part<'_>, source: &Source) -> Fault {
    let [values, requests, item] = all.members(["values", "requests", "item"]);
    let message = match (values, requests, item) {
        (Some(_), None, None) => {
            "this is an environment of Postman; name a collection, and this with --environment FILE"
        }
        (_, Some(_), _) => "a collection of version 1; known are 2.0 and 2.1: in Postman, Export, Collection v2.1",
        _ => "this is no collection of Postman: it needs info and a list called item",
    };
    Fault::new(all.place(source), message)
}

/// What requests below a folder inherit.
#[derive(Clone, Default)]
struct Folder<'s> {
    names: Vec<String>,
    /// The nearest, with whether it is the collection's own.
    auth: Option<(Part<'s>, bool)>,
    effects: Vec<Effects>,
    behaviour: Vec<Part<'s>>,
}

struct Reader<'i> {
    source: &'i Source,
    options: &'i Options,
    variables: Variables<'i>,
    collection_auth: Option<String>,
}

impl<'i> Reader<'i> {
    /// What Postman does unless told otherwise.
    fn defaults(&mut self) {
        for (key, value) in
            [("cookies", Yaml::word(true)), ("defaults", Yaml::map([("curl_option_followlocation", Yaml::word(true))]))]
        {
            if !self.variables.suite.config.iter().any(|(have, _)| have == key) {
                self.variables.suite.config.push((key.to_owned(), value));
            }
        }
    }

    /// Takes what a collection or a folder hands down.
    fn enter(&mut self, folder: &mut Folder<'i>, part: Part<'i>) {
        let is_top = folder.names.is_empty();
        let [auth, events, behaviour] = part.members(["auth", "event", "protocolProfileBehavior"]);
        if let Some(auth) = auth.filter(|auth| auth.is_object()) {
            folder.auth = Some((auth, is_top));
        }
        folder.behaviour.extend(behaviour);
        let mut effects = scripts::read(events, self.source);
        // Lost once, not with each request.
        self.variables.suite.losses.extend(effects.losses.drain(..).map(|(_, loss)| loss));
        folder.effects.push(effects);
    }

    fn collection_auth(&mut self, top: &Folder<'i>) {
        let Some((part, _)) = top.auth else { return };
        self.variables.here = part.place(self.source);
        match auth::read(part, &mut self.variables) {
            Auth::None => {}
            Auth::Block(block, header) => {
                self.variables.suite.config.push(("auth".to_owned(), block));
                self.collection_auth = Some(header);
            }
            Auth::Lost(kind) => {
                let what = format!("authentication of the type {kind}");
                self.variables.suite.losses.push(Loss { place: part.place(self.source), what });
            }
        }
        self.variables.generators.clear();
    }

    fn items(&mut self, items: Part<'i>, folder: &Folder<'i>) -> Result<(), Refusal> {
        for item in items.items() {
            if self.variables.suite.is_full(|| item.place(self.source)) {
                return Ok(());
            }
            let [name, below, request] = item.members(["name", "item", "request"]);
            if let Some(below) = below.filter(|below| below.is_list()) {
                let mut inner = folder.clone();
                if inner.names.len() == DEEPEST {
                    let message = format!("folders are nested more than {DEEPEST} deep");
                    return Err(Refusal::Invalid(Fault::new(item.place(self.source), message)));
                }
                inner.names.push(name.and_then(Part::shown).unwrap_or_default());
                if let Some(list) = item.member("variable") {
                    self.variables.take(list);
                }
                self.enter(&mut inner, item);
                self.items(below, &inner)?;
            } else if let Some(request) = request {
                self.request(item, request, folder);
            } else {
                self.lost(item, "an item without a request");
            }
        }
        Ok(())
    }

    fn lost(&mut self, item: Part<'_>, what: &str) {
        let loss = Loss { place: item.place(self.source), what: what.to_owned() };
        self.variables.suite.items.push(Item::Lost(loss));
    }

    fn request(&mut self, item: Part<'i>, part: Part<'i>, folder: &Folder<'i>) {
        if part.text().len() > LONGEST {
            return self.lost(item, "a request of more than 16 MiB");
        }
        let place = item.place(self.source);
        self.variables.begin(place.clone());
        let name = item.member("name").and_then(Part::shown).unwrap_or_default();
        let [method, url, header, own_body, old_body, own_auth] =
            part.members(["method", "url", "header", "body", "data", "auth"]);
        let url = if part.is_object() { url } else { Some(part) };
        let method = method.and_then(Part::string).filter(|method| !method.is_empty()).unwrap_or_default();
        if !method.is_empty() && !is_token(&method) {
            return self.lost(item, &format!("the request {name:?} has a method that is none: {method:?}"));
        }
        let Some(url) = url.and_then(|url| address::url(url, &mut self.variables)) else {
            return self.lost(item, &format!("the request {name:?} has no URL"));
        };
        let mut losses = Vec::new();
        let mut request = Request { method, url, ..Request::default() };
        if let Some(list) = header {
            request.headers = address::headers(list, &mut self.variables, &mut losses);
        }
        let [item_auth, events, own_behaviour, responses] =
            item.members(["auth", "event", "protocolProfileBehavior", "response"]);
        let behaviour: Vec<Part<'_>> = folder.behaviour.iter().copied().chain(own_behaviour).collect();
        let sends_any_body = behaviour.iter().any(|part| part.member("disableBodyPruning").is_some_and(Part::is_true));
        let is_bodiless = matches!(request.method.as_str(), "" | "GET" | "HEAD" | "COPY" | "PURGE" | "UNLOCK");
        let body = own_body.filter(|body| body.is_object()).or(old_body);
        if let Some(body) = body.filter(|_| sends_any_body || !is_bodiless) {
            let said = request.header("content-type").map_or("", |kind| kind.beginning());
            let read = body::read(body, said, &mut self.variables);
            if let Some(kind) = read.content_type.filter(|_| request.header("content-type").is_none()) {
                request.set_header("Content-Type", kind);
            }
            request.body = read.body;
            losses.extend(read.losses);
        }
        let source = format!(
            "{}: {}",
            self.source.file_name(),
            folder.names.iter().chain([&name]).cloned().collect::<Vec<_>>().join(" / ")
        );
        let group = (!folder.names.is_empty()).then(|| folder.names.join(" / "));
        let mut test = MadeTest { source, name, group, request, ..MadeTest::default() };
        losses.into_iter().for_each(|what| test.lose(Some("body"), &place, what));
        let [certificate, proxy] = part.members(["certificate", "proxy"]);
        let place_of = |part: Part<'_>| part.place(self.source);
        certificate
            .filter(|own| own.is_object())
            .iter()
            .for_each(|own| connection::certificate(*own, &mut test, &place_of(*own)));
        proxy.filter(|own| own.is_object()).iter().for_each(|own| connection::proxy(*own, &mut test));
        let auth = own_auth.or(item_auth).filter(|auth| auth.is_object()).map(|auth| (auth, false)).or(folder.auth);
        self.authenticate(auth, &mut test);
        connection::behave(&behaviour, &mut test, &place);
        self.variables.suite.hide_secrets(&mut test.request);
        let own = scripts::read(events, self.source);
        let mut levels = folder.effects.clone();
        test.losses.extend(own.losses.iter().cloned());
        levels.push(own);
        scripts::apply(&levels, &mut test, &mut self.variables);
        if let Some(responses) = responses.filter(|_| self.options.examples) {
            example(responses, &mut test);
        }
        if matches!(test.request.body, Some(super::request::Body::Graphql(_))) {
            // GraphQL answers 200 with its errors in the body.
            test.extract_test(("jsonpath", "$.errors"), "not_exists");
        }
        test.generator_binds.append(&mut self.variables.generators);
        self.variables.unknown().into_iter().for_each(|what| test.lose(None, &place, what));
        self.notes(&test);
        self.variables.suite.push(test);
    }

    fn authenticate(&mut self, auth: Option<(Part<'_>, bool)>, test: &mut MadeTest) {
        let Some((part, is_collections)) = auth else { return };
        let drop_header = |test: &mut MadeTest, header: &str| {
            test.request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(header));
        };
        if is_collections {
            if let Some(header) = &self.collection_auth {
                drop_header(test, header);
            }
            return;
        }
        match auth::read(part, &mut self.variables) {
            Auth::None if self.collection_auth.is_some() => test.set("auth", Yaml::text("none")),
            Auth::None => {}
            Auth::Block(block, header) => {
                drop_header(test, &header);
                test.set("auth", block);
            }
            Auth::Lost(kind) => {
                if self.collection_auth.is_some() {
                    test.set("auth", Yaml::text("none"));
                }
                test.lose(None, &part.place(self.source), format!("authentication of the type {kind}"));
            }
        }
    }

    fn notes(&mut self, test: &MadeTest) {
        if test.statuses.is_empty() {
            self.variables.suite.note(
                "Postman takes any status where no script asks for one; here 200 is expected, and with some methods 201, \
                 202 or 204",
            );
        }
        if !test.validators.is_empty() {
            self.variables.suite.note("the comparator eq takes 1, 1.0 and true for equal, which scripts do not");
        }
    }
}

/// The first saved answer that is a success and JSON is the one that is expected.
fn example(responses: Part<'_>, test: &mut MadeTest) {
    for response in responses.items() {
        let [code, body] = response.members(["code", "body"]);
        let code = code.and_then(|code| code.text().parse::<u16>().ok()).filter(|code| (200..300).contains(code));
        let json = body.and_then(Part::string).and_then(|body| serde_json::from_str::<Json>(&body).ok());
        let (Some(code), Some(json)) = (code, json.filter(|json| json.is_object() || json.is_array())) else {
            continue;
        };
        if test.statuses.is_empty() {
            test.statuses = vec![code];
        }
        test.validators.push(super::shape::equal(&json));
        return;
    }
}
