//! Where notes hang that are under a heading: below it, in rows, wherever it hangs.
//!
//! Their own places are not asked, so that moving a heading moves all that is under it and two people who sort at once
//! leave no gaps. Built once and again when notes are sorted; a drag asks only for the places.

use std::collections::{BTreeMap, BTreeSet};

use super::View;
use super::view::in_order;
use crate::ids::NoteId;
use crate::records::{Note, Position, Presence};
use crate::wall::{Footprint, Stack, stacked};

/// Which notes of a board are under which heading, and how they hang there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headings {
    under: BTreeMap<NoteId, Hung>,
    headings: BTreeMap<NoteId, Members>,
    named: BTreeSet<NoteId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Hung {
    heading: NoteId,
    /// How far from the heading's corner.
    by: Position,
}

/// What is under a heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members {
    /// The notes, in list order; at least one.
    pub notes: Vec<NoteId>,
    /// How many stand beside each other.
    pub columns: usize,
    /// How high the heading and they are together, in CSS pixels.
    pub height: i32,
}

impl Headings {
    /// The groups of a board, where `words` are a note's words.
    #[must_use]
    pub fn of<'v>(view: &'v View, words: impl Fn(&'v Note) -> &'v str) -> Self {
        let naming = view.notes.values().filter(|it| it.under.is_some());
        let named = naming.clone().filter_map(|it| it.under).collect();
        let mut sorted: BTreeMap<NoteId, (&Note, Vec<&Note>)> = BTreeMap::new();
        for note in naming.filter(|it| it.presence == Presence::OnBoard) {
            if let Some(heading) = view.heading_of(note) {
                let group = sorted.entry(heading.id).or_insert((heading, Vec::new()));
                group.1.push(note);
            }
        }
        let mut groups = Self {
            named,
            ..Self::default()
        };
        for (heading, notes) in sorted.into_values() {
            let notes = in_order(notes.into_iter(), |it| (&it.order, it.id.0));
            groups.hang(heading, &notes, &words);
        }
        groups
    }

    fn hang<'v>(
        &mut self,
        heading: &'v Note,
        notes: &[&'v Note],
        words: &impl Fn(&'v Note) -> &'v str,
    ) {
        let rooms = notes.iter().map(|it| Footprint::of(it.at, words(it)));
        let rooms: Vec<Footprint> = rooms.collect();
        let Stack {
            places,
            columns,
            height,
        } = stacked(words(heading), &rooms);
        let hung = notes.iter().zip(places).map(|(note, by)| {
            let heading = heading.id;
            (note.id, Hung { heading, by })
        });
        self.under.extend(hung);
        let members = Members {
            notes: notes.iter().map(|it| it.id).collect(),
            columns,
            height,
        };
        self.headings.insert(heading.id, members);
    }

    /// The heading that a note is under.
    #[must_use]
    pub fn heading(&self, note: NoteId) -> Option<NoteId> {
        self.under.get(&note).map(|it| it.heading)
    }

    /// What is under a note; none if it is no heading.
    #[must_use]
    pub fn members(&self, heading: NoteId) -> Option<&Members> {
        self.headings.get(&heading)
    }

    /// The headings.
    pub fn headings(&self) -> impl Iterator<Item = NoteId> + '_ {
        self.headings.keys().copied()
    }

    /// Whether some note names this one as its heading, rightly or not.
    #[must_use]
    pub fn is_named(&self, note: NoteId) -> bool {
        self.named.contains(&note)
    }

    /// Where a note hangs, if its heading hangs where `heading` says: that is asked for notes under one only.
    #[must_use]
    pub fn place(&self, note: &Note, heading: impl FnOnce(NoteId) -> Option<Position>) -> Position {
        let hung = self.under.get(&note.id);
        let at = hung.and_then(|hung| Some((heading(hung.heading)?, hung.by)));
        at.map_or(note.at, |(at, by)| {
            Position::clamped(at.x.saturating_add(by.x), at.y.saturating_add(by.y))
        })
    }

    /// The room that a note takes. A heading is as wide as what is under it.
    pub fn room(&self, view: &View, note: &Note, words: &str) -> impl Iterator<Item = Footprint> {
        let at = self.place(note, |id| view.notes.get(&id).map(|it| it.at));
        let columns = self.members(note.id).map_or(1, |it| it.columns);
        Footprint::of(at, words).beside(columns)
    }
}
