//! What the stream does to the document, S and the cursor.

use super::bench::{Bench, EPOCH, chunk, hash};
use crate::ids::{Chain, Seq};
use crate::registers::BoardState;
use crate::seal::{BoardKeys, Role};
use crate::sync::ChangeStore;
use crate::sync::session::{
    ChunkState, Frontier, Input, LinkStatus, Misbehaviour, Output, Saved, StoreWrite,
};
use crate::sync::wire::{CaughtUp, Channel, Message, NeedKeys};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn the_cursor_and_the_chunks_it_accounts_for_are_one_write() {
    let mut bench = Bench::online();
    let a = chunk("a", &[]);
    let said = bench.show(&bench.foreign(&[&a]));
    let frontier = said.write.frontier.unwrap();
    assert_eq!(
        (frontier.epoch, frontier.cursor, frontier.relay_heads),
        (EPOCH, Seq(2), vec![hash(&a)])
    );
    assert_eq!(said.write.chunks.len(), 1);
    assert_eq!(said.write.chunks[0].state, ChunkState::Applied);
    assert_eq!(said.write.chunks[0].bytes, a);
}

#[test]
fn an_acknowledgement_moves_neither_cursor_nor_s() {
    let mut bench = Bench::online();
    let (_, said) = bench.edit("mine", &[]);
    let before = bench.frontier.clone();
    let push = said.pushes().remove(0);
    let said = bench.ack(push.reference);
    assert_eq!(said.write.frontier, None);
    assert_eq!(bench.frontier, before);
    assert_eq!(
        bench.status().unshared,
        0,
        "it is on the relay's disk as long as this connection lasts"
    );
    bench.tell(Input::Disconnected);
    assert_eq!(
        bench.status().unshared,
        1,
        "and of the next relay nothing is known"
    );
}

#[test]
fn what_comes_back_is_shared_and_leaves_the_outbox() {
    let mut bench = Bench::online();
    let (mine, said) = bench.edit("mine", &[]);
    let push = said.pushes().remove(0);
    let hash_of_push = said.write.outbox_put[0].hash;
    let said = bench.own(&push);
    assert_eq!(said.write.outbox_remove, [hash_of_push]);
    assert_eq!(said.write.frontier.unwrap().relay_heads, [hash(&mine)]);
    bench.tell(Input::Disconnected);
    assert_eq!(bench.status().unshared, 0);
}

#[test]
fn a_change_joins_s_only_with_all_that_it_builds_on() {
    let mut bench = Bench::online();
    let (mine, said) = bench.edit("mine", &[]);
    let on_mine = chunk("theirs", &[&mine]);
    // The log has the second and not the first, as after a rejected batch.
    bench.show(&bench.foreign(&[&on_mine]));
    let frontier = bench.frontier.clone().unwrap();
    assert_eq!(frontier.relay_heads, []);
    assert_eq!(frontier.logged, [hash(&on_mine)]);
    let said = bench.own(&said.pushes().remove(0));
    let frontier = said.write.frontier.unwrap();
    assert_eq!(
        (frontier.relay_heads, frontier.logged),
        (vec![hash(&on_mine)], vec![])
    );
}

#[test]
fn a_change_that_waited_elsewhere_is_not_taken_for_logged() {
    let mut bench = Bench::online();
    let first = chunk("first", &[]);
    let second = chunk("second", &[&first]);
    bench.tell(Input::LocalChanges(vec![(hash(&second), second.clone())]));
    assert_eq!(bench.status().waiting, 1);
    let said = bench.show(&bench.foreign(&[&first]));
    assert_eq!(bench.status().waiting, 0);
    assert_eq!(bench.session.unshared(), [hash(&second)]);
    assert_eq!(said.pushes().len(), 1);
}

#[test]
fn a_waiting_change_is_kept_and_applied_when_its_time_comes() {
    let mut bench = Bench::online();
    let first = chunk("first", &[]);
    let second = chunk("second", &[&first]);
    let said = bench.show(&bench.foreign(&[&second]));
    assert_eq!(said.write.chunks[0].state, ChunkState::Waiting);
    assert!(!said.has(|it| matches!(it, Output::Delta(()))));
    let said = bench.show(&bench.foreign(&[&first]));
    let states: Vec<_> = said
        .write
        .chunks
        .iter()
        .map(|it| (it.hash, it.state))
        .collect();
    assert!(states.contains(&(hash(&second), ChunkState::Applied)));
    assert_eq!(bench.frontier.clone().unwrap().relay_heads, [hash(&second)]);
}

