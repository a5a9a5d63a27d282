//! Durations of sessions.

use std::fmt;

use brightdata_sessions::{SessionId, SessionStatus};
use serde::{Deserialize, Serialize};

use crate::evidence::Case;
use crate::merge::{Merge, merge_fields, sum};
use crate::sketch::Sketch;
use crate::{read, rules};

/// The durations of sessions, except running ones.
///
/// ```
/// use brightdata_sessions::Session;
/// use brightdata_sessions_triage::Triage;
///
/// let mut session = Session::new("a".parse()?);
/// session.duration = Some(41.7);
/// let durations = Triage::from_iter([session]).report().durations;
/// assert_eq!((durations.known, durations.median), (1, Some(41.7)));
/// assert_eq!(durations.longest.unwrap().session_id.as_str(), "a");
/// assert_eq!((durations.bins[3].to_string(), durations.bins[3].sessions), ("30 s to 1 m".into(), 1));
/// # Ok::<(), brightdata_sessions::InvalidInput>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Durations {
    /// The number of sessions with a duration.
    pub known: u64,
    /// The number of sessions without a duration.
    pub missing: u64,
    /// The median, in seconds. Exact for up to 100 sessions, else within 1 % (for 1 ms or more).
    pub median: Option<f64>,
    /// The 95th percentile, in seconds, with the accuracy of the median.
    pub p95: Option<f64>,
    /// Whether the median and the percentile are estimates.
    pub estimated: bool,
    /// The longest session. Exact.
    pub longest: Option<Longest>,
    /// A histogram with fixed bins, the shortest first. Exact.
    pub bins: Vec<DurationBin>,
}

/// The session with the longest duration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Longest {
    /// The id. If several took equally long, the first one in the order of ids.
    pub session_id: SessionId,
    /// The duration, in seconds.
    #[serde(deserialize_with = "read::seconds")]
    pub duration: f64,
}

/// A bin of the histogram.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DurationBin {
    /// The minimum duration, in seconds.
    pub from: f64,
    /// The end of the bin, exclusive, in seconds; `None` for the last bin.
    pub below: Option<f64>,
    /// The number of sessions.
    pub sessions: u64,
    /// The number of sessions that failed.
    pub failed: u64,
}

/// `under 2 s`, `2 s to 10 s`, `60 m or more`.
impl fmt::Display for DurationBin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |seconds: f64| {
            if seconds < 60.0 { format!("{seconds} s") } else { format!("{} m", seconds / 60.0) }
        };
        match self.below {
            Some(below) if self.from <= 0.0 => write!(f, "under {}", short(below)),
            Some(below) => write!(f, "{} to {}", short(self.from), short(below)),
            None => write!(f, "{} or more", short(self.from)),
        }
    }
}

/// The minimum of each bin, in seconds. No session should last for an hour or more.
const BINS: [f64; 9] = [0.0, 2.0, 10.0, 30.0, 60.0, 300.0, 900.0, 1800.0, 3600.0];

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DurationTally {
    all: Sketch,
    missing: u64,
    longest: Option<Longest>,
    bins: [Bin; BINS.len()],
}

merge_fields!(DurationTally { all, missing, longest, bins });

/// The numbers of sessions in a bin.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bin {
    sessions: u64,
    failed: u64,
}

merge_fields!(Bin { sessions, failed });

impl Merge for [Bin; BINS.len()] {
    fn merge(&mut self, other: Self) {
        self.iter_mut().zip(other).for_each(|(bin, other)| bin.merge(other));
    }
}

impl Merge for Option<Longest> {
    fn merge(&mut self, other: Self) {
        let Some(other) = other else { return };
        let is_longer = |own: &Longest| (own.duration, &other.session_id) < (other.duration, &own.session_id);
        if self.as_ref().is_none_or(is_longer) {
            *self = Some(other);
        }
    }
}

impl DurationTally {
    pub(crate) fn add(&mut self, case: &Case<'_>) {
        let session = case.session;
        if rules::is_running(session) {
            return;
        }
        let Some(duration) = rules::duration(session) else {
            self.missing.merge(1);
            return;
        };
        self.all.add(duration);
        let bin = BINS.iter().rposition(|from| *from <= duration).and_then(|bin| self.bins.get_mut(bin));
        if let Some(bin) = bin {
            let failed = u64::from(session.status == Some(SessionStatus::Failed));
            bin.merge(Bin { sessions: 1, failed });
        }
        self.longest.merge(Some(Longest { session_id: session.session_id.clone(), duration }));
    }

    /// Returns the number of sessions that are not running.
    pub(crate) fn sessions(&self) -> u64 {
        self.all.count().saturating_add(self.missing)
    }

    /// Returns the number of sessions in all bins, which is that of known durations.
    pub(crate) fn in_bins(&self) -> [u64; 2] {
        [sum(self.bins.iter().map(|bin| bin.sessions)), self.all.count()]
    }

    pub(crate) fn durations(&self) -> Durations {
        let ends = BINS.iter().skip(1).map(|end| Some(*end)).chain([None]);
        let bins = BINS.iter().zip(ends).zip(self.bins);
        Durations {
            known: self.all.count(),
            missing: self.missing,
            median: self.all.median(),
            p95: self.all.p95(),
            estimated: self.all.is_estimate(),
            longest: self.longest.clone(),
            bins: bins
                .map(|((&from, below), Bin { sessions, failed })| DurationBin {
                    from,
                    below,
                    sessions,
                    failed,
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bin_is_displayed_as_its_range() {
        let bins = DurationTally::default().durations().bins;
        let actual: Vec<_> = bins.iter().map(DurationBin::to_string).collect();
        assert_eq!(
            actual,
            [
                "under 2 s",
                "2 s to 10 s",
                "10 s to 30 s",
                "30 s to 1 m",
                "1 m to 5 m",
                "5 m to 15 m",
                "15 m to 30 m",
                "30 m to 60 m",
                "60 m or more",
            ]
        );
    }
}
