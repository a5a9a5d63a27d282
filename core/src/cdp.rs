//! Gets the id of a session from the browser.
//!
//! No header and no URL contains the id. A program that drives a browser gets it with the command
//! [`Browser.getSessionId`] of the Chrome DevTools Protocol (CDP), over the WebSocket that it
//! already uses:
//!
//! ```
//! use brightdata_sessions::cdp::SessionIdCommand;
//!
//! // Any command id that the program does not use for another command.
//! let command = SessionIdCommand::new(1);
//! assert_eq!(command.message(), r#"{"id":1,"method":"Browser.getSessionId"}"#);
//!
//! // Send it as a text message. Then pass each received message to `parse`, until it returns the
//! // response.
//! let messages = [
//!     r#"{"method":"Target.targetCreated","params":{}}"#,
//!     r#"{"id":1,"result":{"sessionId":"3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f"}}"#,
//! ];
//! let id = messages.into_iter().find_map(|message| command.parse(message)).unwrap()?;
//! assert_eq!(id.as_str(), "3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f");
//! # Ok::<(), brightdata_sessions::cdp::CommandError>(())
//! ```
//!
//! Many drivers hand out no messages. [`drivers`] has the call for five of them.
//!
//! [`Browser.getSessionId`]: https://docs.brightdata.com/scraping-automation/scraping-browser/cdp-functions/custom#getting-session-id

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::escape::cut;
use crate::{InvalidInput, SessionId};

pub use self::session_id_result::SessionIdResult;

#[doc = include_str!("cdp/drivers.md")]
pub mod drivers {}

mod session_id_result;

/// The command that gets the session id from a browser, and finds its response among other
/// messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionIdCommand {
    id: u64,
    target: Option<Box<str>>,
}

impl SessionIdCommand {
    /// The name of the method, for drivers that write and read the messages themselves. It has no
    /// parameters, and its result is a [`SessionIdResult`].
    pub const METHOD: &'static str = "Browser.getSessionId";

    /// Creates the command for the browser itself. No other command in flight on the same
    /// connection may have this `id`, because it identifies the response.
    pub fn new(id: u64) -> Self {
        Self { id, target: None }
    }

    /// Sends the command through an attached target, in CDP's flat mode. Command and response then
    /// carry the target's CDP session id, which is not the id of the Browser API session.
    #[must_use]
    pub fn via_target(mut self, cdp_session_id: impl Into<Box<str>>) -> Self {
        self.target = Some(cdp_session_id.into());
        self
    }

    /// Returns the text message to send.
    pub fn message(&self) -> String {
        let (id, method) = (self.id, Self::METHOD);
        match self.target.as_deref() {
            None => format!(r#"{{"id":{id},"method":"{method}"}}"#),
            Some(target) => {
                let target = serde_json::Value::from(target);
                format!(r#"{{"id":{id},"method":"{method}","sessionId":{target}}}"#)
            }
        }
    }

    /// Reads a message. Returns `None` if it is not the response to this command: an event, the
    /// response to another command or from another target, or not JSON.
    ///
    /// # Errors
    ///
    /// [`CommandError`] if the response contains no valid id.
    pub fn parse(&self, message: &str) -> Option<Result<SessionId, CommandError>> {
        let message: Object<'_> = read(message)?;
        let id: u64 = field(&message, "id")?;
        let target: Option<Box<str>> = field(&message, "sessionId");
        if id != self.id || target != self.target {
            return None;
        }
        Some(response(&message))
    }
}

/// The reason why a response contains no id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// The browser rejected the command. A plain Chromium does so with code -32601, because it does
    /// not implement the command.
    #[error("the browser refused the command: {message} ({code})")]
    #[non_exhaustive]
    Refused {
        /// The JSON-RPC error code.
        code: i64,
        /// The browser's own message, escaped, at most a few hundred bytes. It is not redacted,
        /// because CDP does not use the API key.
        message: Box<str>,
    },
    /// The response has neither the documented result nor an error.
    #[error("the browser's response is malformed")]
    Malformed,
    /// The response contains an invalid id.
    #[error(transparent)]
    InvalidId(#[from] InvalidInput),
}

/// An object whose values are parsed only on demand, because a message can be large.
type Object<'a> = BTreeMap<Box<str>, &'a RawValue>;

fn read<'a, T: Deserialize<'a>>(json: &'a str) -> Option<T> {
    serde_json::from_str(json).ok()
}

/// Returns a field if it exists and has the right type.
fn field<'a, T: Deserialize<'a>>(object: &Object<'a>, name: &str) -> Option<T> {
    read(object.get(name)?.get())
}

fn response(message: &Object<'_>) -> Result<SessionId, CommandError> {
    if let Some(error) = field::<Object<'_>>(message, "error") {
        let text: Box<str> = field(&error, "message").unwrap_or_default();
        return Err(CommandError::Refused {
            code: field(&error, "code").unwrap_or_default(),
            message: cut(&text),
        });
    }
    let id: Option<Box<str>> =
        field(message, "result").and_then(|result: Object<'_>| field(&result, "sessionId"));
    Ok(SessionId::new(id.ok_or(CommandError::Malformed)?)?)
}
