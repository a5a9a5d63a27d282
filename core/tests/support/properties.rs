//! What holds for any input, as plain functions that panic where it does not: for property tests and fuzzers alike.
#![allow(dead_code, reason = "each caller checks what it has input for")]

use std::collections::BTreeMap;
use std::time::Duration;

use brightdata_sessions::http::Response;
use brightdata_sessions::{
    Api, ApiKey, Error, Escaped, Failure, FailureKind, Flow, GetSession, RetryPolicy, Session, SessionId,
    Step, UnknownFields,
};
use serde_json::value::RawValue;

/// Begins with letters: digits at the beginning of a body are a number, and told as one.
pub(crate) const KEY: &str = "fedcba9876543210";
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

/// An answer of any status and body is read or refused, shows no key and nothing that acts on a terminal, and is not
/// told at length.
pub(crate) fn answer_is_read_or_refused(status: u16, body: &[u8]) -> Option<Session> {
    let response = Response::builder().status(status).body(body).unwrap();
    match api().parse(&get(), response) {
        Ok(session) => Some(session),
        Err(error) => {
            error_is_fit_to_be_shown(&error, KEY);
            None
        }
    }
}

fn error_is_fit_to_be_shown(error: &Error, secret: &str) {
    let shown = format!("{error} {error:?} {error:#?}");
    assert!(!shown.contains(secret), "{shown}");
    let line = error.to_string();
    assert!(!line.contains(Escaped::acts) && line.len() < 1000, "{line:?}");
}

/// Wherever a server echoes the key, and wherever the echo is cut, no 8 characters from its beginning are shown.
pub(crate) fn key_is_not_shown(status: u16, before: &str, after: &str, cut: usize) {
    let [start, end] = [before, after].map(|text| serde_json::to_string(text).unwrap());
    let (start, end) = (&start[..start.len() - 1], &end[1..]);
    let bodies = [
        format!("{before}{KEY}{after}"),
        format!("{{\"error\":{start}{KEY}{end},\"code\":\"{KEY}\"}}"),
        format!("{{\"session\":{{\"session_id\":\"{ID}\",\"bandwidth\":{start}{KEY}{end}}}}}"),
        format!("{{\"session\":{{\"session_id\":\"x{KEY}\"}}}}"),
    ];
    for body in bodies {
        for end in [body.len(), cut % (body.len() + 1)] {
            let mut response = Response::builder().status(status);
            for name in ["location", "x-brd-error", "x-brd-err-code", "retry-after"] {
                response = response.header(name, format!("Bearer {KEY}, {}", &KEY[..8 + cut % 8]));
            }
            let response = response.body(&body.as_bytes()[..end]).unwrap();
            if let Err(error) = api().parse(&get(), response) {
                error_is_fit_to_be_shown(&error, &KEY[..8]);
            }
        }
    }
}

/// The members of an object, values unread; of those that came more than once, the last.
type Members<'a> = BTreeMap<String, &'a RawValue>;

/// What was read is written, and reads as the same; and an independent reading of the body agrees field by field.
pub(crate) fn session_survives(body: &[u8]) {
    let Some(session) = answer_is_read_or_refused(200, body) else { return };
    let written = serde_json::to_string(&session).unwrap();
    let again: Session = serde_json::from_str(&written).unwrap();
    assert_eq!(again, session);
    assert_eq!(serde_json::to_string(&again).unwrap(), written);

    let envelope: Members<'_> = serde_json::from_slice(body).unwrap();
    let mut told: Members<'_> = serde_json::from_str(envelope["session"].get()).unwrap();
    assert_eq!(text(&mut told, "session_id").as_deref(), Some(session.session_id.as_str()));
    assert_eq!(text(&mut told, "api_name").as_deref(), session.api_name.as_deref());
    assert_eq!(text(&mut told, "status").as_deref(), session.status.as_ref().map(|status| status.as_str()));
    assert_eq!(text(&mut told, "timestamp").as_deref(), session.timestamp.as_ref().map(|at| at.as_str()));
    assert_eq!(text(&mut told, "target_url").as_deref(), session.target_url.as_deref());
    assert_eq!(text(&mut told, "end_url").as_deref(), session.end_url.as_deref());
    assert_eq!(text(&mut told, "captcha").as_deref(), session.captcha.as_ref().map(|word| word.as_str()));
    assert_eq!(number(&mut told, "duration"), session.duration);
    // How exact they are is for `whole_number_is_exact_or_refused`.
    assert_eq!(number(&mut told, "navigations"), session.navigations.map(|number| number as f64));
    assert_eq!(number(&mut told, "bandwidth"), session.bandwidth.map(|number| number as f64));
    let error = not_null(&mut told, "error");
    assert_eq!(error.is_some(), session.error.is_some());
    if let (Some(error), Some(failure)) = (error, &session.error) {
        let mut error: Members<'_> = serde_json::from_str(error).unwrap();
        assert_eq!(text(&mut error, "code").as_deref(), failure.code.as_deref());
        assert_eq!(text(&mut error, "message").as_deref(), failure.message.as_deref());
        unknown_fields_are(&failure.unknown, &error);
    }
    unknown_fields_are(&session.unknown, &told);
}

