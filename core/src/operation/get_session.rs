//! One session: `GET /browser_sessions/{session_id}`.

use percent_encoding::utf8_percent_encode;

use crate::model::fault;
use crate::model::session::SessionBody;
use crate::operation::{COMPONENT, Operation, from_json};
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
        const PATH: &str = "/browser_sessions/";
        // Exactly as long as it gets, unless the id has to be encoded: such a text becomes a `Uri` without a copy.
        let mut target = String::with_capacity(PATH.len() + self.id.as_str().len());
        target.push_str(PATH);
        target.extend(utf8_percent_encode(self.id.as_str(), COMPONENT));
        Ok(target)
    }

    fn read(&self, body: &str) -> Result<Session, Error> {
        let SessionBody(session) = from_json(body, fault::of_session_body)?;
        // Nearly always it is the same text.
        let is_asked_for = session.session_id == self.id
            || session.session_id.as_str().eq_ignore_ascii_case(self.id.as_str());
        if is_asked_for {
            Ok(session)
        } else {
            Err(Error::stray(format!("asked for session {}, got {}", self.id, session.session_id)))
        }
    }
}
