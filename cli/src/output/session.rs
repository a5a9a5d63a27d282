//! A session as text for people.

use std::fmt::{Display, Write as _};
use std::time::SystemTime;

use brightdata_sessions::{Escaped, Session};
use brightdata_sessions_triage::{Diagnosis, Seconds};

/// Returns the fields of a session and its diagnosis, a line for each, with untrusted text escaped.
pub(crate) fn session(session: &Session) -> String {
    let mut text = String::new();
    line(&mut text, "session", session.session_id.as_str());
    line(&mut text, "zone", session.api_name.as_deref());
    line(&mut text, "status", session.status.as_ref().map(|status| status.as_str()));
    line(&mut text, "started", session.timestamp.as_ref().map(|timestamp| timestamp.as_str()));
    line(&mut text, "duration", session.duration.map(duration).as_deref());
    line(&mut text, "navigations", session.navigations.map(|count| count.to_string()).as_deref());
    line(&mut text, "captcha", session.captcha.as_ref().map(|captcha| captcha.as_str()));
    line(&mut text, "bandwidth", session.bandwidth.map(bytes).as_deref());
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

/// Formats a duration: `3 m 29 s`, or `41.7 s` if below a minute.
pub(crate) fn duration(seconds: f64) -> String {
    Seconds(seconds).to_string()
}

/// Formats a number of bytes in powers of 1024: `117.7 MiB`.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut scaled = count as f64;
    let mut unit = "B";
    for larger in UNITS {
        // A number that would be rounded to 1024.0 is 1.0 of the next unit.
        if scaled < 1023.95 {
            break;
        }
        scaled /= 1024.0;
        unit = larger;
    }
    if unit == "B" { format!("{count} B") } else { format!("{scaled:.1} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_in_the_unit_that_fits() {
        let shown = [0, 1023, 1024, 123_456_789, 1_048_575, u64::MAX].map(bytes);
        assert_eq!(shown, ["0 B", "1023 B", "1.0 KiB", "117.7 MiB", "1.0 MiB", "16.0 EiB"]);
    }
}
