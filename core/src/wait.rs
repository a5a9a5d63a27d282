//! A wait and its reason.

use std::fmt;
use std::time::Duration;

use crate::ErrorKind;

/// A wait that a [`Flow`](crate::Flow) requests, and its reason. `Display` is one line for people.
///
/// ```
/// use brightdata_sessions::{Api, ApiKey, Flow, Now, Step, http::Response};
///
/// let api = Api::new(ApiKey::new("0123456789abcdef")?);
/// let mut call = api.get(&"s1".parse()?);
/// assert!(matches!(call.step(Now::ORIGIN), Step::Send(_)));
///
/// let busy = Response::builder().status(503).header("retry-after", "7").body(Vec::new())?;
/// call.receive(Ok(busy), Now::ORIGIN);
/// let Step::Wait(wait) = call.step(Now::ORIGIN) else { panic!("expected a wait") };
/// assert_eq!(wait.to_string(), "waiting 7 s as requested (server error)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wait {
    /// How long to wait. Never zero. Stepping earlier is harmless.
    pub duration: Duration,
    /// The reason.
    pub reason: WaitReason,
}

/// The reason for a [`Wait`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WaitReason {
    /// The call's last response requested it with `Retry-After`. After a 429, the guard may make it
    /// longer.
    RetryAfter(ErrorKind),
    /// Backoff after a failed attempt.
    Backoff(ErrorKind),
    /// A call was answered with 429, or responses that were not seen may have been 429s, and the
    /// [rate guard](crate::RateGuard) holds back all calls that share it.
    RateLimited,
    /// The rate guard spaces requests, at the pace that it learned or at the rate that was
    /// [set](crate::Api::with_rate).
    Pace,
    /// The limit on requests in flight is reached. After a 429 it is one, until a request is let
    /// through.
    ConcurrencyLimit,
    /// The interval between two polls of a watch.
    PollInterval,
}

impl WaitReason {
    /// Returns the stable name in snake case, such as `retry_after`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RetryAfter(_) => "retry_after",
            Self::Backoff(_) => "backoff",
            Self::RateLimited => "rate_limited",
            Self::Pace => "pace",
            Self::ConcurrencyLimit => "concurrency_limit",
            Self::PollInterval => "poll_interval",
        }
    }
}

impl Wait {
    pub(crate) fn new(duration: Duration, reason: WaitReason) -> Self {
        Self { duration, reason }
    }

    /// Shortens the wait.
    pub(crate) fn at_most(self, duration: Duration) -> Self {
        Self { duration: self.duration.min(duration), ..self }
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.duration.as_millis() {
            milliseconds @ 0..1000 => write!(f, "waiting {milliseconds} ms"),
            _ => write!(f, "waiting {} s", self.duration.as_secs_f64().round()),
        }?;
        match self.reason {
            WaitReason::RetryAfter(kind) => write!(f, " as requested ({})", kind.title()),
            WaitReason::Backoff(kind) => write!(f, " ({})", kind.title()),
            WaitReason::RateLimited => f.write_str(" because requests were rate limited"),
            WaitReason::Pace => f.write_str(" to stay below the rate limit"),
            WaitReason::ConcurrencyLimit => f.write_str(" for other requests to end"),
            WaitReason::PollInterval => f.write_str(" until the next poll"),
        }
    }
}
