//! One board in the relay's memory: its place in the log, and everybody who has it open.

use std::collections::{BTreeMap, VecDeque};

use super::admit::{self, Refusal};
use super::desk::{Address, Desk, Purpose, Pushed, place};
use super::rate::Bucket;
use super::snapshots::{self, Snapshots};
use super::stream::{Stream, Subscriber, TooManyParts};
use super::types::{
    Append, Appended, BoardRecord, ConnId, Entry, Generation, LogFailure, Read, RelayEvent,
};
use crate::ids::{BoardId, Chain, EnvelopeHash, Epoch, Seq};
use crate::registers::RegisterSet;
use crate::seal::{Kind, VerifyKeys, envelope_hash};
use crate::sync::wire::{
    Ack, Base, BaseTaken, Bytes, CHAIN_ZERO, CloseCode, Keys, Message, NeedKeys, Open, Opened,
    PartWanted, Position, Presence, Push, RejectCode, Retry,
};

const MINUTE: u32 = 60_000;
const SOON: u32 = 2_000;

/// See the module.
#[derive(Debug)]
pub(super) struct Board {
    pub(super) id: BoardId,
    pub(super) log: Option<LogState>,
    pub(super) subscribers: BTreeMap<Address, Subscriber>,
    pub(super) appending: usize,
    pub(super) snapshots: Snapshots,
    bytes: Bucket,
}

/// What the log holds of the board, as far as the relay has heard.
#[derive(Debug)]
pub(super) struct LogState {
    pub(super) epoch: Epoch,
    pub(super) keys: Option<VerifyKeys>,
    pub(super) head: Seq,
    pub(super) chain: Chain,
    /// Bytes of the log after the newest snapshot, with what is on its way there.
    pub(super) bytes: u64,
    /// What a stream can start with, the oldest first; never empty.
    pub(super) generations: Vec<Generation>,
    pub(super) registers: RegisterSet,
}

impl LogState {
    /// A board that the log does not have: it is made with its first entry.
    fn empty(epoch: Epoch) -> Self {
        Self {
            epoch,
            keys: None,
            head: Seq(0),
            chain: CHAIN_ZERO,
            bytes: 0,
            generations: vec![Generation::first()],
            registers: RegisterSet::default(),
        }
    }

    fn from_record(record: BoardRecord) -> Self {
        let keys = verify_keys(record.keys);
        let generations = snapshots::generations(&record);
        let mut registers = RegisterSet::default();
        for envelope in record.registers {
            if let Ok(verified) = keys.verify(envelope) {
                // A register that this version does not understand stays in the log and is streamed all the same.
                let _ = registers.offer(&verified);
            }
        }
        Self {
            epoch: record.epoch,
            keys: Some(keys),
            head: record.head,
            chain: record.chain,
            bytes: record.bytes,
            generations,
            registers,
        }
    }

    /// What a new stream starts with.
    pub(super) fn newest(&self) -> &Generation {
        static FIRST: Generation = Generation::first();
        self.generations.last().unwrap_or(&FIRST)
    }

    pub(super) fn snapshot_bytes(&self) -> u64 {
        self.newest().snapshot_bytes()
    }

    /// What a stream starts with for a client that cannot take in a certain snapshot.
    fn start_without(&self, without: Option<EnvelopeHash>) -> &Generation {
        let mut newest_first = self.generations.iter().rev();
        newest_first
            .find(|it| without.is_none() || it.manifest_hash() != without)
            .unwrap_or_else(|| self.newest())
    }

    /// Whether a client's position is in this log, as far as that can be told without reading it.
    fn knows(&self, position: &Position) -> Known {
        if position.epoch != self.epoch || position.cursor > self.head {
            Known::No
        } else if position.cursor == self.head {
            Known::of(position.chain == self.chain)
        } else if let Some(start) = self.starting_at(position.cursor) {
            Known::of(position.chain == start.chain)
        } else if self
            .generations
            .first()
            .is_some_and(|oldest| position.cursor < oldest.covers)
        {
            Known::No
        } else {
            Known::Ask
        }
    }

