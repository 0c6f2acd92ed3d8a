//! A relay's core with a log that answers when the test says so.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use crate::ids::{ChangeHash, EnvelopeHash, Seq, Slot};
use crate::registers::{BoardState, RegisterSet};
use crate::seal::{BoardKeys, Role, pack};
use crate::sync::relay::{
    Append, Appended, BoardRecord, ConnId, Entry, Generation, LogFailure, Place, PutPart, Read,
    ReadPart, RelayCore, RelayInput, RelayLimits, RelayOutput, Snapshot, Ticket,
};
use crate::sync::wire::{
    self, Bytes, CHAIN_ZERO, Channel, CloseCode, Decoded, Frame, Hello, Keys, Message, Open,
    Position, Push, PushRef, Reject, RejectCode,
};
use crate::time::{Monotonic, Now, UnixMillis};

pub const CHANNEL: Channel = Channel(1);

pub struct Bench {
    pub core: RelayCore,
    pub keys: BoardKeys,
    pub rng: ChaCha8Rng,
    pub time: u64,
    pub entries: Vec<Entry>,
    hashes: BTreeMap<EnvelopeHash, Seq>,
    registers: BTreeMap<Slot, Bytes>,
    record: Option<(crate::ids::Epoch, Keys)>,
    /// Appends that are not on the disk yet.
    pub appends: Vec<Append>,
    pub reads: Vec<Read>,
    pub puts: Vec<PutPart>,
    pub part_reads: Vec<ReadPart>,
    pub parts: BTreeMap<(EnvelopeHash, u16), Bytes>,
    pub generations: Vec<Generation>,
    pub retired: usize,
    pub forgotten: usize,
    loads: Vec<Ticket>,
    pub sent: Vec<(ConnId, Channel, Message)>,
    pub closed: Vec<(ConnId, CloseCode)>,
    /// Bytes sent to each connection that have not left.
    pub queued: BTreeMap<ConnId, usize>,
}

