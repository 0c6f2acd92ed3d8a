//! What merged boards make of a record: which are shown, what copies propose, what was chosen, where notes hang.
//!
//! The rules stand in `board::merge`. Everything here is computed from the document as it is, so that it does not
//! matter in which order what came.

mod nested;

use std::collections::{BTreeMap, BTreeSet};

use automerge::ReadDoc;

use super::fields::{Fields, judgement};
use super::{Claim, Claimant, claim_of, hex_id};
use crate::board::Board;
use crate::board::commit::fields_of;
use crate::board::home::{self, Container};
use crate::board::merge::stored::{
    Choice, Place, Stamp, Value, begun_key, choice_key, source_key, text_stamp,
};
use crate::board::merge::{
    AFTER_GROUPS, Begun, Conflict, Field, FieldValue, LaneNote, Merged, Placement, Proposal,
    Source, laid_out, lane,
};
use crate::ids::{BoardId, NoteId, PersonId, SectionId};
use crate::records::{
    AxisPlace, Colour, Position, Presence, QuadrantPlace, RecordId, RuleStatus, SectionKind, Tag,
};
use crate::wall::Footprint;

use nested::Nested;
pub(super) use nested::is_nested;

/// The containers whose keys are marks.
const MARKS: [Container; 3] = [Container::Merges, Container::Choices, Container::Place];

/// The longest row of copies of copies.
const LONGEST_ROW: usize = 8;
/// Sorts after all order keys that a board's own sections get.
const BEHIND: &str = "ffffffff";

/// What is known of other boards in this one's document.
#[derive(Clone, Debug, Default)]
pub(in crate::board) struct Merging {
    /// The marks of this board, as they are stored.
    marks: BTreeMap<Claim, Vec<u8>>,
    nested: Nested,
    sources: BTreeMap<BoardId, Source>,
    begun: Option<Begun>,
    /// By copy: its original, which need not be here.
    originals: BTreeMap<RecordId, RecordId>,
    copies: BTreeMap<RecordId, BTreeSet<RecordId>>,
    /// The records of each other board.
    members: BTreeMap<BoardId, BTreeSet<RecordId>>,
    /// By copy, what it is shown as, where that is not itself. What names a copy is read again when this changes.
    shown_as: BTreeMap<RecordId, RecordId>,
    /// Where notes hang that are in lanes or rows.
    laid: BTreeMap<NoteId, Position>,
}

impl Merging {
    /// Whether a record's texts matter to what is shown of others.
    pub(super) fn concerns(&self, record: RecordId) -> bool {
        self.originals.contains_key(&record)
            || self.copies.contains_key(&record)
            || matches!(record, RecordId::Note(id) if self.laid.contains_key(&id))
    }

    /// A mark as it is stored.
    pub(in crate::board) fn mark(&self, mark: Claim) -> Option<&Vec<u8>> {
        self.marks.get(&mark)
    }

    fn is_shown(&self, board: &BoardId) -> bool {
        self.sources.get(board).is_some_and(|it| it.shown)
    }

    /// A source's place among the sources; this board itself comes first.
    fn number(&self, board: &BoardId) -> Option<u16> {
        self.sources.get(board).map(|it| it.number)
    }

    fn place(&self, note: NoteId) -> Option<Place> {
        Place::decode(self.marks.get(&(Container::Place, note.0))?)
    }

    fn choice(&self, record: RecordId, field: Field) -> Option<Choice> {
        let key = choice_key(record, field);
        Choice::decode(&key, self.marks.get(&(Container::Choices, key))?)
    }

    fn link(&mut self, copy: RecordId, original: Option<RecordId>) {
        let former = match original {
            Some(original) => self.originals.insert(copy, original),
            None => self.originals.remove(&copy),
        };
        if let Some(copies) = former.and_then(|it| self.copies.get_mut(&it)) {
            copies.remove(&copy);
        }
        if let Some(original) = original {
            self.copies.entry(original).or_default().insert(copy);
        }
    }
}

/// A copy that is shown through its original.
pub(super) struct Copied {
    pub(super) id: RecordId,
    board: BoardId,
    fields: Fields,
    seen: BTreeMap<Field, Stamp>,
}

