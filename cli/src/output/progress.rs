//! A progress bar on standard error, for long lists.

use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A progress bar. It is hidden without a terminal and with `TERM=dumb`, and cleared when this is
/// dropped or the program is interrupted.
pub(crate) struct Progress {
    bar: ProgressBar,
    /// Whether standard output is also a terminal, so that the bar must be cleared before output.
    shares_terminal: bool,
}

impl Progress {
    pub(crate) fn new(wanted: bool) -> Self {
        let target = if wanted { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let progress = Self { bar: bar(target), shares_terminal: io::stdout().is_terminal() };
        if !progress.bar.is_hidden() {
            clear_when_interrupted(progress.bar.clone());
        }
        progress
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

/// Clears the bar explicitly, because the signal thread holds a clone of it.
impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

fn bar(target: ProgressDrawTarget) -> ProgressBar {
    // The template is a constant that a test covers, so the fallback is never used.
    let style = ProgressStyle::with_template("[{wide_bar}] {pos} of {len}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("#  ");
    ProgressBar::with_draw_target(None, target).with_style(style)
}

/// Clears the bar at Ctrl-C. Then the signal ends the program by its default action, which shells
/// rely on.
#[cfg(unix)]
fn clear_when_interrupted(bar: ProgressBar) {
    use signal_hook::consts::{SIGINT, SIGTERM};

    let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGINT, SIGTERM]) else { return };
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            bar.finish_and_clear();
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    });
}

#[cfg(not(unix))]
fn clear_when_interrupted(_: ProgressBar) {}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use indicatif::TermLike;

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
        let bar = bar(ProgressDrawTarget::term_like(Box::new(line.clone())));
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
