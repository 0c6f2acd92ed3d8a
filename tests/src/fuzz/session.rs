//! A device that talks to a relay which does whatever it likes, with members behind it who do not keep the rules.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use samsyn_shared::board::{Board, Command};
use samsyn_shared::ids::{Chain, EnvelopeHash, Epoch, NoteId, PersonId, PresenceId, Seq};
use samsyn_shared::records::{Colour, Position};
use samsyn_shared::registers::BoardState;
use samsyn_shared::seal::{BoardKeys, Role, envelope_hash, pack};
use samsyn_shared::sync::ChangeStore;
use samsyn_shared::sync::presence::Doing;
use samsyn_shared::sync::session::{
    ChunkState, Input, Output, Saved, Session, SessionConfig, StoreWrite, StoredChunk, Tuning,
};
use samsyn_shared::sync::wire::{
    self, Ack, Base, Bytes, CHAIN_ZERO, CaughtUp, Channel, Decoded, Frame, Item, Keys, Limits,
    Message, Opened, Own, Part, PartWanted, PushRef, Register, Reject, RejectCode, Retry,
    SnapshotWanted, Welcome,
};
use samsyn_shared::time::{Monotonic, Now, UnixMillis};

use super::script::{Steps, Values};
use super::{Taken, board, forge};
use crate::simulation::device::DeviceDisk;
use crate::simulation::{Document, Toy};
use forge::fixture;

pub(super) const ME: PresenceId = PresenceId([3; 16]);
const EPOCH: Epoch = Epoch([8; 16]);
/// More frames than this in answer to one input would be a flood: a batch holds many changes.
const MOST_FRAMES: usize = 256;

/// The steps of a session's script.
pub(super) mod step {
    pub(in super::super) const FRAME: u8 = 0;
    pub(in super::super) const MESSAGE: u8 = 1;
    pub(in super::super) const ITEM: u8 = 2;
    pub(in super::super) const CHANGES: u8 = 3;
    pub(in super::super) const PRESENCE: u8 = 4;
    pub(in super::super) const OPENED: u8 = 5;
    pub(in super::super) const SNAPSHOT: u8 = 6;
    pub(in super::super) const PARTS: u8 = 7;
    pub(in super::super) const CAUGHT_UP: u8 = 8;
    pub(in super::super) const ANSWER: u8 = 9;
    pub(in super::super) const CUT: u8 = 10;
    pub(in super::super) const TIME: u8 = 11;
    pub(in super::super) const EDIT: u8 = 12;
    pub(in super::super) const FINISH: u8 = 13;
    pub(in super::super) const DOING: u8 = 14;
    pub(in super::super) const WANTED: u8 = 15;
    pub(in super::super) const WELCOME: u8 = 16;
    pub(in super::super) const REGISTER: u8 = 17;
    pub(in super::super) const OWN_REGISTER: u8 = 18;
    pub(in super::super) const GROUP: u8 = 19;
    pub(in super::super) const STATE: u8 = 20;
    pub(super) const COUNT: u8 = 21;
}

/// First the role, then steps.
pub(super) fn session(data: &[u8]) -> Taken {
    let (role, script) = data.split_first().unwrap_or((&0, &[]));
    let mut room = Room::new(fixture().role(*role).clone());
    for (kind, bytes) in Steps(script) {
        room.step(kind % step::COUNT, bytes);
    }
    room.holds();
    if room.caught_up {
        Taken::Yes
    } else {
        Taken::No
    }
}

struct Room {
    keys: BoardKeys,
    session: Session<Board>,
    disk: DeviceDisk,
    rng: ChaCha8Rng,
    now: Now,
    channel: Channel,
    /// Where the stream is.
    at: (Seq, Chain),
    pushed: Vec<(PushRef, Bytes)>,
    wanted: Vec<PartWanted>,
    parts: BTreeMap<EnvelopeHash, Vec<Vec<u8>>>,
    edits: u8,
    caught_up: bool,
}

impl Room {
    fn new(keys: BoardKeys) -> Self {
        let disk = DeviceDisk::default();
        let mut room = Self {
            session: disk.start(&keys, ME, Tuning::default()),
            disk,
            keys,
            rng: forge::rng(),
            now: forge::NOW,
            channel: Channel(1),
            at: (Seq(0), CHAIN_ZERO),
            pushed: Vec::new(),
            wanted: Vec::new(),
            parts: BTreeMap::new(),
            edits: 0,
            caught_up: false,
        };
        room.does(Input::Connected);
        room
    }

