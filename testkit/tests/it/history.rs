//! Histories and followers in random worlds: sessions that start, end and are listed late, lists
//! that are read by any rule, failures, and interruptions at any point.
//!
//! Each world is made from a seed, which a failure names.

use std::collections::BTreeMap;
use std::time::Duration;

use brightdata_sessions::http::Request;
use brightdata_sessions::{
    Api, ApiKey, ErrorKind, Flow, HistoryCursor, ListSessions, Now, RetryPolicy, Session, SessionStatus,
    Step, TransportErrorKind,
};

use self::world::{Random, World};

mod rules;
mod world;

/// The number of worlds. Each takes about 10 ms.
const WORLDS: u64 = 1_000;

fn api() -> Api {
    Api::new(ApiKey::new("0123456789abcdef").unwrap()).with_retry(RetryPolicy::none())
}

/// A program that stores its items, then the cursor, and is killed at any point.
struct Program {
    world: World,
    random: Random,
    /// The time in milliseconds after the origin of the world.
    now: u64,
    cursor: String,
    /// Whether each status of each session that was yielded is that of an ended session.
    yielded: BTreeMap<String, Vec<bool>>,
    /// The number of items that can still be yielded before the program is killed.
    lives: u64,
    /// Stores the cursor after every nth item only.
    stores_every: u64,
    /// The items since the cursor was stored.
    unstored: u64,
}

/// The reason why a program stops.
#[derive(Debug, PartialEq, Eq)]
enum Stop {
    Killed,
    /// The end of the list was reached by requests that were all sent after the last change.
    Complete,
    /// The flow ended before that.
    Ended,
}

impl Program {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let world = World::new(&mut random);
        let now = random.below(world.end);
        let stores_every = if random.below(2) == 0 { 1 } else { 1 + random.below(20) };
        let cursor = serde_json::to_string(&HistoryCursor::default()).unwrap();
        Self { world, random, now, cursor, yielded: BTreeMap::new(), lives: 0, stores_every, unstored: 0 }
    }

    fn request(&mut self) -> ListSessions {
        let request = ListSessions::new().limit(1 + self.random.below(12) as u32);
        match &self.world.since {
            Some(since) => request.start_date(since.clone()),
            None => request,
        }
    }

    fn cursor(&self) -> HistoryCursor {
        serde_json::from_str(&self.cursor).unwrap()
    }

    /// Drives a flow until it is complete, or ends, or the program is killed.
    fn run<F: Flow<Item = Session>>(&mut self, flow: &mut F, cursor: impl Fn(&F) -> &HistoryCursor) -> Stop {
        self.lives = if self.random.below(3) == 0 { self.random.below(60) } else { u64::MAX };
        self.unstored = 0;
        let mut is_complete = self.now > self.world.end;
        loop {
            match flow.step(Now::from(Duration::from_millis(self.now))) {
                Step::Send(request) => {
                    if self.random.below(100) == 0 {
                        return Stop::Killed;
                    }
                    self.exchange(flow, &request);
                }
                // The end of a pass.
                Step::Wait(_) if is_complete => return Stop::Complete,
                Step::Wait(wait) => {
                    self.now += wait.duration.as_millis() as u64;
                    is_complete = self.now > self.world.end;
                }
                Step::Yield(Ok(session)) => {
                    if self.lives == 0 {
                        return Stop::Killed;
                    }
                    self.lives -= 1;
                    let is_ended = session.status.as_ref().is_some_and(SessionStatus::is_ended);
                    self.yielded.entry(session.session_id.to_string()).or_default().push(is_ended);
                    self.unstored += 1;
                    if self.unstored == self.stores_every {
                        self.unstored = 0;
                        self.cursor = serde_json::to_string(cursor(flow)).unwrap();
                    }
                }
                Step::Yield(Err(error)) => {
                    // A list that shifts is an error or is listed again, but never a gap.
                    let has_shifted = error.kind() == ErrorKind::MalformedBody;
                    let may_shift = !self.world.forgotten.is_empty();
                    assert!(error.is_transient() || has_shifted && may_shift, "{error:#} {:#?}", self.world);
                    is_complete = false;
                }
                Step::Done => {
                    self.cursor = serde_json::to_string(cursor(flow)).unwrap();
                    return if is_complete { Stop::Complete } else { Stop::Ended };
                }
            }
        }
    }

    /// Answers a request, sometimes late or with a failure.
    fn exchange(&mut self, flow: &mut impl Flow, request: &Request<()>) {
        let response = self.world.service.respond(request, self.world.time(self.now));
        let longest = if self.random.below(20) == 0 { self.world.longest_exchange } else { 2_000 };
        self.now += self.random.below(longest);
        let now = Now::from(Duration::from_millis(self.now));
        if self.random.below(40) == 0 {
            flow.receive(Err(TransportErrorKind::Connection.into()), now);
        } else {
            assert_eq!(response.status(), 200);
            flow.receive(Ok(response), now);
        }
    }

    /// Asserts that each session was yielded as often as it must be, with these statuses.
    fn assert_complete(&self, seed: u64, is_right: impl Fn(&[bool]) -> bool) {
        for session in &self.world.sessions {
            let yielded = self.yielded.get(session.as_str()).map_or(&[][..], Vec::as_slice);
            let is_excused = self.world.forgotten.contains(session) && matches!(yielded, [] | [false]);
            assert!(
                is_right(yielded) || is_excused,
                "seed {seed}: {session} was yielded {yielded:?}\n{:#?}",
                self.world
            );
        }
        let unexpected = self.yielded.keys().find(|id| !self.world.sessions.contains(*id));
        assert_eq!(unexpected, None, "seed {seed}: started before the start date");
    }
}

