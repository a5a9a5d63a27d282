//! Splits JSON text into its values, with memory for one value.
//!
//! A value is an object, or an element of a top-level array. White space, including line breaks,
//! may be between and within values. This module only parses brackets and strings. The parser of a
//! value finds other errors.
//!
//! A line of `list --json` that is cut off, because the disk was full or the power was lost, is
//! skipped and counted if the next record begins on the line after it.

use std::io::{self, BufRead};

/// The maximum length of a value, in bytes: that of a response.
const MAX_LENGTH: usize = 8 << 20;

/// The length at which a value that is not an object is cut, in bytes. Such a value is invalid
/// anyway.
const MAX_SCALAR: usize = 1024;

/// How each line of `list --json` begins.
const RECORD: &[u8] = br#"{"session_id":""#;

/// The byte-order mark in UTF-8.
const MARK: [u8; 3] = *b"\xef\xbb\xbf";

pub(super) struct Values<R> {
    input: R,
    /// The number of the current line.
    line: u64,
    array: Array,
    value: Vec<u8>,
    cut_off: CutOff,
}

/// The lines that are cut off.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct CutOff {
    pub(crate) lines: u64,
    /// The number of the first one.
    pub(crate) first: u64,
}

/// The position relative to an array.
#[derive(Clone, Copy, PartialEq)]
enum Array {
    Outside,
    /// After `[`.
    Start,
    /// After an element.
    Element,
    /// After `,`.
    Comma,
}

/// How a value ends.
#[derive(PartialEq)]
enum End {
    Fits,
    TooLong,
    CutOff,
}

/// The brackets that are open.
#[derive(Default)]
struct Brackets {
    depth: u64,
    in_string: bool,
    escaped: bool,
}

impl Brackets {
    /// Returns whether this byte closes the first bracket.
    fn close_at(&mut self, byte: u8) -> bool {
        if self.in_string {
            self.in_string = self.escaped || byte != b'"';
            self.escaped = byte == b'\\' && !self.escaped;
            return false;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth -= 1,
            _ => {}
        }
        self.depth == 0
    }
}

pub(super) struct Value<'a> {
    /// The number of the line on which the value starts.
    pub(super) line: u64,
    /// False if the value is longer than 8 MiB. In that case, `bytes` holds its beginning.
    pub(super) fits: bool,
    pub(super) bytes: &'a [u8],
}

