//! Strangers, broken programs and floods against the real binary: each is told why it is shown out, or is shown out in
//! time, what it costs is bounded, and an honest pair on the same relay notices nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "tests fail by panicking, and look for one message among others"
)]

mod dawdling;
mod flooding;
mod honest;
mod lying;
mod seats;
