//! What a merge would do, before it does anything.

use std::collections::BTreeSet;

use rand_core::Rng;
use serde::{Deserialize, Serialize};

use super::piles::piles;
use super::{Conflict, Field, FieldValue, SourceBoard};
use crate::board::{Board, Command, CommandError, View};
use crate::ids::{BoardId, NoteId};
use crate::records::{Presence, RecordId};
use crate::time::UnixMillis;

/// A field that takes another value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The record.
    pub record: RecordId,
    /// The field.
    pub field: Field,
    /// What it holds now.
    pub from: FieldValue,
    /// What it will hold.
    pub to: FieldValue,
}

/// What comes from one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupPreview {
    /// The source.
    pub board: BoardId,
    /// Records that are not here yet, its trash left out.
    pub new: Vec<RecordId>,
    /// Fields of records that it had copied.
    pub changed: Vec<Change>,
    /// Records that it had copied and has put into its trash. They stay where they are.
    pub removed: Vec<RecordId>,
    /// Changes that were refused: the source is damaged or of a newer version.
    pub refused: usize,
}

/// What a merge would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// By source, in the order they were given.
    pub groups: Vec<GroupPreview>,
    /// Fields for which values differ; those that were open before with them.
    pub conflicts: Vec<Conflict>,
    /// Notes that say nearly the same, at least one of them new.
    pub piles: Vec<Vec<NoteId>>,
    /// The board as it would be.
    pub view: View,
}

/// Why a merge cannot be previewed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PreviewError {
    /// A board is not merged into itself.
    #[error("a board is not merged into itself")]
    Itself,
    /// The merge is refused.
    #[error(transparent)]
    Command(#[from] CommandError),
}

impl Board {
    /// What merging these sources would do. The board itself is not touched: all is done on a copy of it.
    ///
    /// # Errors
    /// If one of the sources is the board itself.
    pub fn preview(
        &self,
        now: UnixMillis,
        rng: &mut impl Rng,
        sources: &[SourceBoard],
    ) -> Result<Preview, PreviewError> {
        let mut merged = self.clone();
        if sources.iter().any(|it| it.source.board == self.id) {
            return Err(PreviewError::Itself);
        }
        let refused = merged.import(sources).refused;
        let merges = sources.iter().map(|it| Command::Merge(it.source.clone()));
        let merges: Vec<Command> = merges.collect();
        merged.commit(now, rng, &merges)?;
        let groups = sources.iter().zip(refused);
        let groups: Vec<GroupPreview> = groups
            .map(|(it, refused)| self.group_preview(&merged, it.source.board, refused))
            .collect();
        let new = groups.iter().flat_map(|it| &it.new);
        let new: BTreeSet<NoteId> = new.filter_map(|it| note(*it)).collect();
        Ok(Preview {
            piles: piles_of(&merged.view, &new),
            conflicts: merged.view.merged.conflicts.clone(),
            groups,
            view: merged.view,
        })
    }

    fn group_preview(&self, merged: &Self, board: BoardId, refused: usize) -> GroupPreview {
        let from_here = merged.view.origins.iter().filter(|(_, it)| **it == board);
        let new = from_here.map(|(id, _)| *id).filter(|id| {
            let fresh = self.view.record(*id).is_none();
            fresh && !matches!(id, RecordId::Person(_)) && merged.view.is_on_board(*id)
        });
        let known: BTreeSet<(RecordId, BoardId)> = self.removed_copies().into_iter().collect();
        let removed = merged.removed_copies().into_iter();
        let removed = removed
            .filter(|it| it.1 == board && !known.contains(it) && merged.view.is_on_board(it.0));
        GroupPreview {
            board,
            new: new.collect(),
            changed: self.changed_by(merged, board),
            removed: removed.map(|(id, _)| id).collect(),
            refused,
        }
    }

    /// The fields that take what `board` proposes.
    fn changed_by(&self, merged: &Self, board: BoardId) -> Vec<Change> {
        let mut changed = Vec::new();
        for record in merged.proposed_by(board) {
            for field in Field::all(record) {
                let (from, to) = (
                    self.field_value(record, field),
                    merged.field_value(record, field),
                );
                if let (Some(from), Some(to)) = (from, to)
                    && from != to
                    && merged.proposal(record, field, &board).as_ref() == Some(&to)
                {
                    changed.push(Change {
                        record,
                        field,
                        from,
                        to,
                    });
                }
            }
        }
        changed
    }
}

fn note(id: RecordId) -> Option<NoteId> {
    match id {
        RecordId::Note(id) => Some(id),
        RecordId::Section(_) | RecordId::Rule(_) | RecordId::Cross(_) | RecordId::Person(_) => None,
    }
}

fn piles_of(view: &View, new: &BTreeSet<NoteId>) -> Vec<Vec<NoteId>> {
    let sections = view.sections_in_order();
    let mut all = Vec::new();
    for section in sections {
        let notes = view.notes_of(section.id);
        let notes: Vec<(NoteId, &str)> =
            notes.iter().map(|it| (it.id, view.text(it.text))).collect();
        all.extend(piles(&notes, new));
    }
    all
}

impl View {
    /// Whether a record is on the board, and not in its trash.
    #[must_use]
    pub fn is_on_board(&self, id: RecordId) -> bool {
        let presence = match id {
            RecordId::Section(id) => self.sections.get(&id).map(|it| it.presence),
            RecordId::Note(id) => self.notes.get(&id).map(|it| it.presence),
            RecordId::Rule(id) => self.rules.get(&id).map(|it| it.presence),
            RecordId::Cross(id) => self.crosses.get(&id).map(|it| it.presence),
            RecordId::Person(id) => self.people.get(&id).map(|_| Presence::OnBoard),
        };
        presence == Some(Presence::OnBoard)
    }
}
