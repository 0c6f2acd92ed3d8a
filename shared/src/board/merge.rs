//! Boards merged into one: which sources are shown, what their copies propose, and what people chose.
//!
//! A source's changes live in the same document, in that board's own home. The home of this board adds three kinds
//! of *marks*, each one scalar under a key, so that two people who set one at once leave one of the two: a `Source`
//! (shown or not, and where its notes hang), a `Choice` (a field that several had changed) and a `Place` (where this
//! board hung a note of a source). What is shown is a pure function of all that, so neither the order nor the number
//! of merges changes it. One more mark, beside the sources, says which board this one was begun from; a version that does
//! not know it passes over it, as over any mark that does not read.
//!
//! A **copy** is a record that says which record it was copied from (`of`) and what each field held then (`seen`, by
//! hash). It is not shown by itself: where it differs from what it had seen, it *proposes* a value for its original.
//! One proposal for a field that is still as it was when copied is taken; anything else is a conflict, which changes
//! nothing until somebody chooses.

mod carry;
mod group;
mod lanes;
mod piles;
mod preview;
mod source;
pub(super) mod stored;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{BoardId, NoteId, SectionId};
use crate::records::{
    AxisPlace, Colour, CrossField, Judgement, Position, QuadrantPlace, RecordId, RuleStatus, Tag,
};
use crate::time::UnixMillis;

pub use carry::{CarriedAs, CarriedRules, Carry, carried};
pub use group::{Notes, copies, copy_of_note};
pub use lanes::LANE_WIDTH;
pub(super) use lanes::{AFTER_GROUPS, LaneNote, laid_out, lane};
pub use preview::{Change, GroupPreview, Preview, PreviewError};
pub use source::{Imported, PlaceBy, SourceBoard, settle_sources};
pub use stored::{CopyOf, Stamp};

/// The most characters of a source's name.
pub const MAX_NAME: usize = 80;
/// The most values that a choice weighs.
pub const MAX_WEIGHED: usize = 256;

/// A field that merging weighs; its key in the document is the record type's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Field {
    /// A section's heading.
    Title,
    /// The words of a note or a rule.
    Text,
    /// Why the room wants a rule.
    Why,
    /// How a rule shows.
    ShowsAs,
    /// How far the room has come with a rule.
    Status,
    /// A note's paper.
    Colour,
    /// The section a note is on.
    Section,
    /// The quadrant a note lies in.
    Quadrant,
    /// The heading a note is under.
    Under,
    /// How a driving force is judged.
    Judged,
    /// What a note is in its scenario.
    Tag,
    /// The year of the scenarios.
    Horizon,
    /// The driving force that an axis is made of.
    Force(AxisPlace),
    /// A text of a cross.
    Cross(CrossField),
}

impl Field {
    /// The fields of a record that are weighed. Where a note hangs is not: a wall has no right answer to that.
    #[must_use]
    pub fn all(record: RecordId) -> Vec<Self> {
        match record {
            RecordId::Section(_) => vec![Self::Title],
            RecordId::Note(_) => vec![
                Self::Text,
                Self::Colour,
                Self::Section,
                Self::Quadrant,
                Self::Under,
                Self::Judged,
                Self::Tag,
            ],
            RecordId::Rule(_) => vec![Self::Text, Self::Why, Self::ShowsAs, Self::Status],
            RecordId::Cross(_) => {
                let texts = CrossField::ALL.into_iter().map(Self::Cross);
                let forces = AxisPlace::ALL.into_iter().map(Self::Force);
                texts.chain([Self::Horizon]).chain(forces).collect()
            }
            RecordId::Person(_) => Vec::new(),
        }
    }

    /// The field of a record that has `key`.
    #[must_use]
    pub fn of_key(record: RecordId, key: &str) -> Option<Self> {
        Self::all(record).into_iter().find(|it| it.key() == key)
    }

