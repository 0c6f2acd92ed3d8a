//! The sync protocol: wire messages, the client's `Session` and the relay's `RelayCore`, both sans-IO.
//!
//! Boundary: free of automerge. A board's changes are reached through `ChangeStore`.

pub mod store;

pub use store::{ChangeStore, Receipt, Verdict};
