//! The state of the rate guard that the processes of a user share.

use std::time::{Duration, Instant, SystemTime};

use brightdata_sessions::{Api, Flow as _, ListSessions, RateGuard, Step};

use super::SERVICE;
use super::check::{Check, Subject};
use crate::output::progress::seconds;
use crate::shared_guard::{SharedGuard, Stored};

/// Checks whether the shared state lets a request through. The state itself does not change.
pub(super) fn check(api: &Api, shared: Option<&SharedGuard>, why_not: &str) -> Check {
    let Some(shared) = shared else {
        return Check::ok(Subject::Guard, format!("not shared with other processes: {why_not}"));
    };
    let file = shared.path().display().to_string();
    let check = match shared.load() {
        Ok(Stored::State(state)) => {
            let api = api.clone().with_guard(RateGuard::default());
            let (now, clock) = (api.now(Instant::now()), SystemTime::now());
            if !api.guard().restore(&state, now, clock) {
                broken("the state is from another version of this program")
            } else {
                match api.call(ListSessions::new().limit(1)).step(now) {
                    Step::Yield(Err(error)) => held_back(error.retry_after().unwrap_or_default()),
                    _ => Check::ok(Subject::Guard, "shared with other processes; requests may be sent"),
                }
            }
        }
        Ok(Stored::Nothing) => {
            Check::ok(Subject::Guard, "shared with other processes; no request to this host in the last hour")
        }
        Ok(Stored::Broken) => broken("the file is broken"),
        Err(error) => Check::note(
            Subject::Guard,
            format!("not shared with other processes: cannot use {file}: {error}"),
        )
        .advice("make the file and its folder writable; until then, each process has a pace of its own"),
    };
    check.detail("file", file)
}

fn broken(reason: &str) -> Check {
    Check::note(Subject::Guard, format!("shared with other processes; {reason}"))
        .advice("nothing to do: the next request replaces it")
}

fn held_back(wait: Duration) -> Check {
    let wait = seconds(wait);
    let reason = format!("requests are held back for {wait} s, after responses with status 429");
    Check::problem(Subject::Guard, SERVICE, reason)
        .advice(format!("wait {wait} s; if the rate limit of the account is known, set it with --rate"))
        .detail("retry_after", wait)
}
