//! Sessions and their traffic, grouped by zone, domain or day.

use brightdata_sessions::SessionStatus;
use serde::{Deserialize, Serialize};

use crate::evidence::{Case, Evidence, MAX_EVIDENCE, Top};
use crate::merge::{Merge as _, merge_fields};
use crate::names::Count;
use crate::rules;
use crate::sketch::Sketch;
use crate::{Bytes, Cost, Sum};

/// The number of sessions, their traffic and its cost.
///
/// Sums include the sessions that report their traffic. If some do not, a sum is a lower bound. If
/// none does, the sum is `None`.
///
/// ```
/// use brightdata_sessions::Session;
/// use brightdata_sessions_triage::Triage;
///
/// let mut session = Session::new("a".parse()?);
/// session.bandwidth = Some(1_500_000_000);
/// let mut triage = Triage::new().with_price_per_gb(8.0)?;
/// triage.extend([session, Session::new("b".parse()?)]);
/// let total = triage.report().total;
/// assert_eq!((total.bandwidth, total.bandwidth_missing), (Some(1_500_000_000), 1));
/// assert_eq!(total.traffic().to_string(), "at least 1.50 GB");
/// assert_eq!(total.total_cost().to_string(), "at least 12.00");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Usage {
    /// The number of sessions.
    pub sessions: u64,
    /// The number of sessions that ended: finished or failed. Running sessions and those with an
    /// unknown status are excluded.
    pub ended: u64,
    /// The number of sessions that failed.
    pub failed: u64,
    /// The reported traffic, in bytes. `None` if there are sessions and none of them reports it.
    pub bandwidth: Option<u64>,
    /// The reported traffic of failed sessions, in bytes. `None` if sessions failed and none of
    /// them reports it.
    pub failed_bandwidth: Option<u64>,
    /// The number of sessions that do not report their traffic. Sums and medians exclude them.
    pub bandwidth_missing: u64,
    /// The number of failed sessions that do not report their traffic.
    pub failed_bandwidth_missing: u64,
    /// The cost of the traffic at the price per GB (10^9 bytes). `None` without a price or a sum.
    pub cost: Option<f64>,
    /// The cost of the traffic of failed sessions.
    pub failed_cost: Option<f64>,
}

impl Usage {
    /// Returns the traffic for display.
    pub fn traffic(&self) -> Sum<Bytes> {
        Sum { known: self.bandwidth.map(Bytes), partial: self.bandwidth_missing > 0 }
    }

    /// Returns the traffic of failed sessions for display.
    pub fn failed_traffic(&self) -> Sum<Bytes> {
        Sum { known: self.failed_bandwidth.map(Bytes), partial: self.failed_bandwidth_missing > 0 }
    }

    /// Returns the cost for display: `unknown` without a price.
    pub fn total_cost(&self) -> Sum<Cost> {
        Sum { known: self.cost.map(Cost), partial: self.bandwidth_missing > 0 }
    }

    /// Returns the cost of failed sessions for display: `unknown` without a price.
    pub fn total_failed_cost(&self) -> Sum<Cost> {
        Sum { known: self.failed_cost.map(Cost), partial: self.failed_bandwidth_missing > 0 }
    }
}

/// The counters of a [`Usage`].
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UsageTally {
    pub(crate) sessions: u64,
    pub(crate) ended: u64,
    pub(crate) failed: u64,
    bandwidth: u64,
    failed_bandwidth: u64,
    bandwidth_missing: u64,
    failed_bandwidth_missing: u64,
}

merge_fields!(UsageTally {
    sessions,
    ended,
    failed,
    bandwidth,
    failed_bandwidth,
    bandwidth_missing,
    failed_bandwidth_missing,
});

impl UsageTally {
    pub(crate) fn add(&mut self, case: &Case<'_>) {
        let bytes = case.session.bandwidth;
        let (bandwidth, bandwidth_missing) = (bytes.unwrap_or(0), u64::from(bytes.is_none()));
        let all = Self { sessions: 1, bandwidth, bandwidth_missing, ..Self::default() };
        self.merge(match case.session.status {
            Some(SessionStatus::Failed) => Self {
                ended: 1,
                failed: 1,
                failed_bandwidth: bandwidth,
                failed_bandwidth_missing: bandwidth_missing,
                ..all
            },
            Some(SessionStatus::Finished) => Self { ended: 1, ..all },
            _ => all,
        });
    }

    fn without(self, part: &Self) -> Self {
        Self {
            sessions: self.sessions.saturating_sub(part.sessions),
            ended: self.ended.saturating_sub(part.ended),
            failed: self.failed.saturating_sub(part.failed),
            bandwidth: self.bandwidth.saturating_sub(part.bandwidth),
            failed_bandwidth: self.failed_bandwidth.saturating_sub(part.failed_bandwidth),
            bandwidth_missing: self.bandwidth_missing.saturating_sub(part.bandwidth_missing),
            failed_bandwidth_missing: self
                .failed_bandwidth_missing
                .saturating_sub(part.failed_bandwidth_missing),
        }
    }

