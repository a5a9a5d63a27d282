use std::error::Error;

use brightdata_sessions::SessionId;
use brightdata_sessions::cdp::{SessionIdCommand, SessionIdResult};
use playwright_rs::Browser;

/// Fails if the browser does not implement the command.
pub async fn session_id(browser: &Browser) -> Result<SessionId, Box<dyn Error>> {
    let session = browser.new_browser_cdp_session().await?;
    let result = session.send(SessionIdCommand::METHOD, None).await?;
    Ok(SessionIdResult::try_from(result)?.session_id)
}
