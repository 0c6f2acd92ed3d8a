//! Notes: made, written in, carried, sent, coloured, removed and taken back.

use std::collections::BTreeMap;

use samsyn_shared::board::{Command, Record, TextField};
use samsyn_shared::ids::{NoteId, SectionId};
use samsyn_shared::records::{Colour, Note, Position, Presence, RecordId, SectionKind, Tag};
use samsyn_shared::time::UnixMillis;
use samsyn_shared::wall::{NOTE_HEIGHT, NOTE_WIDTH, free_place};

use super::headings::{left_hanging, let_go, named, put_under, shift};
use super::taking::ahead;
use super::walls::{footprints, reveal};
use super::{Effects, command, commands, notice, writing};
use crate::core::camera::{Place, Size};
use crate::core::effect::{Effect, Part};
use crate::core::event::{Destination, Direction, Stride};
use crate::core::model::board::Held;
use crate::core::model::{BoardModel, Model, NoticeKind};

/// Sorts after every true order key: where a new record stands until the worker has given it one.
const LAST: &str = "~";
const STEP: i32 = 10;
const LEAP: i32 = 100;

pub(super) fn add(model: &mut Model, to: Destination, at: Option<Position>) -> Effects {
    add_tagged(model, to, at, None)
}

pub(super) fn add_tagged(
    model: &mut Model,
    to: Destination,
    at: Option<Position>,
    tag: Option<Tag>,
) -> Effects {
    let id = model.mint.note();
    let made = model.now;
    writing(model, |board| {
        let at = at.unwrap_or_else(|| free_at(board, to.section, id));
        let new = New {
            id,
            to,
            text: String::new(),
            at,
            colour: last_colour(board, to.section),
        };
        let (mut effects, step) = hung(board, new, made);
        let mut steps = vec![step];
        if tag.is_some() {
            let note = board.view.notes.get(&id)?.clone();
            effects.extend(ahead(board, Record::Note(Note { tag, ..note })));
            steps.push(Command::SetTag { id, tag });
        }
        effects.push(commands(steps));
        effects.extend(edit(board, id));
        Some(effects)
    })
}

/// A note that this person hangs.
pub(super) struct New {
    pub(super) id: NoteId,
    pub(super) to: Destination,
    pub(super) text: String,
    pub(super) at: Position,
    pub(super) colour: Colour,
}

/// Hangs a new note on this page, and gives the command that hangs it for all.
pub(super) fn hung(board: &mut BoardModel, new: New, made: UnixMillis) -> (Effects, Command) {
    let New {
        id,
        to,
        text,
        at,
        colour,
    } = new;
    let author = Some(board.me);
    if !text.is_empty() {
        board.coming.insert(id, text.clone());
    }
    let note = Note {
        id,
        section: to.section,
        quadrant: to.quadrant,
        under: None,
        text: None,
        at,
        order: LAST.to_owned(),
        colour,
        judged: None,
        tag: None,
        author,
        made,
        presence: Presence::OnBoard,
    };
    let step = Command::AddNote {
        id,
        section: to.section,
        quadrant: to.quadrant,
        text,
        at,
        colour,
        author,
    };
    (ahead(board, Record::Note(note)), step)
}

pub(super) fn add_at(model: &mut Model, section: SectionId, place: Place) -> Effects {
    let Some(board) = model.board() else {
        return Effects::new();
    };
    let middle = board.camera(section).wall(place);
    let at = Position::clamped(middle.x - NOTE_WIDTH / 2, middle.y - NOTE_HEIGHT / 3);
    let to = Destination {
        section,
        quadrant: None,
    };
    add(model, to, Some(at))
}

pub(super) fn open(model: &mut Model, note: NoteId) -> Effects {
    writing(model, |board| Some(edit(board, note)))
}

pub(super) fn close(model: &mut Model, id: NoteId) -> Effects {
    writing(model, |board| {
        (board.editing == Some(id)).then_some(())?;
        board.editing = None;
        let mut effects = super::show(Part::Note(id));
        if was_left_empty(board, id) {
            effects.extend(set_presence(board, RecordId::Note(id), Presence::InTrash)?);
        }
        Some(effects)
    })
}

pub(super) fn hold(model: &mut Model, id: NoteId) -> Effects {
    writing(model, |board| {
        let held = board.with_members(&board.with(id)).into_iter();
        let from = held.filter_map(|id| Some((id, board.hung(board.view.notes.get(&id)?))));
        let from: BTreeMap<NoteId, Position> = from.collect();
        let effects = show_all(from.keys());
        board.held = Some(Held {
            note: id,
            from,
            dx: 0.0,
            dy: 0.0,
            over: None,
        });
        Some(effects)
    })
}

