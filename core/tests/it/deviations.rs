//! Differences between a response and the service's documentation.

use brightdata_sessions::deviations;

mod compare;
mod mutation;

const SESSION: &str = r#"{"session_id":"3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f","api_name":"zone","status":"finished","timestamp":"2025-12-16T18:53:41Z","target_url":null,"end_url":null,"navigations":4,"duration":209.444,"captcha":"none","bandwidth":1200,"error":null}"#;
const PAGE: &str = r#"{"sessions":[],"count":0,"total":257,"pagination":{"offset":0,"limit":50,"has_more":true,"next_offset":50}}"#;

/// Returns the deviations of a body, a line for each.
fn lines(body: &str) -> String {
    let lines: Vec<_> = deviations(body.as_bytes()).iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// Replaces one text of a documented body.
fn changed(body: &str, old: &str, new: &str) -> String {
    assert_eq!(body.matches(old).count(), 1, "{old}");
    body.replace(old, new)
}

#[test]
fn documented_bodies_have_no_deviations() {
    for name in ["sessions/documented_finished", "sessions/documented_failed", "sessions/documented_running"]
    {
        assert_eq!(lines(&fixture(name)), "", "{name}");
    }
    let documented: Vec<_> = ["finished", "failed", "running"]
        .map(|name| {
            let body = fixture(&format!("sessions/documented_{name}"));
            body.trim().strip_prefix(r#"{"session":"#).unwrap().strip_suffix('}').unwrap().to_owned()
        })
        .into();
    let page = changed(PAGE, r#"[],"count":0"#, &format!(r#"[{}],"count":3"#, documented.join(",")));
    assert_eq!(lines(&page), "");
    assert_eq!(lines(&format!(r#"{{"session":{SESSION}}}"#)), "");
    assert_eq!(lines(PAGE), "");
}

#[expect(clippy::disallowed_methods, reason = "the fixtures are files")]
fn fixture(name: &str) -> String {
    std::fs::read_to_string(format!("{}/tests/fixtures/{name}.json", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn a_body_that_is_not_documented_is_one_deviation() {
    let documented = "documented: a session or a page of sessions in JSON";
    let table: &[(&[u8], &str)] = &[
        (b"", "an empty body"),
        (b" \r\n", "an empty body"),
        (b"\xff{}", "bytes that are not UTF-8"),
        (b"<!DOCTYPE html><title>jane@example.com</title>", "a web page or XML"),
        (b"\xef\xbb\xbf{}", "invalid JSON: starts with a byte-order mark"),
        (br#"{"session":{"#, "invalid JSON: EOF while parsing an object at line 1 column 12"),
        (b"secret", "invalid JSON: expected value at line 1 column 1"),
        (b"[1]", "a list"),
        (br#""secret""#, "a string"),
        (b"null", "null"),
        (b"{}", "an empty object"),
        (
            br#"{"error":"secret","https://x/?q=1":2}"#,
            "an object with the fields error, <name of 14 characters>",
        ),
    ];
    for (body, found) in table {
        let text = String::from_utf8_lossy(body);
        let actual: Vec<_> = deviations(body).iter().map(ToString::to_string).collect();
        assert_eq!(actual, [format!("body: found {found}, {documented}")], "{text}");
    }
}

#[test]
fn each_change_of_a_session_is_named_without_its_value() {
    let whole = "documented: a whole number of bytes";
    let words = r#"documented: "running", "finished" or "failed""#;
    let captcha = r#"documented: "solved", "none", "failed" or "detected""#;
    let time = "documented: a string such as 2025-12-16T18:53:41Z";
    let unknown = "documented: no field of this name";
    let table = [
        ("1200", "\"1200\"", format!("session.bandwidth: found a number in quotes, {whole}")),
        ("1200", "true", format!("session.bandwidth: found a boolean, {whole}")),
        ("1200", "12.5", format!("session.bandwidth: found a number with a fraction, {whole}")),
        ("1200", "12.0", format!("session.bandwidth: found a whole number with a decimal point, {whole}")),
        ("1200", "1e3", format!("session.bandwidth: found a number with an exponent, {whole}")),
        ("1200", "-1", format!("session.bandwidth: found a negative number, {whole}")),
        (
            "1200",
            "18446744073709551616",
            format!("session.bandwidth: found a number above 2^64 - 1, {whole}"),
        ),
        (
            "209.444",
            "-0.5",
            "session.duration: found a negative number, documented: a number of seconds or null".into(),
        ),
        (
            "209.444",
            "null",
            "session.duration: found null in a session that ended, documented: null only while it runs"
                .into(),
        ),
        (
            "209.444",
            "3600.5",
            "session.duration: found over an hour, documented: sessions of at most 60 minutes".into(),
        ),
        ("\"zone\"", "null", "session.api_name: found null, documented: a string".into()),
        ("\"zone\"", "\"\"", String::new()),
        (
            "\"zone\"",
            r#""\ud800""#,
            "session.api_name: found a string with a lone surrogate, documented: a string".into(),
        ),
        (
            "\"finished\"",
            "\"paused by user\"",
            format!("session.status: found \"paused by user\", {words}"),
        ),
        (
            "\"finished\"",
            "\"jane@example.com\"",
            format!("session.status: found a string of 16 characters, {words}"),
        ),
        (
            "\"finished\"",
            "\"running\"",
            "session.duration: found a number in a running session, documented: null while it runs".into(),
        ),
        (
            "\"finished\"",
            "\"failed\"",
            "session.error: found null in a failed session, documented: an error in each failed session"
                .into(),
        ),
        ("\"none\"", "\"skipped\"", format!("session.captcha: found \"skipped\", {captcha}")),
        (
            "\"none\"",
            r#""\u001b[31m""#,
            format!("session.captcha: found a string of 5 characters, {captcha}"),
        ),
        (
            "3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f",
            "0123456789abcdef01234567",
            "session.session_id: found a string of 24 characters (hex digits), documented: the shape of a UUID in every example, but no promise".into(),
        ),
        (
            "3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f",
            "..",
            "session.session_id: found a string of 2 characters (other characters), documented: an id that fits into a URL".into(),
        ),
        (
            "2025-12-16T18:53:41Z",
            "2025-12-16T18:53:41.123+01:00",
            format!("session.timestamp: found the notation 0000-00-00T00:00:00.000+00:00, {time}"),
        ),
        (
            "2025-12-16T18:53:41Z",
            "2025-13-16T18:53:41Z",
            format!("session.timestamp: found a date that does not exist, {time}"),
        ),
        (
            "2025-12-16T18:53:41Z",
            "Tue, 16 Dec 2025",
            format!("session.timestamp: found the notation Aaa, 00 Aaa 0000, {time}"),
        ),
        ("\"2025-12-16T18:53:41Z\"", "1765911221", format!("session.timestamp: found a whole number, {time}")),
        (",\"error\":null", "", "session.error: found nothing, documented: an object or null".into()),
        (
            ",\"error\":null",
            r#","error":null,"bandwidth":1,"region":"eu","proxy":{"ip":1}"#,
            format!(
                "session.bandwidth: found the field twice, documented: each field once\n\
                 session.proxy: found an object, {unknown}\n\
                 session.region: found a string, {unknown}"
            ),
        ),
        (
            "\"error\":null",
            r#""error":{"code":7,"more":[]}"#,
            format!(
                "session.error.code: found a whole number, documented: a string\n\
                 session.error.message: found nothing, documented: a string\n\
                 session.error.more: found a list, {unknown}"
            ),
        ),
        (
            "\"error\":null",
            r#""error":"no_peers""#,
            "session.error: found a string, documented: an object or null".into(),
        ),
        (
            "\"error\":null",
            r#""error":null,"0123456789abcdef":1,"\ud800":1,"":1"#,
            format!(
                "session: found a name with a lone surrogate, documented: Unicode text\n\
                 session.<name of 0 characters>: found a whole number, {unknown}\n\
                 session.<name of 16 characters>: found a whole number, {unknown}"
            ),
        ),
    ];
    for (old, new, expected) in table {
        let body = format!(r#"{{"session":{}}}"#, changed(SESSION, old, new));
        assert_eq!(lines(&body), expected, "{new}");
        let page =
            changed(PAGE, r#"[],"count":0"#, &format!(r#"[{}],"count":1"#, changed(SESSION, old, new)));
        let of_page =
            expected.lines().map(|line| line.replacen("session", "sessions[]", 1) + " (in sessions[0])");
        assert_eq!(lines(&page), of_page.collect::<Vec<_>>().join("\n"), "{new}");
    }
}

#[test]
fn each_change_of_the_envelope_is_named() {
    let table = [
        (
            r#"{"session":null,"more":1}"#,
            "session: found null, documented: a session object\n\
             more: found a whole number, documented: no field of this name",
        ),
        (r#"{"session":[]}"#, "session: found a list, documented: a session object"),
        (
            r#"{"sessions":{},"count":1,"pagination":{}}"#,
            "pagination.has_more: found nothing, documented: a boolean\n\
             pagination.limit: found nothing, documented: a whole number\n\
             pagination.next_offset: found nothing, documented: a whole number or null\n\
             pagination.offset: found nothing, documented: a whole number\n\
             sessions: found an object, documented: a list of sessions\n\
             total: found nothing, documented: a whole number",
        ),
        (
            r#"{"sessions":[[], 1, 2],"count":3,"total":3,"pagination":[]}"#,
            "pagination: found a list, documented: an object\n\
             sessions[]: found a list, documented: a session object (in sessions[0])\n\
             sessions[]: found a whole number, documented: a session object (2 times, first in sessions[1])",
        ),
    ];
    for (body, expected) in table {
        assert_eq!(lines(body), expected, "{body}");
    }
}

#[test]
fn numbers_that_do_not_add_up_are_named() {
    let sessions = r#"[],"count":0"#;
    let three: Vec<_> = ["a", "b", "c"].iter().map(|id| SESSION.replace("3f2c1d9e", &id.repeat(8))).collect();
    let page = changed(PAGE, sessions, &format!(r#"[{}],"count":3"#, three.join(",")));
    assert_eq!(lines(&page), "");
    let offset = "documented: an offset after this page";
    let table = [
        ("\"count\":3", "\"count\":2", "count: found 2 for 3 sessions, documented: the number of sessions on the page".into()),
        ("50,\"has", "2,\"has", "pagination.limit: found 2 for 3 sessions, documented: the maximum number of sessions on the page\npagination.next_offset: found 50, which skips sessions, documented: offset plus limit".into()),
        ("257", "2", "pagination.has_more: found true at the end of 2, documented: whether a next page exists\ntotal: found 2 for 3 sessions up to this page, documented: the number of sessions on all pages".into()),
        ("257", "3", "pagination.has_more: found true at the end of 3, documented: whether a next page exists".into()),
        ("_offset\":50", "_offset\":null", "pagination.next_offset: found null although has_more is true, documented: the offset of the next page".into()),
        ("_offset\":50", "_offset\":0", format!("pagination.next_offset: found 0 for offset 0, {offset}")),
        ("_offset\":50", "_offset\":2", format!("pagination.next_offset: found 2 inside this page, {offset}")),
        ("_offset\":50", "_offset\":3", String::new()),
        ("_offset\":50", "_offset\":51", "pagination.next_offset: found 51, which skips sessions, documented: offset plus limit".into()),
        ("true", "false", "pagination.has_more: found false before the end of 257, documented: whether a next page exists\npagination.next_offset: found a number although has_more is false, documented: null on the last page".into()),
        ("true,\"next_offset\":50", "false,\"next_offset\":null", "pagination.has_more: found false before the end of 257, documented: whether a next page exists".into()),
        ("bbbbbbbb", "aaaaaaaa", "sessions[].session_id: found an id that another session has, documented: a unique id (in sessions[1])".into()),
    ];
    for (old, new, expected) in table {
        assert_eq!(lines(&changed(&page, old, new)), expected, "{new}");
    }
}

#[test]
fn a_page_without_an_order_is_noted() {
    let session = |id: u32, second: u32, duration: f64, bandwidth: u64| {
        SESSION
            .replace("3f2c1d9e", &format!("0000000{id}"))
            .replace("53:41Z", &format!("53:{second}Z"))
            .replace("209.444", &duration.to_string())
            .replace("1200", &bandwidth.to_string())
    };
    let page = |sessions: [String; 3]| {
        changed(PAGE, r#"[],"count":0"#, &format!(r#"[{}],"count":3"#, sessions.join(",")))
    };
    let by_time = page([session(1, 43, 5.5, 7), session(2, 42, 9.5, 9), session(3, 41, 1.5, 8)]);
    let by_duration = page([session(1, 41, 1.5, 7), session(2, 43, 5.5, 9), session(3, 42, 9.5, 8)]);
    let by_bandwidth = page([session(1, 41, 5.5, 9), session(2, 43, 9.5, 8), session(3, 42, 1.5, 7)]);
    let by_nothing = page([session(1, 41, 5.5, 7), session(2, 43, 9.5, 9), session(3, 42, 1.5, 8)]);
    assert_eq!([by_time, by_duration, by_bandwidth].map(|page| lines(&page)), [const { String::new() }; 3]);
    assert_eq!(
        lines(&by_nothing),
        "sessions[].timestamp: found no order by time, duration or bandwidth, documented: a list in one of these orders"
    );
}

#[test]
fn a_deviation_of_100_sessions_is_one_with_a_count() {
    let sessions: Vec<_> = (0..100)
        .map(|index| {
            let session = SESSION.replace("3f2c1d9e", &format!("{index:08}"));
            if index < 7 { session } else { changed(&session, "\"error\"", "\"region\":\"eu\",\"error\"") }
        })
        .collect();
    let page = format!(
        r#"{{"sessions":[{}],"count":100,"total":100,"pagination":{{"offset":0,"limit":100,"has_more":false,"next_offset":null}}}}"#,
        sessions.join(",")
    );
    let found = deviations(page.as_bytes());
    let json = serde_json::to_string(&found).unwrap();
    assert_eq!(
        json,
        r#"[{"kind":"unknown_field","is_note":true,"path":"sessions[].region","found":"a string","documented":"no field of this name","count":93,"first":7}]"#
    );
    assert_eq!(
        found[0].to_string(),
        "sessions[].region: found a string, documented: no field of this name (93 times, first in sessions[7])"
    );
}

#[test]
fn a_long_result_ends_with_the_number_of_the_omitted() {
    // Letters, because a name with many digits is not shown.
    let name =
        |number: u8| [number / 26, number % 26].map(|letter| char::from(b'a' + letter)).iter().collect();
    let names: Vec<String> = (0..60).map(name).collect();
    let members: Vec<_> = names.iter().map(|name| format!("\"{name}\":1")).collect();
    let body = format!(
        r#"{{"session":{}}}"#,
        changed(SESSION, "\"error\"", &format!("{},\"error\"", members.join(",")))
    );
    let found = deviations(body.as_bytes());
    assert_eq!(found.len(), 51);
    assert_eq!(found[50].to_string(), "body: found further deviations, documented: none of them (10 times)");
    assert!(found[50].is_note);

    // Problems are retained, however many notes come before them.
    let broken = changed(&body, "\"error\":null", "\"error\":1");
    let problem = "session.error: found a whole number, documented: an object or null";
    assert_eq!(deviations(broken.as_bytes())[0].to_string(), problem);
}

#[test]
fn a_page_of_too_many_sessions_is_named() {
    let body = format!(r#"{{"sessions":[{}]}}"#, vec!["1"; 2000].join(","));
    let expected = [
        "count: found nothing, documented: a whole number",
        "pagination: found nothing, documented: an object",
        "sessions: found 2000 sessions, documented: at most 100 sessions on a page",
        "sessions[]: found a whole number, documented: a session object (1000 times, first in sessions[0])",
        "total: found nothing, documented: a whole number",
    ];
    assert_eq!(lines(&body), expected.join("\n"));
}
