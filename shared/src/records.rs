//! What a board holds, one file per record type: its struct, its limits and its defaults.
//!
//! Records are plain values read from the document or an archive. Each text a person types is a `TextId`
//! that points at a text object of the same home, so that a record never copies its words.

pub mod cross;
pub mod note;
pub mod person;
pub mod rule;
pub mod section;

pub use cross::{Axis, AxisPlace, Cross, CrossField, Quadrant, QuadrantPlace};
pub use note::{Colour, Degree, Judgement, Note, Position, Tag};
pub use person::Person;
pub use rule::{Rule, RuleStatus};
pub use section::{Section, SectionKind};

use serde::{Deserialize, Serialize};

use crate::ids::{CrossId, NoteId, PersonId, RuleId, SectionId};

/// The longest text a person can type in one field, in UTF-16 code units.
pub const MAX_TEXT: usize = 20_000;

/// An order key is a fractional index and three random bytes; siblings sort by (key, id).
/// A malformed one sorts last.
pub type OrderKey = String;

/// Names any record of a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RecordId {
    /// A section.
    Section(SectionId),
    /// A note.
    Note(NoteId),
    /// A ground rule.
    Rule(RuleId),
    /// A scenario cross.
    Cross(CrossId),
    /// A person.
    Person(PersonId),
}

/// Whether a record is on the board or in its trash. Nothing is ever deleted for good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "document", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// On the board.
    #[default]
    OnBoard,
    /// In the trash, restorable for the board's life.
    InTrash,
}