    fn starting_at(&self, place: Seq) -> Option<&Generation> {
        self.generations.iter().find(|it| it.covers == place)
    }
}

enum Known {
    Yes,
    No,
    Ask,
}

impl Known {
    const fn of(equal: bool) -> Self {
        if equal { Self::Yes } else { Self::No }
    }
}

impl Board {
    /// A board that somebody opens; the log is asked about it.
    pub(super) fn load(desk: &mut Desk, id: BoardId) -> Self {
        desk.load(id, Purpose::Load(id));
        desk.event(RelayEvent::BoardOpened(id));
        let (rate, burst) = (
            desk.limits.board_bytes_per_second,
            desk.limits.board_bytes_burst,
        );
        Self {
            id,
            log: None,
            subscribers: BTreeMap::new(),
            appending: 0,
            snapshots: Snapshots::new(desk.now.monotonic),
            bytes: Bucket::new(desk.now.monotonic, rate, burst),
        }
    }

    /// Whether nobody needs it in memory.
    pub(super) fn is_idle(&self) -> bool {
        self.subscribers.is_empty() && self.appending == 0
    }

    /// Someone opens the board on a new channel.
    pub(super) fn open(&mut self, desk: &mut Desk, at: Address, open: Open) {
        self.subscribers.insert(at, Subscriber::new(open));
        self.proceed(desk, at);
    }

    /// Someone is gone.
    pub(super) fn leave(&mut self, at: &Address) {
        self.subscribers.remove(at);
        self.snapshots.left(at);
    }

    /// Closes every channel of the board, because the log cannot serve it.
    fn fail(&mut self, desk: &mut Desk, failure: LogFailure) {
        desk.event(RelayEvent::Log(failure));
        for at in std::mem::take(&mut self.subscribers).into_keys() {
            desk.close_channel(at, CloseCode::Storage, Some(SOON));
        }
    }

    /// The log has answered what it knows.
    pub(super) fn loaded(
        &mut self,
        desk: &mut Desk,
        fresh: Epoch,
        answer: Result<Option<BoardRecord>, LogFailure>,
    ) {
        if self.log.is_some() {
            // The answer to a request from before the board was last let go of.
            return;
        }
        self.snapshots.seed(&fresh);
        match answer {
            Err(failure) => return self.fail(desk, failure),
            Ok(None) => self.log = Some(LogState::empty(fresh)),
            Ok(Some(record)) if verify_keys(record.keys).board() != self.id => {
                return self.fail(desk, LogFailure::Damaged("keys of another board".into()));
            }
            Ok(Some(record)) => self.log = Some(LogState::from_record(record)),
        }
        self.proceed_all(desk);
    }

    /// After a failed append or a new snapshot: what is known of the log is again what it holds, and what is on its
    /// way there.
    pub(super) fn reloaded(
        &mut self,
        desk: &mut Desk,
        answer: Result<Option<BoardRecord>, LogFailure>,
    ) {
        let record = match answer {
            Err(failure) => return self.fail(desk, failure),
            Ok(record) => record,
        };
        let Some(log) = &mut self.log else { return };
        let stored = record.map_or_else(|| LogState::empty(log.epoch), LogState::from_record);
        log.registers = stored.registers;
        log.bytes = stored.bytes;
        log.generations = stored.generations;
        for purpose in desk.purposes.values() {
            if let Purpose::Append(pushed) = purpose
                && pushed.board == self.id
            {
                let _ = log.registers.offer(&pushed.envelope);
                log.bytes += pushed.envelope.bytes().len() as u64;
            }
        }
        self.placed(desk);
    }

