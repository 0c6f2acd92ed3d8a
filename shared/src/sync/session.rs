//! The client's side of sync: a sealed log in, a document's changes out, and nothing lost on the way.
//!
//! Boundary: no socket, no storage, no clock: `Input`s go in, `Output`s come out. Knows changes only by hash.
//!
//! What is known of the relay's log is S (`shared`) at a cursor; both move by the log's own stream and by nothing
//! else. An acknowledgement says that a batch is on the relay's disk for as long as this connection lasts: a relay
//! that was wiped or restored in between no longer has it, and then the stream says so.

mod finishing;
mod intake;
mod link;
mod outbox;
mod people;
mod pushing;
mod receiving;
mod restore;
mod shared;
mod snapshots;
mod turn;
mod types;

use std::collections::BTreeSet;

use rand_core::CryptoRng;

pub use types::{
    ChunkState, FinalSnapshot, Finishing, Frontier, HeldChange, Input, LinkStatus, Misbehaviour,
    OutboxContent, OutboxEntry, Output, Refused, Rejected, Saved, SessionConfig, Status,
    StoreWrite, StoredChunk, Tuning, Wake,
};

use crate::ids::{ChangeHash, Epoch, Seq};
use crate::registers::{Offer, RegisterSet};
use crate::seal::{BoardKeys, Kind};
use crate::sync::store::{ChangeStore, Receipt};
use crate::sync::wire::{
    self, CHAIN_ZERO, Channel, Close, CloseCode, Hello, Keys, Message, Open, Ping, Position,
};
use crate::time::{Monotonic, Now};
use finishing::Finish;
use intake::Intake;
use link::{Due, Link};
use outbox::Outbox;
use people::People;
use shared::Shared;
use snapshots::Snapshots;
use turn::Turn;

/// One board on one device, in sync with one relay.
#[derive(Debug)]
pub struct Session<D: ChangeStore> {
    keys: BoardKeys,
    tuning: Tuning,
    store: D,
    registers: RegisterSet,
    shared: Shared,
    outbox: Outbox,
    people: People,
    link: Link,
    intake: Intake,
    refill: Refill,
    snapshots: Snapshots,
    finish: Finish,
    /// The log that `shared` and `intake` speak of.
    epoch: Option<Epoch>,
    must_refill: bool,
    /// When to read the log again because of `must_refill`, and how often that was so.
    reread_at: Option<Monotonic>,
    rereads: u32,
    written: Option<Frontier>,
    waiting: BTreeSet<ChangeHash>,
    held: u32,
    refused: u32,
    status: Status,
    now: Now,
    turn: Turn<D::Delta>,
}

/// Filling a relay that lacks what others have as well: not everybody at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refill {
    /// Everything there is to push goes at once.
    No,
    /// First see what the relay has.
    Pulling(Then),
    /// Somebody else may be pushing the same.
    Waiting(Monotonic),
    /// One batch is on its way.
    Pushing,
}

/// What follows on pulling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// Nobody else is expected to have the same.
    Go,
    /// A random wait before each batch.
    Wait,
}

impl<D: ChangeStore> Session<D> {
    /// A session over the document in `store` and what storage gave back. `store` holds every applied chunk.
    #[must_use]
    pub fn new(config: SessionConfig, store: D, saved: Saved) -> Self {
        let mut session = Self {
            people: People::new(config.presence),
            keys: config.keys,
            tuning: config.tuning,
            store,
            registers: RegisterSet::default(),
            shared: Shared::default(),
            outbox: Outbox::default(),
            link: Link::new(),
            intake: Intake::at(Seq(0), CHAIN_ZERO),
            refill: Refill::No,
            snapshots: Snapshots::default(),
            finish: Finish::default(),
            epoch: None,
            must_refill: false,
            reread_at: None,
            rereads: 0,
            written: saved.frontier.clone(),
            waiting: BTreeSet::new(),
            held: saved.held,
            refused: 0,
            status: Status::default(),
            now: Now::default(),
            turn: Turn::default(),
        };
        session.restore(saved);
        session
    }

