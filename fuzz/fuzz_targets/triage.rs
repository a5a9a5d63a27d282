//! The report on sessions and both of its pages, checked as in the tests of their crates.
#![no_main]

#[path = "../../triage/tests/it/support/consistent.rs"]
mod consistent;
#[path = "../../cli/src/triage/html.rs"]
mod html;
#[path = "../../triage/tests/it/support/sums.rs"]
mod sums;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    sums::check(input);
    html::markup::check(input);
});