#[test]
fn a_restart_remembers_what_the_log_holds_beyond_s() {
    let mut bench = Bench::online();
    let first = chunk("first", &[]);
    let second = chunk("second", &[&first]);
    bench.show(&bench.foreign(&[&second]));
    let saved = Saved {
        frontier: bench.frontier.clone(),
        waiting: vec![second.clone()],
        ..Saved::default()
    };
    let mut bench = Bench::with(Role::Participant, saved, &[]);
    bench.edit("first", &[]);
    assert_eq!(
        bench.session.unshared(),
        [hash(&first)],
        "the second is in the log already"
    );
}

#[test]
fn waiting_changes_without_room_make_the_next_open_start_from_the_first_entry() {
    let mut bench = Bench::online();
    bench.session.store_mut().room = 0;
    let orphan = chunk("orphan", &[b"nobody has this"]);
    let said = bench.show(&bench.foreign(&[&orphan]));
    assert_eq!(said.write.dropped, [hash(&orphan)]);
    assert!(said.write.frontier.unwrap().must_refill);
    bench.tell(Input::Disconnected);
    let said = bench.tell(Input::Connected);
    assert!(
        said.frames
            .iter()
            .any(|(_, it)| matches!(it, Message::Open(open) if open.from.is_none()))
    );
}

#[test]
fn a_device_that_stays_online_reads_the_log_again_by_itself() {
    let mut bench = Bench::online();
    bench.session.store_mut().room = 0;
    let orphan = chunk("orphan", &[b"nobody has this"]);
    bench.show(&bench.foreign(&[&orphan]));
    bench.wait(20_000);
    let pong = Message::Pong(crate::sync::wire::Pong { time: None });
    bench.relay_on(Channel::CONNECTION, pong);
    let said = bench.wait(9_999);
    assert!(
        said.frames
            .iter()
            .all(|(_, it)| !matches!(it, Message::Open(_)))
    );
    let said = bench.wait(1);
    let opened = |(channel, it): &(Channel, Message)| {
        *channel == Channel(2) && matches!(it, Message::Open(open) if open.from.is_none())
    };
    assert!(said.frames.iter().any(opened));
}

#[test]
fn a_frontier_that_the_document_cannot_back_up_is_not_believed() {
    let mut bench = Bench::online();
    bench.show(&bench.foreign(&[&chunk("lost on the disk", &[])]));
    let saved = Saved {
        frontier: bench.frontier.clone(),
        ..Saved::default()
    };
    let mut bench = Bench::with(Role::Participant, saved, &[]);
    let said = bench.tell(Input::Connected);
    assert!(
        said.frames
            .iter()
            .any(|(_, it)| matches!(it, Message::Open(open) if open.from.is_none()))
    );
}

#[test]
fn a_gap_or_a_wrong_chain_opens_the_board_again_from_where_it_was_right() {
    let mut bench = Bench::online();
    bench.show(&bench.foreign(&[&chunk("a", &[])]));
    let lost = bench.item(&bench.foreign(&[&chunk("b", &[])]));
    let next = bench.item(&bench.foreign(&[&chunk("c", &[])]));
    let said = bench.relay(Message::Item(next));
    let open = said.frames.iter().find_map(|(channel, it)| match it {
        Message::Open(open) => Some((*channel, open.clone())),
        _ => None,
    });
    let (channel, open) = open.unwrap();
    assert_eq!((channel, open.from.unwrap().cursor), (Channel(2), Seq(2)));
    // What is still on its way on the old channel is dropped.
    assert!(bench.relay(Message::Item(lost)).rest.is_empty());
    assert_eq!(bench.session.store().changes_after(&[]).len(), 1);
}

#[test]
fn a_relay_whose_log_never_fits_is_left() {
    let mut bench = Bench::online();
    let mut last = None;
    for channel in 1..=4 {
        let mut item = bench.item(&bench.foreign(&[&chunk("a", &[])]));
        item.prev = Seq(99);
        last = Some(bench.relay_on(Channel(channel), Message::Item(item)));
        let keys = bench.keys();
        let keys = crate::sync::wire::Keys {
            facilitator: keys.facilitator,
            participant: keys.participant,
        };
        let opened = crate::sync::wire::Opened {
            epoch: EPOCH,
            keys,
            base: None,
            reset: false,
        };
        bench.relay_on(Channel(channel + 1), Message::Opened(opened));
    }
    let last = last.unwrap();
    assert!(last.has(|it| *it == Output::Misbehaved(Misbehaviour::BrokenStream)));
    assert!(last.reconnects_after().is_some());
}

