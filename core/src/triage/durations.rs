//! How long sessions took.

use std::fmt;

use serde::Serialize;

use super::evidence::Case;
use super::rules;
use super::sketch::Sketch;
use crate::{SessionId, SessionStatus};

/// How long sessions took, those still running left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Durations {
    /// How many tell it.
    pub known: u64,
    /// How many do not.
    pub missing: u64,
    /// The median, in seconds. Exact for up to 100 sessions, else within 1 % (for 1 ms and more).
    pub median: Option<f64>,
    /// The shortest duration that 95 % of all do not exceed, in seconds; as good as the median.
    pub p95: Option<f64>,
    /// Whether both are estimates.
    pub estimated: bool,
    /// The longest, which is exact.
    pub longest: Option<Longest>,
    /// How many took about how long: exact, and always the same bins, the shortest first.
    pub bins: Vec<DurationBin>,
}

/// The session that took longest.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Longest {
    /// Its id; of several that took the same, the first by its id.
    pub session_id: SessionId,
    /// How long it took, in seconds.
    pub duration: f64,
}

/// The sessions that took about the same time.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DurationBin {
    /// They took as many seconds or more.
    pub from: f64,
    /// They took less than as many seconds; `None` for the last one.
    pub below: Option<f64>,
    /// How many there are.
    pub sessions: u64,
    /// How many of them failed.
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

/// Where bins begin, in seconds. From an hour on there should be nothing.
const BINS: [f64; 9] = [0.0, 2.0, 10.0, 30.0, 60.0, 300.0, 900.0, 1800.0, 3600.0];

#[derive(Clone, Debug, Default)]
pub(super) struct DurationTally {
    all: Sketch,
    missing: u64,
    longest: Option<Longest>,
    bins: [(u64, u64); BINS.len()],
}

impl DurationTally {
    pub(super) fn add(&mut self, case: &Case<'_>) {
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

    pub(super) fn durations(&self) -> Durations {
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
    fn a_bin_says_where_it_begins_and_ends() {
        let shown = DurationTally::default().durations().bins;
        let shown: Vec<_> = shown.iter().map(DurationBin::to_string).collect();
        assert_eq!(
            shown,
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
