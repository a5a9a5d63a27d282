//! What is reported.

use std::cmp::Reverse;

use serde::Serialize;

use super::groups::{GroupTally, Names};
use super::units::count;
use super::{
    Durations, ErrorClass, Evidence, Finding, Group, Groups, Hour, HourWindow, Statuses, Triage, Usage,
};
use super::{find, groups, page};
use crate::{Captcha, Timestamp};

/// Why runs failed, and what they cost.
///
/// `Serialize` writes the fields by their names, and no number that is not finite; `Display` a page of text in which
/// everything foreign is escaped: 80 columns wide, but for the verdict, the titles of findings, and ids that are longer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// All of it in one line, for people.
    #[serde(rename = "verdict")]
    pub summary: Box<str>,
    /// What was found, in the order of what to do about it.
    pub findings: Vec<Finding>,
    /// How many sessions there are.
    pub sessions: u64,
    /// How many sessions the service reported; `None` if unknown. Totals can be rough, so a
    /// difference is no error.
    pub sessions_reported: Option<u64>,
    /// How many records were left out, since a later record of the same session counts; `None` if
    /// the caller did not check.
    pub duplicates: Option<u64>,
    /// How many records were added without that check.
    pub duplicates_unchecked: u64,
    /// The first start, in UTC and to the second.
    pub first_start: Option<Timestamp>,
    /// The last start.
    pub last_start: Option<Timestamp>,
    /// How many sessions tell no start that is a date in the years 0 to 9999, in UTC.
    pub start_missing: u64,
    /// When the sessions were read, if that was said.
    pub now: Option<Timestamp>,
    /// How many there are of each status.
    pub statuses: Statuses,
    /// The statuses that this version does not know, the most frequent first: the first 200 that
    /// came.
    pub unknown_statuses: Vec<WordCount>,
    /// Failed sessions as a part of those that ended, from 0 to 1; `None` if none has ended.
    pub failure_rate: Option<f64>,
    /// What the failed sessions look like.
    pub failures: Failures,
    /// The error codes.
    pub errors: Errors,
    /// The captchas.
    pub captcha: CaptchaCounts,
    /// The captcha values that this version does not know, as the statuses.
    pub unknown_captchas: Vec<WordCount>,
    /// How many sessions met one: those solved, failed and detected.
    pub captcha_met: u64,
    /// Captchas solved as a part of those met, from 0 to 1; `None` if none was met.
    pub captcha_solve_rate: Option<f64>,
    /// How long sessions took.
    pub durations: Durations,
    /// The price of 10^9 bytes that costs are reckoned at, if one was given.
    pub price_per_gb: Option<f64>,
    /// All traffic.
    pub total: Usage,
    /// The traffic of each zone.
    pub zones: Groups,
    /// The traffic of each target domain: of the first navigation, as [`registrable_domain`](super::registrable_domain) returns it.
    pub domains: Groups,
    /// The traffic of each day, in UTC.
    pub days: Groups,
    /// The sessions by the hour of their start, for the latest 744 hours that have any.
    pub hours: Vec<Hour>,
    /// How many sessions are older than those.
    #[serde(rename = "hours_beyond")]
    pub hours_earlier: u64,
    /// Sessions that ended on another domain than they went to.
    #[serde(rename = "drift")]
    pub domain_changes: DomainChanges,
    /// Sessions that have been running for over 60 minutes: `None` without the time when they were read.
    #[serde(rename = "running_overdue")]
    pub stale_running: Option<u64>,
    /// Running sessions of which that cannot be told.
    pub running_unclear: u64,
}

/// How many failed sessions look like what, by their numbers alone, whatever code they carry. Together they are all of them: each
/// counts as the first that fits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Failures {
    /// Under 2 s, and no navigation.
    pub configuration: u64,
    /// Under 10 kB of traffic.
    pub nothing_loaded: u64,
    /// After a minute or more.
    pub run: u64,
    /// None of these, or not told.
    pub unclear: u64,
    /// Those among all of them that carry no error.
    pub without_error: u64,
}

/// The errors that sessions carry; finished ones may carry one too.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Errors {
    /// How many sessions carry one.
    pub sessions: u64,
    /// How many of those have no code.
    pub without_code: u64,
    /// How many have a code that is beyond those told apart.
    #[serde(rename = "beyond")]
    pub other: u64,
    /// The codes, the most frequent first.
    pub codes: Vec<CodeCount>,
}

