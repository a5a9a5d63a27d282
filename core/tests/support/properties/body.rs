//! A body that comes in pieces.

use arbitrary::Unstructured;
use brightdata_sessions::http::Response;
use brightdata_sessions::{Error, FailureKind, GetSession, ListSessions};

use super::{ID, api, memory};

/// However a body is split and wherever it breaks, the same is collected, and nothing over the limit.
///
/// The input is a status, a limit and where to split, then the body.
pub fn entry_point(input: &[u8]) {
    let mut input = Unstructured::new(input);
    let (Ok(status), Ok(limit), Ok(cuts)) = (
        input.choose(&[200, 404, 429, 500, 302, 204]).copied(),
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

/// However a body is split, the same is collected, nothing over the limit, and it is read the same; memory follows what came.
pub fn chunks_do_not_matter(status: u16, body: &[u8], limit: usize, cuts: &[usize]) {
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
    // What is grown is copied: for a moment there are the old and the new, twice as large.
    let pieces = memory::within(3, body.len(), || collect(&cuts));
    assert_eq!((&pieces, &memory::within(3, body.len(), || collect(&bytes))), (&whole, &whole));
    match &whole {
        Ok(kept) => {
            let most = if status == 200 { limit } else { limit.min(16 << 10) };
            assert_eq!(kept.as_slice(), &body[..body.len().min(most)]);
            assert!(kept.capacity() <= most);
        }
        Err(kind) => {
            assert_eq!((*kind, status), (FailureKind::TooLarge, 200));
            assert!(body.len() > limit);
        }
    }
    // An answer that was collected is read like one that was there as a whole.
    if let Ok(kept) = whole {
        let get = GetSession::new(ID.parse().unwrap());
        let read = |body| {
            let response = Response::builder().status(status).body(body).unwrap();
            api.parse(&get, response).map_err(|error| error.to_string())
        };
        if status == 200 || body.len() <= kept.len() {
            assert_eq!(read(kept.as_slice()), read(body));
        }
    }
}

/// The body of a 200 is too large exactly if it is longer than the limit, whatever collected it and whatever was asked for; that of
/// another status never is.
pub fn limit_is_exact(status: u16, body: &[u8], limit: usize) {
    let get = GetSession::new(ID.parse().unwrap());
    for limit in [limit, body.len().saturating_sub(1), body.len(), body.len() + 1] {
        let api = api().with_body_limit(limit);
        let response = || Response::builder().status(status).body(body).unwrap();
        let errors = [api.parse(&get, response()).err(), api.parse(&ListSessions::new(), response()).err()];
        let are_too_large = errors.map(|error| matches!(error, Some(Error::TooLarge { .. })));
        assert_eq!(are_too_large, [status == 200 && body.len() > limit; 2], "{limit}");
    }
}

/// Of a body that breaks off, what came is kept, unless it is the body of a 200: that has to be whole. One that was over the limit
/// before is too large, however it ended.
fn partial_body_is_retained(status: u16, body: &[u8], limit: usize, came: usize) {
    let head = Response::builder().status(status).body(()).unwrap().into_parts().0;
    let mut collector = api().with_body_limit(limit).collector(head);
    let came = &body[..came % (body.len() + 1)];
    let is_finished = collector.push(came).is_break();
    match collector.fail(FailureKind::Timeout) {
        Ok(response) => {
            assert_ne!(status, 200);
            assert_eq!(response.body().as_slice(), &came[..came.len().min(limit).min(16 << 10)]);
        }
        Err(failure) => {
            let expected = if is_finished { FailureKind::TooLarge } else { FailureKind::Timeout };
            assert_eq!((failure.kind(), status), (expected, 200));
        }
    }
}
