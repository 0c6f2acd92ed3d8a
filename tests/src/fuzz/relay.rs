//! A relay among clients who say whatever they like, over a log that may fail.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};

use rand_chacha::ChaCha8Rng;
use samsyn_shared::ids::{BoardId, Chain, EnvelopeHash, Epoch, Seq};
use samsyn_shared::seal::envelope_hash;
use samsyn_shared::sync::relay::{
    Compaction, ConnId, LogFailure, RelayCore, RelayInput, RelayLimits, RelayOutput,
};
use samsyn_shared::sync::wire::{
    self, BaseTaken, CHAIN_ZERO, Channel, Decoded, Frame, Hello, Keys, Message, Open, Part,
    PartWanted, Position, Presence, Push, PushRef, SnapshotConfirmed,
};
use samsyn_shared::time::{Monotonic, Now};

use super::Taken;
use super::forge::{self, fixture};
use super::script::{Steps, Values};
use super::session::framed;
use crate::simulation::log::Log;

const CONNS: usize = 3;
/// The step that leaves the log's requests for later has this bit.
const LATER: u8 = 0x80;
const LIMITS: RelayLimits = RelayLimits {
    envelope: wire::MAX_ENVELOPE,
    board_bytes: 1 << 20,
    boards: 2,
    connections: CONNS,
    boards_per_connection: 2,
    registers: 4,
    in_flight: 4,
    waiting_bytes: 16 << 10,
    buffer: 16 << 10,
    presence_buffer: 4 << 10,
    read_bytes: 2 << 10,
    bytes_per_second: 64 << 10,
    bytes_burst: 256 << 10,
    messages_per_second: 100,
    messages_burst: 1_000,
    presence_per_second: 12,
    board_bytes_per_second: 64 << 10,
    board_bytes_burst: 256 << 10,
    silence: 60_000,
    compaction: Compaction {
        urgent_bytes: 64,
        urgent_times: 0,
        leisure_bytes: 32,
        leisure_share: 8,
        quiet: 1_000,
        patience: 45_000,
        every: 1_000,
    },
};

/// The steps of a relay's script. Each begins with a connection and a channel.
pub(super) mod step {
    pub(in super::super) const CONNECT: u8 = 0;
    pub(in super::super) const FRAME: u8 = 1;
    pub(in super::super) const MESSAGE: u8 = 2;
    pub(in super::super) const HELLO: u8 = 3;
    pub(in super::super) const OPEN: u8 = 4;
    pub(in super::super) const PUSH: u8 = 5;
    pub(in super::super) const FLUSHED: u8 = 6;
    pub(in super::super) const CLOSED: u8 = 7;
    pub(in super::super) const TIME: u8 = 8;
    pub(in super::super) const ANSWER: u8 = 9;
    pub(in super::super) const FAIL: u8 = 10;
    pub(in super::super) const STOP: u8 = 11;
    pub(in super::super) const PRESENCE: u8 = 12;
    pub(in super::super) const SNAPSHOT: u8 = 13;
    pub(in super::super) const CONFIRM: u8 = 14;
    pub(in super::super) const BASE_TAKEN: u8 = 15;
    pub(in super::super) const PART_WANTED: u8 = 16;
    pub(super) const COUNT: u8 = 17;
}

/// Steps.
pub(super) fn relay(data: &[u8]) -> Taken {
    let mut stage = Stage::new();
    for (kind, bytes) in Steps(data) {
        stage.step(kind & !LATER, Values(bytes));
        if kind & LATER == 0 {
            stage.answer_all();
        }
    }
    stage.close();
    if stage.log.durable(&fixture().board).is_some() {
        Taken::Yes
    } else {
        Taken::No
    }
}

#[derive(Default)]
struct Conn {
    queued: usize,
    challenge: [u8; 32],
}

struct Stage {
    core: RelayCore,
    log: Log,
    requests: VecDeque<RelayOutput>,
    conns: BTreeMap<ConnId, Conn>,
    rng: ChaCha8Rng,
    now: Now,
    pushes: u32,
    request: u64,
    snapshot: EnvelopeHash,
}

impl Stage {
    fn new() -> Self {
        Self {
            core: RelayCore::new(LIMITS),
            log: Log::default(),
            requests: VecDeque::new(),
            conns: BTreeMap::new(),
            rng: forge::rng(),
            now: forge::NOW,
            pushes: 0,
            request: 0,
            snapshot: EnvelopeHash([0; 32]),
        }
    }

