//! What holds for any input, as plain functions that panic where it does not. Property tests on stable, the fuzz targets, and
//! the test that replays what the fuzzers found all call the same ones.
//!
//! A *door* is a place where foreign bytes or any sequence of calls come in. Each has a function from bytes, the door itself,
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
#[path = "properties/page.rs"]
pub mod page;
#[path = "properties/reading.rs"]
mod reading;
#[path = "properties/request.rs"]
pub mod request;
#[path = "properties/session.rs"]
pub mod session;
#[path = "properties/time.rs"]
pub mod time;
#[path = "properties/world.rs"]
pub mod world;

pub use echo::KEY;

/// The id that stands in every documented example.
pub const ID: &str = "XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX";

pub type Door = fn(&[u8]);

/// All doors, by the names of their fuzz targets.
pub const DOORS: &[(&str, Door)] = &[
    ("body", body::door),
    ("cdp", cdp::door),
    ("error", error::door),
    ("flow", flow::door),
    ("list", list::door),
    ("page", page::door),
    ("request", request::door),
    ("session", session::door),
    ("time", time::door),
];

pub fn api() -> Api {
    Api::new(ApiKey::new(KEY).unwrap())
}
