//! Flows of one `Api`, driven by any sequence of outcomes and times.

use std::collections::{BTreeSet, VecDeque};
use std::mem;
use std::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use brightdata_sessions::http::Request;
use brightdata_sessions::{
    Api, Error, ErrorKind, Flow, ListSessions, RetryPolicy, Session, SessionStatus, Step, WaitReason,
};

use super::error::is_safe_to_display;
use super::server_model::{Good, GuardModel, Outcome, parameter};
use super::{ID, api};

/// Flows end, and wait, retry and yield as documented, for all outcomes and however unevenly time
/// elapses. All flows together follow the rate guard's rules.
///
/// The input is decoded by `arbitrary`: a `Setting` and then `Event`s to its end.
pub fn check(input: &[u8]) {
    if let Some((setting, events)) = decode(input) {
        flows_follow_their_rules(&setting, &events);
    }
}

/// Decodes an input.
pub(crate) fn decode(input: &[u8]) -> Option<(Setting, Vec<Event>)> {
    let mut input = Unstructured::new(input);
    let setting = input.arbitrary().ok()?;
    let mut events = Vec::new();
    while !input.is_empty() {
        events.extend(input.arbitrary::<Event>());
    }
    Some((setting, events))
}

/// Some flows of one `Api`.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(crate) struct Setting {
    pub(crate) retries: u8,
    /// In seconds.
    pub(crate) time_limit: u16,
    pub(crate) seed: u64,
    pub(crate) flows: [Option<Kind>; 3],
    /// The number of additional gets.
    pub(crate) gets: u8,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub(crate) enum Kind {
    Get,
    List {
        limit: Option<u8>,
        offset: Option<u64>,
        at_most: Option<u8>,
    },
    /// The deadline in seconds.
    Watch(u16),
}

/// Time elapses, then a flow receives the outcome of its request if one is in flight, and is
/// stepped.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(crate) struct Event {
    pub(crate) flow: u8,
    pub(crate) elapse: Elapse,
    pub(crate) outcome: Outcome,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub(crate) enum Elapse {
    Nothing,
    /// The wait that the flow requested.
    AsRequested,
    /// A percentage of the wait that the flow requested.
    Percent(u8),
    Millis(u16),
    Seconds(u16),
    /// Until the last moment at which the flow may send, or until the deadline of a watch.
    ToDeadline,
    /// The same, plus a number of hundredths of a second.
    PastDeadline(u8),
}

/// The longest delay of a retry that the server did not request.
const LONGEST_BACKOFF: Duration = Duration::from_secs(8);
/// The shortest interval between two polls of a watch.
const WATCH_INTERVAL: Duration = Duration::from_secs(2);
/// The maximum time of one poll of a watch, with its retries.
const POLL_LIMIT: Duration = Duration::from_secs(300);
/// The maximum wait of the poll at the deadline of a watch.
const OVERTIME: Duration = Duration::from_secs(10);

/// The rules of flows, for all outcomes and however unevenly time elapses:
///
/// - A flow ends.
/// - It sends nothing after `Done`, before a wait has elapsed or after its time limit, and no
///   request more often than the policy allows. It fails only once no retry is left.
/// - A list advances. It yields every session of its pages once, and ends only after a page without
///   a next one.
/// - A watch yields each change, and nothing else. It polls at its deadline before it times out,
///   unless it may not send.
/// - All flows together follow the server's rules for one IP address ([`GuardModel`]).
pub(crate) fn flows_follow_their_rules(setting: &Setting, events: &[Event]) {
    // At the end, all requests are abandoned, or the last outcomes repeat forever.
    let last = events.len().saturating_sub(1 + usize::from(setting.seed as u8 % 4));
    let last: Vec<_> = events[last..].iter().map(|event| event.outcome).collect();
    for ending in [&[Outcome::Abandoned], last.as_slice()] {
        flows_end(setting, events, ending);
    }
}

