//! The bytes of marks and of copies' `of` and `seen`: part of the format. Reading is total: what does not read is as
//! if it were not there.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ScalarValue;
use minicbor::{Decode, Encode};

use super::{Begun, Field, MAX_NAME, MAX_WEIGHED, Placement, Source};
use crate::board::home;
use crate::ids::{BoardId, CrossId, NoteId, RuleId, SectionId};
use crate::records::{AxisPlace, Colour, CrossField, Position, QuadrantPlace, RecordId};
use crate::registers::Title;
use crate::time::UnixMillis;

/// The first eight bytes of the BLAKE3 hash of a field's value: enough to tell the few values of one field apart.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct Stamp(pub [u8; 8]);

/// A scalar that merging weighs: the id of a text, a word, a number, or nothing. A judgement is the number that its
/// four bytes are.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::board) enum Value {
    #[default]
    Nothing,
    Word(String),
    Number(i64),
}

impl Value {
    pub(in crate::board) fn of(value: &ScalarValue) -> Self {
        match value {
            ScalarValue::Str(it) => Self::Word(it.to_string()),
            ScalarValue::Int(it) => Self::Number(*it),
            ScalarValue::Bytes(it) => Self::of_bytes(it),
            ScalarValue::Uint(_)
            | ScalarValue::F64(_)
            | ScalarValue::Counter(_)
            | ScalarValue::Timestamp(_)
            | ScalarValue::Boolean(_)
            | ScalarValue::Unknown { .. }
            | ScalarValue::Null => Self::Nothing,
        }
    }

    pub(in crate::board) fn of_bytes(bytes: &[u8]) -> Self {
        let number = <[u8; 4]>::try_from(bytes).map(u32::from_le_bytes);
        number.map_or(Self::Nothing, |it| Self::Number(it.into()))
    }

    /// The bytes of a judgement.
    pub(in crate::board) fn bytes(&self) -> Option<[u8; 4]> {
        match self {
            Self::Number(number) => Some(u32::try_from(*number).ok()?.to_le_bytes()),
            Self::Nothing | Self::Word(_) => None,
        }
    }

    /// The stamp of a value that is no text. A missing word and a missing number are the same.
    pub(in crate::board) fn stamp(&self) -> Stamp {
        match self {
            Self::Nothing => stamp(b"-", &[]),
            Self::Word(word) => stamp(b"w", word.as_bytes()),
            Self::Number(number) => stamp(b"n", &number.to_le_bytes()),
        }
    }
}

/// The stamp of a text; a missing text is an empty one.
pub(in crate::board) fn text_stamp(words: &str) -> Stamp {
    stamp(b"t", words.as_bytes())
}

fn stamp(kind: &[u8], value: &[u8]) -> Stamp {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"samsyn value").update(kind).update(value);
    let mut bytes = [0; 8];
    hasher.finalize_xof().fill(&mut bytes);
    Stamp(bytes)
}

impl Field {
    const fn code(self) -> u8 {
        match self {
            Self::Title => 0,
            Self::Text => 1,
            Self::Why => 2,
            Self::ShowsAs => 3,
            Self::Status => 4,
            Self::Colour => 5,
            Self::Section => 6,
            Self::Quadrant => 7,
            Self::Horizon => 8,
            Self::Under => 9,
            Self::Judged => 10,
            Self::Tag => 11,
            Self::Force(AxisPlace::X) => 48,
            Self::Force(AxisPlace::Y) => 49,
            Self::Cross(CrossField::Question) => 32,
            Self::Cross(CrossField::XName) => 33,
            Self::Cross(CrossField::XLow) => 34,
            Self::Cross(CrossField::XHigh) => 35,
            Self::Cross(CrossField::YName) => 36,
            Self::Cross(CrossField::YLow) => 37,
            Self::Cross(CrossField::YHigh) => 38,
            Self::Cross(CrossField::QuadrantName(place)) => 40 + place as u8,
            Self::Cross(CrossField::QuadrantStory(place)) => 44 + place as u8,
        }
    }