    fn proceed_all(&mut self, desk: &mut Desk) {
        let all: Vec<Address> = self.subscribers.keys().copied().collect();
        for at in all {
            self.proceed(desk, at);
        }
    }

    /// Takes a subscriber that is not streaming yet as far as it can be taken now.
    fn proceed(&mut self, desk: &mut Desk, at: Address) {
        let (Some(log), Some(subscriber)) = (&mut self.log, self.subscribers.get_mut(&at)) else {
            return;
        };
        if subscriber.stream != Stream::Opening {
            return;
        }
        if let Some(offered) = subscriber.open.keys.map(verify_keys) {
            if offered.board() != self.id {
                self.subscribers.remove(&at);
                return desk.close_channel(at, CloseCode::WrongKeys, None);
            }
            if log.keys.is_none() {
                log.keys = Some(offered);
                return self.proceed_all(desk);
            }
        }
        if log.keys.is_none() {
            return subscriber.ask_for_keys(|| desk.send(at, &Message::NeedKeys(NeedKeys {})));
        }
        match subscriber.open.from {
            None => self.start_anew(desk, at, Reset::No),
            Some(position) => match log.knows(&position) {
                Known::Yes => self.start(desk, at, position.cursor),
                Known::No => self.start_anew(desk, at, Reset::Yes),
                Known::Ask => self.check(desk, at, position),
            },
        }
    }

    /// Asks the log for the entry at the client's position, to compare the chain.
    fn check(&mut self, desk: &mut Desk, at: Address, position: Position) {
        if let Some(subscriber) = self.subscribers.get_mut(&at) {
            subscriber.stream = Stream::Checking;
            let (board, after) = (self.id, Seq(position.cursor.0.saturating_sub(1)));
            desk.read(Purpose::Check(board, at), |ticket| Read {
                ticket,
                board,
                after,
                max_bytes: 1,
            });
        }
    }

    pub(super) fn checked(
        &mut self,
        desk: &mut Desk,
        at: Address,
        answer: Result<Vec<Entry>, LogFailure>,
    ) {
        let Some(position) = self.subscribers.get(&at).and_then(|it| it.open.from) else {
            return;
        };
        match answer {
            Err(failure) => self.fail(desk, failure),
            Ok(entries) => match entries.first() {
                Some(entry) if entry.seq == position.cursor && entry.chain == position.chain => {
                    self.start(desk, at, position.cursor);
                }
                Some(_) | None => self.start_anew(desk, at, Reset::Yes),
            },
        }
    }

    /// The stream goes on behind a place that the client has reached.
    fn start(&mut self, desk: &mut Desk, at: Address, from: Seq) {
        self.say_opened(desk, at, None, Reset::No);
        self.stream_from(desk, at, from);
    }

    /// The stream starts with what the log starts with: its first entry, or a snapshot.
    fn start_anew(&mut self, desk: &mut Desk, at: Address, reset: Reset) {
        let (Some(log), Some(subscriber)) = (&self.log, self.subscribers.get_mut(&at)) else {
            return;
        };
        let start = log.start_without(subscriber.open.without);
        let base = start.snapshot.as_ref().map(|snapshot| Base {
            covers: start.covers,
            chain: start.chain,
            manifest: snapshot.manifest.clone(),
        });
        match base {
            Some(base) => {
                subscriber.feed(envelope_hash(&base.manifest), base.covers);
                self.say_opened(desk, at, Some(base), reset);
                self.pump(desk, at);
            }
            None => {
                let from = start.covers;
                self.say_opened(desk, at, None, reset);
                self.stream_from(desk, at, from);
            }
        }
    }

    fn say_opened(&self, desk: &mut Desk, at: Address, base: Option<Base>, reset: Reset) {
        if let Some(log) = &self.log
            && let Some(keys) = log.keys
        {
            let opened = Opened {
                epoch: log.epoch,
                keys: wire_keys(keys),
                base,
                reset: reset == Reset::Yes,
            };
            desk.send(at, &Message::Opened(opened));
        }
    }

