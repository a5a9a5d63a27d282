//! A report compared with an earlier one.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use brightdata_sessions::Timestamp;
use serde::{Deserialize, Serialize};

use crate::chance::{self, Part};
use crate::words::words;
use crate::{Groups, Percent, Report, Usage, read};

/// The failures of a period, compared with those of an earlier one: in total, and for each error
/// code, zone and target domain.
///
/// ```
/// use brightdata_sessions::{Session, SessionStatus};
/// use brightdata_sessions_triage::{Change, Comparison, Triage};
///
/// let report = |failed: u32| {
///     let sessions = (0..200).map(|id| {
///         let mut session = Session::new(id.to_string().parse().unwrap());
///         session.status = Some(if id < failed { SessionStatus::Failed } else { SessionStatus::Finished });
///         session
///     });
///     sessions.collect::<Triage>().report()
/// };
/// let (monday, mut tuesday) = (report(4), report(20));
/// tuesday.comparison = Some(Comparison::new(&monday, &tuesday).into());
/// let total = &tuesday.comparison.as_ref().unwrap().total;
/// assert_eq!(total.change, Change::Higher);
/// assert!((total.difference.unwrap() - 0.08).abs() < 1e-9);
/// println!("{tuesday}"); // The page of text has a section with the comparison.
/// ```
///
/// # Chance
///
/// A difference is [`Higher`](Change::Higher) or [`Lower`](Change::Lower) if it is larger than
/// chance explains:
///
/// - The test is Fisher's exact test for two shares, two-sided, and its normal approximation for
///   large counts (NIST/SEMATECH e-Handbook of Statistical Methods,
///   [section 7.3.3](https://www.itl.nist.gov/div898/handbook/prc/section3/prc33.htm)).
/// - The significance level is 5 %. The total is one test. The tests of all codes, zones and
///   domains together are corrected for their number by Holm's method (Scandinavian Journal of
///   Statistics 6, 1979, pages 65 to 70). If no code, zone and domain differs, the probability that
///   any of them is reported as higher or lower is at most 5 %.
/// - At least 50 sessions must have ended on both sides. Otherwise the difference is not tested and
///   counts as [`TooFew`](Change::TooFew).
///
/// The test assumes that sessions fail independently of each other. Sessions of one run often fail
/// together, so such a burst can be larger than chance without being a lasting change. Sessions
/// that are in both periods make the test too strict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Comparison {
    /// The comparison in one line, for people.
    pub summary: Box<str>,
    /// The first start of the earlier period, in UTC and to the second.
    #[serde(deserialize_with = "read::time_or_null")]
    pub first_start: Option<Timestamp>,
    /// The last start of the earlier period.
    #[serde(deserialize_with = "read::time_or_null")]
    pub last_start: Option<Timestamp>,
    /// Whether the later period begins before the earlier one ends. Sessions in both would count on
    /// both sides.
    pub overlap: bool,
    /// The limitations of the report on the earlier period, for people.
    pub notes: Vec<Box<str>>,
    /// All sessions.
    pub total: Difference,
    /// Sessions that failed with an error code, as a share of all that ended.
    pub codes: Vec<Difference>,
    /// The sessions of each zone.
    pub zones: Vec<Difference>,
    /// The sessions of each target domain.
    pub domains: Vec<Difference>,
    /// The number of codes, zones and domains whose difference was tested.
    pub tested: u64,
}

/// The share of failed sessions before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Difference {
    /// The error code, zone or domain; empty for the total. Untrusted text.
    pub name: Box<str>,
    /// The earlier period. `None` if the report does not count this name separately, because it has
    /// too many.
    pub before: Option<FailedShare>,
    /// The later period.
    pub after: Option<FailedShare>,
    /// The later share minus the earlier one, from -1 to 1. `None` if one of them is unknown.
    pub difference: Option<f64>,
    /// The p-value, before any correction. `None` if the difference was not tested.
    pub p_value: Option<f64>,
    /// Whether the difference is larger than chance explains.
    pub change: Change,
}

/// Failed sessions as a share of those that ended.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FailedShare {
    /// The number of sessions that ended. For an error code, those of the whole period.
    pub ended: u64,
    /// The number of sessions that failed. For an error code, those that failed with it.
    pub failed: u64,
    /// The mean traffic of the sessions that report it, in bytes. `None` if no session does, and
    /// for error codes.
    pub mean_bandwidth: Option<f64>,
}

