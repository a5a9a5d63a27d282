#![no_main]

use brightdata_sessions_testkit::properties::json::check;

libfuzzer_sys::fuzz_target!(|input: &[u8]| check(input));
