//! What a screen shows of a board: plain values, built once and then kept current by `Delta`s.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::merge::{CopyOf, Merged};
use crate::ids::{BoardId, CrossId, NoteId, PersonId, RuleId, SectionId, TextId};
use crate::records::{
    Cross, Note, OrderKey, Person, Presence, QuadrantPlace, RecordId, Rule, Section,
};

/// A text as it stands, and how often it has changed since the board was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextValue {
    /// The words.
    pub value: String,
    /// Counts changes since the board was opened; comparable within one run of the worker only.
    pub revision: u32,
}

/// One replacement in a text; positions and lengths are UTF-16 code units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Splice {
    /// Where it starts.
    pub at: u32,
    /// How much goes.
    pub delete: u32,
    /// What comes.
    pub insert: String,
}

/// A text that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextChange {
    /// Which text.
    pub id: TextId,
    /// Its value and revision from now on.
    pub now: TextValue,
    /// What led there from the former revision, to be applied one after the other; empty for a new text.
    pub splices: Vec<Splice>,
}

/// Any record, whole.
#[allow(
    clippy::large_enum_variant,
    reason = "a board has thousands of notes and a cross or two, and what holds many holds them by kind"
)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record {
    /// A section.
    Section(Section),
    /// A note.
    Note(Note),
    /// A rule.
    Rule(Rule),
    /// A cross.
    Cross(Cross),
    /// A person.
    Person(Person),
}

/// What changed in a view. Nothing of the board itself is ever hard-deleted; only what came from another board is gone
/// again when its merge is undone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delta {
    /// Records, whole, in no particular order.
    pub records: Vec<Record>,
    /// Texts.
    pub texts: Vec<TextChange>,
    /// Which records came from which other board, for those that had not been told.
    pub origins: Vec<(RecordId, BoardId)>,
    /// Which records are copies, and of what, for those that had not been told.
    pub copies: Vec<(RecordId, CopyOf)>,
    /// Records that are not shown any more.
    pub gone: Vec<RecordId>,
    /// What was merged and what is left to choose, whole, if that changed.
    pub merged: Option<Box<Merged>>,
}

impl Delta {
    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self {
            records,
            texts,
            origins,
            copies,
            gone,
            merged,
        } = self;
        records.is_empty()
            && texts.is_empty()
            && origins.is_empty()
            && copies.is_empty()
            && gone.is_empty()
            && merged.is_none()
    }

    /// Adds a later delta to this one.
    pub fn append(&mut self, later: Self) {
        self.records.retain(|it| !later.gone.contains(&it.id()));
        let back: BTreeSet<RecordId> = later.records.iter().map(Record::id).collect();
        self.gone.retain(|it| !back.contains(it));
        self.records.extend(later.records);
        self.texts.extend(later.texts);
        self.origins.extend(later.origins);
        self.copies.extend(later.copies);
        self.gone.extend(later.gone);
        self.merged = later.merged.or(self.merged.take());
    }
}

/// A whole board as a screen shows it, the trash included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// The board.
    pub board: BoardId,
    /// Sections by id.
    pub sections: BTreeMap<SectionId, Section>,
    /// Notes by id.
    pub notes: BTreeMap<NoteId, Note>,
    /// Rules by id.
    pub rules: BTreeMap<RuleId, Rule>,
    /// Crosses by id.
    pub crosses: BTreeMap<CrossId, Cross>,
    /// People by id.
    pub people: BTreeMap<PersonId, Person>,
    /// Texts by id.
    pub texts: BTreeMap<TextId, TextValue>,
    /// Which other board a record came from.
    pub origins: BTreeMap<RecordId, BoardId>,
    /// Which records are copies of another board's, and of which.
    pub copies: BTreeMap<RecordId, CopyOf>,
    /// What was merged into this board.
    pub merged: Merged,
}

/// Notes as they are read: those under no heading first, then each heading with what is under it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grouped<'a> {
    /// Those that are under no heading and are none.
    pub loose: Vec<&'a Note>,
    /// The headings.
    pub groups: Vec<Group<'a>>,
}

/// A heading and the notes under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group<'a> {
    /// The heading, a note like any other.
    pub heading: &'a Note,
    /// At least one note.
    pub notes: Vec<&'a Note>,
}

