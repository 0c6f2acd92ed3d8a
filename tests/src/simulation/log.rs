//! A log in memory with a disk's manners: what is not flushed is lost in a crash, and a backup may be restored.

use std::collections::BTreeMap;

use samsyn_shared::ids::{BoardId, Chain, EnvelopeHash, Epoch, Seq, Slot};
use samsyn_shared::seal::{Header, envelope_hash};
use samsyn_shared::sync::relay::{
    Append, Appended, BoardRecord, Entry, ForgetParts, Generation, LogFailure, Place, PutPart,
    Read, ReadPart, Snapshot,
};
use samsyn_shared::sync::wire::{Bytes, CHAIN_ZERO, Keys, chain_after};

/// One board's log.
#[derive(Clone, Debug)]
pub struct BoardLog {
    epoch: Epoch,
    keys: Keys,
    /// What the log has let go of; only the simulation still looks at it.
    retired: Vec<Entry>,
    entries: Vec<Entry>,
    hashes: BTreeMap<EnvelopeHash, Seq>,
    registers: BTreeMap<Slot, Bytes>,
    generations: Vec<Generation>,
    parts: BTreeMap<(EnvelopeHash, u16), Bytes>,
}

impl BoardLog {
    fn end(&self) -> (Seq, Chain) {
        self.entries
            .last()
            .map_or((Seq(0), CHAIN_ZERO), |entry| (entry.seq, entry.chain))
    }

    fn newest(&self) -> Generation {
        let newest = self.generations.last().cloned();
        newest.unwrap_or_else(Generation::first)
    }

    /// Begins a generation with the snapshot whose parts are here.
    fn begin(&mut self, covers: Seq, chain: Chain, manifest: &Bytes) -> Result<(), LogFailure> {
        let hash = envelope_hash(manifest);
        let (header, _) = Header::parse(manifest).map_err(|it| failed(&it.to_string()))?;
        let parts: Option<Vec<&Bytes>> = (0..header.kind.parts().len())
            .map(|index| self.parts.get(&(hash, u16::try_from(index).ok()?)))
            .collect();
        let parts = parts.ok_or_else(|| failed("a part is missing"))?;
        let bytes = parts.iter().map(|part| part.len() as u64).sum();
        let manifest = manifest.clone();
        self.generations.truncate(1);
        self.generations.push(Generation {
            covers,
            chain,
            snapshot: Some(Snapshot { manifest, bytes }),
        });
        self.drop_parts();
        Ok(())
    }

    /// Only the newest generation stays.
    fn retire(&mut self) {
        let newest = self.newest();
        let start = self
            .entries
            .partition_point(|entry| entry.seq <= newest.covers);
        self.retired.extend(self.entries.drain(..start));
        self.generations = vec![newest];
        self.drop_parts();
    }

    /// Parts of snapshots that are in no generation are of no use.
    fn drop_parts(&mut self) {
        let used = self.snapshots();
        self.parts
            .retain(|(manifest, _), _| used.contains(manifest));
    }

    /// The manifests of all generations.
    fn snapshots(&self) -> Vec<EnvelopeHash> {
        let snapshots = self
            .generations
            .iter()
            .filter_map(|it| it.snapshot.as_ref());
        snapshots.map(|it| envelope_hash(&it.manifest)).collect()
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
    ///
    /// # Errors
    /// When it is a snapshot that lacks a part.
    pub fn append(&mut self, step: u64, append: &Append) -> Result<Appended, LogFailure> {
        let board = self
            .volatile
            .boards
            .entry(append.board)
            .or_insert_with(|| BoardLog {
                epoch: append.epoch,
                keys: append.keys,
                retired: Vec::new(),
                entries: Vec::new(),
                hashes: BTreeMap::new(),
                registers: BTreeMap::new(),
                generations: vec![Generation::first()],
                parts: BTreeMap::new(),
            });
        let covers = board.newest().covers;
        let known = board.hashes.get(&append.hash).filter(|seq| **seq > covers);
        if let Some(seq) = known {
            return Ok(Appended::Duplicate { seq: *seq });
        }
        match append.place {
            Place::Stream => {}
            Place::Register(slot) => {
                board.registers.insert(slot, append.envelope.clone());
            }
            Place::Snapshot { covers, chain } => board.begin(covers, chain, &append.envelope)?,
        }
        let (seq, chain) = board.push(step, append.hash, append.envelope.clone());
        Ok(Appended::Stored { seq, chain })
    }

    /// Keeps a part until a snapshot needs it.
    pub fn put_part(&mut self, put: &PutPart) {
        if let Some(board) = self.volatile.boards.get_mut(&put.board) {
            let key = (put.manifest, put.index);
            board.parts.insert(key, put.bytes.clone());
        }
    }

    /// Lets the parts of a snapshot go that did not come about.
    pub fn forget_parts(&mut self, forget: &ForgetParts) {
        if let Some(board) = self.volatile.boards.get_mut(&forget.board)
            && !board.snapshots().contains(&forget.manifest)
        {
            board
                .parts
                .retain(|(manifest, _), _| *manifest != forget.manifest);
        }
    }

    /// Lets go of all generations but the newest.
    pub fn retire(&mut self, board: &BoardId) {
        if let Some(board) = self.volatile.boards.get_mut(board) {
            board.retire();
        }
    }

    /// A part that is on the disk.
    pub fn part(&self, read: &ReadPart) -> Option<Bytes> {
        let board = self.durable.boards.get(&read.board)?;
        board.parts.get(&(read.manifest, read.index)).cloned()
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
                .filter(|entry| entry.seq > log.newest().covers)
                .map(|entry| entry.envelope.len() as u64)
                .sum(),
            generations: log.generations.clone(),
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

    /// The entry at a place, if the disk has it or had it until it was cut off.
    pub fn entry(&self, board: &BoardId, seq: Seq) -> Option<&Entry> {
        let log = self.durable.boards.get(board)?;
        [&log.entries, &log.retired]
            .into_iter()
            .find_map(|entries| {
                let at = entries.binary_search_by_key(&seq, |entry| entry.seq).ok()?;
                entries.get(at)
            })
    }

    /// The snapshot that newcomers get.
    pub fn start(&self, board: &BoardId) -> Option<EnvelopeHash> {
        let newest = self.durable.boards.get(board)?.newest();
        Some(envelope_hash(&newest.snapshot?.manifest))
    }

    /// The snapshot that the log on the disk begins with.
    pub fn beginning(&self, board: &BoardId) -> Option<EnvelopeHash> {
        let log = self.durable.boards.get(board)?;
        let snapshot = log.generations.first()?.snapshot.as_ref()?;
        Some(envelope_hash(&snapshot.manifest))
    }
}

fn failed(what: &str) -> LogFailure {
    LogFailure::Failed(what.to_owned())
}
