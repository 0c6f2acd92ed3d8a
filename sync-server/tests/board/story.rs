//! A board's life at a terminal.

use samsyn_shared::seal::{Link, Role};
use serde_json::{Value, json};

use crate::program::{Relay, Watcher, add, of_notes, run, run_with, shown};

#[test]
fn new_prints_the_three_links_in_their_order() {
    let relay = Relay::start();
    let out = run(&["new", "--relay", &relay.url]).ok();
    let links: Vec<Link> = out.lines().map(|line| Link::parse(line).unwrap()).collect();
    let roles: Vec<Role> = links.iter().map(|link| link.keys.role()).collect();
    assert_eq!(roles, Role::ALL);
    assert!(
        links
            .iter()
            .all(|link| link.origin.as_deref() == Some(&relay.url))
    );
    assert!(
        links
            .iter()
            .all(|link| link.keys.board() == links[0].keys.board())
    );
}

#[test]
fn what_one_adds_another_sees_whatever_the_words() {
    let relay = Relay::start();
    let board = relay.board();
    let words = [
        "Kaffet är slut",
        "👩‍👩‍👧 på fjället 🏔️",
        "e\u{301} och é",
        "- nej\n- jo",
        "--dubbelt",
    ];
    for text in &words[..4] {
        add(&board.participant, text);
    }
    run(&[
        "add",
        &board.facilitator,
        "--section",
        "Lappvägg",
        "--colour",
        "pink",
        "--",
        words[4],
    ])
    .ok();
    let seen = shown(&board.observer);
    let mut texts = of_notes(&seen, "text");
    texts.sort();
    let mut expected = words.map(String::from);
    expected.sort();
    assert_eq!(texts, expected);
    assert_eq!(seen["title"], "Ledningsgruppen");
}

#[test]
fn notes_that_nobody_placed_do_not_cover_each_other() {
    let relay = Relay::start();
    let board = relay.board();
    run_with(
        &["add", &board.participant, "--section", "notes", "-"],
        &"lapp\n".repeat(15),
    )
    .ok();
    let seen = shown(&board.participant);
    let mut places: Vec<String> = seen["notes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|note| note["at"].to_string())
        .collect();
    places.sort();
    places.dedup();
    assert_eq!(places.len(), 15);
}

#[test]
fn rules_and_scenarios_go_to_their_sections() {
    let relay = Relay::start();
    let board = relay.board();
    let rule = [
        "add",
        &board.participant,
        "--section",
        "rules",
        "Vi börjar i tid",
        "--why",
        "Alla ska hinna",
        "--json",
    ];
    assert_eq!(run(&rule).json()["kind"], "rule");
    let scenario = [
        "add",
        &board.participant,
        "--section",
        "cross",
        "--quadrant",
        "top-left",
        "Bussarna går oftare",
    ];
    run(&scenario).ok();
    let seen = shown(&board.observer);
    assert_eq!(seen["rules"][0]["text"], "Vi börjar i tid");
    assert_eq!(seen["rules"][0]["why"], "Alla ska hinna");
    assert_eq!(seen["notes"][0]["quadrant"], "top_left");
    let text = run(&["show", &board.observer, "--lang", "sv"]).ok();
    for words in [
        "# Ledningsgruppen",
        "## Lappvägg",
        "## Spelregler",
        "Vi börjar i tid",
        "Bussarna går oftare",
    ] {
        assert!(text.contains(words), "{words:?} is not in {text}");
    }
}

/// What must be equal between a board and its import: everything but what makes it a board of its own.
fn but_for_its_birth(mut archive: Value) -> Value {
    for field in ["board_id", "exported", "registers"] {
        assert!(
            archive.as_object_mut().unwrap().remove(field).is_some(),
            "{field}"
        );
    }
    archive
}

#[test]
fn an_archive_imported_is_the_same_board_again() {
    let relay = Relay::start();
    let board = relay.board();
    run_with(
        &["add", &board.participant, "--section", "notes", "-"],
        "ett\ntvå 🌲\n",
    )
    .ok();
    run(&[
        "add",
        &board.participant,
        "--section",
        "rules",
        "En i taget",
    ])
    .ok();
    for name in ["tavla.json", "tavla.samsyn"] {
        let file = relay.file(name);
        let file = file.to_str().unwrap();
        let said = run(&["archive", &board.observer, "-o", file, "--json"]).json();
        assert_eq!(said["notes"], 2);
        let links = run(&["import", file, "--relay", &relay.url, "--json"]).json();
        let again = shown(links["participant"].as_str().unwrap());
        let original = shown(&board.observer);
        assert_ne!(again["board_id"], original["board_id"]);
        assert_eq!(
            but_for_its_birth(again),
            but_for_its_birth(original),
            "{name}"
        );
    }
}

#[test]
fn an_archive_goes_to_a_file_named_after_the_board_or_down_a_pipe() {
    let relay = Relay::start();
    let board = relay.board();
    let file = relay.file("a.json");
    std::fs::write(&file, "an older archive").unwrap();
    run(&["archive", &board.observer, "-o", file.to_str().unwrap()]).ok();
    let saved: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let piped = run(&["archive", &board.observer, "-o", "-"]).json();
    assert_eq!(but_for_its_birth(saved), but_for_its_birth(piped));
    let left: Vec<_> = std::fs::read_dir(file.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(
        left.len(),
        2,
        "the data folder and the archive, and no half of one: {left:?}"
    );
}

#[test]
fn a_watcher_is_told_what_happens() {
    let relay = Relay::start();
    let board = relay.board();
    add(&board.participant, "före");
    let mut watcher = Watcher::start(&board.observer);
    let id = add(&board.participant, "Nu händer det");
    let told = watcher.next();
    let (change, kind, text) = (&told["change"], &told["kind"], &told["text"]);
    assert_eq!(
        (change, kind, text),
        (&json!("added"), &json!("note"), &json!("Nu händer det"))
    );
    assert_eq!(told["id"], id);
}

#[test]
fn a_link_can_be_read_from_a_file() {
    let relay = Relay::start();
    let board = relay.board();
    let file = relay.file("link.txt");
    std::fs::write(&file, format!("{}\n", board.participant)).unwrap();
    add(&format!("@{}", file.display()), "hemlig länk");
    assert_eq!(of_notes(&shown(&board.observer), "text"), ["hemlig länk"]);
}