/// One value for a field, and who wants it.
struct Candidate {
    value: Value,
    from: BTreeSet<BoardId>,
    /// What those who want it had seen.
    seen: BTreeSet<Stamp>,
}

impl Board {
    /// The marks that are in the document, other boards' with them.
    pub(super) fn all_marks(&self) -> Vec<Claim> {
        let mut marks = Vec::new();
        let homes = self.claims.homes().into_iter();
        let boards = homes.filter_map(|it| self.history.board_of(it));
        let boards: BTreeSet<BoardId> = boards.chain([self.id]).collect();
        for board in boards {
            for container in MARKS
                .into_iter()
                .filter(|it| board == self.id || is_nested(*it))
            {
                let object = home::container(&board, container);
                let items = self.document.map_range(&object, ..);
                let keys = items.filter_map(|item| hex_id(&item.key));
                marks.extend(keys.map(|key| (container, key)));
            }
        }
        marks
    }

    fn mark_in(&self, board: &BoardId, mark: Claim) -> Option<Vec<u8>> {
        let object = home::container(board, mark.0);
        let key = base16ct::lower::encode_string(&mark.1);
        match self.document.get(&object, key.as_str()) {
            Ok(Some((automerge::Value::Scalar(value), _))) => value.as_bytes().map(<[u8]>::to_vec),
            Ok(_) | Err(_) => None,
        }
    }

    /// Reads a mark again, and adds the records that look different now.
    pub(super) fn read_mark(&mut self, mark: Claim, stale: &mut BTreeSet<RecordId>) {
        if is_nested(mark.0) {
            let boards: Vec<BoardId> = self.merging.members.keys().copied().collect();
            for board in boards {
                self.read_their_mark(board, mark, stale);
            }
        }
        let bytes = self.mark_in(&self.id, mark);
        // A choice that is withdrawn says no more which record it was about.
        let former = self.choice_of(mark.1);
        match &bytes {
            Some(bytes) => drop(self.merging.marks.insert(mark, bytes.clone())),
            None => drop(self.merging.marks.remove(&mark)),
        }
        match mark.0 {
            Container::Merges if mark.1 == begun_key() => {
                self.merging.begun = bytes.and_then(|it| Begun::decode(&it));
            }
            Container::Merges => {
                let source = bytes.and_then(|it| Source::decode(&mark.1, &it));
                self.read_source(mark.1, source, stale);
            }
            Container::Choices => stale.extend(former.into_iter().chain(self.choice_of(mark.1))),
            Container::Place => drop(stale.insert(RecordId::Note(NoteId(mark.1)))),
            Container::Sections
            | Container::Notes
            | Container::Rules
            | Container::Crosses
            | Container::People
            | Container::Texts
            | Container::Actions
            | Container::Ballots => {}
        }
    }

    fn read_source(
        &mut self,
        key: [u8; 16],
        source: Option<Source>,
        stale: &mut BTreeSet<RecordId>,
    ) {
        let known = self.merging.sources.keys().copied();
        let board = source.as_ref().map(|it| it.board);
        let board = board.or_else(|| known.into_iter().find(|it| source_key(it) == key));
        let Some(board) = board else {
            return;
        };
        match source {
            Some(source) => drop(self.merging.sources.insert(board, source)),
            None => drop(self.merging.sources.remove(&board)),
        }
        stale.extend(self.merging.members.get(&board).into_iter().flatten());
        stale.extend(self.merging.nested.hung_by(&board));
    }

    /// The record that a choice is about.
    pub(super) fn choice_of(&self, key: [u8; 16]) -> Option<RecordId> {
        let bytes = self.merging.marks.get(&(Container::Choices, key))?;
        Choice::decode(&key, bytes).map(|it| it.record)
    }

    /// Takes note of a record of another board and of what it is a copy of.
    pub(super) fn note_copy(
        &mut self,
        id: RecordId,
        claimant: Claimant,
        stale: &mut BTreeSet<RecordId>,
    ) {
        if self.is_own(claimant.home) {
            return;
        }
        let Some(board) = self.history.board_of(claimant.home) else {
            return;
        };
        let fields = Fields::read(&self.document, &self.object_id(claimant.object));
        let original = fields.copy_of(id).map(|it| it.record);
        let original = original.filter(|it| *it != id);
        self.merging.members.entry(board).or_default().insert(id);
        if self.merging.originals.get(&id).copied() != original {
            stale.extend(self.merging.originals.get(&id).copied());
            self.merging.link(id, original);
        }
    }

