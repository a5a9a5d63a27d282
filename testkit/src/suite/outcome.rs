//! The outcome of a case, and how it is formatted.

use std::fmt;

use brightdata_sessions::{ErrorKind, TransportErrorKind};

/// The observations of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// One exchange, and the number of requests that the server received.
    Exchange { result: Exchanged, requests: usize },
    /// One exchange that also sent a request to another server.
    SentElsewhere { result: Exchanged, with_key: bool },
    /// Two exchanges, and the number of connections if it matters.
    Exchanges { results: [Exchanged; 2], connections: Option<usize> },
    /// One part of the only request that the server received.
    Request(RequestPart),
    /// The items of flows: ids of sessions, and kinds of errors. The number of requests is present
    /// if it matters.
    Items { items: Vec<Result<String, ErrorKind>>, requests: Option<usize> },
    /// The number of requests that the server received.
    Requests(usize),
    /// The situations in which an error contained a secret.
    Leaks(Vec<&'static str>),
    /// How a program ended, and the number of requests that the server received.
    Program { end: ProgramEnd, requests: usize },
    /// The case does not apply, for this reason.
    NotPlayed(&'static str),
    /// The function under test panicked with this message.
    Panicked(String),
}

/// The end of a program that gets a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProgramEnd {
    /// It printed the session.
    Printed,
    /// It reported success, but did not print the session.
    PrintedOther,
    /// Another exit status than 0.
    Status(i32),
    /// It was killed, by the caller or by a signal.
    Killed,
    /// It ended long after its time limit.
    Late,
    /// Its output contained the key.
    ShowedKey,
    /// It sent a request to another server.
    SentElsewhere,
}

/// The result of one exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Exchanged {
    pub(super) result: Result<Received, TransportErrorKind>,
    pub(super) timing: Timing,
}

/// A response, compared with the sent one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Received {
    pub(super) status: u16,
    /// The headers that the core reads.
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Body,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Body {
    Empty,
    AsSent,
    /// The first bytes of the sent body.
    First(usize),
    Other(Vec<u8>),
}

/// The time that an exchange took, compared with its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timing {
    InTime,
    /// A response at the limit. An error at the limit is in time.
    AtTheLimit,
    LongAfterTheLimit,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RequestPart {
    /// The method and the target.
    Line(String),
    Target(String),
    /// The length of the target in bytes.
    TargetLength(usize),
    /// The minor version of HTTP/1.
    Version(u8),
    /// A header that must be sent. Its value is not shown, because it may be the key.
    Required(Sent),
    /// Headers that must not be sent.
    Unwanted(Vec<String>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    Correct,
    Incorrect,
    Times(usize),
}

/// Creates the expected response with this status and the sent body.
pub(super) fn response(status: u16) -> Exchanged {
    let received = Received { status, headers: Vec::new(), body: Body::AsSent };
    Exchanged { result: Ok(received), timing: Timing::InTime }
}

/// Creates the expected error.
pub(super) fn error(kind: TransportErrorKind) -> Exchanged {
    Exchanged { result: Err(kind), timing: Timing::InTime }
}

impl Exchanged {
    pub(super) fn empty(self) -> Self {
        self.with(|received| received.body = Body::Empty)
    }

    pub(super) fn first(self, length: usize) -> Self {
        self.with(|received| received.body = Body::First(length))
    }

    pub(super) fn header(self, name: &'static str, value: &str) -> Self {
        self.with(|received| received.headers.push((name, value.to_owned())))
    }

    pub(super) fn at_the_limit(self) -> Self {
        Self { timing: Timing::AtTheLimit, ..self }
    }

    /// Adds a second exchange: the demo session. Counts the connections.
    pub(super) fn then_success(self, connections: usize) -> Outcome {
        Outcome::Exchanges { results: [self, response(200)], connections: Some(connections) }
    }

    /// Returns whether this is a 200 with the sent body, in time.
    pub(super) fn is_success(&self) -> bool {
        *self == response(200)
    }

    fn with(mut self, change: impl FnOnce(&mut Received)) -> Self {
        if let Ok(received) = &mut self.result {
            change(received);
        }
        self
    }
}

impl From<Exchanged> for Outcome {
    fn from(result: Exchanged) -> Self {
        Self::Exchange { result, requests: 1 }
    }
}

impl From<RequestPart> for Outcome {
    fn from(part: RequestPart) -> Self {
        Self::Request(part)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exchange { result, requests: 1 } => write!(f, "{result}"),
            Self::Exchange { result, requests } => {
                write!(f, "{result}, after {}", count(*requests, "request"))
            }
            Self::SentElsewhere { result, with_key } => {
                let sent = if *with_key { "the key" } else { "a request" };
                write!(f, "{result}; {sent} was sent elsewhere")
            }
            Self::Exchanges { results: [first, second], connections } => {
                write!(f, "{first}; {second}")?;
                connections.map_or(Ok(()), |connections| write!(f, "; {}", count(connections, "connection")))
            }
            Self::Request(part) => write!(f, "{part}"),
            Self::Items { items, requests } => {
                let items = items.iter().map(|item| match item {
                    Ok(id) => format!("session {}", id.trim_start_matches(ID_PREFIX)),
                    Err(kind) => kind.to_string(),
                });
                write_list(f, items)?;
                requests.map_or(Ok(()), |requests| write!(f, "; {}", count(requests, "request")))
            }
            Self::Requests(requests) => f.write_str(&count(*requests, "request")),
            Self::Leaks(situations) => write_list(f, situations.iter().copied()),
            Self::Program { end, requests: 1 } => write!(f, "{end}"),
            Self::Program { end, requests } => write!(f, "{end}, after {}", count(*requests, "request")),
            Self::NotPlayed(why) => f.write_str(why),
            Self::Panicked(message) => write!(f, "panicked: {message}"),
        }
    }
}

