//! The collector of sessions.

use std::fmt;
use std::time::SystemTime;

use brightdata_sessions::Session;
use serde::{Deserialize, Serialize};

use crate::evidence::Case;
use crate::figures::Figures;
use crate::merge::Merge as _;
use crate::moment::Moment;
use crate::price::{self, InvalidPrice};
use crate::rules;
use crate::state::{self, Version};

/// Collects sessions one at a time, and reports on all of them.
///
/// # Merging
///
/// Parts of a large set can be triaged separately, by threads, processes or machines, and merged:
///
/// ```
/// use brightdata_sessions::Session;
/// use brightdata_sessions_triage::Triage;
///
/// let session = |id: &str| Session::new(id.parse().unwrap());
/// let monday: Triage = [session("a"), session("b")].into_iter().collect();
/// let tuesday: Triage = [session("c")].into_iter().collect();
///
/// let state = serde_json::to_string(&tuesday)?; // Written by one process,
/// let tuesday: Triage = serde_json::from_str(&state)?; // read by another.
///
/// let mut both = monday;
/// both.merge(tuesday)?;
/// assert_eq!(both.report().sessions, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The result is the same as if one triage had added all sessions, whatever the parts and their
/// order. This includes medians and percentiles, which have the same error of at most 1 %. There
/// are two conditions:
///
/// - No session is in two parts. Ids are not stored, so it would count twice.
/// - All parts together have no more names than a triage [counts separately](crate#memory). If a
///   table of names overflows, the names with the most sessions are retained. Totals stay exact,
///   but the figures of a name are lower bounds: the rest of its sessions counts as other.
///
/// # State
///
/// `Serialize` writes the state of a triage and `Deserialize` reads it, in any format of serde. Its
/// format has a version, which this crate checks. As JSON:
///
/// | member | value |
/// |---|---|
/// | `triage_state` | the version of this format: 2 |
/// | `now` | when the sessions were fetched: seconds since 1970 and nanoseconds, or null |
/// | `price_per_gb` | the price, or null |
/// | `full_urls` | whether URLs are kept whole |
/// | `reported` | the number of sessions that the service reported, or null |
/// | `duplicates` | `left_out` and `unchecked`, or null |
/// | `figures` | the counts, sums, sketches, names and evidence, which change with the version |
///
/// A state holds URLs and messages of some sessions, in the form of [`Evidence`](crate::Evidence).
/// Its size depends on the number of names, not of sessions: about 100 kB for a million sessions
/// of the testkit's generator.
///
/// Reading is strict. It fails if a table has too many names, a string is too long, a number is out
/// of range, or the figures do not add up. Reading takes at most as much memory as a triage. The
/// parser of the format may buffer a string before its length is checked, so limit the size of an
/// untrusted input.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Triage {
    #[serde(rename = "triage_state")]
    version: Version,
    pub(crate) now: Option<Moment>,
    #[serde(rename = "price_per_gb", deserialize_with = "price::read")]
    pub(crate) price: Option<f64>,
    full_urls: bool,
    pub(crate) reported: Option<u64>,
    pub(crate) duplicates: Option<Duplicates>,
    #[serde(deserialize_with = "state::figures")]
    pub(crate) figures: Figures,
}

/// The result of the caller's search for duplicates.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Duplicates {
    pub(crate) left_out: u64,
    pub(crate) unchecked: u64,
}

/// Shows the number of sessions only. The [`Report`](crate::Report) has the rest.
impl fmt::Debug for Triage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Triage").field("sessions", &self.figures.total.sessions).finish_non_exhaustive()
    }
}

impl Triage {
    /// Creates an empty triage, without a price and without the current time.
    pub fn new() -> Self {
        Self {
            version: Version,
            now: None,
            price: None,
            full_urls: false,
            reported: None,
            duplicates: None,
            figures: Figures::default(),
        }
    }

    /// Sets when the sessions were fetched. Without it, the report does not cover how long sessions
    /// have been running. Call it before [`add`](Self::add): it does not affect sessions that were
    /// added before. A time outside the years 0 to 9999 is unknown.
    #[must_use]
    pub fn with_now(mut self, now: SystemTime) -> Self {
        self.now = Moment::new(now);
        self
    }

    /// Sets the price of a GB of traffic (10^9 bytes, not 2^30), in any currency.
    ///
    /// # Errors
    /// `InvalidPrice` unless the price is from 0 to 1,000,000.
    pub fn with_price_per_gb(mut self, price: f64) -> Result<Self, InvalidPrice> {
        self.price = Some(price::valid(price)?);
        Ok(self)
    }

