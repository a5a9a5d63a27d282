//! Compares an outcome with the one that the independent reader implies.

use std::io::Read as _;

use brightdata_sessions::http::Response;
use brightdata_sessions::{TransportError, TransportErrorKind};
use flate2::read::MultiGzDecoder;

use super::BODY_LIMIT;
use super::reader::{Message, Reading, State, read};
use super::script::{End, Step, stream};

type Outcome = Result<Response<Vec<u8>>, TransportError>;

/// Checks the outcome of one exchange.
pub(super) fn check(steps: &[Step], outcome: &Outcome, gzip: bool) {
    use TransportErrorKind::{Certificate, Configuration, Proxy};
    match outcome {
        Ok(response) => assert!(response.body().len() <= BODY_LIMIT, "the body is over the limit"),
        Err(error) => assert!(
            !matches!(error.kind(), Certificate | Configuration | Proxy),
            "the server cannot cause this: {error:?}"
        ),
    }
    let (bytes, end) = stream(steps);
    let context =
        || format!("{} from {:?}, then {end:?}", describe(outcome), String::from_utf8_lossy(&bytes));
    match read(&bytes, end) {
        Reading::Ambiguous => {}
        Reading::NoHead if bytes.is_empty() => assert_eq!(kind(outcome), Some(broken(end)), "{}", context()),
        Reading::NoHead => {
            let is_complete = outcome.as_ref().is_ok_and(|response| response.status() == 200);
            assert!(!is_complete, "a 200 without the end of its head: {}", context());
        }
        Reading::Message(message) if message.status == 200 => match expected(&message, gzip) {
            Some(Ok(body)) => {
                let response = outcome.as_ref().unwrap_or_else(|_| panic!("{}", context()));
                assert_eq!((response.status().as_u16(), response.body()), (200, &body), "{}", context());
            }
            Some(Err(Some(expected))) => assert_eq!(kind(outcome), Some(expected), "{}", context()),
            Some(Err(None)) => assert!(outcome.is_err(), "{}", context()),
            None => {}
        },
        Reading::Message(message) => {
            let response =
                outcome.as_ref().unwrap_or_else(|_| panic!("a status outranks its body: {}", context()));
            assert_eq!(response.status().as_u16(), message.status, "{}", context());
            if let Some(body) = body(&message, gzip) {
                let body = &body[..body.len().min(BODY_LIMIT)];
                match message.state {
                    State::Complete(_) => assert_eq!(response.body(), body, "{}", context()),
                    _ => assert!(body.starts_with(response.body()), "{}", context()),
                }
            }
        }
    }
}

/// Checks that an exchange ends as soon as its outcome is certain, after this number of pauses.
pub(super) fn check_pauses(steps: &[Step], pauses: usize, gzip: bool) {
    let ends = steps.iter().enumerate().filter(|(_, step)| **step == Step::Pause).map(|(at, _)| at);
    for (before, at) in ends.enumerate() {
        // Later bytes are unknown before the pause ends.
        let (bytes, _) = stream(&steps[..at]);
        if let Reading::Message(message) = read(&bytes, End::Timeout) {
            let is_packed = gzip && message.coding.is_some();
            let is_over = !is_packed && message.body.len() > BODY_LIMIT;
            let is_certain = is_over || matches!(message.state, State::Complete(_));
            let shown = String::from_utf8_lossy(&bytes);
            assert!(
                !is_certain || pauses <= before,
                "waits for {pauses} pauses, although certain after {shown:?}"
            );
        }
    }
}

fn kind(outcome: &Outcome) -> Option<TransportErrorKind> {
    outcome.as_ref().err().map(TransportError::kind)
}

fn describe(outcome: &Outcome) -> String {
    match outcome {
        Ok(response) => format!("{} with {} bytes", response.status(), response.body().len()),
        Err(error) => format!("{:?}", error.kind()),
    }
}

fn broken(end: End) -> TransportErrorKind {
    match end {
        End::Close | End::Reset => TransportErrorKind::Connection,
        End::Timeout => TransportErrorKind::Timeout,
    }
}

