//! The words that the parameters of a list accept.

use crate::words::words;

/// The status filter of a list.
///
/// ```
/// use brightdata_sessions::StatusFilter;
///
/// assert_eq!("failed".parse(), Ok(StatusFilter::Failed));
/// assert_eq!(StatusFilter::Failed.to_string(), "failed");
///
/// let error = "paused".parse::<StatusFilter>().unwrap_err();
/// assert_eq!(error.to_string(), "invalid status: expected one of running, finished, failed, all");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum StatusFilter {
    /// Sessions that are still open.
    Running,
    /// Sessions that ended normally.
    Finished,
    /// Sessions that ended with an error.
    Failed,
    /// All sessions, the service's default.
    All,
}

words!(StatusFilter, "status", [Running = "running", Finished = "finished", Failed = "failed", All = "all"]);

/// The sort key of a list.
///
/// ```
/// use brightdata_sessions::SortBy;
///
/// let words: Vec<_> = SortBy::VARIANTS.iter().map(|key| key.as_str()).collect();
/// assert_eq!(words, ["timestamp", "duration", "bandwidth"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SortBy {
    /// The start time, the service's default.
    Timestamp,
    /// The duration.
    Duration,
    /// The billable traffic.
    Bandwidth,
}

words!(SortBy, "sort", [Timestamp = "timestamp", Duration = "duration", Bandwidth = "bandwidth"]);

/// The sort order of a list.
///
/// ```
/// use brightdata_sessions::Order;
///
/// assert_eq!("asc".parse(), Ok(Order::Asc));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Order {
    /// Smallest or oldest first.
    Asc,
    /// Largest or newest first, the service's default.
    Desc,
}

words!(Order, "order", [Asc = "asc", Desc = "desc"]);
