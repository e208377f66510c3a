//! Which operation a request is: its method and URL held against paths with variables.
//!
//! Owns: servers' prefixes, concrete paths before those with variables, ranges of statuses, media types.
//! Does not: judge what was answered.

use percent_encoding::percent_decode_str;

use super::document::Document;
use super::operation::Operation;

/// The paths of a document.
#[derive(Debug, Default)]
pub struct Routes {
    routes: Vec<Route>,
}

/// The requests of an operation.
#[derive(Debug)]
pub struct Route {
    method: &'static str,
    /// The paths of its servers, without a slash at the end.
    prefixes: Vec<String>,
    path: Vec<Vec<Part>>,
}

/// A part of a segment.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    /// With its name, of neighbours that of the first.
    Variable(String),
}

/// What is found of a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// The number of its operation.
    Operation(usize),
    /// The path is there, with these methods.
    OtherMethods(Vec<&'static str>),
    /// Nothing.
    Nothing,
}

impl Routes {
    /// The operations of a document, in its order.
    pub fn of(document: &Document) -> Routes {
        Routes { routes: document.operations().iter().map(Route::of).collect() }
    }

    /// The operation of a request.
    pub fn find(&self, method: &str, url: &str) -> Found {
        let path = path_of_request(url);
        let fits = |route: &&(usize, &Route)| route.1.fits(path);
        let all: Vec<(usize, &Route)> = self.routes.iter().enumerate().collect();
        let there: Vec<&(usize, &Route)> = all.iter().filter(fits).collect();
        let own = there.iter().filter(|(_, route)| route.method == method);
        // Of several the one with text where the others have variables.
        let best = own.min_by(|a, b| a.1.rank().cmp(&b.1.rank()));
        match best {
            Some((number, _)) => Found::Operation(*number),
            None if there.is_empty() => Found::Nothing,
            None => {
                let mut methods: Vec<&'static str> = there.iter().map(|(_, route)| route.method).collect();
                methods.sort_unstable();
                methods.dedup();
                Found::OtherMethods(methods)
            }
        }
    }
}

impl Route {
    /// The route of an operation.
    pub fn of(operation: &Operation<'_>) -> Route {
        let mut prefixes: Vec<String> = operation.servers().iter().map(|url| path_of(url).to_owned()).collect();
        // A server may be tested somewhere else than where it will stand.
        prefixes.push(String::new());
        prefixes.sort_by_key(|prefix| std::cmp::Reverse(prefix.len()));
        prefixes.dedup();
        Route { method: operation.method, prefixes, path: segments(operation.path) }
    }

    /// Whether a path is its path, below any of its servers.
    pub fn fits(&self, path: &str) -> bool {
        self.prefixes.iter().any(|prefix| self.below(prefix, path, &mut |_, _| ()))
    }

    /// The variables of a path that fits, with their percent signs.
    pub fn variables(&self, path: &str) -> Vec<(&str, String)> {
        for prefix in &self.prefixes {
            let mut found = Vec::new();
            if self.below(prefix, path, &mut |name, text| found.push((name, text.to_owned()))) {
                return found;
            }
        }
        Vec::new()
    }

    fn below<'r>(&'r self, prefix: &str, path: &str, take: &mut dyn FnMut(&'r str, &str)) -> bool {
        let rest = path.strip_prefix(prefix).filter(|rest| rest.starts_with('/'));
        rest.is_some_and(|rest| fits(&self.path, rest, take))
    }

    /// The paths that it is for, where it has no variables.
    pub fn literals(&self) -> Vec<String> {
        let mut path = String::new();
        for segment in &self.path {
            path.push('/');
            match segment.as_slice() {
                [Part::Text(text)] => path.push_str(text),
                _ => return Vec::new(),
            }
        }
        self.prefixes.iter().map(|prefix| format!("{prefix}{path}")).collect()
    }

    /// Segment by segment: text before a mixture before a variable.
    pub fn rank(&self) -> Vec<usize> {
        let rank = |parts: &Vec<Part>| match parts.as_slice() {
            [Part::Variable(_)] => 2,
            parts => usize::from(parts.iter().any(|part| matches!(part, Part::Variable(_)))),
        };
        self.path.iter().map(rank).collect()
    }
}

fn path_of_request(url: &str) -> &str {
    let path = path_from(url);
    if path.is_empty() { "/" } else { path }
}

/// The path of a server's URL, which may be a path alone, without a slash at its end.
fn path_of(url: &str) -> &str {
    path_from(url).trim_end_matches('/')
}

fn path_from(url: &str) -> &str {
    let rest = match url.find("://") {
        Some(at) => &url[at + 3..],
        None => url,
    };
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let rest = &rest[..end];
    match rest.find('/') {
        Some(at) if url.contains("://") => &rest[at..],
        None if url.contains("://") => "",
        _ => rest.trim_start_matches('.'),
    }
}

fn segments(path: &str) -> Vec<Vec<Part>> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    path.trim_start_matches('/').split('/').map(parts).collect()
}