    fn step(&mut self, kind: u8, bytes: &[u8]) {
        let mut values = Values(bytes);
        match kind {
            step::FRAME => self.does(Input::Frame(bytes.to_vec())),
            step::MESSAGE => {
                let Some((number, body)) = bytes.split_first() else {
                    return;
                };
                self.does(Input::Frame(framed(self.channel, *number, body)));
            }
            step::ITEM => {
                if let Some(envelope) = fixture().resealed(bytes) {
                    let frame = self.item(envelope.into());
                    self.does(Input::Frame(frame));
                }
            }
            step::CHANGES => {
                let frame = self.changes(bytes);
                self.does(Input::Frame(frame));
            }
            step::GROUP => {
                let frames = Steps(bytes)
                    .map(|(_, chunks)| self.changes(chunks))
                    .collect();
                self.does(Input::Frames(frames));
            }
            step::PRESENCE => {
                let role = fixture().role(values.byte()).role();
                let sealed = fixture().presence(role, values.rest()).into();
                self.says(Message::Presence(wire::Presence { sealed }));
            }
            step::OPENED => self.opened(values.byte() & 1 != 0, None),
            step::SNAPSHOT => self.snapshot(values),
            step::PARTS => self.give_parts(),
            step::CAUGHT_UP => self.says(Message::CaughtUp(CaughtUp {})),
            step::ANSWER => self.answer(values),
            step::CUT => self.does(Input::Disconnected),
            step::TIME => {
                let millis = u64::from(values.short()) * 4;
                self.now.monotonic = Monotonic(self.now.monotonic.0 + millis);
                self.now.wall =
                    UnixMillis(self.now.wall.0 + i64::from(u32::try_from(millis).unwrap_or(0)));
                self.does(Input::Tick);
            }
            step::EDIT => self.edit(),
            step::FINISH => self.does(Input::Finish),
            step::DOING => self.does(Input::Presence(Doing {
                person: PersonId([values.byte(); 16]),
                section: Some(forge::WALL),
                draft: None,
            })),
            step::WANTED => self.says(Message::SnapshotWanted(SnapshotWanted {
                request: u64::from(values.byte()),
            })),
            step::WELCOME => self.welcome(values),
            step::REGISTER => {
                if let Some(envelope) = fixture().resealed(bytes) {
                    let envelope = envelope.into();
                    self.says(Message::Register(Register { envelope }));
                }
            }
            step::OWN_REGISTER => {
                if let Some(envelope) = fixture().resealed(bytes) {
                    self.does(Input::Register(envelope));
                }
            }
            _ => self.state(values),
        }
    }

    /// The log's next entry.
    fn item(&mut self, envelope: Bytes) -> Vec<u8> {
        let (prev, chain) = self.at;
        let (seq, chain) = (
            Seq(prev.0 + 1),
            wire::chain_after(&chain, &envelope_hash(&envelope)),
        );
        self.at = (seq, chain);
        let item = Item {
            seq,
            prev,
            chain,
            envelope,
        };
        wire::encode(self.channel, &Message::Item(item))
    }

    fn changes(&mut self, steps: &[u8]) -> Vec<u8> {
        let chunks = forge::chunks(Steps(steps));
        let chunks: Vec<_> = chunks
            .iter()
            .map(|(hash, chunk)| (*hash, chunk.as_slice()))
            .collect();
        let [_, participant, _] = &fixture().roles;
        let packed = pack::pack(&chunks).unwrap_or_default();
        let sealed = participant.seal_changes(&packed).expect("a small pack");
        self.item(sealed.into())
    }

    fn opened(&mut self, reset: bool, base: Option<Base>) {
        if reset {
            self.at = (Seq(0), CHAIN_ZERO);
        }
        if let Some(base) = &base {
            self.at = (base.covers, base.chain);
        }
        let keys = Keys {
            facilitator: fixture().verify.facilitator,
            participant: fixture().verify.participant,
        };
        self.says(Message::Opened(Opened {
            epoch: EPOCH,
            keys,
            base,
            reset,
        }));
    }

    /// Values: how it is offered, the length of header and manifest, these, and the body.
    fn snapshot(&mut self, mut values: Values<'_>) {
        let how = values.byte();
        let length = usize::from(values.short());
        let rest = values.rest();
        let (plain, body) = rest.split_at(length.min(rest.len()));
        let Some((envelope, parts)) = fixture().snapshot(plain, body) else {
            return;
        };
        self.parts.insert(envelope_hash(&envelope), parts);
        if how & 1 == 0 {
            let (covers, chain) = (Seq(u64::from(how)), Chain([how; 32]));
            let manifest = envelope.into();
            let base = Base {
                covers,
                chain,
                manifest,
            };
            self.opened(how & 2 != 0, Some(base));
        } else {
            let frame = self.item(envelope.into());
            self.does(Input::Frame(frame));
        }
    }

