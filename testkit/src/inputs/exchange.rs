//! Requests to the API, and their outcomes.

use std::fmt;

use arbitrary::{Arbitrary, Error, Result, Unstructured};
use brightdata_sessions::http::{Request, Response};
use brightdata_sessions::{
    Api, ApiKey, GetSession, ListSessions, Order, SortBy, StatusFilter, Timestamp, TransportError,
    TransportErrorKind,
};

use super::{ID, PageBody, SessionBody, json};

/// A request as the core's clients send it: for one session, or for a list with any parameters. Its
/// key is `any-key`.
#[derive(Clone, Debug)]
pub struct ApiRequest(pub Request<()>);

/// The outcome of a request: a response with any status, or an error of the transport.
pub struct Outcome(pub std::result::Result<Response<Vec<u8>>, TransportError>);

/// Shows the body as text.
impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Ok(response) => {
                let body = String::from_utf8_lossy(response.body());
                write!(f, "Outcome({} {:?} {body:?})", response.status(), response.headers())
            }
            Err(error) => write!(f, "Outcome({error:?})"),
        }
    }
}

impl<'a> Arbitrary<'a> for ApiRequest {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let api = Api::new(ApiKey::new("any-key").map_err(|_| Error::IncorrectFormat)?);
        let request = if u.ratio(1, 2)? {
            let id = if u.ratio(3, 4)? { ID.to_owned() } else { json::any_text(u)? };
            let id = id.parse().or_else(|_| ID.parse()).map_err(|_| Error::IncorrectFormat)?;
            api.request(&GetSession::new(id))
        } else {
            api.request(&list(u)?)
        };
        // All parameters are valid, and short enough for a URL.
        request.map(Self).map_err(|_| Error::IncorrectFormat)
    }
}

fn list(u: &mut Unstructured<'_>) -> Result<ListSessions> {
    let mut list = ListSessions::new();
    if u.arbitrary()? {
        list = list.limit(u.int_in_range(1..=100)?);
    }
    if u.arbitrary()? {
        list = list.offset(u.arbitrary()?);
    }
    if u.arbitrary()? {
        let all = [StatusFilter::All, StatusFilter::Running, StatusFilter::Finished, StatusFilter::Failed];
        list = list.status(*u.choose(&all)?);
    }
    if u.arbitrary()? {
        list = list.sort(*u.choose(&[SortBy::Timestamp, SortBy::Duration, SortBy::Bandwidth])?);
    }
    if u.arbitrary()? {
        list = list.order(*u.choose(&[Order::Asc, Order::Desc])?);
    }
    let text = |u: &mut Unstructured<'_>| {
        let any = json::any_text(u)?;
        Ok(if any.is_empty() { "zone".to_owned() } else { any })
    };
    if u.arbitrary()? {
        list = list.api_name(text(u)?);
    }
    if u.arbitrary()? {
        list = list.target_url(text(u)?);
    }
    if u.arbitrary()? {
        list = list.end_url(text(u)?);
    }
    if u.arbitrary()? {
        list = list.start_date(timestamp(u)?);
    }
    if u.arbitrary()? {
        list = list.end_date(timestamp(u)?);
    }
    Ok(list)
}

fn timestamp(u: &mut Unstructured<'_>) -> Result<Timestamp> {
    let [month, day] = [u.int_in_range(1..=12)?, u.int_in_range(1..=28)?];
    format!("2025-{month:02}-{day:02}T12:00:00Z").parse().map_err(|_| Error::IncorrectFormat)
}

const ERRORS: [TransportErrorKind; 8] = [
    TransportErrorKind::Connection,
    TransportErrorKind::Timeout,
    TransportErrorKind::TooLarge,
    TransportErrorKind::Undecodable,
    TransportErrorKind::InvalidHead,
    TransportErrorKind::Proxy,
    TransportErrorKind::Certificate,
    TransportErrorKind::Configuration,
];

