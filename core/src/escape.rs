//! Escaping of untrusted text for display.

use std::fmt::{self, Write as _};

use crate::ApiKey;

/// Displays untrusted text without characters that would control a terminal or a log, or be
/// invisible.
///
/// These are written as escapes such as `\u{1b}` or `\n`:
///
/// - control characters (C0, C1, DEL), and line and paragraph separators;
/// - the default ignorable characters of Unicode, assigned or not (soft hyphen, zero-width space,
///   Hangul fillers, tags, …);
/// - all other format characters, such as those that reorder text and interlinear annotations.
///   Arabic number signs and similar characters are visible, so they stay.
///
/// Some scripts and emoji need some of these characters, which then stay:
///
/// - a joiner or non-joiner between two letters of a script that joins letters, such as Arabic or
///   Devanagari, or between two emoji;
/// - one variation selector after a symbol, an emoji, an ideograph, or a letter of a script that
///   has variants, such as Mongolian.
///
/// ```
/// use brightdata_sessions::Escaped;
///
/// assert_eq!(Escaped("red \u{1b}[31m, next\nline").to_string(), r"red \u{1b}[31m, next\nline");
/// assert_eq!(Escaped("pay\u{ad}pal 👩\u{200d}🚀").to_string(), "pay\\u{ad}pal 👩\u{200d}🚀");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a str);

impl<'a> Escaped<'a> {
    /// Returns the characters of the text, each with whether it needs an escape. It is for formats
    /// that have escapes of their own, such as JSON.
    pub fn chars(self) -> impl Iterator<Item = (char, bool)> + 'a {
        let mut before = None;
        let mut chars = self.0.chars().peekable();
        std::iter::from_fn(move || {
            let c = chars.next()?;
            let needs_escape = is_invisible(c)
                && !before.is_some_and(|before| {
                    is_variant(before, c) || is_joined(before, c, chars.peek().copied())
                });
            // A selector is part of what it selects a variant of, but takes no second one.
            before = (!needs_escape).then_some(c);
            Some((c, needs_escape))
        })
    }
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (c, needs_escape) in self.chars() {
            if needs_escape { write!(f, "{}", c.escape_default())? } else { f.write_char(c)? }
        }
        Ok(())
    }
}

