//! The host around `RelayCore`: one task owns the core, and only it decides what happens.
//!
//! Boundary: clocks, randomness, queues and threads are here; what they mean is the core's business. A connection
//! is a queue of bytes out (which the core bounds by counting what has left) and a bounded queue of frames in.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use samsyn_shared::sync::relay::{ConnId, RelayInput, RelayLimits};
use samsyn_shared::sync::wire::{Bytes, CloseCode};
use tokio::sync::mpsc::{self, Sender, UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use self::host::Host;
use crate::log::Log;
use crate::metrics::Metrics;

mod host;

/// Frames of all connections that wait for the core. A full queue makes sockets wait, not memory grow.
const INBOX: usize = 1_024;
/// Questions that may wait for an answer.
const QUESTIONS: usize = 4;

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
    /// Since when something is on its way to the disk without anything having arrived; none if nothing is.
    pub writing_since: Option<Instant>,
}

/// Asks how many connections are behind.
type Question = oneshot::Sender<usize>;

/// Reaches a running relay; cheap to clone.
#[derive(Clone)]
pub struct Relay {
    inbox: Sender<Note>,
    next_conn: Arc<AtomicU64>,
    gauges: watch::Receiver<Gauges>,
    questions: Sender<Question>,
    metrics: Arc<Metrics>,
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
    let (inbox, notes) = mpsc::channel(INBOX);
    let (gauge, gauges) = watch::channel(Gauges::default());
    let (questions, asked) = mpsc::channel(QUESTIONS);
    let metrics = Arc::new(Metrics::default());
    let (host, answered) = Host::new(log, limits, gauge, metrics.clone())?;
    let task = tokio::spawn(host.run(notes, answered, asked));
    let next_conn = Arc::new(AtomicU64::new(1));
    let relay = Relay {
        inbox,
        next_conn,
        gauges,
        questions,
        metrics,
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

    /// How many connections are fed from the log now; none if the relay has stopped.
    pub async fn behind(&self) -> Option<usize> {
        let (question, answer) = oneshot::channel();
        self.questions.send(question).await.ok()?;
        answer.await.ok()
    }

    /// What has been counted since the start.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
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
