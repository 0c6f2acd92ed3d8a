//! Asking for snapshots, taking them in, handing them out, and letting go of what they replace.

use super::bench::{Bench, CHANNEL, numbers};
use crate::ids::{Chain, Seq};
use crate::registers::BoardState;
use crate::seal::{BoardKeys, Manifest, Role, Sealed, SnapshotBody, SnapshotHeader, envelope_hash};
use crate::sync::relay::{Compaction, ConnId, RelayInput, RelayLimits};
use crate::sync::wire::{
    BaseTaken, Channel, CloseCode, Declined, Message, Part, PartWanted, Position, RejectCode,
    Retry, SnapshotConfirmed,
};

const CHANGES: u32 = 6;

fn limits() -> RelayLimits {
    RelayLimits {
        compaction: Compaction {
            urgent_bytes: 600,
            urgent_times: 2,
            leisure_bytes: 1 << 40,
            ..Compaction::default()
        },
        ..RelayLimits::default()
    }
}

/// Three are there, and the second of them has written until a snapshot is wanted.
fn room() -> Bench {
    let mut bench = Bench::new(limits());
    for conn in 1..=3 {
        bench.join(conn);
    }
    bench.sent.clear();
    for number in 0..CHANGES {
        bench.push(2, number, bench.changes(&format!("change {number}")));
        bench.flush();
    }
    bench
}

/// The request that was sent, and to whom.
fn wanted(bench: &Bench) -> Vec<(u64, u64)> {
    let wanted = bench
        .sent
        .iter()
        .filter_map(|(conn, _, message)| match message {
            Message::SnapshotWanted(wanted) => Some((conn.0, wanted.request)),
            _ => None,
        });
    wanted.collect()
}

fn header(bench: &Bench, request: u64) -> SnapshotHeader {
    let Position {
        epoch,
        cursor,
        chain,
    } = bench.position();
    SnapshotHeader {
        request,
        epoch,
        covers: cursor,
        chain,
        parts: vec![],
    }
}

/// A snapshot of three parts, as nobody but the maker can tell from a real one.
fn sealed(bench: &Bench, header: &SnapshotHeader) -> Sealed {
    let body = SnapshotBody {
        blocks: vec![vec![7; 150_000]],
        waiting: vec![],
    };
    let contents = Manifest {
        heads: vec![],
        count: 0,
        waiting: vec![],
    };
    let keys = BoardKeys::from_link(&bench.keys.link(Role::Participant).unwrap()).unwrap();
    keys.seal_snapshot(header, &contents, &body).unwrap()
}

fn give(bench: &mut Bench, conn: u64, sealed: &Sealed, index: u16) {
    let manifest = envelope_hash(&sealed.envelope);
    let bytes = sealed.parts[usize::from(index)].as_slice().into();
    bench.frame(
        conn,
        CHANNEL,
        &Message::Part(Part {
            manifest,
            index,
            bytes,
        }),
    );
    bench.carry_parts();
}

fn asked_for(messages: &[Message]) -> Vec<u16> {
    let index = |message: &Message| match message {
        Message::PartWanted(wanted) => Some(wanted.index),
        _ => None,
    };
    messages.iter().filter_map(index).collect()
}

/// The snapshot is made, and is the board's start from now on.
fn compacted() -> (Bench, Sealed) {
    let mut bench = room();
    let [(maker, request)] = wanted(&bench)[..] else {
        panic!()
    };
    let sealed = sealed(&bench, &header(&bench, request));
    bench.sent.clear();
    bench.push(maker, 50, sealed.envelope.clone());
    for index in 0..3 {
        give(&mut bench, maker, &sealed, index);
    }
    bench.settle();
    (bench, sealed)
}

fn confirm(bench: &mut Bench, conn: u64, keys: &BoardKeys, challenge: &[u8; 32], sealed: &Sealed) {
    let manifest = envelope_hash(&sealed.envelope);
    let signature = keys.confirm(challenge, &manifest).unwrap();
    bench.frame(
        conn,
        CHANNEL,
        &Message::SnapshotConfirmed(SnapshotConfirmed {
            manifest,
            signature,
        }),
    );
}

/// Somebody who joins, and what their connection was given to sign.
fn join(bench: &mut Bench, conn: u64) -> [u8; 32] {
    bench.greet(conn);
    let Some(Message::Welcome(welcome)) = bench.taken(conn).into_iter().next() else {
        panic!()
    };
    bench.ask_open(conn, CHANNEL, None, Some(bench.wire_keys()));
    bench.answer_all();
    welcome.challenge
}