#[derive(Debug)]
pub(super) enum ValueError {
    Io(io::Error),
    Invalid { line: u64, reason: &'static str },
}

impl From<io::Error> for ValueError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl<R: BufRead> Values<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, line: 1, array: Array::Outside, value: Vec::new(), cut_off: CutOff::default() }
    }

    /// Returns the lines that were skipped so far.
    pub(super) fn cut_off(&self) -> CutOff {
        self.cut_off
    }

    /// Passes the next line to `parse`, without consuming it unless the result is `Some`. `None` if the
    /// line does not begin with an object outside of an array, or is not in the buffer as a whole.
    /// [`next`](Self::next) then returns what is on it.
    ///
    /// `parse` must accept an object with white space around it, and nothing else. Such a line is a
    /// value. To search it for brackets and strings takes longer than to parse it.
    pub(super) fn line<T>(
        &mut self,
        parse: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Result<Option<T>, ValueError> {
        if self.array != Array::Outside {
            return Ok(None);
        }
        while let Some(byte @ (b' ' | b'\t' | b'\r' | b'\n')) = self.peek()? {
            self.line += u64::from(byte == b'\n');
            self.input.consume(1);
        }
        if self.peek()? != Some(b'{') {
            return Ok(None);
        }
        let bytes = self.input.fill_buf()?;
        let Some(end) = memchr::memchr(b'\n', bytes) else { return Ok(None) };
        let parsed = bytes.get(..end).and_then(parse);
        if parsed.is_some() {
            self.line += 1;
            self.input.consume(end + 1);
        }
        Ok(parsed)
    }

    /// Returns the next value, or `None` at the end of the input. If the input ends within a value,
    /// its beginning is returned.
    pub(super) fn next(&mut self) -> Result<Option<Value<'_>>, ValueError> {
        loop {
            let Some(first) = self.start()? else { return Ok(None) };
            let line = self.line;
            self.value.clear();
            let end = if matches!(first, b'{' | b'[') { self.nested()? } else { self.scalar()? };
            if end == End::CutOff {
                self.cut_off.lines += 1;
                self.cut_off.first = if self.cut_off.lines == 1 { line } else { self.cut_off.first };
                continue;
            }
            return Ok(Some(Value { line, fits: end == End::Fits, bytes: &self.value }));
        }
    }

    /// Skips to the first byte of the next value, which is not read yet.
    fn start(&mut self) -> Result<Option<u8>, ValueError> {
        while let Some(byte) = self.peek()? {
            if byte == MARK[0] && self.array == Array::Outside {
                self.skip_mark()?;
                continue;
            }
            self.array = match (byte, self.array) {
                (b' ' | b'\t' | b'\r' | b'\n', array) => array,
                (b'[', Array::Outside) => Array::Start,
                (b',', Array::Element) => Array::Comma,
                (b']', Array::Start | Array::Element) => Array::Outside,
                (_, Array::Element) => return Err(self.invalid("expected `,` or `]`")),
                (_, Array::Outside) => return Ok(Some(byte)),
                (_, Array::Start | Array::Comma) => {
                    self.array = Array::Element;
                    return Ok(Some(byte));
                }
            };
            self.line += u64::from(byte == b'\n');
            self.input.consume(1);
        }
        if self.array == Array::Outside { Ok(None) } else { Err(self.invalid("ends within an array")) }
    }

    /// Skips a byte-order mark, which is left between the contents of files that were joined.
    fn skip_mark(&mut self) -> Result<(), ValueError> {
        for expected in MARK {
            if self.peek()? != Some(expected) {
                // No value begins with a part of it.
                return Err(self.invalid("not a session: expected value"));
            }
            self.input.consume(1);
        }
        Ok(())
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        loop {
            match self.input.fill_buf() {
                Ok(bytes) => return Ok(bytes.first().copied()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn invalid(&self, reason: &'static str) -> ValueError {
        ValueError::Invalid { line: self.line, reason }
    }

    /// Reads to the bracket that closes the first one, or to the end of a line that is cut off.
    fn nested(&mut self) -> Result<End, ValueError> {
        let mut brackets = Brackets::default();
        let mut is_first_line = true;
        let fits = self.take_until(MAX_LENGTH, |byte| {
            is_first_line = byte != b'\n';
            brackets.close_at(byte) || !is_first_line
        })?;
        if !fits || is_first_line {
            return Ok(if fits { End::Fits } else { End::TooLong });
        }
        let start = &self.value[..self.value.len() - 1];
        let is_record = start.starts_with(RECORD) || RECORD.starts_with(start);
        if is_record && self.array == Array::Outside {
            // No record has an object after a line break.
            let mut next = self.peek()?;
            while let Some(byte @ (b' ' | b'\t' | b'\r' | b'\n')) =
                next.filter(|_| self.value.len() < MAX_LENGTH)
            {
                brackets.close_at(byte);
                self.line += u64::from(byte == b'\n');
                self.value.push(byte);
                self.input.consume(1);
                next = self.peek()?;
            }
            if next == Some(b'{') {
                return Ok(End::CutOff);
            }
        }
        let fits = self.take_until(MAX_LENGTH, |byte| brackets.close_at(byte))?;
        Ok(if fits { End::Fits } else { End::TooLong })
    }

    /// Reads to the end of the line, or as much as an error message needs.
    fn scalar(&mut self) -> Result<End, ValueError> {
        self.take_until(MAX_SCALAR, |byte| byte == b'\n')?;
        Ok(End::Fits)
    }

    /// Reads up to the byte that ends the value, which is part of it. Returns false if it is longer
    /// than `max`.
    fn take_until(&mut self, max: usize, mut ends: impl FnMut(u8) -> bool) -> Result<bool, ValueError> {
        while self.peek()?.is_some() {
            let bytes = self.input.fill_buf()?;
            let end = bytes.iter().position(|&byte| ends(byte));
            let part = &bytes[..end.map_or(bytes.len(), |end| end + 1)];
            let left = max - self.value.len();
            if part.len() > left {
                self.value.extend_from_slice(&part[..left]);
                // The cut may be within a character.
                let valid = self.value.utf8_chunks().next().map_or(0, |chunk| chunk.valid().len());
                self.value.truncate(valid);
                return Ok(false);
            }
            self.line += part.iter().filter(|&&byte| byte == b'\n').count() as u64;
            self.value.extend_from_slice(part);
            let length = part.len();
            self.input.consume(length);
            if end.is_some() {
                break;
            }
        }
        Ok(true)
    }
}
