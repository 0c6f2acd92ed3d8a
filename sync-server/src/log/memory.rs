//! A log that forgets: for tests, simulations and as the benchmark's yardstick.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use samsyn_shared::ids::{BoardId, Chain, EnvelopeHash, Seq, Slot};

use super::{Append, Entry, Kept, Log, LogError, Meta, Place, Placed};

/// All boards in memory.
#[derive(Debug, Default)]
pub struct MemoryLog {
    // A std mutex: nothing awaits while it is held.
    boards: Mutex<HashMap<BoardId, Board>>,
}

#[derive(Debug)]
struct Board {
    meta: Meta,
    entries: BTreeMap<Seq, Entry>,
    hashes: HashMap<EnvelopeHash, Seq>,
    registers: BTreeMap<Slot, Kept>,
}

impl Board {
    fn new(meta: Meta) -> Self {
        Self {
            meta,
            entries: BTreeMap::new(),
            hashes: HashMap::new(),
            registers: BTreeMap::new(),
        }
    }

    fn append(&mut self, append: &Append) -> Placed {
        if let Some(seq) = self.hashes.get(&append.hash) {
            return Placed::Known(*seq);
        }
        let (seq, prev, chain) = self.meta.grow(&append.hash, append.envelope.len());
        let envelope = append.envelope.clone();
        if let Place::Register(slot) = append.place {
            let envelope = envelope.clone();
            let kept = Kept {
                slot,
                seq,
                envelope,
            };
            self.registers.insert(slot, kept);
        }
        let entry = Entry {
            seq,
            prev,
            chain,
            envelope,
        };
        self.entries.insert(seq, entry);
        self.hashes.insert(append.hash, seq);
        Placed::New { seq, prev, chain }
    }

    fn read(&self, after: Seq, max_bytes: usize) -> Vec<Entry> {
        let mut bytes = 0;
        let fits = |entry: &&Entry| {
            bytes += entry.envelope.len();
            bytes <= max_bytes || bytes == entry.envelope.len()
        };
        let range = (Bound::Excluded(after), Bound::Unbounded);
        let entries = self.entries.range(range).map(|(_, entry)| entry);
        entries.take_while(fits).cloned().collect()
    }
}

impl MemoryLog {
    fn lock(&self) -> MutexGuard<'_, HashMap<BoardId, Board>> {
        self.boards.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of<T>(&self, board: &BoardId, look: impl FnOnce(&Board) -> T) -> Option<T> {
        self.lock().get(board).map(look)
    }
}

impl Log for MemoryLog {
    fn boards(&self) -> Result<Vec<BoardId>, LogError> {
        Ok(self.lock().keys().copied().collect())
    }

    fn meta(&self, board: &BoardId) -> Result<Option<Meta>, LogError> {
        Ok(self.of(board, |board| board.meta))
    }

    fn append(&self, group: &[Append]) -> Result<Vec<Placed>, LogError> {
        let mut boards = self.lock();
        let place = |append: &Append| {
            boards
                .entry(append.board)
                .or_insert_with(|| Board::new(Meta::born(&append.birth)))
                .append(append)
        };
        Ok(group.iter().map(place).collect())
    }

    fn read(&self, board: &BoardId, after: Seq, max_bytes: usize) -> Result<Vec<Entry>, LogError> {
        let read = self.of(board, |board| board.read(after, max_bytes));
        Ok(read.unwrap_or_default())
    }

    fn chain_at(&self, board: &BoardId, seq: Seq) -> Result<Option<Chain>, LogError> {
        let chain = |board: &Board| board.entries.get(&seq).map(|entry| entry.chain);
        Ok(self.of(board, chain).flatten())
    }

    fn find(&self, board: &BoardId, hash: &EnvelopeHash) -> Result<Option<Seq>, LogError> {
        let seq = |board: &Board| board.hashes.get(hash).copied();
        Ok(self.of(board, seq).flatten())
    }

    fn registers(&self, board: &BoardId) -> Result<Vec<Kept>, LogError> {
        let kept = |board: &Board| board.registers.values().cloned().collect();
        Ok(self.of(board, kept).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::conformance;

    #[test]
    fn the_memory_log_keeps_every_promise() {
        conformance::check(&mut |begin| match begin {
            conformance::Begin::Empty => MemoryLog::default(),
            conformance::Begin::Again(log) => log,
        });
    }
}
