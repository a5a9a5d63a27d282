//! The key and other bytes that an error must not show.

use super::*;

#[test]
fn no_error_shows_the_key_wherever_a_server_echoes_it() {
    let bodies = [
        format!("you sent {KEY}"),
        format!("{KEY}{KEY}"),
        format!(r#"{{"error":"{KEY}","code":"{KEY}"}}"#),
        format!(r#"{{"session":{{"session_id":"{ID}","bandwidth":"{KEY}"}}}}"#),
        format!(r#"{{"session":{{"session_id":"{KEY}"}}}}"#),
        format!("{}{KEY}", "x".repeat(290)),
    ];
    let headers = [("location", KEY), ("x-brd-error", KEY), ("x-brd-error-code", KEY), ("retry-after", KEY)];
    for status in [200, 204, 302, 400, 401, 404, 408, 429, 500] {
        for body in &bodies {
            let api = api().with_retry(RetryPolicy::none());
            let outcome = response(status, &headers, body);
            let error = play_all(&mut api.get(&ID.parse().unwrap()), [outcome]).items.remove(0).unwrap_err();
            let shown = format!("{error} {error:?} {error:#?}");
            assert!(!shown.contains(KEY), "{status} {body}: {shown}");
        }
    }
}

#[test]
fn no_error_shows_the_key_escaped_as_json() {
    for (key, json) in [
        (r"0123456\89abcdef", r#""0123456\\89abcdef""#),
        ("0123456\"89abcdef", r#""0123456\"89abcdef""#),
        ("0123456/89abcdef", r#""0123456\/89abcdef""#),
    ] {
        let api = Api::new(ApiKey::new(key).unwrap());
        let bodies = [
            (200, format!(r#"{{"session":{{"session_id":"{ID}","bandwidth":{json}}}}}"#)),
            (200, format!(r#"{{"session":{{"session_id":{json}}}}}"#)),
            (400, format!(r#"{{"error":{json}}}"#)),
            (400, format!(r#"{{"error":{json}, cut short"#)),
        ];
        for (status, body) in bodies {
            let response = Response::builder().status(status).body(body.as_bytes()).unwrap();
            let error = api.parse(&GetSession::new(ID.parse().unwrap()), response).unwrap_err();
            assert!(error.to_string().contains("[redacted]"), "{error}");
            assert!(!error.to_string().contains("89abcdef"), "{error}");
        }
    }
}

#[test]
fn an_invalid_utf8_byte_hides_nothing_else() {
    let table: [(&[u8], &str); 2] = [
        (b"{\"error\":\"caf\xe9\",\"code\":\"c1\"}", "bad request: status 400, caf\u{fffd} (c1)"),
        (b"caf\xe9", "bad request: status 400, caf\u{fffd}"),
    ];
    for (body, shown) in table {
        let response = Response::builder().status(400).body(body.to_vec()).unwrap();
        assert_eq!(error(Ok(response)).to_string(), shown);
    }
}

#[test]
fn at_most_16_kib_of_an_error_body_are_parsed() {
    let body = format!(r#"{{"padding":"{}","error":"not seen"}}"#, "x".repeat(16 << 10));
    let response = Response::builder().status(400).body(body.as_bytes()).unwrap();
    let error = api().parse(&GetSession::new(ID.parse().unwrap()), response).unwrap_err();
    assert!(error.to_string().starts_with(r#"bad request: status 400, {"padding":"xxx"#), "{error}");
    assert!(error.to_string().len() < 400);
}
