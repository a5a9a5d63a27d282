//! One page at the wire level.

use super::*;

#[test]
fn every_parameter_is_encoded_in_its_place() {
    let time = |text: &str| text.parse::<Timestamp>().unwrap();
    let all = ListSessions::new()
        .order(Order::Asc)
        .sort(SortBy::Duration)
        .end_url("https://example.com/a?b=c&d=ü#e")
        .target_url("a b+c/d")
        .end_date(time("2025-12-16T20:53:41+02:00"))
        .start_date(time("2025-12-15T00:00:00.5Z"))
        .status(StatusFilter::All)
        .offset(u64::MAX)
        .limit(100)
        .api_name("zone 1");
    let expected = "https://api.brightdata.com/browser_sessions?api_name=zone%201&limit=100&offset=18446744073709551615\
        &status=all&start_date=2025-12-15T00%3A00%3A00.5Z&end_date=2025-12-16T20%3A53%3A41%2B02%3A00\
        &target_url=a%20b%2Bc%2Fd&end_url=https%3A%2F%2Fexample.com%2Fa%3Fb%3Dc%26d%3D%C3%BC%23e&sort=duration&order=asc";
    assert_eq!(uri(&all).unwrap(), expected);
    assert_eq!(uri(&ListSessions::new()).unwrap(), "https://api.brightdata.com/browser_sessions");
}

#[test]
fn parameters_outside_the_documented_rules_are_invalid() {
    let odd: Timestamp = serde_json::from_str(r#""yesterday""#).unwrap();
    let list = ListSessions::new;
    let table = [
        (list().limit(0), "invalid limit: expected 1 to 100"),
        (list().limit(101), "invalid limit: expected 1 to 100"),
        (list().api_name(""), "invalid api_name: empty"),
        (list().target_url(""), "invalid target_url: empty"),
        (list().end_url("x".repeat(8193)), "invalid end_url: longer than 8192 bytes"),
        (
            list().start_date(odd.clone()),
            "invalid start_date: expected a date and time such as 2025-12-16T18:53:41Z",
        ),
        (list().end_date(odd), "invalid end_date: expected a date and time such as 2025-12-16T18:53:41Z"),
        (list().end_date("today"), "invalid end_date: expected a date and time such as 2025-12-16T18:53:41Z"),
        (
            list().start_date(SystemTime::UNIX_EPOCH + Duration::from_secs(253_402_300_800)),
            "invalid start_date: outside the years 0 to 9999",
        ),
    ];
    for (request, problem) in table {
        assert_eq!(uri(&request).unwrap_err(), problem);
        let played = play_all(&mut api().list(request).take(5), []);
        assert_eq!(yielded(&played), (vec![], Some(ErrorKind::InvalidInput)));
    }
    let three = "😀".repeat(2048);
    assert!(uri(&list().api_name(&*three).target_url(&*three).end_url("x")).is_ok());
    let problem = uri(&list().api_name(&*three).target_url(&*three).end_url(three)).unwrap_err();
    assert_eq!(problem, "invalid request: URL longer than 65,534 bytes");
}

#[test]
fn dates_are_set_from_text_and_from_system_times() {
    let text = "2025-12-16T18:53:41Z";
    let timestamp: Timestamp = text.parse().unwrap();
    let expected = ListSessions::new().start_date(timestamp.clone()).end_date(timestamp.clone());
    let time = timestamp.to_system_time().unwrap();
    for other in [
        ListSessions::new().start_date(text).end_date(text),
        ListSessions::new().start_date(text.to_owned()).end_date(text.to_owned()),
        ListSessions::new().start_date(time).end_date(time),
    ] {
        assert_eq!(other, expected);
    }
    // The last date counts, whether or not one before was valid.
    assert_eq!(ListSessions::new().start_date("today").start_date(text).end_date(time), expected);
}

#[test]
fn every_field_of_the_documented_page_is_parsed() {
    let body = r#"{"sessions":[{"session_id":"a"},{"session_id":"b"},{"session_id":"c"}],"count":3,"total":257,
        "pagination":{"offset":0,"limit":50,"has_more":true,"next_offset":50}}"#;
    let mut expected = SessionPage::default();
    expected.sessions = ["a", "b", "c"].map(|id| Session::new(id.parse().unwrap())).into();
    (expected.count, expected.total) = (Some(3), Some(257));
    let mut pagination = Pagination::default();
    (pagination.offset, pagination.limit) = (Some(0), Some(50));
    (pagination.has_more, pagination.next_offset) = (Some(true), Some(50));
    expected.pagination = pagination;
    assert_eq!(parse(body).unwrap(), expected);
}

#[test]
fn invalid_totals_lose_no_session() {
    for nonsense in
        ["null", "-1", "\"many\"", "1.5", "18446744073709551616", "[]", "{}", "1e999", "true", "\"\\ud800\""]
    {
        let body = format!(
            r#"{{"sessions":[{{"session_id":"a"}}],"count":{nonsense},"total":{nonsense},"pagination":{{"offset":{nonsense},"limit":{nonsense},"has_more":{nonsense},"next_offset":{nonsense}}}}}"#
        );
        let page = parse(&body).unwrap();
        assert_eq!((page.sessions.len(), page.count, page.total), (1, None, None), "{nonsense}");
        let mut expected = Pagination::default();
        expected.has_more = (nonsense == "true").then_some(true);
        assert_eq!(page.pagination, expected, "{nonsense}");
        let page = parse(&format!(r#"{{"sessions":[],"pagination":{nonsense}}}"#)).unwrap();
        assert_eq!(page, SessionPage::default(), "{nonsense}");
    }
    assert_eq!(parse(r#"{"more":{"x":[1]},"sessions":[]}"#).unwrap(), SessionPage::default());
}

#[test]
fn the_error_of_an_invalid_page_names_the_place() {
    let table = [
        ("{}", "sessions is missing"),
        (
            r#"{"sessions":[{"session_id":"a"},{"session_id":"b"},{"session_id":"c","bandwidth":-1}]}"#,
            "sessions[2] (id c): bandwidth: expected a whole number from 0 to 2^64 - 1, found -1",
        ),
        (
            r#"{"sessions":[],"pagination":{"offset":50}}"#,
            "expected the page at offset 0, found the one at 50",
        ),
    ];
    for (body, problem) in table {
        assert_eq!(parse(body).unwrap_err().to_string(), format!("malformed body: {problem}"), "{body}");
    }
}

#[test]
fn a_page_has_at_most_1000_sessions() {
    let page = |count| parse(&format!(r#"{{"sessions":[{}]}}"#, sessions(&ids(0..count))));
    assert_eq!(page(1000).unwrap().sessions.len(), 1000);
    assert_eq!(page(1001).unwrap_err().to_string(), "malformed body: sessions: more than 1000 on one page");
}
