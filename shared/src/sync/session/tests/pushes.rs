//! What is pushed, when, and what a rejection does.

use super::bench::{Bench, chunk, hash};
use crate::registers::BoardState;
use crate::seal::{BoardKeys, Role};
use crate::sync::session::{Input, OutboxContent, Output, Saved};
use crate::sync::wire::{CaughtUp, Message, Retry};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn hello_open_and_the_first_pushes_go_out_together() {
    let mut bench = Bench::online();
    bench.tell(Input::Disconnected);
    bench.edit("offline", &[]);
    let said = bench.tell(Input::Connected);
    let numbers: Vec<u8> = said
        .frames
        .iter()
        .map(|(_, message)| message.number())
        .collect();
    assert_eq!(numbers, [1, 3, 5]);
}

#[test]
fn a_batch_once_cut_keeps_its_bytes_through_cuts_and_restarts() {
    let mut bench = Bench::online();
    let (first, said) = bench.edit("first", &[]);
    let entry = said.write.outbox_put[0].clone();
    bench.tell(Input::Disconnected);
    let (second, _) = bench.edit("second", &[&first]);
    let again = bench.tell(Input::Connected);
    assert_eq!(&*again.pushes()[0].envelope, entry.bytes.as_slice());
    assert_eq!(
        again.pushes().len(),
        2,
        "what came later goes into a batch of its own"
    );

    let saved = Saved {
        frontier: bench.frontier.clone(),
        outbox: vec![entry.clone()],
        ..Saved::default()
    };
    let mut bench = Bench::with(Role::Participant, saved, &[first, second]);
    let said = bench.tell(Input::Connected);
    assert_eq!(&*said.pushes()[0].envelope, entry.bytes.as_slice());
    assert_eq!(said.pushes().len(), 2);
}

#[test]
fn a_damaged_outbox_entry_is_sealed_again() {
    let mut bench = Bench::online();
    let (first, said) = bench.edit("first", &[]);
    let mut entry = said.write.outbox_put[0].clone();
    entry.bytes[50] ^= 1;
    let saved = Saved {
        frontier: bench.frontier.clone(),
        outbox: vec![entry],
        ..Saved::default()
    };
    let mut bench = Bench::with(Role::Participant, saved, &[first]);
    let said = bench.tell(Input::Connected);
    assert_eq!(said.pushes().len(), 1);
    assert_eq!(
        &*said.pushes()[0].envelope,
        said.write.outbox_put[0].bytes.as_slice()
    );
}

#[test]
fn it_is_stored_before_it_is_pushed() {
    let mut bench = Bench::online();
    let chunk = chunk("first", &[]);
    bench.session.store_mut().add(&chunk);
    let now = crate::time::Now::default();
    let outputs = bench.session.handle(
        now,
        &mut bench.rng,
        Input::LocalChanges(vec![(hash(&chunk), chunk)]),
    );
    assert!(matches!(&outputs[0], Output::Write(write) if write.outbox_put.len() == 1));
    assert!(matches!(&outputs[1], Output::Send(_)));
}

#[test]
fn no_later_batch_goes_before_a_rejected_one_is_settled() {
    let mut bench = Bench::online();
    let (first, said) = bench.edit("first", &[]);
    bench.reject(said.pushes()[0].reference, Retry::AfterMs(3_000));
    let (_, said) = bench.edit("second", &[&first]);
    assert!(said.pushes().is_empty());
    assert!(bench.wait(2_999).pushes().is_empty());
    assert_eq!(
        bench.session.next_wake().map(|at| at.0),
        Some(bench.time + 1)
    );
    let said = bench.wait(1);
    assert_eq!(said.pushes().len(), 2);
    assert_eq!(bench.status().rejected, None);
}

#[test]
fn what_is_refused_for_good_stays_here_with_all_that_builds_on_it() {
    let mut bench = Bench::online();
    let (first, said) = bench.edit("first", &[]);
    let said = bench.reject(said.pushes()[0].reference, Retry::Never);
    assert!(
        said.has(
            |it| matches!(it, Output::Rejected(rejected) if rejected.changes == [hash(&first)])
        )
    );
    let (second, said) = bench.edit("second", &[&first]);
    assert!(said.pushes().is_empty());
    let (_, said) = bench.edit("third", &[&second]);
    assert!(said.pushes().is_empty());
    let (_, said) = bench.edit("apart", &[]);
    assert_eq!(said.pushes().len(), 1, "what does not build on it goes on");
    assert_eq!(bench.status().unshared, 4);
    assert!(said.write.outbox_remove.is_empty());
}

