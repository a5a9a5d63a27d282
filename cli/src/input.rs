//! Text from files and standard input, decoded to UTF-8.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// The size of the buffer, in bytes: that of many lines, and of a pipe on Linux.
const BUFFER: usize = 64 << 10;

/// Opens a file; `-` is standard input.
pub(crate) fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    if path == Path::new("-") { text(io::stdin()) } else { text(File::open(path)?) }
}

/// The format of an input, by its first bytes.
#[derive(Clone, Copy)]
enum Format {
    Utf8,
    Utf16 {
        big_endian: bool,
    },
    /// Not text: its format, and advice.
    Unreadable(&'static str),
}

const FORMATS: [(&[u8], Format); 9] = [
    (b"\xef\xbb\xbf", Format::Utf8),
    // Checked before UTF-16, whose mark is a prefix of this one.
    (b"\xff\xfe\0\0", Format::Unreadable("UTF-32: save it as UTF-8")),
    (b"\0\0\xfe\xff", Format::Unreadable("UTF-32: save it as UTF-8")),
    (b"\xff\xfe", Format::Utf16 { big_endian: false }),
    (b"\xfe\xff", Format::Utf16 { big_endian: true }),
    (b"\x1f\x8b", Format::Unreadable("gzip: unpack it first")),
    (b"PK\x03\x04", Format::Unreadable("a zip archive: unpack it first")),
    (b"\x28\xb5\x2f\xfd", Format::Unreadable("zstd: unpack it first")),
    (b"\xfd7zXZ\0", Format::Unreadable("xz: unpack it first")),
];

/// Decodes text by its byte-order mark: UTF-8, which needs none, or UTF-16. The mark is dropped.
///
/// # Errors
/// `InvalidData` with the name of the format, if it is another encoding or compressed.
pub(crate) fn text(input: impl Read + 'static) -> io::Result<Box<dyn BufRead>> {
    let mut input = BufReader::with_capacity(BUFFER, input);
    let mut head = Vec::new();
    // Two bytes suffice to detect UTF-16 without a mark. More are read only while they may become a
    // known start, because a typed line must be processed at once.
    while head.len() < 2
        || FORMATS.iter().any(|(start, _)| start.len() > head.len() && start.starts_with(&head))
    {
        if input.by_ref().take(1).read_to_end(&mut head)? == 0 {
            break;
        }
    }
    let known = FORMATS.iter().find(|(start, _)| head.starts_with(start));
    let rest = |mark: &[u8]| io::Cursor::new(head[mark.len()..].to_vec()).chain(input);
    match (known, head.as_slice()) {
        (Some((mark, Format::Utf8)), _) => Ok(Box::new(rest(mark))),
        (Some((mark, Format::Utf16 { big_endian })), _) => Ok(Box::new(BufReader::new(Utf16 {
            input: rest(mark),
            big_endian: *big_endian,
            ready: Vec::new(),
        }))),
        (Some((_, Format::Unreadable(what))), _) => Err(invalid(what)),
        (None, [0, _] | [_, 0]) => Err(invalid("UTF-16 without a byte-order mark: save it as UTF-8")),
        (None, _) => Ok(Box::new(rest(&[]))),
    }
}

fn invalid(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

/// The result of [`line()`].
pub(crate) enum Line {
    Fits,
    /// The line is too long. The buffer has its beginning; the rest was skipped.
    TooLong,
    End,
}

/// Reads the next line into the buffer, of at most `max` bytes.
pub(crate) fn line(input: &mut dyn BufRead, max: usize, buffer: &mut Vec<u8>) -> io::Result<Line> {
    buffer.clear();
    let limit = max as u64 + 1;
    if input.take(limit).read_until(b'\n', buffer)? == 0 {
        return Ok(Line::End);
    }
    if buffer.len() <= max || buffer.ends_with(b"\n") {
        return Ok(Line::Fits);
    }
    input.skip_until(b'\n')?;
    Ok(Line::TooLong)
}

/// A reader that decodes UTF-16 to UTF-8.
struct Utf16<R> {
    input: R,
    big_endian: bool,
    /// UTF-8 that has not been read yet.
    ready: Vec<u8>,
}

impl<R: BufRead> Utf16<R> {
    fn unit(&mut self) -> io::Result<Option<u16>> {
        let mut bytes = self.input.by_ref().bytes();
        let Some(first) = bytes.next().transpose()? else { return Ok(None) };
        let second =
            bytes.next().transpose()?.ok_or_else(|| invalid("not UTF-16: an odd number of bytes"))?;
        let unit = [first, second];
        Ok(Some(if self.big_endian { u16::from_be_bytes(unit) } else { u16::from_le_bytes(unit) }))
    }

    fn character(&mut self) -> io::Result<Option<char>> {
        let Some(first) = self.unit()? else { return Ok(None) };
        let is_half = (0xd800..0xdc00).contains(&first);
        let second = if is_half { self.unit()? } else { None };
        let decoded = char::decode_utf16([Some(first), second].into_iter().flatten()).next();
        decoded.transpose().map_err(|_| invalid("not UTF-16: a lone surrogate"))
    }
}

impl<R: BufRead> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Return a line before reading the next one.
        while self.ready.len() < buffer.len() && self.ready.last() != Some(&b'\n') {
            let Some(c) = self.character()? else { break };
            self.ready.extend(c.encode_utf8(&mut [0; 4]).bytes());
        }
        let length = self.ready.len().min(buffer.len());
        buffer[..length].copy_from_slice(&self.ready[..length]);
        self.ready.drain(..length);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A slow writer: one byte per read.
    struct Slow(io::Cursor<Vec<u8>>);

    impl Read for Slow {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let end = buffer.len().min(1);
            self.0.read(&mut buffer[..end])
        }
    }

