//! Reconnecting, heartbeats, presence, and a peer that is no relay.

use super::bench::{Bench, chunk};
use crate::ids::{PersonId, PresenceId, TextId};
use crate::seal::{BoardKeys, Role};
use crate::sync::presence::{Body, Doing, DraftEdit};
use crate::sync::session::{Input, LinkStatus, Misbehaviour, Output};
use crate::sync::wire::{Ack, Channel, Close, CloseCode, Message, Pong, Presence, PushRef};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn waits_between_attempts_are_random_and_grow_up_to_a_bound() {
    let mut bench = Bench::new(Role::Participant);
    let mut waits = Vec::new();
    for _ in 0..40 {
        let wait = bench.tell(Input::Disconnected).reconnects_after().unwrap();
        waits.push(wait);
        bench.time += wait + 1;
    }
    assert!(waits[0] <= 500);
    assert!(waits.iter().all(|wait| *wait <= 20_000));
    assert!(waits[10..].iter().any(|wait| *wait > 10_000));
    assert!(waits[10..].windows(2).any(|pair| pair[0] != pair[1]));
}

#[test]
fn a_second_word_about_the_same_end_does_not_lengthen_the_wait() {
    let mut bench = Bench::online();
    let first = bench.tell(Input::Disconnected).reconnects_after().unwrap();
    let second = bench.tell(Input::Disconnected).reconnects_after().unwrap();
    assert!(second <= first.max(1));
}

#[test]
fn a_silent_connection_is_pinged_and_then_given_up() {
    let mut bench = Bench::online();
    assert_eq!(
        bench.session.next_wake().map(|at| at.0),
        Some(bench.time + 10_000)
    );
    let said = bench.wait(10_000);
    assert!(
        said.frames
            .iter()
            .any(|(_, it)| matches!(it, Message::Ping(_)))
    );
    bench.relay_on(Channel::CONNECTION, Message::Pong(Pong { time: None }));
    assert!(bench.wait(10_000).reconnects_after().is_none());
    let said = bench.wait(15_000);
    assert!(said.reconnects_after().is_some());
    assert_eq!(bench.status().link, LinkStatus::Offline);
}

#[test]
fn garbage_ends_the_connection_and_nothing_else() {
    let mut bench = Bench::online();
    bench.show(&bench.foreign(&[&chunk("a", &[])]));
    let before = bench.frontier.clone();
    let said = bench.tell(Input::Frame(vec![0xff; 40]));
    assert!(said.has(|it| matches!(it, Output::Misbehaved(Misbehaviour::Unreadable(_)))));
    assert!(said.reconnects_after().is_some());
    assert_eq!(bench.frontier, before);
}

#[test]
fn a_message_out_of_place_ends_the_connection() {
    let mut bench = Bench::new(Role::Participant);
    bench.tell(Input::Connected);
    let item = bench.item(b"no matter what");
    let said = bench.relay(Message::Item(item));
    assert!(said.has(|it| *it == Output::Misbehaved(Misbehaviour::OutOfPlace(8))));
}

#[test]
fn a_relay_that_closes_says_when_to_come_back() {
    let mut bench = Bench::online();
    let close = Close {
        code: CloseCode::TooMany,
        retry_after_ms: Some(9_000),
    };
    let said = bench.relay_on(Channel::CONNECTION, Message::Close(close));
    assert!(said.reconnects_after().unwrap() >= 9_000);
    assert_eq!(bench.status().closed, Some(CloseCode::TooMany));
    // The next attempt does not even reach it: what it said is no longer why.
    bench.tell(Input::Disconnected);
    assert_eq!(bench.status().closed, None);
}

#[test]
fn an_answer_to_nothing_does_nothing() {
    let mut bench = Bench::online();
    let said = bench.relay(Message::Ack(Ack {
        reference: PushRef(77),
        seq: crate::ids::Seq(1),
    }));
    assert!(said.frames.is_empty() && said.rest.is_empty() && said.write.is_empty());
}

fn doing(person: u8) -> Doing {
    let draft = DraftEdit::between(TextId([3; 16]), "", "skriver", None);
    Doing {
        person: PersonId([person; 16]),
        section: None,
        draft: Some(draft),
    }
}

fn presences(frames: &[(Channel, Message)]) -> usize {
    frames
        .iter()
        .filter(|(_, it)| matches!(it, Message::Presence(_)))
        .count()
}

#[test]
fn presence_goes_out_at_once_and_then_at_most_ten_times_a_second() {
    let mut bench = Bench::online();
    assert_eq!(presences(&bench.tell(Input::Presence(doing(1))).frames), 1);
    assert_eq!(presences(&bench.tell(Input::Presence(doing(2))).frames), 0);
    assert_eq!(presences(&bench.tell(Input::Presence(doing(3))).frames), 0);
    assert_eq!(presences(&bench.wait(99).frames), 0);
    assert_eq!(presences(&bench.wait(1).frames), 1);
    assert_eq!(presences(&bench.wait(5_000).frames), 0);
    assert_eq!(
        presences(&bench.wait(5_000).frames),
        1,
        "those who came later hear of it too"
    );
}

fn frame(keys: &BoardKeys, bench: &mut Bench, counter: u64, person: u8) -> Message {
    let body = Body::new(PresenceId([5; 16]), counter, Some(&doing(person)))
        .encode()
        .unwrap();
    let sealed = keys.seal_presence(&mut bench.rng, &body).unwrap();
    Message::Presence(Presence {
        sealed: sealed.into(),
    })
}

fn peers(bench: &mut Bench, message: Message) -> Option<Vec<Option<DraftEdit>>> {
    bench
        .relay(message)
        .rest
        .into_iter()
        .find_map(|output| match output {
            Output::Peers(peers) => Some(peers.into_iter().map(|peer| peer.doing.draft).collect()),
            _ => None,
        })
}

#[test]
fn a_peer_is_shown_while_it_is_heard_of_and_an_old_frame_shows_nothing() {
    let mut bench = Bench::online();
    let keys = bench.facilitator.clone();
    let (old, new) = (
        frame(&keys, &mut bench, 1, 1),
        frame(&keys, &mut bench, 2, 2),
    );
    assert_eq!(peers(&mut bench, new).unwrap().len(), 1);
    assert_eq!(peers(&mut bench, old), None);
    bench.wait(10_000);
    bench.relay_on(Channel::CONNECTION, Message::Pong(Pong { time: None }));
    bench.wait(10_000);
    bench.relay_on(Channel::CONNECTION, Message::Pong(Pong { time: None }));
    let said = bench.wait(10_000);
    assert!(said.has(|it| *it == Output::Peers(Vec::new())));
}

#[test]
fn an_observer_may_say_who_and_where_but_puts_no_words_into_a_mouth() {
    let mut bench = Bench::online();
    let observer = BoardKeys::from_link(&bench.facilitator.link(Role::Observer).unwrap()).unwrap();
    let unsigned = frame(&observer, &mut bench, 1, 1);
    assert_eq!(peers(&mut bench, unsigned), Some(vec![None]));
    let facilitator = bench.facilitator.clone();
    let signed = frame(&facilitator, &mut bench, 2, 1);
    assert!(peers(&mut bench, signed).unwrap()[0].is_some());
}
