//! One client's stream of one board: live while it keeps up, fed from the log when it does not.

use std::collections::{BTreeMap, VecDeque};

use super::admit::Refusal;
use super::board::Held;
use super::desk::{Address, Desk, Purpose};
use super::types::{Entry, Read};
use crate::ids::{BoardId, EnvelopeHash, Seq, Slot};
use crate::registers::RegisterSet;
use crate::seal::Role;
use crate::sync::wire::{
    self, Bytes, CaughtUp, Channel, Item, Message, Open, Own, Part, PartWanted, Push, PushRef,
    Register, RejectCode, Retry,
};

/// How a stream is fed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    /// It waits for the log's answer about the board, or for the board's keys.
    Opening,
    /// Its position is compared with the log.
    Checking,
    /// It takes in the snapshot that it starts with.
    Base,
    /// It has everything and gets new entries at once.
    Live,
    /// It waits for room on its way before the log is read on.
    Behind,
    /// The log is being read.
    Reading,
}

/// Whether a client was asked for the board's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    No,
    Yes,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Subscriber {
    pub(super) open: Open,
    pub(super) stream: Stream,
    /// The last entry sent.
    pub(super) sent: Seq,
    /// Pushes on their way to the disk.
    pub(super) in_flight: usize,
    /// Whether it has written on this connection, and as whom.
    pub(super) wrote: Wrote,
    feeding: Option<Feeding>,
    held: Held,
    asked: Asked,
    caught_up: bool,
}

/// What is known of who is at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wrote {
    /// It has written nothing here.
    Nothing,
    /// Envelopes of a participant came from there.
    AsParticipant,
    /// Envelopes of a facilitator came from there.
    AsFacilitator,
}

/// The snapshot that a stream starts with, on its way.
#[derive(Debug)]
struct Feeding {
    manifest: EnvelopeHash,
    covers: Seq,
    /// The last register sent, by slot: those that the snapshot covers are not in the stream behind it.
    registers: Registers,
    wanted: VecDeque<u16>,
    reading: usize,
}

/// How far the registers of a board are sent.
#[derive(Clone, Copy, Debug)]
enum Registers {
    After(Option<Slot>),
    Sent,
}

/// More parts are asked for than anybody needs at a time.
#[derive(Debug)]
pub(super) struct TooManyParts;

/// Parts that a client may be waiting for.
const PARTS_WANTED: usize = 16;
/// Parts that are read from the log at a time for one client.
const PARTS_READ: usize = 2;

impl Subscriber {
    pub(super) fn new(open: Open) -> Self {
        Self {
            open,
            stream: Stream::Opening,
            sent: Seq(0),
            in_flight: 0,
            wrote: Wrote::Nothing,
            feeding: None,
            held: Held::new(),
            asked: Asked::No,
            caught_up: false,
        }
    }

    pub(super) fn is_streaming(&self) -> bool {
        match self.stream {
            Stream::Opening | Stream::Checking | Stream::Base => false,
            Stream::Live | Stream::Behind | Stream::Reading => true,
        }
    }

    /// Asks once.
    pub(super) fn ask_for_keys(&mut self, ask: impl FnOnce()) {
        if self.asked == Asked::No {
            self.asked = Asked::Yes;
            ask();
        }
    }

    /// Keeps a push until the stream starts.
    pub(super) fn hold(&mut self, push: Push, bytes: usize, count: usize) -> Result<(), Refusal> {
        let held: usize = self.held.iter().map(|push| push.envelope.len()).sum();
        if self.held.len() >= count || held + push.envelope.len() > bytes {
            return Err((RejectCode::NotOpen, Retry::AfterMs(1_000)));
        }
        self.held.push_back(push);
        Ok(())
    }

    /// It takes in a snapshot first.
    pub(super) fn feed(&mut self, manifest: EnvelopeHash, covers: Seq) {
        self.stream = Stream::Base;
        self.feeding = Some(Feeding {
            manifest,
            covers,
            registers: Registers::After(None),
            wanted: VecDeque::new(),
            reading: 0,
        });
    }

    /// It gets parts of a snapshot while the stream goes on.
    pub(super) fn feed_beside(&mut self, manifest: EnvelopeHash) {
        let other = |it: &Feeding| it.manifest != manifest;
        if self.stream != Stream::Base && self.feeding.as_ref().is_none_or(other) {
            self.feeding = Some(Feeding {
                manifest,
                covers: Seq(0),
                registers: Registers::Sent,
                wanted: VecDeque::new(),
                reading: 0,
            });
        }
    }

    /// Where the stream goes on if this is the snapshot that it takes in.
    pub(super) fn fed_with(&self, manifest: &EnvelopeHash) -> Option<Seq> {
        let feeding = self
            .feeding
            .as_ref()
            .filter(|_| self.stream == Stream::Base)?;
        (feeding.manifest == *manifest).then_some(feeding.covers)
    }

    /// A part of that snapshot is wanted.
    pub(super) fn want_part(&mut self, wanted: &PartWanted) -> Result<(), TooManyParts> {
        let Some(feeding) = &mut self.feeding else {
            return Ok(());
        };
        if feeding.manifest != wanted.manifest {
            return Ok(());
        }
        if feeding.wanted.len() + feeding.reading >= PARTS_WANTED {
            return Err(TooManyParts);
        }
        feeding.wanted.push_back(wanted.index);
        Ok(())
    }