    fn read(bytes: &[u8]) -> Result<String, String> {
        let whole = |input: io::Result<Box<dyn BufRead>>| {
            let mut text = String::new();
            input.and_then(|mut input| input.read_to_string(&mut text)).map_err(|error| error.to_string())?;
            Ok(text)
        };
        let at_once = whole(text(io::Cursor::new(bytes.to_vec())));
        assert_eq!(whole(text(Slow(io::Cursor::new(bytes.to_vec())))), at_once);
        at_once
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn utf_8_is_read_with_and_without_a_mark() {
        for text in ["", "a", "\n", "{\"a\":\"é日本🦀\"}\r\n", "PK", "(", "\u{fe}"] {
            assert_eq!(read(text.as_bytes()), Ok(text.to_owned()));
            assert_eq!(read(format!("\u{feff}{text}").as_bytes()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn utf_16_with_a_mark_is_read_in_both_byte_orders() {
        let long = "日本🦀\r\n".repeat(3000);
        for text in ["", "a", "{\"a\":\"é日本🦀\"}\r\n", &long] {
            assert_eq!(read(&utf16(&format!("\u{feff}{text}"), u16::to_le_bytes)), Ok(text.to_owned()));
            assert_eq!(read(&utf16(&format!("\u{feff}{text}"), u16::to_be_bytes)), Ok(text.to_owned()));
        }
    }

    #[test]
    fn a_line_of_utf_16_is_returned_before_the_next_is_read() {
        let bytes = utf16("\u{feff}a\nb", u16::to_le_bytes);
        let mut input = text(Slow(io::Cursor::new(bytes))).unwrap();
        assert_eq!(input.fill_buf().unwrap(), b"a\n");
    }

    #[test]
    fn broken_utf_16_is_an_error() {
        assert_eq!(read(b"\xff\xfea\0\0\xd8b\0"), Err("not UTF-16: a lone surrogate".into()));
        assert_eq!(read(b"\xff\xfea\0\0\xdc"), Err("not UTF-16: a lone surrogate".into()));
        assert_eq!(read(b"\xff\xfea\0b"), Err("not UTF-16: an odd number of bytes".into()));
    }

    #[test]
    fn other_formats_are_named() {
        let without_mark = "UTF-16 without a byte-order mark: save it as UTF-8";
        for (bytes, message) in [
            (b"\xff\xfe\0\0a\0\0\0".as_slice(), "UTF-32: save it as UTF-8"),
            (b"\0\0\xfe\xff\0\0\0a", "UTF-32: save it as UTF-8"),
            (b"{\0\"\0", without_mark),
            (b"\0{\0\"", without_mark),
            (b"\x1f\x8b\x08\0", "gzip: unpack it first"),
            (b"PK\x03\x04\x14", "a zip archive: unpack it first"),
            (b"\x28\xb5\x2f\xfd\x04", "zstd: unpack it first"),
            (b"\xfd7zXZ\0\0", "xz: unpack it first"),
        ] {
            assert_eq!(read(bytes), Err(message.to_owned()), "{bytes:?}");
        }
    }
}