impl fmt::Display for Exchanged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.result {
            Ok(received) => write!(f, "{received}")?,
            Err(kind) => f.write_str(kind.as_str())?,
        }
        f.write_str(match self.timing {
            Timing::InTime => "",
            Timing::AtTheLimit => ", at the time limit",
            Timing::LongAfterTheLimit => ", long after the time limit",
        })
    }
}

impl fmt::Display for ProgramEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Printed => "the session",
            Self::PrintedOther => "exit status 0 without the session",
            Self::Status(status) => return write!(f, "exit status {status}"),
            Self::Killed => "no end in time",
            Self::Late => "long after the time limit",
            Self::ShowedKey => "the key in the output",
            Self::SentElsewhere => "a request was sent elsewhere",
        })
    }
}

impl fmt::Display for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        for (name, value) in &self.headers {
            write!(f, ", {name}: {value}")?;
        }
        match &self.body {
            Body::Empty => f.write_str(", empty body"),
            Body::AsSent => f.write_str(", body as sent"),
            Body::First(length) => write!(f, ", first {length} bytes"),
            Body::Other(bytes) => write!(f, ", \"{}\"", bytes.escape_ascii()),
        }
    }
}

impl fmt::Display for RequestPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(text) | Self::Target(text) => f.write_str(text),
            Self::TargetLength(length) => write!(f, "{length} bytes"),
            Self::Version(minor) => write!(f, "HTTP/1.{minor}"),
            Self::Required(Sent::Correct) => f.write_str("once, correct"),
            Self::Required(Sent::Incorrect) => f.write_str("once, incorrect"),
            Self::Required(Sent::Times(times)) => write!(f, "{times} times"),
            Self::Unwanted(headers) => write_list(f, headers),
        }
    }
}

/// The part that the ids of all demo sessions have in common. A number follows.
const ID_PREFIX: &str = "5e551011-0000-4000-8000-00000000000";

/// Writes the items of a list, or "none".
fn write_list(f: &mut fmt::Formatter<'_>, items: impl IntoIterator<Item: fmt::Display>) -> fmt::Result {
    let mut items = items.into_iter();
    let Some(first) = items.next() else { return f.write_str("none") };
    write!(f, "{first}")?;
    items.try_for_each(|item| write!(f, ", {item}"))
}

/// Formats a number with its noun: "1 request", "2 requests".
pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exchange_shows_status_headers_body_and_timing() {
        let headers = response(503).header("date", "now").header("proxy-status", "one");
        assert_eq!(headers.to_string(), "503, date: now, proxy-status: one, body as sent");
        assert_eq!(
            response(200).first(2).at_the_limit().to_string(),
            "200, first 2 bytes, at the time limit"
        );
        let other = response(200).with(|received| received.body = Body::Other(b"\xff\n".to_vec()));
        let late = Exchanged { timing: Timing::LongAfterTheLimit, ..other };
        assert_eq!(late.to_string(), "200, \"\\xff\\n\", long after the time limit");
        assert_eq!(error(TransportErrorKind::TooLarge).to_string(), "too_large");
    }

    #[test]
    fn an_outcome_shows_what_the_server_counted() {
        let text = |outcome: Outcome| outcome.to_string();
        assert_eq!(text(response(204).empty().into()), "204, empty body");
        let twice = Outcome::Exchange { result: response(200), requests: 2 };
        assert_eq!(text(twice), "200, body as sent, after 2 requests");
        assert_eq!(
            text(response(304).empty().then_success(1)),
            "304, empty body; 200, body as sent; 1 connection"
        );
        let items = vec![Ok(format!("{ID_PREFIX}2")), Ok("another".to_owned()), Err(ErrorKind::Server)];
        let items = |requests| Outcome::Items { items: items.clone(), requests };
        assert_eq!(text(items(Some(4))), "session 2, session another, server; 4 requests");
        assert_eq!(text(items(None)), "session 2, session another, server");
        assert_eq!(text(Outcome::Leaks(Vec::new())), "none");
        assert_eq!(text(Outcome::Leaks(vec!["a reset", "not HTTP"])), "a reset, not HTTP");
        assert_eq!(text(RequestPart::Required(Sent::Times(0)).into()), "0 times");
    }
}
