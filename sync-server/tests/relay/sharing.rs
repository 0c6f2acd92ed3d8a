//! What one client pushes, the others get: after it is on the disk, in order, once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use samsyn_shared::ids::{BoardId, Chain, EnvelopeHash, Seq};
use samsyn_shared::seal::Role;
use samsyn_shared::sync::wire::{Message, Position, Presence, PushRef, RejectCode, Retry};
use samsyn_sync_server::log::{
    Append, Entry, Kept, Log, LogError, MemoryLog, Meta, Placed, Start, Trimmed,
};
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::client::{Client, PATIENCE, follow};
use crate::pages::ask;
use crate::support::{as_role, board, envelope, relay, relay_over};

#[tokio::test]
async fn two_clients_see_each_others_envelopes() {
    let relay = relay();
    let facilitator = board(1);
    let participant = as_role(&facilitator, Role::Participant);
    let (mut anna, opened) = Client::open(relay.address, &facilitator, None).await;
    let (mut bo, again) = Client::open(relay.address, &participant, None).await;
    assert_eq!(opened.epoch, again.epoch);
    assert!(anna.pull(None).await.is_empty() && bo.pull(None).await.is_empty());

    let first = envelope(&facilitator, "ett");
    anna.push(7, &first).await;
    assert_eq!(anna.acked(7).await, Seq(1));
    let item = bo.item().await;
    let place = follow((Seq(0), Chain([0; 32])), &item);
    assert_eq!(item.envelope[..], first[..]);

    let second = envelope(&participant, "två");
    bo.push(1, &second).await;
    let own = bo
        .find(|message| match message {
            Message::Own(own) => Some(own),
            _ => None,
        })
        .await;
    let item = anna.item().await;
    let end = follow(place, &item);
    assert_eq!((own.seq, own.chain), end);
    assert_eq!((own.prev, own.reference), (Seq(1), PushRef(1)));
    relay.stop().await;
}

#[tokio::test]
async fn a_repeated_push_is_acknowledged_and_not_stored_twice() {
    let relay = relay();
    let keys = board(1);
    let (mut anna, _) = Client::open(relay.address, &keys, None).await;
    let sealed = envelope(&keys, "ett");
    anna.push(1, &sealed).await;
    assert_eq!(anna.acked(1).await, Seq(1));
    let (mut later, _) = Client::open(relay.address, &keys, None).await;
    later.push(1, &sealed).await;
    assert_eq!(later.acked(1).await, Seq(1));
    let (mut bo, _) = Client::open(relay.address, &keys, None).await;
    assert_eq!(bo.pull(None).await.len(), 1);
    relay.stop().await;
}

#[tokio::test]
async fn a_client_goes_on_from_where_it_was() {
    let relay = relay();
    let keys = board(1);
    let (mut anna, opened) = Client::open(relay.address, &keys, None).await;
    for n in 1..=5 {
        anna.push(n, &envelope(&keys, &format!("lapp {n}"))).await;
        anna.acked(n).await;
    }
    let (mut bo, _) = Client::open(relay.address, &keys, None).await;
    let items = bo.pull(None).await;
    let known = &items[2];
    let from = Some(Position {
        epoch: opened.epoch,
        cursor: known.seq,
        chain: known.chain,
    });
    let (mut back, opened) = Client::open(relay.address, &keys, from).await;
    assert!(!opened.reset);
    assert_eq!(back.pull(from).await, items[3..]);
    relay.stop().await;
}

#[tokio::test]
async fn presence_is_passed_on_and_forgotten() {
    let relay = relay();
    let keys = board(1);
    let (mut anna, _) = Client::open(relay.address, &keys, None).await;
    let (mut bo, _) = Client::open(relay.address, &keys, None).await;
    bo.pull(None).await;
    let sealed: Arc<[u8]> = Arc::from(&b"sealed"[..]);
    let presence = Presence { sealed };
    anna.say(Message::Presence(presence.clone())).await;
    let got = bo
        .find(|message| match message {
            Message::Presence(presence) => Some(presence),
            _ => None,
        })
        .await;
    assert_eq!(got, presence);
    let (mut late, _) = Client::open(relay.address, &keys, None).await;
    assert!(late.pull(None).await.is_empty());
    assert_eq!(late.heard_before_pong().await, []);
    relay.stop().await;
}

#[tokio::test]
async fn a_client_that_does_not_read_misses_nothing_later() {
    let relay = relay();
    let keys = board(1);
    let (mut slow, _) = Client::open(relay.address, &keys, None).await;
    let (mut anna, _) = Client::open(relay.address, &keys, None).await;
    let long = "ord ".repeat(12_000);
    for n in 1..=150 {
        let text = format!("{n} {long}");
        anna.push(n, &envelope(&keys, &text)).await;
        anna.acked(n).await;
    }
    let mut at = (Seq(0), Chain([0; 32]));
    while at.0 < Seq(150) {
        at = follow(at, &slow.item().await);
    }
    relay.stop().await;
}

/// A log whose appends wait until the test lets them through.
#[derive(Default)]
struct Gate {
    inner: MemoryLog,
    entered: Notify,
    open: Mutex<bool>,
    opened: Condvar,
    is_full: AtomicBool,
}

impl Gate {
    fn let_through(&self) {
        *self.open.lock().unwrap() = true;
        self.opened.notify_all();
    }
}

