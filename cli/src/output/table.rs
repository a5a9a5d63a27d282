//! A table of sessions for people.

use std::{iter, mem};

use brightdata_sessions::{Session, SessionStatus};
use brightdata_sessions_triage::{Bytes, Seconds, redact_url, registrable_domain};
use unicode_width::UnicodeWidthChar as _;

use crate::output::style;
use crate::terminal::Terminal;

/// Collects rows and lays them out.
///
/// On a terminal, a row takes as many lines as it needs: columns that do not fit continue on the
/// next line. Only long targets and codes are cut; ids never are. Elsewhere, a row is one line
/// without cuts.
pub(crate) struct Table<'a> {
    terminal: &'a Terminal<'a>,
    rows: Vec<Row>,
    has_head: bool,
}

struct Row {
    status: Option<SessionStatus>,
    cells: [String; 8],
}

struct Column {
    title: &'static str,
    /// The usual width, so that pages look alike.
    width: usize,
    kind: Kind,
}

#[derive(PartialEq, Eq)]
enum Kind {
    /// Never cut.
    Id,
    Word,
    /// Aligned to the right.
    Number,
    /// Cut to the available width.
    Elastic,
}

const COLUMNS: [Column; 8] = [
    Column { title: "session", width: 36, kind: Kind::Id },
    Column { title: "status", width: 8, kind: Kind::Word },
    Column { title: "started", width: 20, kind: Kind::Word },
    Column { title: "duration", width: 9, kind: Kind::Number },
    Column { title: "captcha", width: 8, kind: Kind::Word },
    Column { title: "bandwidth", width: 10, kind: Kind::Number },
    Column { title: "target", width: 16, kind: Kind::Elastic },
    Column { title: "error", width: 5, kind: Kind::Elastic },
];
const STATUS: usize = 1;
const GAP: usize = 2;
/// The maximum width of words and numbers. Documented ones are shorter.
const MAX_WORD: usize = 25;
/// The minimum width of an elastic column. With less room, it moves to the next line.
const MIN_ELASTIC: usize = 16;
/// The maximum width that cells are padded to.
const MAX_PADDED: usize = 80;

impl<'a> Table<'a> {
    pub(crate) fn new(terminal: &'a Terminal<'a>) -> Self {
        Self { terminal, rows: Vec::new(), has_head: false }
    }

    pub(crate) fn push(&mut self, session: &Session) {
        let clean = |text: Option<&str>| match text {
            // A blank cell would look like part of its neighbor.
            None | Some("") => "-".to_owned(),
            Some(text) => self.terminal.clean(text),
        };
        let error = session.error.as_ref();
        // The key is redacted first, because a domain may be a part of it.
        let target = session.target_url.as_deref().map(|url| target(&self.terminal.clean(url)));
        let cells = [
            clean(Some(session.session_id.as_str())),
            clean(session.status.as_ref().map(|status| status.as_str())),
            clean(session.timestamp.as_ref().map(|timestamp| timestamp.as_str())),
            clean(session.duration.map(|seconds| Seconds(seconds).to_string()).as_deref()),
            clean(session.captcha.as_ref().map(|captcha| captcha.as_str())),
            clean(session.bandwidth.map(|bytes| Bytes(bytes).to_string()).as_deref()),
            clean(target.as_deref()),
            clean(error.map(|error| error.code.as_deref().unwrap_or("no code"))),
        ];
        self.rows.push(Row { status: session.status.clone(), cells });
    }

    /// Returns the pending rows, after the column titles the first time.
    pub(crate) fn take(&mut self) -> String {
        let rows = mem::take(&mut self.rows);
        if rows.is_empty() {
            return String::new();
        }
        let lines = self.layout(&rows);
        let mut text = String::new();
        if !mem::replace(&mut self.has_head, true) {
            let titles = COLUMNS.map(|column| column.title.to_owned());
            self.write(&mut text, &lines, &titles, |_, cell| style::paint(style::BOLD, cell));
        }
        for Row { status, cells } in &rows {
            self.write(&mut text, &lines, cells, |column, cell| {
                if column == STATUS {
                    style::paint(style::of_status(status.as_ref()), cell)
                } else {
                    cell.to_owned()
                }
            });
        }
        text
    }

