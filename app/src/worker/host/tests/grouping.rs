//! Groups and merging without a browser: made, called, merged, followed, and other boards as sources.

use samsyn_shared::board::merge::Notes;
use samsyn_shared::board::{Delta, Record};

use super::*;
use crate::core::messages::{GroupCard, MergeOffer, MergeStep, WantedGroups, Watch};

impl Browser {
    /// Makes groups of the board that the page shows, and lets them settle.
    fn make_groups(
        &mut self,
        tab: usize,
        names: &[&str],
        sections: &[SectionId],
    ) -> Vec<GroupCard> {
        let wanted = WantedGroups {
            names: names.iter().map(|it| (*it).to_owned()).collect(),
            sections: sections.to_vec(),
            notes: Notes::Without,
        };
        self.say(tab, ToWorker::MakeGroups(wanted));
        self.pass(1_000);
        let cards = self.tabs[tab].heard.iter().rev().find_map(|it| match it {
            FromWorker::Groups(cards) if cards.len() == names.len() => Some(cards.clone()),
            _ => None,
        });
        cards.unwrap()
    }

    fn merging(&mut self, tab: usize, step: MergeStep) {
        self.say(tab, ToWorker::Merging(step));
        self.pass(3_000);
    }

    /// Goes to a group's board in another tab, and hangs a note there.
    fn write_in(&mut self, card: &GroupCard, id: u8, text: &str) {
        let tab = self.tab();
        self.say(
            tab,
            ToWorker::OpenLink {
                code: card.code.clone(),
            },
        );
        self.pass(100);
        let sections = self.tabs[tab].opened().view.sections_in_order().into_iter();
        let section = sections.map(|it| it.id).next().unwrap();
        self.say(tab, note(id, section, text));
        self.say(tab, ToWorker::LeaveBoard);
        self.pass(8_000);
    }
}

fn offer(tab: &Tab) -> &MergeOffer {
    let offer = tab.heard.iter().rev().find_map(|it| match it {
        FromWorker::MergeOffer(offer) => Some(offer.as_ref()),
        _ => None,
    });
    offer.unwrap()
}

/// The words of all notes that a page has been told of.
fn told_notes(tab: &Tab) -> Vec<String> {
    let mut view = tab.opened().view.clone();
    for message in &tab.heard {
        if let FromWorker::Delta(delta) = message {
            view.apply(delta);
        }
    }
    let notes = view.notes.values();
    let mut words: Vec<String> = notes.map(|it| view.text(it.text).to_owned()).collect();
    words.sort();
    words
}

fn notes_of(delta: &Delta) -> usize {
    let notes = delta.records.iter();
    notes.filter(|it| matches!(it, Record::Note(_))).count()
}

#[test]
fn a_note_for_all_groups_hangs_with_each_of_them_and_once_here() {
    let mut browser = Browser::new();
    let tab = browser.tab();
    let (_, section) = browser.new_board(tab);
    let cards = browser.make_groups(tab, &["Björk", "Ek"], &[section]);
    browser.say(tab, ToWorker::CallGroups("Tio minuter kvar".to_owned()));
    assert!(browser.tabs[tab].heard.contains(&FromWorker::Called(2)));
    for card in &cards {
        let group = &browser.tabs[tab].host.beside[&card.board].desk;
        let view = group.shown().view();
        let notes: Vec<&str> = view.notes.values().map(|it| view.text(it.text)).collect();
        assert_eq!(notes, ["Tio minuter kvar"]);
    }
    browser.merging(tab, MergeStep::Begin);
    browser.merging(tab, MergeStep::Apply(Vec::new()));
    assert_eq!(told_notes(&browser.tabs[tab]), ["Tio minuter kvar"]);
    assert!(browser.tabs[tab].heard.contains(&FromWorker::Merged));
}