/// Returns the body of a 200, or its error, of which the kind may be open. `None` makes no claim.
fn expected(message: &Message, gzip: bool) -> Option<Result<Vec<u8>, Option<TransportErrorKind>>> {
    let is_packed = gzip && message.coding.is_some();
    match message.state {
        State::Malformed => Some(Err(None)),
        State::Truncated(_) if is_packed => Some(Err(None)),
        State::Complete(_) if is_packed && message.coding.as_deref() == Some("gzip") => {
            match body(message, gzip) {
                Some(body) if body.len() > BODY_LIMIT => Some(Err(Some(TransportErrorKind::TooLarge))),
                Some(body) => Some(Ok(body)),
                None => Some(Err(None)),
            }
        }
        State::Complete(_) if is_packed => None,
        _ if message.body.len() > BODY_LIMIT => Some(Err(Some(TransportErrorKind::TooLarge))),
        State::Truncated(end) => Some(Err(Some(broken(end)))),
        State::Complete(_) => Some(Ok(message.body.clone())),
    }
}

/// Returns the body, decompressed if the client does that. `None` if it cannot be decompressed.
fn body(message: &Message, gzip: bool) -> Option<Vec<u8>> {
    match message.coding.as_deref() {
        Some("gzip") if gzip => {
            let mut body = Vec::new();
            let is_complete = matches!(message.state, State::Complete(_));
            MultiGzDecoder::new(&*message.body).read_to_end(&mut body).ok().filter(|_| is_complete)?;
            Some(body)
        }
        Some(_) if gzip => None,
        _ => Some(message.body.clone()),
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::super::script::decode;
    use super::*;

    fn response(status: u16, body: &str) -> Outcome {
        Ok(Response::builder().status(status).body(body.into()).unwrap())
    }

    fn accepts(input: &str, outcome: &Outcome) -> bool {
        let steps = decode(input.as_bytes()).remove(0);
        catch_unwind(AssertUnwindSafe(|| check(&steps, outcome, true))).is_ok()
    }

    #[test]
    fn only_the_implied_outcome_is_accepted() {
        use TransportErrorKind::{Configuration, Connection, Timeout, TooLarge, Undecodable};
        let kinds = [Connection, Timeout, TooLarge, Undecodable, Configuration];
        let long = format!("HTTP/1.1 200 OK\r\n\r\n{}<close>", " ".repeat(BODY_LIMIT + 1));
        let packed = long.replace("OK\r\n\r\n", "OK\r\ncontent-encoding: gzip\r\n\r\n<gzip>");
        for (input, expected) in [
            ("", Err(Timeout)),
            ("<reset>", Err(Connection)),
            ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", Ok((200, "{}"))),
            ("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}", Err(Timeout)),
            ("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}<close>", Err(Connection)),
            ("HTTP/1.1 200 OK\r\n\r\n{}<reset>", Err(Connection)),
            ("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n<gzip>{}<close>", Ok((200, "{}"))),
            (&long, Err(TooLarge)),
            (&packed, Err(TooLarge)),
            ("HTTP/1.1 404 No\r\ncontent-length: 2\r\n\r\n{}<close>", Ok((404, "{}"))),
        ] {
            for kind in kinds {
                assert_eq!(accepts(input, &Err(kind.into())), expected == Err(kind), "{input:?} {kind:?}");
            }
            for (status, body) in [(200, "{}"), (200, "{"), (404, "{}"), (404, "{"), (404, "{}}")] {
                let is_expected = expected == Ok((status, body));
                assert_eq!(accepts(input, &response(status, body)), is_expected, "{input:?} {status} {body}");
            }
        }
        // A truncated body is a part of what arrived, and its status counts.
        let truncated = "HTTP/1.1 404 No\r\ncontent-length: 9\r\n\r\n{}<reset>";
        for (status, body, is_accepted) in
            [(404, "{}", true), (404, "", true), (404, "x", false), (200, "{}", false)]
        {
            assert_eq!(accepts(truncated, &response(status, body)), is_accepted, "{status} {body}");
        }
    }

    #[test]
    fn waiting_for_more_than_the_outcome_is_noticed() {
        let long = format!("HTTP/1.1 404 No\r\n\r\n{}<pause> <close>", " ".repeat(BODY_LIMIT + 1));
        let packed = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n".to_owned() + &long[19..];
        let most = |input: &str| {
            let steps = decode(input.as_bytes()).remove(0);
            let is_accepted =
                |pauses| catch_unwind(AssertUnwindSafe(|| check_pauses(&steps, pauses, true))).is_ok();
            (0..5).take_while(|pauses| is_accepted(*pauses)).last()
        };
        assert_eq!(most("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}<pause><pause>"), Some(0));
        assert_eq!(most("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{<pause>}<pause>"), Some(1));
        assert_eq!(most("HTTP/1.1 200 OK\r\n\r\n{}<pause><close>"), Some(4));
        assert_eq!((most(&long), most(&packed)), (Some(0), Some(4)));
    }
}
