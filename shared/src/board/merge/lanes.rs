//! Where the notes of sources hang when they are laid out side by side: pure geometry.
//!
//! Within its lane or row field, a note's place depends on its order and on the notes before it only, so that a note
//! that comes late moves none of those before it.

use std::collections::BTreeMap;

use super::{Merged, Placement, Source};
use crate::ids::{BoardId, NoteId};
use crate::records::{OrderKey, Position};
use crate::wall::NOTE_WIDTH;

/// What stays free between notes.
const GAP: i32 = 16;
/// From one column to the next.
const COLUMN: i32 = NOTE_WIDTH + GAP;
/// How many notes stand side by side in a lane.
const LANE_COLUMNS: usize = 3;
/// From one lane to the next, with a wider gap between them.
const LANE: i32 = 3 * COLUMN + 4 * GAP;
/// Sources that are no groups get numbers behind those that groups have.
pub(in crate::board) const AFTER_GROUPS: u16 = 100;
/// How many notes stand side by side in rows.
const FLOW_COLUMNS: usize = 8;

/// How wide a lane is.
pub const LANE_WIDTH: i32 = 3 * COLUMN - GAP;

impl Merged {
    /// The upper left corner of a source's lane; none if its notes hang otherwise.
    #[must_use]
    pub fn lane(&self, board: &BoardId) -> Option<Position> {
        lane(&self.sources, board)
    }
}

/// The same. Groups stand side by side by their numbers, so that none moves when a late one comes; other boards stand
/// behind the last group.
pub(in crate::board) fn lane(
    sources: &BTreeMap<BoardId, Source>,
    board: &BoardId,
) -> Option<Position> {
    let source = sources.get(board)?;
    let Placement::Lanes { origin } = source.placement else {
        return None;
    };
    let at = match source.number.checked_sub(AFTER_GROUPS) {
        None => source.number,
        Some(other) => {
            let numbers = sources.values().map(|it| it.number);
            let last = numbers.filter(|it| *it < AFTER_GROUPS).max();
            last.map_or(0, |it| it + 1).saturating_add(other)
        }
    };
    let x = origin.x.saturating_add(i32::from(at) * LANE);
    Some(Position::clamped(x, origin.y))
}

/// A note to be laid out.
#[derive(Clone, Debug)]
pub(in crate::board) struct LaneNote {
    pub(in crate::board) id: NoteId,
    pub(in crate::board) board: BoardId,
    pub(in crate::board) number: u16,
    /// The upper left corner of its board's lane, if it has one.
    pub(in crate::board) lane: Option<Position>,
    pub(in crate::board) placement: Placement,
    pub(in crate::board) order: OrderKey,
    pub(in crate::board) height: i32,
}

/// Where the notes of one section hang.
pub(in crate::board) fn laid_out(mut notes: Vec<LaneNote>) -> BTreeMap<NoteId, Position> {
    notes.sort_by(|a, b| {
        let key = |it: &LaneNote| (it.number, it.board);
        (key(a), &a.order, a.id).cmp(&(key(b), &b.order, b.id))
    });
    let mut lanes: BTreeMap<BoardId, Columns> = BTreeMap::new();
    let mut flow: Option<Columns> = None;
    let mut laid = BTreeMap::new();
    for note in notes {
        let columns = match note.placement {
            Placement::Overlay => continue,
            Placement::Lanes { origin } => lanes
                .entry(note.board)
                .or_insert_with(|| Columns::new(note.lane.unwrap_or(origin), LANE_COLUMNS)),
            Placement::Flow { origin } => {
                flow.get_or_insert_with(|| Columns::new(origin, FLOW_COLUMNS))
            }
        };
        laid.insert(note.id, columns.place(note.height));
    }
    laid
}

/// Columns that grow downward.
struct Columns {
    origin: Position,
    /// How far each is filled.
    filled: Vec<i32>,
}

impl Columns {
    fn new(origin: Position, columns: usize) -> Self {
        let filled = vec![0; columns];
        Self { origin, filled }
    }

    /// The next place: at the end of the shortest column, the leftmost of several.
    fn place(&mut self, height: i32) -> Position {
        let columns = (0..).zip(&mut self.filled);
        let shortest = columns.min_by_key(|(_, filled)| **filled);
        let Some((column, filled)) = shortest else {
            return self.origin;
        };
        let at = Position::clamped(self.origin.x + column * COLUMN, self.origin.y + *filled);
        *filled += height + GAP;
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::Colour;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const ORIGIN: Position = Position { x: 1_000, y: 50 };

    fn note(id: u8, board: u8, placement: Placement) -> LaneNote {
        LaneNote {
            id: NoteId([id; 16]),
            board: BoardId([board; 32]),
            number: u16::from(board),
            lane: Some(Position {
                x: ORIGIN.x + i32::from(board) * LANE,
                ..ORIGIN
            }),
            placement,
            order: format!("{id:02x}-000000"),
            height: 136,
        }
    }

    fn overlap(a: Position, b: Position) -> bool {
        (a.x - b.x).abs() < NOTE_WIDTH && (a.y - b.y).abs() < 136
    }

    #[test]
    fn notes_in_lanes_and_rows_never_overlap_and_late_ones_move_nothing() {
        for placement in [
            Placement::Lanes { origin: ORIGIN },
            Placement::Flow { origin: ORIGIN },
        ] {
            let notes: Vec<LaneNote> = (0..60).map(|it| note(it, it / 20, placement)).collect();
            let all = laid_out(notes.clone());
            let places: Vec<&Position> = all.values().collect();
            for (at, a) in places.iter().enumerate() {
                assert!(places.iter().skip(at + 1).all(|b| !overlap(**a, **b)));
            }
            let before = laid_out(notes.iter().take(59).cloned().collect());
            assert!(before.iter().all(|(id, at)| all.get(id) == Some(at)));
            let mut turned = notes;
            turned.reverse();
            assert_eq!(laid_out(turned), all);
        }
    }

    #[test]
    fn lanes_of_groups_stay_and_other_boards_stand_right_behind_them() {
        let source = |number: u16, placement| Source {
            board: BoardId([u8::try_from(number).unwrap(); 32]),
            name: String::new(),
            colour: Colour::default(),
            number,
            placement,
            shown: true,
        };
        let lanes = Placement::Lanes { origin: ORIGIN };
        let merged = |numbers: &[u16]| {
            let sources = numbers.iter().map(|it| source(*it, lanes));
            Merged {
                sources: sources.map(|it| (it.board, it)).collect(),
                ..Merged::default()
            }
        };
        let x = |merged: &Merged, number: u8| {
            merged
                .lane(&BoardId([number; 32]))
                .map(|it| it.x - ORIGIN.x)
        };
        let few = merged(&[0, 2, 100, 101]);
        assert_eq!(
            [0, 2, 100, 101].map(|it| x(&few, it)),
            [0, 2, 3, 4].map(|it| Some(it * LANE))
        );
        let more = merged(&[0, 1, 2, 100, 101]);
        assert_eq!(
            [0, 2, 100].map(|it| x(&more, it)),
            [0, 2, 3].map(|it| Some(it * LANE))
        );
        assert_eq!(x(&merged(&[100]), 100), Some(0));
        let mut other = merged(&[0]);
        other
            .sources
            .insert(BoardId([9; 32]), source(9, Placement::Overlay));
        assert_eq!(x(&other, 9), None);
    }
}