    fn step(&mut self, kind: u8, mut values: Values<'_>) {
        let kind = kind % step::COUNT;
        let conn = ConnId(values.below(CONNS) as u64);
        let channel = Channel(values.below(4).try_into().unwrap_or(0));
        match kind {
            step::CONNECT => {
                if let Entry::Vacant(place) = self.conns.entry(conn) {
                    place.insert(Conn::default());
                    self.does(RelayInput::Connected(conn));
                }
            }
            step::FRAME => self.does(RelayInput::Frame(conn, values.rest().to_vec())),
            step::MESSAGE => {
                let number = values.byte();
                let frame = framed(channel, number, values.rest());
                self.does(RelayInput::Frame(conn, frame));
            }
            step::HELLO => {
                let (version, oldest) = (wire::VERSION, u16::from(values.byte()));
                self.says(
                    conn,
                    Channel::CONNECTION,
                    Message::Hello(Hello { version, oldest }),
                );
            }
            step::OPEN => self.open(conn, channel, values),
            step::PUSH => {
                let expect = values.byte();
                let expect = (expect & 1 != 0).then_some(Seq(u64::from(expect >> 1)));
                let envelope = match fixture().resealed(values.rest()) {
                    Some(envelope) => envelope,
                    None => values.rest().to_vec(),
                };
                self.push(conn, channel, envelope, expect);
            }
            step::FLUSHED => {
                let left = usize::from(values.short()) * 64;
                if let Some(state) = self.conns.get_mut(&conn) {
                    let left = left.min(state.queued);
                    state.queued -= left;
                    self.does(RelayInput::Flushed(conn, left));
                }
            }
            step::CLOSED => {
                self.conns.remove(&conn);
                self.does(RelayInput::Closed(conn));
            }
            step::TIME => {
                self.now.monotonic = Monotonic(self.now.monotonic.0 + u64::from(values.short()));
                self.does(RelayInput::Tick);
            }
            step::ANSWER => self.answer(None),
            step::FAIL => self.answer(Some(match values.byte() & 1 {
                0 => LogFailure::Failed("disk full".into()),
                _ => LogFailure::Damaged("a row".into()),
            })),
            step::STOP => self.does(RelayInput::Stop),
            step::PRESENCE => {
                let sealed = values.rest().into();
                self.says(conn, channel, Message::Presence(Presence { sealed }));
            }
            step::SNAPSHOT => self.snapshot(conn, channel, values),
            step::CONFIRM => {
                let challenge = self.conns.get(&conn).map(|conn| conn.challenge);
                let [_, participant, _] = &fixture().roles;
                let manifest = self.snapshot;
                let signed = challenge.and_then(|it| participant.confirm(&it, &manifest));
                if let Some(signature) = signed {
                    let confirmed = SnapshotConfirmed {
                        manifest,
                        signature,
                    };
                    self.says(conn, channel, Message::SnapshotConfirmed(confirmed));
                }
            }
            step::BASE_TAKEN => {
                let manifest = self.snapshot;
                self.says(conn, channel, Message::BaseTaken(BaseTaken { manifest }));
            }
            _ => {
                let (manifest, index) = (self.snapshot, u16::from(values.byte()));
                let wanted = PartWanted { manifest, index };
                self.says(conn, channel, Message::PartWanted(wanted));
            }
        }
    }

    /// Where the log of the board is.
    fn at(&self) -> (Epoch, Seq, Chain) {
        let durable = self.log.durable(&fixture().board);
        let (epoch, entries) = durable.unwrap_or((Epoch([0; 16]), &[]));
        let last = entries.last().map(|entry| (entry.seq, entry.chain));
        let (seq, chain) = last.unwrap_or((Seq(0), CHAIN_ZERO));
        (epoch, seq, chain)
    }

    fn open(&mut self, conn: ConnId, channel: Channel, mut values: Values<'_>) {
        let how = values.byte();
        let board = if how & 1 == 0 {
            fixture().board
        } else {
            BoardId([how; 32])
        };
        let keys = (how & 2 == 0).then_some(Keys {
            facilitator: fixture().verify.facilitator,
            participant: fixture().verify.participant,
        });
        let (epoch, cursor, chain) = self.at();
        let cursor = Seq(cursor.0.saturating_sub(u64::from(values.byte())));
        let from = (how & 4 != 0).then_some(Position {
            epoch,
            cursor,
            chain,
        });
        let without = (how & 8 != 0).then_some(self.snapshot);
        let open = Open {
            board,
            from,
            keys,
            without,
        };
        self.says(conn, channel, Message::Open(open));
    }

    fn push(&mut self, conn: ConnId, channel: Channel, envelope: Vec<u8>, expect: Option<Seq>) {
        self.pushes += 1;
        let push = Push {
            reference: PushRef(self.pushes),
            envelope: envelope.into(),
            expect,
        };
        self.says(conn, channel, Message::Push(push));
    }

