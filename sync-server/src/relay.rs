//! The host around `RelayCore`: one task owns the core, and only it decides what happens.
//!
//! Boundary: clocks, randomness, queues and threads are here; what they mean is the core's business. A connection
//! is a queue of bytes out (which the core bounds by counting what has left) and a bounded queue of frames in.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use samsyn_shared::sync::relay::{
    ConnId, RelayCore, RelayEvent, RelayInput, RelayLimits, RelayOutput, Ticket,
};
use samsyn_shared::sync::wire::{Bytes, CloseCode};
use samsyn_shared::time::{Monotonic, Now, UnixMillis};
use tokio::sync::mpsc::{
    self, Receiver, Sender, UnboundedReceiver, UnboundedSender, unbounded_channel,
};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::committer::{self, Committer, Job};
use crate::log::Log;

/// Frames of all connections that wait for the core. A full queue makes sockets wait, not memory grow.
const INBOX: usize = 1_024;
/// Envelopes on their way to the disk beyond which no further frame is taken.
const OUTSTANDING: usize = 4_096;
/// Their bytes, likewise.
const OUTSTANDING_BYTES: usize = 32 << 20;

/// Inputs that are taken in at once: waking up, the clock and the gauges cost as much as a small input.
const AT_ONCE: usize = 64;

/// What a connection has to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outgoing {
    /// One binary message.
    Message(Bytes),
    /// Nothing more; say why.
    Close(CloseCode),
}

enum Note {
    Connected(ConnId, UnboundedSender<Outgoing>),
    Input(RelayInput),
}

/// What there is to know of a running relay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gauges {
    /// Connections that have a websocket.
    pub connections: usize,
    /// Boards that somebody has open.
    pub boards: usize,
    /// Whether the newest write failed; false before the first.
    pub writes_fail: bool,
}

/// Reaches a running relay; cheap to clone.
#[derive(Clone)]
pub struct Relay {
    inbox: Sender<Note>,
    next_conn: Arc<AtomicU64>,
    gauges: watch::Receiver<Gauges>,
}

/// A relay that runs, for the one who started it.
pub struct Running {
    /// Reaches it.
    pub relay: Relay,
    task: JoinHandle<()>,
}

/// One connection, from the socket's side.
pub struct Conn {
    id: ConnId,
    inbox: Sender<Note>,
    /// What to send, in order.
    pub outgoing: UnboundedReceiver<Outgoing>,
}

/// Sends what a connection reports; a part of it that the writing half owns.
#[derive(Clone)]
pub struct Reporter {
    id: ConnId,
    inbox: Sender<Note>,
}

/// The relay has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the relay has stopped")]
pub struct Stopped;

/// Starts a relay over a log.
///
/// # Errors
/// When the system gives no thread or no randomness.
pub fn start(log: Arc<dyn Log>, limits: RelayLimits) -> std::io::Result<Running> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(std::io::Error::other)?;
    let (inbox, notes) = mpsc::channel(INBOX);
    let (answers, answered) = unbounded_channel();
    let (gauge, gauges) = watch::channel(Gauges::default());
    let host = Host {
        core: RelayCore::new(limits),
        rng: ChaCha20Rng::from_seed(seed),
        started: Instant::now(),
        conns: HashMap::new(),
        committer: Committer::start(log.clone(), answers.clone())?,
        log,
        answers,
        outstanding: Outstanding::default(),
        stop: Stop::No,
        gauge,
    };
    let task = tokio::spawn(host.run(notes, answered));
    let next_conn = Arc::new(AtomicU64::new(1));
    let relay = Relay {
        inbox,
        next_conn,
        gauges,
    };
    Ok(Running { relay, task })
}

impl Running {
    /// Stops: takes nothing new, finishes what is on its way to the disk, closes every connection with a reason.
    pub async fn stop(self) {
        let _ = self.relay.inbox.send(Note::Input(RelayInput::Stop)).await;
        if self.task.await.is_err() {
            tracing::error!("the relay had stopped by itself");
        }
    }
}

impl Relay {
    /// A new connection.
    ///
    /// # Errors
    /// When the relay has stopped.
    pub async fn connect(&self) -> Result<Conn, Stopped> {
        let id = ConnId(self.next_conn.fetch_add(1, Ordering::Relaxed));
        let (sender, outgoing) = unbounded_channel();
        let note = Note::Connected(id, sender);
        self.inbox.send(note).await.map_err(|_| Stopped)?;
        let inbox = self.inbox.clone();
        Ok(Conn {
            id,
            inbox,
            outgoing,
        })
    }

