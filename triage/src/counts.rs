//! Counts by pattern, error code, captcha value, pair of domains and word.

use brightdata_sessions::Captcha;
use serde::{Deserialize, Serialize};

use crate::merge::{Merge as _, merge_fields, sum};
use crate::{ErrorClass, Evidence, FailurePattern};

/// The number of failed sessions with each [pattern](crate::FailurePattern), regardless of error
/// codes. Each session is counted once, under the first pattern that fits.
///
/// ```
/// use brightdata_sessions_triage::{FailurePattern, Triage};
///
/// let failures = Triage::new().report().failures;
/// assert_eq!(failures.by_pattern()[0], (FailurePattern::Configuration, 0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Failures {
    /// Within 2 s, without a navigation.
    pub configuration: u64,
    /// Less than 10 kB of traffic.
    pub nothing_loaded: u64,
    /// After a minute or more.
    pub run: u64,
    /// No other pattern fits, or a number is missing.
    pub unclear: u64,
    /// The number of failed sessions without an error, of any pattern.
    pub without_error: u64,
}

impl Failures {
    /// Returns the number of sessions with each pattern, in the order of the patterns.
    pub fn by_pattern(self) -> [(FailurePattern, u64); 4] {
        [
            (FailurePattern::Configuration, self.configuration),
            (FailurePattern::NothingLoaded, self.nothing_loaded),
            (FailurePattern::Run, self.run),
            (FailurePattern::Unclear, self.unclear),
        ]
    }
}

merge_fields!(Failures { configuration, nothing_loaded, run, unclear, without_error });

/// The errors of sessions. Finished sessions may have one too.
///
/// ```
/// use brightdata_sessions::{Session, SessionError};
/// use brightdata_sessions_triage::{ErrorClass, Triage};
///
/// let mut session = Session::new("a".parse()?);
/// session.error = Some(SessionError::new("no_peers", "No peers available"));
/// let errors = Triage::from_iter([session]).report().errors;
/// let code = &errors.codes[0];
/// assert_eq!((&*code.code, code.sessions, code.systemic), ("no_peers", 1, false));
/// assert_eq!((code.class, &*code.advice), (ErrorClass::Proxy, ErrorClass::Proxy.advice()));
/// # Ok::<(), brightdata_sessions::InvalidInput>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Errors {
    /// The number of sessions with an error.
    pub sessions: u64,
    /// The number of sessions whose error has no code.
    pub without_code: u64,
    /// The number of sessions whose code is not counted separately, because there are too many. In
    /// JSON it is `beyond`.
    #[serde(rename = "beyond")]
    pub other: u64,
    /// The codes, in descending order of frequency.
    pub codes: Vec<CodeCount>,
}

/// An error code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CodeCount {
    /// The code, cut after 300 bytes, with URLs in the form of [`Evidence`].
    pub code: Box<str>,
    /// The number of sessions with this code.
    pub sessions: u64,
    /// The number of those sessions that failed.
    pub failed: u64,
    /// Whether the code is systemic: three or more sessions have it.
    pub systemic: bool,
    /// The likely cause.
    pub class: ErrorClass,
    /// The recommended action.
    pub advice: Box<str>,
    /// The newest sessions with this code, at most ten.
    pub evidence: Vec<Evidence>,
}

/// The number of sessions with each captcha value. Running sessions are excluded, because their
/// value is not final.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaptchaCounts {
    /// Solved.
    pub solved: u64,
    /// Attempted, but not solved.
    pub failed: u64,
    /// Detected, but not solved.
    pub detected: u64,
    /// No captcha.
    pub none: u64,
    /// An unknown value.
    pub other: u64,
    /// No value.
    pub missing: u64,
}

impl CaptchaCounts {
    pub(crate) fn add(&mut self, captcha: Option<&Captcha>) {
        let count = match captcha {
            Some(Captcha::Solved) => &mut self.solved,
            Some(Captcha::Failed) => &mut self.failed,
            Some(Captcha::Detected) => &mut self.detected,
            Some(Captcha::None) => &mut self.none,
            Some(_) => &mut self.other,
            None => &mut self.missing,
        };
        count.merge(1);
    }

    /// Returns the number of sessions that met a captcha: solved, failed and detected.
    pub(crate) fn met(self) -> u64 {
        sum([self.solved, self.failed, self.detected])
    }

    /// Returns the share of captchas that were solved, from 0 to 1; `None` if none was met.
    pub(crate) fn solve_rate(self) -> Option<f64> {
        (self.met() > 0).then(|| self.solved as f64 / self.met() as f64)
    }
}

merge_fields!(CaptchaCounts { solved, failed, detected, none, other, missing });

/// Sessions that ended on another domain than that of their target. Running sessions are excluded.
///
/// ```
/// use brightdata_sessions::Session;
/// use brightdata_sessions_triage::Triage;
///
/// let mut session = Session::new("a".parse()?);
/// session.target_url = Some("https://shop.example/cart".into());
/// session.end_url = Some("https://login.test/?next=cart".into());
/// let changes = Triage::from_iter([session]).report().domain_changes;
/// assert_eq!((changes.compared, changes.changed), (1, 1));
/// assert_eq!((&*changes.pairs[0].from, &*changes.pairs[0].to), ("shop.example", "login.test"));
/// # Ok::<(), brightdata_sessions::InvalidInput>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DomainChanges {
    /// The number of sessions with both domains.
    pub compared: u64,
    /// The number of sessions whose domains differ. In JSON it is `drifted`.
    #[serde(rename = "drifted")]
    pub changed: u64,
    /// The first 200 pairs of domains, in descending order of frequency.
    pub pairs: Vec<DomainPair>,
}

/// Two domains that differ, with the number of sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DomainPair {
    /// The domain of the target URL.
    pub from: Box<str>,
    /// The domain of the end URL.
    pub to: Box<str>,
    /// The number of sessions.
    pub sessions: u64,
}

/// An unknown word of the service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WordCount {
    /// The word, cut after 300 bytes. Untrusted text.
    pub word: Box<str>,
    /// The number of sessions with this word.
    pub sessions: u64,
}
