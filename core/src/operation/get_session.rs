//! One session: `GET /browser_sessions/{session_id}`.

use percent_encoding::utf8_percent_encode;
use serde::de::{IgnoredAny, MapAccess};
use serde::{Deserialize, Deserializer};

use crate::model::field::{JsonType, KnownField};
use crate::model::json::{Field, FieldName, FromObject, object};
use crate::operation::Operation;
use crate::operation::encode::COMPONENT;
use crate::operation::rejected_body::{RejectedBody, from_json};
use crate::operation::sealed::Codec;
use crate::{InvalidInput, Session, SessionId};

/// Gets one session: `GET /browser_sessions/{session_id}`
/// ([documentation](https://docs.brightdata.com/api-reference/browser-api/get-session)).
///
/// ```
/// use brightdata_sessions::{Api, ApiKey, GetSession, http::Response};
///
/// let api = Api::new(ApiKey::new("0123456789abcdef")?);
/// let get = GetSession::new("a b".parse()?);
/// assert_eq!(api.request(&get)?.uri(), "https://api.brightdata.com/browser_sessions/a%20b");
///
/// let response = Response::new(&br#"{"session":{"session_id":"a b","navigations":4}}"#[..]);
/// assert_eq!(api.parse(&get, response)?.navigations, Some(4));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The response must contain the requested id, ignoring ASCII case. Any other id is a transient
/// error of kind [`MalformedBody`](crate::ErrorKind::MalformedBody).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetSession {
    id: SessionId,
}

impl GetSession {
    /// Creates the operation for a session id.
    pub fn new(id: SessionId) -> Self {
        Self { id }
    }
}

impl Operation for GetSession {
    type Output = Session;
}

impl Codec<Session> for GetSession {
    fn path_and_query(&self) -> Result<String, InvalidInput> {
        const PATH: &str = "/browser_sessions/";
        // The exact length unless the id needs encoding: such a string becomes a `Uri` without a
        // copy.
        let mut target = String::with_capacity(PATH.len() + self.id.as_str().len());
        target.push_str(PATH);
        target.extend(utf8_percent_encode(self.id.as_str(), COMPONENT));
        Ok(target)
    }

    #[inline]
    fn parse_body(&self, body: &str) -> Result<Session, RejectedBody> {
        let SessionBody(session) = from_json(body, SessionBody::FIELDS, "a session")?;
        // Compare the strings first, because they are nearly always equal.
        let is_requested = session.session_id == self.id
            || session.session_id.as_str().eq_ignore_ascii_case(self.id.as_str());
        if is_requested {
            Ok(session)
        } else {
            let problem = format!("expected session {}, found {}", self.id, session.session_id);
            Err(RejectedBody { problem, is_stray: true })
        }
    }
}

/// `{"session": …}`, the body of a response with one session. Other fields are ignored.
struct SessionBody(Session);

impl SessionBody {
    const FIELDS: &'static [KnownField] =
        &[KnownField::required("session", JsonType::Object(Session::FIELDS))];
}

impl<'de> Deserialize<'de> for SessionBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object(deserializer)
    }
}

impl<'de> FromObject<'de> for SessionBody {
    const EXPECTED: &'static str = "an object with a `session` in it";

    fn from_object<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut session = Field::new("session");
        while let Some(name) = map.next_key::<FieldName>()? {
            match &*name {
                "session" => session.read(&mut map)?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        session.required().map(SessionBody)
    }
}
