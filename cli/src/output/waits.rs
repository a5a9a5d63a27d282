//! Reports why the program waits and, with `--verbose`, each request, response and wait.

use std::collections::HashMap;
use std::sync::Mutex;
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use brightdata_sessions::{Event, Wait, WaitReason};
use serde_json::{Value, json};

use crate::lock::lock;
use crate::output::progress::{self, Countdown, seconds};
use crate::terminal::write_stderr;

/// The shortest wait that a person sees on a terminal.
const SHORTEST_SHOWN: Duration = Duration::from_millis(500);
/// Without a terminal, a longer wait is reported once.
const LONGEST_SILENT: Duration = Duration::from_secs(5);

/// Reports the events of the client on standard error:
///
/// - On a terminal, a wait is one line that is overwritten each second and erased at its end.
/// - Otherwise, a wait of more than 5 s is reported once, on one line.
/// - With `--verbose`, each event is one line or, with `--json`, one JSON object.
///
/// Several calls may wait at the same time, each on its own thread. Only one line is shown then, and
/// a wait that ends with one that was reported is not reported again.
pub(crate) struct Waits {
    json: bool,
    verbose: bool,
    state: Mutex<State>,
}

/// The maximum number of threads whose last attempt is remembered.
const MAX_THREADS: usize = 128;

#[derive(Default)]
struct State {
    /// The last attempt of each thread, unless it succeeded.
    attempts: HashMap<ThreadId, Attempt>,
    /// The last attempt of any thread. A page that is fetched ahead has a thread of its own, and the
    /// wait after it happens on another one.
    last: Attempt,
    /// The line on the terminal, and the thread that waits. Dropping it erases it.
    countdown: Option<(ThreadId, Countdown)>,
    /// The latest end of a wait that was reported.
    reported_until: Option<Instant>,
}

#[derive(Clone, Default)]
struct Attempt {
    number: u32,
    /// The outcome, such as "429" or "timeout".
    outcome: String,
}

impl Waits {
    pub(crate) fn new(json: bool, verbose: bool) -> Self {
        Self { json, verbose, state: Mutex::default() }
    }

    pub(crate) fn on_event(&self, event: &Event<'_>) {
        let mut state = lock(&self.state);
        let state = &mut *state;
        let thread = thread::current().id();
        // A short wait of another thread does not end a long one.
        let is_short = matches!(event, Event::Wait(wait) if wait.duration < SHORTEST_SHOWN);
        state.countdown.take_if(|(waiting, _)| !is_short || *waiting == thread);
        if self.verbose {
            write_stderr(&if self.json { json(event).to_string() } else { text(event) }, self.json);
        }
        match event {
            Event::Response { exchange, status, .. } => {
                state.ended(thread, exchange.attempt().number, status.as_u16().to_string());
            }
            Event::Failure { exchange, error, .. } => {
                state.ended(thread, exchange.attempt().number, error.kind().as_str().to_owned());
            }
            // A watch is nearly always waiting for its next poll.
            Event::Wait(Wait { reason: WaitReason::PollInterval, .. }) => {}
            Event::Wait(wait) => self.on_wait(*wait, thread, state),
            _ => {}
        }
    }

    fn on_wait(&self, wait: Wait, thread: ThreadId, state: &mut State) {
        let attempt = state.attempts.get(&thread).unwrap_or(&state.last);
        let (before, after) = around(wait.reason, &attempt.outcome, attempt.number);
        if !self.json && progress::is_shown() {
            if wait.duration >= SHORTEST_SHOWN {
                state.countdown = Some((thread, Countdown::new(wait.duration, before, after)));
            }
        } else if wait.duration > LONGEST_SILENT && !self.verbose {
            let end = Instant::now().checked_add(wait.duration);
            if end.is_some_and(|end| state.reported_until.is_some_and(|until| end < until + LONGEST_SILENT)) {
                return;
            }
            state.reported_until = end;
            let line = format!("{before}waiting {} s{after}", seconds(wait.duration));
            let line = if self.json { json!({"note": {"message": line}}).to_string() } else { line };
            write_stderr(&line, self.json);
        }
    }
}