#[test]
fn what_an_observer_signed_is_refused_counted_and_passed() {
    let mut bench = Bench::online();
    let evil = chunk("evil", &[]);
    let mut envelope = bench.foreign(&[&evil]);
    let other = BoardKeys::generate(&mut bench.rng);
    let signed = Bench::sealed(&other, &[&evil]);
    let length = envelope.len();
    envelope.splice(length - 64.., signed[signed.len() - 64..].iter().copied());
    let said = bench.show(&envelope);
    assert!(said.has(|it| matches!(it, Output::Refused(_))));
    assert_eq!(bench.status().refused, 1);
    assert!(!bench.session.store().contains(&hash(&evil)));
    assert_eq!(
        bench.frontier.clone().unwrap().cursor,
        Seq(2),
        "the stream goes on behind it"
    );
    bench.show(&bench.foreign(&[&chunk("good", &[])]));
    assert_eq!(bench.session.store().changes_after(&[]).len(), 1);
}

#[test]
fn a_change_that_breaks_the_rules_is_held_and_stored_apart() {
    let mut bench = Bench::online();
    let poison = vec![255, 1, 2];
    let said = bench.show(&bench.foreign(&[&poison, &chunk("good", &[])]));
    assert!(said.has(|it| matches!(it, Output::Held(held) if held.len() == 1)));
    let states: Vec<_> = said.write.chunks.iter().map(|it| it.state).collect();
    assert!(states.contains(&ChunkState::Held) && states.contains(&ChunkState::Applied));
    assert_eq!(bench.status().held, 1);
}

#[test]
fn while_catching_up_entries_go_in_together() {
    let mut bench = Bench::new(Role::Participant);
    bench.tell(Input::Connected);
    bench.opened(false);
    for name in ["a", "b", "c"] {
        let said = bench.show(&bench.foreign(&[&chunk(name, &[])]));
        assert!(said.write.chunks.is_empty());
        assert_eq!(
            bench.frontier.clone().unwrap().cursor,
            Seq(0),
            "nothing is passed that is not stored"
        );
    }
    let said = bench.relay(Message::CaughtUp(CaughtUp {}));
    assert_eq!(said.write.chunks.len(), 3);
    assert_eq!(said.write.frontier.unwrap().cursor, Seq(6));
    assert_eq!(bench.status().link, LinkStatus::Online);
}

#[test]
fn what_came_before_a_cut_is_not_lost_with_it() {
    let mut bench = Bench::new(Role::Participant);
    bench.tell(Input::Connected);
    bench.opened(false);
    bench.show(&bench.foreign(&[&chunk("a", &[])]));
    let said = bench.tell(Input::Disconnected);
    assert_eq!(said.write.chunks.len(), 1);
    assert_eq!(said.write.frontier.unwrap().cursor, Seq(2));
}

#[test]
fn an_observer_learns_the_keys_from_the_relay_and_pushes_nothing() {
    let mut bench = Bench::new(Role::Observer);
    assert!(bench.session.keys().verify_keys().is_none());
    bench.tell(Input::Connected);
    bench.relay(Message::NeedKeys(NeedKeys {}));
    let said = bench.opened(false);
    assert_eq!(said.write.verify_keys, Some(bench.keys()));
    bench.relay(Message::CaughtUp(CaughtUp {}));
    bench.show(&bench.foreign(&[&chunk("a", &[])]));
    assert_eq!(bench.session.store().changes_after(&[]).len(), 1);
    let (_, said) = bench.edit("scribble", &[]);
    assert!(said.pushes().is_empty());
    assert_eq!(bench.status().unshared, 1);
}

#[test]
fn keys_of_another_board_end_the_connection() {
    let mut bench = Bench::new(Role::Observer);
    bench.tell(Input::Connected);
    bench.facilitator = BoardKeys::generate(&mut bench.rng);
    let said = bench.opened(false);
    assert!(said.has(|it| *it == Output::Misbehaved(Misbehaviour::WrongKeys)));
}

#[test]
fn the_newest_title_is_kept_verbatim_whatever_comes_later() {
    let mut bench = Bench::online();
    let first = bench.title("Första");
    bench.show(&first);
    let second = bench.title("Andra");
    let said = bench.show(&second);
    assert_eq!(said.write.registers[0].1, second);
    let said = bench.show(&first);
    assert!(said.write.registers.is_empty());
    assert_eq!(
        bench
            .session
            .registers()
            .title(bench.session.keys())
            .unwrap()
            .as_str(),
        "Andra"
    );
    let paused = bench.state(&BoardState::Paused);
    assert!(
        bench
            .show(&paused)
            .has(|it| matches!(it, Output::Registers(_)))
    );
    assert_eq!(bench.session.registers().state(), BoardState::Paused);
}

