//! A list from the service, with dates by the service's clock.

use std::time::{Duration, SystemTime};

use brightdata_sessions::{Error, ErrorKind, InvalidInput, List, Session};
use brightdata_sessions_ureq::{Client, Drive};

use crate::error::note;

/// What a response may take on its way, and `Date` leaves out, before a clock counts as wrong.
const TOLERANCE: Duration = Duration::from_secs(5);
/// From this difference on, the clock is reported.
const REPORTED: Duration = Duration::from_secs(60);

/// The sessions of a list.
pub(crate) struct Listing {
    /// The first item, which is fetched already.
    first: Option<Result<Session, Error>>,
    rest: Drive<List>,
    /// The present that the dates of the list were made from.
    pub(crate) now: SystemTime,
}

impl Listing {
    /// Begins a list that is made from the present: by the clock of this machine, unless the first
    /// response shows that it differs from the service's. Then the list begins again, because a
    /// wrong end omits sessions, and the service can refuse a date in its future.
    ///
    /// `has_dates` is whether the list depends on the present at all.
    pub(crate) fn begin(
        client: &Client,
        json: bool,
        has_dates: bool,
        list: impl Fn(SystemTime) -> Result<List, InvalidInput>,
    ) -> Result<Self, InvalidInput> {
        let sent = SystemTime::now();
        let begin = |now| {
            let mut rest = client.drive(list(now)?);
            Ok(Self { first: rest.next(), rest, now })
        };
        let listing = begin(sent)?;
        let Some(date) = listing.flow().date().filter(|_| has_dates && listing.can_begin_again()) else {
            return Ok(listing);
        };
        let behind = date.duration_since(SystemTime::now()).unwrap_or_default();
        let ahead = sent.duration_since(date).unwrap_or_default();
        if behind.max(ahead) < TOLERANCE {
            return Ok(listing);
        }
        let (difference, relation) = if behind > ahead { (behind, "behind") } else { (ahead, "ahead of") };
        if difference >= REPORTED {
            let seconds = difference.as_secs();
            note(
                &format!(
                    "the clock of this machine is {seconds} s {relation} the service's, which is used instead"
                ),
                json,
            );
        }
        begin(date)
    }

    /// The list, with its total.
    pub(crate) fn flow(&self) -> &List {
        self.rest.flow()
    }

    /// Says on standard error if the list ended early. Returns whether it did.
    pub(crate) fn note_missing(&self, json: bool) -> bool {
        let list = self.flow();
        let Some(missing) = list.missing().filter(|&missing| missing > 0) else { return false };
        let expected = list.yielded().saturating_add(missing);
        let total = list.total().unwrap_or(expected);
        let sessions = format!("{} of {expected} expected sessions", list.yielded());
        note(&format!("incomplete list: {sessions}; the service reported a total of {total}"), json);
        true
    }

    /// Whether other dates can make a difference: not after an error such as a refused key.
    fn can_begin_again(&self) -> bool {
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
