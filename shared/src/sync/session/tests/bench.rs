//! A session on a bench: a document of bare hashes, and a relay played by hand.

use std::collections::{BTreeMap, BTreeSet};

use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use crate::ids::{ChangeHash, Epoch, PresenceId, Seq};
use crate::registers::RegisterName;
use crate::seal::{BoardKeys, Role, VerifyKeys, envelope_hash, pack};
use crate::sync::session::{
    Frontier, Input, Output, Saved, Session, SessionConfig, Status, StoreWrite, Tuning,
};
use crate::sync::store::{ChangeStore, Receipt, Verdict};
use crate::sync::wire::{
    self, Ack, CHAIN_ZERO, CaughtUp, Channel, Decoded, Frame, Item, Keys, Message, Opened, Own,
    Push, PushRef, Reject, RejectCode, Retry,
};
use crate::time::{Monotonic, Now, UnixMillis};

/// A chunk names what it builds on: `[count, deps…, rest]`.
#[derive(Debug, Default)]
pub struct Toy {
    order: Vec<ChangeHash>,
    chunks: BTreeMap<ChangeHash, Vec<u8>>,
    waiting: BTreeMap<ChangeHash, Vec<u8>>,
    /// More waiting changes than this are dropped.
    pub room: usize,
}

pub fn hash(chunk: &[u8]) -> ChangeHash {
    ChangeHash(*blake3::hash(chunk).as_bytes())
}

pub fn chunk(name: &str, deps: &[&[u8]]) -> Vec<u8> {
    let mut out = vec![u8::try_from(deps.len()).unwrap()];
    deps.iter()
        .for_each(|dep| out.extend_from_slice(hash(dep).as_bytes()));
    out.extend_from_slice(name.as_bytes());
    out
}

fn deps(chunk: &[u8]) -> Option<Vec<ChangeHash>> {
    let count = usize::from(*chunk.first()?);
    let deps = chunk.get(1..=count * 32)?;
    Some(
        deps.chunks(32)
            .map(|dep| ChangeHash::try_from(dep).unwrap())
            .collect(),
    )
}

impl Toy {
    pub fn add(&mut self, chunk: &[u8]) -> Option<Verdict> {
        let deps = deps(chunk)?;
        let hash = hash(chunk);
        if self.chunks.contains_key(&hash) {
            return Some(Verdict::Known(hash));
        }
        if deps.iter().all(|dep| self.chunks.contains_key(dep)) {
            self.order.push(hash);
            self.chunks.insert(hash, chunk.to_vec());
            return Some(Verdict::Applied(hash));
        }
        self.waiting.insert(hash, chunk.to_vec());
        Some(Verdict::Waiting(hash))
    }

    fn release(&mut self) -> Vec<Verdict> {
        let mut out = Vec::new();
        loop {
            let waiting = std::mem::take(&mut self.waiting);
            let before = out.len();
            for chunk in waiting.into_values() {
                out.extend(
                    self.add(&chunk)
                        .filter(|it| matches!(it, Verdict::Applied(_))),
                );
            }
            if out.len() == before {
                return out;
            }
        }
    }
}

impl ChangeStore for Toy {
    type Delta = ();

    fn receive(&mut self, chunks: &[&[u8]]) -> Receipt<()> {
        let bad = || Verdict::Held {
            hash: None,
            reason: "bad".into(),
        };
        let verdicts = chunks
            .iter()
            .map(|it| self.add(it).unwrap_or_else(bad))
            .collect();
        let released = self.release();
        let mut dropped = Vec::new();
        while self.waiting.len() > self.room {
            dropped.extend(self.waiting.pop_first().map(|(hash, _)| hash));
        }
        Receipt {
            verdicts,
            released,
            dropped,
            delta: (),
        }
    }

    fn contains(&self, hash: &ChangeHash) -> bool {
        self.chunks.contains_key(hash)
    }

    fn deps(&self, hash: &ChangeHash) -> Option<Vec<ChangeHash>> {
        self.chunks.get(hash).and_then(|chunk| deps(chunk))
    }

