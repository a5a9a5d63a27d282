//! The parameters of a list.

use arbitrary::{Arbitrary, Unstructured};
use brightdata_sessions::{ListSessions, Order, SortBy, StatusFilter, Timestamp};

use super::api;
use super::request::{is_encoded, parse_with_url_crate};

/// All parameters, each set or not.
#[derive(Arbitrary, Clone, Debug, Default)]
pub(crate) struct Parameters<'a> {
    pub(crate) limit: Option<u32>,
    pub(crate) offset: Option<u64>,
    pub(crate) status: Option<u8>,
    pub(crate) sort: Option<u8>,
    pub(crate) order: Option<bool>,
    pub(crate) api_name: Option<&'a str>,
    pub(crate) target_url: Option<&'a str>,
    pub(crate) end_url: Option<&'a str>,
    pub(crate) start_date: Option<&'a str>,
    pub(crate) end_date: Option<&'a str>,
}

/// A list is rejected by the documented rules, or its query has each parameter once, unchanged.
///
/// The input is decoded by `arbitrary`, as `Parameters`.
pub fn check(input: &[u8]) {
    if let Some(parameters) = decode(input) {
        list_is_rejected_or_encoded(&parameters);
    }
}

/// Decodes an input.
pub(crate) fn decode(input: &[u8]) -> Option<Parameters<'_>> {
    Parameters::arbitrary_take_rest(Unstructured::new(input)).ok()
}

/// A list is rejected by the documented rules, or each parameter appears once in the query, in
/// order, and an independent library decodes it to the value given.
pub(crate) fn list_is_rejected_or_encoded(parameters: &Parameters<'_>) {
    let request = api().request(&list(parameters));
    let Some(expected) = expected(parameters) else {
        request.unwrap_err();
        return;
    };
    let request = match request {
        Ok(request) => request,
        Err(error) => {
            assert_eq!(error.to_string(), "invalid request: URL longer than 65,534 bytes");
            let size = expected.iter().map(|(name, value)| name.len() + 3 * value.len() + 2).sum::<usize>();
            assert!(size > 60_000);
            return;
        }
    };
    assert_eq!(request.uri().path(), "/browser_sessions");
    let query = request.uri().query();
    let pairs = query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    let pairs: Vec<_> = pairs.map(|pair| pair.split_once('=').unwrap()).collect();
    assert!(pairs.iter().all(|(name, value)| is_encoded(name) && is_encoded(value)), "{pairs:?}");
    let decode = |text| urlencoding::decode(text).unwrap().into_owned();
    let decoded: Vec<_> = pairs.iter().map(|(name, value)| (*name, decode(value))).collect();
    assert_eq!((decoded.as_slice(), query.is_none()), (expected.as_slice(), expected.is_empty()));

    // The rules of HTML forms, in which `+` is a space, give the same values.
    let url = parse_with_url_crate(&request).unwrap();
    let pairs: Vec<_> =
        url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let expected = expected.into_iter().map(|(name, value)| (name.to_owned(), value));
    assert_eq!(pairs, expected.collect::<Vec<_>>());
}

const STATUSES: [(StatusFilter, &str); 4] = [
    (StatusFilter::Running, "running"),
    (StatusFilter::Finished, "finished"),
    (StatusFilter::Failed, "failed"),
    (StatusFilter::All, "all"),
];
const SORTS: [(SortBy, &str); 3] =
    [(SortBy::Timestamp, "timestamp"), (SortBy::Duration, "duration"), (SortBy::Bandwidth, "bandwidth")];
const ORDERS: [(Order, &str); 2] = [(Order::Asc, "asc"), (Order::Desc, "desc")];

/// Returns the element that a number selects.
fn one_of<T: Copy>(all: &[(T, &'static str)], number: u8) -> (T, &'static str) {
    all[usize::from(number) % all.len()]
}

/// Returns a timestamp with any string, as the server may send it.
fn timestamp(text: &str) -> Timestamp {
    serde_json::from_value(text.into()).unwrap()
}

fn list(parameters: &Parameters<'_>) -> ListSessions {
    let mut list = ListSessions::new();
    if let Some(order) = parameters.order {
        list = list.order(one_of(&ORDERS, order.into()).0);
    }
    if let Some(sort) = parameters.sort {
        list = list.sort(one_of(&SORTS, sort).0);
    }
    if let Some(url) = parameters.end_url {
        list = list.end_url(url);
    }
    if let Some(url) = parameters.target_url {
        list = list.target_url(url);
    }
    if let Some(date) = parameters.end_date {
        list = list.end_date(timestamp(date));
    }
    if let Some(date) = parameters.start_date {
        list = list.start_date(timestamp(date));
    }
    if let Some(status) = parameters.status {
        list = list.status(one_of(&STATUSES, status).0);
    }
    if let Some(offset) = parameters.offset {
        list = list.offset(offset);
    }
    if let Some(limit) = parameters.limit {
        list = list.limit(limit);
    }
    if let Some(name) = parameters.api_name {
        list = list.api_name(name);
    }
    list
}

/// Returns names and values in the documented order, or `None` if one of them must be rejected.
fn expected(parameters: &Parameters<'_>) -> Option<Vec<(&'static str, String)>> {
    let is_good_text = |text: &&str| (1..=8192).contains(&text.len());
    let texts = [parameters.api_name, parameters.target_url, parameters.end_url];
    let dates = [parameters.start_date, parameters.end_date];
    if !texts.iter().flatten().all(is_good_text)
        || !dates.into_iter().flatten().all(|date| timestamp(date).to_system_time().is_some())
        || parameters.limit.is_some_and(|limit| limit == 0 || limit > 100)
    {
        return None;
    }
    let all = [
        ("api_name", parameters.api_name.map(str::to_owned)),
        ("limit", parameters.limit.map(|limit| limit.to_string())),
        ("offset", parameters.offset.map(|offset| offset.to_string())),
        ("status", parameters.status.map(|status| one_of(&STATUSES, status).1.to_owned())),
        ("start_date", parameters.start_date.map(str::to_owned)),
        ("end_date", parameters.end_date.map(str::to_owned)),
        ("target_url", parameters.target_url.map(str::to_owned)),
        ("end_url", parameters.end_url.map(str::to_owned)),
        ("sort", parameters.sort.map(|sort| one_of(&SORTS, sort).1.to_owned())),
        ("order", parameters.order.map(|order| one_of(&ORDERS, order.into()).1.to_owned())),
    ];
    Some(all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
}
