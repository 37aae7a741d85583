//! See `satrain::fuzzing`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| satrain::fuzzing::packed(input));
