//! The relay as others meet it: over sockets, in this process and as the real binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "tests fail by panicking, and look for one message among others"
)]

mod client;
mod guarding;
mod keeping;
mod lasting;
mod pages;
mod process;
mod sharing;
mod support;
mod tls;
mod watching;
