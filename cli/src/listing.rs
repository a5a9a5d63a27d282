//! A list of sessions, with dates by the service's clock.

use std::time::{Duration, SystemTime};

use brightdata_sessions::{Error, ErrorKind, InvalidInput, Session, SessionPaginator};
use brightdata_sessions_ureq::{Client, FlowIter};

use crate::error::note;

/// The difference between the clocks that latency and the resolution of `Date` can explain.
const TOLERANCE: Duration = Duration::from_secs(5);
/// The minimum difference between the clocks that is reported.
const REPORT_FROM: Duration = Duration::from_secs(60);

/// The sessions of a list.
pub(crate) struct Listing {
    /// The first item, which is already fetched.
    first: Option<Result<Session, Error>>,
    rest: FlowIter<SessionPaginator>,
    /// The current time, from which the dates of the list are computed.
    pub(crate) now: SystemTime,
}

impl Listing {
    /// Begins a list with dates by this machine's clock. If the first response shows that the
    /// service's clock differs, the list begins again with dates by the service's clock. A wrong
    /// end date would omit sessions, and the service may reject a date in the future.
    ///
    /// `has_dates` is whether the list depends on the current time.
    pub(crate) fn begin(
        client: &Client,
        json: bool,
        has_dates: bool,
        list: impl Fn(SystemTime) -> Result<SessionPaginator, InvalidInput>,
    ) -> Result<Self, InvalidInput> {
        let sent = SystemTime::now();
        let begin = |now| {
            let mut rest = client.drive(list(now)?).ahead();
            Ok(Self { first: rest.next(), rest, now })
        };
        let listing = begin(sent)?;
        let Some(date) = listing.flow().date().filter(|_| has_dates && listing.can_restart()) else {
            return Ok(listing);
        };
        let behind = date.duration_since(SystemTime::now()).unwrap_or_default();
        let ahead = sent.duration_since(date).unwrap_or_default();
        if behind.max(ahead) < TOLERANCE {
            return Ok(listing);
        }
        let (difference, relation) = if behind > ahead { (behind, "behind") } else { (ahead, "ahead of") };
        if difference >= REPORT_FROM {
            let seconds = difference.as_secs();
            note(
                &format!(
                    "this machine's clock is {seconds} s {relation} the service's; using the service's clock"
                ),
                json,
            );
        }
        begin(date)
    }

    /// Returns the paginator, which has the total.
    pub(crate) fn flow(&self) -> &SessionPaginator {
        self.rest.flow()
    }

    /// Prints a note on standard error if the list ended early. Returns whether it did.
    pub(crate) fn note_missing(&self, json: bool) -> bool {
        let list = self.flow();
        let Some(missing) = list.missing().filter(|&missing| missing > 0) else { return false };
        let expected = list.yielded().saturating_add(missing);
        let total = list.total().unwrap_or(expected);
        let plural = if expected == 1 { "" } else { "s" };
        let sessions = format!("{} of {expected} expected session{plural}", list.yielded());
        note(&format!("incomplete list: {sessions}; the service reported a total of {total}"), json);
        true
    }

    /// Returns whether other dates can make a difference. They cannot after an error such as a
    /// refused key.
    fn can_restart(&self) -> bool {
        match &self.first {
            Some(Err(error)) => matches!(error.kind(), ErrorKind::BadRequest | ErrorKind::Server),
            _ => true,
        }
    }
}

impl Iterator for Listing {
    type Item = Result<Session, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.first.take().or_else(|| self.rest.next())
    }
}
