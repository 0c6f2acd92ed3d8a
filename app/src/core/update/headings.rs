//! Notes under headings: put there by hand or by menu, taken out again, and what is left when a heading goes.

use std::collections::BTreeSet;

use samsyn_shared::board::{Command, Record};
use samsyn_shared::ids::NoteId;
use samsyn_shared::records::{Note, Position, SectionKind};
use samsyn_shared::wall::{Area, area, aside, position, width};

use super::notes::{New, edit, hung, last_colour, settle, settled, show_all};
use super::picks::{drop_all, footprint, notes_of};
use super::taking::ahead;
use super::walls::reveal;
use super::{Effects, commands, show, writing};
use crate::core::effect::{Effect, Part};
use crate::core::event::{Destination, Direction};
use crate::core::model::{BoardModel, Model};

/// How far a note that is taken out hangs from its group.
const ASIDE: i32 = 40;

/// The held note rests over another one: over a note of a group it would go under that group's heading.
pub(super) fn rested(model: &mut Model, over: Option<NoteId>) -> Effects {
    writing(model, |board| {
        let over = over.map(|id| board.headings.heading(id).unwrap_or(id));
        let held = board.held.as_mut()?;
        let over = over.filter(|id| !held.from.contains_key(id));
        let own = board.headings.heading(held.note);
        let over = over.filter(|id| own != Some(*id));
        let former = std::mem::replace(&mut held.over, over);
        (former != over).then(|| show_all(former.iter().chain(&over)))
    })
}

/// Puts notes under a heading, by menu. Without one a new heading is made above them and written on at once, unless
/// there is just one heading among them.
pub(super) fn group(model: &mut Model, ids: &[NoteId], heading: Option<NoteId>) -> Effects {
    let new = model.mint.note();
    let made = model.now;
    let mut effects = writing(model, |board| {
        let among = ids
            .iter()
            .filter(|id| board.headings.members(**id).is_some());
        let among: Vec<NoteId> = among.copied().collect();
        let chosen = match (heading, among.as_slice()) {
            (Some(heading), _) => Some(heading),
            (None, [only]) if ids.len() > 1 => Some(*only),
            (None, _) => None,
        };
        if let Some(heading) = chosen {
            let mut effects = put_under(board, ids, heading)?;
            effects.push(Effect::FocusNote(heading));
            effects.extend(reveal(board, heading).map(|it| Effect::Show(Part::Camera(it))));
            return Some(effects);
        }
        let notes = notes_of(board, ids);
        let first = notes.first()?;
        let corner = area(notes.iter().map(|it| footprint(board, it)))?;
        let to = Destination {
            section: first.section,
            quadrant: first.quadrant,
        };
        let new = New {
            id: new,
            to,
            text: String::new(),
            at: position(corner.left, corner.top),
            colour: last_colour(board, first.section),
        };
        let heading = new.id;
        let (mut effects, step) = hung(board, new, made);
        let (shown, steps) = steps_under(board, ids, heading)?;
        effects.extend(shown);
        effects.push(commands([step].into_iter().chain(steps).collect()));
        effects.extend(edit(board, heading));
        Some(effects)
    });
    if !effects.is_empty() {
        effects.extend(drop_all(model));
    }
    effects
}

/// Puts notes under a heading, with all that is under those of them that are headings; they go to its quadrant.
pub(super) fn put_under(
    board: &mut BoardModel,
    ids: &[NoteId],
    heading: NoteId,
) -> Option<Effects> {
    let (mut effects, steps) = steps_under(board, ids, heading)?;
    if !steps.is_empty() {
        effects.push(commands(steps));
    }
    Some(effects)
}

