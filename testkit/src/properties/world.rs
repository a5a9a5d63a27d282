//! A history or a follower of a server that holds all sessions of a world.

use std::collections::BTreeMap;
use std::mem;
use std::slice::Iter;
use std::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use brightdata_sessions::http::{Request, Response};
use brightdata_sessions::{
    Api, Error, ErrorKind, Flow, HistoryCursor, ListSessions, RetryPolicy, Session, SessionFollower,
    SessionHistory, Step, Timestamp, TransportError, TransportErrorKind, WaitReason,
};

use super::api;
use super::error::is_safe_to_display;
use super::server_model::parameter;
use super::world_model::{Burst, Record, Server, Version, records, text_parameter, timestamp};

/// Histories and followers yield the sessions of a server, each once, whatever happens to its list.
///
/// The input is decoded by `arbitrary`, as a `World`.
pub fn check(input: &[u8]) {
    if let Some(world) = decode(input) {
        everything_is_yielded_once(&world);
    }
}

/// Decodes an input.
pub(crate) fn decode(input: &[u8]) -> Option<World> {
    Unstructured::new(input).arbitrary().ok()
}

/// A server with its sessions, a client, and a [`Turn`] for each of its first requests.
#[derive(Arbitrary, Clone, Debug)]
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) client: Client,
    pub(crate) bursts: Vec<Burst>,
    pub(crate) turns: Vec<Turn>,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub(crate) struct Client {
    pub(crate) kind: Kind,
    /// The maximum number of sessions on a page.
    pub(crate) limit: Option<u8>,
    /// The start date, in seconds since the first burst.
    pub(crate) start: Option<u16>,
    /// The time of the first request, in percent of the time between the first and the last start.
    pub(crate) begins: u8,
    /// The time between two passes, in seconds.
    pub(crate) interval: u16,
    pub(crate) retries: u8,
    pub(crate) fetches_ahead: bool,
}

#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A history that is resumed again and again.
    History,
    HistoryWithEnds,
    Follower,
}

/// A request and its response.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(crate) struct Turn {
    /// How long the exchange takes, in seconds.
    pub(crate) elapse: u8,
    pub(crate) reply: Reply,
    /// The number of items after which the client is restarted with its cursor.
    pub(crate) restart: Option<u8>,
}

#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Good,
    /// The list as it was some seconds ago.
    Stale(u8),
    /// The previous page again, as by a cache that ignores the offset.
    Repeated,
    /// A good page, but the next offset is too small by this number.
    Overlapping(u8),
    Unavailable,
    Broken,
}

/// The rules of histories and followers, for all worlds:
///
/// - A session is yielded once, or twice with ends: while it runs and when it has ended. It has all
///   of its fields, and is not yielded before the server lists it.
/// - A pass that ends without an error yields all sessions that are due when it begins, unless a
///   response is outdated. It yields exactly these, oldest first, if nothing happens meanwhile.
/// - This also holds if sessions appear late in the list, after an error, and after a restart with
///   the cursor.
/// - Good responses cause no error, whatever happens to the list meanwhile. A list that contradicts
///   itself may be an error, but hides no session from the next pass.
pub(crate) fn everything_is_yielded_once(world: &World) {
    let mut run = Run::new(world);
    for _ in 0..100_000 {
        if run.step() {
            return;
        }
    }
    panic!("the run does not end");
}

/// The longest time by which a list is outdated, in milliseconds.
const MAX_STALE: u64 = 240_000;
/// With more requests without a response, the rate guard may hold requests back.
const MAX_BROKEN: usize = 4;

enum AnyFlow {
    History(SessionHistory),
    Follower(SessionFollower),
}

impl AnyFlow {
    fn new(api: &Api, client: &Client, cursor: HistoryCursor) -> Self {
        let mut request = ListSessions::new();
        if let Some(limit) = client.limit {
            request = request.limit(u32::from(limit % 100) + 1);
        }
        if let Some(start) = client.start {
            request = request.start_date(timestamp(u64::from(start) * 1000).parse::<Timestamp>().unwrap());
        }
        let interval = Duration::from_secs(client.interval.into());
        match client.kind {
            Kind::History => Self::History(api.history(request).resume(cursor)),
            Kind::HistoryWithEnds => Self::History(api.history(request).with_ends().resume(cursor)),
            Kind::Follower => Self::Follower(api.follow(request).with_interval(interval).resume(cursor)),
        }
    }

    fn flow(&mut self) -> &mut dyn Flow<Item = Session> {
        match self {
            Self::History(history) => history,
            Self::Follower(follower) => follower,
        }
    }