    fn stream_from(&mut self, desk: &mut Desk, at: Address, from: Seq) {
        let Some(subscriber) = self.subscribers.get_mut(&at) else {
            return;
        };
        let waiting = subscriber.start(from);
        self.pump(desk, at);
        for push in waiting {
            self.push(desk, at, push);
        }
    }

    /// The client wants a part of the snapshot that it starts with.
    pub(super) fn part_wanted(&mut self, desk: &mut Desk, at: Address, wanted: &PartWanted) {
        let Some(subscriber) = self.subscribers.get_mut(&at) else {
            return;
        };
        let newest = self
            .log
            .as_ref()
            .and_then(|log| log.newest().manifest_hash());
        if newest == Some(wanted.manifest) {
            subscriber.feed_beside(wanted.manifest);
        }
        match subscriber.want_part(wanted) {
            Ok(()) => self.pump(desk, at),
            Err(TooManyParts) => desk.misbehaved(at.conn, "too many parts asked for".into()),
        }
    }

    /// The log has answered a part.
    pub(super) fn part_read(
        &mut self,
        desk: &mut Desk,
        at: Address,
        wanted: PartWanted,
        answer: Result<Option<Bytes>, LogFailure>,
    ) {
        let Some(subscriber) = self.subscribers.get_mut(&at) else {
            return;
        };
        match answer {
            Ok(Some(bytes)) => {
                subscriber.send_part(desk, at, wanted, bytes);
                self.pump(desk, at);
            }
            Ok(None) => {
                self.subscribers.remove(&at);
                desk.close_channel(at, CloseCode::Replaced, Some(SOON));
            }
            Err(failure) => self.end_stream(desk, at, failure),
        }
    }

    /// The client has taken in the snapshot that it starts with.
    pub(super) fn base_taken(&mut self, desk: &mut Desk, at: Address, taken: &BaseTaken) {
        let subscriber = self.subscribers.get(&at);
        let from = subscriber.and_then(|it| it.fed_with(&taken.manifest));
        let there = |from: &Seq| {
            let log = self.log.as_ref();
            log.is_some_and(|log| log.starting_at(*from).is_some())
        };
        match from {
            Some(from) if there(&from) => self.stream_from(desk, at, from),
            Some(_) => {
                self.subscribers.remove(&at);
                desk.close_channel(at, CloseCode::Replaced, Some(0));
            }
            None => desk.misbehaved(at.conn, "no snapshot was being taken in".into()),
        }
    }

    /// Moves a stream on: to live if it is at the end of the log, else by reading, if there is room for more.
    pub(super) fn pump(&mut self, desk: &mut Desk, at: Address) {
        let (Some(log), Some(subscriber)) = (&self.log, self.subscribers.get_mut(&at)) else {
            return;
        };
        let (id, head) = (self.id, log.head);
        subscriber.pump(desk, at, id, head, &log.registers);
    }

    /// The log has answered the next entries of a stream.
    pub(super) fn entries(
        &mut self,
        desk: &mut Desk,
        at: Address,
        answer: Result<Vec<Entry>, LogFailure>,
    ) {
        let (Some(log), Some(subscriber)) = (&self.log, self.subscribers.get_mut(&at)) else {
            return;
        };
        let behind = subscriber.sent < log.head;
        match answer {
            Err(failure) => self.end_stream(desk, at, failure),
            Ok(entries) if entries.is_empty() && behind => {
                self.end_stream(desk, at, LogFailure::Damaged("entries are missing".into()));
            }
            Ok(entries) => {
                subscriber.take_entries(desk, at, entries);
                self.pump(desk, at);
            }
        }
    }

    fn end_stream(&mut self, desk: &mut Desk, at: Address, failure: LogFailure) {
        desk.event(RelayEvent::Log(failure));
        self.subscribers.remove(&at);
        desk.close_channel(at, CloseCode::Storage, Some(SOON));
    }

