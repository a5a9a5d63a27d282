//! All sessions of a list, over all pages.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::SystemTime;
use std::vec;

use http::{Request, Response};

use super::page_request::PageRequest;
use crate::{
    Api, Call, Error, Flow, ListSessions, Now, Pagination, Session, SessionId, SessionPage, Step,
    TransportError,
};

impl Api {
    /// Lists all sessions of a request, over all of its pages. Returns a [`Flow`] that yields them
    /// one at a time.
    pub fn list(&self, request: ListSessions) -> SessionPaginator {
        SessionPaginator::new(self.clone(), request)
    }
}

/// All sessions of a list, over all pages: a [`Flow`] created by [`Api::list`].
///
/// - A page is requested when the previous one is used up and another item is needed, or earlier by
///   a driver that [fetches ahead](Flow#fetch-ahead).
/// - A failed page is retried according to the [`RetryPolicy`](crate::RetryPolicy). An error that
///   remains is yielded and ends the list.
/// - A session is yielded once, even if the list shifts between pages (see
///   [`ListSessions::end_date`]). The flow stores a hash of each of the last 65,536 ids: about 30
///   bytes per session, and at most 2 MiB.
/// - Inconsistent pagination is an error of kind
///   [`MalformedBody`](crate::ErrorKind::MalformedBody): an offset that does not advance or skips
///   sessions, more pages without an offset, or endless pages without new sessions. The flow never
///   loops.
/// - A list that ends before the reported total is not an error, because a total may be
///   approximate. Check [`SessionPaginator::missing`] at the end.
///
/// ```
/// use brightdata_sessions::{Api, ApiKey, Flow, ListSessions, Now, Step, StatusFilter};
///
/// let api = Api::new(ApiKey::new("0123456789abcdef")?);
/// let mut failed = api.list(ListSessions::new().limit(100).status(StatusFilter::Failed)).take(200);
/// let Step::Send(request) = failed.step(Now::ORIGIN) else { panic!("expected a request") };
/// assert_eq!(request.uri().path_and_query().unwrap(), "/browser_sessions?limit=100&status=failed");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SessionPaginator {
    api: Api,
    /// The request of the next page, or of the last one requested.
    request: ListSessions,
    /// The number of sessions before the first page.
    start: u64,
    /// The limit of the last request: that of the list, or less at its end.
    limit: u32,
    /// Whether the list goes on after the last page received.
    has_more: bool,
    next_page: PageRequest,
    /// The remaining sessions of the last page.
    page: vec::IntoIter<Session>,
    /// The number of sessions yielded, and the number that may still be yielded.
    yielded: u64,
    left: u64,
    total: Option<u64>,
    /// The smallest total that a page reported.
    min_total: Option<u64>,
    pages: u32,
    /// The number of consecutive pages without a new session.
    pages_without_new: u32,
    seen: RecentIds,
}

/// A shifting list can contain pages without new sessions, but not endlessly.
pub(super) const MAX_PAGES_WITHOUT_NEW: u32 = 20;
/// Twenty million sessions with 100 per page.
const MAX_PAGES: u32 = 200_000;

impl SessionPaginator {
    pub(crate) fn new(api: Api, request: ListSessions) -> Self {
        Self {
            api,
            start: request.offset.unwrap_or(0),
            limit: ListSessions::DEFAULT_LIMIT,
            request,
            has_more: true,
            next_page: PageRequest::default(),
            page: Vec::new().into_iter(),
            yielded: 0,
            left: u64::MAX,
            total: None,
            min_total: None,
            pages: 0,
            pages_without_new: 0,
            seen: RecentIds::default(),
        }
    }

    /// Limits the number of sessions, and requests only as many as needed.
    #[must_use]
    pub fn take(mut self, sessions: u64) -> Self {
        self.left = sessions;
        self
    }

    /// Returns how many sessions the list has, as the last page reported. `None` before the first
    /// page. Sessions before the offset of the request are included.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// Returns how many sessions were yielded so far.
    pub fn yielded(&self) -> u64 {
        self.yielded
    }

