//! All sessions, over all pages.

use std::collections::{BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;
use std::vec;

use crate::{Api, Call, Error, Flow, ListSessions, Outcome, Session, SessionId, SessionPage, Step};

/// All the sessions of a list, one by one, over as many pages as it takes: a [`Flow`] made by [`Api::list`].
///
/// - A page is asked for when the one before it is used up and another item is wanted.
/// - A page that fails is asked for again as the [`RetryPolicy`](crate::RetryPolicy) says. What was yielded stays yielded; an error that
///   remains is yielded, and ends the walk.
/// - A session that was yielded is not yielded again when the list shifts under the walk (see
///   [`ListSessions::end_date`]). For this the walk remembers a hash of each of the last 65,536 ids: some 30 bytes for each
///   session until then, never more than 2 MiB.
/// - The service's paging is believed only as far as it makes sense. What cannot be true (an offset that does not advance, or
///   jumps; more pages without an offset; empty pages without end) is [`Error::MalformedBody`], never a loop, and never a
///   list that is cut short in silence.
#[derive(Debug)]
pub struct List {
    api: Api,
    /// The request of the page that is next, or was last asked for.
    request: ListSessions,
    state: State,
    /// What is left of the last page.
    page: vec::IntoIter<Session>,
    /// How many sessions may still be yielded.
    left: u64,
    total: Option<u64>,
    pages: u32,
    /// How many pages in a row had nothing new on them.
    barren: u32,
    seen: Seen,
}

#[derive(Debug)]
enum State {
    /// There is a page to ask for.
    More,
    /// A page was asked for.
    Asking(Box<Call<ListSessions>>),
    /// There are no more pages.
    Last,
}

/// A list that shifts while it is walked can give pages of which all sessions were seen, but not endlessly.
const MOST_BARREN: u32 = 20;
/// Twenty million sessions, a hundred to a page.
const MOST_PAGES: u32 = 200_000;

impl List {
    pub(crate) fn new(api: Api, request: ListSessions) -> Self {
        Self {
            api,
            request,
            state: State::More,
            page: Vec::new().into_iter(),
            left: u64::MAX,
            total: None,
            pages: 0,
            barren: 0,
            seen: Seen::default(),
        }
    }

    /// Ends after so many sessions, and asks for no more of them than are needed.
    #[must_use]
    pub fn at_most(mut self, sessions: u64) -> Self {
        self.left = sessions;
        self
    }

    /// How many sessions there are, as the last page said: known once the first page is in.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// The next session of the page that is not a duplicate.
    fn next_of_page(&mut self) -> Option<Session> {
        let seen = &mut self.seen;
        let session = self.page.find(|session| seen.is_new(&session.session_id))?;
        self.barren = 0;
        self.left = self.left.saturating_sub(1);
        Some(session)
    }

    fn ask(&mut self) -> Call<ListSessions> {
        let most = self.request.limit.unwrap_or(ListSessions::DEFAULT_LIMIT);
        let request = match u32::try_from(self.left) {
            // A limit that is refused stays one.
            Ok(left) if left < most && most <= 100 => self.request.clone().limit(left),
            _ => self.request.clone(),
        };
        self.api.call(request)
    }

    fn take(&mut self, page: SessionPage) -> Result<(), Error> {
        self.pages += 1;
        self.total = page.total.or(self.total);
        let offset = self.request.offset.unwrap_or(0);
        self.state = match next_offset(offset, self.request.limit, &page)? {
            Some(_) if self.pages == MOST_PAGES => {
                return Err(untrue(offset, "is one of more than 200,000"));
            }
            Some(_) if self.barren == MOST_BARREN => {
                return Err(untrue(offset, "has nothing new, like those before it"));
            }
            Some(next) => {
                self.request.offset = Some(next);
                State::More
            }
            None => State::Last,
        };
        // Until one of its sessions turns out to be new.
        self.barren += 1;
        self.page = page.sessions.into_iter();
        Ok(())
    }
}

/// Where the next page is, if there is one.
fn next_offset(offset: u64, limit: Option<u32>, page: &SessionPage) -> Result<Option<u64>, Error> {
    let got = page.sessions.len() as u64;
    let said = &page.pagination;
    let next = match (said.has_more, said.next_offset) {
        (Some(false), _) => return Ok(None),
        (_, Some(next)) => next,
        (Some(true), None) => return Err(untrue(offset, "has more after it, but no next_offset")),
        // Nothing is said. Where there can be no more, that does no harm.
        (None, None) if got == 0 || page.total.is_some_and(|total| offset.saturating_add(got) >= total) => {
            return Ok(None);
        }
        (None, None) => return Err(untrue(offset, "does not say whether there is more after it")),
    };
    if next <= offset {
        return Err(untrue(offset, "has a next_offset that does not advance"));
    }
    if page.total.is_some_and(|total| next > total) {
        return Err(untrue(offset, "has a next_offset beyond the total"));
    }
    // A page may hold fewer sessions than it could; the next one starts where a full one would have ended.
    let limit = u64::from(limit.unwrap_or(ListSessions::DEFAULT_LIMIT)).max(said.limit.unwrap_or(0)).max(got);
    if next - offset > limit {
        return Err(untrue(offset, "has a next_offset that leaves sessions out"));
    }
    Ok(Some(next))
}

fn untrue(offset: u64, what: &str) -> Error {
    Error::malformed(format!("the page at offset {offset} {what}"))
}

impl Flow for List {
    type Item = Session;

    fn step(&mut self, now: Duration) -> Step<Result<Session, Error>> {
        loop {
            if self.left == 0 {
                return Step::Done;
            }
            if let Some(session) = self.next_of_page() {
                return Step::Yield(Ok(session));
            }
            let answer = match &mut self.state {
                State::Last => return Step::Done,
                State::More => {
                    self.state = State::Asking(Box::new(self.ask()));
                    continue;
                }
                State::Asking(call) => match call.step(now) {
                    Step::Send(request) => return Step::Send(request),
                    Step::Wait(pause) => return Step::Wait(pause),
                    Step::Yield(answer) => answer,
                    Step::Done => return Step::Done,
                },
            };
            if let Err(error) = answer.and_then(|page| self.take(page)) {
                self.state = State::Last;
                return Step::Yield(Err(error));
            }
        }
    }

    fn receive(&mut self, outcome: Outcome, now: Duration) {
        if let State::Asking(call) = &mut self.state {
            call.receive(outcome, now);
        }
    }
}

/// The ids that were yielded, as hashes: the last [`Seen::MOST`] of them.
#[derive(Debug, Default)]
struct Seen {
    hashes: BTreeSet<u64>,
    order: VecDeque<u64>,
}

impl Seen {
    const MOST: usize = 1 << 16;

    /// Whether this id was not among the last ones; it is now. That two ids share a hash is as likely as one in
    /// 10^14 for each of them.
    fn is_new(&mut self, id: &SessionId) -> bool {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        let hash = hasher.finish();
        if !self.hashes.insert(hash) {
            return false;
        }
        if self.order.len() == Self::MOST {
            if let Some(oldest) = self.order.pop_front() {
                self.hashes.remove(&oldest);
            }
        }
        self.order.push_back(hash);
        true
    }
}
