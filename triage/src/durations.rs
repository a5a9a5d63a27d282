//! Durations of sessions.

use std::fmt;

use brightdata_sessions::{SessionId, SessionStatus};
use serde::Serialize;

use crate::evidence::Case;
use crate::rules;
use crate::sketch::Sketch;

/// The durations of sessions, except running ones.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Durations {
    /// The number of sessions with a duration.
    pub known: u64,
    /// The number of sessions without a duration.
    pub missing: u64,
    /// The median, in seconds. Exact for up to 100 sessions, else within 1 % (from 1 ms on).
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
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Longest {
    /// The id. If several took equally long, the first one in the order of ids.
    pub session_id: SessionId,
    /// The duration, in seconds.
    pub duration: f64,
}

/// A bin of the histogram.
#[derive(Clone, Debug, PartialEq, Serialize)]
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

#[derive(Clone, Debug, Default)]
pub(crate) struct DurationTally {
    all: Sketch,
    missing: u64,
    longest: Option<Longest>,
    bins: [(u64, u64); BINS.len()],
}

impl DurationTally {
    pub(crate) fn add(&mut self, case: &Case<'_>) {
        let session = case.session;
        if rules::is_running(session) {
            return;
        }
        let Some(duration) = rules::duration(session) else {
            self.missing += 1;
            return;
        };
        self.all.add(duration);
        let bin = BINS.iter().rposition(|from| *from <= duration).and_then(|bin| self.bins.get_mut(bin));
        if let Some((sessions, failed)) = bin {
            *sessions += 1;
            *failed += u64::from(session.status == Some(SessionStatus::Failed));
        }
        let id = &session.session_id;
        let longer = self
            .longest
            .as_ref()
            .is_none_or(|longest| (longest.duration, id) < (duration, &longest.session_id));
        if longer {
            self.longest = Some(Longest { session_id: id.clone(), duration });
        }
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
                .map(|((&from, below), (sessions, failed))| DurationBin { from, below, sessions, failed })
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
