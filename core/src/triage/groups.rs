//! Sessions and their traffic by a name: a zone, a domain, a day.

use std::collections::BTreeMap;

use serde::Serialize;

use super::evidence::{Case, Evidence, MOST, Top};
use super::rules;
use super::sketch::Sketch;
use crate::SessionStatus;

/// How many sessions there are, and what they cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Spend {
    /// How many sessions.
    pub sessions: u64,
    /// How many of them failed.
    pub failed: u64,
    /// All their traffic that is known, in bytes.
    pub bandwidth: u64,
    /// The part of it that was spent on failed sessions, in bytes.
    pub failed_bandwidth: u64,
    /// How many sessions do not tell their traffic. They are in no sum and no median.
    pub bandwidth_missing: u64,
    /// What the traffic costs, at the price that was given; a GB is 10^9 bytes. `None` without a price.
    pub cost: Option<f64>,
    /// What the part of the failed sessions costs.
    pub failed_cost: Option<f64>,
}

impl Spend {
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
        }
    }

    fn without(self, part: Self) -> Self {
        Self {
            sessions: self.sessions.saturating_sub(part.sessions),
            failed: self.failed.saturating_sub(part.failed),
            bandwidth: self.bandwidth.saturating_sub(part.bandwidth),
            failed_bandwidth: self.failed_bandwidth.saturating_sub(part.failed_bandwidth),
            bandwidth_missing: self.bandwidth_missing.saturating_sub(part.bandwidth_missing),
            ..self
        }
    }

    pub(super) fn priced(self, price: Option<f64>) -> Self {
        Self { cost: cost(self.bandwidth, price), failed_cost: cost(self.failed_bandwidth, price), ..self }
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
    pub spend: Spend,
    /// The median of their traffic in bytes, those still running left out. Exact for up to 100 sessions, else within 1 %.
    pub median_bandwidth: Option<f64>,
    /// Whether that is an estimate.
    pub estimated: bool,
    /// Of a domain with three sessions or more and a median of 10 kB or more: how many have over twice that median. As exact as the
    /// median is, if they are fewer than ten, else an estimate where the median is one. `None` for zones and days.
    pub outliers: Option<u64>,
}

/// Sessions by a name.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Groups {
    /// Those with a name: zones and domains by their traffic, the largest first; days by their date.
    pub groups: Vec<Group>,
    /// Those without one: a session that names no zone, no domain of a web address, or no start that is a date in the years 0 to
    /// 9999, in UTC.
    pub missing: Spend,
    /// Those whose names are more than are told apart.
    pub beyond: Spend,
}

impl Groups {
    pub(super) fn new(groups: Vec<Group>, missing: Spend, total: Spend, price: Option<f64>) -> Self {
        let told = groups.iter().map(|group| group.spend).chain([missing]);
        let beyond = told.fold(total, Spend::without);
        Self { groups, missing: missing.priced(price), beyond: beyond.priced(price) }
    }
}

/// What is known of the sessions of one name.
#[derive(Clone, Debug, Default)]
pub(super) struct GroupTally {
    spend: Spend,
    sizes: Sketch,
}

impl GroupTally {
    pub(super) fn add(&mut self, case: &Case<'_>) {
        self.spend.add(case);
        if let Some(bytes) = rules::final_bandwidth(case.session) {
            self.sizes.add(bytes as f64);
        }
    }

    pub(super) fn group(&self, name: &str, price: Option<f64>) -> Group {
        Group {
            name: name.into(),
            spend: self.spend.priced(price),
            median_bandwidth: self.sizes.median(),
            estimated: self.sizes.is_estimate(),
            outliers: None,
        }
    }
}

/// What is known of the sessions of one target domain.
#[derive(Clone, Debug, Default)]
pub(super) struct DomainTally {
    all: GroupTally,
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