impl Log for Gate {
    fn boards(&self) -> Result<Vec<BoardId>, LogError> {
        self.inner.boards()
    }
    fn meta(&self, board: &BoardId) -> Result<Option<Meta>, LogError> {
        self.inner.meta(board)
    }
    fn append(&self, group: &[Append]) -> Result<Vec<Placed>, LogError> {
        if self.is_full.load(Ordering::SeqCst) {
            let (folder, what) = ("data".into(), "no space left".to_owned());
            return Err(LogError::Io { folder, what });
        }
        if !group.is_empty() {
            self.entered.notify_one();
            let open = self.open.lock().unwrap();
            drop(self.opened.wait_while(open, |open| !*open).unwrap());
        }
        self.inner.append(group)
    }
    fn read(&self, board: &BoardId, after: Seq, max: usize) -> Result<Vec<Entry>, LogError> {
        self.inner.read(board, after, max)
    }
    fn chain_at(&self, board: &BoardId, seq: Seq) -> Result<Option<Chain>, LogError> {
        self.inner.chain_at(board, seq)
    }
    fn find(&self, board: &BoardId, hash: &EnvelopeHash) -> Result<Option<Seq>, LogError> {
        self.inner.find(board, hash)
    }
    fn registers(&self, board: &BoardId) -> Result<Vec<Kept>, LogError> {
        self.inner.registers(board)
    }
    fn starts(&self, board: &BoardId) -> Result<Vec<Start>, LogError> {
        self.inner.starts(board)
    }
    fn put_part(
        &self,
        board: &BoardId,
        manifest: &EnvelopeHash,
        index: u16,
        part: &[u8],
    ) -> Result<(), LogError> {
        self.inner.put_part(board, manifest, index, part)
    }
    fn part(
        &self,
        board: &BoardId,
        manifest: &EnvelopeHash,
        index: u16,
    ) -> Result<Option<Arc<[u8]>>, LogError> {
        self.inner.part(board, manifest, index)
    }
    fn forget_parts(&self, board: &BoardId, manifest: &EnvelopeHash) -> Result<(), LogError> {
        self.inner.forget_parts(board, manifest)
    }
    fn retire(&self, board: &BoardId) -> Result<(), LogError> {
        self.inner.retire(board)
    }
    fn trim(&self, most: usize) -> Result<Trimmed, LogError> {
        self.inner.trim(most)
    }
}

#[tokio::test]
async fn nobody_hears_of_an_envelope_before_it_is_on_the_disk() {
    let gate = Arc::new(Gate::default());
    let relay = relay_over(gate.clone());
    let keys = board(1);
    let (mut anna, _) = Client::open(relay.address, &keys, None).await;
    let (mut bo, _) = Client::open(relay.address, &keys, None).await;
    anna.pull(None).await;
    bo.pull(None).await;
    anna.push(1, &envelope(&keys, "ett")).await;
    gate.entered.notified().await;
    assert_eq!(anna.heard_before_pong().await, []);
    assert_eq!(bo.heard_before_pong().await, []);
    gate.let_through();
    assert_eq!(anna.acked(1).await, Seq(1));
    assert_eq!(bo.item().await.seq, Seq(1));
    relay.stop().await;
}

/// A relay that stops refuses new pushes, though it still writes what it has.
async fn until_nothing_is_taken(client: &mut Client, sealed: &[u8]) {
    let refused = |message: &Message| match message {
        Message::Reject(reject) => reject.code == RejectCode::Storage,
        _ => false,
    };
    for reference in 2.. {
        client.push(reference, sealed).await;
        if client.heard_before_pong().await.iter().any(refused) {
            return;
        }
    }
}

#[tokio::test]
async fn a_stop_finishes_what_is_being_written() {
    let gate = Arc::new(Gate::default());
    let relay = relay_over(gate.clone());
    let keys = board(1);
    let (mut anna, _) = Client::open(relay.address, &keys, None).await;
    anna.push(1, &envelope(&keys, "ett")).await;
    gate.entered.notified().await;
    let stopping = tokio::spawn(relay.stop());
    until_nothing_is_taken(&mut anna, &envelope(&keys, "sen")).await;
    gate.let_through();
    assert_eq!(anna.acked(1).await, Seq(1));
    let ended = anna.ended().await;
    assert_eq!(ended.status, Some(1001));
    stopping.await.unwrap();
    assert!(gate.inner.meta(&keys.board()).unwrap().is_some());
}

#[tokio::test]
async fn a_full_disk_is_said_and_the_push_may_come_again() {
    let gate = Arc::new(Gate::default());
    gate.let_through();
    let relay = relay_over(gate.clone());
    let keys = board(1);
    let sealed = envelope(&keys, "ett");
    let (mut anna, _) = Client::open(relay.address, &keys, None).await;
    gate.is_full.store(true, Ordering::SeqCst);
    anna.push(1, &sealed).await;
    let (code, retry) = anna.refused(1).await;
    assert_eq!(code, RejectCode::Storage);
    assert!(matches!(retry, Retry::AfterMs(_)));
    assert!(ask(relay.address, "/readyz", "").await.contains(" 503 "));
    assert!(ask(relay.address, "/healthz", "").await.contains(" 200 "));
    gate.is_full.store(false, Ordering::SeqCst);
    // Nobody pushes: what stands before the relay sends nobody to one that is not ready.
    let ready = async { while !ask(relay.address, "/readyz", "").await.contains(" 200 ") {} };
    timeout(PATIENCE, ready).await.unwrap();
    anna.push(2, &sealed).await;
    assert_eq!(anna.acked(2).await, Seq(1));
    assert!(ask(relay.address, "/readyz", "").await.contains(" 200 "));
    relay.stop().await;
}
