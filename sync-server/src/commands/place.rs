//! Where something new goes on a board: the section a person named, and a free place on its wall.

use samsyn_shared::board::View;
use samsyn_shared::ids::SectionId;
use samsyn_shared::records::{Position, QuadrantPlace, Section, SectionKind};

use crate::client::Failure;

/// How far apart notes hang that nobody has placed, in CSS pixels.
const STEP: Position = Position { x: 220, y: 180 };
const MARGIN: i32 = 40;
const IN_A_ROW: usize = 6;

/// The section that `wanted` names: by its kind's word, its heading or its id; the first one, if several do.
pub(super) fn section<'a>(view: &'a View, wanted: &str) -> Result<&'a Section, Failure> {
    let sections = view.sections_in_order();
    let heading = |section: &Section| {
        view.text(section.title).trim().to_lowercase() == wanted.trim().to_lowercase()
    };
    let kind =
        |section: &Section| section.kind != SectionKind::Unknown && section.kind.word() == wanted;
    let id = wanted.parse::<SectionId>().ok();
    let found = sections.iter().find(|section| id == Some(section.id));
    let found = found.or_else(|| sections.iter().find(|section| heading(section)));
    let found = found.or_else(|| sections.iter().find(|section| kind(section)));
    found.copied().ok_or_else(|| Failure::NoSection {
        wanted: wanted.to_owned(),
        present: sections.iter().map(|section| name(view, section)).collect(),
    })
}

fn name(view: &View, section: &Section) -> String {
    match view.text(section.title) {
        "" => section.kind.word().to_owned(),
        title => format!("{} (“{title}”)", section.kind.word()),
    }
}

/// The first place of a grid on the wall where no note hangs.
pub(super) fn free_place(
    view: &View,
    section: SectionId,
    quadrant: Option<QuadrantPlace>,
) -> Position {
    let taken: Vec<Position> = view
        .notes_in(section, quadrant)
        .iter()
        .map(|note| note.at)
        .collect();
    let covers = |place: Position, note: &Position| {
        (note.x - place.x).abs() < STEP.x && (note.y - place.y).abs() < STEP.y
    };
    (0..=taken.len() * 4)
        .map(grid_place)
        .find(|place| !taken.iter().any(|note| covers(*place, note)))
        .unwrap_or_else(|| grid_place(taken.len()))
}

fn grid_place(index: usize) -> Position {
    let steps = |count: usize, step: i32| {
        MARGIN.saturating_add(
            i32::try_from(count)
                .unwrap_or(i32::MAX)
                .saturating_mul(step),
        )
    };
    Position::clamped(
        steps(index % IN_A_ROW, STEP.x),
        steps(index / IN_A_ROW, STEP.y),
    )
}
