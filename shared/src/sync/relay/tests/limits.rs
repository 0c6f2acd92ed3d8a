//! Limits, each with its own word, and peers that keep to none.

use super::bench::{Bench, CHANNEL, numbers};
use crate::sync::relay::{ConnId, RelayInput, RelayLimits};
use crate::sync::wire::{Channel, CloseCode, Hello, Message, Ping, RejectCode, Retry};

fn with(limits: RelayLimits) -> Bench {
    let mut bench = Bench::new(limits);
    bench.join(1);
    bench.sent.clear();
    bench
}

#[test]
fn an_envelope_over_the_limit_is_refused() {
    let mut bench = with(RelayLimits {
        envelope: 100,
        ..RelayLimits::default()
    });
    bench.push(1, 1, vec![0; 101]);
    assert_eq!(bench.rejection(1), (RejectCode::TooLarge, Retry::Never));
}

#[test]
fn a_full_board_says_so_and_may_be_asked_again() {
    let mut bench = with(RelayLimits {
        board_bytes: 400,
        ..RelayLimits::default()
    });
    bench.push(1, 1, bench.changes("a"));
    bench.flush();
    bench.sent.clear();
    bench.push(1, 2, bench.changes("b"));
    bench.push(1, 3, bench.changes("c"));
    bench.sent.truncate(1);
    assert!(matches!(
        bench.rejection(1),
        (RejectCode::BoardFull, Retry::AfterMs(_))
    ));
}

#[test]
fn too_many_bytes_in_too_short_a_time_have_to_wait() {
    let limits = RelayLimits {
        bytes_burst: 300,
        bytes_per_second: 100,
        ..RelayLimits::default()
    };
    let mut bench = with(limits);
    bench.push(1, 1, bench.changes("a"));
    bench.push(1, 2, bench.changes("b"));
    let (code, retry) = bench.rejection(1);
    assert_eq!(code, RejectCode::RateLimited);
    let Retry::AfterMs(wait) = retry else {
        panic!("{retry:?}")
    };
    bench.time += u64::from(wait);
    bench.push(1, 3, bench.changes("b"));
    assert_eq!(bench.appends.len(), 2);
}

#[test]
fn so_many_pushes_may_be_on_their_way_and_no_more() {
    let mut bench = with(RelayLimits {
        in_flight: 2,
        ..RelayLimits::default()
    });
    for (number, text) in [(1, "a"), (2, "b"), (3, "c")] {
        bench.push(1, number, bench.changes(text));
    }
    assert!(matches!(
        bench.rejection(1),
        (RejectCode::RateLimited, Retry::AfterMs(_))
    ));
    assert_eq!(bench.appends.len(), 2);
}

#[test]
fn pushes_that_wait_for_their_board_are_bounded() {
    let mut bench = Bench::new(RelayLimits {
        waiting_bytes: 300,
        ..RelayLimits::default()
    });
    bench.greet(1);
    bench.ask_open(1, CHANNEL, None, Some(bench.wire_keys()));
    bench.sent.clear();
    bench.push(1, 1, bench.changes("a"));
    bench.push(1, 2, bench.changes("b"));
    assert!(matches!(
        bench.rejection(1),
        (RejectCode::NotOpen, Retry::AfterMs(_))
    ));
}

#[test]
fn one_connection_too_many_is_turned_away() {
    let mut bench = with(RelayLimits {
        connections: 1,
        ..RelayLimits::default()
    });
    bench.tell(RelayInput::Connected(ConnId(2)));
    assert_eq!(bench.closed, [(ConnId(2), CloseCode::TooMany)]);
    assert_eq!(bench.core.connections(), 1);
}

#[test]
fn one_board_too_many_on_a_connection_is_closed_and_the_others_stay() {
    let mut bench = with(RelayLimits {
        boards_per_connection: 1,
        ..RelayLimits::default()
    });
    bench.ask_open(1, Channel(2), None, None);
    assert_eq!(numbers(&bench.taken(1)), [12]);
    assert!(bench.closed.is_empty());
}

#[test]
fn a_flood_of_messages_ends_the_connection() {
    let limits = RelayLimits {
        messages_burst: 10,
        messages_per_second: 1,
        ..RelayLimits::default()
    };
    let mut bench = with(limits);
    for _ in 0..10 {
        bench.frame(1, Channel::CONNECTION, &Message::Ping(Ping {}));
    }
    assert_eq!(bench.closed, [(ConnId(1), CloseCode::TooMany)]);
}

#[test]
fn who_takes_nothing_and_asks_for_ever_more_is_cut_off() {
    let limits = RelayLimits {
        buffer: 100,
        messages_burst: 10_000,
        ..RelayLimits::default()
    };
    let mut bench = with(limits);
    for _ in 0..100 {
        bench.frame(1, Channel::CONNECTION, &Message::Ping(Ping {}));
    }
    assert_eq!(bench.closed, [(ConnId(1), CloseCode::TooMany)]);
    assert_eq!(bench.core.boards(), 0);
}

#[test]
fn a_silent_connection_is_let_go() {
    let mut bench = with(RelayLimits::default());
    let wake = bench.core.next_wake().unwrap();
    bench.time = wake.0;
    bench.tell(RelayInput::Tick);
    assert!(bench.closed.is_empty());
    bench.time += 60_000;
    bench.tell(RelayInput::Tick);
    assert_eq!(bench.closed, [(ConnId(1), CloseCode::Silent)]);
    assert_eq!(bench.core.next_wake(), None);
}

#[test]
fn garbage_and_a_missing_hello_end_the_connection() {
    let mut bench = with(RelayLimits::default());
    bench.tell(RelayInput::Frame(ConnId(1), vec![1, 2, 3]));
    bench.tell(RelayInput::Connected(ConnId(2)));
    bench.frame(2, Channel::CONNECTION, &Message::Ping(Ping {}));
    assert_eq!(
        bench.closed,
        [
            (ConnId(1), CloseCode::Protocol),
            (ConnId(2), CloseCode::Protocol)
        ]
    );
}

#[test]
fn a_client_of_another_time_is_told_so() {
    let mut bench = with(RelayLimits::default());
    bench.tell(RelayInput::Connected(ConnId(2)));
    bench.frame(
        2,
        Channel::CONNECTION,
        &Message::Hello(Hello {
            version: 9,
            oldest: 8,
        }),
    );
    assert_eq!(bench.closed, [(ConnId(2), CloseCode::Version)]);
    bench.tell(RelayInput::Connected(ConnId(3)));
    bench.frame(
        3,
        Channel::CONNECTION,
        &Message::Hello(Hello {
            version: 2,
            oldest: 1,
        }),
    );
    assert!(matches!(&bench.taken(3)[..], [Message::Welcome(welcome)] if welcome.version == 1));
}
