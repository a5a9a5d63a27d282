//! An independent reader of HTTP/1: the head by httparse, the body by its own framing.
//!
//! It reads only what cannot be read in two ways, and makes no claim about anything else.

use std::str;

use super::script::End;

/// The result of reading the response to a GET.
#[derive(Debug, PartialEq)]
pub(super) enum Reading {
    /// Readers may differ, or the reader here does not cover it.
    Ambiguous,
    /// The bytes end before the end of a head.
    NoHead,
    Message(Message),
}

/// A final response.
#[derive(Debug, PartialEq)]
pub(super) struct Message {
    pub(super) status: u16,
    /// The `content-encoding`, of which there is at most one.
    pub(super) coding: Option<String>,
    /// The received part of the body, without chunk sizes.
    pub(super) body: Vec<u8>,
    pub(super) state: State,
    /// Whether the connection must not be used again.
    pub(super) must_close: bool,
}

#[derive(Debug, PartialEq)]
pub(super) enum State {
    /// The message ends after this number of bytes.
    Complete(usize),
    Truncated(End),
    /// A chunk is invalid.
    Malformed,
}

impl Message {
    /// Returns whether the message ends exactly after this number of bytes.
    pub(super) fn is_complete_in(&self, length: usize) -> bool {
        self.state == State::Complete(length)
    }
}

pub(super) fn read(bytes: &[u8], end: End) -> Reading {
    let mut at = 0;
    loop {
        let rest = &bytes[at..];
        let Some(length) = empty_line(rest, b"\r\n\r\n") else {
            let may_be_complete = [&b"\n\n"[..], b"\n\r\n"].iter().any(|end| empty_line(rest, end).is_some());
            return if may_be_complete { Reading::Ambiguous } else { Reading::NoHead };
        };
        let Some(head) = Head::read(&rest[..length]) else { return Reading::Ambiguous };
        at += length;
        match head.status {
            // A server must not send interim responses to a client of HTTP/1.0.
            100 | 102..=199 if !head.is_http10 => {}
            200..=599 => return head.message(bytes, at, end),
            _ => return Reading::Ambiguous,
        }
    }
}

/// Returns the length of the bytes up to the end of `end`, whose last byte ends a line.
fn empty_line(bytes: &[u8], end: &[u8]) -> Option<usize> {
    let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    ends.into_iter().find(|at| bytes[..*at].ends_with(end))
}

struct Head {
    status: u16,
    is_http10: bool,
    headers: Vec<(String, String)>,
}

impl Head {
    /// Reads a head that all readers agree on.
    fn read(bytes: &[u8]) -> Option<Self> {
        let is_plain = bytes.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\r' | b'\n'));
        let lines = bytes.split(|byte| *byte == b'\n');
        let are_lines = lines.clone().all(|line| match line.split_last() {
            Some((b'\r', line)) => !line.contains(&b'\r') && !line.starts_with(b" "),
            Some(_) => false,
            None => true,
        });
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut head = httparse::Response::new(&mut headers);
        let parsed = head.parse(bytes);
        if !is_plain || !are_lines || parsed != Ok(httparse::Status::Complete(bytes.len())) {
            return None;
        }
        let headers = head.headers.iter().map(|header| {
            let value = str::from_utf8(header.value).ok()?;
            Some((header.name.to_ascii_lowercase(), value.trim().to_owned()))
        });
        Some(Self {
            status: head.code?,
            is_http10: head.version? == 0,
            headers: headers.collect::<Option<_>>()?,
        })
    }

    /// Returns the value of a header that occurs at most once.
    fn only(&self, name: &str) -> Option<Option<&str>> {
        let mut values = self.headers.iter().filter(|header| header.0 == name).map(|header| &*header.1);
        let first = values.next();
        values.next().is_none().then_some(first)
    }

    fn message(self, bytes: &[u8], at: usize, end: End) -> Reading {
        self.try_message(bytes, at, end).map_or(Reading::Ambiguous, Reading::Message)
    }

    fn try_message(self, bytes: &[u8], at: usize, end: End) -> Option<Message> {
        let connection = self.only("connection")?.map(str::to_ascii_lowercase);
        let mut must_close =
            connection.as_deref() == Some("close") || (self.is_http10 && connection.is_none());
        let rest = &bytes[at..];
        let framing = (self.only("transfer-encoding")?, self.only("content-length")?);
        let (body, state) = match framing {
            _ if matches!(self.status, 204 | 304) => {
                // Readers differ on a body that must not be there.
                if framing != (None, None) {
                    return None;
                }
                (Vec::new(), State::Complete(at))
            }
            (Some("chunked"), None) if !self.is_http10 => chunked(rest, at, end)?,
            (None, Some(length)) => {
                let is_number =
                    (1..=15).contains(&length.len()) && length.bytes().all(|b| b.is_ascii_digit());
                let length: usize = length.parse().ok().filter(|_| is_number)?;
                match rest.get(..length) {
                    Some(body) => (body.to_vec(), State::Complete(at + length)),
                    None => (rest.to_vec(), State::Truncated(end)),
                }
            }
            (None, None) => {
                must_close = true;
                let is_complete = end == End::Close;
                let state = if is_complete { State::Complete(bytes.len()) } else { State::Truncated(end) };
                (rest.to_vec(), state)
            }
            _ => return None,
        };
        let coding = self.only("content-encoding")?.map(str::to_owned);
        Some(Message { status: self.status, coding, body, state, must_close })
    }
}