    /// Takes a push into the log, holds it until the board is loaded, or says why not.
    pub(super) fn push(&mut self, desk: &mut Desk, at: Address, push: Push) {
        let reference = push.reference;
        if let Err((code, retry)) = self.try_push(desk, at, push) {
            desk.reject(at, reference, code, retry);
        }
    }

    fn try_push(&mut self, desk: &mut Desk, at: Address, push: Push) -> Result<(), Refusal> {
        let later = |code, millis| Err((code, Retry::AfterMs(millis)));
        let limits = desk.limits;
        if push.envelope.len() > limits.envelope {
            return Err((RejectCode::TooLarge, Retry::Never));
        }
        let Some(subscriber) = self.subscribers.get_mut(&at) else {
            return later(RejectCode::NotOpen, SOON);
        };
        if !subscriber.is_streaming() {
            return subscriber.hold(push, limits.waiting_bytes, limits.in_flight);
        }
        if subscriber.in_flight >= limits.in_flight {
            return later(RejectCode::RateLimited, SOON);
        }
        let Some((log, keys)) = self
            .log
            .as_mut()
            .and_then(|log| log.keys.map(|keys| (log, keys)))
        else {
            return later(RejectCode::NotOpen, SOON);
        };
        let size = push.envelope.len() as u64;
        if let Err(wait) = self.bytes.take(desk.now.monotonic, size) {
            return later(RejectCode::RateLimited, wait);
        }
        let envelope = admit::verify(&keys, push.envelope.clone())?;
        if let Kind::Snapshot(_) | Kind::Final(_) = &envelope.header().kind {
            return self.offer(desk, at, &push, envelope);
        }
        if push
            .expect
            .is_some_and(|last| last != log.head || self.appending > 0)
        {
            return Err((RejectCode::Behind, Retry::Never));
        }
        let held = log.bytes.saturating_add(log.snapshot_bytes());
        if held.saturating_add(size) > limits.board_bytes {
            return later(RejectCode::BoardFull, MINUTE);
        }
        self.snapshots.pushed(desk.now.monotonic);
        admit::admit(&mut log.registers, &envelope)?;
        log.bytes = log.bytes.saturating_add(size);
        subscriber.in_flight += 1;
        self.appending += 1;
        let (board, epoch) = (self.id, log.epoch);
        let append = Append {
            ticket: super::Ticket(0),
            board,
            epoch,
            keys: wire_keys(keys),
            hash: envelope.hash(),
            envelope: envelope.bytes().clone(),
            place: admit::slot(&envelope).map_or(super::Place::Stream, super::Place::Register),
        };
        let pushed = Pushed {
            board,
            from: at,
            reference: push.reference,
            envelope,
            as_own: push.expect.is_none(),
        };
        desk.append(pushed, |ticket| Append { ticket, ..append });
        Ok(())
    }

    /// The log has answered an append: it is on the disk, or it is not.
    pub(super) fn appended(
        &mut self,
        desk: &mut Desk,
        pushed: Pushed,
        answer: Result<Appended, LogFailure>,
    ) {
        self.appending = self.appending.saturating_sub(1);
        if let Some(subscriber) = self.subscribers.get_mut(&pushed.from) {
            subscriber.in_flight = subscriber.in_flight.saturating_sub(1);
        }
        let is_snapshot = admit::is_snapshot(&pushed.envelope);
        let size = if is_snapshot {
            0
        } else {
            pushed.envelope.bytes().len() as u64
        };
        let stored = matches!(answer, Ok(Appended::Stored { .. }));
        let there = answer.is_ok();
        let not_added = |log: &mut Option<LogState>| {
            if let Some(log) = log {
                log.bytes = log.bytes.saturating_sub(size);
            }
        };
        match answer {
            Err(failure) => {
                not_added(&mut self.log);
                self.append_failed(desk, &pushed, failure);
            }
            Ok(appended) => {
                let ack = Ack {
                    reference: pushed.reference,
                    seq: place(appended),
                };
                if self.subscribers.contains_key(&pushed.from) {
                    desk.send(pushed.from, &Message::Ack(ack));
                }
                match appended {
                    Appended::Stored { seq, chain } => self.publish(desk, &pushed, seq, chain),
                    Appended::Duplicate { .. } => not_added(&mut self.log),
                }
            }
        }
        if is_snapshot {
            self.snapshot_appended(desk, there);
        } else if stored {
            self.consider(desk);
        }
    }

