//! What is common to all records: their id, their texts, their place among siblings.

use super::order::Family;
use super::{Record, TextField, View};
use crate::ids::{CrossId, NoteId, PersonId, RuleId, SectionId, TextId};
use crate::records::{Cross, CrossField, OrderKey, RecordId};

impl RecordId {
    /// The id itself, without what it is an id of.
    #[must_use]
    pub const fn bytes(self) -> [u8; 16] {
        match self {
            Self::Section(id) => id.0,
            Self::Note(id) => id.0,
            Self::Rule(id) => id.0,
            Self::Cross(id) => id.0,
            Self::Person(id) => id.0,
        }
    }

    /// A record of the same kind with another id.
    #[must_use]
    pub const fn with_bytes(self, id: [u8; 16]) -> Self {
        match self {
            Self::Section(_) => Self::Section(SectionId(id)),
            Self::Note(_) => Self::Note(NoteId(id)),
            Self::Rule(_) => Self::Rule(RuleId(id)),
            Self::Cross(_) => Self::Cross(CrossId(id)),
            Self::Person(_) => Self::Person(PersonId(id)),
        }
    }
}

impl TextField {
    /// The record that the field is of.
    #[must_use]
    pub const fn record(self) -> RecordId {
        match self {
            Self::SectionTitle(id) => RecordId::Section(id),
            Self::NoteText(id) => RecordId::Note(id),
            Self::RuleText(id) | Self::RuleWhy(id) | Self::RuleShowsAs(id) => RecordId::Rule(id),
            Self::Cross(id, _) => RecordId::Cross(id),
        }
    }
}

impl Cross {
    pub(super) const fn text_mut(&mut self, field: CrossField) -> &mut Option<TextId> {
        use crate::records::QuadrantPlace as Place;
        let [top_left, top_right, bottom_left, bottom_right] = &mut self.quadrants;
        match field {
            CrossField::Question => &mut self.question,
            CrossField::XName => &mut self.x.name,
            CrossField::XLow => &mut self.x.low,
            CrossField::XHigh => &mut self.x.high,
            CrossField::YName => &mut self.y.name,
            CrossField::YLow => &mut self.y.low,
            CrossField::YHigh => &mut self.y.high,
            CrossField::QuadrantName(Place::TopLeft) => &mut top_left.name,
            CrossField::QuadrantName(Place::TopRight) => &mut top_right.name,
            CrossField::QuadrantName(Place::BottomLeft) => &mut bottom_left.name,
            CrossField::QuadrantName(Place::BottomRight) => &mut bottom_right.name,
            CrossField::QuadrantStory(Place::TopLeft) => &mut top_left.story,
            CrossField::QuadrantStory(Place::TopRight) => &mut top_right.story,
            CrossField::QuadrantStory(Place::BottomLeft) => &mut bottom_left.story,
            CrossField::QuadrantStory(Place::BottomRight) => &mut bottom_right.story,
        }
    }
}

impl Record {
    /// Its id.
    #[must_use]
    pub const fn id(&self) -> RecordId {
        match self {
            Self::Section(it) => RecordId::Section(it.id),
            Self::Note(it) => RecordId::Note(it.id),
            Self::Rule(it) => RecordId::Rule(it.id),
            Self::Cross(it) => RecordId::Cross(it.id),
            Self::Person(it) => RecordId::Person(it.id),
        }
    }

    /// Its fields that hold a text.
    #[must_use]
    pub fn text_fields(&self) -> Vec<TextField> {
        match self {
            Self::Section(it) => vec![TextField::SectionTitle(it.id)],
            Self::Note(it) => vec![TextField::NoteText(it.id)],
            Self::Rule(it) => vec![
                TextField::RuleText(it.id),
                TextField::RuleWhy(it.id),
                TextField::RuleShowsAs(it.id),
            ],
            Self::Cross(it) => {
                let fields = CrossField::ALL.into_iter();
                fields.map(|field| TextField::Cross(it.id, field)).collect()
            }
            Self::Person(_) => Vec::new(),
        }
    }

