//! The head of a response, as far as it was received.

use std::cell::RefCell;

use brightdata_sessions::http::StatusCode;
use brightdata_sessions::http::header::{DATE, HeaderName, HeaderValue, RETRY_AFTER};
use brightdata_sessions::http::response::{Parts, Response};

thread_local! {
    /// ureq runs a request on the caller's thread, and its errors cannot hold a status.
    static REJECTED_HEAD: RefCell<Option<Parts>> = const { RefCell::new(None) };
}

/// Takes the last head on this thread that was truncated, or that ureq rejected: its status, and
/// the headers that decide when to retry. Call this before a request as well, to discard an earlier
/// head.
pub(crate) fn take_rejected_head() -> Option<Parts> {
    REJECTED_HEAD.take()
}

/// Keeps the head at the start of the input for [`take_rejected_head`], if its status was received.
pub(super) fn keep_rejected_head(input: &[u8]) {
    if let Some(head) = partial_head(input) {
        REJECTED_HEAD.set(Some(head));
    }
}

/// Returns whether the input is a head, or the beginning of one, that ureq has not consumed yet.
pub(super) fn is_part_of_a_head(input: &[u8]) -> bool {
    let start = input.trim_ascii_start();
    !input.is_empty() && (start.starts_with(b"HTTP/") || b"HTTP/".starts_with(start))
}

/// Returns the status of a head whose status line has arrived.
fn status(input: &[u8]) -> Option<StatusCode> {
    let (version, rest) = input.trim_ascii_start().split_at_checked(b"HTTP/1.1 ".len())?;
    let (code, rest) = rest.split_at_checked(3)?;
    let is_complete =
        matches!(version, b"HTTP/1.1 " | b"HTTP/1.0 ") && matches!(rest, [b' ' | b'\r' | b'\n', ..]);
    StatusCode::from_bytes(code).ok().filter(|_| is_complete)
}

/// Returns the length of an interim response, which ends with its head. A 101 is final.
pub(super) fn interim_length(input: &[u8]) -> Option<usize> {
    status(input).filter(|&status| status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS)?;
    let end = input.windows(4).position(|end| end == b"\r\n\r\n")?;
    Some(end + 4)
}

/// Returns the status of a final response, and the headers that decide when to retry, as far as
/// they arrived.
fn partial_head(input: &[u8]) -> Option<Parts> {
    let status = status(input).filter(|status| !status.is_informational())?;
    let mut head = Response::new(()).into_parts().0;
    head.status = status;
    let mut lines = input.trim_ascii_start().split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    // The last line may be truncated.
    lines.next_back();
    for line in lines.skip(1).take_while(|line| !line.is_empty()) {
        let Some(colon) = line.iter().position(|&byte| byte == b':') else { continue };
        let name =
            HeaderName::from_bytes(&line[..colon]).ok().filter(|name| [RETRY_AFTER, DATE].contains(name));
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii());
        if let (Some(name), Ok(value)) = (name, value) {
            head.headers.entry(name).or_insert(value);
        }
    }
    Some(head)
}
