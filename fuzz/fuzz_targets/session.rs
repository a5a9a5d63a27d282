#![no_main]

use brightdata_sessions_fuzz::properties::session::door;

libfuzzer_sys::fuzz_target!(|input: &[u8]| door(input));
