//! A body that is received in chunks.

use arbitrary::Unstructured;
use brightdata_sessions::http::Response;
use brightdata_sessions::{Error, ErrorKind, GetSession, ListSessions, TransportErrorKind};

use super::{ID, api, memory};

/// A collector gives the same result for any chunks and for any point at which the body is cut off.
/// It retains nothing beyond the limit.
///
/// The input is a status, a limit and the chunk boundaries, then the body.
pub fn check(input: &[u8]) {
    let mut input = Unstructured::new(input);
    let (Ok(status), Ok(limit), Ok(cuts)) = (
        input.choose(&[200, 404, 429, 500, 302, 204, 200, 203, 206, 299, 300, 599]).copied(),
        input.arbitrary::<u16>(),
        input.arbitrary::<[u16; 4]>(),
    ) else {
        return;
    };
    let cuts = cuts.map(usize::from);
    let body = input.take_rest();
    chunks_do_not_matter(status, body, limit.into(), &cuts);
    partial_body_is_retained(status, body, limit.into(), cuts[0]);
    limit_is_exact(status, body, limit.into());
}

/// A body gives the same result in any chunks. Nothing beyond the limit is retained, and memory is
/// proportional to the received bytes.
pub(crate) fn chunks_do_not_matter(status: u16, body: &[u8], limit: usize, cuts: &[usize]) {
    let api = api().with_body_limit(limit);
    let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (body.len() + 1)).collect();
    cuts.sort_unstable();
    cuts.push(body.len());
    let collect = |cuts: &[usize]| {
        let head = Response::builder().status(status).body(()).unwrap().into_parts().0;
        let mut collector = api.collector(head);
        let mut start = 0;
        for end in cuts {
            if collector.push(&body[start..*end]).is_break() {
                break;
            }
            start = *end;
        }
        collector.finish().map(Response::into_body).map_err(|failure| failure.kind())
    };
    let whole = collect(&[body.len()]);
    let bytes: Vec<_> = (1..=body.len()).collect();
    // A growing buffer is copied, so the old one and the new one of twice its size exist at once.
    let pieces = memory::within(3, body.len(), || collect(&cuts));
    assert_eq!((&pieces, &memory::within(3, body.len(), || collect(&bytes))), (&whole, &whole));
    match &whole {
        Ok(retained) => {
            let max = if status == 200 { limit } else { limit.min(16 << 10) };
            assert_eq!(retained.as_slice(), &body[..body.len().min(max)]);
            assert!(retained.capacity() <= max);
        }
        Err(kind) => {
            assert_eq!((*kind, status), (TransportErrorKind::TooLarge, 200));
            assert!(body.len() > limit);
        }
    }
    // A collected response is parsed like a complete one.
    if let Ok(retained) = whole {
        let get = GetSession::new(ID.parse().unwrap());
        let parse = |body| {
            let response = Response::builder().status(status).body(body).unwrap();
            api.parse(&get, response).map_err(|error| error.to_string())
        };
        if status == 200 || body.len() <= retained.len() {
            assert_eq!(parse(retained.as_slice()), parse(body));
        }
    }
}

/// The body of a 200 is too large if and only if it exceeds the limit, for every operation and even
/// if no collector was used. The body of any other status never is.
pub(crate) fn limit_is_exact(status: u16, body: &[u8], limit: usize) {
    let get = GetSession::new(ID.parse().unwrap());
    for limit in [limit, body.len().saturating_sub(1), body.len(), body.len() + 1] {
        let api = api().with_body_limit(limit);
        let response = || Response::builder().status(status).body(body).unwrap();
        let errors = [api.parse(&get, response()).err(), api.parse(&ListSessions::new(), response()).err()];
        let are_too_large = errors.map(|error| error.as_ref().map(Error::kind) == Some(ErrorKind::TooLarge));
        assert_eq!(are_too_large, [status == 200 && body.len() > limit; 2], "{limit}");
    }
}

/// If a body is cut off, the received part is retained, except for a 200, which must be complete. A
/// 200 that had exceeded the limit before is too large.
pub(crate) fn partial_body_is_retained(status: u16, body: &[u8], limit: usize, received: usize) {
    let head = Response::builder().status(status).body(()).unwrap().into_parts().0;
    let mut collector = api().with_body_limit(limit).collector(head);
    let received = &body[..received % (body.len() + 1)];
    let is_too_large = collector.push(received).is_break();
    match collector.fail(TransportErrorKind::Timeout) {
        Ok(response) => {
            assert_ne!(status, 200);
            assert_eq!(response.body().as_slice(), &received[..received.len().min(limit).min(16 << 10)]);
        }
        Err(failure) => {
            let expected =
                if is_too_large { TransportErrorKind::TooLarge } else { TransportErrorKind::Timeout };
            assert_eq!((failure.kind(), status), (expected, 200));
        }
    }
}
