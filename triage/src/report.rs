//! The report on many sessions.

use std::cmp::Reverse;

use brightdata_sessions::Timestamp;
use serde::{Deserialize, Serialize};

use crate::figures::Figures;
use crate::groups::GroupTally;
use crate::merge::sum;
use crate::moment::Moment;
use crate::names::Names;
use crate::units::count;
use crate::{
    CaptchaCounts, CodeCount, DomainChanges, DomainPair, Durations, ErrorClass, Errors, Failures, Finding,
    Group, Groups, Hour, HourWindow, Statuses, Triage, Usage, WordCount,
};
use crate::{find, groups, page, read};

/// Why sessions failed, and what they cost.
///
/// `Serialize` writes the fields by their names, or by the stable name that the field's docs give.
/// All numbers in it are finite. `Display` writes a page of text in which untrusted text is
/// escaped. It is 80 columns wide, except for the summary, the titles of findings and longer ids.
/// [`page`](Self::page) writes the same text in a style of the caller.
///
/// `Deserialize` reads a report back from its own JSON. It ignores members that a later version may
/// have added. A report cannot be merged; a [`Triage`] can.
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
    /// The number of sessions.
    pub sessions: u64,
    /// The number of sessions that the service reported; `None` if unknown. Totals can be rough, so
    /// a difference is not an error.
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
    pub(crate) fn of(triage: &Triage) -> Self {
        let Triage { now, price, reported, duplicates, figures, .. } = triage;
        let (price, total) = (*price, &figures.total);
        let zones = figures.zones.iter().map(|(name, zone)| zone.group(name, price)).collect();
        let domains = figures.domains.iter().map(|(name, domain)| domain.group(name, price)).collect();
        let day = |(start, day): (Timestamp, &GroupTally)| {
            day.group(start.as_str().split('T').next().unwrap_or_default(), price)
        };
        let days = figures.days.iter().map(day).collect();
        let in_zones = figures.zones.iter().map(|(_, zone)| zone);
        let in_domains = figures.domains.iter().map(|(_, domain)| &domain.all);
        let in_days = figures.days.iter().map(|(_, day)| day);
        let hours = figures.hours.iter().map(|(start, statuses)| Hour { start, statuses: *statuses });
        let in_hours = sum(figures.hours.iter().map(|(_, statuses)| statuses.all()));
        let mut report = Self {
            summary: Box::default(),
            findings: Vec::new(),
            sessions: total.sessions,
            sessions_reported: *reported,
            duplicates: duplicates.map(|duplicates| duplicates.left_out),
            duplicates_unchecked: duplicates.map_or(0, |duplicates| duplicates.unchecked),
            first_start: figures.started.and_then(|started| started.first.timestamp()),
            last_start: figures.started.and_then(|started| started.last.timestamp()),
            start_missing: figures.start_missing,
            now: now.and_then(Moment::timestamp),
            statuses: figures.statuses,
            unknown_statuses: words(&figures.unknown_status_words),
            failure_rate: figures.statuses.failure_rate(),
            failures: figures.failures,
            errors: errors(figures),
            captcha: figures.captcha,
            unknown_captchas: words(&figures.unknown_captcha_words),
            captcha_met: figures.captcha.met(),
            captcha_solve_rate: figures.captcha.solve_rate(),
            durations: figures.durations.durations(),
            price_per_gb: price,
            total: total.usage(price),
            zones: Groups::new(largest_first(zones), in_zones, &figures.no_zone, total, price),
            domains: Groups::new(largest_first(domains), in_domains, &figures.no_domain, total, price),
            days: Groups::new(days, in_days, &figures.no_day, total, price),
            hours: hours.collect(),
            hours_earlier: total.sessions.saturating_sub(figures.start_missing).saturating_sub(in_hours),
            domain_changes: domain_changes(figures),
            stale_running: now.map(|_| figures.stale.sessions),
            running_unclear: figures.running_unclear,
        };
        report.findings = find::find(figures, &report);
        report.summary = page::summary(&report).into();
        report
    }

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
        [missing, duplicates, unchecked].into_iter().flatten().collect()
    }

    /// Returns the hours that fit on a chart of this width in hours, at least 1.
    ///
    /// The window ends with the latest hour, unless only few sessions follow a gap that is as long
    /// as the chart: one session with a start in 2099 would empty the chart. Few means at most half
    /// of the sessions in the fullest window.
    pub fn hour_window(&self, width: u64) -> HourWindow<'_> {
        HourWindow::new(&self.hours, width, self.hours_earlier)
    }

    /// Returns the cost of this many bytes; `None` without a price.
    pub fn cost(&self, bytes: u64) -> Option<f64> {
        groups::cost(bytes, self.price_per_gb)
    }
}

/// Sorts by traffic, in descending order. Equal groups remain in the order of their names.
fn largest_first(mut groups: Vec<Group>) -> Vec<Group> {
    groups.sort_by_key(|group| Reverse(group.usage.bandwidth));
    groups
}

fn words<const MAX: usize>(words: &Names<u64, MAX>) -> Vec<WordCount> {
    let mut words: Vec<_> =
        words.iter().map(|(word, sessions)| WordCount { word: word.into(), sessions: *sessions }).collect();
    words.sort_by_key(|word| Reverse(word.sessions));
    words
}

fn errors(figures: &Figures) -> Errors {
    const SYSTEMIC: u64 = 3;
    let mut codes: Vec<_> = figures
        .codes
        .iter()
        .map(|(code, tally)| {
            let class = ErrorClass::classify(code);
            CodeCount {
                code: code.into(),
                sessions: tally.all.sessions,
                failed: tally.failed,
                systemic: tally.all.sessions >= SYSTEMIC,
                class,
                advice: class.advice().into(),
                evidence: tally.all.newest.evidence(),
            }
        })
        .collect();
    codes.sort_by_key(|code| Reverse(code.sessions));
    let (sessions, without_code) = (figures.with_error, figures.without_code);
    let counted = codes.iter().map(|code| code.sessions).fold(without_code, u64::saturating_add);
    Errors { sessions, without_code, other: sessions.saturating_sub(counted), codes }
}

fn domain_changes(figures: &Figures) -> DomainChanges {
    let pair = |pair: &str, sessions| {
        let (from, to) = pair.split_once(' ').unwrap_or((pair, ""));
        DomainPair { from: from.into(), to: to.into(), sessions }
    };
    let mut pairs: Vec<_> = figures.pairs.iter().map(|(name, sessions)| pair(name, *sessions)).collect();
    pairs.sort_by_key(|pair| Reverse(pair.sessions));
    DomainChanges { compared: figures.compared, changed: figures.changed.sessions, pairs }
}
