//! The fields of records as they are written. `read::fields` reads them back.

use automerge::ScalarValue;

use crate::board::Record;
use crate::ids::PersonId;
use crate::records::{AxisPlace, CrossField, Judgement, Position, Presence};

/// What is put where a field has no value any more.
pub(super) fn absent(key: &str) -> ScalarValue {
    if key == "removed" {
        ScalarValue::Boolean(false)
    } else {
        ScalarValue::Null
    }
}

/// The fields of a record as they are written; those at their default that need not be are left out.
pub(in crate::board) fn fields(record: &Record) -> Vec<(&'static str, ScalarValue)> {
    let mut fields = Fields(Vec::new());
    match record {
        Record::Section(it) => {
            fields.word("kind", it.kind.word());
            fields.id("title", it.title);
            fields.word("order", &it.order);
            fields.presence(it.presence);
        }
        Record::Note(it) => {
            fields.id("section", Some(it.section));
            fields.id("text", it.text);
            fields.word("order", &it.order);
            fields.word("colour", it.colour.word());
            fields.at(it.at);
            if let Some(place) = it.quadrant {
                fields.word("quadrant", place.word());
            }
            fields.id("under", it.under);
            if let Some(judged) = it.judged {
                fields.judged(judged);
            }
            if let Some(tag) = it.tag {
                fields.word("tag", tag.word());
            }
            fields.id("author", it.author);
            fields.number("made", it.made.0);
            fields.presence(it.presence);
        }
        Record::Rule(it) => {
            fields.id("section", Some(it.section));
            fields.id("text", it.text);
            fields.id("why", it.why);
            fields.id("shows_as", it.shows_as);
            fields.word("status", it.status.word());
            fields.word("order", &it.order);
            fields.id("author", it.author);
            fields.number("made", it.made.0);
            fields.presence(it.presence);
        }
        Record::Cross(it) => {
            fields.id("section", Some(it.section));
            for field in CrossField::ALL {
                fields.id(field.key(), it.text(field));
            }
            for axis in AxisPlace::ALL {
                fields.id(axis.force_key(), it.axis(axis).force);
            }
            if let Some(year) = it.horizon {
                fields.number("horizon", i64::from(year));
            }
            fields.number("made", it.made.0);
            fields.presence(it.presence);
        }
        Record::Person(it) => fields.word("name", &it.name),
    }
    fields.0
}

pub(super) fn supporters(record: &Record) -> Vec<PersonId> {
    match record {
        Record::Rule(rule) => rule.supporters.iter().copied().collect(),
        Record::Section(_) | Record::Note(_) | Record::Cross(_) | Record::Person(_) => Vec::new(),
    }
}

struct Fields(Vec<(&'static str, ScalarValue)>);

impl Fields {
    fn word(&mut self, key: &'static str, word: &str) {
        self.0.push((key, ScalarValue::Str(word.into())));
    }

    fn number(&mut self, key: &'static str, number: i64) {
        self.0.push((key, ScalarValue::Int(number)));
    }

    fn id(&mut self, key: &'static str, id: Option<impl ToString>) {
        if let Some(id) = id {
            self.word(key, &id.to_string());
        }
    }

    /// Eight bytes: x, then y, as little-endian `i32`.
    fn at(&mut self, at: Position) {
        let [x, y] = [at.x.to_le_bytes(), at.y.to_le_bytes()];
        self.0.push(("at", ScalarValue::Bytes([x, y].concat())));
    }

    /// Four bytes: impact, then uncertainty, as little-endian `u16`.
    fn judged(&mut self, it: Judgement) {
        let both = [it.impact.to_le_bytes(), it.uncertainty.to_le_bytes()];
        self.0.push(("judged", ScalarValue::Bytes(both.concat())));
    }

    fn presence(&mut self, presence: Presence) {
        match presence {
            Presence::OnBoard => {}
            Presence::InTrash => self.0.push(("removed", ScalarValue::Boolean(true))),
        }
    }
}
