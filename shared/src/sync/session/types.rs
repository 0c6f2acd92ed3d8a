//! What goes into a session and comes out of it, and what its host keeps for it on disk.

use crate::ids::{Chain, ChangeHash, EnvelopeHash, Epoch, PresenceId, Seq, Slot};
use crate::seal::{BoardKeys, VerifyKeys};
use crate::sync::presence::{Doing, Peer};
use crate::sync::wire::{CloseCode, RejectCode, Retry};
use crate::time::{Monotonic, UnixMillis};

/// How far this device and one relay's log agree. Written in one transaction with the chunks it accounts for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frontier {
    /// The log's life.
    pub epoch: Epoch,
    /// The last entry taken in.
    pub cursor: Seq,
    /// The chain there.
    pub chain: Chain,
    /// The heads of S: the downward-closed set of changes known to be in the log at or before `cursor`.
    pub relay_heads: Vec<ChangeHash>,
    /// Changes in the log at or before `cursor` that are not in S yet: they wait here, or build on what the log lacks.
    /// Without them a batch that the stream has shown already would be pushed again and never come back.
    pub logged: Vec<ChangeHash>,
    /// Something that the cursor has passed is missing here: the next open starts with the first entry.
    pub must_refill: bool,
}

/// A sealed batch or register that has not come back in the stream. Its bytes stay as they are until then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxEntry {
    /// Its key in storage.
    pub hash: EnvelopeHash,
    /// Rising number: entries are pushed in this order.
    pub order: u64,
    /// What it carries.
    pub content: OutboxContent,
    /// The envelope.
    pub bytes: Vec<u8>,
}

/// What an outbox entry carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutboxContent {
    /// Changes, dependencies first.
    Changes(Vec<ChangeHash>),
    /// A register.
    Register(Slot),
}

/// What storage gives back at start. The default is a board that this device sees for the first time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Saved {
    /// The last frontier written.
    pub frontier: Option<Frontier>,
    /// Every outbox entry, in any order.
    pub outbox: Vec<OutboxEntry>,
    /// The newest envelope of each register, in any order.
    pub registers: Vec<Vec<u8>>,
    /// Chunks stored as `Waiting`; the store need not have them yet.
    pub waiting: Vec<Vec<u8>>,
    /// How many chunks are stored as `Held`.
    pub held: u32,
    /// The board's verify keys, if an observer has learnt them.
    pub verify_keys: Option<VerifyKeys>,
    /// The last final snapshot written.
    pub final_snapshot: Option<FinalSnapshot>,
}

/// The snapshot that a board was finished with, sealed: kept so that a relay that lost it gets it back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FinalSnapshot {
    /// The envelope that lists its parts.
    pub envelope: Vec<u8>,
    /// All of them in order; empty until they have come.
    pub parts: Vec<Vec<u8>>,
}

/// What a session is made with.
#[derive(Clone, Debug)]
pub struct SessionConfig {
    /// The device's keys for the board: they say the board and the role.
    pub keys: BoardKeys,
    /// Names this run's presence stream; a fresh one each time.
    pub presence: PresenceId,
    /// Timeouts and sizes.
    pub tuning: Tuning,
}

/// Timeouts in milliseconds, and sizes. The default is right for a room of tablets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tuning {
    /// Ping when nothing was heard or said for so long.
    pub ping_after: u64,
    /// The connection is dead when nothing was heard for so long.
    pub dead_after: u64,
    /// First wait before reconnecting, at most; doubles up to `backoff_max`. The wait is random below that.
    pub backoff_first: u64,
    /// Longest wait before reconnecting.
    pub backoff_max: u64,
    /// After a reset, wait a random time up to this before each batch.
    pub refill_wait: u64,
    /// A device that had to let go of waiting changes reads the log from its first entry after so long; the wait
    /// doubles each time, up to an hour.
    pub reread_after: u64,
    /// Raw change bytes that go into one batch.
    pub batch_bytes: usize,
    /// Changes that go into one batch.
    pub batch_changes: usize,
    /// Batches on the way at a time.
    pub in_flight: usize,
    /// Least time between two presence frames.
    pub presence_gap: u64,
    /// Presence is repeated after so long even if nothing changes.
    pub presence_refresh: u64,
    /// A peer unheard of for so long is gone.
    pub peer_expiry: u64,
    /// While catching up, items are applied in groups of so many changes, and never later than `group_wait`.
    pub group_changes: usize,
    /// Bytes of changes that are applied in one group at most.
    pub group_bytes: usize,
    /// Longest time that an item waits to be applied in a group.
    pub group_wait: u64,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            ping_after: 10_000,
            dead_after: 25_000,
            backoff_first: 500,
            backoff_max: 20_000,
            refill_wait: 3_000,
            reread_after: 30_000,
            batch_bytes: 200 * 1024,
            batch_changes: 2_000,
            in_flight: 8,
            presence_gap: 100,
            presence_refresh: 10_000,
            peer_expiry: 30_000,
            group_changes: 400,
            group_bytes: 512 * 1024,
            group_wait: 100,
        }
    }
}

