//! What is not the protocol, or not true: each has its reason.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use samsyn_shared::ids::Seq;
use samsyn_shared::registers::{BoardState, RegisterSet};
use samsyn_shared::sync::wire::{
    self, Channel, CloseCode, Hello, Message, Ping, Presence, Push, PushRef, RejectCode, Retry,
    Welcome,
};
use samsyn_tests::peer::{CHANNEL, Peer, open_of};
use samsyn_tests::raw::{FIN, Raw, Stream, opcode};
use samsyn_tests::tablet::{board, participant};

use crate::honest::Honest;

const BINARY: u8 = FIN | opcode::BINARY;
/// Longer than a relay thinks about any message.
const SOON: Duration = Duration::from_secs(5);

/// A frame of a known type whose body has something under an unknown key, which is skipped.
fn skipped(inner: &[u8]) -> Vec<u8> {
    [&[0xA3, 0, 13, 1, 0, 2, 0xA1, 0x18, 99], inner].concat()
}

#[tokio::test]
async fn bytes_that_are_no_message_end_the_connection_at_once() -> Result<()> {
    let honest = Honest::start(&[]).await?;
    let before = honest.relay.memory()?;
    let deep = |byte: u8| skipped(&vec![byte; 200_000]);
    let huge = |head: u8| skipped(&[head, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2]);
    for (what, bytes) in [
        ("nothing", Vec::new()),
        ("noise", b"\xff\xfe\xfd".to_vec()),
        ("words", b"GET / HTTP/1.1\r\n\r\n".to_vec()),
        ("an array", vec![0x83, 1, 0, 0xA0]),
        ("half a map", vec![0xA3, 0, 13, 1]),
        ("keys out of order", vec![0xA3, 1, 0, 0, 13, 2, 0xA0]),
        (
            "a type that is a text",
            vec![0xA3, 0, 0x61, b'a', 1, 0, 2, 0xA0],
        ),
        (
            "a type that nobody has given out",
            vec![0xA3, 0, 100, 1, 0, 2, 0xA0],
        ),
        (
            "a channel that is negative",
            vec![0xA3, 0, 13, 1, 0x20, 2, 0xA0],
        ),
        (
            "something behind the end",
            vec![0xA3, 0, 13, 1, 0, 2, 0xA0, 0],
        ),
        (
            "a push without an envelope",
            vec![0xA3, 0, 5, 1, 1, 2, 0xA1, 0, 1],
        ),
        ("arrays in arrays", deep(0x81)),
        ("arrays without an end", deep(0x9F)),
        ("maps in maps", deep(0xA1)),
        ("tags of tags", deep(0xC1)),
        ("bytes that are not there", huge(0x5B)),
        ("an array that is not there", huge(0x9B)),
        ("a map that is not there", huge(0xBB)),
    ] {
        let mut raw = Raw::greet(honest.address()).await?;
        let start = Instant::now();
        raw.frame(BINARY, &bytes).await?;
        let end = raw.end().await.with_context(|| what.to_owned())?;
        let word = end.word.as_ref().map(|word| word.code);
        assert_eq!(word, Some(CloseCode::Protocol), "{what}");
        assert_eq!(end.close.map(|(code, _)| code), Some(1008), "{what}");
        assert_eq!(end.stream, Stream::Finished, "{what}");
        assert!(start.elapsed() < SOON, "{what}: {:?}", start.elapsed());
    }
    let grown = honest.relay.memory()?.saturating_sub(before);
    assert!(grown < 32 << 20, "it grew by {grown} bytes");
    honest.end("no messages").await
}

