//! Bodies in chunks: late, truncated, or endless.

use std::time::{Duration, SystemTime};

use brightdata_sessions::http::Response;
use brightdata_sessions::{Collector, TransportErrorKind};

use crate::support::drive::{EXCHANGE, ID, api, play_all, session};

fn collector(status: u16, limit: usize) -> Collector {
    let head =
        Response::builder().status(status).header("content-length", "99999999999999").body(()).unwrap();
    api().with_body_limit(limit).collector(head.into_parts().0)
}

/// Collects the chunks until the collector breaks.
fn collect(status: u16, limit: usize, chunks: &[&[u8]]) -> Result<Vec<u8>, TransportErrorKind> {
    let mut collector = collector(status, limit);
    for chunk in chunks {
        if collector.push(chunk).is_break() {
            break;
        }
    }
    let body = collector.finish().map(Response::into_body).map_err(|failure| failure.kind())?;
    assert!(body.capacity() <= limit, "{} for {}", body.capacity(), body.len());
    Ok(body)
}

#[test]
fn a_body_is_the_same_in_any_chunks() {
    let body = b"0123456789";
    let bytes: Vec<_> = body.chunks(1).collect();
    for chunks in [&[&body[..]][..], &[b"0123", b"", b"456789"], &bytes] {
        for (status, limit) in [(200, 10), (200, 1 << 20), (404, 1 << 20)] {
            assert_eq!(collect(status, limit, chunks), Ok(body.to_vec()));
        }
    }
}

#[test]
fn one_byte_over_the_limit_is_too_large() {
    let body = b"0123456789";
    let bytes: Vec<_> = body.chunks(1).collect();
    for chunks in [&[&body[..]][..], &[b"012345678", b"9"], &bytes] {
        assert_eq!(collect(200, 9, chunks), Err(TransportErrorKind::TooLarge));
    }
    assert_eq!(collect(200, 0, &[b""]), Ok(Vec::new()));
    assert_eq!(collect(200, 0, &[b"x"]), Err(TransportErrorKind::TooLarge));
}

#[test]
fn data_after_a_break_changes_nothing() {
    let mut collector = collector(200, 4);
    assert!(collector.push(b"0123").is_continue());
    assert!(collector.push(b"4").is_break());
    assert!(collector.push(b"").is_break());
    assert!(collector.push(b"5").is_break());
    assert_eq!(collector.finish().unwrap_err().kind(), TransportErrorKind::TooLarge);
}

#[test]
fn an_error_body_is_truncated_to_16_kib_or_the_limit() {
    let endless = vec![b'x'; 1 << 20];
    assert_eq!(collect(404, 8 << 20, &[&endless]), Ok(vec![b'x'; 16 << 10]));
    assert_eq!(collect(404, 100, &[&endless]), Ok(vec![b'x'; 100]));
}

#[test]
fn a_broken_body_fails_only_a_200() {
    for status in [201, 204, 301, 400, 404, 429, 500, 599] {
        let mut collector = collector(status, 100);
        assert!(collector.push(b"Session not").is_continue());
        let response = collector.fail(TransportErrorKind::Connection).unwrap();
        assert_eq!((response.status().as_u16(), response.body().as_slice()), (status, &b"Session not"[..]));
        assert_eq!(response.headers()["content-length"], "99999999999999");
    }
    for kind in [TransportErrorKind::Connection, TransportErrorKind::Timeout, TransportErrorKind::Undecodable]
    {
        let mut collector = collector(200, 100);
        assert!(collector.push(b"{").is_continue());
        assert_eq!(collector.fail(kind).unwrap_err().kind(), kind);
    }
}

#[test]
fn a_failure_after_a_break_does_not_replace_its_result() {
    let mut large = collector(200, 4);
    assert!(large.push(b"01234").is_break());
    assert_eq!(large.fail(TransportErrorKind::Connection).unwrap_err().kind(), TransportErrorKind::TooLarge);
    let mut large = collector(404, 4);
    assert!(large.push(b"01234").is_break());
    assert_eq!(large.fail(TransportErrorKind::Connection).unwrap().into_body(), b"0123");
}

#[test]
fn memory_follows_the_received_bytes_up_to_the_limit() {
    let limit = 100_000;
    for chunk in [1, 7, 1000, 99_999] {
        let mut collector = collector(200, limit);
        for _ in 0..limit / chunk {
            assert!(collector.push(&vec![b'x'; chunk]).is_continue());
        }
        let body = collector.finish().unwrap().into_body();
        assert!(body.capacity() <= limit, "{} for {}", body.capacity(), body.len());
    }
    let mut small = collector(200, 1 << 40);
    for _ in 0..1000 {
        assert!(small.push(b"x").is_continue());
    }
    assert!(
        small.finish().unwrap().into_body().capacity() <= 2000,
        "`content-length` does not size the buffer"
    );
}

#[test]
fn a_buffer_doubles_only_when_it_is_full() {
    let chunks = [10, 1, 9, 1, 40, 20, 8];
    let capacity = |count: usize| {
        let mut collector = collector(200, 90);
        for chunk in &chunks[..count] {
            assert!(collector.push(&vec![b'x'; *chunk]).is_continue());
        }
        collector.finish().unwrap().into_body().capacity()
    };
    let capacities: Vec<_> = (1..=chunks.len()).map(capacity).collect();
    assert_eq!(capacities, [10, 20, 20, 40, 80, 90, 90]);
}

#[test]
fn a_retry_after_date_counts_from_the_time_of_receipt() {
    const LATER: &str = "Sun, 06 Nov 1994 08:50:07 GMT";
    // 29.5 s before `LATER`.
    let now = SystemTime::UNIX_EPOCH + Duration::from_millis(784_111_777_500);
    let headers = |sent: &[(&str, &str)], time| {
        let mut response = Response::builder().status(503);
        for (name, value) in sent {
            response = response.header(*name, *value);
        }
        let head = response.body(()).unwrap().into_parts().0;
        api().collector(head).received_at(time).finish().unwrap().headers().clone()
    };
    let date = |sent: &[(&str, &str)]| {
        headers(sent, now).get("date").map(|value| value.to_str().unwrap().to_owned())
    };
    let received = Some("Sun, 06 Nov 1994 08:49:37 GMT".to_owned());
    assert_eq!(date(&[("retry-after", LATER)]), received);
    assert_eq!(date(&[("retry-after", LATER), ("date", "today")]), received);
    assert_eq!(
        date(&[("retry-after", LATER), ("date", LATER)]).as_deref(),
        Some(LATER),
        "the server's date is retained"
    );
    assert_eq!(date(&[]), None, "no date is added without `Retry-After`");

    let response = || {
        let head = Response::builder().status(503).header("retry-after", LATER).body(()).unwrap();
        api().collector(head.into_parts().0).received_at(now).finish()
    };
    let played = play_all(&mut api().get(&ID.parse().unwrap()), [response(), session()]);
    assert_eq!(played.sent[1] - played.sent[0], Duration::from_secs(30) + EXCHANGE);
    // No date is added if the clock is before 1970 or after 9998.
    for time in [
        SystemTime::UNIX_EPOCH - Duration::from_secs(1),
        SystemTime::UNIX_EPOCH + Duration::from_secs(253_370_764_800),
    ] {
        assert_eq!(headers(&[("retry-after", LATER)], time).get("date"), None);
    }
}