fn flows_end(setting: &Setting, events: &[Event], ending: &[Outcome]) {
    let retries = u32::from(setting.retries % 6);
    let limit = Duration::from_secs(setting.time_limit.into());
    let retry = RetryPolicy::default().with_retries(retries).with_time_limit(limit);
    let api = api().with_seed(setting.seed).with_retry(retry);
    let kinds = setting.flows.iter().copied().flatten();
    let kinds = kinds.chain((0..setting.gets % 25).map(|_| Kind::Get));
    let mut drivers: Vec<_> = kinds.map(|kind| Driver::new(&api, kind, retries, limit)).collect();
    if drivers.is_empty() {
        return;
    }
    let mut guard = GuardModel::default();
    let mut now = Duration::from_secs(1000);
    for event in events {
        let number = usize::from(event.flow) % drivers.len();
        let driver = &mut drivers[number];
        let requested_wait = driver.wait_until.saturating_sub(now);
        let end = driver.end().saturating_sub(now);
        now += match event.elapse {
            Elapse::Nothing => Duration::ZERO,
            Elapse::AsRequested => requested_wait,
            Elapse::Percent(percent) => requested_wait * percent.into() / 100,
            Elapse::Millis(millis) => Duration::from_millis(millis.into()),
            Elapse::Seconds(seconds) => Duration::from_secs(seconds.into()),
            Elapse::ToDeadline => end,
            Elapse::PastDeadline(hundredths) => end + Duration::from_millis(10) * hundredths.into(),
        };
        driver.step(&event.outcome, &mut guard, now);
    }
    all_end(&mut drivers, ending, &mut guard, now);
}

/// Drives all flows to their ends. Each receives the outcomes in turn, and each wait is as
/// requested. A flow whose wait has not elapsed is stepped as well, one after the other.
fn all_end(drivers: &mut [Driver], outcomes: &[Outcome], guard: &mut GuardModel, mut now: Duration) {
    let mut outcomes: Vec<_> = drivers.iter().map(|_| outcomes.iter().cycle()).collect();
    let count = drivers.len();
    for round in 0..20_000 {
        let mut next = None;
        for (number, (driver, outcomes)) in drivers.iter_mut().zip(&mut outcomes).enumerate() {
            if driver.is_done {
                continue;
            }
            let is_due = driver.in_flight.is_some() || driver.wait_until <= now;
            if !is_due && round % count != number {
                let due = driver.wait_until;
                next = Some(next.map_or(due, |next: Duration| next.min(due)));
                continue;
            }
            let outcome = if driver.in_flight.is_some() { outcomes.next() } else { None };
            driver.step(outcome.unwrap_or(&Outcome::Abandoned), guard, now);
            let due = driver.wait_until.max(now);
            next = Some(next.map_or(due, |next: Duration| next.min(due)));
        }
        match next {
            None => return,
            Some(due) => now = due,
        }
    }
    panic!("the flows do not end");
}

struct Driver {
    flow: Box<dyn Flow<Item = Session>>,
    kind: Kind,
    /// The limits on the retries of one request.
    retries: u32,
    limit: Duration,
    /// The time of the first step.
    started: Option<Duration>,
    /// The time at which the current operation began, and the number of its requests so far.
    began: Option<Duration>,
    sent: u32,
    /// The number of its requests that failed. A 429 is not a failure.
    failed: u32,
    /// The request in flight, and the time at which the last one was sent.
    in_flight: Option<Request<()>>,
    sent_at: Duration,
    /// The end of the requested wait. A turn may come earlier than expected.
    wait_until: Duration,
    waits_for_slot: bool,
    /// The time of the last outcome, and whether a backoff must follow.
    received_at: Duration,
    backs_off: bool,
    /// The offset of the last request.
    offset: Option<u64>,
    /// The time before which the server accepts no request.
    not_before: Duration,
    /// The time of the last step.
    stepped: Duration,
    /// Whether the driver overslept a wait of the poll at the deadline of a watch.
    overslept: bool,
    /// The end of the wait of the poll at the deadline of a watch, if the guard held it back.
    /// Another flow may take the only slot at that moment.
    held_back_until: Option<Duration>,
    /// The number of polls of a watch that began at its deadline or later.
    late_polls: u32,
    items: u32,
    ids: BTreeSet<String>,
    /// The errors yielded so far.
    shown: BTreeSet<String>,
    last: Option<Session>,
    /// The sessions that the last response obliges the flow to yield next.
    due: VecDeque<Session>,
    /// Whether more pages follow the last one.
    has_more: bool,
    /// The next step has to be `Done`.
    is_finished: bool,
    is_done: bool,
}