    fn from_code(record: RecordId, code: u8) -> Option<Self> {
        Self::all(record).into_iter().find(|it| it.code() == code)
    }
}

/// What a copy says of its original.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CopyOf {
    /// The board that the original is at home on.
    pub home: BoardId,
    /// The original.
    pub record: RecordId,
    /// What its fields held.
    pub seen: BTreeMap<Field, Stamp>,
}

impl CopyOf {
    /// `of`: the board, then the record's id.
    pub(in crate::board) fn of(&self) -> Vec<u8> {
        [self.home.as_bytes().as_slice(), &self.record.bytes()].concat()
    }

    /// `seen`: for each field its code and the stamp.
    pub(in crate::board) fn seen(&self) -> Vec<u8> {
        let fields = self.seen.iter();
        fields
            .flat_map(|(field, stamp)| [field.code()].into_iter().chain(stamp.0))
            .collect()
    }

    /// Reads both back; the original is a record of the copy's own kind.
    pub(in crate::board) fn read(copy: RecordId, of: &[u8], seen: &[u8]) -> Option<Self> {
        let (home, id) = of.split_first_chunk::<32>()?;
        let record = copy.with_bytes(id.try_into().ok()?);
        let (entries, _) = seen.as_chunks::<9>();
        let seen = entries
            .iter()
            .filter_map(|[code, stamp @ ..]| Some((Field::from_code(copy, *code)?, Stamp(*stamp))));
        let home = BoardId(*home);
        let seen = seen.collect();
        Some(Self { home, record, seen })
    }
}

/// The key of a source's mark.
pub(in crate::board) fn source_key(board: &BoardId) -> [u8; 16] {
    home::actor(board)
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct StoredSource {
    #[cbor(n(0), with = "minicbor::bytes")]
    board: [u8; 32],
    #[n(1)]
    shown: bool,
    #[n(2)]
    name: String,
    #[n(3)]
    colour: String,
    #[n(4)]
    number: u16,
    /// 0: overlay, 1: lanes, 2: flow.
    #[n(5)]
    placement: u8,
    #[n(6)]
    x: i32,
    #[n(7)]
    y: i32,
}

impl Source {
    pub(in crate::board) fn encode(&self) -> Vec<u8> {
        let (placement, at) = match self.placement {
            Placement::Overlay => (0, Position::default()),
            Placement::Lanes { origin } => (1, origin),
            Placement::Flow { origin } => (2, origin),
        };
        encoded(&StoredSource {
            board: self.board.0,
            shown: self.shown,
            name: self.name.chars().take(MAX_NAME).collect(),
            colour: self.colour.word().to_owned(),
            number: self.number,
            placement,
            x: at.x,
            y: at.y,
        })
    }

    pub(in crate::board) fn decode(key: &[u8; 16], bytes: &[u8]) -> Option<Self> {
        let stored: StoredSource = minicbor::decode(bytes).ok()?;
        let board = BoardId(stored.board);
        let origin = Position::clamped(stored.x, stored.y);
        let placement = match stored.placement {
            1 => Placement::Lanes { origin },
            2 => Placement::Flow { origin },
            _ => Placement::Overlay,
        };
        (source_key(&board) == *key).then(|| Self {
            board,
            name: stored.name.chars().take(MAX_NAME).collect(),
            colour: Colour::from_word(&stored.colour),
            number: stored.number,
            placement,
            shown: stored.shown,
        })
    }
}

/// The key of the mark that says which board this one was begun from: no source's.
pub(in crate::board) fn begun_key() -> [u8; 16] {
    let mut key = [0; 16];
    blake3::Hasher::new()
        .update(b"samsyn begun")
        .finalize_xof()
        .fill(&mut key);
    key
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct StoredBegun {
    #[cbor(n(0), with = "minicbor::bytes")]
    board: [u8; 32],
    #[n(1)]
    title: String,
    #[n(2)]
    at: i64,
}

impl Begun {
    pub(in crate::board) fn encode(&self) -> Vec<u8> {
        encoded(&StoredBegun {
            board: self.board.0,
            title: self.title.chars().take(Title::LIMIT).collect(),
            at: self.at.0,
        })
    }

    pub(in crate::board) fn decode(bytes: &[u8]) -> Option<Self> {
        let stored: StoredBegun = minicbor::decode(bytes).ok()?;
        Some(Self {
            board: BoardId(stored.board),
            title: stored.title.chars().take(Title::LIMIT).collect(),
            at: UnixMillis(stored.at),
        })
    }
}

/// What somebody chose for a field, and which values they chose over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::board) struct Choice {
    pub(in crate::board) record: RecordId,
    pub(in crate::board) field: Field,
    pub(in crate::board) value: Value,
    pub(in crate::board) over: BTreeSet<Stamp>,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct StoredChoice {
    #[n(0)]
    kind: u8,
    #[cbor(n(1), with = "minicbor::bytes")]
    record: [u8; 16],
    #[n(2)]
    field: u8,
    #[n(3)]
    word: Option<String>,
    #[n(4)]
    number: Option<i64>,
    #[cbor(n(5), with = "minicbor::bytes")]
    over: Vec<u8>,
}

const fn kind(record: RecordId) -> u8 {
    match record {
        RecordId::Section(_) => 0,
        RecordId::Note(_) => 1,
        RecordId::Rule(_) => 2,
        RecordId::Cross(_) => 3,
        RecordId::Person(_) => 4,
    }
}

const fn record_of(kind: u8, id: [u8; 16]) -> Option<RecordId> {
    Some(match kind {
        0 => RecordId::Section(SectionId(id)),
        1 => RecordId::Note(NoteId(id)),
        2 => RecordId::Rule(RuleId(id)),
        3 => RecordId::Cross(CrossId(id)),
        _ => return None,
    })
}

/// The key of a choice's mark.
pub(in crate::board) fn choice_key(record: RecordId, field: Field) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"samsyn choice");
    hasher.update(&[kind(record), field.code()]);
    hasher.update(&record.bytes());
    let mut key = [0; 16];
    hasher.finalize_xof().fill(&mut key);
    key
}

