//! Sessions by the time of their start.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use brightdata_sessions::{SessionStatus, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};

use crate::merge::{Merge, merge_fields, sum};
use crate::moment::Moment;
use crate::read;

/// The number of sessions with each status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Statuses {
    /// Still running.
    pub running: u64,
    /// Ended without a failure.
    pub finished: u64,
    /// Ended with a failure.
    pub failed: u64,
    /// With an unknown status.
    pub other: u64,
    /// Without a status.
    pub missing: u64,
}

impl Statuses {
    pub(crate) fn add(&mut self, status: Option<&SessionStatus>) {
        let count = match status {
            Some(SessionStatus::Running) => &mut self.running,
            Some(SessionStatus::Finished) => &mut self.finished,
            Some(SessionStatus::Failed) => &mut self.failed,
            Some(_) => &mut self.other,
            None => &mut self.missing,
        };
        count.merge(1);
    }

    /// Returns the number of all sessions.
    pub fn all(&self) -> u64 {
        sum([self.running, self.finished, self.failed, self.other, self.missing])
    }

    /// Returns the number of sessions that have ended.
    pub(crate) fn ended(self) -> u64 {
        self.finished.saturating_add(self.failed)
    }

    /// Returns the share of ended sessions that failed, from 0 to 1; `None` if none has ended.
    pub(crate) fn failure_rate(self) -> Option<f64> {
        let ended = self.ended();
        (ended > 0).then(|| self.failed as f64 / ended as f64)
    }
}

merge_fields!(Statuses { running, finished, failed, other, missing });

/// The sessions that started within an hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Hour {
    /// The start of the hour, in UTC.
    #[serde(deserialize_with = "read::time")]
    pub start: Timestamp,
    /// The number of sessions with each status.
    #[serde(flatten)]
    pub statuses: Statuses,
}

impl Hour {
    /// Returns the number of hours since 1970.
    fn index(&self) -> u64 {
        let start = self.start.to_system_time();
        let since = start.and_then(|start| start.duration_since(SystemTime::UNIX_EPOCH).ok());
        since.unwrap_or_default().as_secs() / 3600
    }
}

/// The part of a report's hours that fits on a chart: the result of
/// [`Report::hour_window`](crate::Report::hour_window).
///
/// ```
/// use brightdata_sessions::Session;
/// use brightdata_sessions_triage::Triage;
///
/// let session = |id: &str, start: &str| {
///     let mut session = Session::new(id.parse().unwrap());
///     session.timestamp = start.parse().ok();
///     session
/// };
/// let sessions = [session("a", "2025-12-16T08:15:00Z"), session("b", "2025-12-16T18:53:41Z")];
/// let report = Triage::from_iter(sessions).report();
/// let window = report.hour_window(6);
/// assert_eq!(window.hours[0].start.as_str(), "2025-12-16T18:00:00Z");
/// assert_eq!((window.hours.len(), window.earlier, window.later), (1, 1, 0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HourWindow<'a> {
    /// The hours. All of them fit on the chart.
    pub hours: &'a [Hour],
    /// The number of sessions that started earlier.
    pub earlier: u64,
    /// The number of sessions that started later.
    pub later: u64,
}

