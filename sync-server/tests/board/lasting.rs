//! What the command line wrote outlives the relay's death, and is nowhere to be read.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::mpsc;

use crate::program::{Relay, Watcher, add, of_notes, run, shown};

#[test]
fn a_killed_relay_keeps_every_note_that_was_acknowledged() {
    let mut relay = Relay::start();
    let board = relay.board();
    let (sender, acknowledged) = mpsc::channel();
    let writers: Vec<_> = (0..3)
        .map(|writer| {
            let (link, sender) = (board.participant.clone(), sender.clone());
            std::thread::spawn(move || {
                for n in 0..8 {
                    let text = format!("skrivare {writer} lapp {n}");
                    sender
                        .send(run(&["add", &link, "--section", "notes", &text]))
                        .unwrap();
                }
            })
        })
        .collect();
    drop(sender);
    let mut kept = BTreeSet::new();
    for (count, ended) in acknowledged.iter().enumerate() {
        // Only printed after the acknowledgement, so a command that was cut may have failed and then promised nothing.
        kept.extend(ended.out.lines().map(str::to_owned));
        assert!([0, 4].contains(&ended.code), "{ended:?}");
        if [3, 11].contains(&count) {
            relay.kill();
            relay.restart();
        }
    }
    writers
        .into_iter()
        .for_each(|writer| writer.join().unwrap());
    let present: BTreeSet<String> = of_notes(&shown(&board.observer), "id")
        .into_iter()
        .collect();
    assert!(
        kept.len() >= 20,
        "most commands outlast the relay: {}",
        kept.len()
    );
    assert!(kept.is_subset(&present), "{:?}", kept.difference(&present));
}

#[test]
fn no_typed_word_is_in_the_relays_folder() {
    let mut relay = Relay::start();
    let board = relay.board();
    add(&board.participant, "köksbordssamtal om flytten");
    run(&[
        "add",
        &board.participant,
        "--section",
        "rules",
        "tystnadsplikt gäller",
    ])
    .ok();
    relay.kill();
    let code = |link: &str| link.split_once('#').unwrap().1.to_owned();
    for word in [
        "köksbord",
        "flytten",
        "tystnad",
        "Ledningsgruppen",
        "Lappvägg",
        "Spelregler",
        &code(&board.participant),
    ] {
        assert!(!holds(&relay.data(), word.as_bytes()), "{word}");
    }
    // The search finds what is there: every envelope begins so.
    assert!(holds(&relay.data(), b"SAMS\x01"));
}

fn holds(folder: &Path, word: &[u8]) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, word);
        }
        let bytes = if path.is_file() {
            fs::read(&path).unwrap()
        } else {
            Vec::new()
        };
        bytes.windows(word.len()).any(|bytes| bytes == word)
    })
}

#[test]
fn a_relay_that_lost_everything_gets_the_board_back_from_who_has_it() {
    let mut relay = Relay::start();
    let board = relay.board();
    add(&board.participant, "före branden");
    let mut watcher = Watcher::start(&board.participant);
    relay.kill();
    fs::remove_dir_all(relay.data()).unwrap();
    relay.restart();
    // Whoever comes first after the fire may write before the board is back; both end up on it.
    let before = "före branden".to_owned();
    while !of_notes(&shown(&board.participant), "text").contains(&before) {
        std::thread::yield_now();
    }
    add(&board.participant, "efter branden");
    assert_eq!(watcher.next()["text"], "efter branden");
    let back = shown(&board.observer);
    let mut texts = of_notes(&back, "text");
    texts.sort();
    assert_eq!(texts, ["efter branden", "före branden"]);
    assert_eq!(back["title"], "Ledningsgruppen", "the title comes back too");
}