/// Whether a difference is larger than chance explains. [`Comparison`] describes the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Change {
    /// The later share is higher, and the difference is larger than chance.
    Higher,
    /// The later share is lower, and the difference is larger than chance.
    Lower,
    /// Chance can explain the difference.
    Chance,
    /// Fewer than 50 sessions ended on one side.
    TooFew,
    /// A report does not count this name separately.
    Unknown,
}

words! {
    /// Returns the stable name: `higher`, `lower`, `chance`, `too_few` or `unknown`.
    Change {
        Higher => "higher",
        Lower => "lower",
        Chance => "chance",
        TooFew => "too_few",
        Unknown => "unknown",
    }
}

impl Change {
    /// Returns the change in words: `within chance`.
    pub fn title(self) -> &'static str {
        match self {
            Self::Higher => "higher",
            Self::Lower => "lower",
            Self::Chance => "within chance",
            Self::TooFew => "too few sessions",
            Self::Unknown => "unknown",
        }
    }

    /// Returns whether the difference is larger than chance explains.
    pub fn is_larger_than_chance(self) -> bool {
        matches!(self, Self::Higher | Self::Lower)
    }
}

impl FailedShare {
    fn of(usage: &Usage) -> Self {
        let known = usage.sessions.saturating_sub(usage.bandwidth_missing);
        let mean = usage.bandwidth.filter(|_| known > 0).map(|bytes| bytes as f64 / known as f64);
        Self { ended: usage.ended, failed: usage.failed, mean_bandwidth: mean }
    }

    /// Returns the share, from 0 to 1; `None` if no session ended.
    pub fn rate(&self) -> Option<f64> {
        (self.ended > 0).then(|| self.failed.min(self.ended) as f64 / self.ended as f64)
    }
}

impl Comparison {
    /// Compares a report with that of an earlier period. No session should be in both.
    pub fn new(before: &Report, after: &Report) -> Self {
        let [total_before, total_after] = [before, after].map(|report| FailedShare::of(&report.total));
        let mut total = Difference::new("", Some(total_before), Some(total_after));
        total.settle(total.p_value.is_some_and(|p| p <= chance::LEVEL));
        let mut codes = differences(codes(before, total_before), codes(after, total_after));
        let mut zones = differences(groups(&before.zones), groups(&after.zones));
        let mut domains = differences(groups(&before.domains), groups(&after.domains));

        let mut named: Vec<_> = [&mut codes, &mut zones, &mut domains].into_iter().flatten().collect();
        named.retain(|difference| difference.p_value.is_some());
        let p_values: Vec<_> = named.iter().filter_map(|difference| difference.p_value).collect();
        for (difference, is_significant) in named.iter_mut().zip(chance::significant(&p_values)) {
            difference.settle(is_significant);
        }
        let tested = named.len() as u64;
        for differences in [&mut codes, &mut zones, &mut domains] {
            // Equal ones remain in the order of their names.
            differences
                .sort_by(|one, other| one.rank().partial_cmp(&other.rank()).unwrap_or(Ordering::Equal));
        }
        let time = |time: &Option<Timestamp>| time.as_ref().and_then(Timestamp::to_system_time);
        let is_before = |one, other| time(one).zip(time(other)).is_some_and(|(one, other)| one <= other);
        let overlap = is_before(&after.first_start, &before.last_start)
            && is_before(&before.first_start, &after.last_start);
        let mut comparison = Self {
            summary: Box::default(),
            first_start: before.first_start.clone(),
            last_start: before.last_start.clone(),
            overlap,
            notes: before.notes().into_iter().map(Box::from).collect(),
            total,
            codes,
            zones,
            domains,
            tested,
        };
        comparison.summary = comparison.sentence().into();
        comparison
    }

