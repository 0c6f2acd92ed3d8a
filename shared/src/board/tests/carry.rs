//! One board's outcome starts the next: what goes along, what does not, and the way back.

use std::collections::BTreeSet;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::merge::{
    CROSS, CROSS_SECTION, RULES, board_id, main_board, merge, rule_in, rule_text, set_rule,
};
use super::*;
use crate::archive::{Archive, import_commands};
use crate::board::merge::{Begun, CarriedAs, CarriedRules, Carry, carried};
use crate::board::{Support, TextField};
use crate::compare::{compare, rules};
use crate::export::{Words, markdown, outline};
use crate::ids::{PersonId, RuleId};
use crate::records::{AxisPlace, CrossField, QuadrantPlace, RuleStatus};
use crate::templates::Language;

const ASA: PersonId = PersonId([0x77; 16]);

/// The main board with two rules agreed, one proposed and one retired, and a scenario told.
fn came_to_something() -> Device {
    let mut main = main_board();
    let status = |id: u8, status| Command::SetRuleStatus {
        id: RuleId([id; 16]),
        status,
    };
    let rule = |id: u8, text: &str| Command::AddRule {
        id: RuleId([id; 16]),
        section: RULES,
        text: text.to_owned(),
        why: "Det behövs".to_owned(),
        shows_as: String::new(),
        author: Some(ASA),
    };
    let name = "Åsa".to_owned();
    let story = QuadrantPlace::TopLeft;
    main.all(&[
        Command::SetPerson { id: ASA, name },
        rule(3, "Vi har kaffe"),
        rule(4, "Vi ses på torsdagar"),
        Command::SetSupport {
            rule: RuleId([1; 16]),
            person: ASA,
            support: Support::Given,
        },
        status(1, RuleStatus::Agreed),
        status(3, RuleStatus::Agreed),
        status(4, RuleStatus::Retired),
        Command::SetForce {
            id: CROSS,
            axis: AxisPlace::X,
            force: Some(NOTE),
        },
        Command::SetText {
            field: TextField::Cross(CROSS, CrossField::QuadrantStory(story)),
            value: "Ingen vill arbeta här".to_owned(),
        },
    ]);
    main
}

fn begun() -> Begun {
    Begun {
        board: BOARD,
        title: "Ledningsgruppens regler".to_owned(),
        at: NOW,
    }
}

fn next(main: &Device, carry: &Carry) -> Device {
    let mut rng = rng(70);
    let commands = carried(main.board.view(), &mut rng, begun(), carry);
    let board = Board::new(board_id(0));
    let mut next = Device { board, rng };
    next.all(&commands);
    next
}

#[test]
fn a_team_starts_from_the_rules_that_are_agreed_and_talks_about_them() {
    let main = came_to_something();
    let team = next(&main, &Carry::default());
    let view = team.board.view();
    for rule in view.rules.values() {
        assert_eq!(rule.status, RuleStatus::Proposed);
        assert_eq!((rule.supporters.len(), rule.author), (0, None));
    }
    assert_eq!((view.sections.len(), view.notes.len()), (1, 0));
    assert_eq!((view.crosses.len(), view.people.len()), (0, 0));
    let agreed = rules(main.board.view()).into_iter();
    let agreed = agreed.filter(|it| it.status == RuleStatus::Agreed);
    let found = compare(agreed.collect(), rules(view));
    assert_eq!((found.shared.len(), found.only_first.len()), (2, 0));
    assert!(found.different.is_empty() && found.only_second.is_empty());
}

#[test]
fn all_rules_go_along_as_they_are_without_the_retired_ones_and_anybodys_support() {
    let main = came_to_something();
    let carry = Carry {
        rules: CarriedRules::All,
        standing: CarriedAs::TheyAre,
        ..Carry::default()
    };
    let next = next(&main, &carry);
    let view = next.board.view();
    let found = compare(rules(main.board.view()), rules(view));
    assert_eq!((found.shared.len(), view.rules.len()), (3, 3));
    assert_eq!(
        (found.only_first, found.only_second),
        (Vec::new(), Vec::new())
    );
    let agreed = &view.rules[&rule_in(&next, "Vi börjar i tid")];
    assert_eq!(agreed.status, RuleStatus::Agreed);
    assert!(agreed.supporters.is_empty());
}

#[test]
fn notes_and_a_crosss_axes_go_along_and_its_scenarios_are_told_anew() {
    let main = came_to_something();
    let carry = Carry {
        rules: CarriedRules::None,
        notes: BTreeSet::from([WALL]),
        crosses: BTreeSet::from([CROSS_SECTION]),
        ..Carry::default()
    };
    let both = next(&main, &carry);
    let view = both.board.view();
    let notes = view.notes.values().map(|it| view.text(it.text));
    let notes: BTreeSet<&str> = notes.collect();
    assert_eq!(notes, ["Befolkningen åldras", "Fler bor ensamma"].into());
    let cross = view.crosses.values().next().unwrap();
    assert_eq!(view.text(cross.x.name), "Personal");
    assert_eq!(cross.horizon, Some(2035));
    assert!(cross.x.force.is_some_and(|it| view.notes.contains_key(&it)));
    let story = cross.text(CrossField::QuadrantStory(QuadrantPlace::TopLeft));
    assert!(story.is_some(), "it can be written");
    assert_eq!(view.text(story), "");
    assert_eq!((view.rules.len(), view.sections.len()), (0, 2));

    let notes = Carry {
        crosses: BTreeSet::new(),
        notes: BTreeSet::from([CROSS_SECTION]),
        ..carry
    };
    let bare = next(&main, &notes);
    let cross = bare.board.view().crosses.values().next().unwrap();
    assert_eq!(bare.board.view().text(cross.x.name), "");
}

#[test]
fn the_board_says_what_it_was_begun_from_to_everybody_and_in_its_archive() {
    let next = next(&came_to_something(), &Carry::default());
    let mut other = Board::new(next.board.id());
    let chunks = next.chunks();
    let bytes: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
    let delta = other.receive(&bytes).delta;
    assert_eq!(other.view().merged.begun, Some(begun()));
    assert_eq!(delta.merged.and_then(|it| it.begun), Some(begun()));
    assert!(other.view().merged.sources.is_empty());

    let archive = Archive::of(other.view(), "Teamet", &[], NOW);
    let read = Archive::parse(&archive.to_json()).unwrap();
    let mut again = Device::new(72);
    let commands = import_commands(&mut again.rng, &read);
    again.all(&commands);
    assert_eq!(again.board.view().merged.begun, Some(begun()));

    let words = Words::of(Language::Sv);
    let text = markdown(&outline(other.view(), "Teamet", words));
    let begun = "# Teamet\n\n**Börjad från:** Ledningsgruppens regler, 2026-09-21\n";
    assert!(text.starts_with(begun), "{text}");
}

#[test]
fn a_board_that_was_begun_elsewhere_proposes_only_what_was_changed_there() {
    let mut main = came_to_something();
    let carry = Carry {
        crosses: BTreeSet::from([CROSS_SECTION]),
        ..Carry::default()
    };
    let mut team = next(&main, &carry);
    merge(&mut main, &team, 0);
    assert_eq!(main.board.view().merged.conflicts, []);
    assert_eq!(main.board.view().merged.begun, None, "that is the team's");
    assert_eq!(
        main.board.view().rules[&RuleId([1; 16])].status,
        RuleStatus::Agreed
    );
    set_rule(&mut team, "Vi börjar i tid", "Vi börjar punktligt");
    merge(&mut main, &team, 0);
    assert_eq!(rule_text(&main, 1), "Vi börjar punktligt");
}
