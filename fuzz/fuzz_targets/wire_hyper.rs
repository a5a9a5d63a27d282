#![no_main]

use brightdata_sessions_fuzz::wire_hyper::entry_point;

libfuzzer_sys::fuzz_target!(|input: &[u8]| entry_point(input));
