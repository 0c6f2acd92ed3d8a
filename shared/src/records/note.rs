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

/// How a driving force was judged: where it was put in the field of impact and uncertainty.
///
/// One scalar in the document, as a position is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "document", derive(schemars::JsonSchema))]
pub struct Judgement {
    /// How much it would change, from 0 to 1,000.
    pub impact: u16,
    /// How uncertain it is what becomes of it, from 0 to 1,000.
    pub uncertainty: u16,
}

/// A judgement in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Degree {
    /// The lowest third.
    Low,
    /// The middle.
    Middle,
    /// The highest third.
    High,
}

impl Degree {
    /// All of them, rising.
    pub const ALL: [Self; 3] = [Self::Low, Self::Middle, Self::High];

    /// Where a value from 0 to `Judgement::MOST` lies.
    #[must_use]
    pub const fn of(value: u16) -> Self {
        match value {
            0..=333 => Self::Low,
            334..=666 => Self::Middle,
            667.. => Self::High,
        }
    }

    /// The middle of the third.
    #[must_use]
    pub const fn middle(self) -> u16 {
        match self {
            Self::Low => 166,
            Self::Middle => 500,
            Self::High => 834,
        }
    }
}

impl Judgement {
    /// The highest value.
    pub const MOST: u16 = 1_000;

    /// The judgement with both values within `MOST`.
    #[must_use]
    pub fn clamped(impact: u16, uncertainty: u16) -> Self {
        Self {
            impact: impact.min(Self::MOST),
            uncertainty: uncertainty.min(Self::MOST),
        }
    }

    /// Whether it lies in the corner of what matters most: both in the upper half.
    #[must_use]
    pub const fn matters_most(self) -> bool {
        self.impact >= 500 && self.uncertainty >= 500
    }
}

/// What a note in a scenario is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "document", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Tag {
    /// What follows if the scenario comes true.
    Consequence,
    /// What to do about it.
    Strategy,
    /// What would be seen first.
    EarlySign,
}

impl Tag {
    /// All of them, in the order in which a room comes to them.
    pub const ALL: [Self; 3] = [Self::Consequence, Self::Strategy, Self::EarlySign];

    /// The word stored in the document.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Consequence => "consequence",
            Self::Strategy => "strategy",
            Self::EarlySign => "early_sign",
        }
    }

    /// Reads `word` back.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tag| tag.word() == word)
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
    /// How it was judged as a driving force.
    pub judged: Option<Judgement>,
    /// What it is in its scenario.
    pub tag: Option<Tag>,
    /// Who wrote it, where that was told.
    pub author: Option<PersonId>,
    /// When its device says that it was made.
    pub made: UnixMillis,
    /// On the board or in the trash.
    pub presence: Presence,
}
