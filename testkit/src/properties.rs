//! Properties that hold for every input: plain functions on bytes that panic if a property is
//! violated.
//!
//! An *entry point* of the core takes untrusted bytes, or calls in any order. Each has a module with
//! a function `check`, which its fuzz target runs. Property tests and the replay of seeds and
//! regressions run the same functions on stable Rust. They also bound the memory of the core, by a
//! global allocator that counts.
//!
//! Three modules also check a client of your own: [`session::parses_like_the_model`],
//! [`session::valid_body_is_read`], the same in [`page`], and [`error::key_is_hidden`].
#![allow(
    dead_code,
    unreachable_pub,
    reason = "the core's tests include this file, and use other parts of it"
)]

use std::sync::OnceLock;

use brightdata_sessions::{Api, ApiKey};

pub mod body;
pub mod cdp;
mod compare;
pub mod deviations;
pub(crate) mod echo;
pub mod error;
pub mod flow;
pub mod guard;
pub mod history;
pub mod json;
pub mod list;
mod memory;
mod model;
pub mod page;
pub mod proxy;
pub mod redact;
pub mod request;
pub(crate) mod server_model;
pub mod session;
pub mod time;
pub mod world;
pub(crate) mod world_model;

pub use echo::KEY;

/// The id of every documented example, which the checks request.
pub(crate) const ID: &str = "XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX";

/// A function that checks an entry point.
pub type EntryPoint = fn(&[u8]);

/// All entry points, by the names of their fuzz targets.
pub const ENTRY_POINTS: &[(&str, EntryPoint)] = &[
    ("body", body::check),
    ("cdp", cdp::check),
    ("deviations", deviations::check),
    ("error", error::check),
    ("flow", flow::check),
    ("guard", guard::check),
    ("history", history::check),
    ("json", json::check),
    ("list", list::check),
    ("page", page::check),
    ("proxy", proxy::check),
    ("redact", redact::check),
    ("request", request::check),
    ("session", session::check),
    ("time", time::check),
    ("world", world::check),
];

/// Returns an API of its own. All of them share the key, whose forms are made once.
pub(crate) fn api() -> Api {
    static SHARED: OnceLock<ApiKey> = OnceLock::new();
    Api::new(SHARED.get_or_init(|| ApiKey::new(KEY).unwrap()).clone())
}
