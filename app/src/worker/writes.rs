//! The order of what is written to IndexedDB: one transaction at a time, none lost, none overtaken.
//!
//! Pure. Writes that wait are put together into one transaction; one that fails stays first in line and is tried
//! again before anything later is written, so that the disk never holds a cursor without the chunks it accounts for.

use std::collections::VecDeque;

use samsyn_shared::ids::BoardId;
use samsyn_shared::time::Monotonic;

use crate::core::messages::StorageFailure;
use crate::worker::lease::{TabId, Term};
use crate::worker::save_state::Pending;

/// The object stores of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shelf {
    /// Boards of this device: card, link, person, actors.
    Boards,
    /// Change chunks with their state.
    Chunks,
    /// Where the relay's log was left.
    Frontier,
    /// Batches that were cut and are not back in the stream yet.
    Outbox,
    /// The newest envelope of each register.
    Registers,
    /// What is being typed.
    Drafts,
    /// Which tab syncs.
    Lease,
    /// Views as they were last shown. Its name in the database is from before it had a use.
    Views,
    /// A finished board's last snapshot; reserved.
    Final,
}

impl Shelf {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Boards,
        Self::Chunks,
        Self::Frontier,
        Self::Outbox,
        Self::Registers,
        Self::Drafts,
        Self::Lease,
        Self::Views,
        Self::Final,
    ];

    /// Its name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Boards => "boards",
            Self::Chunks => "chunks",
            Self::Frontier => "frontier",
            Self::Outbox => "outbox",
            Self::Registers => "registers",
            Self::Drafts => "drafts",
            Self::Lease => "lease",
            Self::Views => "marker",
            Self::Final => "final",
        }
    }
}

/// One step of a transaction. Keys start with the board's hex; what follows is after a `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// Writes a row.
    Put {
        /// Where.
        shelf: Shelf,
        /// Its key.
        key: String,
        /// Its bytes.
        value: Vec<u8>,
    },
    /// Removes a row.
    Delete {
        /// Where.
        shelf: Shelf,
        /// Its key.
        key: String,
    },
    /// Removes all that is stored of a board.
    Forget(BoardId),
}

/// The transaction is given up unless the lease says this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guard {
    /// The board.
    pub board: BoardId,
    /// Who writes.
    pub holder: TabId,
    /// Under which term.
    pub term: Term,
}

/// What belongs into one transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Write {
    /// Checked inside the transaction. What a person did on this device is written without.
    pub guard: Option<Guard>,
    /// The steps, in order.
    pub ops: Vec<Op>,
}

/// Names a write until its outcome is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

impl Ticket {
    /// Before the first.
    pub const NONE: Self = Self(0);
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is on the disk.
    Done,
    /// Another tab holds the lease now; nothing was written.
    Displaced,
    /// Nothing was written; it will be tried again.
    Failed(StorageFailure),
}

/// A transaction holds at most this many steps, so that none takes long.
const MOST_OPS: usize = 2_000;
/// The first pause, in milliseconds, after a failure; it doubles up to `LONGEST_PAUSE`.
const FIRST_PAUSE: u64 = 500;
const LONGEST_PAUSE: u64 = 30_000;

#[derive(Debug)]
struct Batch {
    tickets: Vec<Ticket>,
    write: Write,
}

/// The line of writes.
#[derive(Debug, Default)]
pub struct Writes {
    waiting: VecDeque<Batch>,
    running: bool,
    failures: u32,
    not_before: Monotonic,
    next_ticket: u64,
}

impl Writes {
    /// Puts a write last in line.
    pub fn push(&mut self, write: Write) -> Ticket {
        self.next_ticket += 1;
        let ticket = Ticket(self.next_ticket);
        let frozen = usize::from(self.running);
        let joins = self.waiting.len() > frozen
            && self.waiting.back().is_some_and(|last| last.takes(&write));
        match self.waiting.back_mut() {
            Some(last) if joins => last.join(ticket, write),
            Some(_) | None => self.waiting.push_back(Batch {
                tickets: vec![ticket],
                write,
            }),
        }
        ticket
    }

