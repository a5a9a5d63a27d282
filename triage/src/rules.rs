//! The rules for one session, each with its limit.

use std::time::Duration;

use brightdata_sessions::{Session, SessionStatus};

use crate::moment::Moment;
use crate::read::is_valid_number;
use crate::words::words;
use crate::{ErrorClass, registrable_domain, sentences};

/// A failure before this time, without a navigation, points to configuration.
const CONFIGURATION_SECONDS: f64 = 2.0;
/// A failure at this time or later points to the run.
const RUN_SECONDS: f64 = 60.0;
/// Less than this is not a page: opening an encrypted connection takes about as much.
pub(crate) const NEAR_ZERO_BYTES: u64 = 10_000;
/// The maximum lifetime of a session.
const MAX_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// The pattern of a failed session, by its numbers: the first one that fits. A heuristic.
///
/// ```
/// use brightdata_sessions::Session;
/// use brightdata_sessions_triage::FailurePattern;
///
/// let mut session = Session::new("a".parse()?);
/// assert_eq!(FailurePattern::classify(&session), None);
/// session.status = Some("failed".into());
/// session.duration = Some(301.2);
/// let pattern = FailurePattern::classify(&session).unwrap();
/// assert_eq!((pattern, pattern.as_str()), (FailurePattern::Run, "run"));
/// assert_eq!(pattern.rule(), "after a minute or more");
/// # Ok::<(), brightdata_sessions::InvalidInput>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailurePattern {
    /// Failed within 2 s, without a navigation: configuration or credentials.
    Configuration,
    /// Less than 10 kB of traffic (1 kB = 1000 bytes): no page was loaded.
    NothingLoaded,
    /// Failed after a minute or more: blocked, idle or disconnected.
    Run,
    /// No other pattern fits, or a number is missing.
    Unclear,
}

impl FailurePattern {
    /// Returns the pattern of a failed session, or `None` if it did not fail.
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
}

impl FailurePattern {
    /// Returns the name, for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::NothingLoaded => "nothing loaded",
            Self::Run => "run",
            Self::Unclear => "unclear",
        }
    }

    /// Returns the rule in a few words, for people. Empty for `Unclear`.
    pub fn rule(self) -> &'static str {
        match self {
            Self::Configuration => sentences::CONFIGURATION_RULE,
            Self::NothingLoaded => sentences::NOTHING_LOADED_RULE,
            Self::Run => sentences::RUN_RULE,
            Self::Unclear => "",
        }
    }
}

words! {
    /// Returns the stable name: `configuration`, `nothing_loaded`, `run` or `unclear`.
    FailurePattern {
        Configuration => "configuration",
        NothingLoaded => "nothing_loaded",
        Run => "run",
        Unclear => "unclear",
    }
}

/// Returns the class of a session's error code, or `Unknown` if it has none.
pub(crate) fn error_class(session: &Session) -> ErrorClass {
    let code = session.error.as_ref().and_then(|error| error.code.as_deref());
    code.map_or(ErrorClass::Unknown, ErrorClass::classify)
}

/// Returns whether a session's error code contradicts the pattern of its numbers. A known code is
/// better evidence than they are.
pub(crate) fn contradicted_by_code(session: &Session, pattern: FailurePattern) -> bool {
    let class = error_class(session);
    let agrees = match pattern {
        FailurePattern::Configuration => class == ErrorClass::Configuration,
        FailurePattern::Run => matches!(class, ErrorClass::Limit | ErrorClass::Target | ErrorClass::Script),
        FailurePattern::NothingLoaded | FailurePattern::Unclear => true,
    };
    class != ErrorClass::Unknown && !agrees
}

/// Returns the start, if valid. A time zone can move a date near year 0 or 9999 out of that range.
pub(crate) fn start(session: &Session) -> Option<Moment> {
    Moment::new(session.timestamp.as_ref()?.to_system_time()?)
}

/// Returns the duration, if valid.
pub(crate) fn duration(session: &Session) -> Option<f64> {
    session.duration.filter(|seconds| is_valid_number(*seconds))
}

/// Returns whether a session is running, in which case its values are not final.
pub(crate) fn is_running(session: &Session) -> bool {
    session.status == Some(SessionStatus::Running)
}

/// Returns the domains of the first and the last URL. A running session has no last URL yet.
pub(crate) fn domains(session: &Session) -> [Option<String>; 2] {
    let end = session.end_url.as_deref().filter(|_| !is_running(session));
    [session.target_url.as_deref(), end].map(|url| registrable_domain(url?))
}

/// Returns the traffic of a session, unless it is running: then it may still grow.
pub(crate) fn final_bandwidth(session: &Session) -> Option<u64> {
    session.bandwidth.filter(|_| !is_running(session))
}

