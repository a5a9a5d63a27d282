use brightdata_sessions::SessionId;
use brightdata_sessions::cdp::{SessionIdCommand, SessionIdResult};
use chromiumoxide::error::CdpError;
use chromiumoxide::types::MethodId;
use chromiumoxide::{Browser, Command, Method};

#[derive(Debug, serde::Serialize)]
struct GetSessionId {}

impl Method for GetSessionId {
    fn identifier(&self) -> MethodId {
        SessionIdCommand::METHOD.into()
    }
}

impl Command for GetSessionId {
    type Response = SessionIdResult;
}

/// Returns `None` if the browser does not implement the command, such as a plain Chromium.
pub async fn session_id(browser: &Browser) -> Result<Option<SessionId>, CdpError> {
    match browser.execute(GetSessionId {}).await {
        Ok(response) => Ok(Some(response.result.session_id)),
        Err(CdpError::Chrome(error)) if error.code == -32601 => Ok(None),
        Err(error) => Err(error),
    }
}
