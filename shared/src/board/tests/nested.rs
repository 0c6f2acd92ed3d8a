//! A board that had merged its own groups is merged into another one: what was settled there stays settled.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::merge::{
    blue_note, board_id, group_of, is_as_read_anew, main_board, merge, rule_in, set_rule, take_all,
};
use super::*;
use crate::board::merge::{Field, FieldValue, PlaceBy, SourceBoard, Wanted, settle_sources};
use crate::ids::RuleId;
use crate::records::{RecordId, RuleStatus};

const AT: Position = Position { x: 740, y: 420 };

fn note_of(group: u8) -> NoteId {
    NoteId([70 + group; 16])
}

/// A group's board as its members left it: a note of its own, and its wording of the first rule.
fn worked_on(of: &Device, group: u8, rule: &str) -> Device {
    let mut device = group_of(of, group);
    let wall = device.board.view().sections_in_order()[0].id;
    device.one(blue_note(note_of(group), wall, "Från gruppen"));
    set_rule(&mut device, "Vi börjar i tid", rule);
    device
}

/// Two groups of a board are merged into it: the second one's wording is chosen, and a note of the first is hung
/// elsewhere.
fn settle(school: &mut Device) -> [Device; 2] {
    let groups = [
        worked_on(school, 2, "Vi är punktliga"),
        worked_on(school, 3, "Vi väntar in alla"),
    ];
    let rule = rule_in(school, "Vi börjar i tid");
    let wall = school.board.view().sections_in_order()[0].id;
    for (group, number) in groups.iter().zip([2, 3]) {
        merge(school, group, number);
    }
    school.all(&[
        Command::Choose {
            record: RecordId::Rule(rule),
            field: Field::Text,
            wanted: Wanted::Of(board_id(3)),
        },
        Command::MoveNote {
            id: note_of(2),
            section: wall,
            quadrant: None,
            at: AT,
        },
    ]);
    assert_eq!(
        rules(school),
        ["Alla kommer till tals", "Vi väntar in alla"]
    );
    groups
}

fn rules(device: &Device) -> Vec<String> {
    let view = device.board.view();
    let rules = view.rules.values().map(|it| view.text(it.text).to_owned());
    let mut rules: Vec<String> = rules.collect();
    rules.sort();
    rules
}

/// The board and those that it had merged, none of them a group of the board that they come to.
fn sources(device: &Device) -> Vec<SourceBoard> {
    let mut sources = SourceBoard::of_board(&device.board, "Skolan");
    let view = View::empty(municipality().board.id());
    settle_sources(&view, &[], PlaceBy::Lanes, &mut sources);
    sources
}

fn municipality() -> Device {
    Device {
        board: Board::new(BoardId([0xee; 32])),
        rng: rng(8),
    }
}

#[test]
fn what_was_chosen_and_moved_there_is_so_here_until_a_group_goes_on() {
    let mut school = main_board();
    let [mut first, _] = settle(&mut school);
    let mut here = municipality();
    take_all(&mut here, &sources(&school));
    let view = here.board.view();
    assert_eq!(view.merged.conflicts, []);
    assert_eq!(rules(&here), ["Alla kommer till tals", "Vi väntar in alla"]);
    assert_eq!(view.notes[&note_of(2)].at, AT);
    assert_eq!(view.notes[&note_of(2)].section, WALL);
    assert_ne!(view.notes[&note_of(3)].at, AT);
    is_as_read_anew(&here);

    // Where its own group's notes hang, only the board itself says.
    let mut own = municipality();
    let mut all = sources(&school);
    for it in &mut all {
        it.source.number %= 50;
    }
    take_all(&mut own, &all);
    assert_ne!(own.board.view().notes[&note_of(2)].at, AT);

    // A group that goes on with the rule opens the question again, with what was chosen as it stands.
    set_rule(&mut first, "Vi är punktliga", "Vi är alltid punktliga");
    merge(&mut here, &first, 2);
    let view = here.board.view();
    let [conflict] = view.merged.conflicts.as_slice() else {
        panic!("{:?}", view.merged.conflicts);
    };
    let chosen = FieldValue::Text("Vi väntar in alla".to_owned());
    assert_eq!(conflict.shown, chosen);
    let proposed: Vec<&FieldValue> = conflict.proposals.iter().map(|it| &it.value).collect();
    let newer = FieldValue::Text("Vi är alltid punktliga".to_owned());
    assert_eq!(proposed, [&newer]);

    // What is chosen here counts for more.
    here.one(Command::Choose {
        record: RecordId::Rule(RuleId([1; 16])),
        field: Field::Text,
        wanted: Wanted::Of(board_id(2)),
    });
    assert_eq!(here.board.view().merged.conflicts, []);
    let said = ["Alla kommer till tals", "Vi är alltid punktliga"];
    assert_eq!(rules(&here), said);
    is_as_read_anew(&here);
}

