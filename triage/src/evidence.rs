//! The sessions that support a finding.

use std::borrow::Cow;
use std::cmp::Reverse;

use brightdata_sessions::{Session, SessionId, Timestamp};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::domain::redact_urls;
use crate::merge::{Merge, merge_fields};
use crate::moment::Moment;
use crate::read::{self, MAX_TEXT};
use crate::{redact_url, rules};

/// A session that supports a finding, with the fields that show why.
///
/// ```
/// use brightdata_sessions::{Session, SessionError};
/// use brightdata_sessions_triage::Triage;
///
/// let mut session = Session::new("a".parse()?);
/// session.target_url = Some("https://user:secret@shop.example/cart?token=secret".into());
/// session.error = Some(SessionError::new("no_peers", "see https://shop.example/?token=secret"));
/// let report = Triage::from_iter([session]).report();
/// let evidence = &report.errors.codes[0].evidence[0];
/// assert_eq!(evidence.target_url.as_deref(), Some("https://shop.example/cart"));
/// assert_eq!(evidence.message.as_deref(), Some("see https://shop.example/"));
/// # Ok::<(), brightdata_sessions::InvalidInput>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Evidence {
    /// The id of the session.
    pub session_id: SessionId,
    /// The start, in UTC and to the second.
    #[serde(deserialize_with = "read::time_or_null")]
    pub started: Option<Timestamp>,
    /// The duration, in seconds.
    #[serde(deserialize_with = "read::seconds_or_null")]
    pub duration: Option<f64>,
    /// The traffic, in bytes.
    pub bandwidth: Option<u64>,
    /// The URL of the first navigation, cut after 300 bytes. User, password, query and fragment are
    /// removed, except with [`with_full_urls`](crate::Triage::with_full_urls).
    #[serde(deserialize_with = "read::text")]
    pub target_url: Option<Box<str>>,
    /// The last URL, in the same form.
    #[serde(deserialize_with = "read::text")]
    pub end_url: Option<Box<str>>,
    /// The error code, cut after 300 bytes, with URLs in the same form.
    #[serde(deserialize_with = "read::text")]
    pub code: Option<Box<str>>,
    /// The error message, in the same form.
    #[serde(deserialize_with = "read::text")]
    pub message: Option<Box<str>>,
}

/// A session that is being added, with values that are computed once.
pub(crate) struct Case<'a> {
    pub(crate) session: &'a Session,
    pub(crate) start: Option<Moment>,
    pub(crate) full_urls: bool,
}

impl Case<'_> {
    /// Returns a string in the form that reports show: cut, with redacted URLs unless full ones are
    /// requested.
    pub(crate) fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.shown(text, redact_urls)
    }

    fn shown<'t>(&self, text: &'t str, redact: impl FnOnce(&'t str) -> Cow<'t, str>) -> Cow<'t, str> {
        match if self.full_urls { Cow::Borrowed(text) } else { redact(text) } {
            Cow::Borrowed(text) => short(text),
            Cow::Owned(text) => Cow::Owned(short(&text).into_owned()),
        }
    }

    fn evidence(&self) -> Evidence {
        let url =
            |url: &Option<Box<str>>| Some(self.shown(url.as_deref()?, |url| redact_url(url).into()).into());
        let error = self.session.error.as_ref();
        let text = |text: Option<&str>| text.map(|text| self.text(text).into());
        Evidence {
            session_id: self.session.session_id.clone(),
            started: self.start.and_then(Moment::timestamp),
            duration: rules::duration(self.session),
            bandwidth: self.session.bandwidth,
            target_url: url(&self.session.target_url),
            end_url: url(&self.session.end_url),
            code: text(error.and_then(|error| error.code.as_deref())),
            message: text(error.and_then(|error| error.message.as_deref())),
        }
    }
}

/// The maximum number of sessions that a finding lists.
pub(crate) const MAX_EVIDENCE: usize = 10;

/// The sessions with the highest ranks: the newest or the largest. Independent of the order in
/// which they are added.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Top<R> {
    highest_first: Vec<(R, Evidence)>,
}

impl<R: Ord + Copy> Top<R> {
    pub(crate) fn offer(&mut self, rank: R, case: &Case<'_>) {
        let index = self.index(rank, &case.session.session_id);
        if index < MAX_EVIDENCE {
            self.insert(index, rank, case.evidence());
        }
    }

    /// Returns the index of a session with this rank: after all higher ones, and among equal ones
    /// in the order of ids.
    fn index(&self, rank: R, id: &SessionId) -> usize {
        self.highest_first.partition_point(|(other, evidence)| {
            (Reverse(*other), &evidence.session_id) <= (Reverse(rank), id)
        })
    }