impl Driver {
    fn new(api: &Api, kind: Kind, retries: u32, limit: Duration) -> Self {
        let id = ID.parse().unwrap();
        let limit = if matches!(kind, Kind::Watch(_)) { limit.min(POLL_LIMIT) } else { limit };
        let flow: Box<dyn Flow<Item = Session>> = match kind {
            Kind::Get => Box::new(api.get(&id)),
            Kind::Watch(deadline) => {
                Box::new(api.watch(&id).with_deadline(Duration::from_secs((deadline % 600).into())))
            }
            Kind::List { limit, offset, at_most } => {
                let mut request = ListSessions::new();
                if let Some(limit) = limit {
                    request = request.limit(u32::from(limit % 100) + 1);
                }
                if let Some(offset) = offset {
                    request = request.offset(offset);
                }
                let list = api.list(request);
                Box::new(match at_most {
                    Some(max) => list.take(max.into()),
                    None => list,
                })
            }
        };
        Self {
            flow,
            kind,
            retries,
            limit,
            started: None,
            began: None,
            sent: 0,
            failed: 0,
            in_flight: None,
            sent_at: Duration::ZERO,
            stepped: Duration::ZERO,
            overslept: false,
            held_back_until: None,
            late_polls: 0,
            wait_until: Duration::ZERO,
            waits_for_slot: false,
            received_at: Duration::ZERO,
            backs_off: false,
            offset: None,
            not_before: Duration::ZERO,
            items: 0,
            ids: BTreeSet::new(),
            shown: BTreeSet::new(),
            last: None,
            due: VecDeque::new(),
            has_more: false,
            is_finished: false,
            is_done: false,
        }
    }

    fn step(&mut self, outcome: &Outcome, guard: &mut GuardModel, now: Duration) {
        match self.in_flight.take() {
            Some(request) => self.receive(&request, outcome, guard, now),
            // An outcome without a request changes nothing.
            None => {
                let request = Request::new(());
                if let Some(unasked) = outcome.response_to(&request) {
                    self.flow.receive(unasked, now.into());
                }
            }
        }
        let is_late_wait = self.is_late(self.stepped);
        (self.started, self.stepped) = (Some(self.started.unwrap_or(now)), now);
        let step = self.flow.step(now.into());
        assert!(!self.is_finished || matches!(step, Step::Done), "{step:?} after the last item");
        self.loses_nothing(&step);
        let wait_until = mem::replace(&mut self.wait_until, now);
        self.overslept |= is_late_wait && now > wait_until;
        match step {
            Step::Send(request) => {
                assert!(
                    now >= wait_until || self.waits_for_slot,
                    "sent at {now:?}, expected a wait until {wait_until:?}"
                );
                self.on_send(&request, now);
                guard.on_send(now);
                (self.in_flight, self.sent_at) = (Some(request), now);
            }
            Step::Wait(wait) => {
                let delay = wait.duration;
                assert!(!delay.is_zero(), "a wait of zero would make the driver spin");
                self.wait_until = now + delay;
                self.waits_for_slot = matches!(
                    wait.reason,
                    WaitReason::ConcurrencyLimit | WaitReason::Pace | WaitReason::RateLimited
                );
                // A watch also waits between two polls.
                if !matches!(self.kind, Kind::Watch(_)) {
                    self.began.get_or_insert(now);
                }
                let end = self.end();
                // The poll at the deadline of a watch may wait a little longer.
                let end = if self.is_late(now) { now + OVERTIME } else { end };
                if self.is_late(now) && (self.waits_for_slot || !guard.allows(now)) {
                    self.held_back_until.get_or_insert(end);
                }
                assert!(
                    self.wait_until <= end,
                    "waits until {:?}, expected at most {end:?}",
                    self.wait_until
                );
            }
            Step::Yield(item) => {
                if self.is_late(now)
                    && matches!(&item, Err(error) if is_not_sent(error))
                    && !guard.allows(now)
                {
                    self.held_back_until = Some(now);
                }
                if self.is_late(now)
                    && matches!(&item, Err(error) if error.kind() == ErrorKind::Timeout && error.attempts() == 0)
                {
                    let may_send = guard.allows(now) && now >= self.not_before;
                    let was_held_back = self.held_back_until.is_some_and(|until| now >= until);
                    let is_excused = !may_send || self.overslept || was_held_back || guard.has_pace();
                    assert!(
                        self.late_polls == 1 || is_excused,
                        "no poll at the deadline: {now:?}, {:?}, waited until {:?}, {} sent",
                        self.held_back_until,
                        self.wait_until,
                        self.sent
                    );
                    self.is_finished = true;
                }
                self.on_item(item, guard);
            }
            Step::Done => {
                (self.is_finished, self.is_done) = (true, true);
                assert!(!matches!(self.kind, Kind::Get) || self.items == 1, "{} items", self.items);
            }
        }
    }

