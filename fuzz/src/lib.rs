//! The properties that the targets check: the same functions as in the core's own tests.

#[path = "../../core/tests/it/support/properties.rs"]
pub mod properties;
