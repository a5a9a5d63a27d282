//! How an adapter reports events.

use std::sync::{Arc, Mutex, PoisonError};

use brightdata_sessions::{Api, ApiKey, Error, Event, Session, SessionId};

use crate::{DEMO_SESSION_ID, FakeApi, Script};

const KEY: &str = "0123456789abcdef";

/// The function that receives each event.
type Observe = Box<dyn Fn(&Event<'_>) + Send + Sync>;

/// Checks an adapter that reports the events of its calls.
///
/// `get` gets this session with one call of a new client of this [`Api`], which passes each event
/// to the function.
///
/// The rules:
/// 1. The client reports each request, its outcome, and each wait, in this order.
/// 2. `Debug` of an event shows neither the key nor any part of a URL except host and port, even if
///    the server echoes the key.
///
/// # Panics
///
/// Panics if the adapter breaks a rule.
pub fn check_observer(get: impl FnOnce(Api, &SessionId, Observe) -> Result<Session, Error>) {
    let fake = FakeApi::start().expect("the fake can start");
    let limited = Script::response(429, &[("retry-after", "1")], KEY);
    let unreadable = Script::response(200, &[("content-encoding", KEY)], [0xff]);
    fake.script(DEMO_SESSION_ID, [Script::new().close(), limited, unreadable]);
    let api = Api::new(ApiKey::new(KEY).expect("the key is valid")).with_base_url(fake.base_url());
    let events = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&events);
    let observe = move |event: &Event<'_>| {
        let debug = format!("{event:?}");
        assert!(!debug.contains(KEY) && !debug.contains("browser_sessions"), "an event shows {debug}");
        log.lock().unwrap_or_else(PoisonError::into_inner).push(describe(event));
    };
    let id = DEMO_SESSION_ID.parse().expect("the id is valid");
    let error = get(api, &id, Box::new(observe)).expect_err("the last response is unreadable");
    assert_eq!(error.attempts(), 3, "{error:#}");
    let mut events = events.lock().unwrap_or_else(PoisonError::into_inner);
    // A transport may leave the decoding to the core.
    let last = events.pop().unwrap_or_default();
    assert!(["200 with 1 bytes", "undecodable"].contains(&&*last), "{last}");
    assert_eq!(
        *events,
        [
            "127.0.0.1 attempt 1 after None",
            "connection",
            "127.0.0.1 attempt 2 after Some(Connection)",
            "429 with 16 bytes",
            "RetryAfter(RateLimited)",
            "127.0.0.1 attempt 3 after Some(RateLimited)",
        ]
    );
}

/// Describes an event without its times.
fn describe(event: &Event<'_>) -> String {
    match event {
        Event::Sent(exchange) => {
            let attempt = exchange.attempt();
            format!("{} attempt {} after {:?}", exchange.host(), attempt.number, attempt.after)
        }
        Event::Response { status, body_length, .. } => {
            format!("{} with {body_length} bytes", status.as_u16())
        }
        Event::Failure { error, .. } => error.kind().as_str().to_owned(),
        Event::Wait(wait) => format!("{:?}", wait.reason),
        other => format!("{other:?}"),
    }
}
