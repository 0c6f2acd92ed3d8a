//! Opening, catching up, keeping up, and letting go.

use super::bench::{Bench, CHANNEL, numbers};
use crate::ids::{Epoch, Seq};
use crate::sync::relay::{ConnId, RelayInput, RelayLimits, Tally};
use crate::sync::wire::{
    CHAIN_ZERO, Channel, Close, CloseCode, Item, Message, Opened, Position, Presence,
};

fn filled(count: u32, limits: RelayLimits) -> Bench {
    let mut bench = Bench::new(limits);
    bench.join(1);
    for number in 0..count {
        bench.push(1, number, bench.changes(&format!("change {number}")));
        bench.flush();
        bench.drain(1);
    }
    bench.sent.clear();
    bench
}

fn opened(messages: &[Message]) -> Opened {
    let opened = messages.iter().find_map(|message| match message {
        Message::Opened(opened) => Some(opened.clone()),
        _ => None,
    });
    opened.unwrap()
}

fn items(messages: &[Message]) -> Vec<Item> {
    let item = |message: &Message| match message {
        Message::Item(item) => Some(item.clone()),
        _ => None,
    };
    messages.iter().filter_map(item).collect()
}

#[test]
fn a_newcomer_gets_every_entry_in_order_and_then_caught_up() {
    let mut bench = filled(5, RelayLimits::default());
    bench.join(2);
    let said = bench.taken(2);
    assert_eq!(numbers(&said), [2, 4, 8, 8, 8, 8, 8, 10]);
    let items = items(&said);
    assert_eq!(items[0].prev, Seq(0));
    assert!(items.windows(2).all(|pair| pair[1].prev == pair[0].seq));
    assert!(
        items
            .iter()
            .zip(&bench.entries)
            .all(|(item, entry)| item.chain == entry.chain)
    );
}

#[test]
fn who_comes_back_goes_on_where_it_was() {
    let mut bench = filled(3, RelayLimits::default());
    let position = bench.position();
    bench.push(1, 9, bench.changes("while away"));
    bench.flush();
    bench.greet(2);
    bench.ask_open(2, CHANNEL, Some(position), None);
    bench.answer_all();
    let said = bench.taken(2);
    assert!(!opened(&said).reset);
    assert_eq!(items(&said).len(), 1);
    assert_eq!(items(&said)[0].prev, position.cursor);
}

#[test]
fn a_position_of_another_log_is_reset() {
    let mut bench = filled(3, RelayLimits::default());
    let right = bench.position();
    let last = bench.entries[1].clone();
    let wrong = [
        Position {
            epoch: Epoch([0; 16]),
            ..right
        },
        Position {
            cursor: Seq(right.cursor.0 + 1),
            ..right
        },
        Position {
            chain: CHAIN_ZERO,
            ..right
        },
        Position {
            cursor: last.seq,
            ..right
        },
        Position {
            cursor: Seq(last.seq.0 + 1),
            chain: last.chain,
            ..right
        },
        Position {
            cursor: Seq(0),
            ..right
        },
    ];
    for (number, position) in wrong.into_iter().enumerate() {
        let conn = 10 + number as u64;
        bench.greet(conn);
        bench.ask_open(conn, CHANNEL, Some(position), None);
        bench.answer_all();
        let said = bench.taken(conn);
        assert!(opened(&said).reset, "{position:?}");
        assert_eq!(items(&said).len(), 3);
    }
    bench.greet(20);
    bench.ask_open(
        20,
        CHANNEL,
        Some(Position {
            cursor: last.seq,
            chain: last.chain,
            ..right
        }),
        None,
    );
    bench.answer_all();
    assert!(!opened(&bench.taken(20)).reset);
}

#[test]
fn an_observer_waits_for_somebody_who_has_the_keys() {
    let mut bench = Bench::new(RelayLimits::default());
    bench.greet(1);
    bench.ask_open(1, CHANNEL, None, None);
    bench.answer_all();
    assert_eq!(numbers(&bench.taken(1)), [2, 15]);
    bench.join(2);
    assert_eq!(numbers(&bench.taken(1)), [4, 10]);
}

#[test]
fn keys_that_are_not_the_boards_close_the_channel() {
    let mut bench = Bench::new(RelayLimits::default());
    bench.greet(1);
    let mut keys = bench.wire_keys();
    keys.participant[0] ^= 1;
    bench.ask_open(1, CHANNEL, None, Some(keys));
    bench.answer_all();
    let said = bench.taken(1);
    assert!(matches!(
        said[1],
        Message::Close(Close {
            code: CloseCode::WrongKeys,
            ..
        })
    ));
}

#[test]
fn pushes_before_opened_are_taken_once_the_board_is_there() {
    let mut bench = Bench::new(RelayLimits::default());
    bench.greet(1);
    bench.ask_open(1, CHANNEL, None, Some(bench.wire_keys()));
    bench.push(1, 1, bench.changes("a"));
    assert!(bench.appends.is_empty());
    bench.answer_all();
    assert_eq!(numbers(&bench.taken(1)), [2, 4, 10, 6, 9]);
}

