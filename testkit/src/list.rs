//! `GET /browser_sessions`: filters, sorts and paginates.

use std::cmp::Ordering;
use std::time::SystemTime;

use brightdata_sessions::{Session, Timestamp};
use percent_encoding::percent_decode_str;

use crate::response::{JsonResponse, Sessions, to_json};

/// The parsed parameters of a list request.
struct Query {
    api_name: Option<String>,
    status: Option<String>,
    start_date: Option<SystemTime>,
    end_date: Option<SystemTime>,
    target_url: Option<String>,
    end_url: Option<String>,
    limit: usize,
    offset: usize,
    sort: fn(&Session, &Session) -> Ordering,
    ascending: bool,
}

pub(crate) fn list(query: &str, sessions: &Sessions) -> JsonResponse {
    let Some(query) = Query::parse(query) else {
        return JsonResponse::error(400, "Invalid request parameters");
    };
    let mut matching: Vec<&Session> = sessions.values().filter(|session| query.matches(session)).collect();
    // The sessions are ordered by id and the sort is stable, so the pages are consistent.
    matching.sort_by(
        |one, other| if query.ascending { (query.sort)(one, other) } else { (query.sort)(other, one) },
    );

    let total = matching.len();
    let page: Vec<_> = matching.into_iter().skip(query.offset).take(query.limit).map(to_json).collect();
    let (count, offset, limit) = (page.len(), query.offset, query.limit);
    let has_more = offset.saturating_add(count) < total;
    let next_offset = if has_more { (offset + limit).to_string() } else { "null".to_owned() };
    let page = page.join(",");
    JsonResponse::ok(format!(
        r#"{{"sessions":[{page}],"count":{count},"total":{total},"pagination":{{"offset":{offset},"limit":{limit},"has_more":{has_more},"next_offset":{next_offset}}}}}"#
    ))
}

impl Query {
    /// Returns `None` for a query that the documentation does not allow.
    fn parse(query: &str) -> Option<Self> {
        let mut parsed = Self {
            api_name: None,
            status: None,
            start_date: None,
            end_date: None,
            target_url: None,
            end_url: None,
            limit: 50,
            offset: 0,
            sort: by_timestamp,
            ascending: false,
        };
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=')?;
            let value = percent_decode_str(value).decode_utf8().ok()?.into_owned();
            match name {
                "api_name" => parsed.api_name = Some(value),
                "status" => match value.as_str() {
                    "all" => parsed.status = None,
                    "running" | "finished" | "failed" => parsed.status = Some(value),
                    _ => return None,
                },
                "start_date" => parsed.start_date = Some(time(&value)?),
                "end_date" => parsed.end_date = Some(time(&value)?),
                "target_url" => parsed.target_url = Some(value),
                "end_url" => parsed.end_url = Some(value),
                "limit" => parsed.limit = value.parse().ok().filter(|limit| (1..=100).contains(limit))?,
                "offset" => parsed.offset = value.parse().ok()?,
                "sort" => match value.as_str() {
                    "timestamp" => parsed.sort = by_timestamp,
                    "duration" => parsed.sort = by_duration,
                    "bandwidth" => parsed.sort = by_bandwidth,
                    _ => return None,
                },
                "order" => match value.as_str() {
                    "asc" => parsed.ascending = true,
                    "desc" => parsed.ascending = false,
                    _ => return None,
                },
                _ => return None,
            }
        }
        Some(parsed)
    }

    fn matches(&self, session: &Session) -> bool {
        let is = |wanted: &Option<String>, value: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| value == Some(wanted))
        };
        let start = || session.timestamp.as_ref().and_then(Timestamp::to_system_time);
        is(&self.api_name, session.api_name.as_deref())
            && is(&self.status, session.status.as_ref().map(|status| status.as_str()))
            && is(&self.end_url, session.end_url.as_deref())
            // The documentation gives a bare domain.
            && self.target_url.as_deref().is_none_or(|domain| {
                session.target_url.as_deref().is_some_and(|url| url.contains(domain))
            })
            && self.start_date.is_none_or(|from| start().is_some_and(|start| start >= from))
            && self.end_date.is_none_or(|until| start().is_some_and(|start| start <= until))
    }
}

fn time(text: &str) -> Option<SystemTime> {
    text.parse::<Timestamp>().ok()?.to_system_time()
}

/// Compares the strings: the fake's timestamps have one format, so strings sort like times.
fn by_timestamp(one: &Session, other: &Session) -> Ordering {
    one.timestamp.as_ref().map(Timestamp::as_str).cmp(&other.timestamp.as_ref().map(Timestamp::as_str))
}

/// Orders a session without a duration before one of 0 s.
fn by_duration(one: &Session, other: &Session) -> Ordering {
    let duration = |session: &Session| session.duration.unwrap_or(f64::NEG_INFINITY);
    duration(one).total_cmp(&duration(other))
}

fn by_bandwidth(one: &Session, other: &Session) -> Ordering {
    one.bandwidth.cmp(&other.bandwidth)
}