#[tokio::test]
async fn a_message_at_the_wrong_time_ends_the_connection_with_a_reason() -> Result<()> {
    let honest = Honest::start(&[]).await?;
    let keys = board(2);
    let open = || Message::Open(open_of(&keys, None));
    let close = || {
        Message::Close(wire::Close {
            code: CloseCode::Done,
            retry_after_ms: None,
        })
    };
    let welcome = Message::Welcome(Welcome {
        version: 1,
        time: 0,
        limits: wire::Limits {
            envelope: 1,
            boards: 1,
            in_flight: 1,
        },
        challenge: [0; 32],
    });
    let later = Message::Hello(Hello {
        version: 9,
        oldest: 9,
    });
    let hello = Message::Hello(Hello {
        version: wire::VERSION,
        oldest: wire::OLDEST_VERSION,
    });
    let connection = Channel::CONNECTION;
    for (what, said, code, status) in [
        (
            "no greeting",
            vec![(CHANNEL, open())],
            CloseCode::Protocol,
            1008,
        ),
        (
            "a later version",
            vec![(connection, later)],
            CloseCode::Version,
            1008,
        ),
        (
            "a relay's message",
            vec![(connection, hello.clone()), (connection, welcome)],
            CloseCode::Protocol,
            1008,
        ),
        (
            "a board as the connection",
            vec![(connection, hello.clone()), (connection, open())],
            CloseCode::Protocol,
            1008,
        ),
        (
            "a channel twice",
            vec![
                (connection, hello.clone()),
                (CHANNEL, open()),
                (CHANNEL, open()),
            ],
            CloseCode::Protocol,
            1008,
        ),
        (
            "a channel again",
            vec![
                (connection, hello.clone()),
                (CHANNEL, open()),
                (CHANNEL, close()),
                (CHANNEL, open()),
            ],
            CloseCode::Protocol,
            1008,
        ),
        (
            "a goodbye",
            vec![(connection, hello), (connection, close())],
            CloseCode::Done,
            1000,
        ),
    ] {
        let mut raw = Raw::upgrade(honest.address()).await?;
        for (channel, message) in &said {
            raw.say(*channel, message).await?;
        }
        let end = raw.end().await.with_context(|| what.to_owned())?;
        assert_eq!(end.word.map(|word| word.code), Some(code), "{what}");
        assert_eq!(end.close.map(|(code, _)| code), Some(status), "{what}");
        assert_eq!(end.stream, Stream::Finished, "{what}");
    }
    honest.end("messages at the wrong time").await
}

/// Says something, and waits for what the relay says to it. The connection must be there afterwards.
async fn answer<T>(
    raw: &mut Raw,
    channel: Channel,
    message: Message,
    look: impl FnMut(Channel, Message) -> Option<T>,
) -> Result<T> {
    raw.say(channel, &message).await?;
    let found = raw.find(look).await?;
    still_there(raw).await?;
    Ok(found)
}

async fn still_there(raw: &mut Raw) -> Result<()> {
    raw.say(Channel::CONNECTION, &Message::Ping(Ping {}))
        .await?;
    raw.find(|_, message| matches!(message, Message::Pong(_)).then_some(()))
        .await
}

fn push(number: u32, envelope: &[u8]) -> Message {
    Message::Push(Push {
        reference: PushRef(number),
        envelope: envelope.into(),
        expect: None,
    })
}

#[tokio::test]
async fn what_is_refused_by_itself_costs_nobody_their_connection() -> Result<()> {
    let honest = Honest::start(&[]).await?;
    let keys = board(2);
    let mut peer = Peer::join(honest.address(), &keys).await?;
    let kept = keys.seal_changes(b"kvar")?;
    peer.keep(&kept).await?;

    let mut raw = Raw::greet(honest.address()).await?;
    let rejected = |_, message| match message {
        Message::Reject(reject) => Some((reject.code, reject.retry)),
        _ => None,
    };
    let closed = |channel, message| match message {
        Message::Close(close) => Some((channel, close.code)),
        _ => None,
    };
    let refused = answer(&mut raw, Channel(7), push(1, &kept), rejected).await?;
    assert_eq!(refused.0, RejectCode::NotOpen);
    let mut wrong = open_of(&keys, None);
    wrong.keys = open_of(&board(3), None).keys;
    let ended = answer(&mut raw, Channel(8), Message::Open(wrong), closed).await?;
    assert_eq!(ended, (Channel(8), CloseCode::WrongKeys));

    let opened = |_, message| matches!(message, Message::Opened(_)).then_some(());
    let open = Message::Open(open_of(&keys, None));
    answer(&mut raw, CHANNEL, open, opened).await?;
    let elsewhere = board(3).seal_changes(b"annan tavla")?;
    let mut unsigned = kept.clone();
    let signature = unsigned.len() - 64;
    unsigned[signature..].fill(0);
    let long = vec![7; wire::MAX_ENVELOPE + 1];
    for (number, envelope, code) in [
        (2, &elsewhere, RejectCode::BadEnvelope),
        (3, &unsigned, RejectCode::Unauthorised),
        (4, &long, RejectCode::TooLarge),
        (5, &Vec::new(), RejectCode::BadEnvelope),
    ] {
        let refused = answer(&mut raw, CHANNEL, push(number, envelope), rejected).await?;
        assert_eq!(refused, (code, Retry::Never));
    }
    // A later version's message, and presence that is none, are nothing at all.
    raw.frame(BINARY, &[0xA3, 0, 0x18, 200, 1, 0, 2, 0xA0])
        .await?;
    for length in [0, 100, 200_000] {
        let sealed = vec![9; length].into();
        raw.say(CHANNEL, &Message::Presence(Presence { sealed }))
            .await?;
    }
    still_there(&mut raw).await?;
    let entries = Peer::join(honest.address(), &keys).await?.pull().await?;
    assert_eq!(entries.len(), 1, "nothing of it is in the log");
    honest.end("what is refused by itself").await
}

