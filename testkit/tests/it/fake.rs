//! The fake from a client's point of view.

mod faults;
mod list;
mod responses;
mod scripts;
mod settings;
mod wire;
