//! The cases of an adapter: conversations of many requests.

use std::time::Duration;

use brightdata_sessions::{Api, ApiKey, Error, RetryPolicy, Session};

pub(super) use self::cases::{AdapterCase, cases};

use self::cases::Play;
use super::outcome::Outcome;
use super::{Call, Limits};
use crate::FakeApi;

mod cases;

/// The time limit of each call.
const CALL_LIMIT: Duration = Duration::from_secs(20);

/// The time after which the suite closes the connections of a case. Otherwise, a client without a
/// time limit would never end.
const CLOSE_AFTER: Duration = Duration::from_secs(40);

/// Plays a case.
///
/// # Panics
///
/// Panics if the system is out of ports or threads.
pub(super) fn play<C: Fn(Call) -> Vec<Result<Session, Error>>>(
    case: &AdapterCase,
    client: &impl Fn(Limits) -> C,
) -> Outcome {
    super::play_within(case, case.play.timeout, |timeout| play_once(&case.play, timeout, client))
}

fn play_once<C: Fn(Call) -> Vec<Result<Session, Error>>>(
    play: &Play,
    timeout: Duration,
    client: &impl Fn(Limits) -> C,
) -> Outcome {
    let fake = FakeApi::start().expect("the fake can start");
    fake.script_any(play.scripts.clone());
    let key = ApiKey::new("0123456789abcdef").expect("the key is valid");
    let api = Api::new(key)
        .with_base_url(fake.base_url())
        .with_retry(RetryPolicy::default().with_retries(play.retries).with_time_limit(CALL_LIMIT));
    super::guard(
        CLOSE_AFTER,
        || fake.close_all(),
        || {
            let client = client(Limits { api, timeout });
            let items = client(play.call.clone()).into_iter();
            let items = items.map(|item| match item {
                Ok(session) => Ok(session.session_id.to_string()),
                Err(error) => Err(error.kind()),
            });
            Outcome::Items { items: items.collect(), requests: Some(fake.requests().len()) }
        },
    )
}
