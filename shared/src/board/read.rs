//! Reading records from the document. Total: whatever a record holds, something sensible is shown.

use std::collections::BTreeMap;

use automerge::{Automerge, ObjId, ObjType, ReadDoc, ScalarValueRef, ValueRef};
use data_encoding::HEXLOWER;

use super::home::{self, Container};
use super::{Board, Delta, Record, TextChange, TextValue};
use crate::ids::{CrossId, NoteId, PersonId, RuleId, SectionId, TextId};
use crate::records::{
    Axis, Colour, Cross, CrossField, Note, Person, Position, Presence, Quadrant, QuadrantPlace,
    Rule, RuleStatus, Section, SectionKind,
};
use crate::time::UnixMillis;

/// The scalar fields of one map, as far as they are of a type we write.
#[derive(Default)]
pub(super) struct Fields {
    words: BTreeMap<String, String>,
    bytes: BTreeMap<String, Vec<u8>>,
    numbers: BTreeMap<String, i64>,
    flags: BTreeMap<String, bool>,
}

impl Fields {
    pub(super) fn read(document: &Automerge, object: &ObjId) -> Self {
        let mut fields = Self::default();
        for item in document.map_range(object, ..) {
            if let ValueRef::Scalar(value) = item.value {
                fields.take(item.key.into_owned(), value);
            }
        }
        fields
    }

    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "automerge's enum; other types are never ours"
    )]
    fn take(&mut self, key: String, value: ScalarValueRef<'_>) {
        match value {
            ScalarValueRef::Str(it) => drop(self.words.insert(key, it.into_owned())),
            ScalarValueRef::Bytes(it) => drop(self.bytes.insert(key, it.into_owned())),
            ScalarValueRef::Int(it) => drop(self.numbers.insert(key, it)),
            ScalarValueRef::Boolean(it) => drop(self.flags.insert(key, it)),
            _ => {}
        }
    }

    fn word(&self, key: &str) -> &str {
        self.words.get(key).map_or("", String::as_str)
    }

    fn id<T: std::str::FromStr>(&self, key: &str) -> Option<T> {
        self.word(key).parse().ok()
    }

    fn made(&self) -> UnixMillis {
        UnixMillis(self.numbers.get("made").copied().unwrap_or_default())
    }

    fn presence(&self) -> Presence {
        match self.flags.get("removed") {
            Some(true) => Presence::InTrash,
            Some(false) | None => Presence::OnBoard,
        }
    }

    fn section_id(&self) -> SectionId {
        self.id("section").unwrap_or(SectionId([0; 16]))
    }

    pub(super) fn section(&self, id: SectionId) -> Section {
        Section {
            id,
            kind: SectionKind::from_word(self.word("kind")),
            title: self.id("title"),
            order: self.word("order").to_owned(),
            presence: self.presence(),
        }
    }

    pub(super) fn note(&self, id: NoteId) -> Note {
        let quadrant = self.word("quadrant");
        Note {
            id,
            section: self.section_id(),
            quadrant: QuadrantPlace::ALL
                .into_iter()
                .find(|place| place.word() == quadrant),
            text: self.id("text"),
            at: self
                .bytes
                .get("at")
                .map_or_else(Position::default, |it| position(it)),
            order: self.word("order").to_owned(),
            colour: Colour::from_word(self.word("colour")),
            author: self.id("author"),
            made: self.made(),
            presence: self.presence(),
        }
    }
}

/// A position as eight bytes: x, then y, as little-endian `i32`; anything else is the origin.
pub(super) fn position(bytes: &[u8]) -> Position {
    let Ok(bytes) = <[u8; 8]>::try_from(bytes) else {
        return Position::default();
    };
    let [a, b, c, d, e, f, g, h] = bytes;
    Position::clamped(
        i32::from_le_bytes([a, b, c, d]),
        i32::from_le_bytes([e, f, g, h]),
    )
}

impl Board {
    pub(super) fn refresh(&mut self) -> Delta {
        let mut delta = Delta::default();
        for (key, object) in self.claims(Container::Texts, ObjType::Text) {
            let value = self.document.text(&object).unwrap_or_default();
            let id = TextId(key);
            let old = self.view.texts.get(&id);
            if old.is_none_or(|old| old.value != value) {
                let revision = old.map_or(0, |old| old.revision + 1);
                delta.texts.push(TextChange {
                    id,
                    now: TextValue { value, revision },
                    splices: Vec::new(),
                });
            }
        }
        for (key, object) in self.claims(Container::Sections, ObjType::Map) {
            let fields = Fields::read(&self.document, &object);
            delta
                .records
                .push(Record::Section(fields.section(SectionId(key))));
        }
        for (key, object) in self.claims(Container::Notes, ObjType::Map) {
            let fields = Fields::read(&self.document, &object);
            delta.records.push(Record::Note(fields.note(NoteId(key))));
        }
        self.view.apply(&delta);
        delta
    }

    fn claims(&self, container: Container, kind: ObjType) -> Vec<([u8; 16], ObjId)> {
        let object = home::container(&self.id, container);
        let items = self.document.map_range(&object, ..);
        items
            .filter(|item| item.value == ValueRef::Object(kind))
            .filter_map(|item| {
                let key = HEXLOWER.decode(item.key.as_bytes()).ok()?;
                Some((key.try_into().ok()?, item.id()))
            })
            .collect()
    }
}