/// An error code.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CodeCount {
    /// The code, cut after 300 bytes; URLs in it are as those of [`Evidence`].
    pub code: Box<str>,
    /// How many sessions carry it.
    pub sessions: u64,
    /// How many of them failed.
    pub failed: u64,
    /// Whether it is systemic: in three sessions or more.
    pub systemic: bool,
    /// Whose fault it points to.
    pub class: ErrorClass,
    /// What to do about it.
    pub advice: &'static str,
    /// The newest sessions that carry it, ten at the most.
    pub evidence: Vec<Evidence>,
}

/// How many sessions met a captcha, and what became of it. Those still running are left out: what they tell is no outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CaptchaCounts {
    /// Solved.
    pub solved: u64,
    /// Tried, and not solved.
    pub failed: u64,
    /// Appeared, and not solved.
    pub detected: u64,
    /// There was none.
    pub none: u64,
    /// With a value that this version does not know.
    pub other: u64,
    /// Not told.
    pub missing: u64,
}

impl CaptchaCounts {
    pub(super) fn add(&mut self, captcha: Option<&Captcha>) {
        *match captcha {
            Some(Captcha::Solved) => &mut self.solved,
            Some(Captcha::Failed) => &mut self.failed,
            Some(Captcha::Detected) => &mut self.detected,
            Some(Captcha::None) => &mut self.none,
            Some(Captcha::Other(_)) => &mut self.other,
            None => &mut self.missing,
        } += 1;
    }

    /// How many sessions met one: those solved, failed and detected.
    pub(super) fn met(self) -> u64 {
        self.solved + self.failed + self.detected
    }

    /// Those solved as a part of those met, from 0 to 1; `None` if none was met.
    pub(super) fn solve_rate(self) -> Option<f64> {
        (self.met() > 0).then(|| self.solved as f64 / self.met() as f64)
    }
}

/// Sessions that ended on another domain than they went to. Those still running are left out: they have not ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DomainChanges {
    /// How many sessions tell both domains.
    pub compared: u64,
    /// How many of them have two that differ.
    #[serde(rename = "drifted")]
    pub changed: u64,
    /// From where to where, the most frequent first: the first 200 pairs that came.
    pub pairs: Vec<DomainPair>,
}

/// From where to where sessions drifted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DomainPair {
    /// The domain of the target URL.
    pub from: Box<str>,
    /// The domain of the end URL.
    pub to: Box<str>,
    /// How many sessions.
    pub sessions: u64,
}

/// A word of the service that this version does not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WordCount {
    /// The word, cut after 300 bytes. Foreign text.
    pub word: Box<str>,
    /// How many sessions have it.
    pub sessions: u64,
}

impl Report {
    pub(super) fn of(triage: &Triage) -> Self {
        let price = triage.price;
        let zones = triage.zones.iter().map(|(name, zone)| zone.group(name, price)).collect();
        let domains = triage.domains.iter().map(|(name, domain)| domain.group(name, price)).collect();
        let day = |(start, day): (Timestamp, &GroupTally)| {
            day.group(start.as_str().split('T').next().unwrap_or_default(), price)
        };
        let total = &triage.total;
        let in_zones = triage.zones.iter().map(|(_, zone)| zone);
        let in_domains = triage.domains.iter().map(|(_, domain)| &domain.all);
        let in_days = triage.days.iter().map(|(_, day)| day);
        let hours: Vec<_> =
            triage.hours.iter().map(|(start, statuses)| Hour { start, statuses: *statuses }).collect();
        let in_hours: u64 = hours.iter().map(|hour| hour.statuses.all()).sum();
        let moment = |moment| Timestamp::try_from(moment).ok();
        let mut report = Self {
            summary: Box::default(),
            findings: Vec::new(),
            sessions: triage.total.sessions,
            sessions_reported: triage.reported,
            duplicates: triage.duplicates.map(|(left_out, _)| left_out),
            duplicates_unchecked: triage.duplicates.map_or(0, |(_, unchecked)| unchecked),
            first_start: triage.started.and_then(|(first, _)| moment(first)),
            last_start: triage.started.and_then(|(_, last)| moment(last)),
            start_missing: triage.start_missing,
            now: triage.now.and_then(moment),
            statuses: triage.statuses,
            unknown_statuses: words(&triage.unknown_status_words),
            failure_rate: triage.statuses.failure_rate(),
            failures: triage.failures,
            errors: errors(triage),
            captcha: triage.captcha,
            unknown_captchas: words(&triage.unknown_captcha_words),
            captcha_met: triage.captcha.met(),
            captcha_solve_rate: triage.captcha.solve_rate(),
            durations: triage.durations.durations(),
            price_per_gb: price,
            total: total.usage(price),
            zones: Groups::new(largest_first(zones), in_zones, &triage.no_zone, total, price),
            domains: Groups::new(largest_first(domains), in_domains, &triage.no_domain, total, price),
            days: Groups::new(triage.days.iter().map(day).collect(), in_days, &triage.no_day, total, price),
            hours_earlier: (triage.total.sessions - triage.start_missing).saturating_sub(in_hours),
            hours,
            domain_changes: domain_changes(triage),
            stale_running: triage.now.map(|_| triage.stale.sessions),
            running_unclear: triage.running_unclear,
        };
        report.findings = find::find(triage, &report);
        report.summary = page::summary(&report).into();
        report
    }

