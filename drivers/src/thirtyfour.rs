use std::error::Error;

use brightdata_sessions::SessionId;
use brightdata_sessions::cdp::{SessionIdCommand, SessionIdResult};
use thirtyfour::WebDriver;
use thirtyfour::error::WebDriverErrorInner;

/// Returns `None` if the browser does not implement the command, such as a plain Chromium.
pub async fn session_id(driver: &WebDriver) -> Result<Option<SessionId>, Box<dyn Error>> {
    match driver.cdp().send_raw(SessionIdCommand::METHOD, ()).await {
        Ok(result) => Ok(Some(SessionIdResult::try_from(result)?.session_id)),
        Err(error) if matches!(*error, WebDriverErrorInner::UnknownCommand(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
