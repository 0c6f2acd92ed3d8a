//! Whether one board's log is whole: every entry follows the one before, is signed by the board's keys and can be
//! found, and every slot holds its newest register.
//!
//! Boundary: it asks a log and judges; it repairs nothing.

use std::collections::BTreeMap;

use samsyn_shared::ids::{BoardId, Seq, Slot};
use samsyn_shared::registers::{BoardState, RegisterSet};
use samsyn_shared::seal::{EnvelopeError, Kind, VerifyKeys};

use crate::log::{Entry, Log, LogError, Meta, SledLog, Start, Used, envelope_hash};

/// Bytes of envelopes read at a time.
const READ: usize = 1 << 20;

/// What was found of one board.
#[derive(Clone, Debug)]
pub struct Board {
    /// Its id.
    pub id: BoardId,
    /// Entries that can be read and follow each other.
    pub entries: u64,
    /// Bytes of their envelopes.
    pub bytes: u64,
    /// Bytes of the snapshot that newcomers start with, if there is one.
    pub snapshot_bytes: Option<u64>,
    /// Slots that hold a register.
    pub registers: usize,
    /// What the facilitator last said; none if that cannot be told.
    pub state: Option<BoardState>,
    /// When it was used.
    pub used: Option<Used>,
    /// What is wrong with it, in sentences.
    pub problems: Vec<String>,
}

impl Board {
    /// Whether nothing is wrong with it.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.problems.is_empty()
    }

    fn problem(&mut self, problem: impl Into<String>) {
        self.problems.push(problem.into());
    }
}

/// Checks a board.
#[must_use]
pub fn check(log: &SledLog, id: BoardId) -> Board {
    let mut board = Board {
        id,
        entries: 0,
        bytes: 0,
        snapshot_bytes: None,
        registers: 0,
        state: None,
        used: None,
        problems: Vec::new(),
    };
    match log.used(&id) {
        Ok(used) => board.used = used,
        Err(error) => board.problem(what(&error)),
    }
    match log.meta(&id) {
        Ok(Some(meta)) => walk(log, &mut board, &meta),
        Ok(None) => board.problem("its state is missing"),
        Err(error) => board.problem(format!("its state cannot be read ({})", what(&error))),
    }
    board
}

/// What is learnt of the entries one by one.
struct Walk {
    keys: VerifyKeys,
    at: Seq,
    /// The last entry that the newest snapshot covers.
    covers: Seq,
    /// Bytes of the envelopes after it.
    bytes: u64,
    slots: BTreeMap<Slot, Seq>,
    unsigned: u64,
    unfound: u64,
}

fn walk(log: &SledLog, board: &mut Board, meta: &Meta) {
    let keys = VerifyKeys {
        facilitator: meta.keys.facilitator,
        participant: meta.keys.participant,
    };
    if keys.board() != board.id {
        board.problem("its keys are another board's");
    }
    let starts = match log.starts(&board.id) {
        Ok(starts) => starts,
        Err(error) => {
            return board.problem(format!(
                "what it starts with cannot be read ({})",
                what(&error)
            ));
        }
    };
    let covers = |start: Option<&Start>| start.map_or(Seq(0), |start| start.covers);
    let begin = covers(starts.first());
    let mut walk = Walk {
        keys,
        at: begin,
        covers: covers(starts.last()),
        bytes: 0,
        slots: BTreeMap::new(),
        unsigned: 0,
        unfound: 0,
    };
    walk.entries(log, board);
    if walk.at != meta.last {
        let (at, last) = (walk.at.0, meta.last.0);
        board.problem(format!("entries up to {at} of {last} survive"));
    } else if walk.bytes != meta.bytes {
        let (found, said) = (walk.bytes, meta.bytes);
        board.problem(format!("its envelopes have {found} bytes and not {said}"));
    }
    for (count, why) in [
        (walk.unsigned, "are not signed by the board's keys"),
        (walk.unfound, "are missing from the index by hash"),
    ] {
        if count > 0 {
            board.problem(format!("{count} entries {why}"));
        }
    }
    for start in &starts {
        snapshot(log, board, &walk, meta, start);
    }
    registers(log, board, &walk, begin);
}

