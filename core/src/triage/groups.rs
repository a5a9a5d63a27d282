//! Sessions and their traffic by a name: a zone, a domain, a day.

use std::collections::BTreeMap;

use serde::Serialize;

use super::evidence::{Case, Evidence, MOST, Top};
use super::rules;
use super::sketch::Sketch;
use super::{Bytes, Cost, Sum};
use crate::SessionStatus;

/// How many sessions there are, and what they cost.
///
/// Sums are of the sessions that report their traffic. Where some do not, a sum is a lower bound;
/// where none does, there is none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Usage {
    /// How many sessions.
    pub sessions: u64,
    /// How many of them failed.
    pub failed: u64,
    /// Their reported traffic, in bytes. `None` if there are sessions and none of them reports it.
    pub bandwidth: Option<u64>,
    /// The part of it that was spent on failed sessions, in bytes. `None` if sessions failed and
    /// none of those reports it.
    pub failed_bandwidth: Option<u64>,
    /// How many sessions do not report their traffic. They are in no sum and no median.
    pub bandwidth_missing: u64,
    /// How many of the failed ones do not.
    pub failed_bandwidth_missing: u64,
    /// What the traffic costs, at the price that was given; a GB is 10^9 bytes. `None` without a
    /// price or a sum.
    pub cost: Option<f64>,
    /// What the part of the failed sessions costs.
    pub failed_cost: Option<f64>,
}

impl Usage {
    /// The traffic, for people.
    pub fn traffic(&self) -> Sum<Bytes> {
        Sum { known: self.bandwidth.map(Bytes), partial: self.bandwidth_missing > 0 }
    }

    /// The traffic of the failed sessions, for people.
    pub fn failed_traffic(&self) -> Sum<Bytes> {
        Sum { known: self.failed_bandwidth.map(Bytes), partial: self.failed_bandwidth_missing > 0 }
    }

    /// The cost, for people: `unknown` without a price.
    pub fn total_cost(&self) -> Sum<Cost> {
        Sum { known: self.cost.map(Cost), partial: self.bandwidth_missing > 0 }
    }

    /// The cost of the failed sessions, for people: `unknown` without a price.
    pub fn total_failed_cost(&self) -> Sum<Cost> {
        Sum { known: self.failed_cost.map(Cost), partial: self.failed_bandwidth_missing > 0 }
    }
}

/// What a [`Usage`] is made from.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct UsageTally {
    pub(super) sessions: u64,
    failed: u64,
    bandwidth: u64,
    failed_bandwidth: u64,
    bandwidth_missing: u64,
    failed_bandwidth_missing: u64,
}

impl UsageTally {
    pub(super) fn add(&mut self, case: &Case<'_>) {
        let failed = case.session.status == Some(SessionStatus::Failed);
        let bytes = case.session.bandwidth;
        self.sessions += 1;
        self.failed += u64::from(failed);
        self.bandwidth_missing += u64::from(bytes.is_none());
        // A sum beyond 2^64 stays at the largest number, in whatever order it is made.
        self.bandwidth = self.bandwidth.saturating_add(bytes.unwrap_or(0));
        if failed {
            self.failed_bandwidth = self.failed_bandwidth.saturating_add(bytes.unwrap_or(0));
            self.failed_bandwidth_missing += u64::from(bytes.is_none());
        }
    }

    fn without(self, part: &Self) -> Self {
        Self {
            sessions: self.sessions.saturating_sub(part.sessions),
            failed: self.failed.saturating_sub(part.failed),
            bandwidth: self.bandwidth.saturating_sub(part.bandwidth),
            failed_bandwidth: self.failed_bandwidth.saturating_sub(part.failed_bandwidth),
            bandwidth_missing: self.bandwidth_missing.saturating_sub(part.bandwidth_missing),
            failed_bandwidth_missing: self
                .failed_bandwidth_missing
                .saturating_sub(part.failed_bandwidth_missing),
        }
    }

    pub(super) fn usage(&self, price: Option<f64>) -> Usage {
        // The sum of no sessions is 0.
        let sum = |bytes, sessions, missing| (sessions == 0 || missing < sessions).then_some(bytes);
        let bandwidth = sum(self.bandwidth, self.sessions, self.bandwidth_missing);
        let failed_bandwidth = sum(self.failed_bandwidth, self.failed, self.failed_bandwidth_missing);
        Usage {
            sessions: self.sessions,
            failed: self.failed,
            bandwidth,
            failed_bandwidth,
            bandwidth_missing: self.bandwidth_missing,
            failed_bandwidth_missing: self.failed_bandwidth_missing,
            cost: bandwidth.and_then(|bytes| cost(bytes, price)),
            failed_cost: failed_bandwidth.and_then(|bytes| cost(bytes, price)),
        }
    }
}

