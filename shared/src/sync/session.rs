//! The client's side of sync: a sealed log in, a document's changes out, and nothing lost on the way.
//!
//! Boundary: no socket, no storage, no clock: `Input`s go in, `Output`s come out. Knows changes only by hash.

mod types;

pub use types::{
    ChunkState, Frontier, HeldChange, Input, LinkStatus, Misbehaviour, OutboxContent, OutboxEntry,
    Output, Refused, Rejected, Saved, SessionConfig, Status, StoreWrite, StoredChunk, Tuning, Wake,
};
