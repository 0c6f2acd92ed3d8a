//! A relay that is killed again and again while people write.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use samsyn_tests::peer::Peer;
use samsyn_tests::proxy::Proxy;
use samsyn_tests::relay::{Relay, inspect};
use samsyn_tests::tablet::{Tablet, board, participant};
use samsyn_tests::wait::PATIENCE;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::writer::Writer;

/// How often the relay is killed.
const KILLS: u32 = 32;
/// Most acknowledgements before a kill.
const ACKS: u64 = 200;
/// Most microseconds from then to the kill, so that it meets every moment of a write.
const MICROS: u64 = 4_000;
/// Notes that a tablet writes at most: the documents are not what is tested here.
const NOTES: usize = 120;

/// The seed of the moments; another one by `SAMSYN_SEED`.
fn seed() -> u64 {
    let named = std::env::var("SAMSYN_SEED").ok();
    named.and_then(|text| text.parse().ok()).unwrap_or(29)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_is_killed_again_and_again_loses_nothing_it_acknowledged() -> Result<()> {
    let mut rng = ChaCha20Rng::seed_from_u64(seed());
    let folder = tempfile::tempdir()?;
    let mut relay = Relay::start(folder.path()).await?;
    let wifi = Proxy::start(relay.address()).await?;

    let (over, is_over) = watch::channel(false);
    let keys = board(1);
    let mut tablets = tokio::task::JoinSet::new();
    let first = Tablet::make(&wifi.url(), &keys).await?;
    let second = Tablet::join(&wifi.url(), &participant(&keys)?).await?;
    for (name, tablet) in [("Ada", first), ("Bo", second)] {
        tablets.spawn(write_notes(tablet, name, is_over.clone()));
    }

    let (north, south) = (board(2), board(3));
    let mut writers = [
        Writer::new(&north, "Cia"),
        Writer::new(&participant(&north)?, "Dan"),
        Writer::new(&south, "Eva"),
        Writer::new(&participant(&south)?, "Filip"),
    ];
    for kill in 1..=KILLS {
        let (acks, counted) = watch::channel(0);
        let enough = u32::try_from(rng.next_u64() % ACKS)?;
        let pause = Duration::from_micros(rng.next_u64() % MICROS);
        let last = kill == KILLS;
        let address = relay.address();
        let wrote = {
            let writing = try_join_all(writers.iter_mut().map(|it| it.write_on(address, &acks)));
            let killing = kill_after(&mut relay, counted, enough, pause, last.then_some(&over));
            tokio::pin!(writing, killing);
            tokio::select! {
                // They see the kill before it is over; of anything else they complain.
                early = &mut writing => match early {
                    Ok(_) => timeout(PATIENCE, killing).await?,
                    Err(error) => Err(error),
                },
                killed = &mut killing => {
                    killed?;
                    writing.await.map(drop)
                }
            }
        };
        wrote.map_err(|error| error.context(format!("seed {}, kill {kill}", seed())))?;
        if kill % 8 == 0 {
            is_whole(&relay).await?;
        }
        relay.restart_anywhere().await?;
        wifi.lead_to(relay.address());
    }

    for writer in &mut writers {
        writer.finish(relay.address()).await?;
    }
    for (writer, other) in [(0, 1), (1, 0), (2, 3), (3, 2)] {
        let made: BTreeSet<_> = [writer, other]
            .iter()
            .flat_map(|index| writers[*index].acked.iter().copied())
            .collect();
        let writer = &mut writers[writer];
        let entries = Peer::join(relay.address(), writer.keys())
            .await?
            .pull()
            .await?;
        let once: BTreeSet<_> = entries.iter().copied().collect();
        assert_eq!(once.len(), entries.len(), "nothing is stored twice");
        assert_eq!(
            once, made,
            "the log holds what was written, and nothing else"
        );
        drop(writer.come_back(relay.address()).await?);
        assert_eq!(writer.entries, made, "who came back has it as well");
    }
    let mut notes = Vec::new();
    while let Some(ended) = tablets.join_next().await {
        notes.push(ended??);
    }
    check_notes(notes, &wifi, &keys).await?;
    relay.stop().await?;
    is_whole(&relay).await?;
    let acked: usize = writers.iter().map(|it| it.acked.len()).sum();
    println!("{KILLS} kills, {acked} acknowledged envelopes");
    assert!(acked > 1_000, "{acked} are no load");
    Ok(())
}

/// Kills the relay in the midst of its work. `over` is said before the last kill, which wakes whoever waits.
async fn kill_after(
    relay: &mut Relay,
    mut acks: watch::Receiver<u32>,
    enough: u32,
    pause: Duration,
    over: Option<&watch::Sender<bool>>,
) -> Result<()> {
    acks.wait_for(|count| *count >= enough).await?;
    tokio::time::sleep(pause).await;
    if let Some(over) = over {
        over.send_replace(true);
    }
    relay.kill().await
}

/// Writes a note whenever the relay has all the others; at the end waits until it has everything.
async fn write_notes(
    mut tablet: Tablet,
    name: &str,
    over: watch::Receiver<bool>,
) -> Result<(Tablet, usize)> {
    let mut written = 0;
    while !*over.borrow() {
        if tablet.is_shared() && written < NOTES {
            written += 1;
            tablet.write(&format!("{name} {written}")).await?;
        }
        tablet.step().await?;
    }
    tablet.shared().await?;
    Ok((tablet, written))
}

async fn check_notes(
    tablets: Vec<(Tablet, usize)>,
    wifi: &Proxy,
    keys: &samsyn_shared::seal::BoardKeys,
) -> Result<()> {
    let written = tablets.iter().map(|(_, written)| *written).sum();
    ensure!(written > 10, "{written} notes are few");
    let mut fresh = Tablet::join(&wifi.url(), keys).await?;
    fresh.sees(written).await?;
    assert_eq!(fresh.notes().len(), written);
    for (mut tablet, _) in tablets {
        tablet.sees(written).await?;
        assert_eq!(tablet.notes(), fresh.notes());
    }
    println!("{written} notes on all tablets");
    Ok(())
}

async fn is_whole(relay: &Relay) -> Result<()> {
    let (code, words) = inspect(&relay.data()).await?;
    ensure!(code == Some(0) && words.contains("are whole"), "{words}");
    Ok(())
}