    /// Returns the comparison in one line.
    fn sentence(&self) -> String {
        let rate = |share: Option<FailedShare>| share.and_then(|share| share.rate()).map(Percent);
        let (before, after) = (rate(self.total.before), rate(self.total.after));
        let total = match (before, after, self.total.change) {
            (Some(before), Some(after), Change::Higher) => {
                format!("The failure rate rose from {before} to {after}, by more than chance explains")
            }
            (Some(before), Some(after), Change::Lower) => {
                format!("The failure rate fell from {before} to {after}, by more than chance explains")
            }
            (Some(_), Some(after), Change::Chance) if self.total.difference == Some(0.0) => {
                format!("The failure rate is {after}, as before")
            }
            (Some(before), Some(after), Change::Chance) => {
                format!("The failure rate was {before} and is {after}, a difference that chance can explain")
            }
            (Some(before), Some(after), _) => {
                let min = chance::MIN_SESSIONS;
                format!(
                    "The failure rate was {before} and is {after}; too few sessions ended for a test (at least {min} on both sides)"
                )
            }
            (None, _, _) => "No session ended in the earlier period".to_owned(),
            (_, None, _) => "No session ended in the later period".to_owned(),
        };
        let larger = [&self.codes, &self.zones, &self.domains].into_iter().flatten();
        let larger = larger.filter(|difference| difference.change.is_larger_than_chance()).count();
        match (self.tested, larger) {
            (0, _) => format!("{total}."),
            (1, larger) => {
                let differs = if larger == 0 { "does not differ" } else { "differs" };
                format!("{total}. The only code, zone or domain tested {differs} by more than that.")
            }
            (tested, larger) => {
                let verb = if larger > 1 { "differ" } else { "differs" };
                let number = if larger == 0 { "None".to_owned() } else { larger.to_string() };
                format!("{total}. {number} of {tested} codes, zones and domains {verb} by more than chance.")
            }
        }
    }
}

impl Difference {
    /// Compares two shares, and tests the difference if there are enough sessions. The change is
    /// that of a difference within chance until the tests are evaluated together.
    fn new(name: &str, before: Option<FailedShare>, after: Option<FailedShare>) -> Self {
        let mut difference = Self {
            name: name.into(),
            before,
            after,
            difference: None,
            p_value: None,
            change: Change::Unknown,
        };
        if let (Some(before), Some(after)) = (before, after) {
            difference.difference = after.rate().zip(before.rate()).map(|(after, before)| after - before);
            if before.ended.min(after.ended) < chance::MIN_SESSIONS {
                difference.change = Change::TooFew;
            } else {
                difference.change = Change::Chance;
                // Shares of 0 or of 100 % on both sides cannot differ, so they are not tests.
                let [all_before, all_after] = [before, after].map(|share| share.failed >= share.ended);
                if (before.failed > 0 || after.failed > 0) && !(all_before && all_after) {
                    let part = |share: FailedShare| Part { part: share.failed, whole: share.ended };
                    difference.p_value = Some(chance::p_value(part(before), part(after)));
                }
            }
        }
        difference
    }

    /// Sets the change, by whether the difference is significant.
    fn settle(&mut self, is_significant: bool) {
        if is_significant {
            self.change = if self.difference > Some(0.0) { Change::Higher } else { Change::Lower };
        }
    }

    /// Returns the order: larger than chance first, then the least probable, then the largest.
    fn rank(&self) -> (bool, f64, f64) {
        let size = self.difference.map_or(0.0, f64::abs);
        (!self.change.is_larger_than_chance(), self.p_value.unwrap_or(2.0), -size)
    }
}

/// The shares of one report by name.
struct Shares<'a> {
    named: BTreeMap<&'a str, FailedShare>,
    /// The share of any other name. `None` if it is unknown, because the report has further names
    /// that are not counted separately.
    others: Option<FailedShare>,
}

fn codes(report: &Report, total: FailedShare) -> Shares<'_> {
    let share = |failed| FailedShare { failed, mean_bandwidth: None, ..total };
    let codes = report.errors.codes.iter().map(|code| (&*code.code, share(code.failed)));
    Shares { named: codes.collect(), others: (report.errors.other == 0).then_some(share(0)) }
}

fn groups(groups: &Groups) -> Shares<'_> {
    let none = FailedShare { ended: 0, failed: 0, mean_bandwidth: None };
    let named = groups.groups.iter().map(|group| (&*group.name, FailedShare::of(&group.usage)));
    Shares { named: named.collect(), others: (groups.other.sessions == 0).then_some(none) }
}

/// Returns the differences of all names on either side, in the order of the names.
fn differences(before: Shares<'_>, after: Shares<'_>) -> Vec<Difference> {
    let mut names: Vec<_> = before.named.keys().chain(after.named.keys()).copied().collect();
    names.sort_unstable();
    names.dedup();
    let share = |shares: &Shares<'_>, name| shares.named.get(name).copied().or(shares.others);
    names.into_iter().map(|name| Difference::new(name, share(&before, name), share(&after, name))).collect()
}
