//! The board commands as people and scripts meet them: the real binary against the real relay.
#![cfg(feature = "client")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod finishing;
mod lasting;
mod loads;
mod merging;
mod program;
mod story;
mod trouble;
