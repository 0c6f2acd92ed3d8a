//! The relay: it keeps sealed envelopes in order, passes them on, and serves the app.
//!
//! Boundary: it never sees a plaintext. Without the feature `client` there is no automerge in it.

pub mod log;