impl Bench {
    pub fn new(limits: RelayLimits) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        Self {
            keys: BoardKeys::generate(&mut rng),
            core: RelayCore::new(limits),
            rng,
            time: 1_000,
            entries: Vec::new(),
            hashes: BTreeMap::new(),
            registers: BTreeMap::new(),
            record: None,
            appends: Vec::new(),
            reads: Vec::new(),
            puts: Vec::new(),
            part_reads: Vec::new(),
            parts: BTreeMap::new(),
            generations: vec![Generation::first()],
            retired: 0,
            forgotten: 0,
            loads: Vec::new(),
            sent: Vec::new(),
            closed: Vec::new(),
            queued: BTreeMap::new(),
        }
    }

    pub fn tell(&mut self, input: RelayInput) {
        let now = Now {
            monotonic: Monotonic(self.time),
            wall: UnixMillis(7_000),
        };
        for output in self.core.handle(now, &mut self.rng, input) {
            match output {
                RelayOutput::Send(conn, bytes) => {
                    *self.queued.entry(conn).or_default() += bytes.len();
                    if let Decoded::Frame(Frame { channel, message }) =
                        wire::decode(&bytes).unwrap()
                    {
                        self.sent.push((conn, channel, message));
                    }
                }
                RelayOutput::Close(conn, code) => self.closed.push((conn, code)),
                RelayOutput::Load(load) => self.loads.push(load.ticket),
                RelayOutput::Append(append) => self.appends.push(append),
                RelayOutput::Read(read) => self.reads.push(read),
                RelayOutput::PutPart(put) => self.puts.push(put),
                RelayOutput::ReadPart(read) => self.part_reads.push(read),
                RelayOutput::ForgetParts(_) => self.forgotten += 1,
                RelayOutput::Retire(_) => {
                    self.retired += 1;
                    self.retire();
                }
                RelayOutput::Event(_) => {}
            }
        }
    }

    pub fn frame(&mut self, conn: u64, channel: Channel, message: &Message) {
        self.tell(RelayInput::Frame(
            ConnId(conn),
            wire::encode(channel, message),
        ));
    }

    pub fn wire_keys(&self) -> Keys {
        let keys = self.keys.verify_keys().unwrap();
        Keys {
            facilitator: keys.facilitator,
            participant: keys.participant,
        }
    }

    pub fn greet(&mut self, conn: u64) {
        self.tell(RelayInput::Connected(ConnId(conn)));
        self.frame(
            conn,
            Channel::CONNECTION,
            &Message::Hello(Hello {
                version: 1,
                oldest: 1,
            }),
        );
    }

    pub fn ask_open(
        &mut self,
        conn: u64,
        channel: Channel,
        from: Option<Position>,
        keys: Option<Keys>,
    ) {
        let board = self.keys.board();
        self.frame(
            conn,
            channel,
            &Message::Open(Open {
                board,
                from,
                keys,
                without: None,
            }),
        );
    }

    /// Connects, opens and lets the log answer everything.
    pub fn join(&mut self, conn: u64) {
        self.greet(conn);
        self.ask_open(conn, CHANNEL, None, Some(self.wire_keys()));
        self.answer_all();
    }

    pub fn load_all(&mut self) {
        for ticket in std::mem::take(&mut self.loads) {
            let record = self.record.map(|(epoch, keys)| BoardRecord {
                epoch,
                keys,
                head: self.entries.last().map_or(Seq(0), |it| it.seq),
                chain: self.entries.last().map_or(CHAIN_ZERO, |it| it.chain),
                bytes: self.tail().map(|it| it.envelope.len() as u64).sum(),
                generations: self.generations.clone(),
                registers: self.registers.values().cloned().collect(),
            });
            self.tell(RelayInput::Loaded(ticket, Ok(record)));
        }
    }

    /// What waits goes to the disk.
    pub fn flush(&mut self) {
        for append in std::mem::take(&mut self.appends) {
            self.record.get_or_insert((append.epoch, append.keys));
            let covers = self.generations.last().unwrap().covers;
            let known = self.hashes.get(&append.hash);
            let answer = match known.filter(|seq| **seq > covers) {
                Some(seq) => Appended::Duplicate { seq: *seq },
                None => self.store(&append),
            };
            self.tell(RelayInput::Appended(append.ticket, Ok(answer)));
        }
    }

    fn store(&mut self, append: &Append) -> Appended {
        let (seq, chain) = self
            .entries
            .last()
            .map_or((Seq(0), CHAIN_ZERO), |it| (it.seq, it.chain));
        let (seq, chain) = (Seq(seq.0 + 3), wire::chain_after(&chain, &append.hash));
        self.hashes.insert(append.hash, seq);
        match append.place {
            Place::Stream => {}
            Place::Register(slot) => {
                self.registers.insert(slot, append.envelope.clone());
            }
            Place::Snapshot { covers, chain } => {
                self.generations.truncate(1);
                let manifest = append.envelope.clone();
                let snapshot = Some(Snapshot {
                    manifest,
                    bytes: 100,
                });
                self.generations.push(Generation {
                    covers,
                    chain,
                    snapshot,
                });
            }
        }
        self.entries.push(Entry {
            seq,
            chain,
            envelope: append.envelope.clone(),
        });
        Appended::Stored { seq, chain }
    }

    fn retire(&mut self) {
        let newest = self.generations.pop().unwrap();
        self.entries.retain(|entry| entry.seq > newest.covers);
        self.generations = vec![newest];
    }

    /// The entries after what the newest generation covers.
    fn tail(&self) -> impl Iterator<Item = &Entry> {
        let covers = self.generations.last().unwrap().covers;
        self.entries.iter().filter(move |entry| entry.seq > covers)
    }

    /// The log keeps what it was given of snapshots, and gives what it was asked for.
    pub fn carry_parts(&mut self) {
        while !self.puts.is_empty() || !self.part_reads.is_empty() {
            for put in std::mem::take(&mut self.puts) {
                self.parts.insert((put.manifest, put.index), put.bytes);
                self.tell(RelayInput::PartStored(put.ticket, Ok(())));
            }
            for read in std::mem::take(&mut self.part_reads) {
                let part = self.parts.get(&(read.manifest, read.index)).cloned();
                self.tell(RelayInput::PartRead(read.ticket, Ok(part)));
            }
        }
    }

    pub fn fail_appends(&mut self) {
        for append in std::mem::take(&mut self.appends) {
            let failure = Err(LogFailure::Failed("full".into()));
            self.tell(RelayInput::Appended(append.ticket, failure));
        }
    }

    pub fn read_all(&mut self) {
        while !self.reads.is_empty() {
            for read in std::mem::take(&mut self.reads) {
                let mut bytes = 0;
                let wanted = self.entries.iter().filter(|it| it.seq > read.after);
                let batch = wanted.take_while(|it| {
                    let fits = bytes < read.max_bytes;
                    bytes += it.envelope.len();
                    fits
                });
                let batch = batch.cloned().collect();
                self.tell(RelayInput::Entries(read.ticket, Ok(batch)));
            }
        }
    }

    pub fn answer_all(&mut self) {
        self.load_all();
        self.flush();
        self.read_all();
    }

    /// The log answers everything, and what comes of it.
    pub fn settle(&mut self) {
        while !(self.appends.is_empty() && self.reads.is_empty() && self.loads.is_empty()) {
            self.answer_all();
        }
    }

    /// Everything sent so far has left; gives what it was for one connection.
    pub fn drain(&mut self, conn: u64) -> Vec<Message> {
        let bytes = self.queued.remove(&ConnId(conn)).unwrap_or(0);
        self.tell(RelayInput::Flushed(ConnId(conn), bytes));
        self.taken(conn)
    }

    /// What was sent to one connection since the last look.
    pub fn taken(&mut self, conn: u64) -> Vec<Message> {
        let (mine, others): (Vec<_>, Vec<_>) = std::mem::take(&mut self.sent)
            .into_iter()
            .partition(|(it, ..)| *it == ConnId(conn));
        self.sent = others;
        mine.into_iter().map(|(_, _, message)| message).collect()
    }

    pub fn changes_by(&self, role: Role, text: &str) -> Vec<u8> {
        let keys = BoardKeys::from_link(&self.keys.link(role).unwrap()).unwrap();
        let packed = pack::pack(&[(
            ChangeHash(*blake3::hash(text.as_bytes()).as_bytes()),
            text.as_bytes(),
        )]);
        keys.seal_changes(&packed.unwrap()).unwrap()
    }

    pub fn changes(&self, text: &str) -> Vec<u8> {
        self.changes_by(Role::Participant, text)
    }

    pub fn state(&self, n: u64, state: &BoardState) -> Vec<u8> {
        let mut registers = RegisterSet::default();
        for _ in 1..n {
            let earlier = registers.seal_state(&self.keys, &BoardState::Open).unwrap();
            registers
                .offer(&self.keys.verify_keys().unwrap().verify(earlier).unwrap())
                .unwrap();
        }
        registers.seal_state(&self.keys, state).unwrap()
    }

    pub fn push(&mut self, conn: u64, reference: u32, envelope: Vec<u8>) {
        let push = Push {
            reference: PushRef(reference),
            envelope: envelope.into(),
            expect: None,
        };
        self.frame(conn, CHANNEL, &Message::Push(push));
    }

    /// The rejection of a push that is not taken.
    pub fn rejection(&mut self, conn: u64) -> (RejectCode, wire::Retry) {
        let rejects: Vec<Reject> = self
            .taken(conn)
            .into_iter()
            .filter_map(|message| match message {
                Message::Reject(reject) => Some(reject),
                _ => None,
            })
            .collect();
        assert_eq!(rejects.len(), 1);
        (rejects[0].code, rejects[0].retry)
    }

    pub fn position(&self) -> Position {
        let (epoch, _) = self.record.unwrap();
        let last = self.entries.last().unwrap();
        Position {
            epoch,
            cursor: last.seq,
            chain: last.chain,
        }
    }
}

pub fn numbers(messages: &[Message]) -> Vec<u8> {
    messages.iter().map(Message::number).collect()
}