    fn receive(&mut self, request: &Request<()>, outcome: &Outcome, guard: &mut GuardModel, now: Duration) {
        guard.on_outcome(outcome, self.sent_at, now);
        // The first broken connection causes no backoff, nor does a delay given by the server.
        let is_first_break = self.failed == 0 && outcome.is_broken_connection();
        self.failed += u32::from(outcome.is_transient() && !outcome.is_429());
        self.backs_off = outcome.is_transient() && outcome.retry_after().is_none() && !is_first_break;
        self.received_at = now;
        if outcome.is_transient() {
            let is_watch = matches!(self.kind, Kind::Watch(_));
            self.not_before = now.saturating_add(outcome.required_delay(is_watch));
        } else if !matches!(self.kind, Kind::Get) {
            // That was a final response: the next request starts another operation.
            (self.began, self.sent, self.failed) = (None, 0, 0);
        }
        // Without an outcome, the next step abandons the request.
        if let Some(response) = outcome.response_to(request) {
            if let Outcome::Good(good) = outcome {
                self.obliges(good, request);
            }
            self.flow.receive(response, now.into());
        }
    }

    /// Records what a good response obliges the flow to yield: the sessions of a page that are new,
    /// or the session if it has changed.
    fn obliges(&mut self, good: &Good, request: &Request<()>) {
        if let Kind::List { .. } = self.kind {
            self.due.clear();
            for id in good.ids(request) {
                let session = Session::new(id.parse().unwrap());
                if !self.ids.contains(&id) && !self.due.contains(&session) {
                    self.due.push_back(session);
                }
            }
            self.has_more = good.has_more();
        } else {
            let session = Session::from_json(&good.session()).unwrap();
            self.due.extend(Some(session).filter(|session| self.last.as_ref() != Some(session)));
        }
    }

    /// Checks that a step omits no session that is due, and that a list ends after its last page.
    fn loses_nothing(&mut self, step: &Step<Result<Session, Error>>) {
        let is_full =
            matches!(self.kind, Kind::List { at_most: Some(max), .. } if self.ids.len() >= max.into());
        match step {
            Step::Yield(Ok(session)) => assert_eq!(self.due.pop_front().as_ref(), Some(session)),
            // A page that contradicts the others is rejected as a whole.
            Step::Yield(Err(error)) if error.kind() == ErrorKind::MalformedBody => self.due.clear(),
            _ => assert!(self.due.is_empty() || is_full, "{step:?}, expected {:?}", self.due),
        }
        self.has_more &= !matches!(step, Step::Yield(Err(_)));
        let is_end = matches!(step, Step::Done);
        assert!(!is_end || !self.has_more || is_full, "the list ends before its last page");
    }

