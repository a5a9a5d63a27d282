//! Errors do not contain secrets.

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
        Case::new("no error contains the key", "errors are logged", "none", |harness| {
            errors_with(harness, KEY)
        })
        .within(LIMIT),
        Case::new(
            "no error contains the target",
            "a target contains a session id or the URL of a filter",
            "none",
            |harness| errors_with(harness, DEMO_SESSION_ID),
        )
        .within(LIMIT),
    ]
}

const LIMIT: Duration = Duration::from_millis(300);

/// Lists the errors that contain this text in `Debug`, `Display` or a source.
fn errors_with(harness: &Harness<'_>, text: &str) -> String {
    harness.fake.script_any([
        Script::new().reset(),
        Script::new().send("220 not http\r\n\r\n").close(),
        ok("content-length: 9\r\n\r\n{").close(),
        Script::new().pause(SILENCE),
    ]);
    let names = ["a reset", "not HTTP", "a truncated body", "no response"];
    let mut outcomes: Vec<_> = names.into_iter().map(|name| (name, harness.get().0)).collect();
    outcomes.push(("connection refused", harness.get_refused().0));
    let leaking: Vec<_> = outcomes
        .into_iter()
        .filter_map(|(name, outcome)| {
            let error = outcome.err()?;
            let mut texts = format!("{error:?} {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                let _ = write!(texts, " {cause:?} {cause}");
                source = cause.source();
            }
            texts.contains(text).then_some(name)
        })
        .collect();
    if leaking.is_empty() { "none".to_owned() } else { leaking.join(", ") }
}
