//! Foreign text, made fit to be shown.

use std::fmt::{self, Write as _};

use crate::ApiKey;

/// Shows text that came from elsewhere without the characters that would act on a terminal or a log.
///
/// Control characters (C0, C1, DEL), line and paragraph separators, and the invisible characters that reorder or
/// hide text are written as escapes such as `\u{1b}` or `\n`; everything else is written as it is.
///
/// ```
/// use brightdata_sessions::Escaped;
///
/// assert_eq!(Escaped("red \u{1b}[31m, next\nline").to_string(), r"red \u{1b}[31m, next\nline");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a str);

impl Escaped<'_> {
    /// Whether a character does something where it is shown, instead of being seen: those that are escaped.
    pub fn acts(c: char) -> bool {
        let separates = matches!(c, '\u{2028}' | '\u{2029}');
        let reorders = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let hides = matches!(c, '\u{200b}' | '\u{feff}');
        c.is_control() || separates || reorders || hides
    }
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            if Self::acts(c) { write!(f, "{}", c.escape_default())? } else { f.write_char(c)? }
        }
        Ok(())
    }
}

/// The longest foreign text that an error carries, in bytes.
const LONGEST: usize = 300;

/// What an error may carry of a text from elsewhere: without the key, trimmed, cut and escaped. `None` when nothing is
/// left.
pub(crate) fn excerpt(text: &str, key: &ApiKey) -> Option<Box<str>> {
    let short = cut(&key.redact(text.trim()));
    (!short.is_empty()).then_some(short)
}

/// The beginning of a text, escaped.
pub(crate) fn cut(text: &str) -> Box<str> {
    let mut short = Short(String::new());
    // A full `Short` refuses to be written to, so a huge text costs no more than what is kept of it.
    let whole = write!(short, "{}", Escaped(text)).is_ok();
    let Short(mut short) = short;
    if !whole {
        short.push('…');
    }
    short.into_boxed_str()
}

struct Short(String);

impl fmt::Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.len() + text.len() > LONGEST {
            return Err(fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> ApiKey {
        ApiKey::new("0123456789abcdef").unwrap()
    }

    #[test]
    fn what_acts_on_a_terminal_is_escaped_and_the_rest_is_left() {
        assert_eq!(Escaped("\u{9b}31m\u{7f}\u{202e}\r\t").to_string(), r"\u{9b}31m\u{7f}\u{202e}\r\t");
        assert_eq!(Escaped("Zürich \"quoted\" 'it' \\ 日本").to_string(), "Zürich \"quoted\" 'it' \\ 日本");
    }

    #[test]
    fn an_excerpt_is_cut_at_a_whole_character() {
        assert_eq!(excerpt(&"é".repeat(1000), &key()).unwrap().as_ref(), format!("{}…", "é".repeat(150)));
        assert_eq!(excerpt(&"a".repeat(300), &key()).unwrap().as_ref(), "a".repeat(300));
        assert_eq!(excerpt(" \r\n ", &key()), None);
    }

    #[test]
    fn an_excerpt_never_holds_the_key_nor_the_beginning_of_one_that_was_cut() {
        let excerpt = excerpt("0123456789abcdef and 0123456789abcdef; cut: 0123456789abc", &key()).unwrap();
        assert_eq!(excerpt.as_ref(), "[redacted] and [redacted]; cut: [redacted]");
    }
}
