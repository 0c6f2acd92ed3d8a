//! The relay's side of sync: takes envelopes into a log, tells everybody, reads nothing it should not.
//!
//! Boundary: no socket, no disk, no clock, no automerge: `RelayInput`s go in, `RelayOutput`s come out.
//! An envelope is on the disk before its sender gets `Ack` and anyone gets `Item`. A board is in memory only while
//! somebody has it open, and then only its place in the log, its registers and who listens.

mod admit;
mod board;
mod desk;
mod rate;
mod snapshots;
mod stream;
mod types;

use std::collections::{BTreeMap, BTreeSet};

use rand_core::CryptoRng;

pub use types::{
    Append, Appended, BoardRecord, Compaction, ConnId, Entry, ForgetParts, Generation, Load,
    LogFailure, Place, PutPart, Read, ReadPart, RelayEvent, RelayInput, RelayLimits, RelayOutput,
    Snapshot, Tally, Ticket,
};

use crate::ids::{BoardId, Epoch};
use crate::sync::wire::{
    self, Channel, CloseCode, Decoded, Frame, Hello, Limits, Message, Open, Pong, Presence, Push,
    RejectCode, Retry, Welcome,
};
use crate::time::{Monotonic, Now};
use board::Board;
use desk::{Address, Conn, Desk, Greeted, Purpose};
use rate::Bucket;

/// The relay, without sockets and disk.
#[derive(Debug)]
pub struct RelayCore {
    desk: Desk,
    boards: BTreeMap<BoardId, Board>,
    phase: Phase,
    next_sweep: Option<Monotonic>,
}

/// Whether the relay is about to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Serving,
    Stopping,
    Stopped,
}

impl RelayCore {
    /// A relay that nobody is connected to.
    #[must_use]
    pub fn new(limits: RelayLimits) -> Self {
        Self {
            desk: Desk::new(limits),
            boards: BTreeMap::new(),
            phase: Phase::Serving,
            next_sweep: None,
        }
    }

    /// Takes in what happened; gives what is to be done, in order.
    pub fn handle(
        &mut self,
        now: Now,
        rng: &mut impl CryptoRng,
        input: RelayInput,
    ) -> Vec<RelayOutput> {
        self.desk.now = now;
        match input {
            RelayInput::Connected(conn) => self.connected(conn),
            RelayInput::Frame(conn, bytes) => self.frame(rng, conn, &bytes),
            RelayInput::Flushed(conn, bytes) => self.flushed(conn, bytes),
            RelayInput::Closed(conn) => self.desk.forget(conn),
            RelayInput::Loaded(ticket, answer) => self.loaded(rng, ticket, answer),
            RelayInput::Appended(ticket, answer) => self.appended(ticket, answer),
            RelayInput::Entries(ticket, answer) => self.entries(ticket, answer),
            RelayInput::PartStored(ticket, answer) => self.part_stored(ticket, answer),
            RelayInput::PartRead(ticket, answer) => self.part_read(ticket, answer),
            RelayInput::Tick => self.sweep(),
            RelayInput::Stop => self.phase = Phase::Stopping,
        }
        self.tidy();
        self.desk.take_outputs()
    }

    /// When `RelayInput::Tick` is due; none while nobody is connected.
    #[must_use]
    pub fn next_wake(&self) -> Option<Monotonic> {
        self.next_sweep
    }

