//! The fake, as a client sees it.

mod answers;
mod client;
mod list;
mod scripts;
mod wire;
