//! Finds the API key in a string, in every form in which servers, frameworks and encoders repeat
//! it.
//!
//! A string is searched unchanged, and again after each of up to three decodings. Each search is
//! one pass of the Knuth-Morris-Pratt algorithm for each form of the key, so hostile text costs
//! linear time. A string without `\`, `%` and `&` is not decoded at all.

use std::borrow::Cow;
use std::ops::Range;

pub(crate) const REDACTED: &str = "[redacted]";

/// The shortest part of a key that is redacted where a string was cut, in characters.
const MIN_PART: usize = 8;
/// A part of a key counts as cut by the end of the text, or of a quoted part of it, if at most this
/// many bytes lie in between, such as the rest of a cut escape, a quote or an ellipsis.
const MARGIN: usize = 8;
/// JSON in a URL in JSON has three layers.
const MAX_LAYERS: usize = 3;

/// The forms of one key.
pub(crate) struct Redactor {
    patterns: Vec<Pattern>,
    codings: &'static [Codings],
}

impl Redactor {
    /// The key must be ASCII.
    pub(crate) fn new(key: &str) -> Self {
        let key = key.as_bytes();
        let base64 = (0..3).map(|offset| base64(key, offset)).filter(|form| form.len() >= MIN_PART);
        let patterns = base64.map(Pattern::base64).chain([Pattern::plain(key)]).collect();
        // A key that itself looks like an escape disappears when all codings are decoded at once.
        let is_ambiguous = key.iter().any(|byte| b"\\%&".contains(byte));
        Self { patterns, codings: if is_ambiguous { &Codings::EACH_AND_ALL } else { &[Codings::ALL] } }
    }

    /// Replaces each occurrence of the key. Borrows the text if it does not contain the key.
    pub(crate) fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let bytes = text.as_bytes();
        if self.patterns.iter().all(|pattern| bytes.len() < pattern.min_length()) {
            return Cow::Borrowed(text);
        }
        let mut marks = Marks::default();
        for codings in self.codings {
            self.search(bytes, *codings, 0, &mut marks);
        }
        if marks.is_empty() {
            return Cow::Borrowed(text);
        }
        // Half of an escape would make the JSON invalid.
        let found = marks.clone();
        for unit in Codings::BACKSLASH.units(bytes) {
            if unit.source.clone().any(|at| found.contains(at)) {
                marks.insert(unit.source);
            }
        }
        let mut clean = String::with_capacity(text.len());
        let mut copied = 0;
        for run in marks.runs(bytes.len()) {
            clean.push_str(text.get(copied..run.start).unwrap_or_default());
            clean.push_str(REDACTED);
            copied = run.end;
        }
        clean.push_str(text.get(copied..).unwrap_or_default());
        Cow::Owned(clean)
    }

    /// Redacts JSON one token at a time, so that it stays valid.
    pub(crate) fn redact_json<'a>(&self, json: &'a str) -> Cow<'a, str> {
        let mut clean = String::new();
        let mut copied = 0;
        let tokens = Tokens { json, at: 0 };
        for Token { at, text, is_string } in tokens {
            if let Cow::Owned(redacted) = self.redact(text) {
                clean.push_str(json.get(copied..at).unwrap_or_default());
                // A number that shows the key becomes a string.
                let quote = if is_string { "" } else { "\"" };
                clean.extend([quote, if is_string { &redacted } else { REDACTED }, quote]);
                copied = at + text.len();
            }
        }
        if copied == 0 {
            return Cow::Borrowed(json);
        }
        clean.push_str(json.get(copied..).unwrap_or_default());
        Cow::Owned(clean)
    }

    /// Marks the key in a string and in its decoded form.
    fn search(&self, text: &[u8], codings: Codings, layer: usize, marks: &mut Marks) {
        let decoded = if layer < MAX_LAYERS { codings.decode(text) } else { None };
        if let Some(decoded) = decoded {
            let mut found = Marks::default();
            self.search(&decoded, codings, layer + 1, &mut found);
            drop(decoded);
            if !found.is_empty() {
                for (index, unit) in codings.units(text).enumerate() {
                    if found.contains(index) {
                        marks.insert(unit.source);
                    }
                }
            }
        }
        for pattern in &self.patterns {
            pattern.mark(text, marks);
        }
    }
}

/// One form of the key.
struct Pattern {
    /// Maps equivalent bytes to the same byte.
    fold: fn(u8) -> u8,
    forward: Automaton,
    /// The same for the reversed string: finds the end of a key whose beginning was cut off.
    backward: Automaton,
    /// Whether the neighbors of an occurrence hold bits of the key.
    takes_neighbors: bool,
}

