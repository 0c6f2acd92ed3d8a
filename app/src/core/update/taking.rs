//! Takes changes into the view and says which parts of the screen they touch.

use std::collections::BTreeSet;

use samsyn_shared::board::{Delta, Draft, Record, TextChange, TextField};
use samsyn_shared::ids::{NoteId, TextId};
use samsyn_shared::records::{CrossField, Note, Presence, RecordId, Rule};

use super::part_of;
use crate::core::draft::Hand;
use crate::core::effect::{Effect, Part};
use crate::core::messages::ToWorker;
use crate::core::model::board::rule_fields;
use crate::core::model::{BoardModel, Page};

/// Takes a delta (from the worker, or this page's own step ahead of it).
pub(super) fn take(board: &mut BoardModel, delta: &Delta) -> Vec<Effect> {
    let mut parts = BTreeSet::new();
    let before = headings(board, delta);
    for record in &delta.records {
        touched_by(board, record, &mut parts);
    }
    for id in &delta.gone {
        gone(board, *id, &mut parts);
    }
    if delta.merged.is_some() {
        parts.extend([Part::Merged, Part::Page]);
    }
    board.view.apply(delta);
    if let Page::Section(section) = board.page
        && !board.view.is_on_board(RecordId::Section(section))
    {
        board.page = Page::First;
        parts.extend([Part::Sections, Part::Page]);
    }
    for record in &delta.records {
        index(board, record);
    }
    for change in &delta.texts {
        text(board, change, &mut parts);
    }
    sorted(board, delta, before, &mut parts);
    let rebound = rebind(board, &mut parts);
    if !delta.is_empty() {
        parts.insert(Part::Outline);
        search_again(board, &mut parts);
    }
    let shown = parts.into_iter().map(Effect::Show);
    shown.chain(rebound).collect()
}

/// Whether a note has to do with headings: it names one, or is named as one.
fn is_sorted(board: &BoardModel, id: NoteId) -> bool {
    let names = board.view.notes.get(&id).and_then(|it| it.under);
    names.is_some() || board.headings.is_named(id)
}

/// The headings of the notes that a delta is about, and those notes themselves where they are headings.
fn headings(board: &BoardModel, delta: &Delta) -> BTreeSet<NoteId> {
    let records = delta.records.iter().filter_map(|record| match record {
        Record::Note(it) => Some(it.id),
        Record::Section(_) | Record::Rule(_) | Record::Cross(_) | Record::Person(_) => None,
    });
    let texts = delta
        .texts
        .iter()
        .filter_map(|text| match board.fields.get(&text.id)? {
            TextField::NoteText(id) => Some(*id),
            TextField::SectionTitle(_)
            | TextField::RuleText(_)
            | TextField::RuleWhy(_)
            | TextField::RuleShowsAs(_)
            | TextField::Cross(..) => None,
        });
    let gone = delta.gone.iter().filter_map(|record| match record {
        RecordId::Note(id) => Some(*id),
        RecordId::Section(_) | RecordId::Rule(_) | RecordId::Cross(_) | RecordId::Person(_) => None,
    });
    let notes: Vec<NoteId> = records
        .chain(texts)
        .chain(gone)
        .filter(|id| is_sorted(board, *id))
        .collect();
    let theirs = notes.iter().filter_map(|id| board.headings.heading(*id));
    theirs.chain(notes.iter().copied()).collect()
}

/// Notes were put under headings, or hang elsewhere below them than before.
fn sorted(
    board: &mut BoardModel,
    delta: &Delta,
    mut changed: BTreeSet<NoteId>,
    parts: &mut BTreeSet<Part>,
) {
    changed.extend(headings(board, delta));
    if changed.is_empty() {
        return;
    }
    let before: Vec<NoteId> = changed.iter().copied().collect();
    let mut shown = board.with_members(&before);
    board.sort();
    changed.extend(headings(board, delta));
    let headings: Vec<NoteId> = changed.into_iter().collect();
    shown.extend(board.with_members(&headings));
    for id in shown {
        parts.insert(Part::Note(id));
        if let Some(note) = board.view.notes.get(&id) {
            parts.extend([Part::Members(note.section), Part::Places(note.section)]);
        }
    }
}

