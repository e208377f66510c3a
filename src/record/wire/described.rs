//! What a suite says of a test, on the wire.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::judge::described::{About, Described, Link, Parameter, Part};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireDescribed {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    labels: Vec<(String, String)>,
    /// Type, name, URL.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    links: Vec<Vec<String>>,
    /// Setup or teardown; nothing of a test between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    part: Option<String>,
    /// Name, value, and what it is besides: `secret`, `passing`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parameters: Vec<Vec<String>>,
}

impl From<&Described> for WireDescribed {
    fn from(described: &Described) -> WireDescribed {
        let parameter = |parameter: &Parameter| {
            let marks = [(parameter.is_secret, "secret"), (parameter.is_passing, "passing")];
            let marks = marks.into_iter().filter(|(is_so, _)| *is_so).map(|(_, mark)| mark.to_owned());
            [parameter.name.clone(), parameter.value.clone()].into_iter().chain(marks).collect()
        };
        let part = match described.part() {
            Part::Tests => None,
            Part::Setup => Some("setup"),
            Part::Teardown => Some("teardown"),
        };
        WireDescribed {
            description: described.description.as_deref().map(str::to_owned),
            labels: described.labels().to_vec(),
            links: described
                .links()
                .iter()
                .map(|link| vec![link.kind.clone(), link.name.clone(), link.url.clone()])
                .collect(),
            part: part.map(str::to_owned),
            parameters: described.parameters.iter().map(parameter).collect(),
        }
    }
}

impl From<WireDescribed> for Described {
    fn from(wire: WireDescribed) -> Described {
        let parameter = |texts: Vec<String>| {
            let has = |mark: &str| texts.iter().skip(2).any(|text| text == mark);
            let (is_secret, is_passing) = (has("secret"), has("passing"));
            let mut texts = texts.into_iter();
            let mut next = || texts.next().unwrap_or_default();
            Parameter { name: next(), value: next(), is_secret, is_passing }
        };
        let link = |texts: Vec<String>| {
            let mut texts = texts.into_iter();
            let mut next = || texts.next().unwrap_or_default();
            Link { kind: next(), name: next(), url: next() }
        };
        let part = match wire.part.as_deref() {
            Some("setup") => Part::Setup,
            Some("teardown") => Part::Teardown,
            _ => Part::Tests,
        };
        let about = About { labels: wire.labels, links: wire.links.into_iter().map(link).collect(), part };
        Described {
            description: wire.description.map(Arc::from),
            about: Some(about).filter(|about| *about != About::default()).map(Arc::new),
            parameters: wire.parameters.into_iter().map(parameter).collect(),
        }
    }
}
