//! Where a new note hangs: near the middle of what is seen, beside the notes that hang there, not over them.

use samsyn_shared::records::Position;

use super::camera::{Area, position};

/// A note's width on the wall, in CSS pixels at 100 %; the style sheet says the same.
pub const NOTE_WIDTH: i32 = 208;
/// A short note's height.
pub const NOTE_HEIGHT: i32 = 136;
/// A line's height.
const LINE: i32 = 23;
/// How many letters fit on a line, about.
const LINE_LETTERS: usize = 22;
/// The most lines before a note scrolls instead of growing.
const MOST_LINES: i32 = 15;
/// Lines that a short note has room for.
const SHORT_LINES: i32 = 3;
/// What stays free between notes.
const GAP: i32 = 16;
/// How far apart the tried places are.
const TRY: i32 = 24;

/// The room a note takes on a wall, as far as it can be told without a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Footprint {
    /// Its upper left corner.
    pub at: Position,
    /// Its height.
    pub height: i32,
}

impl Footprint {
    /// The room of a note with these words.
    #[must_use]
    pub fn of(at: Position, words: &str) -> Self {
        let lines: usize = words
            .lines()
            .map(|line| line.chars().count().div_ceil(LINE_LETTERS).max(1))
            .sum();
        let lines = i32::try_from(lines).unwrap_or(MOST_LINES).min(MOST_LINES);
        let height = NOTE_HEIGHT + (lines - SHORT_LINES).max(0) * LINE;
        Self { at, height }
    }

    /// The rectangle it covers.
    #[must_use]
    pub fn area(self) -> Area {
        Area {
            left: f64::from(self.at.x),
            top: f64::from(self.at.y),
            right: f64::from(self.at.x + NOTE_WIDTH),
            bottom: f64::from(self.at.y + self.height),
        }
    }

    fn meets(self, at: Position) -> bool {
        (self.at.x - at.x).abs() < NOTE_WIDTH + GAP
            && at.y < self.at.y + self.height + GAP
            && self.at.y < at.y + NOTE_HEIGHT + GAP
    }
}

/// The free place nearest to the middle of what is seen; beyond it where it is full.
#[must_use]
pub fn free_place(seen: Area, taken: &[Footprint]) -> Position {
    let origin = position(
        f64::midpoint(seen.left, seen.right) - f64::from(NOTE_WIDTH) / 2.0,
        f64::midpoint(seen.top, seen.bottom) - f64::from(NOTE_HEIGHT) / 2.0,
    );
    let free = |at: &Position| !taken.iter().any(|other| other.meets(*at));
    let inside = |at: &Position| is_seen(*at, seen);
    let near = rings(origin, TRY, reach(seen)).filter(inside).find(free);
    near.or_else(|| rings(origin, NOTE_WIDTH + GAP, 24).find(free))
        .unwrap_or(origin)
}

/// The rectangle that holds all notes; none if there are none.
#[must_use]
pub fn area(notes: impl Iterator<Item = Footprint>) -> Option<Area> {
    notes.map(Footprint::area).reduce(|a, b| Area {
        left: a.left.min(b.left),
        top: a.top.min(b.top),
        right: a.right.max(b.right),
        bottom: a.bottom.max(b.bottom),
    })
}

fn is_seen(at: Position, seen: Area) -> bool {
    f64::from(at.x) >= seen.left
        && f64::from(at.y) >= seen.top
        && f64::from(at.x + NOTE_WIDTH) <= seen.right
        && f64::from(at.y + NOTE_HEIGHT) <= seen.bottom
}

/// How many rings of tried places cover half of what is seen; at most sixty, for a wall seen from afar.
fn reach(seen: Area) -> i32 {
    let half = (seen.right - seen.left).max(seen.bottom - seen.top) / 2.0;
    position(half / f64::from(TRY), 0.0).x.clamp(0, 60)
}

/// Places around `origin`, ring by ring, `step` apart, the nearest ring first.
fn rings(origin: Position, step: i32, reach: i32) -> impl Iterator<Item = Position> {
    let place = move |column: i32, row: i32| {
        Position::clamped(
            origin.x.saturating_add(column * step),
            origin.y.saturating_add(row * step),
        )
    };
    (0..=reach).flat_map(move |ring: i32| {
        (-ring..=ring)
            .flat_map(move |row| (-ring..=ring).map(move |column| (column, row)))
            .filter(move |(column, row)| column.abs().max(row.abs()) == ring)
            .map(move |(column, row)| place(column, row))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEEN: Area = Area {
        left: 0.0,
        top: 0.0,
        right: 1000.0,
        bottom: 600.0,
    };

    fn fill(count: usize) -> Vec<Footprint> {
        let mut taken = Vec::new();
        for _ in 0..count {
            let at = free_place(SEEN, &taken);
            assert!(!taken.iter().any(|other: &Footprint| other.meets(at)));
            taken.push(Footprint::of(at, "kort"));
        }
        taken
    }

    #[test]
    fn the_first_note_hangs_in_the_middle() {
        assert_eq!(free_place(SEEN, &[]), Position { x: 396, y: 232 });
    }

    #[test]
    fn new_notes_are_seen_as_long_as_there_is_room_where_one_looks() {
        assert!(fill(8).iter().all(|note| is_seen(note.at, SEEN)));
    }

    #[test]
    fn a_hundred_notes_in_a_row_never_cover_each_other() {
        assert_eq!(fill(100).len(), 100);
    }

    #[test]
    fn a_long_note_is_not_covered_at_its_end() {
        let long = Footprint::of(Position { x: 396, y: 40 }, &"lång text ".repeat(20));
        assert!(long.height > 2 * NOTE_HEIGHT);
        let at = free_place(SEEN, &[long]);
        assert!(!long.meets(at));
    }
}
