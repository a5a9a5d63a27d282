//! The fake from a client's point of view.

mod client;
mod list;
mod responses;
mod scripts;
mod settings;
mod wire;