    /// Takes note of all the boards that know a person.
    pub(super) fn note_person(&mut self, claim: Claim) {
        let homes = self.claims.claimants(claim).iter().map(|it| it.home);
        let boards = homes.filter_map(|it| self.history.board_of(it));
        for board in boards.filter(|it| *it != self.id) {
            let person = RecordId::Person(PersonId(claim.1));
            self.merging
                .members
                .entry(board)
                .or_default()
                .insert(person);
        }
    }

    /// Remembers whose words the texts of a record are.
    pub(super) fn note_texts(&mut self, id: RecordId, fields: &Fields) {
        for field in Field::all(id).into_iter().filter(|it| it.is_text()) {
            if let Value::Word(text) = fields.value(field.key())
                && let Ok(text) = text.parse()
            {
                self.claims.owners.insert(text, id);
            }
        }
    }

    /// From which source a record is shown: none for this board's own. Nothing at all if its source is not shown.
    pub(super) fn from(&self, claimant: Claimant) -> Option<Option<BoardId>> {
        if self.is_own(claimant.home) {
            return Some(None);
        }
        let board = self.history.board_of(claimant.home)?;
        self.merging.is_shown(&board).then_some(Some(board))
    }

    fn is_visible(&self, id: RecordId) -> bool {
        let claimant = self.claimant(claim_of(id));
        claimant.is_some_and(|it| self.from(it).is_some())
    }

    /// The record that a record is shown as: its original's original, as far as these are here; else itself.
    pub(in crate::board) fn root(&self, id: RecordId) -> RecordId {
        let mut at = id;
        for _ in 0..LONGEST_ROW {
            match self.merging.originals.get(&at) {
                Some(original) if self.is_visible(*original) => at = *original,
                Some(_) | None => return at,
            }
        }
        // A ring, which only a stranger's program makes.
        id
    }

    /// The copies that are shown through `id`.
    pub(super) fn copies_of(&self, id: RecordId) -> Vec<Copied> {
        let mut found = BTreeSet::new();
        let mut open = vec![id];
        while let Some(next) = open.pop() {
            for copy in self.merging.copies.get(&next).into_iter().flatten() {
                if *copy != id && found.insert(*copy) {
                    open.push(*copy);
                }
            }
        }
        let copies = found.into_iter().filter(|it| self.root(*it) == id);
        copies.filter_map(|it| self.copied(it)).collect()
    }

    fn copied(&self, id: RecordId) -> Option<Copied> {
        let claimant = self.claimant(claim_of(id))?;
        let board = self.from(claimant)??;
        let fields = Fields::read(&self.document, &self.object_id(claimant.object));
        let seen = fields.copy_of(id)?.seen;
        Some(Copied {
            id,
            board,
            fields,
            seen,
        })
    }

    /// What a field holds, with references to copies made references to what these are shown as.
    fn weighed(&self, field: Field, fields: &Fields) -> Value {
        self.named(field, fields.value(field.key()))
    }

    /// A value with references to copies made references to what these are shown as.
    fn named(&self, field: Field, value: Value) -> Value {
        match (field, &value) {
            (Field::Section, Value::Word(word)) => match word.parse() {
                Ok(section) => Value::Word(self.section_shown(section).to_string()),
                Err(_) => value,
            },
            (field, Value::Word(word)) if field.names_note() => match word.parse() {
                Ok(note) => Value::Word(self.note_shown(note).to_string()),
                Err(_) => value,
            },
            _ => value,
        }
    }

    fn note_shown(&self, note: NoteId) -> NoteId {
        note_of(self.root(RecordId::Note(note))).unwrap_or(note)
    }

    fn section_shown(&self, section: SectionId) -> SectionId {
        match self.root(RecordId::Section(section)) {
            RecordId::Section(section) => section,
            RecordId::Note(_) | RecordId::Rule(_) | RecordId::Cross(_) | RecordId::Person(_) => {
                section
            }
        }
    }

