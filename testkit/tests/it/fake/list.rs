//! `GET /browser_sessions`.

use std::time::Duration;

use brightdata_sessions::Session;
use brightdata_sessions_testkit::{FakeApi, RateLimit, generate};
use serde_json::Value;

use crate::support::client::fetch;

fn list(fake: &FakeApi, query: &str) -> (String, String) {
    fetch(fake, format!("GET /browser_sessions{query} HTTP/1.1\r\nauthorization: Bearer key\r\n\r\n"))
}

fn page(fake: &FakeApi, query: &str) -> Value {
    let (status, body) = list(fake, query);
    assert_eq!(status, "HTTP/1.1 200 OK", "{query}: {body}");
    serde_json::from_str(&body).unwrap()
}

/// Returns the last digit of the id of each demo session on a page.
fn digits(fake: &FakeApi, query: &str) -> String {
    let page = page(fake, query);
    let sessions = page["sessions"].as_array().unwrap();
    sessions.iter().map(|session| session["session_id"].as_str().unwrap().chars().last().unwrap()).collect()
}

#[test]
fn pages_have_the_documented_pagination() {
    let fake = FakeApi::start().unwrap();
    let counts = |query| {
        let page = page(&fake, query);
        (page["count"].clone(), page["total"].clone(), page["pagination"].to_string())
    };
    let pagination = |offset, limit, has_more, next: &str| {
        format!(r#"{{"has_more":{has_more},"limit":{limit},"next_offset":{next},"offset":{offset}}}"#)
    };
    assert_eq!(counts(""), (6.into(), 6.into(), pagination(0, 50, false, "null")));
    assert_eq!(counts("?limit=4"), (4.into(), 6.into(), pagination(0, 4, true, "4")));
    assert_eq!(counts("?limit=4&offset=4"), (2.into(), 6.into(), pagination(4, 4, false, "null")));
    assert_eq!(
        counts("?offset=18446744073709551615"),
        (0.into(), 6.into(), pagination(u64::MAX, 50, false, "null"))
    );
}

#[test]
fn the_newest_sessions_come_first_by_default() {
    let fake = FakeApi::start().unwrap();
    let newest_first = digits(&fake, "");
    assert_eq!(newest_first, "312456");
    assert_eq!(digits(&fake, "?order=asc"), newest_first.chars().rev().collect::<String>());
    let sorted = |query: &str, field: &str| {
        let page = page(&fake, query);
        let sessions = page["sessions"].as_array().unwrap();
        sessions.iter().map(|session| session[field].as_f64().unwrap_or(-1.0)).collect::<Vec<_>>()
    };
    for (query, field) in [("?sort=duration", "duration"), ("?sort=bandwidth", "bandwidth")] {
        assert!(sorted(query, field).is_sorted_by(|one, next| one >= next), "{query}");
        assert!(sorted(&format!("{query}&order=asc"), field).is_sorted(), "{query}");
    }
}

#[test]
fn explicit_defaults_equal_the_defaults() {
    let fake = FakeApi::start().unwrap();
    for query in ["?status=all", "?sort=timestamp", "?order=desc"] {
        assert_eq!(digits(&fake, query), digits(&fake, ""), "{query}");
    }
    // If a parameter occurs twice, the last one counts.
    for query in ["?status=failed&status=all", "?sort=bandwidth&sort=timestamp", "?order=asc&order=desc"] {
        assert_eq!(digits(&fake, query), digits(&fake, ""), "{query}");
    }
}

#[test]
fn a_session_without_duration_sorts_before_one_of_0_s() {
    let lasting = |digit: u8, duration| {
        let mut session =
            Session::new(format!("5e551011-0000-4000-8000-00000000000{digit}").parse().unwrap());
        session.duration = duration;
        session
    };
    let sessions = [
        lasting(1, Some(0.5)),
        lasting(2, None),
        lasting(3, Some(0.0)),
        lasting(4, None),
        lasting(5, Some(2.0)),
    ];
    let fake = FakeApi::with_sessions(sessions).unwrap();
    assert_eq!(digits(&fake, "?sort=duration&order=asc"), "24315");
    assert_eq!(digits(&fake, "?sort=duration"), "51324");
}

#[test]
fn an_end_url_matches_only_an_equal_url() {
    let fake = FakeApi::start().unwrap();
    assert_eq!(digits(&fake, "?end_url=https%3A%2F%2Fnews.example.org%2Ftoday"), "4");
    assert_eq!(digits(&fake, "?end_url=news.example.org"), "");
}

#[test]
fn filters_exclude_sessions_that_do_not_match() {
    let fake = FakeApi::with_sessions(generate(1, 200)).unwrap();
    type Matches = fn(&Session) -> bool;
    let filters: [(&str, Matches); 5] = [
        ("status=failed", |session| session.status.as_ref().unwrap().as_str() == "failed"),
        ("api_name=scraping_browser2", |session| session.api_name.as_deref() == Some("scraping_browser2")),
        ("target_url=example.org", |session| {
            session.target_url.as_deref().is_some_and(|url| url.contains("example.org"))
        }),
        ("start_date=2025-12-16T15:00:00Z", |session| {
            session.timestamp.as_ref().unwrap().as_str() >= "2025-12-16T15:00:00Z"
        }),
        ("end_date=2025-12-16T15:00:00%2B00:00", |session| {
            session.timestamp.as_ref().unwrap().as_str() <= "2025-12-16T15:00:00Z"
        }),
    ];
    for (query, matches) in filters {
        let expected = generate(1, 200).iter().filter(|session| matches(session)).count();
        assert!((1..200).contains(&expected), "{query} matches all sessions or none");
        let page = page(&fake, &format!("?limit=100&{query}"));
        assert_eq!(page["total"], expected, "{query}");
        let sessions: Vec<Session> = serde_json::from_value(page["sessions"].clone()).unwrap();
        assert!(sessions.iter().all(matches), "{query}");
    }
}

#[test]
fn undocumented_parameters_get_a_400() {
    let fake = FakeApi::start().unwrap();
    let queries = [
        "limit=0",
        "limit=101",
        "limit=x",
        "offset=-1",
        "status=ended",
        "sort=id",
        "order=up",
        "start_date=today",
        "page=2",
        "x",
    ];
    for query in queries {
        let (status, body) = list(&fake, &format!("?{query}"));
        assert_eq!(status, "HTTP/1.1 400 Bad Request", "{query}");
        assert_eq!(body, r#"{"error":"Invalid request parameters"}"#);
    }
    let (status, _) = fetch(&fake, "GET /browser_sessions HTTP/1.1\r\n\r\n");
    assert_eq!(status, "HTTP/1.1 401 Unauthorized");
}

#[test]
fn a_seed_determines_the_sessions() {
    assert_eq!(generate(7, 1000), generate(7, 1000));
    assert_ne!(generate(7, 1000), generate(8, 1000));
    let mut ids: Vec<_> = generate(7, 1000).into_iter().map(|session| session.session_id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 1000);
}

#[test]
fn requests_over_the_limit_get_a_429_and_then_a_block() {
    let fake = FakeApi::start().unwrap();
    fake.limit_rate(RateLimit::sliding_window(2, Duration::from_secs(60)));
    assert!(!fake.has_blocked());
    let statuses: Vec<_> = (0..28).map(|_| list(&fake, "").0).collect();
    let times = |status: &str| statuses.iter().filter(|found| found.ends_with(status)).count();
    assert_eq!((times("200 OK"), times("429 Too Many Requests"), times("403 Forbidden")), (2, 25, 1));
    assert!(fake.has_blocked());
}
