//! The relay of a simulated world: the real core over the log, with a disk that takes its time.

use samsyn_shared::ids::BoardId;
use samsyn_shared::sync::relay::{
    Append, ForgetParts, Load, LogFailure, PutPart, Read, ReadPart, RelayCore, RelayInput,
    RelayLimits,
};

use super::log::{Disk, Log};

/// A request that waits for the log.
#[derive(Clone, Debug)]
pub enum Request {
    /// What the log has of a board.
    Load(Load),
    /// Entries to keep.
    Append(Append),
    /// Entries to give back.
    Read(Read),
    /// A part of a snapshot to keep.
    PutPart(PutPart),
    /// A part of a snapshot to give back.
    ReadPart(ReadPart),
    /// Parts of a snapshot that did not come about.
    ForgetParts(ForgetParts),
    /// All generations of a board but the newest may go.
    Retire(BoardId),
}

/// See the module.
pub struct Relay {
    /// None while it is down.
    pub(super) core: Option<RelayCore>,
    pub(super) log: Log,
    pub(super) limits: RelayLimits,
    /// Counts restarts and changes of the disk.
    pub(super) life: u64,
    pub(super) backup: Option<Disk>,
    pub(super) tick_at: Option<u64>,
    /// Answers that wait for the next flush.
    pub(super) unflushed: Vec<RelayInput>,
    pub(super) failures: Failures,
}

/// Whether the log does what it is asked at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failures {
    /// It does.
    None,
    /// The next append fails.
    Append,
    /// The next look at what there is of a board fails.
    Load,
    /// The next reading of entries fails.
    Read,
}

impl Relay {
    /// A relay that runs over an empty log.
    #[must_use]
    pub fn new(limits: RelayLimits) -> Self {
        Self {
            core: Some(RelayCore::new(limits)),
            log: Log::default(),
            limits,
            life: 0,
            backup: None,
            tick_at: None,
            unflushed: Vec::new(),
            failures: Failures::None,
        }
    }

    /// Carries a request out. Appends are answered after the next flush, and so is what was asked after them.
    pub fn carry_out(&mut self, step: u64, request: Request) -> Option<RelayInput> {
        let failure = LogFailure::Failed("disk full".into());
        let answer = match request {
            Request::Load(load) if self.fails(Failures::Load) => {
                RelayInput::Loaded(load.ticket, Err(failure))
            }
            Request::Read(read) if self.fails(Failures::Read) => {
                return Some(RelayInput::Entries(read.ticket, Err(failure)));
            }
            Request::Append(append) if self.fails(Failures::Append) => {
                RelayInput::Appended(append.ticket, Err(failure))
            }
            Request::Load(load) => RelayInput::Loaded(load.ticket, Ok(self.log.load(load.board))),
            Request::Read(read) => {
                return Some(RelayInput::Entries(read.ticket, Ok(self.log.read(&read))));
            }
            Request::Append(append) => {
                RelayInput::Appended(append.ticket, self.log.append(step, &append))
            }
            Request::PutPart(put) => {
                self.log.put_part(&put);
                return Some(RelayInput::PartStored(put.ticket, Ok(())));
            }
            Request::ReadPart(read) => {
                return Some(RelayInput::PartRead(read.ticket, Ok(self.log.part(&read))));
            }
            Request::ForgetParts(forget) => {
                self.log.forget_parts(&forget);
                return None;
            }
            Request::Retire(board) => {
                self.log.retire(&board);
                return None;
            }
        };
        if self.unflushed.is_empty() && matches!(answer, RelayInput::Loaded(..)) {
            return Some(answer);
        }
        self.unflushed.push(answer);
        None
    }

    /// Whether this is what fails; it does so once.
    fn fails(&mut self, what: Failures) -> bool {
        let fails = self.failures == what;
        if fails {
            self.failures = Failures::None;
        }
        fails
    }

    /// The answers that waited for the flush.
    pub fn flush(&mut self) -> Vec<RelayInput> {
        self.log.flush();
        std::mem::take(&mut self.unflushed)
    }

    /// The process is gone, and what it had not flushed.
    pub fn kill(&mut self) {
        self.core = None;
        self.unflushed.clear();
        self.log.crash();
        self.life += 1;
    }

    /// The process runs again, if it did not.
    pub fn start(&mut self) {
        if self.core.is_none() {
            self.core = Some(RelayCore::new(self.limits));
        }
    }

    /// Puts an entry into the log that no honest relay would take.
    pub fn smuggle(&mut self, board: BoardId, envelope: Vec<u8>) -> bool {
        let hash = samsyn_shared::seal::envelope_hash(&envelope);
        self.log.smuggle(board, hash, envelope.into())
    }
}
