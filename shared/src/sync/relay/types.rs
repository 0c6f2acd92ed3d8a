//! What goes into a relay's core and comes out of it. The log behind it answers later; nothing here blocks.

use crate::ids::{BoardId, Chain, EnvelopeHash, Epoch, Seq, Slot};
use crate::sync::wire::{self, Bytes, CloseCode, Keys};

/// One connection; the host counts them up and uses none twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u64);

/// Names one request to the log; its answer carries it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// Something that happened to the relay.
#[derive(Clone, Debug, PartialEq)]
pub enum RelayInput {
    /// A websocket is open.
    Connected(ConnId),
    /// A binary message arrived. The host takes no frame over `wire::MAX_FRAME`.
    Frame(ConnId, Vec<u8>),
    /// So many bytes of what was sent to the connection have left this process. The last few may stay unreported, as
    /// long as they are few beside the buffers of `RelayLimits`.
    Flushed(ConnId, usize),
    /// The connection is gone.
    Closed(ConnId),
    /// The answer to `Load`.
    Loaded(Ticket, Result<Option<BoardRecord>, LogFailure>),
    /// The answer to `Append`.
    Appended(Ticket, Result<Appended, LogFailure>),
    /// The answer to `Read`.
    Entries(Ticket, Result<Vec<Entry>, LogFailure>),
    /// The answer to `PutPart`.
    PartStored(Ticket, Result<(), LogFailure>),
    /// The answer to `ReadPart`; none if it is not there.
    PartRead(Ticket, Result<Option<Bytes>, LogFailure>),
    /// The time that `next_wake` asked for has come. Harmless at any other time.
    Tick,
    /// The process is about to stop: take nothing new, finish what is on its way, close with a reason.
    Stop,
}

/// What the host has to do, in the order given.
#[derive(Clone, Debug, PartialEq)]
pub enum RelayOutput {
    /// Bytes for a connection. Sent or dropped, they are reported with `Flushed`.
    Send(ConnId, Bytes),
    /// Close a connection once what was sent to it has left.
    Close(ConnId, CloseCode),
    /// Ask the log for a board.
    Load(Load),
    /// Ask the log to append. Requests of one board are carried out in the order given.
    Append(Append),
    /// Ask the log for entries.
    Read(Read),
    /// Ask the log to keep a part of a snapshot that is on its way.
    PutPart(PutPart),
    /// Ask the log for a part of a snapshot.
    ReadPart(ReadPart),
    /// A snapshot did not come about: its parts may go. No answer.
    ForgetParts(ForgetParts),
    /// Of the board's generations only the newest is needed from now on. No answer.
    Retire(BoardId),
    /// Something worth a line in the log.
    Event(RelayEvent),
}

/// Asks what the log knows of a board, after all that was asked before of that board. Answer: `Loaded`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load {
    /// Comes back with the answer.
    pub ticket: Ticket,
    /// The board.
    pub board: BoardId,
}

/// What the log knows of a board without its entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardRecord {
    /// The log's life.
    pub epoch: Epoch,
    /// The board's verify keys, proved by its id.
    pub keys: Keys,
    /// The last entry on the disk; 0 before the first.
    pub head: Seq,
    /// The chain there; zeros before the first.
    pub chain: Chain,
    /// Bytes of all envelopes after what the newest generation covers.
    pub bytes: u64,
    /// What a stream can start with, the oldest first: one, or two while the newest is not confirmed.
    pub generations: Vec<Generation>,
    /// The newest register of each slot, verbatim, in any order.
    pub registers: Vec<Bytes>,
}

/// What a stream can start with: a snapshot, and all entries after what it covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generation {
    /// The last entry that the snapshot covers; 0 without one.
    pub covers: Seq,
    /// The chain there.
    pub chain: Chain,
    /// None if the stream starts with the first entry.
    pub snapshot: Option<Snapshot>,
}

impl Generation {
    /// The one that starts with the first entry.
    #[must_use]
    pub const fn first() -> Self {
        Self {
            covers: Seq(0),
            chain: wire::CHAIN_ZERO,
            snapshot: None,
        }
    }
}