    fn stamp(&self, field: Field, value: &Value) -> Stamp {
        match (field.is_text(), value) {
            (false, value) => value.stamp(),
            (true, Value::Word(text)) => text_stamp(self.view.text(text.parse().ok())),
            (true, Value::Nothing | Value::Number(_)) => text_stamp(""),
        }
    }

    fn candidates(&self, field: Field, copies: &[Copied]) -> BTreeMap<Stamp, Candidate> {
        let mut candidates: BTreeMap<Stamp, Candidate> = BTreeMap::new();
        for copy in copies {
            let value = self.said(copy.id, field, &copy.fields);
            let stamp = self.stamp(field, &value);
            if self.is_passed_over(copy.id, field, &stamp) {
                continue;
            }
            // A copy that does not say what it had seen was made before there was such a field.
            let seen = copy.seen.get(&field).copied();
            let seen = seen.unwrap_or_else(|| self.stamp(field, &Value::Nothing));
            if stamp != seen {
                let candidate = candidates.entry(stamp).or_insert_with(|| Candidate {
                    value,
                    from: BTreeSet::new(),
                    seen: BTreeSet::new(),
                });
                candidate.from.insert(copy.board);
                candidate.seen.insert(seen);
            }
        }
        candidates
    }

    /// Puts into `fields` what is shown, and says what is left to choose.
    pub(super) fn settle(
        &self,
        id: RecordId,
        fields: &mut Fields,
        copies: &[Copied],
    ) -> Vec<Conflict> {
        let mut conflicts = Vec::new();
        if copies.is_empty() && self.merging.marks.is_empty() && self.merging.members.is_empty() {
            return conflicts;
        }
        for field in Field::all(id) {
            let own = self.said(id, field, fields);
            let (shown, open) = self.weigh(id, field, own, copies);
            if !open.is_empty() {
                let proposals = open.into_values().map(|it| Proposal {
                    value: self.for_people(field, &it.value),
                    from: it.from.into_iter().collect(),
                });
                let mut proposals: Vec<Proposal> = proposals.collect();
                proposals.sort_by_cached_key(|it| {
                    let sources = it.from.iter();
                    let numbers = sources.map(|it| (self.merging.number(it), *it));
                    numbers.min()
                });
                conflicts.push(Conflict {
                    record: id,
                    field,
                    shown: self.for_people(field, &shown),
                    proposals,
                });
            }
            fields.set(field.key(), shown);
        }
        conflicts
    }

    /// The value that is shown, and those among which somebody must choose.
    ///
    /// What was made of the value as it stands, by one alone, takes its place, and so on from there. If in the end
    /// something is left over, nothing is taken.
    fn weigh(
        &self,
        id: RecordId,
        field: Field,
        own: Value,
        copies: &[Copied],
    ) -> (Value, BTreeMap<Stamp, Candidate>) {
        let mut open = self.candidates(field, copies);
        let own_stamp = self.stamp(field, &own);
        let start = match self.merging.choice(id, field) {
            Some(choice) => {
                // Only what was not weighed then is open, and that may be what this board says itself by now.
                open.entry(own_stamp).or_insert_with(|| Candidate {
                    value: own,
                    from: BTreeSet::from([self.id]),
                    seen: BTreeSet::new(),
                });
                open.retain(|it, _| !choice.over.contains(it));
                self.named(field, choice.value)
            }
            None => own,
        };
        let mut stamp = self.stamp(field, &start);
        open.remove(&stamp);
        let mut shown = start.clone();
        let mut left: BTreeMap<Stamp, &Candidate> = open.iter().map(|(k, v)| (*k, v)).collect();
        while let Some(next) = only(left.iter().filter(|(_, it)| it.seen.contains(&stamp))) {
            stamp = *next.0;
            shown.clone_from(&next.1.value);
            left.remove(&stamp);
        }
        if left.is_empty() {
            (shown, BTreeMap::new())
        } else {
            (start, open)
        }
    }

