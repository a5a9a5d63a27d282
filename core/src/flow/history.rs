//! All sessions of a period, oldest first, from a cursor that outlives the process.

use std::time::{Duration, SystemTime};
use std::{fmt, iter, mem, vec};

use http::{Request, Response};

pub use self::cursor::HistoryCursor;
use self::window::{Progress, Window};
use super::page_request::PageRequest;
use crate::{
    Api, Call, Error, ErrorKind, Flow, InvalidInput, ListSessions, Now, Order, Session, SessionPage, SortBy,
    StatusFilter, Step, Timestamp, TransportError,
};

mod cursor;
mod window;

impl Api {
    /// Lists the sessions of a period, oldest first, from a cursor that outlives the process.
    /// Returns a [`Flow`] that yields them one at a time.
    ///
    /// The request has the filters and the period.
    pub fn history(&self, request: ListSessions) -> SessionHistory {
        SessionHistory::new(self.clone(), request)
    }
}

/// All sessions of a period, oldest first: a [`Flow`] created by [`Api::history`] that continues
/// where an earlier one stopped, in this process or another one.
///
/// For a list that is shown once, [`Api::list`] is simpler. A history is for long periods, and for
/// an archive that grows with each run:
///
/// ```
/// use brightdata_sessions::{Api, ApiKey, Flow, HistoryCursor, ListSessions, Now, http::Response};
///
/// let api = Api::new(ApiKey::new("0123456789abcdef")?);
/// let since = ListSessions::new().start_date("2025-12-01T00:00:00Z");
/// let run = |cursor: HistoryCursor, page: &str| {
///     let mut history = api.history(since.clone()).resume(cursor);
///     let mut ids = Vec::new();
///     while let Some(session) =
///         history.next_with(|| Now::ORIGIN, |_| Ok(Response::new(page.into())), |_| unreachable!("nothing failed"))
///     {
///         ids.push(session?.session_id.to_string());
///         // Valid here, after each session.
///         let _ = history.cursor();
///     }
///     Ok::<_, brightdata_sessions::Error>((ids, history.cursor().clone()))
/// };
/// let a = r#"{"session_id":"a","timestamp":"2025-12-16T18:53:41Z"}"#;
/// let b = r#"{"session_id":"b","timestamp":"2025-12-16T18:53:41Z"}"#;
/// let (ids, cursor) = run(HistoryCursor::default(), &format!(r#"{{"sessions":[{a}],"total":1}}"#))?;
/// assert_eq!(ids, ["a"]);
/// let (ids, _) = run(cursor, &format!(r#"{{"sessions":[{a},{b}],"total":2}}"#))?;
/// assert_eq!(ids, ["b"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// - Each session is yielded once. With [`with_ends`](Self::with_ends), a session that was running
///   is yielded again by the run that finds it ended.
/// - A page has 100 sessions, or the request's [`limit`](ListSessions::limit), and at least 2.
/// - The history begins at the request's [`start_date`](ListSessions::start_date), rounded down to
///   a second, or else with the first session. It ends with the list or at the request's
///   [`end_date`](ListSessions::end_date).
/// - A page is requested when the previous one is used up, or earlier by a driver that
///   [fetches ahead](Flow#fetch-ahead). A failed page is retried according to
///   the [`RetryPolicy`](crate::RetryPolicy). An error that remains is yielded and ends the flow.
///   The cursor remains valid.
/// - The start date of the requests moves forward with the sessions, and offsets stay small. It is
///   one second early, so it makes no difference whether the service includes the date itself, and
///   whether it compares fractions of a second. A history sends less than 1.05 requests per 100
///   sessions, plus one page that continues an earlier run.
/// - A session may be listed late, and a record may change until its session has ended. A session
///   lives for at most 60 minutes. Therefore, each run lists again all sessions that started later
///   than [65 minutes](Self::LOOK_BACK) before the previous run, and yields those that are new. The
///   `Date` of the responses is the reference. Without it, no session counts as final, and the
///   cursor holds the ids of all sessions.
/// - A cursor that starts in the future, by the `Date` of the first response, is an error of kind
///   [`InvalidInput`](crate::ErrorKind::InvalidInput): a clock was wrong when its history began.
///   Sessions that start until then would be skipped.
/// - A session whose start time is missing or unreadable counts as started with the session before
///   it.
/// - Inconsistent pages are an error of kind
///   [`MalformedBody`](crate::ErrorKind::MalformedBody): sessions that are not in the order of
///   their start times, a page that repeatedly does not continue the previous one, a start date
///   that excludes later sessions, or endless pages without new sessions. The flow never loops, and
///   never skips sessions silently.
/// - Memory holds one page and the cursor. More than 1,000,000 sessions within 65 minutes are an
///   error, and so are as many in total from a service without `Date`.
pub struct SessionHistory {
    api: Api,
    /// The filters, the page size and the end date.
    request: ListSessions,
    limit: u32,
    cursor: HistoryCursor,
    with_ends: bool,
    /// Whether the cursor is from an earlier run, and was not compared with the service's clock.
    is_unchecked: bool,
    state: State,
    next_page: PageRequest,
    window: Window,
    /// The remaining sessions of the last page, with the seconds in which they started.
    page: iter::Zip<vec::IntoIter<i64>, vec::IntoIter<Session>>,
    /// The second before which every session was listed when the pass received it. `None` if no
    /// response had a `Date`.
    settled: Option<i64>,
}

