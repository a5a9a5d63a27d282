//! The sessions that the service holds, over time.

use std::collections::{BTreeMap, HashMap};
use std::time::SystemTime;

use brightdata_sessions::{Session, Timestamp};

/// The sessions in the order of their starts, then of their ids.
#[derive(Clone, Default)]
pub(crate) struct Sessions {
    records: BTreeMap<Key, Vec<Version>>,
    /// The start of each session, by its id.
    starts: HashMap<Box<str>, Option<SystemTime>>,
}

/// A session without a readable start comes before all others.
type Key = (Option<SystemTime>, Box<str>);

/// A record of a session.
#[derive(Clone)]
struct Version {
    /// The time from which the service returns it. `None` for a record that was always there.
    from: Option<SystemTime>,
    /// `None` if the session is gone from this time on.
    session: Option<Session>,
}

impl Sessions {
    /// Adds a session that was always there. Returns the last record that it replaces.
    pub(crate) fn insert(&mut self, session: Session) -> Option<Session> {
        let replaced = self.remove(session.session_id.as_str());
        self.add(None, session);
        replaced
    }

    /// Adds a record of a session that the service returns from this time on.
    pub(crate) fn insert_at(&mut self, from: SystemTime, session: Session) {
        self.add(Some(from), session);
    }

    /// Removes a session from this time on.
    pub(crate) fn remove_at(&mut self, from: SystemTime, id: &str) {
        if let Some((id, start)) = self.starts.get_key_value(id) {
            let versions = self.records.entry((*start, id.clone())).or_default();
            insert(versions, Version { from: Some(from), session: None });
        }
    }

    fn add(&mut self, from: Option<SystemTime>, session: Session) {
        let id: Box<str> = session.session_id.as_str().into();
        let start = session.timestamp.as_ref().and_then(Timestamp::to_system_time);
        // All records of a session are in one place, even if their starts differ.
        let start = *self.starts.entry(id.clone()).or_insert(start);
        insert(self.records.entry((start, id)).or_default(), Version { from, session: Some(session) });
    }

    /// Removes a session. Returns its last record.
    pub(crate) fn remove(&mut self, id: &str) -> Option<Session> {
        let (id, start) = self.starts.remove_entry(id)?;
        self.records.remove(&(start, id))?.into_iter().rev().find_map(|version| version.session)
    }

    /// Returns the record of a session at this time.
    pub(crate) fn get(&self, id: &str, now: SystemTime) -> Option<&Session> {
        let (id, start) = self.starts.get_key_value(id)?;
        current(self.records.get(&(*start, id.clone()))?, now)
    }

    /// Returns the records at this time of all sessions from this start on, with their starts.
    pub(crate) fn since(
        &self,
        start: Option<SystemTime>,
        now: SystemTime,
    ) -> impl Iterator<Item = (Option<SystemTime>, &Session)> {
        self.records
            .range((start, Box::from(""))..)
            .filter_map(move |((start, _), versions)| Some((*start, current(versions, now)?)))
    }
}

fn insert(versions: &mut Vec<Version>, version: Version) {
    let place = versions.partition_point(|other| other.from <= version.from);
    versions.insert(place, version);
}

fn current(versions: &[Version], now: SystemTime) -> Option<&Session> {
    let current = versions.iter().rev().find(|version| version.from.is_none_or(|from| from <= now));
    current.and_then(|version| version.session.as_ref())
}
