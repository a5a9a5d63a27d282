//! One session: `GET /browser_sessions/{session_id}`.

use percent_encoding::utf8_percent_encode;

use crate::operation::{COMPONENT, Operation, from_json};
use crate::session::SessionBody;
use crate::{Error, InvalidInput, Session, SessionId};

/// Asks for one session.
///
/// The answer must carry the id that was asked for (ASCII case aside). A stranger's is [`Error::StrayAnswer`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetSession {
    id: SessionId,
}

impl GetSession {
    /// Asks for the session with this id.
    pub fn new(id: SessionId) -> Self {
        Self { id }
    }
}

impl Operation for GetSession {
    type Answer = Session;

    fn target(&self) -> Result<String, InvalidInput> {
        Ok(format!("/browser_sessions/{}", utf8_percent_encode(self.id.as_str(), COMPONENT)))
    }

    fn read(&self, body: &str) -> Result<Session, Error> {
        let SessionBody(session) = from_json(body)?;
        if session.session_id.as_str().eq_ignore_ascii_case(self.id.as_str()) {
            Ok(session)
        } else {
            Err(Error::stray(format!("asked for session {}, got {}", self.id, session.session_id)))
        }
    }
}
