//! What every board of the relay shares: connections, requests to the log, and the outputs of this step.

use std::collections::{BTreeMap, BTreeSet};

use super::rate::Bucket;
use super::types::{
    Append, Appended, ConnId, Load, PutPart, Read, ReadPart, RelayEvent, RelayLimits, RelayOutput,
    Tally, Ticket,
};
use crate::ids::{BoardId, EnvelopeHash};
use crate::sync::wire::{
    self, Bytes, Channel, Close, CloseCode, Message, PartWanted, PushRef, Reject, RejectCode, Retry,
};
use crate::time::{Monotonic, Now};

/// One board on one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Address {
    pub(super) conn: ConnId,
    pub(super) channel: Channel,
}

/// A connection.
#[derive(Debug)]
pub(super) struct Conn {
    pub(super) greeted: Greeted,
    /// What it was given to sign.
    pub(super) challenge: [u8; 32],
    pub(super) channels: BTreeMap<Channel, BoardId>,
    /// Channels that have ended; what still comes for them is dropped.
    pub(super) ended: BTreeSet<Channel>,
    /// Bytes handed out that have not left the process.
    pub(super) queued: usize,
    pub(super) heard: Monotonic,
    pub(super) messages: Bucket,
    pub(super) bytes: Bucket,
    pub(super) presence: Bucket,
}

/// Whether `Hello` has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Greeted {
    No,
    Yes,
}

/// What an answer of the log is for.
#[derive(Debug)]
pub(super) enum Purpose {
    Load(BoardId),
    /// After a failed append: what the log holds may not be what is remembered.
    Reload(BoardId),
    Append(Box<Pushed>),
    /// The next entries of a stream.
    Stream(BoardId, Address),
    /// The entry at a position that a client wants to go on from.
    Check(BoardId, Address),
    /// The entry at the place up to which a snapshot stands for the log.
    Covers(BoardId),
    /// A part of a snapshot on its way into the log.
    PutPart(BoardId, EnvelopeHash, u16),
    /// A part of the snapshot that a stream starts with.
    ReadPart(BoardId, Address, PartWanted),
}

/// A push on its way to the disk.
#[derive(Debug)]
pub(super) struct Pushed {
    pub(super) board: BoardId,
    pub(super) from: Address,
    pub(super) reference: PushRef,
    pub(super) envelope: crate::seal::Verified,
    /// Whether the pusher gets it back without its bytes.
    pub(super) as_own: bool,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) limits: RelayLimits,
    pub(super) now: Now,
    pub(super) conns: BTreeMap<ConnId, Conn>,
    pub(super) purposes: BTreeMap<Ticket, Purpose>,
    pub(super) appending: usize,
    pub(super) tally: Tally,
    /// Streams whose connection or channel ended in this step.
    gone: Vec<(Address, BoardId)>,
    next_ticket: u64,
    out: Vec<RelayOutput>,
}

impl Desk {
    pub(super) fn new(limits: RelayLimits) -> Self {
        Self {
            limits,
            now: Now::default(),
            conns: BTreeMap::new(),
            purposes: BTreeMap::new(),
            appending: 0,
            tally: Tally::default(),
            gone: Vec::new(),
            next_ticket: 1,
            out: Vec::new(),
        }
    }

    pub(super) fn take_outputs(&mut self) -> Vec<RelayOutput> {
        std::mem::take(&mut self.out)
    }

    pub(super) fn event(&mut self, event: RelayEvent) {
        self.out.push(RelayOutput::Event(event));
    }

