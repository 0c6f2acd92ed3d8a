//! Pausing, finishing and opening again; and a long board that is cut off at a snapshot.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::program::{Relay, add, binary, of_notes, run, run_with, shown};

#[test]
fn a_finished_board_takes_nothing_and_shows_what_it_was_finished_with() {
    let mut relay = Relay::start();
    let board = relay.board();
    add(&board.participant, "först");
    let said = run(&["finish", &board.facilitator]).ok();
    assert_eq!(said.trim(), "The board is finished.");
    for link in [&board.participant, &board.facilitator] {
        let ended = run(&["add", link, "--section", "notes", "för sent"]);
        assert_eq!(ended.code, 5, "{ended:?}");
        assert!(ended.err.contains("the board is finished"), "{ended:?}");
    }
    relay.kill();
    relay.restart();
    assert_eq!(of_notes(&shown(&board.observer), "text"), ["först"]);
    run(&["finish", &board.facilitator]).ok();
    let json = run(&["reopen", &board.facilitator, "--json"]).json();
    assert_eq!(json["state"], "open");
    add(&board.participant, "sedan");
    assert_eq!(of_notes(&shown(&board.observer), "text").len(), 2);
}

#[test]
fn participants_wait_while_the_board_is_paused() {
    let relay = Relay::start();
    let board = relay.board();
    run(&["pause", &board.facilitator]).ok();
    let ended = run(&["add", &board.participant, "--section", "notes", "nu"]);
    assert_eq!(ended.code, 5, "{ended:?}");
    add(&board.facilitator, "den som leder skriver");
    run(&["reopen", &board.facilitator]).ok();
    add(&board.participant, "nu");
}

#[test]
fn only_the_facilitator_decides() {
    let relay = Relay::start();
    let board = relay.board();
    for command in ["pause", "reopen", "finish"] {
        for link in [&board.participant, &board.observer] {
            let ended = run(&[command, link]);
            assert_eq!(ended.code, 5, "{command}: {ended:?}");
        }
    }
    add(&board.participant, "går ändå");
}

/// Somebody who has the board open; nobody reads what it prints.
struct Member(Child);

impl Member {
    fn join(link: &str) -> Self {
        let mut command = binary();
        command.args(["watch", link]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Self(child.unwrap())
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What `inspect` says of a backup made while the relay runs.
fn inspected(relay: &Relay, name: &str) -> serde_json::Value {
    let (data, out) = (relay.data(), relay.file(name));
    let (data, out) = (data.to_str().unwrap(), out.to_str().unwrap());
    run(&["backup", data, out]).ok();
    run(&["inspect", out, "--json"]).json()
}

#[test]
fn a_long_board_is_cut_off_at_a_snapshot_and_a_newcomer_still_has_all_of_it() {
    let mut relay = Relay::start();
    let board = relay.board();
    // Two who stay: one makes the snapshot, the other confirms it.
    let _members = [
        Member::join(&board.participant),
        Member::join(&board.participant),
    ];
    let lines: String = (0..=255_u8)
        .map(|n| format!("lapp {n}: {}\n", blake3::hash(&[n]).to_hex()))
        .collect();
    run_with(
        &["add", &board.participant, "--section", "notes", "-"],
        &lines,
    )
    .ok();
    let deadline = Instant::now() + Duration::from_secs(90);
    let mut look = 0;
    let cut_off = loop {
        look += 1;
        let found = inspected(&relay, &format!("backup-{look}"));
        assert_eq!(found["whole"], true, "{found}");
        let bytes = found["boards"][0]["bytes"].as_u64().unwrap();
        if found["boards"][0]["snapshot_bytes"].is_u64() && bytes < 20_000 {
            break found;
        }
        assert!(Instant::now() < deadline, "nobody was asked: {found}");
        std::thread::sleep(Duration::from_millis(500));
    };
    assert!(
        cut_off["boards"][0]["registers"].as_u64() >= Some(1),
        "{cut_off}"
    );
    relay.kill();
    relay.restart();
    let seen = shown(&board.observer);
    assert_eq!(of_notes(&seen, "text").len(), 256);
    assert_eq!(seen["title"], "Ledningsgruppen", "the registers came too");
}