    /// The text that one of its fields points at; none for a field of another record.
    #[must_use]
    pub fn text(&self, field: TextField) -> Option<TextId> {
        self.clone().text_mut(field).and_then(|text| *text)
    }

    /// The texts that its fields point at.
    #[must_use]
    pub fn texts(&self) -> Vec<TextId> {
        let fields = self.text_fields().into_iter();
        fields.filter_map(|field| self.text(field)).collect()
    }

    /// The records that it names: its section, its heading, the forces of its axes.
    pub(super) fn names(&self) -> Vec<RecordId> {
        let section = match self {
            Self::Note(it) => Some(it.section),
            Self::Rule(it) => Some(it.section),
            Self::Cross(it) => Some(it.section),
            Self::Section(_) | Self::Person(_) => None,
        };
        let notes = match self {
            Self::Note(it) => [it.under, None],
            Self::Cross(it) => [it.x.force, it.y.force],
            Self::Section(_) | Self::Rule(_) | Self::Person(_) => [None, None],
        };
        let section = section.map(RecordId::Section);
        let notes = notes.into_iter().flatten().map(RecordId::Note);
        section.into_iter().chain(notes).collect()
    }

    pub(super) fn set_text(&mut self, field: TextField, text: TextId) {
        if let Some(place) = self.text_mut(field) {
            *place = Some(text);
        }
    }

    fn text_mut(&mut self, field: TextField) -> Option<&mut Option<TextId>> {
        if field.record() != self.id() {
            return None;
        }
        match (self, field) {
            (Self::Section(it), _) => Some(&mut it.title),
            (Self::Note(it), _) => Some(&mut it.text),
            (Self::Rule(it), TextField::RuleText(_)) => Some(&mut it.text),
            (Self::Rule(it), TextField::RuleWhy(_)) => Some(&mut it.why),
            (Self::Rule(it), TextField::RuleShowsAs(_)) => Some(&mut it.shows_as),
            (Self::Cross(it), TextField::Cross(_, field)) => Some(it.text_mut(field)),
            (Self::Rule(_) | Self::Cross(_) | Self::Person(_), _) => None,
        }
    }

    pub(super) const fn family(&self) -> Option<(Family, &OrderKey, [u8; 16])> {
        match self {
            Self::Section(it) => Some((Family::Sections, &it.order, it.id.0)),
            Self::Note(it) => Some((Family::Notes(it.section), &it.order, it.id.0)),
            Self::Rule(it) => Some((Family::Rules(it.section), &it.order, it.id.0)),
            Self::Cross(_) | Self::Person(_) => None,
        }
    }

    pub(super) fn set_order(&mut self, key: OrderKey) {
        match self {
            Self::Section(it) => it.order = key,
            Self::Note(it) => it.order = key,
            Self::Rule(it) => it.order = key,
            Self::Cross(_) | Self::Person(_) => {}
        }
    }
}

impl View {
    /// The ids of all records, the trash included.
    pub fn records(&self) -> impl Iterator<Item = RecordId> + '_ {
        let sections = self.sections.keys().map(|id| RecordId::Section(*id));
        let notes = self.notes.keys().map(|id| RecordId::Note(*id));
        let rules = self.rules.keys().map(|id| RecordId::Rule(*id));
        let crosses = self.crosses.keys().map(|id| RecordId::Cross(*id));
        let people = self.people.keys().map(|id| RecordId::Person(*id));
        sections
            .chain(notes)
            .chain(rules)
            .chain(crosses)
            .chain(people)
    }

    /// A record by its id.
    #[must_use]
    pub fn record(&self, id: RecordId) -> Option<Record> {
        match id {
            RecordId::Section(id) => self.sections.get(&id).cloned().map(Record::Section),
            RecordId::Note(id) => self.notes.get(&id).cloned().map(Record::Note),
            RecordId::Rule(id) => self.rules.get(&id).cloned().map(Record::Rule),
            RecordId::Cross(id) => self.crosses.get(&id).cloned().map(Record::Cross),
            RecordId::Person(id) => self.people.get(&id).cloned().map(Record::Person),
        }
    }
}
