//! The outcomes of a generated response that are right.

use std::fmt;

use brightdata_sessions::TransportErrorKind::{
    self, Connection, InvalidHead, Timeout, TooLarge, Undecodable,
};

use super::{Coding, End, Framing, Plan};
use crate::suite::outcome::{Body, Exchanged, Timing};
use crate::suite::transport::{BODY_LIMIT, ERROR_BODY_LIMIT};

/// An outcome that is right.
#[derive(Clone, Debug)]
pub(in crate::suite::random) enum Expected {
    Response {
        status: u16,
        headers: Vec<(&'static str, String)>,
        length: usize,
        is_partial: bool,
    },
    /// The status alone.
    Status(u16),
    Error(TransportErrorKind),
}

impl Plan {
    /// Returns the outcomes that are right.
    pub(in crate::suite::random) fn expected(&self) -> Vec<Expected> {
        let wire = self.wire();
        let sent = self.sent(&wire);
        let error = |kinds: &[TransportErrorKind]| {
            kinds.iter().map(|kind| Expected::Error(*kind)).collect::<Vec<_>>()
        };
        let missing = match self.end {
            End::SilenceAt(_) => Timeout,
            _ => Connection,
        };
        if sent < wire.head_end {
            let mut expected = error(&[missing, InvalidHead]);
            // A client may report the status of a head that is cut off.
            if self.status != 200 && sent >= wire.head_start + "HTTP/1.1 404".len() {
                expected.push(Expected::Status(self.status));
            }
            return expected;
        }
        let whole = self.response(false);
        let is_cut = sent < wire.bytes.len() || matches!(self.end, End::SilenceAt(_) | End::ResetAt(_));
        let mut expected = match self.status {
            // A status outranks its body.
            200 => error(&[missing]),
            _ => vec![self.response(true)],
        };
        if matches!(self.end, End::ResetAt(_)) {
            // A reset can overtake the bytes before it.
            expected.push(Expected::Error(Connection));
        }
        let is_broken = self.coding == Coding::BrokenGzip;
        if self.status == 200 && self.coding != Coding::Identity && (is_cut || is_broken) {
            expected.push(Expected::Error(Undecodable));
        }
        let is_large = self.body.len() > BODY_LIMIT && self.status == 200;
        if is_large {
            expected.push(Expected::Error(TooLarge));
        }
        match self.framing {
            _ if is_broken => expected,
            // The head is the whole response.
            Framing::None => vec![whole],
            _ if !is_cut && is_large => error(&[TooLarge]),
            _ if !is_cut => vec![whole],
            // The body is what was sent before the connection was closed.
            Framing::Close if matches!(self.end, End::CloseAt(_)) && self.coding == Coding::Identity => {
                let too_large = is_large.then_some(Expected::Error(TooLarge));
                [self.response(true)].into_iter().chain(too_large).collect()
            }
            _ if is_large => expected,
            // A client may not wait for the end of the last chunk, or of the connection.
            _ if sent > wire.last_chunk => {
                expected.push(whole);
                expected
            }
            _ => expected,
        }
    }

    /// Returns the right response: the whole body, or with `is_partial` also its first bytes.
    fn response(&self, is_partial: bool) -> Expected {
        let headers = ["retry-after", "date", "location", "proxy-status"].into_iter().flat_map(|name| {
            let values = self.headers.iter().filter(move |(other, _)| other.eq_ignore_ascii_case(name));
            values.map(move |(_, value)| (name, value.escape_ascii().to_string()))
        });
        Expected::Response {
            status: self.status,
            headers: headers.collect(),
            length: self.body.len(),
            is_partial,
        }
    }
}

impl Expected {
    pub(in crate::suite::random) fn accepts(&self, actual: &Exchanged) -> bool {
        match (self, &actual.result) {
            (Self::Error(kind), Err(actual_kind)) => kind == actual_kind && actual.timing == Timing::InTime,
            (Self::Status(status), Ok(received)) => {
                received.status == *status
                    && received.body == Body::Empty
                    && actual.timing != Timing::LongAfterTheLimit
            }
            (Self::Response { status, headers, length, is_partial }, Ok(received)) => {
                let is_whole = match received.body {
                    Body::Empty => *length == 0,
                    Body::AsSent => true,
                    Body::First(first) => first == ERROR_BODY_LIMIT && *length > ERROR_BODY_LIMIT,
                    Body::Other(_) => false,
                };
                let is_part = *is_partial && !matches!(received.body, Body::Other(_));
                let is_in_time = match actual.timing {
                    Timing::InTime => true,
                    Timing::AtTheLimit => *is_partial,
                    Timing::LongAfterTheLimit => false,
                };
                received.status == *status
                    && received.headers == *headers
                    && (is_whole || is_part)
                    && is_in_time
            }
            _ => false,
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(kind) => f.write_str(kind.as_str()),
            Self::Status(status) => write!(f, "{status}"),
            Self::Response { status, length, is_partial, .. } => {
                let at_most = if *is_partial { "at most " } else { "" };
                write!(f, "{status} with {at_most}{length} bytes")
            }
        }
    }
}
