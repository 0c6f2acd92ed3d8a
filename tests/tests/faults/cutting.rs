//! A relay that is killed while it cuts a board's log off at a snapshot: the board is whole, from before or from after.

use std::time::Duration;

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use samsyn_tests::peer::{Heard, Peer};
use samsyn_tests::proxy::Proxy;
use samsyn_tests::relay::{Relay, copy_folder, inspect};
use samsyn_tests::tablet::{Tablet, board, participant};
use samsyn_tests::wait::PATIENCE;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// So much that a relay asks for a snapshot once nobody has written for a while (`Compaction`).
const NOTES: usize = 14;
/// Characters of a note, of a kind that packs badly.
const LONG: usize = 4_000;
/// More than pings are, and less than the list of a snapshot's parts.
const LIST: u64 = 150;
/// Most microseconds from a sign of the snapshot to the kill.
const MICROS: u64 = 40_000;

/// What is waited for before the kill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    /// The snapshot is on its way to the relay.
    Sent,
    /// Its list of parts is in the log: the new start counts, and the former may go.
    Logged,
}

/// All of them side by side: what takes long is the wait until the board is quiet.
const SIGNS: [Sign; 10] = [
    Sign::Sent,
    Sign::Sent,
    Sign::Sent,
    Sign::Sent,
    Sign::Sent,
    Sign::Logged,
    Sign::Logged,
    Sign::Logged,
    Sign::Logged,
    Sign::Logged,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_killed_while_it_cuts_a_log_off_has_all_of_the_board() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut relay = Relay::start(folder.path()).await?;
    let mut noise = ChaCha20Rng::seed_from_u64(37);
    let mut tablet = Tablet::make(&relay.url(), &board(1)).await?;
    for note in 0..NOTES {
        let letter = || char::from(b'!' + u8::try_from(noise.next_u32() % 90).unwrap_or(0));
        let text = std::iter::repeat_with(letter)
            .take(LONG)
            .collect::<String>();
        tablet.write(&format!("{note} {text}")).await?;
    }
    tablet.shared().await?;
    relay.stop().await?;
    let pauses = SIGNS.map(|sign| (sign, Duration::from_micros(noise.next_u64() % MICROS)));
    let data = relay.data();
    let starts = try_join_all(pauses.map(|(sign, pause)| {
        let data = data.clone();
        async move {
            let folder = tempfile::tempdir()?;
            copy_folder(&data, &folder.path().join("data"))?;
            let started_with = kill_at(sign, pause, folder.path()).await;
            started_with.map_err(|error| error.context(format!("{sign:?}, {pause:?}")))
        }
    }));
    let starts = starts.await?;
    println!("{SIGNS:?}: newcomers start with {starts:?}");
    let cut = |start: &Start| *start == Start::Snapshot;
    ensure!(starts.iter().any(cut), "no log was cut off");
    Ok(())
}

/// What a newcomer was given after the kill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    FirstEntry,
    Snapshot,
}

async fn kill_at(sign: Sign, pause: Duration, folder: &std::path::Path) -> Result<Start> {
    let (keys, guest) = (board(1), participant(&board(1))?);
    let mut relay = Relay::start(folder).await?;
    let wifi = Proxy::start(relay.address()).await?;
    // Who came last is asked first. This one only listens, and the first tablet confirms what the second makes.
    let mut listener = Peer::join(relay.address(), &guest).await?;
    listener.pull().await?;
    let witness = Tablet::join(&wifi.url(), &guest).await?;
    let witnessing = tokio::spawn(live(witness, watch::channel(0).0));
    let tablet = Tablet::join(&wifi.url(), &keys).await?;
    let before = tablet.sent();
    let (sent, mut has_sent) = watch::channel(before);
    let living = tokio::spawn(live(tablet, sent));
    let signed = async {
        match sign {
            Sign::Sent => {
                has_sent.wait_for(|sent| *sent > before + LIST).await?;
            }
            Sign::Logged => while !matches!(listener.heard().await?, Heard::Entry(_)) {},
        }
        anyhow::Ok(())
    };
    timeout(PATIENCE, signed).await??;
    sleep(pause).await;
    relay.kill().await?;
    let (code, words) = inspect(&relay.data()).await?;
    ensure!(code == Some(0), "{words}");

    relay.restart_anywhere().await?;
    wifi.lead_to(relay.address());
    living.abort();
    witnessing.abort();
    let (_, opened) = Peer::open(relay.address(), &guest, None)
        .await?
        .ok_or_else(|| anyhow::anyhow!("the relay went away"))?;
    let mut fresh = Tablet::join(&wifi.url(), &guest).await?;
    timeout(PATIENCE, fresh.sees(NOTES)).await??;
    ensure!(fresh.notes().len() == NOTES);
    fresh.write("efteråt").await?;
    fresh.shared().await?;
    let mut other = Tablet::join(&wifi.url(), &keys).await?;
    timeout(PATIENCE, other.sees(NOTES + 1)).await??;
    ensure!(other.notes() == fresh.notes());
    relay.stop().await?;
    let (code, words) = inspect(&relay.data()).await?;
    ensure!(code == Some(0), "{words}");
    Ok(match opened.base {
        None => Start::FirstEntry,
        Some(_) => Start::Snapshot,
    })
}

/// Lives on and tells how much it has sent.
async fn live(mut tablet: Tablet, sent: watch::Sender<u64>) -> Result<()> {
    loop {
        tablet.step().await?;
        sent.send_replace(tablet.sent());
    }
}
