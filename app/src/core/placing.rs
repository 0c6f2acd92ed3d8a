//! Where a new note hangs: near the middle of what is seen, beside the notes that hang there, not over them.

use samsyn_shared::records::Position;

use super::camera::Area;

/// A note's width on the wall, in CSS pixels at 100 %; the style sheet says the same.
pub const NOTE_WIDTH: i32 = 208;
/// A short note's height.
pub const NOTE_HEIGHT: i32 = 136;
const GAP: i32 = 20;

/// The free place nearest to `middle` (where the note's centre should be), among places a note's size apart.
#[must_use]
pub fn free_place(middle: Position, taken: &[Position]) -> Position {
    let origin = Position::clamped(middle.x - NOTE_WIDTH / 2, middle.y - NOTE_HEIGHT / 2);
    let free = |at: &Position| !taken.iter().any(|other| overlap(*at, *other));
    rings(origin).find(free).unwrap_or(origin)
}

/// The rectangle that holds all notes, by their usual size; none if there are none.
#[must_use]
pub fn area(notes: impl Iterator<Item = Position>) -> Option<Area> {
    notes
        .map(|at| Area {
            left: f64::from(at.x),
            top: f64::from(at.y),
            right: f64::from(at.x + NOTE_WIDTH),
            bottom: f64::from(at.y + NOTE_HEIGHT),
        })
        .reduce(|a, b| Area {
            left: a.left.min(b.left),
            top: a.top.min(b.top),
            right: a.right.max(b.right),
            bottom: a.bottom.max(b.bottom),
        })
}

fn overlap(a: Position, b: Position) -> bool {
    (a.x - b.x).abs() < NOTE_WIDTH + GAP / 2 && (a.y - b.y).abs() < NOTE_HEIGHT + GAP / 2
}

/// Places around `origin`, ring by ring, the nearest first; enough for a thousand notes in one spot.
fn rings(origin: Position) -> impl Iterator<Item = Position> {
    let step = move |column: i32, row: i32| {
        Position::clamped(
            origin.x + column * (NOTE_WIDTH + GAP),
            origin.y + row * (NOTE_HEIGHT + GAP),
        )
    };
    (0..=16).flat_map(move |ring: i32| {
        (-ring..=ring)
            .flat_map(move |row| (-ring..=ring).map(move |column| (column, row)))
            .filter(move |(column, row)| column.abs().max(row.abs()) == ring)
            .map(move |(column, row)| step(column, row))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_note_hangs_in_the_middle() {
        let at = free_place(Position { x: 500, y: 300 }, &[]);
        assert_eq!(at, Position { x: 396, y: 232 });
    }

    #[test]
    fn a_hundred_notes_in_a_row_never_cover_each_other() {
        let mut taken = Vec::new();
        for _ in 0..100 {
            let at = free_place(Position { x: 0, y: 0 }, &taken);
            assert!(taken.iter().all(|other| !overlap(at, *other)));
            taken.push(at);
        }
    }
}
