//! What strangers, broken clients and curious observers cannot do.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use samsyn_shared::ids::Seq;
use samsyn_shared::registers::{BoardState, RegisterSet};
use samsyn_shared::seal::Role;
use samsyn_shared::sync::wire::{self, CloseCode, MAX_FRAME, Message, RejectCode, Retry};
use samsyn_sync_server::log::MemoryLog;
use samsyn_sync_server::serve::Server;
use samsyn_sync_server::ws::Patience;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::client::{Client, PATIENCE, wire_keys};
use crate::support::{as_role, board, envelope, flags, relay};

#[tokio::test]
async fn garbage_ends_its_own_connection_and_no_other() {
    let relay = relay();
    let keys = board(1);
    let (mut anna, _) = Client::open(relay.address, &keys, None).await;
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    for length in [0, 1, 3, 40, 1_000, 100_000] {
        let mut garbage = vec![0; length];
        rng.fill_bytes(&mut garbage);
        let mut stranger = Client::connect(relay.address).await;
        stranger.hello().await;
        stranger.send(garbage).await.unwrap();
        let ended = stranger.ended().await;
        assert_eq!(ended.code, Some(CloseCode::Protocol), "{length} bytes");
        assert_eq!(ended.status, Some(1008));
    }
    anna.push(1, &envelope(&keys, "ett")).await;
    assert_eq!(anna.acked(1).await, Seq(1));
    relay.stop().await;
}

#[tokio::test]
async fn damaged_frames_never_stop_the_relay() {
    let relay = relay();
    let keys = board(1);
    let open = wire::Open {
        board: keys.board(),
        from: None,
        keys: wire_keys(&keys),
        without: None,
    };
    let whole = wire::encode(crate::client::CHANNEL, &Message::Open(open));
    for cut in 0..whole.len() {
        let mut stranger = Client::connect(relay.address).await;
        stranger.hello().await;
        let mut damaged = whole.clone();
        damaged[cut] ^= 0x41;
        stranger.send(whole[..cut].to_vec()).await.unwrap();
        let _ = stranger.send(damaged).await;
        assert_eq!(stranger.ended().await.code, Some(CloseCode::Protocol));
    }
    let (mut anna, _) = Client::open(relay.address, &keys, None).await;
    assert!(anna.pull(None).await.is_empty());
    relay.stop().await;
}

#[tokio::test]
async fn a_message_over_the_limit_ends_the_connection() {
    let relay = relay();
    let mut client = Client::connect(relay.address).await;
    client.hello().await;
    let _ = client.send(vec![0; MAX_FRAME + 1]).await;
    let ended = client.ended().await;
    assert_eq!(ended.status, Some(1009));
    let mut text = Client::connect(relay.address).await;
    text.send_text("hej").await;
    assert_eq!(text.ended().await.status, Some(1003));
    relay.stop().await;
}

#[tokio::test]
async fn an_observer_reads_and_cannot_push() {
    let relay = relay();
    let facilitator = board(1);
    let observer = as_role(&facilitator, Role::Observer);
    let sealed = envelope(&facilitator, "ett");
    let (mut anna, _) = Client::open(relay.address, &facilitator, None).await;
    anna.push(1, &sealed).await;
    anna.acked(1).await;
    let (mut guest, _) = Client::open(relay.address, &observer, None).await;
    assert_eq!(guest.pull(None).await.len(), 1);
    assert!(observer.seal_changes(b"hej").is_err());
    // The role is the seventh byte of an envelope: an observer that claims any role has no key to sign with.
    for role in [1, 2, 3] {
        let mut forged = envelope(&facilitator, "egen");
        forged[6] = role;
        let last = forged.len() - 1;
        forged[last] ^= 1;
        guest.push(u32::from(role), &forged).await;
        let (code, retry) = guest.refused(u32::from(role)).await;
        assert!(
            matches!(code, RejectCode::Unauthorised | RejectCode::BadEnvelope),
            "role {role}: {code:?}"
        );
        assert_eq!(retry, Retry::Never);
    }
    let (mut late, _) = Client::open(relay.address, &facilitator, None).await;
    assert_eq!(late.pull(None).await.len(), 1);
    relay.stop().await;
}

#[tokio::test]
async fn a_participant_cannot_sign_what_a_facilitator_decides() {
    let relay = relay();
    let facilitator = board(1);
    let participant = as_role(&facilitator, Role::Participant);
    let registers = RegisterSet::default();
    let paused = registers.seal_state(&facilitator, &BoardState::Paused);
    let mut forged = paused.unwrap();
    forged[6] = Role::Participant.code();
    let (mut bo, _) = Client::open(relay.address, &participant, None).await;
    bo.push(1, &forged).await;
    assert_eq!(
        bo.refused(1).await,
        (RejectCode::Unauthorised, Retry::Never)
    );
    relay.stop().await;
}

