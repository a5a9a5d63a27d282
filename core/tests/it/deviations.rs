//! Differences between a response and the service's documentation.

use brightdata_sessions::deviations;

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
                "session.<name of 0 characters>: found a whole number, {unknown}\n\
                 session.<name of 16 characters>: found a whole number, {unknown}\n\
                 session.<name with a lone surrogate>: found a whole number, {unknown}"
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
