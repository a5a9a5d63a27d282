//! The result of the command, for drivers that hand out no messages.

use serde::de::{IgnoredAny, MapAccess};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::CommandError;
use crate::SessionId;
use crate::model::json::{Field, FieldName, FromObject, object};

/// The result of [`METHOD`](super::SessionIdCommand::METHOD), for drivers that hand out the results
/// of commands, but not the messages: see [`drivers`](super::drivers).
///
/// Other members than `sessionId` are ignored.
///
/// ```
/// use brightdata_sessions::cdp::SessionIdResult;
///
/// // The driver deserializes the result,
/// let json = r#"{"sessionId": "3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f"}"#;
/// let result: SessionIdResult = serde_json::from_str(json)?;
/// assert_eq!(result.session_id.as_str(), "3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f");
///
/// // or it returns a value.
/// let value = serde_json::json!({"sessionId": "3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f"});
/// assert_eq!(SessionIdResult::try_from(value)?, result);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionIdResult {
    /// The id of the Browser API session.
    pub session_id: SessionId,
}

impl<'de> Deserialize<'de> for SessionIdResult {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object(deserializer)
    }
}

impl<'de> FromObject<'de> for SessionIdResult {
    const EXPECTED: &'static str = "an object with the session id";

    fn from_object<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut session_id = Field::new("sessionId");
        while let Some(name) = map.next_key::<FieldName<'de>>()? {
            if &*name == "sessionId" {
                session_id.read(&mut map)?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Self { session_id: session_id.required()? })
    }
}

impl TryFrom<Value> for SessionIdResult {
    type Error = CommandError;

    fn try_from(result: Value) -> Result<Self, CommandError> {
        let id = result.get("sessionId").and_then(Value::as_str).ok_or(CommandError::Malformed)?;
        Ok(Self { session_id: SessionId::new(id)? })
    }
}
