//! Color on terminals.

use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _};

use brightdata_sessions::SessionStatus;

/// Whether the output is colored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    pub(crate) color: bool,
}

impl Style {
    pub(crate) fn of_stdout() -> Self {
        // The old Windows console prints escape sequences by default.
        let supported = !cfg!(windows) || env::var_os("WT_SESSION").is_some();
        Self { color: supported && wanted(io::stdout().is_terminal(), |name| env::var_os(name)) }
    }

    /// Returns text in the color of a status.
    pub(crate) fn status(self, status: Option<&SessionStatus>, text: &str) -> String {
        match status {
            Some(SessionStatus::Finished) => self.paint("32", text),
            Some(SessionStatus::Failed) => self.paint("31", text),
            Some(SessionStatus::Running) => self.paint("33", text),
            _ => text.to_owned(),
        }
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// Returns text between an SGR code and a reset.
    pub(crate) fn paint(self, code: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Returns whether to use color: on a terminal that supports it, unless `NO_COLOR` is set and not
/// empty (no-color.org).
fn wanted(terminal: bool, variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let refused = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = variable("TERM").is_some_and(|term| term == "dumb");
    terminal && !refused && !dumb
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn color_is_used_on_terminals_without_no_color() {
        let set = |name: &'static str, value: &'static str| {
            move |variable: &str| (variable == name).then(|| OsString::from(value))
        };
        assert!(wanted(true, |_| None));
        assert!(wanted(true, set("NO_COLOR", "")));
        assert!(!wanted(true, set("NO_COLOR", "0")));
        assert!(!wanted(true, set("TERM", "dumb")));
        assert!(!wanted(false, |_| None));
        assert!(!wanted(false, set("CLICOLOR_FORCE", "1")));
    }
}
