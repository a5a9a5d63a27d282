//! The tests of the core, in one binary: a file for each subject.

mod call;
mod cdp;
mod collector;
mod corpus;
mod debug;
mod deviations;
mod errors;
mod fault;
mod fixtures;
mod flow;
mod follow;
mod guard;
mod guard_state;
mod history;
mod list;
mod properties;
mod proxy;
mod redact;
mod session;
mod support;
mod timestamp;
mod watch;
mod wire;
mod words;