#[test]
fn who_has_written_is_asked_before_who_has_only_listened() {
    let bench = room();
    assert_eq!(wanted(&bench).len(), 1);
    assert_eq!(wanted(&bench)[0].0, 2);
}

#[test]
fn who_declines_or_dawdles_is_followed_by_the_next_until_nobody_is_left() {
    let mut bench = room();
    let (first, request) = wanted(&bench)[0];
    bench.sent.clear();
    bench.frame(first, CHANNEL, &Message::Declined(Declined { request }));
    let [(second, later)] = wanted(&bench)[..] else {
        panic!()
    };
    assert!(first != second && later != request);
    bench.sent.clear();
    bench.time += Compaction::default().patience;
    for conn in 1..=3 {
        bench.frame(
            conn,
            Channel::CONNECTION,
            &Message::Ping(crate::sync::wire::Ping {}),
        );
    }
    bench.sent.clear();
    bench.tell(RelayInput::Tick);
    let [(third, _)] = wanted(&bench)[..] else {
        panic!()
    };
    assert!(third != first && third != second);
}

#[test]
fn the_log_is_cut_off_once_every_part_is_there_and_everybody_is_told() {
    let mut bench = room();
    let [(maker, request)] = wanted(&bench)[..] else {
        panic!()
    };
    let sealed = sealed(&bench, &header(&bench, request));
    bench.sent.clear();
    bench.push(maker, 50, sealed.envelope.clone());
    assert_eq!(asked_for(&bench.taken(maker)), [0, 1, 2]);
    give(&mut bench, maker, &sealed, 2);
    give(&mut bench, maker, &sealed, 0);
    assert!(bench.appends.is_empty());
    give(&mut bench, maker, &sealed, 1);
    assert_eq!(bench.appends.len(), 1);
    bench.flush();
    assert_eq!(
        numbers(&bench.taken(maker)),
        [6, 8],
        "Ack, and Item for the maker too"
    );
    assert_eq!(numbers(&bench.taken(1)), [8]);
}

#[test]
fn a_part_that_the_manifest_does_not_list_ends_it() {
    let mut bench = room();
    let [(maker, request)] = wanted(&bench)[..] else {
        panic!()
    };
    let sealed = sealed(&bench, &header(&bench, request));
    bench.sent.clear();
    bench.push(maker, 50, sealed.envelope.clone());
    bench.sent.clear();
    let wrong = Part {
        manifest: envelope_hash(&sealed.envelope),
        index: 0,
        bytes: sealed.parts[1].as_slice().into(),
    };
    bench.frame(maker, CHANNEL, &Message::Part(wrong));
    assert_eq!(
        bench.rejection(maker),
        (RejectCode::BadEnvelope, Retry::Never)
    );
    assert!(bench.puts.is_empty());
    assert_eq!(bench.forgotten, 1);
}

#[test]
fn a_snapshot_that_nobody_asked_for_or_of_another_log_is_refused() {
    let check = |change: &dyn Fn(&mut SnapshotHeader)| {
        let mut bench = room();
        let [(maker, request)] = wanted(&bench)[..] else {
            panic!()
        };
        let mut header = header(&bench, request);
        change(&mut header);
        let sealed = sealed(&bench, &header);
        bench.sent.clear();
        bench.push(maker, 50, sealed.envelope);
        bench.read_all();
        assert_eq!(
            bench.rejection(maker),
            (RejectCode::NotWanted, Retry::Never),
            "{header:?}"
        );
    };
    check(&|header| header.request += 1);
    check(&|header| header.epoch = crate::ids::Epoch([9; 16]));
    check(&|header| header.chain = Chain([9; 32]));
    check(&|header| header.covers = Seq(header.covers.0 + 1));
    check(&|header| header.covers = Seq(0));
    // An earlier place, with the chain of another.
    check(&|header| header.covers = Seq(header.covers.0 - 3));
}

#[test]
fn an_earlier_place_is_looked_up_in_the_log() {
    let mut bench = room();
    let [(maker, request)] = wanted(&bench)[..] else {
        panic!()
    };
    let header = header(&bench, request);
    let sealed = sealed(&bench, &header);
    bench.push(1, 1, bench.changes("meanwhile"));
    bench.flush();
    bench.sent.clear();
    bench.push(maker, 50, sealed.envelope);
    assert!(bench.taken(maker).is_empty());
    bench.read_all();
    assert_eq!(asked_for(&bench.taken(maker)).len(), 3);
}