#[test]
fn a_slow_tablet_is_fed_from_the_log_and_not_from_memory() {
    let limits = RelayLimits {
        buffer: 2_000,
        read_bytes: 500,
        ..RelayLimits::default()
    };
    let mut bench = Bench::new(limits);
    bench.join(1);
    bench.join(2);
    bench.drain(2);
    for number in 0..50 {
        bench.push(1, number, bench.changes(&format!("{number}")));
        bench.flush();
        bench.drain(1);
    }
    assert!(bench.queued[&ConnId(2)] <= 2_500, "{:?}", bench.queued);
    let mut got = items(&bench.taken(2));
    assert!(got.len() < 50);
    assert_eq!(bench.core.behind(), 1);
    for _ in 0..200 {
        let said = bench.drain(2);
        got.extend(items(&said));
        bench.read_all();
    }
    assert_eq!(got.len(), 50);
    assert!(got.windows(2).all(|pair| pair[1].prev == pair[0].seq));
    bench.push(1, 99, bench.changes("live again"));
    bench.flush();
    assert_eq!(items(&bench.taken(2)).len(), 1);
    assert!(bench.reads.is_empty());
    assert_eq!(bench.core.behind(), 0);
    let tally = bench.core.take_tally();
    assert_eq!(tally.items_live + tally.items_from_log, 2 * 51);
    assert!(tally.items_from_log > 0);
}

#[test]
fn an_entry_read_from_the_log_is_not_sent_a_second_time_when_it_is_announced() {
    let mut bench = filled(1, RelayLimits::default());
    bench.greet(2);
    bench.ask_open(2, CHANNEL, None, None);
    bench.load_all();
    bench.push(1, 7, bench.changes("meanwhile"));
    // The log has stored it and answers the read before it answers the append.
    let append = bench.appends[0].clone();
    let (seq, chain) = (
        Seq(6),
        crate::sync::wire::chain_after(&bench.entries[0].chain, &append.hash),
    );
    bench.entries.push(crate::sync::relay::Entry {
        seq,
        chain,
        envelope: append.envelope.clone(),
    });
    bench.read_all();
    bench.entries.pop();
    bench.flush();
    assert_eq!(items(&bench.taken(2)).len(), 2);
}

#[test]
fn presence_goes_to_the_others_and_is_the_first_to_be_dropped() {
    let limits = RelayLimits {
        presence_buffer: 300,
        ..RelayLimits::default()
    };
    let mut bench = Bench::new(limits);
    for conn in 1..=3 {
        bench.join(conn);
        bench.drain(conn);
    }
    let presence = Message::Presence(Presence {
        sealed: vec![1; 400].into(),
    });
    bench.frame(1, CHANNEL, &presence);
    assert!(numbers(&bench.taken(1)).is_empty());
    assert_eq!(numbers(&bench.taken(2)), [11]);
    bench.drain(3);
    bench.frame(1, CHANNEL, &presence);
    assert!(numbers(&bench.taken(2)).is_empty(), "its way is full");
    assert_eq!(numbers(&bench.taken(3)), [11]);
    let tally = bench.core.take_tally();
    assert_eq!((tally.presence_passed, tally.presence_dropped), (3, 1));
    assert_eq!(bench.core.take_tally(), Tally::default());
}

#[test]
fn nothing_of_a_board_is_kept_when_nobody_has_it_open() {
    let mut bench = filled(2, RelayLimits::default());
    bench.push(1, 50, bench.changes("last words"));
    bench.tell(RelayInput::Closed(ConnId(1)));
    assert_eq!(bench.core.boards(), 1, "an append is on its way");
    bench.flush();
    assert_eq!(bench.core.boards(), 0);
    bench.join(2);
    assert_eq!(bench.core.boards(), 1);
    bench.frame(
        2,
        CHANNEL,
        &Message::Close(Close {
            code: CloseCode::Done,
            retry_after_ms: None,
        }),
    );
    assert_eq!(bench.core.boards(), 0);
    assert_eq!(bench.core.connections(), 1);
}

#[test]
fn a_stop_finishes_what_is_under_way_and_says_goodbye() {
    let mut bench = filled(1, RelayLimits::default());
    bench.push(1, 50, bench.changes("last words"));
    bench.tell(RelayInput::Stop);
    assert!(bench.closed.is_empty());
    bench.flush();
    let said = bench.taken(1);
    assert_eq!(numbers(&said), [6, 9, 12]);
    assert_eq!(bench.closed, [(ConnId(1), CloseCode::Stopping)]);
    bench.tell(RelayInput::Connected(ConnId(2)));
    assert_eq!(bench.closed.len(), 2);
}

#[test]
fn a_channel_is_never_used_twice() {
    let mut bench = filled(0, RelayLimits::default());
    bench.ask_open(1, CHANNEL, None, None);
    assert_eq!(bench.closed, [(ConnId(1), CloseCode::Protocol)]);
    bench.join(2);
    bench.ask_open(2, Channel(2), None, None);
    assert_eq!(bench.closed.len(), 1);
}
