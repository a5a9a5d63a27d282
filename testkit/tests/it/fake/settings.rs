//! The settings of the fake: a required key, latency, records over time, and rules of lists.

use std::time::{Duration, Instant, SystemTime};

use brightdata_sessions::{Api, ApiKey, GetSession, Session, SessionStatus};
use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, ListRules, RateLimit, Script};

use crate::support::client::{Client, fetch, get, get_demo};

const INVALID: (&str, &str) = ("HTTP/1.1 401 Unauthorized", r#"{"error":"Invalid credentials"}"#);

fn with_credentials(credentials: &str) -> String {
    get_demo().replace("Bearer key", credentials)
}

#[test]
fn a_required_key_is_the_only_accepted_one() {
    let fake = FakeApi::start().unwrap();
    assert_eq!(fetch(&fake, with_credentials("Bearer another")).0, "HTTP/1.1 200 OK");
    fake.require_key(&ApiKey::new("hush").unwrap());
    for accepted in ["Bearer hush", "bearer hush", "Bearer  hush"] {
        assert_eq!(fetch(&fake, with_credentials(accepted)).0, "HTTP/1.1 200 OK", "{accepted}");
    }
    for rejected in ["Bearer another", "Bearer hus", "Bearer hushh", "Bearer HUSH", "Bearer ", "Basic hush"] {
        let (status, body) = fetch(&fake, with_credentials(rejected));
        assert_eq!((status.as_str(), body.as_str()), INVALID, "{rejected}");
    }
    let missing = fetch(&fake, get_demo().replace("authorization", "x"));
    assert_eq!(missing.1, r#"{"error":"Credentials are missing"}"#);
    let (status, body) = fetch(&fake, get_demo().replace(&format!("/{DEMO_SESSION_ID}"), ""));
    assert_eq!((status.as_str(), body.as_str()), INVALID, "a list");
}

#[test]
fn the_core_sends_the_required_key() {
    let (fake, key) = (FakeApi::start().unwrap(), ApiKey::new("0123456789abcdef").unwrap());
    fake.require_key(&key);
    let operation = GetSession::new(DEMO_SESSION_ID.parse().unwrap());
    let request = Api::new(key).with_base_url(fake.base_url()).request(&operation).unwrap();
    let credentials = request.headers()["authorization"].to_str().unwrap();
    assert_eq!(fetch(&fake, with_credentials(credentials)).0, "HTTP/1.1 200 OK");
}

#[test]
fn a_later_required_key_replaces_the_first() {
    let fake = FakeApi::start().unwrap();
    fake.require_key(&ApiKey::new("first").unwrap());
    fake.require_key(&ApiKey::new("second").unwrap());
    assert_eq!(fetch(&fake, with_credentials("Bearer first")).0, INVALID.0);
    assert_eq!(fetch(&fake, with_credentials("Bearer second")).0, "HTTP/1.1 200 OK");
}

#[test]
fn a_script_ignores_the_required_key_unless_it_passes() {
    let fake = FakeApi::start().unwrap();
    fake.require_key(&ApiKey::new("hush").unwrap());
    fake.script_any([Script::response(201, &[], ""), Script::pass()]);
    assert_eq!(fetch(&fake, get_demo()).0, "HTTP/1.1 201 Created");
    assert_eq!(fetch(&fake, get_demo()).0, INVALID.0);
}

#[test]
fn a_passing_script_counts_toward_the_rate_limit() {
    let fake = FakeApi::start().unwrap();
    fake.limit_rate(RateLimit::sliding_window(1, Duration::from_secs(60)));
    fake.script_any([Script::pass(), Script::response(201, &[], ""), Script::pass()]);
    let statuses = [(); 3].map(|()| fetch(&fake, get_demo()).0[9..12].to_owned());
    assert_eq!(statuses, ["200", "201", "429"]);
}

#[test]
fn debug_of_a_fake_hides_the_required_key() {
    let fake = FakeApi::start().unwrap();
    fake.require_key(&ApiKey::new("hush").unwrap());
    assert!(!format!("{fake:?}").contains("hush"));
}

#[test]
fn latency_delays_responses_and_scripts() {
    const LATENCY: Duration = Duration::from_millis(100);
    let fake = FakeApi::start().unwrap();
    fake.script_any([Script::response(201, &[], "")]);
    let mut client = Client::connect(&fake);
    fake.set_latency(LATENCY);
    for status in ["201", "200"] {
        let start = Instant::now();
        assert_eq!(client.fetch(get_demo())[9..12], *status);
        assert!(start.elapsed() >= LATENCY, "{status}: {:?}", start.elapsed());
    }
    fake.set_latency(Duration::ZERO);
    assert!(client.fetch(get_demo()).starts_with("HTTP/1.1 200 "));
}

#[test]
fn a_request_is_in_progress_during_its_latency() {
    let fake = FakeApi::start().unwrap();
    fake.limit_rate(RateLimit::concurrent(1));
    fake.set_latency(Duration::from_millis(300));
    let mut clients = [(); 3].map(|()| Client::connect(&fake));
    clients.iter_mut().for_each(|client| client.send(get_demo()));
    let mut statuses = clients.each_mut().map(|client| client.response()[9..12].to_owned());
    statuses.sort();
    assert_eq!(statuses, ["200", "429", "429"]);
    assert_eq!(clients[0].fetch(get_demo())[9..12], *"200", "the first request has ended");
}

#[test]
fn a_request_is_recorded_before_its_latency() {
    let fake = FakeApi::start().unwrap();
    fake.set_latency(Duration::MAX);
    let mut clients = [(); 2].map(|()| Client::connect(&fake));
    clients.iter_mut().for_each(|client| client.send(get("x")));
    let deadline = Instant::now() + Duration::from_secs(5);
    while fake.requests().len() < 2 {
        assert!(Instant::now() < deadline, "{:?}", fake.requests());
        std::thread::yield_now();
    }
    // Dropping the fake interrupts the pauses.
    drop(fake);
    clients.iter_mut().for_each(|client| assert_eq!(client.rest().unwrap(), ""));
}

#[test]
fn a_record_is_returned_from_its_time_on() {
    let fake = FakeApi::with_sessions([]).unwrap();
    let (now, hour) = (SystemTime::now(), Duration::from_secs(3600));
    let record = |status| {
        let session = Session::new(DEMO_SESSION_ID.parse().unwrap());
        session.with(|session| session.status = Some(status))
    };
    fake.insert_at(now + hour, record(SessionStatus::Finished));
    assert_eq!(fetch(&fake, get_demo()).0, "HTTP/1.1 404 Not Found");
    fake.insert_at(now - hour, record(SessionStatus::Running));
    let (status, body) = fetch(&fake, get_demo());
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert!(body.contains(r#""status":"running""#), "{body}");
    // The last record is the one that is replaced.
    assert_eq!(fake.insert(record(SessionStatus::Failed)), Some(record(SessionStatus::Finished)));
}

#[test]
fn list_rules_apply_to_later_requests() {
    let fake = FakeApi::start().unwrap();
    let list =
        || fetch(&fake, "GET /browser_sessions?limit=5 HTTP/1.1\r\nauthorization: Bearer key\r\n\r\n").1;
    assert!(list().contains(r#""count":5"#));
    let mut rules = ListRules::default();
    rules.max_limit = 2;
    fake.set_list_rules(rules);
    assert!(list().contains(r#""count":2"#));
    assert!(Client::connect(&fake).fetch(get_demo()).contains("\r\ndate: "));
    rules.sends_date = false;
    fake.set_list_rules(rules);
    assert!(!Client::connect(&fake).fetch(get_demo()).contains("\r\ndate: "));
}
