//! Where notes hang on a wall: the room they take, and a free place for a new one.
//!
//! Pure geometry, one for the app and the command line. Tablets that cannot hear each other see the same wall, so
//! what they choose must differ without their agreeing on it: whose hand it is says on which grid a new note hangs,
//! and the note's own random id says where on that grid. One person's notes stand in rows, two people's beside each
//! other.

use crate::ids::{NoteId, PersonId};
use crate::records::Position;

/// A note's width on the wall, in CSS pixels at 100 %; the app's style sheet says the same.
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
/// What stays free between notes, and how finely one person's grid is shifted against another's.
const GAP: i32 = 16;
/// From one column of a grid to the next.
const COLUMN: i32 = NOTE_WIDTH + GAP;
/// From one row of a grid to the next.
const ROW: i32 = NOTE_HEIGHT + GAP;
/// The width and height of the middle of a wall, for somebody who sees more of it than that.
const MOST_LOOKED_AT: (f64, f64) = (1_600.0, 1_000.0);
/// How many places are tried by lot where the hand's own grid is full.
const LOTS: usize = 48;

/// A rectangle of a wall, in the wall's own pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// Left edge.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Lower edge.
    pub bottom: f64,
}

impl Area {
    /// As much of its middle as a person looks at. A new note hangs there even if the whole wall is seen from afar.
    fn middle(self) -> Self {
        let cut = |from: f64, to: f64, most: f64| {
            let over = (to - from - most).max(0.0) / 2.0;
            (from + over, to - over)
        };
        let (left, right) = cut(self.left, self.right, MOST_LOOKED_AT.0);
        let (top, bottom) = cut(self.top, self.bottom, MOST_LOOKED_AT.1);
        Self {
            left,
            top,
            right,
            bottom,
        }
    }

    fn grown(self, by: f64) -> Self {
        Self {
            left: self.left - by,
            top: self.top - by,
            right: self.right + by,
            bottom: self.bottom + by,
        }
    }

    fn meets(self, other: Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    /// Whether a short note at `at` lies in it as a whole.
    #[cfg(test)]
    fn holds(self, at: Position) -> bool {
        f64::from(at.x) >= self.left
            && f64::from(at.y) >= self.top
            && f64::from(at.x + NOTE_WIDTH) <= self.right
            && f64::from(at.y + NOTE_HEIGHT) <= self.bottom
    }
}

/// The nearest whole position.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    reason = "`as` saturates, and the position is clamped afterwards"
)]
pub fn position(x: f64, y: f64) -> Position {
    Position::clamped(x.round() as i32, y.round() as i32)
}

/// How many columns to the right are tried for what has to go aside, and how many steps down in each.
const ASIDE_COLUMNS: i32 = 24;
const ASIDE_ROWS: i32 = 40;

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
        let height = height(lines(words, LINE_LETTERS));
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

    /// So many of it in a row.
    pub fn beside(self, columns: usize) -> impl Iterator<Item = Self> {
        let steps = (0..i32::try_from(columns).unwrap_or(1)).map(|it| it * COLUMN);
        steps.map(move |by| Self {
            at: Position::clamped(self.at.x.saturating_add(by), self.at.y),
            ..self
        })
    }

    fn meets(self, at: Position) -> bool {
        (self.at.x - at.x).abs() < COLUMN
            && at.y < self.at.y + self.height + GAP
            && self.at.y < at.y + NOTE_HEIGHT + GAP
    }
}

/// How many lines words become where a line holds so many letters.
fn lines(words: &str, letters: usize) -> i32 {
    let lines: usize = words.lines().map(|line| wrapped(line, letters)).sum();
    i32::try_from(lines).unwrap_or(MOST_LINES).min(MOST_LINES)
}

/// How high a note with so many lines is.
fn height(lines: i32) -> i32 {
    NOTE_HEIGHT + (lines - SHORT_LINES).max(0) * LINE
}