/// A snapshot that the log holds with all its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The envelope that lists its parts.
    pub manifest: Bytes,
    /// Bytes of its parts.
    pub bytes: u64,
}

/// Asks for one envelope at the end of a board's log. Answer: `Appended`, once it is on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// Comes back with the answer.
    pub ticket: Ticket,
    /// The board.
    pub board: BoardId,
    /// What to make the board's log with, should there be none. Never changes an existing one.
    pub epoch: Epoch,
    /// As `epoch`.
    pub keys: Keys,
    /// Hash of the envelope: the log holds no hash twice on a board and answers with where it is already.
    pub hash: EnvelopeHash,
    /// The envelope, verbatim.
    pub envelope: Bytes,
    /// What it is to the log beyond an entry.
    pub place: Place,
}

/// What an envelope is to the log, if it is `Stored`, in the same transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// An entry and nothing else.
    Stream,
    /// The newest register of its slot.
    Register(Slot),
    /// The start of a new generation; all its parts have been stored. Of two generations that were there before, the
    /// newer makes room for it. From now on the log calls nothing a duplicate that it has at or before `covers`.
    Snapshot {
        /// The last entry that it covers.
        covers: Seq,
        /// The chain there.
        chain: Chain,
    },
}

/// Asks to keep a part of a snapshot. It need not be on the disk before the snapshot is. Answer: `PartStored`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutPart {
    /// Comes back with the answer.
    pub ticket: Ticket,
    /// The board.
    pub board: BoardId,
    /// The envelope that lists it.
    pub manifest: EnvelopeHash,
    /// Its place there.
    pub index: u16,
    /// The part; at most `seal::snapshot::MAX_SEALED_PART`.
    pub bytes: Bytes,
}

/// Asks for a part of a snapshot. Answer: `PartRead`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadPart {
    /// Comes back with the answer.
    pub ticket: Ticket,
    /// The board.
    pub board: BoardId,
    /// The envelope that lists it.
    pub manifest: EnvelopeHash,
    /// Its place there.
    pub index: u16,
}

/// Lets the parts of a snapshot go; without effect if it is in a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForgetParts {
    /// The board.
    pub board: BoardId,
    /// The envelope that lists them.
    pub manifest: EnvelopeHash,
}

/// Where an envelope is in the log; on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// It is the newest entry.
    Stored {
        /// Its place; greater than that of the entry before it.
        seq: Seq,
        /// The chain with it: `wire::chain_after` of the chain before.
        chain: Chain,
    },
    /// The log had it already, after what the newest generation covers.
    Duplicate {
        /// Its place.
        seq: Seq,
    },
}

/// Asks for entries after a place, in order, all of them on the disk. Answer: `Entries`; empty at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// Comes back with the answer.
    pub ticket: Ticket,
    /// The board.
    pub board: BoardId,
    /// Only entries with a greater seq.
    pub after: Seq,
    /// Stop after the first entry with which the envelopes come to so many bytes.
    pub max_bytes: usize,
}

/// One entry of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place.
    pub seq: Seq,
    /// The chain with it.
    pub chain: Chain,
    /// The envelope, verbatim.
    pub envelope: Bytes,
}

/// The log could not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogFailure {
    /// It did not work this time (disk full, timeout): nothing was stored.
    #[error("the log failed: {0}")]
    Failed(String),
    /// What is stored cannot be read.
    #[error("the log is damaged: {0}")]
    Damaged(String),
}

/// Something worth a line in the log or a number in the metrics; never contents or secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RelayEvent {
    /// A push was refused.
    Rejected {
        /// By whom it came.
        conn: ConnId,
        /// Why.
        code: crate::sync::wire::RejectCode,
    },
    /// A connection broke the protocol and is closed.
    Misbehaved {
        /// Which.
        conn: ConnId,
        /// How.
        reason: String,
    },
    /// The log failed.
    Log(LogFailure),
    /// A board is in memory from now on.
    BoardOpened(BoardId),
    /// Nobody has the board open: it is out of memory.
    BoardReleased(BoardId),
}

