//! What a session looks like, each rule with its boundary.

use std::time::{Duration, SystemTime};

use serde::{Serialize, Serializer};

use super::{ErrorClass, registrable_domain};
use crate::{Session, SessionStatus, Timestamp};

/// A failure sooner than this, without a navigation, looks like configuration.
const CONFIGURATION_SECONDS: f64 = 2.0;
/// A failure as late as this, or later, looks like the run.
const RUN_SECONDS: f64 = 60.0;
/// Less than this is no page: about what it takes to open an encrypted connection.
pub(super) const NEAR_ZERO_BYTES: u64 = 10_000;
/// No session lives longer.
const LONGEST_LIFE: Duration = Duration::from_secs(60 * 60);

/// What a failed session looks like by its numbers: the first of these that fits. A hint, and no proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailurePattern {
    /// It failed in under 2 s and without a navigation: configuration or credentials.
    Configuration,
    /// Less than 10 kB of traffic (1 kB = 1000 bytes): no page came.
    NothingLoaded,
    /// It failed after a minute or more: blocked, idle, or the network.
    Run,
    /// None of these, or a number that it takes to tell is missing.
    Unclear,
}

impl FailurePattern {
    /// The shape of a failed session; `None` if it did not fail.
    pub fn classify(session: &Session) -> Option<Self> {
        if session.status != Some(SessionStatus::Failed) {
            return None;
        }
        let seconds = duration(session);
        Some(
            if seconds.is_some_and(|seconds| seconds < CONFIGURATION_SECONDS)
                && session.navigations == Some(0)
            {
                Self::Configuration
            } else if nothing_loaded(session) {
                Self::NothingLoaded
            } else if seconds.is_some_and(|seconds| seconds >= RUN_SECONDS) {
                Self::Run
            } else {
                Self::Unclear
            },
        )
    }

    /// The stable name: `configuration`, `nothing_loaded`, `run` or `unclear`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::NothingLoaded => "nothing_loaded",
            Self::Run => "run",
            Self::Unclear => "unclear",
        }
    }
}

impl Serialize for FailurePattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The class of a session's error code; unknown where there is none.
pub(super) fn error_class(session: &Session) -> ErrorClass {
    let code = session.error.as_ref().and_then(|error| error.code.as_deref());
    code.map_or(ErrorClass::Unknown, ErrorClass::classify)
}

/// Whether a session's error code tells of something else than its numbers look like. A code that is known tells more than they do.
pub(super) fn code_denies(session: &Session, shape: FailurePattern) -> bool {
    let class = error_class(session);
    let agrees = match shape {
        FailurePattern::Configuration => class == ErrorClass::Configuration,
        FailurePattern::Run => matches!(class, ErrorClass::Limit | ErrorClass::Target | ErrorClass::Script),
        FailurePattern::NothingLoaded | FailurePattern::Unclear => true,
    };
    class != ErrorClass::Unknown && !agrees
}

/// The start, if it is one. At the very ends of time, a zone can lead out of the years that can be written.
pub(super) fn start(session: &Session) -> Option<SystemTime> {
    let start = session.timestamp.as_ref()?.to_system_time()?;
    Timestamp::can_hold(start).then_some(start)
}

/// The duration, if it is one: whoever makes sessions by hand can set any number.
pub(super) fn duration(session: &Session) -> Option<f64> {
    session.duration.filter(|seconds| seconds.is_finite() && *seconds >= 0.0)
}

/// Whether a session still runs: then nothing that it tells is its outcome.
pub(super) fn is_running(session: &Session) -> bool {
    session.status == Some(SessionStatus::Running)
}

/// The domains of the first URL and the last one. While a session runs, there is no last one.
pub(super) fn domains(session: &Session) -> [Option<String>; 2] {
    let end = session.end_url.as_deref().filter(|_| !is_running(session));
    [session.target_url.as_deref(), end].map(|url| registrable_domain(url?))
}

/// The traffic of a session, unless it still runs: then it may move.
pub(super) fn final_bandwidth(session: &Session) -> Option<u64> {
    session.bandwidth.filter(|_| !is_running(session))
}

/// Whether a session ended with next to no traffic.
pub(super) fn nothing_loaded(session: &Session) -> bool {
    let ended = matches!(session.status, Some(SessionStatus::Finished | SessionStatus::Failed));
    ended && session.bandwidth.is_some_and(|bytes| bytes < NEAR_ZERO_BYTES)
}