    /// Returns how many sessions are missing at the end of the list, compared with the total that
    /// the service reported. More than 0 means that the list ended early. `None` before the end,
    /// and if no page reported a total.
    ///
    /// Sessions before the offset of the request and beyond [`take`](Self::take) are not
    /// missing. If the total changed between pages, the smallest one counts.
    ///
    /// ```
    /// use brightdata_sessions::{Api, ApiKey, Flow, ListSessions, Now, http::Response};
    ///
    /// # let api = Api::new(ApiKey::new("0123456789abcdef")?);
    /// let page = r#"{"sessions":[{"session_id":"a"}],"total":257,"pagination":{"has_more":false}}"#;
    /// let mut list = api.list(ListSessions::new());
    /// let mut next = || {
    ///     list.next_with(|| Now::ORIGIN, |_| Ok(Response::new(page.into())), |_| unreachable!("nothing failed"))
    /// };
    /// assert!(next().is_some_and(|session| session.is_ok()));
    /// assert!(next().is_none());
    /// assert_eq!((list.yielded(), list.total(), list.missing()), (1, Some(257), Some(256)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn missing(&self) -> Option<u64> {
        let is_at_end = !self.has_more && self.page.as_slice().is_empty();
        if self.left > 0 && !is_at_end {
            return None;
        }
        let expected = self.min_total?.saturating_sub(self.start).min(self.yielded.saturating_add(self.left));
        Some(expected.saturating_sub(self.yielded))
    }

    /// Returns the time at which the service sent its last response, including errors, by its own
    /// clock. `None` before the first response, and if the last one has no `Date`. A comparison
    /// with this machine's clock shows whether dates based on that clock are right, such as an
    /// [`end_date`](ListSessions::end_date) of now.
    pub fn date(&self) -> Option<SystemTime> {
        self.next_page.date()
    }

    /// Returns the next session of the page that is not a duplicate.
    fn next_of_page(&mut self) -> Option<Session> {
        let seen = &mut self.seen;
        let session = self.page.find(|session| seen.is_new(&session.session_id))?;
        self.pages_without_new = 0;
        self.yielded = self.yielded.saturating_add(1);
        self.left = self.left.saturating_sub(1);
        Some(session)
    }

    /// Returns the call of the next page, which needs this number of sessions.
    fn next_call(&mut self, needed: u64) -> Call<ListSessions> {
        self.limit = self.request.limit.unwrap_or(ListSessions::DEFAULT_LIMIT);
        let mut request = self.request.clone();
        // Keep an invalid limit, so that it is rejected.
        if let Some(needed) =
            u32::try_from(needed).ok().filter(|&needed| needed < self.limit && self.limit <= 100)
        {
            self.limit = needed;
            request = request.limit(needed);
        }
        self.api.call(request)
    }

    fn accept(&mut self, page: SessionPage) -> Result<(), Error> {
        self.pages += 1;
        self.total = page.total.or(self.total);
        self.min_total = self.min_total.into_iter().chain(page.total).min();
        let offset = self.request.offset.unwrap_or(0);
        self.has_more = match next_offset(offset, self.limit, &page)? {
            Some(_) if self.pages == MAX_PAGES => {
                return Err(inconsistent(offset, "exceeds the maximum of 200,000 pages"));
            }
            Some(_) if self.pages_without_new == MAX_PAGES_WITHOUT_NEW => {
                return Err(inconsistent(offset, "has no new sessions, like the pages before it"));
            }
            Some(next) => {
                self.request.offset = Some(next);
                true
            }
            None => false,
        };
        // Reset by the first new session of the page.
        self.pages_without_new += 1;
        self.page = page.sessions.into_iter();
        Ok(())
    }
}

