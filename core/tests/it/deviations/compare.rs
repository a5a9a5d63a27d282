//! Differences between the record of a session on a page and alone.

use brightdata_sessions::deviations_between;

const SESSION: &str = r#"{"session_id":"a","api_name":"zone","status":"failed","timestamp":"2025-12-16T18:53:41Z","target_url":"https://example.com/","navigations":4,"duration":209.444,"bandwidth":9007199254740993,"error":{"code":"unknown","message":"Error"},"new":[1, {"a b": 2}]}"#;

/// Returns the differences between a record on a page and one alone, a line for each.
fn lines(listed: &str, single: &str) -> String {
    let page = format!(r#"{{"sessions":[1,{{"session_id":"b"}},{listed}]}}"#);
    let single = format!(r#"{{"session":{single}}}"#);
    let lines: Vec<_> =
        deviations_between(page.as_bytes(), single.as_bytes()).iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[test]
fn the_same_record_in_another_notation_has_no_differences() {
    assert_eq!(lines(SESSION, SESSION), "");
    let table = [
        ("209.444", "209.4440"),
        ("4,\"duration", "4.0,\"duration"),
        ("https://example.com/", r"https:\/\/example.com\/"),
        ("[1, {\"a b\": 2}]", "[ 1,{\"a b\":2} ]"),
        ("\"code\":\"unknown\",\"message\":\"Error\"", "\"message\":\"Error\",\"code\":\"unknown\""),
    ];
    for (old, new) in table {
        assert_eq!(lines(SESSION, &changed(old, new)), "", "{new}");
    }
}

#[test]
fn each_difference_of_a_record_is_named_without_its_value() {
    let same = "documented: the same value in the list and alone";
    let fields = "documented: the same fields in the list and alone";
    let table = [
        ("\"a\"", "\"A\"", format!("session.session_id: found two different values, each a string, {same}")),
        (
            "209.444",
            "209.445",
            format!("session.duration: found two different values, each a number with a fraction, {same}"),
        ),
        (
            "209.444",
            "null",
            format!("session.duration: found a number with a fraction in the list, null alone, {same}"),
        ),
        (
            "740993",
            "740992",
            format!("session.bandwidth: found two different values, each a whole number, {same}"),
        ),
        (
            "\"Error\"",
            "\"Secret\"",
            format!("session.error.message: found two different values, each a string, {same}"),
        ),
        ("\"a b\"", "\"ab\"", format!("session.new: found two different values, each a list, {same}")),
        (
            "\"new\"",
            "\"end_url\":null,\"0123456789abcdef\"",
            format!(
                "session.<name of 16 characters>: found only in the record alone, {fields}\n\
                 session.end_url: found only in the record alone, {fields}\n\
                 session.new: found only in the list, {fields}"
            ),
        ),
    ];
    for (old, new, expected) in table {
        assert_eq!(lines(SESSION, &changed(old, new)), expected, "{new}");
    }
}

#[test]
fn a_running_session_may_change_but_not_its_start() {
    let running = changed("\"failed\"", "\"running\"");
    assert_eq!(lines(&running, SESSION), "");
    let later = changed("18:53:41", "18:53:42");
    let time = "session.timestamp: found two different values, each a string, documented: the same value in the list and alone";
    assert_eq!(lines(&running, &later), time);
    // A session that ended does not run again.
    let status = "session.status: found two different values, each a string, documented: the same value in the list and alone";
    assert_eq!(lines(SESSION, &running), status);
}

#[test]
fn bodies_without_a_common_session_are_named() {
    let (page, single) = (r#"{"sessions":[{"session_id":"b"}]}"#, r#"{"session":{"session_id":"a"}}"#);
    let table = [
        (
            page,
            single,
            "sessions: found no session with the id of the single record, documented: this session",
        ),
        (
            page,
            "{\"session\":7}",
            "sessions: found no session with the id of the single record, documented: this session",
        ),
        (single, page, "sessions: found the body of one session, documented: a page of sessions"),
        (page, page, "session: found a page of sessions, documented: the body of one session"),
        ("", single, "sessions: found an empty body, documented: a page of sessions"),
        (
            page,
            "[",
            "session: found invalid JSON: EOF while parsing a list at line 1 column 1, documented: the body of one session",
        ),
    ];
    for (page, single, expected) in table {
        let found: Vec<_> =
            deviations_between(page.as_bytes(), single.as_bytes()).iter().map(ToString::to_string).collect();
        assert_eq!(found, [expected]);
    }
}

fn changed(old: &str, new: &str) -> String {
    assert_eq!(SESSION.matches(old).count(), 1, "{old}");
    SESSION.replace(old, new)
}
