use std::error::Error;

use brightdata_sessions::cdp::{SessionIdCommand, SessionIdResult};
use brightdata_sessions::{SessionId, http};
use fantoccini::Client;
use fantoccini::wd::WebDriverCompatibleCommand;
use url::{ParseError, Url};

#[derive(Debug)]
struct GetSessionId;

impl WebDriverCompatibleCommand for GetSessionId {
    fn endpoint(&self, base_url: &Url, session_id: Option<&str>) -> Result<Url, ParseError> {
        base_url.join(&format!("session/{}/goog/cdp/execute", session_id.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        let body = serde_json::json!({"cmd": SessionIdCommand::METHOD, "params": {}});
        (http::Method::POST, Some(body.to_string()))
    }
}

/// Returns `None` if the browser does not implement the command, such as a plain Chromium.
pub async fn session_id(client: &Client) -> Result<Option<SessionId>, Box<dyn Error>> {
    match client.issue_cmd(GetSessionId).await {
        Ok(result) => Ok(Some(SessionIdResult::try_from(result)?.session_id)),
        Err(error) if error.is_unknown_command() => Ok(None),
        Err(error) => Err(error.into()),
    }
}
