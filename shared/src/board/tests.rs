//! What the board promises, over its public face; one file for each side of it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cloned_ref_to_slice_refs,
    reason = "helpers of tests fail loudly, and their numbers are small"
)]

mod carry;
mod commands;
mod converge;
mod fuzz;
mod headings;
mod hostile;
mod judged;
mod knots;
mod merge;
mod nested;
mod past;
mod rebuilt;
mod stored;
mod undo;

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{ActorId, Change};
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use super::{Board, Command, Committed, View, document};
use crate::ids::{BoardId, ChangeHash, NoteId, SectionId};
use crate::records::{Colour, Position, SectionKind};
use crate::sync::{ChangeStore, Receipt, Verdict};
use crate::time::UnixMillis;

pub(super) const NOW: UnixMillis = UnixMillis(1_790_000_000_000);
pub(super) const BOARD: BoardId = BoardId([0xb0; 32]);
pub(super) const WALL: SectionId = SectionId([1; 16]);
pub(super) const NOTE: NoteId = NoteId([2; 16]);

pub(super) fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// One device with its board.
pub(super) struct Device {
    pub(super) board: Board,
    pub(super) rng: ChaCha8Rng,
}

impl Device {
    pub(super) fn new(seed: u64) -> Self {
        let board = Board::new(BOARD);
        let rng = rng(seed);
        Self { board, rng }
    }

    pub(super) fn all(&mut self, commands: &[Command]) -> Committed {
        self.board.commit(NOW, &mut self.rng, commands).unwrap()
    }

    /// Does one command and returns the chunk of its one change.
    pub(super) fn one(&mut self, command: Command) -> Vec<u8> {
        let mut committed = self.all(&[command]);
        assert_eq!(committed.changes.len(), 1);
        committed.changes.remove(0).1
    }

    /// A device with a wall and one note, and the chunks that made them.
    pub(super) fn with_note(seed: u64) -> (Self, Vec<Vec<u8>>) {
        let mut device = Self::new(seed);
        let chunks = vec![device.one(add_wall()), device.one(add_note(NOTE, "hej"))];
        (device, chunks)
    }

    pub(super) fn receive(&mut self, chunks: &[Vec<u8>]) -> Receipt<super::Delta> {
        let chunks: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
        self.board.receive(&chunks)
    }

    pub(super) fn chunks(&self) -> Vec<Vec<u8>> {
        let hashes = self.board.changes_after(&[]).into_iter();
        let hashes = hashes.map(|hash| self.board.chunk(&hash).unwrap());
        hashes.collect()
    }
}

pub(super) fn add_wall() -> Command {
    Command::AddSection {
        id: WALL,
        kind: SectionKind::Notes,
        title: "Vägg".to_owned(),
        after: None,
    }
}

pub(super) fn add_note(id: NoteId, text: &str) -> Command {
    Command::AddNote {
        id,
        section: WALL,
        quadrant: None,
        text: text.to_owned(),
        at: Position { x: 10, y: 20 },
        colour: Colour::Pink,
        author: None,
    }
}

/// A view without revisions, which count what happened since a board was opened.
pub(super) fn plain(view: &View) -> View {
    let mut view = view.clone();
    for text in view.texts.values_mut() {
        text.revision = 0;
    }
    view
}

/// A change that somebody with a valid link and a program of their own makes upon what `device` has.
pub(super) fn foreign(
    device: &Device,
    actor: u8,
    write: impl FnOnce(&mut Transaction<'_>),
) -> Vec<u8> {
    let mut copy = document::load(&device.board.save()).unwrap();
    copy.set_actor(ActorId::from([actor; 16].as_slice()));
    let mut change = copy.transaction();
    write(&mut change);
    change.commit_with(CommitOptions::default().with_time(0));
    copy.get_last_local_change().unwrap().raw_bytes().to_vec()
}

/// The same change with some part of it made another, and a right checksum.
pub(super) fn altered(chunk: &[u8], alter: impl FnOnce(&mut automerge::ExpandedChange)) -> Vec<u8> {
    let mut expanded = Change::try_from(chunk).unwrap().decode();
    alter(&mut expanded);
    Change::from(expanded).raw_bytes().to_vec()
}

/// The reason for which the last of `chunks` is held; panics if it is not.
pub(super) fn held(device: &mut Device, chunk: Vec<u8>) -> String {
    let before = (device.board.heads(), plain(device.board.view()));
    let mut receipt = device.receive(&[chunk]);
    assert_eq!(before, (device.board.heads(), plain(device.board.view())));
    assert!(receipt.delta.is_empty());
    match receipt.verdicts.remove(0) {
        Verdict::Held { reason, .. } => reason,
        other @ (Verdict::Applied(_) | Verdict::Known(_) | Verdict::Waiting(_)) => {
            panic!("{other:?}")
        }
    }
}

pub(super) fn hash(chunk: &[u8]) -> ChangeHash {
    super::chunk::read(chunk).unwrap().hash
}
