//! A discrete-event simulation of callers at a rate-limited service.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::{Duration, UNIX_EPOCH};

use brightdata_sessions::http::{Request, Response};
use brightdata_sessions::{
    Api, ApiKey, Flow, ListSessions, Session, SessionId, Step, TransportError, TransportErrorKind,
};
use brightdata_sessions_testkit::{RateLimit, RateMeter};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
/// The time within which the service counts its 429s.
const WINDOW: Duration = Duration::from_secs(300);
/// The pace counts as learned after this time, and after this time since a change of the limit.
const LEARNED: Duration = Duration::from_secs(600);
/// The time limit of the simulated transport.
const TIMEOUT: Duration = Duration::from_secs(30);
const ID: &str = "3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f";

/// The work of each caller.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Job {
    /// One session after the other, until the end of the run.
    Gets,
    /// A list with this number of pages.
    List(u32),
}

/// A simulated run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scenario {
    pub(crate) limit: RateLimit,
    /// The limit changes at this time.
    pub(crate) change: Option<(Duration, RateLimit)>,
    /// The requests per minute of other clients, which count as well.
    pub(crate) others: f64,
    /// The mean time of an exchange. Each takes up to 25 % more or less.
    pub(crate) latency: Duration,
    /// In percent.
    pub(crate) lost: u64,
    pub(crate) dropped: u64,
    /// Whether each response of 429 is lost in the manner of a timeout, as with a short time limit.
    pub(crate) blind: bool,
    pub(crate) job: Job,
    pub(crate) callers: usize,
    /// The callers are shared among guards that are independent of each other.
    pub(crate) guards: usize,
    /// The rate that the user set.
    pub(crate) rate: Option<(u32, Duration)>,
    pub(crate) span: Duration,
    pub(crate) seed: u64,
}

impl Scenario {
    pub(crate) fn new(limit: RateLimit) -> Self {
        Self {
            limit,
            change: None,
            others: 0.0,
            latency: Duration::from_millis(150),
            lost: 0,
            dropped: 0,
            blind: false,
            job: Job::Gets,
            callers: 8,
            guards: 1,
            rate: None,
            span: 30 * MINUTE,
            seed: 1,
        }
    }
}

/// The figures of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Figures {
    /// The accepted requests as a share of those that the limit and the latency allow.
    pub(crate) share: f64,
    /// The same from the tenth minute on.
    pub(crate) late_share: f64,
    /// The time at which the last job ended.
    pub(crate) finished: Duration,
    /// The maximum number of 429s in five minutes while the pace is learned, and afterwards.
    pub(crate) learning_429: usize,
    pub(crate) learned_429: usize,
    pub(crate) all_429: usize,
    pub(crate) failed: usize,
    pub(crate) good: usize,
    pub(crate) waits: usize,
    /// Good calls of the caller with the fewest and with the most.
    pub(crate) fewest: usize,
    pub(crate) most: usize,
}

type Outcome = Result<Response<Vec<u8>>, TransportError>;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 up to 1.
    fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn percent(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }
}

#[expect(clippy::large_enum_variant, reason = "a box for each request would take more time than its room")]
enum Event {
    Step(usize),
    /// A request arrives at the service, even if its call was dropped.
    Arrive(usize, u32, Request<()>),
    /// The exchange of a caller ends, unless its call was dropped.
    Return(usize, u32, Box<Outcome>),
    /// The service is done with a request.
    Depart,
    Drop(usize, u32),
    Other,
    Change,
}

struct Caller {
    flow: Box<dyn Flow<Item = Session>>,
    api: usize,
    /// The number of dropped calls, so that outcomes of a dropped one are ignored.
    dropped: u32,
    in_flight: bool,
    good: usize,
}

struct World {
    scenario: Scenario,
    apis: Vec<Api>,
    callers: Vec<Caller>,
    random: Random,
    meter: RateMeter,
    queue: BinaryHeap<Reverse<(Duration, u64)>>,
    events: Vec<Option<Event>>,
    free: Vec<u32>,
    number: u64,
    accepted: Vec<Duration>,
    refused: Vec<Duration>,
    figures: Figures,
    end: Duration,
}

/// Runs a scenario.
pub(crate) fn run(scenario: &Scenario) -> Figures {
    let apis: Vec<_> = (0..scenario.guards)
        .map(|guard| {
            let api = Api::new(ApiKey::new("0123456789abcdef").unwrap())
                .with_seed(scenario.seed.wrapping_mul(1000) + guard as u64);
            match scenario.rate {
                Some((requests, per)) => api.with_rate(requests, per).unwrap(),
                None => api,
            }
        })
        .collect();
    let callers = (0..scenario.callers)
        .map(|caller| {
            let api = caller % scenario.guards;
            Caller { flow: flow(&apis[api], scenario.job), api, dropped: 0, in_flight: false, good: 0 }
        })
        .collect();
    let mut world = World {
        scenario: *scenario,
        apis,
        callers,
        random: Random(scenario.seed),
        meter: RateMeter::new(scenario.limit),
        queue: BinaryHeap::new(),
        events: Vec::new(),
        free: Vec::new(),
        number: 0,
        accepted: Vec::new(),
        refused: Vec::new(),
        figures: Figures::default(),
        end: Duration::ZERO,
    };
    world.run();
    world.finish()
}

