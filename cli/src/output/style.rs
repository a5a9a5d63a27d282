//! Color of text for people.
//!
//! Text is always written with its styles. [`Terminal`](crate::terminal::Terminal) removes them
//! where color is not wanted.

use std::fmt;

use anstyle::{AnsiColor, Style};
use brightdata_sessions::SessionStatus;
use brightdata_sessions_triage::{Action, PageStyle, Span};

pub(crate) const BOLD: Style = Style::new().bold();
const RED: Style = AnsiColor::Red.on_default();
const GREEN: Style = AnsiColor::Green.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const CYAN: Style = AnsiColor::Cyan.on_default();

/// Returns text in a style.
pub(crate) fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Returns the style of a status.
pub(crate) fn of_status(status: Option<&SessionStatus>) -> Style {
    match status {
        Some(SessionStatus::Finished) => GREEN,
        Some(SessionStatus::Failed) => RED,
        Some(SessionStatus::Running) => YELLOW,
        _ => Style::new(),
    }
}

/// Returns the style of the result of a check.
pub(crate) fn of_check(result: &str) -> Style {
    match result {
        "ok" => GREEN,
        "note" => YELLOW,
        "problem" => RED.bold(),
        _ => Style::new().dimmed(),
    }
}

/// The colors of a report. Failed parts are red.
pub(crate) struct Colors;

impl PageStyle for Colors {
    fn write(&self, f: &mut fmt::Formatter<'_>, span: Span, text: &str) -> fmt::Result {
        let style = match span {
            Span::Action(Action::Fix) => RED.bold(),
            Span::Action(Action::Change) => YELLOW.bold(),
            Span::Action(Action::Retry) => CYAN.bold(),
            Span::Bar => CYAN,
            Span::FailedBar => RED,
            _ => BOLD,
        };
        write!(f, "{style}{text}{style:#}")
    }
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;
    use brightdata_sessions_testkit::generate;
    use brightdata_sessions_triage::Triage;

    use super::*;

    #[test]
    fn colors_do_not_change_the_text_of_a_report() {
        let report = generate(1, 500).into_iter().collect::<Triage>().report();
        let colored = report.page(&Colors).to_string();
        assert_eq!(strip_str(&colored).to_string(), report.to_string());
        for part in ["\u{1b}[1m\u{1b}[31mFix before the next run\u{1b}[0m\n", "\u{1b}[36m█", "\u{1b}[31m▒"]
        {
            assert!(colored.contains(part), "{part:?} in {colored:?}");
        }
    }
}
