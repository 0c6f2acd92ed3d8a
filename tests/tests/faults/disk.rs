//! A disk that is full: pushes are refused with a reason and may come again, nothing that was acknowledged is gone, and
//! when there is room everything goes on by itself.

use std::collections::BTreeSet;
use std::io::Write;

use anyhow::{Context, Result, ensure};
use samsyn_shared::ids::EnvelopeHash;
use samsyn_shared::seal::BoardKeys;
use samsyn_shared::sync::wire::{RejectCode, Retry};
use samsyn_tests::net::status_of;
use samsyn_tests::peer::{Heard, Peer};
use samsyn_tests::process::command;
use samsyn_tests::relay::{Relay, Setup, Start, inspect};
use samsyn_tests::small_disk::SmallDisk;
use samsyn_tests::tablet::{Tablet, board};
use samsyn_tests::wait::until;

use crate::writer::Writer;

/// Enough for a new relay and some of its work.
const BYTES: u64 = 12 << 20;
/// Envelopes until even a patient test sees that the disk is not full.
const MANY: usize = 2_000;

/// A disk that can be filled while a relay uses it.
trait Fill {
    async fn fill(&self, relay: &Relay) -> Result<()>;
    async fn make_room(&self, relay: &Relay) -> Result<()>;
}

impl Fill for SmallDisk {
    async fn fill(&self, _: &Relay) -> Result<()> {
        Self::fill(self)
    }

    async fn make_room(&self, _: &Relay) -> Result<()> {
        Self::make_room(self)
    }
}

/// A process whose files may not grow: a full disk for whoever may mount none.
struct NoLongerFiles;

impl Fill for NoLongerFiles {
    async fn fill(&self, relay: &Relay) -> Result<()> {
        let db = std::fs::metadata(relay.data().join("log").join("db"))?.len();
        limit(relay, &format!("--fsize={db}:")).await
    }

    async fn make_room(&self, relay: &Relay) -> Result<()> {
        limit(relay, "--fsize=unlimited:").await
    }
}

async fn limit(relay: &Relay, limit: &str) -> Result<()> {
    let id = relay.id().context("the relay runs")?.to_string();
    let status = command("prlimit", ["--pid", &id, limit]).status().await?;
    ensure!(status.success(), "prlimit {limit}: {status}");
    Ok(())
}

#[tokio::test]
async fn a_relay_on_a_full_disk_refuses_and_goes_on_when_there_is_room() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let disk = match SmallDisk::mount(&folder.path().join("disk"), BYTES).await {
        Ok(disk) => disk,
        Err(error) => {
            // Around the test's own output, which nobody sees who does not ask for it.
            writeln!(std::io::stderr(), "SKIPPED, a disk that is full: {error:#}")?;
            return Ok(());
        }
    };
    let setup = Setup {
        data: Some(disk.path().join("data")),
        ..Setup::default()
    };
    let mut relay = Relay::start_with(folder.path(), setup.clone()).await?;
    let mut writer = check(&relay, &disk).await?;

    disk.fill()?;
    until_refused(&mut writer, &relay).await?;
    relay.kill().await?;
    if let Start::Refuses { code, words } = Relay::try_start(folder.path(), setup).await? {
        assert_ne!(code, Some(7), "full is not damaged: {words}");
        assert!(words.contains("No space left"), "{words}");
    }
    disk.make_room()?;
    relay.restart_anywhere().await?;
    drop(writer.come_back(relay.address()).await?);
    has_exactly(&relay, writer.keys(), &writer.entries).await?;
    ends_whole(&mut relay).await
}

#[tokio::test]
async fn a_relay_whose_files_may_not_grow_refuses_and_goes_on_when_they_may() -> Result<()> {
    let folder = tempfile::tempdir()?;
    // A write over the limit is a signal that ends a process, unless it is ignored; then it is an error.
    let through = ["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"];
    let setup = Setup {
        through: through.map(str::to_owned).to_vec(),
        ..Setup::default()
    };
    let mut relay = Relay::start_with(folder.path(), setup).await?;
    check(&relay, &NoLongerFiles).await?;
    ends_whole(&mut relay).await
}