    /// Keeps the query, fragment, user and password of URLs, all of which can be secrets.
    ///
    /// By default they are removed from target and end URLs, and from each word of an error code or
    /// message that contains `://`. Nothing else is removed from an error or a path. Call it before
    /// [`add`](Self::add): it does not affect sessions that were added before.
    #[must_use]
    pub fn with_full_urls(mut self) -> Self {
        self.full_urls = true;
        self
    }

    /// Sets how many sessions the service reported, such as the `total` of its list. The report
    /// compares it with the number of added sessions, which reveals a list that ended early. Can be
    /// called at any time; the last value counts.
    pub fn set_reported(&mut self, total: Option<u64>) {
        self.reported = total;
    }

    /// Sets how many records the caller left out because it added a later record of the same
    /// session, and how many it added unchecked because its memory for ids was full. Without this
    /// call, the report does not mention duplicates.
    pub fn set_duplicates(&mut self, left_out: u64, unchecked: u64) {
        self.duplicates = Some(Duplicates { left_out, unchecked });
    }

    /// Adds a session. A session that is added twice counts twice, because ids are not stored.
    pub fn add(&mut self, session: &Session) {
        let case = Case { session, start: rules::start(session), full_urls: self.full_urls };
        self.figures.add(&case, self.now);
    }

    /// Adds all sessions of another triage. The type's docs state [what is exact](Self#merging).
    ///
    /// - The price is that of the triage that has one.
    /// - The later time of both is the time of the report. Each session was compared with the time
    ///   of its own triage when it was added.
    /// - The numbers that the service reported are added up. A triage without this number counts
    ///   with its own sessions.
    /// - The numbers of duplicates are added up. The sessions of a triage without these numbers
    ///   count as unchecked.
    ///
    /// # Errors
    /// `MergeError` if both have a price and the prices differ, or if only one of them keeps [full
    /// URLs](Self::with_full_urls). In that case, neither triage is changed.
    pub fn merge(&mut self, other: Self) -> Result<(), MergeError> {
        let (own, others) = (self.figures.total.sessions, other.figures.total.sessions);
        match (self.price, other.price) {
            (Some(left), Some(right)) if left.total_cmp(&right).is_ne() => {
                return Err(MergeError::Prices(left, right));
            }
            _ if self.full_urls != other.full_urls => return Err(MergeError::FullUrls),
            (left, right) => self.price = left.or(right),
        }
        self.now = self.now.max(other.now);
        self.reported = match (self.reported, other.reported) {
            (None, None) => None,
            (left, right) => Some(left.unwrap_or(own).saturating_add(right.unwrap_or(others))),
        };
        self.duplicates = match (self.duplicates, other.duplicates) {
            (None, None) => None,
            (left, right) => {
                let or_unchecked = |duplicates: Option<Duplicates>, unchecked| {
                    duplicates.unwrap_or(Duplicates { left_out: 0, unchecked })
                };
                let (left, right) = (or_unchecked(left, own), or_unchecked(right, others));
                Some(Duplicates {
                    left_out: left.left_out.saturating_add(right.left_out),
                    unchecked: left.unchecked.saturating_add(right.unchecked),
                })
            }
        };
        self.figures.merge(other.figures);
        Ok(())
    }
}

impl Default for Triage {
    fn default() -> Self {
        Self::new()
    }
}

impl Extend<Session> for Triage {
    fn extend<I: IntoIterator<Item = Session>>(&mut self, sessions: I) {
        sessions.into_iter().for_each(|session| self.add(&session));
    }
}

impl<'a> Extend<&'a Session> for Triage {
    fn extend<I: IntoIterator<Item = &'a Session>>(&mut self, sessions: I) {
        sessions.into_iter().for_each(|session| self.add(session));
    }
}

impl FromIterator<Session> for Triage {
    fn from_iter<I: IntoIterator<Item = Session>>(sessions: I) -> Self {
        let mut triage = Self::new();
        triage.extend(sessions);
        triage
    }
}

/// Two triages cannot be merged, because their settings contradict each other.
///
/// ```
/// use brightdata_sessions_triage::{MergeError, Triage};
///
/// let mut triage = Triage::new().with_price_per_gb(8.0)?;
/// let other = Triage::new().with_price_per_gb(9.5)?;
/// assert_eq!(triage.merge(other), Err(MergeError::Prices(8.0, 9.5)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum MergeError {
    /// The prices differ.
    Prices(f64, f64),
    /// One keeps full URLs and the other does not.
    FullUrls,
}

impl fmt::Display for MergeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prices(left, right) => write!(f, "cannot merge: the prices per GB are {left} and {right}"),
            Self::FullUrls => f.write_str("cannot merge: only one of the triages keeps full URLs"),
        }
    }
}

impl std::error::Error for MergeError {}
