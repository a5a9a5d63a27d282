//! The properties of the blocking adapter: the same function as in its tests. Those of the core are
//! in the testkit.

#[path = "../../transport-ureq/src/wire.rs"]
pub mod wire_ureq;
