//! The two files that a board leaves the house in: the JSON archive, which people and other programs can read, and
//! the board file, which carries the document itself.
//!
//! Boundary: from values to bytes and back. Where a file comes from or goes to is the shells' business.

pub mod board_file;
mod build;
mod import;
mod kind;
mod limits;
mod parse;
#[cfg(any(test, feature = "samples"))]
pub mod sample;
mod schema;
#[cfg(test)]
mod tests;
mod timestamp;

pub use board_file::{BoardFile, BoardFileError};
pub use import::{import_commands, source_boards};
pub use kind::{File, FileError, FileKind, file_name, read_file};
pub use parse::ArchiveError;
pub use schema::json_schema;
pub use timestamp::Timestamp;

use std::collections::BTreeMap;

use base64ct::{Base64, Encoding as _};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::ids::{BoardId, CrossId, NoteId, PersonId, RuleId, SectionId};
use crate::records::{
    Colour, Judgement, OrderKey, Position, QuadrantPlace, RuleStatus, SectionKind, Tag,
};

/// What `Archive::format` says.
pub const FORMAT: &str = "samsyn-archive";

/// The version of the format that this code writes, and the newest that it reads.
///
/// Within a version fields may be added and never change their meaning; a reader passes over what it does not know.
pub const VERSION: u32 = 1;

/// The largest archive that is read, in bytes.
pub const MAX_BYTES: usize = 32 * 1024 * 1024;

/// A board as a file that people can read: all its records with their words, the trash included, in a stable order.
///
/// It holds no key: who has it can read the board as it was, and cannot open the board itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Archive {
    /// Always `samsyn-archive`.
    #[schemars(schema_with = "schema::format")]
    pub format: String,
    /// The version of this format.
    #[schemars(range(min = 1))]
    pub version: u32,
    /// The program that wrote the file, with its version.
    #[serde(default)]
    pub app: String,
    /// The board that was archived. An import makes a new board with an id of its own.
    pub board_id: BoardId,
    /// The board's title.
    #[serde(default)]
    pub title: String,
    /// When the file was made, by the clock of the device that made it.
    pub exported: Timestamp,
    /// Who worked on the board, as far as they told their names.
    #[serde(default, deserialize_with = "parse::records")]
    pub people: Vec<ArchivedPerson>,
    /// The sections, in order.
    #[serde(default, deserialize_with = "parse::records")]
    pub sections: Vec<ArchivedSection>,
    /// The notes, section by section, in order.
    #[serde(default, deserialize_with = "parse::records")]
    pub notes: Vec<ArchivedNote>,
    /// The ground rules, section by section, in order.
    #[serde(default, deserialize_with = "parse::records")]
    pub rules: Vec<ArchivedRule>,
    /// The scenario crosses, in the order of their sections.
    #[serde(default, deserialize_with = "parse::records")]
    pub crosses: Vec<ArchivedCross>,
    /// The boards that were merged into it, such as those of its groups, in the order of their lanes.
    #[serde(
        default,
        deserialize_with = "parse::records",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub merged: Vec<ArchivedSource>,
    /// The board that it was begun from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun_from: Option<ArchivedBegun>,
    /// The board's signed and sealed registers, as they came from the relay: proof for who holds the keys.
    #[serde(default, deserialize_with = "parse::registers")]
    pub registers: Vec<Bytes>,
}

/// A board that was merged into the archived one. What came from it names it as its `origin`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ArchivedSource {
    /// The board.
    pub board_id: BoardId,
    /// What it was called: the group's name.
    #[serde(default)]
    pub name: String,
    /// The colour of its mark.
    #[serde(default)]
    pub colour: Colour,
    /// Its lane.
    #[serde(default)]
    pub number: u16,
}

/// The board that the archived one was begun from. What was copied from there names it in its `of`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ArchivedBegun {
    /// The board.
    pub board_id: BoardId,
    /// What it was called then.
    #[serde(default)]
    pub title: String,
    /// When the archived board was begun, by the clock of its maker's device.
    #[serde(default)]
    pub at: Timestamp,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ArchivedPerson {
    /// The id that `author` and `supporters` use.
    pub id: PersonId,
    /// The name they gave, which may be empty.
    #[serde(default)]
    pub name: String,
    /// The board they came from, when they came by a merge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<BoardId>,
}

/// A section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ArchivedSection {
    /// Its id.
    pub id: SectionId,
    /// What it is for.
    pub kind: SectionKind,
    /// Its heading.
    #[serde(default)]
    pub title: String,
    /// Its place among the sections, which sort by (order, id). Without one it comes last, as the file has it.
    #[serde(default)]
    pub order: OrderKey,
    /// Whether it lies in the trash.
    #[serde(default, skip_serializing_if = "is_false")]
    pub removed: bool,
    /// The board it came from, when it came by a merge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<BoardId>,
    /// The record it is a copy of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<CopyOf>,
    /// The stamp of each field as it was when it was copied: the first eight bytes of its BLAKE3 hash, in hex.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub seen: BTreeMap<String, String>,
}