    fn insert(&mut self, index: usize, rank: R, evidence: Evidence) {
        self.highest_first.truncate(MAX_EVIDENCE - 1);
        self.highest_first.insert(index, (rank, evidence));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (R, &Evidence)> {
        self.highest_first.iter().map(|(rank, evidence)| (*rank, evidence))
    }

    pub(crate) fn evidence(&self) -> Vec<Evidence> {
        self.iter().map(|(_, evidence)| evidence.clone()).collect()
    }
}

impl<R: Ord + Copy> Merge for Top<R> {
    fn merge(&mut self, other: Self) {
        for (rank, evidence) in other.highest_first {
            let index = self.index(rank, &evidence.session_id);
            if index < MAX_EVIDENCE {
                self.insert(index, rank, evidence);
            }
        }
    }
}

impl<'de, R: Ord + Copy + Deserialize<'de>> Deserialize<'de> for Top<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let highest_first = read::list::<_, (R, Evidence), MAX_EVIDENCE>(deserializer)?;
        let is_sorted = highest_first.is_sorted_by(|(rank, evidence), (next, after)| {
            (Reverse(*rank), &evidence.session_id) <= (Reverse(*next), &after.session_id)
        });
        if is_sorted { Ok(Self { highest_first }) } else { Err(D::Error::custom("evidence out of order")) }
    }
}

impl<R> Default for Top<R> {
    fn default() -> Self {
        Self { highest_first: Vec::new() }
    }
}

/// The sessions that match a rule: their number, their traffic, and the newest of them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tally {
    pub(crate) sessions: u64,
    bandwidth: u64,
    pub(crate) bandwidth_missing: u64,
    pub(crate) newest: Top<Option<Moment>>,
}

merge_fields!(Tally { sessions, bandwidth, bandwidth_missing, newest });

impl Tally {
    pub(crate) fn add(&mut self, case: &Case<'_>) {
        self.sessions.merge(1);
        self.bandwidth.merge(case.session.bandwidth.unwrap_or(0));
        self.bandwidth_missing.merge(u64::from(case.session.bandwidth.is_none()));
        self.newest.offer(case.start, case);
    }

    /// Returns the reported traffic, or `None` if no session reports it.
    pub(crate) fn bandwidth(&self) -> Option<u64> {
        (self.bandwidth_missing < self.sessions).then_some(self.bandwidth)
    }
}

/// Cuts a string after 300 bytes, so that the size of a report does not depend on what a service
/// sends.
pub(crate) fn short(text: &str) -> Cow<'_, str> {
    if text.len() <= MAX_TEXT {
        return Cow::Borrowed(text);
    }
    match text.char_indices().find(|(start, c)| start + c.len_utf8() > MAX_TEXT) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use brightdata_sessions::SessionError;

    #[test]
    fn the_ten_highest_are_retained_in_any_order() {
        let sessions: Vec<_> =
            (0..30).map(|number| Session::new(format!("id-{number:02}").parse().unwrap())).collect();
        let mut orders: Vec<Vec<usize>> = vec![(0..30).collect(), (0..30).rev().collect()];
        orders.push((0..30).map(|number| number * 7 % 30).collect());
        for order in orders {
            let mut top = Top::default();
            // The second half is collected separately and merged.
            let mut other = Top::default();
            for (index, number) in order.into_iter().enumerate() {
                let part = if index < 15 { &mut top } else { &mut other };
                // Two sessions share a rank.
                part.offer(number / 2, &Case { session: &sessions[number], start: None, full_urls: false });
            }
            top.merge(other);
            let retained: Vec<_> =
                top.iter().map(|(rank, evidence)| (rank, evidence.session_id.as_str())).collect();
            assert_eq!(
                retained,
                [
                    (14, "id-28"),
                    (14, "id-29"),
                    (13, "id-26"),
                    (13, "id-27"),
                    (12, "id-24"),
                    (12, "id-25"),
                    (11, "id-22"),
                    (11, "id-23"),
                    (10, "id-20"),
                    (10, "id-21")
                ]
            );
        }
    }

    #[test]
    fn evidence_is_cut_and_has_no_secrets_without_full_urls() {
        let mut session = Session::new("a".parse().unwrap());
        session.target_url = Some("https://me:pw@a.b/c?token=1#2".into());
        session.error = Some(SessionError::new("at:https://me:pw@a.b/?c", "see https://me:pw@a.b/?c now"));
        session.end_url = Some(format!("https://a.b/{}", "é".repeat(1000)).into());
        let evidence = |full_urls| Case { session: &session, start: None, full_urls }.evidence();
        assert_eq!(evidence(false).target_url.as_deref(), Some("https://a.b/c"));
        let error = |full_urls| (evidence(full_urls).code.unwrap(), evidence(full_urls).message.unwrap());
        assert_eq!(error(false), ("at:https://a.b/".into(), "see https://a.b/ now".into()));
        assert_eq!(error(true), ("at:https://me:pw@a.b/?c".into(), "see https://me:pw@a.b/?c now".into()));
        assert_eq!(evidence(true).target_url.as_deref(), Some("https://me:pw@a.b/c?token=1#2"));
        assert_eq!(evidence(true).end_url.unwrap().as_ref(), format!("https://a.b/{}…", "é".repeat(144)));
    }

    #[test]
    fn a_text_is_cut_after_300_bytes() {
        assert_eq!(short(&"a".repeat(300)), "a".repeat(300));
        assert_eq!(short(&"a".repeat(301)), format!("{}…", "a".repeat(300)));
    }
}
