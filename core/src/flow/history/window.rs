//! The position of one pass through the list: which page is next, and whether it continues the
//! previous one.
//!
//! A window is a list that begins at a start date. Within it, pages follow each other by offset.
//! Each page begins with the last session of the previous one, so that a list that shifts is
//! detected. Deep offsets are slow and shift easily, so the next window begins once it costs
//! little: it lists the last two seconds of this one again.

use std::collections::BTreeSet;

use crate::flow::paginator::{MAX_PAGES_WITHOUT_NEW, inconsistent, next_offset};
use crate::{Error, Session, SessionId, SessionPage};

/// How often a window begins again at the same second, because its list shifted or changed its
/// order, before this is an error.
const MAX_RESTARTS: u32 = 20;
/// The next window begins once it repeats at most this many percent of the sessions of this one.
/// With one session that each page repeats, a history sends less than 1.05 requests per 100
/// sessions.
const MAX_REPEATED_PERCENT: u64 = 3;
/// The maximum number of sessions that start in one second.
const MAX_PER_SECOND: usize = 1 << 16;

#[derive(Debug, Default)]
pub(super) struct Window {
    /// The second in which the window begins. `None` without a start date.
    start: Option<i64>,
    offset: u64,
    /// Whether the page at `offset` begins with the last session of the previous one.
    overlaps: bool,
    /// The number of sessions received in this window.
    received: u64,
    /// The number of sessions of the previous window that this one repeats.
    repeated: u64,
    /// A session of the previous window that this one contains, if it was not received yet.
    awaited: Option<SessionId>,
    /// The latest second in which a session received so far started.
    second: Option<i64>,
    /// The sessions that started in that second, and the last one of them.
    latest: BTreeSet<SessionId>,
    newest: Option<SessionId>,
    /// The number of sessions that started in the second before it.
    before: usize,
    pages_without_new: u32,
    restarts: u32,
}

/// How a page continues the list.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// Another page follows.
    More,
    /// The list ends.
    End,
    /// The list shifted. The page does not count: its sessions are listed again.
    Repeat,
}

impl Window {
    pub(super) fn new(start: Option<i64>) -> Self {
        Self { start, ..Self::default() }
    }

    /// Returns the second in which the window begins.
    pub(super) fn start(&self) -> Option<i64> {
        self.start
    }

    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Returns the latest second in which a session received so far started.
    pub(super) fn second(&self) -> Option<i64> {
        self.second
    }

    /// Takes the page that was requested, with the seconds in which its sessions started. `limit`
    /// is that of the request.
    pub(super) fn accept(
        &mut self,
        page: &SessionPage,
        starts: &[i64],
        limit: u32,
    ) -> Result<Progress, Error> {
        let offset = self.offset;
        let next = next_offset(offset, limit, page)?;
        if !starts.is_sorted() {
            return Err(inconsistent(offset, "is not sorted by start time"));
        }
        if !self.continues(&page.sessions, starts) {
            self.restarts += 1;
            if self.restarts > MAX_RESTARTS {
                return Err(inconsistent(offset, "does not continue the previous page"));
            }
            self.begin_at_latest();
            return Ok(Progress::Repeat);
        }
        if let Some(awaited) = &self.awaited {
            let is_past = next.is_none() || starts.last().is_some_and(|&start| Some(start) > self.second);
            if page.sessions.iter().any(|session| session.session_id == *awaited) {
                self.awaited = None;
            } else if is_past {
                return Err(inconsistent(offset, "lacks a session of the previous page"));
            }
        }
        let has_new = self.record(&page.sessions, starts)?;
        let Some(next) = next else { return Ok(Progress::End) };
        let may_repeat = !page.sessions.is_empty() && self.received < self.repeated;
        self.pages_without_new = if has_new || may_repeat { 0 } else { self.pages_without_new + 1 };
        if self.pages_without_new > MAX_PAGES_WITHOUT_NEW {
            return Err(inconsistent(offset, "has no new sessions, like the pages before it"));
        }
        if self.second > self.start && self.to_repeat() * 100 <= self.received * MAX_REPEATED_PERCENT {
            self.begin_at_latest();
            return Ok(Progress::More);
        }
        // A page with fewer sessions than positions has gaps, so its last session has no known
        // offset. A page of one session that begins with the last one would not advance. Sessions
        // that disappear between such pages are not noticed.
        let received = page.sessions.len() as u64;
        self.overlaps = received > 1 && next - offset == received;
        self.offset = next - u64::from(self.overlaps);
        Ok(Progress::More)
    }

    /// Returns whether a page follows the previous one of its window without a gap.
    ///
    /// A page that overlaps may begin with earlier sessions, because sessions that are listed late
    /// shift the others back. After the newest session, no page may repeat sessions, because then
    /// their order changed.
    fn continues(&self, sessions: &[Session], starts: &[i64]) -> bool {
        if self.offset == 0 {
            return true;
        }
        let is_received = |session: &Session| self.latest.contains(&session.session_id);
        let begins_without_gap = match sessions.first().zip(starts.first()) {
            Some((first, &start)) if self.overlaps => Some(start) < self.second || is_received(first),
            // Until the awaited session is found, the window repeats the previous one.
            Some((_, &start)) => Some(start) >= self.second || self.awaited.is_some(),
            None => !self.overlaps,
        };
        let after_newest =
            sessions.iter().skip_while(|session| Some(&session.session_id) != self.newest.as_ref());
        begins_without_gap && !after_newest.skip(1).any(is_received)
    }

    /// Records the sessions of a page. Returns whether one of them is new in this pass.
    fn record(&mut self, sessions: &[Session], starts: &[i64]) -> Result<bool, Error> {
        let is_newest = |session: &Session| Some(&session.session_id) == self.newest.as_ref();
        // Otherwise, the whole page is before the newest session.
        let mut reaches_newest =
            sessions.iter().any(is_newest) || self.offset > 0 && !self.overlaps && self.awaited.is_none();
        let mut has_new = false;
        for (session, &start) in sessions.iter().zip(starts) {
            if Some(start) < self.second {
                continue;
            }
            if Some(start) > self.second {
                let is_next = self.second.is_some_and(|second| second.checked_add(1) == Some(start));
                self.before = if is_next { self.latest.len() } else { 0 };
                self.latest.clear();
                self.second = Some(start);
                self.restarts = 0;
                reaches_newest = true;
            }
            has_new |= self.latest.insert(session.session_id.clone());
        }
        if let Some(last) =
            sessions.last().filter(|_| reaches_newest && starts.last().copied() == self.second)
        {
            self.newest = Some(last.session_id.clone());
        }
        if self.latest.len() > MAX_PER_SECOND {
            return Err(inconsistent(self.offset, "exceeds the maximum of 65,536 sessions in one second"));
        }
        self.received += sessions.len() as u64;
        Ok(has_new)
    }

    /// Returns how many sessions the next window would list again.
    fn to_repeat(&self) -> u64 {
        (self.latest.len() + self.before) as u64
    }

    /// Begins the window that contains the latest second.
    fn begin_at_latest(&mut self) {
        self.repeated = self.to_repeat();
        self.start = self.second.or(self.start);
        self.offset = 0;
        self.overlaps = false;
        self.received = 0;
        self.awaited = self.newest.clone();
    }
}