/// The page's own step on one record, before the worker has answered.
pub(super) fn ahead(board: &mut BoardModel, record: Record) -> Vec<Effect> {
    take(
        board,
        &Delta {
            records: vec![record],
            texts: Vec::new(),
            ..Delta::default()
        },
    )
}

/// What is searched for may be elsewhere now.
fn search_again(board: &mut BoardModel, parts: &mut BTreeSet<Part>) {
    if let Some(search) = &mut board.search {
        let before = search.records();
        search.look(&board.view, &board.headings);
        let after = search.records();
        let changed = before.symmetric_difference(&after);
        parts.extend(changed.map(|it| part_of(*it)));
        parts.insert(Part::Search);
    }
}

fn touched_by(board: &BoardModel, record: &Record, parts: &mut BTreeSet<Part>) {
    match record {
        Record::Section(it) => {
            parts.extend([Part::Sections, Part::Text(TextField::SectionTitle(it.id))]);
            if board.page == Page::First {
                parts.insert(Part::Page);
            }
            let before = board.view.sections.get(&it.id).map(|old| old.presence);
            if before.unwrap_or_default() != it.presence {
                parts.insert(Part::Trash);
            }
            if before != Some(it.presence) {
                parts.insert(Part::Page);
            }
        }
        Record::Note(it) => note(board.view.notes.get(&it.id), it, parts),
        Record::Rule(it) => rule(board.view.rules.get(&it.id), it, parts),
        Record::Cross(it) => {
            parts.extend([Part::Cross(it.id), Part::Members(it.section)]);
            parts.extend(CrossField::ALL.map(|field| Part::Text(TextField::Cross(it.id, field))));
        }
        Record::Person(_) => drop(parts.insert(Part::Peers)),
    }
}

/// A record of another board is not shown any more.
fn gone(board: &mut BoardModel, id: RecordId, parts: &mut BTreeSet<Part>) {
    parts.insert(part_of(id));
    match id {
        RecordId::Note(note) => {
            let section = board.view.notes.get(&note).map(|it| it.section);
            parts.extend(
                section
                    .into_iter()
                    .flat_map(|it| [Part::Members(it), Part::Places(it)]),
            );
            board.picked.remove(&note);
            board.held.take_if(|held| held.from.contains_key(&note));
            parts.extend([Part::Picks, Part::Trash]);
        }
        RecordId::Rule(rule) => {
            let section = board.view.rules.get(&rule).map(|it| it.section);
            parts.extend(section.map(Part::Members));
            parts.insert(Part::Trash);
        }
        RecordId::Cross(cross) => {
            let section = board.view.crosses.get(&cross).map(|it| it.section);
            parts.extend(section.map(Part::Members));
        }
        RecordId::Section(section) => {
            parts.extend([Part::Sections, Part::Page]);
            if board.page == Page::Section(section) {
                board.page = Page::First;
            }
        }
        RecordId::Person(_) => {}
    }
}

fn note(old: Option<&Note>, new: &Note, parts: &mut BTreeSet<Part>) {
    parts.insert(Part::Note(new.id));
    if old.map(|old| old.text) != Some(new.text) {
        parts.insert(Part::Text(TextField::NoteText(new.id)));
    }
    let seat = |note: &Note| {
        (
            note.section,
            note.quadrant,
            note.order.clone(),
            note.presence,
            note.judged,
            note.tag,
        )
    };
    if old.map(seat) != Some(seat(new)) {
        let sections = old.map(|old| old.section).into_iter().chain([new.section]);
        parts.extend(sections.flat_map(|it| [Part::Members(it), Part::Places(it)]));
    }
    if old.map(|old| old.at) != Some(new.at) {
        parts.insert(Part::Places(new.section));
    }
    if old.map_or(Presence::OnBoard, |old| old.presence) != new.presence {
        parts.insert(Part::Trash);
    }
}