    /// How many connections there are.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.desk.conns.len()
    }

    /// How many boards are in memory.
    #[must_use]
    pub fn boards(&self) -> usize {
        self.boards.len()
    }

    /// How many connections are fed from the log now, because they came late or are slow.
    #[must_use]
    pub fn behind(&self) -> usize {
        let boards = self.boards.values();
        let behind: BTreeSet<ConnId> = boards.flat_map(Board::behind).collect();
        behind.len()
    }

    /// What has been passed on since this was last asked.
    pub fn take_tally(&mut self) -> Tally {
        std::mem::take(&mut self.desk.tally)
    }

    fn connected(&mut self, conn: ConnId) {
        let limits = self.desk.limits;
        let now = self.desk.now.monotonic;
        if self.phase != Phase::Serving {
            return self.desk.close(conn, CloseCode::Stopping, None);
        }
        if self.desk.conns.len() >= limits.connections {
            return self.desk.close(conn, CloseCode::TooMany, Some(10_000));
        }
        let state = Conn {
            greeted: Greeted::No,
            challenge: [0; 32],
            channels: BTreeMap::new(),
            ended: BTreeSet::new(),
            queued: 0,
            heard: now,
            messages: Bucket::new(now, limits.messages_per_second, limits.messages_burst),
            bytes: Bucket::new(now, limits.bytes_per_second, limits.bytes_burst),
            presence: Bucket::new(
                now,
                limits.presence_per_second,
                limits.presence_per_second * 2,
            ),
        };
        self.desk.conns.insert(conn, state);
        let pause = self.sweep_pause();
        self.next_sweep.get_or_insert(now.plus(pause));
    }

    fn sweep_pause(&self) -> u64 {
        let limits = &self.desk.limits;
        (limits.silence / 4).min(limits.compaction.every)
    }

    fn frame(&mut self, rng: &mut impl CryptoRng, conn: ConnId, bytes: &[u8]) {
        let now = self.desk.now.monotonic;
        let Some(state) = self.desk.conns.get_mut(&conn) else {
            return;
        };
        state.heard = now;
        if state.messages.take(now, 1).is_err() {
            return self.desk.close(conn, CloseCode::TooMany, Some(5_000));
        }
        let greeted = state.greeted;
        match wire::decode(bytes) {
            Err(error) => self.desk.misbehaved(conn, error.to_string()),
            Ok(Decoded::Skipped { .. }) => {}
            Ok(Decoded::Frame(Frame { channel, message })) => match (greeted, message) {
                (_, Message::Hello(hello)) => self.hello(rng, conn, &hello),
                (Greeted::No, _) => self.desk.misbehaved(conn, "no hello".into()),
                (Greeted::Yes, message) => self.message(Address { conn, channel }, message),
            },
        }
    }

    fn hello(&mut self, rng: &mut impl CryptoRng, conn: ConnId, hello: &Hello) {
        if hello.oldest > wire::VERSION || hello.version < wire::OLDEST_VERSION {
            return self.desk.close(conn, CloseCode::Version, None);
        }
        let Some(state) = self.desk.conns.get_mut(&conn) else {
            return;
        };
        let mut challenge = [0; 32];
        rng.fill_bytes(&mut challenge);
        (state.greeted, state.challenge) = (Greeted::Yes, challenge);
        let welcome = Welcome {
            version: hello.version.min(wire::VERSION),
            time: self.desk.now.wall.0,
            limits: self.wire_limits(),
            challenge,
        };
        self.desk.send(
            Address {
                conn,
                channel: Channel::CONNECTION,
            },
            &Message::Welcome(welcome),
        );
    }

    fn wire_limits(&self) -> Limits {
        let small = |size: usize| u32::try_from(size).unwrap_or(u32::MAX);
        Limits {
            envelope: small(self.desk.limits.envelope),
            boards: small(self.desk.limits.boards_per_connection),
            in_flight: small(self.desk.limits.in_flight),
        }
    }

    fn message(&mut self, at: Address, message: Message) {
        match message {
            Message::Open(open) => self.open(at, open),
            Message::Push(push) => self.push(at, push),
            Message::Presence(presence) => self.presence(at, presence),
            Message::Close(_) => self.close(at),
            Message::Ping(_) => {
                let time = Some(self.desk.now.wall.0);
                self.desk.send(at, &Message::Pong(Pong { time }));
            }
            Message::Pong(_) | Message::Reserved(_) => {}
            Message::Declined(_)
            | Message::Part(_)
            | Message::PartWanted(_)
            | Message::SnapshotConfirmed(_)
            | Message::BaseTaken(_) => self.of_snapshots(at, message),
            Message::Hello(_)
            | Message::SnapshotWanted(_)
            | Message::Register(_)
            | Message::Welcome(_)
            | Message::Opened(_)
            | Message::Ack(_)
            | Message::Reject(_)
            | Message::Item(_)
            | Message::Own(_)
            | Message::CaughtUp(_)
            | Message::NeedKeys(_) => {
                let reason = format!("message type {} is the relay's", message.number());
                self.desk.misbehaved(at.conn, reason);
            }
        }
    }

    fn of_snapshots(&mut self, at: Address, message: Message) {
        let conn = self.desk.conns.get(&at.conn);
        let Some(id) = conn.and_then(|conn| conn.channels.get(&at.channel)) else {
            return;
        };
        let Some(board) = self.boards.get_mut(id) else {
            return;
        };
        let desk = &mut self.desk;
        if let Message::Declined(declined) = message {
            board.declined(desk, at, &declined);
        } else if let Message::Part(part) = message {
            board.part(desk, at, part);
        } else if let Message::PartWanted(wanted) = message {
            board.part_wanted(desk, at, &wanted);
        } else if let Message::SnapshotConfirmed(confirmed) = message {
            board.confirmed(desk, at, &confirmed);
        } else if let Message::BaseTaken(taken) = message {
            board.base_taken(desk, at, &taken);
        }
    }

    fn open(&mut self, at: Address, open: Open) {
        let limits = self.desk.limits;
        let Some(conn) = self.desk.conns.get_mut(&at.conn) else {
            return;
        };
        let used = conn.channels.contains_key(&at.channel) || conn.ended.contains(&at.channel);
        if at.channel == Channel::CONNECTION || used || conn.ended.len() > 1_000 {
            return self
                .desk
                .misbehaved(at.conn, "a channel is opened twice".into());
        }
        let board = open.board;
        let crowded = conn.channels.len() >= limits.boards_per_connection
            || (self.boards.len() >= limits.boards && !self.boards.contains_key(&board));
        if crowded {
            return self
                .desk
                .close_channel(at, CloseCode::TooMany, Some(10_000));
        }
        conn.channels.insert(at.channel, board);
        let desk = &mut self.desk;
        self.boards
            .entry(board)
            .or_insert_with(|| Board::load(desk, board))
            .open(&mut self.desk, at, open);
    }

    fn push(&mut self, at: Address, push: Push) {
        let now = self.desk.now.monotonic;
        let Some(conn) = self.desk.conns.get_mut(&at.conn) else {
            return;
        };
        let Some(board) = conn.channels.get(&at.channel).copied() else {
            return self.desk.reject(
                at,
                push.reference,
                RejectCode::NotOpen,
                Retry::AfterMs(1_000),
            );
        };
        if let Err(wait) = conn.bytes.take(now, push.envelope.len() as u64) {
            let retry = Retry::AfterMs(wait);
            return self
                .desk
                .reject(at, push.reference, RejectCode::RateLimited, retry);
        }
        if self.phase != Phase::Serving {
            let retry = Retry::AfterMs(5_000);
            return self
                .desk
                .reject(at, push.reference, RejectCode::Storage, retry);
        }
        if let Some(board) = self.boards.get_mut(&board) {
            board.push(&mut self.desk, at, push);
        }
    }

    fn presence(&mut self, at: Address, presence: Presence) {
        let now = self.desk.now.monotonic;
        let Some(conn) = self.desk.conns.get_mut(&at.conn) else {
            return;
        };
        if presence.sealed.len() > wire::MAX_PRESENCE || conn.presence.take(now, 1).is_err() {
            self.desk.tally.presence_refused += 1;
            return;
        }
        let Some(board) = conn.channels.get(&at.channel).copied() else {
            return;
        };
        if let Some(board) = self.boards.get(&board).filter(|board| board.has(&at)) {
            board.presence(&mut self.desk, at, presence);
        }
    }

    fn close(&mut self, at: Address) {
        if at.channel == Channel::CONNECTION {
            return self.desk.close(at.conn, CloseCode::Done, None);
        }
        self.desk.end_channel(at);
    }

    fn flushed(&mut self, conn: ConnId, bytes: usize) {
        let Some(state) = self.desk.conns.get_mut(&conn) else {
            return;
        };
        state.queued = state.queued.saturating_sub(bytes);
        let channels: Vec<(Channel, BoardId)> = state
            .channels
            .iter()
            .map(|(channel, board)| (*channel, *board))
            .collect();
        for (channel, board) in channels {
            if let Some(board) = self.boards.get_mut(&board) {
                board.pump(&mut self.desk, Address { conn, channel });
            }
        }
    }

    fn loaded(
        &mut self,
        rng: &mut impl CryptoRng,
        ticket: Ticket,
        answer: Result<Option<BoardRecord>, LogFailure>,
    ) {
        let Some(purpose) = self.desk.purpose(ticket) else {
            return;
        };
        match purpose {
            Purpose::Load(id) => {
                let fresh = Epoch::random(rng);
                if let Some(board) = self.boards.get_mut(&id) {
                    board.loaded(&mut self.desk, fresh, answer);
                }
            }
            Purpose::Reload(id) => {
                if let Some(board) = self.boards.get_mut(&id) {
                    board.reloaded(&mut self.desk, answer);
                }
            }
            Purpose::Append(_)
            | Purpose::Stream(..)
            | Purpose::Check(..)
            | Purpose::Covers(_)
            | Purpose::PutPart(..)
            | Purpose::ReadPart(..) => {}
        }
    }

    fn part_stored(&mut self, ticket: Ticket, answer: Result<(), LogFailure>) {
        if let Some(Purpose::PutPart(id, manifest, index)) = self.desk.purpose(ticket)
            && let Some(board) = self.boards.get_mut(&id)
        {
            board.part_stored(&mut self.desk, manifest, index, answer);
        }
    }

    fn part_read(&mut self, ticket: Ticket, answer: Result<Option<wire::Bytes>, LogFailure>) {
        if let Some(Purpose::ReadPart(id, at, wanted)) = self.desk.purpose(ticket)
            && let Some(board) = self.boards.get_mut(&id)
        {
            board.part_read(&mut self.desk, at, wanted, answer);
        }
    }

    fn appended(&mut self, ticket: Ticket, answer: Result<Appended, LogFailure>) {
        if let Some(Purpose::Append(pushed)) = self.desk.purpose(ticket)
            && let Some(board) = self.boards.get_mut(&pushed.board)
        {
            let id = pushed.board;
            board.appended(&mut self.desk, *pushed, answer);
            self.release_if_idle(id);
        }
    }

    fn entries(&mut self, ticket: Ticket, answer: Result<Vec<Entry>, LogFailure>) {
        let Some(purpose) = self.desk.purpose(ticket) else {
            return;
        };
        match purpose {
            Purpose::Stream(id, at) => {
                if let Some(board) = self.boards.get_mut(&id) {
                    board.entries(&mut self.desk, at, answer);
                }
            }
            Purpose::Check(id, at) => {
                if let Some(board) = self.boards.get_mut(&id) {
                    board.checked(&mut self.desk, at, answer);
                }
            }
            Purpose::Covers(id) => {
                if let Some(board) = self.boards.get_mut(&id) {
                    board.covers_checked(&mut self.desk, answer);
                }
            }
            Purpose::Load(_)
            | Purpose::Reload(_)
            | Purpose::Append(_)
            | Purpose::PutPart(..)
            | Purpose::ReadPart(..) => {}
        }
    }

    fn sweep(&mut self) {
        let now = self.desk.now.monotonic;
        let silence = self.desk.limits.silence;
        let silent: Vec<ConnId> = self
            .desk
            .conns
            .iter()
            .filter(|(_, conn)| conn.heard.plus(silence) <= now)
            .map(|(id, _)| *id)
            .collect();
        for conn in silent {
            self.desk.close(conn, CloseCode::Silent, None);
        }
        for board in self.boards.values_mut() {
            board.consider(&mut self.desk);
        }
        let pause = self.sweep_pause();
        self.next_sweep = (!self.desk.conns.is_empty()).then(|| now.plus(pause));
    }

    /// Lets go of streams whose connection is gone, of boards nobody has open, and of everybody when stopping.
    fn tidy(&mut self) {
        if self.phase == Phase::Stopping && self.desk.appending == 0 {
            let all: Vec<ConnId> = self.desk.conns.keys().copied().collect();
            for conn in all {
                self.desk.close(conn, CloseCode::Stopping, None);
            }
            self.phase = Phase::Stopped;
        }
        for (at, id) in self.desk.take_gone() {
            if let Some(board) = self.boards.get_mut(&id) {
                board.leave(&at);
            }
            self.release_if_idle(id);
        }
    }

    fn release_if_idle(&mut self, id: BoardId) {
        if self.boards.get(&id).is_some_and(Board::is_idle) {
            if let Some(mut board) = self.boards.remove(&id) {
                board.release(&mut self.desk);
            }
            self.desk.event(RelayEvent::BoardReleased(id));
        }
    }
}

#[cfg(test)]
mod tests;