fn steps_under(
    board: &mut BoardModel,
    ids: &[NoteId],
    heading: NoteId,
) -> Option<(Effects, Vec<Command>)> {
    let over = board.view.notes.get(&heading)?.clone();
    let to = Destination {
        section: over.section,
        quadrant: over.quadrant,
    };
    let (mut effects, mut steps) = (Effects::new(), Vec::new());
    // A note under another one is no heading: it comes out first.
    if over.under.is_some() {
        let (shown, step) = named(board, heading, None)?;
        effects.extend(shown);
        steps.push(step);
    }
    let mut all = board.with_members(ids);
    all.retain(|id| *id != heading);
    for note in notes_of(board, &all) {
        let id = note.id;
        if (note.section, note.quadrant) != (to.section, to.quadrant) {
            let at = board.hung(&note);
            let (shown, step) = settled(board, note, to, at);
            effects.extend(shown);
            steps.push(step);
        }
        let (shown, step) = named(board, id, Some(heading))?;
        effects.extend(shown);
        steps.push(step);
    }
    let (shown, more) = made_room(board, heading);
    effects.extend(shown);
    steps.extend(more);
    Some((effects, steps))
}

/// A group that grew may have come to lie on what hangs below it, and would hide that: it goes aside, as a part of the
/// same step.
fn made_room(board: &mut BoardModel, heading: NoteId) -> (Effects, Vec<Command>) {
    let (mut effects, mut steps) = (Effects::new(), Vec::new());
    let Some(section) = board.view.notes.get(&heading).map(|it| it.section) else {
        return (effects, steps);
    };
    let kind = board.view.sections.get(&section).map(|it| it.kind);
    let Some(over) = unit(board, heading).filter(|_| kind == Some(SectionKind::Notes)) else {
        return (effects, steps);
    };
    let notes = board.view.notes_of(section).into_iter();
    let loose = notes.filter(|it| it.id != heading && board.headings.heading(it.id).is_none());
    let loose: Vec<Note> = loose.cloned().collect();
    for note in &loose {
        let others = loose.iter().filter(|it| it.id != note.id);
        let mut taken: Vec<Area> = others.filter_map(|it| unit(board, it.id)).collect();
        taken.push(over);
        let place = unit(board, note.id).and_then(|it| aside(over, it, &taken));
        if let Some(at) = place {
            let to = Destination {
                section,
                quadrant: None,
            };
            let note = board.view.notes.get(&note.id).unwrap_or(note).clone();
            let (shown, step) = settled(board, note, to, at);
            effects.extend(shown);
            steps.push(step);
        }
    }
    (effects, steps)
}

/// What a note covers, with all that is under it.
fn unit(board: &BoardModel, note: NoteId) -> Option<Area> {
    let notes = notes_of(board, &board.with_members(&[note]));
    let rooms = notes
        .iter()
        .flat_map(|it| board.headings.room(&board.view, it, board.words(it)));
    area(rooms)
}

/// Names a note's heading.
pub(super) fn named(
    board: &mut BoardModel,
    id: NoteId,
    heading: Option<NoteId>,
) -> Option<(Effects, Command)> {
    let note = board.view.notes.get(&id)?.clone();
    let under = heading;
    let effects = ahead(board, Record::Note(Note { under, ..note }));
    Some((effects, Command::SetUnder { id, heading }))
}

/// Takes notes out by menu: each hangs beside its group then, where it was.
pub(super) fn loosen(model: &mut Model, ids: &[NoteId]) -> Effects {
    writing(model, |board| {
        let (mut effects, mut steps) = (Effects::new(), Vec::new());
        for note in notes_of(board, ids) {
            let Some(heading) = board.headings.heading(note.id) else {
                continue;
            };
            let columns = board.headings.members(heading).map_or(1, |it| it.columns);
            let left = board.view.notes.get(&heading)?.at.x;
            let x = left.saturating_add(width(columns) + ASIDE);
            let at = Position::clamped(x, board.hung(&note).y);
            let (shown, more) = taken_out(board, note, at)?;
            effects.extend(shown);
            steps.extend(more);
        }
        effects.extend(ids.first().map(|id| Effect::FocusNote(*id)));
        if !steps.is_empty() {
            effects.push(commands(steps));
        }
        Some(effects)
    })
}

fn taken_out(board: &mut BoardModel, note: Note, at: Position) -> Option<(Effects, [Command; 2])> {
    let id = note.id;
    let to = Destination {
        section: note.section,
        quadrant: note.quadrant,
    };
    let (mut effects, moved) = settled(board, note, to, at);
    let (shown, loose) = named(board, id, None)?;
    effects.extend(shown);
    Some((effects, [moved, loose]))
}