    fn changes_after(&self, heads: &[ChangeHash]) -> Vec<ChangeHash> {
        let mut known = BTreeSet::new();
        let mut next = heads.to_vec();
        while let Some(hash) = next.pop() {
            if let Some(deps) = self.deps(&hash) {
                known.insert(hash);
                next.extend(deps);
            }
        }
        self.order
            .iter()
            .filter(|hash| !known.contains(*hash))
            .copied()
            .collect()
    }

    fn chunk(&self, hash: &ChangeHash) -> Option<Vec<u8>> {
        self.chunks
            .get(hash)
            .or_else(|| self.waiting.get(hash))
            .cloned()
    }

    fn heads(&self) -> Vec<ChangeHash> {
        let built_on: BTreeSet<ChangeHash> = self
            .order
            .iter()
            .filter_map(|hash| self.deps(hash))
            .flatten()
            .collect();
        let heads = self.order.iter().filter(|hash| !built_on.contains(*hash));
        heads.copied().collect()
    }
}

/// What the session said in one step.
#[derive(Debug, Default)]
pub struct Said {
    pub frames: Vec<(Channel, Message)>,
    pub write: StoreWrite,
    pub rest: Vec<Output<()>>,
}

impl Said {
    pub fn pushes(&self) -> Vec<Push> {
        let push = |(_, message): &(Channel, Message)| match message {
            Message::Push(push) => Some(push.clone()),
            _ => None,
        };
        self.frames.iter().filter_map(push).collect()
    }

    pub fn reconnects_after(&self) -> Option<u64> {
        self.rest.iter().find_map(|output| match output {
            Output::Reconnect { after_ms } => Some(*after_ms),
            _ => None,
        })
    }

    pub fn has(&self, wanted: impl Fn(&Output<()>) -> bool) -> bool {
        self.rest.iter().any(wanted)
    }
}

pub struct Bench {
    pub facilitator: BoardKeys,
    pub session: Session<Toy>,
    pub rng: ChaCha8Rng,
    pub time: u64,
    pub frontier: Option<Frontier>,
    chain: crate::ids::Chain,
    seq: Seq,
}

pub const EPOCH: Epoch = Epoch([7; 16]);

impl Bench {
    pub fn new(role: Role) -> Self {
        Self::with(role, Saved::default(), &[])
    }

