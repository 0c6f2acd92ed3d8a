//! The group committer: one thread that writes, so that one flush serves the appends of all boards.
//!
//! Boundary: it turns the relay core's requests into calls of the log and the answers into inputs. Its queue is
//! bounded by its user, who takes no new frames while too much is outstanding (`relay`).

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use samsyn_shared::ids::BoardId;
use samsyn_shared::sync::relay::{
    Append, Appended, BoardRecord, Entry, Load, LogFailure, Read, RelayInput,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::log::{self, Log, LogError};
use crate::metrics::Metrics;

/// Most envelopes in one flush: enough for a hall that types, and a bound on how long the first one waits.
const GROUP: usize = 1_024;
/// Most envelope bytes in one flush.
const GROUP_BYTES: usize = 8 << 20;

/// One request that has to be carried out in order.
#[derive(Debug)]
pub enum Job {
    /// Append an envelope.
    Append(Append),
    /// Say what is known of a board.
    Load(Load),
    /// Nobody has the board open any more; that counts as a use of it.
    Released(BoardId),
    /// After a write that failed: see whether the next one would reach the disk.
    Probe,
}

/// What the thread has done.
#[derive(Debug)]
pub enum Answer {
    /// Something for the relay's core.
    Input(RelayInput),
    /// Whether the log would take a write.
    Probed(Writes),
}

/// Whether the log takes writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writes {
    /// The newest reached the disk.
    Reach,
    /// The newest did not.
    Fail,
}

/// The thread's address. Dropping it ends the thread once everything handed in is done.
pub struct Committer {
    jobs: UnboundedSender<Job>,
    thread: JoinHandle<()>,
}

impl Committer {
    /// Starts the thread; its answers go to `answers`.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        log: Arc<dyn Log>,
        answers: UnboundedSender<Answer>,
        metrics: Arc<Metrics>,
    ) -> std::io::Result<Self> {
        let (jobs, queue) = unbounded_channel();
        let desk = Desk {
            log,
            answers,
            metrics,
        };
        let thread = std::thread::Builder::new().name("committer".to_owned());
        let thread = thread.spawn(move || desk.run(queue))?;
        Ok(Self { jobs, thread })
    }

    /// Hands in a job. False if the thread is gone, which only a bug in it can cause.
    #[must_use]
    pub fn submit(&self, job: Job) -> bool {
        self.jobs.send(job).is_ok()
    }

    /// Waits for what was handed in; blocks.
    pub fn finish(self) {
        drop(self.jobs);
        if self.thread.join().is_err() {
            tracing::error!("the committer had stopped by itself");
        }
    }
}

/// What the thread works with.
struct Desk {
    log: Arc<dyn Log>,
    answers: UnboundedSender<Answer>,
    metrics: Arc<Metrics>,
}

impl Desk {
    fn run(self, mut queue: UnboundedReceiver<Job>) {
        while let Some(first) = queue.blocking_recv() {
            let mut group = Vec::new();
            let mut bytes = 0;
            let mut next = Some(first);
            while let Some(job) = next {
                match job {
                    Job::Append(append) => {
                        bytes += append.envelope.len();
                        group.push(append);
                    }
                    Job::Load(load) => {
                        let orders = |append: &Append| append.board == load.board;
                        if group.iter().any(orders) {
                            self.commit(std::mem::take(&mut group));
                        }
                        let record = record(self.log.as_ref(), &load.board).map_err(failure);
                        self.touch(&load.board);
                        self.answer(RelayInput::Loaded(load.ticket, record));
                    }
                    Job::Released(board) => self.touch(&board),
                    Job::Probe => self.probe(),
                }
                let full = group.len() >= GROUP || bytes >= GROUP_BYTES;
                next = if full { None } else { queue.try_recv().ok() };
            }
            self.commit(group);
        }
    }

    fn answer(&self, input: RelayInput) {
        self.send(Answer::Input(input));
    }

    /// The receiver is only gone when the relay is; then nobody needs the answer.
    fn send(&self, answer: Answer) {
        let _ = self.answers.send(answer);
    }

    /// That a day of use is not written down keeps nobody from their board.
    fn touch(&self, board: &BoardId) {
        if let Err(error) = self.log.touch(board) {
            tracing::warn!(%error, "the day of a board's use could not be written down");
        }
    }

    /// An empty group writes nothing, but a log that hides a failed write has to come to terms with it first.
    fn probe(&self) {
        let writes = match self.log.append(&[]) {
            Ok(_) => Writes::Reach,
            Err(_) => Writes::Fail,
        };
        self.send(Answer::Probed(writes));
    }

    fn commit(&self, group: Vec<Append>) {
        if group.is_empty() {
            return;
        }
        let appends: Vec<log::Append> = group.iter().map(to_log).collect();
        let begin = Instant::now();
        let placed = self.log.append(&appends);
        self.metrics.flushed(begin.elapsed());
        for (index, append) in group.iter().enumerate() {
            let result = match &placed {
                Ok(placed) => placed.get(index).map(from_log).ok_or_else(unanswered),
                Err(error) => Err(failure(error.clone())),
            };
            self.metrics.appended(&result);
            self.answer(RelayInput::Appended(append.ticket, result));
        }
    }
}

fn unanswered() -> LogFailure {
    LogFailure::Failed("the log did not say where an envelope went".to_owned())
}

fn to_log(append: &Append) -> log::Append {
    let (epoch, keys) = (append.epoch, append.keys);
    log::Append {
        board: append.board,
        birth: log::Birth { epoch, keys },
        hash: append.hash,
        place: append
            .register
            .map_or(log::Place::Stream, log::Place::Register),
        envelope: append.envelope.clone(),
    }
}

fn from_log(placed: &log::Placed) -> Appended {
    match *placed {
        log::Placed::New { seq, chain, .. } => Appended::Stored { seq, chain },
        log::Placed::Known(seq) => Appended::Duplicate { seq },
    }
}

fn record(log: &dyn Log, board: &BoardId) -> Result<Option<BoardRecord>, LogError> {
    let Some(meta) = log.meta(board)? else {
        return Ok(None);
    };
    let registers = log.registers(board)?;
    Ok(Some(BoardRecord {
        epoch: meta.epoch,
        keys: meta.keys,
        head: meta.last,
        chain: meta.chain,
        bytes: meta.bytes,
        registers: registers.into_iter().map(|kept| kept.envelope).collect(),
    }))
}

/// Carries out a read; blocks.
#[must_use]
pub fn read(log: &dyn Log, read: &Read) -> RelayInput {
    let entries = log.read(&read.board, read.after, read.max_bytes);
    let entry = |entry: log::Entry| Entry {
        seq: entry.seq,
        chain: entry.chain,
        envelope: entry.envelope,
    };
    let entries = entries.map(|entries| entries.into_iter().map(entry).collect());
    RelayInput::Entries(read.ticket, entries.map_err(failure))
}

/// The core's word for an error of the log: the folder's path stays in this process.
fn failure(error: LogError) -> LogFailure {
    tracing::error!(%error, "the log failed");
    match error {
        LogError::Damaged { what, .. } => LogFailure::Damaged(what),
        LogError::Io { what, .. } => LogFailure::Failed(what),
        LogError::InUse { .. } => LogFailure::Failed("the folder is in use".to_owned()),
        LogError::Format { found, .. } => LogFailure::Damaged(format!("format {found}")),
    }
}