#[test]
fn a_paused_participant_pushes_nothing_until_the_board_is_open() {
    let mut bench = Bench::online();
    let paused = bench.state(&BoardState::Paused);
    bench.show(&paused);
    let (_, said) = bench.edit("while paused", &[]);
    assert!(said.pushes().is_empty());
    bench.tell(Input::Disconnected);
    assert!(bench.tell(Input::Connected).pushes().is_empty());
    bench.opened(false);
    bench.relay(Message::CaughtUp(CaughtUp {}));
    let open = bench.state(&BoardState::Open);
    assert_eq!(bench.show(&open).pushes().len(), 1);
}

#[test]
fn a_push_that_waits_for_the_state_goes_when_it_changes() {
    let mut bench = Bench::online();
    let (_, said) = bench.edit("first", &[]);
    bench.reject(said.pushes()[0].reference, Retry::OnState);
    assert!(bench.wait(5_000).pushes().is_empty());
    let open = bench.state(&BoardState::Open);
    assert_eq!(bench.show(&open).pushes().len(), 1);
}

#[test]
fn after_a_reset_the_relay_is_filled_one_batch_at_a_time() {
    let mut bench = Bench::online();
    let chunks: Vec<Vec<u8>> = (0..4)
        .map(|number| chunk(&format!("{number}"), &[]))
        .collect();
    for it in &chunks {
        bench.show(&bench.foreign(&[it]));
    }
    bench.tell(Input::Disconnected);
    bench.session.tuning.batch_changes = 2;
    bench.tell(Input::Connected);
    let said = bench.opened(true);
    assert!(said.pushes().is_empty(), "first see what the relay has");
    assert_eq!(bench.status().unshared, 4);
    // Somebody else was faster with one of them.
    bench.show(&bench.foreign(&[&chunks[0]]));
    assert!(
        bench
            .relay(Message::CaughtUp(CaughtUp {}))
            .pushes()
            .is_empty(),
        "then wait a random time"
    );
    let said = bench.wait(3_000);
    assert_eq!(said.pushes().len(), 1);
    assert!(
        matches!(&said.write.outbox_put[0].content, OutboxContent::Changes(it) if it.len() == 2)
    );
    assert!(bench.wait(3_000).pushes().is_empty(), "one at a time");
    bench.own(&said.pushes()[0]);
    bench.ack(said.pushes()[0].reference);
    let said = bench.wait(3_000);
    assert_eq!(said.pushes().len(), 1);
    bench.own(&said.pushes()[0]);
    bench.ack(said.pushes()[0].reference);
    bench.wait(3_000);
    assert_eq!(bench.status().unshared, 0);
    let (_, said) = bench.edit("at once again", &[]);
    assert_eq!(said.pushes().len(), 1);
}

#[test]
fn a_refill_goes_on_when_its_batch_comes_back_before_it_is_answered() {
    let mut bench = Bench::online();
    let (a, b) = (chunk("a", &[]), chunk("b", &[]));
    bench.show(&bench.foreign(&[&a, &b]));
    bench.tell(Input::Disconnected);
    bench.session.tuning.batch_changes = 1;
    bench.tell(Input::Connected);
    bench.opened(true);
    bench.relay(Message::CaughtUp(CaughtUp {}));
    let push = bench.wait(3_000).pushes().remove(0);
    // Somebody sealed the same, and the relay had no room for this one.
    bench.show(&push.envelope);
    bench.reject(push.reference, Retry::AfterMs(10));
    assert_eq!(bench.wait(3_000).pushes().len(), 1);
}

#[test]
fn a_batch_that_others_have_pushed_meanwhile_is_not_pushed() {
    let mut bench = Bench::online();
    let (mine, said) = bench.edit("mine", &[]);
    assert_eq!(said.pushes().len(), 1);
    bench.tell(Input::Disconnected);
    bench.tell(Input::Connected);
    bench.opened(true);
    bench.show(&bench.foreign(&[&mine]));
    let said = bench.relay(Message::CaughtUp(CaughtUp {}));
    assert_eq!(bench.status().unshared, 0);
    assert!(
        said.write.outbox_remove.is_empty(),
        "it is on its way since the first flight"
    );
    let said = bench.reject(crate::sync::wire::PushRef(2), Retry::AfterMs(10));
    assert_eq!(said.write.outbox_remove.len(), 1);
    assert!(bench.wait(3_000).pushes().is_empty());
}