    /// Takes in what happened; gives what is to be done, in order.
    pub fn handle(
        &mut self,
        now: Now,
        rng: &mut impl CryptoRng,
        input: Input,
    ) -> Vec<Output<D::Delta>> {
        self.now = now;
        match input {
            Input::Connected => self.connected(),
            Input::Disconnected => self.disconnected(rng, 0),
            Input::Frame(bytes) => self.frame(rng, &bytes),
            Input::Frames(frames) => frames.iter().for_each(|bytes| self.frame(rng, bytes)),
            Input::LocalChanges(changes) => self.local_changes(changes),
            Input::StoreChanged => self.store_changed(),
            Input::Presence(doing) => self.people.doing(doing),
            Input::PresenceOff => self.people.off(),
            Input::Register(envelope) => self.register(envelope),
            Input::Finish => self.begin_to_finish(),
            Input::Tick => self.tick(rng),
        }
        self.finish(rng)
    }

    /// When `Input::Tick` is due.
    #[must_use]
    pub fn next_wake(&self) -> Wake {
        let refill = match self.refill {
            Refill::Waiting(at) => Some(at),
            Refill::No | Refill::Pulling(_) | Refill::Pushing => None,
        };
        let up = self.link.is_up();
        let pushes = if up { self.outbox.next_wake() } else { None };
        let people = if self.link.is_open() {
            self.people.next_wake(&self.tuning)
        } else {
            None
        };
        let intake = self.intake.deadline(self.tuning.group_wait);
        let reread = self
            .reread_at
            .filter(|_| self.link.phase == LinkStatus::Online);
        [
            reread,
            self.link.next_wake(&self.tuning),
            refill.filter(|_| up),
            pushes,
            people,
            intake,
            self.snapshots.next_wake().filter(|_| up),
            self.finish
                .next_wake()
                .filter(|_| self.link.phase == LinkStatus::Online),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// The document.
    pub fn store(&self) -> &D {
        &self.store
    }

    /// The document, to commit to. What is committed is told with `Input::LocalChanges` once it is on the disk.
    pub fn store_mut(&mut self) -> &mut D {
        &mut self.store
    }

    /// The document, for a session that starts anew over it.
    pub fn into_store(self) -> D {
        self.store
    }

    /// The newest register of each slot.
    pub fn registers(&self) -> &RegisterSet {
        &self.registers
    }

    /// The device's keys for the board, with what was learnt.
    pub fn keys(&self) -> &BoardKeys {
        &self.keys
    }

    /// The status as last told.
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// The changes that the relay is not known to hold on its disk, dependencies first: what "not shared yet" counts.
    pub fn unshared(&self) -> Vec<ChangeHash> {
        let acked = self.outbox.acked_changes();
        self.shared
            .missing()
            .filter(|hash| !acked.contains(hash))
            .collect()
    }

    fn connected(&mut self) {
        self.link.up(self.now.monotonic);
        self.outbox.forget_pushes();
        self.snapshots.connected();
        self.finish.connected(self.now.monotonic);
        if self.must_refill {
            self.forget_log();
        }
        self.pull_first_if_needed();
        let hello = Hello {
            version: wire::VERSION,
            oldest: wire::OLDEST_VERSION,
        };
        self.say_on(Channel::CONNECTION, &Message::Hello(hello));
        self.say_open();
        self.push_all();
    }

    /// A stream starts: a refill that was under way, or has to be, begins with seeing what the relay has.
    fn pull_first_if_needed(&mut self) {
        self.refill = match (self.refill, self.epoch) {
            (Refill::No, Some(_)) => Refill::No,
            (Refill::No | Refill::Pulling(Then::Go), _) => Refill::Pulling(Then::Go),
            (Refill::Pulling(Then::Wait) | Refill::Waiting(_) | Refill::Pushing, _) => {
                Refill::Pulling(Then::Wait)
            }
        };
    }

    fn say_open(&mut self) {
        let keys = self.keys.verify_keys();
        let open = Open {
            board: self.keys.board(),
            from: self.epoch.map(|epoch| Position {
                epoch,
                cursor: self.intake.cursor,
                chain: self.intake.chain,
            }),
            keys: keys.map(|keys| Keys {
                facilitator: keys.facilitator,
                participant: keys.participant,
            }),
            without: self.snapshots.failed(),
        };
        self.say(&Message::Open(open));
    }

    /// The stream does not fit together: takes it up again where it was last right.
    fn reopen(&mut self, rng: &mut impl CryptoRng) {
        self.take_in();
        self.say(&Message::Close(Close {
            code: CloseCode::Protocol,
            retry_after_ms: None,
        }));
        match self.link.reopen() {
            Some(_) => {
                self.outbox.forget_pushes();
                self.pull_first_if_needed();
                self.say_open();
                self.push_all();
            }
            None => self.misbehaved(rng, Misbehaviour::BrokenStream),
        }
    }

    fn disconnected(&mut self, rng: &mut impl CryptoRng, at_least: u64) {
        self.take_in();
        self.outbox.forget_pushes();
        self.turn.drop_sends();
        if self.people.forget_all() {
            self.turn.tell(Output::Peers(Vec::new()));
        }
        let after_ms = self
            .link
            .down(self.now.monotonic, rng, &self.tuning, at_least);
        self.turn.tell(Output::Reconnect { after_ms });
    }

    fn misbehaved(&mut self, rng: &mut impl CryptoRng, how: Misbehaviour) {
        self.turn.tell(Output::Misbehaved(how));
        self.disconnected(rng, self.tuning.backoff_first);
    }

    fn tick(&mut self, rng: &mut impl CryptoRng) {
        match self.link.due(self.now.monotonic, &self.tuning) {
            Due::Nothing => {}
            Due::Ping => self.say_on(Channel::CONNECTION, &Message::Ping(Ping {})),
            Due::Dead => self.disconnected(rng, 0),
        }
        let reread = self.reread_at.is_some_and(|at| at <= self.now.monotonic);
        if reread && self.link.phase == LinkStatus::Online {
            self.read_again();
        }
        self.tick_snapshots();
        if self.people.expire(self.now.monotonic, &self.tuning) {
            self.turn.tell(Output::Peers(self.people.peers()));
        }
    }

    /// Waiting changes had to make room: the log still has them, and by then what they wait for may be here.
    fn read_again_later(&mut self) {
        if self.reread_at.is_none() {
            let wait = self
                .tuning
                .reread_after
                .saturating_mul(1 << self.rereads.min(10));
            self.reread_at = Some(self.now.monotonic.plus(wait.min(3_600_000)));
            self.rereads = self.rereads.saturating_add(1);
        }
    }

    fn read_again(&mut self) {
        self.take_in();
        self.say(&Message::Close(Close {
            code: CloseCode::Done,
            retry_after_ms: None,
        }));
        self.link.next_channel();
        self.outbox.forget_pushes();
        self.forget_log();
        self.say_open();
    }

    /// Nothing is known of any relay from now on.
    fn forget_log(&mut self) {
        self.must_refill = false;
        self.reread_at = None;
        self.epoch = None;
        self.intake = Intake::at(Seq(0), CHAIN_ZERO);
        self.shared = Shared::with_heads(&self.store, &[]);
        self.refill = Refill::Pulling(Then::Wait);
        self.outbox.forgive();
        self.push_registers_again();
        self.snapshots.forget_log();
    }

    fn local_changes(&mut self, changes: Vec<(ChangeHash, Vec<u8>)>) {
        let (known, foreign): (Vec<_>, Vec<_>) = changes
            .into_iter()
            .partition(|(hash, _)| self.store.contains(hash));
        let known: Vec<ChangeHash> = known.into_iter().map(|(hash, _)| hash).collect();
        let new = self.shared.are_new(&self.store, &known);
        if new {
            known.into_iter().for_each(|hash| self.shared.applied(hash));
        }
        if !foreign.is_empty() {
            let chunks: Vec<Vec<u8>> = foreign.into_iter().map(|(_, chunk)| chunk).collect();
            self.receive(&chunks, turn::Source::Device);
        }
        if !new {
            // Some may be in S already, as when a file brings them or another tab repeats them.
            self.shared.rescan(&self.store);
        }
        self.shared.grow(&self.store);
    }

    fn store_changed(&mut self) {
        self.shared.rescan(&self.store);
    }

    /// A register from this device or a file: kept if it is the newest, and then pushed until the stream shows it.
    fn register(&mut self, envelope: Vec<u8>) {
        let Some(keys) = self.keys.verify_keys() else {
            return;
        };
        let Ok(verified) = keys.verify(envelope) else {
            return;
        };
        let Kind::Register(header) = &verified.header().kind else {
            return;
        };
        if let Ok(Offer::Newest { .. }) = self.registers.offer(&verified) {
            let slot = header.slot;
            self.turn
                .write
                .registers
                .push((slot, verified.bytes().to_vec()));
            self.queue_register(slot, &verified);
            self.registers_changed(vec![slot]);
        }
    }

    fn say(&mut self, message: &Message) {
        self.say_on(self.link.channel, message);
    }

    fn say_on(&mut self, channel: Channel, message: &Message) {
        if self.link.is_up() {
            self.link.said(self.now.monotonic);
            self.turn.send(wire::encode(channel, message));
        }
    }

    fn say_presence(&mut self, rng: &mut impl CryptoRng) {
        if !self.link.is_open() {
            return;
        }
        if let Some(body) = self.people.due(self.now.monotonic, &self.tuning)
            && let Ok(sealed) = self.keys.seal_presence(rng, &body)
        {
            let sealed = sealed.into();
            self.say(&Message::Presence(wire::Presence { sealed }));
        }
    }

    /// Ends a step: takes in what is due, pushes what can go, and puts the outputs in order.
    fn finish(&mut self, rng: &mut impl CryptoRng) -> Vec<Output<D::Delta>> {
        if self.intake_is_due() {
            self.take_in();
        }
        self.next_refill(rng);
        self.push_all();
        self.go_on_finishing();
        self.fetch_final(rng);
        self.make_snapshot();
        self.say_presence(rng);
        self.note_frontier();
        self.note_status();
        self.turn.take()
    }

    fn note_frontier(&mut self) {
        // What waits in the intake is not accounted for: its entries come again if the device stops now.
        if self.intake.has_news() {
            return;
        }
        let frontier = match (self.epoch, &self.written) {
            (Some(epoch), _) => Frontier {
                epoch,
                cursor: self.intake.cursor,
                chain: self.intake.chain,
                relay_heads: self.shared.heads(),
                logged: self.shared.logged_outside(),
                must_refill: self.must_refill,
            },
            (None, Some(written)) => Frontier {
                must_refill: true,
                ..written.clone()
            },
            (None, None) => return,
        };
        if self.written.as_ref() != Some(&frontier) {
            self.written = Some(frontier.clone());
            self.turn.write.frontier = Some(frontier);
        }
    }

    fn note_status(&mut self) {
        let late = self.late();
        let mut changes = self.unshared();
        if let Some(late) = &late {
            let late: BTreeSet<ChangeHash> = late.iter().copied().collect();
            changes.retain(|change| !late.contains(change));
        }
        let unshared = changes.len() + self.outbox.registers_unshared();
        let shared_now = self.link.phase == LinkStatus::Online && unshared == 0;
        let shared_before = self.status.link == LinkStatus::Online && self.status.unshared == 0;
        let last_shared = if shared_now && !shared_before {
            Some(self.now.wall)
        } else {
            self.status.last_shared
        };
        let status = Status {
            link: self.link.phase,
            unshared,
            waiting: self.waiting.len(),
            held: self.held,
            late: late.map_or(0, |late| late.len()),
            finishing: self.finish.status(),
            refused: self.refused,
            rejected: self.outbox.rejection(),
            closed: self.link.closed,
            last_shared,
            clock_offset: self.link.clock_offset,
        };
        if status != self.status {
            self.status = status.clone();
            self.turn.tell(Output::Status(status));
        }
    }

    /// What became of chunks, for storage and screen; `shared` learns what is applied.
    fn note_receipt(
        &mut self,
        receipt: Receipt<D::Delta>,
        chunks: &[Vec<u8>],
        source: turn::Source,
    ) {
        let noted = self.turn.note_receipt(receipt, chunks);
        self.waiting.extend(noted.waiting);
        for hash in &noted.dropped {
            self.shared.dropped(hash);
            self.waiting.remove(hash);
            self.must_refill = true;
            self.read_again_later();
        }
        for hash in noted.applied {
            self.shared.applied(hash);
            self.waiting.remove(&hash);
        }
        for hash in &noted.gone {
            self.waiting.remove(hash);
        }
        if source == turn::Source::Log {
            noted
                .seen
                .into_iter()
                .for_each(|hash| self.shared.logged(hash));
        }
        self.held = self.held.saturating_add(noted.held);
    }

    fn receive(&mut self, chunks: &[Vec<u8>], source: turn::Source) {
        let slices: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
        let receipt = self.store.receive(&slices);
        self.note_receipt(receipt, chunks, source);
    }

    /// Takes in chunks of the log, of which each came in the entry at its place.
    fn receive_logged(&mut self, chunks: &[Vec<u8>], places: &[Seq]) {
        let slices: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
        let receipt = self.store.receive(&slices);
        for (verdict, place) in receipt.verdicts.iter().zip(places) {
            if let Some(hash) = verdict.change() {
                self.snapshots.recent.note(*place, hash);
            }
        }
        self.note_receipt(receipt, chunks, turn::Source::Log);
    }
}

#[cfg(test)]
mod tests;
