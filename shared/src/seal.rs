//! Keys, links, envelopes and packs: capabilities, and a relay that cannot read.
//!
//! Boundary: bytes in, bytes out. What a body means is the business of `board`, `sync` and `registers`.
//!
//! A board has three secrets, each made from the one before it and from nothing else, so that a link gives its
//! holder exactly what the role may do: `facilitator_seed` → `participant_seed` → `content_key`.

use serde::{Deserialize, Serialize};

pub mod blocks;
mod bytes;
pub mod envelope;
pub mod error;
pub mod header;
pub mod keys;
pub mod link;
pub mod pack;
pub mod presence;
pub mod snapshot;
#[cfg(test)]
pub(crate) mod testing;

pub use envelope::{MAX_ENVELOPE, Verified, envelope_hash};
pub use error::{EnvelopeError, SealError};
pub use header::{FinalHeader, Header, Kind, KindName, RegisterHeader, SnapshotHeader};
pub use keys::{BoardKeys, KeyError, VerifyKeys};
pub use link::{Link, LinkError};
pub use presence::{OpenedPresence, PresenceError};
pub use snapshot::{Manifest, Sealed, SnapshotBody};

/// What a link lets its holder do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Writes, decides the registers, can hand out every link.
    Facilitator,
    /// Writes.
    Participant,
    /// Reads.
    Observer,
}

impl Role {
    /// Every role, the mightiest first.
    pub const ALL: [Self; 3] = [Self::Facilitator, Self::Participant, Self::Observer];

    /// The byte that stands for it in links, envelopes and presence.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Facilitator => 1,
            Self::Participant => 2,
            Self::Observer => 3,
        }
    }

    /// Reads `code` back.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Facilitator),
            2 => Some(Self::Participant),
            3 => Some(Self::Observer),
            _ => None,
        }
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Facilitator => "facilitator",
            Self::Participant => "participant",
            Self::Observer => "observer",
        })
    }
}
