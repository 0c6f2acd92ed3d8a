//! Boards that are merged here and had merged something themselves: what was settled there.
//!
//! Their choices and places are marks in their own homes, and came with their changes. A choice counts for the record of
//! that board it was made about, a place wherever that board's section is here by itself.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Claim;
use super::super::fields::Fields;
use super::LONGEST_ROW;
use crate::board::Board;
use crate::board::home::Container;
use crate::board::merge::stored::{Choice, Place, Stamp, Value, choice_key};
use crate::board::merge::{AFTER_GROUPS, Field};
use crate::ids::{BoardId, NoteId};
use crate::records::RecordId;

/// Whether what another board marked there counts here too.
pub(in crate::board::read) const fn is_nested(container: Container) -> bool {
    matches!(container, Container::Choices | Container::Place)
}

/// What other boards settled.
#[derive(Clone, Debug, Default)]
pub(super) struct Nested {
    /// What was chosen there.
    choices: BTreeMap<(BoardId, RecordId, Field), Choice>,
    /// Where they hung notes of boards that they had merged.
    pub(super) places: BTreeMap<NoteId, BTreeMap<BoardId, Place>>,
}

impl Nested {
    /// The notes that another board hung somewhere.
    pub(super) fn hung_by(&self, board: &BoardId) -> impl Iterator<Item = RecordId> {
        let places = self.places.iter();
        let hung = places.filter(|(_, by)| by.contains_key(board));
        hung.map(|(note, _)| RecordId::Note(*note))
    }
}

impl Board {
    /// Reads a choice or a place that another board made of what it had merged.
    pub(super) fn read_their_mark(
        &mut self,
        board: BoardId,
        mark: Claim,
        stale: &mut BTreeSet<RecordId>,
    ) {
        let bytes = self.mark_in(&board, mark);
        if mark.0 == Container::Place {
            let note = NoteId(mark.1);
            let places = &mut self.merging.nested.places;
            if let Some(place) = bytes.and_then(|it| Place::decode(&it)) {
                places.entry(note).or_default().insert(board, place);
            } else if let Some(places) = places.get_mut(&note) {
                places.remove(&board);
            }
            stale.insert(RecordId::Note(note));
            return;
        }
        let choices = &mut self.merging.nested.choices;
        // One that is taken back is found by its key.
        let former = choices.keys().copied();
        let mut former = former.filter(|it| it.0 == board && choice_key(it.1, it.2) == mark.1);
        let choice = bytes.and_then(|it| Choice::decode(&mark.1, &it));
        let about = choice.as_ref().map(|it| (board, it.record, it.field));
        if let Some(about) = about.or_else(|| former.next()) {
            stale.insert(about.1);
            match choice {
                Some(choice) => drop(choices.insert(about, choice)),
                None => drop(choices.remove(&about)),
            }
        }
    }

    /// What a record's own board says in a field: what was chosen there, if that had merged something itself.
    pub(super) fn said(&self, id: RecordId, field: Field, fields: &Fields) -> Value {
        match self.their_choice(id, field) {
            Some(choice) => self.named(field, choice.value.clone()),
            None => self.weighed(field, fields),
        }
    }

    /// What was chosen for a record on its own board, if that is another one.
    pub(super) fn their_choice(&self, id: RecordId, field: Field) -> Option<&Choice> {
        let choices = &self.merging.nested.choices;
        let board = (!choices.is_empty()).then(|| self.board_with(id))??;
        choices.get(&(board, id, field))
    }

    /// Whether a board through which a copy came has chosen something else than what it says.
    pub(super) fn is_passed_over(&self, copy: RecordId, field: Field, stamp: &Stamp) -> bool {
        let mut at = copy;
        for _ in 0..LONGEST_ROW {
            if self.merging.nested.choices.is_empty() {
                return false;
            }
            let Some(original) = self.merging.originals.get(&at) else {
                return false;
            };
            at = *original;
            if let Some(choice) = self.their_choice(at, field)
                && choice.over.contains(stamp)
            {
                return true;
            }
        }
        false
    }

    /// Where people hung a note of another board: here, else on a board that had merged that one, as long as its section
    /// is here by itself. On a copied section the note is laid out as the others are, and where this board's own groups'
    /// notes hang is nobody else's business.
    pub(super) fn placed(&self, note: NoteId) -> Option<Place> {
        let board = self.board_with(RecordId::Note(note));
        let number = board.and_then(|it| self.merging.number(&it));
        let theirs = self.merging.nested.places.get(&note);
        let theirs = theirs.filter(|_| number.is_some_and(|it| it >= AFTER_GROUPS));
        let theirs = theirs.into_iter().flatten();
        let there = theirs.filter(|(board, it)| {
            let section = RecordId::Section(it.section);
            self.merging.is_shown(board)
                && self.is_visible(section)
                && self.root(section) == section
        });
        let first = || there.min_by_key(|(board, _)| (self.merging.number(board), **board));
        let own = self.merging.place(note);
        own.or_else(|| first().map(|(_, place)| *place))
    }
}
