//! A history, with any responses.

use std::collections::BTreeMap;

use brightdata_sessions::http::{Request, Response};
use brightdata_sessions::{
    Flow, HistoryCursor, ListSessions, Now, RetryPolicy, SessionPage, Step, Timestamp,
};

use super::api;

/// A history ends, repeats no session, and its cursor survives a round trip after each item.
///
/// The input is a line with the `Date` of all responses, if any, and a line for each body. The
/// bodies repeat forever. In each of them, `OFFSET+3` is the offset of the request, plus 3.
pub fn check(input: &[u8]) {
    let mut lines = input.split(|&byte| byte == b'\n');
    let date = lines.next().unwrap_or_default();
    let bodies: Vec<_> = lines.collect();
    if !bodies.is_empty() {
        for with_ends in [false, true] {
            history_ends_and_repeats_nothing(date, &bodies, with_ends);
        }
    }
}

/// A history ends, with a number of requests that the sessions of the bodies explain. It yields
/// each session once for each of its starts, or twice with ends. Its cursor survives a round trip
/// after each item, and its start never moves back.
pub(crate) fn history_ends_and_repeats_nothing(date: &[u8], bodies: &[&[u8]], with_ends: bool) {
    let api = api().with_retry(RetryPolicy::none());
    let history = api.history(ListSessions::new());
    let mut history = if with_ends { history.with_ends() } else { history };
    let mut next = bodies.iter().cycle();
    let mut respond = |request: &Request<()>| {
        let response = Response::builder().status(200).header("date", date);
        let body = next.next().map_or_else(Vec::new, |body| with_offset(body, offset(request)));
        // An invalid `Date` is not sent.
        response.body(body.clone()).unwrap_or_else(|_| Response::new(body))
    };
    // Each window that begins again repeats at most the sessions of the latest two seconds.
    let sessions: usize = bodies.iter().map(|body| sessions(body)).sum();
    let max_requests = 30 * bodies.len() + 4 * sessions + 100;
    let (mut requests, mut yielded, mut start) = (0, BTreeMap::new(), None);
    loop {
        match history.step(Now::ORIGIN) {
            Step::Send(request) => {
                requests += 1;
                assert!(requests <= max_requests, "more than {max_requests} requests");
                history.receive(Ok(respond(&request)), Now::ORIGIN);
            }
            Step::Wait(wait) => panic!("{wait}"),
            Step::Yield(Ok(session)) => {
                let second = session.timestamp.as_ref().and_then(Timestamp::to_system_time);
                if second.is_some() {
                    let times = yielded.entry((session.session_id.clone(), second)).or_insert(0);
                    *times += 1;
                    assert!(*times <= if with_ends { 2 } else { 1 }, "{} again", session.session_id);
                }
                let json = serde_json::to_string(history.cursor()).unwrap();
                let cursor: HistoryCursor = serde_json::from_str(&json).unwrap();
                assert_eq!(serde_json::to_string(&cursor).unwrap(), json);
                assert!(cursor.start() >= start, "{:?} after {start:?}", cursor.start());
                start = cursor.start();
            }
            Step::Yield(Err(_)) => assert!(matches!(history.step(Now::ORIGIN), Step::Done)),
            Step::Done => return,
        }
    }
}

fn offset(request: &Request<()>) -> u64 {
    let query = request.uri().query().unwrap_or_default();
    let offset = query.split('&').find_map(|pair| pair.strip_prefix("offset="));
    offset.map_or(0, |offset| offset.parse().unwrap())
}

/// Replaces each `OFFSET+3` with the sum.
fn with_offset(body: &[u8], offset: u64) -> Vec<u8> {
    let Ok(body) = std::str::from_utf8(body) else { return body.to_vec() };
    let mut parts = body.split("OFFSET+");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take(6).take_while(u8::is_ascii_digit).count();
        let (number, rest) = part.split_at(digits);
        text += &format!("{}{rest}", offset.saturating_add(number.parse().unwrap_or(0)));
    }
    text.into_bytes()
}

/// Returns the number of sessions in a body.
fn sessions(body: &[u8]) -> usize {
    let body = with_offset(body, 0);
    let page = std::str::from_utf8(&body).ok().and_then(|body| SessionPage::from_json(body).ok());
    page.map_or(0, |page| page.sessions.len())
}