    fn give_parts(&mut self) {
        for wanted in std::mem::take(&mut self.wanted) {
            let PartWanted { manifest, index } = wanted;
            let parts = self.parts.get(&manifest);
            if let Some(part) = parts.and_then(|parts| parts.get(usize::from(index))) {
                let bytes = part.as_slice().into();
                self.says(Message::Part(Part {
                    manifest,
                    index,
                    bytes,
                }));
            }
        }
    }

    fn answer(&mut self, mut values: Values<'_>) {
        let how = values.byte();
        for (reference, envelope) in std::mem::take(&mut self.pushed) {
            match how % 4 {
                0 => {
                    let seq = Seq(self.at.0.0 + 1);
                    self.says(Message::Ack(Ack { reference, seq }));
                }
                1 => {
                    let (prev, chain) = self.at;
                    let hash = envelope_hash(&envelope);
                    let (seq, chain) = (Seq(prev.0 + 1), wire::chain_after(&chain, &hash));
                    self.at = (seq, chain);
                    self.says(Message::Own(Own {
                        reference,
                        seq,
                        prev,
                        chain,
                    }));
                }
                2 => {
                    let frame = self.item(envelope);
                    self.does(Input::Frame(frame));
                }
                _ => {
                    let code = RejectCode::from_number(u16::from(values.byte() % 20));
                    let retry = match values.byte() % 3 {
                        0 => Retry::Never,
                        1 => Retry::OnState,
                        _ => Retry::AfterMs(u32::from(values.short())),
                    };
                    self.says(Message::Reject(Reject {
                        reference,
                        code,
                        retry,
                    }));
                }
            }
        }
    }

    fn welcome(&mut self, mut values: Values<'_>) {
        let welcome = Welcome {
            version: u16::from(values.byte()),
            time: i64::from(values.short()).wrapping_shl(u32::from(values.byte())),
            limits: Limits {
                envelope: u32::from(values.byte()),
                boards: u32::from(values.byte()),
                in_flight: u32::from(values.byte()),
            },
            challenge: [values.byte(); 32],
        };
        let frame = wire::encode(Channel::CONNECTION, &Message::Welcome(welcome));
        self.does(Input::Frame(frame));
    }

    /// The facilitator decides on another device.
    fn state(&mut self, mut values: Values<'_>) {
        let state = match values.byte() % 4 {
            0 => BoardState::Open,
            1 => BoardState::Paused,
            2 => BoardState::Frozen {
                heads: self.session.store().heads().into_iter().take(100).collect(),
                snapshot: self
                    .parts
                    .keys()
                    .next()
                    .copied()
                    .unwrap_or(EnvelopeHash([1; 32])),
            },
            _ => BoardState::Deleted,
        };
        let [facilitator, ..] = &fixture().roles;
        if let Ok(sealed) = self.session.registers().seal_state(facilitator, &state) {
            let frame = self.item(sealed.into());
            self.does(Input::Frame(frame));
        }
    }

    fn edit(&mut self) {
        self.edits = self.edits.wrapping_add(1);
        let note = Command::AddNote {
            id: NoteId([self.edits; 16]),
            section: forge::WALL,
            quadrant: None,
            text: "eget".to_owned(),
            at: Position::default(),
            colour: Colour::Blue,
            author: None,
        };
        let board = self.session.store_mut();
        let Ok(committed) = board.commit(self.now.wall, &mut self.rng, &[note]) else {
            return;
        };
        let chunks = committed.changes.iter().map(|(hash, bytes)| StoredChunk {
            hash: *hash,
            bytes: bytes.clone(),
            state: ChunkState::Applied,
        });
        self.disk.write(StoreWrite {
            chunks: chunks.collect(),
            ..StoreWrite::default()
        });
        self.does(Input::LocalChanges(committed.changes));
    }

    fn says(&mut self, message: Message) {
        let frame = wire::encode(self.channel, &message);
        self.does(Input::Frame(frame));
    }

