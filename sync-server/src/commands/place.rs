//! Where something new goes on a board: the section a person named, and a free place on its wall.

use samsyn_shared::board::{Headings, View};
use samsyn_shared::ids::{NoteId, PersonId, SectionId};
use samsyn_shared::records::{Position, QuadrantPlace, Section, SectionKind};
use samsyn_shared::wall::{self, Area, Footprint};

use crate::client::Failure;

/// Where the first note's wall begins, in CSS pixels.
const CORNER: Area = Area {
    left: 40.0,
    top: 40.0,
    right: 40.0,
    bottom: 40.0,
};
/// How much of a wall somebody is taken to see, in CSS pixels: about a tablet's screen.
const WINDOW: (f64, f64) = (1_300.0, 800.0);

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

/// A free place for a note among those that hang on the wall already, as the app finds one for who looks at them.
pub(super) fn free_place(
    view: &View,
    section: SectionId,
    quadrant: Option<QuadrantPlace>,
    hand: PersonId,
    note: NoteId,
) -> Position {
    let groups = Headings::of(view, |note| view.text(note.text));
    let taken: Vec<Footprint> = view
        .notes_in(section, quadrant)
        .iter()
        .flat_map(|note| groups.room(view, note, view.text(note.text)))
        .collect();
    let hung = wall::area(taken.iter().copied()).unwrap_or(CORNER);
    let seen = Area {
        left: hung.left,
        top: hung.top,
        right: hung.right.max(hung.left + WINDOW.0),
        bottom: hung.bottom.max(hung.top + WINDOW.1),
    };
    wall::free_place(seen, &taken, hand, note)
}