impl Choice {
    pub(in crate::board) fn encode(&self) -> Vec<u8> {
        let (word, number) = match &self.value {
            Value::Nothing => (None, None),
            Value::Word(word) => (Some(word.clone()), None),
            Value::Number(number) => (None, Some(*number)),
        };
        encoded(&StoredChoice {
            kind: kind(self.record),
            record: self.record.bytes(),
            field: self.field.code(),
            word,
            number,
            over: self
                .over
                .iter()
                .take(MAX_WEIGHED)
                .flat_map(|it| it.0)
                .collect(),
        })
    }

    pub(in crate::board) fn decode(key: &[u8; 16], bytes: &[u8]) -> Option<Self> {
        let stored: StoredChoice = minicbor::decode(bytes).ok()?;
        let record = record_of(stored.kind, stored.record)?;
        let field = Field::from_code(record, stored.field)?;
        let value = match (stored.word, stored.number) {
            (Some(word), _) => Value::Word(word),
            (None, Some(number)) => Value::Number(number),
            (None, None) => Value::Nothing,
        };
        let (stamps, _) = stored.over.as_chunks::<8>();
        (choice_key(record, field) == *key).then(|| Self {
            record,
            field,
            value,
            over: stamps
                .iter()
                .take(MAX_WEIGHED)
                .map(|it| Stamp(*it))
                .collect(),
        })
    }
}

/// Where this board hung a note of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::board) struct Place {
    pub(in crate::board) section: SectionId,
    pub(in crate::board) quadrant: Option<QuadrantPlace>,
    pub(in crate::board) at: Position,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct StoredPlace {
    #[cbor(n(0), with = "minicbor::bytes")]
    section: [u8; 16],
    #[n(1)]
    quadrant: Option<String>,
    #[n(2)]
    x: i32,
    #[n(3)]
    y: i32,
}