    fn cursor(&self) -> &HistoryCursor {
        match self {
            Self::History(history) => history.cursor(),
            Self::Follower(follower) => follower.cursor(),
        }
    }
}

/// One pass through the list.
#[derive(Default)]
struct Pass {
    /// The times of the first and the last response, in milliseconds.
    times: Option<(u64, u64)>,
    /// The replies other than good ones.
    faults: Vec<Reply>,
    has_failed: bool,
    /// The sessions that the first response obliges the flow to yield, oldest first.
    due: Vec<Version>,
    yielded: Vec<Version>,
}

struct Run<'a> {
    world: &'a World,
    records: Vec<Record>,
    /// The time at which nothing happens anymore.
    quiet: u64,
    turns: Iter<'a, Turn>,
    api: Api,
    flow: AnyFlow,
    now: u64,
    pass: Pass,
    /// The sessions yielded so far, and whether they had ended.
    yielded: BTreeMap<usize, bool>,
    /// The number of items until the restart.
    restart: Option<u8>,
    broken: usize,
    /// The last page, and its request.
    last: Option<(Request<()>, Response<Vec<u8>>)>,
}

impl<'a> Run<'a> {
    fn new(world: &'a World) -> Self {
        let retry = RetryPolicy::default().with_retries(u32::from(world.client.retries % 3));
        let api = api().with_retry(retry);
        let records = records(&world.bursts, &world.server);
        let span = records.iter().map(|record| record.start).max().unwrap_or_default();
        Self {
            quiet: records.iter().map(|record| record.listed.max(record.ends)).max().unwrap_or_default(),
            turns: world.turns.iter(),
            flow: AnyFlow::new(&api, &world.client, HistoryCursor::default()),
            now: span * u64::from(world.client.begins) / 100,
            pass: Pass::default(),
            yielded: BTreeMap::new(),
            restart: None,
            broken: 0,
            last: None,
            world,
            records,
            api,
        }
    }

    /// Takes one step of the flow. Returns whether the run is complete.
    fn step(&mut self) -> bool {
        let now = Duration::from_millis(self.now).into();
        match self.flow.flow().step(now) {
            Step::Send(request) => {
                let response = self.respond(&request);
                self.flow.flow().receive(response, Duration::from_millis(self.now).into());
            }
            Step::Yield(Ok(session)) => {
                self.on_item(&session);
                self.fetch_ahead();
            }
            Step::Yield(Err(error)) => self.on_error(&error),
            Step::Wait(wait) => {
                let is_complete = wait.reason == WaitReason::PollInterval && self.end_pass();
                self.now += u64::try_from(wait.duration.as_millis()).unwrap() + 1;
                return is_complete;
            }
            Step::Done => {
                let is_complete = self.end_pass();
                self.now += u64::from(self.world.client.interval) * 1000;
                self.restart();
                return is_complete;
            }
        }
        if self.restart == Some(0) {
            self.pass = Pass::default();
            self.restart();
        }
        false
    }

    /// Continues with the cursor, as another process does.
    fn restart(&mut self) {
        let json = serde_json::to_string(self.flow.cursor()).unwrap();
        self.flow = AnyFlow::new(&self.api, &self.world.client, serde_json::from_str(&json).unwrap());
        self.restart = None;
    }

    fn with_ends(&self) -> bool {
        self.world.client.kind != Kind::History
    }

    fn respond(&mut self, request: &Request<()>) -> Result<Response<Vec<u8>>, TransportError> {
        let turn = self.turns.next().copied();
        let Turn { elapse, mut reply, restart } =
            turn.unwrap_or(Turn { elapse: 0, reply: Reply::Good, restart: None });
        self.now += u64::from(elapse) * 1000;
        self.restart = self.restart.or(restart);
        if reply == Reply::Broken {
            self.broken += 1;
            if self.broken > MAX_BROKEN {
                reply = Reply::Unavailable;
            }
        }
        let began = self.pass.times.map_or(self.now, |times| times.0);
        if self.pass.times.is_none() {
            self.pass.due = self.due();
        }
        self.pass.times = Some((began, self.now));
        if reply != Reply::Good {
            self.pass.faults.push(reply);
        }
        let page = |at, overlap| self.world.server.page(&self.records, request, at, self.now, overlap);
        let response = match reply {
            Reply::Unavailable => return Ok(Response::builder().status(503).body(Vec::new()).unwrap()),
            Reply::Broken => return Err(TransportErrorKind::Connection.into()),
            Reply::Good => page(self.now, 0),
            Reply::Stale(seconds) => {
                page(self.now.saturating_sub((u64::from(seconds) * 1000).min(MAX_STALE)), 0)
            }
            Reply::Repeated => match &self.last {
                Some((last, response)) if is_same_list(last, request) => response.clone(),
                _ => page(self.now, 0),
            },
            Reply::Overlapping(number) => page(self.now, number.into()),
        };
        self.last = Some((request.clone(), response.clone()));
        Ok(response)
    }

