//! The fake from a client's point of view.

mod list;
mod responses;
mod scripts;
mod settings;
mod wire;
