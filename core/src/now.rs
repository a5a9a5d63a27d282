//! A point in time, as given by the caller's clock.

use std::ops::Add;
use std::time::Duration;

/// A point in time of a monotonic clock: the time since an origin that all flows of one
/// [`Api`](crate::Api) share.
///
/// The core reads no clock, so the caller passes the time to each step of a [`Flow`](crate::Flow).
/// [`Api::now`](crate::Api::now) makes one from an [`Instant`](std::time::Instant). A test, or a
/// program with another clock, counts from any origin:
///
/// ```
/// use std::time::Duration;
/// use brightdata_sessions::Now;
///
/// let start = Now::ORIGIN;
/// let later = start + Duration::from_secs(2);
/// assert!(later > start);
/// assert_eq!(later.since(start), Duration::from_secs(2));
/// assert_eq!(start.since(later), Duration::ZERO);
/// assert_eq!(later, Now::from(Duration::from_secs(2)));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Now(Duration);

impl Now {
    /// The origin itself.
    pub const ORIGIN: Self = Self(Duration::ZERO);

    /// Returns the time that has passed since an earlier point, or zero if that one is later.
    pub const fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

/// The time since the origin.
impl From<Duration> for Now {
    fn from(since_origin: Duration) -> Self {
        Self(since_origin)
    }
}

/// Saturates at the maximum instead of overflowing.
impl Add<Duration> for Now {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration))
    }
}
