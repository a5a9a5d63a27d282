#![no_main]

use brightdata_sessions_fuzz::properties::world::entry_point;

libfuzzer_sys::fuzz_target!(|input: &[u8]| entry_point(input));