#[tokio::test]
async fn what_was_recorded_and_is_played_again_changes_nothing() -> Result<()> {
    let honest = Honest::start(&[]).await?;
    let facilitator = board(2);
    let guest = participant(&facilitator)?;
    let mut anna = Peer::join(honest.address(), &facilitator).await?;
    let mut registers = RegisterSet::default();
    let mut recorded = Vec::new();
    for state in [BoardState::Paused, BoardState::Open] {
        let sealed = registers.seal_state(&facilitator, &state)?;
        let verified = facilitator
            .verify_keys()
            .context("keys")?
            .verify(sealed.clone())?;
        registers.offer(&verified)?;
        anna.keep(&sealed).await?;
        recorded.push(sealed);
    }
    let notes = (0..5).map(|note| facilitator.seal_changes(format!("lapp {note}").as_bytes()));
    for note in notes {
        let note = note?;
        anna.keep(&note).await?;
        recorded.push(note);
    }
    let before = Peer::join(honest.address(), &guest).await?.pull().await?;

    // Anybody who listens has the bytes; the signatures in them are true.
    let mut mallory = Peer::join(honest.address(), &guest).await?;
    let paused = &recorded[0];
    assert_eq!(
        mallory.refused(paused).await?,
        (RejectCode::OldRegister, Retry::Never)
    );
    for (index, envelope) in recorded.iter().enumerate().skip(1).rev() {
        let seq = mallory.keep(envelope).await?;
        assert_eq!(
            seq,
            Seq(u64::try_from(index)? + 1),
            "where it has been all the time"
        );
    }
    let after = Peer::join(honest.address(), &guest).await?.pull().await?;
    assert_eq!(after, before);
    assert_eq!(BTreeSet::from_iter(&after).len(), after.len());
    let note = guest.seal_changes("tavlan är öppen".as_bytes())?;
    Peer::join(honest.address(), &guest)
        .await?
        .keep(&note)
        .await?;
    honest.end("what was recorded").await
}

#[tokio::test]
async fn a_great_many_boards_are_more_than_one_connection_may_open() -> Result<()> {
    let honest = Honest::start(&["--max-open-boards", "12"]).await?;
    let mut mallory = Raw::greet(honest.address()).await?;
    let welcome = |_, message| match message {
        Message::Welcome(welcome) => Some(welcome.limits.boards),
        _ => None,
    };
    let most = mallory.find(welcome).await?;
    for number in 1..=u64::from(most) + 40 {
        let open = open_of(&board(100 + number), None);
        let channel = Channel(u32::try_from(number)?);
        mallory.say(channel, &Message::Open(open)).await?;
    }
    let mut refused = 0;
    let mut opened = 0;
    while refused < 40 || opened < most {
        match mallory.hear().await?.context("it stays")?.1 {
            Message::Close(close) => {
                assert_eq!(close.code, CloseCode::TooMany);
                assert!(close.retry_after_ms.is_some());
                refused += 1;
            }
            // What it may open was told; that is what it gets.
            Message::Opened(_) => opened += 1,
            _ => {}
        }
    }
    // The relay's own ceiling: the honest board, the first eight, and three more.
    let mut more = Raw::greet(honest.address()).await?;
    let mut codes = Vec::new();
    for number in 1..=4_u32 {
        let open = open_of(&board(200 + u64::from(number)), None);
        let end = answer(
            &mut more,
            Channel(number),
            Message::Open(open),
            |_, message| match message {
                Message::Opened(_) => Some(None),
                Message::Close(close) => Some(Some(close.code)),
                _ => None,
            },
        );
        codes.push(end.await?);
    }
    assert_eq!(codes, [None, None, None, Some(CloseCode::TooMany)]);
    // Thousands: then it is no mistake any more.
    let flood = async {
        for number in 1_000..4_000 {
            let open = open_of(&board(300), None);
            mallory.say(Channel(number), &Message::Open(open)).await?;
        }
        anyhow::Ok(())
    };
    // Whoever is shown out while still talking hears it only afterwards.
    let _ = flood.await;
    let end = mallory.end().await?;
    let Some(word) = end.word else {
        bail!("no word: {end:?}");
    };
    assert!(
        matches!(word.code, CloseCode::TooMany | CloseCode::Protocol),
        "{word:?}"
    );
    honest.end("a great many boards").await
}
