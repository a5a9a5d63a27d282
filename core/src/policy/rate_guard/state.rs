//! The state of a rate guard: which request may be sent next, and what each outcome changes.

use std::fmt;
use std::mem;
use std::time::Duration;

use super::in_flight::MAX_IN_FLIGHT;
use super::losses::{Cause, SUSPICIOUS};
use super::recent::Recent;
use super::saved::Codec;
use super::{InFlight, Losses, Pace, Pause, Quota};
use crate::{Now, Wait, WaitReason};

/// The number of recent 429s, with those that requests in flight may become, at which the pace no
/// longer grows. A guess of the pace, which is only made once, may cost two more.
const MAX_429_BY_GROWTH: u32 = 6;
const MAX_429_BY_GUESS: u32 = 8;
/// From this number of 429s in the window on, each causes a pause of a minute. Several guards that
/// do not know of each other may share the limit.
const MANY_429: u32 = 7;
const LONG_PAUSE: Duration = Duration::from_secs(60);
/// The pause after responses that were not seen and may have been 429s.
const SUSPICION_PAUSE: Duration = Duration::from_secs(5);
/// Polling interval for a free slot. Multiplied by the number of waiters per slot.
const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// The longest wait for a turn, because the pace may grow meanwhile.
const LONGEST_TURN: Duration = Duration::from_secs(15);
/// The core cannot wake sleepers, so a free slot goes to the first caller that polls, even a new
/// one. A caller that has waited for this time takes precedence over new callers.
const PRIORITY_AFTER: Duration = Duration::from_millis(250);

/// The state of a guard.
#[derive(Default)]
pub(super) struct State {
    recent: Recent,
    pause: Pause,
    pace: Pace,
    losses: Losses,
    in_flight: InFlight,
    quota: Option<Box<Quota>>,
    /// The number of tickets issued to callers that wait, and of those that no longer wait.
    issued: u64,
    left: u64,
    /// The number of calls that have waited for `PRIORITY_AFTER`, and for which slots are reserved.
    overdue: u32,
    /// The latest time that the guard was given.
    latest: Now,
}

/// A caller that waits for a permit.
#[derive(Debug)]
pub(super) struct Waiting {
    /// The start of the wait.
    pub(super) since: Now,
    /// Its number among those that wait, from the second attempt on.
    pub(super) ticket: Option<u64>,
    /// Whether slots are reserved for it.
    pub(super) is_overdue: bool,
}

/// A request that was sent.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sent {
    /// Identifies it among the requests of all processes that share the state.
    pub(super) number: u64,
    pub(super) at: Now,
    /// It was the nth request in flight.
    pub(super) nth: u32,
}

impl State {
    pub(super) fn set_quota(&mut self, quota: Quota) {
        self.quota = Some(Box::new(quota));
        self.in_flight.open();
    }

    /// Takes over what processes share. The callers that wait, and the rate that was set, stay.
    pub(super) fn replace(&mut self, read: Self, now: Now) {
        let Self { recent, pause, pace, losses, mut in_flight, .. } = read;
        in_flight.expire_saved(now);
        *self = Self { recent, pause, pace, losses, in_flight, ..mem::take(self) };
        if self.quota.is_some() {
            self.in_flight.open();
        }
    }

    /// Writes or reads what processes share.
    pub(super) fn code(&mut self, codec: &mut Codec) {
        self.recent.code(codec);
        self.pause.code(codec);
        self.pace.code(codec);
        self.losses.code(codec);
        self.in_flight.code(codec);
    }