    /// The transaction to run now, if none is running and none failed a moment ago.
    pub fn next(&mut self, now: Monotonic) -> Option<Write> {
        if self.running || now < self.not_before {
            return None;
        }
        let write = self.waiting.front()?.write.clone();
        self.running = true;
        Some(write)
    }

    /// The board whose lease the running transaction checks.
    #[must_use]
    pub fn running_for(&self) -> Option<BoardId> {
        let running = self.waiting.front().filter(|_| self.running);
        running.and_then(|it| it.write.guard).map(|it| it.board)
    }

    /// Takes the outcome of the running transaction; gives the writes whose outcome it is.
    /// A failed one keeps its place, and those behind it fail with it: none is written before it. Each is reported once.
    pub fn settle(&mut self, now: Monotonic, outcome: Outcome) -> Vec<Ticket> {
        self.running = false;
        match outcome {
            Outcome::Done | Outcome::Displaced => {
                self.failures = 0;
                self.not_before = now;
                self.waiting
                    .pop_front()
                    .map(|batch| batch.tickets)
                    .unwrap_or_default()
            }
            Outcome::Failed(_) => {
                let pause = FIRST_PAUSE << self.failures.min(6);
                self.failures = self.failures.saturating_add(1);
                self.not_before = now.plus(pause.min(LONGEST_PAUSE));
                self.take_tickets()
            }
        }
    }

    /// The writes that were put in line behind a failed one since: their outcome is known, until there is room again.
    pub fn known_to_fail(&mut self) -> Vec<Ticket> {
        if self.failures > 0 && !self.running {
            self.take_tickets()
        } else {
            Vec::new()
        }
    }

    fn take_tickets(&mut self) -> Vec<Ticket> {
        let batches = self.waiting.iter_mut();
        batches
            .flat_map(|batch| std::mem::take(&mut batch.tickets))
            .collect()
    }

    /// Lets a write that failed be tried at once.
    pub fn retry_now(&mut self, now: Monotonic) {
        self.not_before = now;
    }

    /// When to ask `next` again, if a failed write waits.
    #[must_use]
    pub fn next_wake(&self) -> Option<Monotonic> {
        (!self.running && !self.waiting.is_empty()).then_some(self.not_before)
    }

    /// Whether something that a person did waits for the disk; what sync writes for itself does not count.
    #[must_use]
    pub fn pending(&self) -> Pending {
        let mine = self.waiting.iter().any(|batch| batch.write.guard.is_none());
        if mine { Pending::Some } else { Pending::None }
    }

    /// Gives everything up: there is no database. The writes whose outcome that is.
    pub fn abandon(&mut self) -> Vec<Ticket> {
        self.running = false;
        self.waiting
            .drain(..)
            .flat_map(|batch| batch.tickets)
            .collect()
    }

    /// Whether everything that was pushed is on the disk.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Drops the writes under a lease that is lost.
    pub fn displaced(&mut self, guard: &Guard) -> Vec<Ticket> {
        let mut gone = Vec::new();
        let frozen = usize::from(self.running);
        let mut place = 0;
        self.waiting.retain_mut(|batch| {
            let keep = place < frozen || batch.write.guard.as_ref() != Some(guard);
            place += 1;
            if !keep {
                gone.append(&mut batch.tickets);
            }
            keep
        });
        gone
    }
}

impl Batch {
    fn takes(&self, write: &Write) -> bool {
        self.write.guard == write.guard && self.write.ops.len() + write.ops.len() <= MOST_OPS
    }

    fn join(&mut self, ticket: Ticket, write: Write) {
        self.tickets.push(ticket);
        for op in write.ops {
            self.add(op);
        }
    }

    /// A row that is written again before it reached the disk is written once.
    fn add(&mut self, op: Op) {
        if let Some(address) = op.address() {
            self.write
                .ops
                .retain(|earlier| earlier.address() != Some(address));
        }
        self.write.ops.push(op);
    }
}

