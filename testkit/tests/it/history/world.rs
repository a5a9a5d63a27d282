//! A random world.

use std::collections::BTreeSet;
use std::fmt;
use std::time::{Duration, SystemTime};

use brightdata_sessions::{Session, SessionStatus, Timestamp};
use brightdata_sessions_testkit::{ListRules, SimulatedApi};

/// SplitMix64 with a seed.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit.max(1)
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }
}

const MINUTE: u64 = 60_000;

/// A service with sessions that start, end, and are listed late.
pub(super) struct World {
    pub(super) service: SimulatedApi,
    /// The ids of the sessions that a history yields.
    pub(super) sessions: BTreeSet<String>,
    /// The ids of the sessions that the service forgets.
    pub(super) forgotten: BTreeSet<String>,
    /// The start date of the history.
    pub(super) since: Option<Timestamp>,
    /// The time of the last change, in milliseconds after the origin.
    pub(super) end: u64,
    /// The longest exchange in milliseconds. If sessions are forgotten, it is long enough for that.
    pub(super) longest_exchange: u64,
    rules: ListRules,
    /// Each session: its start, and the times at which its records are listed.
    log: Vec<String>,
}

impl World {
    pub(super) fn new(random: &mut Random) -> Self {
        let mut rules = ListRules::default();
        rules.includes_start_date = random.below(2) == 0;
        rules.includes_end_date = random.below(2) == 0;
        rules.compares_fractions = random.below(2) == 0;
        rules.shows_fractions = random.below(2) == 0;
        rules.max_limit = random.one_of(&[1, 3, 7, 100]);
        rules.sends_date = random.below(8) > 0;
        let period = random.one_of(&[10 * MINUTE, 180 * MINUTE, 3_000 * MINUTE]);
        let since = random.one_of(&[None, Some(0), Some(period / 3)]);
        let mut world = Self {
            service: SimulatedApi::new().with_rules(rules),
            sessions: BTreeSet::new(),
            forgotten: BTreeSet::new(),
            since: None,
            end: period,
            longest_exchange: 5 * MINUTE,
            rules,
            log: Vec::new(),
        };
        world.since = since.map(|since| Timestamp::try_from(world.time(since)).unwrap());
        let delay = random.one_of(&[0, 10_000, 5 * MINUTE]);
        let life = random.one_of(&[MINUTE, 60 * MINUTE]);
        let has_fractions = random.below(2) == 0;
        // A session is kept until long after its end. A history cannot detect that a list shifts if
        // a page has one session only.
        let retention = 120 * MINUTE + random.below(period);
        let forgets = rules.max_limit > 1 && period > 1_000 * MINUTE;
        if forgets {
            world.longest_exchange = period / 5;
        }
        let count = random.below(40);
        let mut start = random.below(period);
        for number in 0..count {
            // Some sessions start at the same moment, or in the same second.
            start = match random.below(4) {
                0 => start,
                1 => start / 1000 * 1000 + random.below(1000),
                _ => random.below(period),
            };
            let moment = if has_fractions { start } else { start / 1000 * 1000 };
            let listed = moment + random.below(delay + 1);
            let ended = moment + random.below(life + 1);
            let end_listed = (ended + random.below(delay + 1)).max(listed);
            world.add(&format!("s{number}"), moment, listed, end_listed);
            let forgotten = moment + retention;
            if forgets && forgotten < period {
                world.forget(&format!("s{number}"), forgotten);
            }
            let second = moment / 1000 * 1000;
            if since.is_none_or(|since| second >= since / 1000 * 1000) {
                world.sessions.insert(format!("s{number}"));
            }
        }
        world
    }

    /// Returns the time this many milliseconds after the origin of the world.
    pub(super) fn time(&self, milliseconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_765_843_200) + Duration::from_millis(milliseconds)
    }

    fn add(&mut self, id: &str, start: u64, listed: u64, end_listed: u64) {
        let second = Timestamp::try_from(self.time(start)).unwrap();
        let timestamp = match start % 1000 {
            0 => second,
            millis => second.as_str().replace('Z', &format!(".{millis:03}Z")).parse().unwrap(),
        };
        let session = Session::new(id.parse().unwrap()).with(|session| session.timestamp = Some(timestamp));
        let with = |status| session.clone().with(|session| session.status = Some(status));
        let times = [self.time(listed), self.time(end_listed)];
        self.service.insert_at(times[0], with(SessionStatus::Running));
        self.service.insert_at(times[1], with(SessionStatus::Finished));
        self.end = self.end.max(end_listed);
        self.log.push(format!("{id}: {start}, listed {listed}, ended {end_listed}"));
    }
}

impl World {
    fn forget(&mut self, id: &str, at: u64) {
        self.service.remove_at(self.time(at), id);
        self.forgotten.insert(id.to_owned());
        self.log.push(format!("{id}: forgotten {at}"));
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("rules", &self.rules)
            .field("since", &self.since)
            .field("end", &self.end)
            .field("log", &self.log)
            .finish_non_exhaustive()
    }
}