/// How many lines a line becomes where it is broken between words, or within one that is too long.
fn wrapped(line: &str, most: usize) -> usize {
    let mut lines = 1;
    let mut filled = 0;
    for word in line.split_whitespace() {
        let letters = word.chars().count();
        let needed = if filled == 0 {
            letters
        } else {
            filled + 1 + letters
        };
        if needed <= most {
            filled = needed;
        } else {
            lines += usize::from(filled > 0) + letters.saturating_sub(1) / most;
            filled = (letters - 1) % most + 1;
        }
    }
    lines
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

/// Where a note or a group that hangs at `unit` goes when `over` has come to lie on it: to the right of that, on the same
/// height or below, where nothing of `taken` is. None if it is hardly covered. Overlaps that people made stay.
#[must_use]
pub fn aside(over: Area, unit: Area, taken: &[Area]) -> Option<Position> {
    let gap = f64::from(GAP);
    let across = over.right.min(unit.right) - over.left.max(unit.left);
    let down = over.bottom.min(unit.bottom) - over.top.max(unit.top);
    if across * 4.0 < f64::from(NOTE_WIDTH) || down * 4.0 < f64::from(NOTE_HEIGHT) {
        return None;
    }
    let (width, height) = (unit.right - unit.left, unit.bottom - unit.top);
    let columns = (0..ASIDE_COLUMNS).map(|it| over.right + gap + f64::from(it * COLUMN));
    let places = columns.flat_map(|left| {
        let rows = (0..ASIDE_ROWS).map(move |it| f64::from(it * GAP));
        rows.map(move |by| (left, unit.top + by))
    });
    let mut places = places.map(|(left, top)| Area {
        left,
        top,
        right: left + width,
        bottom: top + height,
    });
    let free = |at: &Area| !taken.iter().any(|it| it.meets(at.grown(gap / 2.0)));
    let found = places.find(free);
    Some(found.map_or_else(
        || position(over.right + gap, unit.top),
        |it| position(it.left, it.top),
    ))
}

/// A free place for `note` in what is seen of a wall, or close by where that is full. `hand` is who hangs it there.
/// The same question always has the same answer.
#[must_use]
pub fn free_place(seen: Area, taken: &[Footprint], hand: PersonId, note: NoteId) -> Position {
    let mut lots = Lots::of(&note.0);
    let mut phases = Lots::of(&hand.0);
    let phase = Position {
        x: phases.below(COLUMN / GAP) * GAP,
        y: phases.below(ROW / GAP) * GAP,
    };
    let middle = seen.middle();
    place_in(middle, taken, phase, &mut lots)
        .or_else(|| place_in(seen, taken, phase, &mut lots).filter(|_| middle != seen))
        .unwrap_or_else(|| beyond(seen, taken, &mut lots))
}

/// A free place within `look`: on the hand's own grid, else by lot, else wherever there is one.
fn place_in(look: Area, taken: &[Footprint], phase: Position, lots: &mut Lots) -> Option<Position> {
    let close: Vec<Footprint> = taken
        .iter()
        .copied()
        .filter(|other| other.area().meets(look.grown(f64::from(GAP))))
        .collect();
    let free = |at: &Position| !close.iter().any(|other| other.meets(*at));
    let own = Grid::in_area(look, phase, COLUMN, ROW);
    let start = usize::try_from(lots.below(own.count())).unwrap_or_default();
    let mut from_start = own.places().skip(start).chain(own.places().take(start));
    let fine = Grid::in_area(look, Position::default(), GAP, GAP);
    from_start
        .find(free)
        .or_else(|| (0..LOTS).filter_map(|_| fine.any(lots)).find(free))
        .or_else(|| fine.places().find(free))
}

/// A free place around the middle of what is seen, where it cannot be seen that it is free.
fn beyond(seen: Area, taken: &[Footprint], lots: &mut Lots) -> Position {
    let mut off = || f64::from((lots.below(COLUMN / GAP) - COLUMN / GAP / 2) * GAP);
    let middle = position(
        f64::midpoint(seen.left, seen.right) - f64::from(NOTE_WIDTH) / 2.0 + off(),
        f64::midpoint(seen.top, seen.bottom) - f64::from(NOTE_HEIGHT) / 2.0 + off(),
    );
    let free = |at: &Position| !taken.iter().any(|other| other.meets(*at));
    rings(middle, COLUMN, 24).find(free).unwrap_or(middle)
}

/// The same notes in rows and columns, in the order given: somewhat wider than high, from the upper left corner that
/// they have now. Each row is as high as its highest note.
#[must_use]
pub fn in_rows(notes: &[Footprint]) -> Vec<Position> {
    let Some(area) = area(notes.iter().copied()) else {
        return Vec::new();
    };
    let columns = columns(notes.len());
    let corner = position(area.left, area.top);
    let mut places = Vec::with_capacity(notes.len());
    let mut y = corner.y;
    for row in notes.chunks(columns) {
        let x = (0..).map(|column: i32| corner.x.saturating_add(column * COLUMN));
        places.extend(row.iter().zip(x).map(|(_, x)| Position::clamped(x, y)));
        let height = row.iter().map(|it| it.height).max().unwrap_or(NOTE_HEIGHT);
        y = y.saturating_add(height + GAP);
    }
    places
}

/// How notes hang below their heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    /// How far each is from the heading's upper left corner.
    pub places: Vec<Position>,
    /// How many stand beside each other; the heading is as wide as all of them.
    pub columns: usize,
    /// How high it is with the heading.
    pub height: i32,
}