fn parts(segment: &str) -> Vec<Part> {
    let mut found = Vec::new();
    let mut rest = segment;
    while let Some((before, name)) = rest.split_once('{') {
        let Some((name, after)) = name.split_once('}') else { break };
        if !before.is_empty() {
            found.push(Part::Text(before.to_owned()));
        }
        if !matches!(found.last(), Some(Part::Variable(_))) {
            found.push(Part::Variable(name.to_owned()));
        }
        rest = after;
    }
    if !rest.is_empty() || found.is_empty() {
        found.push(Part::Text(rest.to_owned()));
    }
    found
}

/// Whether a path is that of a request, and what its variables are then.
fn fits<'p>(path: &'p [Vec<Part>], request: &str, take: &mut dyn FnMut(&'p str, &str)) -> bool {
    let mut given = request.strip_prefix('/').unwrap_or(request).split('/');
    let all = path.iter().all(|parts| given.next().is_some_and(|segment| segment_fits(parts, segment, take)));
    all && given.next().is_none()
}

fn segment_fits<'p>(parts: &'p [Part], segment: &str, take: &mut dyn FnMut(&'p str, &str)) -> bool {
    match parts {
        [Part::Text(text)] => {
            text == segment || segment.contains('%') && *text == percent_decode_str(segment).decode_utf8_lossy()
        }
        [Part::Variable(name)] => {
            take(name, segment);
            !segment.is_empty()
        }
        _ => {
            // What is taken is text with percent signs.
            let mut coded = |name: &'p str, text: &str| take(name, &text.replace('%', "%25"));
            mixture_fits(parts, &percent_decode_str(segment).decode_utf8_lossy(), &mut coded)
        }
    }
}

/// Between two texts a variable takes as little as it can, at least one character.
fn mixture_fits<'p>(parts: &'p [Part], segment: &str, take: &mut dyn FnMut(&'p str, &str)) -> bool {
    match parts {
        [] => segment.is_empty(),
        [Part::Variable(name)] => {
            take(name, segment);
            !segment.is_empty()
        }
        [Part::Text(text)] => segment == text,
        [Part::Text(text), rest @ ..] => {
            segment.strip_prefix(text.as_str()).is_some_and(|left| mixture_fits(rest, left, take))
        }
        // The last text must be the end; what stands between is searched from the left.
        [Part::Variable(name), Part::Text(text)] => {
            segment.strip_suffix(text.as_str()).filter(|left| !left.is_empty()).is_some_and(|left| {
                take(name, left);
                true
            })
        }
        [Part::Variable(name), Part::Text(text), rest @ ..] => {
            let first = segment.chars().next().map_or(0, char::len_utf8);
            segment[first..].find(text.as_str()).is_some_and(|at| {
                take(name, &segment[..first + at]);
                mixture_fits(rest, &segment[first + at + text.len()..], take)
            })
        }
        [Part::Variable(_), Part::Variable(_), ..] => false,
    }
}

/// A media type without its parameters, in small letters.
pub fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openapi::tests::document;

    #[test]
    fn requests_find_their_operation() {
        let document = document(
            "3.0.3",
            r##"
servers: [{url: "https://{host}/{base}/", variables: {host: {default: h}, base: {default: v1}}}, {url: /v2}]
paths:
  /: {get: {}}
  /books: {get: {}, post: {}}
  /books/{id}: {get: {}, parameters: []}
  /books/mine: {get: {}}
  /books/{id}.pdf: {get: {}}
  /books/{id}/pages/{a}-{b}: {get: {}}
  /o t: {get: {}}
  /own: {servers: [{url: "http://x/own/base"}], get: {}}
"##,
        );
        let routes = Routes::of(&document);
        let operations = document.operations();
        let found = |method: &str, url: &str| match routes.find(method, url) {
            Found::Operation(number) => operations[number].path.to_owned(),
            Found::OtherMethods(methods) => methods.join(" "),
            Found::Nothing => String::new(),
        };
        for (method, url, expected) in [
            ("GET", "http://h/v1/books?x=1", "/books"),
            ("GET", "http://h:8080/v2/books", "/books"),
            ("GET", "http://h/books#x", "/books"),
            ("GET", "http://h", "/"),
            ("GET", "http://h/v1/", "/"),
            ("POST", "http://h/books", "/books"),
            ("PUT", "http://h/books", "GET POST"),
            ("GET", "http://h/books/", ""),
            ("GET", "http://h/v3/books", ""),
            ("GET", "http://h/v1books", ""),
            ("GET", "http://h/books/mine", "/books/mine"),
            ("GET", "http://h/books/7", "/books/{id}"),
            ("GET", "http://h/books/7%2F8", "/books/{id}"),
            ("GET", "http://h/books/7.pdf", "/books/{id}.pdf"),
            ("GET", "http://h/books/.pdf", "/books/{id}"),
            ("GET", "http://h/books/7/pages/1-2", "/books/{id}/pages/{a}-{b}"),
            ("GET", "http://h/books/7/pages/12", ""),
            ("GET", "http://h/o%20t", "/o t"),
            ("GET", "http://h/own/base/own", "/own"),
            ("GET", "http://h/v1/own", ""),
        ] {
            assert_eq!(found(method, url), expected, "{method} {url}");
        }
    }
}
