//! The fake's own responses.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use brightdata_sessions::{Captcha, Session, SessionId, SessionStatus};
use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};

use crate::support::client::{Client, fetch, get, get_demo};

const UNKNOWN_ID: &str = "ffffffff-0000-4000-8000-000000000000";

fn session_with(status: SessionStatus) -> Session {
    let mut session = Session::new(SessionId::new(DEMO_SESSION_ID).unwrap());
    session.status = Some(status);
    session
}

fn session_of(body: &str) -> Session {
    let session = body.strip_prefix(r#"{"session":"#).unwrap().strip_suffix('}').unwrap();
    serde_json::from_str(session).unwrap()
}

#[test]
fn a_session_is_returned_as_json() {
    let fake = FakeApi::start().unwrap();
    let response = Client::connect(&fake).fetch(get_demo());
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    let (status, rest) = head.split_once("\r\ndate: ").unwrap();
    let (date, length) = rest.split_once("\r\n").unwrap();
    assert_eq!(status, "HTTP/1.1 200 OK\r\ncontent-type: application/json");
    assert_eq!(length, format!("content-length: {}", body.len()));
    let age = SystemTime::now().duration_since(httpdate::parse_http_date(date).unwrap()).unwrap();
    assert!(age < Duration::from_secs(60), "{date}");
    let session = session_of(body);
    assert_eq!(session.session_id.as_str(), DEMO_SESSION_ID);
    assert_eq!(session.status, Some(SessionStatus::Finished));
    assert_eq!(session.captcha, Some(Captcha::Solved));
    assert_eq!(session.bandwidth, Some(123_456_789));
}

#[test]
fn the_demo_has_each_kind_of_session() {
    let fake = FakeApi::start().unwrap();
    let demo: Vec<Session> = serde_json::from_str(include_str!("../../../src/demo.json")).unwrap();
    assert_eq!(demo.iter().map(|session| &session.session_id).collect::<HashSet<_>>().len(), 6);
    for session in &demo {
        assert_eq!(&session_of(&fetch(&fake, get(session.session_id.as_str())).1), session);
        assert!(session.unknown.is_empty());
    }
    let has = |wanted: fn(&Session) -> bool| demo.iter().any(wanted);
    assert!(has(|session| session.status == Some(SessionStatus::Running) && session.duration.is_none()));
    assert!(has(|session| session.status == Some(SessionStatus::Failed) && session.error.is_some()));
    assert!(has(|session| session.status == Some(SessionStatus::Finished) && session.error.is_some()));
    assert!(has(|session| session.end_url.as_deref().is_some_and(|url| !url.is_ascii())));
}

#[test]
fn unknown_fields_are_returned_unchanged() {
    let text =
        r#"{"session_id":"5e551011-0000-4000-8000-00000000000a","huge":123456789012345678901234567890.50}"#;
    let fake = FakeApi::with_sessions([serde_json::from_str::<Session>(text).unwrap()]).unwrap();
    let (_, body) = fetch(&fake, get("5e551011-0000-4000-8000-00000000000a"));
    assert!(body.contains(r#""huge":123456789012345678901234567890.50"#), "{body}");
}

#[test]
fn sessions_can_change_while_the_fake_runs() {
    let fake = FakeApi::with_sessions([]).unwrap();
    assert_eq!(fetch(&fake, get_demo()).0, "HTTP/1.1 404 Not Found");

    let running = session_with(SessionStatus::Running);
    assert_eq!(fake.insert(running.clone()), None);
    assert_eq!(session_of(&fetch(&fake, get_demo()).1), running);

    let finished = session_with(SessionStatus::Finished);
    assert_eq!(fake.insert(finished.clone()), Some(running));
    assert_eq!(session_of(&fetch(&fake, get_demo()).1), finished);

    assert_eq!(fake.remove(&finished.session_id), Some(finished));
    assert_eq!(fake.remove(DEMO_SESSION_ID), None);
    assert_eq!(fetch(&fake, get_demo()).0, "HTTP/1.1 404 Not Found");
}

#[test]
fn an_unknown_id_gets_a_404_with_the_id() {
    let fake = FakeApi::start().unwrap();
    let (status, body) = fetch(&fake, get(UNKNOWN_ID));
    assert_eq!(status, "HTTP/1.1 404 Not Found");
    assert_eq!(body, format!(r#"{{"error":"Session not found","session_id":"{UNKNOWN_ID}"}}"#));
}

#[test]
fn decoded_ids_are_compared_exactly() {
    let fake = FakeApi::start().unwrap();
    assert_eq!(fetch(&fake, get(&DEMO_SESSION_ID.replace('e', "%65"))).0, "HTTP/1.1 200 OK");
    assert_eq!(fetch(&fake, get(&format!("{DEMO_SESSION_ID}?a=b"))).0, "HTTP/1.1 200 OK");
    assert_eq!(fetch(&fake, get(&DEMO_SESSION_ID.replace('e', "E"))).0, "HTTP/1.1 404 Not Found");
}

#[test]
fn an_id_that_is_not_uuid_shaped_gets_a_400() {
    let fake = FakeApi::start().unwrap();
    let malformed = [
        "x",
        "5e551011-0000-4000-8000-00000000001",
        "5e551011-0000-4000-8000-0000000000011",
        "5e5510110-000-4000-8000-000000000001",
        "5e551011-0000-4000-8000-00000000000%C3%A9",
        "5e551011-0000-4000-8000-0000000000%FF",
        "5e551011-0000-4000-8000-0000%2F0000001",
        "%",
    ];
    for id in malformed {
        let (status, body) = fetch(&fake, get(id));
        assert_eq!(status, "HTTP/1.1 400 Bad Request", "{id}");
        assert_eq!(body, r#"{"error":"Invalid session_id format"}"#);
    }
    assert_eq!(fetch(&fake, get("XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX")).0, "HTTP/1.1 404 Not Found");
}

#[test]
fn missing_or_invalid_credentials_get_a_401() {
    let fake = FakeApi::start().unwrap();
    let fetch = |id: &str, headers: &str| {
        fetch(&fake, format!("GET /browser_sessions/{id} HTTP/1.1\r\nhost: fake\r\n{headers}\r\n"))
    };
    let missing =
        ("HTTP/1.1 401 Unauthorized".to_owned(), r#"{"error":"Credentials are missing"}"#.to_owned());
    let invalid = ("HTTP/1.1 401 Unauthorized".to_owned(), r#"{"error":"Invalid credentials"}"#.to_owned());
    for id in [DEMO_SESSION_ID, UNKNOWN_ID, "x"] {
        assert_eq!(fetch(id, ""), missing);
        for value in ["Basic a2V5", "Bearer", "Bearer  ", "key", "", "Bearerkey"] {
            assert_eq!(fetch(id, &format!("authorization: {value}\r\n")), invalid, "{value}");
        }
    }
    assert_eq!(fetch(DEMO_SESSION_ID, "Authorization: bearer k\r\n").0, "HTTP/1.1 200 OK");
}

#[test]
fn other_paths_get_a_404() {
    let fake = FakeApi::start().unwrap();
    let root = "/browser_sessions";
    for target in [
        "/",
        "*",
        "/browser_session",
        &format!("{root}/"),
        &format!("{root}/{DEMO_SESSION_ID}/x"),
        "/BROWSER_SESSIONS/x",
    ] {
        let (status, body) =
            fetch(&fake, format!("GET {target} HTTP/1.1\r\nauthorization: Bearer key\r\n\r\n"));
        assert_eq!(status, "HTTP/1.1 404 Not Found", "{target}");
        assert_eq!(body, r#"{"error":"Not found"}"#);
    }
}

#[test]
fn other_methods_get_a_405_with_allow() {
    let fake = FakeApi::start().unwrap();
    for method in ["POST", "DELETE", "get"] {
        let response = Client::connect(&fake).fetch(get_demo().replace("GET", method));
        assert!(response.starts_with("HTTP/1.1 405 Method Not Allowed\r\n"), "{response}");
        assert!(response.contains("\r\nallow: GET\r\n"), "{response}");
    }
}

#[test]
fn a_response_to_head_has_no_body() {
    let fake = FakeApi::start().unwrap();
    let mut client = Client::connect(&fake);
    client.send(
        get_demo().replace("GET", "HEAD") + &get_demo().replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n"),
    );
    let responses = client.rest().unwrap();
    let (first, second) = responses.split_once("\r\n\r\n").unwrap();
    assert!(first.starts_with("HTTP/1.1 405 "), "{responses}");
    assert!(second.starts_with("HTTP/1.1 200 "), "{responses}");
}