impl Pattern {
    /// The key itself. Case is ignored, since hexadecimal digits and UUIDs mean the same in both.
    fn plain(key: &[u8]) -> Self {
        Self::new(key, |byte| byte.to_ascii_lowercase(), false)
    }

    fn base64(form: Vec<u8>) -> Self {
        let fold = |byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            byte => byte,
        };
        Self::new(&form, fold, true)
    }

    fn new(form: &[u8], fold: fn(u8) -> u8, takes_neighbors: bool) -> Self {
        let forward = Automaton::new(form.iter().copied().map(fold));
        let backward = Automaton::new(form.iter().rev().copied().map(fold));
        Self { fold, forward, backward, takes_neighbors }
    }

    fn length(&self) -> usize {
        self.forward.pattern.len()
    }

    fn min_length(&self) -> usize {
        self.length().min(MIN_PART)
    }

    /// Marks each occurrence. Also marks a prefix of the key at the end of the text or of a quoted
    /// part of it, and a suffix at the start of one.
    fn mark(&self, text: &[u8], marks: &mut Marks) {
        let mut length = 0;
        let mut marked = 0;
        for (end, byte) in (1..).zip(text) {
            length = self.forward.step(length, (self.fold)(*byte));
            if length == self.length() || length >= MIN_PART && ends_soon(text, end) {
                // Mark overlaps once, because in a periodic text every byte ends an occurrence.
                let start = (end - length).max(marked);
                marks.insert(self.with_neighbors(start..end, text));
                marked = end;
            }
        }
        let last_begin = text.iter().rposition(|byte| *byte == b'"').map_or(0, |quote| quote + 1);
        let reach = text.len().min(last_begin + self.length() + MARGIN);
        let mut length = 0;
        let mut marked = reach;
        for (start, byte) in text.iter().enumerate().take(reach).rev() {
            length = self.backward.step(length, (self.fold)(*byte));
            if length >= MIN_PART && began_recently(text, start) {
                let end = (start + length).min(marked);
                marks.insert(self.with_neighbors(start..end, text));
                marked = start;
            }
        }
    }

    fn with_neighbors(&self, found: Range<usize>, text: &[u8]) -> Range<usize> {
        let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
        let is_taken =
            |at: Option<usize>| self.takes_neighbors && at.and_then(|at| text.get(at)).is_some_and(is_base64);
        let start = found.start - usize::from(is_taken(found.start.checked_sub(1)));
        start..found.end + usize::from(is_taken(Some(found.end)))
    }
}

/// Returns whether the text, or a quoted part of it, ends within the margin after this position.
fn ends_soon(text: &[u8], at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    rest.len() <= MARGIN || rest.iter().take(MARGIN + 1).any(|byte| *byte == b'"')
}

/// Returns whether the text, or a quoted part of it, begins within the margin before this position.
fn began_recently(text: &[u8], at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    before.len() <= MARGIN || before.iter().rev().take(MARGIN + 1).any(|byte| *byte == b'"')
}

/// The Knuth-Morris-Pratt automaton for a pattern.
struct Automaton {
    pattern: Vec<u8>,
    /// For each prefix of the pattern, the length of the longest shorter prefix that it ends with.
    /// A key of 4096 characters has 5462 in base64.
    fallback: Vec<u16>,
}

impl Automaton {
    fn new(pattern: impl Iterator<Item = u8>) -> Self {
        let mut automaton = Self { pattern: pattern.collect(), fallback: vec![0] };
        let mut length = 0;
        for index in 1..automaton.pattern.len() {
            if let Some(byte) = automaton.pattern.get(index) {
                length = automaton.step(length, *byte);
                automaton.fallback.push(u16::try_from(length).unwrap_or_default());
            }
        }
        automaton
    }

    /// Takes the next byte of the text. Returns the length of the longest prefix of the pattern
    /// that the text now ends with.
    fn step(&self, mut length: usize, byte: u8) -> usize {
        loop {
            if self.pattern.get(length) == Some(&byte) {
                return length + 1;
            }
            let Some(last) = length.checked_sub(1) else { return 0 };
            length = self.fallback.get(last).copied().unwrap_or_default().into();
        }
    }
}

/// Returns the base64 characters that depend on `key` alone, after `offset` other bytes.
fn base64(key: &[u8], offset: usize) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    // The first bits of the key share a character with the bytes before it.
    let skipped = [0, 4, 2].get(offset).copied().unwrap_or_default();
    let bits: Vec<u8> =
        key.iter().flat_map(|byte| (0..8).rev().map(move |shift| byte >> shift & 1)).skip(skipped).collect();
    let sextets =
        bits.chunks_exact(6).map(|six| six.iter().fold(0_usize, |value, bit| value << 1 | usize::from(*bit)));
    sextets.filter_map(|value| ALPHABET.get(value).copied()).collect()
}