/// What so many bytes cost at a price for 10^9 of them.
pub(super) fn cost(bytes: u64, price_per_gb: Option<f64>) -> Option<f64> {
    price_per_gb.map(|price| bytes as f64 / 1e9 * price)
}

/// The sessions of one name.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Group {
    /// The zone, the domain, or the day (`2025-12-16`, in UTC).
    pub name: Box<str>,
    /// How many there are, and what they cost.
    #[serde(flatten)]
    pub usage: Usage,
    /// The median of their traffic in bytes, those still running left out. Exact for up to 100 sessions, else within 1 %.
    pub median_bandwidth: Option<f64>,
    /// Whether that is an estimate.
    pub estimated: bool,
    /// Of a domain with three sessions or more and a median of 10 kB or more: how many have over twice that median. As exact as the
    /// median is, if they are fewer than ten, else an estimate where the median is one. `None` for zones and days.
    pub outliers: Option<u64>,
}

/// Sessions by a name.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Groups {
    /// Those with a name: zones and domains by their traffic, the largest first; days by their date.
    pub groups: Vec<Group>,
    /// Those without one: a session that names no zone, no domain of a web address, or no start that is a date in the years 0 to
    /// 9999, in UTC.
    pub missing: Usage,
    /// Those whose names are more than are told apart.
    #[serde(rename = "beyond")]
    pub other: Usage,
}

impl Groups {
    /// `named` are the sessions of `groups`, and `total` all.
    pub(super) fn new<'a>(
        groups: Vec<Group>,
        named: impl Iterator<Item = &'a GroupTally>,
        missing: &UsageTally,
        total: &UsageTally,
        price: Option<f64>,
    ) -> Self {
        let other = named.map(|tally| &tally.usage).chain([missing]).fold(*total, UsageTally::without);
        Self { groups, missing: missing.usage(price), other: other.usage(price) }
    }
}

/// What is known of the sessions of one name.
#[derive(Clone, Debug, Default)]
pub(super) struct GroupTally {
    usage: UsageTally,
    sizes: Sketch,
}

impl GroupTally {
    pub(super) fn add(&mut self, case: &Case<'_>) {
        self.usage.add(case);
        if let Some(bytes) = rules::final_bandwidth(case.session) {
            self.sizes.add(bytes as f64);
        }
    }

    pub(super) fn group(&self, name: &str, price: Option<f64>) -> Group {
        Group {
            name: name.into(),
            usage: self.usage.usage(price),
            median_bandwidth: self.sizes.median(),
            estimated: self.sizes.is_estimate(),
            outliers: None,
        }
    }
}

/// What is known of the sessions of one target domain.
#[derive(Clone, Debug, Default)]
pub(super) struct DomainTally {
    pub(super) all: GroupTally,
    largest: Top<u64>,
}

impl DomainTally {
    pub(super) fn add(&mut self, case: &Case<'_>) {
        self.all.add(case);
        if let Some(bytes) = rules::final_bandwidth(case.session) {
            self.largest.offer(bytes, case);
        }
    }

    pub(super) fn group(&self, name: &str, price: Option<f64>) -> Group {
        Group { outliers: self.outliers().map(|(count, _)| count), ..self.all.group(name, price) }
    }

    /// How many sessions have over twice the median, and the largest of them; `None` where there are too few to say so, or where the
    /// median is no page: then it is those with a page that would stand out.
    pub(super) fn outliers(&self) -> Option<(u64, Vec<(u64, &Evidence)>)> {
        const LEAST: u64 = 3;
        const FACTOR: f64 = 2.0;
        let sizes = &self.all.sizes;
        let median = sizes.median().filter(|_| sizes.count() >= LEAST)?;
        if median < rules::NEAR_ZERO_BYTES as f64 {
            return None;
        }
        let limit = median * FACTOR;
        let named: Vec<_> = self.largest.iter().filter(|(bytes, _)| *bytes as f64 > limit).collect();
        // Where there is room for all of them, they are counted themselves, and not by the sketch.
        let count = named.len() as u64;
        Some((if named.len() < MOST { count } else { sizes.above(limit).max(count) }, named))
    }
}

/// Values by a name, for the names that come first; of those beyond, there is one place for all.
#[derive(Clone, Debug)]
pub(super) struct Names<T> {
    most: usize,
    named: BTreeMap<Box<str>, T>,
}

impl<T: Default> Names<T> {
    pub(super) fn at_most(most: usize) -> Self {
        Self { most, named: BTreeMap::new() }
    }

    /// The value of a name; `None` if there is no room for it.
    pub(super) fn get(&mut self, name: &str) -> Option<&mut T> {
        if self.named.len() < self.most && !self.named.contains_key(name) {
            self.named.insert(name.into(), T::default());
        }
        self.named.get_mut(name)
    }

    /// The value of a name that there is one of.
    pub(super) fn find(&self, name: &str) -> Option<&T> {
        self.named.get(name)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.named.iter().map(|(name, value)| (name.as_ref(), value))
    }
}
