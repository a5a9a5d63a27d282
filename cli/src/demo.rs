//! The fake that serves `--demo`.

use brightdata_sessions::{ApiKey, Captcha, InvalidInput, Session, SessionId, SessionStatus};
use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, Script, generate};

use crate::args::Command;
use crate::error::CliError;

const SESSIONS: usize = 2_000;
/// An arbitrary constant. Every run must generate the same sessions, so that ids from one run work
/// in the next.
const SEED: u64 = 1;

/// Returns a key for the fake, which never receives a real one.
pub(crate) fn key() -> Result<ApiKey, InvalidInput> {
    ApiKey::new("demo-key")
}

/// Returns the default session of `get`.
pub(crate) fn finished() -> Result<SessionId, InvalidInput> {
    SessionId::new(DEMO_SESSION_ID)
}

/// Returns the default session of `watch`.
pub(crate) fn running() -> Result<SessionId, InvalidInput> {
    SessionId::new("5e551011-0000-4000-8000-000000000003")
}

/// Starts a fake with several pages of sessions. For `watch`, its running session changes with each
/// request, until it finishes.
pub(crate) fn start(command: &Command) -> Result<FakeApi, CliError> {
    let sessions = generate(SEED, SESSIONS);
    let watched = running()?;
    let found = sessions.iter().find(|session| session.session_id == watched).cloned();
    let fake = FakeApi::with_sessions(sessions).map_err(CliError::Demo)?;
    if let (Command::Watch(_), Some(found)) = (command, found) {
        let mut busy = found.clone();
        busy.target_url = Some("https://www.example.com".into());
        busy.navigations = Some(2);
        busy.bandwidth = Some(1_234_567);
        let mut ended = busy.clone();
        ended.status = Some(SessionStatus::Finished);
        ended.end_url = Some("https://www.example.com/example".into());
        ended.duration = Some(64.2);
        ended.captcha = Some(Captcha::Solved);
        ended.bandwidth = Some(4_567_890);
        fake.script(&watched, [response(&found)?, response(&busy)?]);
        fake.insert(ended);
    }
    Ok(fake)
}

fn response(session: &Session) -> Result<Script, CliError> {
    let session = serde_json::to_string(session).map_err(|error| CliError::Demo(error.into()))?;
    Ok(Script::response(200, &[("content-type", "application/json")], format!(r#"{{"session":{session}}}"#)))
}
