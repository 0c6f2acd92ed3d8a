//! Many notes at once: picked one by one, by frame or all; then coloured, moved, arranged, copied or removed together.

use std::collections::BTreeSet;

use samsyn_shared::ids::{NoteId, SectionId};
use samsyn_shared::records::{Note, Position, Presence, RecordId, SectionKind};
use samsyn_shared::time::UnixMillis;
use samsyn_shared::wall::{Footprint, area, in_rows, position};

use super::headings::left_hanging;
use super::notes::{New, hung, last_colour, presence_set, settle};
use super::walls::footprints;
use super::{Effects, commands, dialog_to, notice, show, writing};
use crate::core::camera::{Camera, Place};
use crate::core::effect::{Effect, Part};
use crate::core::event::{Destination, Picking};
use crate::core::model::board::Frame;
use crate::core::model::{BoardModel, Model, NoticeKind};
use crate::core::tsv;

/// How far a second copy hangs from the first.
const BESIDE: i32 = 28;

pub(super) fn pick(model: &mut Model, note: NoteId) -> Effects {
    changing(model, |board| {
        if !board.picked.remove(&note) {
            board.picked.insert(note);
        }
    })
}

pub(super) fn pick_all(model: &mut Model) -> Effects {
    changing(model, |board| {
        let sections = board.in_reach().into_iter();
        let notes = sections.flat_map(|it| board.view.notes_of(it));
        board.picked = notes.map(|note| note.id).collect();
    })
}

pub(super) fn drop_all(model: &mut Model) -> Effects {
    changing(model, |board| {
        board.picked.clear();
        board.picking = Picking::Off;
        board.frame = None;
    })
}

pub(super) fn picking(model: &mut Model, picking: Picking) -> Effects {
    changing(model, |board| {
        board.picking = picking;
        if picking == Picking::Off {
            board.picked.clear();
        }
    })
}

pub(super) fn frame(model: &mut Model, section: SectionId, from: Place, to: Place) -> Effects {
    let mut effects = changing(model, |board| {
        let before = match board.frame.take() {
            Some(frame) => frame.before,
            None => board.picked.clone(),
        };
        board.picked = framed(board, section, from, to);
        board.picked.extend(&before);
        board.frame = Some(Frame { from, to, before });
    });
    effects.push(Effect::Show(Part::Frame));
    effects
}

pub(super) fn frame_done(model: &mut Model) -> Effects {
    let mut effects = changing(model, |board| board.frame = None);
    effects.push(Effect::Show(Part::Frame));
    effects
}

/// Changes what is picked, for who may write; shows each note whose mark changed.
fn changing(model: &mut Model, change: impl FnOnce(&mut BoardModel)) -> Effects {
    writing(model, |board| {
        let before = board.picked.clone();
        change(board);
        let changed = before.symmetric_difference(&board.picked);
        let notes = changed.map(|id| Effect::Show(Part::Note(*id)));
        Some(show(Part::Picks).into_iter().chain(notes).collect())
    })
}

/// The notes that a frame touches.
fn framed(board: &BoardModel, section: SectionId, from: Place, to: Place) -> BTreeSet<NoteId> {
    let camera = board.camera(section);
    let corner = |x: f64, y: f64| camera.wall(Place { x, y });
    let first = corner(from.x.min(to.x), from.y.min(to.y));
    let last = corner(from.x.max(to.x), from.y.max(to.y));
    let notes = board.view.notes_of(section).into_iter();
    let touched = notes.filter(|note| {
        let room = footprint(board, note).area();
        room.left < f64::from(last.x)
            && f64::from(first.x) < room.right
            && room.top < f64::from(last.y)
            && f64::from(first.y) < room.bottom
    });
    touched.map(|note| note.id).collect()
}

pub(super) fn footprint(board: &BoardModel, note: &Note) -> Footprint {
    Footprint::of(board.hung(note), board.words(note))
}

pub(super) fn notes_of(board: &BoardModel, ids: &[NoteId]) -> Vec<Note> {
    let notes = ids.iter().filter_map(|id| board.view.notes.get(id));
    notes.cloned().collect()
}

pub(super) fn arrange(model: &mut Model, ids: &[NoteId]) -> Effects {
    writing(model, |board| {
        // What is under a heading hangs in rows already, and goes with it.
        let mut notes = notes_of(board, ids);
        notes.retain(|note| board.headings.heading(note.id).is_none());
        let rooms: Vec<Footprint> = notes.iter().map(|it| footprint(board, it)).collect();
        let moved = notes.into_iter().zip(in_rows(&rooms)).map(|(note, at)| {
            let to = Destination {
                section: note.section,
                quadrant: note.quadrant,
            };
            (note, to, at)
        });
        let moved = moved.collect();
        Some(settle(board, moved))
    })
}

