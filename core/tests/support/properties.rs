//! What holds for any input, as plain functions that panic where it does not: for property tests and fuzzers alike.
#![allow(dead_code, reason = "each caller checks what it has input for")]

use std::time::Duration;

use brightdata_sessions::http::Response;
use brightdata_sessions::{
    Api, ApiKey, Error, Failure, FailureKind, Flow, GetSession, RetryPolicy, Session, SessionId, Step,
};
use serde_json::Value;

pub(crate) const KEY: &str = "0123456789abcdef";
pub(crate) const ID: &str = "3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f";

pub(crate) fn api() -> Api {
    Api::new(ApiKey::new(KEY).unwrap())
}

fn get() -> GetSession {
    GetSession::new(ID.parse().unwrap())
}

/// An id is refused, or is one path segment that decodes to itself.
pub(crate) fn id_is_refused_or_one_segment(id: &str) {
    let Ok(id) = id.parse::<SessionId>() else { return };
    let request = api().request(&GetSession::new(id.clone())).unwrap();
    let segment = request.uri().path().strip_prefix("/browser_sessions/").unwrap().to_owned();
    assert!(request.uri().query().is_none());
    assert!(
        segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte)),
        "{segment}"
    );
    assert_eq!(percent_decode(&segment), id.as_str().as_bytes());
}

fn percent_decode(text: &str) -> Vec<u8> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        decoded.push(if byte == b'%' {
            let mut digit = || char::from(bytes.next().unwrap()).to_digit(16).unwrap() as u8;
            digit() * 16 + digit()
        } else {
            byte
        });
    }
    decoded
}

/// An answer of any status and body is read or refused, shows no key and no control character, and is not told at length.
pub(crate) fn answer_is_read_or_refused(status: u16, body: &[u8]) -> Option<Session> {
    let response = Response::builder().status(status).body(body).unwrap();
    let error = match api().parse(&get(), response) {
        Ok(session) => return Some(session),
        Err(error) => error,
    };
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains(KEY), "{shown}");
    let line = error.to_string();
    assert!(!line.contains(char::is_control) && line.len() < 1000, "{line:?}");
    None
}

/// What was read is written, and reads as the same; and an independent reading of the body agrees field by field.
pub(crate) fn session_survives(body: &[u8]) {
    let Some(session) = answer_is_read_or_refused(200, body) else { return };
    let written = serde_json::to_string(&session).unwrap();
    let again: Session = serde_json::from_str(&written).unwrap();
    assert_eq!(again, session);
    assert_eq!(serde_json::to_string(&again).unwrap(), written);

    // Numbers beyond f64, lone surrogates and great depth are beyond this reading.
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return };
    let told = &value["session"];
    let text = |name: &str| told[name].as_str();
    assert_eq!(text("session_id"), Some(session.session_id.as_str()));
    assert_eq!(text("api_name"), session.api_name.as_deref());
    assert_eq!(text("status"), session.status.as_ref().map(|status| status.as_str()));
    assert_eq!(text("timestamp"), session.timestamp.as_ref().map(|timestamp| timestamp.as_str()));
    assert_eq!(text("target_url"), session.target_url.as_deref());
    assert_eq!(text("end_url"), session.end_url.as_deref());
    assert_eq!(text("captcha"), session.captcha.as_ref().map(|captcha| captcha.as_str()));
    assert_eq!(told["duration"].as_f64(), session.duration);
    for (name, number) in [("navigations", session.navigations), ("bandwidth", session.bandwidth)] {
        let value = &told[name];
        match number {
            Some(number) => {
                assert!(value.as_u64() == Some(number) || value.as_f64() == Some(number as f64), "{value}");
            }
            None => assert!(value.is_null(), "{value}"),
        }
    }
    match &session.error {
        None => assert!(told["error"].is_null()),
        Some(error) => {
            assert_eq!(told["error"]["code"].as_str(), error.code.as_deref());
            assert_eq!(told["error"]["message"].as_str(), error.message.as_deref());
        }
    }
    for (name, raw) in session.unknown.iter() {
        // Of a field that came more than once, `Value` keeps the last.
        let last = session.unknown.iter().filter(|(other, _)| *other == name).last().unwrap().1.get();
        if raw.get() == last {
            assert_eq!(serde_json::from_str::<Value>(last).unwrap(), told[&name]);
        }
    }
}

