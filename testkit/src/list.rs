//! `GET /browser_sessions`: filters, sorts and paginates.

use std::cmp::Ordering;
use std::time::{Duration, SystemTime};

use brightdata_sessions::{Session, Timestamp};
use percent_encoding::percent_decode_str;

use crate::response::{JsonResponse, to_json};
use crate::{ListRules, SimulatedApi};

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
    sort: Sort,
    ascending: bool,
}

/// Compares two sessions with their starts.
type Sort = fn(&Row<'_>, &Row<'_>) -> Ordering;

/// A session with its start.
type Row<'a> = (Option<SystemTime>, &'a Session);

pub(crate) fn list(query: &str, service: &SimulatedApi, now: SystemTime) -> JsonResponse {
    let rules = &service.rules;
    let Some(query) = Query::parse(query) else {
        return JsonResponse::error(400, "Invalid request parameters");
    };
    // The sessions that started in the second of the start date are included, for all rules.
    let from = query.start_date.map(whole_second);
    let mut matching: Vec<Row<'_>> =
        service.sessions.since(from, now).filter(|row| query.matches(row, rules)).collect();
    // The order of equal sessions is that of their ids, so the pages are consistent.
    matching.sort_by(|one, other| {
        let order = if query.ascending { (query.sort)(one, other) } else { (query.sort)(other, one) };
        order.then_with(|| one.1.session_id.cmp(&other.1.session_id))
    });

    let total = matching.len();
    let (offset, limit) = (query.offset, query.limit.min(rules.max_limit));
    let page = matching.into_iter().skip(offset).take(limit);
    let page: Vec<_> = page.map(|(_, session)| to_json(session, rules.shows_fractions)).collect();
    let count = page.len();
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

    fn matches(&self, (start, session): &Row<'_>, rules: &ListRules) -> bool {
        let is = |wanted: &Option<String>, value: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| value == Some(wanted))
        };
        let resolution = |time| if rules.compares_fractions { time } else { whole_second(time) };
        let is_in = |date: Option<SystemTime>, side: Ordering, includes_date: bool| {
            date.is_none_or(|date| {
                start.is_some_and(|start| match resolution(start).cmp(&resolution(date)) {
                    Ordering::Equal => includes_date,
                    other => other == side,
                })
            })
        };
        is(&self.api_name, session.api_name.as_deref())
            && is(&self.status, session.status.as_ref().map(|status| status.as_str()))
            && is(&self.end_url, session.end_url.as_deref())
            // The documentation gives a bare domain.
            && self.target_url.as_deref().is_none_or(|domain| {
                session.target_url.as_deref().is_some_and(|url| url.contains(domain))
            })
            && is_in(self.start_date, Ordering::Greater, rules.includes_start_date)
            && is_in(self.end_date, Ordering::Less, rules.includes_end_date)
    }
}

fn time(text: &str) -> Option<SystemTime> {
    text.parse::<Timestamp>().ok()?.to_system_time()
}

/// Drops the fraction of a second.
fn whole_second(time: SystemTime) -> SystemTime {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => time - Duration::from_nanos(after.subsec_nanos().into()),
        Err(before) => match before.duration().subsec_nanos() {
            0 => time,
            nanos => time - Duration::from_nanos((1_000_000_000 - nanos).into()),
        },
    }
}

fn by_timestamp((one, _): &Row<'_>, (other, _): &Row<'_>) -> Ordering {
    one.cmp(other)
}

/// Orders a session without a duration before one of 0 s.
fn by_duration((_, one): &Row<'_>, (_, other): &Row<'_>) -> Ordering {
    let duration = |session: &Session| session.duration.unwrap_or(f64::NEG_INFINITY);
    duration(one).total_cmp(&duration(other))
}

fn by_bandwidth((_, one): &Row<'_>, (_, other): &Row<'_>) -> Ordering {
    one.bandwidth.cmp(&other.bandwidth)
}
