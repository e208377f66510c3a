//! Values, unknown names, impossible options.

use super::*;

fn set_all(pairs: &[(&str, Value)]) -> Result<CurlOptions, String> {
    let mut options = CurlOptions::default();
    for (name, value) in pairs {
        set(&mut options, name, value)?;
    }
    Ok(options)
}

fn text(text: &str) -> Value {
    Value::Str(text.to_owned())
}

#[test]
fn the_table_is_sorted_and_has_no_name_twice() {
    assert!(table().windows(2).all(|pair| pair[0].name < pair[1].name));
    assert!(table().iter().all(|option| !option.doc.is_empty() && option.name == option.name.to_ascii_lowercase()));
}

#[test]
fn values_are_settled() {
    let options = set_all(&[
        ("FollowLocation", Value::Bool(true)),
        ("maxredirs", Value::Int(-1)),
        ("timeout", Value::Int(0)),
        ("CONNECTTIMEOUT_MS", Value::Int(1500)),
        ("encoding", text("")),
        ("userpwd", text("a:b:c")),
        ("nobody", Value::Int(1)),
        ("proxytype", Value::Int(5)),
        ("resolve", Value::List(vec![text("h:80:127.0.0.1")])),
        ("ipresolve", Value::Int(1)),
        ("httpauth", Value::Int(3)),
        ("nosignal", Value::Int(1)),
        ("url", Value::Null),
    ])
    .unwrap();
    assert!(options.follow_location);
    assert_eq!(options.max_redirects, Some(u32::MAX));
    assert_eq!(options.timeout, Some(Duration::MAX));
    assert_eq!(options.connect_timeout, Some(Duration::from_millis(1500)));
    assert_eq!(options.accept_encoding.as_deref(), Some("gzip, deflate"));
    assert_eq!(options.username.as_deref(), Some("a"));
    assert_eq!(options.password, Some(Secret("b:c".to_owned())));
    assert_eq!(options.form, Some(Form::Head));
    assert_eq!(options.connection.proxy_type, Some(ProxyType::Socks5));
    assert_eq!(options.connection.family, Family::V4);
    assert!(!format!("{options:?}").contains("b:c"));
}

#[test]
fn what_does_not_fit_says_why() {
    for (name, value, part) in [
        ("folowlocation", Value::Int(1), "did you mean \"followlocation\"?"),
        ("timeout", text("5"), "curl option timeout: expects a whole number"),
        ("timeout", Value::Int(-1), "cannot be negative"),
        (
            "accept_encoding",
            text("gzip, zstd"),
            "answers in \"zstd\" cannot be decoded here; allowed are gzip, x-gzip,",
        ),
        ("encoding", text("gzpi;q=0.5"), "\"gzpi\" cannot be decoded here; did you mean \"gzip\"?; allowed are"),
        ("useragent", Value::Int(5), "expects text"),
        ("followlocation", text("yes"), "expects true or false"),
        ("resolve", text("h:80:1"), "expects a list"),
        ("httpauth", Value::Int(8), "basic (1), digest (2)"),
        ("netrc", Value::Int(3), "must be 0 (ignored), 1 (optional) or 2 (required), not 3"),
        ("aws_sigv4", text("osc:osc"), "must be aws:amz, aws:amz:REGION or aws:amz:REGION:SERVICE, not \"osc:osc\""),
        ("aws_sigv4", text("aws:amz::s3"), "must be aws:amz,"),
        ("http_version", Value::Int(3), "3 is HTTP/2"),
        ("http_version", Value::Int(5), "h2c"),
        ("http_version", Value::Int(30), "30 is HTTP/3"),
        ("http_version", Value::Int(31), "31 is HTTP/3"),
        ("http_version", Value::Int(6), "no version 6"),
        ("cookiefile", text("jar.txt"), "not read from files"),
        ("dns_servers", text("1.1.1.1"), "is known but cannot work here: names are looked up by the system"),
        ("writefunction", Value::Int(1), "known but cannot work"),
    ] {
        let message = set_all(&[(name, value)]).unwrap_err();
        assert!(message.contains(part), "{name}: {message}");
    }
}

#[test]
fn a_form_changes_get_post_and_put_only() {
    let with = |form| CurlOptions { form, ..CurlOptions::default() };
    for method in ["GET", "POST", "PUT"] {
        assert_eq!(with(Some(Form::Head)).method_of(method), "HEAD");
        assert_eq!(with(Some(Form::Put)).method_of(method), "PUT");
        assert_eq!(with(None).method_of(method), method);
    }
    for method in ["DELETE", "PATCH", "HEAD", "PURGE"] {
        assert_eq!(with(Some(Form::Get)).method_of(method), method);
    }
}

#[test]
fn authentication_beyond_a_header_is_kept_together() {
    let auth = |pairs: &[(&str, Value)]| set_all(pairs).unwrap().auth.map(|auth| *auth).unwrap_or_default();
    assert!(auth(&[("httpauth", Value::Int(2))]).digest && auth(&[("httpauth", Value::Int(-18))]).digest);
    assert!(!auth(&[("httpauth", Value::Int(3))]).digest && !auth(&[("httpauth", Value::Int(128))]).digest);
    let scope = auth(&[("aws_sigv4", text("AWS:amz:eu-central-1:s3"))]).aws_sigv4.unwrap();
    assert_eq!((scope.region.as_deref(), scope.service.as_deref()), (Some("eu-central-1"), Some("s3")));
    let netrc = auth(&[("netrc", Value::Int(1)), ("netrc_file", text("f"))]);
    assert_eq!((netrc.netrc, netrc.netrc_file.as_deref()), (Some(false), Some("f")));
}
