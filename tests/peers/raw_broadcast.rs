//! The floor under every relay: a websocket server that passes each message on to all others and does nothing else.
//!
//! Boundary: no storage, no checks, no boards. Server and load are two processes, as with `samsyn bench`, and the
//! figures have the names that it gives them.
//!
//! ```text
//! raw_broadcast room 60 [--every MS] [--seconds S] [--bytes B]
//! raw_broadcast idle 1000
//! raw_broadcast serve
//! ```

use std::collections::HashMap;
use std::env::{args, current_exe};
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, accept_async_with_config, connect_async_with_config,
};

/// What a sealed note and its frame take.
const NOTE_BYTES: u64 = 640;
/// What has not come so long after the last note is missing.
const LAST_CALL: Duration = Duration::from_secs(10);
/// Connections that come in at the same time.
const AT_ONCE: usize = 64;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;
type Seats = Arc<Mutex<HashMap<u64, UnboundedSender<Bytes>>>>;

fn main() -> Result<()> {
    let args: Vec<String> = args().skip(1).collect();
    match args.first().map(String::as_str) {
        Some("serve") => tokio::runtime::Runtime::new()?.block_on(serve()),
        Some("room") => load(room(Plan::of(&args)?)),
        Some("idle") => load(idle(number(&args, 1)?)),
        _ => bail!("raw_broadcast room CLIENTS, idle CONNECTIONS or serve"),
    }
}

/// All clients are on one thread, as those of `samsyn bench` are.
fn load(workload: impl Future<Output = Result<serde_json::Value>>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    println!("{}", runtime.block_on(workload)?);
    Ok(())
}

// The server.

async fn serve() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let seats = Seats::default();
    for number in 0.. {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(sit(stream, number, seats.clone()));
    }
    Ok(())
}

async fn sit(stream: TcpStream, number: u64, seats: Seats) -> Result<()> {
    stream.set_nodelay(true)?;
    let socket = accept_async_with_config(stream, Some(small())).await?;
    let (mut sink, mut source) = socket.split();
    let (sender, mut receiver) = unbounded_channel();
    lock(&seats).insert(number, sender);
    let sending = tokio::spawn(async move {
        while let Some(bytes) = receiver.recv().await {
            if sink.send(Message::Binary(bytes)).await.is_err() {
                break;
            }
        }
    });
    while let Some(Ok(message)) = source.next().await {
        if let Message::Binary(bytes) = message {
            for (_, sender) in lock(&seats).iter().filter(|(other, _)| **other != number) {
                // Whoever has left takes nothing more.
                let _ = sender.send(bytes.clone());
            }
        }
    }
    lock(&seats).remove(&number);
    sending.abort();
    Ok(())
}

/// The default of 128 KiB to read, for each connection, would be most of what is measured.
fn small() -> WebSocketConfig {
    WebSocketConfig::default().read_buffer_size(4 * 1024)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

// The loads.

/// The server as a process of its own, which ends with this one.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    async fn start() -> Result<Self> {
        let mut child = Command::new(current_exe()?)
            .arg("serve")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().context("it has no output")?;
        let mut address = String::new();
        BufReader::new(stdout).read_line(&mut address).await?;
        let url = format!("ws://{}/", address.trim());
        Ok(Self { child, url })
    }

    fn usage(&self) -> Result<Usage> {
        usage(&self.child.id().context("the server has ended")?.to_string())
    }

    async fn connect(&self, connections: u64) -> Result<Vec<Socket>> {
        let opening = (0..connections).map(|_| async {
            let opened = connect_async_with_config(&self.url, Some(small()), true).await;
            opened.map(|(socket, _)| socket)
        });
        let opening = futures_util::stream::iter(opening.collect::<Vec<_>>());
        let opened: Vec<_> = opening.buffered(AT_ONCE).collect().await;
        opened.into_iter().map(|socket| Ok(socket?)).collect()
    }
}

async fn idle(connections: u64) -> Result<serde_json::Value> {
    let server = Server::start().await?;
    drop(server.connect(1).await?);
    let before = server.usage()?;
    let sockets = server.connect(connections).await?;
    let after = server.usage()?;
    let grown = after.resident.saturating_sub(before.resident);
    Ok(json!({
        "workload": "idle",
        "connections": sockets.len(),
        "server_rss_bytes": after.resident,
        "each_bytes": grown / connections.max(1),
    }))
}

/// Who writes when.
#[derive(Clone, Copy)]
struct Plan {
    clients: u64,
    notes_each: u64,
    every: Duration,
    bytes: u64,
}

impl Plan {
    fn of(args: &[String]) -> Result<Self> {
        let every = flag(args, "--every", 2_000)?;
        Ok(Self {
            clients: number(args, 1)?,
            notes_each: flag(args, "--seconds", 20)? * 1_000 / every.max(1),
            every: Duration::from_millis(every),
            bytes: flag(args, "--bytes", NOTE_BYTES)?,
        })
    }

    fn notes(&self) -> u64 {
        self.clients * self.notes_each
    }