/// Notes were let go, over nothing that takes them in. What is under a heading stays there if it is still over its
/// group, and comes out otherwise; what is under a heading that was let go as well goes with it.
pub(super) fn let_go(
    board: &mut BoardModel,
    moved: Vec<(Note, Position)>,
    to: Destination,
) -> Effects {
    let held: BTreeSet<NoteId> = moved.iter().map(|(note, _)| note.id).collect();
    let (mut settling, mut out, mut kept) = (Vec::new(), Vec::new(), Vec::new());
    for (note, at) in moved {
        let heading = board.headings.heading(note.id);
        let stays = (to.section, to.quadrant) == (note.section, note.quadrant);
        match heading {
            Some(heading) if held.contains(&heading) => {
                if !stays {
                    kept.push((note.id, heading));
                    settling.push((note, to, at));
                }
            }
            Some(heading) if stays => {
                if !is_over_group(board, heading, at) {
                    out.push((note, at));
                }
            }
            Some(_) | None if !stays || at != note.at => settling.push((note, to, at)),
            Some(_) | None => {}
        }
    }
    if kept.is_empty() && out.is_empty() {
        return settle(board, settling);
    }
    let (mut effects, mut steps) = (Effects::new(), Vec::new());
    for (note, to, at) in settling {
        let (shown, step) = settled(board, note, to, at);
        effects.extend(shown);
        steps.push(step);
    }
    for (id, heading) in kept {
        let (shown, step) = named(board, id, Some(heading)).unzip();
        effects.extend(shown.into_iter().flatten());
        steps.extend(step);
    }
    for (note, at) in out {
        let (shown, more) = taken_out(board, note, at).unzip();
        effects.extend(shown.into_iter().flatten());
        steps.extend(more.into_iter().flatten());
    }
    effects.push(commands(steps));
    effects
}

/// Whether the middle of a note that hangs at `at` is over a group. In a cross, where notes flow, a note never leaves
/// its heading by a short drag.
fn is_over_group(board: &BoardModel, heading: NoteId, at: Position) -> bool {
    let (Some(note), Some(members)) = (
        board.view.notes.get(&heading),
        board.headings.members(heading),
    ) else {
        return false;
    };
    let across = at.x.saturating_sub(note.at.x).saturating_add(width(1) / 2);
    let down = at.y.saturating_sub(note.at.y).saturating_add(width(1) / 3);
    (0..=width(members.columns)).contains(&across) && (0..=members.height).contains(&down)
}

/// An arrow key moves a note under a heading one place on or back among the others there.
pub(super) fn shift(
    board: &BoardModel,
    id: NoteId,
    heading: NoteId,
    direction: Direction,
) -> Option<Effects> {
    let notes = &board.headings.members(heading)?.notes;
    let at = notes.iter().position(|it| *it == id)?;
    let after = match direction {
        Direction::Left | Direction::Up => at.checked_sub(1).map(|it| it.checked_sub(1)),
        Direction::Right | Direction::Down => (at + 1 < notes.len()).then_some(Some(at + 1)),
    }?;
    let after = after.and_then(|it| notes.get(it)).copied();
    Some(vec![super::command(Command::OrderNote { id, after })])
}

/// When headings go into the trash, what was under them stays where it is seen, and comes under them again if they
/// come back.
pub(super) fn left_hanging(board: &mut BoardModel, gone: &[NoteId]) -> (Effects, Vec<Command>) {
    let (mut effects, mut steps) = (Effects::new(), Vec::new());
    let mut left = board.with_members(gone);
    left.retain(|id| !gone.contains(id));
    for note in notes_of(board, &left) {
        let to = Destination {
            section: note.section,
            quadrant: note.quadrant,
        };
        let at = board.hung(&note);
        let (shown, step) = settled(board, note, to, at);
        effects.extend(shown);
        steps.push(step);
    }
    effects.extend(show(Part::Trash));
    (effects, steps)
}
