//! What the two files promise: nothing is lost on the way out and back, and a bad file says what is wrong with it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "these are tests"
)]

mod arbitrary;
mod bad_archives;
mod bad_board_files;
mod round_trip;
