//! One client's stream of one board: live while it keeps up, fed from the log when it does not.

use std::collections::BTreeMap;

use super::admit::Refusal;
use super::board::Held;
use super::desk::{Address, Desk, Purpose};
use super::types::{Entry, Read};
use crate::ids::{BoardId, Seq};
use crate::sync::wire::{
    self, Bytes, CaughtUp, Channel, Item, Message, Open, Own, Push, PushRef, RejectCode, Retry,
};

/// How a stream is fed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    /// It waits for the log's answer about the board, or for the board's keys.
    Opening,
    /// Its position is compared with the log.
    Checking,
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
    held: Held,
    asked: Asked,
    caught_up: bool,
}

impl Subscriber {
    pub(super) fn new(open: Open) -> Self {
        Self {
            open,
            stream: Stream::Opening,
            sent: Seq(0),
            in_flight: 0,
            held: Held::new(),
            asked: Asked::No,
            caught_up: false,
        }
    }

    pub(super) fn is_streaming(&self) -> bool {
        match self.stream {
            Stream::Opening | Stream::Checking => false,
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

    /// The stream starts behind `from`; gives what was pushed before.
    pub(super) fn start(&mut self, from: Seq) -> Held {
        self.sent = from;
        self.stream = Stream::Behind;
        std::mem::take(&mut self.held)
    }

    /// See `Board::pump`.
    pub(super) fn pump(&mut self, desk: &mut Desk, at: Address, board: BoardId, head: Seq) {
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
            return self.pump(desk, at, board, entry.seq);
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
