//! Captures show no secret, and their replays give the same results.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};
use std::{env, fs};

use brightdata_sessions::http::{Request, Response};
use brightdata_sessions::{Api, ApiKey, GetSession, ListSessions, SessionError};
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
        ("<a href=\"http://login.portal.example/?u=1 2\">Log in</a>".to_owned(), "<a href=\"http://sub-1.host-1.example/\">Log in</a>".to_owned()),
        (r#"{"error":"see robots.txt of shop.example, it's 'https://shop.example/?a b'"}"#.to_owned(), r#"{"error":"see robots.txt of host-1.example, it's 'https://host-1.example/'"}"#.to_owned()),
        (r#"{"t":"https%3A%2F%2Fshop.example%2Fa%3Fb=c%20d"}"#.to_owned(), r#"{"t":"https%3A%2F%2Fhost-1.example%2Fa"}"#.to_owned()),
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

/// Each file of the folder becomes a test. The file `NAME.txt` has its results, one per line.
/// `UPDATE_TABLES=1` writes it.
#[test]
fn each_capture_of_the_folder_gives_its_results() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/captures");
    let mut captures = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        captures += 1;
        let results = results(&fs::read_to_string(&path).unwrap());
        let expected = path.with_extension("txt");
        if env::var_os("UPDATE_TABLES").is_some() {
            fs::write(&expected, &results).unwrap();
        }
        assert_eq!(fs::read_to_string(&expected).unwrap_or_default(), results, "{}", expected.display());
    }
    assert!(captures > 0);
}

/// Returns the result of each request of a capture, in their order.
fn results(lines: &str) -> String {
    use brightdata_sessions::Transport as _;
    let api = Api::new(ApiKey::new("any-key").unwrap());
    let replay = Replay::parse(lines).unwrap();
    let result = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let path = line["path"].as_str().unwrap();
        let request = Request::get(format!("https://api.example{path}")).body(()).unwrap();
        let response = replay.exchange(request).map_err(|error| api.error_from(error));
        let result = match path.strip_prefix("/browser_sessions/") {
            Some(id) => {
                let id = percent_encoding::percent_decode_str(id).decode_utf8().unwrap();
                let get = GetSession::new(id.parse().unwrap());
                response
                    .and_then(|response| api.parse(&get, as_slice(&response)))
                    .map(|session| format!("session with status {:?}", session.status))
            }
            None => {
                let offset =
                    path.split(['?', '&']).find_map(|pair| pair.strip_prefix("offset=")?.parse().ok());
                let list = offset.map_or_else(ListSessions::new, |offset| ListSessions::new().offset(offset));
                response
                    .and_then(|response| api.parse(&list, as_slice(&response)))
                    .map(|page| format!("{} of {:?} sessions", page.sessions.len(), page.total))
            }
        };
        format!("{path}: {}\n", result.unwrap_or_else(|error| format!("{error:#}")))
    };
    lines.lines().map(result).collect()
}

fn as_slice(response: &Response<Vec<u8>>) -> Response<&[u8]> {
    let mut head = Response::new(response.body().as_slice());
    (*head.status_mut(), *head.headers_mut()) = (response.status(), response.headers().clone());
    head
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

    /// The results are equal up to the pseudonyms, and equal originals have equal pseudonyms.
    #[test]
    fn a_replay_gives_the_typed_results_of_the_live_run(seed: u64, count in 0..60_usize, form in 0..FORMS.len()) {
        let secret = FORMS[form].1(KEY);
        let mut service = SimulatedApi::new();
        for (number, session) in generate(seed, count).into_iter().enumerate() {
            service.insert(session.with(|session| match number % 4 {
                0 => session.target_url = Some(format!("https://shop.example/?q=queried{secret}").into()),
                1 => session.end_url = Some(format!("https://u:queried@shop.example/a#{secret}").into()),
                2 => session.error = Some(SessionError::new("other", format!("no {secret} at https://x.example/?queried"))),
                _ => {}
            }));
        }
        let api = Api::new(ApiKey::new(KEY).unwrap());
        let list = ListSessions::new().limit(100);
        let request = api.request(&list).unwrap();
        let response = service.respond(&request, SystemTime::UNIX_EPOCH);
        let parse = |body: &[u8]| api.parse(&list, Response::new(body)).unwrap();
        let live = parse(response.body());
        let full = Capture::new(api.key().clone()).full().line(Duration::ZERO, &request, &Ok(response.clone()));
        prop_assert_eq!(api.key().redact(&full), full.as_str());
        let redacted = live.sessions.iter().map(|session| session.clone().redact(api.key()));
        prop_assert_eq!(parse(&replayed(&full)).sessions, redacted.collect::<Vec<_>>());

        let mut first = Capture::new(api.key().clone());
        let redacted = first.line(Duration::ZERO, &request, &Ok(response));
        prop_assert_eq!(api.key().redact(&redacted), redacted.as_str());
        prop_assert!(!redacted.contains("queried"), "{}", redacted);
        let page = parse(&replayed(&redacted));
        prop_assert_eq!(page.sessions.len(), live.sessions.len());
        let mut pseudonyms = BTreeMap::new();
        for (replayed, mut live) in page.sessions.into_iter().zip(live.sessions) {
            for (original, pseudonym) in [
                (live.session_id.to_string(), replayed.session_id.to_string()),
                (live.api_name.as_deref().unwrap_or_default().to_owned(), replayed.api_name.as_deref().unwrap_or_default().to_owned()),
            ] {
                prop_assert_eq!(pseudonyms.entry(original).or_insert_with(|| pseudonym.clone()).as_str(), pseudonym);
            }
            prop_assert_eq!(live.target_url.is_some(), replayed.target_url.is_some());
            live.session_id = replayed.session_id.clone();
            live.api_name = replayed.api_name.clone();
            live.target_url = replayed.target_url.clone();
            live.end_url = replayed.end_url.clone();
            if let (Some(live), Some(replayed)) = (&mut live.error, &replayed.error) {
                live.message = replayed.message.clone();
            }
            prop_assert_eq!(live, replayed);
        }
        let distinct: BTreeSet<_> = pseudonyms.values().collect();
        prop_assert_eq!(distinct.len(), pseudonyms.len());
    }
}
