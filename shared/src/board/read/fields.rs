//! Reading the fields of a record. Total: a missing field, a wrong type or a senseless value is the default.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{Automerge, ObjId, ReadDoc, ScalarValueRef, ValueRef};

use crate::board::merge::Field;
use crate::board::merge::stored::{CopyOf, Value};
use crate::ids::{CrossId, NoteId, PersonId, RuleId, SectionId, TextId};
use crate::records::{
    Axis, AxisPlace, Colour, Cross, CrossField, Judgement, Note, Person, Position, Presence,
    Quadrant, QuadrantPlace, RecordId, Rule, RuleStatus, Section, SectionKind, Tag,
};
use crate::time::UnixMillis;

/// The scalar fields of one map, as far as they are of a type we write. Of concurrent values automerge's winner
/// counts: the one with the highest operation id.
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

    fn take(&mut self, key: String, value: ScalarValueRef<'_>) {
        match value {
            ScalarValueRef::Str(it) => drop(self.words.insert(key, it.into_owned())),
            ScalarValueRef::Bytes(it) => drop(self.bytes.insert(key, it.into_owned())),
            ScalarValueRef::Int(it) => drop(self.numbers.insert(key, it)),
            ScalarValueRef::Boolean(it) => drop(self.flags.insert(key, it)),
            ScalarValueRef::Uint(_)
            | ScalarValueRef::F64(_)
            | ScalarValueRef::Counter(_)
            | ScalarValueRef::Timestamp(_)
            | ScalarValueRef::Unknown { .. }
            | ScalarValueRef::Null => {}
        }
    }

    /// What merging weighs of a field.
    pub(super) fn value(&self, key: &str) -> Value {
        match (self.words.get(key), self.numbers.get(key)) {
            (Some(word), _) => Value::Word(word.clone()),
            (None, Some(number)) => Value::Number(*number),
            (None, None) if key == Field::Judged.key() => {
                let bytes = self.bytes.get(key).map(Vec::as_slice);
                Value::of_bytes(bytes.unwrap_or_default())
            }
            (None, None) => Value::Nothing,
        }
    }

    /// Puts another value into a field.
    pub(super) fn set(&mut self, key: &str, value: Value) {
        self.words.remove(key);
        self.numbers.remove(key);
        if key == Field::Judged.key() {
            match value.bytes() {
                Some(bytes) => drop(self.bytes.insert(key.to_owned(), bytes.to_vec())),
                None => drop(self.bytes.remove(key)),
            }
            return;
        }
        match value {
            Value::Nothing => {}
            Value::Word(word) => drop(self.words.insert(key.to_owned(), word)),
            Value::Number(number) => drop(self.numbers.insert(key.to_owned(), number)),
        }
    }

    pub(super) fn set_at(&mut self, at: Position) {
        let bytes = [at.x.to_le_bytes(), at.y.to_le_bytes()].concat();
        self.bytes.insert("at".to_owned(), bytes);
    }

    /// What a copy says of its original.
    pub(super) fn copy_of(&self, copy: RecordId) -> Option<CopyOf> {
        let seen = self.bytes.get("seen").map_or(&[] as &[u8], Vec::as_slice);
        CopyOf::read(copy, self.bytes.get("of")?, seen)
    }

    /// When the archive was exported that the record was read from; none for a record of the board itself.
    pub(super) fn archived(&self) -> Option<i64> {
        self.numbers.get("archived").copied()
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

    pub(super) fn is_removed(&self) -> bool {
        self.presence() == Presence::InTrash
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
        let at = self.bytes.get("at");
        Note {
            id,
            section: self.section_id(),
            quadrant: QuadrantPlace::from_word(self.word("quadrant")),
            under: self.id("under"),
            text: self.id("text"),
            at: at.map_or_else(Position::default, |it| position(it)),
            order: self.word("order").to_owned(),
            colour: Colour::from_word(self.word("colour")),
            judged: self.bytes.get("judged").and_then(|it| judgement(it)),
            tag: Tag::from_word(self.word("tag")),
            author: self.id("author"),
            made: self.made(),
            presence: self.presence(),
        }
    }

    pub(super) fn rule(&self, id: RuleId, supporters: BTreeSet<PersonId>) -> Rule {
        Rule {
            id,
            section: self.section_id(),
            text: self.id("text"),
            why: self.id("why"),
            shows_as: self.id("shows_as"),
            status: RuleStatus::from_word(self.word("status")),
            order: self.word("order").to_owned(),
            supporters,
            author: self.id("author"),
            made: self.made(),
            presence: self.presence(),
        }
    }

    pub(super) fn cross(&self, id: CrossId) -> Cross {
        let text = |field: CrossField| self.id::<TextId>(field.key());
        let horizon = self.numbers.get("horizon");
        Cross {
            id,
            section: self.section_id(),
            question: text(CrossField::Question),
            horizon: horizon.and_then(|it| i32::try_from(*it).ok()),
            x: Axis {
                name: text(CrossField::XName),
                low: text(CrossField::XLow),
                high: text(CrossField::XHigh),
                force: self.id(AxisPlace::X.force_key()),
            },
            y: Axis {
                name: text(CrossField::YName),
                low: text(CrossField::YLow),
                high: text(CrossField::YHigh),
                force: self.id(AxisPlace::Y.force_key()),
            },
            quadrants: QuadrantPlace::ALL.map(|place| Quadrant {
                name: text(CrossField::QuadrantName(place)),
                story: text(CrossField::QuadrantStory(place)),
            }),
            made: self.made(),
            presence: self.presence(),
        }
    }

    pub(super) fn person(&self, id: PersonId) -> Person {
        let mut name = self.word("name").to_owned();
        while name.encode_utf16().count() > Person::MAX_NAME {
            name.pop();
        }
        Person { id, name }
    }

    /// The people that a map of support says yes for.
    pub(super) fn supporters(&self) -> BTreeSet<PersonId> {
        let given = self.flags.iter().filter(|(_, given)| **given);
        given.filter_map(|(key, _)| key.parse().ok()).collect()
    }
}

/// A position as eight bytes: x, then y, as little-endian `i32`; anything else is the origin.
fn position(bytes: &[u8]) -> Position {
    let Ok([a, b, c, d, e, f, g, h]) = <[u8; 8]>::try_from(bytes) else {
        return Position::default();
    };
    let x = i32::from_le_bytes([a, b, c, d]);
    let y = i32::from_le_bytes([e, f, g, h]);
    Position::clamped(x, y)
}

/// A judgement as four bytes: impact, then uncertainty, as little-endian `u16`; anything else is none.
pub(super) fn judgement(bytes: &[u8]) -> Option<Judgement> {
    let [a, b, c, d] = <[u8; 4]>::try_from(bytes).ok()?;
    let (impact, uncertainty) = (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
    Some(Judgement::clamped(impact, uncertainty))
}
