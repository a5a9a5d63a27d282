//! A simulated transport: a closure supplies the outcomes, and time advances by addition.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::time::Duration;

use brightdata_sessions::http::{Request, Response};
use brightdata_sessions::{Api, ApiKey, Error, Flow, Now, Step, TransportError};

pub(crate) const KEY: &str = "0123456789abcdef";
pub(crate) const ID: &str = "3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f";

pub(crate) type Outcome = Result<Response<Vec<u8>>, TransportError>;

/// The duration of each exchange.
pub(crate) const EXCHANGE: Duration = Duration::from_millis(10);

pub(crate) fn api() -> Api {
    Api::new(ApiKey::new(KEY).unwrap())
}

pub(crate) fn response(status: u16, headers: &[(&str, &str)], body: &str) -> Outcome {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    Ok(response.body(body.into()).unwrap())
}

pub(crate) fn status(status: u16) -> Outcome {
    response(status, &[], "")
}

/// Returns a 200 with the session that the tests request.
pub(crate) fn session() -> Outcome {
    response(200, &[], &format!(r#"{{"session":{{"session_id":"{ID}"}}}}"#))
}

/// Returns the time that is `elapsed` after the origin.
pub(crate) fn at(elapsed: Duration) -> Now {
    elapsed.into()
}

/// The record of a flow that was driven to its end.
#[derive(Debug)]
pub(crate) struct Played<T> {
    pub(crate) items: Vec<Result<T, Error>>,
    /// The time at which each request was sent.
    pub(crate) sent: Vec<Duration>,
    pub(crate) end: Duration,
}

/// Drives a flow from `start` to its end.
pub(crate) fn play<F: Flow>(
    flow: &mut F,
    start: Duration,
    mut respond: impl FnMut(&Request<()>, Duration) -> Outcome,
) -> Played<F::Item> {
    let mut played = Played { items: Vec::new(), sent: Vec::new(), end: start };
    for _ in 0..100_000 {
        match flow.step(at(played.end)) {
            Step::Send(request) => {
                played.sent.push(played.end);
                played.end += EXCHANGE;
                let outcome = respond(&request, played.end);
                flow.receive(outcome, at(played.end));
            }
            Step::Wait(wait) => {
                assert!(!wait.duration.is_zero(), "a wait of zero would make the driver spin");
                played.end += wait.duration;
            }
            Step::Yield(item) => played.items.push(item),
            Step::Done => {
                assert!(matches!(flow.step(at(played.end)), Step::Done), "a step after `Done` is `Done`");
                return played;
            }
        }
    }
    panic!("the flow does not end");
}

/// Drives a flow from `start` to its end, and fetches ahead. The outcome of a request ahead is
/// received at once, or once no item is at hand. The caller takes `pause` for each item.
pub(crate) fn play_ahead<F: Flow>(
    flow: &mut F,
    start: Duration,
    is_late: bool,
    pause: Duration,
    mut respond: impl FnMut(&Request<()>, Duration) -> Outcome,
) -> Played<F::Item> {
    let mut played = Played { items: Vec::new(), sent: Vec::new(), end: start };
    let mut in_flight = None;
    for _ in 0..100_000 {
        if let Some(request) = flow.request_ahead(at(played.end)) {
            assert!(in_flight.is_none(), "one request ahead at a time");
            played.sent.push(played.end);
            let outcome = respond(&request, played.end + EXCHANGE);
            if is_late {
                in_flight = Some(outcome);
            } else {
                flow.receive(outcome, at(played.end + EXCHANGE));
            }
        }
        if let Some(outcome) = in_flight.take() {
            if let Some(item) = flow.next_received() {
                in_flight = Some(outcome);
                played.items.push(Ok(item));
                played.end += pause;
                continue;
            }
            flow.receive(outcome, at(played.end));
        }
        match flow.step(at(played.end)) {
            Step::Send(request) => {
                played.sent.push(played.end);
                played.end += EXCHANGE;
                let outcome = respond(&request, played.end);
                flow.receive(outcome, at(played.end));
            }
            Step::Wait(wait) => played.end += wait.duration,
            Step::Yield(item) => {
                played.items.push(item);
                played.end += pause;
            }
            Step::Done => return played,
        }
    }
    panic!("the flow does not end");
}

/// Drives a flow from time zero to its end, with one of the outcomes for each request.
pub(crate) fn play_all<F: Flow>(
    flow: &mut F,
    outcomes: impl IntoIterator<Item = Outcome>,
) -> Played<F::Item> {
    let mut outcomes = outcomes.into_iter();
    play(flow, Duration::ZERO, |_, _| outcomes.next().expect("at most one request per outcome"))
}