pub(super) fn double(model: &mut Model, ids: &[NoteId]) -> Effects {
    let new: Vec<NoteId> = ids.iter().map(|_| model.mint.note()).collect();
    let made = model.now;
    let mut effects = writing(model, |board| {
        let copies = notes_of(board, ids).into_iter().zip(&new);
        let copies = copies.map(|(note, id)| New {
            id: *id,
            to: Destination {
                section: note.section,
                quadrant: note.quadrant,
            },
            text: board.words(&note).to_owned(),
            at: {
                let at = board.hung(&note);
                Position::clamped(at.x.saturating_add(BESIDE), at.y.saturating_add(BESIDE))
            },
            colour: note.colour,
        });
        let copies = copies.collect();
        Some(hang_all(board, copies, made))
    });
    effects.extend(picked_now(model, &new));
    effects
}

/// Hangs new notes, as one step.
fn hang_all(board: &mut BoardModel, notes: Vec<New>, made: UnixMillis) -> Effects {
    let mut effects = Effects::new();
    let mut steps = Vec::new();
    for new in notes {
        let (shown, step) = hung(board, new, made);
        effects.extend(shown);
        steps.push(step);
    }
    effects.push(commands(steps));
    effects
}

/// These are picked now, so that they can be moved at once.
fn picked_now(model: &mut Model, ids: &[NoteId]) -> Effects {
    changing(model, |board| {
        board.picked = ids.iter().copied().collect();
    })
}

pub(super) fn copy(model: &Model, ids: &[NoteId]) -> Effects {
    let Some(board) = model.board() else {
        return Effects::new();
    };
    let notes = notes_of(board, ids);
    let texts = notes.iter().map(|note| board.words(note));
    vec![Effect::Copy(tsv::column(texts))]
}

pub(super) fn remove(model: &mut Model, ids: &[NoteId]) -> Effects {
    let mut removed = 0;
    let mut effects = writing(model, |board| {
        let (mut effects, mut steps) = left_hanging(board, ids);
        for id in ids {
            let record = RecordId::Note(*id);
            let (shown, step) = presence_set(board, record, Presence::InTrash)?;
            effects.extend(shown);
            steps.push(step);
            removed += 1;
        }
        effects.push(commands(steps));
        Some(effects)
    });
    if removed > 0 {
        effects.extend(drop_all(model));
        effects.extend(notice(model, NoticeKind::NotesRemoved(removed)));
    }
    effects
}

pub(super) fn paste(model: &mut Model, text: &str) -> Effects {
    let lines = tsv::notes(text);
    if lines.len() > tsv::MOST {
        return notice(model, NoticeKind::TooMuch);
    }
    let mut effects = dialog_to(model, None);
    let new: Vec<NoteId> = lines.iter().map(|_| model.mint.note()).collect();
    let made = model.now;
    let pasted = writing(model, |board| {
        let section = board.section().filter(|_| !lines.is_empty())?;
        let rooms = lines
            .iter()
            .map(|it| Footprint::of(place_for_many(board, section), it));
        let rooms: Vec<Footprint> = rooms.collect();
        let places = match board.view.sections.get(&section)?.kind {
            SectionKind::Notes => in_rows(&rooms),
            SectionKind::Cross => rooms.iter().map(|_| Position::default()).collect(),
            SectionKind::Rules | SectionKind::Unknown => return None,
        };
        let to = Destination {
            section,
            quadrant: board.quadrant,
        };
        let colour = last_colour(board, section);
        let notes = new.iter().zip(lines).zip(places);
        let notes = notes.map(|((id, text), at)| New {
            id: *id,
            to,
            text,
            at,
            colour,
        });
        let mut effects = hang_all(board, notes.collect(), made);
        effects.extend(look_at(board, section, &new));
        Some(effects)
    });
    if pasted.is_empty() {
        return effects;
    }
    effects.extend(pasted);
    effects.extend(picked_now(model, &new));
    let count = u32::try_from(new.len()).unwrap_or(u32::MAX);
    effects.extend(notice(model, NoticeKind::Pasted(count)));
    effects
}

/// The upper left corner for many new notes: below all others, or in the corner of what is seen of an empty wall.
fn place_for_many(board: &BoardModel, section: SectionId) -> Position {
    let taken = area(footprints(board, section).into_iter());
    let seen = board
        .windows
        .get(&section)
        .map(|window| board.camera(section).seen(*window));
    match (taken, seen) {
        (Some(taken), _) => position(taken.left, taken.bottom + 64.0),
        (None, Some(seen)) => position(seen.left, seen.top),
        (None, None) => Position::default(),
    }
}

/// Shows these notes of a wall, large enough to be read.
fn look_at(board: &mut BoardModel, section: SectionId, ids: &[NoteId]) -> Effects {
    let notes = notes_of(board, ids);
    let rooms = notes.iter().map(|note| footprint(board, note));
    let window = board.windows.get(&section).copied();
    let Some((area, window)) = area(rooms).zip(window) else {
        return Effects::new();
    };
    let camera = Camera::fitted(area, window, Camera::READABLE);
    board.cameras.insert(section, camera);
    board.moved.insert(section);
    show(Part::Camera(section))
}
