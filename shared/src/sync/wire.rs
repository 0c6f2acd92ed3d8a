//! The messages between a client and a relay: CBOR maps with integer keys over one binary WebSocket.
//!
//! Boundary: encoding and decoding only; what a message means is said in `session` and `relay`.
//! A frame is the map `{0: type, 1: channel, 2: body}` in that order, and a body is a map of its own.
//! Unknown keys are ignored, unknown types from 128 on are skipped, so that newer peers can be understood.

mod codec;
mod message;

pub use codec::{Decoded, WireError, decode, encode, encode_item};
pub use message::{
    Ack, Base, BaseTaken, CaughtUp, Close, CloseCode, Declined, Frame, Hello, Item, Keys, Limits,
    Message, NeedKeys, Open, Opened, Own, Part, PartWanted, Ping, Pong, Position, Presence, Push,
    PushRef, Register, Reject, RejectCode, Retry, SnapshotConfirmed, SnapshotWanted, Welcome,
};

pub use crate::seal::MAX_ENVELOPE;

use crate::ids::{Chain, EnvelopeHash};

/// The protocol version that this code speaks; the first one.
pub const VERSION: u16 = 1;
/// The oldest version that it understands.
pub const OLDEST_VERSION: u16 = 1;

/// Largest frame in bytes: an envelope with what surrounds it.
pub const MAX_FRAME: usize = MAX_ENVELOPE + 1024;
/// Largest sealed presence in bytes.
pub const MAX_PRESENCE: usize = 2 * 1024;

/// Bytes that many connections may share.
pub type Bytes = std::sync::Arc<[u8]>;

/// One board on one connection. The client picks it; 0 speaks of the connection itself, and none is used twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Channel(pub u32);

impl Channel {
    /// The connection itself.
    pub const CONNECTION: Self = Self(0);
}

/// The rolling hash after one more entry: BLAKE3(chain ‖ envelope hash). It starts with 32 zeros.
#[must_use]
pub fn chain_after(chain: &Chain, envelope: &EnvelopeHash) -> Chain {
    let mut hasher = blake3::Hasher::new();
    hasher.update(chain.as_bytes());
    hasher.update(envelope.as_bytes());
    Chain(*hasher.finalize().as_bytes())
}

/// What comes before the first entry.
pub const CHAIN_ZERO: Chain = Chain([0; 32]);

#[cfg(test)]
mod tests;