/// However a body is split, the same is collected, and nothing over the limit.
pub(crate) fn pieces_do_not_matter(status: u16, body: &[u8], limit: usize, cuts: &[usize]) {
    let collect = |cuts: &[usize]| {
        let head = Response::builder().status(status).body(()).unwrap().into_parts().0;
        let mut collector = api().with_body_limit(limit).collector(head);
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (body.len() + 1)).collect();
        cuts.sort_unstable();
        cuts.push(body.len());
        let mut start = 0;
        for end in cuts {
            if collector.push(&body[start..end]).is_break() {
                break;
            }
            start = end;
        }
        collector.finish().map(Response::into_body).map_err(|failure| failure.kind())
    };
    let whole = collect(&[]);
    assert_eq!(collect(cuts), whole);
    match whole {
        Ok(kept) => assert!(kept.len() <= limit && body.starts_with(&kept)),
        Err(kind) => assert!(kind == FailureKind::TooLarge && status == 200 && body.len() > limit),
    }
}

/// What a transport may hand in.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Answer {
        status: u16,
        retry_after: Option<String>,
    },
    Session,
    Failure(FailureKind),
    /// Nothing: the request was given up.
    GivenUp,
}

/// A call ends, with one item, after no more requests than its policy allows, none of them before its time or after its limit, whatever
/// comes and however unevenly time passes.
pub(crate) fn call_is_bounded(retries: u32, limit: Duration, seed: u64, outcomes: &[(Outcome, Duration)]) {
    let api =
        api().with_seed(seed).with_retry(RetryPolicy::default().with_retries(retries).with_time_limit(limit));
    let mut call = api.get(&ID.parse().unwrap());
    let start = Duration::from_secs(1000);
    let mut outcomes = outcomes.iter().cycle();
    let (mut now, mut sent, mut not_before) = (start, 0, start);
    let mut steps = 0;
    let item = loop {
        steps += 1;
        assert!(steps < 10_000, "it does not end");
        match call.step(now) {
            Step::Send(_) => {
                sent += 1;
                assert!(sent <= retries + 1, "{sent} requests");
                assert!(now >= not_before && now <= start + limit, "sent at {now:?}");
                let (outcome, took) = outcomes.next().cloned().unwrap_or((Outcome::GivenUp, Duration::ZERO));
                now += took;
                not_before = now;
                match outcome {
                    Outcome::GivenUp => {}
                    Outcome::Session => {
                        let body = format!(r#"{{"session":{{"session_id":"{ID}"}}}}"#);
                        call.receive(Ok(Response::new(body.into())), now);
                    }
                    Outcome::Failure(kind) => call.receive(Err(Failure::from(kind)), now),
                    Outcome::Answer { status, retry_after } => {
                        let mut response = Response::builder().status(status);
                        if let Some(retry_after) = &retry_after {
                            response = response.header("retry-after", retry_after);
                        }
                        let seconds = retry_after.and_then(|text| text.parse().ok()).map(Duration::from_secs);
                        let transient = status == 429 || status >= 500;
                        not_before += seconds.filter(|_| transient).unwrap_or_default();
                        call.receive(Ok(response.body(Vec::new()).unwrap()), now);
                    }
                }
            }
            Step::Wait(pause) => {
                assert!(now + pause <= start + limit, "it would wait beyond its limit");
                assert!(!pause.is_zero());
                now += pause;
            }
            Step::Yield(item) => break item,
            Step::Done => panic!("there was no item"),
        }
    };
    if let Err(error) = item {
        assert_eq!(error.attempts(), sent);
        assert!(!matches!(error, Error::InvalidInput(_)));
    }
    assert!(matches!(call.step(now), Step::Done));
}
