//! Flows of one `Api`, driven by any sequence of outcomes and times.

use std::collections::BTreeSet;
use std::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use brightdata_sessions::http::Request;
use brightdata_sessions::{Api, Error, Flow, ListSessions, RetryPolicy, Session, SessionStatus, Step};

use super::error::is_fit_to_be_shown;
use super::world::{Guard, Outcome};
use super::{ID, api};

/// The input is a [`Setting`] and then [`Event`]s to its end.
pub fn door(input: &[u8]) {
    let mut input = Unstructured::new(input);
    let Ok(setting) = input.arbitrary() else { return };
    let mut events = Vec::new();
    while !input.is_empty() {
        events.extend(input.arbitrary::<Event>());
    }
    flows_keep_their_promises(&setting, &events);
}

/// Some flows of one `Api`.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Setting {
    pub retries: u8,
    /// Seconds.
    pub time_limit: u16,
    pub seed: u64,
    pub flows: [Option<Kind>; 3],
    /// So many gets more.
    pub gets: u8,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Kind {
    Get,
    List {
        limit: Option<u8>,
        offset: Option<u64>,
        at_most: Option<u8>,
    },
    /// The deadline in seconds.
    Watch(u16),
}

/// Time passes, then a flow is told what became of its request if it has one under way, and is stepped.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Event {
    pub flow: u8,
    pub pass: Pass,
    pub outcome: Outcome,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Pass {
    Nothing,
    /// What the flow asked for.
    AsTold,
    /// So many hundredths of what the flow asked for.
    Hundredths(u8),
    Millis(u16),
    Seconds(u16),
}

/// Whatever comes and however unevenly time passes: a flow ends; sends nothing after `Done`, nothing before its time or after its
/// limit, and no request more often than it may; a walk yields nothing twice, and a watch no session that has not changed. And all
/// flows together keep to what the service asks of an IP address ([`Guard`]).
pub fn flows_keep_their_promises(setting: &Setting, events: &[Event]) {
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
    let mut guard = Guard::default();
    let mut now = Duration::from_secs(1000);
    for event in events {
        let number = usize::from(event.flow) % drivers.len();
        let driver = &mut drivers[number];
        let told = driver.wake.saturating_sub(now);
        now += match event.pass {
            Pass::Nothing => Duration::ZERO,
            Pass::AsTold => told,
            Pass::Hundredths(hundredths) => told * hundredths.into() / 100,
            Pass::Millis(millis) => Duration::from_millis(millis.into()),
            Pass::Seconds(seconds) => Duration::from_secs(seconds.into()),
        };
        driver.step(&event.outcome, &mut guard, now);
    }
    all_end(&mut drivers, &mut guard, now);
}

/// From here on no request is answered, and time passes as it is asked to.
fn all_end(drivers: &mut [Driver], guard: &mut Guard, mut now: Duration) {
    for _ in 0..100_000 {
        let mut next = None;
        for driver in drivers.iter_mut().filter(|driver| !driver.is_done) {
            driver.step(&Outcome::GivenUp, guard, now);
            let due = driver.wake.max(now);
            next = Some(next.map_or(due, |next: Duration| next.min(due)));
        }
        match next {
            None => return,
            Some(due) => now = due,
        }
    }
    panic!("they do not end");
}

struct Driver {
    flow: Box<dyn Flow<Item = Session>>,
    kind: Kind,
    /// How often one request may be sent again, and for how long.
    retries: u32,
    limit: Duration,
    /// When it was stepped first.
    started: Option<Duration>,
    /// When it began to ask for what it asks for now, and how many requests it has sent for it.
    began: Option<Duration>,
    sent: u32,
    /// The request that is under way.
    asked: Option<Request<()>>,
    /// Until when it asked to wait.
    wake: Duration,
    /// When the service wants its next request.
    not_before: Duration,
    items: u32,
    ids: BTreeSet<String>,
    last: Option<Session>,
    /// The next step has to be `Done`.
    is_over: bool,
    is_done: bool,
}

