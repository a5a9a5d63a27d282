//! A model of a server that holds sessions. They start, appear in the list, and end over time.
//!
//! Times are in milliseconds since the start of the world.

use arbitrary::Arbitrary;
use brightdata_sessions::Session;
use brightdata_sessions::http::{Request, Response};

use super::server_model::parameter;

/// How the server lists its sessions.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(crate) struct Server {
    pub(crate) filter: Filter,
    pub(crate) limit: Limit,
    pub(crate) pagination: Pagination,
    pub(crate) has_date: bool,
    /// Every session with this number of a group is counted, but not shown. 0 and 1 hide nothing.
    pub(crate) hides_every: u8,
}

/// Whether the start date itself is included.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(crate) enum Filter {
    Inclusive,
    Exclusive,
    /// Excludes the whole second of the start date.
    ExclusiveSecond,
}

/// The maximum number of sessions on a page.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(crate) enum Limit {
    One,
    Three,
    Twenty,
    Hundred,
}

/// The members of a page after its sessions.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(crate) enum Pagination {
    WithOffset,
    WithoutOffset,
    /// Only the next offset, if no session is hidden.
    Next,
}

/// Sessions that start one after the other.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(crate) struct Burst {
    /// The time since the previous burst, in seconds.
    pub(crate) pause: u16,
    pub(crate) count: u8,
    /// The time between two sessions, in quarters of a second.
    pub(crate) gap: u8,
    /// How long each session runs, in minutes.
    pub(crate) lifetime: u8,
    /// Every session with this number of a group appears in the list late. 0 delays nothing.
    pub(crate) delays_every: u8,
    /// The delay in minutes.
    pub(crate) delay: u8,
}

/// The longest lifetime of a session, and the longest delay of its appearance, in minutes.
const MAX_MINUTES: u64 = 60;

/// One session.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) number: usize,
    pub(super) start: u64,
    /// The time from which the session is in the list.
    pub(super) listed: u64,
    pub(super) ends: u64,
    is_hidden: bool,
}

/// A session, while it runs or after its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) number: usize,
    pub(super) is_ended: bool,
}

/// Returns the sessions of all bursts: fewer if the pages are small.
pub(super) fn records(bursts: &[Burst], server: &Server) -> Vec<Record> {
    let max = if server.limit.number() < 20 { 60 } else { 500 };
    let mut records = Vec::new();
    let mut start = 0;
    for burst in bursts {
        start += u64::from(burst.pause) * 1000;
        for position in 0..u64::from(burst.count).min(max - records.len() as u64) {
            let is_every = |every: u8| every > 0 && (position + 1) % u64::from(every) == 0;
            let minutes = |minutes: u8| u64::from(minutes).min(MAX_MINUTES) * 60_000;
            let delay = if is_every(burst.delays_every) { minutes(burst.delay) } else { 0 };
            records.push(Record {
                number: records.len(),
                start,
                listed: start + delay,
                ends: start + minutes(burst.lifetime),
                is_hidden: server.hides_every > 1 && is_every(server.hides_every),
            });
            start += u64::from(burst.gap) * 250;
        }
    }
    records
}

/// Returns a parameter of a request, decoded. `name` includes the `=`.
pub(super) fn text_parameter(request: &Request<()>, name: &str) -> Option<String> {
    let value = request.uri().query()?.split('&').find_map(|pair| pair.strip_prefix(name))?;
    Some(urlencoding::decode(value).unwrap().into_owned())
}

/// Formats a time as in a session.
pub(super) fn timestamp(milliseconds: u64) -> String {
    let format = if milliseconds % 1000 == 0 { "%FT%TZ" } else { "%FT%T%.3fZ" };
    time(milliseconds).format(format).to_string()
}

fn time(milliseconds: u64) -> chrono::DateTime<chrono::Utc> {
    // 2025-12-16T00:00:00Z.
    chrono::DateTime::from_timestamp_millis(1_765_843_200_000 + i64::try_from(milliseconds).unwrap()).unwrap()
}

impl Record {
    /// Returns whether the list shows the session at this time.
    pub(super) fn is_listed(&self, at: u64) -> bool {
        self.listed <= at && !self.is_hidden
    }

    pub(super) fn version(&self, at: u64) -> Version {
        Version { number: self.number, is_ended: self.ends <= at }
    }

    /// Returns the session as it must be yielded.
    pub(super) fn session(&self, is_ended: bool) -> Session {
        Session::from_json(&self.json(is_ended)).unwrap()
    }

    fn json(&self, is_ended: bool) -> String {
        let Self { number, start, .. } = self;
        let status = match (is_ended, number % 5) {
            (false, _) => "running",
            (true, 0) => "failed",
            (true, _) => "finished",
        };
        let start = timestamp(*start);
        format!(r#"{{"session_id":"s{number}","timestamp":"{start}","status":"{status}","new":{number}}}"#)
    }
}

impl Limit {
    fn number(self) -> u64 {
        match self {
            Self::One => 1,
            Self::Three => 3,
            Self::Twenty => 20,
            Self::Hundred => 100,
        }
    }
}

impl Server {
    /// Returns the page that is requested at `now`, of the list as it was at `at`. The next offset
    /// is too small by `overlap`.
    pub(super) fn page(
        &self,
        records: &[Record],
        request: &Request<()>,
        at: u64,
        now: u64,
        overlap: u64,
    ) -> Response<Vec<u8>> {
        let query = request.uri().query().unwrap();
        assert!(query.contains("sort=timestamp") && query.contains("order=asc"), "{query}");
        let start = text_parameter(request, "start_date=").map(|date| self.first_after(&date));
        let is_in_list =
            |record: &&Record| record.listed <= at && start.is_none_or(|start| record.start as i64 >= start);
        let mut list: Vec<_> = records.iter().filter(is_in_list).collect();
        list.sort_by_key(|record| (record.start, record.number));
        let offset = parameter(request, "offset=").unwrap_or(0);
        let limit = parameter(request, "limit=").unwrap_or(50).min(self.limit.number());
        let end = offset.saturating_add(limit);
        let page = list.iter().skip(offset as usize).take(limit as usize);
        let shown = page.filter(|record| !record.is_hidden);
        let sessions: Vec<_> = shown.map(|record| record.json(record.version(at).is_ended)).collect();
        let has_more = end < list.len() as u64;
        let next = end.saturating_sub(overlap).max(offset + 1);
        let next = if has_more { next.to_string() } else { "null".to_owned() };
        let pagination = match self.pagination {
            Pagination::WithOffset => {
                format!(r#""offset":{offset},"limit":{limit},"has_more":{has_more},"next_offset":{next}"#)
            }
            Pagination::Next if self.hides_every < 2 => format!(r#""next_offset":{next}"#),
            _ => format!(r#""has_more":{has_more},"next_offset":{next}"#),
        };
        let total = list.len();
        let body = format!(
            r#"{{"sessions":[{}],"total":{total},"pagination":{{{pagination}}}}}"#,
            sessions.join(",")
        );
        let mut response = Response::builder().status(200);
        if self.has_date {
            response = response.header("date", time(now).format("%a, %d %b %Y %T GMT").to_string());
        }
        response.body(body.into_bytes()).unwrap()
    }

    /// Returns the earliest start of a session that the list contains.
    fn first_after(&self, date: &str) -> i64 {
        let date = chrono::DateTime::parse_from_rfc3339(date).unwrap();
        let start = date.timestamp_millis() - time(0).timestamp_millis();
        match self.filter {
            Filter::Inclusive => start,
            Filter::Exclusive => start + 1,
            Filter::ExclusiveSecond => start + 1000,
        }
    }
}
