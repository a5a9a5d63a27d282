//! The bytes of a generated response, and the steps of the server.

use std::io::Write as _;

use brightdata_sessions::http::StatusCode;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::{Coding, End, Framing, Plan};
use crate::Script;
use crate::script::SILENCE;

/// A response that nobody requested.
const STRAY: &str = "HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n{\"stray\":true}";

/// The bytes of a response.
pub(super) struct Wire {
    pub(super) bytes: Vec<u8>,
    /// The start of the final head.
    pub(super) head_start: usize,
    /// Its end.
    pub(super) head_end: usize,
    /// The place after which a client may take the response for complete.
    pub(super) last_chunk: usize,
}

impl Plan {
    /// Returns the steps of the server.
    pub(in crate::suite::random) fn script(&self) -> Script {
        let wire = self.wire();
        let sent = self.sent(&wire);
        let mut cuts: Vec<_> = self.cuts.iter().map(|(part, pause)| (place(*part, sent), *pause)).collect();
        cuts.sort();
        let (mut script, mut from) = (Script::new(), 0);
        for (at, pause) in cuts {
            if at > from {
                script = script.send(&wire.bytes[from..at]).pause(pause);
                from = at;
            }
        }
        let stray = if self.end == End::Stray { STRAY } else { "" };
        // Both at once, because a client cannot notice what arrives after its next request.
        let last = [&wire.bytes[from..sent], stray.as_bytes()].concat();
        if !last.is_empty() {
            script = script.send(last);
        }
        match self.end {
            End::Open | End::Stray => script,
            End::Close | End::CloseAt(_) => script.close(),
            End::ResetAt(_) => script.reset(),
            End::SilenceAt(_) => script.pause(SILENCE),
        }
    }

    /// Returns how many bytes the server sends before the end.
    pub(super) fn sent(&self, wire: &Wire) -> usize {
        match self.end {
            End::Open | End::Close | End::Stray => wire.bytes.len(),
            End::CloseAt(part) | End::ResetAt(part) | End::SilenceAt(part) => place(part, wire.bytes.len()),
        }
    }

    pub(super) fn wire(&self) -> Wire {
        let mut bytes = Vec::new();
        for status in &self.interim {
            bytes.extend(format!("HTTP/1.1 {status} Interim\r\nlink: </x>\r\n\r\n").into_bytes());
        }
        let head_start = bytes.len();
        let reason = StatusCode::from_u16(self.status).ok().and_then(|status| status.canonical_reason());
        bytes.extend(
            format!("HTTP/1.{} {} {}\r\n", self.version, self.status, reason.unwrap_or_default())
                .into_bytes(),
        );
        for (name, value) in &self.headers {
            bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        let body = match self.coding {
            Coding::Identity => self.body.clone(),
            Coding::Gzip => gzip(&self.body),
            Coding::BrokenGzip => {
                let mut body = gzip(&self.body);
                let checksum = body.len() - 8;
                body[checksum] ^= 1;
                body
            }
        };
        if self.coding != Coding::Identity {
            bytes.extend(b"content-encoding: gzip\r\n");
        }
        match &self.framing {
            Framing::Length => bytes.extend(format!("content-length: {}\r\n", body.len()).into_bytes()),
            Framing::Chunked { .. } => bytes.extend(b"transfer-encoding: chunked\r\n"),
            Framing::Close | Framing::None => {}
        }
        bytes.extend(b"\r\n");
        let head_end = bytes.len();
        let mut last_chunk = usize::MAX;
        match &self.framing {
            Framing::Chunked { sizes, extension, trailer } => {
                let extension = if *extension { ";note=\"a;b\"" } else { "" };
                let (mut rest, mut sizes) = (body.as_slice(), sizes.iter().cycle());
                while !rest.is_empty() {
                    let size = sizes.next().map_or(rest.len(), |size| rest.len().min(*size));
                    let (chunk, after) = rest.split_at(size);
                    bytes.extend(format!("{size:x}{extension}\r\n").into_bytes());
                    bytes.extend([chunk, b"\r\n"].concat());
                    rest = after;
                }
                last_chunk = bytes.len();
                bytes.extend(format!("0{extension}\r\n").into_bytes());
                if *trailer {
                    bytes.extend(b"x-trailer: 1\r\n");
                }
                bytes.extend(b"\r\n");
            }
            _ => bytes.extend(body),
        }
        // All of a body is received before its end is seen.
        Wire { last_chunk: last_chunk.min(bytes.len() - 1), bytes, head_start, head_end }
    }
}

/// Returns the place of a part, which is never the end.
fn place(part: f64, length: usize) -> usize {
    ((part * length as f64) as usize).min(length.saturating_sub(1))
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).and_then(|()| encoder.finish()).expect("memory is writable")
}