impl Place {
    pub(in crate::board) fn encode(&self) -> Vec<u8> {
        encoded(&StoredPlace {
            section: self.section.0,
            quadrant: self.quadrant.map(|it| it.word().to_owned()),
            x: self.at.x,
            y: self.at.y,
        })
    }

    pub(in crate::board) fn decode(bytes: &[u8]) -> Option<Self> {
        let stored: StoredPlace = minicbor::decode(bytes).ok()?;
        let quadrant = stored.quadrant.as_deref();
        Some(Self {
            section: SectionId(stored.section),
            quadrant: quadrant.and_then(QuadrantPlace::from_word),
            at: Position::clamped(stored.x, stored.y),
        })
    }
}

fn encoded(value: &impl Encode<()>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let result = minicbor::encode(value, &mut bytes);
    debug_assert!(result.is_ok(), "writing to a Vec cannot fail");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const RULE: RecordId = RecordId::Rule(RuleId([7; 16]));

    fn source() -> Source {
        Source {
            board: BoardId([3; 32]),
            name: "Grupp Björk".to_owned(),
            colour: Colour::Blue,
            number: 4,
            placement: Placement::Lanes {
                origin: Position { x: 20, y: -5 },
            },
            shown: true,
        }
    }

    #[test]
    fn marks_survive_their_bytes() {
        let (source, key) = (source(), source_key(&BoardId([3; 32])));
        assert_eq!(Source::decode(&key, &source.encode()), Some(source));
        let choice = Choice {
            record: RULE,
            field: Field::ShowsAs,
            value: Value::Word("ord".to_owned()),
            over: [text_stamp("a"), text_stamp("b")].into(),
        };
        let key = choice_key(RULE, Field::ShowsAs);
        assert_eq!(Choice::decode(&key, &choice.encode()), Some(choice));
        let place = Place {
            section: SectionId([1; 16]),
            quadrant: Some(QuadrantPlace::TopRight),
            at: Position { x: 1, y: 2 },
        };
        assert_eq!(Place::decode(&place.encode()), Some(place));
        let begun = Begun {
            board: BoardId([5; 32]),
            title: "Ledningsgruppens regler".to_owned(),
            at: UnixMillis(1_795_864_000_000),
        };
        assert_eq!(Begun::decode(&begun.encode()), Some(begun));
        let cross = RecordId::Cross(CrossId([2; 16]));
        for field in Field::all(cross) {
            assert_eq!(Field::from_code(cross, field.code()), Some(field));
        }
    }

    #[test]
    fn marks_under_a_wrong_key_or_of_wrong_bytes_are_none() {
        let bytes = source().encode();
        assert_eq!(Source::decode(&[0; 16], &bytes), None);
        for end in 0..bytes.len() {
            assert_eq!(
                Source::decode(&source_key(&BoardId([3; 32])), &bytes[..end]),
                None
            );
        }
        assert_eq!(Place::decode(b"inget"), None);
        assert_eq!(Begun::decode(&source().encode()), None);
        assert_eq!(
            base16ct::lower::encode_string(&begun_key()),
            "9cb7e7a9e118d84c846b1bc91d1a1467"
        );
        assert_eq!(Choice::decode(&[0; 16], &[]), None);
    }

    /// Golden vectors: these never change, or a copy would take everything for changed.
    #[test]
    fn stamps_stay_what_they_were() {
        let hex = |stamp: Stamp| base16ct::lower::encode_string(&stamp.0);
        assert_eq!(hex(text_stamp("Vi lyssnar")), "dfd35bad349630af");
        assert_eq!(
            hex(Value::Word("agreed".to_owned()).stamp()),
            "e835e639ec746ea4"
        );
        assert_eq!(hex(Value::Number(2035).stamp()), "46aea6af338ee0cd");
        assert_eq!(hex(Value::Nothing.stamp()), "9ce8a28e7c8b7601");
    }
}