/// The codings to decode.
#[derive(Clone, Copy)]
struct Codings {
    /// Backslash escapes, as in JSON and most languages: `\/`, `\n`, `\u0066`, `\u{66}`, `\x66`.
    backslash: bool,
    /// Any number of backslashes introduces an escape, as in `\\u0066`, so a stray one does not
    /// hide it.
    is_lax: bool,
    /// Percent-encoding, as in URLs: `%66`.
    percent: bool,
    /// Character references, as in HTML: `&#102;`, `&#x66;`, `&amp;`.
    entity: bool,
}

/// An encoded character, or a plain byte.
struct Unit {
    /// `OTHER` if the character is not ASCII.
    decoded: u8,
    source: Range<usize>,
}

/// A byte that no key contains.
const OTHER: u8 = 0xff;

impl Codings {
    const NONE: Self = Self { backslash: false, is_lax: false, percent: false, entity: false };
    const BACKSLASH: Self = Self { backslash: true, ..Self::NONE };
    const PERCENT: Self = Self { percent: true, ..Self::NONE };
    const ENTITY: Self = Self { entity: true, ..Self::NONE };
    const ALL: Self = Self { backslash: true, is_lax: true, percent: true, entity: true };
    const EACH_AND_ALL: [Self; 4] = [Self::BACKSLASH, Self::PERCENT, Self::ENTITY, Self::ALL];

    /// Decodes one layer. Returns `None` if nothing is encoded.
    fn decode(self, text: &[u8]) -> Option<Vec<u8>> {
        if !text.iter().any(|byte| b"\\%&".contains(byte)) {
            return None;
        }
        let mut decoded = Vec::with_capacity(text.len());
        decoded.extend(self.units(text).map(|unit| unit.decoded));
        (decoded.len() < text.len()).then_some(decoded)
    }

    fn units(self, text: &[u8]) -> impl Iterator<Item = Unit> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let rest = text.get(at..)?;
            let (first, after) = rest.split_first()?;
            let escape = match first {
                b'\\' if self.is_lax => backslashes(after).or_else(|| backslash(after)),
                b'\\' if self.backslash => backslash(after),
                b'%' if self.percent => percent(after),
                b'&' if self.entity => entity(after),
                _ => None,
            };
            let (decoded, length) = escape.unwrap_or((*first, 0));
            let start = at;
            at += 1 + length;
            Some(Unit { decoded, source: start..at })
        })
    }
}

/// Decodes the escape after a backslash. Returns its character and its length.
fn backslash(after: &[u8]) -> Option<(u8, usize)> {
    Some(match after {
        [b'u', b'{', digits @ ..] => {
            let length = digits.iter().take(6).take_while(|digit| digit.is_ascii_hexdigit()).count();
            let end = digits.get(length)?;
            (ascii(digits.get(..length)?, 16)?, if *end == b'}' { 3 + length } else { return None })
        }
        [b'u', digits @ ..] => (ascii(digits.get(..4)?, 16)?, 5),
        [b'x', digits @ ..] => (ascii(digits.get(..2)?, 16)?, 3),
        [b'b', ..] => (8, 1),
        [b'f', ..] => (12, 1),
        [b'n', ..] => (b'\n', 1),
        [b'r', ..] => (b'\r', 1),
        [b't', ..] => (b'\t', 1),
        [byte @ (b'"' | b'\'' | b'/' | b'\\'), ..] => (*byte, 1),
        _ => return None,
    })
}

/// Decodes a numeric escape that follows a run of backslashes.
fn backslashes(after: &[u8]) -> Option<(u8, usize)> {
    const MAX_RUN: usize = 1 << MAX_LAYERS;
    let run = after.iter().take(MAX_RUN).take_while(|byte| **byte == b'\\').count();
    let escape = after.get(run..).filter(|escape| escape.starts_with(b"u") || escape.starts_with(b"x"))?;
    let (decoded, length) = backslash(escape)?;
    Some((decoded, run + length))
}

/// Decodes the two digits after a percent sign.
fn percent(after: &[u8]) -> Option<(u8, usize)> {
    Some((ascii(after.get(..2)?, 16)?, 2))
}

