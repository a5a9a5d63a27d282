//! The report on many sessions.

use brightdata_sessions::Timestamp;
use serde::{Deserialize, Serialize};

use crate::units::count;
use crate::{
    CaptchaCounts, Comparison, DomainChanges, Durations, Errors, Failures, Finding, Groups, Hour, HourWindow,
    Statuses, Usage, WordCount,
};
use crate::{groups, read};

/// Why sessions failed, and what they cost.
///
/// `Serialize` writes the fields by their names, or by the stable name that the docs of the field
/// give. All numbers in it are finite. `Display` writes a page of text in which untrusted text is
/// escaped. It is 80 columns wide, except for the summaries, the titles of findings and longer ids.
/// [`page`](Self::page) writes the same text in the caller's style.
///
/// `Deserialize` reads a report back from its own JSON. It ignores members that a later version may
/// have added. A report cannot be merged; a [`Triage`](crate::Triage) can.
///
/// ```
/// use brightdata_sessions_triage::{Report, Triage};
///
/// let report = Triage::new().report();
/// let json = serde_json::to_string(&report)?;
/// let read: Report = serde_json::from_str(&json)?;
/// assert_eq!(read, report);
/// assert_eq!(read.to_string(), "no sessions\n");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// The summary in one line, for people. In JSON it is `verdict`.
    #[serde(rename = "verdict")]
    pub summary: Box<str>,
    /// The findings, in the order of their actions.
    pub findings: Vec<Finding>,
    /// The comparison with an earlier period. A triage does not set it; its JSON member is omitted
    /// if it is `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Box<Comparison>>,
    /// The number of sessions.
    pub sessions: u64,
    /// The number of sessions that the service reported; `None` if unknown. Totals can be
    /// approximate, so a difference is not an error.
    pub sessions_reported: Option<u64>,
    /// The number of records that were left out because a later record of the same session counts;
    /// `None` if the caller did not check.
    pub duplicates: Option<u64>,
    /// The number of records that were added without that check.
    pub duplicates_unchecked: u64,
    /// The first start, in UTC and to the second.
    #[serde(deserialize_with = "read::time_or_null")]
    pub first_start: Option<Timestamp>,
    /// The last start.
    #[serde(deserialize_with = "read::time_or_null")]
    pub last_start: Option<Timestamp>,
    /// The number of sessions without a start in the years 0 to 9999 (UTC).
    pub start_missing: u64,
    /// When the sessions were fetched; `None` if unknown.
    #[serde(deserialize_with = "read::time_or_null")]
    pub now: Option<Timestamp>,
    /// The number of sessions with each status.
    pub statuses: Statuses,
    /// The first 200 unknown statuses, in descending order of frequency.
    pub unknown_statuses: Vec<WordCount>,
    /// The share of ended sessions that failed, from 0 to 1; `None` if none has ended.
    pub failure_rate: Option<f64>,
    /// The failed sessions by pattern.
    pub failures: Failures,
    /// The error codes.
    pub errors: Errors,
    /// The captchas.
    pub captcha: CaptchaCounts,
    /// The first 200 unknown captcha values, in descending order of frequency.
    pub unknown_captchas: Vec<WordCount>,
    /// The number of sessions that met a captcha: solved, failed and detected.
    pub captcha_met: u64,
    /// The share of captchas that were solved, from 0 to 1; `None` if none was met.
    pub captcha_solve_rate: Option<f64>,
    /// The durations.
    pub durations: Durations,
    /// The price of 10^9 bytes that costs are computed with; `None` if not set.
    pub price_per_gb: Option<f64>,
    /// All traffic.
    pub total: Usage,
    /// The traffic of each zone.
    pub zones: Groups,
    /// The traffic of each target domain: the
    /// [`registrable_domain`](crate::registrable_domain) of the first navigation.
    pub domains: Groups,
    /// The traffic of each day, in UTC.
    pub days: Groups,
    /// The sessions by the hour of their start, for the latest 744 hours with sessions.
    pub hours: Vec<Hour>,
    /// The number of sessions before those hours. In JSON it is `hours_beyond`.
    #[serde(rename = "hours_beyond")]
    pub hours_earlier: u64,
    /// Sessions that ended on another domain than that of their target. In JSON it is `drift`.
    #[serde(rename = "drift")]
    pub domain_changes: DomainChanges,
    /// The number of sessions that have been running for over 60 minutes; `None` if it is unknown
    /// when they were fetched. In JSON it is `running_overdue`.
    #[serde(rename = "running_overdue")]
    pub stale_running: Option<u64>,
    /// The number of running sessions for which this is unknown.
    pub running_unclear: u64,
}

impl Report {
    /// Lists the fields that some sessions lack, with counts, for people.
    pub fn missing_fields(&self) -> Vec<(u64, &'static str)> {
        let missing = [
            (self.statuses.missing, "without a status"),
            (self.start_missing, "without a start"),
            (self.zones.missing.sessions, "without a zone"),
            (self.domains.missing.sessions, "without a target domain"),
            (self.total.bandwidth_missing, "without traffic"),
            (self.durations.missing, "without a duration, although not running"),
            (self.captcha.missing, "without a captcha value"),
            (self.failures.without_error, "without an error, although failed"),
            (self.running_unclear, "running for an unknown time"),
        ];
        missing.into_iter().filter(|(count, _)| *count > 0).collect()
    }

    /// Returns a note for each limitation of the report as a whole, for people.
    pub fn notes(&self) -> Vec<String> {
        let missing = self.sessions_reported.filter(|reported| *reported > self.sessions);
        let missing = missing.map(|reported| {
            let verb = if self.sessions == 1 || reported == 1 { "was" } else { "were" };
            let reported = count(reported, "reported session");
            format!("This report is incomplete: {} of {reported} {verb} returned.", self.sessions)
        });
        let duplicates = self.duplicates.filter(|duplicates| *duplicates > 0).map(|duplicates| {
            let records = count(duplicates, "record");
            format!("Excluded as duplicates: {records}. The last record of each session counts.")
        });
        let unchecked = (self.duplicates_unchecked > 0).then(|| {
            let records = count(self.duplicates_unchecked, "record");
            format!("Not checked for duplicates: {records}.")
        });
        let overlap = self
            .comparison
            .as_ref()
            .is_some_and(|comparison| comparison.overlap)
            .then(|| "The compared periods overlap. A session in both counts on both sides.".to_owned());
        [missing, duplicates, unchecked, overlap].into_iter().flatten().collect()
    }

    /// Returns the hours that fit on a chart of this width in hours, at least 1.
    ///
    /// The window ends with the latest hour, unless only a few sessions follow a gap that is as
    /// long as the chart: one session with a start in 2099 would empty the chart. "A few" means at
    /// most half of the sessions in the fullest window.
    pub fn hour_window(&self, width: u64) -> HourWindow<'_> {
        HourWindow::new(&self.hours, width, self.hours_earlier)
    }

    /// Returns the cost of this many bytes; `None` without a price.
    pub fn cost(&self, bytes: u64) -> Option<f64> {
        groups::cost(bytes, self.price_per_gb)
    }
}