impl Op {
    fn address(&self) -> Option<(Shelf, &str)> {
        match self {
            Self::Put { shelf, key, .. } | Self::Delete { shelf, key } => Some((*shelf, key)),
            Self::Forget(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(key: &str, value: u8) -> Op {
        Op::Put {
            shelf: Shelf::Drafts,
            key: key.into(),
            value: vec![value],
        }
    }

    fn free(ops: Vec<Op>) -> Write {
        Write { guard: None, ops }
    }

    fn guard(term: u64) -> Guard {
        Guard {
            board: BoardId([7; 32]),
            holder: TabId([1; 16]),
            term: Term(term),
        }
    }

    const NOW: Monotonic = Monotonic(1_000);
    const FULL: Outcome = Outcome::Failed(StorageFailure::Full);

    #[test]
    fn keystrokes_that_wait_become_one_row_in_one_transaction() {
        let mut writes = Writes::default();
        let first = writes.push(free(vec![put("a", 1)]));
        let running = writes.next(NOW).unwrap();
        assert_eq!(running.ops, [put("a", 1)]);
        let second = writes.push(free(vec![put("a", 2)]));
        let third = writes.push(free(vec![put("a", 3), put("b", 1)]));
        assert!(writes.next(NOW).is_none(), "one transaction at a time");
        assert_eq!(writes.settle(NOW, Outcome::Done), [first]);
        assert_eq!(writes.next(NOW).unwrap().ops, [put("a", 3), put("b", 1)]);
        assert_eq!(writes.settle(NOW, Outcome::Done), [second, third]);
        assert!(writes.is_empty());
    }

    #[test]
    fn a_failed_write_is_tried_again_before_anything_later() {
        let mut writes = Writes::default();
        let first = writes.push(free(vec![put("chunk", 1)]));
        writes.next(NOW).unwrap();
        let later = writes.push(Write {
            guard: Some(guard(1)),
            ops: vec![put("cursor", 2)],
        });
        assert_eq!(writes.settle(NOW, FULL), [first, later]);
        assert!(writes.next(NOW).is_none(), "not in a tight loop");
        assert!(!writes.is_empty());
        let last = writes.push(free(vec![put("note", 3)]));
        assert_eq!(writes.known_to_fail(), [last]);
        assert!(writes.known_to_fail().is_empty(), "reported once");
        let retry = writes.next_wake().unwrap();
        assert_eq!(writes.next(retry).unwrap().ops, [put("chunk", 1)]);
        assert!(
            writes.settle(retry, Outcome::Done).is_empty(),
            "reported once"
        );
        assert_eq!(writes.next(retry).unwrap().ops, [put("cursor", 2)]);
        assert!(writes.known_to_fail().is_empty(), "there is room again");
        assert!(writes.settle(retry, Outcome::Done).is_empty());
        assert_eq!(writes.next(retry).unwrap().ops, [put("note", 3)]);
        assert!(writes.settle(retry, Outcome::Done).is_empty());
        assert!(writes.is_empty());
    }

    #[test]
    fn what_a_person_did_never_rides_with_a_lease() {
        let mut writes = Writes::default();
        writes.push(Write {
            guard: Some(guard(1)),
            ops: vec![put("cursor", 1)],
        });
        writes.push(free(vec![put("note", 1)]));
        assert_eq!(writes.next(NOW).unwrap().ops, [put("cursor", 1)]);
        writes.settle(NOW, Outcome::Displaced);
        assert_eq!(writes.next(NOW).unwrap().ops, [put("note", 1)]);
    }

    #[test]
    fn a_lost_lease_drops_its_writes_and_no_others() {
        let mut writes = Writes::default();
        writes.push(free(vec![put("note", 1)]));
        let lost = writes.push(Write {
            guard: Some(guard(1)),
            ops: vec![put("cursor", 1)],
        });
        writes.push(free(vec![put("note", 2)]));
        assert_eq!(writes.displaced(&guard(1)), [lost]);
        assert_eq!(writes.next(NOW).unwrap().ops, [put("note", 1)]);
        writes.settle(NOW, Outcome::Done);
        assert_eq!(writes.next(NOW).unwrap().ops, [put("note", 2)]);
    }

    #[test]
    fn pauses_grow_to_half_a_minute_and_no_further() {
        let mut writes = Writes::default();
        writes.push(free(vec![put("a", 1)]));
        let mut now = NOW;
        for _ in 0..20 {
            writes.next(now).unwrap();
            writes.settle(now, FULL);
            let wake = writes.next_wake().unwrap();
            assert!(wake.0 - now.0 <= LONGEST_PAUSE);
            now = wake;
        }
    }
}