/// A note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ArchivedNote {
    /// Its id.
    pub id: NoteId,
    /// The section it is on.
    pub section: SectionId,
    /// The quadrant it lies in when its section is a cross; without one it is a driving force there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quadrant: Option<QuadrantPlace>,
    /// The note that it was put under as under a heading. It counts only if that one is not removed, is in the same
    /// section and quadrant, and is under no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under: Option<NoteId>,
    /// Its words.
    #[serde(default)]
    pub text: String,
    /// Its paper.
    #[serde(default)]
    pub colour: Colour,
    /// How it was judged as a driving force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged: Option<Judgement>,
    /// What it is in its scenario.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<Tag>,
    /// Who wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<PersonId>,
    /// Its upper left corner on a wall, in CSS pixels.
    #[serde(default)]
    pub at: Position,
    /// Its place in lists, which sort by (order, id). Without one it comes last, as the file has it.
    #[serde(default)]
    pub order: OrderKey,
    /// When it was made, by the clock of its author's device.
    #[serde(default)]
    pub made: Timestamp,
    /// Whether it lies in the trash.
    #[serde(default, skip_serializing_if = "is_false")]
    pub removed: bool,
    /// The board it came from, when it came by a merge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<BoardId>,
    /// The record it is a copy of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<CopyOf>,
    /// The stamp of each field as it was when it was copied: the first eight bytes of its BLAKE3 hash, in hex.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub seen: BTreeMap<String, String>,
}

/// A ground rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ArchivedRule {
    /// Its id.
    pub id: RuleId,
    /// The section it is in.
    pub section: SectionId,
    /// The rule.
    #[serde(default)]
    pub text: String,
    /// Why the room wants it.
    #[serde(default)]
    pub why: String,
    /// What one sees when it is kept, one example a line.
    #[serde(default)]
    pub shows_as: String,
    /// How far the room has come with it.
    #[serde(default)]
    pub status: RuleStatus,
    /// Who supports it.
    #[serde(default, deserialize_with = "parse::supporters")]
    pub supporters: Vec<PersonId>,
    /// Who proposed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<PersonId>,
    /// Its place in the list, which sorts by (order, id). Without one it comes last, as the file has it.
    #[serde(default)]
    pub order: OrderKey,
    /// When it was made, by the clock of its author's device.
    #[serde(default)]
    pub made: Timestamp,
    /// Whether it lies in the trash.
    #[serde(default, skip_serializing_if = "is_false")]
    pub removed: bool,
    /// The board it came from, when it came by a merge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<BoardId>,
    /// The record it is a copy of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<CopyOf>,
    /// The stamp of each field as it was when it was copied: the first eight bytes of its BLAKE3 hash, in hex.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub seen: BTreeMap<String, String>,
}

/// A scenario cross.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ArchivedCross {
    /// Its id.
    pub id: CrossId,
    /// The section it is in.
    pub section: SectionId,
    /// The burning question.
    #[serde(default)]
    pub question: String,
    /// The year that the scenarios are set in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub horizon: Option<i32>,
    /// The axis from left to right.
    #[serde(default)]
    pub x: ArchivedAxis,
    /// The axis from bottom to top.
    #[serde(default)]
    pub y: ArchivedAxis,
    /// The four scenarios.
    #[serde(default)]
    pub quadrants: ArchivedQuadrants,
    /// When it was made, by the clock of its maker's device.
    #[serde(default)]
    pub made: Timestamp,
    /// Whether it lies in the trash.
    #[serde(default, skip_serializing_if = "is_false")]
    pub removed: bool,
    /// The board it came from, when it came by a merge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<BoardId>,
    /// The record it is a copy of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<CopyOf>,
    /// The stamp of each field as it was when it was copied: the first eight bytes of its BLAKE3 hash, in hex.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub seen: BTreeMap<String, String>,
}

/// An axis with its two poles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ArchivedAxis {
    /// What is uncertain.
    pub name: String,
    /// The left or lower pole.
    pub low: String,
    /// The right or upper pole.
    pub high: String,
    /// The driving force that it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub force: Option<NoteId>,
}

/// The four scenarios by their place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ArchivedQuadrants {
    /// x low, y high.
    pub top_left: ArchivedQuadrant,
    /// x high, y high.
    pub top_right: ArchivedQuadrant,
    /// x low, y low.
    pub bottom_left: ArchivedQuadrant,
    /// x high, y low.
    pub bottom_right: ArchivedQuadrant,
}

/// One scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ArchivedQuadrant {
    /// Its name.
    pub name: String,
    /// Its story.
    pub story: String,
}

/// Names the record that another one is a copy of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CopyOf {
    /// The board it is at home on.
    pub home: BoardId,
    /// Its id there.
    pub id: String,
}

/// Bytes, written as base64.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Base64::encode_string(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = Base64::decode_vec(&text);
        bytes.map(Self).map_err(de::Error::custom)
    }
}

impl JsonSchema for Bytes {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Bytes".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "contentEncoding": "base64" })
    }
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands a reference to `skip_serializing_if`"
)]
fn is_false(value: &bool) -> bool {
    !value
}
