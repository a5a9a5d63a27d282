//! Errors do not contain secrets.

use std::time::Duration;

use super::case::{TransportCase, chunks, ok};
use super::harness::{Harness, KEY};
use crate::script::SILENCE;
use crate::suite::outcome::Outcome;
use crate::suite::random::texts;
use crate::suite::rule::Rule;
use crate::{DEMO_SESSION_ID, Script};

pub(super) fn cases() -> Vec<(Rule, Vec<TransportCase>)> {
    let none = || Outcome::Leaks(Vec::new());
    let cases = vec![
        TransportCase::new("no error contains the key", "errors are logged", none(), |harness| {
            leaks(harness, KEY)
        })
        .within(LIMIT),
        TransportCase::new(
            "no error contains the target",
            "a target contains a session id or the URL of a filter",
            none(),
            |harness| leaks(harness, DEMO_SESSION_ID),
        )
        .within(LIMIT),
    ];
    vec![(Rule::NoSecrets, cases)]
}

const LIMIT: Duration = Duration::from_millis(300);

/// Lists the errors that contain this text in `Debug`, `Display` or a source.
fn leaks(harness: &Harness<'_>, text: &str) -> Outcome {
    harness.fake.script_any([
        Script::new().reset(),
        Script::new().send("220 not http\r\n\r\n").close(),
        ok("content-length: 9\r\n\r\n{").close(),
        // A server can echo the key anywhere.
        ok(format!("content-encoding: {KEY}\r\ncontent-length: 2\r\n\r\n{{}}")),
        ok(format!("{KEY} {KEY}\r\ncontent-length: 2\r\n\r\n{{}}")).close(),
        ok(format!("content-length: {KEY}\r\n\r\n{{}}")).close(),
        chunks(format!("x{KEY}\r\n{{}}")).close(),
        Script::new().pause(SILENCE),
    ]);
    let names = [
        "a reset",
        "not HTTP",
        "a truncated body",
        "an unknown content coding",
        "an invalid header",
        "an invalid length",
        "an invalid chunk",
        "no response",
    ];
    let mut results: Vec<_> = names.into_iter().map(|name| (name, harness.get_raw())).collect();
    results.push(("connection refused", harness.get_refused().0));
    let leaking = results
        .into_iter()
        .filter_map(|(name, result)| texts(&result.err()?).contains(text).then_some(name))
        .collect();
    Outcome::Leaks(leaking)
}