/// What has been passed on; plain sums that say nothing of who or what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Entries sent to who was at the end of the log.
    pub items_live: u64,
    /// Entries sent to who was catching up.
    pub items_from_log: u64,
    /// Presence frames sent on, once for each who got one.
    pub presence_passed: u64,
    /// Presence frames not taken: too many or too long.
    pub presence_refused: u64,
    /// Presence frames not sent on to somebody who is slow.
    pub presence_dropped: u64,
}

/// What a relay takes. The default is right for a laptop that serves a hall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelayLimits {
    /// Bytes of one envelope.
    pub envelope: usize,
    /// Bytes of all envelopes of a board.
    pub board_bytes: u64,
    /// Boards open at a time, of all connections.
    pub boards: usize,
    /// Connections.
    pub connections: usize,
    /// Boards open on one connection.
    pub boards_per_connection: usize,
    /// Register slots of a board.
    pub registers: usize,
    /// Pushes of one channel that are not answered yet.
    pub in_flight: usize,
    /// Bytes of pushes that wait for their board to be loaded, per channel.
    pub waiting_bytes: usize,
    /// Bytes on their way to one connection beyond which live items are dropped and read from the log later.
    pub buffer: usize,
    /// Bytes on their way to one connection beyond which presence is dropped.
    pub presence_buffer: usize,
    /// Bytes asked from the log at a time for one stream.
    pub read_bytes: usize,
    /// Pushed bytes per second of one connection, on average.
    pub bytes_per_second: u64,
    /// Pushed bytes that may come at once.
    pub bytes_burst: u64,
    /// Messages per second of one connection, on average.
    pub messages_per_second: u64,
    /// Messages that may come at once.
    pub messages_burst: u64,
    /// Presence frames per second of one connection.
    pub presence_per_second: u64,
    /// Pushed bytes per second of one board, on average.
    pub board_bytes_per_second: u64,
    /// Pushed bytes of one board that may come at once.
    pub board_bytes_burst: u64,
    /// A connection unheard of for so many milliseconds is closed.
    pub silence: u64,
    /// When boards are asked for snapshots.
    pub compaction: Compaction,
}

/// When a board's log is cut off at a snapshot. Bytes are of envelopes and parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compaction {
    /// At once, when so many bytes have come after the last snapshot ...
    pub urgent_bytes: u64,
    /// ... and they are so many times the snapshot.
    pub urgent_times: u64,
    /// When nobody has written for `quiet`, when so many bytes have come after the last snapshot ...
    pub leisure_bytes: u64,
    /// ... and they are at least one `leisure_share`th of the snapshot.
    pub leisure_share: u64,
    /// Milliseconds without a push after which a board is quiet.
    pub quiet: u64,
    /// Milliseconds that a client has for each next step of a snapshot.
    pub patience: u64,
    /// Milliseconds between two looks at a board.
    pub every: u64,
}

impl Default for Compaction {
    fn default() -> Self {
        Self {
            urgent_bytes: 512 << 10,
            urgent_times: 2,
            leisure_bytes: 32 << 10,
            leisure_share: 8,
            quiet: 10_000,
            patience: 45_000,
            every: 5_000,
        }
    }
}

impl Default for RelayLimits {
    fn default() -> Self {
        Self {
            envelope: crate::sync::wire::MAX_ENVELOPE,
            board_bytes: 64 << 20,
            boards: 2_000,
            connections: 10_000,
            boards_per_connection: 8,
            registers: 4_096,
            in_flight: 64,
            waiting_bytes: 2 << 20,
            buffer: 512 << 10,
            presence_buffer: 64 << 10,
            read_bytes: 256 << 10,
            bytes_per_second: 256 << 10,
            bytes_burst: 16 << 20,
            messages_per_second: 100,
            messages_burst: 1_000,
            presence_per_second: 12,
            board_bytes_per_second: 2 << 20,
            board_bytes_burst: 64 << 20,
            silence: 60_000,
            compaction: Compaction::default(),
        }
    }
}