/// Notes below a heading with these words, in rows in the order given: one column as long as that is no longer than a
/// screen, then more.
#[must_use]
pub fn stacked(heading: &str, notes: &[Footprint]) -> Stack {
    let columns = match notes.len() {
        0..=4 => 1,
        5..=8 => 2,
        9..=18 => 3,
        19.. => 4,
    };
    // Its letters are bold, and so are fewer on a line.
    let lines = lines(heading, (LINE_LETTERS - 3) * columns);
    let mut y = height(lines) + GAP;
    let mut places = Vec::with_capacity(notes.len());
    for row in notes.chunks(columns) {
        let x = (0..).map(|column: i32| column * COLUMN);
        places.extend(row.iter().zip(x).map(|(_, x)| Position::clamped(x, y)));
        let highest = row.iter().map(|it| it.height).max().unwrap_or(NOTE_HEIGHT);
        y = y.saturating_add(highest + GAP);
    }
    Stack {
        places,
        columns,
        height: y.saturating_sub(GAP),
    }
}

/// How wide so many notes beside each other are.
#[must_use]
pub fn width(columns: usize) -> i32 {
    i32::try_from(columns).unwrap_or(1).max(1) * COLUMN - GAP
}

/// How many columns make so many notes somewhat wider than high, as screens are.
fn columns(notes: usize) -> usize {
    (1..=notes)
        .find(|it| it * it * 10 >= notes * 9)
        .unwrap_or(1)
}

/// Sorts by where notes hang as people read: line by line, a line being as high as a note.
pub fn sort_as_read<T>(notes: &mut [T], at: impl Fn(&T) -> Position) {
    notes.sort_by_key(|note| {
        let at = at(note);
        (at.y.div_euclid(ROW), at.x, at.y)
    });
}

/// Places `across` and `down` apart at which a short note is seen as a whole.
#[derive(Clone, Copy)]
struct Grid {
    first: Position,
    columns: i32,
    rows: i32,
    across: i32,
    down: i32,
}

impl Grid {
    /// The places in `look` whose distance from `phase` is a whole number of steps.
    fn in_area(look: Area, phase: Position, across: i32, down: i32) -> Self {
        let corner = position(look.left.ceil(), look.top.ceil());
        let first = Position {
            x: corner.x + (phase.x - corner.x).rem_euclid(across),
            y: corner.y + (phase.y - corner.y).rem_euclid(down),
        };
        let last = position(
            (look.right - f64::from(NOTE_WIDTH)).floor(),
            (look.bottom - f64::from(NOTE_HEIGHT)).floor(),
        );
        // A wall seen from very far has more places than anybody needs.
        let steps =
            |from: i32, to: i32, step: i32| ((to - from).div_euclid(step) + 1).clamp(0, 120);
        Self {
            first,
            columns: steps(first.x, last.x, across),
            rows: steps(first.y, last.y, down),
            across,
            down,
        }
    }

    const fn count(self) -> i32 {
        self.columns * self.rows
    }

    fn at(self, column: i32, row: i32) -> Position {
        Position::clamped(
            self.first.x + column * self.across,
            self.first.y + row * self.down,
        )
    }

    fn places(self) -> impl Iterator<Item = Position> + Clone {
        (0..self.rows).flat_map(move |row| (0..self.columns).map(move |it| self.at(it, row)))
    }

    fn any(self, lots: &mut Lots) -> Option<Position> {
        let (column, row) = (lots.below(self.columns), lots.below(self.rows));
        (self.count() > 0).then(|| self.at(column, row))
    }
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

/// Numbers that an id alone decides.
struct Lots(blake3::OutputReader);

impl Lots {
    fn of(id: &[u8; 16]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"samsyn place").update(id);
        Self(hasher.finalize_xof())
    }

    /// The next number from 0 up to, and without, `end`; 0 if there is none.
    fn below(&mut self, end: i32) -> i32 {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        let end = u32::try_from(end).unwrap_or_default().max(1);
        i32::try_from(u32::from_le_bytes(bytes) % end).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
