//! Events of the observer.

use std::sync::{Arc, Mutex};

use brightdata_sessions::{Api, ApiKey, Event};
use brightdata_sessions_reqwest::Client;
use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, Script};

const KEY: &str = "0123456789abcdef";

/// Describes an event without its times.
fn describe(event: &Event<'_>) -> String {
    match event {
        Event::Sent(exchange) => format!("{} attempt {}", exchange.host(), exchange.attempt().number),
        Event::Response { status, .. } => status.as_u16().to_string(),
        Event::Failure { error, .. } => error.kind().as_str().to_owned(),
        Event::Wait(wait) => format!("{:?}", wait.reason),
        _ => panic!("{event:?}"),
    }
}

#[tokio::test]
async fn an_observer_gets_each_attempt_outcome_and_wait() {
    let expected = [
        "127.0.0.1 attempt 1",
        "connection",
        "127.0.0.1 attempt 2",
        "429",
        "RetryAfter(RateLimited)",
        "127.0.0.1 attempt 3",
        "200",
    ];
    for is_driven in [false, true] {
        let fake = FakeApi::start().unwrap();
        let limited = Script::response(429, &[("retry-after", "1")], KEY);
        fake.script(DEMO_SESSION_ID, [Script::new().close(), limited]);
        let events = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&events);
        let observe = move |event: &Event<'_>| {
            let debug = format!("{event:?}");
            assert!(!debug.contains(KEY) && !debug.contains("browser_sessions"), "{debug}");
            log.lock().unwrap().push(describe(event));
        };
        let api = Api::new(ApiKey::new(KEY).unwrap()).with_base_url(fake.base_url());
        let client = Client::builder(api).observe(observe).build().unwrap();
        let id = DEMO_SESSION_ID.parse().unwrap();
        if is_driven {
            client.drive(client.api().get(&id)).next().await.unwrap().unwrap();
        } else {
            client.get(&id).await.unwrap();
        }
        assert_eq!(*events.lock().unwrap(), expected);
    }
}