    /// What the relay asked for last, made of where its log is: how many parts come, and what is in them.
    fn snapshot(&mut self, conn: ConnId, channel: Channel, mut values: Values<'_>) {
        let (few, shorter) = (values.byte(), values.byte());
        let (epoch, seq, chain) = self.at();
        let covers = seq.0.saturating_sub(u64::from(shorter));
        let mut plain = b"SAMS\x01\x02\x01".to_vec();
        plain.extend_from_slice(fixture().board.as_bytes());
        plain.extend_from_slice(&self.request.to_le_bytes());
        plain.extend_from_slice(epoch.as_bytes());
        plain.extend_from_slice(&covers.to_le_bytes());
        plain.extend_from_slice(chain.as_bytes());
        plain.extend_from_slice(&[0, 0, 0xa0]);
        let Some((envelope, parts)) = fixture().snapshot(&plain, values.rest()) else {
            return;
        };
        let manifest = envelope_hash(&envelope);
        self.snapshot = manifest;
        self.push(conn, channel, envelope, None);
        self.answer_all();
        for (index, bytes) in (0_u16..).zip(parts).skip(usize::from(few)) {
            let bytes = bytes.into();
            let part = Part {
                manifest,
                index,
                bytes,
            };
            self.says(conn, channel, Message::Part(part));
        }
    }

    fn says(&mut self, conn: ConnId, channel: Channel, message: Message) {
        let frame = wire::encode(channel, &message);
        self.does(RelayInput::Frame(conn, frame));
    }

    fn does(&mut self, input: RelayInput) {
        let outputs = self.core.handle(self.now, &mut self.rng, input);
        for output in outputs {
            match output {
                RelayOutput::Send(conn, bytes) => self.sent(conn, &bytes),
                RelayOutput::Close(conn, _) => {
                    self.conns.remove(&conn);
                }
                RelayOutput::ForgetParts(forget) => self.log.forget_parts(&forget),
                RelayOutput::Retire(board) => self.log.retire(&board),
                RelayOutput::Event(_) => {}
                RelayOutput::Load(_)
                | RelayOutput::Append(_)
                | RelayOutput::Read(_)
                | RelayOutput::PutPart(_)
                | RelayOutput::ReadPart(_) => self.requests.push_back(output),
            }
        }
    }

    /// A connection that takes nothing is cut off before what waits for it grows large.
    fn sent(&mut self, conn: ConnId, bytes: &[u8]) {
        assert!(bytes.len() <= wire::MAX_FRAME, "a frame over the limit");
        let decoded = wire::decode(bytes).expect("a relay says what clients can read");
        let Some(state) = self.conns.get_mut(&conn) else {
            // It has been refused, or is gone.
            return;
        };
        state.queued += bytes.len();
        let most = LIMITS.buffer * 4 + 2 * wire::MAX_FRAME;
        assert!(
            state.queued <= most,
            "{} bytes wait for one client",
            state.queued
        );
        if let Decoded::Frame(Frame { message, .. }) = decoded {
            if let Message::Welcome(welcome) = message {
                state.challenge = welcome.challenge;
            } else if let Message::SnapshotWanted(wanted) = message {
                self.request = wanted.request;
            }
        }
    }

    fn answer(&mut self, failure: Option<LogFailure>) {
        let Some(request) = self.requests.pop_front() else {
            return;
        };
        let answer = match (request, failure) {
            (RelayOutput::Load(load), Some(it)) => RelayInput::Loaded(load.ticket, Err(it)),
            (RelayOutput::Append(append), Some(it)) => RelayInput::Appended(append.ticket, Err(it)),
            (RelayOutput::Read(read), Some(it)) => RelayInput::Entries(read.ticket, Err(it)),
            (RelayOutput::PutPart(put), Some(it)) => RelayInput::PartStored(put.ticket, Err(it)),
            (RelayOutput::ReadPart(read), Some(it)) => RelayInput::PartRead(read.ticket, Err(it)),
            (RelayOutput::Load(load), None) => {
                RelayInput::Loaded(load.ticket, Ok(self.log.load(load.board)))
            }
            (RelayOutput::Append(append), None) => {
                let appended = self.log.append(1, &append);
                self.log.flush();
                RelayInput::Appended(append.ticket, appended)
            }
            (RelayOutput::Read(read), None) => {
                RelayInput::Entries(read.ticket, Ok(self.log.read(&read)))
            }
            (RelayOutput::PutPart(put), None) => {
                self.log.put_part(&put);
                self.log.flush();
                RelayInput::PartStored(put.ticket, Ok(()))
            }
            (RelayOutput::ReadPart(read), None) => {
                RelayInput::PartRead(read.ticket, Ok(self.log.part(&read)))
            }
            (
                RelayOutput::Send(..)
                | RelayOutput::Close(..)
                | RelayOutput::ForgetParts(_)
                | RelayOutput::Retire(_)
                | RelayOutput::Event(_),
                _,
            ) => return,
        };
        self.does(answer);
    }

    fn answer_all(&mut self) {
        let mut answers = 0;
        while !self.requests.is_empty() {
            self.answer(None);
            answers += 1;
            assert!(answers < 10_000, "the relay asks its log without an end");
        }
    }

    /// When everybody is gone, nothing is left.
    fn close(&mut self) {
        for conn in 0..CONNS as u64 {
            self.does(RelayInput::Closed(ConnId(conn)));
        }
        self.answer_all();
        assert_eq!(self.core.connections(), 0);
        assert_eq!(
            self.core.boards(),
            0,
            "a board stays though nobody has it open"
        );
    }
}