    /// Whether it takes nothing any more.
    #[must_use]
    pub fn has_stopped(&self) -> bool {
        self.inbox.is_closed()
    }

    /// What there is to know of it now.
    #[must_use]
    pub fn gauges(&self) -> Gauges {
        *self.gauges.borrow()
    }
}

impl Conn {
    /// Hands the reporting half to whoever reads or writes the socket.
    #[must_use]
    pub fn reporter(&self) -> Reporter {
        let (id, inbox) = (self.id, self.inbox.clone());
        Reporter { id, inbox }
    }
}

impl Reporter {
    /// A message came. Waits while the relay has too much to do.
    ///
    /// # Errors
    /// When the relay has stopped.
    pub async fn frame(&self, bytes: Vec<u8>) -> Result<(), Stopped> {
        self.report(RelayInput::Frame(self.id, bytes)).await
    }

    /// So many bytes have left. They may be reported in lumps that are small beside `RelayLimits::buffer`.
    ///
    /// # Errors
    /// When the relay has stopped.
    pub async fn flushed(&self, bytes: usize) -> Result<(), Stopped> {
        self.report(RelayInput::Flushed(self.id, bytes)).await
    }

    /// The socket is gone.
    pub async fn closed(&self) {
        let _ = self.report(RelayInput::Closed(self.id)).await;
    }

    async fn report(&self, input: RelayInput) -> Result<(), Stopped> {
        let sent = self.inbox.send(Note::Input(input)).await;
        sent.map_err(|_| Stopped)
    }
}

#[derive(Default)]
struct Outstanding {
    sizes: HashMap<Ticket, usize>,
    bytes: usize,
}

impl Outstanding {
    fn begin(&mut self, ticket: Ticket, bytes: usize) {
        self.sizes.insert(ticket, bytes);
        self.bytes += bytes;
    }

    fn end(&mut self, ticket: Ticket) {
        self.bytes -= self.sizes.remove(&ticket).unwrap_or(0);
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

struct Host {
    core: RelayCore,
    rng: ChaCha20Rng,
    started: Instant,
    conns: HashMap<ConnId, UnboundedSender<Outgoing>>,
    committer: Committer,
    log: Arc<dyn Log>,
    answers: UnboundedSender<RelayInput>,
    outstanding: Outstanding,
    stop: Stop,
    gauge: watch::Sender<Gauges>,
}

impl Host {
    async fn run(mut self, mut notes: Receiver<Note>, mut answered: UnboundedReceiver<RelayInput>) {
        let (mut some_answers, mut some_notes) = (Vec::new(), Vec::new());
        let timer = tokio::time::sleep(self.until_wake());
        tokio::pin!(timer);
        while !self.is_over() {
            let wake = self.core.next_wake();
            // Answers first: they free memory and let people see what was written.
            let ticked = tokio::select! {
                biased;
                1.. = answered.recv_many(&mut some_answers, AT_ONCE) => false,
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

    fn answered(&mut self, answer: RelayInput) {
        if let RelayInput::Appended(ticket, result) = &answer {
            self.outstanding.end(*ticket);
            let fails = result.is_err();
            self.gauge.send_modify(|gauges| gauges.writes_fail = fails);
        }
        self.take(answer);
    }

    fn take(&mut self, input: RelayInput) {
        match &input {
            RelayInput::Stop => self.stop = Stop::Asked,
            RelayInput::Closed(conn) => drop(self.conns.remove(conn)),
            RelayInput::Connected(_)
            | RelayInput::Frame(..)
            | RelayInput::Flushed(..)
            | RelayInput::Loaded(..)
            | RelayInput::Appended(..)
            | RelayInput::Entries(..)
            | RelayInput::Tick => {}
        }
        let now = self.now();
        for output in self.core.handle(now, &mut self.rng, input) {
            self.carry_out(output);
        }
    }

    fn show_gauges(&self) {
        self.gauge.send_if_modified(|gauges| {
            let before = *gauges;
            gauges.connections = self.core.connections();
            gauges.boards = self.core.boards();
            *gauges != before
        });
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
                    let _ = answers.send(committer::read(log.as_ref(), &read));
                });
            }
            RelayOutput::Event(event) => trace(&event),
        }
    }

    /// A connection that is gone is reported by its own task; what was for it is dropped.
    fn send(&mut self, conn: ConnId, outgoing: Outgoing) {
        if let Some(sender) = self.conns.get(&conn) {
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
