//! A section: one surface of the board, shown one at a time.

use serde::{Deserialize, Serialize};

use super::{OrderKey, Presence};
use crate::ids::{SectionId, TextId};

/// What a section is for, which decides how it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "document", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SectionKind {
    /// Notes anywhere on a wall.
    Notes,
    /// An ordered list of ground rules.
    Rules,
    /// A scenario cross with its four quadrants.
    Cross,
    /// Made by a newer version; kept and shown as a notice.
    Unknown,
}

impl SectionKind {
    /// The word stored in the document and used on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Notes => "notes",
            Self::Rules => "rules",
            Self::Cross => "cross",
            Self::Unknown => "unknown",
        }
    }

    /// Reads `word` back; what is not known is `Unknown`.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match word {
            "notes" => Self::Notes,
            "rules" => Self::Rules,
            "cross" => Self::Cross,
            _ => Self::Unknown,
        }
    }
}

/// One surface of a board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Its id.
    pub id: SectionId,
    /// What it is for.
    pub kind: SectionKind,
    /// Its heading.
    pub title: Option<TextId>,
    /// Its place among the sections.
    pub order: OrderKey,
    /// On the board or in the trash.
    pub presence: Presence,
}