#[test]
fn merged_groups_are_followed_as_they_write_and_others_are_not() {
    let mut browser = Browser::new();
    let tab = browser.tab();
    let (board, section) = browser.new_board(tab);
    let cards = browser.make_groups(tab, &["Björk", "Ek"], &[section]);
    browser.merging(tab, MergeStep::Begin);
    browser.merging(tab, MergeStep::Without(cards[1].board));
    browser.merging(tab, MergeStep::Apply(Vec::new()));
    browser.merging(tab, MergeStep::End);
    browser.say(tab, ToWorker::WatchGroups(Watch::Off));
    browser.say(tab, ToWorker::Follow(Watch::On));
    browser.write_in(&cards[0], 40, "Fler bor ensamma");
    browser.write_in(&cards[1], 41, "Personalen räcker inte");
    assert_eq!(told_notes(&browser.tabs[tab]), ["Fler bor ensamma"]);
    let open = &browser.tabs[tab].host.beside;
    let watched = |card: &GroupCard| open.get(&card.board).is_some_and(|it| it.why == Why::Group);
    assert!(watched(&cards[0]) && !watched(&cards[1]));
    let deltas = browser.tabs[tab].heard.iter().filter_map(|it| match it {
        FromWorker::Delta(delta) => Some(notes_of(delta)),
        _ => None,
    });
    assert_eq!(deltas.sum::<usize>(), 1, "told once");

    // Stopped, and on again after the browser was killed.
    browser.say(tab, ToWorker::Follow(Watch::Off));
    browser.write_in(&cards[0], 42, "Larm");
    assert_eq!(told_notes(&browser.tabs[tab]).len(), 1);
    let tab = browser.restart();
    browser.say(tab, ToWorker::OpenBoard { board });
    browser.say(tab, ToWorker::Follow(Watch::On));
    browser.pass(10_000);
    assert_eq!(told_notes(&browser.tabs[tab]), ["Fler bor ensamma", "Larm"]);
}

#[test]
fn leaving_the_overview_keeps_the_boards_that_are_followed_open() {
    let mut browser = Browser::new();
    let tab = browser.tab();
    let (_, section) = browser.new_board(tab);
    let cards = browser.make_groups(tab, &["Björk", "Ek"], &[section]);
    browser.merging(tab, MergeStep::Begin);
    browser.merging(tab, MergeStep::Without(cards[1].board));
    browser.merging(tab, MergeStep::Apply(Vec::new()));
    browser.merging(tab, MergeStep::End);
    browser.say(tab, ToWorker::Follow(Watch::On));
    browser.say(tab, ToWorker::WatchGroups(Watch::Off));
    let open = &browser.tabs[tab].host.beside;
    let why = |card: &GroupCard| open.get(&card.board).map(|it| it.why);
    assert!(why(&cards[0]) == Some(Why::Group));
    assert!(why(&cards[1]).is_some_and(|it| it != Why::Group));
}

#[test]
fn another_board_of_the_device_is_merged_and_goes_when_the_person_goes() {
    let mut browser = Browser::new();
    let tab = browser.tab();
    let (other, theirs) = browser.new_board(tab);
    browser.say(tab, note(1, theirs, "Från en annan tavla"));
    let (own, section) = browser.new_board(tab);
    browser.say(tab, note(2, section, "Här"));
    browser.pass(10_000);
    browser.merging(tab, MergeStep::Begin);
    browser.merging(tab, MergeStep::Board(own));
    let same = FromWorker::Failed(Failure::SameBoard);
    assert!(browser.tabs[tab].heard.contains(&same));
    browser.merging(tab, MergeStep::Link("x".to_owned()));
    let damaged = FromWorker::Failed(Failure::LinkDamaged);
    assert!(browser.tabs[tab].heard.contains(&damaged));
    browser.merging(tab, MergeStep::Board(other));
    let offered = offer(&browser.tabs[tab]);
    assert_eq!(offered.sources.len(), 1);
    assert_eq!(
        offered.preview.groups[0].new.len(),
        2,
        "a wall and its note"
    );
    browser.merging(tab, MergeStep::Apply(Vec::new()));
    assert_eq!(
        told_notes(&browser.tabs[tab]),
        ["Från en annan tavla", "Här"]
    );
    browser.merging(tab, MergeStep::End);
    browser.say(tab, ToWorker::WatchGroups(Watch::Off));
    // Without a network it stays open to reach the relay, as long as the person is on this board.
    browser.say(tab, ToWorker::LeaveBoard);
    browser.pass(10_000);
    assert!(browser.tabs[tab].host.beside.is_empty());
}