    pub(crate) fn usage(&self, price: Option<f64>) -> Usage {
        // The sum of no sessions is 0.
        let sum = |bytes, sessions, missing| (sessions == 0 || missing < sessions).then_some(bytes);
        let bandwidth = sum(self.bandwidth, self.sessions, self.bandwidth_missing);
        let failed_bandwidth = sum(self.failed_bandwidth, self.failed, self.failed_bandwidth_missing);
        Usage {
            sessions: self.sessions,
            ended: self.ended,
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

/// Returns the cost of this traffic.
pub(crate) fn cost(bytes: u64, price_per_gb: Option<f64>) -> Option<f64> {
    price_per_gb.map(|price| bytes as f64 / 1e9 * price)
}

/// The sessions of one zone, domain or day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Group {
    /// The zone, the domain, or the day (`2025-12-16`, in UTC).
    pub name: Box<str>,
    /// The number of sessions, their traffic and its cost.
    #[serde(flatten)]
    pub usage: Usage,
    /// The median traffic in bytes, without running sessions. Exact for up to 100 sessions, else
    /// within 1 %.
    pub median_bandwidth: Option<f64>,
    /// Whether the median is an estimate.
    pub estimated: bool,
    /// The number of sessions with over twice the median traffic. Fewer than ten are counted
    /// exactly; more are an estimate if the median is one. `None` for zones and days, and for
    /// domains with fewer than three sessions or a median below 10 kB.
    pub outliers: Option<u64>,
}

/// Sessions grouped by zone, domain or day.
///
/// ```
/// use brightdata_sessions::Session;
/// use brightdata_sessions_triage::Triage;
///
/// let mut session = Session::new("a".parse()?);
/// session.api_name = Some("zone1".into());
/// let zones = Triage::from_iter([session, Session::new("b".parse()?)]).report().zones;
/// assert_eq!((&*zones.groups[0].name, zones.groups[0].usage.sessions), ("zone1", 1));
/// assert_eq!((zones.missing.sessions, zones.other.sessions), (1, 0));
/// # Ok::<(), brightdata_sessions::InvalidInput>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Groups {
    /// The groups. Zones and domains are in descending order of traffic, days in order of date.
    pub groups: Vec<Group>,
    /// The sessions without a zone, without a target URL that has a domain, or without a start in
    /// the years 0 to 9999 (UTC).
    pub missing: Usage,
    /// The sessions of names that are not counted separately, because there are too many. In JSON
    /// it is `beyond`.
    #[serde(rename = "beyond")]
    pub other: Usage,
}

impl Groups {
    /// Creates groups. `named` has the tallies of `groups`; `total` counts all sessions.
    pub(crate) fn new<'a>(
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

/// The counters of a [`Group`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupTally {
    usage: UsageTally,
    sizes: Sketch,
}

merge_fields!(GroupTally { usage, sizes });

impl Count for GroupTally {
    fn sessions(&self) -> u64 {
        self.usage.sessions
    }
}

impl GroupTally {
    pub(crate) fn add(&mut self, case: &Case<'_>) {
        self.usage.add(case);
        if let Some(bytes) = rules::final_bandwidth(case.session) {
            self.sizes.add(bytes as f64);
        }
    }

    pub(crate) fn group(&self, name: &str, price: Option<f64>) -> Group {
        Group {
            name: name.into(),
            usage: self.usage.usage(price),
            median_bandwidth: self.sizes.median(),
            estimated: self.sizes.is_estimate(),
            outliers: None,
        }
    }
}

/// The counters of a [`Group`] of one target domain.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DomainTally {
    pub(crate) all: GroupTally,
    largest: Top<u64>,
}

merge_fields!(DomainTally { all, largest });

impl Count for DomainTally {
    fn sessions(&self) -> u64 {
        self.all.sessions()
    }
}

impl DomainTally {
    pub(crate) fn add(&mut self, case: &Case<'_>) {
        self.all.add(case);
        if let Some(bytes) = rules::final_bandwidth(case.session) {
            self.largest.offer(bytes, case);
        }
    }

    pub(crate) fn group(&self, name: &str, price: Option<f64>) -> Group {
        Group { outliers: self.outliers().map(|(count, _)| count), ..self.all.group(name, price) }
    }

    /// Returns the number of sessions with over twice the median traffic, and the largest of them.
    /// `None` if there are too few sessions, or if the median is less than a page: then every
    /// session that loaded a page would be an outlier.
    pub(crate) fn outliers(&self) -> Option<(u64, Vec<(u64, &Evidence)>)> {
        const MIN_SESSIONS: u64 = 3;
        const FACTOR: f64 = 2.0;
        let sizes = &self.all.sizes;
        let median = sizes.median().filter(|_| sizes.count() >= MIN_SESSIONS)?;
        if median < rules::NEAR_ZERO_BYTES as f64 {
            return None;
        }
        let limit = median * FACTOR;
        let named: Vec<_> = self.largest.iter().filter(|(bytes, _)| *bytes as f64 > limit).collect();
        // If all of them are retained, their number is exact; otherwise the sketch estimates it.
        let count = named.len() as u64;
        Some((if named.len() < MAX_EVIDENCE { count } else { sizes.above(limit).max(count) }, named))
    }
}
