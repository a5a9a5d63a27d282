//! A finding, and what to do about it.

use serde::{Deserialize, Serialize};

use crate::words::words;
use crate::{Bytes, Cost, ErrorClass, Evidence, Sum};

/// A finding of a report.
///
/// ```
/// use brightdata_sessions::Session;
/// use brightdata_sessions_triage::{Action, FindingKind, Triage};
///
/// let mut session = Session::new("a".parse()?);
/// session.status = Some("finished".into());
/// session.bandwidth = Some(2_345);
/// let report = Triage::from_iter([session]).report();
/// let finding = &report.findings[0];
/// assert_eq!((finding.kind, finding.action), (FindingKind::NothingLoaded, Action::Change));
/// assert_eq!(&*finding.title, "1 session loaded less than 10 kB (1 finished)");
/// assert_eq!(finding.evidence[0].session_id.as_str(), "a");
/// # Ok::<(), brightdata_sessions::InvalidInput>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// The kind.
    pub kind: FindingKind,
    /// The recommended action. Findings are in this order.
    pub action: Action,
    /// The error code, the domain, or the most frequent unknown word. Untrusted text.
    pub subject: Option<Box<str>>,
    /// The class of a systemic error.
    pub class: Option<ErrorClass>,
    /// The number of sessions.
    pub sessions: u64,
    /// Whether that number is an estimate.
    pub estimated: bool,
    /// The reported traffic of these sessions, in bytes. `None` if no session reports it, and for
    /// outliers if `evidence` does not list all of them.
    pub bandwidth: Option<u64>,
    /// The number of sessions that do not report their traffic.
    pub bandwidth_missing: u64,
    /// The cost of the traffic; `None` without a price.
    pub cost: Option<f64>,
    /// The finding in one line, for people. Contains untrusted text.
    pub title: Box<str>,
    /// The advice, for people.
    pub advice: Box<str>,
    /// At most ten sessions that support it: the newest, or the largest for findings about traffic.
    pub evidence: Vec<Evidence>,
}

/// The kind of a finding.
///
/// ```
/// use brightdata_sessions_triage::FindingKind;
///
/// assert_eq!(FindingKind::SystemicError.as_str(), "systemic_error");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FindingKind {
    /// Sessions failed within 2 s without a navigation, and no error code contradicts that pattern.
    Configuration,
    /// Three or more sessions have the same error code.
    SystemicError,
    /// Sessions ended with less than 10 kB of traffic.
    NothingLoaded,
    /// Sessions failed after a minute or more, and no error code contradicts that pattern. Codes
    /// that point to a limit, the target or the script agree with it.
    Run,
    /// Sessions ended on another domain than that of their target. The stable name is `drift`.
    DomainChange,
    /// Captchas were not solved.
    CaptchaUnsolved,
    /// Sessions are reported as running for over 60 minutes. The stable name is `running_overdue`.
    StaleRunning,
    /// Sessions used over twice the median traffic of their domain. The domain has at least three
    /// sessions and a median of at least 10 kB.
    BandwidthOutlier,
    /// Failed sessions used traffic.
    SpentOnFailures,
    /// Sessions have an unknown status, so they count neither as failed nor as ended.
    UnknownStatus,
    /// Three or more sessions have an unknown captcha value.
    UnknownCaptcha,
}

impl Finding {
    /// Returns the traffic for display; `None` without a sum.
    pub fn traffic(&self) -> Option<Sum<Bytes>> {
        let is_summed = self.bandwidth.is_some() || self.bandwidth_missing > 0;
        is_summed.then_some(Sum { known: self.bandwidth.map(Bytes), partial: self.bandwidth_missing > 0 })
    }

    /// Returns the cost for display; `None` without a price or a sum.
    pub fn total_cost(&self) -> Option<Sum<Cost>> {
        Some(Sum { known: Some(Cost(self.cost?)), partial: self.bandwidth_missing > 0 })
    }
}

words! {
    /// Returns the stable name, such as `systemic_error`.
    FindingKind {
        Configuration => "configuration",
        SystemicError => "systemic_error",
        NothingLoaded => "nothing_loaded",
        Run => "run",
        DomainChange => "drift",
        CaptchaUnsolved => "captcha_unsolved",
        StaleRunning => "running_overdue",
        BandwidthOutlier => "bandwidth_outlier",
        SpentOnFailures => "spent_on_failures",
        UnknownStatus => "unknown_status",
        UnknownCaptcha => "unknown_captcha",
    }
}

/// The recommended action for a finding, the most urgent first.
///
/// ```
/// use brightdata_sessions_triage::Action;
///
/// assert!(Action::Fix < Action::Investigate);
/// assert_eq!((Action::Fix.as_str(), Action::Fix.title()), ("fix", "Fix before the next run"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Action {
    /// Fix it: a retry fails again.
    Fix,
    /// Change the run.
    Change,
    /// Retry later: it may succeed.
    Retry,
    /// Investigate: the cause is unknown. The stable name is `look`.
    Investigate,
}

impl Action {
    /// Returns the heading of these findings, for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Fix => "Fix before the next run",
            Self::Change => "Change the run",
            Self::Retry => "Retry later",
            Self::Investigate => "Investigate",
        }
    }

    pub(crate) fn of(class: ErrorClass) -> Self {
        match class {
            ErrorClass::Configuration | ErrorClass::Script => Self::Fix,
            ErrorClass::Limit | ErrorClass::Target => Self::Change,
            ErrorClass::Proxy | ErrorClass::Browser => Self::Retry,
            ErrorClass::Unknown => Self::Investigate,
        }
    }
}

words! {
    /// Returns the stable name: `fix`, `change`, `retry` or `look`.
    Action {
        Fix => "fix",
        Change => "change",
        Retry => "retry",
        Investigate => "look",
    }
}
