//! The relay: it keeps sealed envelopes in order, passes them on, and serves the app.
//!
//! Boundary: it never sees a plaintext. Without the feature `client` there is no automerge in it.

pub mod assets;
pub mod backup;
pub mod cli;
#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "client")]
pub mod commands;
pub mod committer;
pub mod config;
pub mod data;
pub mod file;
pub mod http;
pub mod inspect;
pub mod listen;
pub mod log;
pub mod metrics;
pub mod prune;
pub mod relay;
pub mod serve;
pub mod tls;
pub mod ws;