    fn ticket(&mut self, purpose: Purpose) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        self.purposes.insert(ticket, purpose);
        ticket
    }

    pub(super) fn load(&mut self, board: BoardId, purpose: Purpose) {
        let ticket = self.ticket(purpose);
        self.out.push(RelayOutput::Load(Load { ticket, board }));
    }

    pub(super) fn read(&mut self, purpose: Purpose, read: impl FnOnce(Ticket) -> Read) {
        let ticket = self.ticket(purpose);
        self.out.push(RelayOutput::Read(read(ticket)));
    }

    pub(super) fn put_part(&mut self, purpose: Purpose, put: impl FnOnce(Ticket) -> PutPart) {
        let ticket = self.ticket(purpose);
        self.out.push(RelayOutput::PutPart(put(ticket)));
    }

    pub(super) fn read_part(&mut self, board: BoardId, at: Address, wanted: PartWanted) {
        let ticket = self.ticket(Purpose::ReadPart(board, at, wanted));
        self.out.push(RelayOutput::ReadPart(ReadPart {
            ticket,
            board,
            manifest: wanted.manifest,
            index: wanted.index,
        }));
    }

    pub(super) fn push_output(&mut self, output: RelayOutput) {
        self.out.push(output);
    }

    /// What a connection was given to sign; none if it is gone.
    pub(super) fn challenge(&self, conn: ConnId) -> Option<[u8; 32]> {
        self.conns.get(&conn).map(|conn| conn.challenge)
    }

    pub(super) fn append(&mut self, pushed: Pushed, append: impl FnOnce(Ticket) -> Append) {
        self.appending += 1;
        let ticket = self.ticket(Purpose::Append(Box::new(pushed)));
        self.out.push(RelayOutput::Append(append(ticket)));
    }

    /// What the answered request was for; none for an answer that was not asked for.
    pub(super) fn purpose(&mut self, ticket: Ticket) -> Option<Purpose> {
        let purpose = self.purposes.remove(&ticket);
        if matches!(purpose, Some(Purpose::Append(_))) {
            self.appending = self.appending.saturating_sub(1);
        }
        purpose
    }

    /// Sends bytes; a peer that takes nothing and asks for ever more is cut off.
    pub(super) fn send_bytes(&mut self, conn: ConnId, bytes: Bytes) {
        let Some(state) = self.conns.get_mut(&conn) else {
            return;
        };
        state.queued = state.queued.saturating_add(bytes.len());
        let full = state.queued > self.limits.buffer.saturating_mul(4);
        self.out.push(RelayOutput::Send(conn, bytes));
        if full {
            self.forget_and_close(conn, CloseCode::TooMany);
        }
    }

    pub(super) fn send(&mut self, to: Address, message: &Message) {
        self.send_bytes(to.conn, wire::encode(to.channel, message).into());
    }

    pub(super) fn reject(
        &mut self,
        to: Address,
        reference: PushRef,
        code: RejectCode,
        retry: Retry,
    ) {
        self.event(RelayEvent::Rejected {
            conn: to.conn,
            code,
        });
        let reject = Reject {
            reference,
            code,
            retry,
        };
        self.send(to, &Message::Reject(reject));
    }

    /// Ends one channel.
    pub(super) fn close_channel(
        &mut self,
        at: Address,
        code: CloseCode,
        retry_after_ms: Option<u32>,
    ) {
        self.end_channel(at);
        self.send(
            at,
            &Message::Close(Close {
                code,
                retry_after_ms,
            }),
        );
    }

    /// Remembers that a channel has ended, so that its stream is let go of.
    pub(super) fn end_channel(&mut self, at: Address) {
        let Some(conn) = self.conns.get_mut(&at.conn) else {
            return;
        };
        conn.ended.insert(at.channel);
        if let Some(board) = conn.channels.remove(&at.channel) {
            self.gone.push((at, board));
        }
    }

    /// Forgets a connection.
    pub(super) fn forget(&mut self, conn: ConnId) {
        let channels = self
            .conns
            .remove(&conn)
            .map(|conn| conn.channels)
            .unwrap_or_default();
        let gone = channels
            .into_iter()
            .map(|(channel, board)| (Address { conn, channel }, board));
        self.gone.extend(gone);
    }

    /// The streams that ended in this step.
    pub(super) fn take_gone(&mut self) -> Vec<(Address, BoardId)> {
        std::mem::take(&mut self.gone)
    }

    /// Ends a connection with a word.
    pub(super) fn close(&mut self, conn: ConnId, code: CloseCode, retry_after_ms: Option<u32>) {
        let message = Message::Close(Close {
            code,
            retry_after_ms,
        });
        let bytes = wire::encode(Channel::CONNECTION, &message).into();
        self.out.push(RelayOutput::Send(conn, bytes));
        self.forget_and_close(conn, code);
    }

    fn forget_and_close(&mut self, conn: ConnId, code: CloseCode) {
        self.forget(conn);
        self.out.push(RelayOutput::Close(conn, code));
    }

    pub(super) fn misbehaved(&mut self, conn: ConnId, reason: String) {
        self.event(RelayEvent::Misbehaved { conn, reason });
        self.close(conn, CloseCode::Protocol, None);
    }

    /// How full the way to a connection is; none if it is gone.
    pub(super) fn queued(&self, conn: ConnId) -> Option<usize> {
        self.conns.get(&conn).map(|conn| conn.queued)
    }
}

/// The place of an appended envelope.
pub(super) const fn place(appended: Appended) -> crate::ids::Seq {
    match appended {
        Appended::Stored { seq, .. } | Appended::Duplicate { seq } => seq,
    }
}
