//! The program as users run it: arguments, environment, outputs and exit status.

mod arguments;
mod capture;
#[cfg(unix)]
mod certificates;
#[cfg(target_os = "linux")]
mod color;
mod conform;
mod csv;
mod doctor;
mod dry_run;
// A link to the core's file, which the package contains as a copy.
#[allow(dead_code, reason = "other tests use the rest")]
mod echo;
mod errors;
mod escape;
mod fake;
mod get;
mod help;
#[cfg(unix)]
mod interrupt;
mod key;
mod list;
mod pace;
#[cfg(target_os = "linux")]
mod progress;
mod proxy;
mod redact;
mod shared_guard;
mod support;
mod triage;
mod waits;
mod watch;
