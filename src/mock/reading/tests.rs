//! Stub files as they are written: what is read, and what is refused.

use super::*;
use crate::suite::read_test_text;

fn faults_of(text: &str) -> Vec<String> {
    let file = read_test_text("stubs.yaml", text).unwrap();
    let options = ReadOptions::default();
    let mut reader = FileReader::new(file.source.clone(), &options, PathBuf::new()).taking(UnknownKeys::Refused);
    let mut input = Input::default();
    let mut faults = Collector::default();
    faults.take(read_elements(&mut reader, &file, &mut input));
    faults.into_faults().iter().map(ToString::to_string).collect()
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (text, part) in [
        ("- stubb: {}", "stubs.yaml:1:3: unknown element \"stubb\" in a stub file; did you mean \"stub\"?"),
        ("- stub: {reqest: {}}", "1:10: unknown key \"reqest\" in a stub; did you mean \"request\"?"),
        ("- stub: {request: {methd: GET}}", "unknown key \"methd\" in a request; did you mean \"method\"?"),
        ("- stub: {request: {path: orders}}", "1:26: path must begin with /: \"/orders\""),
        ("- stub: {request: {method: 'G T'}}", "method must be a method, a list of them, or ANY, not the text \"G T\""),
        ("- stub: {request: {path_regex: '('}}", "path_regex: "),
        ("- stub: {request: {path: /, path_regex: x}}", "a request has path and path_regex; keep one"),
        ("- stub: {request: {query: {a: {contain: x}}}}", "unknown comparator \"contain\"; did you mean \"contains\"?"),
        ("- stub: {request: {query: {a: {absent: true, eq: 1}}}}", "what is absent is compared with nothing"),
        ("- stub: {request: {headers: {a: {between: 1}}}}", "expected of between must be "),
        ("- stub: {request: {body: text}}", "body of a request must be a validator or a list of them"),
        (
            "- stub: {request: {body: {jsonpth: $.a, expected: 1}}}",
            "unknown extractor \"jsonpth\"; did you mean \"jsonpath\"?",
        ),
        ("- stub: {request: {body: {multipart: [{value: x}]}}}", "a part needs a name"),
        ("- stub: {response: {statsu: 200}}", "unknown key \"statsu\" in a response; did you mean \"status\"?"),
        ("- stub: {response: {status: 1700}}", "1:29: status must be from 200 to 999, not the number 1700"),
        ("- stub: {response: {status: 204, body: x}}", "an answer with status 204 has no body"),
        ("- stub: {response: {body: x, json: {}}}", "a response has body and json beside it; keep one"),
        ("- stub: {response: {file: no-such-file}}", "no-such-file"),
        ("- stub: {response: {fault: rest}}", "unknown fault \"rest\"; did you mean \"reset\"?"),
        ("- stub: {response: {fault: {truncat: 5}}}", "unknown fault \"truncat\"; did you mean \"truncate\"?"),
        ("- stub: {response: {fault: reset, dribble: {chunks: 1, over: 1}}}", "do not go together; keep one"),
        ("- stub: {response: {dribble: {chunks: 0, over: 1}}}", "chunks must be from 1 to 100000, not the number 0"),
        ("- stub: {response: {delay: {min: 2, max: 1}}}", "min of a delay is more than its max"),
        ("- stub: {response: {delay: {min: 2}}}", "delay must be seconds, {min: …, max: …} or {mean: …, sigma: …}"),
        ("- stub: {response: {delay: -1}}", "delay must be a number of seconds, 0 or more"),
        ("- stub: {response: {headers: {Content-Length: 5}}}", "Content-Length is written by the server itself"),
        ("- stub: {response: {}, responses: [{}]}", "a stub has response and responses; keep one"),
        ("- stub: {responses: []}", "responses must be a list of at least one response"),
        ("- stub: {times: 0}", "times must be 1 or more, not the number 0"),
        ("- stub: {state: {is: x}}", "state needs a name"),
        ("- stub: {state: {name: x}}", "state needs is or set"),
        ("- stub: {proxy: example.com}", "proxy must be an origin such as https://api.example.com"),
        ("- stub: {generator_binds: {x: ids}}", "x is to come from \"ids\", which config: generators does not have"),
        ("- resource: {file: x}", "a resource needs path: /users"),
        ("- resource: {path: '/a/{b}'}", "path of a resource must be a path without variables"),
        ("- resource: {path: /a, persist: true}", "persist: true needs file"),
        (
            "- config: {generator: {}}",
            "unknown key \"generator\" in config of a stub file; did you mean \"generators\"?",
        ),
        ("text", "a stub file must be a list of stubs"),
        ("- text", "an element of a stub file must be a mapping"),
        ("", "a stub file must be a list of stubs (- stub: …, - resource: …), not nothing (null)"),
    ] {
        let faults = faults_of(text);
        assert!(faults.first().is_some_and(|fault| fault.contains(part)), "{text}: {faults:?}");
    }
    // All of it is told, not the first alone.
    let several = faults_of("- stub: {request: {path: x}, response: {status: 1}, tims: 2}\n- stub: {fault: x}");
    assert_eq!(several.len(), 4, "{several:?}");
}

#[test]
fn what_is_right_is_read() {
    for text in [
        "- stub: {}",
        "- stub:\n    - request: {method: [get, POST], path: '/a/{id}', query: {p: 2, q: [a, b], r: {gt: 5}, s: {absent: true}}}\n    \
         - response: {status: 201, json: {template: {id: $id}}, delay: {mean: 0.1, sigma: 0.2}}\n    - times: 2",
        "- stub: {request: {body: {jsonpath: $.total, comparator: gt, expected: 5}}}",
        "- stub: {request: {body: [{regex: 'a+'}, {xpath: //a}, {json_equals: {expected: {a: 1}}}, {form: {a: x}}]}}",
        "- stub: {request: {body: {multipart: [{name: f, filename: {ends_with: .txt}, type: text/plain}]}}}",
        "- stub: {responses: [{status: 500}, {status: 200}], cycle: true, state: {name: a, is: started, set: b}}",
        "- stub: {generator_binds: {x: ids}}\n- config: {generators: {ids: {type: number_sequence}}, variables: {a: 1}}",
        "- resource: {path: /users}",
        "stub: {fault: {truncate: 5}}",
    ] {
        assert_eq!(faults_of(text), Vec::<String>::new(), "{text}");
    }
}
