//! Whether one board's log is whole: every entry follows the one before, is signed by the board's keys and can be
//! found, and every slot holds its newest register.
//!
//! Boundary: it asks a log and judges; it repairs nothing.

use std::collections::BTreeMap;

use samsyn_shared::ids::{BoardId, Seq, Slot};
use samsyn_shared::registers::{BoardState, RegisterSet};
use samsyn_shared::seal::{EnvelopeError, Kind, VerifyKeys};

use crate::log::{Entry, Log, LogError, Meta, SledLog, Used, envelope_hash};

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
    let mut walk = Walk {
        keys,
        at: Seq(0),
        slots: BTreeMap::new(),
        unsigned: 0,
        unfound: 0,
    };
    walk.entries(log, board);
    if walk.at != meta.last {
        let (at, last) = (walk.at.0, meta.last.0);
        board.problem(format!("entries up to {at} of {last} survive"));
    } else if board.bytes != meta.bytes {
        let (found, said) = (board.bytes, meta.bytes);
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
    registers(log, board, &walk);
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
        if log.find(&board.id, &hash) != Ok(Some(entry.seq)) {
            self.unfound += 1;
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

fn registers(log: &SledLog, board: &mut Board, walk: &Walk) {
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
    let slots: BTreeMap<Slot, Seq> = kept.iter().map(|kept| (kept.slot, kept.seq)).collect();
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
