//! The service in simulated time, without sockets.

use std::time::SystemTime;

use brightdata_sessions::Session;
use brightdata_sessions::http::header::DATE;
use brightdata_sessions::http::{Request, Response};

use crate::sessions::Sessions;
use crate::{RecordedRequest, api};

/// The service in simulated time, without sockets: a function from a request and a time to a
/// response. [`FakeApi`](crate::FakeApi) serves the same over HTTP in real time.
///
/// Sessions can appear, change and end while a test runs: each record is returned from a time on.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use brightdata_sessions::{Api, ApiKey, ListSessions, Session, http};
/// use brightdata_sessions_testkit::SimulatedApi;
///
/// let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_765_911_221);
/// let mut service = SimulatedApi::new();
/// service.insert_at(start, Session::from_json(r#"{"session_id":"a","status":"running"}"#)?);
/// let minute_later = start + Duration::from_secs(60);
/// service.insert_at(minute_later, Session::from_json(r#"{"session_id":"a","status":"finished"}"#)?);
///
/// let api = Api::new(ApiKey::new("0123456789abcdef")?);
/// let list = ListSessions::new();
/// let status_at = |now| {
///     let (head, body) = service.respond(&api.request(&list)?, now).into_parts();
///     let page = api.parse(&list, http::Response::from_parts(head, body.as_slice()))?;
///     Ok::<_, brightdata_sessions::Error>(page.sessions[0].status.clone().unwrap().to_string())
/// };
/// assert_eq!(status_at(start)?, "running");
/// assert_eq!(status_at(minute_later)?, "finished");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct SimulatedApi {
    pub(crate) sessions: Sessions,
    pub(crate) rules: ListRules,
}

/// How the service reads the parameters of a list, where its documentation allows several readings.
/// The default is that of [`FakeApi`](crate::FakeApi).
///
/// ```
/// use brightdata_sessions_testkit::{ListRules, SimulatedApi};
///
/// let mut rules = ListRules::default();
/// rules.includes_start_date = false;
/// rules.max_limit = 50;
/// let service = SimulatedApi::new().with_rules(rules);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListRules {
    /// Whether a session that started at the start date is listed. The default is true.
    pub includes_start_date: bool,
    /// Whether a session that started at the end date is listed. The default is true.
    pub includes_end_date: bool,
    /// Whether fractions of a second are compared with the dates. The default is true. Otherwise,
    /// they are dropped first.
    pub compares_fractions: bool,
    /// Whether timestamps show fractions of a second. The default is true. Otherwise, they are
    /// dropped, but sessions are sorted by them.
    pub shows_fractions: bool,
    /// The maximum number of sessions on a page, whatever the limit of the request. The default is
    /// 100.
    pub max_limit: usize,
    /// Whether responses have a `Date`. The default is true.
    pub sends_date: bool,
}

impl Default for ListRules {
    fn default() -> Self {
        Self {
            includes_start_date: true,
            includes_end_date: true,
            compares_fractions: true,
            shows_fractions: true,
            max_limit: 100,
            sends_date: true,
        }
    }
}

impl SimulatedApi {
    /// Creates a service without sessions.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how the service reads the parameters of a list.
    #[must_use]
    pub fn with_rules(mut self, rules: ListRules) -> Self {
        self.rules = rules;
        self
    }

    /// Adds a session that was always there. Returns the last record that it replaces.
    pub fn insert(&mut self, session: Session) -> Option<Session> {
        self.sessions.insert(session)
    }

    /// Adds a record of a session that the service returns from this time on, until a later one
    /// replaces it. The start of its first record determines its place in lists.
    pub fn insert_at(&mut self, from: SystemTime, session: Session) {
        self.sessions.insert_at(from, session);
    }

    /// Removes a session from this time on, as a service that keeps its records for a limited time.
    pub fn remove_at(&mut self, from: SystemTime, id: impl AsRef<str>) {
        self.sessions.remove_at(from, id.as_ref());
    }

    /// Removes a session. Returns its last record.
    pub fn remove(&mut self, id: impl AsRef<str>) -> Option<Session> {
        self.sessions.remove(id.as_ref())
    }

    /// Returns the response to a request at this time: the one that [`FakeApi`](crate::FakeApi)
    /// documents, for any key.
    ///
    /// # Panics
    ///
    /// Panics if the time is before 1970 or after the year 9999.
    pub fn respond(&self, request: &Request<()>, now: SystemTime) -> Response<Vec<u8>> {
        let request = RecordedRequest {
            connection: 0,
            method: request.method().to_string(),
            target: request.uri().path_and_query().map_or_else(String::new, ToString::to_string),
            minor_version: 1,
            headers: request
                .headers()
                .iter()
                .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
                .collect(),
        };
        let json = api::respond(&request, self, None, now);
        let mut response = Response::builder().status(json.status).header("content-type", "application/json");
        if self.rules.sends_date {
            response = response.header(DATE, httpdate::fmt_http_date(now));
        }
        response.body(json.body.into_bytes()).expect("status and headers are valid")
    }
}
