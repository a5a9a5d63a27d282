//! The `Date` of a response.

use std::time::{Duration, SystemTime};

use http::header::{DATE, HeaderMap, HeaderValue};

/// Returns the time of the response, by the server's clock.
pub(crate) fn date(headers: &HeaderMap) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?.trim()).ok()
}

/// Formats a time as a header value. Returns `None` outside the years 1970 to 9998, for which
/// `httpdate` panics.
pub(crate) fn format(time: SystemTime) -> Option<HeaderValue> {
    const YEAR_9999: Duration = Duration::from_secs(253_370_764_800);
    time.duration_since(SystemTime::UNIX_EPOCH).ok().filter(|&since| since < YEAR_9999)?;
    HeaderValue::try_from(httpdate::fmt_http_date(time)).ok()
}