    /// Returns the columns of each line of a row: their indices and widths.
    fn layout(&self, rows: &[Row]) -> Vec<Vec<(usize, usize)>> {
        let widest =
            |index: usize, min| rows.iter().map(|row| columns(&row.cells[index])).fold(min, usize::max);
        let natural: Vec<_> =
            COLUMNS.iter().enumerate().map(|(index, column)| widest(index, column.width)).collect();
        let Some(room) = self.terminal.width else {
            return vec![natural.into_iter().map(|width| width.min(MAX_PADDED)).enumerate().collect()];
        };
        let mut lines: Vec<Vec<(usize, usize)>> = vec![Vec::new()];
        let mut left = room;
        for (index, column) in COLUMNS.iter().enumerate() {
            let width = match column.kind {
                Kind::Id => natural[index],
                Kind::Word | Kind::Number => natural[index].min(MAX_WORD),
                Kind::Elastic => natural[index].min(MIN_ELASTIC),
            };
            // Continuation lines begin with a gap, too.
            let needed = if index == 0 { width } else { GAP + width };
            if needed > left && index > 0 {
                stretch(lines.last_mut(), left, &natural);
                lines.push(Vec::new());
                left = room;
            }
            left = left.saturating_sub(needed);
            lines.last_mut().expect("there is a line").push((index, width));
        }
        stretch(lines.last_mut(), left, &natural);
        lines
    }

    fn write(
        &self,
        text: &mut String,
        lines: &[Vec<(usize, usize)>],
        cells: &[String; 8],
        paint: impl Fn(usize, &str) -> String,
    ) {
        for line in lines {
            // Spaces are written only before a cell, so that no line ends with spaces.
            let mut spaces = 0;
            for &(index, width) in line {
                let column = &COLUMNS[index];
                let cut = self.terminal.width.is_some() && column.kind != Kind::Id;
                let cell = if cut { clip(&cells[index], width) } else { cells[index].clone() };
                let rest = width.saturating_sub(columns(&cell));
                spaces += if index == 0 { 0 } else { GAP };
                if column.kind == Kind::Number {
                    spaces += rest;
                }
                text.extend(iter::repeat_n(' ', spaces));
                text.push_str(&paint(index, &cell));
                spaces = if column.kind == Kind::Number { 0 } else { rest };
            }
            text.push('\n');
        }
    }
}

/// Distributes the remaining width of a line to its elastic columns, as far as they need it.
fn stretch(line: Option<&mut Vec<(usize, usize)>>, mut left: usize, natural: &[usize]) {
    for (index, width) in line.into_iter().flatten() {
        if COLUMNS[*index].kind == Kind::Elastic {
            let more = left.min(natural[*index] - *width);
            *width += more;
            left -= more;
        }
    }
}

/// Returns the domain of a URL as `triage` names it. Other targets, such as `about:blank`, have
/// none.
fn target(url: &str) -> String {
    registrable_domain(url).unwrap_or_else(|| redact_url(url))
}

/// Cuts a string to this width in columns, with `…` at the cut.
pub(crate) fn clip(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut left = width.saturating_sub(1);
    let mut short = String::new();
    for (part, width) in parts(text) {
        if width > left {
            break;
        }
        left -= width;
        short.push_str(part);
    }
    // A joiner or non-joiner at the end would be invisible.
    short.truncate(short.trim_end_matches(['\u{200c}', '\u{200d}']).len());
    short.push('…');
    short
}

/// Returns the maximum width of a string on any terminal, in columns.
///
/// Terminals differ on emoji. Some draw a sequence (a family, a flag, a skin tone) as one
/// character, others side by side. Some widen a character with an emoji selector, others do not. A
/// line that is too wide breaks the table, so every character counts at its maximum width.
fn columns(text: &str) -> usize {
    parts(text).map(|(_, width)| width).sum()
}

