//! The board as it was: entered, stepped through, played, left, and one note of it brought back.

use samsyn_shared::board::past::Turn;
use samsyn_shared::board::{Command, Draft, View};
use samsyn_shared::ids::NoteId;
use samsyn_shared::records::{Presence, RecordId};

use super::taking::take;
use super::{Effects, commands, dialog_to, notice, show, tell};
use crate::core::effect::{Effect, Part};
use crate::core::event::{Picking, Timer};
use crate::core::messages::{PastShown, ToWorker};
use crate::core::model::board::PastModel;
use crate::core::model::{BoardModel, Model, NoticeKind};

/// How long a step is seen while the board is played, in milliseconds.
const PACE: u32 = 120;
/// A board is played in about so many steps, however many it has.
const PLAYED: u32 = 240;

/// Goes to a step, from the board as it is or from another step; none: back to the board as it is.
pub(super) fn go(model: &mut Model, at: Option<u32>) -> Effects {
    match at {
        None => leave(model),
        Some(at) => {
            let mut effects = enter(model);
            // A hand on the slider stops the play.
            if let Some(past) = model.board_mut().and_then(|board| board.past.as_mut()) {
                past.playing = false;
            }
            effects.extend(
                model
                    .board_mut()
                    .map(|board| ask(board, at))
                    .unwrap_or_default(),
            );
            effects
        }
    }
}

fn enter(model: &mut Model) -> Effects {
    let mut effects = dialog_to(model, None);
    let Some(board) = model.board_mut().filter(|board| board.past.is_none()) else {
        return effects;
    };
    board.editing = None;
    board.picked.clear();
    board.picking = Picking::Off;
    board.search = None;
    let empty = View::empty(board.view.board);
    let live = std::mem::replace(&mut board.view, empty);
    board.past = Some(PastModel {
        live,
        at: 0,
        of: 0,
        when: None,
        asked: false,
        wanted: None,
        playing: false,
    });
    effects.extend(anew(model));
    effects
}

fn leave(model: &mut Model) -> Effects {
    let Some(board) = model.board_mut() else {
        return Effects::new();
    };
    let Some(past) = board.past.take() else {
        return Effects::new();
    };
    board.view = past.live;
    let mut effects = tell(ToWorker::Past(None));
    effects.extend(anew(model));
    effects
}

/// The screen is built anew: with its tools or without them.
fn anew(model: &mut Model) -> Effects {
    if let Some(board) = model.board_mut() {
        board.index();
    }
    model.openings += 1;
    [Part::Screen, Part::Past].map(Effect::Show).into()
}

/// Asks for a step, or remembers it until the worker has answered the last one.
fn ask(board: &mut BoardModel, at: u32) -> Effects {
    let Some(past) = &mut board.past else {
        return Effects::new();
    };
    if past.asked {
        past.wanted = Some(at);
        return Effects::new();
    }
    past.asked = true;
    tell(ToWorker::Past(Some(at)))
}

pub(super) fn shown(model: &mut Model, shown: PastShown) -> Effects {
    let Some(board) = model.board_mut() else {
        return Effects::new();
    };
    let Some(past) = &mut board.past else {
        return Effects::new();
    };
    past.asked = false;
    (past.at, past.of, past.when) = (shown.at, shown.of, shown.when);
    let wanted = past.wanted.take();
    past.playing &= shown.at < shown.of;
    let playing = past.playing;
    let mut effects = match shown.turn {
        Turn::Forward(delta) => take(board, &delta),
        Turn::Whole(view) => {
            board.view = *view;
            anew(model)
        }
    };
    effects.push(Effect::Show(Part::Past));
    if let Some(board) = model.board_mut() {
        effects.extend(wanted.map(|at| ask(board, at)).unwrap_or_default());
    }
    if playing {
        effects.push(later());
    }
    effects
}

const fn later() -> Effect {
    Effect::After {
        millis: PACE,
        timer: Timer::Play,
    }
}

/// Plays from where it is, from the start if that is the end; or stops.
pub(super) fn toggle(model: &mut Model) -> Effects {
    let Some(board) = model.board_mut() else {
        return Effects::new();
    };
    let Some(past) = &mut board.past else {
        return Effects::new();
    };
    past.playing = !past.playing;
    let mut effects = show(Part::Past);
    if past.playing && past.at >= past.of {
        effects.extend(ask(board, 0));
    } else if past.playing {
        effects.push(later());
    }
    effects
}

/// The next step is due.
pub(super) fn next(model: &mut Model) -> Effects {
    let Some(board) = model.board_mut() else {
        return Effects::new();
    };
    let Some(past) = board.past.as_mut().filter(|past| past.playing) else {
        return Effects::new();
    };
    if past.at >= past.of {
        past.playing = false;
        return show(Part::Past);
    }
    let at = past.at.saturating_add((past.of / PLAYED).max(1));
    ask(board, at)
}

/// Makes a note what it is in the past on the screen: its words, its paper, its place, out of the trash. One step.
pub(super) fn bring_back(model: &mut Model, id: NoteId) -> Effects {
    let steps = model.board().and_then(|board| steps_back(board, id));
    let mut effects = leave(model);
    let writes = model.board().is_some_and(BoardModel::writes);
    let Some(steps) = steps.filter(|_| writes) else {
        return effects;
    };
    if !steps.is_empty() {
        effects.push(commands(steps));
    }
    effects.extend(notice(model, NoticeKind::BroughtBack));
    effects.push(Effect::FocusNote(id));
    effects
}

fn steps_back(board: &BoardModel, id: NoteId) -> Option<Vec<Command>> {
    let live = &board.past.as_ref()?.live;
    let (then, now) = (board.view.notes.get(&id)?, live.notes.get(&id)?);
    let mut steps = Vec::new();
    if now.presence == Presence::InTrash {
        steps.push(Command::SetPresence {
            record: RecordId::Note(id),
            presence: Presence::OnBoard,
        });
    }
    let words = board.view.text(then.text);
    let text = now
        .text
        .and_then(|text| Some((text, live.texts.get(&text)?)));
    if let Some((text, value)) = text.filter(|(_, value)| value.value != words) {
        steps.push(Command::CommitDraft(Draft {
            text,
            base_revision: Some(value.revision),
            base: value.value.clone(),
            own: words.to_owned(),
            edits: Vec::new(),
        }));
    }
    if now.colour != then.colour {
        let colour = then.colour;
        steps.push(Command::SetColour { id, colour });
    }
    let section = live.sections.get(&then.section);
    let is_there = section.is_some_and(|it| it.presence == Presence::OnBoard);
    let place = |note: &samsyn_shared::records::Note| (note.section, note.quadrant, note.at);
    let moves = is_there && place(now) != place(then);
    if moves {
        steps.push(Command::MoveNote {
            id,
            section: then.section,
            quadrant: then.quadrant,
            at: then.at,
        });
    }
    let heading = then.under.filter(|it| live.notes.contains_key(it));
    let section = if moves { then.section } else { now.section };
    if now.under != heading && section == then.section {
        steps.push(Command::SetUnder { id, heading });
    }
    Some(steps)
}