/// In Unicode's terms: `Cc`, `Zl`, `Zp`, `Default_Ignorable_Code_Point`, and `Cf` without
/// `Prepended_Concatenation_Mark`. In order.
const INVISIBLE: [(char, char); 20] = [
    ('\0', '\u{1f}'),
    ('\u{7f}', '\u{9f}'),
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

fn is_invisible(c: char) -> bool {
    // Most strings are ASCII.
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    let at = INVISIBLE.partition_point(|(_, last)| *last < c);
    INVISIBLE.get(at).is_some_and(|(first, _)| *first <= c)
}

/// Returns whether `c` selects a variant of the character before it, of a kind that has variants.
fn is_variant(before: char, c: char) -> bool {
    match c {
        // Emoji of keycaps have a digit; symbols, punctuation and ideographs begin at U+2000.
        '\u{fe00}'..='\u{fe0f}' => {
            matches!(before, '0'..='9' | '#' | '*' | '\u{a9}' | '\u{ae}' | '\u{1000}'..='\u{109f}')
                || before >= '\u{2000}' && !before.is_whitespace() && !is_invisible(before)
        }
        '\u{180b}'..='\u{180d}' | '\u{180f}' => matches!(before, '\u{1820}'..='\u{18aa}'),
        '\u{e0100}'..='\u{e01ef}' => {
            matches!(before, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
        }
        _ => false,
    }
}

/// The non-joiner and the joiner.
const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];

/// Returns whether `c` is a joiner or a non-joiner between two characters that it can join or
/// separate.
fn is_joined(before: char, c: char, after: Option<char>) -> bool {
    // Hebrew to Vedic, letters of such scripts beyond the basic plane, symbols, and emoji.
    let joins = |c| {
        let is_letter = matches!(c,
            '\u{590}'..='\u{1cff}' | '\u{a800}'..='\u{abff}' | '\u{10a00}'..='\u{11fff}' | '\u{1e900}'..='\u{1e95f}');
        let is_emoji = matches!(c, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}');
        (is_letter || is_emoji) && !c.is_whitespace() && !is_invisible(c)
    };
    JOINERS.contains(&c) && (joins(before) || before == '\u{fe0f}') && after.is_some_and(joins)
}

/// The maximum length of untrusted text in an error, in bytes.
const LONGEST: usize = 300;

/// Prepares untrusted text for an error: redacted, trimmed, shortened and escaped. Returns `None`
/// if nothing is left.
pub(crate) fn excerpt(text: &str, key: &ApiKey) -> Option<Box<str>> {
    let short = cut(&key.redact(text.trim()));
    (!short.is_empty()).then_some(short)
}

/// Returns the beginning of a string, escaped.
pub(crate) fn cut(text: &str) -> Box<str> {
    let mut short = Truncated(String::new());
    // Writing to a full `Truncated` fails, so a huge text costs only as much as its retained part.
    let whole = write!(short, "{}", Escaped(text)).is_ok();
    let Truncated(mut short) = short;
    if !whole {
        // A joiner at the end would be invisible.
        short.truncate(short.trim_end_matches(JOINERS).len());
        short.push('…');
    }
    short.into_boxed_str()
}

struct Truncated(String);

impl fmt::Write for Truncated {
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
    fn text_that_acts_on_a_terminal_is_escaped() {
        assert_eq!(Escaped("\u{9b}31m\u{7f}\u{202e}\r\t").to_string(), r"\u{9b}31m\u{7f}\u{202e}\r\t");
        assert_eq!(Escaped("Zürich \"quoted\" 'it' \\ 日本").to_string(), "Zürich \"quoted\" 'it' \\ 日本");
    }

    #[test]
    fn invisible_characters_are_those_of_the_unicode_tables() {
        // The tables of the crate behind `regex`.
        let class =
            r"[\p{Cc}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}[\p{Cf}--\p{Prepended_Concatenation_Mark}]]";
        let class = regex_syntax::parse(class).unwrap();
        let regex_syntax::hir::HirKind::Class(regex_syntax::hir::Class::Unicode(class)) = class.kind() else {
            panic!("{class:?}")
        };
        let ranges: Vec<_> = class.iter().map(|range| (range.start(), range.end())).collect();
        assert_eq!(ranges, INVISIBLE);
        let is_listed = |c| ranges.iter().any(|(first, last)| (*first..=*last).contains(&c));
        let differs = ('\0'..=char::MAX).find(|c| is_invisible(*c) != is_listed(*c));
        assert_eq!(differs, None);
    }

    #[test]
    fn every_invisible_character_is_escaped_between_latin_letters() {
        for c in INVISIBLE.iter().flat_map(|(first, last)| *first..=*last) {
            for (before, after) in [("a", "b"), ("é", "é"), (" ", " "), ("", ""), ("я", "я")] {
                let shown = Escaped(&format!("{before}{c}{after}")).to_string();
                assert_eq!(shown, format!("{before}{}{after}", c.escape_default()));
            }
        }
    }

    #[test]
    fn a_text_that_is_cut_after_a_joiner_loses_the_joiner() {
        let start = "x".repeat(LONGEST - 9) + "क\u{94d}";
        assert_eq!(*cut(&format!("{start}\u{200d}षक")), *format!("{start}…"));
    }

    #[test]
    fn scripts_and_emoji_keep_their_joiners_and_selectors() {
        let texts = [
            "👨\u{200d}👩\u{200d}👧\u{200d}👦",
            "🏳\u{fe0f}\u{200d}🌈",
            "❤\u{fe0f}\u{200d}🔥",
            "👩🏽\u{200d}🚀",
            "🏃\u{200d}♀\u{fe0f}",
            "1\u{fe0f}\u{20e3}",
            "©\u{fe0f}",
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "ශ්\u{200d}රී",
            "ᠠ\u{180b}",
            "葛\u{e0100}",
            "≩\u{fe00}",
            "٪ \u{600}١",
        ];
        for text in texts {
            assert_eq!(Escaped(text).to_string(), text);
        }
    }

    #[test]
    fn joiners_and_selectors_elsewhere_are_escaped() {
        let table = [
            ("👨\u{200d}", r"👨\u{200d}"),
            ("👨\u{200d}a", r"👨\u{200d}a"),
            ("می\u{200c}\u{200c}خ", r"می\u{200c}\u{200c}خ"),
            ("می\u{200c} خ", r"می\u{200c} خ"),
            ("😀\u{fe0f}\u{fe0f}", "😀\u{fe0f}\\u{fe0f}"),
            ("葛\u{e0100}\u{e0101}", "葛\u{e0100}\\u{e0101}"),
            ("😀\u{e0100}", r"😀\u{e0100}"),
            ("🏴\u{e0067}\u{e007f}", r"🏴\u{e0067}\u{e007f}"),
            ("ᠠ\u{180e}ᠠ", r"ᠠ\u{180e}ᠠ"),
            ("a\u{fe0f}\u{200d}👩", r"a\u{fe0f}\u{200d}👩"),
        ];
        for (text, shown) in table {
            assert_eq!(Escaped(text).to_string(), shown);
        }
    }

    #[test]
    fn an_excerpt_is_cut_at_a_whole_character() {
        assert_eq!(excerpt(&"é".repeat(1000), &key()).unwrap().as_ref(), format!("{}…", "é".repeat(150)));
        assert_eq!(excerpt(&"a".repeat(300), &key()).unwrap().as_ref(), "a".repeat(300));
        assert_eq!(excerpt(" \r\n ", &key()), None);
    }

    #[test]
    fn an_excerpt_holds_neither_the_key_nor_its_beginning() {
        let excerpt = excerpt("0123456789abcdef and 0123456789abcdef; cut: 0123456789abc", &key()).unwrap();
        assert_eq!(excerpt.as_ref(), "[redacted] and [redacted]; cut: [redacted]");
    }
}
