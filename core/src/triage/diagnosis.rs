//! What likely happened in one session.

use std::fmt;
use std::time::SystemTime;

use serde::Serialize;

use super::class::explanation;
use super::{ErrorClass, FailurePattern, Seconds, rules};
use crate::{Captcha, Escaped, Session, SessionStatus};

/// What likely happened in one session, and what to look at next: the most telling first. Never empty.
///
/// Its `Display` is two lines for each hint, in which everything foreign is escaped.
///
/// ```
/// use brightdata_sessions::Session;
/// use brightdata_sessions::triage::Diagnosis;
///
/// let session: Session = serde_json::from_str(
///     r#"{"session_id":"a","status":"failed","duration":300.0,"bandwidth":8123456,"error":{"code":"inactivity_timeout"}}"#,
/// )?;
/// assert_eq!(
///     Diagnosis::of(&session, None).to_string(),
///     "\
/// likely       inactivity_timeout (limit): a session ends after 5 idle minutes
/// next         Make the run shorter or less idle, or split it into more sessions.
/// "
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Diagnosis {
    /// What its fields point to.
    pub hints: Vec<Hint>,
}

/// What one thing points to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Hint {
    /// What likely happened, for people. Has foreign text in it.
    #[serde(rename = "likely")]
    pub cause: Box<str>,
    /// What to look at next, for people.
    #[serde(rename = "next")]
    pub advice: &'static str,
}

impl Diagnosis {
    /// Reads a session. Without `now`, the time when it was read from the service, it is not said for how long it has run.
    pub fn of(session: &Session, now: Option<SystemTime>) -> Self {
        let known = rules::error_class(session) != ErrorClass::Unknown;
        let mut hints: Vec<Hint> = code(session).into_iter().collect();
        match &session.status {
            Some(SessionStatus::Running) => hints.push(running(session, now)),
            // A code that is known tells more than numbers do.
            Some(SessionStatus::Failed) if !known => hints.extend(shape(session)),
            _ => {}
        }
        hints.extend(nothing_loaded(session));
        hints.extend(domain_change(session));
        hints.extend(captcha(session));
        if hints.is_empty() {
            hints.push(plain(session));
        }
        Self { hints }
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.hints.iter().try_for_each(|hint| {
            writeln!(f, "{:<12} {}", "likely", Escaped(&hint.cause))?;
            writeln!(f, "{:<12} {}", "next", hint.advice)
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

fn running(session: &Session, now: Option<SystemTime>) -> Hint {
    match rules::is_stale(session, rules::start(session), now) {
        Some(true) => hint(
            "it is said to run for over 60 minutes, which no session does",
            "See whether the script closes it. The record may be late, too.",
        ),
        _ => hint("it is still open", "Wait until it ends: what is here may change."),
    }
}

fn shape(session: &Session) -> Option<Hint> {
    Some(match FailurePattern::classify(session)? {
        FailurePattern::Configuration => hint(
            "configuration: it failed in under 2 s, without a navigation",
            "Check the zone, its name and its password first.",
        ),
        FailurePattern::Run => hint(
            format!("the run: it failed after {}", Seconds(rules::duration(session)?)),
            "See where it ended: blocked, idle, or the network.",
        ),
        // That is told of all that ended.
        FailurePattern::NothingLoaded => return None,
        FailurePattern::Unclear if session.error.is_some() => return None,
        FailurePattern::Unclear => {
            hint("it failed, and does not say why", "Look into the log of the script.")
        }
    })
}

fn nothing_loaded(session: &Session) -> Option<Hint> {
    if !rules::nothing_loaded(session)
        || FailurePattern::classify(session) == Some(FailurePattern::Configuration)
    {
        return None;
    }
    // To the byte: rounded, it could be the 10 kB that it is less than.
    let bytes = session.bandwidth?;
    Some(hint(format!("nothing loaded: {bytes} B are no page"), rules::NOTHING_LOADED_ADVICE))
}

fn domain_change(session: &Session) -> Option<Hint> {
    let [from, to] = rules::domains(session);
    let (from, to) = (from?, to?);
    (from != to).then(|| hint(format!("it went to {from} and ended on {to}"), rules::DOMAIN_CHANGE_ADVICE))
}

fn captcha(session: &Session) -> Option<Hint> {
    let what = match session.captcha.as_ref().filter(|_| !rules::is_running(session))? {
        Captcha::Failed => "it met a captcha that was tried and not solved",
        Captcha::Detected => "it met a captcha that was not solved",
        _ => return None,
    };
    Some(hint(what, "See whether other sessions of the same target met one."))
}

fn plain(session: &Session) -> Hint {
    match session.status {
        // One that has a code is told by it.
        Some(SessionStatus::Finished) if session.error.is_some() => hint(
            "it finished, with an error that has no code",
            "Read its message, and the log of the script.",
        ),
        Some(SessionStatus::Finished) if session.bandwidth.is_some() => hint(
            "it went well, by all that is told",
            "If there are no results, look at the script's selectors, not at the proxy.",
        ),
        Some(SessionStatus::Finished) => hint("it finished; its traffic is not told", "Ask again later."),
        Some(SessionStatus::Failed) => {
            hint("it failed, with an error that has no code", "Read its message, and the log of the script.")
        }
        Some(SessionStatus::Other(ref status)) => hint(
            format!("its status is unknown to this version: {status}"),
            "Find out what it means: it can be a failure.",
        ),
        _ => hint("too little is told to say", "Ask again later."),
    }
}
