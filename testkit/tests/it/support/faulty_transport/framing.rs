//! The framing of a body.

use std::io;

use brightdata_sessions::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use brightdata_sessions::http::response::Parts;

use super::fault::Fault::{self, *};
use super::head::keeps_alive;
use super::wire::{Connection, Until};

/// The end of a body.
pub(crate) enum Framing {
    /// After this number of bytes.
    Length(u64),
    /// After the last chunk. The number is the remaining bytes of the current chunk.
    Chunks(u64),
    /// When the connection is closed.
    Close,
}

impl Framing {
    pub(super) fn of(fault: Option<Fault>, head: &Parts) -> io::Result<Self> {
        let has = |wanted| fault == Some(wanted);
        let malformed = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why);
        let is_bodiless = match head.status.as_u16() {
            100..=199 => true,
            204 => !has(WaitsForBodyOf204),
            304 => !has(WaitsForBodyOf304),
            _ => false,
        };
        if is_bodiless {
            return Ok(Self::Length(0));
        }
        let is_overridden = has(LengthOverridesChunks) && head.headers.contains_key(CONTENT_LENGTH);
        if head.headers.contains_key(TRANSFER_ENCODING) && !has(NoChunks) && !is_overridden {
            return Ok(Self::Chunks(0));
        }
        let lengths: Vec<_> = head.headers.get_all(CONTENT_LENGTH).iter().collect();
        let length = match lengths.as_slice() {
            [] => return if has(NoBodyWithoutLength) { Ok(Self::Length(0)) } else { Ok(Self::Close) },
            [first, others @ ..] if others.iter().all(|other| other == first) => first,
            [.., last] if has(LastLengthWins) => last,
            _ => return Err(malformed("two different content-lengths")),
        };
        if has(IgnoresLength) && !keeps_alive(None, head) {
            return Ok(Self::Close);
        }
        let length = length.to_str().ok().and_then(|length| length.parse().ok());
        let length = if has(AcceptsAnyLength) { length.or(Some(2)) } else { length };
        let length = length.ok_or_else(|| malformed("invalid content-length"))?;
        preallocate(has(TrustsLengths), length);
        Ok(Self::Length(length))
    }

    pub(crate) fn is_delimited(&self) -> bool {
        !matches!(self, Self::Close)
    }

    /// Returns the next bytes of the body, or `None` at its end.
    pub(crate) fn next(
        &mut self,
        fault: Option<Fault>,
        connection: &mut Connection,
        until: Until,
    ) -> io::Result<Option<Vec<u8>>> {
        let has = |wanted| fault == Some(wanted);
        match self {
            Self::Length(0) => Ok(None),
            Self::Length(left) => {
                let bytes = connection.some(*left, until)?;
                *left -= bytes.len() as u64;
                match bytes.is_empty() {
                    true if has(TruncatedIsComplete) => Ok(None),
                    true => Err(io::ErrorKind::UnexpectedEof.into()),
                    false => Ok(Some(bytes)),
                }
            }
            Self::Close => match connection.some(u64::MAX, until) {
                Ok(bytes) if bytes.is_empty() && has(CloseIsTruncation) => {
                    Err(io::ErrorKind::UnexpectedEof.into())
                }
                Ok(bytes) => Ok(Some(bytes).filter(|bytes| !bytes.is_empty())),
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset && has(ResetIsEnd) => Ok(None),
                Err(error) => Err(error),
            },
            Self::Chunks(left) => match chunk(fault, left, connection, until) {
                Err(error)
                    if error.kind() == io::ErrorKind::UnexpectedEof && has(TruncatedChunksAreComplete) =>
                {
                    Ok(None)
                }
                Err(error) if error.kind() == io::ErrorKind::InvalidData && has(BadChunkIsEnd) => Ok(None),
                read => read,
            },
        }
    }
}

fn chunk(
    fault: Option<Fault>,
    left: &mut u64,
    connection: &mut Connection,
    until: Until,
) -> io::Result<Option<Vec<u8>>> {
    let has = |wanted| fault == Some(wanted);
    let malformed = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why);
    if *left == 0 {
        let line = connection.line(until)?;
        let size = if has(NoExtensions) { line.as_str() } else { line.split(';').next().unwrap_or_default() };
        let is_plain = (size == "0" || !size.starts_with('0')) && size == size.to_lowercase();
        *left = match u64::from_str_radix(size, 16) {
            Ok(size) if is_plain || !has(PlainSizesOnly) => size,
            _ => return Err(malformed("invalid chunk size")),
        };
        if *left == 0 {
            while !has(LeavesTrailers) {
                let trailer = connection.line(until)?;
                if trailer.is_empty() {
                    break;
                }
                if has(NoTrailers) {
                    return Err(malformed("unexpected trailer"));
                }
            }
            return Ok(None);
        }
        preallocate(has(TrustsLengths), *left);
    }
    let bytes = connection.some(*left, until)?;
    if bytes.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    *left -= bytes.len() as u64;
    if *left == 0 && !connection.line(until)?.is_empty() && !has(AnyChunkEnd) {
        return Err(malformed("chunk longer than its size"));
    }
    Ok(Some(bytes))
}

/// Allocates memory for an announced length.
fn preallocate(enabled: bool, length: u64) {
    if enabled {
        drop(Vec::<u8>::with_capacity(usize::try_from(length).expect("usize has 64 bits")));
    }
}