    /// Every value that is there for a field now, by stamp: what a choice weighs. Nothing if nobody proposes anything, and
    /// nothing was chosen where the record is from.
    pub(in crate::board) fn present(&self, id: RecordId, field: Field) -> BTreeSet<Stamp> {
        let copies = self.copies_of(id);
        let mut present: BTreeSet<Stamp> = self.candidates(field, &copies).into_keys().collect();
        let former = self.merging.choice(id, field);
        let theirs = self.their_choice(id, field);
        if present.is_empty() && former.is_none() && theirs.is_none() {
            return present;
        }
        present.extend(theirs.into_iter().flat_map(|it| &it.over));
        present.extend(former.into_iter().flat_map(|it| it.over));
        if let Some(claimant) = self.claimant(claim_of(id)) {
            let fields = Fields::read(&self.document, &self.object_id(claimant.object));
            present.insert(self.stamp(field, &self.said(id, field, &fields)));
        }
        present
    }

    /// What a source proposes for a field.
    pub(in crate::board) fn proposed(
        &self,
        id: RecordId,
        field: Field,
        source: &BoardId,
    ) -> Option<Value> {
        if *source == self.id {
            let claimant = self.claimant(claim_of(id))?;
            let fields = Fields::read(&self.document, &self.object_id(claimant.object));
            return Some(self.weighed(field, &fields));
        }
        let candidates = self.candidates(field, &self.copies_of(id));
        let mut candidates = candidates.into_values();
        let found = candidates.find(|it| it.from.contains(source));
        found.map(|it| it.value)
    }

    /// The same, for people; nothing if that source has changed nothing there.
    pub(in crate::board) fn proposal(
        &self,
        id: RecordId,
        field: Field,
        source: &BoardId,
    ) -> Option<FieldValue> {
        let value = self.proposed(id, field, source)?;
        Some(self.for_people(field, &value))
    }

    /// The records of which a source holds copies.
    pub(in crate::board) fn proposed_by(&self, source: BoardId) -> BTreeSet<RecordId> {
        let members = self.merging.members.get(&source).into_iter().flatten();
        let copies = members.filter(|it| self.merging.originals.contains_key(it));
        let roots = copies.map(|it| (*it, self.root(*it)));
        roots
            .filter(|(copy, root)| copy != root)
            .map(|(_, root)| root)
            .collect()
    }

    fn for_people(&self, field: Field, value: &Value) -> FieldValue {
        let word = match value {
            Value::Word(word) => word.as_str(),
            Value::Nothing | Value::Number(_) => "",
        };
        match field {
            Field::Title | Field::Text | Field::Why | Field::ShowsAs | Field::Cross(_) => {
                FieldValue::Text(self.view.text(word.parse().ok()).to_owned())
            }
            Field::Status => FieldValue::Status(RuleStatus::from_word(word)),
            Field::Colour => FieldValue::Colour(Colour::from_word(word)),
            Field::Section => FieldValue::Section(word.parse().ok()),
            Field::Quadrant => FieldValue::Quadrant(QuadrantPlace::from_word(word)),
            Field::Under | Field::Force(_) => FieldValue::Note(word.parse().ok()),
            Field::Judged => {
                FieldValue::Judged(value.bytes().and_then(|it| judgement(it.as_slice())))
            }
            Field::Tag => FieldValue::Tag(Tag::from_word(word)),
            Field::Horizon => FieldValue::Year(match value {
                Value::Number(year) => i32::try_from(*year).ok(),
                Value::Nothing | Value::Word(_) => None,
            }),
        }
    }

    /// Puts a record of another board where it is shown here.
    pub(super) fn hang(&self, id: RecordId, claimant: Claimant, fields: &mut Fields) {
        let section = self.weighed(Field::Section, fields);
        match id {
            RecordId::Note(note) => {
                fields.set(Field::Section.key(), section);
                let under = self.weighed(Field::Under, fields);
                fields.set(Field::Under.key(), under);
                if let Some(at) = self.merging.laid.get(&note) {
                    fields.set_at(*at);
                }
                if let Some(place) = self.placed(note) {
                    let quadrant = place.quadrant.map(|it| Value::Word(it.word().to_owned()));
                    let section = self.section_shown(place.section);
                    fields.set("section", Value::Word(section.to_string()));
                    fields.set("quadrant", quadrant.unwrap_or_default());
                    fields.set_at(place.at);
                }
            }
            RecordId::Rule(_) => fields.set(Field::Section.key(), section),
            RecordId::Cross(_) => {
                fields.set(Field::Section.key(), section);
                for axis in AxisPlace::ALL {
                    let force = self.weighed(Field::Force(axis), fields);
                    fields.set(axis.force_key(), force);
                }
            }
            RecordId::Section(id) => {
                let number = self.history.board_of(claimant.home);
                let number = number.and_then(|it| self.merging.sources.get(&it));
                let number = number.map_or(u16::MAX, |it| it.number);
                let order = fields.section(id).order;
                let order = format!("{BEHIND}{number:04x}{order}");
                fields.set("order", Value::Word(order));
            }
            RecordId::Person(_) => {}
        }
    }

