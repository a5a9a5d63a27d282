//! Many sessions: `GET /browser_sessions`.

use percent_encoding::utf8_percent_encode;

use crate::operation::Operation;
use crate::operation::encode::COMPONENT;
use crate::operation::rejected_body::{RejectedBody, from_json};
use crate::operation::sealed::Codec;
use crate::{InvalidInput, Order, SessionPage, SortBy, StatusFilter, Timestamp};

/// Gets one page of sessions, filtered and sorted by the service: `GET /browser_sessions`
/// ([documentation](https://docs.brightdata.com/api-reference/browser-api/get-sessions)).
///
/// Unset parameters are omitted, so the server's defaults apply. [`Api::list`](crate::Api::list)
/// returns all pages.
///
/// ```
/// use brightdata_sessions::{Api, ApiKey, ListSessions, SortBy, StatusFilter};
///
/// let api = Api::new(ApiKey::new("0123456789abcdef")?);
/// let failed = ListSessions::new()
///     .status(StatusFilter::Failed)
///     .start_date("2025-12-16T00:00:00Z")
///     .sort(SortBy::Bandwidth);
/// assert_eq!(
///     api.request(&failed)?.uri().query(),
///     Some("status=failed&start_date=2025-12-16T00%3A00%3A00Z&sort=bandwidth")
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListSessions {
    pub(crate) limit: Option<u32>,
    pub(crate) offset: Option<u64>,
    api_name: Option<Box<str>>,
    pub(crate) status: Option<StatusFilter>,
    pub(crate) start_date: Option<Result<Timestamp, InvalidInput>>,
    end_date: Option<Result<Timestamp, InvalidInput>>,
    target_url: Option<Box<str>>,
    end_url: Option<Box<str>>,
    pub(crate) sort: Option<SortBy>,
    pub(crate) order: Option<Order>,
}

impl ListSessions {
    /// The service's default page size.
    pub(crate) const DEFAULT_LIMIT: u32 = 50;

    /// Creates a request for all sessions, newest first, 50 per page.
    pub fn new() -> Self {
        Self::default()
    }

    /// Selects sessions of this Browser API (zone).
    #[must_use]
    pub fn api_name(mut self, name: impl Into<Box<str>>) -> Self {
        self.api_name = Some(name.into());
        self
    }

    /// Sets the page size, 1 to 100. Any other value is rejected before sending. The default is 50.
    #[must_use]
    pub fn limit(mut self, sessions: u32) -> Self {
        self.limit = Some(sessions);
        self
    }

    /// Sets the number of sessions to skip.
    #[must_use]
    pub fn offset(mut self, sessions: u64) -> Self {
        self.offset = Some(sessions);
        self
    }

    /// Selects sessions with this status.
    #[must_use]
    pub fn status(mut self, status: StatusFilter) -> Self {
        self.status = Some(status);
        self
    }

    /// Selects sessions that started after this time: a [`Timestamp`], a string such as
    /// `2025-12-16T18:53:41Z`, or a [`SystemTime`](std::time::SystemTime). An invalid one is
    /// rejected before sending. Whether the time itself is included is not documented.
    #[must_use]
    pub fn start_date<T: TryInto<Timestamp, Error: Into<InvalidInput>>>(mut self, start: T) -> Self {
        self.start_date = Some(date("start_date", start));
        self
    }

    /// Selects sessions that started before this time, given as for
    /// [`start_date`](Self::start_date). Whether the time itself is included is not documented.
    ///
    /// **Set it for a long list sorted by time.** Offsets count from the newest session, so each
    /// session that starts in the meantime shifts all others by one. An end date in the past keeps
    /// the result set stable.
    #[must_use]
    pub fn end_date<T: TryInto<Timestamp, Error: Into<InvalidInput>>>(mut self, end: T) -> Self {
        self.end_date = Some(date("end_date", end));
        self
    }