impl View {
    /// The view of a board without records.
    #[must_use]
    pub fn empty(board: BoardId) -> Self {
        Self {
            board,
            sections: BTreeMap::new(),
            notes: BTreeMap::new(),
            rules: BTreeMap::new(),
            crosses: BTreeMap::new(),
            people: BTreeMap::new(),
            texts: BTreeMap::new(),
            origins: BTreeMap::new(),
            copies: BTreeMap::new(),
            merged: Merged::default(),
        }
    }

    /// Brings the view up to date.
    pub fn apply(&mut self, delta: &Delta) {
        for record in &delta.records {
            match record.clone() {
                Record::Section(it) => drop(self.sections.insert(it.id, it)),
                Record::Note(it) => drop(self.notes.insert(it.id, it)),
                Record::Rule(it) => drop(self.rules.insert(it.id, it)),
                Record::Cross(it) => drop(self.crosses.insert(it.id, it)),
                Record::Person(it) => drop(self.people.insert(it.id, it)),
            }
        }
        for change in &delta.texts {
            self.texts.insert(change.id, change.now.clone());
        }
        self.origins.extend(delta.origins.iter().copied());
        self.copies.extend(delta.copies.iter().cloned());
        for id in &delta.gone {
            self.forget(*id);
        }
        if let Some(merged) = &delta.merged {
            self.merged = Merged::clone(merged);
        }
    }

    /// What leads from this view to a later one of the same board. A text has changed if its words have.
    #[must_use]
    pub fn delta_to(&self, later: &Self) -> Delta {
        let mut records = Vec::new();
        changed(
            &self.sections,
            &later.sections,
            Record::Section,
            &mut records,
        );
        changed(&self.notes, &later.notes, Record::Note, &mut records);
        changed(&self.rules, &later.rules, Record::Rule, &mut records);
        changed(&self.crosses, &later.crosses, Record::Cross, &mut records);
        changed(&self.people, &later.people, Record::Person, &mut records);
        let texts = later
            .texts
            .iter()
            .filter(|(id, text)| self.texts.get(id).map(|old| &old.value) != Some(&text.value));
        let texts = texts.map(|(id, now)| TextChange {
            id: *id,
            now: now.clone(),
            splices: Vec::new(),
        });
        let origins = later.origins.iter();
        let copies = later.copies.iter();
        Delta {
            records,
            texts: texts.collect(),
            origins: origins
                .filter(|(id, from)| self.origins.get(id) != Some(from))
                .map(|(id, from)| (*id, *from))
                .collect(),
            copies: copies
                .filter(|(id, of)| self.copies.get(id) != Some(of))
                .map(|(id, of)| (*id, of.clone()))
                .collect(),
            gone: Vec::new(),
            merged: (self.merged != later.merged).then(|| Box::new(later.merged.clone())),
        }
    }

    /// Whether a later view has all the records of this one.
    #[must_use]
    pub fn is_within(&self, later: &Self) -> bool {
        self.sections
            .keys()
            .all(|it| later.sections.contains_key(it))
            && self.notes.keys().all(|it| later.notes.contains_key(it))
            && self.rules.keys().all(|it| later.rules.contains_key(it))
            && self.crosses.keys().all(|it| later.crosses.contains_key(it))
            && self.people.keys().all(|it| later.people.contains_key(it))
    }

    fn forget(&mut self, id: RecordId) {
        self.origins.remove(&id);
        self.copies.remove(&id);
        match id {
            RecordId::Section(id) => drop(self.sections.remove(&id)),
            RecordId::Note(id) => drop(self.notes.remove(&id)),
            RecordId::Rule(id) => drop(self.rules.remove(&id)),
            RecordId::Cross(id) => drop(self.crosses.remove(&id)),
            RecordId::Person(id) => drop(self.people.remove(&id)),
        }
    }

    /// The words of a text; empty where it is missing.
    #[must_use]
    pub fn text(&self, id: Option<TextId>) -> &str {
        id.and_then(|id| self.texts.get(&id))
            .map_or("", |text| text.value.as_str())
    }

    /// The revision of a text; 0 where it is missing.
    #[must_use]
    pub fn revision(&self, id: TextId) -> u32 {
        self.texts.get(&id).map_or(0, |text| text.revision)
    }