#[test]
fn what_has_come_is_taken_in_before_anything_is_cut() {
    let mut bench = Bench::online();
    bench.tell(Input::Disconnected);
    let (mine, _) = bench.edit("mine", &[]);
    bench.session.tuning.in_flight = 1;
    let (other, _) = bench.edit("other", &[]);
    bench.session.tuning.batch_changes = 1;
    let said = bench.tell(Input::Connected);
    assert_eq!(said.pushes().len(), 1);
    bench.opened(false);
    // Another device of the same role, with the same change from a file, was faster: the same bytes.
    let participant =
        BoardKeys::from_link(&bench.facilitator.link(Role::Participant).unwrap()).unwrap();
    bench.show(&Bench::sealed(&participant, &[&other]));
    let said = bench.ack(said.pushes()[0].reference);
    assert!(said.pushes().is_empty());
    assert!(said.write.outbox_put.is_empty());
    assert_eq!(bench.session.unshared(), []);
    assert!(!mine.is_empty());
}

#[test]
fn a_batch_that_is_in_the_log_already_leaves_the_outbox_when_that_is_said() {
    let mut bench = Bench::online();
    let (mine, said) = bench.edit("mine", &[]);
    bench.show(&bench.foreign(&[&mine]));
    bench.show(&bench.foreign(&[&chunk("later", &[])]));
    assert!(said.pushes().len() == 1 && bench.frontier.clone().unwrap().cursor.0 > 2);
    let said = bench.ack(said.pushes()[0].reference);
    assert_eq!(said.write.outbox_remove.len(), 1);
}

#[test]
fn a_register_is_pushed_until_the_stream_shows_it_and_again_to_a_relay_that_lacks_it() {
    let mut bench = Bench::new(Role::Facilitator);
    let title = bench.title("Höga flöden");
    let said = bench.tell(Input::Register(title.clone()));
    assert_eq!(said.write.registers[0].1, title);
    assert_eq!(bench.status().unshared, 1);
    bench.tell(Input::Connected);
    bench.opened(false);
    let said = bench.relay(Message::CaughtUp(CaughtUp {}));
    let push = said.pushes().remove(0);
    assert_eq!(&*push.envelope, title.as_slice());
    assert_eq!(bench.own(&push).write.outbox_remove.len(), 1);
    bench.tell(Input::Disconnected);
    bench.tell(Input::Connected);
    bench.opened(true);
    bench.relay(Message::CaughtUp(CaughtUp {}));
    assert_eq!(&*bench.wait(3_000).pushes()[0].envelope, title.as_slice());
}

#[test]
fn a_refused_register_is_asked_about_again_until_the_stream_shows_a_newer_one() {
    let mut bench = Bench::new(Role::Facilitator);
    bench.go_online();
    let title = bench.title("Ettan");
    let said = bench.tell(Input::Register(title));
    let said = bench.reject(said.pushes()[0].reference, Retry::Never);
    assert!(said.write.outbox_remove.is_empty());
    bench.tell(Input::Disconnected);
    assert_eq!(bench.tell(Input::Connected).pushes().len(), 1);
    bench.opened(false);
    bench.relay(Message::CaughtUp(CaughtUp {}));
    let newer = bench.title("Tvåan");
    assert_eq!(bench.show(&newer).write.outbox_remove.len(), 1);
    assert_eq!(bench.status().unshared, 0);
}

#[test]
fn an_observer_gives_registers_back_to_a_relay_that_lost_them() {
    let mut bench = Bench::new(Role::Observer);
    bench.go_online();
    let title = bench.title("Höga flöden");
    bench.show(&title);
    bench.tell(Input::Disconnected);
    bench.tell(Input::Connected);
    bench.opened(true);
    bench.relay(Message::CaughtUp(CaughtUp {}));
    assert_eq!(&*bench.wait(3_000).pushes()[0].envelope, title.as_slice());
}
