//! Lines on standard error that are overwritten: a progress bar for long lists, and a countdown for
//! waits.

use std::io::{self, IsTerminal as _};
use std::sync::OnceLock;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};

use crate::interrupt;

/// All lines of the program. They are hidden without a terminal and with `TERM=dumb`, and erased
/// when the program is interrupted.
fn lines() -> &'static MultiProgress {
    LINES.get_or_init(|| {
        let lines = MultiProgress::new();
        if !lines.is_hidden() {
            interrupt::start();
        }
        lines
    })
}

static LINES: OnceLock<MultiProgress> = OnceLock::new();

/// Erases the lines for good.
#[cfg(unix)]
pub(crate) fn erase() {
    if let Some(lines) = LINES.get() {
        let _ = lines.clear();
        lines.set_draw_target(indicatif::ProgressDrawTarget::hidden());
    }
}

/// Returns whether lines are visible.
pub(crate) fn is_shown() -> bool {
    !lines().is_hidden()
}

/// A progress bar. It is erased when this is dropped.
pub(crate) struct Progress {
    bar: ProgressBar,
    /// Whether standard output is also a terminal, so that the bar must be cleared before output.
    shares_terminal: bool,
}

impl Progress {
    pub(crate) fn new(wanted: bool) -> Self {
        let bar = bar(if wanted { ProgressBar::no_length() } else { ProgressBar::hidden() });
        let bar = if wanted { lines().add(bar) } else { bar };
        Self { bar, shares_terminal: io::stdout().is_terminal() }
    }

    /// Draws the bar. A total that is too small counts as reached.
    pub(crate) fn show(&self, done: u64, total: u64) {
        self.bar.update(|state| {
            state.set_len(total.max(done));
            state.set_pos(done);
        });
    }

    /// Prints output in place of the bar, and redraws the bar below it.
    pub(crate) fn print<T>(&self, print: impl FnOnce() -> T) -> T {
        if self.shares_terminal { self.bar.suspend(print) } else { print() }
    }

    /// Removes the bar.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// Clears the bar explicitly, because all lines hold a clone of it.
impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

/// A line that counts a wait down, such as "429: waiting 38 s as requested, then attempt 2". It is
/// erased when this is dropped.
pub(crate) struct Countdown(ProgressBar);

impl Countdown {
    pub(crate) fn new(wait: Duration, before: String, after: String) -> Self {
        let left = move |state: &ProgressState, line: &mut dyn std::fmt::Write| {
            let left = seconds(wait.saturating_sub(state.elapsed()));
            let _ = write!(line, "{before}waiting {left} s{after}");
        };
        let style =
            ProgressStyle::with_template("{wait}").unwrap_or_else(|_| ProgressStyle::default_spinner());
        let line = lines().add(ProgressBar::no_length()).with_style(style.with_key("wait", left));
        line.enable_steady_tick(Duration::from_secs(1));
        Self(line)
    }
}

impl Drop for Countdown {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Rounds up to whole seconds.
pub(crate) fn seconds(duration: Duration) -> u64 {
    duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0))
}

fn bar(bar: ProgressBar) -> ProgressBar {
    // The template is a constant that a test covers, so the fallback is never used.
    let style = ProgressStyle::with_template("[{wide_bar}] {pos} of {len}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("#  ");
    bar.with_style(style)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use indicatif::{ProgressDrawTarget, TermLike};

    use super::*;

    /// A terminal with a width, and the line that it shows.
    #[derive(Clone, Debug)]
    struct Line(u16, Arc<Mutex<String>>);

    impl TermLike for Line {
        fn width(&self) -> u16 {
            self.0
        }

        fn move_cursor_up(&self, lines: usize) -> io::Result<()> {
            assert_eq!(lines, 0, "the bar takes more than one line");
            Ok(())
        }

        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)
        }

        fn write_str(&self, text: &str) -> io::Result<()> {
            self.1.lock().unwrap().push_str(text);
            Ok(())
        }

        fn clear_line(&self) -> io::Result<()> {
            self.1.lock().unwrap().clear();
            Ok(())
        }

        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Returns the line that a terminal of this width shows, and checks that the bar is cleared.
    fn shown(width: u16, done: u64, total: u64) -> String {
        let line = Line(width, Arc::default());
        let target = ProgressDrawTarget::term_like(Box::new(line.clone()));
        let bar = bar(ProgressBar::with_draw_target(None, target));
        let progress = Progress { bar, shares_terminal: true };
        progress.show(done, total);
        let shown = line.1.lock().unwrap().clone();
        progress.print(|| assert_eq!(*line.1.lock().unwrap(), "", "the bar is in the way"));
        assert_eq!(*line.1.lock().unwrap(), shown);
        drop(progress);
        assert_eq!(*line.1.lock().unwrap(), "", "the bar stays");
        shown.trim_end().to_owned()
    }

    #[test]
    fn a_bar_fits_every_width() {
        let bar = |full: usize, empty: usize| format!("[{}{}]", "#".repeat(full), " ".repeat(empty));
        assert_eq!(shown(24, 0, 10), bar(0, 14) + " 0 of 10");
        assert_eq!(shown(24, 1999, 2000), bar(8, 1) + " 1999 of 2000");
        assert_eq!(shown(24, 2000, 2000), bar(9, 0) + " 2000 of 2000");
        assert_eq!(shown(52, 5, 10), bar(21, 21) + " 5 of 10");
        for width in 17..200 {
            assert!(shown(width, 1900, 2000).len() <= usize::from(width), "{width}");
        }
    }

    #[test]
    fn a_total_that_is_too_small_counts_as_reached() {
        assert_eq!(shown(24, 3, 0), "[###############] 3 of 3");
        assert_eq!(shown(24, 300, 10), "[###########] 300 of 300");
    }
}
