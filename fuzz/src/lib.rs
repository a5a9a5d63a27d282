//! The properties that the targets check: the same functions as in the tests of the core and of
//! the adapters.

#[path = "../../testkit/src/properties.rs"]
pub mod properties;

#[path = "../../transport-ureq/src/wire.rs"]
pub mod wire_ureq;
