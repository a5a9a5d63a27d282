//! What stands out, and what to do about it.

use serde::{Serialize, Serializer};

use super::{Bytes, Cost, ErrorClass, Evidence, Sum};

/// Something that stands out.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// What to do about it: findings are in this order.
    pub action: Action,
    /// The error code, the domain, or the most frequent unknown word that it is about. Foreign
    /// text.
    pub subject: Option<Box<str>>,
    /// Whose fault a systemic error points to.
    pub class: Option<ErrorClass>,
    /// How many sessions it is about.
    pub sessions: u64,
    /// Whether that number is an estimate.
    pub estimated: bool,
    /// The traffic of those that report it, in bytes. `None` if none does, and for outliers that
    /// are more than are named: they are counted, and not summed up.
    pub bandwidth: Option<u64>,
    /// How many of them do not report their traffic.
    pub bandwidth_missing: u64,
    /// What the traffic costs, at the price that was given.
    pub cost: Option<f64>,
    /// It, in one line, for people. Has foreign text in it.
    pub title: Box<str>,
    /// What to do about it, for people.
    pub advice: &'static str,
    /// Sessions that support it, ten at the most: the newest, or the largest where it is about traffic.
    pub evidence: Vec<Evidence>,
}

/// What stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FindingKind {
    /// Sessions failed in under 2 s without a navigation, and none of their codes is known to mean something else.
    Configuration,
    /// One error code is in three sessions or more.
    SystemicError,
    /// Sessions ended with less than 10 kB of traffic.
    NothingLoaded,
    /// Sessions failed after a minute or more, and none of their codes is known to mean something else: those that point to a limit,
    /// the target or the script agree with it.
    Run,
    /// Sessions ended on another domain than they went to.
    DomainChange,
    /// Captchas were met and not solved.
    CaptchaUnsolved,
    /// Sessions are said to run for more than 60 minutes.
    StaleRunning,
    /// Sessions took more than twice the median traffic of their domain, which has three or more and a median of 10 kB or more.
    BandwidthOutlier,
    /// Failed sessions took traffic.
    SpentOnFailures,
    /// Sessions have a status that this version does not know, so they count neither as failed nor
    /// as ended.
    UnknownStatus,
    /// Three sessions or more have a captcha value that this version does not know.
    UnknownCaptcha,
}

impl Finding {
    /// The traffic, for people; `None` where it is not summed up.
    pub fn traffic(&self) -> Option<Sum<Bytes>> {
        let is_summed = self.bandwidth.is_some() || self.bandwidth_missing > 0;
        is_summed.then_some(Sum { known: self.bandwidth.map(Bytes), partial: self.bandwidth_missing > 0 })
    }

    /// The cost, for people; `None` without a price, or where it is not known.
    pub fn total_cost(&self) -> Option<Sum<Cost>> {
        Some(Sum { known: Some(Cost(self.cost?)), partial: self.bandwidth_missing > 0 })
    }
}

impl FindingKind {
    /// The stable name, such as `systemic_error`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::SystemicError => "systemic_error",
            Self::NothingLoaded => "nothing_loaded",
            Self::Run => "run",
            Self::DomainChange => "drift",
            Self::CaptchaUnsolved => "captcha_unsolved",
            Self::StaleRunning => "running_overdue",
            Self::BandwidthOutlier => "bandwidth_outlier",
            Self::SpentOnFailures => "spent_on_failures",
            Self::UnknownStatus => "unknown_status",
            Self::UnknownCaptcha => "unknown_captcha",
        }
    }
}

impl Serialize for FindingKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What to do, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Action {
    /// It fails again until it is put right.
    Fix,
    /// The run has to do something differently.
    Change,
    /// It may work the next time.
    Retry,
    /// Nothing is known to be wrong, but it costs.
    Investigate,
}

impl Action {
    /// The stable name: `fix`, `change`, `retry` or `look`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fix => "fix",
            Self::Change => "change",
            Self::Retry => "retry",
            Self::Investigate => "look",
        }
    }

    /// The same, for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Fix => "Fix before the next run",
            Self::Change => "Change the run",
            Self::Retry => "Retry later",
            Self::Investigate => "Investigate",
        }
    }

    pub(super) fn of(class: ErrorClass) -> Self {
        match class {
            ErrorClass::Configuration | ErrorClass::Script => Self::Fix,
            ErrorClass::Limit | ErrorClass::Target => Self::Change,
            ErrorClass::Proxy | ErrorClass::Browser => Self::Retry,
            ErrorClass::Unknown => Self::Investigate,
        }
    }
}

impl Serialize for Action {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