/// Whether a snapshot is all there, and is what its manifest says.
fn snapshot(log: &SledLog, board: &mut Board, walk: &Walk, meta: &Meta, start: &Start) {
    let Some(stored) = &start.snapshot else {
        return;
    };
    board.snapshot_bytes = Some(stored.bytes);
    let before = Seq(stored.manifest.0.saturating_sub(1));
    let read = log.read(&board.id, before, 1);
    let entry = read.ok().and_then(|entries| entries.into_iter().next());
    let manifest = entry
        .filter(|entry| entry.seq == stored.manifest)
        .and_then(|entry| walk.keys.verify(entry.envelope).ok())
        .filter(|manifest| manifest.hash() == stored.hash);
    let Some(manifest) = manifest else {
        return board.problem("the list of its snapshot's parts is damaged");
    };
    let bound = match &manifest.header().kind {
        Kind::Snapshot(header) => {
            (header.epoch, header.covers, header.chain) == (meta.epoch, start.covers, start.chain)
        }
        Kind::Final(_) => true,
        Kind::Changes | Kind::Register(_) => false,
    };
    if !bound {
        board.problem("its snapshot is of another log");
    }
    let count = manifest.header().kind.parts().len();
    let whole = |index: &usize| {
        let number = u16::try_from(*index).unwrap_or(u16::MAX);
        let part = log.part(&board.id, &stored.hash, number);
        part.is_ok_and(|part| part.is_some_and(|part| manifest.lists_part(*index, &part)))
    };
    let sound = (0..count).filter(whole).count();
    if sound < count {
        board.problem(format!("{sound} of {count} parts of its snapshot survive"));
    }
}

impl Walk {
    fn entries(&mut self, log: &SledLog, board: &mut Board) {
        let mut most = READ;
        loop {
            match log.read(&board.id, self.at, most) {
                Ok(entries) if entries.is_empty() => return,
                Ok(entries) => {
                    for entry in &entries {
                        self.entry(log, board, entry);
                    }
                }
                // Somewhere in that stretch; one by one the last good entry is found.
                Err(_) if most > 1 => most = 1,
                Err(error) => {
                    board.problem(format!(
                        "what follows entry {} is damaged ({})",
                        self.at.0,
                        what(&error)
                    ));
                    return;
                }
            }
        }
    }

    fn entry(&mut self, log: &SledLog, board: &mut Board, entry: &Entry) {
        self.at = entry.seq;
        board.entries += 1;
        board.bytes += entry.envelope.len() as u64;
        let hash = envelope_hash(&entry.envelope);
        if entry.seq > self.covers {
            self.bytes += entry.envelope.len() as u64;
            if log.find(&board.id, &hash) != Ok(Some(entry.seq)) {
                self.unfound += 1;
            }
        }
        match self.keys.verify(entry.envelope.clone()) {
            Ok(verified) => {
                if let Kind::Register(header) = &verified.header().kind {
                    self.slots.insert(header.slot, entry.seq);
                }
            }
            // A later version may have taken it.
            Err(EnvelopeError::UnknownKind(_) | EnvelopeError::OtherVersion(_)) => {}
            Err(
                EnvelopeError::NotAnEnvelope
                | EnvelopeError::CutShort
                | EnvelopeError::UnknownRole(_)
                | EnvelopeError::FieldTooLong(_)
                | EnvelopeError::TooLong(_)
                | EnvelopeError::OtherBoard { .. }
                | EnvelopeError::NotAllowed { .. }
                | EnvelopeError::BadSignature
                | EnvelopeError::CannotOpen
                | EnvelopeError::BadBody(_)
                | EnvelopeError::WrongPart(_),
            ) => self.unsigned += 1,
        }
    }
}

fn registers(log: &SledLog, board: &mut Board, walk: &Walk, begin: Seq) {
    let kept = match log.registers(&board.id) {
        Ok(kept) => kept,
        Err(error) => {
            return board.problem(format!("its registers cannot be read ({})", what(&error)));
        }
    };
    board.registers = kept.len();
    let mut set = RegisterSet::default();
    for register in &kept {
        if let Ok(verified) = walk.keys.verify(register.envelope.clone()) {
            // A register that this version does not understand is kept all the same.
            let _ = set.offer(&verified);
        }
    }
    board.state = Some(set.state());
    // What a snapshot covers was walked past: there only the slots know which entry it is.
    let later = kept.iter().filter(|kept| kept.seq > begin);
    let slots: BTreeMap<Slot, Seq> = later.map(|kept| (kept.slot, kept.seq)).collect();
    let earlier = kept.iter().filter(|kept| kept.seq <= begin);
    let unsigned = earlier
        .filter(|kept| walk.keys.verify(kept.envelope.clone()).is_err())
        .count();
    if unsigned > 0 {
        board.problem(format!(
            "{unsigned} registers are not signed by the board's keys"
        ));
    }
    if slots != walk.slots {
        board.problem("its slots do not hold the newest registers");
    }
}

/// What an error says without its folder, which is a copy's.
fn what(error: &LogError) -> String {
    match error {
        LogError::Damaged { what, .. } | LogError::Io { what, .. } => what.clone(),
        LogError::InUse { .. } | LogError::Format { .. } => error.to_string(),
    }
}
