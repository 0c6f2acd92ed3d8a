//! A group on its way to the disk: the rows, and what to answer once they are there.

use std::collections::HashMap;

use samsyn_shared::ids::{BoardId, Chain, EnvelopeHash, Seq};

use super::rows;
use crate::log::{Append, Meta, Place, Placed, Start};

/// A group on its way to the disk.
#[derive(Default)]
pub struct Plan {
    /// The rows.
    pub batch: sled::Batch,
    /// Each board as it will be.
    pub metas: HashMap<BoardId, Meta>,
    /// Envelopes that the log did not have.
    pub fresh: HashMap<(BoardId, EnvelopeHash), Seq>,
    /// Each board as it was before; none if it is new.
    pub before: HashMap<BoardId, Before>,
    /// What each board's streams can start with, as it will be.
    pub starts: HashMap<BoardId, Vec<Start>>,
    /// Bytes of the envelopes in this group, by board and entry.
    pub sizes: Vec<(BoardId, Seq, u64)>,
    /// The answers.
    pub placed: Vec<Placed>,
}

/// A board before a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Before {
    /// Its state; none if it is new.
    pub meta: Option<Meta>,
    /// What its streams could start with.
    pub starts: Vec<Start>,
}

impl Plan {
    /// Adds the rows of an entry.
    pub fn write(&mut self, append: &Append, seq: Seq, prev: Seq, chain: &Chain) {
        let board = &append.board;
        for (part, row) in rows::write_entry(prev, chain, &append.envelope) {
            self.batch.insert(rows::entry_key(board, seq, part), row);
        }
        let number = rows::write_seq(seq);
        self.batch
            .insert(rows::hash_key(board, &append.hash), &number);
        if let Place::Register(slot) = &append.place {
            self.batch.insert(rows::register_key(board, slot), &number);
        }
        self.sizes.push((*board, seq, append.envelope.len() as u64));
    }

    /// What a board's streams can start with.
    pub fn starts_mut(&mut self, board: &BoardId) -> &mut Vec<Start> {
        self.starts.entry(*board).or_default()
    }

    /// Bytes of this group's envelopes of a board after a place.
    pub fn bytes_after(&self, board: &BoardId, place: Seq) -> u64 {
        let after = self.sizes.iter();
        let after = after.filter(|(of, seq, _)| of == board && *seq > place);
        after.map(|(_, _, bytes)| bytes).sum()
    }
}
