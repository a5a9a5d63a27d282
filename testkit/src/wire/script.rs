//! The steps of a response, decoded from raw bytes with markers.

use std::io::Write as _;
use std::mem;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{PAUSE, TIMEOUT};

/// The maximum number of responses.
const MAX_RESPONSES: usize = 4;

/// A step of a server.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    Bytes(Vec<u8>),
    Pause,
    Close,
    Reset,
}

/// The end of the bytes that arrive within the time limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum End {
    Close,
    Reset,
    Timeout,
}

#[derive(Clone, Copy)]
enum Marker {
    Cut,
    Pause,
    Close,
    Reset,
    Gzip,
    Next,
}

const MARKERS: [(&[u8], Marker); 6] = [
    (b"<cut>", Marker::Cut),
    (b"<pause>", Marker::Pause),
    (b"<close>", Marker::Close),
    (b"<reset>", Marker::Reset),
    (b"<gzip>", Marker::Gzip),
    (b"<next>", Marker::Next),
];

/// Decodes the responses of an input. Steps after the end of a connection are dropped.
pub(super) fn decode(input: &[u8]) -> Vec<Vec<Step>> {
    let (mut responses, mut steps, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
    let (mut is_gzip, mut rest) = (false, input);
    while responses.len() < MAX_RESPONSES {
        let is_marker = rest.first() == Some(&b'<');
        let mut markers = MARKERS.iter().filter(|_| is_marker);
        let marker = markers.find_map(|(name, marker)| Some((rest.strip_prefix(*name)?, *marker)));
        match (marker, rest.split_first()) {
            (None, Some((byte, after))) => {
                bytes.push(*byte);
                rest = after;
                continue;
            }
            (Some((after, _)), _) => rest = after,
            (None, None) => {}
        }
        let segment = mem::take(&mut bytes);
        let segment = if mem::take(&mut is_gzip) { compress(&segment) } else { segment };
        if !segment.is_empty() {
            steps.push(Step::Bytes(segment));
        }
        match marker.map(|(_, marker)| marker) {
            Some(Marker::Cut) => {}
            Some(Marker::Gzip) => is_gzip = true,
            Some(Marker::Pause) => steps.push(Step::Pause),
            Some(Marker::Close) => steps.push(Step::Close),
            Some(Marker::Reset) => steps.push(Step::Reset),
            Some(Marker::Next) => responses.push(until_end(mem::take(&mut steps))),
            None => {
                responses.push(until_end(steps));
                break;
            }
        }
    }
    responses
}

fn until_end(mut steps: Vec<Step>) -> Vec<Step> {
    if let Some(end) = steps.iter().position(|step| matches!(step, Step::Close | Step::Reset)) {
        steps.truncate(end + 1);
    }
    steps
}

fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory never fails")
}

/// Returns the bytes that arrive within the time limit, and their end.
pub(super) fn stream(steps: &[Step]) -> (Vec<u8>, End) {
    let (mut bytes, mut elapsed) = (Vec::new(), Duration::ZERO);
    for step in steps {
        match step {
            Step::Bytes(more) => bytes.extend_from_slice(more),
            Step::Pause if elapsed + PAUSE > TIMEOUT => break,
            Step::Pause => elapsed += PAUSE,
            Step::Close => return (bytes, End::Close),
            Step::Reset => return (bytes, End::Reset),
        }
    }
    (bytes, End::Timeout)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Step {
        Step::Bytes(text.into())
    }

    #[test]
    fn markers_divide_an_input_into_steps_and_responses() {
        let input = b"a<cut>b<pause><pause>c<close>d<next><reset><next><gzip>e<cut><cut>f<nex";
        let expected = vec![
            vec![bytes("a"), bytes("b"), Step::Pause, Step::Pause, bytes("c"), Step::Close],
            vec![Step::Reset],
            vec![Step::Bytes(compress(b"e")), bytes("f<nex")],
        ];
        assert_eq!(decode(input), expected);
        assert_eq!(decode(b""), [vec![]]);
        assert_eq!(decode(b"<next><next><next><next><next>").len(), MAX_RESPONSES);
    }

    #[test]
    fn a_stream_ends_at_the_time_limit() {
        let steps = |input: &[u8]| stream(&decode(input)[0]);
        assert_eq!(steps(b"a<pause>b<close>"), (b"ab".to_vec(), End::Close));
        assert_eq!(steps(b"a<pause>b<reset>"), (b"ab".to_vec(), End::Reset));
        let five = b"a<pause>b<pause>c<pause>d<pause>e<pause>f<close>";
        assert_eq!(steps(five), (b"abcde".to_vec(), End::Timeout));
        assert_eq!(steps(b"a"), (b"a".to_vec(), End::Timeout));
    }
}