impl State {
    fn ended(&mut self, thread: ThreadId, number: u32, outcome: String) {
        self.last = Attempt { number, outcome };
        if self.last.outcome == "200" {
            self.attempts.remove(&thread);
            return;
        }
        if self.attempts.len() == MAX_THREADS {
            self.attempts.clear();
        }
        self.attempts.insert(thread, self.last.clone());
    }
}

/// Returns the text before and after "waiting 38 s".
fn around(reason: WaitReason, outcome: &str, attempt: u32) -> (String, String) {
    let next = attempt.saturating_add(1);
    match reason {
        WaitReason::RetryAfter(_) => (format!("{outcome}: "), format!(" as requested, then attempt {next}")),
        WaitReason::Backoff(_) => (format!("{outcome}: "), format!(", then attempt {next}")),
        WaitReason::Pace => (String::new(), " to stay below the rate limit".to_owned()),
        WaitReason::ConcurrencyLimit => (String::new(), " for other requests to end".to_owned()),
        _ => (String::new(), " because requests were rate limited".to_owned()),
    }
}

/// Returns an event as one line for a person.
fn text(event: &Event<'_>) -> String {
    match event {
        Event::Sent(exchange) => format!("attempt {} to {}", exchange.attempt().number, exchange.host()),
        Event::Response { status, body_length, elapsed, .. } => {
            format!("status {} with {body_length} bytes after {elapsed:.3?}", status.as_u16())
        }
        Event::Failure { error, elapsed, .. } => format!("{error} after {elapsed:.3?}"),
        Event::Wait(wait) => wait.to_string(),
        _ => String::new(),
    }
}

/// Returns an event as one JSON object.
fn json(event: &Event<'_>) -> Value {
    let event = match event {
        Event::Sent(exchange) => json!({
            "type": "sent",
            "host": exchange.host(),
            "attempt": exchange.attempt().number,
            "after": exchange.attempt().after,
        }),
        Event::Response { exchange, status, body_length, elapsed, .. } => json!({
            "type": "response",
            "host": exchange.host(),
            "attempt": exchange.attempt().number,
            "status": status.as_u16(),
            "bytes": body_length,
            "seconds": elapsed.as_secs_f64(),
        }),
        Event::Failure { exchange, error, elapsed, .. } => json!({
            "type": "failure",
            "host": exchange.host(),
            "attempt": exchange.attempt().number,
            "kind": error.kind().as_str(),
            "message": error.to_string(),
            "seconds": elapsed.as_secs_f64(),
        }),
        Event::Wait(wait) => json!({
            "type": "wait",
            "seconds": wait.duration.as_secs_f64(),
            "reason": wait.reason.as_str(),
        }),
        _ => Value::Null,
    };
    json!({ "event": event })
}

#[cfg(test)]
mod tests {
    use brightdata_sessions::ErrorKind;

    use super::*;

    #[test]
    fn a_wait_names_its_cause_and_what_follows() {
        let line = |reason| {
            let (before, after) = around(reason, "429", 1);
            format!("{before}waiting 38 s{after}")
        };
        assert_eq!(
            line(WaitReason::RetryAfter(ErrorKind::RateLimited)),
            "429: waiting 38 s as requested, then attempt 2"
        );
        assert_eq!(line(WaitReason::Backoff(ErrorKind::Server)), "429: waiting 38 s, then attempt 2");
        assert_eq!(line(WaitReason::RateLimited), "waiting 38 s because requests were rate limited");
        assert_eq!(line(WaitReason::Pace), "waiting 38 s to stay below the rate limit");
        assert_eq!(line(WaitReason::ConcurrencyLimit), "waiting 38 s for other requests to end");
    }
}