/// Returns whether a session ended with less than 10 kB of traffic.
pub(crate) fn nothing_loaded(session: &Session) -> bool {
    let ended = session.status.as_ref().is_some_and(SessionStatus::is_ended);
    ended && session.bandwidth.is_some_and(|bytes| bytes < NEAR_ZERO_BYTES)
}

/// Returns whether a session is reported as running for over an hour, or `None` if unknown.
pub(crate) fn is_stale(session: &Session, start: Option<Moment>, now: Option<Moment>) -> Option<bool> {
    if !is_running(session) {
        return Some(false);
    }
    Some(now?.since(start?) > MAX_LIFETIME)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    use brightdata_sessions::SessionError;

    fn failed(seconds: Option<f64>, navigations: Option<u64>, bandwidth: Option<u64>) -> FailurePattern {
        let mut session = Session::new("a".parse().unwrap());
        session.status = Some(SessionStatus::Failed);
        session.duration = seconds;
        session.navigations = navigations;
        session.bandwidth = bandwidth;
        FailurePattern::classify(&session).unwrap()
    }

    #[test]
    fn configuration_is_within_two_seconds_without_a_navigation() {
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
    fn nothing_loaded_is_less_than_ten_kilobytes() {
        assert_eq!(failed(Some(300.0), Some(1), Some(9_999)), FailurePattern::NothingLoaded);
        assert_eq!(failed(Some(300.0), Some(1), Some(10_000)), FailurePattern::Run);
    }

    #[test]
    fn run_is_a_failure_after_a_minute_or_more() {
        assert_eq!(failed(Some(60.0), Some(1), Some(10_000)), FailurePattern::Run);
        assert_eq!(failed(Some(60.0), None, None), FailurePattern::Run);
        assert_eq!(failed(Some(59.999), Some(1), Some(10_000)), FailurePattern::Unclear);
    }

    #[test]
    fn a_code_of_another_class_contradicts_the_pattern() {
        use FailurePattern::{Configuration, NothingLoaded, Run, Unclear};
        let mut session = Session::new("a".parse().unwrap());
        let contradicted = |session: &Session| {
            [Configuration, NothingLoaded, Run, Unclear].map(|pattern| contradicted_by_code(session, pattern))
        };
        assert_eq!(contradicted(&session), [false; 4]);
        for (code, configuration, run) in [
            ("wrong_password", false, true),
            ("cdp_error", true, false),
            ("inactivity_timeout", true, false),
            ("net::ERR_FAILED", true, false),
            ("no_peers", true, true),
            ("job_killed", true, true),
            ("E1", false, false),
        ] {
            session.error = Some(SessionError::new(code, ""));
            assert_eq!(contradicted(&session), [configuration, false, run, false], "{code}");
        }
    }

    #[test]
    fn an_empty_session_matches_no_rule() {
        assert_eq!(failed(None, None, None), FailurePattern::Unclear);
        let session = Session::new("a".parse().unwrap());
        assert_eq!(FailurePattern::classify(&session), None);
        assert!(!nothing_loaded(&session));
        assert_eq!(is_stale(&session, None, None), Some(false));
    }

    #[test]
    fn an_invalid_duration_counts_as_missing() {
        for seconds in [f64::NAN, f64::INFINITY, -1.0] {
            assert_eq!(failed(Some(seconds), Some(0), None), FailurePattern::Unclear);
        }
    }

    #[test]
    fn only_ended_sessions_can_have_loaded_nothing() {
        let mut session = Session::new("a".parse().unwrap());
        session.bandwidth = Some(0);
        for (status, nothing) in [("running", false), ("finished", true), ("failed", true), ("other", false)]
        {
            session.status = Some(status.into());
            assert_eq!(nothing_loaded(&session), nothing, "{status}");
        }
    }

    #[test]
    fn stale_means_running_for_over_sixty_minutes() {
        let mut session = Session::new("a".parse().unwrap());
        session.status = Some(SessionStatus::Running);
        let after = |seconds| Moment::new(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        let start = after(0);
        assert_eq!(is_stale(&session, start, after(3600)), Some(false));
        assert_eq!(is_stale(&session, start, after(3601)), Some(true));
        // The clocks of two machines differ.
        assert_eq!(is_stale(&session, after(10), start), Some(false));
        assert_eq!(is_stale(&session, start, None), None);
        assert_eq!(is_stale(&session, None, after(3601)), None);
        session.status = Some(SessionStatus::Finished);
        assert_eq!(is_stale(&session, start, after(3601)), Some(false));
    }
}
