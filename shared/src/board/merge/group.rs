//! What a group starts with: copies of some of a board's records, on a board of its own.
//!
//! A group's board is no fork. It has none of the main board's changes, so it opens fast, says nothing of what the
//! group has no business with, and needs no network to be made.

use std::collections::{BTreeMap, BTreeSet};

use rand_core::Rng;
use serde::{Deserialize, Serialize};

use super::stored::{Value, text_stamp};
use super::{CopyOf, Field, Stamp};
use crate::board::commit::fields_of;
use crate::board::{Command, Record, Restored, TextField, View};
use crate::ids::{CrossId, NoteId, PersonId, RuleId, SectionId, TextId};
use crate::records::{Position, RecordId};

/// Whether a group starts with the notes that hang there now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Notes {
    /// It does.
    With,
    /// Its walls are empty.
    Without,
}

/// The commands that make copies of these sections, with their rules and crosses, on an empty board. Nobody supports a
/// copied rule yet; the merged rule counts the supporters of all.
#[must_use]
pub fn copies(
    view: &View,
    rng: &mut impl Rng,
    sections: &BTreeSet<SectionId>,
    notes: Notes,
) -> Vec<Command> {
    let mut copying = Copying::new(view, rng);
    for section in view.sections_in_order() {
        if sections.contains(&section.id) {
            copying.whole_section(section.id, notes);
        }
    }
    copying.finish()
}

/// The commands that make a copy of one note on another board, on a section and at a place of that board.
#[must_use]
pub fn copy_of_note(
    view: &View,
    rng: &mut impl Rng,
    note: NoteId,
    section: SectionId,
    at: Position,
) -> Vec<Command> {
    let mut copying = Copying::new(view, rng);
    if let Some(original) = view.notes.get(&note) {
        copying.sections.insert(original.section, section);
        copying.copy(RecordId::Note(note), |record| {
            if let Record::Note(note) = record {
                note.at = at;
            }
        });
    }
    copying.finish()
}

pub(super) struct Copying<'a, R> {
    pub(super) view: &'a View,
    pub(super) rng: &'a mut R,
    /// By original.
    sections: BTreeMap<SectionId, SectionId>,
    /// The same, known before any of them is copied: notes name each other as headings, and axes name forces.
    pub(super) notes: BTreeMap<NoteId, NoteId>,
    people: BTreeSet<PersonId>,
    pub(super) commands: Vec<Command>,
}

impl<'a, R: Rng> Copying<'a, R> {
    pub(super) const fn new(view: &'a View, rng: &'a mut R) -> Self {
        Self {
            view,
            rng,
            sections: BTreeMap::new(),
            notes: BTreeMap::new(),
            people: BTreeSet::new(),
            commands: Vec::new(),
        }
    }

    /// Copies a section without what is in it; the copy's id.
    pub(super) fn section(&mut self, section: SectionId) -> SectionId {
        let id = SectionId::random(self.rng);
        self.sections.insert(section, id);
        self.copy(RecordId::Section(section), |_| {});
        id
    }

    fn whole_section(&mut self, section: SectionId, notes: Notes) {
        self.section(section);
        if notes == Notes::With {
            for note in self.view.notes_of(section) {
                self.notes.insert(note.id, NoteId::random(self.rng));
            }
        }
        if let Some(cross) = self.view.cross_of(section) {
            self.copy(RecordId::Cross(cross.id), |_| {});
        }
        for rule in self.view.rules_of(section) {
            self.copy(RecordId::Rule(rule.id), |_| {});
        }
        if notes == Notes::With {
            for note in self.view.notes_of(section) {
                self.copy(RecordId::Note(note.id), |_| {});
            }
        }
    }

    /// Copies a record after a change: what the change made of it counts as seen, so that it is no proposal.
    pub(super) fn copy(&mut self, original: RecordId, change: impl FnOnce(&mut Record)) {
        let Some(mut record) = self.view.record(original) else {
            return;
        };
        self.leave_out(&mut record);
        change(&mut record);
        let seen = self.seen(&record);
        self.renew(&mut record);
        let texts = self.texts(&mut record);
        let home = self.view.origins.get(&original).copied();
        self.commands.push(Command::Restore(Box::new(Restored {
            record,
            texts,
            copy: Some(CopyOf {
                home: home.unwrap_or(self.view.board),
                record: original,
                seen,
            }),
            archived: None,
        })));
    }

    /// Takes out the names of notes that are not copied, or the copy would seem to have taken them out.
    fn leave_out(&self, record: &mut Record) {
        let copied = |it: &NoteId| self.notes.contains_key(it);
        match record {
            Record::Note(it) => it.under = it.under.filter(copied),
            Record::Cross(it) => {
                for axis in [&mut it.x, &mut it.y] {
                    axis.force = axis.force.filter(copied);
                }
            }
            Record::Section(_) | Record::Rule(_) | Record::Person(_) => {}
        }
    }

    fn seen(&self, record: &Record) -> BTreeMap<Field, Stamp> {
        let fields = fields_of(record);
        let stamp = |field: Field| {
            let value = fields.iter().find(|(key, _)| *key == field.key());
            let value = value.map_or(Value::Nothing, |(_, value)| Value::of(value));
            match (field.is_text(), &value) {
                (false, value) => value.stamp(),
                (true, Value::Word(text)) => text_stamp(self.view.text(text.parse().ok())),
                (true, Value::Nothing | Value::Number(_)) => text_stamp(""),
            }
        };
        let all = Field::all(record.id()).into_iter();
        all.map(|field| (field, stamp(field))).collect()
    }

    /// Gives the copy an id of its own, and the section that its own board has.
    fn renew(&mut self, record: &mut Record) {
        let section = |it: &mut SectionId| {
            if let Some(copy) = self.sections.get(it) {
                *it = *copy;
            }
        };
        match record {
            Record::Section(it) => section(&mut it.id),
            Record::Note(it) => {
                section(&mut it.section);
                it.under = it.under.and_then(|it| self.notes.get(&it).copied());
                let copy = self.notes.get(&it.id).copied();
                it.id = copy.unwrap_or_else(|| NoteId::random(self.rng));
                self.people.extend(it.author);
            }
            Record::Rule(it) => {
                section(&mut it.section);
                it.id = RuleId::random(self.rng);
                it.supporters.clear();
                self.people.extend(it.author);
            }
            Record::Cross(it) => {
                section(&mut it.section);
                it.id = CrossId::random(self.rng);
                for axis in [&mut it.x, &mut it.y] {
                    axis.force = axis.force.and_then(|it| self.notes.get(&it).copied());
                }
            }
            Record::Person(_) => {}
        }
    }

    /// Gives each field a text of its own with the same words.
    fn texts(&mut self, record: &mut Record) -> Vec<(TextId, String)> {
        let fields: Vec<TextField> = record.text_fields();
        let mut texts = Vec::new();
        for field in fields {
            let words = self.view.text(record.text(field)).to_owned();
            let text = TextId::random(self.rng);
            record.set_text(field, text);
            texts.push((text, words));
        }
        texts
    }

    /// The people whose names stand on what was copied come first.
    pub(super) fn finish(self) -> Vec<Command> {
        let people = self.people.iter().filter_map(|it| self.view.people.get(it));
        let people = people.map(|it| Command::SetPerson {
            id: it.id,
            name: it.name.clone(),
        });
        people.chain(self.commands).collect()
    }
}
