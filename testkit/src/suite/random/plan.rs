//! A generated response: what the server sends, and which outcomes are right.

use std::time::Duration;

pub(super) use self::expected::Expected;

use crate::random::Random;
use crate::suite::transport::{BODY_LIMIT, ERROR_BODY_LIMIT};

mod expected;
mod simpler;
mod wire;

/// The response to one request.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plan {
    /// The statuses of interim responses.
    interim: Vec<u16>,
    /// The minor version of HTTP/1.
    version: u8,
    status: u16,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Vec<u8>,
    coding: Coding,
    framing: Framing,
    /// The places at which a pause interrupts the bytes, as parts of the whole.
    cuts: Vec<(f64, Duration)>,
    end: End,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Coding {
    Identity,
    Gzip,
    /// With a wrong checksum.
    BrokenGzip,
}

#[derive(Clone, Debug, PartialEq)]
enum Framing {
    Length,
    /// Until the connection is closed.
    Close,
    Chunked {
        sizes: Vec<usize>,
        extension: bool,
        trailer: bool,
    },
    /// The status has no body.
    None,
}

/// The action of the server after the response or in the middle of it. A place is a part of the
/// whole.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    /// The connection stays open.
    Open,
    Close,
    /// Another response follows, which nobody requested.
    Stray,
    CloseAt(f64),
    ResetAt(f64),
    SilenceAt(f64),
}

/// The features of responses that a client may be unable to handle.
pub(super) const FEATURES: [&str; 13] = [
    "interim responses",
    "HTTP/1.0",
    "many headers",
    "non-ASCII headers",
    "gzip",
    "close-delimited bodies",
    "chunk extensions",
    "trailers",
    "stray responses",
    "truncated heads",
    "truncated bodies",
    "resets",
    "silence",
];

const DATE: &str = "Fri, 31 Dec 1999 23:59:29 GMT";
/// The time limit of an exchange that the server leaves without an end.
const SHORT_LIMIT: Duration = Duration::from_millis(300);
const LIMIT: Duration = Duration::from_secs(5);

impl Plan {
    pub(super) fn generate(random: &mut Random, accepts_gzip: bool) -> Self {
        let status = match random.below(10) {
            0..5 => 200,
            _ => random.one_of(&[204, 301, 304, 400, 401, 404, 408, 429, 500, 503]),
        };
        let version = if random.below(12) == 0 { 0 } else { 1 };
        let length = match random.below(20) {
            0 => 0,
            1 if status == 200 => BODY_LIMIT as u64 - 100 + random.below(200),
            2 if status != 200 => ERROR_BODY_LIMIT as u64 - 100 + random.below(200),
            3..6 => random.below(8_000),
            _ => random.below(300),
        };
        let has_body = !matches!(status, 204 | 304);
        let framing = match random.below(10) {
            _ if !has_body => Framing::None,
            0..4 => Framing::Length,
            4..8 if version == 1 => chunked(random),
            _ => Framing::Close,
        };
        let coding = match random.below(20) {
            0..4 if accepts_gzip && has_body => Coding::Gzip,
            4 if accepts_gzip && has_body => Coding::BrokenGzip,
            _ => Coding::Identity,
        };
        let end = match random.below(40) {
            0..4 => End::CloseAt(random.fraction()),
            4..7 => End::ResetAt(random.fraction()),
            7 => End::SilenceAt(random.fraction()),
            8..12 if !matches!(framing, Framing::Close) => End::Stray,
            12..16 => End::Close,
            _ if matches!(framing, Framing::Close) => End::Close,
            _ => End::Open,
        };
        Self {
            interim: if version == 1 && random.below(6) == 0 { interim(random) } else { Vec::new() },
            version,
            status,
            headers: headers(random, status),
            body: (0..if has_body { length } else { 0 }).map(|_| random.below(256) as u8).collect(),
            coding,
            framing,
            cuts: (0..random.below(4))
                .map(|_| (random.fraction(), Duration::from_millis(random.below(4))))
                .collect(),
            end,
        }
    }

    /// Returns the features of this response, by their numbers in [`FEATURES`].
    pub(super) fn has(&self, feature: &str) -> bool {
        let chunks = |has: fn(bool, bool) -> bool| match self.framing {
            Framing::Chunked { extension, trailer, .. } => has(extension, trailer),
            _ => false,
        };
        match feature {
            "interim responses" => !self.interim.is_empty(),
            "HTTP/1.0" => self.version == 0,
            "many headers" => self.headers.len() > 20,
            "non-ASCII headers" => self.headers.iter().any(|(_, value)| !value.is_ascii()),
            "gzip" => self.coding != Coding::Identity,
            "close-delimited bodies" => self.framing == Framing::Close,
            "chunk extensions" => chunks(|extension, _| extension),
            "trailers" => chunks(|_, trailer| trailer),
            "stray responses" => self.end == End::Stray,
            "truncated heads" => matches!(self.end, End::CloseAt(_)) && self.is_cut_in_head(),
            "truncated bodies" => matches!(self.end, End::CloseAt(_)) && !self.is_cut_in_head(),
            "resets" => matches!(self.end, End::ResetAt(_)),
            "silence" => matches!(self.end, End::SilenceAt(_)),
            _ => false,
        }
    }

    pub(super) fn timeout(&self) -> Duration {
        if self.has("silence") { SHORT_LIMIT } else { LIMIT }
    }

    /// Returns whether the connection can be used for the next request.
    pub(super) fn leaves_connection(&self) -> bool {
        self.end == End::Open
    }

    fn is_cut_in_head(&self) -> bool {
        let wire = self.wire();
        self.sent(&wire) < wire.head_end
    }

    /// Returns the body that a client gets if all goes well.
    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }
}

fn chunked(random: &mut Random) -> Framing {
    let sizes = (0..1 + random.below(4)).map(|_| 1 + random.below(2_000) as usize).collect();
    Framing::Chunked { sizes, extension: random.below(4) == 0, trailer: random.below(6) == 0 }
}

fn interim(random: &mut Random) -> Vec<u16> {
    (0..1 + random.below(3)).map(|_| random.one_of(&[100, 102, 103])).collect()
}

/// Returns headers that RFC 9110 allows, and those that the core reads.
fn headers(random: &mut Random, status: u16) -> Vec<(&'static str, Vec<u8>)> {
    let mut headers: Vec<(&str, Vec<u8>)> = Vec::new();
    let count = if random.below(15) == 0 { 30 + random.below(40) } else { random.below(4) };
    for _ in 0..count {
        let name =
            random.one_of(&["x-a", "X-Request-Id", "server", "SERVER-timing", "x!#$%&'*+.^_`|~9", "via"]);
        let value = match random.below(6) {
            0 => Vec::new(),
            1 => b"caf\xe9 \xff".to_vec(),
            2 => "y".repeat(random.below(200) as usize).into_bytes(),
            3 => b"a,b;c=\"d\\\"e\"".to_vec(),
            _ => b"1".to_vec(),
        };
        headers.push((name, value));
    }
    // A transport adds the current time to a `Retry-After` without a date.
    headers.push((random.one_of(&["date", "Date", "DATE"]), DATE.into()));
    if matches!(status, 429 | 503) {
        headers.push((random.one_of(&["retry-after", "RETRY-AFTER"]), b"7".to_vec()));
    }
    if status == 301 {
        headers.push(("location", b"/elsewhere".to_vec()));
    }
    let first = random.below(headers.len() as u64) as usize;
    headers.rotate_left(first);
    headers
}
