//! The filters of a list, for `list` and `triage`.

use std::str::FromStr;
use std::time::SystemTime;

use brightdata_sessions::{InvalidInput, ListSessions, StatusFilter, Timestamp};
use clap::builder::{PossibleValuesParser, TypedValueParser};

/// The filters of a list.
#[derive(Debug, clap::Args)]
pub(crate) struct Filters {
    /// Only sessions of this Browser API (zone)
    #[arg(long, value_name = "NAME")]
    api_name: Option<String>,

    /// Only sessions with this status
    #[arg(long, value_parser = word(StatusFilter::VARIANTS))]
    pub(super) status: Option<StatusFilter>,

    /// Only sessions that started after this time, such as 2025-12-16T18:53:41Z
    #[arg(long, value_name = "DATE")]
    start_date: Option<Timestamp>,

    /// Only sessions that started before this time (default for a list of all: now)
    #[arg(long, value_name = "DATE")]
    end_date: Option<Timestamp>,

    /// Only sessions whose first navigation was to this URL; the service documents a bare domain,
    /// such as example.com
    #[arg(long, value_name = "URL")]
    target_url: Option<String>,

    /// Only sessions that ended at this URL; the service documents a whole URL
    #[arg(long, value_name = "URL")]
    end_url: Option<String>,
}

impl Filters {
    /// Returns a request for the sessions of any time.
    pub(crate) fn selection(&self) -> ListSessions {
        let mut request = ListSessions::new();
        if let Some(name) = &self.api_name {
            request = request.api_name(name.as_str());
        }
        if let Some(status) = self.status {
            request = request.status(status);
        }
        if let Some(url) = &self.target_url {
            request = request.target_url(url.as_str());
        }
        if let Some(url) = &self.end_url {
            request = request.end_url(url.as_str());
        }
        request
    }

    /// Returns a request for the matching sessions, 100 per page.
    pub(crate) fn request(&self) -> ListSessions {
        // The service's maximum. The paginator requests fewer if fewer are left.
        let mut request = self.selection().limit(100);
        if let Some(start) = &self.start_date {
            request = request.start_date(start.clone());
        }
        if let Some(end) = &self.end_date {
            request = request.end_date(end.clone());
        }
        request
    }

    pub(crate) fn start_date(&self) -> Option<&Timestamp> {
        self.start_date.as_ref()
    }

    /// Returns a request for all matching sessions, 100 per page.
    pub(crate) fn request_for_all(&self, now: SystemTime) -> Result<ListSessions, InvalidInput> {
        let request = self.request();
        Ok(match self.added_end(now)? {
            Some(end) => request.end_date(end),
            None => request,
        })
    }

    /// Returns whether a list of all sessions gets an end date.
    pub(crate) fn adds_end(&self) -> bool {
        self.end_date.is_none()
    }

    /// Returns the end date of a list of all sessions, unless the user sets one. Without it,
    /// sessions that start while the list is fetched would shift all others.
    pub(super) fn added_end(&self, now: SystemTime) -> Result<Option<Timestamp>, InvalidInput> {
        if self.end_date.is_none() { now.try_into().map(Some) } else { Ok(None) }
    }
}

/// Returns a parser of the API's words.
pub(super) fn word<T>(values: &'static [T]) -> impl TypedValueParser<Value = T>
where
    T: AsRef<str> + FromStr<Err = InvalidInput> + Clone + Send + Sync,
{
    PossibleValuesParser::new(values.iter().map(T::as_ref)).try_map(|word| word.parse())
}
