//! Which notes of a wall are in the page: those in its window and around it, from the middle outwards and a part at a
//! time, so that whoever writes or pulls the wall meanwhile waits for none of them.

use std::collections::BTreeSet;

use samsyn_shared::ids::{NoteId, SectionId};
use samsyn_shared::records::{Note, OrderKey, Position, Presence};
use samsyn_shared::wall::{Area, NOTE_WIDTH};

use super::model::BoardModel;

/// A wall with no more notes than this is drawn whole.
const ALL_DRAWN: usize = 120;
/// So many notes in a wall's window are drawn at a time.
pub const SEEN_AT_ONCE: usize = 48;
/// So many around it, once those in it are on the screen.
pub const AROUND_AT_ONCE: usize = 16;
/// The tallest that a note gets, in the wall's pixels.
const TALLEST: f64 = 440.0;

/// What is in the page of the wall on the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    section: Option<SectionId>,
    notes: Vec<NoteId>,
    more: bool,
}

impl Drawn {
    /// The notes of a wall that are in the page, in list order.
    #[must_use]
    pub fn on(&self, section: SectionId) -> &[NoteId] {
        let notes = (self.section == Some(section)).then_some(self.notes.as_slice());
        notes.unwrap_or_default()
    }

    /// Whether more are to be.
    #[must_use]
    pub const fn is_unfinished(&self) -> bool {
        self.more
    }

    /// What is to be in the page now, where this is: the next part of what is wanted, and nothing that is not.
    #[must_use]
    pub fn next(&self, board: &BoardModel) -> Self {
        let Some(section) = board.section() else {
            return Self::default();
        };
        let there: BTreeSet<NoteId> = self.on(section).iter().copied().collect();
        let mut wanted = wanted(board, section);
        wanted.sort_unstable_by(|a, b| a.when.cmp(&b.when).then(a.far.total_cmp(&b.far)));
        let mut seen = 0;
        let mut around = 0;
        let all = wanted.len();
        wanted.retain(|it| {
            let count = match it.when {
                _ if there.contains(&it.id) => return true,
                When::AtOnce => return true,
                When::Seen => &mut seen,
                When::Around => &mut around,
            };
            *count += 1;
            match it.when {
                When::Around => seen == 0 && around <= AROUND_AT_ONCE,
                When::Seen | When::AtOnce => seen <= SEEN_AT_ONCE,
            }
        });
        let more = wanted.len() < all;
        wanted.sort_unstable_by(|a, b| (&a.order, a.id).cmp(&(&b.order, b.id)));
        Self {
            section: Some(section),
            notes: wanted.into_iter().map(|it| it.id).collect(),
            more,
        }
    }
}

/// How soon a note is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum When {
    /// It is in somebody's hand or under the keyboard, or next to that.
    AtOnce,
    /// It is in the window.
    Seen,
    /// It is not far outside.
    Around,
}

/// A note that is to be in the page.
struct Wanted<'a> {
    id: NoteId,
    order: &'a OrderKey,
    when: When,
    /// How far from the middle of the window, squared.
    far: f64,
}

impl<'a> Wanted<'a> {
    const fn new(note: &'a Note, when: When, far: f64) -> Self {
        Self {
            id: note.id,
            order: &note.order,
            when,
            far,
        }
    }
}

/// The notes of a wall that are to be in the page: those in and around its window, the ones in somebody's hand or under
/// the keyboard, and that one's neighbours, so that the focus can go on. On a small wall all of them.
fn wanted(board: &BoardModel, section: SectionId) -> Vec<Wanted<'_>> {
    let notes = board.view.notes.values();
    let notes = notes.filter(|it| it.section == section && it.presence == Presence::OnBoard);
    if notes.clone().nth(ALL_DRAWN).is_none() {
        return notes.map(|it| Wanted::new(it, When::AtOnce, 0.0)).collect();
    }
    let (window, region) = (window(board, section), region(board, section));
    let middle = window.map(|it| ((it.left + it.right) / 2.0, (it.top + it.bottom) / 2.0));
    let held = board.held.as_ref();
    let stays = |id: NoteId| {
        board.editing == Some(id)
            || board.focus == Some(id)
            || held.is_some_and(|held| held.note == id)
    };
    let focus = board.focus.and_then(|id| board.view.notes.get(&id));
    let (mut before, mut after): (Option<&Note>, Option<&Note>) = (None, None);
    let mut all = Vec::new();
    for note in notes {
        let at = board.hung(note);
        if stays(note.id) {
            all.push(Wanted::new(note, When::AtOnce, 0.0));
        } else if is_in(at, region) {
            let when = if is_in(at, window) {
                When::Seen
            } else {
                When::Around
            };
            all.push(Wanted::new(note, when, far(at, middle)));
        }
        if let Some(focus) = focus {
            if place(note) < place(focus) && before.is_none_or(|it| place(it) < place(note)) {
                before = Some(note);
            } else if place(note) > place(focus) && after.is_none_or(|it| place(note) < place(it)) {
                after = Some(note);
            }
        }
    }
    for note in before.into_iter().chain(after) {
        all.retain(|it| it.id != note.id);
        all.push(Wanted::new(note, When::AtOnce, 0.0));
    }
    all
}

/// What notes are listed by.
const fn place(note: &Note) -> (&OrderKey, NoteId) {
    (&note.order, note.id)
}

/// The part of a wall that is seen. None before the window is known.
fn window(board: &BoardModel, section: SectionId) -> Option<Area> {
    let window = board.windows.get(&section)?;
    let camera = board.camera(section);
    let (left, top) = (-camera.x / camera.scale, -camera.y / camera.scale);
    Some(Area {
        left,
        top,
        right: left + window.width / camera.scale,
        bottom: top + window.height / camera.scale,
    })
}

/// The part of a wall that is drawn: what is seen and half as much around it, in steps of that half, so that it
/// changes seldom while the wall is pushed. None before the window is known.
fn region(board: &BoardModel, section: SectionId) -> Option<Area> {
    let window = board.windows.get(&section)?;
    let camera = board.camera(section);
    let snapped = |at: f64, length: f64| {
        let step = length / 2.0;
        let first = ((-at / step).floor() - 1.0) * step;
        let last = ((-at / step).ceil() + 3.0) * step;
        (first / camera.scale, last / camera.scale)
    };
    let (left, right) = snapped(camera.x, window.width.max(1.0));
    let (top, bottom) = snapped(camera.y, window.height.max(1.0));
    Some(Area {
        left,
        top,
        right,
        bottom,
    })
}

/// Whether any of a note can be in that part of its wall. Nothing is in a part that is not known yet.
fn is_in(at: Position, area: Option<Area>) -> bool {
    let (x, y) = (f64::from(at.x), f64::from(at.y));
    area.is_some_and(|it| {
        x < it.right && it.left < x + f64::from(NOTE_WIDTH) && y < it.bottom && it.top < y + TALLEST
    })
}

fn far(at: Position, middle: Option<(f64, f64)>) -> f64 {
    let (x, y) = middle.unwrap_or_default();
    (f64::from(at.x) - x).powi(2) + (f64::from(at.y) - y).powi(2)
}
