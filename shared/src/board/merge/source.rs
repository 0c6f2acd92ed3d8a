//! Where boards to be merged come from, and what they are called and where they hang here.

use serde::{Deserialize, Serialize};

use super::lanes::AFTER_GROUPS;
use super::{MAX_NAME, Placement, Source};
use crate::archive::{File, source_boards};
use crate::board::{Board, CommandError, Delta, View, home};
use crate::ids::{BoardId, ChangeHash};
use crate::records::{Colour, Position};
use crate::registers::Group;
use crate::sync::{ChangeStore, Verdict};
use crate::wall::{self, Footprint};

/// What stays free between a board's own notes and those of its sources, in CSS pixels.
const MARGIN: i32 = 96;

/// A board to be merged, with the changes that its device or file holds.
#[derive(Clone, Debug)]
pub struct SourceBoard {
    /// What it is called here and where its notes hang.
    pub source: Source,
    /// Its changes, raw, in any order.
    pub changes: Vec<Vec<u8>>,
}

/// Where the notes of sources are to hang.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PlaceBy {
    /// Where each group put them.
    Overlay,
    /// In a lane for each group.
    #[default]
    Lanes,
    /// In one field of rows.
    Flow,
}

/// What became of changes that were taken in from other boards.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// The changes that are new to this board, with their chunks, dependencies first: to be stored, then shared.
    pub changes: Vec<(ChangeHash, Vec<u8>)>,
    /// What changed for a screen.
    pub delta: Delta,
    /// By source, how many of its changes were refused.
    pub refused: Vec<usize>,
}

impl SourceBoard {
    /// A board as it is open here, and the boards that it had merged itself. Its title is what it is called.
    #[must_use]
    pub fn of_board(board: &Board, title: &str) -> Vec<Self> {
        let hashes = board.changes_after(&[]);
        let own = Self {
            source: new_source(board.id(), title),
            changes: hashes.iter().filter_map(|it| board.chunk(it)).collect(),
        };
        // Their changes are among its own.
        let merged = board.view().merged.shown().into_iter().map(|it| Self {
            source: Source {
                placement: Placement::default(),
                ..it.clone()
            },
            changes: Vec::new(),
        });
        [own].into_iter().chain(merged).collect()
    }

    /// What a file holds: a board file's board, or an archive's.
    ///
    /// # Errors
    /// As `archive::source_boards`.
    pub fn of_file(file: &File) -> Result<Vec<Self>, CommandError> {
        match file {
            File::Archive(archive) => source_boards(archive),
            File::Board(_) => {
                let (title, board) = file.board()?;
                Ok(Self::of_board(&board, title))
            }
        }
    }
}

fn new_source(board: BoardId, title: &str) -> Source {
    Source {
        board,
        name: title.chars().take(MAX_NAME).collect(),
        colour: Colour::default(),
        number: u16::MAX,
        placement: Placement::default(),
        shown: true,
    }
}

/// Gives sources their names, colours, lanes and places on the board that `view` shows: a group has its own, what was
/// merged before keeps what it had, and any other comes behind.
pub fn settle_sources(view: &View, groups: &[Group], place: PlaceBy, sources: &mut [SourceBoard]) {
    let origin = origin(view);
    let known = view.merged.sources.values().map(|it| it.number);
    let highest = known.filter(|it| *it < u16::MAX).max().unwrap_or_default();
    let mut next = highest.max(AFTER_GROUPS - 1) + 1;
    for SourceBoard { source, .. } in sources {
        let group = groups.iter().find(|it| it.keys.board() == source.board);
        if let Some(group) = group {
            source.name.clone_from(&group.name);
            source.colour = group.colour;
            source.number = group.number;
        } else if let Some(former) = view.merged.sources.get(&source.board) {
            source.name.clone_from(&former.name);
            source.colour = former.colour;
            source.number = former.number;
        } else {
            source.number = next;
            source.colour = Colour::ALL
                .get(usize::from(next) % Colour::ALL.len())
                .copied()
                .unwrap_or_default();
            next = next.saturating_add(1);
        }
        source.shown = true;
        source.placement = match place {
            PlaceBy::Overlay => Placement::Overlay,
            PlaceBy::Lanes => Placement::Lanes { origin },
            PlaceBy::Flow => Placement::Flow { origin },
        };
    }
}

/// Where lanes and rows begin: where they did, else beside the board's own notes.
fn origin(view: &View) -> Position {
    let former = view.merged.shown().into_iter();
    let former = former.filter_map(|it| match it.placement {
        Placement::Overlay => None,
        Placement::Lanes { origin } | Placement::Flow { origin } => Some(origin),
    });
    former.min().unwrap_or_else(|| {
        let own = view.notes.values().filter(|it| {
            let id = crate::records::RecordId::Note(it.id);
            it.quadrant.is_none() && !view.origins.contains_key(&id) && view.is_on_board(id)
        });
        let own = own.map(|it| Footprint::of(it.at, view.text(it.text)));
        wall::area(own).map_or_else(Position::default, |it| {
            let corner = wall::position(it.right, it.top);
            Position::clamped(corner.x.saturating_add(MARGIN), corner.y)
        })
    })
}

impl Board {
    /// Takes in the changes of other boards; they are shown once `Command::Merge` says so. All at once is quicker than
    /// one after the other.
    pub fn import(&mut self, sources: &[SourceBoard]) -> Imported {
        // Every device computes a home, so no device stores it.
        let homes = sources.iter().map(|it| home::change(&it.source.board).1);
        let homes: Vec<Vec<u8>> = homes.collect();
        let changes = homes.iter().zip(sources).flat_map(|(home, it)| {
            let changes = it.changes.iter().map(Vec::as_slice);
            [home.as_slice()].into_iter().chain(changes)
        });
        let changes: Vec<&[u8]> = changes.collect();
        let known = self.heads();
        let receipt = self.receive(&changes);
        let mut verdicts = receipt.verdicts.iter();
        let refused = sources.iter().map(|source| {
            let theirs = verdicts.by_ref().take(source.changes.len() + 1);
            theirs
                .filter(|it| matches!(it, Verdict::Held { .. }))
                .count()
        });
        let refused = refused.collect();
        let new = self.changes_after(&known).into_iter();
        let new = new.filter_map(|hash| Some((hash, self.chunk(&hash)?)));
        Imported {
            changes: new.collect(),
            delta: receipt.delta,
            refused,
        }
    }
}