    /// Lets a caller send, or returns how long it waits before the next attempt.
    pub(super) fn acquire(&mut self, caller: &mut Waiting, now: Now) -> Result<Sent, Wait> {
        self.latest = self.latest.max(now);
        if self.is_unlimited() && self.in_flight.count() < self.in_flight.max() {
            return Ok(self.in_flight.add(now));
        }
        let is_new = caller.ticket.is_none();
        let waiting = self.issued.saturating_sub(self.left);
        // Those that left may have been behind this one. Then its turn comes too early, and it waits
        // again.
        let before = caller.ticket.unwrap_or(self.issued).saturating_sub(self.left);
        let before = u32::try_from(before).unwrap_or(u32::MAX);
        let interval = self.interval();
        // A new caller queues up, unless there is nothing to wait for.
        let queues_up = is_new && waiting > 0 && !interval.is_zero();
        let due = self.due(now).since(now);

        let wait = if let Some(pause) = self.pause(now) {
            Wait::new(pause.saturating_add(turn(interval, before)), WaitReason::RateLimited)
        } else if !due.is_zero() || queues_up {
            Wait::new(due.saturating_add(turn(interval, before)), WaitReason::Pace)
        } else {
            let may_jump = now.since(caller.since) >= PRIORITY_AFTER;
            // Reserve half of the slots. Reserving all would leave them empty until the last sleeper
            // polls.
            let reserved = if may_jump { 0 } else { self.overdue.min(self.max_in_flight().div_ceil(2)) };
            if self.has_room(reserved, now) {
                self.leave(caller);
                return Ok(self.send(now));
            }
            if may_jump && !caller.is_overdue {
                caller.is_overdue = true;
                self.overdue += 1;
            }
            Wait::new(self.slot(interval, before, waiting, now), WaitReason::ConcurrencyLimit)
        };
        if is_new {
            caller.ticket = Some(self.issued);
            self.issued += 1;
        }
        Err(Wait { duration: wait.duration.max(Duration::from_millis(1)), ..wait })
    }

    /// Gives up a turn.
    pub(super) fn leave(&mut self, caller: &Waiting) {
        self.left += u64::from(caller.ticket.is_some());
        self.overdue -= u32::from(caller.is_overdue);
    }

    /// Ends a request.
    pub(super) fn finish(&mut self, sent: Sent, now: Now) {
        self.latest = self.latest.max(now);
        self.in_flight.remove(sent);
        if let Some(quota) = &mut self.quota {
            quota.on_finish(now);
        }
    }

    /// Records any response but a 429.
    pub(super) fn on_response(&mut self, sent: Sent, now: Now) {
        self.finish(sent, now);
        self.in_flight.measure(now.since(sent.at));
        self.losses.on_seen();
        self.pace.on_let_through(now);
        if self.pause.on_let_through(sent.at) == Some(true) {
            self.pace.confirm();
        }
        if self.pace.interval().is_zero() {
            self.in_flight.on_response();
        }
    }

    /// Records a 429, or a response that may be one.
    pub(super) fn on_rate_limited(
        &mut self,
        sent: Sent,
        retry_after: Option<Duration>,
        random: u64,
        now: Now,
    ) {
        self.finish(sent, now);
        self.losses.on_seen();
        self.refuse(sent, retry_after, random, now);
    }

    /// Records that the response, if there is one, was not seen.
    pub(super) fn on_unseen(&mut self, sent: Sent, random: u64, now: Now) {
        self.finish(sent, now);
        match self.losses.on_unseen() {
            // After a refusal, the next one is likely.
            None if self.pause.is_probing() && !self.losses.are_usual() => {
                self.refuse(sent, None, random, now);
            }
            None => {}
            Some(Cause::Chance) => self.recent.forget_suspected(),
            Some(Cause::RateLimit) => self.suspect(now),
        }
    }

    /// Returns the latest time that the guard was given.
    pub(super) fn latest(&self) -> Now {
        self.latest
    }

    /// Returns the time until any request may be sent.
    pub(super) fn pause(&mut self, now: Now) -> Option<Duration> {
        self.forget(now);
        let until = self.pause.until().max(self.recent.drained_at());
        Some(until.since(now)).filter(|pause| !pause.is_zero())
    }

    /// Returns for how long the service will have refused all requests when the next one may be sent.
    pub(super) fn refused_for(&mut self, now: Now) -> Duration {
        let pause = self.pause(now).unwrap_or_default();
        self.pause.refused_for(now + pause)
    }

    /// Forgets the 429s that have left the window.
    pub(super) fn forget(&mut self, now: Now) {
        self.recent.forget(now);
    }