fn not_null<'a>(told: &mut Members<'a>, name: &str) -> Option<&'a str> {
    told.remove(name).map(RawValue::get).filter(|raw| *raw != "null")
}

fn text(told: &mut Members<'_>, name: &str) -> Option<String> {
    not_null(told, name).map(|raw| serde_json::from_str(raw).unwrap())
}

fn number(told: &mut Members<'_>, name: &str) -> Option<f64> {
    not_null(told, name).map(|raw| raw.parse().unwrap())
}

fn unknown_fields_are(unknown: &UnknownFields, told: &Members<'_>) {
    let kept: BTreeMap<_, _> = unknown.iter().map(|(name, raw)| (name, raw.get())).collect();
    let told: BTreeMap<_, _> = told.iter().map(|(name, raw)| (name.clone(), raw.get())).collect();
    assert_eq!((kept.is_empty(), &kept), (unknown.is_empty(), &told));
}

/// A JSON number is read as the whole number that it is, digit for digit, or refused; and never refused below 2^53. One with a
/// point or an exponent is read as the float that is nearest to it: of more than 16 digits, the last do not count.
pub(crate) fn whole_number_is_exact_or_refused(number: &str) {
    let body = format!("{{\"session\":{{\"session_id\":\"{ID}\",\"bandwidth\":{number}}}}}");
    let rounded = number.parse::<f64>().unwrap().to_string();
    let nearest = if number.contains(['.', 'e', 'E']) { whole(&rounded) } else { whole(number) };
    match api().parse(&get(), Response::new(body.as_bytes())) {
        Ok(session) => assert_eq!(session.bandwidth, nearest, "{number}"),
        Err(error) => assert!(nearest.is_none_or(|whole| whole >= 1 << 53), "{number}: {error}"),
    }
}

/// The whole number from 0 to 2^64 - 1 that a JSON number stands for, found without any float.
fn whole(number: &str) -> Option<u64> {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{integer}{fraction}");
    let significant = digits.trim_start_matches(['-', '0']).trim_end_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    let zeros = digits.len() - digits.trim_end_matches('0').len();
    let zeros = exponent.parse::<i64>().unwrap() + zeros as i64 - fraction.len() as i64;
    if digits.starts_with('-') || !(0..20).contains(&zeros) {
        return None;
    }
    format!("{significant}{}", "0".repeat(zeros as usize)).parse().ok()
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

/// A call ends, with one item, after no more requests than its policy allows, none of them before its time or after its
/// limit, whatever comes, and however unevenly time passes: each wait lasts for so many hundredths of what was asked.
pub(crate) fn call_is_bounded(
    retries: u32,
    limit: Duration,
    seed: u64,
    outcomes: &[(Outcome, Duration)],
    naps: &[u32],
) {
    let api =
        api().with_seed(seed).with_retry(RetryPolicy::default().with_retries(retries).with_time_limit(limit));
    let mut call = api.get(&ID.parse().unwrap());
    let start = Duration::from_secs(1000);
    let mut outcomes = outcomes.iter().cycle();
    let mut naps = naps.iter().cycle();
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
                let nap = pause * naps.next().copied().unwrap_or(100) / 100;
                now += nap.max(Duration::from_nanos(1));
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
