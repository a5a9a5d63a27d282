//! The id of a session, asked of the browser itself.
//!
//! The id is in no header and no URL. A program that drives a browser gets it over the Chrome DevTools Protocol (CDP), on the
//! WebSocket that it drives the browser with, by the command `Browser.getSessionId`:
//!
//! ```
//! use brightdata_sessions::cdp::SessionIdCommand;
//!
//! // Any number that the program gives to no other command.
//! let command = SessionIdCommand::new(1);
//! assert_eq!(command.frame(), r#"{"id":1,"method":"Browser.getSessionId"}"#);
//!
//! // Send it as a text message, then hand in each message that comes, until one of them is the answer.
//! let messages = [
//!     r#"{"method":"Target.targetCreated","params":{}}"#,
//!     r#"{"id":1,"result":{"sessionId":"3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f"}}"#,
//! ];
//! let id = messages.into_iter().find_map(|message| command.read(message)).unwrap()?;
//! assert_eq!(id.as_str(), "3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f");
//! # Ok::<(), brightdata_sessions::cdp::CommandError>(())
//! ```

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::escape::cut;
use crate::{InvalidInput, SessionId};

/// The command that asks a browser for the id of its session, and reads the answer out of everything else that comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionIdCommand {
    id: u64,
    target: Option<Box<str>>,
}

impl SessionIdCommand {
    /// The command for the browser itself. Its answer is told by `id`, which no other command that is under way on the same
    /// connection may have.
    pub fn new(id: u64) -> Self {
        Self { id, target: None }
    }

    /// Sends it through an attached target, in CDP's flat mode: command and answer then carry the CDP session id of that
    /// target, which is another thing than the id that is asked for.
    #[must_use]
    pub fn through(mut self, cdp_session_id: impl Into<Box<str>>) -> Self {
        self.target = Some(cdp_session_id.into());
        self
    }

    /// The text message to send.
    pub fn frame(&self) -> String {
        let id = self.id;
        match self.target.as_deref() {
            None => format!(r#"{{"id":{id},"method":"Browser.getSessionId"}}"#),
            Some(target) => {
                let target = serde_json::Value::from(target);
                format!(r#"{{"id":{id},"method":"Browser.getSessionId","sessionId":{target}}}"#)
            }
        }
    }

    /// Reads a message: `None` when it is anything but the answer to this command (an event, the answer to another command or
    /// of another target, no JSON at all).
    pub fn read(&self, message: &str) -> Option<Result<SessionId, CommandError>> {
        let frame: Object<'_> = read(message)?;
        let id: u64 = field(&frame, "id")?;
        let target: Option<Box<str>> = field(&frame, "sessionId");
        if id != self.id || target != self.target {
            return None;
        }
        Some(answer(&frame))
    }
}

/// Why there is no id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// The browser refused the command. A plain Chromium answers -32601: it does not know it.
    #[error("the browser refused the command: {message} ({code})")]
    #[non_exhaustive]
    Refused {
        /// The code of JSON-RPC.
        code: i64,
        /// The browser's own message, escaped, at most some hundred bytes. It is not redacted, because the
        /// API key plays no part in CDP.
        message: Box<str>,
    },
    /// The answer has neither a result as documented nor an error.
    #[error("the browser's answer is malformed")]
    Malformed,
    /// The answer has an id that is none.
    #[error(transparent)]
    InvalidId(#[from] InvalidInput),
}

/// An object of which only the fields that are asked for are read further: a message can be large.
type Object<'a> = BTreeMap<Box<str>, &'a RawValue>;

fn read<'a, T: Deserialize<'a>>(json: &'a str) -> Option<T> {
    serde_json::from_str(json).ok()
}

/// A field, if it is there and of the right type.
fn field<'a, T: Deserialize<'a>>(object: &Object<'a>, name: &str) -> Option<T> {
    read(object.get(name)?.get())
}

fn answer(frame: &Object<'_>) -> Result<SessionId, CommandError> {
    if let Some(error) = field::<Object<'_>>(frame, "error") {
        let message: Box<str> = field(&error, "message").unwrap_or_default();
        return Err(CommandError::Refused {
            code: field(&error, "code").unwrap_or_default(),
            message: cut(&message),
        });
    }
    let id: Option<Box<str>> =
        field(frame, "result").and_then(|result: Object<'_>| field(&result, "sessionId"));
    Ok(SessionId::new(id.ok_or(CommandError::Malformed)?)?)
}