impl Driver {
    fn new(api: &Api, kind: Kind, retries: u32, limit: Duration) -> Self {
        let id = ID.parse().unwrap();
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
                    Some(most) => list.at_most(most.into()),
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
            asked: None,
            wake: Duration::ZERO,
            not_before: Duration::ZERO,
            items: 0,
            ids: BTreeSet::new(),
            last: None,
            is_over: false,
            is_done: false,
        }
    }

    fn step(&mut self, outcome: &Outcome, guard: &mut Guard, now: Duration) {
        match self.asked.take() {
            Some(request) => self.receive(&request, outcome, guard, now),
            // What nobody asked for changes nothing.
            None => {
                let request = Request::new(());
                if let Some(unasked) = outcome.of(&request) {
                    self.flow.receive(unasked, now);
                }
            }
        }
        let started = *self.started.get_or_insert(now);
        let step = self.flow.step(now);
        assert!(!self.is_over || matches!(step, Step::Done), "{step:?} after the last item");
        self.wake = now;
        match step {
            Step::Send(request) => {
                self.sends(started, now);
                guard.sends(now);
                self.asked = Some(request);
            }
            Step::Wait(pause) => {
                assert!(!pause.is_zero(), "a wait for nothing would spin");
                self.wake = now + pause;
                let end = match self.kind {
                    Kind::Watch(_) => self.deadline(started),
                    _ => *self.began.get_or_insert(now) + self.limit,
                };
                assert!(self.wake <= end, "it would wait until {:?}, and ends at {end:?}", self.wake);
            }
            Step::Yield(item) => self.takes(item),
            Step::Done => {
                (self.is_over, self.is_done) = (true, true);
                assert!(!matches!(self.kind, Kind::Get) || self.items == 1, "{} items", self.items);
            }
        }
    }

    fn receive(&mut self, request: &Request<()>, outcome: &Outcome, guard: &mut Guard, now: Duration) {
        guard.learns(outcome, now);
        if outcome.is_transient() {
            self.not_before = now.saturating_add(outcome.retry_after().unwrap_or_default());
        } else if !matches!(self.kind, Kind::Get) {
            // That was an answer: what comes next is another question.
            (self.began, self.sent) = (None, 0);
        }
        // Where there is nothing to hand in, the next step finds the request given up.
        if let Some(outcome) = outcome.of(request) {
            self.flow.receive(outcome, now);
        }
    }

    fn sends(&mut self, started: Duration, now: Duration) {
        let began = *self.began.get_or_insert(now);
        assert!(now <= began + self.limit, "sent at {now:?}, begun at {began:?}");
        assert!(now >= self.not_before, "sent at {now:?}, before {:?}", self.not_before);
        assert!(!matches!(self.kind, Kind::Watch(_)) || now < self.deadline(started));
        self.sent += 1;
        assert!(self.sent <= self.retries + 1, "{} requests", self.sent);
    }

    fn deadline(&self, started: Duration) -> Duration {
        match self.kind {
            Kind::Watch(deadline) => started + Duration::from_secs((deadline % 600).into()),
            _ => Duration::MAX,
        }
    }

    fn takes(&mut self, item: Result<Session, Error>) {
        self.items += 1;
        match (&item, self.kind) {
            (_, Kind::Get) | (Err(_), Kind::List { .. }) => self.is_over = true,
            (Ok(session), Kind::List { at_most, .. }) => {
                assert!(self.ids.insert(session.session_id.to_string()), "{} twice", session.session_id);
                assert!(at_most.is_none_or(|most| self.ids.len() <= most.into()));
            }
            (Ok(session), Kind::Watch(_)) => {
                assert_ne!(self.last.as_ref(), Some(session));
                self.last = Some(session.clone());
                self.is_over =
                    matches!(session.status, Some(SessionStatus::Finished | SessionStatus::Failed));
            }
            (Err(error), Kind::Watch(_)) => self.is_over = !error.is_transient(),
        }
        if let Err(error) = &item {
            is_fit_to_be_shown(error);
            assert!(!matches!(error, Error::InvalidInput(_)));
            assert!(!matches!(self.kind, Kind::Get) || error.attempts() == self.sent, "{error:?}");
        }
        if !matches!(self.kind, Kind::Get) {
            (self.began, self.sent) = (None, 0);
        }
    }
}
