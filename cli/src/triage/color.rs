//! Colors of a report.

use brightdata_sessions_triage::Action;

use crate::output::style::Style;

const RED: &str = "31";
const YELLOW: &str = "33";
const CYAN: &str = "36";

/// Colors the headings, titles and bars of a report. Failed parts are red.
pub(crate) fn page(text: &str, style: Style) -> String {
    if !style.color {
        return text.to_owned();
    }
    let mut painted = String::with_capacity(text.len() * 2);
    let mut is_heading = true;
    for line in text.lines() {
        painted.push_str(&match line {
            _ if is_heading => heading(line, style),
            _ if line.starts_with("  • ") => style.bold(line),
            _ if line.starts_with("  failed ") => style.paint(RED, line),
            _ => bars(line, style),
        });
        painted.push('\n');
        is_heading = line.is_empty();
    }
    painted
}

fn heading(line: &str, style: Style) -> String {
    let urgent = [(Action::Fix, "1;31"), (Action::Change, "1;33"), (Action::Retry, "1;36")];
    match urgent.iter().find(|(action, _)| action.title() == line) {
        Some((_, code)) => style.paint(code, line),
        None => style.bold(line),
    }
}

/// Paints each run of blocks.
fn bars(line: &str, style: Style) -> String {
    let color = |c: char| match c {
        '▒' => Some(RED),
        '▁'..='█' => Some(CYAN),
        '…' => Some(YELLOW),
        _ => None,
    };
    let mut painted = String::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| color(c) != color(first)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        painted.push_str(&color(first).map_or_else(|| run.to_owned(), |code| style.paint(code, run)));
        rest = after;
    }
    painted
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str =
        "summary\n\nFix before the next run\n  • title\n    advice\n\nBars\n  a ██▒▒  4\n  failed ▁█\n";

    #[test]
    fn color_changes_only_colors() {
        assert_eq!(page(PAGE, Style { color: false }), PAGE);
        let mut colored = page(PAGE, Style { color: true });
        assert!(colored.contains("\u{1b}[36m██\u{1b}[0m\u{1b}[31m▒▒\u{1b}[0m  4\n"), "{colored:?}");
        assert!(colored.contains("\u{1b}[1;31mFix before the next run\u{1b}[0m\n"), "{colored:?}");
        for code in ["0", "1", "31", "36", "1;31"] {
            colored = colored.replace(&format!("\u{1b}[{code}m"), "");
        }
        assert_eq!(colored, PAGE);
    }
}