impl<'a> HourWindow<'a> {
    pub(crate) fn new(hours: &'a [Hour], width: u64, beyond: u64) -> Self {
        let width = width.max(1);
        let indexes: Vec<_> = hours.iter().map(Hour::index).collect();
        let sum = |hours: &[Hour]| sum(hours.iter().map(|hour| hour.statuses.all()));
        // For each hour, the window that ends with it: its start and its number of sessions.
        let mut windows = Vec::with_capacity(hours.len());
        let (mut start, mut sessions) = (0, 0);
        for (last, hour) in indexes.iter().zip(hours) {
            sessions += u128::from(hour.statuses.all());
            while indexes.get(start).is_some_and(|first| last.saturating_sub(*first) >= width) {
                sessions -= hours.get(start).map_or(0, |hour| u128::from(hour.statuses.all()));
                start += 1;
            }
            windows.push((start, sessions));
        }
        let fullest = windows.iter().map(|(_, sessions)| *sessions).max().unwrap_or(0);
        // A period ends with an hour that no other follows within the width. Its fullest window
        // decides whether it is shown.
        let mut shown = (0, 0);
        let mut of_period = 0;
        for (end, (start, sessions)) in windows.into_iter().enumerate() {
            of_period = sessions.max(of_period);
            let next = indexes.get(end + 1).zip(indexes.get(end));
            if next.is_none_or(|(next, last)| next.saturating_sub(*last) >= width) {
                if of_period > fullest / 2 {
                    shown = (start, end + 1);
                }
                of_period = 0;
            }
        }
        let (before, rest) = hours.split_at_checked(shown.0).unwrap_or_default();
        let (hours, after) = rest.split_at_checked(shown.1 - shown.0).unwrap_or_default();
        Self { hours, earlier: beyond.saturating_add(sum(before)), later: sum(after) }
    }
}

/// Values by hour or day (of `UNIT` seconds), for the latest `MAX` ones.
///
/// A value that was dropped is not added again, because it is older than all retained ones. The
/// retained values are therefore exact, and do not depend on the order of the sessions.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Recent<T, const MAX: usize, const UNIT: u64> {
    retained: BTreeMap<u64, T>,
}

impl<T, const MAX: usize, const UNIT: u64> Recent<T, MAX, UNIT> {
    /// Returns the value of the hour or day of this moment. `None` before 1970, or if there is no
    /// room because all retained ones are later.
    pub(crate) fn get(&mut self, moment: Moment) -> Option<&mut T>
    where
        T: Default,
    {
        let index = moment.seconds()? / UNIT;
        self.retained.entry(index).or_default();
        self.drop_oldest();
        self.retained.get_mut(&index)
    }

    /// Iterates over the values, each with the start of its hour or day.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Timestamp, &T)> {
        self.retained.iter().filter_map(|(index, value)| Some((start(*index, UNIT)?, value)))
    }

    fn drop_oldest(&mut self) {
        while self.retained.len() > MAX {
            self.retained.pop_first();
        }
    }
}

/// Returns the start of an hour or day.
fn start(index: u64, unit: u64) -> Option<Timestamp> {
    let since = Duration::from_secs(index.checked_mul(unit)?);
    Timestamp::try_from(SystemTime::UNIX_EPOCH.checked_add(since)?).ok()
}

impl<T, const MAX: usize, const UNIT: u64> Default for Recent<T, MAX, UNIT> {
    fn default() -> Self {
        Self { retained: BTreeMap::new() }
    }
}

