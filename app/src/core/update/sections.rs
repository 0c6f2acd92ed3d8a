//! Sections as a whole: all that is in one goes to another.

use samsyn_shared::board::{Command, Record};
use samsyn_shared::ids::SectionId;
use samsyn_shared::records::{Note, Position, Presence, RecordId, Rule, SectionKind};
use samsyn_shared::wall::{area, position};

use super::notes::presence_set;
use super::taking::ahead;
use super::walls::footprints;
use super::{Effects, commands, dialog_to, page_chosen, writing};
use crate::core::model::{BoardModel, Model, Page};

/// What stays free between the notes that hang on a wall and those that come, in CSS pixels.
const MARGIN: f64 = 96.0;

/// Moves all notes or rules of a section into another, beside what is there, and puts the empty section into the trash.
/// One step.
pub(super) fn move_all(model: &mut Model, from: SectionId, to: SectionId) -> Effects {
    let mut effects = dialog_to(model, None);
    let moved = writing(model, |board| {
        let kind = board.view.sections.get(&from)?.kind;
        let (mut effects, mut steps) = match kind {
            SectionKind::Notes => notes(board, from, to)?,
            SectionKind::Rules => rules(board, from, to),
            SectionKind::Cross | SectionKind::Unknown => return None,
        };
        let (shown, gone) = presence_set(board, RecordId::Section(from), Presence::InTrash)?;
        effects.extend(shown);
        steps.push(gone);
        effects.push(commands(steps));
        Some(effects)
    });
    if !moved.is_empty() {
        effects.extend(moved);
        effects.extend(page_chosen(model, Page::Section(to)));
    }
    effects
}

/// The notes keep their places beside each other, to the right of what hangs on the other wall.
fn notes(
    board: &mut BoardModel,
    from: SectionId,
    to: SectionId,
) -> Option<(Effects, Vec<Command>)> {
    let corner = |section| area(footprints(board, section).into_iter());
    let (here, there) = (corner(from), corner(to));
    let shift = match (here, there) {
        (Some(here), Some(there)) => {
            position(there.right + MARGIN - here.left, there.top - here.top)
        }
        (Some(_) | None, None) | (None, Some(_)) => Position::default(),
    };
    let all: Vec<Note> = board.view.notes_of(from).into_iter().cloned().collect();
    let heads: Vec<Command> = all
        .iter()
        .filter(|it| it.under.is_some())
        .map(|it| Command::SetUnder {
            id: it.id,
            heading: it.under,
        })
        .collect();
    let mut effects = Effects::new();
    let mut steps = Vec::new();
    for note in all {
        let at = Position::clamped(
            note.at.x.saturating_add(shift.x),
            note.at.y.saturating_add(shift.y),
        );
        steps.push(Command::MoveNote {
            id: note.id,
            section: to,
            quadrant: None,
            at,
        });
        let moved = Note {
            section: to,
            quadrant: None,
            at,
            ..note
        };
        effects.extend(ahead(board, Record::Note(moved)));
    }
    // A note that goes to another section leaves its heading behind, and here that comes along.
    steps.extend(heads);
    Some((effects, steps))
}

fn rules(board: &mut BoardModel, from: SectionId, to: SectionId) -> (Effects, Vec<Command>) {
    let all: Vec<Rule> = board.view.rules_of(from).into_iter().cloned().collect();
    let mut effects = Effects::new();
    let mut steps = Vec::new();
    for rule in all {
        steps.push(Command::SetRuleSection {
            id: rule.id,
            section: to,
        });
        let moved = Rule {
            section: to,
            // Behind all others until the worker says where.
            order: format!("~{}", rule.order),
            ..rule
        };
        effects.extend(ahead(board, Record::Rule(moved)));
    }
    (effects, steps)
}
