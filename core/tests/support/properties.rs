//! What holds for any input, as plain functions that panic where it does not. Property tests on stable, the fuzz targets, and
//! the test that replays what the fuzzers found all call the same ones.
//!
//! A *entry_point* is a place where foreign bytes or any sequence of calls come in. Each has a function from bytes, the entry_point itself,
//! which is what a fuzz target runs; most are made of smaller ones that property tests call with values of their own.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each caller checks what it has input for; one of them is a crate"
)]

use brightdata_sessions::{Api, ApiKey};

// Whoever includes this file does so by its path, and then its modules' paths have to be given too.
#[path = "properties/body.rs"]
pub mod body;
#[path = "properties/cdp.rs"]
pub mod cdp;
#[path = "properties/echo.rs"]
pub mod echo;
#[path = "properties/error.rs"]
pub mod error;
#[path = "properties/flow.rs"]
pub mod flow;
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

/// The id that stands in every documented example.
pub const ID: &str = "XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX";

pub type EntryPoint = fn(&[u8]);

/// All entry_points, by the names of their fuzz targets.
pub const ENTRY_POINTS: &[(&str, EntryPoint)] = &[
    ("body", body::entry_point),
    ("cdp", cdp::entry_point),
    ("error", error::entry_point),
    ("flow", flow::entry_point),
    ("list", list::entry_point),
    ("page", page::entry_point),
    ("request", request::entry_point),
    ("session", session::entry_point),
    ("time", time::entry_point),
];

pub fn api() -> Api {
    Api::new(ApiKey::new(KEY).unwrap())
}