    fn due(&self, client: u64, note: u64) -> Duration {
        let share = self.every.as_secs_f64() * to_float(client) / to_float(self.clients);
        self.every.mul_f64(to_float(note)) + Duration::from_secs_f64(share)
    }
}

/// What all clients share.
struct Shared {
    plan: Plan,
    start: Instant,
    /// When each note was sent, in microseconds from the start.
    sent: Vec<AtomicU64>,
    /// Microseconds until each delivery.
    took: Mutex<Vec<u64>>,
}

async fn room(plan: Plan) -> Result<serde_json::Value> {
    let server = Server::start().await?;
    let sockets = server.connect(plan.clients).await?;
    let before = (server.usage()?, usage("self")?);
    let shared = Arc::new(Shared {
        plan,
        start: Instant::now(),
        sent: (0..plan.notes()).map(|_| AtomicU64::new(0)).collect(),
        took: Mutex::default(),
    });
    let mut members = JoinSet::new();
    for (client, socket) in (0..).zip(sockets) {
        members.spawn(take_part(shared.clone(), client, socket));
    }
    let sockets: Vec<_> = members.join_all().await;
    let seconds = shared.start.elapsed().as_secs_f64();
    let (server, own) = (server.usage()?, usage("self")?);
    drop(sockets);
    let mut took = std::mem::take(&mut *lock(&shared.took));
    took.sort_unstable();
    let at = |share: usize| took.get((took.len() * share / 100).min(took.len().saturating_sub(1)));
    let at = |share| at(share).map(|micros| to_float(*micros) / 1_000.0);
    let millis = server.millis - before.0.millis;
    Ok(json!({
        "workload": "room",
        "clients": plan.clients,
        "pushes": plan.notes(),
        "deliveries": took.len(),
        "expected": plan.notes() * (plan.clients - 1),
        "receipt_p50_ms": at(50),
        "receipt_p99_ms": at(99),
        "receipt_max_ms": at(100),
        "server_core_percent": to_float(millis) / seconds / 10.0,
        "server_us_per_delivery": to_float(millis) * 1_000.0 / to_float(took.len() as u64),
        "server_rss_bytes": server.resident,
        "generator_core_percent": to_float(own.millis - before.1.millis) / seconds / 10.0,
    }))
}

async fn take_part(shared: Arc<Shared>, client: u64, mut socket: Socket) -> Result<Socket> {
    let plan = shared.plan;
    let others = plan.notes() - plan.notes_each;
    let (mut written, mut received) = (0, 0);
    while written < plan.notes_each || received < others {
        let wakes = if written < plan.notes_each {
            plan.due(client, written)
        } else {
            plan.due(plan.clients, plan.notes_each) + LAST_CALL
        };
        tokio::select! {
            message = socket.next() => {
                shared.arrived(&message.context("closed")??);
                received += 1;
            }
            () = sleep_until(shared.start + wakes) => {
                if written == plan.notes_each {
                    break;
                }
                let note = shared.leaves(client * plan.notes_each + written);
                written += 1;
                socket.send(Message::Binary(note)).await?;
            }
        }
    }
    Ok(socket)
}

impl Shared {
    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// The message of a note: its number, and as many bytes as a note takes.
    fn leaves(&self, note: u64) -> Bytes {
        if let Some(sent) = usize::try_from(note).ok().and_then(|at| self.sent.get(at)) {
            sent.store(self.now(), Ordering::Relaxed);
        }
        let mut message = note.to_le_bytes().to_vec();
        message.resize(usize::try_from(self.plan.bytes).unwrap_or(8).max(8), 0);
        message.into()
    }

    fn arrived(&self, message: &Message) {
        let Message::Binary(bytes) = message else {
            return;
        };
        let note = bytes.first_chunk().map(|first| u64::from_le_bytes(*first));
        let note = note.and_then(|note| usize::try_from(note).ok());
        if let Some(sent) = note.and_then(|note| self.sent.get(note)) {
            let took = self.now().saturating_sub(sent.load(Ordering::Relaxed));
            lock(&self.took).push(took);
        }
    }
}

/// What a process has used: milliseconds of processor time, and bytes of memory now.
struct Usage {
    millis: u64,
    resident: u64,
}

/// From `/proc` (proc_pid_stat(5), proc_pid_status(5)).
fn usage(process: &str) -> Result<Usage> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, fields) = stat.rsplit_once(')').context("no stat")?;
    let ticks: u64 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<u64>().ok())
        .sum();
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = resident.and_then(|it| it.trim().strip_suffix(" kB"));
    Ok(Usage {
        millis: ticks * 10,
        resident: kibibytes.context("no VmRSS")?.trim().parse::<u64>()? * 1_024,
    })
}

fn number(args: &[String], at: usize) -> Result<u64> {
    Ok(args.get(at).context("a number is missing")?.parse()?)
}

fn flag(args: &[String], name: &str, default: u64) -> Result<u64> {
    match args.iter().position(|arg| arg == name) {
        Some(at) => number(args, at + 1),
        None => Ok(default),
    }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "counts and microseconds of one run are far below 2^52"
)]
fn to_float(count: u64) -> f64 {
    count as f64
}
