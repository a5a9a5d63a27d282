//! What the service says of many sessions.

use std::fmt;

use serde::de::{DeserializeOwned, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::Session;
use crate::model::fault;
use crate::model::json::{Field, FromObject, Name, object};
use crate::model::session::Whole;

/// One page of a list.
///
/// Only `sessions` must be there, a thousand at the most, each of them whole: one that is malformed makes the page malformed, and
/// the error says which. What is said about the list is read as far as it makes sense: `None` where it is missing, null, negative, or no
/// whole number at all.
///
/// `Debug` shows all sessions as received: see [`Session::redact`].
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct SessionPage {
    /// The sessions, in the order in which they came.
    pub sessions: Vec<Session>,
    /// How many sessions the service says this page has.
    pub count: Option<u64>,
    /// How many sessions the service says there are on all pages.
    pub total: Option<u64>,
    /// Where this page is, and where the next one.
    pub pagination: Pagination,
}

/// Where a page is, and where the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pagination {
    /// How many sessions come before this page.
    pub offset: Option<u64>,
    /// How many sessions a page has at the most.
    pub limit: Option<u64>,
    /// Whether there is a next page.
    pub has_more: Option<bool>,
    /// The offset of the next page.
    pub next_offset: Option<u64>,
}

impl SessionPage {
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
    /// Fails if this is not valid JSON, or not a page. As to its length and content, the error is
    /// like that of [`Session::from_json`].
    pub fn from_json(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json).map_err(|error| fault::in_page(json).unwrap_or(error))
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
        let mut count = Field::<Lenient<Whole>>::new("count");
        let mut total = Field::<Lenient<Whole>>::new("total");
        let mut pagination = Field::<Lenient<Pagination>>::new("pagination");
        while let Some(name) = map.next_key::<Name>()? {
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

/// Ten times what may be asked for. Tiny sessions take far more memory than they took on the wire, so a flood of them
/// ends here.
pub(crate) const MOST_SESSIONS: usize = 1000;

/// The sessions of a page. An error says at which of them.
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
                        Some(_) if index == MOST_SESSIONS => {
                            return Err(A::Error::custom("more than 1000 sessions on one page"));
                        }
                        Some(session) => {
                            // While a list grows there are two of it: where it doubled, that was over three times a body at times.
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
        let mut offset = Field::<Lenient<Whole>>::new("offset");
        let mut limit = Field::<Lenient<Whole>>::new("limit");
        let mut has_more = Field::<Lenient<bool>>::new("has_more");
        let mut next_offset = Field::<Lenient<Whole>>::new("next_offset");
        while let Some(name) = map.next_key::<Name>()? {
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

/// Any value; what it says, if that makes sense.
struct Lenient<T>(Option<T>);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Box::<RawValue>::deserialize(deserializer)?;
        // None of these is written as a string; serde's error would copy the whole of it.
        let is_string = value.get().starts_with('"');
        Ok(Self(if is_string { None } else { serde_json::from_str(value.get()).ok() }))
    }
}

fn whole(field: Field<Lenient<Whole>>) -> Option<u64> {
    let Lenient(number) = field.value?;
    number.map(|Whole(number)| number)
}
