//! `samsyn bench rejoin`: somebody who comes back with notes written without a network.

use std::time::{Duration, Instant};

use clap::Args;
use samsyn_shared::seal::BoardKeys;
use tokio::sync::oneshot;

use super::Setting;
use super::join::{fill, until_notes};
use super::measure::{Worked, bytes, in_millis};
use super::notes::add_note;
use super::report::{Figure, Report, fields};
use super::stage::{Needs, Stage};
use crate::client::{Client, Failure, RelayUrl, randomness};

const PATIENCE: Duration = Duration::from_secs(300);

const HELP: &str = "\
A device has a board open, loses its connection, writes notes one by one, and
comes back while others have the board open. Measured is the time from its first
packet until the server has acknowledged everything, and until all the others
have every note in their documents. All are devices with the document that the
app has; the others work on threads of their own.
";

/// Comes back.
#[derive(Debug, Args)]
pub struct Rejoin {
    /// Notes written while away
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    notes: u32,
    /// Notes that were on the board before
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(0..=20_000))]
    before: u32,
    /// Others who have the board open
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=20))]
    others: u32,
    #[command(flatten)]
    pub(super) setting: Setting,
}

/// What `--help` says.
pub(super) fn help() -> String {
    format!("{HELP}\n{}", fields(&Measured::default().figures()))
}

impl Rejoin {
    pub(super) fn needs(&self) -> Needs {
        Needs {
            connections: 2 + usize::try_from(self.others).unwrap_or(usize::MAX),
            boards: 1,
            entries: self.before + self.notes,
        }
    }

    pub(super) async fn measure(&self, stage: &Stage) -> Result<Report, Failure> {
        let keys = BoardKeys::generate(&mut randomness()?);
        fill(stage, &keys, self.before).await?;
        let mut client = Client::new(keys.clone(), stage.relay.clone(), PATIENCE)?;
        client.caught_up().await?;
        until_notes(&mut client, self.before).await?;
        let mut others = Vec::new();
        for _ in 0..self.others {
            let all = self.before + self.notes;
            others.push(Other::start(stage.relay.clone(), keys.clone(), all).await?);
        }
        client.leave().await?;
        for number in 0..self.notes {
            let number = u64::from(self.before + number);
            let note = add_note(client.rng(), number);
            client.commit(&[note]).await?;
        }
        let (before, traffic) = (stage.server(), client.traffic());
        let start = Instant::now();
        client.come_back();
        client.shared().await?;
        let acked = start.elapsed();
        let mut seen = acked;
        for other in others {
            seen = seen.max(other.has_all().await?.saturating_duration_since(start));
        }
        let measured = Measured {
            notes: self.notes.into(),
            others: self.others.into(),
            acked: Some(in_millis(acked)),
            seen: Some(in_millis(seen)),
            sent: client.traffic().sent - traffic.sent,
            received: client.traffic().received - traffic.received,
            server: Worked::between(before, stage.server()).map(|worked| worked.millis),
        };
        client.close().await;
        Ok(Report {
            workload: "rejoin",
            figures: measured.figures(),
            remarks: stage.remarks(),
        })
    }
}

/// Another device, on a thread of its own, so that its work is not taken for the first one's.
struct Other {
    done: oneshot::Receiver<Result<Instant, Failure>>,
}

impl Other {
    /// Starts it and waits until it has the board.
    async fn start(relay: RelayUrl, keys: BoardKeys, notes: u32) -> Result<Self, Failure> {
        let (opened, open) = oneshot::channel();
        let (all, done) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Failure::Runtime)?;
        let work = move || {
            let seen = runtime.block_on(follow(relay, keys, notes, opened));
            // Nobody listens after Ctrl-C.
            let _ = all.send(seen);
        };
        std::thread::Builder::new()
            .spawn(work)
            .map_err(Failure::Runtime)?;
        match open.await {
            Ok(()) => Ok(Self { done }),
            Err(_) => Err(Self { done }.has_all().await.err().unwrap_or_else(gone)),
        }
    }

    /// When it had everything.
    async fn has_all(self) -> Result<Instant, Failure> {
        self.done.await.map_err(|_| gone())?
    }
}

async fn follow(
    relay: RelayUrl,
    keys: BoardKeys,
    notes: u32,
    opened: oneshot::Sender<()>,
) -> Result<Instant, Failure> {
    let mut client = Client::new(keys, relay, PATIENCE)?;
    client.caught_up().await?;
    let _ = opened.send(());
    until_notes(&mut client, notes).await?;
    let seen = Instant::now();
    client.close().await;
    Ok(seen)
}

fn gone() -> Failure {
    Failure::NoServer("one of the others stopped".to_owned())
}

#[derive(Default)]
struct Measured {
    notes: u64,
    others: u64,
    acked: Option<f64>,
    seen: Option<f64>,
    sent: u64,
    received: u64,
    server: Option<f64>,
}

impl Measured {
    fn figures(&self) -> Vec<Figure> {
        vec![
            Figure::count("notes", "notes written while away", self.notes),
            Figure::count("others", "others", self.others),
            Figure::millis("acked_ms", "until all are acknowledged", self.acked),
            Figure::millis("others_ms", "until all others have them", self.seen),
            Figure::bytes("sent_bytes", "sent", Some(bytes(self.sent))),
            Figure::bytes("received_bytes", "received", Some(bytes(self.received))),
            Figure::millis("server_cpu_ms", "server, processor time", self.server),
        ]
    }
}
