//! The fake, as a client sees it.

mod answers;
mod client;
mod scripts;
mod wire;
