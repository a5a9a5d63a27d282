//! The tests of the report and of the diagnosis.

mod comparison;
mod debug;
mod diagnosis;
mod findings;
mod gate;
mod memory;
mod merge;
mod page;
mod properties;
mod report;
mod round_trip;
mod state;
mod style;
mod support;
mod time;
mod traffic;
