//! What can happen to a relay's machine: it is killed, its disk is full or damaged, everybody comes back at once. Each
//! time the real binary, over a real folder.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod cutting;
mod damage;
mod disk;
mod killing;
mod rejoin;
mod writer;
