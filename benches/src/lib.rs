//! The measured work: the same tasks, done by the core and by other libraries.

pub mod calls;
pub mod loopback;
pub mod pairs;
pub mod parse;
pub mod request;
pub mod targets;