/// Decodes the reference after an ampersand. Browsers accept a number without a semicolon as well.
fn entity(after: &[u8]) -> Option<(u8, usize)> {
    if let Some(reference) = after.strip_prefix(b"#") {
        let (prefix, digits, radix) = match reference {
            [b'x' | b'X', digits @ ..] => (2, digits, 16),
            digits => (1, digits, 10),
        };
        let (length, number) = number(digits, radix);
        let ends = usize::from(digits.get(length) == Some(&b';'));
        return Some((ascii(number, radix)?, prefix + length + ends));
    }
    NAMES.iter().find_map(|(byte, names)| {
        let name = names
            .split(' ')
            .find(|name| after.strip_prefix(name.as_bytes()).is_some_and(|after| after.starts_with(b";")))?;
        Some((*byte, name.len() + 1))
    })
}

/// Returns the number of digits at the start of a string, and these digits without leading zeros.
/// HTML allows any number of zeros.
fn number(text: &[u8], radix: u32) -> (usize, &[u8]) {
    const MAX_DIGITS: usize = 10;
    let zeros = text.iter().take_while(|byte| **byte == b'0').count();
    let is_digit = |byte: &&u8| char::from(**byte).is_digit(radix);
    let digits = text.iter().skip(zeros).take(MAX_DIGITS).take_while(is_digit).count();
    let length = zeros + digits;
    // A lone zero is a digit, not a leading zero.
    let start = if digits == 0 { zeros.saturating_sub(1) } else { zeros };
    (length, text.get(start..length).unwrap_or_default())
}

/// Returns the ASCII character with this number, or `OTHER`. Returns `None` without a number.
fn ascii(digits: &[u8], radix: u32) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
    let number = u64::from_str_radix(digits, radix).ok()?;
    Some(u8::try_from(number).ok().filter(u8::is_ascii).unwrap_or(OTHER))
}

/// The named character references of HTML for visible ASCII characters.
const NAMES: &[(u8, &str)] = &[
    (b'!', "excl"),
    (b'"', "quot QUOT"),
    (b'#', "num"),
    (b'$', "dollar"),
    (b'%', "percnt"),
    (b'&', "amp AMP"),
    (b'\'', "apos"),
    (b'(', "lpar"),
    (b')', "rpar"),
    (b'*', "ast midast"),
    (b'+', "plus"),
    (b',', "comma"),
    (b'.', "period"),
    (b'/', "sol"),
    (b':', "colon"),
    (b';', "semi"),
    (b'<', "lt LT"),
    (b'=', "equals"),
    (b'>', "gt GT"),
    (b'?', "quest"),
    (b'@', "commat"),
    (b'[', "lsqb lbrack"),
    (b'\\', "bsol"),
    (b']', "rsqb rbrack"),
    (b'^', "Hat"),
    (b'_', "lowbar UnderBar"),
    (b'`', "grave DiacriticalGrave"),
    (b'{', "lcub lbrace"),
    (b'|', "verbar vert VerticalLine"),
    (b'}', "rcub rbrace"),
];

/// A set of positions, with one bit for each, so that it stays small compared with the text.
#[derive(Clone, Default)]
struct Marks(Vec<u8>);

impl Marks {
    fn insert(&mut self, range: Range<usize>) {
        if self.0.len() * 8 < range.end {
            self.0.resize(range.end.div_ceil(8), 0);
        }
        for at in range {
            if let Some(bits) = self.0.get_mut(at / 8) {
                *bits |= 1 << (at % 8);
            }
        }
    }

    fn contains(&self, at: usize) -> bool {
        self.0.get(at / 8).is_some_and(|bits| bits >> (at % 8) & 1 == 1)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the marked ranges within the first `length` positions.
    fn runs(&self, length: usize) -> impl Iterator<Item = Range<usize>> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let start = (at..length).find(|at| self.contains(*at))?;
            at = (start..length).find(|at| !self.contains(*at)).unwrap_or(length);
            Some(start..at)
        })
    }
}

/// A JSON token that holds a value: the content of a string, without its quotes, or a number or a
/// word.
struct Token<'a> {
    at: usize,
    text: &'a str,
    is_string: bool,
}

struct Tokens<'a> {
    json: &'a str,
    at: usize,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let rest = self.json.get(self.at..)?;
        let is_between = |c: char| c.is_whitespace() || "[]{}:,".contains(c);
        let start = rest.find(|c| !is_between(c))?;
        let rest = rest.get(start..)?;
        let at = self.at + start;
        let Some(string) = rest.strip_prefix('"') else {
            let text = rest.get(..rest.find(|c| is_between(c) || c == '"').unwrap_or(rest.len()))?;
            self.at = at + text.len();
            return Some(Token { at, text, is_string: false });
        };
        let mut is_escaped = false;
        let end = string.bytes().position(|byte| {
            let ends = byte == b'"' && !is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            ends
        });
        let text = string.get(..end.unwrap_or(string.len()))?;
        // Skip both quotes.
        self.at = at + text.len() + 2;
        Some(Token { at: at + 1, text, is_string: true })
    }
}
