//! How far a long walk is, on standard error.

use std::io::{self, IsTerminal as _, Write as _};

/// A bar that is drawn over itself, on a terminal; else nothing.
pub(crate) struct Progress {
    seen: bool,
    /// Output goes to a terminal as well, so the bar has to make way for it.
    in_the_way: bool,
    /// How many columns the bar takes now.
    drawn: usize,
}

impl Progress {
    pub(crate) fn new(wanted: bool) -> Self {
        let seen = wanted && io::stderr().is_terminal();
        Self { seen, in_the_way: io::stdout().is_terminal(), drawn: 0 }
    }

    /// Draws the bar.
    pub(crate) fn show(&mut self, done: u64, total: u64) {
        if self.seen {
            let bar = bar(done, total);
            let width = self.drawn;
            self.drawn = bar.len();
            self.write(&format!("\r{bar:<width$}"));
        }
    }

    /// Makes way for lines of output.
    pub(crate) fn make_way(&mut self) {
        if self.in_the_way {
            self.clear();
        }
    }

    /// Takes the bar away.
    pub(crate) fn clear(&mut self) {
        if self.drawn > 0 {
            let width = self.drawn;
            self.drawn = 0;
            self.write(&format!("\r{:width$}\r", ""));
        }
    }

    fn write(&self, text: &str) {
        // A bar that cannot be drawn is not missed.
        let _ = io::stderr().write_all(text.as_bytes());
    }
}

/// Whatever follows the walk begins on an empty line.
impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

fn bar(done: u64, total: u64) -> String {
    const WIDTH: usize = 30;
    // The service may count wrong.
    let part = if total == 0 { 1.0 } else { (done as f64 / total as f64).min(1.0) };
    let full = "#".repeat((part * WIDTH as f64) as usize);
    format!("[{full:<WIDTH$}] {:>3.0} %, {done} of {total}", (part * 100.0).floor())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_full_when_all_is_done_and_not_before() {
        assert_eq!(bar(0, 10), "[                              ]   0 %, 0 of 10");
        assert_eq!(bar(5, 10), "[###############               ]  50 %, 5 of 10");
        assert_eq!(bar(1999, 2000), "[############################# ]  99 %, 1999 of 2000");
        assert_eq!(bar(2000, 2000), "[##############################] 100 %, 2000 of 2000");
    }

    #[test]
    fn a_total_that_is_wrong_does_no_harm() {
        assert_eq!(bar(3, 0), "[##############################] 100 %, 3 of 0");
        assert_eq!(bar(u64::MAX, 1).len(), bar(1, 1).len() + 19);
    }
}
