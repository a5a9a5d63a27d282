//! The position of a history, which a program stores to continue later.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, MapAccess};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::json::{Field, FieldName, FromObject, object};
use crate::{Session, SessionId, SessionStatus, Timestamp};

/// The position of a [`SessionHistory`](crate::SessionHistory) or a
/// [`SessionFollower`](crate::SessionFollower): a small value that serializes.
///
/// It is valid after each item. A program that stores it, in this process or another one, continues
/// after exactly the items that were yielded before. It is valid for the filters of its own request
/// only.
///
/// It consists of a time and of the ids that were yielded since that time: those of one second
/// while the history is far in the past, and those of the last 65 minutes at its end. Its JSON is
/// `{"start":"2025-12-16T18:53:41Z","seen":[["<id>",1765911221,false]]}`: for each id, the second in
/// which the session started, and whether it had ended.
///
/// ```
/// use brightdata_sessions::HistoryCursor;
///
/// let json = r#"{"start":"2025-12-16T18:53:41Z","seen":[["s1",1765911221,true]]}"#;
/// let cursor: HistoryCursor = serde_json::from_str(json)?;
/// assert_eq!(cursor.start().unwrap().as_str(), "2025-12-16T18:53:41Z");
/// assert_eq!(serde_json::to_string(&cursor)?, json);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct HistoryCursor {
    /// Every session that started before this second was yielded.
    start: Option<i64>,
    /// The other sessions that were yielded, and those that started in `pruned` or later.
    seen: BTreeMap<SessionId, Seen>,
    pruned: Option<i64>,
}

#[derive(Clone, Copy)]
struct Seen {
    /// The second in which the session started.
    start: i64,
    is_ended: bool,
}

impl HistoryCursor {
    pub(super) fn new(start: Option<i64>) -> Self {
        Self { start, ..Self::default() }
    }

    /// Returns the second before which every session was yielded. `None` at the beginning of a
    /// history without a start date.
    pub fn start(&self) -> Option<Timestamp> {
        self.start.map(Timestamp::from_unix_second)
    }

    pub(super) fn start_second(&self) -> Option<i64> {
        self.start
    }

    /// Returns the number of sessions that are stored.
    pub(super) fn len(&self) -> usize {
        self.seen.len()
    }

    /// Continues at the start of another cursor, if this one has none.
    pub(super) fn or_start_of(mut self, other: &Self) -> Self {
        self.start = self.start.or(other.start);
        self
    }

    /// Records a session that started in this second. Returns whether to yield it: if it is new or,
    /// with `with_ends`, if it has ended since it was yielded.
    pub(super) fn record(&mut self, session: &Session, start: i64, with_ends: bool) -> bool {
        if self.start.is_some_and(|from| start < from) {
            return false;
        }
        let is_ended = session.status.as_ref().is_some_and(SessionStatus::is_ended);
        let Some(seen) = self.seen.get_mut(&session.session_id) else {
            self.seen.insert(session.session_id.clone(), Seen { start, is_ended });
            return true;
        };
        // A session that is reported with another start must not be forgotten before that.
        seen.start = seen.start.max(start);
        let has_ended = with_ends && is_ended && !seen.is_ended;
        seen.is_ended |= has_ended;
        has_ended
    }

    /// Moves the start forward, because every session before this second was yielded.
    pub(super) fn advance(&mut self, start: i64) {
        self.start = self.start.max(Some(start));
    }

    /// Forgets the sessions before the start.
    pub(super) fn prune(&mut self) {
        if self.pruned < self.start {
            self.pruned = self.start;
            self.seen.retain(|_, seen| Some(seen.start) >= self.start);
        }
    }

    fn seen(&self) -> impl Iterator<Item = (&SessionId, i64, bool)> {
        let seen = self.seen.iter().map(|(id, seen)| (id, seen.start, seen.is_ended));
        seen.filter(|&(_, start, _)| Some(start) >= self.start)
    }
}

/// Omits the ids, of which there can be thousands.
impl fmt::Debug for HistoryCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HistoryCursor")
            .field("start", &self.start())
            .field("seen", &self.seen().count())
            .finish()
    }
}

impl Serialize for HistoryCursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct SeenList<'a>(&'a HistoryCursor);

        impl Serialize for SeenList<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(self.0.seen())
            }
        }

        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("start", &self.start())?;
        map.serialize_entry("seen", &SeenList(self))?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for HistoryCursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object(deserializer)
    }
}

impl<'de> FromObject<'de> for HistoryCursor {
    const EXPECTED: &'static str = "a cursor of a history";

    fn from_object<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut start = Field::<Timestamp>::new("start");
        let mut seen = Field::<Vec<(SessionId, i64, bool)>>::new("seen");
        while let Some(name) = map.next_key::<FieldName>()? {
            match &*name {
                "start" => start.read(&mut map)?,
                "seen" => seen.read(&mut map)?,
                // A member of a later version could change the meaning of the others.
                _ => return Err(A::Error::custom("unknown member of a cursor")),
            }
        }
        let start = start.value.map(Timestamp::checked).transpose().map_err(A::Error::custom)?;
        let seen = seen.required::<A::Error>()?.into_iter();
        Ok(Self {
            start: start.and_then(|start| start.unix_second()),
            seen: seen.map(|(id, start, is_ended)| (id, Seen { start, is_ended })).collect(),
            pruned: None,
        })
    }
}