/// Follows a world to its end, with interruptions.
fn follow(seed: u64) {
    let mut program = Program::new(seed);
    let interval = Duration::from_millis(1_000 + program.random.below(program.world.end / 4));
    loop {
        let request = program.request();
        let mut follower = api().follow(request).with_interval(interval).resume(program.cursor());
        match program.run(&mut follower, |follower| follower.cursor()) {
            Stop::Complete => break,
            Stop::Ended if program.world.forgotten.is_empty() => {
                panic!("seed {seed}: a follower does not end")
            }
            Stop::Ended | Stop::Killed => program.now += program.random.below(600_000),
        }
    }
    if program.stores_every == 1 {
        program.assert_complete(seed, |yielded| matches!(yielded, [true] | [false, true]));
    } else {
        // Items after the stored cursor are repeated.
        program.assert_complete(seed, |yielded| {
            let ends = yielded.iter().filter(|is_ended| **is_ended).count();
            ends > 0 && yielded.is_sorted()
        });
    }
}

/// Runs a history again and again, as cron does, with interruptions.
fn repeat(seed: u64) {
    let mut program = Program::new(seed);
    let with_ends = program.random.below(2) == 0;
    let has_end = program.random.below(2) == 0;
    let period = 60_000 + program.random.below(program.world.end / 4);
    loop {
        let request = program.request();
        // Each run may end at its own start, rounded up to a second.
        let end = program.world.time(program.now + 1_000);
        let request = if has_end { request.end_date(end) } else { request };
        let history = api().history(request).resume(program.cursor());
        let mut history = if with_ends { history.with_ends() } else { history };
        if program.run(&mut history, |history| history.cursor()) == Stop::Complete {
            break;
        }
        program.now += program.random.below(period);
    }
    match (program.stores_every, with_ends) {
        (1, true) => program.assert_complete(seed, |yielded| matches!(yielded, [true] | [false, true])),
        (1, false) => program.assert_complete(seed, |yielded| matches!(yielded, [_])),
        (_, true) => program.assert_complete(seed, |yielded| yielded.contains(&true) && yielded.is_sorted()),
        (_, false) => program.assert_complete(seed, |yielded| !yielded.is_empty()),
    }
}

#[test]
fn a_follower_yields_each_event_exactly_once() {
    (0..WORLDS).for_each(follow);
}

#[test]
fn repeated_histories_yield_each_session_exactly_once() {
    (0..WORLDS).for_each(repeat);
}

#[ignore = "takes some minutes"]
#[test]
fn fifty_thousand_worlds_are_complete() {
    (WORLDS..WORLDS + 25_000).for_each(|seed| {
        follow(seed);
        repeat(seed);
    });
}
