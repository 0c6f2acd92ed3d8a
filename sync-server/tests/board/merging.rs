//! Groups of a board at a terminal, and what brings them back together.

use serde_json::Value;

use crate::program::{Links, Relay, add, of_notes, run, shown};

fn rule(link: &str, text: &str) {
    run(&["add", link, "--section", "rules", text]).ok();
}

/// A board with a note and a rule, and the links of two groups that have copies of both.
fn two_groups(relay: &Relay) -> (Links, [String; 2]) {
    let board = relay.board();
    add(&board.facilitator, "Befolkningen åldras");
    rule(&board.facilitator, "Vi börjar i tid");
    let made = run(&[
        "group",
        "new",
        &board.facilitator,
        "Björk",
        "Ek",
        "--notes",
        "--json",
    ])
    .json();
    let link = |at: usize| made[at]["link"].as_str().unwrap().to_owned();
    (board, [link(0), link(1)])
}

fn texts(board: &Value, what: &str) -> Vec<String> {
    let records = board[what].as_array().unwrap().iter();
    let mut texts: Vec<String> = records
        .map(|it| it["text"].as_str().unwrap().to_owned())
        .collect();
    texts.sort();
    texts
}

#[test]
fn groups_work_on_their_own_boards_and_come_back_together_as_often_as_one_likes() {
    let relay = Relay::start();
    let (board, [birch, oak]) = two_groups(&relay);
    assert_eq!(of_notes(&shown(&birch), "text"), ["Befolkningen åldras"]);
    assert_eq!(shown(&birch)["title"], "Ledningsgruppen – Björk");
    add(&birch, "Fler bor ensamma");
    add(&oak, "Personalen räcker inte");
    rule(&oak, "Alla kommer till tals");

    let dry = run(&[
        "merge",
        &board.facilitator,
        "--groups",
        "--dry-run",
        "--json",
    ])
    .json();
    assert_eq!(dry["groups"][0]["name"], "Björk");
    assert_eq!(dry["groups"][1]["new"].as_array().unwrap().len(), 2);
    assert_eq!(of_notes(&shown(&board.observer), "text").len(), 1);

    let said = run(&["merge", &board.facilitator, "--groups"]).ok();
    assert!(said.starts_with("Björk: 1 new, 0 changed, 0 removed there\nEk: 2 new"));
    let merged = shown(&board.observer);
    let all = [
        "Befolkningen åldras",
        "Fler bor ensamma",
        "Personalen räcker inte",
    ];
    assert_eq!(texts(&merged, "notes"), all);
    assert_eq!(
        texts(&merged, "rules"),
        ["Alla kommer till tals", "Vi börjar i tid"]
    );
    assert_eq!(merged["merged"][1]["name"], "Ek");
    let notes = merged["notes"].as_array().unwrap();
    let lone = notes.iter().find(|it| it["text"] == all[1]).unwrap();
    assert_eq!(lone["origin"], merged["merged"][0]["board_id"]);

    // A tablet that was away delivers later.
    add(&birch, "Digital tillsyn");
    let said = run(&["merge", &board.facilitator, "--groups"]).ok();
    assert!(
        said.starts_with("Björk: 1 new, 0 changed, 0 removed there\nEk: 0 new"),
        "{said}"
    );
    assert_eq!(texts(&shown(&board.observer), "notes").len(), 4);
}

#[test]
fn files_and_links_of_the_same_board_show_once() {
    let relay = Relay::start();
    let (board, [birch, _]) = two_groups(&relay);
    add(&birch, "Fler bor ensamma");
    let files = ["björk.json", "björk.samsyn"].map(|it| relay.file(it));
    for file in &files {
        run(&["archive", &birch, "-o", file.to_str().unwrap()]).ok();
    }
    add(&birch, "Digital tillsyn");
    let [json, samsyn] = files.map(|it| it.to_str().unwrap().to_owned());
    let into = &board.participant;
    for (from, count) in [
        (&json, 2),
        (&json, 2),
        (&samsyn, 2),
        (&birch, 3),
        (&json, 3),
    ] {
        run(&["merge", into, from]).ok();
        assert_eq!(texts(&shown(into), "notes").len(), count, "{from}");
        assert_eq!(texts(&shown(into), "rules").len(), 1, "{from}");
    }
    run(&["merge", into, into]).failed(2, "a board is not merged into itself");
    run(&["merge", &board.observer, &birch]).failed(5, "observer's link");
}

