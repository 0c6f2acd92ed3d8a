//! Promises of the relay's core, with a log and clients played by hand.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test may"
)]

mod bench;
mod limits;
mod log;
mod snapshots;
mod streams;
