//! Heads of requests and responses, and the framing of bodies.

use std::io;

use brightdata_sessions::http::header::{
    ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, USER_AGENT,
};
use brightdata_sessions::http::response::Parts;
use brightdata_sessions::http::{HeaderName, HeaderValue, Request, Response, StatusCode, Uri, Version};
use percent_encoding::percent_decode_str;

use crate::fault::Fault::{self, *};
use crate::wire::{Connection, Until};

/// The maximum length of a response head, in bytes.
const MAX_HEAD: usize = 128 << 10;

/// Returns the bytes of the request.
pub(crate) fn write(
    fault: Option<Fault>,
    uri: &Uri,
    request: &Request<()>,
    cookie: Option<&[u8]>,
) -> Vec<u8> {
    let has = |wanted| fault == Some(wanted);
    let authority = uri.authority().expect("the URI is absolute");
    let version = if has(UsesHttp10) { "1.0" } else { "1.1" };
    let host = match fault {
        Some(HostWithoutPort) => authority.host(),
        Some(HostWithoutBrackets) => &authority.as_str().replace(['[', ']'], ""),
        _ => authority.as_str(),
    };
    let mut head =
        format!("GET {} HTTP/{version}\r\nhost: {host}\r\naccept-encoding: gzip\r\n", target(fault, uri));
    for (name, value) in request.headers() {
        let value = value.to_str().expect("the core sends only ASCII");
        match (name, fault) {
            (&ACCEPT, Some(AcceptsAnything)) => head += "accept: */*\r\n",
            (&USER_AGENT, Some(OwnUserAgent)) => head += "user-agent: wrong/1.0\r\n",
            (&AUTHORIZATION, Some(NoAuthorization)) => {}
            (&AUTHORIZATION, Some(AuthorizesTwice)) => {
                head += &format!("{name}: {value}\r\n{name}: {value}\r\n");
            }
            _ => head += &format!("{name}: {value}\r\n"),
        }
    }
    if let Some(cookie) = cookie {
        head += &format!("cookie: {}\r\n", cookie.escape_ascii());
    }
    head += match fault {
        Some(SendsEmptyBody) => "content-length: 0\r\n\r\n",
        Some(SendsBody) => "content-length: 2\r\n\r\n{}",
        Some(SendsReferrer) => "referer: http://localhost/\r\n\r\n",
        _ => "\r\n",
    };
    head.into_bytes()
}

fn target(fault: Option<Fault>, uri: &Uri) -> String {
    let target = uri.path_and_query().expect("the URI has a path").as_str();
    match fault {
        Some(AbsoluteTarget) => uri.to_string(),
        Some(DecodesTarget) => percent_decode_str(target).decode_utf8_lossy().replace([' ', '#'], "_"),
        Some(LowercasesTarget) => target.to_lowercase(),
        Some(PlusForSpace) => target.replace("%20", "+"),
        Some(DropsQuery) => uri.path().to_owned(),
        Some(TruncatesTarget) => target.chars().take(1000).collect(),
        Some(DropsBasePath) => {
            target[target.find("/browser_sessions").expect("the path is of the API")..].to_owned()
        }
        _ => target.to_owned(),
    }
}

/// Reads the head of the response and returns it with the framing of its body.
pub(crate) fn read(
    fault: Option<Fault>,
    connection: &mut Connection,
    until: Until,
) -> io::Result<(Parts, Framing)> {
    let has = |wanted| fault == Some(wanted);
    let mut interim = 0;
    loop {
        let Some(head) = read_one(fault, connection, until)? else {
            // HTTP/0.9: all bytes are the body.
            return Ok((Response::new(()).into_parts().0, Framing::Close));
        };
        let is_final = has(InterimIsFinal) || has(SkipsOneInterim) && interim == 1;
        if head.status.is_informational() && !is_final {
            interim += 1;
            continue;
        }
        let framing = Framing::of(fault, &head)?;
        return Ok((head, framing));
    }
}

fn read_one(fault: Option<Fault>, connection: &mut Connection, until: Until) -> io::Result<Option<Parts>> {
    let has = |wanted| fault == Some(wanted);
    let malformed = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why);
    loop {
        if has(SkipsBadHeaders) || has(AcceptsAnyStatus) {
            repair(fault, &mut connection.buffer);
        }
        let mut headers = [httparse::EMPTY_HEADER; 256];
        let mut response = httparse::Response::new(&mut headers);
        match response.parse(&connection.buffer) {
            Ok(httparse::Status::Complete(length)) => {
                let head = parts(fault, &response).ok_or_else(|| malformed("invalid head"))?;
                connection.buffer.drain(..length);
                return Ok(Some(head));
            }
            Ok(httparse::Status::Partial) if connection.buffer.len() > MAX_HEAD && !has(NoHeadLimit) => {
                return Err(malformed("head too long"));
            }
            Ok(httparse::Status::Partial) => {}
            Err(httparse::Error::TooManyHeaders) if has(NoHeadLimit) => {}
            Err(_) if has(AcceptsHttp09) => return Ok(None),
            Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
        }
        if has(ReadsHeadOnce) && !connection.buffer.is_empty() {
            return Err(malformed("incomplete head"));
        }
        if !connection.fill(until)? {
            if has(TruncatedHeadIsComplete) {
                connection.buffer.splice(..0, *b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
                continue;
            }
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// Repairs a malformed head, as a parser that is too lenient does.
fn repair(fault: Option<Fault>, buffer: &mut Vec<u8>) {
    let text = String::from_utf8_lossy(buffer).into_owned();
    let repaired = match fault {
        Some(AcceptsAnyStatus) => text.replace("HTTP/1.1 abc", "HTTP/1.1 200"),
        _ => text.replace("content-length 2\r\n", "content-length: 2\r\n"),
    };
    if repaired != text {
        *buffer = repaired.into_bytes();
    }
}

fn parts(fault: Option<Fault>, response: &httparse::Response<'_, '_>) -> Option<Parts> {
    let has = |wanted| fault == Some(wanted);
    let mut head = Response::new(());
    *head.status_mut() = StatusCode::from_u16(response.code?).ok()?;
    *head.version_mut() = if response.version? == 1 { Version::HTTP_11 } else { Version::HTTP_10 };
    if has(NeedsReasonPhrase) && response.reason.unwrap_or_default().is_empty()
        || has(AtMost64Headers) && response.headers.len() > 64
        || has(AsciiHeadersOnly) && response.headers.iter().any(|header| !header.value.is_ascii())
    {
        return None;
    }
    for header in response.headers.iter() {
        if has(CaseSensitiveNames) && header.name != header.name.to_ascii_lowercase() {
            continue;
        }
        let name = HeaderName::from_bytes(header.name.as_bytes()).ok()?;
        let value = HeaderValue::from_bytes(header.value).ok()?;
        if has(LastHeaderWins) {
            head.headers_mut().insert(name, value);
        } else {
            head.headers_mut().append(name, value);
        }
    }
    Some(head.into_parts().0)
}

/// Returns whether the connection stays open after the response.
pub(crate) fn keeps_alive(fault: Option<Fault>, head: &Parts) -> bool {
    let closes =
        head.headers.get(CONNECTION).is_some_and(|option| option.as_bytes().eq_ignore_ascii_case(b"close"));
    (head.version == Version::HTTP_11 || fault == Some(ReusesHttp10))
        && (!closes || fault == Some(IgnoresClose))
}

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
    fn of(fault: Option<Fault>, head: &Parts) -> io::Result<Self> {
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