impl<'a> Arbitrary<'a> for Outcome {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let (status, body) = match u.int_in_range(0..=9)? {
            0..=3 => (200, SessionBody::arbitrary(u)?.0),
            4 | 5 => (200, PageBody::arbitrary(u)?.0),
            6..=8 => {
                let status = match u.int_in_range(0..=8)? {
                    8 => u.int_in_range(201..=599)?,
                    known => [429, 503, 404, 401, 400, 408, 500, 302][known],
                };
                (status, error_body(u)?)
            }
            _ => return Ok(Self(Err((*u.choose(&ERRORS)?).into()))),
        };
        let mut response = Response::builder().status(status);
        for (name, value) in headers(u)? {
            response = response.header(name, value);
        }
        response.body(body).map(|response| Self(Ok(response))).map_err(|_| Error::IncorrectFormat)
    }
}

/// Returns the body of an error: of the API, or of a server in between.
fn error_body(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let name = *u.choose(&["error", "message", "errors"])?;
    let words = ["too many requests", "no such session", "Invalid token"];
    Ok(match u.int_in_range(0..=7)? {
        0..=3 => {
            format!(r#"{{"{name}":{},"code":{}}}"#, json::string(u, &words)?, json::string(u, &["limit"])?)
                .into()
        }
        4 => json::any(u, 2)?.into(),
        5 => b"<html><h1>502 Bad Gateway</h1></html>".to_vec(),
        6 => (*u.choose(&words)?).into(),
        _ => u.arbitrary()?,
    })
}

/// Returns some of the headers that a client reads.
fn headers(u: &mut Unstructured<'_>) -> Result<Vec<(&'static str, String)>> {
    let all: [(&str, &[&str]); 5] = [
        ("content-type", &["application/json", "text/html; charset=utf-8"]),
        ("retry-after", &["1", "120", "0.5", "Tue, 16 Dec 2025 18:53:51 GMT", "soon", "-1"]),
        ("date", &["Tue, 16 Dec 2025 18:53:41 GMT", "yesterday"]),
        ("x-brd-error", &["wrong password", " "]),
        ("location", &["https://example.com/login"]),
    ];
    let mut headers = Vec::new();
    for (name, values) in all {
        if !u.ratio(1, 2)? {
            headers.push((name, (*u.choose(values)?).to_owned()));
        }
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::SystemTime;

    use super::super::tests::generate;
    use super::*;
    use crate::SimulatedApi;

    #[test]
    fn each_request_is_one_that_the_service_accepts() {
        let service = SimulatedApi::new();
        let requests = generate::<ApiRequest>(500);
        for ApiRequest(request) in &requests {
            let status = service.respond(request, SystemTime::UNIX_EPOCH).status().as_u16();
            match request.uri().path().strip_prefix("/browser_sessions/") {
                // The service rejects an id in another format.
                Some(id) => assert_eq!(status, if id == ID { 404 } else { 400 }, "{request:?}"),
                None => assert_eq!(status, 200, "{request:?}"),
            }
        }
        let urls: BTreeSet<_> = requests.iter().map(|request| request.0.uri().to_string()).collect();
        assert!(urls.len() > 250, "{urls:#?}");
    }

    #[test]
    fn outcomes_are_of_each_kind() {
        let outcomes = generate::<Outcome>(1000);
        let errors = outcomes.iter().filter_map(|outcome| outcome.0.as_ref().err());
        let kinds: BTreeSet<_> = errors.map(|error| error.kind().as_str()).collect();
        assert_eq!(kinds.len(), ERRORS.len());
        let responses: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.0.as_ref().ok()).collect();
        let share = |status: u16| responses.iter().filter(|response| response.status() == status).count();
        assert!((500..700).contains(&share(200)) && share(429) > 10 && share(503) > 10);
        assert!(responses.iter().any(|response| response.headers().contains_key("retry-after")));
    }
}
