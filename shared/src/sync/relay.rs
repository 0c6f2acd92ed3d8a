//! The relay's side of sync: takes envelopes into a log, tells everybody, reads nothing it should not.
//!
//! Boundary: no socket, no disk, no clock, no automerge: `RelayInput`s go in, `RelayOutput`s come out.

mod types;

pub use types::{
    Append, Appended, BoardRecord, ConnId, Entry, Load, LogFailure, Read, RelayEvent, RelayInput,
    RelayLimits, RelayOutput, Ticket,
};
