//! Output for people: one session, tables, color and progress.

pub(crate) mod progress;
pub(crate) mod session;
pub(crate) mod style;
pub(crate) mod table;