pub(super) fn carry(model: &mut Model, dx: f64, dy: f64) -> Effects {
    writing(model, |board| {
        let held = board.held.as_mut()?;
        (held.dx, held.dy) = (dx, dy);
        Some(show_all(held.from.keys()))
    })
}

pub(super) fn release(model: &mut Model, to: Option<Destination>) -> Effects {
    writing(model, |board| {
        let ids: Vec<NoteId> = board.held.as_ref()?.from.keys().copied().collect();
        let notes = ids.iter().filter_map(|id| board.view.notes.get(id));
        let moved: Vec<(Note, Position)> = notes
            .map(|note| (note.clone(), board.place(note)))
            .collect();
        let over = board.held.take().and_then(|held| held.over);
        let mut effects = show_all(ids.iter().chain(&over));
        match (to, over) {
            (Some(_), Some(heading)) => effects.extend(put_under(board, &ids, heading)?),
            (Some(to), None) => effects.extend(let_go(board, moved, to)),
            (None, _) => {}
        }
        Some(effects)
    })
}

pub(super) fn nudge(
    model: &mut Model,
    id: NoteId,
    direction: Direction,
    stride: Stride,
) -> Effects {
    let by = match stride {
        Stride::Step => STEP,
        Stride::Leap => LEAP,
    };
    let (dx, dy) = match direction {
        Direction::Left => (-by, 0),
        Direction::Right => (by, 0),
        Direction::Up => (0, -by),
        Direction::Down => (0, by),
    };
    writing(model, |board| {
        let note = board.view.notes.get(&id)?.clone();
        if let Some(heading) = board.headings.heading(id) {
            return shift(board, id, heading, direction);
        }
        let at = Position::clamped(note.at.x.saturating_add(dx), note.at.y.saturating_add(dy));
        let to = Destination {
            section: note.section,
            quadrant: note.quadrant,
        };
        Some(settle(board, vec![(note, to, at)]))
    })
}

pub(super) fn send(model: &mut Model, ids: &[NoteId], to: Destination) -> Effects {
    writing(model, |board| {
        let mut effects = Effects::new();
        let mut steps = Vec::new();
        // What is under a heading that goes stays under it.
        let all = board.with_members(ids);
        let headings: Vec<(NoteId, Option<NoteId>)> = all
            .iter()
            .map(|id| {
                (
                    *id,
                    board.headings.heading(*id).filter(|it| all.contains(it)),
                )
            })
            .collect();
        for (id, heading) in &headings {
            let note = board.view.notes.get(id)?.clone();
            let at = if note.section == to.section || heading.is_some() {
                board.hung(&note)
            } else {
                free_at(board, to.section, *id)
            };
            // Each sees where the ones before it hang by then.
            let (shown, step) = settled(board, note, to, at);
            effects.extend(shown);
            steps.push(step);
        }
        for (id, heading) in headings {
            if let Some(heading) = heading {
                let (shown, step) = named(board, id, Some(heading))?;
                effects.extend(shown);
                steps.push(step);
            }
        }
        effects.push(commands(steps));
        effects.extend(ids.first().map(|id| Effect::FocusNote(*id)));
        Some(effects)
    })
}

pub(super) fn colour(model: &mut Model, ids: &[NoteId], colour: Colour) -> Effects {
    writing(model, |board| {
        let mut effects = Effects::new();
        let mut steps = Vec::new();
        for id in ids {
            let note = board.view.notes.get(id)?.clone();
            effects.extend(ahead(board, Record::Note(Note { colour, ..note })));
            steps.push(Command::SetColour { id: *id, colour });
        }
        effects.push(commands(steps));
        Some(effects)
    })
}

pub(super) fn remove(model: &mut Model, record: RecordId) -> Effects {
    let effects = writing(model, |board| {
        if let RecordId::Note(id) = record
            && board.editing == Some(id)
        {
            board.editing = None;
        }
        let RecordId::Note(id) = record else {
            return set_presence(board, record, Presence::InTrash);
        };
        let (mut effects, mut steps) = left_hanging(board, &[id]);
        let (shown, step) = presence_set(board, record, Presence::InTrash)?;
        effects.extend(shown);
        steps.push(step);
        effects.push(commands(steps));
        Some(effects)
    });
    if effects.is_empty() {
        return effects;
    }
    let told = notice(model, NoticeKind::Removed(record));
    effects.into_iter().chain(told).collect()
}

