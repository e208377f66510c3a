//! Setup and teardown of a file: what ran around its tests.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::judge::described::Part;

/// A result that has been written.
pub struct Member {
    /// The file that the test stands in.
    pub file: Arc<str>,
    /// Its part in it.
    pub part: Part,
    /// What it is known by.
    pub uuid: String,
    /// What it says.
    pub result: Value,
}

/// A container for each file that has something around its tests, but for its UUID.
pub fn containers(members: &[Member]) -> Vec<Value> {
    let mut files: Vec<&Arc<str>> = Vec::new();
    for member in members.iter().filter(|member| member.part != Part::Tests) {
        if !files.contains(&&member.file) {
            files.push(&member.file);
        }
    }
    let container = |file: &Arc<str>| {
        let own = || members.iter().filter(|member| member.file == *file);
        let fixtures = |part| own().filter(|member| member.part == part).map(fixture).collect::<Vec<_>>();
        let children: Vec<&str> =
            own().filter(|member| member.part == Part::Tests).map(|member| member.uuid.as_str()).collect();
        let (befores, afters) = (fixtures(Part::Setup), fixtures(Part::Teardown));
        let time = |key: &str| own().filter_map(|member| member.result[key].as_u64()).collect::<Vec<_>>();
        json!({
            "uuid": "", "name": &**file, "children": children, "befores": befores, "afters": afters,
            "start": time("start").into_iter().min(), "stop": time("stop").into_iter().max(),
        })
    };
    files.into_iter().map(container).collect()
}

/// What of a result is that of a fixture.
fn fixture(member: &Member) -> Value {
    const KEYS: [&str; 9] =
        ["name", "status", "statusDetails", "stage", "start", "stop", "steps", "attachments", "parameters"];
    KEYS.iter().map(|key| ((*key).to_owned(), member.result[*key].clone())).collect()
}
