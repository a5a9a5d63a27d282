//! Calls against a fake.

use std::time::Duration;

use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, Script};
use brightdata_sessions_ureq::{Api, ApiKey, Client, Error, RetryPolicy, Session, SessionId};

pub(crate) const KEY: &str = "0123456789abcdef";

pub(crate) fn api(fake: &FakeApi) -> Api {
    Api::new(ApiKey::new(KEY).unwrap()).with_base_url(fake.base_url()).with_retry(RetryPolicy::none())
}

pub(crate) fn client(api: Api) -> Client {
    Client::builder(api).build().unwrap()
}

pub(crate) fn id() -> SessionId {
    DEMO_SESSION_ID.parse().unwrap()
}

/// Returns the result of a call against a script, with a body limit of 64 KiB.
pub(crate) fn get(script: Script) -> Result<Session, Error> {
    let fake = FakeApi::start().unwrap();
    fake.script_any([script]);
    client(api(&fake).with_body_limit(64 << 10)).get(&id())
}

/// Returns the result of a call that may retry within one second, and the number of its requests.
pub(crate) fn call(script: Script) -> (Result<Session, Error>, usize) {
    let fake = FakeApi::start().unwrap();
    fake.script_any([script]);
    let retry = RetryPolicy::default().with_time_limit(Duration::from_secs(1));
    let result = client(api(&fake).with_retry(retry)).get(&id());
    (result, fake.requests().len())
}

/// Returns the body of a session with this length.
pub(crate) fn session_of(length: usize) -> Vec<u8> {
    let mut body = format!(r#"{{"session":{{"session_id":"{DEMO_SESSION_ID}"}}}}"#).into_bytes();
    body.resize(length, b' ');
    body
}
