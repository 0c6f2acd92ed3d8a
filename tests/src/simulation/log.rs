//! A log in memory with a disk's manners: what is not flushed is lost in a crash, and a backup may be restored.

use std::collections::BTreeMap;

use samsyn_shared::ids::{BoardId, Chain, EnvelopeHash, Epoch, Seq, Slot};
use samsyn_shared::sync::relay::{Append, Appended, BoardRecord, Entry, Read};
use samsyn_shared::sync::wire::{Bytes, CHAIN_ZERO, Keys, chain_after};

/// One board's log.
#[derive(Clone, Debug)]
pub struct BoardLog {
    epoch: Epoch,
    keys: Keys,
    entries: Vec<Entry>,
    hashes: BTreeMap<EnvelopeHash, Seq>,
    registers: BTreeMap<Slot, Bytes>,
}

impl BoardLog {
    fn end(&self) -> (Seq, Chain) {
        self.entries
            .last()
            .map_or((Seq(0), CHAIN_ZERO), |entry| (entry.seq, entry.chain))
    }

    fn push(&mut self, step: u64, hash: EnvelopeHash, envelope: Bytes) -> (Seq, Chain) {
        let (seq, chain) = self.end();
        let (seq, chain) = (Seq(seq.0 + step), chain_after(&chain, &hash));
        self.hashes.insert(hash, seq);
        self.entries.push(Entry {
            seq,
            chain,
            envelope,
        });
        (seq, chain)
    }
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    boards: BTreeMap<BoardId, BoardLog>,
}

/// What is on the disk, and what is not yet.
#[derive(Debug, Default)]
pub struct Log {
    durable: Disk,
    volatile: Disk,
}

impl Log {
    /// Appends to what is not yet on the disk. `step` is 1 or more: places may have gaps.
    pub fn append(&mut self, step: u64, append: &Append) -> Appended {
        let board = self
            .volatile
            .boards
            .entry(append.board)
            .or_insert_with(|| BoardLog {
                epoch: append.epoch,
                keys: append.keys,
                entries: Vec::new(),
                hashes: BTreeMap::new(),
                registers: BTreeMap::new(),
            });
        if let Some(seq) = board.hashes.get(&append.hash) {
            return Appended::Duplicate { seq: *seq };
        }
        if let Some(slot) = append.register {
            board.registers.insert(slot, append.envelope.clone());
        }
        let (seq, chain) = board.push(step, append.hash, append.envelope.clone());
        Appended::Stored { seq, chain }
    }

    /// What a relay that checks nothing would store.
    pub fn smuggle(&mut self, board: BoardId, hash: EnvelopeHash, envelope: Bytes) -> bool {
        let found = self.volatile.boards.get_mut(&board);
        let pushed = found.map(|log| log.push(1, hash, envelope)).is_some();
        self.flush();
        pushed
    }

    /// Everything so far is on the disk.
    pub fn flush(&mut self) {
        self.durable = self.volatile.clone();
    }

    /// The power goes.
    pub fn crash(&mut self) {
        self.volatile = self.durable.clone();
    }

    /// A copy of the disk.
    pub fn backup(&self) -> Disk {
        self.durable.clone()
    }

    /// The disk is as it was.
    pub fn restore(&mut self, disk: Disk) {
        self.durable = disk;
        self.crash();
    }

    /// What is on the disk of a board.
    pub fn load(&self, board: BoardId) -> Option<BoardRecord> {
        let log = self.durable.boards.get(&board)?;
        let (head, chain) = log.end();
        Some(BoardRecord {
            epoch: log.epoch,
            keys: log.keys,
            head,
            chain,
            bytes: log
                .entries
                .iter()
                .map(|entry| entry.envelope.len() as u64)
                .sum(),
            registers: log.registers.values().cloned().collect(),
        })
    }

    /// Entries that are on the disk.
    pub fn read(&self, read: &Read) -> Vec<Entry> {
        let mut bytes = 0;
        let mut out = Vec::new();
        let log = self.durable.boards.get(&read.board);
        for entry in log.iter().flat_map(|log| &log.entries) {
            if entry.seq > read.after && (out.is_empty() || bytes < read.max_bytes) {
                bytes += entry.envelope.len();
                out.push(entry.clone());
            }
        }
        out
    }

    /// The life and the entries of a board's log, as the disk has them.
    pub fn durable(&self, board: &BoardId) -> Option<(Epoch, &[Entry])> {
        let log = self.durable.boards.get(board)?;
        Some((log.epoch, &log.entries))
    }

    /// The entry at a place, if the disk has it.
    pub fn entry(&self, board: &BoardId, seq: Seq) -> Option<&Entry> {
        let (_, entries) = self.durable(board)?;
        let at = entries.binary_search_by_key(&seq, |entry| entry.seq).ok()?;
        entries.get(at)
    }
}
