//! `fake --grow`: sessions that start while the fake runs, and end later.

use std::thread;
use std::time::{Duration, Instant, SystemTime};

use brightdata_sessions::{Captcha, Session, SessionId, SessionStatus, Timestamp};
use brightdata_sessions_testkit::{FakeApi, generate};

use crate::args::Rate;
use crate::error::CliError;

/// The number of sessions at which the fake stops to grow, because it keeps all of them in memory.
pub(super) const MAX_SESSIONS: u32 = 1_000_000;
/// The number of different sessions, apart from ids and times.
const PATTERNS: usize = 1_000;
/// The shortest time between two additions to the fake.
const TICK: Duration = Duration::from_millis(20);

/// Adds sessions at this rate until the fake holds the maximum.
pub(super) fn grow(fake: &FakeApi, seed: u64, existing: u32, rate: Rate) -> Result<(), CliError> {
    // The first six are the same for every seed.
    let patterns = generate(seed, PATTERNS).split_off(6);
    let interval = rate.per.div_f64(rate.requests.into());
    let (start, clock) = (Instant::now(), SystemTime::now());
    let numbers = 1..=MAX_SESSIONS.saturating_sub(existing);
    for (number, pattern) in numbers.zip(patterns.iter().cycle()) {
        let due = interval.saturating_mul(number);
        let wait = due.saturating_sub(start.elapsed());
        if !wait.is_zero() {
            thread::sleep(wait.max(TICK));
        }
        let id = SessionId::new(format!("{:08x}-0000-4000-8000-{number:012x}", seed & 0xffff_ffff))?;
        let start = clock + due;
        let ended = pattern.clone().with(|session| {
            session.session_id = id;
            session.timestamp = Timestamp::try_from(start).ok();
        });
        fake.insert_at(start, running(&ended));
        fake.insert_at(start + Duration::from_secs_f64(ended.duration.unwrap_or_default()), ended);
    }
    Ok(())
}

/// Returns the record of the session while it runs.
fn running(ended: &Session) -> Session {
    ended.clone().with(|session| {
        session.status = Some(SessionStatus::Running);
        (session.end_url, session.duration, session.error) = (None, None, None);
        (session.captcha, session.bandwidth) = (Some(Captcha::None), Some(0));
    })
}