pub(super) fn restore(model: &mut Model, record: RecordId) -> Effects {
    model
        .notices
        .retain(|notice| notice.kind != NoticeKind::Removed(record));
    let mut effects = writing(model, |board| {
        set_presence(board, record, Presence::OnBoard)
    });
    effects.push(Effect::Show(Part::Notices));
    if let RecordId::Note(id) = record {
        effects.push(Effect::FocusNote(id));
    }
    effects
}

pub(super) fn edit(board: &mut BoardModel, id: NoteId) -> Effects {
    let former = board.editing.replace(id);
    board.awaited = Some(TextField::NoteText(id));
    let moved = reveal(board, id).map(Part::Camera);
    let former = former.map(Part::Note);
    let parts = former.into_iter().chain(moved).chain([Part::Note(id)]);
    parts.map(Effect::Show).collect()
}

/// A note that never had a word and was left again was made by mistake.
fn was_left_empty(board: &BoardModel, id: NoteId) -> bool {
    let field = TextField::NoteText(id);
    board.committed(field).value.is_empty() && board.shown(field).0.trim().is_empty()
}

pub(super) fn show_all<'a>(ids: impl IntoIterator<Item = &'a NoteId>) -> Effects {
    let parts = ids.into_iter().map(|id| Part::Note(*id));
    parts.map(Effect::Show).collect()
}

/// Puts notes where they go, as one step.
pub(super) fn settle(board: &mut BoardModel, notes: Vec<(Note, Destination, Position)>) -> Effects {
    let mut effects = Effects::new();
    let mut steps = Vec::new();
    for (note, to, at) in notes {
        let (shown, step) = settled(board, note, to, at);
        effects.extend(shown);
        steps.push(step);
    }
    if !steps.is_empty() {
        effects.push(commands(steps));
    }
    effects
}

pub(super) fn settled(
    board: &mut BoardModel,
    note: Note,
    to: Destination,
    at: Position,
) -> (Effects, Command) {
    let id = note.id;
    let stays = (note.section, note.quadrant) == (to.section, to.quadrant);
    let under = note.under.filter(|_| stays);
    let effects = ahead(
        board,
        Record::Note(Note {
            section: to.section,
            quadrant: to.quadrant,
            under,
            at,
            ..note
        }),
    );
    let step = Command::MoveNote {
        id,
        section: to.section,
        quadrant: to.quadrant,
        at,
    };
    (effects, step)
}

fn set_presence(board: &mut BoardModel, record: RecordId, presence: Presence) -> Option<Effects> {
    let (mut effects, step) = presence_set(board, record, presence)?;
    effects.push(command(step));
    Some(effects)
}

/// The same, for a step of several commands.
pub(super) fn presence_set(
    board: &mut BoardModel,
    record: RecordId,
    presence: Presence,
) -> Option<(Effects, Command)> {
    let view = &board.view;
    let changed = match record {
        RecordId::Section(id) => view.sections.get(&id).cloned().map(|mut it| {
            it.presence = presence;
            Record::Section(it)
        }),
        RecordId::Note(id) => view.notes.get(&id).cloned().map(|mut it| {
            it.presence = presence;
            Record::Note(it)
        }),
        RecordId::Rule(id) => view.rules.get(&id).cloned().map(|mut it| {
            it.presence = presence;
            Record::Rule(it)
        }),
        RecordId::Cross(id) => view.crosses.get(&id).cloned().map(|mut it| {
            it.presence = presence;
            Record::Cross(it)
        }),
        RecordId::Person(_) => None,
    }?;
    let effects = ahead(board, changed);
    Some((effects, Command::SetPresence { record, presence }))
}

/// The paper of the last note this person hung here: people stay with a colour.
pub(super) fn last_colour(board: &BoardModel, section: SectionId) -> Colour {
    let notes = board.view.notes.values();
    notes
        .filter(|note| note.author == Some(board.me) && note.section == section)
        .max_by_key(|note| note.made)
        .map_or_else(Colour::default, |note| note.colour)
}

/// A free place for a note in what is seen of a wall; a cross lays its notes out by itself.
fn free_at(board: &BoardModel, section: SectionId, note: NoteId) -> Position {
    let kind = board.view.sections.get(&section).map(|it| it.kind);
    if kind != Some(SectionKind::Notes) {
        return Position::default();
    }
    let taken = footprints(board, section);
    let camera = board.camera(section);
    let window = board.windows.get(&section).copied().unwrap_or(Size {
        width: 1000.0,
        height: 700.0,
    });
    free_place(camera.seen(window), &taken, board.me, note)
}
