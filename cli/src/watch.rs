//! `watch`: prints a session each time it changes, until it ends.

use std::time::{Duration, SystemTime};

use brightdata_sessions::{Captcha, Session, SessionId, SessionStatus, Timestamp};
use brightdata_sessions_triage::{Bytes, Seconds};
use brightdata_sessions_ureq::Client;

use crate::error::CliError;
use crate::output::session as text;
use crate::output::style;
use crate::terminal::Terminal;

/// Prints each change, and returns the exit status of the last event.
pub(crate) fn run(
    client: &Client,
    terminal: &Terminal<'_>,
    id: &SessionId,
    deadline: Duration,
) -> Result<u8, CliError> {
    let mut status = 0;
    for item in client.drive(client.api().watch(id).with_deadline(deadline)) {
        status = match item {
            Ok(session) => {
                let session = terminal.without_key(session);
                print(terminal, &session)?;
                u8::from(session.status == Some(SessionStatus::Failed))
            }
            // The watcher yields transient errors and continues. The last item sets the exit
            // status.
            Err(error) => CliError::from(error).report(terminal.json),
        };
    }
    Ok(status)
}

fn print(terminal: &Terminal<'_>, session: &Session) -> Result<(), CliError> {
    if terminal.json {
        return terminal.print_json(session);
    }
    let mut text = change(terminal, session, SystemTime::now());
    if session.status.as_ref().is_some_and(SessionStatus::is_ended) {
        text += &format!("\n{}", text::session(session));
    }
    terminal.print_text(&text)
}

/// Returns a line with the time of a change and the fields that can change.
fn change(terminal: &Terminal<'_>, session: &Session, seen: SystemTime) -> String {
    let status = session.status.as_ref().map_or("-", SessionStatus::as_str);
    let status = format!("{:<8}", terminal.clean(status));
    let parts = [
        Timestamp::try_from(seen).ok().map(|seen| seen.to_string()),
        Some(style::paint(style::of_status(session.status.as_ref()), &status)),
        session.navigations.map(|count| format!("{count} navigation{}", if count == 1 { "" } else { "s" })),
        session.bandwidth.map(|bytes| Bytes(bytes).to_string()),
        session.duration.map(|seconds| Seconds(seconds).to_string()),
        session
            .captcha
            .as_ref()
            .filter(|captcha| **captcha != Captcha::None)
            .map(|captcha| format!("captcha {}", terminal.clean(captcha.as_str()))),
        session.error.as_ref().map(|error| {
            format!("error {}", terminal.clean(error.code.as_deref().unwrap_or("without a code")))
        }),
        session.end_url.as_deref().or(session.target_url.as_deref()).map(|url| terminal.clean(url)),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    format!("{}\n", parts.join("  ").trim_end())
}
