//! What is left on a connection, and what comes of it.

use std::thread;

use super::Case;
use crate::Script;
use crate::conformance::case::{ERROR_BODY_LIMIT, GOOD, MOMENT, chunks, connections, good, ok, told};

/// So far over every limit that nobody reads the rest of it by the way.
const FLOOD: usize = 4 << 20;

/// The answer to nothing that was asked.
const STRAY: &str = "HTTP/1.1 410 Gone\r\ncontent-length: 5\r\n\r\nstray";

pub(in crate::conformance) fn cases() -> Vec<Case> {
    let rest = "what is left of one answer must not be read as the next";
    let one = "200, whole; 200, whole; 1 connection";
    let two = "200, whole; 200, whole; 2 connections";
    let stray = "an answer to nothing must not be taken for the next one's";
    let trailers = "2\r\n{}\r\n3\r\n   \r\n0\r\nx-a: b\r\n\r\n";
    let length = GOOD.len();
    vec![
        Case::two("a connection is used again", "each new one costs round trips, and TLS", good(), GOOD, one),
        Case::two("after chunks and trailers, none of it is left", rest, chunks(trailers), "{}   ", one)
            .or(two),
        Case::two(
            "after a 304 with a length, none of it is waited for",
            rest,
            Script::new().send("HTTP/1.1 304 Not Modified\r\ncontent-length: 99\r\n\r\n"),
            "",
            "304, no body; 200, whole; 1 connection",
        )
        .or("304, no body; 200, whole; 2 connections"),
        Case::two(
            "after `connection: close` it is not used again",
            "RFC 9112, 9.6",
            Script::response(200, &[("Connection", "Close")], GOOD),
            GOOD,
            two,
        ),
        Case::two(
            "after HTTP/1.0 it is not used again",
            "RFC 9112, 9.3: it ends with its answer",
            Script::new().send(format!("HTTP/1.0 200 OK\r\ncontent-length: {length}\r\n\r\n{GOOD}")),
            GOOD,
            two,
        ),
        // Whoever reads all of it may go on.
        Case::two(
            "after a body over the limit it is not used in the middle",
            rest,
            ok(format!("content-length: {FLOOD}\r\n\r\n")).send(vec![b' '; FLOOD]),
            "",
            "too_large; 200, whole; 2 connections",
        )
        .or("too_large; 200, whole; 1 connection"),
        Case::two(
            "after a 404 over its limit it is not used in the middle",
            rest,
            Script::response(404, &[], vec![b'n'; FLOOD]),
            vec![b'n'; FLOOD],
            format!("404, {ERROR_BODY_LIMIT} bytes of it; 200, whole; 2 connections"),
        )
        .or(format!("404, {ERROR_BODY_LIMIT} bytes of it; 200, whole; 1 connection")),
        Case::two(
            "after broken chunks it is not used again",
            rest,
            chunks(format!("zz\r\n{STRAY}")),
            "",
            "connection; 200, whole; 2 connections",
        )
        .or("undecodable; 200, whole; 2 connections"),
        Case::new(
            "after a timeout it is not used again",
            "the late answer would be taken for the next one's",
            "timeout; 200, whole; 2 connections",
            |stage| {
                stage.fake.script_any([Script::new().pause(MOMENT * 8).send(STRAY)]);
                let first = told(stage.get(), b"");
                thread::sleep(MOMENT * 6);
                stage.fake.script_any([good()]);
                let second = told(stage.get(), GOOD.as_bytes());
                format!("{first}; {second}; {}", connections(stage))
            },
        )
        .within(MOMENT * 4),
        Case::two("a stray answer right behind the first", stray, good_and(STRAY), GOOD, two).or(one),
        Case::two("a stray answer a moment later", stray, good().pause(MOMENT / 2).send(STRAY), GOOD, two)
            .or(one),
        Case::new(
            "a connection that was closed meanwhile is no end",
            "servers close what idles: the core asks once more",
            "session, session",
            |stage| {
                stage.fake.script_any([good().close()]);
                let first = stage.call();
                thread::sleep(MOMENT);
                format!("{first}, {}", stage.call())
            },
        ),
        Case::new(
            "a connection that closes when it is used again is no end",
            "servers close what idles: the core asks once more",
            "session, session",
            |stage| {
                stage.fake.script_any([good(), Script::new().close()]);
                format!("{}, {}", stage.call(), stage.call())
            },
        ),
        Case::new(
            "two at a time each have their own",
            "a transport is called from many threads",
            "whole, whole",
            |stage| {
                stage.fake.script_any([
                    Script::new().pause(MOMENT).send(answer("of the first")),
                    Script::new().pause(MOMENT).send(answer("of the second")),
                ]);
                thread::scope(|scope| {
                    let [one, two] =
                        [0, 1].map(|_| scope.spawn(|| stage.get().0.map(|answer| answer.into_body())));
                    let mut came: Vec<_> = [one, two]
                        .into_iter()
                        .map(|thread| thread.join().expect("no panic").unwrap_or_default())
                        .collect();
                    came.sort();
                    let whole = came.iter().zip(["of the first", "of the second"]).map(|(came, sent)| {
                        if came == sent.as_bytes() {
                            "whole".to_owned()
                        } else {
                            came.escape_ascii().to_string()
                        }
                    });
                    whole.collect::<Vec<_>>().join(", ")
                })
            },
        ),
    ]
}

fn answer(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// A good answer and what follows it, at once.
fn good_and(rest: &str) -> Script {
    Script::new().send(answer(GOOD) + rest)
}
