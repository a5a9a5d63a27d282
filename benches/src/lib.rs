//! What is measured: the same work, done by the core and by others.

pub mod calls;
pub mod loopback;
pub mod pairs;
pub mod parse;
pub mod request;
pub mod targets;
