//! Durable, then visible; and what may enter the log.

use super::bench::{Bench, numbers};
use crate::registers::BoardState;
use crate::seal::{BoardKeys, Role};
use crate::sync::relay::RelayLimits;
use crate::sync::wire::{Message, RejectCode, Retry};

fn room() -> Bench {
    let mut bench = Bench::new(RelayLimits::default());
    bench.join(1);
    bench.join(2);
    bench.sent.clear();
    bench
}

#[test]
fn nobody_hears_of_an_envelope_before_it_is_on_the_disk() {
    let mut bench = room();
    bench.push(1, 1, bench.changes("a"));
    assert!(bench.sent.is_empty());
    bench.flush();
    assert_eq!(
        numbers(&bench.taken(1)),
        [6, 9],
        "Ack and Own for who pushed"
    );
    assert_eq!(numbers(&bench.taken(2)), [8], "Item for everybody else");
}

#[test]
fn a_repeated_push_is_acknowledged_where_it_is_and_shown_once() {
    let mut bench = room();
    let envelope = bench.changes("a");
    bench.push(1, 1, envelope.clone());
    bench.flush();
    let Some(Message::Ack(first)) = bench.taken(1).into_iter().next() else {
        panic!()
    };
    bench.sent.clear();
    bench.push(2, 9, envelope);
    bench.flush();
    let answers = bench.taken(2);
    assert!(matches!(&answers[..], [Message::Ack(again)] if again.seq == first.seq));
    assert!(bench.sent.is_empty());
    assert_eq!(bench.entries.len(), 1);
}

#[test]
fn a_failed_append_is_rejected_for_now_and_shown_to_nobody() {
    let mut bench = room();
    bench.push(1, 1, bench.changes("a"));
    bench.fail_appends();
    assert!(matches!(
        bench.rejection(1),
        (RejectCode::Storage, Retry::AfterMs(_))
    ));
    assert!(bench.sent.is_empty());
    bench.push(1, 2, bench.changes("a"));
    bench.flush();
    assert_eq!(numbers(&bench.taken(1)), [6, 9]);
}

#[test]
fn only_what_is_signed_for_this_board_enters() {
    let mut bench = room();
    let stranger = BoardKeys::generate(&mut bench.rng);
    let packed = crate::seal::pack::pack(&[(crate::ids::ChangeHash([0; 32]), b"x")]).unwrap();
    bench.push(1, 1, stranger.seal_changes(&packed).unwrap());
    assert_eq!(bench.rejection(1), (RejectCode::BadEnvelope, Retry::Never));
    let mut forged = bench.changes("a");
    *forged.last_mut().unwrap() ^= 1;
    bench.push(1, 2, forged);
    assert_eq!(bench.rejection(1), (RejectCode::Unauthorised, Retry::Never));
    let mut unknown = bench.changes("a");
    unknown[5] = 9;
    bench.push(1, 3, unknown);
    assert_eq!(bench.rejection(1), (RejectCode::UnknownKind, Retry::Never));
    bench.push(1, 4, b"hej".to_vec());
    assert_eq!(bench.rejection(1), (RejectCode::BadEnvelope, Retry::Never));
    assert!(bench.appends.is_empty());
}

#[test]
fn a_paused_board_takes_what_facilitators_sign_whoever_pushes_it() {
    let mut bench = room();
    bench.push(2, 1, bench.state(1, &BoardState::Paused));
    bench.flush();
    bench.sent.clear();
    bench.push(1, 1, bench.changes("a"));
    assert_eq!(bench.rejection(1), (RejectCode::Paused, Retry::OnState));
    bench.push(1, 2, bench.changes_by(Role::Facilitator, "b"));
    bench.flush();
    assert_eq!(numbers(&bench.taken(1)), [6, 9]);
    bench.push(1, 3, bench.state(2, &BoardState::Open));
    bench.flush();
    bench.sent.clear();
    bench.push(1, 4, bench.changes("a"));
    bench.flush();
    assert_eq!(numbers(&bench.taken(1)), [6, 9]);
}

#[test]
fn a_deleted_board_takes_no_changes_ever_again() {
    let mut bench = room();
    bench.push(1, 1, bench.state(1, &BoardState::Deleted));
    bench.push(1, 2, bench.state(5, &BoardState::Open));
    bench.flush();
    bench.sent.clear();
    bench.push(1, 3, bench.changes_by(Role::Facilitator, "a"));
    assert_eq!(bench.rejection(1), (RejectCode::Deleted, Retry::Never));
}

#[test]
fn an_older_register_is_refused_and_the_state_outlives_the_memory() {
    let mut bench = room();
    bench.push(1, 1, bench.state(3, &BoardState::Paused));
    bench.flush();
    bench.sent.clear();
    bench.push(2, 1, bench.state(2, &BoardState::Open));
    assert_eq!(bench.rejection(2), (RejectCode::OldRegister, Retry::Never));
    for conn in [1, 2] {
        bench.tell(crate::sync::relay::RelayInput::Closed(
            crate::sync::relay::ConnId(conn),
        ));
    }
    assert_eq!(bench.core.boards(), 0);
    bench.join(3);
    bench.sent.clear();
    bench.push(3, 1, bench.changes("a"));
    assert_eq!(bench.rejection(3), (RejectCode::Paused, Retry::OnState));
}

#[test]
fn a_register_that_was_not_stored_does_not_rule() {
    let mut bench = room();
    bench.push(1, 1, bench.state(1, &BoardState::Paused));
    bench.fail_appends();
    bench.load_all();
    bench.sent.clear();
    bench.push(2, 1, bench.changes("a"));
    bench.flush();
    assert_eq!(numbers(&bench.taken(2)), [6, 9]);
}
