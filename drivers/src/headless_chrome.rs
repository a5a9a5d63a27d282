use std::error::Error;

use brightdata_sessions::SessionId;
use brightdata_sessions::cdp::{SessionIdCommand, SessionIdResult};
use headless_chrome::Tab;
use headless_chrome::protocol::cdp::types::Method;
use headless_chrome::types::RemoteError;

#[derive(Debug, serde::Serialize)]
struct GetSessionId {}

impl Method for GetSessionId {
    const NAME: &'static str = SessionIdCommand::METHOD;
    type ReturnObject = SessionIdResult;
}

/// Returns `None` if the browser does not implement the command, such as a plain Chromium.
pub fn session_id(tab: &Tab) -> Result<Option<SessionId>, Box<dyn Error>> {
    match tab.call_method(GetSessionId {}) {
        Ok(result) => Ok(Some(result.session_id)),
        Err(error) => match error.downcast_ref() {
            Some(RemoteError { code: -32601, .. }) => Ok(None),
            _ => Err(error.into()),
        },
    }
}