#[derive(Debug)]
enum State {
    /// The request cannot be the request of a history.
    Invalid(InvalidInput),
    /// The list goes on after the last page received.
    More,
    /// No pages are left.
    Last,
}

/// How far ahead of the service's clock a cursor may start, in seconds. A program may begin at the
/// current time of its own clock.
const MAX_AHEAD: i64 = 300;

/// The maximum number of sessions in a cursor.
const MAX_SEEN: usize = 1_000_000;

impl SessionHistory {
    /// How long before the time of a response its sessions may still change or be listed late: 65
    /// minutes. A session lives for at most 60.
    pub const LOOK_BACK: Duration = Duration::from_secs(65 * 60);

    pub(super) fn new(api: Api, request: ListSessions) -> Self {
        let (start, state) = match start_second(&request) {
            Ok(start) => (start, State::More),
            Err(invalid) => (None, State::Invalid(invalid)),
        };
        Self {
            api,
            // A page of one session could not overlap with the next one.
            limit: request.limit.map_or(100, |limit| if limit == 1 { 2 } else { limit }),
            request,
            cursor: HistoryCursor::new(start),
            with_ends: false,
            is_unchecked: false,
            state,
            next_page: PageRequest::default(),
            window: Window::new(start),
            page: Vec::new().into_iter().zip(Vec::new()),
            settled: None,
        }
    }

    /// Continues after the items that were yielded before this cursor was taken, instead of at the
    /// request's start date. The filters must be those of the request that it was made with.
    #[must_use]
    pub fn resume(mut self, cursor: HistoryCursor) -> Self {
        // The request's own start date may be in the future.
        self.is_unchecked = cursor.start_second() > self.cursor.start_second();
        self.cursor = cursor.or_start_of(&self.cursor);
        self.window = Window::new(self.cursor.start_second());
        self
    }

    /// Also yields each session that was running when an earlier run yielded it, and that has ended
    /// since. A program that stores the records by id then holds the final record of each session.
    #[must_use]
    pub fn with_ends(mut self) -> Self {
        self.with_ends = true;
        self
    }

    /// Returns the position after the last item.
    pub fn cursor(&self) -> &HistoryCursor {
        &self.cursor
    }

    /// Begins another pass, at the cursor.
    pub(super) fn restart(&mut self) {
        self.window = Window::new(self.cursor.start_second());
        self.settled = None;
        self.page = Vec::new().into_iter().zip(Vec::new());
        self.state = State::More;
    }

    /// Returns the next session of the page that must be yielded.
    fn next_of_page(&mut self) -> Option<Session> {
        for (start, session) in self.page.by_ref() {
            let is_due = self.cursor.record(&session, start, self.with_ends);
            if let Some(settled) = self.settled {
                self.cursor.advance(start.min(settled));
            }
            if is_due {
                return Some(session);
            }
        }
        None
    }

    fn next_call(&self) -> Call<ListSessions> {
        let mut request = self.request.clone().limit(self.limit).sort(SortBy::Timestamp).order(Order::Asc);
        request.offset = Some(self.window.offset()).filter(|&offset| offset > 0);
        if let Some(start) = self.window.start() {
            request = request.start_date(Timestamp::from_unix_second(start.saturating_sub(1)));
        }
        self.api.call(request)
    }