/// Something that happened to a session.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The socket is open. Answered with everything there is to say in one flight.
    Connected,
    /// The socket is gone, or could not be opened. Answered with `Output::Reconnect`.
    Disconnected,
    /// A binary message from the relay.
    Frame(Vec<u8>),
    /// Several, in order, taken in as one: one `Write`, one `Delta`.
    Frames(Vec<Vec<u8>>),
    /// Changes that this device made, another tab sent or a file brought; the host has them on disk already.
    /// Those that the store does not have yet are given to it.
    LocalChanges(Vec<(ChangeHash, Vec<u8>)>),
    /// The store was changed from outside of the session, by any number of changes: look at all of it again.
    StoreChanged,
    /// What the person is doing; sent as presence if connected, at most ten times a second, the newest wins.
    Presence(Doing),
    /// Presence is off from now on.
    PresenceOff,
    /// A register that this device has sealed or that a file brought: an envelope.
    Register(Vec<u8>),
    /// The facilitator finishes the board: it is paused, what is there is sealed for good, and then it is frozen.
    /// `Status::finishing` says how far that is. Without effect for other roles and on a board that is finished.
    Finish,
    /// The time that `next_wake` asked for has come. Harmless at any other time.
    Tick,
}

/// What the host has to do. In the order given; a `Write` that fails is kept and joined with the next.
#[derive(Clone, Debug, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "a handful a step, moved and never kept"
)]
pub enum Output<Delta> {
    /// A binary message for the relay.
    Send(Vec<u8>),
    /// One storage transaction.
    Write(StoreWrite),
    /// The document changed.
    Delta(Delta),
    /// Registers changed; read them from `Session::registers`.
    Registers(Vec<Slot>),
    /// The others who are here, complete.
    Peers(Vec<Peer>),
    /// The relay does not take something; it stays on this device.
    Rejected(Rejected),
    /// Changes from outside that break the rules: kept apart.
    Held(Vec<HeldChange>),
    /// Envelopes from outside that were not signed by who may, or are damaged: not applied, not kept.
    Refused(Refused),
    /// The peer is not a relay that can be talked to; the connection ends here.
    Misbehaved(Misbehaviour),
    /// Close the socket if there is one, wait so long, connect and say `Connected` or `Disconnected`.
    Reconnect {
        /// Milliseconds.
        after_ms: u64,
    },
    /// The board has too many loose heads to be finished: tie them with `Board::tie_heads`, and tell.
    TieHeads,
    /// The status changed.
    Status(Status),
}

/// One storage transaction: all of it or nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoreWrite {
    /// Chunks by hash; a later state of the same chunk replaces the earlier.
    pub chunks: Vec<StoredChunk>,
    /// Waiting chunks that made room for others: to be removed.
    pub dropped: Vec<ChangeHash>,
    /// The frontier, if it moved.
    pub frontier: Option<Frontier>,
    /// New outbox entries.
    pub outbox_put: Vec<OutboxEntry>,
    /// Outbox entries that came back.
    pub outbox_remove: Vec<EnvelopeHash>,
    /// Registers by slot: the newest envelope, verbatim.
    pub registers: Vec<(Slot, Vec<u8>)>,
    /// The board's verify keys, once learnt.
    pub verify_keys: Option<VerifyKeys>,
    /// The final snapshot, in place of any former one.
    pub final_snapshot: Option<FinalSnapshot>,
}

