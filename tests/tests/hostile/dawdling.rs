//! Who comes in and then says nothing, or never comes to an end: each is shown out in time. All of them at once, since
//! the relay's patience is what it is.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use futures_util::future::try_join_all;
use samsyn_shared::sync::wire::{CloseCode, Message};
use samsyn_tests::peer::{CHANNEL, Peer, open_of};
use samsyn_tests::raw::{FIN, Raw, handshake, opcode};
use samsyn_tests::tablet::board;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::honest::Honest;

/// Between two drops of who drips.
const DRIP: Duration = Duration::from_millis(500);
/// By then whoever has not asked for anything is out (`Patience::head`, 15 s, on a slow machine).
const HEAD: Duration = Duration::from_secs(40);
/// Likewise whoever does not answer pings (`Patience::give_up`, 50 s), or takes nothing (`Patience::write`, 30 s).
const GONE: Duration = Duration::from_secs(80);
/// Likewise whoever says nothing in the protocol (`RelayLimits::silence`, 60 s, looked at every 5 s).
const SILENT: Duration = Duration::from_secs(95);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Connects.
    SaysNothing,
    /// Sends the head of a request letter by letter.
    DripsAHead,
    /// Sends half of a handshake.
    HalfAHandshake,
    /// Asks for something, and keeps the connection for later.
    KeepsTheConnection,
    /// Asks for a page again and again, and reads none.
    AsksAndNeverReads,
    /// Shakes hands, and does not even answer pings: as after leaving the room.
    Vanishes,
    /// The same with a board open.
    VanishesFromABoard,
    /// Opens a board, asks for all of it, and reads nothing.
    OpensAndNeverReads,
    /// Sends a message byte by byte, and no end.
    NeverFinishes,
    /// The same, and answers pings.
    NeverFinishesAndAnswers,
    /// Answers pings, and says nothing.
    OnlyAnswers,
}

const WAYS: [(Way, Duration); 11] = [
    (Way::SaysNothing, HEAD),
    (Way::DripsAHead, HEAD),
    (Way::HalfAHandshake, HEAD),
    (Way::KeepsTheConnection, HEAD),
    (Way::AsksAndNeverReads, GONE),
    (Way::Vanishes, GONE),
    (Way::VanishesFromABoard, GONE),
    (Way::OpensAndNeverReads, GONE),
    (Way::NeverFinishes, GONE),
    (Way::NeverFinishesAndAnswers, SILENT),
    (Way::OnlyAnswers, SILENT),
];

#[tokio::test]
async fn who_dawdles_is_shown_out_in_time() -> Result<()> {
    let honest = Honest::start(&["--metrics", "same"]).await?;
    let keys = board(2);
    let mut anna = Peer::join(honest.address(), &keys).await?;
    let long = "ord ".repeat(50_000);
    for note in 0..40 {
        anna.keep(&keys.seal_changes(format!("{note} {long}").as_bytes())?)
            .await?;
    }
    drop(anna);
    let address = honest.address();
    let all = WAYS.map(|(way, limit)| async move {
        let start = Instant::now();
        let ended = timeout(limit, dawdle(way, address)).await;
        ended
            .with_context(|| format!("{way:?} is still there after {limit:?}"))?
            .with_context(|| format!("{way:?}"))?;
        println!("{way:?} was shown out after {:?}", start.elapsed());
        anyhow::Ok(())
    });
    try_join_all(all).await?;
    honest.end("dawdlers").await
}

