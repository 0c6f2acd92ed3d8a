//! Too much of everything: who sends without end is slowed down or shown out, and the relay's memory stays in bounds.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use samsyn_shared::sync::wire::{
    self, Channel, CloseCode, MAX_ENVELOPE, Message, Ping, Presence, Push, PushRef,
};
use samsyn_tests::peer::{CHANNEL, Peer, open_of};
use samsyn_tests::raw::{FIN, Raw, Sent, opcode};
use samsyn_tests::tablet::board;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::honest::Honest;

/// How long a flood goes on that nothing stops.
const FLOOD: Duration = Duration::from_secs(4);
const MIB: u64 = 1 << 20;

/// How much memory the relay had most while something went on, beyond what it had before.
async fn growth(honest: &Honest, going_on: impl Future<Output = Result<()>>) -> Result<u64> {
    let before = honest.relay.memory()?;
    let mut most = before;
    tokio::pin!(going_on);
    loop {
        tokio::select! {
            ended = &mut going_on => {
                ended?;
                most = most.max(honest.relay.memory()?);
                return Ok(most - before);
            }
            // Not a wait for anything: memory is looked at while others are at work.
            () = sleep(Duration::from_millis(50)) => most = most.max(honest.relay.memory()?),
        }
    }
}

/// Runs so many of a kind at a time.
async fn crowd<F>(count: usize, one: impl Fn(usize) -> F) -> Result<()>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let mut crowd: JoinSet<Result<()>> = (0..count).map(one).collect();
    while let Some(ended) = crowd.join_next().await {
        ended??;
    }
    Ok(())
}

#[tokio::test]
async fn messages_without_end_are_too_many() -> Result<()> {
    let honest = Honest::start(&[]).await?;
    let ping = Message::Ping(Ping {});
    let presence = Message::Presence(Presence {
        sealed: [7; 64].as_slice().into(),
    });
    for (what, channel, message) in [
        ("questions", Channel::CONNECTION, &ping),
        ("presence", CHANNEL, &presence),
    ] {
        let mut raw = Raw::greet(honest.address()).await?;
        raw.say(CHANNEL, &Message::Open(open_of(&board(2), None)))
            .await?;
        let frame = wire::encode(channel, message);
        let many = Sent::new(FIN | opcode::BINARY, &frame)
            .bytes()
            .repeat(3_000);
        // Whoever is shown out while still talking hears it only afterwards.
        let _ = raw.write(&many).await;
        let end = raw.end().await.with_context(|| what.to_owned())?;
        let word = end.word.with_context(|| format!("{what}: no word"))?;
        assert_eq!(word.code, CloseCode::TooMany, "{what}");
        assert!(word.retry_after_ms.is_some(), "{what}: it may come back");
        assert_eq!(end.close.map(|(code, _)| code), Some(1013), "{what}");
    }
    honest.end("messages without end").await
}

/// Sends the same bytes again and again for a while, or until the relay hangs up, and reads nothing.
async fn pour(raw: Raw, bytes: Vec<u8>) -> Result<()> {
    let mut stream = raw.into_stream();
    let pouring = async {
        use tokio::io::AsyncWriteExt;
        while stream.write_all(&bytes).await.is_ok() {}
    };
    // Either end is all right.
    let _ = timeout(FLOOD, pouring).await;
    Ok(())
}

#[tokio::test]
async fn pings_without_end_cost_little() -> Result<()> {
    let honest = Honest::start(&[]).await?;
    let address = honest.address();
    let grown = growth(&honest, async {
        crowd(4, move |_| async move {
            let pings = Sent::new(FIN | opcode::PING, &[7; 125]).bytes().repeat(500);
            pour(Raw::greet(address).await?, pings).await
        })
        .await
    });
    let grown = grown.await?;
    println!("pings: {} MiB more", grown / MIB);
    ensure!(grown < 32 * MIB, "it grew by {grown} bytes");
    honest.end("pings without end").await
}

#[tokio::test]
async fn large_pushes_without_end_wait_outside() -> Result<()> {
    let honest = Honest::start(&[]).await?;
    let address = honest.address();
    let grown = growth(&honest, async {
        crowd(32, move |number| async move {
            let keys = board(10 + number as u64 % 8);
            let mut peer = Peer::join(address, &keys).await?;
            peer.pull().await?;
            let mut envelope = keys.seal_changes(&[7; 60_000])?;
            envelope.resize(MAX_ENVELOPE, 7);
            let push = Message::Push(Push {
                reference: PushRef(1),
                envelope: envelope.into(),
                expect: None,
            });
            let frame = wire::encode(CHANNEL, &push);
            let frame = Sent::new(FIN | opcode::BINARY, &frame).bytes();
            pour(peer.into_raw(), frame).await
        })
        .await
    });
    let grown = grown.await?;
    println!("large pushes: {} MiB more", grown / MIB);
    ensure!(grown < 128 * MIB, "it grew by {grown} bytes");
    honest.end("large pushes without end").await
}

#[tokio::test]
async fn whoever_never_reads_costs_a_bounded_buffer() -> Result<()> {
    let honest = Honest::start(&[]).await?;
    let keys = board(2);
    let mut anna = Peer::join(honest.address(), &keys).await?;
    let long = "ord ".repeat(50_000);
    for note in 0..40 {
        anna.keep(&keys.seal_changes(format!("{note} {long}").as_bytes())?)
            .await?;
    }
    let address = honest.address();
    let grown = growth(&honest, async { crowd(40, move |_| deaf(address)).await });
    let grown = grown.await?;
    println!("never reading: {} MiB more", grown / MIB);
    ensure!(grown < 120 * MIB, "it grew by {grown} bytes");
    honest.end("never reading").await
}

/// Opens a board of 8 MB, asks and asks, and reads none of it.
async fn deaf(relay: SocketAddr) -> Result<()> {
    let mut raw = Raw::greet(relay).await?;
    raw.say(CHANNEL, &Message::Open(open_of(&board(2), None)))
        .await?;
    let ping = wire::encode(Channel::CONNECTION, &Message::Ping(Ping {}));
    let ping = Sent::new(FIN | opcode::BINARY, &ping).bytes();
    let start = Instant::now();
    while start.elapsed() < FLOOD && raw.write(&ping).await.is_ok() {
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

#[tokio::test]
async fn messages_that_are_never_finished_cost_what_was_sent() -> Result<()> {
    const CONNECTIONS: usize = 200;
    let honest = Honest::start(&[]).await?;
    let address = honest.address();
    let half = MAX_ENVELOPE / 2;
    let grown = growth(&honest, async {
        crowd(CONNECTIONS, move |_| async move {
            let mut raw = Raw::greet(address).await?;
            raw.frame(opcode::BINARY, &vec![7; half]).await?;
            raw.frame(FIN | opcode::PING, b"").await?;
            while raw
                .next()
                .await?
                .is_ok_and(|frame| frame.first != FIN | opcode::PONG)
            {}
            // All of them at the same time.
            sleep(Duration::from_secs(2)).await;
            Ok(())
        })
        .await
    });
    let grown = grown.await?;
    println!("never finished: {} MiB more", grown / MIB);
    let sent = (CONNECTIONS * half) as u64;
    ensure!(
        grown < 3 * sent + 16 * MIB,
        "{sent} were sent, and it grew by {grown} bytes"
    );
    honest.end("never finished").await
}
