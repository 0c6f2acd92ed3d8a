//! The group committer: one thread that writes, so that one flush serves the appends of all boards.
//!
//! Boundary: it turns the relay core's requests into calls of the log and the answers into inputs. Its queue is
//! bounded by its user, who takes no new frames while too much is outstanding (`relay`).

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use samsyn_shared::ids::{BoardId, Seq};
use samsyn_shared::seal::Header;
use samsyn_shared::sync::relay::{
    Append, Appended, BoardRecord, Entry, ForgetParts, Generation, Load, LogFailure, Place,
    PutPart, Read, ReadPart, RelayInput, Snapshot,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::log::{self, Log, LogError, Start, Trimmed};
use crate::metrics::Metrics;

/// Most envelopes in one flush: enough for a hall that types, and a bound on how long the first one waits.
const GROUP: usize = 1_024;
/// Most envelope bytes in one flush.
const GROUP_BYTES: usize = 8 << 20;

/// Entries removed at a time of what a snapshot has replaced; somebody's flush waits for no more than that.
const TRIM: usize = 256;

/// One request that has to be carried out in order.
#[derive(Debug)]
pub enum Job {
    /// Append an envelope.
    Append(Append),
    /// Say what is known of a board.
    Load(Load),
    /// Keep a part of a snapshot.
    PutPart(PutPart),
    /// Let the parts of a snapshot go that did not come about.
    ForgetParts(ForgetParts),
    /// Only the newest generation of a board is needed from now on.
    Retire(BoardId),
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
                    Job::PutPart(put) => {
                        bytes += put.bytes.len();
                        self.put_part(&put);
                    }
                    Job::ForgetParts(forget) => {
                        self.commit(std::mem::take(&mut group));
                        let ForgetParts { board, manifest } = forget;
                        warn(self.log.forget_parts(&board, &manifest));
                    }
                    Job::Retire(board) => {
                        self.commit(std::mem::take(&mut group));
                        warn(self.log.retire(&board));
                    }
                    Job::Released(board) => self.touch(&board),
                    Job::Probe => self.probe(),
                }
                let full = group.len() >= GROUP || bytes >= GROUP_BYTES;
                next = if full { None } else { queue.try_recv().ok() };
            }
            self.commit(group);
            self.trim_while_idle(&queue);
        }
    }

    /// What a snapshot has replaced goes while nobody waits for anything.
    fn trim_while_idle(&self, queue: &UnboundedReceiver<Job>) {
        while queue.is_empty() {
            match self.log.trim(TRIM) {
                Ok(Trimmed::Some { entries }) => self.metrics.trimmed(entries),
                Ok(Trimmed::Nothing) => return,
                Err(error) => {
                    tracing::warn!(%error, "what a snapshot has replaced could not be removed");
                    return;
                }
            }
        }
    }

    fn put_part(&self, put: &PutPart) {
        let PutPart {
            ticket,
            board,
            manifest,
            index,
            bytes,
        } = put;
        let kept = self.log.put_part(board, manifest, *index, bytes);
        self.metrics.part_kept(bytes.len());
        self.answer(RelayInput::PartStored(*ticket, kept.map_err(failure)));
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
            if let (Place::Snapshot { .. }, Ok(Appended::Stored { .. })) = (append.place, &result) {
                self.metrics.snapshot_kept();
            }
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
        place: append.place,
        parts: match append.place {
            Place::Snapshot { .. } => parts_of(&append.envelope),
            Place::Stream | Place::Register(_) => 0,
        },
        envelope: append.envelope.clone(),
    }
}

/// How many parts a manifest lists; the core has checked it.
fn parts_of(manifest: &[u8]) -> u16 {
    let header = Header::parse(manifest);
    let parts = header.map_or(0, |(header, _)| header.kind.parts().len());
    u16::try_from(parts).unwrap_or(u16::MAX)
}

/// Nobody waits for it, and what stays does no harm.
fn warn(done: Result<(), LogError>) {
    if let Err(error) = done {
        tracing::warn!(%error, "what is no longer needed could not be let go of");
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
    let starts = log.starts(board)?;
    let generations: Result<Vec<_>, _> = starts
        .iter()
        .map(|start| generation(log, board, start))
        .collect();
    Ok(Some(BoardRecord {
        epoch: meta.epoch,
        keys: meta.keys,
        head: meta.last,
        chain: meta.chain,
        bytes: meta.bytes,
        generations: generations?,
        registers: registers.into_iter().map(|kept| kept.envelope).collect(),
    }))
}

fn generation(log: &dyn Log, board: &BoardId, start: &Start) -> Result<Generation, LogError> {
    let snapshot = match &start.snapshot {
        Some(stored) => {
            let before = Seq(stored.manifest.0.saturating_sub(1));
            let entry = log.read(board, before, 1)?.into_iter().next();
            let entry = entry.filter(|entry| entry.seq == stored.manifest);
            let entry = entry.ok_or_else(|| LogError::Damaged {
                folder: std::path::PathBuf::new(),
                what: format!("the manifest of board {board} is missing"),
            })?;
            Some(Snapshot {
                manifest: entry.envelope,
                bytes: stored.bytes,
            })
        }
        None => None,
    };
    Ok(Generation {
        covers: start.covers,
        chain: start.chain,
        snapshot,
    })
}

/// Reads a part of a snapshot; blocks.
#[must_use]
pub fn read_part(log: &dyn Log, read: &ReadPart) -> RelayInput {
    let part = log.part(&read.board, &read.manifest, read.index);
    RelayInput::PartRead(read.ticket, part.map_err(failure))
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
