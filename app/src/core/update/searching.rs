//! Searching: typed, stepped through, closed.

use samsyn_shared::board::TextField;
use samsyn_shared::ids::SectionId;
use samsyn_shared::records::RecordId;

use super::{Effects, page_chosen, part_of, show, walls};
use crate::core::effect::{Effect, Part};
use crate::core::model::{BoardModel, Model, Page};
use crate::core::search::Search;

/// Opens the search or types into it; none closes it, and the note that was gone to gets the keyboard.
pub(super) fn search(model: &mut Model, query: Option<String>) -> Effects {
    let Some(board) = model.board_mut() else {
        return Effects::new();
    };
    let before = board.search.take();
    let last = before.as_ref().filter(|_| query.is_none());
    let last = last.and_then(|it| Some(it.hits.get(it.at?)?.record()));
    let mut records = before.map(|it| it.records()).unwrap_or_default();
    board.search = query.map(|query| {
        let mut search = Search {
            query,
            ..Search::default()
        };
        search.look(&board.view, &board.headings);
        records.extend(search.records());
        search
    });
    let shown = records.into_iter().map(|it| Effect::Show(part_of(it)));
    let note = last.and_then(|it| match it {
        RecordId::Note(id) => Some(Effect::FocusNote(id)),
        RecordId::Section(_) | RecordId::Rule(_) | RecordId::Cross(_) | RecordId::Person(_) => None,
    });
    let shown = show(Part::Search).into_iter().chain(shown);
    shown.chain(note).collect()
}

/// Goes to the next hit, or the one before: to its section, and on a wall to its place.
pub(super) fn step(model: &mut Model, forward: bool) -> Effects {
    let Some(board) = model.board_mut() else {
        return Effects::new();
    };
    let Some(hit) = board.search.as_mut().and_then(|it| it.step(forward)) else {
        return Effects::new();
    };
    let section = section_of(board, hit);
    let elsewhere = section.filter(|it| board.section() != Some(*it));
    let mut effects = show(Part::Search);
    if let Some(section) = elsewhere {
        effects.extend(page_chosen(model, Page::Section(section)));
    }
    if let RecordId::Note(note) = hit.record() {
        effects.extend(walls::revealed(model, note));
    }
    effects.push(Effect::See(hit));
    effects
}

fn section_of(board: &BoardModel, hit: TextField) -> Option<SectionId> {
    let view = &board.view;
    match hit.record() {
        RecordId::Section(id) => Some(id),
        RecordId::Note(id) => view.notes.get(&id).map(|it| it.section),
        RecordId::Rule(id) => view.rules.get(&id).map(|it| it.section),
        RecordId::Cross(id) => view.crosses.get(&id).map(|it| it.section),
        RecordId::Person(_) => None,
    }
}
