//! Ctrl-C and SIGTERM. The program reports how to continue, and then dies of the signal, as shells
//! expect. A second signal ends it at once.
//!
//! On Windows, Ctrl-C ends the program at once, without a report.

pub(crate) use self::signals::{reporting, start};

#[cfg(unix)]
mod signals {
    use std::ffi::c_int;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc::{Sender, channel};
    use std::sync::{Arc, Mutex, Once};
    use std::time::Duration;
    use std::{io, thread};

    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::{flag, low_level};

    use crate::lock::lock;
    use crate::output::progress;

    /// How long a report may take. It waits for output that is being written, such as to a pipe
    /// that nobody reads.
    const MAX_REPORT: Duration = Duration::from_millis(700);

    /// How long further signals are the same one. `timeout` sends each signal twice.
    const SAME_SIGNAL: Duration = Duration::from_millis(100);

    /// The command that reports, if any.
    static REPORTER: Mutex<Option<Reporter>> = Mutex::new(None);

    struct Reporter {
        signal: Sender<c_int>,
        without_output: Box<dyn FnOnce() + Send>,
    }

    /// Runs `work`. At a signal, `report` finishes the output on another thread and prints how to
    /// continue. Its result, such as the lock of the output, is kept until the program dies. If the
    /// output is blocked, `without_output` prints how to continue.
    pub(crate) fn reporting<T, G>(
        report: impl FnOnce() -> G + Send,
        without_output: impl FnOnce() + Send + 'static,
        work: impl FnOnce() -> T,
    ) -> T {
        /// Ends the reporting thread.
        struct Registration;

        impl Drop for Registration {
            fn drop(&mut self) {
                lock(&REPORTER).take();
            }
        }

        start();
        let (sender, receiver) = channel();
        thread::scope(|scope| {
            let reporting = move || {
                let Ok(signal) = receiver.recv() else { return };
                progress::erase();
                let _held = report();
                die(signal);
            };
            let _registration = Registration;
            if thread::Builder::new().name("report".to_owned()).spawn_scoped(scope, reporting).is_ok() {
                let without_output = Box::new(without_output);
                *lock(&REPORTER) = Some(Reporter { signal: sender, without_output });
            }
            work()
        })
    }

    /// Handles signals from now on, unless they are handled already. Without a report, the lines on
    /// standard error are erased before the program dies.
    pub(crate) fn start() {
        static STARTED: Once = Once::new();
        STARTED.call_once(|| {
            let caught: Vec<_> =
                [SIGINT, SIGTERM].into_iter().filter(|signal| !is_ignored(*signal)).collect();
            // On failure, the default action stays.
            let _ = handle(&caught);
        });
    }

    fn handle(caught: &[c_int]) -> io::Result<()> {
        let next_is_second = Arc::new(AtomicBool::new(false));
        let shared = Arc::clone(&next_is_second);
        let (sender, receiver) = channel::<Signals>();
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            let Ok(mut signals) = receiver.recv() else { return };
            if let Some(signal) = signals.forever().next() {
                on_signal(signal, &shared);
            }
        })?;
        let signals = Signals::new(caught)?;
        for &signal in caught {
            flag::register_conditional_default(signal, Arc::clone(&next_is_second))?;
        }
        // It fails only if the thread panicked.
        let _ = sender.send(signals);
        Ok(())
    }

    fn on_signal(signal: c_int, next_is_second: &AtomicBool) {
        let reporter = lock(&REPORTER).take();
        let (reports, without_output) = match reporter {
            Some(reporter) => (reporter.signal.send(signal).is_ok(), Some(reporter.without_output)),
            None => {
                let erasing = move || {
                    progress::erase();
                    die(signal);
                };
                (thread::Builder::new().spawn(erasing).is_ok(), None)
            }
        };
        if reports {
            thread::sleep(SAME_SIGNAL);
            next_is_second.store(true, Ordering::SeqCst);
            thread::sleep(MAX_REPORT - SAME_SIGNAL);
        }
        if let Some(without_output) = without_output {
            without_output();
        }
        die(signal);
    }

    /// Ends the program by the default action of the signal.
    fn die(signal: c_int) {
        let _ = low_level::emulate_default_handler(signal);
    }

    /// Returns whether the parent process made this one ignore the signal, as a shell does with the
    /// background jobs of a script. It can be found out on Linux only, without `unsafe`.
    fn is_ignored(signal: c_int) -> bool {
        let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return false };
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
        ignored & 1 << (signal - 1) != 0
    }
}

#[cfg(not(unix))]
mod signals {
    pub(crate) fn reporting<T, G>(_: impl FnOnce() -> G, _: impl FnOnce(), work: impl FnOnce() -> T) -> T {
        work()
    }

    pub(crate) fn start() {}
}
