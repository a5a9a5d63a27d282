//! Captures show no secret, and their replays give the same results.

use std::time::{Duration, SystemTime};

use brightdata_sessions::http::{Request, Response};
use brightdata_sessions::{Api, ApiKey, Drive, ListSessions, Session};
use brightdata_sessions_testkit::{Capture, Replay, SimulatedApi, generate};
use proptest::prelude::*;

use crate::echo::{FORMS, KEY, json_string};

fn line(capture: &mut Capture, target: &str, body: impl Into<Vec<u8>>) -> String {
    let request = Request::get(format!("https://api.example{target}")).body(()).unwrap();
    capture.line(Duration::ZERO, &request, &Ok(Response::new(body.into())))
}

/// Returns the body that a replay of the capture gives for the request.
fn replayed(line: &str) -> Vec<u8> {
    use brightdata_sessions::Transport as _;
    let value: serde_json::Value = serde_json::from_str(line).unwrap();
    let request = Request::get(value["path"].as_str().unwrap()).body(()).unwrap();
    Replay::parse(line).unwrap().exchange(request).unwrap().into_body()
}

#[test]
fn a_body_keeps_everything_but_ids_hosts_and_queries() {
    let id = "3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f";
    for (body, expected) in [
        (
            format!("{{ \"session_id\" : \"{id}\",\"new\":[1.50, 1e3],\"end_url\":\"https://u:p@shop.example.co.uk:8443/a?b=c#d\"}}\n"),
            "{ \"session_id\" : \"00000000-0000-4000-8000-000000000001\",\"new\":[1.50, 1e3],\"end_url\":\"https://sub-1.host-1.example:8443/a\"}\n".to_owned(),
        ),
        (format!(r#"{{"error":"no session {id}, see https:\/\/x.example\/?a=b"}}"#), r#"{"error":"no session 00000000-0000-4000-8000-000000000001, see https://host-1.example/"}"#.to_owned()),
        ("<a href=\"http://login.portal.example/?u=1 2\">Log in</a>".to_owned(), "<a href=\"http://sub-1.host-1.example/ 2\">Log in</a>".to_owned()),
        (r#"{"a":"\ud800 \u0041","a":1"#.to_owned(), r#"{"a":"\ud800 \u0041","a":1"#.to_owned()),
        (r#"{"target_url":"data:text/html,secret","end_url":"chrome-error://chromewebdata/"}"#.to_owned(), r#"{"target_url":"data:removed","end_url":"chrome-error://chromewebdata/"}"#.to_owned()),
    ] {
        let mut capture = Capture::new(ApiKey::new(KEY).unwrap());
        let line = line(&mut capture, "/browser_sessions", body);
        assert_eq!(String::from_utf8(replayed(&line)).unwrap(), expected);
    }
}

#[test]
fn a_body_that_is_not_utf_8_is_replayed_exactly() {
    let body = b"\xff\x00{\"a\": 1}\x80".to_vec();
    assert_eq!(
        replayed(&line(&mut Capture::new(ApiKey::new(KEY).unwrap()), "/browser_sessions", body.clone())),
        body
    );
}

#[test]
fn each_capture_of_the_folder_replays_to_the_end() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/captures");
    let mut exchanges = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let lines = std::fs::read_to_string(&path).unwrap();
        let replay = Replay::parse(&lines).unwrap();
        let api = Api::new(ApiKey::new("any-key").unwrap());
        for line in lines.lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let target = line["path"].as_str().unwrap();
            if let Some(query) = target.strip_prefix("/browser_sessions?") {
                let start = query.split('&').any(|pair| pair == "offset=0") || !query.contains("offset=");
                if start {
                    let count = line["body"].as_str().unwrap().matches("\"session_id\"").count();
                    let list = api.list(ListSessions::new()).take(count as u64);
                    let sessions: Result<Vec<Session>, _> = Drive::new(list, &replay).collect();
                    assert_eq!(sessions.unwrap().len(), count, "{}", path.display());
                }
            }
            exchanges += 1;
        }
    }
    assert!(exchanges > 0, "there is a capture");
}

proptest! {
    #[test]
    fn no_capture_shows_the_key_or_a_query(
        form in 0..FORMS.len(),
        place in 0..7_usize,
        is_full: bool,
    ) {
        let form = FORMS[form].1(KEY);
        let json = json_string(&form);
        let inner = json.trim_matches('"');
        let body = match place {
            0 => form.clone().into_bytes(),
            1 => format!(r#"{{"error":{json}}}"#).into_bytes(),
            2 => format!(r#"{{"target_url":"https://x.example/{inner}?q=queried{inner}"}}"#).into_bytes(),
            3 => format!(r#"{{{json}:["a",{json}"#).into_bytes(),
            4 => [b"\xff ", form.as_bytes(), b" \xff"].concat(),
            5 => format!("<p>{form}</p> https://x.example/?q=queried").into_bytes(),
            _ => format!(r#"{{"session_id":{json},"t":"\ud800 {inner}"}}"#).into_bytes(),
        };
        let key = ApiKey::new(KEY).unwrap();
        let capture = Capture::new(key.clone());
        let mut capture = if is_full { capture.full() } else { capture };
        let line = line(&mut capture, &format!("/browser_sessions?target_url={KEY}&limit=1"), body);
        prop_assert_eq!(key.redact(&line), line.as_str());
        let body = replayed(&line);
        let text: String = body.iter().copied().map(char::from).collect();
        prop_assert_eq!(key.redact(&text), text.as_str());
        prop_assert!(!line.contains(KEY) && !text.contains(&form));
        prop_assert!(is_full || !line.contains("queried"), "{}", line);
    }

    /// The results are equal up to the pseudonyms: a second capture of the replay changes nothing.
    #[test]
    fn a_replay_gives_the_typed_results_of_the_live_run(seed: u64, count in 0..60_usize) {
        let mut service = SimulatedApi::new();
        generate(seed, count).into_iter().for_each(|session| _ = service.insert(session));
        let api = Api::new(ApiKey::new(KEY).unwrap());
        let list = ListSessions::new().limit(100);
        let request = api.request(&list).unwrap();
        let response = service.respond(&request, SystemTime::UNIX_EPOCH);
        let parse = |body: &[u8]| api.parse(&list, Response::new(body)).unwrap();
        let live = parse(response.body());
        let full = Capture::new(api.key().clone()).full().line(Duration::ZERO, &request, &Ok(response.clone()));
        prop_assert_eq!(&parse(&replayed(&full)), &live);

        let mut first = Capture::new(api.key().clone());
        let redacted = first.line(Duration::ZERO, &request, &Ok(response));
        let page = parse(&replayed(&redacted));
        prop_assert_eq!(page.sessions.len(), live.sessions.len());
        for (replayed, mut live) in page.sessions.into_iter().zip(live.sessions) {
            live.session_id = replayed.session_id.clone();
            live.api_name = replayed.api_name.clone();
            prop_assert_eq!(live.target_url.is_some(), replayed.target_url.is_some());
            live.target_url = replayed.target_url.clone();
            live.end_url = replayed.end_url.clone();
            prop_assert_eq!(live, replayed);
        }
    }
}
