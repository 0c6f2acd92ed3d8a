#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| samsyn_tests::fuzz::fuzz("board_file", data));