impl StoreWrite {
    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Joins a later transaction to this one: what a host does with one that failed.
    /// Of one key, what is put comes before what is removed in a transaction, so the later of the two stays alone.
    pub fn append(&mut self, later: Self) {
        self.chunks
            .retain(|chunk| !later.dropped.contains(&chunk.hash));
        self.dropped
            .retain(|hash| later.chunks.iter().all(|chunk| chunk.hash != *hash));
        self.chunks.extend(later.chunks);
        self.dropped.extend(later.dropped);
        self.frontier = later.frontier.or(self.frontier.take());
        self.outbox_put
            .retain(|entry| !later.outbox_remove.contains(&entry.hash));
        self.outbox_remove
            .retain(|hash| later.outbox_put.iter().all(|entry| entry.hash != *hash));
        self.outbox_put.extend(later.outbox_put);
        self.outbox_remove.extend(later.outbox_remove);
        self.registers.extend(later.registers);
        self.verify_keys = later.verify_keys.or(self.verify_keys.take());
        self.final_snapshot = later.final_snapshot.or(self.final_snapshot.take());
    }
}

/// A change chunk for storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredChunk {
    /// Its key: the change's hash, or BLAKE3 of the bytes where the change could not be read.
    pub hash: ChangeHash,
    /// The raw chunk; empty if it is stored already and only its state changes.
    pub bytes: Vec<u8>,
    /// What became of it.
    pub state: ChunkState,
}

/// What became of a stored chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChunkState {
    /// It is in the document.
    Applied,
    /// It waits for what it builds on.
    Waiting,
    /// It breaks the rules and is kept apart.
    Held,
}

/// A push that the relay does not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Why.
    pub code: RejectCode,
    /// What the session will do.
    pub retry: Retry,
    /// The changes that stay here alone for now; none for a register.
    pub changes: Vec<ChangeHash>,
}

/// A change that breaks the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldChange {
    /// Its key in storage.
    pub hash: ChangeHash,
    /// Which rule, in words for a log.
    pub reason: String,
}

/// An envelope from the relay that is not what it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its hash.
    pub hash: EnvelopeHash,
    /// Why, in words for a log.
    pub reason: String,
}

/// How a relay broke the protocol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misbehaviour {
    /// A frame that cannot be read.
    #[error("the relay sent something unreadable: {0}")]
    Unreadable(String),
    /// A message that only clients send, or at a time that it has no meaning.
    #[error("the relay sent message type {0} where it has no place")]
    OutOfPlace(u8),
    /// The stream does not continue where it stopped, again and again.
    #[error("the relay's log does not fit together")]
    BrokenStream,
    /// Keys that do not hash to the board's id.
    #[error("the relay sent keys of another board")]
    WrongKeys,
    /// No common version.
    #[error("the relay speaks another version of the protocol ({0})")]
    Version(u16),
    /// A snapshot, which this version does not take.
    #[error("the relay starts from a snapshot, which this version cannot read")]
    UnexpectedBase,
}

/// How the connection stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkStatus {
    /// None.
    #[default]
    Offline,
    /// Connected, and waiting for the relay to open the board.
    Opening,
    /// The stream is coming in.
    CatchingUp,
    /// The stream has reached the end of the log.
    Online,
}

/// How far this device is with finishing a board.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Finishing {
    /// It is not at it.
    #[default]
    No,
    /// The board is paused, and everything has to arrive first.
    Settling,
    /// What is there is being sealed.
    Sealing,
}

/// What a screen says about a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The connection.
    pub link: LinkStatus,
    /// Changes and registers that the relay is not known to hold on its disk.
    pub unshared: usize,
    /// Changes that came from outside and wait for others.
    pub waiting: usize,
    /// Changes that are held.
    pub held: u32,
    /// On a finished board: changes of this device that came too late for it. They are not among the unshared.
    pub late: usize,
    /// Whether this device is finishing the board.
    pub finishing: Finishing,
    /// Envelopes that were refused in this run.
    pub refused: u32,
    /// Something the relay does not take: why, and what happens next. The newest, until it is settled.
    pub rejected: Option<(RejectCode, Retry)>,
    /// Why the relay closed the board or connection last, if it said so and it is still closed.
    pub closed: Option<CloseCode>,
    /// When everything was last shared, by this device's clock.
    pub last_shared: Option<UnixMillis>,
    /// What to add to this device's wall clock to get the relay's, in milliseconds.
    pub clock_offset: Option<i64>,
}

/// When a session wants `Input::Tick`; none while it only waits for others.
pub type Wake = Option<Monotonic>;