/// Splits a string into parts that cannot be cut, each with its width: a character, with an emoji
/// selector if one follows.
fn parts(text: &str) -> impl Iterator<Item = (&str, usize)> {
    const EMOJI_STYLE: char = '\u{fe0f}';
    let mut rest = text;
    iter::from_fn(move || {
        let mut chars = rest.chars();
        let mut width = chars.next()?.width().unwrap_or(0);
        if chars.as_str().starts_with(EMOJI_STYLE) {
            chars.next();
            width = width.max(2);
        }
        let (part, after) = rest.split_at(rest.len() - chars.as_str().len());
        rest = after;
        Some((part, width))
    })
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;
    use brightdata_sessions::{ApiKey, SessionError};
    use brightdata_sessions_testkit::generate;
    use unicode_width::UnicodeWidthStr as _;

    use super::*;

    /// Returns a table without color.
    fn table(width: Option<usize>, sessions: &[Session]) -> String {
        strip_str(&colored(width, sessions)).to_string()
    }

    fn colored(width: Option<usize>, sessions: &[Session]) -> String {
        let key = ApiKey::new("0123456789.abc.de").unwrap();
        let mut terminal = Terminal::new(&key, false);
        terminal.width = width;
        let mut table = Table::new(&terminal);
        sessions.iter().for_each(|session| table.push(session));
        table.take()
    }

    #[test]
    fn every_line_fits_the_terminal_and_no_id_is_cut() {
        let mut sessions = generate(1, 100);
        sessions[1].target_url = Some(format!("https://{}.example.com/", "日本".repeat(60)).into());
        sessions[2].api_name = None;
        sessions[3].error.as_mut().unwrap().code = Some("c".repeat(300).into());
        sessions[4].status = Some(SessionStatus::from("s".repeat(300).as_str()));
        for width in 38..=300 {
            let text = table(Some(width), &sessions);
            assert!(
                text.lines().all(|line| line.width() <= width && line.trim_end() == line),
                "{width}: {text}"
            );
            assert!(sessions.iter().all(|session| text.contains(session.session_id.as_str())));
        }
    }

    #[test]
    fn a_row_takes_one_line_if_it_fits() {
        let lines = |width| table(width, &generate(1, 6)).lines().count();
        assert_eq!([None, Some(200), Some(141), Some(80)].map(lines), [7, 7, 7, 14]);
    }

    #[test]
    fn cells_are_cut_with_an_ellipsis_on_terminals_only() {
        let mut session = generate(1, 1).remove(0);
        session.target_url = Some(format!("about:{}", "a".repeat(200)).into());
        assert!(table(Some(140), std::slice::from_ref(&session)).contains("aaa…  -\n"));
        assert!(table(None, &[session]).contains("aaa  -\n"));
    }

    #[test]
    fn a_huge_value_does_not_widen_other_rows() {
        let mut sessions = generate(1, 100);
        sessions[0].status = Some(SessionStatus::from("s".repeat(1 << 20).as_str()));
        assert!(table(None, &sessions).len() < (1 << 20) + 100 * 250);
    }

    #[test]
    fn the_key_is_redacted_before_a_value_is_cut() {
        let mut session = generate(1, 1).remove(0);
        for target in ["0123456789.abc.de.0123456789.abc.de.example.com", "https://0123456789.abc.de/a"] {
            session.target_url = Some(target.into());
            for width in 38..=200 {
                let text = table(Some(width), std::slice::from_ref(&session));
                assert!(!text.contains("0123456") && !text.contains("abc.de"), "{text}");
            }
        }
    }

    #[test]
    fn color_does_not_affect_the_layout() {
        let colored = colored(Some(141), &generate(1, 6));
        assert!(colored.contains("\u{1b}[31mfailed\u{1b}[0m    2025"), "{colored}");
        let plain = table(Some(141), &generate(1, 6));
        let line = plain.lines().find(|line| line.contains("  failed    2025"));
        assert!(line.is_some(), "{plain}");
    }

    #[test]
    fn a_target_is_shown_as_its_domain() {
        let urls = [
            "https://www.a.example/c?d",
            "https://user:secret@a.example:8080#x",
            "about:blank",
            "file:///a?b",
            "",
        ];
        assert_eq!(urls.map(target), ["a.example", "a.example", "about:blank", "file:///a", ""]);
    }

    #[test]
    fn text_is_cut_by_columns() {
        assert_eq!(["日本語", "abcde", "abcdef"].map(|text| clip(text, 5)), ["日本…", "abcde", "abcd…"]);
        assert_eq!(clip("日本語", 6), "日本語");
        assert_eq!(clip("abc", 0), "…");
    }

    /// Emoji of one or several characters: plain, with a selector, a keycap, a skin tone, a family,
    /// flags.
    const EMOJI: [&str; 7] = [
        "🎉",
        "☁\u{fe0f}",
        "1\u{fe0f}\u{20e3}",
        "👍🏽",
        "👩\u{200d}👩\u{200d}👧",
        "🇩🇪",
        "🏴\u{e0067}\u{e007f}",
    ];

    #[test]
    fn emoji_count_at_their_maximum_width() {
        assert_eq!(EMOJI.map(columns), [2, 2, 2, 4, 6, 2, 2]);
        for text in EMOJI {
            assert!(text.width() <= columns(text), "{text:?}");
        }
        assert_eq!(clip(&EMOJI[1].repeat(5), 6), "☁\u{fe0f}☁\u{fe0f}…");
        assert_eq!(clip(&EMOJI[1].repeat(3), 6), EMOJI[1].repeat(3));
    }

    #[test]
    fn a_row_of_emoji_fits_the_terminal() {
        for emoji in EMOJI {
            let row = emoji.repeat(50);
            let mut session = generate(1, 1).remove(0);
            session.api_name = Some(row.clone().into());
            session.status = Some(SessionStatus::from(row.as_str()));
            session.target_url = Some(format!("https://{row}.example/").into());
            session.error = Some(SessionError::new(row.clone(), row));
            for width in 38..=200 {
                let text = table(Some(width), std::slice::from_ref(&session));
                assert!(
                    text.lines().all(|line| columns(line) <= width && line.width() <= width),
                    "{width}: {text}"
                );
            }
        }
    }
}