#[test]
fn a_board_that_has_nothing_to_do_with_it_comes_in_beside() {
    let relay = Relay::start();
    let (board, other) = (relay.board(), relay.board());
    add(&other.participant, "Från ett annat möte");
    let before = shown(&board.observer)["sections"].as_array().unwrap().len();
    run(&["merge", &board.facilitator, &other.observer]).ok();
    let merged = shown(&board.observer);
    assert_eq!(merged["sections"].as_array().unwrap().len(), 2 * before);
    assert_eq!(of_notes(&merged, "text"), ["Från ett annat möte"]);
}

#[test]
fn what_differs_and_what_rules_have_in_common_is_said() {
    let relay = Relay::start();
    let (board, [_, oak]) = two_groups(&relay);
    let before = relay.file("före.json");
    let before = before.to_str().unwrap();
    run(&["archive", &board.observer, "-o", before]).ok();
    assert_eq!(run(&["diff", before, &board.observer]).ok(), "");
    add(&board.participant, "Fler bor ensamma");
    assert_eq!(
        run(&["diff", before, &board.observer]).ok(),
        "+ note “Fler bor ensamma”\n"
    );
    rule(&oak, "Alla kommer till tals");
    let compared = run(&["compare-rules", &board.observer, &oak, "--lang", "sv"]).ok();
    assert_eq!(
        compared,
        "# Spelregler sida vid sida: Ledningsgruppen – Ledningsgruppen – Ek\n\n\
         ## Gemensamma (1)\n\n- Vi börjar i tid\n\n\
         ## Bara i Ledningsgruppen – Ek (1)\n\n- Alla kommer till tals\n"
    );
}

#[test]
fn an_archive_has_the_rules_and_notes_of_the_groups_that_were_merged() {
    let relay = Relay::start();
    let (board, [birch, _]) = two_groups(&relay);
    rule(&birch, "Alla kommer till tals");
    add(&birch, "Fler bor ensamma");
    run(&["merge", &board.facilitator, "--groups"]).ok();
    let archive = relay.file("efter.json");
    let archive = archive.to_str().unwrap();
    run(&["archive", &board.observer, "-o", archive]).ok();
    let compared = run(&["compare-rules", archive, &board.observer, "--json"]).json();
    assert_eq!(compared["shared"].as_array().unwrap().len(), 2);
    assert_eq!(run(&["diff", archive, &board.observer]).ok(), "");
    let next = run(&[
        "carry", archive, "--relay", &relay.url, "--rules", "all", "--json",
    ])
    .json();
    let rules = texts(&shown(next["observer"].as_str().unwrap()), "rules");
    assert_eq!(rules, ["Alla kommer till tals", "Vi börjar i tid"]);
}

#[test]
fn the_next_board_has_what_was_asked_for_and_says_where_it_is_from() {
    let relay = Relay::start();
    let (board, _) = two_groups(&relay);
    let carry = ["carry", &board.observer, "--relay", &relay.url, "--title"];
    let made = |more: &[&str]| run(&[&carry, more].concat()).json();
    let next = made(&["Team Ek", "--rules", "all", "--json"]);
    assert_eq!(next["title"], "Team Ek");
    let link = next["observer"].as_str().unwrap();
    let compared = run(&["compare-rules", &board.observer, link, "--json"]).json();
    assert_eq!(compared["shared"].as_array().unwrap().len(), 1);
    assert_eq!(compared["only_first"], serde_json::json!([]));
    assert_eq!(shown(link)["begun_from"]["title"], "Ledningsgruppen");
    assert_eq!(of_notes(&shown(link), "text").len(), 0);
    let bare = made(&["Team Björk", "--notes", "--json"]);
    let link = bare["observer"].as_str().unwrap();
    assert_eq!(texts(&shown(link), "rules").len(), 0);
    assert_eq!(of_notes(&shown(link), "text"), ["Befolkningen åldras"]);
}

#[test]
fn only_a_facilitator_makes_groups_and_each_link_gives_as_much_as_it_may() {
    let relay = Relay::start();
    let (board, links) = two_groups(&relay);
    run(&["group", "new", &board.participant, "Asp"]).failed(5, "only the facilitator");
    let listed = |link: &str| run(&["group", "list", link, "--json"]).json();
    assert_eq!(listed(&board.participant)[0]["link"], links[0].as_str());
    let look = listed(&board.observer)[0]["link"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_ne!(look, links[0]);
    assert_eq!(of_notes(&shown(&look), "text").len(), 1);
    run(&["add", &look, "--section", "notes", "x"]).failed(5, "observer's link");
    run(&["group", "new", &board.facilitator, "--count", "29"]).failed(2, "at most 30 groups");
}
