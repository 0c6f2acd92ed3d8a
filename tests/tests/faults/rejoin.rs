//! Sixty tablets lose the wifi and come back in the same second, each with work that nobody else has.

use std::collections::BTreeSet;
use std::time::Instant;

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;
use samsyn_tests::net::get;
use samsyn_tests::proxy::{Link, Proxy};
use samsyn_tests::relay::{Relay, Setup};
use samsyn_tests::tablet::{Tablet, board, participant};

const TABLETS: usize = 60;
/// Notes that each tablet writes without a network.
const NOTES: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_tablets_that_come_back_in_one_second_lose_nothing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let relay = Relay::start_with(folder.path(), Setup::with(&["--metrics", "same"])).await?;
    let wifi = Proxy::start(relay.address()).await?;
    let keys = board(1);
    let (url, guest) = (wifi.url(), participant(&keys)?);
    drop(Tablet::make(&url, &keys).await?);
    let tablets = try_join_all((0..TABLETS).map(|_| Tablet::join(&url, &guest))).await?;

    wifi.set(Link::Cut);
    let mut away = tokio::task::JoinSet::new();
    for (number, mut tablet) in tablets.into_iter().enumerate() {
        away.spawn(async move {
            tablet.offline().await?;
            for note in 0..NOTES {
                tablet
                    .write(&format!("surfplatta {number}, lapp {note}"))
                    .await?;
            }
            anyhow::Ok(tablet)
        });
    }
    let mut tablets = Vec::new();
    while let Some(tablet) = away.join_next().await {
        tablets.push(tablet??);
    }

    let start = Instant::now();
    wifi.set(Link::Up);
    let mut back = tokio::task::JoinSet::new();
    for mut tablet in tablets {
        // Without the pause that is usual after a loss: all of them in the same second.
        tablet.come_back();
        back.spawn(async move {
            tablet.shared().await?;
            let shared = start.elapsed();
            tablet.sees(TABLETS * NOTES).await?;
            anyhow::Ok((tablet.notes(), shared, start.elapsed()))
        });
    }
    let written = (0..TABLETS)
        .flat_map(|number| (0..NOTES).map(move |note| format!("surfplatta {number}, lapp {note}")))
        .collect::<BTreeSet<_>>();
    let (mut all_shared, mut all_seen) = Default::default();
    while let Some(ended) = back.join_next().await {
        let (notes, shared, seen) = ended??;
        assert_eq!(notes, written);
        all_shared = shared.max(all_shared);
        all_seen = seen.max(all_seen);
    }
    println!(
        "{TABLETS} tablets: all shared after {all_shared:?}, all seen by all after {all_seen:?}"
    );
    let numbers = get(relay.address(), "/metrics").await?;
    let refused: Vec<&str> = numbers
        .lines()
        .filter(|line| line.starts_with("samsyn_rejected_total{"))
        .collect();
    ensure!(refused.is_empty(), "somebody was refused: {refused:?}");
    Ok(())
}