/// Reads chunks without extensions and trailers, on which readers differ.
fn chunked(bytes: &[u8], start: usize, end: End) -> Option<(Vec<u8>, State)> {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let rest = &bytes[at..];
        let digits = rest.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        if digits > 8 {
            return None;
        }
        match &rest[digits..] {
            // The end within a line, whatever the rest of the line would be.
            [] => return Some((body, State::Truncated(end))),
            [b'\r'] if digits > 0 => return Some((body, State::Truncated(end))),
            [b'\r', b'\n', ..] if digits > 0 => {}
            [first, ..] if digits == 0 && first.is_ascii_alphabetic() => {
                return Some((body, State::Malformed));
            }
            _ => return None,
        }
        let size = usize::from_str_radix(str::from_utf8(&rest[..digits]).ok()?, 16).ok()?;
        let rest = &rest[digits + 2..];
        at += digits + 2;
        if size == 0 {
            return match rest {
                [b'\r', b'\n', ..] => Some((body, State::Complete(start + at + 2))),
                // The last chunk ends the body for some readers.
                _ => None,
            };
        }
        body.extend_from_slice(&rest[..size.min(rest.len())]);
        match rest.get(size..) {
            None | Some([] | [b'\r']) => return Some((body, State::Truncated(end))),
            Some([b'\r', b'\n', ..]) => at += size + 2,
            // Some readers wait for more before they check.
            Some(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(bytes: &str, end: End) -> (u16, String, State, bool) {
        match read(bytes.as_bytes(), end) {
            Reading::Message(message) => {
                (message.status, String::from_utf8(message.body).unwrap(), message.state, message.must_close)
            }
            reading => panic!("{reading:?} of {bytes:?}"),
        }
    }

    fn complete(status: u16, body: &str, length: usize) -> (u16, String, State, bool) {
        (status, body.to_owned(), State::Complete(length), false)
    }

    const OK: &str = "HTTP/1.1 200 OK\r\n";

    #[test]
    fn a_message_ends_where_its_framing_ends() {
        let read = |rest: &str| message(&format!("{OK}{rest}"), End::Timeout);
        assert_eq!(read("content-length: 2\r\n\r\n{}HTTP"), complete(200, "{}", 40));
        assert_eq!(read("transfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\nx"), complete(200, "a", 58));
        let interim = "HTTP/1.1 100 Continue\r\na: b\r\n\r\n";
        let no_content = format!("{interim}HTTP/1.1 204 No Content\r\n\r\n");
        assert_eq!(message(&no_content, End::Timeout), complete(204, "", no_content.len()));
        let closed = message(&format!("{OK}\r\nab"), End::Close);
        assert_eq!(closed, (200, "ab".to_owned(), State::Complete(21), true));
    }

    #[test]
    fn a_message_that_ends_early_is_truncated() {
        let whole = format!("{OK}transfer-encoding: chunked\r\n\r\n2\r\nab\r\n");
        for length in 0..whole.len() {
            match read(&whole.as_bytes()[..length], End::Reset) {
                Reading::NoHead => assert!(length < 47, "{length}"),
                Reading::Message(message) => {
                    assert!(length >= 47, "{length}");
                    assert_eq!(message.state, State::Truncated(End::Reset), "{length}");
                }
                Reading::Ambiguous => panic!("{length}"),
            }
        }
        let short = message(&format!("{OK}content-length: 9\r\n\r\nab"), End::Close);
        assert_eq!(short, (200, "ab".to_owned(), State::Truncated(End::Close), false));
        let invalid = message(&format!("{OK}transfer-encoding: chunked\r\n\r\nx\r\n"), End::Close);
        assert_eq!(invalid, (200, String::new(), State::Malformed, false));
    }

    #[test]
    fn bytes_on_which_readers_differ_are_ambiguous() {
        for rest in [
            "content-length: 2\r\ncontent-length: 2\r\n\r\n{}",
            "content-length: +2\r\n\r\n{}",
            "content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            "transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "transfer-encoding: chunked\r\n\r\n0\r\nx: y\r\n\r\n",
            "transfer-encoding: chunked\r\n\r\n0;a=b\r\n\r\n",
            "a: b\r\n c\r\n\r\n",
            "a: b\ncontent-length: 0\r\n\r\n",
            "content-length: 0\n\n",
            "a : b\r\n\r\n",
            "a: \u{e9}\r\n\r\n",
        ] {
            assert_eq!(read(format!("{OK}{rest}").as_bytes(), End::Close), Reading::Ambiguous, "{rest:?}");
        }
        for line in
            ["HTTP/2.0 200 OK", "HTTP/1.1 101 Switching Protocols", "HTTP/1.1 600 No", "HTTP/1.1 20 OK"]
        {
            assert_eq!(read(format!("{line}\r\n\r\n").as_bytes(), End::Close), Reading::Ambiguous, "{line}");
        }
    }
}
