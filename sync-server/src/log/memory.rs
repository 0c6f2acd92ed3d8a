//! A log that forgets: for tests, simulations and as the benchmark's yardstick.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use samsyn_shared::ids::{BoardId, Chain, EnvelopeHash, Seq, Slot};

use super::{Append, Entry, Kept, Log, LogError, Meta, Place, Placed, Start, Stored, Trimmed};

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
    starts: Vec<Start>,
    parts: BTreeMap<(EnvelopeHash, u16), Arc<[u8]>>,
}

impl Board {
    fn new(meta: Meta) -> Self {
        Self {
            meta,
            entries: BTreeMap::new(),
            hashes: HashMap::new(),
            registers: BTreeMap::new(),
            starts: vec![Start::first()],
            parts: BTreeMap::new(),
        }
    }

    fn covers(&self) -> Seq {
        self.starts.last().map_or(Seq(0), |newest| newest.covers)
    }

    fn find(&self, hash: &EnvelopeHash) -> Option<Seq> {
        let found = self.hashes.get(hash).copied();
        found.filter(|seq| *seq > self.covers())
    }

    /// Begins a generation, if all parts are here.
    fn begin(&mut self, append: &Append, manifest: Seq) -> Option<()> {
        let Place::Snapshot { covers, chain } = append.place else {
            return Some(());
        };
        let parts = (0..append.parts).map(|index| self.parts.get(&(append.hash, index)));
        let sizes = parts.map(|part| part.map(|part| part.len() as u64));
        let stored = Stored {
            manifest,
            hash: append.hash,
            parts: append.parts,
            bytes: sizes.sum::<Option<u64>>()?,
        };
        self.starts.truncate(1);
        self.starts.push(Start {
            covers,
            chain,
            snapshot: Some(stored),
        });
        self.drop_idle_parts();
        let after = self.entries.values().filter(|entry| entry.seq > covers);
        self.meta.bytes = after.map(|entry| entry.envelope.len() as u64).sum();
        Some(())
    }

    fn drop_idle_parts(&mut self) {
        let stored = self.starts.iter().filter_map(|start| start.snapshot);
        let used: Vec<EnvelopeHash> = stored.map(|stored| stored.hash).collect();
        self.parts.retain(|(hash, _), _| used.contains(hash));
    }

    fn retire(&mut self) {
        let Some(newest) = self.starts.pop() else {
            return;
        };
        self.entries.retain(|seq, _| *seq > newest.covers);
        self.starts = vec![newest];
        self.drop_idle_parts();
    }

    fn append(&mut self, append: &Append) -> Option<Placed> {
        if let Some(seq) = self.find(&append.hash) {
            return Some(Placed::Known(seq));
        }
        if let Place::Snapshot { .. } = append.place {
            let here = |index| self.parts.contains_key(&(append.hash, index));
            if !(0..append.parts).all(here) {
                return None;
            }
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
        self.begin(append, seq)?;
        Some(Placed::New { seq, prev, chain })
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
        let placed: Option<Vec<Placed>> = group.iter().map(place).collect();
        placed.ok_or_else(|| LogError::Io {
            folder: PathBuf::new(),
            what: "a part of the snapshot is missing".to_owned(),
        })
    }

    fn read(&self, board: &BoardId, after: Seq, max_bytes: usize) -> Result<Vec<Entry>, LogError> {
        let read = self.of(board, |board| board.read(after, max_bytes));
        Ok(read.unwrap_or_default())
    }

    fn chain_at(&self, board: &BoardId, seq: Seq) -> Result<Option<Chain>, LogError> {
        let chain = |board: &Board| {
            let start = board
                .starts
                .iter()
                .find(|it| it.covers == seq && seq > Seq(0));
            let entry = board.entries.get(&seq).map(|entry| entry.chain);
            entry.or(start.map(|start| start.chain))
        };
        Ok(self.of(board, chain).flatten())
    }

    fn find(&self, board: &BoardId, hash: &EnvelopeHash) -> Result<Option<Seq>, LogError> {
        Ok(self.of(board, |board| board.find(hash)).flatten())
    }

    fn starts(&self, board: &BoardId) -> Result<Vec<Start>, LogError> {
        let starts = self.of(board, |board| board.starts.clone());
        Ok(starts.unwrap_or_else(|| vec![Start::first()]))
    }

    fn put_part(
        &self,
        board: &BoardId,
        manifest: &EnvelopeHash,
        index: u16,
        part: &[u8],
    ) -> Result<(), LogError> {
        if let Some(board) = self.lock().get_mut(board) {
            board.parts.insert((*manifest, index), Arc::from(part));
        }
        Ok(())
    }

    fn part(
        &self,
        board: &BoardId,
        manifest: &EnvelopeHash,
        index: u16,
    ) -> Result<Option<Arc<[u8]>>, LogError> {
        let part = |board: &Board| board.parts.get(&(*manifest, index)).cloned();
        Ok(self.of(board, part).flatten())
    }

    fn forget_parts(&self, board: &BoardId, manifest: &EnvelopeHash) -> Result<(), LogError> {
        if let Some(board) = self.lock().get_mut(board) {
            let mut stored = board.starts.iter().filter_map(|start| start.snapshot);
            if !stored.any(|stored| stored.hash == *manifest) {
                board.parts.retain(|(hash, _), _| hash != manifest);
            }
        }
        Ok(())
    }

    fn retire(&self, board: &BoardId) -> Result<(), LogError> {
        if let Some(board) = self.lock().get_mut(board) {
            board.retire();
        }
        Ok(())
    }

    fn trim(&self, _: usize) -> Result<Trimmed, LogError> {
        Ok(Trimmed::Nothing)
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
