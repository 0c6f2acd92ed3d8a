//! The steps of a scenario cross: gone to, forces judged and taken as axes, notes tagged.

use samsyn_shared::board::{Command, Record, TextField};
use samsyn_shared::ids::{NoteId, SectionId};
use samsyn_shared::records::{AxisPlace, Cross, Judgement, Note, Tag};

use super::notes::add_tagged;
use super::picks::notes_of;
use super::taking::ahead;
use super::{Effects, command, commands, show, writing};
use crate::core::effect::{Effect, Part};
use crate::core::event::{Destination, Direction, Stride};
use crate::core::model::Model;
use crate::core::steps::{CrossStep, written};

/// How far an arrow key moves a force in the field, of 1,000.
const STEP: i32 = 25;
const LEAP: i32 = 100;

pub(super) fn choose(model: &mut Model, section: SectionId, step: CrossStep) -> Effects {
    model.steps.insert(section, step);
    if let Some(board) = model.board_mut() {
        board.quadrant = None;
    }
    let mut effects = vec![Effect::KeepSteps(written(&model.steps))];
    effects.extend(show(Part::Quadrant));
    effects.extend(show(Part::Step));
    effects
}

/// Goes to a step that shows the note with its text, if the one on the screen does not.
pub(super) fn showing(model: &mut Model, note: NoteId) -> Effects {
    let found = model.board().and_then(|board| {
        let note = board.view.notes.get(&note)?;
        board.view.cross_of(note.section)?;
        Some((note.section, note.quadrant.is_some()))
    });
    let Some((section, in_scenario)) = found else {
        return Effects::new();
    };
    let to = match (model.step(section), in_scenario) {
        (CrossStep::Scenarios, _)
        | (CrossStep::Forces, false)
        | (CrossStep::Consequences | CrossStep::Actions, true) => return Effects::new(),
        (_, false) => CrossStep::Forces,
        (_, true) => CrossStep::Consequences,
    };
    choose(model, section, to)
}

pub(super) fn judge(model: &mut Model, id: NoteId, judged: Option<Judgement>) -> Effects {
    writing(model, |board| {
        let note = board.view.notes.get(&id)?.clone();
        if note.judged == judged {
            return None;
        }
        let mut effects = ahead(board, Record::Note(Note { judged, ..note }));
        effects.push(command(Command::Judge { id, judged }));
        effects.push(Effect::FocusNote(id));
        Some(effects)
    })
}

/// An arrow key on a force in the field; one that waits beside it goes into the middle.
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
    let (across, up) = match direction {
        Direction::Left => (-by, 0),
        Direction::Right => (by, 0),
        Direction::Up => (0, by),
        Direction::Down => (0, -by),
    };
    let before = model
        .board()
        .and_then(|board| board.view.notes.get(&id)?.judged);
    let moved = |value: u16, by: i32| {
        let moved = i32::from(value) + by;
        u16::try_from(moved.clamp(0, Judgement::MOST.into())).unwrap_or_default()
    };
    let after = match before {
        None => Judgement::clamped(500, 500),
        Some(it) => Judgement::clamped(moved(it.impact, up), moved(it.uncertainty, across)),
    };
    judge(model, id, Some(after))
}

pub(super) fn tag(model: &mut Model, ids: &[NoteId], tag: Option<Tag>) -> Effects {
    writing(model, |board| {
        let (mut effects, mut steps) = (Effects::new(), Vec::new());
        for note in notes_of(board, ids) {
            let id = note.id;
            effects.extend(ahead(board, Record::Note(Note { tag, ..note })));
            steps.push(Command::SetTag { id, tag });
        }
        effects.push(commands(steps));
        Some(effects)
    })
}

pub(super) fn add(model: &mut Model, to: Destination, tag: Tag) -> Effects {
    add_tagged(model, to, None, Some(tag))
}

/// A force becomes an axis, and names it if it has no name; none: the axis came from nowhere.
pub(super) fn take(
    model: &mut Model,
    section: SectionId,
    axis: AxisPlace,
    force: Option<NoteId>,
) -> Effects {
    writing(model, |board| {
        let cross = board.view.cross_of(section)?.clone();
        let id = cross.id;
        let name = TextField::Cross(id, axis.name());
        let words = force
            .and_then(|force| board.view.notes.get(&force))
            .map(|note| board.words(note).trim().to_owned());
        let unnamed = board.shown(name).0.trim().is_empty();
        let mut steps = vec![Command::SetForce { id, axis, force }];
        if let Some(value) = words.filter(|it| unnamed && !it.is_empty()) {
            steps.push(Command::SetText { field: name, value });
        }
        let mut after: Cross = cross;
        match axis {
            AxisPlace::X => after.x.force = force,
            AxisPlace::Y => after.y.force = force,
        }
        let mut effects = ahead(board, Record::Cross(after));
        effects.push(commands(steps));
        Some(effects)
    })
}
