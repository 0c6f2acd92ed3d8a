//! What goes into the worker's host and comes out of it: everything between its logic and the browser.

use samsyn_shared::board::Draft;
use samsyn_shared::ids::{BoardId, ChangeHash};
use samsyn_shared::sync::session::{ChunkState, FinalSnapshot, Frontier, OutboxEntry};

use crate::core::messages::{FromWorker, StorageFailure, ToWorker};
use crate::worker::glimpse::Glance;
use crate::worker::lease::{Claim, Claimed, Lease};
use crate::worker::rows::BoardRow;
use crate::worker::tabs::TabMessage;
use crate::worker::writes::{Guard, Outcome, Write};

/// Names one connection attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId(pub u64);

/// What happened on a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SocketEvent {
    /// It is open.
    Opened,
    /// It is gone, or could not be opened.
    Closed,
    /// A binary message.
    Frame(Vec<u8>),
}

/// What is stored of a board, read in one transaction with the claim on its lease.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Who holds the lease.
    pub lease: Claimed,
    /// The board's own row.
    pub row: Option<BoardRow>,
    /// Chunks with their state, in no particular order.
    pub chunks: Vec<StoredBytes>,
    /// Where the relay's log was left.
    pub frontier: Option<Frontier>,
    /// Batches on their way.
    pub outbox: Vec<OutboxEntry>,
    /// Envelopes of registers.
    pub registers: Vec<Vec<u8>>,
    /// The snapshot that the board was finished with.
    pub final_snapshot: Option<FinalSnapshot>,
    /// Drafts of an earlier run.
    pub drafts: Vec<Draft>,
    /// Whether rows could not be read; they are left as they are.
    pub trouble: Option<StorageFailure>,
}

/// A chunk as it was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBytes {
    /// Its key.
    pub hash: ChangeHash,
    /// The raw chunk.
    pub bytes: Vec<u8>,
    /// What became of it.
    pub state: ChunkState,
}

/// Something that happened to the worker.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The page says something.
    Page(ToWorker),
    /// The database was opened, or cannot be.
    Database(Result<(), StorageFailure>),
    /// The answer to `Output::List`.
    Listed(Result<Vec<(BoardId, BoardRow)>, StorageFailure>),
    /// The answer to `Output::Glance`; none if nothing is kept.
    Glanced(BoardId, Option<Box<Glance>>),
    /// The answer to `Output::Load`.
    Loaded(BoardId, Result<Box<Stored>, StorageFailure>),
    /// The answer to `Output::Look`.
    Looked(BoardId, Result<Option<Lease>, StorageFailure>),
    /// The answer to `Output::Write`.
    Written(Outcome),
    /// Something happened on a socket.
    Socket(SocketId, SocketEvent),
    /// Another tab says something.
    Tab(TabMessage),
    /// The time that `next_wake` asked for has come.
    Tick,
}

/// Something for the browser to do, in the order given.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Say this to the page.
    Page(FromWorker),
    /// Read the boards' own rows; answer `Listed`.
    List,
    /// Read what is kept of a board to be shown at once; answer `Glanced`.
    Glance(BoardId),
    /// Keep this to be shown at once next time, if the lease says this. Nothing waits for it, and it may be lost.
    KeepView(Guard, Vec<u8>),
    /// Claim a board's lease and read all that is stored of the board, in one transaction; answer `Loaded`.
    Load(BoardId, Claim),
    /// Read a board's lease, and renew it if this tab holds it; answer `Looked`.
    Look(BoardId),
    /// Run this transaction; answer `Written`. One at a time.
    Write(Write),
    /// Open a socket to this address; answer with its events.
    Connect(SocketId, String),
    /// Send a binary message.
    Send(SocketId, Vec<u8>),
    /// Close a socket; no further event of it is wanted.
    Close(SocketId),
    /// Say this to the other tabs.
    Tabs(TabMessage),
}