/// The latest ones of both are the latest of all, and no session of them was dropped before.
impl<T: Merge + Default, const MAX: usize, const UNIT: u64> Merge for Recent<T, MAX, UNIT> {
    fn merge(&mut self, other: Self) {
        for (index, value) in other.retained {
            self.retained.entry(index).or_default().merge(value);
        }
        self.drop_oldest();
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize, const UNIT: u64> Deserialize<'de> for Recent<T, MAX, UNIT> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let retained = read::map(deserializer, MAX, |index| start(*index, UNIT).is_some())?;
        Ok(Self { retained })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(seconds: u64) -> Moment {
        Moment::new(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap()
    }

    #[test]
    fn the_latest_are_retained_in_any_order() {
        let hours = |order: &[u64]| {
            let recent = |order: &[u64]| {
                let mut recent = Recent::<u64, 2, 3600>::default();
                for hour in order {
                    recent.get(moment(hour * 3600 + 3599)).into_iter().for_each(|count| *count += 1);
                }
                recent
            };
            let all = recent(order);
            // Any two parts of them give the same.
            for end in 0..=order.len() {
                let (mut first, second) = (recent(&order[..end]), recent(&order[end..]));
                first.merge(second);
                assert_eq!(first.retained, all.retained);
            }
            all.iter().map(|(start, count)| (start.to_string(), *count)).collect::<Vec<_>>()
        };
        let latest = [("1970-01-01T04:00:00Z".to_owned(), 2), ("1970-01-01T07:00:00Z".to_owned(), 1)];
        for order in [[0, 4, 7, 4, 1, 0], [7, 4, 4, 1, 0, 0], [0, 0, 1, 4, 4, 7], [4, 0, 4, 0, 1, 7]] {
            assert_eq!(hours(&order), latest);
        }
    }

    #[test]
    fn a_time_before_1970_has_no_hour() {
        let mut recent = Recent::<u64, 2, 3600>::default();
        let before = Moment::new(SystemTime::UNIX_EPOCH - Duration::from_secs(1)).unwrap();
        assert_eq!(recent.get(before), None);
    }

    #[test]
    fn too_many_or_too_late_hours_are_rejected() {
        let read = |json: &str| match serde_json::from_str::<Recent<u64, 2, 3600>>(json) {
            Ok(recent) => Ok(recent.retained.len()),
            Err(error) => Err(error.to_string()),
        };
        assert_eq!(read(r#"{"0":1,"70389527":2}"#), Ok(2));
        for (json, expected) in [
            (r#"{"0":1,"1":2,"2":3}"#, "more than 2 entries"),
            (r#"{"70389528":1}"#, "invalid name of an entry"),
            (r#"{"18446744073709551615":1}"#, "invalid name of an entry"),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    /// Returns the hours of a chart with room for three, and the numbers of sessions before and
    /// after them.
    fn window(hours: &[(u64, u64)], beyond: u64) -> (Vec<u64>, u64, u64) {
        let hours: Vec<_> = hours
            .iter()
            .map(|(index, failed)| Hour {
                start: (SystemTime::UNIX_EPOCH + Duration::from_secs(index * 3600)).try_into().unwrap(),
                statuses: Statuses { failed: *failed, ..Statuses::default() },
            })
            .collect();
        let window = HourWindow::new(&hours, 3, beyond);
        (window.hours.iter().map(Hour::index).collect(), window.earlier, window.later)
    }

    #[test]
    fn a_chart_ends_with_the_latest_hour() {
        assert_eq!(window(&[], 0), (vec![], 0, 0));
        assert_eq!(window(&[(5, 1)], 7), (vec![5], 7, 0));
        // Every gap is shorter than the chart, so it does not end before a decline.
        assert_eq!(window(&[(5, 90), (6, 90), (8, 1)], 0), (vec![6, 8], 90, 0));
        // A pause, and then about as many again.
        assert_eq!(window(&[(5, 90), (6, 90), (90, 91)], 0), (vec![90], 180, 0));
        assert_eq!(window(&[(5, 1), (90, 1)], 0), (vec![90], 1, 0));
    }

    #[test]
    fn a_chart_ends_before_a_few_much_later_sessions() {
        assert_eq!(window(&[(5, 2), (1_000_000, 1)], 0), (vec![5], 0, 1));
        assert_eq!(window(&[(1, 3), (5, 1), (6, 2), (9, 1), (99, 1)], 4), (vec![5, 6], 7, 2));
        assert_eq!(window(&[(5, 90), (6, 80), (90, 1), (900, 2), (9000, 3)], 0), (vec![5, 6], 0, 6));
        // The numbers of a modified report may be of any size.
        assert_eq!(window(&[(5, u64::MAX), (6, u64::MAX), (90, 1)], 1), (vec![5, 6], 1, 1));
    }

    #[test]
    fn the_failure_rate_is_that_of_ended_sessions() {
        let statuses = Statuses { running: 5, finished: 6, failed: 2, other: 1, missing: 1 };
        assert_eq!(statuses.failure_rate(), Some(0.25));
        assert_eq!(Statuses { running: 5, ..Statuses::default() }.failure_rate(), None);
    }
}
