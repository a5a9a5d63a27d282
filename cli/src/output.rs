//! Output for people: one session, tables, color, progress and waits.

pub(crate) mod csv;
pub(crate) mod json_line;
pub(crate) mod progress;
pub(crate) mod session;
pub(crate) mod sessions_csv;
pub(crate) mod stdout_file;
pub(crate) mod style;
pub(crate) mod table;
#[cfg(test)]
pub(crate) mod visible;
pub(crate) mod waits;