    /// Its key in the document.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Text => "text",
            Self::Why => "why",
            Self::ShowsAs => "shows_as",
            Self::Status => "status",
            Self::Colour => "colour",
            Self::Section => "section",
            Self::Quadrant => "quadrant",
            Self::Under => "under",
            Self::Judged => "judged",
            Self::Tag => "tag",
            Self::Horizon => "horizon",
            Self::Force(axis) => axis.force_key(),
            Self::Cross(field) => field.key(),
        }
    }

    /// Whether it holds a text.
    #[must_use]
    pub const fn is_text(self) -> bool {
        match self {
            Self::Title | Self::Text | Self::Why | Self::ShowsAs | Self::Cross(_) => true,
            Self::Status
            | Self::Colour
            | Self::Section
            | Self::Quadrant
            | Self::Under
            | Self::Judged
            | Self::Tag
            | Self::Horizon
            | Self::Force(_) => false,
        }
    }

    /// Whether it names a note.
    pub(in crate::board) const fn names_note(self) -> bool {
        matches!(self, Self::Under | Self::Force(_))
    }
}

/// What a field holds, for people.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum FieldValue {
    /// Words.
    Text(String),
    /// A rule's status.
    Status(RuleStatus),
    /// A paper.
    Colour(Colour),
    /// A section.
    Section(Option<SectionId>),
    /// A quadrant.
    Quadrant(Option<QuadrantPlace>),
    /// A heading, or the driving force of an axis.
    Note(Option<NoteId>),
    /// A judgement.
    Judged(Option<Judgement>),
    /// What a note is in its scenario.
    Tag(Option<Tag>),
    /// A year.
    Year(Option<i32>),
}

/// Where the notes of a source hang on a wall that it was copied from. What somebody moves here hangs where it was
/// let go, and in sections of the source's own everything hangs as it does there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Placement {
    /// Where the source put them.
    #[default]
    Overlay,
    /// In a lane for each source, side by side from `origin` on.
    Lanes {
        /// The upper left corner of lane 0.
        origin: Position,
    },
    /// In one field of rows for all sources, from `origin` on.
    Flow {
        /// Its upper left corner.
        origin: Position,
    },
}

/// A board that was merged into this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The board.
    pub board: BoardId,
    /// What it is called here: the group's name. At most `MAX_NAME` characters.
    pub name: String,
    /// The colour of its mark.
    pub colour: Colour,
    /// Its lane, and its place among the sources.
    pub number: u16,
    /// Where its notes hang.
    pub placement: Placement,
    /// Whether it is shown; a merge that was undone is not.
    pub shown: bool,
}

/// The board that this one was begun from, as it was then. Nothing binds the two from there on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// The board.
    pub board: BoardId,
    /// What it was called. At most `Title::LIMIT` characters.
    pub title: String,
    /// When this one was begun, by its maker's clock.
    pub at: UnixMillis,
}

/// One value that sources propose for a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// What they want.
    pub value: FieldValue,
    /// Which sources.
    pub from: Vec<BoardId>,
}

/// A field whose value is for people to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The record.
    pub record: RecordId,
    /// The field.
    pub field: Field,
    /// What is shown meanwhile.
    pub shown: FieldValue,
    /// What others want; in the order of the sources' numbers.
    pub proposals: Vec<Proposal>,
}

/// What a board has of others: what was merged into it, what is left to choose, and what it was begun from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merged {
    /// All sources, those of undone merges with them.
    pub sources: BTreeMap<BoardId, Source>,
    /// Conflicts, by record and field.
    pub conflicts: Vec<Conflict>,
    /// The board that this one was begun from.
    pub begun: Option<Begun>,
}

impl Merged {
    /// The sources that are shown, in the order of their numbers.
    #[must_use]
    pub fn shown(&self) -> Vec<&Source> {
        let mut shown: Vec<&Source> = self.sources.values().filter(|it| it.shown).collect();
        shown.sort_by_key(|it| (it.number, it.board));
        shown
    }
}

/// What somebody wants where values differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wanted {
    /// What is shown.
    Shown,
    /// What a source proposes.
    Of(BoardId),
    /// Words of their own, or several values joined. For fields with a text only.
    Words(String),
}