#[test]
fn a_maker_that_was_cut_off_goes_on_where_it_was() {
    let mut bench = room();
    let [(maker, request)] = wanted(&bench)[..] else {
        panic!()
    };
    let sealed = sealed(&bench, &header(&bench, request));
    bench.push(maker, 50, sealed.envelope.clone());
    give(&mut bench, maker, &sealed, 1);
    bench.tell(RelayInput::Closed(ConnId(maker)));
    bench.join(9);
    bench.sent.clear();
    bench.push(9, 1, sealed.envelope.clone());
    assert_eq!(asked_for(&bench.taken(9)), [0, 2]);
    give(&mut bench, 9, &sealed, 0);
    give(&mut bench, 9, &sealed, 2);
    assert_eq!(bench.appends.len(), 1);
}

#[test]
fn a_newcomer_gets_the_registers_the_parts_and_then_what_came_after() {
    let mut bench = room();
    bench.push(1, 1, bench.state(1, &BoardState::Open));
    bench.flush();
    let [(maker, request)] = wanted(&bench)[..] else {
        panic!()
    };
    let sealed = sealed(&bench, &header(&bench, request));
    let covers = bench.position().cursor;
    bench.push(maker, 50, sealed.envelope.clone());
    for index in 0..3 {
        give(&mut bench, maker, &sealed, index);
    }
    bench.settle();
    bench.push(1, 2, bench.changes("afterwards"));
    bench.flush();
    join(&mut bench, 9);
    let said = bench.drain(9);
    let Some(Message::Opened(opened)) = said.first() else {
        panic!("{said:?}")
    };
    let base = opened.base.clone().unwrap();
    assert_eq!(
        (base.covers, &base.manifest[..]),
        (covers, &sealed.envelope[..])
    );
    assert!(!opened.reset);
    assert_eq!(
        numbers(&said),
        [4, 23],
        "Opened and Register, and no entry before the snapshot is taken"
    );
    let manifest = envelope_hash(&sealed.envelope);
    for index in 0..3 {
        bench.frame(
            9,
            CHANNEL,
            &Message::PartWanted(PartWanted { manifest, index }),
        );
    }
    bench.carry_parts();
    assert_eq!(numbers(&bench.drain(9)), [18, 18, 18]);
    bench.frame(9, CHANNEL, &Message::BaseTaken(BaseTaken { manifest }));
    bench.read_all();
    let said = bench.drain(9);
    assert_eq!(
        numbers(&said),
        [8, 8, 10],
        "the manifest, the change after it, CaughtUp"
    );
    let Some(Message::Item(item)) = said.first() else {
        panic!()
    };
    assert_eq!(item.prev, covers);
}

#[test]
fn only_a_second_connection_with_a_key_lets_the_former_go() {
    let (mut bench, sealed) = compacted();
    let keys = bench.keys.clone();
    let challenge = join(&mut bench, 9);
    confirm(&mut bench, 9, &keys, &[0; 32], &sealed);
    assert_eq!(bench.retired, 0, "signed for another connection");
    let stranger = BoardKeys::generate(&mut bench.rng);
    confirm(&mut bench, 9, &stranger, &challenge, &sealed);
    assert_eq!(bench.retired, 0, "signed by a stranger");
    confirm(&mut bench, 9, &keys, &challenge, &sealed);
    assert_eq!(bench.retired, 1);
    confirm(&mut bench, 9, &keys, &challenge, &sealed);
    assert_eq!(bench.retired, 1, "once");
}

#[test]
fn who_confirms_before_the_log_has_said_where_the_snapshot_is_is_heard() {
    let mut bench = room();
    let challenge = join(&mut bench, 9);
    let [(maker, request)] = wanted(&bench)[..] else {
        panic!()
    };
    let sealed = sealed(&bench, &header(&bench, request));
    bench.push(maker, 50, sealed.envelope.clone());
    for index in 0..3 {
        give(&mut bench, maker, &sealed, index);
    }
    bench.flush();
    let keys = bench.keys.clone();
    confirm(&mut bench, 9, &keys, &[0; 32], &sealed);
    confirm(&mut bench, 9, &keys, &challenge, &sealed);
    assert_eq!(bench.retired, 0);
    bench.settle();
    assert_eq!(bench.retired, 1);
}

#[test]
fn the_maker_confirms_nothing() {
    let mut bench = Bench::new(limits());
    let challenge = join(&mut bench, 1);
    for number in 0..CHANGES {
        bench.push(1, number, bench.changes(&format!("change {number}")));
        bench.flush();
    }
    let [(_, request)] = wanted(&bench)[..] else {
        panic!()
    };
    let sealed = sealed(&bench, &header(&bench, request));
    bench.push(1, 50, sealed.envelope.clone());
    for index in 0..3 {
        give(&mut bench, 1, &sealed, index);
    }
    bench.settle();
    let keys = bench.keys.clone();
    confirm(&mut bench, 1, &keys, &challenge, &sealed);
    assert_eq!(bench.retired, 0);
}

