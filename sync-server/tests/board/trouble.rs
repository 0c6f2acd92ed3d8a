//! What goes wrong at a terminal: each with its exit code and words that say what to do.

use crate::program::{Relay, add, of_notes, run, shown};

#[test]
fn an_observer_can_look_and_not_write() {
    let relay = Relay::start();
    let board = relay.board();
    add(&board.participant, "synlig");
    run(&["add", &board.observer, "--section", "notes", "smyg"])
        .failed(5, "ask for a participant's link");
    assert_eq!(of_notes(&shown(&board.observer), "text"), ["synlig"]);
}

#[test]
fn a_damaged_link_says_so_before_anything_is_tried() {
    let relay = Relay::start();
    let link = relay.board().participant;
    let last = link.len() - 1;
    let middle = link.len() - 30;
    let other = if &link[middle..=middle] == "A" {
        "B"
    } else {
        "A"
    };
    let changed = format!("{}{other}{}", &link[..middle], &link[middle + 1..]);
    let (_, code) = link.split_once('#').unwrap();
    run(&["show", &changed]).failed(3, "the link is damaged");
    run(&["show", &link[..last]]).failed(3, "the link is cut short");
    run(&["show", &relay.url]).failed(3, "there is no link to a board");
    run(&["show", code]).failed(3, "--relay");
    run(&["show", code, "--relay", &relay.url]).ok();
    run(&["show", "@/no/such/file"]).failed(1, "/no/such/file");
}

#[test]
fn a_relay_that_is_not_there_is_named() {
    let mut relay = Relay::start();
    let board = relay.board();
    relay.kill();
    run(&["show", &board.observer, "--timeout", "1"]).failed(4, &relay.url);
    run(&["new", "--relay", &relay.url, "--timeout", "1"]).failed(4, "is it running");
    run(&["new", "--relay", "ftp://x"]).failed(2, "is not the address of a relay");
}

#[test]
fn a_board_that_the_relay_does_not_know_is_no_mystery() {
    let (here, there) = (Relay::start(), Relay::start());
    let board = here.board();
    run(&[
        "show",
        &board.observer,
        "--relay",
        &there.url,
        "--timeout",
        "1",
    ])
    .failed(4, "does not know this board");
}

#[test]
fn a_section_that_is_not_there_lists_those_that_are() {
    let relay = Relay::start();
    let board = relay.board();
    run(&["add", &board.participant, "--section", "Köket", "ord"]).failed(2, "notes (“Lappvägg”)");
    run(&[
        "add",
        &board.participant,
        "--section",
        "rules",
        "ord",
        "--colour",
        "pink",
    ])
    .failed(2, "belong to notes");
    run(&[
        "add",
        &board.participant,
        "--section",
        "notes",
        "ord",
        "--quadrant",
        "top_left",
    ])
    .failed(2, "scenario cross");
    run(&[
        "add",
        &board.participant,
        "--section",
        "notes",
        &"å".repeat(20_001),
    ])
    .failed(2, "20000");
    assert!(of_notes(&shown(&board.observer), "text").is_empty());
}

#[test]
fn a_wrong_file_is_refused_and_makes_no_board() {
    let relay = Relay::start();
    let check = |content: &str, words: &str| {
        let file = relay.file("fil.json");
        std::fs::write(&file, content).unwrap();
        run(&["import", file.to_str().unwrap(), "--relay", &relay.url]).failed(6, words);
    };
    check("Kära dagbok", "fil.json");
    check(r#"{"format": "other"}"#, "fil.json");
    check(r#"{"format": "samsyn-archive", "version": 99}"#, "99");
    run(&["import", "/no/such/file", "--relay", &relay.url]).failed(1, "/no/such/file");
}

#[test]
fn help_shows_how_each_command_is_used() {
    let all = run(&["--help"]).ok();
    for command in ["new", "add", "show", "watch", "archive", "import"] {
        assert!(all.contains(&format!("  {command} ")), "{command}: {all}");
        let help = run(&[command, "--help"]).ok();
        assert!(
            help.contains(&format!("samsyn {command}")) && help.contains("Example"),
            "{help}"
        );
    }
    assert!(all.contains("Exit codes"));
}
