//! Failures end up in logs.

use std::error::Error as _;
use std::fmt::Write as _;
use std::time::Duration;

use super::Case;
use crate::conformance::case::ok;
use crate::conformance::harness::{Harness, KEY};
use crate::script::SILENCE;
use crate::{DEMO_SESSION_ID, Script};

pub(in crate::conformance) fn cases() -> Vec<Case> {
    vec![
        Case::new("no error contains the key", "failures end up in logs", "none", |harness| {
            who_shows(harness, KEY)
        })
        .within(LIMIT),
        Case::new(
            "no error contains the target",
            "a target names a session, or a URL that somebody filters by",
            "none",
            |harness| who_shows(harness, DEMO_SESSION_ID),
        )
        .within(LIMIT),
    ]
}

const LIMIT: Duration = Duration::from_millis(300);

/// The failures that show this text, in any way.
fn who_shows(harness: &Harness<'_>, text: &str) -> String {
    harness.fake.script_any([
        Script::new().reset(),
        Script::new().send("220 not http\r\n\r\n").close(),
        ok("content-length: 9\r\n\r\n{").close(),
        Script::new().pause(SILENCE),
    ]);
    let names = ["a reset", "not HTTP", "a body cut short", "no response"];
    let mut outcomes: Vec<_> = names.into_iter().map(|name| (name, harness.get().0)).collect();
    outcomes.push(("connection refused", harness.get_from_nobody().0));
    let showing: Vec<_> = outcomes
        .into_iter()
        .filter_map(|(name, outcome)| {
            let failure = outcome.err()?;
            let mut said = format!("{failure:?} {failure}");
            let mut source = failure.source();
            while let Some(cause) = source {
                let _ = write!(said, " {cause:?} {cause}");
                source = cause.source();
            }
            said.contains(text).then_some(name)
        })
        .collect();
    if showing.is_empty() { "none".to_owned() } else { showing.join(", ") }
}