    fn does(&mut self, input: Input) {
        let outputs = self.session.handle(self.now, &mut self.rng, input);
        let mut cut = false;
        let mut frames = 0;
        for output in outputs {
            match output {
                Output::Send(bytes) => {
                    frames += 1;
                    self.sent(&bytes);
                }
                Output::Write(write) => self.disk.write(write),
                Output::Reconnect { .. } => cut = true,
                Output::Status(status) => {
                    self.caught_up |=
                        status.link == samsyn_shared::sync::session::LinkStatus::Online;
                }
                Output::Peers(peers) => assert!(peers.len() <= 500, "more peers than a hall holds"),
                Output::Delta(_)
                | Output::Registers(_)
                | Output::Rejected(_)
                | Output::Held(_)
                | Output::Refused(_)
                | Output::Misbehaved(_)
                | Output::TieHeads => {}
            }
        }
        assert!(
            frames <= MOST_FRAMES,
            "{frames} frames in answer to one input"
        );
        if cut {
            self.pushed.clear();
            self.wanted.clear();
            self.does(Input::Connected);
        }
    }

    fn sent(&mut self, bytes: &[u8]) {
        assert!(bytes.len() <= wire::MAX_FRAME, "a frame over the limit");
        let Ok(Decoded::Frame(Frame { channel, message })) = wire::decode(bytes) else {
            assert_eq!(bytes, b"a frame that reads");
            return;
        };
        if let Message::Open(open) = &message {
            self.channel = channel;
            let from = open.from.map(|from| (from.cursor, from.chain));
            self.at = from.unwrap_or((Seq(0), CHAIN_ZERO));
        } else if let Message::Push(push) = message {
            self.pushed.push((push.reference, push.envelope));
        } else if let Message::PartWanted(wanted) = message {
            self.wanted.push(wanted);
        }
    }

    /// What is on the disk is what is on the screen, and a board is what its changes make it.
    fn holds(&self) {
        drop(board::holds(self.session.store()));
        let again: Session<Board> = self.disk.start(&self.keys, ME, Tuning::default());
        assert_eq!(again.store().heads(), self.session.store().heads());
        assert_eq!(
            again.store().fingerprint(),
            self.session.store().fingerprint()
        );
        let registers = |session: &Session<Board>| -> Vec<_> {
            session.registers().envelopes().cloned().collect()
        };
        assert_eq!(registers(&again), registers(&self.session));
    }
}

/// A frame around any body.
pub(super) fn framed(channel: Channel, number: u8, body: &[u8]) -> Vec<u8> {
    let mut head = minicbor::Encoder::new(Vec::new());
    let written = head
        .map(3)
        .and_then(|out| out.u8(0)?.u8(number)?.u8(1)?.u32(channel.0)?.u8(2));
    written.expect("a vector takes everything");
    [head.into_writer().as_slice(), body].concat()
}

/// Who signs, and what the frame says.
pub(super) fn presence(data: &[u8]) -> Taken {
    let fixture = fixture();
    let (role, body) = data.split_first().unwrap_or((&0, &[]));
    let role = fixture.role(*role).role();
    let [keys, ..] = &fixture.roles;
    drop(keys.open_presence(data));
    let sealed = fixture.presence(role, body);
    if let Ok(opened) = keys.open_presence(&sealed) {
        assert_eq!((opened.role, opened.body.as_slice()), (role, body));
    }
    let config = SessionConfig {
        keys: keys.clone(),
        presence: ME,
        tuning: Tuning::default(),
    };
    let mut rng = forge::rng();
    let mut session = Session::new(config, Toy::default(), Saved::default());
    session.handle(forge::NOW, &mut rng, Input::Connected);
    let opened = Message::Opened(Opened {
        epoch: EPOCH,
        keys: Keys {
            facilitator: fixture.verify.facilitator,
            participant: fixture.verify.participant,
        },
        base: None,
        reset: true,
    });
    let said = Message::Presence(wire::Presence {
        sealed: sealed.into(),
    });
    let mut taken = Taken::No;
    for message in [opened, Message::CaughtUp(CaughtUp {}), said] {
        let frame = wire::encode(Channel(1), &message);
        for output in session.handle(forge::NOW, &mut rng, Input::Frame(frame)) {
            if let Output::Peers(peers) = output {
                taken = Taken::Yes;
                for peer in peers {
                    let draft = peer.doing.draft;
                    assert!(
                        role != Role::Observer || draft.is_none(),
                        "an observer writes"
                    );
                    let shown = draft.map(|draft| draft.applied_to("hå 👩‍👩‍👧 då"));
                    assert!(shown.is_none_or(|shown| shown.len() <= body.len() + 64));
                }
            }
        }
    }
    taken
}