/// A device that has got `count` changes from the log, each building on the one before, and a file that holds them.
fn with_a_file(count: usize) -> (Bench, Vec<Vec<u8>>) {
    let mut bench = Bench::online();
    let mut chunks: Vec<Vec<u8>> = Vec::new();
    for number in 0..count {
        let next = match chunks.last() {
            Some(last) => chunk(&number.to_string(), &[last]),
            None => chunk(&number.to_string(), &[]),
        };
        chunks.push(next);
    }
    let slices: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
    bench.show(&bench.foreign(&slices));
    (bench, chunks)
}

fn opened(chunks: &[Vec<u8>]) -> Input {
    Input::LocalChanges(chunks.iter().map(|it| (hash(it), it.clone())).collect())
}

#[test]
fn a_file_that_brings_nothing_new_changes_nothing() {
    for count in [1, 3, 60] {
        let (mut bench, chunks) = with_a_file(count);
        let before = bench.frontier.clone();
        for file in [&chunks[..], &chunks[..1]] {
            let said = bench.tell(opened(file));
            assert!(said.pushes().is_empty(), "nothing is pushed twice");
            assert_eq!(bench.session.unshared(), []);
            assert_eq!(said.write, StoreWrite::default());
        }
        assert_eq!(bench.frontier, before);
    }
}

#[test]
fn of_a_file_only_what_the_log_lacks_is_pushed() {
    let (mut bench, mut chunks) = with_a_file(3);
    let new = chunk("new", &[chunks.last().unwrap()]);
    chunks.push(new.clone());
    let said = bench.tell(opened(&chunks));
    assert_eq!(bench.session.unshared(), [hash(&new)]);
    assert_eq!(said.pushes().len(), 1);
    bench.own(&said.pushes()[0]);
    assert_eq!(bench.frontier.unwrap().relay_heads, [hash(&new)]);
}

fn waiting(chunks: &[Vec<u8>]) -> Saved {
    Saved {
        waiting: chunks.to_vec(),
        ..Saved::default()
    }
}

#[test]
fn what_waited_and_is_applied_at_start_is_stored_as_applied() {
    let first = chunk("first", &[]);
    let second = chunk("second", &[&first]);
    for on_disk in [vec![first.clone()], vec![first, second.clone()]] {
        let saved = waiting(std::slice::from_ref(&second));
        let mut bench = Bench::with(Role::Participant, saved, &on_disk);
        let said = bench.tell(Input::Tick);
        let stored: Vec<_> = said
            .write
            .chunks
            .iter()
            .map(|it| (it.hash, it.state))
            .collect();
        assert_eq!(stored, [(hash(&second), ChunkState::Applied)]);
        assert_eq!(bench.status().waiting, 0);
        let shown = said.has(|it| matches!(it, Output::Delta(())));
        assert_eq!(
            shown,
            on_disk.len() == 1,
            "what was there already is shown already"
        );
    }
}

#[test]
fn what_still_waits_at_start_is_not_stored_again() {
    let orphan = chunk("orphan", &[b"unknown"]);
    let mut bench = Bench::with(Role::Participant, waiting(&[orphan]), &[]);
    assert_eq!(bench.tell(Input::Tick).write, StoreWrite::default());
    assert_eq!(bench.status().waiting, 1);
}

#[test]
fn what_finds_no_room_to_wait_at_start_makes_the_next_open_start_from_the_first_entry() {
    let orphans: Vec<Vec<u8>> = (0..101)
        .map(|number| chunk(&number.to_string(), &[b"unknown"]))
        .collect();
    let saved = Saved {
        frontier: Some(Frontier {
            epoch: EPOCH,
            cursor: Seq(4),
            chain: Chain([4; 32]),
            relay_heads: Vec::new(),
            logged: orphans.iter().map(|it| hash(it)).collect(),
            must_refill: false,
        }),
        ..waiting(&orphans)
    };
    let mut bench = Bench::with(Role::Participant, saved, &[]);
    let said = bench.tell(Input::Connected);
    assert_eq!(said.write.dropped.len(), 1);
    assert!(
        said.frames
            .iter()
            .any(|(_, message)| { matches!(message, Message::Open(open) if open.from.is_none()) })
    );
}
