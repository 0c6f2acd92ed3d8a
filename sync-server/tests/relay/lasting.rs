//! What survives a stop, a kill and a deleted folder.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use samsyn_shared::ids::{EnvelopeHash, Seq};
use samsyn_shared::seal::BoardKeys;
use samsyn_shared::sync::wire::{CHAIN_ZERO, Item, Message, Opened, Position, PushRef};

use crate::client::{Client, follow, hash};
use crate::process::Process;
use crate::support::{board, envelope};

async fn pulled(relay: &Process, keys: &BoardKeys) -> (Opened, Vec<Item>) {
    let (mut client, opened) = Client::open(relay.address, keys, None).await;
    let items = client.pull(None).await;
    (opened, items)
}

fn end(opened: &Opened, items: &[Item]) -> Position {
    let (cursor, chain) = items.iter().fold((Seq(0), CHAIN_ZERO), follow);
    let epoch = opened.epoch;
    Position {
        epoch,
        cursor,
        chain,
    }
}

#[tokio::test]
#[cfg(unix)]
async fn a_restart_goes_on_with_epoch_number_and_chain() {
    let data = tempfile::tempdir().unwrap();
    let keys = board(1);
    let relay = Process::start(data.path());
    let (mut anna, opened) = Client::open(relay.address, &keys, None).await;
    for n in 1..=3 {
        anna.push(n, &envelope(&keys, &format!("lapp {n}"))).await;
        anna.acked(n).await;
    }
    let (_, items) = pulled(&relay, &keys).await;
    let at = end(&opened, &items);
    let (closed, stopped) = tokio::join!(
        anna.ended(),
        tokio::task::spawn_blocking(move || relay.stop())
    );
    assert_eq!(closed.status, Some(1001), "told that the relay goes away");
    assert!(stopped.unwrap().0, "it leaves well");

    let relay = Process::start(data.path());
    let (mut anna, opened) = Client::open(relay.address, &keys, Some(at)).await;
    assert!(!opened.reset);
    assert_eq!(opened.epoch, at.epoch);
    assert!(anna.pull(Some(at)).await.is_empty());
    anna.push(9, &envelope(&keys, "efter")).await;
    let own = anna
        .find(|message| match message {
            Message::Own(own) => Some(own),
            _ => None,
        })
        .await;
    assert_eq!((own.prev, own.seq), (Seq(3), Seq(4)));
}

/// Pushes until the relay dies, and says what it acknowledged before.
async fn push_until_killed(
    relay: &mut Process,
    keys: &BoardKeys,
    round: u32,
) -> HashSet<EnvelopeHash> {
    let (mut client, _) = Client::open(relay.address, keys, None).await;
    let envelopes: Vec<_> = (0..2_000)
        .map(|n| envelope(keys, &format!("runda {round} lapp {n}")))
        .collect();
    let mut acked = HashSet::new();
    let mut pushed = 0_u32;
    let enough = 40 + 37 * round as usize;
    loop {
        while pushed - u32::try_from(acked.len()).unwrap() < 32 {
            let next = &envelopes[pushed as usize];
            if client.try_push(pushed, next).await.is_none() {
                return acked;
            }
            pushed += 1;
        }
        match client.next().await {
            Some(Message::Ack(ack)) => {
                let PushRef(reference) = ack.reference;
                acked.insert(hash(&envelopes[reference as usize]));
            }
            Some(_) => {}
            None => return acked,
        }
        if acked.len() == enough {
            relay.kill();
        }
    }
}

#[tokio::test]
async fn a_killed_relay_loses_nothing_that_it_acknowledged() {
    let data = tempfile::tempdir().unwrap();
    let keys = board(1);
    let mut acked = HashSet::new();
    let mut epochs = HashSet::new();
    for round in 0..6 {
        let mut relay = Process::start(data.path());
        acked.extend(push_until_killed(&mut relay, &keys, round).await);
        let relay = Process::start(data.path());
        let (opened, items) = pulled(&relay, &keys).await;
        end(&opened, &items);
        epochs.insert(opened.epoch);
        let kept: HashSet<_> = items.iter().map(|item| hash(&item.envelope)).collect();
        assert_eq!(kept.len(), items.len(), "nothing is stored twice");
        let lost = acked.difference(&kept).count();
        assert_eq!(lost, 0, "of {} acknowledged in round {round}", acked.len());
    }
    assert!(acked.len() > 600);
    assert_eq!(epochs.len(), 1, "it is the same log all along");
}

#[tokio::test]
async fn a_deleted_folder_is_a_new_log_and_is_filled_again() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("relay");
    let keys = board(1);
    let mut relay = Process::start(&folder);
    let sealed = envelope(&keys, "ett");
    let (mut anna, opened) = Client::open(relay.address, &keys, None).await;
    anna.push(1, &sealed).await;
    anna.acked(1).await;
    let (_, items) = pulled(&relay, &keys).await;
    let before = end(&opened, &items);
    relay.kill();
    fs::remove_dir_all(&folder).unwrap();

    let relay = Process::start(&folder);
    let (mut anna, opened) = Client::open(relay.address, &keys, Some(before)).await;
    assert!(opened.reset);
    assert_ne!(opened.epoch, before.epoch);
    assert!(anna.pull(None).await.is_empty());
    anna.push(1, &sealed).await;
    assert_eq!(anna.acked(1).await, Seq(1));
}

#[tokio::test]
async fn no_word_of_a_board_is_in_the_folder() {
    let data = tempfile::tempdir().unwrap();
    let keys = board(1);
    let mut relay = Process::start(data.path());
    let (mut anna, _) = Client::open(relay.address, &keys, None).await;
    anna.push(1, &envelope(&keys, "köksbordssamtal")).await;
    anna.acked(1).await;
    relay.kill();
    let files = files_below(data.path());
    let holds = |word: &[u8]| {
        let mut holds = files.iter().map(|path| fs::read(path).unwrap());
        holds.any(|bytes| bytes.windows(word.len()).any(|found| found == word))
    };
    assert!(
        holds(keys.board().as_bytes()),
        "the search finds what is there"
    );
    assert!(!holds("köksbord".as_bytes()));
}

fn files_below(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else if path.is_file() {
            files.push(path);
        }
    }
    files
}

#[tokio::test]
async fn a_second_relay_on_one_folder_says_what_to_do() {
    let data = tempfile::tempdir().unwrap();
    let _first = Process::start(data.path());
    let second = Process::fail(data.path());
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(said.contains("in use by another samsyn"), "{said}");
    assert!(said.contains("--data"));
}