    fn on_send(&mut self, request: &Request<()>, now: Duration) {
        let began = *self.began.get_or_insert(now);
        assert!(now <= began + self.limit, "sent at {now:?}, begun at {began:?}");
        assert!(now >= self.not_before, "sent at {now:?}, before {:?}", self.not_before);
        let is_new = self.sent == 0;
        // A random backoff may be short, but not zero. The poll at the deadline of a watch is not a
        // retry.
        let may_be_at_once = !self.backs_off || is_new && self.is_late(now);
        assert!(may_be_at_once || now > self.received_at, "sent at {now:?} without a backoff");
        match self.kind {
            Kind::Get => {}
            Kind::Watch(_) => {
                let is_late = self.is_late(now);
                self.late_polls += u32::from(is_late && (is_new || self.late_polls == 0));
                assert!(self.late_polls <= 1, "polled again at {now:?}, after its deadline");
                let is_soon =
                    is_new && self.received_at > Duration::ZERO && now < self.received_at + WATCH_INTERVAL;
                assert!(!is_soon || is_late, "polled at {now:?}, last outcome at {:?}", self.received_at);
            }
            Kind::List { .. } => {
                let offset = Some(parameter(request, "offset=").unwrap_or(0));
                assert!(if is_new { offset > self.offset } else { offset == self.offset }, "{offset:?}");
                self.offset = offset;
            }
        }
        self.sent += 1;
        assert!(self.failed <= self.retries, "{} failures", self.failed);
    }

    /// Returns whether another request must be sent after this error: retries are left, and each
    /// delay before the next one ends within the time limit. After many unseen responses, the guard
    /// may delay it for longer.
    fn may_retry(&self, error: &Error) -> bool {
        let is_failure =
            error.is_transient() && error.attempts() > 0 && error.kind() != ErrorKind::RateLimited;
        let end = self.began.unwrap_or_default() + self.limit;
        let next = self.not_before.max(self.received_at + LONGEST_BACKOFF).max(self.stepped);
        is_failure && self.failed <= self.retries && next < end
    }

    /// Returns the deadline of a watch, or the last moment at which another flow may send. Returns
    /// zero for a flow that has not begun.
    fn end(&self) -> Duration {
        let deadline = |deadline: u16| Duration::from_secs((deadline % 600).into());
        match self.kind {
            Kind::Watch(seconds) => self.started.map(|started| started + deadline(seconds)),
            _ => self.began.map(|began| began + self.limit),
        }
        .unwrap_or_default()
    }

    /// Returns whether the flow is a watch at or after its deadline.
    fn is_late(&self, now: Duration) -> bool {
        matches!(self.kind, Kind::Watch(_)) && self.started.is_some() && now >= self.end()
    }

    fn on_item(&mut self, item: Result<Session, Error>, guard: &GuardModel) {
        self.items += 1;
        match (&item, self.kind) {
            (_, Kind::Get) | (Err(_), Kind::List { .. }) => self.is_finished = true,
            (Ok(session), Kind::List { at_most, .. }) => {
                assert!(self.ids.insert(session.session_id.to_string()), "{} twice", session.session_id);
                assert!(at_most.is_none_or(|max| self.ids.len() <= max.into()));
            }
            (Ok(session), Kind::Watch(_)) => {
                assert_ne!(self.last.as_ref(), Some(session));
                self.last = Some(session.clone());
                self.is_finished =
                    matches!(session.status, Some(SessionStatus::Finished | SessionStatus::Failed));
            }
            (Err(error), Kind::Watch(_)) => self.is_finished = !error.is_transient(),
        }
        if let Err(error) = &item {
            // Most errors of a flow are equal.
            if self.shown.insert(format!("{error:?}")) {
                is_safe_to_display(error);
            }
            assert_ne!(error.kind(), ErrorKind::InvalidInput);
            assert!(
                guard.has_many_unseen() || !self.may_retry(error),
                "{error:?} after {} of {} retries",
                self.failed,
                self.retries
            );
            assert!(!matches!(self.kind, Kind::Get) || error.attempts() == self.sent, "{error:?}");
        }
        if !matches!(self.kind, Kind::Get) {
            (self.began, self.sent, self.failed) = (None, 0, 0);
        }
    }
}

/// Returns whether the rate guard did not allow the request.
fn is_not_sent(error: &Error) -> bool {
    error.kind() == ErrorKind::RateLimited && error.status().is_none()
}
