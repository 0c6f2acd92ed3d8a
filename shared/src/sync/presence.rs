//! Who is here and what they are typing: sent sealed, never stored, never counted as saved.

use serde::{Deserialize, Serialize};

use crate::ids::{PersonId, PresenceId, SectionId, TextId};

/// What a person is doing right now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doing {
    /// Who they are on this board.
    pub person: PersonId,
    /// The section on their screen.
    pub section: Option<SectionId>,
    /// The text they are writing.
    pub draft: Option<DraftEdit>,
}

/// An unsaved edit as one replacement in the text that both sides know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftEdit {
    /// The text.
    pub text: TextId,
    /// BLAKE3 of the text that the edit was made in, first 8 bytes: tells whether it fits exactly.
    pub base: [u8; 8],
    /// Where it starts, in UTF-16 units.
    pub at: u32,
    /// How many units go.
    pub delete: u32,
    /// What comes instead; cut if it is longer than a presence frame takes.
    pub insert: String,
    /// The caret in the edited text, in UTF-16 units.
    pub caret: Option<u32>,
}

/// Somebody else who is here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    /// Their run of the app.
    pub presence: PresenceId,
    /// What they are doing.
    pub doing: Doing,
}