#[test]
fn what_is_settled_there_later_or_taken_back_is_so_here_too() {
    let mut school = main_board();
    let groups = [
        worked_on(&school, 2, "Vi är punktliga"),
        worked_on(&school, 3, "Vi väntar in alla"),
    ];
    for (group, number) in groups.iter().zip([2, 3]) {
        merge(&mut school, group, number);
    }
    let mut here = municipality();
    take_all(&mut here, &sources(&school));
    assert_eq!(here.board.view().merged.conflicts.len(), 1);
    let choice = Command::Choose {
        record: RecordId::Rule(RuleId([1; 16])),
        field: Field::Text,
        wanted: Wanted::Of(board_id(3)),
    };
    let chosen = school.all(&[choice]);
    here.board.import(&sources(&school));
    assert_eq!(here.board.view().merged.conflicts, []);
    assert_eq!(rules(&here), ["Alla kommer till tals", "Vi väntar in alla"]);
    school.one(Command::TakeBack(Box::new(chosen.deed)));
    assert_eq!(school.board.view().merged.conflicts.len(), 1);
    here.board.import(&sources(&school));
    assert_eq!(here.board.view().merged.conflicts.len(), 1);
    assert_eq!(rules(&here), ["Alla kommer till tals", "Vi börjar i tid"]);
    is_as_read_anew(&here);
}

/// A group that had groups itself: to the board it came from, it says what was chosen in it.
#[test]
fn a_group_says_what_it_chose_among_its_own_groups() {
    for groups_first in [false, true] {
        let mut main = main_board();
        let mut group = group_of(&main, 1);
        let groups = settle(&mut group);
        if groups_first {
            for (inner, number) in groups.iter().zip([2, 3]) {
                merge(&mut main, inner, number);
            }
        }
        take_all(&mut main, &sources(&group));
        let view = main.board.view();
        assert_eq!(view.merged.conflicts, []);
        assert_eq!(rules(&main), ["Alla kommer till tals", "Vi väntar in alla"]);
        // Its walls are copies, so its groups' notes hang as all groups' do.
        assert_ne!(view.notes[&note_of(2)].at, AT);
        assert_eq!(view.notes[&note_of(2)].section, WALL);
        is_as_read_anew(&main);
    }
}

/// Whoever changes here what was chosen there has the last word, whatever sort of field it is.
#[test]
fn what_was_chosen_there_can_be_changed_here() {
    let mut school = main_board();
    for (number, status) in [(2, RuleStatus::Agreed), (3, RuleStatus::Retired)] {
        let mut group = group_of(&main_board(), number);
        let id = rule_in(&group, "Vi börjar i tid");
        group.one(Command::SetRuleStatus { id, status });
        merge(&mut school, &group, number);
    }
    let id = RuleId([1; 16]);
    school.one(Command::Choose {
        record: RecordId::Rule(id),
        field: Field::Status,
        wanted: Wanted::Of(board_id(3)),
    });
    let mut here = municipality();
    take_all(&mut here, &sources(&school));
    let status = |here: &Device| here.board.view().rules[&id].status;
    assert_eq!(status(&here), RuleStatus::Retired);
    let agreed = RuleStatus::Agreed;
    here.one(Command::SetRuleStatus { id, status: agreed });
    assert_eq!(status(&here), RuleStatus::Agreed);
    assert_eq!(here.board.view().merged.conflicts, []);
    is_as_read_anew(&here);
}

const CLUBS: SectionId = SectionId([33; 16]);
const FULL: NoteId = NoteId([81; 16]);

/// A board that has nothing to do with it is merged into a school's, and its note is hung on the school's wall. The
/// boards to be merged elsewhere, the school's first, and that wall.
fn hung_at_school(school: &mut Device) -> (Vec<SourceBoard>, SectionId) {
    let mut club = Device {
        board: Board::new(BoardId([0xcc; 32])),
        rng: rng(12),
    };
    club.all(&[
        Command::AddSection {
            id: CLUBS,
            kind: SectionKind::Notes,
            title: "Föreningar".to_owned(),
            after: None,
        },
        blue_note(FULL, CLUBS, "Hallen är full"),
    ]);
    let section = school.board.view().sections_in_order()[0].id;
    take_all(school, &SourceBoard::of_board(&club.board, "Kultur"));
    school.one(Command::MoveNote {
        id: FULL,
        section,
        quadrant: None,
        at: AT,
    });
    (sources(school), section)
}

fn hung(here: &Device) -> (SectionId, bool) {
    is_as_read_anew(here);
    let note = &here.board.view().notes[&FULL];
    (note.section, note.at == AT)
}

#[test]
fn where_a_board_hung_a_note_counts_whichever_comes_first_and_no_longer_than_it_is_here() {
    let (mut sources, wall) = hung_at_school(&mut main_board());
    for _ in 0..2 {
        sources.reverse();
        let mut here = municipality();
        here.board.import(&sources);
        let mut school = None;
        for it in &sources {
            let merged = here.all(&[Command::Merge(it.source.clone())]);
            school = school.or((it.source.board == BOARD).then_some(merged.deed));
        }
        assert_eq!(hung(&here), (wall, true));
        here.one(Command::TakeBack(Box::new(school.unwrap())));
        assert_eq!(hung(&here), (CLUBS, false));
    }
}

#[test]
fn where_a_board_hung_a_note_counts_as_long_as_its_section_is_no_copy_of_another_here() {
    let above = main_board();
    let (all, wall) = hung_at_school(&mut group_of(&above, 1));
    let mut here = municipality();
    take_all(&mut here, &all);
    assert_eq!(hung(&here), (wall, true));
    let above = sources(&above);
    here.board.import(&above);
    let merged = here.all(&[Command::Merge(above[0].source.clone())]);
    assert_eq!(hung(&here), (CLUBS, false));
    here.one(Command::TakeBack(Box::new(merged.deed)));
    assert_eq!(hung(&here), (wall, true));
}
