#![no_main]

use brightdata_sessions_testkit::properties::proxy::check;

libfuzzer_sys::fuzz_target!(|input: &[u8]| check(input));