    /// Selects sessions by the URL of their first navigation. The documentation shows a bare
    /// domain, `example.com`, and does not state the match rule.
    #[must_use]
    pub fn target_url(mut self, url: impl Into<Box<str>>) -> Self {
        self.target_url = Some(url.into());
        self
    }

    /// Selects sessions by their last URL. The documentation shows a whole URL, and does not state
    /// the match rule.
    #[must_use]
    pub fn end_url(mut self, url: impl Into<Box<str>>) -> Self {
        self.end_url = Some(url.into());
        self
    }

    /// Sets the sort key. The default is the start time.
    #[must_use]
    pub fn sort(mut self, by: SortBy) -> Self {
        self.sort = Some(by);
        self
    }

    /// Sets the sort order. The default is descending.
    #[must_use]
    pub fn order(mut self, order: Order) -> Self {
        self.order = Some(order);
        self
    }

    fn check(&self) -> Result<(), InvalidInput> {
        if self.limit.is_some_and(|limit| !(1..=100).contains(&limit)) {
            return Err(InvalidInput::new("limit", "expected 1 to 100"));
        }
        let texts =
            [("api_name", &self.api_name), ("target_url", &self.target_url), ("end_url", &self.end_url)];
        for (name, text) in texts {
            match text.as_deref() {
                Some("") => return Err(InvalidInput::new(name, "empty")),
                Some(text) if text.len() > 8192 => {
                    return Err(InvalidInput::new(name, "longer than 8192 bytes"));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Operation for ListSessions {
    type Output = SessionPage;
}

impl Codec<SessionPage> for ListSessions {
    fn path_and_query(&self) -> Result<String, InvalidInput> {
        self.check()?;
        let [start_date, end_date] = [valid(self.start_date.as_ref())?, valid(self.end_date.as_ref())?];
        let mut target = String::from("/browser_sessions");
        let mut push = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                target.push(if target.contains('?') { '&' } else { '?' });
                target.push_str(name);
                target.push('=');
                // Encode a space as `%20` and a plus as `%2B`, because servers disagree on `+` in a
                // query.
                target.extend(utf8_percent_encode(value, COMPONENT));
            }
        };
        push("api_name", self.api_name.as_deref());
        push("limit", self.limit.map(|limit| limit.to_string()).as_deref());
        push("offset", self.offset.map(|offset| offset.to_string()).as_deref());
        push("status", self.status.map(StatusFilter::as_str));
        push("start_date", start_date);
        push("end_date", end_date);
        push("target_url", self.target_url.as_deref());
        push("end_url", self.end_url.as_deref());
        push("sort", self.sort.map(SortBy::as_str));
        push("order", self.order.map(Order::as_str));
        Ok(target)
    }

    #[inline]
    fn parse_body(&self, body: &str) -> Result<SessionPage, RejectedBody> {
        let page: SessionPage = from_json(body, SessionPage::FIELDS, "a page of sessions")?;
        let requested = self.offset.unwrap_or(0);
        match page.pagination.offset {
            Some(actual) if actual != requested => {
                let problem = format!("expected the page at offset {requested}, found the one at {actual}");
                Err(RejectedBody { problem, is_stray: true })
            }
            _ => Ok(page),
        }
    }
}

/// Converts a date, and checks it: one that was received from the service may be any string.
fn date<T: TryInto<Timestamp, Error: Into<InvalidInput>>>(
    name: &'static str,
    date: T,
) -> Result<Timestamp, InvalidInput> {
    let checked = date.try_into().map_err(Into::into).and_then(Timestamp::checked);
    checked.map_err(|invalid| invalid.named(name))
}

/// Returns the text of a date that was set.
fn valid(date: Option<&Result<Timestamp, InvalidInput>>) -> Result<Option<&str>, InvalidInput> {
    match date {
        Some(Ok(date)) => Ok(Some(date.as_str())),
        Some(Err(invalid)) => Err(*invalid),
        None => Ok(None),
    }
}
