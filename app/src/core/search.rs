//! Finding words on a board.

use std::collections::BTreeSet;

use samsyn_shared::board::{Headings, TextField, View};
use samsyn_shared::records::{CrossField, RecordId, SectionKind};
use samsyn_shared::wall::sort_as_read;

use super::model::board::rule_fields;

/// A search that is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// What was typed.
    pub query: String,
    /// Where it is, in reading order.
    pub hits: Vec<TextField>,
    /// The hit that was gone to last.
    pub at: Option<usize>,
}

impl Search {
    /// Looks again, and stays with the hit that was gone to last if it still is one.
    pub fn look(&mut self, view: &View, headings: &Headings) {
        let former = self.at.and_then(|at| self.hits.get(at).copied());
        self.hits = find(view, headings, &self.query);
        self.at = former.and_then(|former| self.hits.iter().position(|it| *it == former));
    }

    /// The records that have a hit.
    #[must_use]
    pub fn records(&self) -> BTreeSet<RecordId> {
        self.hits.iter().map(|hit| hit.record()).collect()
    }

    /// Goes to the hit after the last one, or before it; the first follows the last.
    pub fn step(&mut self, forward: bool) -> Option<TextField> {
        let last = self.hits.len().checked_sub(1)?;
        let at = match (self.at, forward) {
            (None, true) => 0,
            (None, false) | (Some(0), false) => last,
            (Some(at), true) if at >= last => 0,
            (Some(at), true) => at + 1,
            (Some(at), false) => at - 1,
        };
        self.at = Some(at);
        self.hits.get(at).copied()
    }
}

/// The fields on the board that hold every word of `query`, in reading order. Upper and lower case are alike.
fn find(view: &View, headings: &Headings, query: &str) -> Vec<TextField> {
    let query = query.to_lowercase();
    let words: Vec<&str> = query.split_whitespace().collect();
    if words.is_empty() {
        return Vec::new();
    }
    let text = |field: TextField| view.record(field.record())?.text(field);
    let is_hit = |field: &TextField| {
        let text = view.text(text(*field)).to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    let fields = view.sections_in_order().into_iter().flat_map(|section| {
        let id = section.id;
        let mut fields = vec![TextField::SectionTitle(id)];
        let cross = view.cross_of(id).map(|cross| cross.id);
        fields.extend(
            cross
                .into_iter()
                .flat_map(|cross| CrossField::ALL.map(|field| TextField::Cross(cross, field))),
        );
        let rules = view.rules_of(id).into_iter();
        fields.extend(rules.flat_map(|rule| rule_fields(rule.id)));
        let mut notes: Vec<_> = view.notes_of(id);
        if section.kind == SectionKind::Notes {
            let heading = |id| view.notes.get(&id).map(|it| it.at);
            sort_as_read(&mut notes, |note| headings.place(note, heading));
        }
        fields.extend(notes.iter().map(|note| TextField::NoteText(note.id)));
        fields
    });
    fields.filter(is_hit).collect()
}