    /// Lists what sessions do not report, for people: the number of sessions, and what they lack.
    /// Each number is that of a field of the report; those that are 0 are left out.
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

    /// Returns what limits the report as a whole, for people: a sentence for each limit. Empty if
    /// nothing does.
    pub fn notes(&self) -> Vec<String> {
        let missing = self.sessions_reported.filter(|reported| *reported > self.sessions);
        let missing = missing.map(|reported| {
            format!(
                "This report is incomplete: {} of {reported} reported sessions were returned.",
                self.sessions
            )
        });
        let duplicates = self.duplicates.filter(|duplicates| *duplicates > 0).map(|duplicates| {
            let records = count(duplicates, "record");
            format!("Excluded as duplicates: {records}. The last record of each session counts.")
        });
        let unchecked = (self.duplicates_unchecked > 0).then(|| {
            let records = count(self.duplicates_unchecked, "record");
            format!("Not checked for duplicates: {records}, because there were too many ids.")
        });
        [missing, duplicates, unchecked].into_iter().flatten().collect()
    }

    /// Returns the hours that fit on a chart of this width in hours, at least 1. The window ends
    /// with the latest hour, unless only few sessions follow a gap that is as long as the chart.
    /// Otherwise, one session with a start in 2099 would empty the chart. Few means at most half of
    /// the sessions in the fullest window.
    pub fn hour_window(&self, width: u64) -> HourWindow<'_> {
        HourWindow::new(&self.hours, width, self.hours_earlier)
    }

    /// What so many bytes cost at the price that was given; `None` without one.
    pub fn cost(&self, bytes: u64) -> Option<f64> {
        groups::cost(bytes, self.price_per_gb)
    }
}

/// Names as they come are in their order, and the sort is stable.
fn largest_first(mut groups: Vec<Group>) -> Vec<Group> {
    groups.sort_by_key(|group| Reverse(group.usage.bandwidth));
    groups
}

fn words(words: &Names<u64>) -> Vec<WordCount> {
    let mut words: Vec<_> =
        words.iter().map(|(word, sessions)| WordCount { word: word.into(), sessions: *sessions }).collect();
    words.sort_by_key(|word| Reverse(word.sessions));
    words
}

fn errors(triage: &Triage) -> Errors {
    const SYSTEMIC: u64 = 3;
    let mut codes: Vec<_> = triage
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
                advice: class.advice(),
                evidence: tally.all.newest.evidence(),
            }
        })
        .collect();
    codes.sort_by_key(|code| Reverse(code.sessions));
    let told: u64 = codes.iter().map(|code| code.sessions).sum();
    let (sessions, without_code) = (triage.with_error, triage.without_code);
    Errors { sessions, without_code, other: sessions - without_code - told, codes }
}

fn domain_changes(triage: &Triage) -> DomainChanges {
    let pair = |pair: &str, sessions| {
        let (from, to) = pair.split_once(' ').unwrap_or((pair, ""));
        DomainPair { from: from.into(), to: to.into(), sessions }
    };
    let mut pairs: Vec<_> = triage.pairs.iter().map(|(name, sessions)| pair(name, *sessions)).collect();
    pairs.sort_by_key(|pair| Reverse(pair.sessions));
    DomainChanges { compared: triage.compared, changed: triage.changed.sessions, pairs }
}
