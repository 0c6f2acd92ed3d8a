//! The task that owns the core: it feeds it what comes in, one thing at a time, and does what it says.
//!
//! Boundary: see `relay`; nothing outside of it reaches this.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use samsyn_shared::sync::relay::{
    ConnId, RelayCore, RelayEvent, RelayInput, RelayLimits, RelayOutput, Ticket,
};
use samsyn_shared::time::{Monotonic, Now, UnixMillis};
use tokio::sync::mpsc::{Receiver, UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;

use super::{Gauges, Note, Outgoing, Question};
use crate::committer::{self, Answer, Committer, Job, Writes};
use crate::log::Log;
use crate::metrics::Metrics;

/// Envelopes on their way to the disk beyond which no further frame is taken.
const OUTSTANDING: usize = 4_096;
/// Their bytes, likewise.
const OUTSTANDING_BYTES: usize = 32 << 20;
/// Inputs that are taken in at once: waking up, the clock and the gauges cost as much as a small input.
const AT_ONCE: usize = 64;
/// After a write that failed, how long until the log is asked whether it takes one again. Nobody may come to try:
/// a relay that is not ready gets no visitors.
const PROBE_PAUSE: Duration = Duration::from_secs(2);

#[derive(Default)]
struct Outstanding {
    sizes: HashMap<Ticket, usize>,
    bytes: usize,
    /// When the first of them was handed in, or the last one before them came back.
    since: Option<Instant>,
}

impl Outstanding {
    fn begin(&mut self, ticket: Ticket, bytes: usize) {
        self.sizes.insert(ticket, bytes);
        self.bytes += bytes;
        self.since.get_or_insert_with(Instant::now);
    }

    fn end(&mut self, ticket: Ticket) {
        self.bytes -= self.sizes.remove(&ticket).unwrap_or(0);
        self.since = (!self.sizes.is_empty()).then(Instant::now);
    }

    fn is_much(&self) -> bool {
        self.sizes.len() >= OUTSTANDING || self.bytes >= OUTSTANDING_BYTES
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    No,
    Asked,
}

pub(super) struct Host {
    core: RelayCore,
    rng: ChaCha20Rng,
    started: Instant,
    conns: HashMap<ConnId, UnboundedSender<Outgoing>>,
    committer: Committer,
    log: Arc<dyn Log>,
    answers: UnboundedSender<Answer>,
    outstanding: Outstanding,
    stop: Stop,
    gauge: watch::Sender<Gauges>,
    /// When to ask a log that could not write whether it can again.
    probe_at: Option<Instant>,
    metrics: Arc<Metrics>,
}

impl Host {
    /// A host that has not begun, and what the log will say to it.
    ///
    /// # Errors
    /// When the system gives no thread or no randomness.
    pub(super) fn new(
        log: Arc<dyn Log>,
        limits: RelayLimits,
        gauge: watch::Sender<Gauges>,
        metrics: Arc<Metrics>,
    ) -> io::Result<(Self, UnboundedReceiver<Answer>)> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(io::Error::other)?;
        let (answers, answered) = unbounded_channel();
        let host = Self {
            core: RelayCore::new(limits),
            rng: ChaCha20Rng::from_seed(seed),
            started: Instant::now(),
            conns: HashMap::new(),
            committer: Committer::start(log.clone(), answers.clone(), metrics.clone())?,
            log,
            answers,
            outstanding: Outstanding::default(),
            stop: Stop::No,
            gauge,
            probe_at: None,
            metrics,
        };
        Ok((host, answered))
    }

    /// Serves until a stop has been asked for and everything is written and closed.
    pub(super) async fn run(
        mut self,
        mut notes: Receiver<Note>,
        mut answered: UnboundedReceiver<Answer>,
        mut asked: Receiver<Question>,
    ) {
        let (mut some_answers, mut some_notes) = (Vec::new(), Vec::new());
        let timer = tokio::time::sleep(self.until_wake());
        tokio::pin!(timer);
        while !self.is_over() {
            let wake = self.core.next_wake();
            let probe = self.probe_at.unwrap_or_else(Instant::now);
            // Answers first: they free memory and let people see what was written.
            let ticked = tokio::select! {
                biased;
                1.. = answered.recv_many(&mut some_answers, AT_ONCE) => false,
                Some(question) = asked.recv() => {
                    let _ = question.send(self.core.behind());
                    false
                }
                () = tokio::time::sleep_until(probe.into()), if self.probe_at.is_some() => {
                    self.probe_at = None;
                    self.submit(Job::Probe);
                    false
                }
                count = notes.recv_many(&mut some_notes, AT_ONCE), if !self.outstanding.is_much() => {
                    if count == 0 {
                        self.take(RelayInput::Stop);
                    }
                    false
                }
                () = &mut timer => {
                    self.take(RelayInput::Tick);
                    true
                }
            };
            some_answers.drain(..).for_each(|it| self.answered(it));
            some_notes.drain(..).for_each(|it| self.noted(it));
            self.show_gauges();
            if ticked || self.core.next_wake() != wake {
                timer
                    .as_mut()
                    .reset((Instant::now() + self.until_wake()).into());
            }
        }
        // What is written needs no more answers; the thread may still be in its last flush.
        let committer = self.committer;
        let finished = tokio::task::spawn_blocking(move || committer.finish()).await;
        if finished.is_err() {
            tracing::error!("the committer could not be waited for");
        }
    }

    fn is_over(&self) -> bool {
        self.stop == Stop::Asked && self.conns.is_empty() && self.outstanding.sizes.is_empty()
    }

    fn until_wake(&self) -> Duration {
        let wake = self.core.next_wake().map_or(u64::MAX, |wake| wake.0);
        let now = self.now().monotonic.0;
        Duration::from_millis(wake.saturating_sub(now).clamp(1, 60_000))
    }

    fn now(&self) -> Now {
        let monotonic = self.started.elapsed().as_millis();
        let wall = SystemTime::now().duration_since(UNIX_EPOCH);
        let wall = wall.map_or(0, |since| since.as_millis());
        Now {
            monotonic: Monotonic(u64::try_from(monotonic).unwrap_or(u64::MAX)),
            wall: UnixMillis(i64::try_from(wall).unwrap_or(i64::MAX)),
        }
    }

    fn noted(&mut self, note: Note) {
        match note {
            Note::Connected(conn, sender) => {
                self.conns.insert(conn, sender);
                self.take(RelayInput::Connected(conn));
            }
            Note::Input(input) => self.take(input),
        }
    }

    fn answered(&mut self, answer: Answer) {
        match answer {
            Answer::Probed(writes) => self.heard_of_writes(writes),
            Answer::Input(input) => {
                if let RelayInput::Appended(ticket, result) = &input {
                    self.outstanding.end(*ticket);
                    let failed = result.is_err();
                    self.heard_of_writes(if failed { Writes::Fail } else { Writes::Reach });
                } else if let RelayInput::PartStored(ticket, _) = &input {
                    self.outstanding.end(*ticket);
                }
                self.take(input);
            }
        }
    }

    fn heard_of_writes(&mut self, writes: Writes) {
        let fail = writes == Writes::Fail;
        self.probe_at = fail.then(|| Instant::now() + PROBE_PAUSE);
        let gauge = |gauges: &mut Gauges| std::mem::replace(&mut gauges.writes_fail, fail) != fail;
        self.gauge.send_if_modified(gauge);
    }

    fn take(&mut self, input: RelayInput) {
        match &input {
            RelayInput::Stop => self.stop = Stop::Asked,
            RelayInput::Closed(conn) => drop(self.conns.remove(conn)),
            RelayInput::Frame(_, bytes) => self.metrics.received(bytes.len()),
            RelayInput::Connected(_)
            | RelayInput::Flushed(..)
            | RelayInput::Loaded(..)
            | RelayInput::Appended(..)
            | RelayInput::Entries(..)
            | RelayInput::PartStored(..)
            | RelayInput::PartRead(..)
            | RelayInput::Tick => {}
        }
        let now = self.now();
        for output in self.core.handle(now, &mut self.rng, input) {
            self.carry_out(output);
        }
    }

    fn show_gauges(&mut self) {
        self.gauge.send_if_modified(|gauges| {
            let before = *gauges;
            gauges.connections = self.core.connections();
            gauges.boards = self.core.boards();
            gauges.writing_since = self.outstanding.since;
            *gauges != before
        });
        self.metrics.passed_on(self.core.take_tally());
    }

    fn carry_out(&mut self, output: RelayOutput) {
        match output {
            RelayOutput::Send(conn, bytes) => self.send(conn, Outgoing::Message(bytes)),
            RelayOutput::Close(conn, code) => self.send(conn, Outgoing::Close(code)),
            RelayOutput::Load(load) => self.submit(Job::Load(load)),
            RelayOutput::Append(append) => {
                let bytes = append.envelope.len();
                self.outstanding.begin(append.ticket, bytes);
                self.submit(Job::Append(append));
            }
            RelayOutput::Read(read) => {
                let (log, answers) = (self.log.clone(), self.answers.clone());
                tokio::task::spawn_blocking(move || {
                    let _ = answers.send(Answer::Input(committer::read(log.as_ref(), &read)));
                });
            }
            RelayOutput::PutPart(put) => {
                self.outstanding.begin(put.ticket, put.bytes.len());
                self.submit(Job::PutPart(put));
            }
            RelayOutput::ReadPart(read) => {
                let (log, answers) = (self.log.clone(), self.answers.clone());
                tokio::task::spawn_blocking(move || {
                    let part = committer::read_part(log.as_ref(), &read);
                    let _ = answers.send(Answer::Input(part));
                });
            }
            RelayOutput::ForgetParts(forget) => self.submit(Job::ForgetParts(forget)),
            RelayOutput::Retire(board) => self.submit(Job::Retire(board)),
            RelayOutput::Event(event) => {
                self.count(&event);
                trace(&event);
                if let RelayEvent::BoardReleased(board) = event {
                    self.submit(Job::Released(board));
                }
            }
        }
    }

    fn count(&self, event: &RelayEvent) {
        match event {
            RelayEvent::Rejected { code, .. } => self.metrics.rejected(*code),
            RelayEvent::Misbehaved { .. } => self.metrics.misbehaved(),
            RelayEvent::Log(_) | RelayEvent::BoardOpened(_) | RelayEvent::BoardReleased(_) => {}
        }
    }

    /// A connection that is gone is reported by its own task; what was for it is dropped.
    fn send(&mut self, conn: ConnId, outgoing: Outgoing) {
        if let Some(sender) = self.conns.get(&conn) {
            if let Outgoing::Message(bytes) = &outgoing {
                self.metrics.sent(bytes.len());
            }
            let _ = sender.send(outgoing);
        }
    }

    fn submit(&mut self, job: Job) {
        if !self.committer.submit(job) {
            tracing::error!("nothing can be written any more: stopping");
            self.stop = Stop::Asked;
            self.outstanding = Outstanding::default();
            self.conns.clear();
        }
    }
}

/// A line for the log: what happened, never contents or secrets.
fn trace(event: &RelayEvent) {
    match event {
        RelayEvent::Rejected { conn, code } => {
            tracing::info!(conn = conn.0, ?code, "a push was refused");
        }
        RelayEvent::Misbehaved { conn, reason } => {
            tracing::warn!(conn = conn.0, reason, "a connection broke the protocol");
        }
        RelayEvent::Log(failure) => tracing::error!(%failure, "the log failed"),
        RelayEvent::BoardOpened(board) => tracing::debug!(%board, "a board is in memory"),
        RelayEvent::BoardReleased(board) => tracing::debug!(%board, "a board is out of memory"),
    }
}
