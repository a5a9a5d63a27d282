//! The likely causes of a session's outcome, with advice.

use std::fmt;
use std::time::SystemTime;

use brightdata_sessions::{Captcha, Escaped, Session, SessionStatus};
use serde::Serialize;

use crate::class::explanation;
use crate::moment::Moment;
use crate::{ErrorClass, FailurePattern, Seconds, rules, sentences};

/// The likely causes of a session's outcome, with advice. The best evidence comes first.
/// Never empty.
///
/// `Display` writes two lines for each hint, with untrusted text escaped. In JSON, the cause of a
/// hint is `likely` and the advice is `next`.
///
/// ```
/// use brightdata_sessions::Session;
/// use brightdata_sessions_triage::Diagnosis;
///
/// let session: Session = serde_json::from_str(
///     r#"{"session_id":"a","status":"failed","duration":300.0,"bandwidth":8123456,
///         "error":{"code":"inactivity_timeout"}}"#,
/// )?;
/// assert_eq!(
///     Diagnosis::of(&session, None).to_string(),
///     "\
/// diagnosis    inactivity_timeout (limit): a session ends after 5 minutes without activity
/// advice       Shorten the run, avoid idle time, or split it into several sessions.
/// "
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Diagnosis {
    /// The hints. Never empty.
    pub hints: Vec<Hint>,
}

/// A likely cause, and advice.
///
/// ```
/// use brightdata_sessions::Session;
/// use brightdata_sessions_triage::Diagnosis;
///
/// let mut session = Session::new("a".parse()?);
/// session.status = Some("running".into());
/// let hint = &Diagnosis::of(&session, None).hints[0];
/// assert_eq!(&*hint.cause, "still running");
/// assert_eq!(hint.advice, "Wait until it ends: these values may change.");
/// # Ok::<(), brightdata_sessions::InvalidInput>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Hint {
    /// The likely cause, for people. Contains untrusted text.
    #[serde(rename = "likely")]
    pub cause: Box<str>,
    /// The next step, for people.
    #[serde(rename = "next")]
    pub advice: &'static str,
}

impl Diagnosis {
    /// Diagnoses a session. `now` is when it was fetched. Without it, the diagnosis does not cover
    /// how long the session has been running.
    pub fn of(session: &Session, now: Option<SystemTime>) -> Self {
        let known = rules::error_class(session) != ErrorClass::Unknown;
        let mut hints: Vec<Hint> = code(session).into_iter().collect();
        match &session.status {
            Some(SessionStatus::Running) => hints.push(running(session, now.and_then(Moment::new))),
            // A known code is better evidence than numbers are.
            Some(SessionStatus::Failed) if !known => hints.extend(pattern(session)),
            _ => {}
        }
        hints.extend(nothing_loaded(session));
        hints.extend(domain_change(session));
        hints.extend(captcha(session));
        if hints.is_empty() {
            hints.push(fallback(session));
        }
        Self { hints }
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.hints.iter().try_for_each(|hint| {
            writeln!(f, "{:<12} {}", "diagnosis", Escaped(&hint.cause))?;
            writeln!(f, "{:<12} {}", "advice", hint.advice)
        })
    }
}

fn hint(cause: impl Into<Box<str>>, advice: &'static str) -> Hint {
    Hint { cause: cause.into(), advice }
}

fn code(session: &Session) -> Option<Hint> {
    let code = session.error.as_ref()?.code.as_deref()?;
    let class = ErrorClass::classify(code);
    Some(hint(format!("{code} ({}){}", class.as_str(), explanation(code)), class.advice()))
}

fn running(session: &Session, now: Option<Moment>) -> Hint {
    match rules::is_stale(session, rules::start(session), now) {
        Some(true) => hint(sentences::STALE_RUNNING, sentences::STALE_RUNNING_ADVICE),
        _ => hint("still running", "Wait until it ends: these values may change."),
    }
}

fn pattern(session: &Session) -> Option<Hint> {
    Some(match FailurePattern::classify(session)? {
        FailurePattern::Configuration => hint(sentences::CONFIGURATION, sentences::CONFIGURATION_ADVICE),
        FailurePattern::Run => hint(
            format!("{} ({})", sentences::RUN, Seconds(rules::duration(session)?)),
            sentences::RUN_ADVICE,
        ),
        // Finished sessions get this hint as well.
        FailurePattern::NothingLoaded => return None,
        FailurePattern::Unclear if session.error.is_some() => return None,
        FailurePattern::Unclear => hint("failed without an error", "Check the script's log."),
    })
}

fn nothing_loaded(session: &Session) -> Option<Hint> {
    if !rules::nothing_loaded(session)
        || FailurePattern::classify(session) == Some(FailurePattern::Configuration)
    {
        return None;
    }
    // Exact, because rounding could show 10 kB.
    let bytes = session.bandwidth?;
    Some(hint(format!("{} ({bytes} B)", sentences::NOTHING_LOADED), sentences::NOTHING_LOADED_ADVICE))
}

fn domain_change(session: &Session) -> Option<Hint> {
    let [from, to] = rules::domains(session);
    let (from, to) = (from?, to?);
    (from != to).then(|| {
        hint(format!("{}: {from} → {to}", sentences::DOMAIN_CHANGE), sentences::DOMAIN_CHANGE_ADVICE)
    })
}

fn captcha(session: &Session) -> Option<Hint> {
    let reported = match session.captcha.as_ref().filter(|_| !rules::is_running(session))? {
        Captcha::Failed => "failed",
        Captcha::Detected => "detected",
        _ => return None,
    };
    Some(hint(format!("{} (reported as {reported})", sentences::CAPTCHA), sentences::CAPTCHA_ADVICE))
}

const READ_MESSAGE: &str = "Read the error message and the script's log.";
const FETCH_LATER: &str = "Fetch it again later.";

fn fallback(session: &Session) -> Hint {
    match session.status {
        // An error with a code has a hint of its own.
        Some(SessionStatus::Finished) if session.error.is_some() => {
            hint("finished with an error that has no code", READ_MESSAGE)
        }
        Some(SessionStatus::Finished) if session.bandwidth.is_some() => {
            hint("no problem found", "If results are missing, check the script's selectors, not the proxy.")
        }
        Some(SessionStatus::Finished) => hint("finished, but its traffic is not reported", FETCH_LATER),
        Some(SessionStatus::Failed) => hint("failed with an error that has no code", READ_MESSAGE),
        Some(SessionStatus::Running) | None => hint("not enough data for a diagnosis", FETCH_LATER),
        Some(ref status) => {
            hint(format!("{}: {status}", sentences::UNKNOWN_STATUS), sentences::UNKNOWN_STATUS_ADVICE)
        }
    }
}