/// Returns where the next page is, if there is one. `requested` is the limit of the request.
pub(super) fn next_offset(offset: u64, requested: u32, page: &SessionPage) -> Result<Option<u64>, Error> {
    let received = page.sessions.len() as u64;
    let Pagination { has_more, next_offset, limit, .. } = page.pagination;
    let next = match (has_more, next_offset) {
        (Some(false), _) => return Ok(None),
        (_, Some(next)) => next,
        (Some(true), None) => return Err(inconsistent(offset, "reports more pages, but no next_offset")),
        // Missing pagination is fine if there can be no more sessions.
        (None, None)
            if received == 0 || page.total.is_some_and(|total| offset.saturating_add(received) >= total) =>
        {
            return Ok(None);
        }
        (None, None) => return Err(inconsistent(offset, "does not report whether more pages follow")),
    };
    if next <= offset {
        return Err(inconsistent(offset, "has a next_offset that does not advance"));
    }
    // A page may hold fewer sessions than its limit; the next one starts where a full one would
    // have ended. The limit that the page reports is the one that the service applied.
    let limit = limit.filter(|&limit| limit > 0).unwrap_or_else(|| requested.into()).max(received);
    if next - offset > limit {
        return Err(inconsistent(offset, "has a next_offset that skips sessions"));
    }
    Ok(Some(next))
}

pub(super) fn inconsistent(offset: u64, what: &str) -> Error {
    Error::inconsistent(format!("the page at offset {offset} {what}"))
}

impl Flow for SessionPaginator {
    type Item = Session;

    fn step(&mut self, now: Now) -> Step<Result<Session, Error>> {
        loop {
            if self.left == 0 {
                return Step::Done;
            }
            if let Some(session) = self.next_of_page() {
                return Step::Yield(Ok(session));
            }
            if !self.has_more {
                return Step::Done;
            }
            if !self.next_page.is_requested() {
                let call = self.next_call(self.left);
                self.next_page.request(call);
            }
            let page = match self.next_page.step(now) {
                Step::Yield(page) => page,
                Step::Send(request) => return Step::Send(request),
                Step::Wait(wait) => return Step::Wait(wait),
                Step::Done => return Step::Done,
            };
            if let Err(error) = page.and_then(|page| self.accept(page)) {
                self.has_more = false;
                return Step::Yield(Err(error));
            }
        }
    }

    fn receive(&mut self, outcome: Result<Response<Vec<u8>>, TransportError>, now: Now) {
        self.next_page.receive(outcome, now);
    }

    fn request_ahead(&mut self, now: Now) -> Option<Request<()>> {
        let at_hand = self.page.len() as u64;
        let needed = self.left.checked_sub(at_hand).filter(|&needed| needed > 0)?;
        if at_hand == 0 || !self.has_more || self.next_page.is_requested() {
            return None;
        }
        let call = self.next_call(needed);
        self.next_page.request_ahead(call, now)
    }

    fn next_received(&mut self) -> Option<Session> {
        if self.left == 0 { None } else { self.next_of_page() }
    }
}

/// Omits the sessions of the page and the hashes, of which there can be thousands.
impl fmt::Debug for SessionPaginator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionPaginator")
            .field("request", &self.request)
            .field("has_more", &self.has_more)
            .field("next_page", &self.next_page)
            .field("sessions_in_page", &self.page.len())
            .field("pages", &self.pages)
            .field("total", &self.total)
            .field("recent_ids", &self.seen.order.len())
            .finish_non_exhaustive()
    }
}

/// Hashes of the last [`RecentIds::MAX`] yielded ids.
#[derive(Default)]
struct RecentIds {
    hashes: BTreeSet<u64>,
    order: VecDeque<u64>,
}

impl RecentIds {
    const MAX: usize = 1 << 16;

    /// Records `id` and returns whether it was new. False duplicates: about 1 in 10^14.
    fn is_new(&mut self, id: &SessionId) -> bool {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        let hash = hasher.finish();
        if !self.hashes.insert(hash) {
            return false;
        }
        if self.order.len() == Self::MAX {
            if let Some(oldest) = self.order.pop_front() {
                self.hashes.remove(&oldest);
            }
        }
        self.order.push_back(hash);
        true
    }
}