    /// Sends a part that the log has answered.
    pub(super) fn send_part(
        &mut self,
        desk: &mut Desk,
        at: Address,
        wanted: PartWanted,
        bytes: Bytes,
    ) {
        let Some(feeding) = &mut self.feeding else {
            return;
        };
        feeding.reading = feeding.reading.saturating_sub(1);
        let PartWanted { manifest, index } = wanted;
        desk.send(
            at,
            &Message::Part(Part {
                manifest,
                index,
                bytes,
            }),
        );
    }

    /// Sends registers and asks the log for parts, as far as there is room.
    fn pump_base(&mut self, desk: &mut Desk, at: Address, board: BoardId, all: &RegisterSet) {
        let Some(feeding) = &mut self.feeding else {
            return;
        };
        loop {
            let room = desk
                .queued(at.conn)
                .is_some_and(|queued| queued <= desk.limits.buffer / 2);
            if !room {
                return;
            }
            if let Registers::After(last) = feeding.registers {
                match all.after(last.as_ref()) {
                    Some((slot, register)) => {
                        feeding.registers = Registers::After(Some(*slot));
                        let envelope = register.bytes().clone();
                        desk.send(at, &Message::Register(Register { envelope }));
                    }
                    None => feeding.registers = Registers::Sent,
                }
                continue;
            }
            if feeding.reading >= PARTS_READ {
                return;
            }
            let Some(index) = feeding.wanted.pop_front() else {
                return;
            };
            feeding.reading += 1;
            let manifest = feeding.manifest;
            desk.read_part(board, at, PartWanted { manifest, index });
        }
    }

    /// Whether it still has to read what the log is about to let go of: everything before a place, and every snapshot
    /// but one.
    pub(super) fn needs_before(&self, start: Seq, newest: &EnvelopeHash) -> bool {
        match (self.stream, &self.feeding) {
            (Stream::Behind | Stream::Reading, _) => self.sent < start,
            (Stream::Base, Some(feeding)) => feeding.manifest != *newest,
            (Stream::Opening | Stream::Checking | Stream::Base | Stream::Live, _) => false,
        }
    }

    /// An envelope of that role came from here and was stored.
    pub(super) fn has_written(&mut self, role: Role) {
        let wrote = match role {
            Role::Facilitator => Wrote::AsFacilitator,
            Role::Participant => Wrote::AsParticipant,
            Role::Observer => Wrote::Nothing,
        };
        self.wrote = self.wrote.max(wrote);
    }

    /// The stream starts behind `from`; gives what was pushed before.
    pub(super) fn start(&mut self, from: Seq) -> Held {
        self.feeding = None;
        self.sent = from;
        self.stream = Stream::Behind;
        std::mem::take(&mut self.held)
    }

    /// See `Board::pump`.
    pub(super) fn pump(
        &mut self,
        desk: &mut Desk,
        at: Address,
        board: BoardId,
        head: Seq,
        registers: &RegisterSet,
    ) {
        self.pump_entries(desk, at, board, head);
        self.pump_base(desk, at, board, registers);
    }

    fn pump_entries(&mut self, desk: &mut Desk, at: Address, board: BoardId, head: Seq) {
        if self.stream != Stream::Behind {
            return;
        }
        if self.sent >= head {
            self.stream = Stream::Live;
            if !std::mem::replace(&mut self.caught_up, true) {
                desk.send(at, &Message::CaughtUp(CaughtUp {}));
            }
            return;
        }
        let room = desk
            .queued(at.conn)
            .is_some_and(|queued| queued <= desk.limits.buffer / 2);
        if room {
            self.stream = Stream::Reading;
            let (after, max_bytes) = (self.sent, desk.limits.read_bytes);
            desk.read(Purpose::Stream(board, at), |ticket| Read {
                ticket,
                board,
                after,
                max_bytes,
            });
        }
    }

    /// Sends what the log answered.
    pub(super) fn take_entries(&mut self, desk: &mut Desk, at: Address, entries: Vec<Entry>) {
        for entry in entries {
            if entry.seq <= self.sent {
                continue;
            }
            let item = self.item(&entry);
            desk.tally.items_from_log += 1;
            desk.send(at, &Message::Item(item));
            self.sent = entry.seq;
        }
        self.stream = Stream::Behind;
    }

    fn item(&self, entry: &Entry) -> Item {
        Item {
            seq: entry.seq,
            prev: self.sent,
            chain: entry.chain,
            envelope: entry.envelope.clone(),
        }
    }

    /// Sends the log's new end if the stream is live and has room; otherwise it is read from the log later.
    pub(super) fn publish(
        &mut self,
        desk: &mut Desk,
        at: Address,
        board: BoardId,
        entry: &Entry,
        own: Option<PushRef>,
        made: &mut BTreeMap<(Channel, Seq), Bytes>,
    ) {
        if self.stream != Stream::Live || entry.seq <= self.sent {
            return;
        }
        let size = if own.is_some() {
            0
        } else {
            entry.envelope.len()
        };
        let fits = desk
            .queued(at.conn)
            .is_some_and(|queued| queued + size <= desk.limits.buffer);
        if !fits {
            self.stream = Stream::Behind;
            return self.pump_entries(desk, at, board, entry.seq);
        }
        let bytes = match own {
            Some(reference) => {
                let (seq, prev, chain) = (entry.seq, self.sent, entry.chain);
                wire::encode(
                    at.channel,
                    &Message::Own(Own {
                        reference,
                        seq,
                        prev,
                        chain,
                    }),
                )
                .into()
            }
            None => made
                .entry((at.channel, self.sent))
                .or_insert_with(|| wire::encode_item(at.channel, self.item(entry)))
                .clone(),
        };
        self.sent = entry.seq;
        desk.tally.items_live += 1;
        desk.send_bytes(at.conn, bytes);
    }
}
