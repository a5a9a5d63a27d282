//! The simulated service itself: what it lists at which time, and by which rules.

use std::time::{Duration, SystemTime};

use brightdata_sessions::http::Response;
use brightdata_sessions::{ListSessions, Session};
use brightdata_sessions_testkit::{ListRules, SimulatedApi};

use super::api;

fn time(second: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_765_843_200 + second)
}

fn session(id: &str, timestamp: &str) -> Session {
    Session::new(id.parse().unwrap()).with(|session| session.timestamp = Some(timestamp.parse().unwrap()))
}

/// Returns the timestamps of a list, from the minute on.
fn list(service: &SimulatedApi, request: ListSessions, now: SystemTime) -> Vec<String> {
    let (head, body) = service.respond(&api().request(&request).unwrap(), now).into_parts();
    let page = api().parse(&request, Response::from_parts(head, body.as_slice())).unwrap();
    page.sessions
        .iter()
        .map(|session| session.timestamp.as_ref().unwrap().as_str()[14..].to_owned())
        .collect()
}

fn service(set: impl FnOnce(&mut ListRules)) -> SimulatedApi {
    let mut rules = ListRules::default();
    set(&mut rules);
    let mut service = SimulatedApi::new().with_rules(rules);
    for (id, timestamp) in [
        ("a", "2025-12-16T00:00:01Z"),
        ("b", "2025-12-16T00:00:02Z"),
        ("c", "2025-12-16T00:00:02.5Z"),
        ("d", "2025-12-16T00:00:03Z"),
    ] {
        service.insert(session(id, timestamp));
    }
    service
}

#[test]
fn dates_are_compared_by_each_rule() {
    let between = ListSessions::new()
        .start_date("2025-12-16T00:00:02Z")
        .end_date("2025-12-16T00:00:02.7Z")
        .order(brightdata_sessions::Order::Asc);
    let listed = |set: fn(&mut ListRules)| list(&service(set), between.clone(), time(0));
    assert_eq!(listed(|_| {}), ["00:02Z", "00:02.5Z"]);
    assert_eq!(listed(|rules| rules.includes_start_date = false), ["00:02.5Z"]);
    assert_eq!(listed(|rules| rules.compares_fractions = false), ["00:02Z", "00:02.5Z"]);
    let whole = |rules: &mut ListRules| {
        rules.compares_fractions = false;
        rules.includes_end_date = false;
    };
    assert_eq!(listed(whole), <[&str; 0]>::default());
    assert_eq!(listed(|rules| rules.shows_fractions = false), ["00:02Z", "00:02Z"]);
    assert_eq!(listed(|rules| rules.max_limit = 1), ["00:02Z"]);
}

#[test]
fn a_record_is_listed_in_its_time() {
    let mut service = service(|_| {});
    service.insert_at(time(60), session("e", "2025-12-16T00:00:00Z"));
    let count = |service: &SimulatedApi, second| list(service, ListSessions::new(), time(second)).len();
    assert_eq!([59, 60].map(|second| count(&service, second)), [4, 5]);
    service.remove_at(time(70), "e");
    assert_eq!([69, 70].map(|second| count(&service, second)), [5, 4]);
    assert!(service.remove("e").is_some());
    assert_eq!(count(&service, 60), 4);
}

#[test]
fn a_response_has_a_date_unless_the_rules_omit_it() {
    let date = |service: &SimulatedApi| {
        let response = service.respond(&api().request(&ListSessions::new()).unwrap(), time(61));
        response.headers().get("date").map(|date| date.to_str().unwrap().to_owned())
    };
    assert_eq!(date(&service(|_| {})).as_deref(), Some("Tue, 16 Dec 2025 00:01:01 GMT"));
    assert_eq!(date(&service(|rules| rules.sends_date = false)), None);
}