    /// The sections on the board, in order.
    #[must_use]
    pub fn sections_in_order(&self) -> Vec<&Section> {
        in_order(
            self.sections.values().filter(|it| on_board(it.presence)),
            |it| (&it.order, it.id.0),
        )
    }

    /// The notes of a section that are on the board, in list order.
    #[must_use]
    pub fn notes_of(&self, section: SectionId) -> Vec<&Note> {
        let notes = self.notes.values();
        in_order(
            notes.filter(|it| it.section == section && on_board(it.presence)),
            |it| (&it.order, it.id.0),
        )
    }

    /// The notes of one quadrant (or the driving forces, for none) that are on the board, in list order.
    #[must_use]
    pub fn notes_in(&self, section: SectionId, quadrant: Option<QuadrantPlace>) -> Vec<&Note> {
        let mut notes = self.notes_of(section);
        notes.retain(|it| it.quadrant == quadrant);
        notes
    }

    /// The heading that a note on the board is under: the note it names, if that is on the board, in the same section
    /// and quadrant, and names no such note itself. So nothing is under a heading twice over, and of a ring of notes
    /// none is.
    #[must_use]
    pub fn heading_of(&self, note: &Note) -> Option<&Note> {
        let heading = self.named_heading(note)?;
        self.named_heading(heading).is_none().then_some(heading)
    }

    fn named_heading(&self, note: &Note) -> Option<&Note> {
        let heading = self.notes.get(&note.under?)?;
        let place = |note: &Note| (note.section, note.quadrant);
        let counts =
            heading.id != note.id && on_board(heading.presence) && place(heading) == place(note);
        counts.then_some(heading)
    }

    /// Notes with the headings that they are under, everything in the order given. A heading that is not among them
    /// counts for nothing.
    #[must_use]
    pub fn grouped<'a>(&'a self, notes: Vec<&'a Note>) -> Grouped<'a> {
        let here: BTreeSet<NoteId> = notes.iter().map(|it| it.id).collect();
        let mut under: BTreeMap<NoteId, Vec<&Note>> = BTreeMap::new();
        let mut others = Vec::new();
        for note in notes {
            match self.heading_of(note).filter(|it| here.contains(&it.id)) {
                Some(heading) => under.entry(heading.id).or_default().push(note),
                None => others.push(note),
            }
        }
        let mut grouped = Grouped::default();
        for note in others {
            match under.remove(&note.id) {
                Some(notes) => grouped.groups.push(Group {
                    heading: note,
                    notes,
                }),
                None => grouped.loose.push(note),
            }
        }
        grouped
    }

    /// The rules of a section that are on the board, in order.
    #[must_use]
    pub fn rules_of(&self, section: SectionId) -> Vec<&Rule> {
        let rules = self.rules.values();
        in_order(
            rules.filter(|it| it.section == section && on_board(it.presence)),
            |it| (&it.order, it.id.0),
        )
    }

    /// The cross of a section: the one with the smallest id, should there be several.
    #[must_use]
    pub fn cross_of(&self, section: SectionId) -> Option<&Cross> {
        self.crosses
            .values()
            .find(|it| it.section == section && on_board(it.presence))
    }
}

fn changed<I: Ord, T: Clone + PartialEq>(
    old: &BTreeMap<I, T>,
    new: &BTreeMap<I, T>,
    record: impl Fn(T) -> Record,
    records: &mut Vec<Record>,
) {
    let changed = new.iter().filter(|(id, it)| old.get(id) != Some(it));
    records.extend(changed.map(|(_, it)| record(it.clone())));
}

fn on_board(presence: Presence) -> bool {
    presence == Presence::OnBoard
}

/// Sorts siblings by (order key, id); a malformed key sorts last.
pub(super) fn in_order<'a, T>(
    items: impl Iterator<Item = &'a T>,
    key: impl Fn(&T) -> (&OrderKey, [u8; 16]),
) -> Vec<&'a T> {
    let mut items: Vec<&T> = items.collect();
    items.sort_by_cached_key(|item| {
        let (order, id) = key(item);
        (!crate::board::order_key_is_valid(order), order.clone(), id)
    });
    items
}
