//! A sticky note.

use serde::{Deserialize, Serialize};

use super::{OrderKey, Presence, QuadrantPlace};
use crate::ids::{NoteId, PersonId, SectionId, TextId};
use crate::time::UnixMillis;

/// A note's upper left corner on its wall, in CSS pixels at 100 %, rightward and downward.
///
/// One scalar in the document: two people who move a note at once give one of the two places, never a mix.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "document", derive(schemars::JsonSchema))]
pub struct Position {
    /// Rightward.
    pub x: i32,
    /// Downward.
    pub y: i32,
}

impl Position {
    /// A coordinate's largest absolute value; anything beyond is clamped.
    pub const LIMIT: i32 = 1_000_000;

    /// The position with both coordinates within `LIMIT`.
    #[must_use]
    pub fn clamped(x: i32, y: i32) -> Self {
        Self {
            x: x.clamp(-Self::LIMIT, Self::LIMIT),
            y: y.clamp(-Self::LIMIT, Self::LIMIT),
        }
    }
}

/// A note's paper. Colours are named, so that none is told apart by its tint alone.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "document", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    /// The default.
    #[default]
    Yellow,
    /// Orange.
    Orange,
    /// Pink.
    Pink,
    /// Violet.
    Violet,
    /// Blue.
    Blue,
    /// Green.
    Green,
    /// White.
    White,
}

impl Colour {
    /// All of them, in the order of the palette.
    pub const ALL: [Self; 7] = [
        Self::Yellow,
        Self::Orange,
        Self::Pink,
        Self::Violet,
        Self::Blue,
        Self::Green,
        Self::White,
    ];

    /// The word stored in the document.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Yellow => "yellow",
            Self::Orange => "orange",
            Self::Pink => "pink",
            Self::Violet => "violet",
            Self::Blue => "blue",
            Self::Green => "green",
            Self::White => "white",
        }
    }

    /// Reads `word` back; what is not known is the default.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|colour| colour.word() == word)
            .unwrap_or_default()
    }
}

/// A sticky note on a wall, or in a quadrant of a cross.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// The section it is on.
    pub section: SectionId,
    /// The quadrant it lies in when its section is a cross; none there is a driving force.
    pub quadrant: Option<QuadrantPlace>,
    /// The note that it was put under as under a heading. Whether that counts says `View::heading_of`.
    pub under: Option<NoteId>,
    /// Its words.
    pub text: Option<TextId>,
    /// Where it hangs on a wall.
    pub at: Position,
    /// Its place in lists (list view, quadrant).
    pub order: OrderKey,
    /// Its paper.
    pub colour: Colour,
    /// Who wrote it, where that was told.
    pub author: Option<PersonId>,
    /// When its device says that it was made.
    pub made: UnixMillis,
    /// On the board or in the trash.
    pub presence: Presence,
}
