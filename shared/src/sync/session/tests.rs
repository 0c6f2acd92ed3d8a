//! Promises of the session, each against a relay that the test plays by hand.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test may"
)]

mod bench;
mod connection;
mod pushes;
mod snapshots;
mod stream;
