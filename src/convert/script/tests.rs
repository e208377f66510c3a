//! Scripts as people write them, and what becomes of each statement.

use super::{Effect, Moment, translated};

/// What a script becomes, in short.
fn shown(script: &str, moment: Moment) -> Vec<String> {
    let effects = translated(script, moment);
    effects
        .into_iter()
        .map(|effect| match effect {
            Effect::Status(codes) => format!("status {codes:?}"),
            Effect::Check(json) => json.to_string().replace('"', ""),
            Effect::Extract { name, extractor } => format!("{name} <- {extractor}").replace('"', ""),
            Effect::BindBehind { name, value } => format!("then {name} = {value}"),
            Effect::Bind { name, value } => format!("{name} = {value}"),
            Effect::Generate { name, made } => format!("{name} = {}", made.generator()),
            Effect::Lost(lost) => format!("lost {}: {}", lost.line, lost.text),
        })
        .collect()
}

#[test]
fn claims_become_validators() {
    for (script, expected) in [
        ("pm.response.to.have.status(201)", "status [201]"),
        ("pm.response.to.have.status('Created')", "status [201]"),
        ("pm.expect(pm.response.code).to.eql(200)", "status [200]"),
        ("pm.expect(pm.response.code).to.be.oneOf([200, 201])", "status [200, 201]"),
        ("pm.expect(pm.response).to.have.status(200)", "status [200]"),
        ("tests['x'] = responseCode.code === 404;", "status [404]"),
        ("tests[\"x\"] = (200 == responseCode.code)", "status [200]"),
        ("pm.response.to.be.notFound", "status [404]"),
        ("pm.expect(pm.response).to.have.property('code', 200)", "status [200]"),
        ("pm.expect(pm.response.code).to.be.within(200, 202)", "status [200, 201, 202]"),
        ("pm.expect(pm.response.code).to.be.below(202)", "status [200, 201]"),
        ("tests['x'] = responseCode.code === 200 || responseCode.code === 201", "status [200, 201]"),
        (
            "pm.response.to.not.be.error",
            "status [200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 307, 308]",
        ),
        ("pm.environment.set('a', 1)", "then a = 1"),
        ("client.assert(response.body.a.hasOwnProperty('b'), 'x')", "{extract_test:{jsonpath:$.a.b,test:exists}}"),
        (
            "client.assert(response.contentType.mimeType === 'text/css')",
            "{compare:{header:Content-Type,comparator:starts_with,expected:text/css}}",
        ),
        (
            "await pm.environment.set('a', `b ${pm.response.json().c}`)",
            "a <- {jmespath:join('', [`\\b \\`, to_string(c)])}",
        ),
        (
            "pm.expect(pm.response.json().a).to.be.ok",
            "{compare:{jsonpath:$.a,comparator:ne,expected:null}} {compare:{jsonpath:$.a,comparator:ne,expected:0}} \
             {compare:{jsonpath:$.a,comparator:ne,expected:}}",
        ),
        (
            "pm.expect(pm.response.json().a).to.not.be.ok",
            "{compare:{jsonpath:$.a,default:null,comparator:one_of,expected:[null,false,0,]}}",
        ),
        (
            "tests['x'] = pm.response.json().a",
            "{compare:{jsonpath:$.a,comparator:ne,expected:null}} {compare:{jsonpath:$.a,comparator:ne,expected:0}} \
             {compare:{jsonpath:$.a,comparator:ne,expected:}}",
        ),
        (
            "pm.expect(typeof pm.response.json().a).to.equal('string')",
            "{compare:{jsonpath:$.a,comparator:type,expected:string}}",
        ),
        (
            "pm.expect(Array.isArray(pm.response.json())).to.be.true",
            "{compare:{jsonpath:$,comparator:type,expected:array}}",
        ),
        (
            "pm.expect(pm.response.json()).to.have.nested.property('a.b[0].c')",
            "{extract_test:{jsonpath:$.a.b[0].c,test:exists}}",
        ),
        (
            "const { a, b: c } = pm.response.json(); pm.expect(a).to.eql(1); pm.expect(c.d).to.eql(2)",
            "{compare:{jsonpath:$.a,comparator:eq,expected:1}} {compare:{jsonpath:$.b.d,comparator:eq,expected:2}}",
        ),
        ("pm.expect(pm.response.status).to.equal('OK')", "status [200]"),
        ("pm.expect(pm.response.json().a.b[0]).to.eql(1)", "{compare:{jsonpath:$.a.b[0],comparator:eq,expected:1}}"),
        ("pm.expect(pm.response.json().a).to.be.true", "{compare:{jsonpath:$.a,comparator:eq,expected:true}}"),
        (
            "pm.expect(pm.response.json().a).to.be.a('string')",
            "{compare:{jsonpath:$.a,comparator:type,expected:string}}",
        ),
        ("pm.expect(pm.response.json()).to.be.an('object')", "{compare:{jsonpath:$,comparator:type,expected:dict}}"),
        ("pm.expect(pm.response.json().a).to.include('b')", "{compare:{jsonpath:$.a,comparator:contains,expected:b}}"),
        (
            "pm.expect(pm.response.json().a).to.not.include('b')",
            "{compare:{jsonpath:$.a,comparator:not_contains,expected:b}}",
        ),
        ("pm.expect(pm.response.json()).to.have.property('a')", "{extract_test:{jsonpath:$.a,test:exists}}"),
        ("pm.expect(pm.response.json()).to.not.have.property('a')", "{extract_test:{jsonpath:$.a,test:not_exists}}"),
        ("pm.expect(pm.response.json()).to.have.property('a', 1)", "{compare:{jsonpath:$.a,comparator:eq,expected:1}}"),
        (
            "pm.expect(pm.response.json().a).to.have.lengthOf(3)",
            "{compare:{jsonpath:$.a,comparator:count_eq,expected:3}}",
        ),
        ("pm.expect(pm.response.json().a.length).to.eql(3)", "{compare:{jsonpath:$.a,comparator:count_eq,expected:3}}"),
        (
            "pm.expect(pm.response.json().a.length).to.be.above(3)",
            "{compare:{jmespath:length(a),comparator:gt,expected:3}}",
        ),
        (
            "pm.expect(pm.response.json().a).to.have.length.above(3)",
            "{compare:{jmespath:length(a),comparator:gt,expected:3}}",
        ),
        (
            "pm.expect(pm.response.json().a).to.match(/^a\\/\\d+$/i)",
            "{compare:{jsonpath:$.a,comparator:regex,expected:(?i)^a/\\\\d+$}}",
        ),
        ("pm.expect(pm.response.json().a).to.be.at.least(3)", "{compare:{jsonpath:$.a,comparator:ge,expected:3}}"),
        ("pm.expect(pm.response.json().a).to.not.be.below(3)", "{compare:{jsonpath:$.a,comparator:ge,expected:3}}"),
        (
            "pm.expect(pm.response.json().a).to.be.within(1, 2)",
            "{compare:{jsonpath:$.a,comparator:between,expected:[1,2]}}",
        ),
        ("pm.expect(pm.response.json().a).to.exist", "{compare:{jsonpath:$.a,comparator:ne,expected:null}}"),
        ("pm.expect(pm.response.json().a).to.not.exist", "{compare:{jsonpath:$.a,default:null,expected:null}}"),
        ("pm.expect(pm.response.json().a).to.be.null", "{compare:{jsonpath:$.a,comparator:eq,expected:null}}"),
        ("pm.expect(pm.response.json().a).to.be.undefined", "{extract_test:{jsonpath:$.a,test:not_exists}}"),
        ("pm.expect(pm.response.json().a).to.not.be.empty", "{compare:{jmespath:length(a),comparator:gt,expected:0}}"),
        ("pm.expect(pm.response.json().a).to.be.empty", "{compare:{jsonpath:$.a,comparator:is_empty}}"),
        (
            "pm.expect(pm.response.json()).to.have.all.keys('a', 'b')",
            "{compare:{jmespath:keys(@),comparator:same_elements,expected:[a,b]}}",
        ),
        (
            "pm.expect(pm.response.json().a).to.eql({b: 1, c: 2})",
            "{compare:{jsonpath:$.a,comparator:eq,expected:{b:1,c:2}}}",
        ),
        ("pm.expect(pm.response.json()).to.include({b: 1})", "{compare:{jsonpath:$.b,comparator:eq,expected:1}}"),
        (
            "pm.expect(pm.response.json().a).to.eql(pm.environment.get('x'))",
            "{compare:{jsonpath:$.a,comparator:str_eq,expected:{variable:x}}}",
        ),
        (
            "pm.expect(pm.response.json().a).to.eql(pm.response.json().b)",
            "{compare:{jsonpath:$.a,comparator:eq,expected:{jsonpath:$.b}}}",
        ),
        (
            "pm.expect(pm.response.headers.get('X-A')).to.include('b')",
            "{compare:{header:X-A,comparator:contains,expected:b}}",
        ),
        ("pm.response.to.have.header('X-A')", "{extract_test:{header:X-A,test:exists}}"),
        ("pm.response.to.not.have.header('X-A')", "{extract_test:{header:X-A,test:not_exists}}"),
        ("pm.response.to.be.json", "{compare:{header:Content-Type,comparator:contains,expected:json}}"),
        ("pm.response.to.have.jsonBody()", "{extract_test:{jsonpath:$,test:exists}}"),
        ("pm.expect(pm.response.text()).to.include('x')", "{compare:{raw_body:,comparator:contains,expected:x}}"),
        ("tests['x'] = responseBody.has('y')", "{compare:{raw_body:,comparator:contains,expected:y}}"),
        ("pm.expect(pm.response.responseTime).to.be.below(500)", "{compare:{duration:,comparator:lt,expected:500}}"),
        ("tests.fast = responseTime < 500", "{compare:{duration:,comparator:lt,expected:500}}"),
        ("tests.fast = 500 >= responseTime", "{compare:{duration:,comparator:le,expected:500}}"),
        ("client.assert(response.status === 200, 'x')", "status [200]"),
        ("pm.expect(pm.response.json().a === 1).to.be.true", "{compare:{jsonpath:$.a,comparator:eq,expected:1}}"),
        (
            "pm.response.to.have.jsonSchema({type: 'object'})",
            "{json_schema:{schema:{type:object,$schema:http://json-schema.org/draft-07/schema#}}}",
        ),
    ] {
        assert_eq!(shown(script, Moment::After).join(" "), expected, "{script}");
    }
}

