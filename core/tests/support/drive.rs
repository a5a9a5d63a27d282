//! A stand-in for a transport: outcomes come from a closure, and time moves by adding.
#![allow(dead_code, reason = "each test file uses what it needs of this")]

use std::time::Duration;

use brightdata_sessions::http::{Request, Response};
use brightdata_sessions::{Api, ApiKey, Error, Failure, Flow, Step};

pub(crate) const KEY: &str = "0123456789abcdef";
pub(crate) const ID: &str = "3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f";

pub(crate) type Outcome = Result<Response<Vec<u8>>, Failure>;

/// How long each exchange takes.
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

/// A 200 with the session that the tests ask for.
pub(crate) fn session() -> Outcome {
    response(200, &[], &format!(r#"{{"session":{{"session_id":"{ID}"}}}}"#))
}

/// What a flow did.
#[derive(Debug)]
pub(crate) struct Played<T> {
    pub(crate) items: Vec<Result<T, Error>>,
    /// When each request was sent.
    pub(crate) sent: Vec<Duration>,
    pub(crate) end: Duration,
}

/// Drives a flow to its end, from a time on.
pub(crate) fn play<F: Flow>(
    flow: &mut F,
    start: Duration,
    mut respond: impl FnMut(&Request<()>, Duration) -> Outcome,
) -> Played<F::Item> {
    let mut played = Played { items: Vec::new(), sent: Vec::new(), end: start };
    for _ in 0..100_000 {
        match flow.step(played.end) {
            Step::Send(request) => {
                played.sent.push(played.end);
                played.end += EXCHANGE;
                let outcome = respond(&request, played.end);
                flow.receive(outcome, played.end);
            }
            Step::Wait(pause) => {
                assert!(!pause.is_zero(), "a wait for nothing would spin");
                played.end += pause;
            }
            Step::Yield(item) => played.items.push(item),
            Step::Done => {
                assert!(matches!(flow.step(played.end), Step::Done), "done stays done");
                return played;
            }
        }
    }
    panic!("the flow does not end");
}

/// Drives a flow through these outcomes in turn, from time zero.
pub(crate) fn play_all<F: Flow>(
    flow: &mut F,
    outcomes: impl IntoIterator<Item = Outcome>,
) -> Played<F::Item> {
    let mut outcomes = outcomes.into_iter();
    play(flow, Duration::ZERO, |_, _| outcomes.next().expect("no more requests than outcomes"))
}