    /// Returns the sessions that a pass must yield, oldest first.
    fn due(&self) -> Vec<Version> {
        let start = u64::from(self.world.client.start.unwrap_or_default()) * 1000;
        let mut listed: Vec<_> = self
            .records
            .iter()
            .filter(|record| record.is_listed(self.now) && record.start >= start)
            .collect();
        listed.sort_by_key(|record| (record.start, record.number));
        let versions = listed.into_iter().map(|record| record.version(self.now));
        let is_due = |version: &Version| match self.yielded.get(&version.number) {
            None => true,
            Some(had_ended) => self.with_ends() && version.is_ended && !had_ended,
        };
        versions.filter(is_due).collect()
    }

    fn on_item(&mut self, session: &Session) {
        let id = session.session_id.as_str();
        let number = id.strip_prefix('s').unwrap().parse().unwrap();
        let record: &Record = &self.records[number];
        let is_ended = session.status.as_ref().unwrap().is_ended();
        assert!(record.is_listed(self.now) && (!is_ended || record.ends <= self.now), "{id} too early");
        assert_eq!(*session, record.session(is_ended));
        let before = self.yielded.insert(number, is_ended);
        let is_new = before.is_none_or(|had_ended| self.with_ends() && is_ended && !had_ended);
        assert!(is_new, "{id} again at {}", self.now);
        self.pass.yielded.push(Version { number, is_ended });
        self.restart = self.restart.map(|items| items.saturating_sub(1));
    }

    /// Fetches the next page, and receives it once all items of this one are yielded.
    fn fetch_ahead(&mut self) {
        let now = Duration::from_millis(self.now).into();
        let request = self.world.client.fetches_ahead.then(|| self.flow.flow().request_ahead(now)).flatten();
        let Some(request) = request else { return };
        let response = self.respond(&request);
        while self.restart != Some(0) {
            let Some(session) = self.flow.flow().next_received() else {
                let now = Duration::from_millis(self.now).into();
                return self.flow.flow().receive(response, now);
            };
            self.on_item(&session);
        }
    }

    fn on_error(&mut self, error: &Error) {
        is_safe_to_display(error);
        self.pass.has_failed = true;
        let is_explained = self.pass.faults.iter().any(|fault| match fault {
            Reply::Good => false,
            Reply::Stale(_) | Reply::Repeated | Reply::Overlapping(_) => {
                error.kind() == ErrorKind::MalformedBody
            }
            Reply::Unavailable => error.kind() == ErrorKind::Server,
            Reply::Broken => error.kind() == ErrorKind::Connection,
        });
        assert!(is_explained, "{error:?} after {:?}", self.pass.faults);
        let now = Duration::from_millis(self.now).into();
        let goes_on = self.world.client.kind == Kind::Follower && error.is_transient();
        assert_eq!(matches!(self.flow.flow().step(now), Step::Done), !goes_on, "{error:?}");
    }

    /// Checks that a pass yielded everything that was due. Returns whether it was the last one.
    fn end_pass(&mut self) -> bool {
        let pass = mem::take(&mut self.pass);
        let (began, ended) = pass.times.unwrap_or((self.now, self.now));
        let is_outdated = |fault: &Reply| matches!(fault, Reply::Stale(_) | Reply::Repeated);
        let is_whole = !pass.has_failed && !pass.faults.iter().any(is_outdated);
        if is_whole {
            let mut times = self.records.iter().flat_map(|record| [record.listed, record.ends]);
            if !times.any(|time| began < time && time <= ended) {
                assert_eq!(pass.yielded, pass.due, "a pass from {began} to {ended}");
            }
            for version in &pass.due {
                let yielded = self.yielded.get(&version.number);
                let is_enough = yielded.is_some_and(|had_ended| *had_ended >= version.is_ended);
                assert!(is_enough || yielded.is_some() && !self.with_ends(), "{version:?} is missing");
            }
        }
        let is_last = self.turns.len() == 0;
        if is_last {
            self.now = self.now.max(self.quiet);
        }
        is_last && is_whole && began >= self.quiet
    }
}

/// Returns whether both requests are for pages of the same list, and the first one for the earlier
/// page.
fn is_same_list(first: &Request<()>, second: &Request<()>) -> bool {
    let start = |request: &Request<()>| text_parameter(request, "start_date=");
    let offset = |request| parameter(request, "offset=").unwrap_or(0);
    start(first) == start(second) && offset(first) <= offset(second)
}