fn rule(old: Option<&Rule>, new: &Rule, parts: &mut BTreeSet<Part>) {
    parts.insert(Part::Rule(new.id));
    let texts = |rule: &Rule| (rule.text, rule.why, rule.shows_as);
    if old.map(texts) != Some(texts(new)) {
        parts.extend(rule_fields(new.id).map(Part::Text));
    }
    let seat = |rule: &Rule| (rule.section, rule.order.clone(), rule.status, rule.presence);
    if old.map(seat) != Some(seat(new)) {
        parts.insert(Part::Members(new.section));
    }
    if old.map_or(Presence::OnBoard, |old| old.presence) != new.presence {
        parts.insert(Part::Trash);
    }
}

fn index(board: &mut BoardModel, record: &Record) {
    if let Record::Note(Note {
        id, text: Some(_), ..
    }) = record
    {
        board.coming.remove(id);
    }
    let fields: Vec<TextField> = match record {
        Record::Section(it) => vec![TextField::SectionTitle(it.id)],
        Record::Note(it) => vec![TextField::NoteText(it.id)],
        Record::Rule(it) => rule_fields(it.id).to_vec(),
        Record::Cross(it) => CrossField::ALL
            .map(|field| TextField::Cross(it.id, field))
            .to_vec(),
        Record::Person(_) => Vec::new(),
    };
    for field in fields {
        if let Some(text) = board.text_id(field) {
            board.fields.insert(text, field);
        }
    }
}

fn text(board: &mut BoardModel, change: &TextChange, parts: &mut BTreeSet<Part>) {
    let Some(field) = board.fields.get(&change.id).copied() else {
        return;
    };
    parts.insert(Part::Text(field));
    let Some(draft) = board.drafts.get_mut(&field) else {
        return;
    };
    let merged = draft.known && draft.base.revision >= change.now.revision;
    if draft.text == Some(change.id) && !merged {
        draft.rebased(draft.text, &change.now, &change.splices);
    }
}

/// Drafts whose field now points at another text object (a new record's first one, or a text set as a whole) go on
/// over that one.
fn rebind(board: &mut BoardModel, parts: &mut BTreeSet<Part>) -> Vec<Effect> {
    let moved: Vec<(TextField, TextId)> = board
        .drafts
        .iter()
        .filter_map(|(field, draft)| {
            let text = board.text_id(*field)?;
            (draft.text != Some(text) && board.view.texts.contains_key(&text))
                .then_some((*field, text))
        })
        .collect();
    let mut effects = Vec::new();
    for (field, text) in moved {
        let now = board.committed(field);
        if let Some(draft) = board.drafts.get_mut(&field) {
            draft.rebased(Some(text), &now, &[]);
            parts.insert(Part::Text(field));
        }
        effects.extend(tell_draft(board, field));
    }
    effects
}

/// Tells the worker how a draft stands, and that it is done where the typist has left it.
pub(super) fn tell_draft(board: &mut BoardModel, field: TextField) -> Vec<Effect> {
    let Some(draft) = board.drafts.get(&field) else {
        return Vec::new();
    };
    let Some(text) = draft.text else {
        return Vec::new();
    };
    let mut effects = vec![Effect::Worker(ToWorker::Draft {
        draft: Draft {
            text,
            base_revision: draft.known.then_some(draft.base.revision),
            base: draft.base.value.clone(),
            own: draft.own.clone(),
            edits: draft.edits.clone(),
        },
        caret: Some(draft.selection.end),
    })];
    if draft.hand == Hand::Out {
        effects.push(Effect::Worker(ToWorker::DraftEnd { text }));
    }
    effects
}
