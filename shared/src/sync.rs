//! The sync protocol: wire messages, the client's `Session` and the relay's `RelayCore`, both sans-IO.
//!
//! Boundary: free of automerge. A board's changes are reached through `ChangeStore`.

pub mod presence;
pub mod relay;
pub mod session;
pub mod store;
pub mod wire;

pub use relay::{RelayCore, RelayInput, RelayLimits, RelayOutput};
pub use session::{Input, Output, Saved, Session, SessionConfig};
pub use store::{ChangeStore, Receipt, Verdict};
