//! One page of a list of sessions.

use std::fmt;

use serde::de::{DeserializeOwned, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::Session;
use crate::model::fault;
use crate::model::field::{JsonType, JsonU64, KnownField};
use crate::model::json::{Field, FieldName, FromObject, object};

/// One page of a list.
///
/// Only `sessions` is required, with at most 1,000 sessions. A malformed session makes the page
/// malformed, and the error names it. All other fields are lenient: they are `None` if missing,
/// null, negative or not a whole number.
///
/// `Debug` shows all sessions as received: see [`Session::redact`].
///
/// ```
/// use brightdata_sessions::SessionPage;
///
/// let page = SessionPage::from_json(r#"{"sessions":[{"session_id":"a"}],"count":1,"total":257}"#)?;
/// assert_eq!(page.sessions[0].session_id.as_str(), "a");
/// assert_eq!(page.total, Some(257));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct SessionPage {
    /// The sessions, in the order received.
    pub sessions: Vec<Session>,
    /// The number of sessions on this page, as reported by the service.
    pub count: Option<u64>,
    /// The number of sessions on all pages, as reported by the service.
    pub total: Option<u64>,
    /// The position of this page and of the next one.
    pub pagination: Pagination,
}

/// The position of a page and of the next one.
///
/// ```
/// use brightdata_sessions::SessionPage;
///
/// let json = r#"{"sessions":[],"pagination":{"offset":50,"limit":50,"has_more":false,"next_offset":null}}"#;
/// let page = SessionPage::from_json(json)?;
/// assert_eq!((page.pagination.offset, page.pagination.has_more), (Some(50), Some(false)));
/// assert_eq!(page.pagination.next_offset, None); // the last page
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pagination {
    /// The number of sessions before this page.
    pub offset: Option<u64>,
    /// The maximum number of sessions on a page.
    pub limit: Option<u64>,
    /// Whether a next page exists.
    pub has_more: Option<bool>,
    /// The offset of the next page.
    pub next_offset: Option<u64>,
}

impl SessionPage {
    /// The known fields.
    pub(crate) const FIELDS: &'static [KnownField] = &[
        KnownField::required("sessions", JsonType::Sessions(Session::FIELDS, MAX_SESSIONS)),
        KnownField::optional("count", JsonType::Any),
        KnownField::optional("total", JsonType::Any),
        KnownField::optional("pagination", JsonType::Any),
    ];

    /// Reads the JSON of one page, as `serde_json::from_str` does. The error names the session and
    /// the field.
    ///
    /// ```
    /// use brightdata_sessions::SessionPage;
    ///
    /// let error = SessionPage::from_json(r#"{"sessions":[{"timestamp":1,"session_id":"a"}]}"#).unwrap_err();
    /// assert_eq!(error.to_string(), "sessions[0] (id a): timestamp: expected a string, found 1");
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if this is not valid JSON, or not a page. Length and content of the error are limited
    /// as for [`Session::from_json`].
    pub fn from_json(json: &str) -> Result<Self, serde_json::Error> {
        fault::from_json(json, Self::FIELDS)
    }
}

impl<'de> Deserialize<'de> for SessionPage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object(deserializer)
    }
}

impl<'de> FromObject<'de> for SessionPage {
    const EXPECTED: &'static str = "an object with `sessions` in it";

    fn from_object<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut sessions = Field::<Sessions>::new("sessions");
        let mut count = Field::<Lenient<JsonU64>>::new("count");
        let mut total = Field::<Lenient<JsonU64>>::new("total");
        let mut pagination = Field::<Lenient<Pagination>>::new("pagination");
        while let Some(name) = map.next_key::<FieldName>()? {
            match &*name {
                "sessions" => sessions.read(&mut map)?,
                "count" => count.read(&mut map)?,
                "total" => total.read(&mut map)?,
                "pagination" => pagination.read(&mut map)?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let Sessions(sessions) = sessions.required()?;
        Ok(Self {
            sessions,
            count: whole(count),
            total: whole(total),
            pagination: pagination.value.and_then(|Lenient(pagination)| pagination).unwrap_or_default(),
        })
    }
}

/// Ten times the maximum that may be requested. Tiny sessions take far more memory than they took
/// on the wire, so their number is limited.
pub(crate) const MAX_SESSIONS: usize = 1000;

/// The sessions of a page. An error names the index of the invalid one.
struct Sessions(Vec<Session>);

impl<'de> Deserialize<'de> for Sessions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SessionsVisitor;

        impl<'de> Visitor<'de> for SessionsVisitor {
            type Value = Sessions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of sessions")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Sessions, A::Error> {
                let mut sessions = Vec::new();
                loop {
                    let index = sessions.len();
                    let session = seq.next_element();
                    match session
                        .map_err(|error| A::Error::custom(format_args!("sessions[{index}]: {error}")))?
                    {
                        Some(_) if index == MAX_SESSIONS => {
                            return Err(A::Error::custom(format_args!(
                                "more than {MAX_SESSIONS} sessions on one page"
                            )));
                        }
                        Some(session) => {
                            // Grow by half: both buffers exist during reallocation, and doubling
                            // exceeded the memory bound.
                            if index == sessions.capacity() {
                                sessions.reserve_exact(index / 2 + 1);
                            }
                            sessions.push(session);
                        }
                        None => return Ok(Sessions(sessions)),
                    }
                }
            }
        }

        deserializer.deserialize_seq(SessionsVisitor)
    }
}

impl<'de> Deserialize<'de> for Pagination {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object(deserializer)
    }
}

impl<'de> FromObject<'de> for Pagination {
    const EXPECTED: &'static str = "a pagination object";

    fn from_object<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut offset = Field::<Lenient<JsonU64>>::new("offset");
        let mut limit = Field::<Lenient<JsonU64>>::new("limit");
        let mut has_more = Field::<Lenient<bool>>::new("has_more");
        let mut next_offset = Field::<Lenient<JsonU64>>::new("next_offset");
        while let Some(name) = map.next_key::<FieldName>()? {
            match &*name {
                "offset" => offset.read(&mut map)?,
                "limit" => limit.read(&mut map)?,
                "has_more" => has_more.read(&mut map)?,
                "next_offset" => next_offset.read(&mut map)?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Self {
            offset: whole(offset),
            limit: whole(limit),
            has_more: has_more.value.and_then(|Lenient(has_more)| has_more),
            next_offset: whole(next_offset),
        })
    }
}

/// Accepts any value. Holds the parsed one if it has the right type.
struct Lenient<T>(Option<T>);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Box::<RawValue>::deserialize(deserializer)?;
        // No field here is a string, and serde's error would copy a long one.
        let is_string = value.get().starts_with('"');
        Ok(Self(if is_string { None } else { serde_json::from_str(value.get()).ok() }))
    }
}

fn whole(field: Field<Lenient<JsonU64>>) -> Option<u64> {
    let Lenient(number) = field.value?;
    number.map(|JsonU64(number)| number)
}
