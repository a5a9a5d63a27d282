//! Scripts of a server.

use std::ops::Range;
use std::time::Duration;

use arbitrary::{Arbitrary, Result, Unstructured};

use super::Outcome;
use crate::Script;

/// A response to one request, as a server may send it: in pieces, with pauses of at most 20 ms,
/// chunked or not, truncated, followed by another response, and with odd heads. A client needs a time
/// limit, because some scripts stop in the middle of a response, and leave the connection open.
///
/// Available with the feature `arbitrary`.
impl<'a> Arbitrary<'a> for Script {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let Ok(response) = Outcome::arbitrary(u)?.0 else { return end(u, Self::new(), true) };
        let (head, body) = response.into_parts();
        let mut bytes = Vec::new();
        if !u.ratio(7, 8)? {
            bytes.extend(b"HTTP/1.1 103 Early Hints\r\nlink: </style.css>\r\n\r\n");
        }
        let version = if u.ratio(7, 8)? { "1.1" } else { "1.0" };
        let reason = if u.ratio(3, 4)? { head.status.canonical_reason().unwrap_or_default() } else { "" };
        bytes.extend(format!("HTTP/{version} {} {reason}\r\n", head.status.as_str()).bytes());
        for (name, value) in &head.headers {
            bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
        if !u.ratio(7, 8)? {
            bytes.extend(*u.choose(&[
                &b"x-empty:\r\n"[..],
                b"X-Caf\xe9: \xff\r\n",
                b"x-same: 1\r\nx-same: 2\r\n",
            ])?);
        }
        let mut is_closed = false;
        match u.int_in_range(0..=7)? {
            0..=3 => {
                bytes.extend(format!("content-length: {}\r\n\r\n", body.len()).bytes());
                bytes.extend(&body);
            }
            4 | 5 => {
                bytes.extend(b"transfer-encoding: chunked\r\n\r\n");
                let size = u.int_in_range(1..=200)?;
                for chunk in body.chunks(size) {
                    bytes.extend([format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat());
                }
                bytes.extend(b"0\r\n\r\n");
            }
            6 => {
                bytes.extend(b"\r\n");
                bytes.extend(&body);
                is_closed = true;
            }
            _ => {
                // A length that is wrong.
                bytes.extend(
                    format!("content-length: {}\r\n\r\n", u.int_in_range(0..=2 * body.len())?).bytes(),
                );
                bytes.extend(&body);
                is_closed = true;
            }
        }
        if !u.ratio(7, 8)? {
            bytes.truncate(u.int_in_range(0..=bytes.len())?);
            is_closed = true;
        } else if !u.ratio(15, 16)? {
            bytes.extend(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
        }
        let script = pieces(u, Self::new(), &bytes)?;
        end(u, script, is_closed)
    }
}

/// Sends the bytes in at most four pieces.
fn pieces(u: &mut Unstructured<'_>, mut script: Script, mut bytes: &[u8]) -> Result<Script> {
    for _ in 0..u.int_in_range(0..=3)? {
        let (piece, rest) = bytes.split_at(u.int_in_range(0..=bytes.len())?);
        script = script.send(piece).pause(pause(u, 0..20)?);
        bytes = rest;
    }
    Ok(script.send(bytes))
}

fn pause(u: &mut Unstructured<'_>, millis: Range<u64>) -> Result<Duration> {
    Ok(Duration::from_millis(u.int_in_range(millis.start..=millis.end)?))
}

/// Ends the script. A response that must be closed mostly is.
fn end(u: &mut Unstructured<'_>, script: Script, is_closed: bool) -> Result<Script> {
    Ok(match (is_closed, u.int_in_range(0..=7)?) {
        (true, 0..=4) | (false, 6) => script.close(),
        (true, 5 | 6) | (false, 7) => script.reset(),
        _ => script,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    use super::super::tests::generate;
    use super::*;
    use crate::FakeApi;

    #[test]
    fn the_fake_plays_each_script() {
        let scripts = generate::<Script>(60);
        let distinct: BTreeSet<_> = scripts.iter().map(|script| format!("{script:?}")).collect();
        assert!(distinct.len() > 40, "{distinct:#?}");
        let fake = FakeApi::start().unwrap();
        let statuses = scripts.into_iter().map(|script| {
            fake.script_any([script]);
            let mut stream = TcpStream::connect(fake.addr()).unwrap();
            stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
            stream
                .write_all(b"GET /browser_sessions HTTP/1.1\r\nauthorization: Bearer any-key\r\n\r\n")
                .unwrap();
            let mut head = [0; 12];
            match stream.read_exact(&mut head) {
                Ok(()) => String::from_utf8_lossy(&head).into_owned(),
                Err(error) => error.kind().to_string(),
            }
        });
        let statuses: BTreeSet<_> = statuses.collect();
        assert!(statuses.contains("HTTP/1.1 200") && statuses.len() > 3, "{statuses:?}");
    }
}