/// Does it until the connection ends.
async fn dawdle(way: Way, relay: SocketAddr) -> Result<()> {
    let greeted = || Raw::greet(relay);
    match way {
        Way::SaysNothing => until_closed(Raw::connect(relay).await?.into_stream()).await,
        Way::DripsAHead => {
            drip(
                Raw::connect(relay).await?.into_stream(),
                b"GET / HTTP/1.1\r\nx: y",
            )
            .await
        }
        Way::HalfAHandshake => {
            let mut raw = Raw::connect(relay).await?;
            raw.write(handshake(relay).as_bytes()).await?;
            until_closed(raw.into_stream()).await
        }
        Way::KeepsTheConnection => {
            let mut raw = Raw::connect(relay).await?;
            raw.write(format!("GET /healthz HTTP/1.1\r\nHost: {relay}\r\n\r\n").as_bytes())
                .await?;
            raw.head().await?;
            until_closed(raw.into_stream()).await
        }
        Way::AsksAndNeverReads => {
            let raw = Raw::connect(relay).await?;
            let ask = format!("GET /metrics HTTP/1.1\r\nHost: {relay}\r\n\r\n");
            until_it_takes_no_more(raw.into_stream(), ask.as_bytes()).await
        }
        Way::Vanishes => without_answering(greeted().await?).await,
        Way::VanishesFromABoard => {
            let mut raw = greeted().await?;
            raw.say(CHANNEL, &Message::Open(open_of(&board(1), None)))
                .await?;
            without_answering(raw).await
        }
        Way::OpensAndNeverReads => {
            let mut raw = greeted().await?;
            raw.say(CHANNEL, &Message::Open(open_of(&board(2), None)))
                .await?;
            until_reset(raw.into_stream()).await
        }
        Way::NeverFinishes => {
            let mut raw = greeted().await?;
            raw.frame(opcode::BINARY, b"x").await?;
            drip(
                raw.into_stream(),
                &samsyn_tests::raw::Sent::new(opcode::CONTINUATION, b"y").bytes(),
            )
            .await
        }
        Way::NeverFinishesAndAnswers => {
            let mut raw = greeted().await?;
            raw.frame(opcode::BINARY, b"x").await?;
            silent(raw).await
        }
        Way::OnlyAnswers => silent(greeted().await?).await,
    }
}

/// Reads to the end, and answers nothing.
async fn until_closed(mut stream: TcpStream) -> Result<()> {
    let mut rest = Vec::new();
    // It may break off or finish; that it ends is the point.
    let _ = stream.read_to_end(&mut rest).await;
    Ok(())
}

async fn without_answering(raw: Raw) -> Result<()> {
    until_closed(raw.into_stream()).await
}

/// Sends the bytes one by one, again and again, until the connection ends.
async fn drip(mut stream: TcpStream, bytes: &[u8]) -> Result<()> {
    let (mut read, mut write) = stream.split();
    let dripping = async {
        for byte in bytes.iter().cycle() {
            if write.write_all(&[*byte]).await.is_err() {
                return;
            }
            sleep(DRIP).await;
        }
    };
    let mut rest = Vec::new();
    tokio::select! {
        _ = read.read_to_end(&mut rest) => {}
        () = dripping => {}
    }
    Ok(())
}

/// Asks again and again, and reads nothing, until nothing can be asked any more because the connection is gone.
async fn until_it_takes_no_more(mut stream: TcpStream, ask: &[u8]) -> Result<()> {
    while stream.write_all(ask).await.is_ok() {}
    Ok(())
}

/// Waits without reading until the other side has dropped the connection: then nothing can be sent any more.
async fn until_reset(mut stream: TcpStream) -> Result<()> {
    let pong = samsyn_tests::raw::Sent::new(FIN | opcode::PONG, b"").bytes();
    while stream.write_all(&pong).await.is_ok() {
        sleep(DRIP).await;
    }
    Ok(())
}

/// Answers pings until the relay says that nothing was heard.
async fn silent(mut raw: Raw) -> Result<()> {
    let word = loop {
        match raw.hear().await? {
            Some((_, Message::Close(close))) => break close.code,
            Some(_) => {}
            None => bail!("it ends without a word"),
        }
    };
    ensure!(word == CloseCode::Silent, "{word:?}");
    Ok(())
}