#[test]
fn what_is_not_in_the_table_is_handed_back() {
    for script in [
        "if (pm.response.json().next) { postman.setNextRequest('List'); }",
        "pm.sendRequest('http://x', function (e, r) { pm.expect(r.code).to.eql(200); });",
        "for (const a of b) { pm.expect(a).to.eql(1); }",
        "_.each(list, x => pm.expect(x).to.be.ok)",
        "pm.expect(pm.response.json().a).to.be.a('function')",
        "pm.expect(pm.response.json().a).to.satisfy(x => x)",
        "pm.response.to.not.have.status(500)",
        "tests['x'] = responseCode.code === 200 || responseTime < 5",
        "pm.expect(typeof pm.response.json().a).to.eql('object')",
        "pm.expect(CryptoJS.MD5('a').toString()).to.eql('b')",
        "pm.environment.set('a', 1 + pm.response.json().c)",
        "const { a = 1 } = pm.response.json()",
        "pm.environment.unset('a')",
        "postman.setNextRequest(null)",
        "pm.test('x', helper)",
        "function f() { return 1; }",
        "var x = f(1)",
        "pm.expect(pm.response.json().a).to.eql({header: 'x'})",
        "a ? b : c",
        ")",
    ] {
        let expected = format!("lost 1: {}", script.trim_end_matches(';'));
        assert_eq!(shown(script, Moment::After).join(" "), expected, "{script}");
    }
}

