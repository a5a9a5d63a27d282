//! Properties that hold for every input: plain functions that panic if a property is violated.
//!
//! Three callers share them: the property tests on stable Rust, the fuzz targets, and the test that
//! replays the fuzzers' seeds and regressions.
//!
//! An *entry point* takes untrusted bytes, or calls in any order. Each has a function that takes
//! bytes, which its fuzz target runs. Most of these consist of smaller functions, which property
//! tests call with generated values.
#![allow(dead_code, unreachable_pub, reason = "each caller uses a part of it; one of them is a crate")]

use brightdata_sessions::{Api, ApiKey};

// Its users include this file by path, so the paths of its modules must be explicit too.
#[path = "properties/body.rs"]
pub mod body;
#[path = "properties/cdp.rs"]
pub mod cdp;
#[path = "properties/deviations.rs"]
pub mod deviations;
#[path = "properties/echo.rs"]
pub mod echo;
#[path = "properties/error.rs"]
pub mod error;
#[path = "properties/flow.rs"]
pub mod flow;
#[path = "properties/history.rs"]
pub mod history;
#[path = "properties/list.rs"]
pub mod list;
#[path = "properties/memory.rs"]
mod memory;
#[path = "properties/model.rs"]
mod model;
#[path = "properties/page.rs"]
pub mod page;
#[path = "properties/request.rs"]
pub mod request;
#[path = "properties/server_model.rs"]
pub mod server_model;
#[path = "properties/session.rs"]
pub mod session;
#[path = "properties/time.rs"]
pub mod time;

pub use echo::KEY;

/// The id of every documented example.
pub const ID: &str = "XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX";

pub type EntryPoint = fn(&[u8]);

/// All entry points, by the names of their fuzz targets.
pub const ENTRY_POINTS: &[(&str, EntryPoint)] = &[
    ("body", body::entry_point),
    ("cdp", cdp::entry_point),
    ("deviations", deviations::entry_point),
    ("error", error::entry_point),
    ("flow", flow::entry_point),
    ("history", history::entry_point),
    ("list", list::entry_point),
    ("page", page::entry_point),
    ("request", request::entry_point),
    ("session", session::entry_point),
    ("time", time::entry_point),
];

pub fn api() -> Api {
    Api::new(ApiKey::new(KEY).unwrap())
}
