//! A condition under which a report is a failure, for scripts and CI.

use std::fmt;

use crate::units::count;
use crate::{Percent, Report};

pub use self::parse::InvalidGate;

mod parse;

/// The minimum number of sessions, unless the condition has another one.
const MIN_SESSIONS: u64 = 50;

/// A condition under which a report is a failure: `failed>5%`.
///
/// ```
/// use brightdata_sessions_triage::{Gate, GateVerdict, Triage};
///
/// let gate: Gate = "failed>5%".parse()?;
/// let outcome = gate.check(&Triage::new().report());
/// assert_eq!(outcome.verdict, GateVerdict::TooFew);
/// assert_eq!(
///     outcome.to_string(),
///     "failed>5%: not checked: 0 sessions ended, fewer than the minimum of 50 (n>=50)"
/// );
///
/// let error = "faild>5%".parse::<Gate>().unwrap_err();
/// assert_eq!(error.to_string(), "invalid condition: unknown figure faild, did you mean failed?");
/// # Ok::<(), brightdata_sessions_triage::InvalidGate>(())
/// ```
///
/// # Grammar
///
/// ```text
/// condition = figure ">" limit [ "," "n>=" whole ]
/// figure    = "failed" | "code:" CODE | "traffic" | "cost"
/// limit     = whole            sessions, for failed and code:
///           | number "%"       a share of the sessions, below 100 %, for failed and code:
///           | number unit      for traffic; the unit is B, kB, MB, GB or TB, in powers of 1000
///           | number           for cost, in the currency of the price
/// number    = whole [ "." 1 to 6 digits ]
/// whole     = 1 to 12 digits
/// ```
///
/// Spaces around the parts have no meaning. A code may contain any characters, but neither begins
/// nor ends with a space. The last `>` separates it from the limit.
///
/// | figure | compared with the limit | n: the number of |
/// |---|---|---|
/// | `failed` | sessions that failed, or their share of those that ended | sessions that ended |
/// | `code:no_peers` | sessions with this error code, or their share of all sessions | sessions |
/// | `traffic` | the traffic of all sessions | sessions that report their traffic |
/// | `cost` | the cost of that traffic | sessions that report their traffic |
///
/// # Minimum
///
/// A share of few sessions means little. A condition is not checked if n is below its minimum,
/// which is 50 unless it ends with another one: `cost>100, n>=1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    condition: Condition,
    min_sessions: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Condition {
    Failed(Sessions),
    Code(Box<str>, Sessions),
    Traffic(Decimal, Unit),
    Cost(Decimal),
}

/// A limit for sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sessions {
    Count(u64),
    Percent(Decimal),
}

/// A number in millionths, so that a share of exactly the limit does not exceed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Decimal(u64);

const MILLION: u64 = 1_000_000;

/// A unit of traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Unit {
    name: &'static str,
    bytes: u64,
}

/// The outcome of checking a [`Gate`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GateOutcome {
    /// Whether the report exceeds the limit.
    pub verdict: GateVerdict,
    /// The condition and the figure in one line, for people. It contains the code of the condition.
    pub reason: Box<str>,
}

/// Whether a report exceeds the limit of a [`Gate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GateVerdict {
    /// The figure is at most the limit.
    Passed,
    /// The figure exceeds the limit.
    Exceeded,
    /// Not checked: there are too few sessions.
    TooFew,
    /// Not checked: the report does not have the figure.
    Unknown,
}

impl Gate {
    /// Returns whether the condition needs a price per GB.
    pub fn needs_price(&self) -> bool {
        matches!(self.condition, Condition::Cost(_))
    }

