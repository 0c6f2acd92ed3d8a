//! Keys, links, envelopes and packs: capabilities, and a relay that cannot read.

use serde::{Deserialize, Serialize};

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