/// Whether a session that is said to run has done so for more than an hour; `None` where it cannot be told.
pub(super) fn is_stale(
    session: &Session,
    start: Option<SystemTime>,
    now: Option<SystemTime>,
) -> Option<bool> {
    if !is_running(session) {
        return Some(false);
    }
    let age = now?.duration_since(start?).unwrap_or_default();
    Some(age > LONGEST_LIFE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SessionFailure;

    fn failed(seconds: Option<f64>, navigations: Option<u64>, bandwidth: Option<u64>) -> FailurePattern {
        let mut session = Session::new("a".parse().unwrap());
        session.status = Some(SessionStatus::Failed);
        session.duration = seconds;
        session.navigations = navigations;
        session.bandwidth = bandwidth;
        FailurePattern::classify(&session).unwrap()
    }

    #[test]
    fn configuration_is_under_two_seconds_and_no_navigation() {
        use FailurePattern::{Configuration, NothingLoaded, Unclear};
        assert_eq!(failed(Some(1.999), Some(0), Some(0)), Configuration);
        assert_eq!(failed(Some(1.999), Some(0), None), Configuration);
        assert_eq!(failed(Some(2.0), Some(0), Some(0)), NothingLoaded);
        assert_eq!(failed(Some(2.0), Some(0), None), Unclear);
        assert_eq!(failed(Some(1.999), Some(1), None), Unclear);
        assert_eq!(failed(Some(1.999), None, None), Unclear);
        assert_eq!(failed(None, Some(0), None), Unclear);
    }

    #[test]
    fn nothing_loaded_is_under_ten_kilobytes() {
        assert_eq!(failed(Some(300.0), Some(1), Some(9_999)), FailurePattern::NothingLoaded);
        assert_eq!(failed(Some(300.0), Some(1), Some(10_000)), FailurePattern::Run);
    }

    #[test]
    fn the_run_is_from_a_minute_on() {
        assert_eq!(failed(Some(60.0), Some(1), Some(10_000)), FailurePattern::Run);
        assert_eq!(failed(Some(60.0), None, None), FailurePattern::Run);
        assert_eq!(failed(Some(59.999), Some(1), Some(10_000)), FailurePattern::Unclear);
    }

    #[test]
    fn a_code_of_another_class_denies_what_the_numbers_look_like() {
        use FailurePattern::{Configuration, NothingLoaded, Run, Unclear};
        let mut session = Session::new("a".parse().unwrap());
        let denied = |session: &Session| {
            [Configuration, NothingLoaded, Run, Unclear].map(|shape| code_denies(session, shape))
        };
        assert_eq!(denied(&session), [false; 4]);
        for (code, configuration, run) in [
            ("wrong_password", false, true),
            ("cdp_error", true, false),
            ("inactivity_timeout", true, false),
            ("net::ERR_FAILED", true, false),
            ("no_peers", true, true),
            ("job_killed", true, true),
            ("E1", false, false),
        ] {
            session.error = Some(SessionFailure::new(code, ""));
            assert_eq!(denied(&session), [configuration, false, run, false], "{code}");
        }
    }

    #[test]
    fn of_nulls_nothing_is_claimed() {
        assert_eq!(failed(None, None, None), FailurePattern::Unclear);
        let session = Session::new("a".parse().unwrap());
        assert_eq!(FailurePattern::classify(&session), None);
        assert!(!nothing_loaded(&session));
        assert_eq!(is_stale(&session, None, None), Some(false));
    }

    #[test]
    fn a_duration_that_is_none_counts_as_missing() {
        for seconds in [f64::NAN, f64::INFINITY, -1.0] {
            assert_eq!(failed(Some(seconds), Some(0), None), FailurePattern::Unclear);
        }
    }

    #[test]
    fn only_what_ended_can_have_loaded_nothing() {
        let mut session = Session::new("a".parse().unwrap());
        session.bandwidth = Some(0);
        for (status, nothing) in [("running", false), ("finished", true), ("failed", true), ("other", false)]
        {
            session.status = Some(status.into());
            assert_eq!(nothing_loaded(&session), nothing, "{status}");
        }
    }

    #[test]
    fn overdue_is_more_than_sixty_minutes() {
        let mut session = Session::new("a".parse().unwrap());
        session.status = Some(SessionStatus::Running);
        let start = SystemTime::UNIX_EPOCH;
        let after = |seconds| Some(start + Duration::from_secs(seconds));
        assert_eq!(is_stale(&session, Some(start), after(3600)), Some(false));
        assert_eq!(is_stale(&session, Some(start), after(3601)), Some(true));
        // The clocks of two machines differ.
        assert_eq!(is_stale(&session, after(10), Some(start)), Some(false));
        assert_eq!(is_stale(&session, Some(start), None), None);
        assert_eq!(is_stale(&session, None, after(3601)), None);
        session.status = Some(SessionStatus::Finished);
        assert_eq!(is_stale(&session, Some(start), after(3601)), Some(false));
    }
}
