//! The sessions of a report, and those that it is compared with.

use std::time::SystemTime;

use brightdata_sessions::Session;
use brightdata_sessions_triage::{Comparison, Report, Triage};

/// The bounds of the periods.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// The start of the report's period.
    pub(super) start: SystemTime,
    /// The start of the earlier period, which ends where the other begins. `None` without one.
    pub(super) earlier_start: Option<SystemTime>,
}

/// Collects the sessions of one or two periods.
#[derive(Clone)]
pub(super) struct Periods {
    pub(super) triage: Triage,
    pub(super) earlier: Option<Triage>,
    /// `None` if all sessions are those of the report.
    bounds: Option<Bounds>,
    undated: u64,
}

impl Periods {
    /// Collects all sessions for the report.
    pub(super) fn all(triage: Triage) -> Self {
        Self { triage, earlier: None, bounds: None, undated: 0 }
    }

    /// Collects sessions by their start. `earlier` is an empty triage.
    pub(super) fn within(triage: Triage, earlier: Triage, bounds: Bounds) -> Self {
        let earlier = bounds.earlier_start.map(|_| earlier);
        Self { triage, earlier, bounds: Some(bounds), undated: 0 }
    }

    /// Adds a session to the triage of its period. A session that starts earlier is dropped.
    pub(super) fn add(&mut self, session: &Session) {
        let Some(bounds) = self.bounds else { return self.triage.add(session) };
        match session.timestamp.as_ref().and_then(|start| start.to_system_time()) {
            None => self.undated += 1,
            Some(start) if start >= bounds.start => self.triage.add(session),
            Some(start) if bounds.earlier_start.is_some_and(|earlier| start >= earlier) => {
                self.earlier.iter_mut().for_each(|earlier| earlier.add(session));
            }
            Some(_) => {}
        }
    }

    /// Returns the number of sessions without a start, which are in neither period.
    pub(super) fn undated(&self) -> u64 {
        self.undated
    }

    /// Returns the report, with the comparison if there is an earlier period.
    pub(super) fn report(&self) -> Report {
        let mut report = self.triage.report();
        let earlier = self.earlier.as_ref().map(Triage::report);
        report.comparison = earlier.map(|earlier| Comparison::new(&earlier, &report).into());
        report
    }
}
