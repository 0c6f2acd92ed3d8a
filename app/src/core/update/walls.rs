//! The surfaces: panning and zooming a wall, the quadrant on the screen, a cross's year.

use samsyn_shared::board::{Command, Record, TextField};
use samsyn_shared::ids::{NoteId, SectionId};
use samsyn_shared::records::{Cross, Presence, QuadrantPlace};
use samsyn_shared::wall::{Footprint, area};

use super::taking::ahead;
use super::{Effects, command, show, writing};
use crate::core::camera::{Camera, Place, Size};
use crate::core::effect::{Effect, Part};
use crate::core::event::Timer;
use crate::core::model::{BoardModel, Model};

/// How often, in milliseconds, more of a wall is drawn.
const DRAWN_MORE_EVERY: u32 = 40;

/// Why a wall is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Draw {
    /// Something on it, or its window, is another one.
    AsItIs,
    /// It is time for the next part.
    More,
}

pub(super) fn cross(model: &mut Model, section: SectionId) -> Effects {
    let id = model.mint.cross();
    writing(model, |board| {
        board.view.cross_of(section).is_none().then(|| {
            vec![command(Command::AddCross {
                id,
                section,
                texts: Vec::new(),
                horizon: None,
            })]
        })
    })
}

pub(super) fn horizon(model: &mut Model, section: SectionId, year: &str) -> Effects {
    writing(model, |board| {
        let cross = board.view.cross_of(section)?.clone();
        let unchanged = show(Part::Cross(cross.id));
        let year = match year.trim() {
            "" => None,
            typed => match typed.parse::<i32>() {
                Ok(year) if (1900..=2999).contains(&year) => Some(year),
                Ok(_) | Err(_) => return Some(unchanged),
            },
        };
        if year == cross.horizon {
            return Some(unchanged);
        }
        let id = cross.id;
        let horizon = year;
        let mut effects = ahead(board, Record::Cross(Cross { horizon, ..cross }));
        effects.push(command(Command::SetHorizon { id, year }));
        Some(effects)
    })
}

pub(super) fn quadrant(model: &mut Model, place: Option<QuadrantPlace>) -> Effects {
    on_board(model, |board| {
        board.quadrant = place;
        Part::Quadrant
    })
}

pub(super) fn measured(model: &mut Model, section: SectionId, size: Size) -> Effects {
    on_board(model, |board| {
        let before = board.windows.insert(section, size);
        match (before, board.cameras.get(&section).copied()) {
            (_, None) => fit(board, section, Camera::READABLE),
            (Some(before), Some(camera)) if before.width != size.width => {
                turned(board, section, camera.resized(before, size));
            }
            (Some(_) | None, Some(_)) => {}
        }
        if let Some(note) = board.editing {
            reveal(board, note);
        }
        Part::Camera(section)
    })
}

/// Draws the wall on the screen as it is to be by now, or the next part of it.
pub(super) fn draw(model: &mut Model, why: Draw) -> Effects {
    let Some(board) = model.board_mut() else {
        return Effects::new();
    };
    let next = board.drawn.next(board);
    let waits = board.drawn.is_unfinished() && why == Draw::AsItIs;
    let later = (next.is_unfinished() && !waits).then_some(Effect::After {
        millis: DRAWN_MORE_EVERY,
        timer: Timer::DrawMore,
    });
    let changed = next != board.drawn;
    board.drawn = next;
    let shown = board.section().filter(|_| changed);
    let shown = shown.map(|it| Effect::Show(Part::Drawn(it)));
    shown.into_iter().chain(later).collect()
}

/// A tablet was turned: a wall that the person has not moved is fitted anew, one they have keeps its middle. A window
/// that only gets lower has made room for the keyboard, and nothing moves then.
fn turned(board: &mut BoardModel, section: SectionId, same_middle: Camera) {
    if board.moved.contains(&section) {
        board.cameras.insert(section, same_middle);
    } else {
        fit(board, section, Camera::READABLE);
    }
}

pub(super) fn panned(model: &mut Model, section: SectionId, dx: f64, dy: f64) -> Effects {
    on_board(model, |board| {
        let camera = board.camera(section).panned(dx, dy);
        board.cameras.insert(section, camera);
        board.moved.insert(section);
        Part::Camera(section)
    })
}

pub(super) fn zoomed(
    model: &mut Model,
    section: SectionId,
    factor: f64,
    around: Option<Place>,
) -> Effects {
    on_board(model, |board| {
        let window = board.windows.get(&section).copied().unwrap_or_default();
        let around = around.unwrap_or(Place {
            x: window.width / 2.0,
            y: window.height / 2.0,
        });
        let camera = board.camera(section).zoomed(factor, around);
        board.cameras.insert(section, camera);
        board.moved.insert(section);
        Part::Camera(section)
    })
}

pub(super) fn fitted(model: &mut Model, section: SectionId) -> Effects {
    on_board(model, |board| {
        fit(board, section, Camera::SMALLEST);
        board.moved.remove(&section);
        Part::Camera(section)
    })
}

fn fit(board: &mut BoardModel, section: SectionId, smallest: f64) {
    let window = board.windows.get(&section).copied().unwrap_or_default();
    let camera = area(footprints(board, section).into_iter())
        .map_or_else(Camera::default, |area| {
            Camera::fitted(area, window, smallest)
        });
    board.cameras.insert(section, camera);
}

/// The room that the notes of a wall take.
pub(super) fn footprints(board: &BoardModel, section: SectionId) -> Vec<Footprint> {
    let notes = board.view.notes.values();
    let notes = notes.filter(|it| it.section == section && it.presence == Presence::OnBoard);
    let rooms = |note| board.headings.room(&board.view, note, board.words(note));
    notes.flat_map(rooms).collect()
}

/// The focus came to a note, which stays drawn while it is there.
pub(super) fn focused(model: &mut Model, id: NoteId, by_keyboard: bool) -> Effects {
    let section = model.board_mut().and_then(|board| {
        board.focus = Some(id);
        board.view.notes.get(&id).map(|note| note.section)
    });
    let mut effects: Effects = section.map(Part::Places).map(show).unwrap_or_default();
    if by_keyboard {
        effects.extend(revealed(model, id));
    }
    effects
}

pub(super) fn revealed(model: &mut Model, id: NoteId) -> Effects {
    let section = model.board_mut().and_then(|board| reveal(board, id));
    section.map(Part::Camera).map(show).unwrap_or_default()
}

/// Pushes the wall so that a note on it is seen; the wall, if it had to move.
pub(super) fn reveal(board: &mut BoardModel, id: NoteId) -> Option<SectionId> {
    let note = board.view.notes.get(&id)?;
    let section = note.section;
    let window = *board.windows.get(&section)?;
    let words = board.shown(TextField::NoteText(id)).0;
    let room = Footprint::of(board.hung(note), &words).area();
    let before = board.camera(section);
    let after = before.revealing(room, window);
    (after != before).then(|| {
        board.cameras.insert(section, after);
        section
    })
}

fn on_board(model: &mut Model, change: impl FnOnce(&mut BoardModel) -> Part) -> Effects {
    model.board_mut().map(change).map(show).unwrap_or_default()
}