    pub fn with(role: Role, saved: Saved, chunks: &[Vec<u8>]) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let facilitator = BoardKeys::generate(&mut rng);
        let mut store = Toy {
            room: 100,
            ..Toy::default()
        };
        chunks.iter().for_each(|chunk| drop(store.add(chunk)));
        let config = SessionConfig {
            keys: BoardKeys::from_link(&facilitator.link(role).unwrap()).unwrap(),
            presence: PresenceId([9; 16]),
            tuning: Tuning::default(),
        };
        let session = Session::new(config, store, saved);
        Self {
            facilitator,
            session,
            rng,
            time: 1_000,
            frontier: None,
            chain: CHAIN_ZERO,
            seq: Seq(0),
        }
    }

    /// A participant who has caught up with an empty log.
    pub fn online() -> Self {
        let mut bench = Self::new(Role::Participant);
        bench.go_online();
        bench
    }

    pub fn go_online(&mut self) -> Said {
        self.tell(Input::Connected);
        self.opened(false);
        self.relay(Message::CaughtUp(CaughtUp {}))
    }

    pub fn tell(&mut self, input: Input) -> Said {
        let now = Now {
            monotonic: Monotonic(self.time),
            wall: UnixMillis(5_000_000),
        };
        let mut said = Said::default();
        for output in self.session.handle(now, &mut self.rng, input) {
            match output {
                Output::Send(bytes) => match wire::decode(&bytes).unwrap() {
                    Decoded::Frame(Frame { channel, message }) => {
                        said.frames.push((channel, message))
                    }
                    Decoded::Skipped { number } => panic!("type {number}"),
                },
                Output::Write(write) => {
                    self.frontier = write.frontier.clone().or(self.frontier.take());
                    said.write = write;
                }
                other => said.rest.push(other),
            }
        }
        said
    }

    pub fn relay(&mut self, message: Message) -> Said {
        self.relay_on(Channel(1), message)
    }

    pub fn relay_on(&mut self, channel: Channel, message: Message) -> Said {
        self.tell(Input::Frame(wire::encode(channel, &message)))
    }

    pub fn keys(&self) -> VerifyKeys {
        self.facilitator.verify_keys().unwrap()
    }

    pub fn opened(&mut self, reset: bool) -> Said {
        let keys = self.keys();
        let keys = Keys {
            facilitator: keys.facilitator,
            participant: keys.participant,
        };
        if reset {
            (self.chain, self.seq) = (CHAIN_ZERO, Seq(0));
        }
        let epoch = if reset { Epoch([8; 16]) } else { EPOCH };
        self.relay(Message::Opened(Opened {
            epoch,
            keys,
            base: None,
            reset,
        }))
    }

    /// So much time passes, in which the relay is heard of now and then; gives what the session says at the end.
    pub fn pass(&mut self, millis: u64) -> Said {
        let end = self.time + millis;
        while self.time + 10_000 < end {
            self.time += 10_000;
            self.relay_on(
                Channel::CONNECTION,
                Message::Pong(wire::Pong { time: None }),
            );
        }
        self.time = end;
        self.tell(Input::Tick)
    }

    /// The log goes on behind a snapshot.
    pub fn continue_from(&mut self, covers: Seq, chain: crate::ids::Chain) {
        (self.seq, self.chain) = (covers, chain);
    }

    /// The next entry of the log.
    pub fn item(&mut self, envelope: &[u8]) -> Item {
        let (prev, chain) = (
            self.seq,
            wire::chain_after(&self.chain, &envelope_hash(envelope)),
        );
        (self.seq, self.chain) = (Seq(prev.0 + 2), chain);
        Item {
            seq: self.seq,
            prev,
            chain,
            envelope: envelope.into(),
        }
    }

    pub fn show(&mut self, envelope: &[u8]) -> Said {
        let item = self.item(envelope);
        self.relay(Message::Item(item))
    }

    pub fn own(&mut self, push: &Push) -> Said {
        let item = self.item(&push.envelope);
        let (seq, prev, chain) = (item.seq, item.prev, item.chain);
        self.relay(Message::Own(Own {
            reference: push.reference,
            seq,
            prev,
            chain,
        }))
    }

    pub fn ack(&mut self, reference: PushRef) -> Said {
        self.relay(Message::Ack(Ack {
            reference,
            seq: Seq(2),
        }))
    }

    pub fn reject(&mut self, reference: PushRef, retry: Retry) -> Said {
        self.relay(Message::Reject(Reject {
            reference,
            code: RejectCode::Storage,
            retry,
        }))
    }

    /// A local change; given to the session as a host does.
    pub fn edit(&mut self, name: &str, deps: &[&[u8]]) -> (Vec<u8>, Said) {
        let chunk = chunk(name, deps);
        self.session.store_mut().add(&chunk);
        let said = self.tell(Input::LocalChanges(vec![(hash(&chunk), chunk.clone())]));
        (chunk, said)
    }

    /// Changes as somebody with these keys seals them.
    pub fn sealed(keys: &BoardKeys, chunks: &[&[u8]]) -> Vec<u8> {
        let changes: Vec<(ChangeHash, &[u8])> = chunks.iter().map(|it| (hash(it), *it)).collect();
        keys.seal_changes(&pack::pack(&changes).unwrap()).unwrap()
    }

    pub fn foreign(&self, chunks: &[&[u8]]) -> Vec<u8> {
        Self::sealed(&self.facilitator, chunks)
    }

    pub fn title(&self, title: &str) -> Vec<u8> {
        let registers = self.session.registers();
        let value = crate::registers::Title::new(title).encode();
        registers
            .seal_value(&self.facilitator, &RegisterName::Title, &value)
            .unwrap()
    }

    pub fn state(&self, state: &crate::registers::BoardState) -> Vec<u8> {
        self.session
            .registers()
            .seal_state(&self.facilitator, state)
            .unwrap()
    }

    pub fn status(&self) -> &Status {
        self.session.status()
    }

    pub fn wait(&mut self, millis: u64) -> Said {
        self.time += millis;
        self.tell(Input::Tick)
    }
}
