//! Computes the report of a triage.

use std::cmp::Reverse;

use brightdata_sessions::Timestamp;

use crate::figures::Figures;
use crate::groups::GroupTally;
use crate::merge::sum;
use crate::moment::Moment;
use crate::names::Names;
use crate::{
    CodeCount, DomainChanges, DomainPair, ErrorClass, Errors, Group, Groups, Hour, Report, Triage, WordCount,
};
use crate::{find, page};

impl Triage {
    /// Returns the report on all sessions added so far.
    pub fn report(&self) -> Report {
        let Self { now, price, reported, duplicates, figures, .. } = self;
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
        let mut report = Report {
            summary: Box::default(),
            findings: Vec::new(),
            comparison: None,
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