    /// Compares the report with the condition.
    pub fn check(&self, report: &Report) -> GateOutcome {
        let total = &report.total;
        let (sessions, which, figure) = match &self.condition {
            Condition::Failed(limit) => {
                let (failed, ended) = (report.statuses.failed, report.statuses.ended());
                let share = Percent(failed as f64 / ended as f64);
                let text = format!("{share} of sessions failed ({failed} of {ended} that ended)");
                (ended, "ended", Some((limit.is_exceeded(failed, ended), text)))
            }
            Condition::Code(name, limit) => {
                let code = report.errors.codes.iter().find(|code| code.code == *name);
                let count =
                    code.map(|code| code.sessions).or_else(|| (report.errors.other == 0).then_some(0));
                let all = report.sessions;
                let figure = count.map(|count| {
                    let share = Percent(count as f64 / all as f64);
                    let text = format!("{share} of sessions have this code ({count} of {all})");
                    (limit.is_exceeded(count, all), text)
                });
                (all, "were reported on", figure)
            }
            Condition::Traffic(limit, unit) => {
                let figure = total.bandwidth.map(|bytes| {
                    let exceeds = product(bytes, MILLION) > product(limit.0, unit.bytes);
                    (exceeds, format!("the traffic is {}", total.traffic()))
                });
                (total.sessions.saturating_sub(total.bandwidth_missing), "reported traffic", figure)
            }
            Condition::Cost(limit) => {
                let figure = total.cost.map(|cost| {
                    // The rounding of the cost must not make it exceed its own value.
                    let limit = limit.0 as f64 / MILLION as f64 * (1.0 + 8.0 * f64::EPSILON);
                    (cost > limit, format!("the cost is {}", total.total_cost()))
                });
                (total.sessions.saturating_sub(total.bandwidth_missing), "reported traffic", figure)
            }
        };
        let (verdict, text) = match figure {
            _ if sessions < self.min_sessions => {
                let (sessions, min) = (count(sessions, "session"), self.min_sessions);
                let text =
                    format!("not checked: {sessions} {which}, fewer than the minimum of {min} (n>={min})");
                (GateVerdict::TooFew, text)
            }
            None => (GateVerdict::Unknown, format!("not checked: {}", self.lacks())),
            Some((true, text)) => (GateVerdict::Exceeded, text),
            Some((false, text)) => (GateVerdict::Passed, text),
        };
        GateOutcome { verdict, reason: format!("{self}: {text}").into() }
    }

    /// Returns the reason why a report does not have the figure.
    fn lacks(&self) -> &'static str {
        match self.condition {
            Condition::Code(..) => "the report has too many error codes to count each of them",
            Condition::Cost(_) => "the report has no price per GB",
            Condition::Failed(_) | Condition::Traffic(..) => "the report does not have this figure",
        }
    }
}

/// Writes the condition in its grammar. The minimum is omitted if it is the default.
impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut may_end_with_minimum = false;
        match &self.condition {
            Condition::Failed(limit) => write!(f, "failed>{limit}")?,
            Condition::Code(code, limit) => {
                may_end_with_minimum = code.contains(',');
                write!(f, "code:{code}>{limit}")?;
            }
            Condition::Traffic(limit, unit) => write!(f, "traffic>{limit}{}", unit.name)?,
            Condition::Cost(limit) => write!(f, "cost>{limit}")?,
        }
        // The end of such a code must not be read as the minimum.
        if self.min_sessions == MIN_SESSIONS && !may_end_with_minimum {
            return Ok(());
        }
        write!(f, ", n>={}", self.min_sessions)
    }
}

/// Writes the reason.
impl fmt::Display for GateOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.reason)
    }
}

impl Sessions {
    fn is_exceeded(self, count: u64, all: u64) -> bool {
        match self {
            Self::Count(limit) => count > limit,
            Self::Percent(limit) => product(count, 100 * MILLION) > product(limit.0, all),
        }
    }
}

fn product(one: u64, other: u64) -> u128 {
    u128::from(one) * u128::from(other)
}

impl fmt::Display for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / MILLION, self.0 % MILLION);
        if rest == 0 {
            return write!(f, "{whole}");
        }
        write!(f, "{whole}.{}", format!("{rest:06}").trim_end_matches('0'))
    }
}