fn flow(api: &Api, job: Job) -> Box<dyn Flow<Item = Session>> {
    match job {
        Job::Gets => Box::new(api.get(&ID.parse::<SessionId>().unwrap())),
        Job::List(_) => Box::new(api.list(ListSessions::new().limit(1))),
    }
}

impl World {
    /// Time of day at which the run starts, within a window of the service.
    const START: Duration = Duration::from_millis(1_000_007_300);

    fn plan(&mut self, at: Duration, event: Event) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.events.push(None);
            (self.events.len() - 1) as u32
        });
        self.events[slot as usize] = Some(event);
        // Events of the same time keep their order.
        self.number += 1;
        self.queue.push(Reverse((at, (self.number << 24) | u64::from(slot))));
    }

    fn run(&mut self) {
        for caller in 0..self.callers.len() {
            self.plan(Duration::ZERO, Event::Step(caller));
        }
        if self.scenario.others > 0.0 {
            self.plan(Duration::ZERO, Event::Other);
        }
        if let Some((at, _)) = self.scenario.change {
            self.plan(at, Event::Change);
        }
        let mut running = self.callers.len();
        while let Some(Reverse((now, key))) = self.queue.pop() {
            if now >= self.scenario.span || running == 0 {
                break;
            }
            let slot = (key & 0xff_ffff) as usize;
            let event = self.events[slot].take().unwrap();
            self.free.push(slot as u32);
            self.end = now;
            match event {
                Event::Step(caller) => running -= usize::from(self.step(caller, now)),
                Event::Arrive(caller, dropped, request) => self.arrive(caller, dropped, &request, now),
                Event::Return(caller, dropped, outcome) => {
                    let caller_state = &mut self.callers[caller];
                    if caller_state.dropped == dropped {
                        caller_state.in_flight = false;
                        caller_state.flow.receive(*outcome, now.into());
                        running -= usize::from(self.step(caller, now));
                    }
                }
                Event::Depart => self.meter.depart(),
                Event::Drop(caller, dropped) => {
                    let caller_state = &mut self.callers[caller];
                    if caller_state.dropped == dropped && caller_state.in_flight {
                        caller_state.dropped += 1;
                        caller_state.in_flight = false;
                        caller_state.flow = flow(&self.apis[caller_state.api], self.scenario.job);
                        self.plan(now, Event::Step(caller));
                    }
                }
                Event::Other => {
                    if self.meter.arrive(now + Self::START).is_ok() {
                        self.plan(now + self.scenario.latency, Event::Depart);
                    }
                    // A Poisson process.
                    let pause = -(1.0 - self.random.fraction()).ln() * 60.0 / self.scenario.others;
                    self.plan(now + Duration::from_secs_f64(pause), Event::Other);
                }
                Event::Change => self.meter.set_limit(self.scenario.change.unwrap().1),
            }
        }
        self.figures.finished = if running == 0 { self.end } else { Duration::MAX };
    }

    /// Steps a caller, and returns whether its job ended.
    fn step(&mut self, number: usize, now: Duration) -> bool {
        loop {
            let caller = &mut self.callers[number];
            match caller.flow.step(now.into()) {
                Step::Send(request) => {
                    caller.in_flight = true;
                    let dropped = caller.dropped;
                    let latency = self.scenario.latency.mul_f64(0.75 + 0.5 * self.random.fraction());
                    self.plan(now + latency / 2, Event::Arrive(number, dropped, request));
                    if self.random.percent(self.scenario.dropped) {
                        let at = now + latency.mul_f64(self.random.fraction());
                        self.plan(at, Event::Drop(number, dropped));
                    }
                    return false;
                }
                Step::Wait(wait) => {
                    self.figures.waits += 1;
                    assert!(!wait.duration.is_zero(), "a wait of zero would make the driver spin");
                    self.plan(now + wait.duration, Event::Step(number));
                    return false;
                }
                Step::Yield(item) => {
                    self.figures.failed += usize::from(item.is_err());
                    caller.good += usize::from(item.is_ok());
                    let failed = item.is_err();
                    if self.scenario.job == Job::Gets {
                        caller.flow = flow(&self.apis[caller.api], self.scenario.job);
                        if failed {
                            self.plan(now + SECOND, Event::Step(number));
                            return false;
                        }
                    }
                }
                Step::Done => return true,
            }
        }
    }

    fn arrive(&mut self, number: usize, dropped: u32, request: &Request<()>, now: Duration) {
        let latency = self.scenario.latency.mul_f64(0.75 + 0.5 * self.random.fraction());
        let at = now + latency / 2;
        let mut blind = false;
        let outcome = match self.meter.arrive(now + Self::START) {
            Ok(()) => {
                self.accepted.push(now);
                self.plan(at, Event::Depart);
                self.respond(request)
            }
            Err(wait) => {
                self.refused.push(now);
                blind = self.scenario.blind;
                let mut response = Response::builder().status(429);
                for (name, value) in self.meter.limit().headers(wait, UNIX_EPOCH + Self::START + now) {
                    response = response.header(name, value);
                }
                Ok(response.body(Vec::new()).unwrap())
            }
        };
        let (at, outcome) = if blind {
            (at + SECOND, Err(TransportErrorKind::Timeout.into()))
        } else if self.random.percent(self.scenario.lost) {
            // Some responses break off, others do not come in time.
            match self.random.percent(50) {
                true => (at, Err(TransportErrorKind::Connection.into())),
                false => (now + TIMEOUT, Err(TransportErrorKind::Timeout.into())),
            }
        } else {
            (at, outcome)
        };
        self.plan(at, Event::Return(number, dropped, Box::new(outcome)));
    }

    fn respond(&self, request: &Request<()>) -> Outcome {
        let body = match self.scenario.job {
            Job::Gets => format!(r#"{{"session":{{"session_id":"{ID}"}}}}"#),
            Job::List(pages) => {
                let query = request.uri().query().unwrap_or_default();
                let offset = query.split('&').find_map(|pair| pair.strip_prefix("offset="));
                let offset: u32 = offset.map_or(0, |offset| offset.parse().unwrap());
                let next = offset + 1;
                let more = next < pages;
                let next = if more { next.to_string() } else { "null".into() };
                format!(
                    r#"{{"sessions":[{{"session_id":"{offset}"}}],"pagination":{{"has_more":{more},"next_offset":{next}}}}}"#
                )
            }
        };
        Ok(Response::new(body.into()))
    }

    fn finish(self) -> Figures {
        let Scenario { limit, change, others, latency, callers, span, .. } = self.scenario;
        // Half of the responses that are lost take until the time limit.
        let lost = self.scenario.lost as f64 / 100.0 / 2.0;
        let exchange = latency.mul_f64(1.0 - lost) + TIMEOUT.mul_f64(lost);
        let demand = callers.min(20 * self.scenario.guards) as f64 / exchange.as_secs_f64();
        let end = span.min(self.end);
        let others = others / 60.0;
        let most = |limit: &RateLimit, span: Duration| {
            // The service accepts others as well, and callers cannot send faster than responses come.
            let seconds = span.as_secs_f64();
            (limit.most_accepted(span, latency) - others * seconds).min(demand * seconds)
        };
        let steady = |limit: &RateLimit, from: Duration, to: Duration| {
            let span = to.saturating_sub(from);
            (most(limit, 10_000 * MINUTE + span) - most(limit, 10_000 * MINUTE)).max(1e-9)
        };
        let changed = change.filter(|(at, _)| *at < end);
        let (total, late) = match changed {
            Some((at, next)) => (
                most(&limit, at) + steady(&next, at, end),
                steady(&limit, LEARNED, at) + steady(&next, at, end),
            ),
            None => (most(&limit, end), steady(&limit, LEARNED, end)),
        };
        let in_late = self.accepted.iter().filter(|at| **at >= LEARNED).count();
        let learned_until = changed.map_or(Duration::MAX, |(at, _)| at);
        let relearned_from = changed.map_or(Duration::ZERO, |(at, _)| at + LEARNED);
        let is_learned =
            |at: Duration| at >= LEARNED && at < learned_until || at >= LEARNED.max(relearned_from);
        // A window that begins while the pace is learned belongs to that time.
        let (mut learning_429, mut learned_429) = (0, 0);
        for (first, &start) in self.refused.iter().enumerate() {
            if is_learned(start) {
                // It ends where the limit changes.
                let until = if start < learned_until { learned_until } else { Duration::MAX };
                let end = until.min(start + WINDOW);
                learned_429 = learned_429.max(self.refused[first..].partition_point(|&at| at < end));
            } else {
                let count = self.refused[first..].partition_point(|&at| at < start + WINDOW);
                learning_429 = learning_429.max(count);
            }
        }
        Figures {
            share: self.accepted.len() as f64 / total,
            late_share: in_late as f64 / late,
            learning_429,
            learned_429,
            all_429: self.refused.len(),
            good: self.callers.iter().map(|caller| caller.good).sum(),
            fewest: self.callers.iter().map(|caller| caller.good).min().unwrap_or_default(),
            most: self.callers.iter().map(|caller| caller.good).max().unwrap_or_default(),
            ..self.figures
        }
    }
}