#[test]
fn who_comes_back_from_before_the_start_begins_with_the_snapshot() {
    let mut bench = room();
    let before = bench.position();
    let early = Position {
        cursor: bench.entries[0].seq,
        chain: bench.entries[0].chain,
        ..before
    };
    let [(maker, request)] = wanted(&bench)[..] else {
        panic!()
    };
    let sealed = sealed(&bench, &header(&bench, request));
    bench.push(maker, 50, sealed.envelope.clone());
    for index in 0..3 {
        give(&mut bench, maker, &sealed, index);
    }
    bench.settle();
    let resume = |bench: &mut Bench, conn: u64, from: Position| {
        bench.greet(conn);
        bench.taken(conn);
        bench.ask_open(conn, CHANNEL, Some(from), None);
        bench.answer_all();
        bench.drain(conn)
    };
    // As long as the former start is kept, everybody goes on where they were.
    assert_eq!(
        resume(&mut bench, 11, early).len(),
        1 + CHANGES as usize + 1
    );
    let keys = bench.keys.clone();
    let challenge = join(&mut bench, 9);
    confirm(&mut bench, 9, &keys, &challenge, &sealed);
    let said = resume(&mut bench, 12, early);
    let Some(Message::Opened(opened)) = said.first() else {
        panic!()
    };
    assert!(opened.reset && opened.base.is_some());
    // Who had read up to the snapshot needs nothing of it.
    let said = resume(&mut bench, 13, before);
    let Some(Message::Opened(opened)) = said.first() else {
        panic!()
    };
    assert!(!opened.reset && opened.base.is_none());
    assert_eq!(numbers(&said), [4, 8, 10]);
}

#[test]
fn a_snapshot_that_cannot_be_taken_in_is_not_offered_again_while_there_is_another_start() {
    let (mut bench, sealed) = compacted();
    bench.greet(9);
    bench.taken(9);
    let board = bench.keys.board();
    let without = Some(envelope_hash(&sealed.envelope));
    let open = crate::sync::wire::Open {
        board,
        from: None,
        keys: None,
        without,
    };
    bench.frame(9, CHANNEL, &Message::Open(open));
    bench.answer_all();
    let said = bench.drain(9);
    let Some(Message::Opened(opened)) = said.first() else {
        panic!()
    };
    assert!(opened.base.is_none());
    assert_eq!(
        said.len(),
        1 + CHANGES as usize + 2,
        "every entry, the manifest among them"
    );
}

#[test]
fn who_is_still_reading_what_goes_opens_again() {
    let (mut bench, sealed) = compacted();
    let challenge = join(&mut bench, 10);
    bench.greet(9);
    let board = bench.keys.board();
    let without = Some(envelope_hash(&sealed.envelope));
    let open = crate::sync::wire::Open {
        board,
        from: None,
        keys: None,
        without,
    };
    bench.frame(9, CHANNEL, &Message::Open(open));
    bench.load_all();
    let keys = bench.keys.clone();
    bench.sent.clear();
    confirm(&mut bench, 10, &keys, &challenge, &sealed);
    let said = bench.taken(9);
    assert!(
        matches!(&said[..], [Message::Close(close)] if close.code == CloseCode::Replaced),
        "{said:?}"
    );
}

#[test]
fn what_the_snapshot_replaced_is_no_duplicate_any_more() {
    let (mut bench, _) = compacted();
    bench.sent.clear();
    bench.push(1, 9, bench.changes("change 0"));
    bench.flush();
    assert_eq!(numbers(&bench.taken(1)), [6, 9], "a new entry");
}

#[test]
fn nobody_makes_the_relay_hold_more_than_a_few_parts() {
    let (mut bench, sealed) = compacted();
    join(&mut bench, 9);
    bench.sent.clear();
    let manifest = envelope_hash(&sealed.envelope);
    for _ in 0..17 {
        bench.frame(
            9,
            CHANNEL,
            &Message::PartWanted(PartWanted { manifest, index: 0 }),
        );
    }
    assert!(bench.part_reads.len() <= 2);
    assert_eq!(bench.closed, [(ConnId(9), CloseCode::Protocol)]);
}

#[test]
fn a_finished_board_is_left_alone() {
    let mut bench = Bench::new(limits());
    bench.join(1);
    bench.push(1, 1, bench.state(1, &BoardState::Deleted));
    bench.flush();
    bench.time += 1_000_000;
    bench.frame(
        1,
        Channel::CONNECTION,
        &Message::Ping(crate::sync::wire::Ping {}),
    );
    bench.tell(RelayInput::Tick);
    assert!(wanted(&bench).is_empty());
}