    /// Adds what looks different because something else does: originals of copies, and what hangs in rows.
    pub(super) fn spread(&mut self, stale: &mut BTreeSet<RecordId>) {
        if self.merging.members.is_empty() {
            return;
        }
        let mut renamed = BTreeSet::new();
        let mut boards = BTreeSet::new();
        let mut below: Vec<RecordId> = stale.iter().copied().collect();
        while let Some(id) = below.pop() {
            let copies = self.merging.copies.get(&id).into_iter().flatten();
            let original = self.merging.originals.get(&id);
            let others = copies.chain(original).copied();
            below.extend(others.filter(|it| stale.insert(*it)));
            if let Some(former) = self.shown_otherwise(id) {
                renamed.insert(former);
                let board = self.board_with(id).filter(|it| boards.insert(*it));
                let members = board.and_then(|it| self.merging.members.get(&it));
                let members = members.into_iter().flatten().copied();
                below.extend(members.filter(|it| stale.insert(*it)));
            }
        }
        if !renamed.is_empty() {
            // This board's own records may hang where a copy did, and so may what it moved.
            let named = |it: &RecordId| {
                let record = self.view.record(*it);
                record.is_some_and(|it| it.names().iter().any(|it| renamed.contains(it)))
            };
            stale.extend(self.view.records().filter(named));
            // Whether another board's places count depends on what its sections are shown as.
            let hung = self.merging.nested.places.keys();
            stale.extend(hung.map(|it| RecordId::Note(*it)));
        }
        let boards: BTreeSet<BoardId> =
            stale.iter().filter_map(|it| self.board_with(*it)).collect();
        self.lay_out(&boards, stale);
    }

    /// What a section or a note was shown as, if that has just changed.
    fn shown_otherwise(&mut self, id: RecordId) -> Option<RecordId> {
        let is_named = matches!(id, RecordId::Section(_) | RecordId::Note(_));
        let shown = self.root(id);
        let known = &mut self.merging.shown_as;
        let former = if shown == id {
            known.remove(&id)
        } else {
            known.insert(id, shown)
        };
        let former = former.unwrap_or(id);
        (is_named && former != shown).then_some(former)
    }

    /// The other board that a record is at home on.
    fn board_with(&self, id: RecordId) -> Option<BoardId> {
        let claimant = self.claimant(claim_of(id))?;
        let board = self.history.board_of(claimant.home)?;
        (board != self.id).then_some(board)
    }

    /// Lays the notes of these boards out anew, where they are in lanes or rows, and adds those that moved.
    fn lay_out(&mut self, boards: &BTreeSet<BoardId>, stale: &mut BTreeSet<RecordId>) {
        if boards.is_empty() {
            return;
        }
        // Rows go on from one source to the next, and the lanes of other boards stand behind those of the groups: one
        // of these may just have joined or left them.
        let follows = |it: &&Source| match it.placement {
            Placement::Flow { .. } => true,
            Placement::Lanes { .. } => it.number >= AFTER_GROUPS,
            Placement::Overlay => false,
        };
        let following = self.merging.sources.values().filter(follows);
        let wanted: BTreeSet<BoardId> = following
            .map(|it| it.board)
            .chain(boards.iter().copied())
            .collect();
        let members = wanted.iter().filter_map(|it| self.merging.members.get(it));
        let notes: Vec<NoteId> = members.flatten().filter_map(|it| note_of(*it)).collect();
        let mut laid: BTreeMap<NoteId, Position> = BTreeMap::new();
        let mut by_section: BTreeMap<SectionId, Vec<LaneNote>> = BTreeMap::new();
        for note in &notes {
            if let Some((section, note)) = self.lane_note(*note) {
                by_section.entry(section).or_default().push(note);
            }
        }
        for notes in by_section.into_values() {
            laid.extend(laid_out(notes));
        }
        for note in notes {
            let (old, new) = (self.merging.laid.get(&note), laid.get(&note));
            if old != new {
                stale.insert(RecordId::Note(note));
                match new {
                    Some(at) => drop(self.merging.laid.insert(note, *at)),
                    None => drop(self.merging.laid.remove(&note)),
                }
            }
        }
    }

