//! A group on its way to the disk: the rows, and what to answer once they are there.

use std::collections::HashMap;

use samsyn_shared::ids::{BoardId, Chain, EnvelopeHash, Seq};

use super::rows;
use crate::log::{Append, Meta, Place, Placed};

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
    pub before: HashMap<BoardId, Option<Meta>>,
    /// The answers.
    pub placed: Vec<Placed>,
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
    }
}