    fn append_failed(&mut self, desk: &mut Desk, pushed: &Pushed, failure: LogFailure) {
        desk.event(RelayEvent::Log(failure));
        if self.subscribers.contains_key(&pushed.from) {
            desk.reject(
                pushed.from,
                pushed.reference,
                RejectCode::Storage,
                Retry::AfterMs(SOON),
            );
        }
        if admit::slot(&pushed.envelope).is_some() {
            desk.load(self.id, Purpose::Reload(self.id));
        }
    }

    /// Tells everybody who is at the end of the log about the entry that is now its end.
    fn publish(&mut self, desk: &mut Desk, pushed: &Pushed, seq: Seq, chain: Chain) {
        let Some(log) = &mut self.log else { return };
        if seq <= log.head {
            return;
        }
        log.head = seq;
        log.chain = chain;
        let entry = Entry {
            seq,
            chain,
            envelope: pushed.envelope.bytes().clone(),
        };
        let mut made = BTreeMap::new();
        let writer = pushed.envelope.header().role;
        for (at, subscriber) in &mut self.subscribers {
            let is_writer = *at == pushed.from;
            if is_writer {
                subscriber.has_written(writer);
            }
            let own = (is_writer && pushed.as_own).then_some(pushed.reference);
            subscriber.publish(desk, *at, self.id, &entry, own, &mut made);
        }
    }

    /// Passes presence on to everybody else; nobody waits for it.
    pub(super) fn presence(&self, desk: &mut Desk, from: Address, presence: Presence) {
        let message = Message::Presence(presence);
        let others = self
            .subscribers
            .iter()
            .filter(|(at, it)| **at != from && it.is_streaming());
        let mut made: BTreeMap<_, crate::sync::wire::Bytes> = BTreeMap::new();
        for (at, _) in others {
            let room = desk
                .queued(at.conn)
                .is_some_and(|queued| queued <= desk.limits.presence_buffer);
            if room {
                desk.tally.presence_passed += 1;
                let bytes = made
                    .entry(at.channel)
                    .or_insert_with(|| crate::sync::wire::encode(at.channel, &message).into());
                desk.send_bytes(at.conn, bytes.clone());
            } else {
                desk.tally.presence_dropped += 1;
            }
        }
    }

    /// The connections that are fed from the log.
    pub(super) fn behind(&self) -> impl Iterator<Item = ConnId> {
        let behind =
            |it: &Subscriber| matches!(it.stream, Stream::Behind | Stream::Reading | Stream::Base);
        let all = self.subscribers.iter();
        all.filter_map(move |(at, it)| behind(it).then_some(at.conn))
    }

    pub(super) fn has(&self, at: &Address) -> bool {
        self.subscribers
            .get(at)
            .is_some_and(Subscriber::is_streaming)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reset {
    No,
    Yes,
}

pub(super) const fn verify_keys(keys: Keys) -> VerifyKeys {
    VerifyKeys {
        facilitator: keys.facilitator,
        participant: keys.participant,
    }
}

pub(super) const fn wire_keys(keys: VerifyKeys) -> Keys {
    Keys {
        facilitator: keys.facilitator,
        participant: keys.participant,
    }
}

/// Pushes that came before the board was ready.
pub(super) type Held = VecDeque<Push>;