    /// A note of another board that this one lays out by itself.
    fn lane_note(&self, id: NoteId) -> Option<(SectionId, LaneNote)> {
        let record = RecordId::Note(id);
        let claimant = self.claimant(claim_of(record))?;
        let board = self.from(claimant)??;
        let source = self.merging.sources.get(&board)?;
        if source.placement == Placement::Overlay
            || self.root(record) != record
            || self.placed(id).is_some()
        {
            return None;
        }
        let note = Fields::read(&self.document, &self.object_id(claimant.object)).note(id);
        let section = self.section_shown(note.section);
        let is_wall = note.quadrant.is_none()
            && section != note.section
            && note.presence == Presence::OnBoard
            && self.kind_of(section) == Some(SectionKind::Notes);
        let words = self.view.text(note.text);
        is_wall.then(|| {
            (
                section,
                LaneNote {
                    id,
                    board,
                    number: source.number,
                    lane: lane(&self.merging.sources, &board),
                    placement: source.placement,
                    order: note.order,
                    height: Footprint::of(Position::default(), words).height,
                },
            )
        })
    }

    fn kind_of(&self, section: SectionId) -> Option<SectionKind> {
        let claimant = self.claimant(claim_of(RecordId::Section(section)))?;
        let fields = Fields::read(&self.document, &self.object_id(claimant.object));
        Some(fields.section(section).kind)
    }

    /// What was merged, if that has changed.
    pub(super) fn merged_with(
        &self,
        conflicts: BTreeMap<RecordId, Vec<Conflict>>,
    ) -> Option<Box<Merged>> {
        let former = &self.view.merged;
        let kept = former.conflicts.iter();
        let kept = kept
            .filter(|it| !conflicts.contains_key(&it.record))
            .cloned();
        let mut all: Vec<Conflict> = kept.chain(conflicts.values().flatten().cloned()).collect();
        all.sort_by_key(|it| (it.record, it.field));
        let merged = Merged {
            sources: self.merging.sources.clone(),
            conflicts: all,
            begun: self.merging.begun.clone(),
        };
        (merged != *former).then(|| Box::new(merged))
    }

    /// The copies whose boards have put them into the trash, by original.
    pub(in crate::board) fn removed_copies(&self) -> Vec<(RecordId, BoardId)> {
        let originals = self.merging.copies.keys().copied();
        let originals = originals.filter(|it| self.root(*it) == *it && self.is_visible(*it));
        originals
            .flat_map(|id| {
                let copies = self.copies_of(id).into_iter();
                let removed = copies.filter(|it| it.fields.is_removed());
                removed.map(move |it| (id, it.board))
            })
            .collect()
    }

    /// What a field of a record holds, for people.
    pub(in crate::board) fn field_value(&self, id: RecordId, field: Field) -> Option<FieldValue> {
        let fields = fields_of(&self.view.record(id)?);
        let value = fields.iter().find(|(key, _)| *key == field.key());
        let value = value.map_or(Value::Nothing, |(_, value)| Value::of(value));
        Some(self.for_people(field, &value))
    }
}

/// The only one, if there is exactly one.
fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    items.next().filter(|_| items.next().is_none())
}

fn note_of(id: RecordId) -> Option<NoteId> {
    match id {
        RecordId::Note(id) => Some(id),
        RecordId::Section(_) | RecordId::Rule(_) | RecordId::Cross(_) | RecordId::Person(_) => None,
    }
}
