//! A session as text for people.

use std::fmt::{Display, Write as _};
use std::time::SystemTime;

use brightdata_sessions::{Escaped, Session};
use brightdata_sessions_triage::{Bytes, Diagnosis, Seconds};

/// Returns the fields of a session and its diagnosis, a line for each, with untrusted text escaped.
pub(crate) fn session(session: &Session) -> String {
    let mut text = String::new();
    line(&mut text, "session", session.session_id.as_str());
    line(&mut text, "zone", session.api_name.as_deref());
    line(&mut text, "status", session.status.as_ref().map(|status| status.as_str()));
    line(&mut text, "started", session.timestamp.as_ref().map(|timestamp| timestamp.as_str()));
    line(&mut text, "duration", session.duration.map(|seconds| Seconds(seconds).to_string()).as_deref());
    line(&mut text, "navigations", session.navigations.map(|count| count.to_string()).as_deref());
    line(&mut text, "captcha", session.captcha.as_ref().map(|captcha| captcha.as_str()));
    line(&mut text, "bandwidth", session.bandwidth.map(|bytes| Bytes(bytes).to_string()).as_deref());
    line(&mut text, "target", session.target_url.as_deref());
    line(&mut text, "end", session.end_url.as_deref());
    if let Some(error) = &session.error {
        let code = error.code.as_deref().unwrap_or("no code");
        let message = error.message.as_deref().unwrap_or("no message");
        line(&mut text, "error", &*format!("{code}: {message}"));
    }
    for (name, value) in session.unknown.iter() {
        line(&mut text, &name, value.get());
    }
    let _ = write!(text, "{}", Diagnosis::of(session, Some(SystemTime::now())));
    text
}

/// Writes a field, with `-` for a missing value.
fn line<'a>(text: &mut String, name: &str, value: impl Into<Option<&'a str>>) {
    let value: &dyn Display = match &value.into() {
        Some(value) => &Escaped(value),
        None => &"-",
    };
    let name = Escaped(name).to_string();
    let _ = writeln!(text, "{name:<12} {value}");
}