/// Fills the disk under a relay that people use, and makes room again.
async fn check(relay: &Relay, disk: &impl Fill) -> Result<Writer> {
    let keys = board(1);
    let mut writer = Writer::new(&keys, "Cia");
    let mut peer = writer
        .come_back(relay.address())
        .await?
        .context("it serves")?;
    for _ in 0..20 {
        let envelope = writer.make()?;
        peer.keep(&envelope).await?;
    }
    let mut tablet = Tablet::make(&relay.url(), &board(2)).await?;
    tablet.write("innan").await?;
    tablet.shared().await?;
    drop(peer);
    writer.finish(relay.address()).await?;

    disk.fill(relay).await?;
    let kept = until_refused(&mut writer, relay).await?;
    assert_eq!(status_of(relay.address(), "/readyz").await?, 503);
    assert_eq!(status_of(relay.address(), "/healthz").await?, 200);
    has_exactly(relay, &keys, &kept).await?;
    tablet.write("när disken är full").await?;
    let delivering = tokio::spawn(async move {
        tablet.shared().await?;
        anyhow::Ok(tablet)
    });
    // Still: the relay has tried on its own since, and so has the tablet.
    until_refused(&mut writer, relay).await?;
    has_exactly(relay, &keys, &kept).await?;
    assert!(!delivering.is_finished(), "nothing can be shared");

    disk.make_room(relay).await?;
    until("the relay is ready by itself", async || {
        let status = status_of(relay.address(), "/readyz").await?;
        Ok((status == 200).then_some(()))
    })
    .await?;
    let tablet = delivering.await??;
    let words = ["innan", "när disken är full"].map(str::to_owned);
    let mut fresh = Tablet::join(&relay.url(), &board(2)).await?;
    fresh.sees(2).await?;
    assert_eq!(fresh.notes(), BTreeSet::from(words));
    assert_eq!(tablet.notes(), fresh.notes());
    writer.finish(relay.address()).await?;
    drop(writer.come_back(relay.address()).await?);
    has_exactly(relay, &keys, &writer.entries).await?;
    assert!(writer.acked.is_superset(&kept));
    Ok(writer)
}

/// Writes until three envelopes running are refused, each because of the disk and for now; gives what is acknowledged.
async fn until_refused(writer: &mut Writer, relay: &Relay) -> Result<BTreeSet<EnvelopeHash>> {
    let mut peer = writer
        .come_back(relay.address())
        .await?
        .context("it serves")?;
    let mut refused = 0;
    for _ in 0..MANY {
        peer.push(&writer.make()?).await?;
        loop {
            let heard = peer.heard().await?;
            writer.take(&peer, heard);
            match heard {
                Heard::Acked(..) => {
                    assert_eq!(refused, 0, "there is no room, and then there is");
                    break;
                }
                Heard::Refused(_, code, retry) => {
                    assert_eq!(code, RejectCode::Storage);
                    assert!(matches!(retry, Retry::AfterMs(_)), "{retry:?}");
                    refused += 1;
                    break;
                }
                Heard::Entry(_) | Heard::CaughtUp | Heard::Closed(_) | Heard::Other => {}
            }
        }
        if refused == 3 {
            return Ok(writer.acked.clone());
        }
    }
    anyhow::bail!("{MANY} envelopes fit a disk that is full")
}

/// A newcomer gets these entries and no others.
async fn has_exactly(
    relay: &Relay,
    keys: &BoardKeys,
    expected: &BTreeSet<EnvelopeHash>,
) -> Result<()> {
    let entries = Peer::join(relay.address(), keys).await?.pull().await?;
    assert_eq!(&BTreeSet::from_iter(entries), expected);
    Ok(())
}

async fn ends_whole(relay: &mut Relay) -> Result<()> {
    relay.stop().await?;
    let (code, words) = inspect(&relay.data()).await?;
    ensure!(code == Some(0), "{words}");
    Ok(())
}
