//! The tests of the report and of the diagnosis.

mod debug;
mod diagnosis;
mod memory;
mod properties;
mod report;
mod support;