    fn accept(&mut self, page: SessionPage) -> Result<(), Error> {
        self.cursor.prune();
        if self.cursor.len() > MAX_SEEN {
            let problem = match self.settled_by_date() {
                Some(_) => "more than 1,000,000 sessions started within 65 minutes",
                None => "more than 1,000,000 sessions may still change, because responses have no Date",
            };
            return Err(Error::inconsistent(problem.to_owned()));
        }
        // Sessions that were received before they were final may have been followed by late ones.
        if self.window.second() <= self.settled {
            self.settled = self.settled.max(self.settled_by_date());
        }
        let mut start = self.window.second().or_else(|| self.cursor.start_second()).unwrap_or_default();
        let starts: Vec<_> = page
            .sessions
            .iter()
            .map(|session| {
                start = session.timestamp.as_ref().and_then(Timestamp::unix_second).unwrap_or(start);
                start
            })
            .collect();
        self.state = match self.window.accept(&page, &starts, self.limit)? {
            Progress::End => State::Last,
            Progress::More => State::More,
            Progress::Repeat => {
                self.state = State::More;
                return Ok(());
            }
        };
        self.page = starts.into_iter().zip(page.sessions);
        Ok(())
    }

    /// Returns an error if the cursor of an earlier run starts in the future. The service may have
    /// rejected that date.
    fn check_start(&mut self, page: Result<SessionPage, Error>) -> Result<SessionPage, Error> {
        let shows_time = page.as_ref().map_or_else(|error| error.kind() == ErrorKind::BadRequest, |_| true);
        if !shows_time || !mem::take(&mut self.is_unchecked) {
            return page;
        }
        match (self.cursor.start_second(), self.service_second()) {
            (Some(start), Some(now)) if start > now.saturating_add(MAX_AHEAD) => {
                Err(InvalidInput::new("cursor", "it starts in the future, by the service's clock").into())
            }
            _ => page,
        }
    }

    /// Returns the second before which sessions are final, by the service's clock.
    fn settled_by_date(&self) -> Option<i64> {
        let settled = self.service_second()?.checked_sub(Self::LOOK_BACK.as_secs().try_into().ok()?)?;
        Some(settled).filter(|&settled| settled >= 0)
    }

    /// Returns the time of the last response, by the service's clock.
    fn service_second(&self) -> Option<i64> {
        self.next_page.date()?.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs().try_into().ok()
    }
}

/// Returns the second in which a history begins, if the request is valid for one.
fn start_second(request: &ListSessions) -> Result<Option<i64>, InvalidInput> {
    if request.offset.is_some() || request.sort.is_some() || request.order.is_some() {
        return Err(InvalidInput::new("history", "offset, sort and order cannot be set"));
    }
    if request.status == Some(StatusFilter::Running) {
        return Err(InvalidInput::new("history", "sessions do not stay in a list of running ones"));
    }
    let start = request.start_date.as_ref().map(|start| start.as_ref().map_err(|invalid| *invalid));
    Ok(start.transpose()?.and_then(Timestamp::unix_second))
}

impl Flow for SessionHistory {
    type Item = Session;

    fn step(&mut self, now: Now) -> Step<Result<Session, Error>> {
        loop {
            if let Some(session) = self.next_of_page() {
                return Step::Yield(Ok(session));
            }
            let page = match self.state {
                State::Last => return Step::Done,
                State::Invalid(invalid) => Err(invalid.into()),
                State::More => {
                    if !self.next_page.is_requested() {
                        self.next_page.request(self.next_call());
                    }
                    match self.next_page.step(now) {
                        Step::Yield(page) => page,
                        Step::Send(request) => return Step::Send(request),
                        Step::Wait(wait) => return Step::Wait(wait),
                        Step::Done => return Step::Done,
                    }
                }
            };
            if let Err(error) = self.check_start(page).and_then(|page| self.accept(page)) {
                self.state = State::Last;
                return Step::Yield(Err(error));
            }
        }
    }

    fn receive(&mut self, outcome: Result<Response<Vec<u8>>, TransportError>, now: Now) {
        self.next_page.receive(outcome, now);
    }

    fn request_ahead(&mut self, now: Now) -> Option<Request<()>> {
        if self.page.len() == 0 || !matches!(self.state, State::More) || self.next_page.is_requested() {
            return None;
        }
        let call = self.next_call();
        self.next_page.request_ahead(call, now)
    }

    fn next_received(&mut self) -> Option<Session> {
        self.next_of_page()
    }
}

/// Omits the sessions and ids, of which there can be thousands.
impl fmt::Debug for SessionHistory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionHistory")
            .field("request", &self.request)
            .field("cursor", &self.cursor)
            .field("with_ends", &self.with_ends)
            .field("state", &self.state)
            .field("next_page", &self.next_page)
            .field("sessions_in_page", &self.page.len())
            .finish_non_exhaustive()
    }
}
