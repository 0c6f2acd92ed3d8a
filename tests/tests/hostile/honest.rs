//! Two honest clients who write to each other all the while.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use samsyn_shared::seal::envelope_hash;
use samsyn_tests::peer::Peer;
use samsyn_tests::relay::{Relay, Setup};
use samsyn_tests::tablet::{board, participant};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// Between two envelopes; a relay takes a hundred messages a second of one connection.
const PACE: Duration = Duration::from_millis(30);
/// What an envelope may take on a machine that is shared, while others do their worst.
const SOON: Duration = Duration::from_secs(20);

/// A relay with an honest pair on it.
pub struct Honest {
    pub relay: Relay,
    stop: watch::Sender<bool>,
    pair: JoinHandle<Result<(u32, Duration)>>,
    _folder: TempDir,
}

impl Honest {
    /// Starts a relay with these flags, and the pair.
    pub async fn start(flags: &[&str]) -> Result<Self> {
        Self::start_as(Setup::with(flags)).await
    }

    /// The same on another address of this machine.
    pub async fn start_at(ip: IpAddr, flags: &[&str]) -> Result<Self> {
        let listen = Some(ip);
        Self::start_as(Setup {
            listen,
            ..Setup::with(flags)
        })
        .await
    }

    async fn start_as(setup: Setup) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let relay = Relay::start_with(folder.path(), setup).await?;
        let (stop, stopped) = watch::channel(false);
        let first = Peer::join(relay.address(), &board(1)).await?;
        let second = Peer::join(relay.address(), &participant(&board(1))?).await?;
        let pair = tokio::spawn(write_to_each_other(first, second, stopped));
        Ok(Self {
            relay,
            stop,
            pair,
            _folder: folder,
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.relay.address()
    }

    /// Ends the pair, which must have gone on to the last.
    pub async fn end(self, what: &str) -> Result<()> {
        self.stop.send_replace(true);
        let (count, slowest) = self.pair.await?.with_context(|| what.to_owned())?;
        println!("{what}: {count} envelopes of the honest pair, the slowest took {slowest:?}");
        ensure!(count > 0, "the pair wrote nothing");
        Ok(())
    }
}

async fn write_to_each_other(
    mut first: Peer,
    mut second: Peer,
    stop: watch::Receiver<bool>,
) -> Result<(u32, Duration)> {
    let keys = board(1);
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut count, mut slowest) = (0, Duration::ZERO);
    while !*stop.borrow() {
        pace.tick().await;
        let envelope = keys.seal_changes(format!("ärlig {count}").as_bytes())?;
        let start = Instant::now();
        let passed = async {
            first.keep(&envelope).await?;
            second.sees(envelope_hash(&envelope)).await
        };
        timeout(SOON, passed)
            .await
            .with_context(|| format!("honest envelope {count} takes too long"))??;
        slowest = slowest.max(start.elapsed());
        count += 1;
        std::mem::swap(&mut first, &mut second);
    }
    Ok((count, slowest))
}