#[test]
fn a_script_is_read_statement_by_statement() {
    let script = "pm.test('fast and right', function () {\n  pm.response.to.have.status(200);\n  const a = pm.response.json(), n = 2;\n  \
                  pm.expect(a.items).to.be.an('array').that.has.lengthOf(n);\n  a.items.forEach(i => pm.expect(i).to.be.ok);\n});\n\
                  console.log('x');\npm.environment.set('first', pm.response.json().items[0].id)\n\
                  pm.globals.set('at', pm.response.headers.get('Location'));";
    assert_eq!(
        shown(script, Moment::After),
        [
            "status [200]",
            "{compare:{jsonpath:$.items,comparator:type,expected:array}}",
            "{compare:{jsonpath:$.items,comparator:count_eq,expected:2}}",
            "lost 5: a.items.forEach(i => pm.expect(i).to.be.ok)",
            "first <- {jsonpath:$.items[0].id}",
            "at <- {header:Location}",
        ]
    );
}

#[test]
fn what_is_set_before_is_bound_or_made() {
    let script = "'use strict';\npm.environment.set('a', 'b'); pm.variables.set('n', -5);\npostman.setEnvironmentVariable(\"u\", \"a85\")\n\
                  pm.globals.set('t', Date.now()); pm.variables.set('id', require('uuid').v4());\n\
                  pm.variables.set('run', pm.variables.replaceIn('{{$guid}}'));\npm.response.to.have.status(200)";
    assert_eq!(
        shown(script, Moment::Before),
        [
            "a = \"b\"",
            "n = -5",
            "u = \"a85\"",
            "t = {\"type\":\"date\",\"format\":\"epoch_ms\"}",
            "id = {\"type\":\"uuid\"}",
            "lost 5: pm.variables.set('run', pm.variables.replaceIn('{{$guid}}'))",
            "lost 6: pm.response.to.have.status(200)",
        ]
    );
}

#[test]
fn no_script_takes_long_or_ends_the_program() {
    let (deep, open) =
        (format!("x({}1{})", "(".repeat(20_000), ")".repeat(20_000)), "pm.test('x', () => {".repeat(5_000));
    for script in
        [deep.as_str(), &open, "'", "\u{0}", "pm.expect(", "a = = b", "let", "const {a} = b", "é.ü()", "x[", "}{"]
    {
        let _ = shown(script, Moment::After);
    }
    assert_eq!(shown("", Moment::After), [""; 0]);
    assert_eq!(shown("a\n'b", Moment::After), ["lost 2: a\n'b"]);
}