    fn send(&mut self, now: Now) -> Sent {
        let sent = self.in_flight.add(now);
        let max = if self.pace.is_guess() { MAX_429_BY_GUESS } else { MAX_429_BY_GROWTH };
        self.pace.on_send(self.recent.count() + sent.nth <= max, now);
        if let Some(quota) = &mut self.quota {
            quota.on_send(now);
        }
        sent
    }

    fn refuse(&mut self, sent: Sent, retry_after: Option<Duration>, random: u64, now: Now) {
        self.recent.add(false, now);
        let (is_first, is_same) = (!self.pause.is_probing(), self.pause.is_same_refusal(sent.at));
        if is_first && !self.in_flight.on_refused(sent, now) {
            self.pace.cut(self.recent.count(), self.in_flight.count(), now);
        }
        if is_first || is_same {
            self.in_flight.limit_below(sent.nth);
        }
        self.pause.on_refused(sent.at, retry_after, random, now);
        if self.recent.count() >= MANY_429 {
            self.pause.last_at_least(LONG_PAUSE, now);
        }
        self.pace.pause(self.pause.until());
    }

    /// Counts unseen responses as 429s, and slows down to the pace of those that were seen.
    fn suspect(&mut self, now: Now) {
        for _ in 0..SUSPICIOUS {
            self.recent.add(true, now);
        }
        self.pace.cut_to_measured(self.recent.count(), self.in_flight.count(), now);
        self.pause.last_at_least(SUSPICION_PAUSE, now);
        self.pace.pause(self.pause.until());
    }

    /// Returns whether there was no refusal yet, no rate is set, and no caller waits. Then nothing but
    /// the number of requests in flight limits the next one.
    fn is_unlimited(&self) -> bool {
        self.pace.interval().is_zero() && self.quota.is_none() && self.issued == self.left
    }

    /// Returns the time of the next request, by the pace and the rate that the user set.
    fn due(&mut self, now: Now) -> Now {
        let in_flight = self.in_flight.count();
        let quota = self.quota.as_mut().map_or(Now::ORIGIN, |quota| quota.next(in_flight, now));
        self.pace.next().max(quota)
    }

    /// Returns the time between two requests: zero without a pace.
    fn interval(&self) -> Duration {
        self.pace.interval().max(self.quota.as_ref().map_or(Duration::ZERO, |quota| quota.interval()))
    }

    /// Returns how long to wait for a free slot.
    fn slot(&mut self, interval: Duration, before: u32, waiting: u64, now: Now) -> Duration {
        if !self.pause.is_probing() && !self.pace.interval().is_zero() {
            self.in_flight.try_more(now);
        }
        let exchange = self.in_flight.latency() / self.max_in_flight().max(1);
        let rounds = u32::try_from(waiting / u64::from(MAX_IN_FLIGHT)).unwrap_or(u32::MAX);
        let poll = POLL_INTERVAL.saturating_mul(rounds.saturating_add(1));
        turn(exchange.max(interval), before.saturating_add(1)).max(poll.min(LONGEST_TURN))
    }

    /// Returns the current limit on requests in flight.
    fn max_in_flight(&self) -> u32 {
        // After a 429, send one request at a time until the service accepts one.
        if self.pause.is_probing() {
            1
        } else {
            self.in_flight.max().min(MAX_IN_FLIGHT.saturating_sub(self.recent.count()))
        }
    }

    /// Returns whether another request may be sent, with `reserved` slots kept for other callers.
    fn has_room(&mut self, reserved: u32, now: Now) -> bool {
        let max = self.max_in_flight();
        if self.in_flight.count() + reserved >= max {
            self.in_flight.expire(now);
        }
        self.in_flight.count() + reserved < max
    }
}

/// Returns how long the turns of the callers before take. A caller that is far ahead of its turn
/// polls earlier, since others may leave.
fn turn(interval: Duration, before: u32) -> Duration {
    let turns = interval.saturating_mul(before);
    if before > 4 { turns / 4 * 3 } else { turns }.min(LONGEST_TURN)
}

/// Omits most fields: an `Api` is part of many `Debug` outputs.
impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("pause", &self.pause)
            .field("limited", &self.recent.count())
            .field("interval", &self.interval())
            .finish_non_exhaustive()
    }
}