#[tokio::test]
async fn a_paused_board_takes_nothing_from_participants() {
    let relay = relay();
    let facilitator = board(1);
    let participant = as_role(&facilitator, Role::Participant);
    let registers = RegisterSet::default();
    let paused = registers.seal_state(&facilitator, &BoardState::Paused);
    let (mut anna, _) = Client::open(relay.address, &facilitator, None).await;
    let (mut bo, _) = Client::open(relay.address, &participant, None).await;
    anna.push(1, &paused.unwrap()).await;
    anna.acked(1).await;
    bo.push(1, &envelope(&participant, "sent")).await;
    assert_eq!(bo.refused(1).await, (RejectCode::Paused, Retry::OnState));
    anna.push(2, &envelope(&facilitator, "rättelse")).await;
    anna.acked(2).await;
    relay.stop().await;
}

#[tokio::test]
async fn an_unsigned_or_foreign_or_long_envelope_is_refused() {
    let relay = relay();
    let keys = board(1);
    let (mut anna, _) = Client::open(relay.address, &keys, None).await;
    let mut unsigned = envelope(&keys, "ett");
    let length = unsigned.len();
    unsigned[length - 64..].fill(0);
    anna.push(1, &unsigned).await;
    assert_eq!(
        anna.refused(1).await,
        (RejectCode::Unauthorised, Retry::Never)
    );
    anna.push(2, &envelope(&board(2), "annan tavla")).await;
    assert_eq!(
        anna.refused(2).await,
        (RejectCode::BadEnvelope, Retry::Never)
    );
    anna.push(3, &vec![7; wire::MAX_ENVELOPE + 1]).await;
    assert_eq!(anna.refused(3).await, (RejectCode::TooLarge, Retry::Never));
    relay.stop().await;
}

#[tokio::test]
async fn keys_of_another_board_open_nothing() {
    let relay = relay();
    let mut client = Client::connect(relay.address).await;
    client.hello().await;
    client
        .ask_open(board(1).board(), wire_keys(&board(2)), None)
        .await;
    let code = client
        .find(|message| match message {
            Message::Close(close) => Some(close.code),
            _ => None,
        })
        .await;
    assert_eq!(code, CloseCode::WrongKeys);
    relay.stop().await;
}

#[tokio::test]
async fn a_full_board_says_so_and_stays_readable() {
    let args = flags(&["--max-board", "1"]);
    let log = Arc::new(MemoryLog::default());
    let relay = Server::start(&args, log, Patience::default()).unwrap();
    let keys = board(1);
    let (mut anna, _) = Client::open(relay.address, &keys, None).await;
    let long = "ord ".repeat(50_000);
    for n in 1..=5 {
        anna.push(n, &envelope(&keys, &format!("{n}{long}"))).await;
        anna.acked(n).await;
    }
    anna.push(6, &envelope(&keys, &format!("6{long}"))).await;
    let (code, retry) = anna.refused(6).await;
    assert_eq!(code, RejectCode::BoardFull);
    assert!(matches!(retry, Retry::AfterMs(_)));
    let (mut bo, _) = Client::open(relay.address, &keys, None).await;
    assert_eq!(bo.pull(None).await.len(), 5);
    relay.stop().await;
}

#[tokio::test]
async fn a_tablet_that_left_the_room_is_noticed() {
    let patience = Patience {
        ask: Duration::from_millis(50),
        give_up: Duration::from_millis(200),
        ..Patience::default()
    };
    let log = Arc::new(MemoryLog::default());
    let relay = Server::start(&flags(&[]), log, patience).unwrap();
    let keys = board(1);
    let (gone, _) = Client::open(relay.address, &keys, None).await;
    let (mut there, _) = Client::open(relay.address, &keys, None).await;
    // It answers nothing any more, not even pings; its socket stays open, as after walking out of the wifi.
    let mut silent = gone.into_stream();
    let mut rest = Vec::new();
    let ends = timeout(PATIENCE, silent.read_to_end(&mut rest));
    let reads = async {
        let mut heard = 0;
        while heard < 20 {
            there.heard_before_pong().await;
            heard += 1;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let (ended, ()) = tokio::join!(ends, reads);
    assert!(ended.is_ok(), "the silent one is cut off");
    there.push(1, &envelope(&keys, "ett")).await;
    there.acked(1).await;
    relay.stop().await;
}

#[tokio::test]
async fn no_more_come_in_than_there_is_room_for() {
    let args = flags(&["--max-connections", "2"]);
    let log = Arc::new(MemoryLog::default());
    let relay = Server::start(&args, log, Patience::default()).unwrap();
    let first = Client::connect(relay.address).await;
    let _second = Client::connect(relay.address).await;
    assert!(is_refused(relay.address).await);
    drop(first);
    // The relay has to see the end of the first one before there is room again.
    while is_refused(relay.address).await {}
    relay.stop().await;
}

async fn is_refused(relay: std::net::SocketAddr) -> bool {
    let asked = async {
        let mut stream = TcpStream::connect(relay).await?;
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            .await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok::<_, io::Error>(answer)
    };
    match asked.await {
        Ok(answer) => answer.is_empty(),
        Err(_) => true,
    }
}
