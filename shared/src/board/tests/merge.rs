//! Groups, and what merging them makes of a board: whatever they did, in whatever order they come and however often.

use std::collections::BTreeSet;

use proptest::prelude::*;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::archive::{Archive, source_boards};
use crate::board::merge::{
    Field, FieldValue, Imported, Notes, Placement, Source, SourceBoard, Wanted, copies,
    copy_of_note,
};
use crate::board::undo::Deed;
use crate::board::{Draft, TextField};
use crate::export::{Words, markdown, outline};
use crate::ids::{CrossId, PersonId, RuleId};
use crate::records::{
    AxisPlace, CrossField, Judgement, Presence, QuadrantPlace, RecordId, RuleStatus, Tag,
};
use crate::templates::Language;

pub(super) const RULES: SectionId = SectionId([11; 16]);
pub(super) const CROSS_SECTION: SectionId = SectionId([12; 16]);
pub(super) const CROSS: CrossId = CrossId([13; 16]);

/// A board with a wall and two notes, two rules and a cross.
pub(super) fn main_board() -> Device {
    let mut main = Device::new(1);
    let rule = |byte: u8, text: &str| Command::AddRule {
        id: RuleId([byte; 16]),
        section: RULES,
        text: text.to_owned(),
        why: String::new(),
        shows_as: String::new(),
        author: None,
    };
    main.all(&[
        add_wall(),
        Command::AddSection {
            id: RULES,
            kind: SectionKind::Rules,
            title: "Spelregler".to_owned(),
            after: Some(WALL),
        },
        Command::AddSection {
            id: CROSS_SECTION,
            kind: SectionKind::Cross,
            title: "Scenariokors".to_owned(),
            after: Some(RULES),
        },
        add_note(NOTE, "Befolkningen åldras"),
        add_note(NoteId([3; 16]), "Fler bor ensamma"),
        rule(1, "Vi börjar i tid"),
        rule(2, "Alla kommer till tals"),
        Command::AddCross {
            id: CROSS,
            section: CROSS_SECTION,
            texts: vec![(CrossField::XName, "Personal".to_owned())],
            horizon: Some(2035),
        },
    ]);
    main
}

pub(super) fn board_id(group: u8) -> BoardId {
    BoardId([0x60 + group; 32])
}

/// A group's board, made of the main board.
pub(super) fn group_of(main: &Device, group: u8) -> Device {
    let mut rng = rng(100 + u64::from(group));
    let view = main.board.view();
    let sections = view.sections_in_order().iter().map(|it| it.id).collect();
    let commands = copies(view, &mut rng, &sections, Notes::With);
    let board = Board::new(board_id(group));
    let mut device = Device { board, rng };
    device.all(&commands);
    device
}

fn source(group: u8, placement: Placement) -> Source {
    Source {
        board: board_id(group),
        name: format!("Grupp {group}"),
        colour: Colour::ALL[usize::from(group) % 7],
        // The group of a group is none of the main board's.
        number: u16::from(group) + 100 * u16::from(usize::from(group) >= GROUPS),
        placement,
        shown: true,
    }
}

fn import(main: &mut Device, group: &Device) -> Imported {
    let source = source(0, Placement::Overlay);
    let source = Source {
        board: group.board.id(),
        ..source
    };
    let changes = group.chunks();
    main.board.import(&[SourceBoard { source, changes }])
}

pub(super) fn merge(main: &mut Device, group: &Device, number: u8) -> Committed {
    import(main, group);
    main.all(&[Command::Merge(source(number, Placement::Overlay))])
}

/// The copy of a record on a group's board.
fn copy_in(group: &Device, text: &str) -> RecordId {
    let view = group.board.view();
    let has = |record: &RecordId| {
        let record = view.record(*record).unwrap();
        record.texts().iter().any(|it| view.text(Some(*it)) == text)
    };
    view.records().find(has).unwrap()
}

pub(super) fn rule_in(group: &Device, text: &str) -> RuleId {
    match copy_in(group, text) {
        RecordId::Rule(id) => id,
        other @ (RecordId::Section(_)
        | RecordId::Note(_)
        | RecordId::Cross(_)
        | RecordId::Person(_)) => panic!("{other:?} is no rule"),
    }
}

pub(super) fn set_rule(group: &mut Device, from: &str, to: &str) {
    let field = TextField::RuleText(rule_in(group, from));
    let value = to.to_owned();
    group.one(Command::SetText { field, value });
}

pub(super) fn rule_text(device: &Device, byte: u8) -> String {
    let view = device.board.view();
    view.text(view.rules[&RuleId([byte; 16])].text).to_owned()
}

fn words(view: &View) -> BTreeSet<String> {
    let records = view.records().filter_map(|it| view.record(it));
    let texts = records.flat_map(|it| it.texts());
    texts.map(|it| view.text(Some(it)).to_owned()).collect()
}

#[test]
fn an_untouched_group_changes_nothing_and_is_not_doubled() {
    let mut main = main_board();
    let before = plain(main.board.view());
    let group = group_of(&main, 1);
    assert_eq!(group.board.view().notes.len(), 2);
    merge(&mut main, &group, 1);
    let mut after = plain(main.board.view());
    assert_eq!(after.merged.sources.len(), 1);
    assert_eq!(after.merged.conflicts, []);
    after.merged = before.merged.clone();
    after.texts.retain(|id, _| before.texts.contains_key(id));
    assert_eq!(after, before);
}

#[test]
fn headings_go_out_with_a_group_and_what_it_sorts_under_them_comes_back() {
    let mut main = main_board();
    main.all(&[Command::SetUnder {
        id: NOTE,
        heading: Some(NoteId([3; 16])),
    }]);
    let mut group = group_of(&main, 1);
    let view = group.board.view();
    let under = view.notes.values().find_map(|it| view.heading_of(it));
    let heading = under.unwrap().id;
    assert_eq!(view.text(view.notes[&heading].text), "Fler bor ensamma");
    let section = view.notes[&heading].section;
    let note = NoteId([77; 16]);
    group.all(&[
        Command::AddNote {
            id: note,
            section,
            quadrant: None,
            text: "Digital tillsyn om natten".to_owned(),
            at: Position::default(),
            colour: Colour::Blue,
            author: None,
        },
        Command::SetUnder {
            id: note,
            heading: Some(heading),
        },
    ]);
    merge(&mut main, &group, 1);
    let view = main.board.view();
    for id in [NOTE, note] {
        let heading = view.heading_of(&view.notes[&id]).map(|it| it.id);
        assert_eq!(heading, Some(NoteId([3; 16])));
    }
}

/// A group puts a copy under a heading that it made, judges it, says what it is, and makes an axis of it.
#[test]
fn what_one_group_sorted_and_judged_is_taken_and_what_two_judged_is_to_be_chosen() {
    let mut main = main_board();
    let mut groups = [group_of(&main, 1), group_of(&main, 2)];
    let heading = NoteId([77; 16]);
    let judged = [(900, 800), (200, 100)].map(|it| Judgement::clamped(it.0, it.1));
    for (group, judged) in groups.iter_mut().zip(judged) {
        let RecordId::Note(id) = copy_in(group, "Befolkningen åldras") else {
            panic!("a note");
        };
        group.one(Command::Judge {
            id,
            judged: Some(judged),
        });
    }
    let RecordId::Note(note) = copy_in(&groups[0], "Befolkningen åldras") else {
        panic!("a note");
    };
    let view = groups[0].board.view();
    let (section, cross) = (
        view.notes[&note].section,
        *view.crosses.keys().next().unwrap(),
    );
    groups[0].all(&[
        Command::AddNote {
            id: heading,
            section,
            quadrant: None,
            text: "Människor".to_owned(),
            at: Position::default(),
            colour: Colour::Blue,
            author: None,
        },
        Command::SetUnder {
            id: note,
            heading: Some(heading),
        },
        Command::SetTag {
            id: note,
            tag: Some(Tag::EarlySign),
        },
        Command::SetForce {
            id: cross,
            axis: AxisPlace::X,
            force: Some(note),
        },
    ]);
    merge(&mut main, &groups[0], 1);
    let view = main.board.view();
    assert_eq!(view.merged.conflicts, []);
    let shown = &view.notes[&NOTE];
    assert_eq!(
        (shown.under, shown.tag),
        (Some(heading), Some(Tag::EarlySign))
    );
    assert_eq!(shown.judged, Some(judged[0]));
    assert_eq!(view.crosses[&CROSS].x.force, Some(NOTE));

    merge(&mut main, &groups[1], 2);
    let view = main.board.view();
    assert_eq!(
        view.notes[&NOTE].judged, None,
        "two differ, so neither counts"
    );
    let [conflict] = view.merged.conflicts.as_slice() else {
        panic!("{:?}", view.merged.conflicts);
    };
    let values: Vec<&FieldValue> = conflict.proposals.iter().map(|it| &it.value).collect();
    assert_eq!(
        values,
        [
            &FieldValue::Judged(Some(judged[0])),
            &FieldValue::Judged(Some(judged[1]))
        ]
    );
    main.one(Command::Choose {
        record: RecordId::Note(NOTE),
        field: Field::Judged,
        wanted: Wanted::Of(board_id(2)),
    });
    assert_eq!(main.board.view().notes[&NOTE].judged, Some(judged[1]));
    is_as_read_anew(&main);
}

/// A note for all groups hangs with each of them, and once where they are merged.
#[test]
fn a_note_that_every_group_got_a_copy_of_is_one_note_after_the_merge() {
    let mut main = main_board();
    let mut groups = [group_of(&main, 1), group_of(&main, 2)];
    for group in &mut groups {
        let wall = group.board.view().sections_in_order()[0].id;
        let at = Position { x: -300, y: 7 };
        let view = main.board.view();
        let commands = copy_of_note(view, &mut group.rng, NOTE, wall, at);
        let before = group.board.view().notes.len();
        group.all(&commands);
        let view = group.board.view();
        assert_eq!(view.notes.len(), before + 1);
        assert!(
            view.notes
                .values()
                .any(|it| it.at == at && it.section == wall)
        );
    }
    let before = main.board.view().notes.clone();
    merge(&mut main, &groups[0], 1);
    merge(&mut main, &groups[1], 2);
    assert_eq!(main.board.view().notes, before);
    assert_eq!(main.board.view().merged.conflicts, []);
}

/// Without the notes, a group's axes name no force, and that is no wish of the group's.
#[test]
fn what_a_group_was_not_given_it_has_not_taken_away() {
    let mut main = main_board();
    main.all(&[
        Command::SetForce {
            id: CROSS,
            axis: AxisPlace::Y,
            force: Some(NOTE),
        },
        Command::SetUnder {
            id: NOTE,
            heading: Some(NoteId([3; 16])),
        },
    ]);
    let view = main.board.view();
    let sections = [CROSS_SECTION].into();
    let mut rng = rng(101);
    let commands = copies(view, &mut rng, &sections, Notes::Without);
    let mut group = Device {
        board: Board::new(board_id(1)),
        rng,
    };
    group.all(&commands);
    merge(&mut main, &group, 1);
    let view = main.board.view();
    assert_eq!(view.crosses[&CROSS].y.force, Some(NOTE));
    assert_eq!(view.notes[&NOTE].under, Some(NoteId([3; 16])));
    assert_eq!(view.merged.conflicts, []);
}

#[test]
fn what_one_group_changed_is_taken_and_new_notes_come_with_their_origin() {
    let mut main = main_board();
    let mut group = group_of(&main, 1);
    set_rule(&mut group, "Vi börjar i tid", "Vi börjar och slutar i tid");
    let wall = group.board.view().sections_in_order()[0].id;
    let note = NoteId([77; 16]);
    group.one(Command::AddNote {
        id: note,
        section: wall,
        quadrant: None,
        text: "Digital tillsyn om natten".to_owned(),
        at: Position { x: 500, y: 600 },
        colour: Colour::Blue,
        author: None,
    });
    merge(&mut main, &group, 1);
    assert_eq!(rule_text(&main, 1), "Vi börjar och slutar i tid");
    let view = main.board.view();
    assert_eq!(view.notes[&note].section, WALL);
    assert_eq!(view.notes[&note].at, Position { x: 500, y: 600 });
    assert_eq!(view.origins[&RecordId::Note(note)], board_id(1));
    assert_eq!(view.notes.len(), 3);
    assert_eq!(view.rules.len(), 2);
    assert_eq!(view.sections.len(), 3);
    assert_eq!(view.crosses.len(), 1);
    let text = markdown(&outline(view, "Tavlan", Words::of(Language::Sv)));
    let said = "- Digital tillsyn om natten\\\n  *Färg: blå · Från: Grupp 1*\n";
    assert!(text.contains(said), "{text}");
    assert_eq!(text.matches("Från:").count(), 1, "only what is the group's");
}

#[test]
fn two_groups_that_changed_the_same_rule_leave_the_choice_to_people() {
    let mut main = main_board();
    let mut groups = [group_of(&main, 1), group_of(&main, 2)];
    set_rule(&mut groups[0], "Vi börjar i tid", "Vi är punktliga");
    set_rule(&mut groups[1], "Vi börjar i tid", "Vi väntar in alla");
    merge(&mut main, &groups[0], 1);
    merge(&mut main, &groups[1], 2);
    assert_eq!(rule_text(&main, 1), "Vi börjar i tid");
    let [conflict] = main.board.view().merged.conflicts.as_slice() else {
        panic!("{:?}", main.board.view().merged.conflicts);
    };
    let text = |it: &str| FieldValue::Text(it.to_owned());
    assert_eq!(conflict.record, RecordId::Rule(RuleId([1; 16])));
    assert_eq!(conflict.field, Field::Text);
    assert_eq!(conflict.proposals[0].value, text("Vi är punktliga"));
    assert_eq!(conflict.proposals[1].value, text("Vi väntar in alla"));
    assert_eq!(conflict.proposals[1].from, [board_id(2)]);

    let choose = |wanted: Wanted| Command::Choose {
        record: RecordId::Rule(RuleId([1; 16])),
        field: Field::Text,
        wanted,
    };
    let chosen = main.all(&[choose(Wanted::Of(board_id(2)))]);
    assert_eq!(rule_text(&main, 1), "Vi väntar in alla");
    assert_eq!(main.board.view().merged.conflicts, []);

    // It stays chosen when the groups come again, and when another group changes something else.
    set_rule(&mut groups[0], "Alla kommer till tals", "Alla hörs");
    merge(&mut main, &groups[0], 1);
    merge(&mut main, &groups[1], 2);
    assert_eq!(rule_text(&main, 1), "Vi väntar in alla");
    assert_eq!(rule_text(&main, 2), "Alla hörs");

    // A group that changes that very field again is asked about, and what was chosen is shown meanwhile.
    set_rule(&mut groups[0], "Vi är punktliga", "Vi är alltid punktliga");
    merge(&mut main, &groups[0], 1);
    assert_eq!(rule_text(&main, 1), "Vi väntar in alla");
    assert_eq!(main.board.view().merged.conflicts[0].proposals.len(), 1);
    main.all(&[choose(Wanted::Words(
        "Vi är punktliga och väntar in alla".to_owned(),
    ))]);
    assert_eq!(rule_text(&main, 1), "Vi är punktliga och väntar in alla");
    assert_eq!(main.board.view().merged.conflicts, []);

    // The first choice cannot be taken back over the second.
    main.all(&[Command::TakeBack(Box::new(chosen.deed))]);
    assert_eq!(rule_text(&main, 1), "Vi är punktliga och väntar in alla");
}

#[test]
fn who_edits_a_merged_field_settles_it() {
    let mut main = main_board();
    let mut group = group_of(&main, 1);
    set_rule(&mut group, "Vi börjar i tid", "Vi är punktliga");
    merge(&mut main, &group, 1);
    let field = TextField::RuleText(RuleId([1; 16]));
    let value = "Vi börjar på slaget".to_owned();
    main.one(Command::SetText { field, value });
    assert_eq!(rule_text(&main, 1), "Vi börjar på slaget");
    assert_eq!(main.board.view().merged.conflicts, []);
    let id = RuleId([1; 16]);
    let status = RuleStatus::Agreed;
    main.one(Command::SetRuleStatus { id, status });
    assert_eq!(main.board.view().rules[&id].status, RuleStatus::Agreed);
}

#[test]
fn who_typed_before_the_merge_came_is_not_overruled() {
    let mut main = main_board();
    let mut group = group_of(&main, 1);
    set_rule(&mut group, "Vi börjar i tid", "Vi är punktliga");
    let view = main.board.view();
    let text = view.rules[&RuleId([1; 16])].text.unwrap();
    main.one(Command::CommitDraft(Draft {
        text,
        base_revision: None,
        base: "Vi börjar i tid".to_owned(),
        own: "Vi börjar i tid, alltid".to_owned(),
        edits: Vec::new(),
    }));
    merge(&mut main, &group, 1);
    assert_eq!(rule_text(&main, 1), "Vi börjar i tid, alltid");
    assert_eq!(main.board.view().merged.conflicts.len(), 1);
}

#[test]
fn an_undone_merge_is_gone_and_comes_back_whole() {
    let mut main = main_board();
    let mut group = group_of(&main, 1);
    set_rule(&mut group, "Vi börjar i tid", "Vi är punktliga");
    let note = copy_in(&group, "Fler bor ensamma");
    group.one(Command::SetPresence {
        record: note,
        presence: Presence::InTrash,
    });
    import(&mut main, &group);
    let before = plain(main.board.view());
    let merged = main.all(&[Command::Merge(source(1, Placement::Overlay))]);
    let after = plain(main.board.view());
    // A removal is a proposal, which nothing follows by itself.
    assert_eq!(after.notes[&NoteId([3; 16])].presence, Presence::OnBoard);
    let undone = main.all(&[Command::TakeBack(Box::new(merged.deed))]);
    assert_eq!(plain(main.board.view()), before);
    main.all(&[Command::TakeBack(Box::new(undone.deed))]);
    assert_eq!(plain(main.board.view()), after);
}

#[test]
fn a_note_of_a_group_hangs_where_this_board_hung_it() {
    let mut main = main_board();
    let mut group = group_of(&main, 1);
    let wall = group.board.view().sections_in_order()[0].id;
    let add = |id: u8| Command::AddNote {
        id: NoteId([id; 16]),
        section: wall,
        quadrant: None,
        text: format!("lapp {id}"),
        at: Position { x: 0, y: 0 },
        colour: Colour::Blue,
        author: None,
    };
    group.all(&[add(71), add(72)]);
    import(&mut main, &group);
    let origin = Position { x: 2_000, y: 100 };
    main.all(&[Command::Merge(source(1, Placement::Lanes { origin }))]);
    let at = |device: &Device, id: u8| device.board.view().notes[&NoteId([id; 16])].at;
    let first = at(&main, 71);
    assert_eq!(first.y, 100);
    assert_ne!(first, at(&main, 72));
    let there = Position { x: -40, y: 7 };
    let moved = main.all(&[Command::MoveNote {
        id: NoteId([71; 16]),
        section: CROSS_SECTION,
        quadrant: Some(QuadrantPlace::TopLeft),
        at: there,
    }]);
    assert_eq!(at(&main, 71), there);
    // The group goes on; what hangs here stays, and what it adds comes.
    group.one(Command::MoveNote {
        id: NoteId([71; 16]),
        section: wall,
        quadrant: None,
        at: Position { x: 900, y: 900 },
    });
    group.one(add(73));
    import(&mut main, &group);
    let view = main.board.view();
    assert_eq!(view.notes[&NoteId([71; 16])].section, CROSS_SECTION);
    assert_eq!(view.notes[&NoteId([73; 16])].section, WALL);
    main.all(&[Command::TakeBack(Box::new(moved.deed))]);
    assert_eq!(main.board.view().notes[&NoteId([71; 16])].section, WALL);
}

#[test]
fn a_preview_says_what_a_merge_does_and_does_nothing() {
    let mut main = main_board();
    let mut groups = [group_of(&main, 1), group_of(&main, 2)];
    set_rule(&mut groups[0], "Vi börjar i tid", "Vi är punktliga");
    set_rule(&mut groups[1], "Vi börjar i tid", "Vi väntar in alla");
    set_rule(&mut groups[1], "Alla kommer till tals", "Alla hörs");
    let wall = groups[0].board.view().sections_in_order()[0].id;
    groups[0].one(Command::AddNote {
        id: NoteId([71; 16]),
        section: wall,
        quadrant: None,
        text: "Befolkningen åldras!".to_owned(),
        at: Position { x: 0, y: 0 },
        colour: Colour::Blue,
        author: None,
    });
    let removed = copy_in(&groups[1], "Fler bor ensamma");
    groups[1].one(Command::SetPresence {
        record: removed,
        presence: Presence::InTrash,
    });
    let sources: Vec<SourceBoard> = (1..)
        .zip(&groups)
        .map(|(number, group)| SourceBoard {
            source: source(number, Placement::Overlay),
            changes: group.chunks(),
        })
        .collect();
    let before = main.board.view().clone();
    let preview = main.board.preview(NOW, &mut rng(5), &sources).unwrap();
    assert_eq!(*main.board.view(), before);
    assert_eq!(preview.groups[0].new, [RecordId::Note(NoteId([71; 16]))]);
    assert_eq!(preview.groups[1].changed.len(), 1);
    assert_eq!(
        preview.groups[1].changed[0].to,
        FieldValue::Text("Alla hörs".to_owned())
    );
    assert_eq!(preview.groups[1].removed, [RecordId::Note(NoteId([3; 16]))]);
    assert_eq!(preview.conflicts.len(), 1);
    assert_eq!(preview.piles, [vec![NOTE, NoteId([71; 16])]]);
    for (number, group) in (1..).zip(&groups) {
        merge(&mut main, group, number);
    }
    assert_eq!(plain(main.board.view()), plain(&preview.view));
    let again = main.board.preview(NOW, &mut rng(5), &sources).unwrap();
    assert_eq!(again.groups[0].new, []);
    assert_eq!(again.groups[1].changed, []);
    assert_eq!(again.groups[1].removed, []);
}

/// The board of a group as an archive, exported so many seconds after it was worked on.
fn archived(group: &Device, seconds: i64) -> Vec<SourceBoard> {
    let now = UnixMillis(NOW.0 + 1000 * seconds);
    let archive = Archive::of(group.board.view(), "Grupp", &[], now);
    let archive = Archive::parse(&archive.to_json()).unwrap();
    source_boards(&archive).unwrap()
}

pub(super) fn take_all(main: &mut Device, sources: &[SourceBoard]) {
    main.board.import(sources);
    for it in sources {
        main.all(&[Command::Merge(it.source.clone())]);
    }
}

#[test]
fn archives_and_the_board_itself_show_once_and_the_board_goes_first() {
    let mut main = main_board();
    let mut group = group_of(&main, 1);
    let wall = group.board.view().sections_in_order()[0].id;
    let note = NoteId([71; 16]);
    let text = |device: &Device| {
        let view = device.board.view();
        view.text(view.notes[&note].text).to_owned()
    };
    group.one(Command::AddNote {
        id: note,
        section: wall,
        quadrant: None,
        text: "första".to_owned(),
        at: Position { x: 0, y: 0 },
        colour: Colour::Blue,
        author: Some(PersonId([4; 16])),
    });
    set_rule(&mut group, "Vi börjar i tid", "Vi är punktliga");
    let first = archived(&group, 0);
    let field = TextField::NoteText(note);
    let value = "andra".to_owned();
    group.one(Command::SetText { field, value });
    let second = archived(&group, 60);
    let value = "tredje".to_owned();
    group.one(Command::SetText { field, value });

    take_all(&mut main, &second);
    assert_eq!(text(&main), "andra");
    assert_eq!(rule_text(&main, 1), "Vi är punktliga");
    let once = plain(main.board.view());
    take_all(&mut main, &second);
    assert_eq!(plain(main.board.view()), once);
    take_all(&mut main, &first);
    assert_eq!(text(&main), "andra");
    assert_eq!(main.board.view().notes.len(), 3);
    merge(&mut main, &group, 1);
    assert_eq!(text(&main), "tredje");
    assert_eq!(main.board.view().notes.len(), 3);
    assert_eq!(main.board.view().rules.len(), 2);
    let (anew, _) = Board::load(BOARD, &[&main.board.save()]);
    assert_eq!(plain(anew.view()), plain(main.board.view()));
}

#[test]
fn an_archive_of_a_merged_board_brings_its_groups_and_doubles_none() {
    let mut main = main_board();
    let mut group = group_of(&main, 1);
    let wall = group.board.view().sections_in_order()[0].id;
    group.one(Command::AddNote {
        id: NoteId([71; 16]),
        section: wall,
        quadrant: None,
        text: "från gruppen".to_owned(),
        at: Position { x: 0, y: 0 },
        colour: Colour::Blue,
        author: None,
    });
    merge(&mut main, &group, 1);
    let sources = archived(&main, 5);
    assert_eq!(sources.len(), 2);
    let mut elsewhere = Device {
        board: Board::new(BoardId([0xee; 32])),
        rng: rng(8),
    };
    take_all(&mut elsewhere, &sources);
    let view = elsewhere.board.view();
    assert_eq!(
        (view.notes.len(), view.rules.len(), view.sections.len()),
        (3, 2, 3)
    );
    let note = RecordId::Note(NoteId([71; 16]));
    assert_eq!(view.origins[&note], board_id(1));
    assert_eq!(view.merged.sources[&board_id(1)].name, "Grupp 1");
    merge(&mut elsewhere, &group, 1);
    assert_eq!(elsewhere.board.view().notes.len(), 3);
}

#[test]
fn a_second_round_builds_on_the_first() {
    let mut main = main_board();
    let mut first = group_of(&main, 1);
    set_rule(&mut first, "Vi börjar i tid", "Vi är punktliga");
    merge(&mut main, &first, 1);
    let mut second = group_of(&main, 2);
    set_rule(
        &mut second,
        "Vi är punktliga",
        "Vi är punktliga och förberedda",
    );
    merge(&mut main, &second, 2);
    assert_eq!(rule_text(&main, 1), "Vi är punktliga och förberedda");
    assert_eq!(main.board.view().merged.conflicts, []);
}

pub(super) fn blue_note(id: NoteId, section: SectionId, text: &str) -> Command {
    Command::AddNote {
        id,
        section,
        quadrant: None,
        text: text.to_owned(),
        at: Position::default(),
        colour: Colour::Blue,
        author: None,
    }
}

const VARDAG: NoteId = NoteId([77; 16]);

/// A board with two groups merged. Then the first makes a heading, of which the second gets a copy; under that it puts a
/// new note and its copy of [`NOTE`], which is under another heading here by now. Only the second has come back since.
fn with_a_heading_from_a_group() -> (Device, Device, NoteId) {
    let mut main = main_board();
    let mut groups = [group_of(&main, 1), group_of(&main, 2)];
    merge(&mut main, &groups[0], 1);
    merge(&mut main, &groups[1], 2);
    let [first, second] = &mut groups;
    let walls = [&*first, second].map(|it| it.board.view().sections_in_order()[0].id);
    first.one(blue_note(VARDAG, walls[0], "Vardag"));
    let at = Position { x: 900, y: 0 };
    let copied = copy_of_note(first.board.view(), &mut second.rng, VARDAG, walls[1], at);
    second.all(&copied);
    let note = |device: &Device, text| match copy_in(device, text) {
        RecordId::Note(id) => id,
        RecordId::Section(_) | RecordId::Rule(_) | RecordId::Cross(_) | RecordId::Person(_) => {
            panic!("a note")
        }
    };
    let copy = note(second, "Vardag");
    let under = |id, heading| Command::SetUnder {
        id,
        heading: Some(heading),
    };
    let new = NoteId([78; 16]);
    let ours = note(second, "Befolkningen åldras");
    second.all(&[
        blue_note(new, walls[1], "Mat hem varje dag"),
        under(new, copy),
        under(ours, copy),
    ]);
    main.one(under(NOTE, NoteId([3; 16])));
    import(&mut main, second);
    assert_eq!(main.board.view().notes[&new].under, Some(copy));
    let [first, _] = groups;
    (main, first, copy)
}

pub(super) fn is_as_read_anew(device: &Device) {
    let (anew, _) = Board::load(device.board.id(), &[&device.board.save()]);
    same(&plain(anew.view()), &plain(device.board.view()));
}

/// What hangs under a copied heading hangs under the heading itself once that is here, whichever board came first.
#[test]
fn a_heading_that_one_group_has_from_another_is_found_when_that_one_comes_later() {
    let (mut main, first, copy) = with_a_heading_from_a_group();
    let proposed = |device: &Device| {
        let conflicts = &device.board.view().merged.conflicts;
        let mut conflicts = conflicts.iter();
        let conflict = conflicts.find(|it| it.record == RecordId::Note(NOTE));
        conflict.map(|it| it.proposals[0].value.clone())
    };
    assert_eq!(proposed(&main), Some(FieldValue::Note(Some(copy))));
    let mut chosen = Device {
        board: main.board.clone(),
        rng: rng(9),
    };
    chosen.one(Command::Choose {
        record: RecordId::Note(NOTE),
        field: Field::Under,
        wanted: Wanted::Of(board_id(2)),
    });
    assert_eq!(chosen.board.view().notes[&NOTE].under, Some(copy));

    for device in [&mut main, &mut chosen] {
        import(device, &first);
        let view = device.board.view();
        assert_eq!(view.notes[&NoteId([78; 16])].under, Some(VARDAG));
        assert!(!view.notes.contains_key(&copy), "shown as its original");
        is_as_read_anew(device);
    }
    assert_eq!(proposed(&main), Some(FieldValue::Note(Some(VARDAG))));
    assert_eq!(proposed(&chosen), None);
    assert_eq!(chosen.board.view().notes[&NOTE].under, Some(VARDAG));
}

/// What is put on a copied section, and what is moved there, goes along when the section's board comes.
#[test]
fn a_section_that_turns_out_to_be_a_copy_takes_along_what_hangs_on_it() {
    let mut main = main_board();
    let mut group = group_of(&main, 1);
    let wall = SectionId([44; 16]);
    group.one(Command::AddSection {
        id: wall,
        kind: SectionKind::Notes,
        title: "Nästa steg".to_owned(),
        after: None,
    });
    let mut inner = group_of(&group, 2);
    let RecordId::Section(copy) = copy_in(&inner, "Nästa steg") else {
        panic!("a section");
    };
    let (theirs, ours) = (NoteId([71; 16]), NoteId([72; 16]));
    inner.one(blue_note(theirs, copy, "Boka salen"));
    merge(&mut main, &inner, 2);
    main.all(&[
        blue_note(ours, copy, "Bjud in kyrkan"),
        Command::MoveNote {
            id: theirs,
            section: copy,
            quadrant: None,
            at: Position { x: 500, y: 70 },
        },
    ]);
    assert_eq!(main.board.view().notes[&theirs].section, copy);
    merge(&mut main, &group, 1);
    let view = main.board.view();
    assert_eq!(view.notes[&theirs].at, Position { x: 500, y: 70 });
    for id in [theirs, ours] {
        assert_eq!(view.notes[&id].section, wall);
    }
    is_as_read_anew(&main);
}

/// Part by part, so that a difference can be read.
fn same(a: &View, b: &View) {
    assert_eq!(a.merged, b.merged);
    assert_eq!(a.origins, b.origins);
    let records = |view: &View| -> BTreeSet<RecordId> { view.records().collect() };
    assert_eq!(records(a), records(b));
    for id in a.records() {
        assert_eq!(a.record(id), b.record(id));
    }
    assert_eq!(a.texts, b.texts);
    assert_eq!(a, b);
}

/// What somebody in a group does; the numbers choose what to.
#[derive(Clone, Debug)]
enum Act {
    /// In group `group`.
    Group {
        group: usize,
        what: u8,
        which: usize,
        value: u8,
    },
    /// On the main board.
    Main { what: u8, which: usize, value: u8 },
    /// The main board takes a group in.
    Merge { group: usize },
    /// A group makes a group of its own board, once, and later takes in what that has done.
    Split { group: usize },
}

/// How many groups the main board has, before one of them makes another one.
const GROUPS: usize = 3;

fn act() -> impl Strategy<Value = Act> {
    let group = 0..=GROUPS;
    prop_oneof![
        6 => (group.clone(), any::<u8>(), 0_usize..6, any::<u8>())
            .prop_map(|(group, what, which, value)| Act::Group { group, what, which, value }),
        2 => (any::<u8>(), 0_usize..6, any::<u8>())
            .prop_map(|(what, which, value)| Act::Main { what, which, value }),
        2 => group.prop_map(|group| Act::Merge { group }),
        1 => (0..GROUPS).prop_map(|group| Act::Split { group }),
    ]
}

/// Ids are random, so that no two boards make the same.
fn unique(tag: &str, what: u8, value: u8) -> [u8; 16] {
    let mut id = [what; 16];
    id[0] = tag.bytes().fold(0, |sum, it| sum ^ it);
    id[1] = value;
    id
}

/// Settles one of the conflicts.
fn choice(view: &View, which: usize, value: u8) -> Option<Command> {
    let conflicts = &view.merged.conflicts;
    let conflict = conflicts.get(which % conflicts.len().max(1))?;
    let from = conflict.proposals.first()?.from.first()?;
    let wanted = match value % 3 {
        0 => Wanted::Shown,
        1 if conflict.field.is_text() => Wanted::Words(format!("alla {value}")),
        _ => Wanted::Of(*from),
    };
    Some(Command::Choose {
        record: conflict.record,
        field: conflict.field,
        wanted,
    })
}

fn command(view: &View, what: u8, which: usize, value: u8, tag: &str) -> Option<Command> {
    let notes: Vec<NoteId> = view.notes.keys().copied().collect();
    let note = notes.get(which % notes.len().max(1)).copied();
    let rules: Vec<RuleId> = view.rules.keys().copied().collect();
    let rule = rules.get(which % rules.len().max(1)).copied();
    let cross = view.crosses.keys().next().copied();
    let sections: Vec<SectionId> = view.sections_in_order().iter().map(|it| it.id).collect();
    let text = format!("{tag} {value}");
    let other = notes.get((which + usize::from(value)) % notes.len().max(1));
    Some(match what % 14 {
        0 => Command::AddNote {
            id: NoteId(unique(tag, what, value)),
            section: *sections.get(which % sections.len().max(1))?,
            quadrant: None,
            text,
            at: Position {
                x: value.into(),
                y: 3,
            },
            colour: Colour::Yellow,
            author: None,
        },
        1 => Command::SetText {
            field: TextField::NoteText(note?),
            value: text,
        },
        2 => Command::SetText {
            field: TextField::RuleText(rule?),
            value: text,
        },
        3 => Command::SetRuleStatus {
            id: rule?,
            status: if value.is_multiple_of(2) {
                RuleStatus::Agreed
            } else {
                RuleStatus::Retired
            },
        },
        4 => Command::SetText {
            field: TextField::Cross(cross?, CrossField::ALL[usize::from(value) % 15]),
            value: text,
        },
        5 => Command::SetPresence {
            record: RecordId::Note(note?),
            presence: if value.is_multiple_of(3) {
                Presence::OnBoard
            } else {
                Presence::InTrash
            },
        },
        6 => Command::SetColour {
            id: note?,
            colour: Colour::ALL[usize::from(value) % 7],
        },
        12 => Command::SetRuleSection {
            id: rule?,
            section: *sections.get(usize::from(value) % sections.len().max(1))?,
        },
        8 => Command::SetUnder {
            id: note?,
            heading: other
                .copied()
                .filter(|it| Some(*it) != note && !value.is_multiple_of(4)),
        },
        9 => Command::Judge {
            id: note?,
            judged: (!value.is_multiple_of(4))
                .then(|| Judgement::clamped(u16::from(value), u16::from(what))),
        },
        10 => Command::SetTag {
            id: note?,
            tag: Tag::ALL.get(usize::from(value) % 4).copied(),
        },
        11 => Command::SetForce {
            id: cross?,
            axis: AxisPlace::ALL[usize::from(value) % 2],
            force: note.filter(|_| !value.is_multiple_of(5)),
        },
        7 => Command::AddRule {
            id: RuleId(unique(tag, what, value)),
            section: *sections.get(1)?,
            text,
            why: String::new(),
            shows_as: String::new(),
            author: Some(PersonId([value; 16])),
        },
        _ => Command::MoveNote {
            id: note?,
            section: *sections.get(which % sections.len().max(1))?,
            quadrant: None,
            at: Position {
                x: i32::from(value) * 9,
                y: 8,
            },
        },
    })
}

/// A board and what its page keeps current by deltas alone.
struct Kept {
    device: Device,
    page: View,
}

impl Kept {
    fn take(&mut self, chunks: &[Vec<u8>]) {
        let receipt = self.device.receive(chunks);
        assert!(
            !receipt
                .verdicts
                .iter()
                .any(|it| matches!(it, Verdict::Held { .. }))
        );
        self.page.apply(&receipt.delta);
        same(&self.page, self.device.board.view());
    }

    fn import(&mut self, group: &Device) {
        let imported = import(&mut self.device, group);
        assert_eq!(imported.refused, [0]);
        self.page.apply(&imported.delta);
        same(&self.page, self.device.board.view());
    }

    fn does(&mut self, command: Command) -> Option<Deed> {
        let Device { board, rng } = &mut self.device;
        let done = board.commit(NOW, rng, &[command]).ok()?;
        self.page.apply(&done.delta);
        same(&self.page, self.device.board.view());
        Some(done.deed)
    }
}

fn placement(number: usize, mode: u8) -> Placement {
    let origin = Position { x: 3_000, y: 0 };
    match (mode % 3, number) {
        (0, _) => Placement::Overlay,
        (1, _) => Placement::Lanes { origin },
        (_, 0) => Placement::Lanes { origin },
        (_, _) => Placement::Flow { origin },
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_order_and_any_repetition_of_merges_gives_the_same_board(
        acts in proptest::collection::vec(act(), 0..50),
        order in Just([0_usize, 1, 2, 3, 0, 2]).prop_shuffle(),
        mode in any::<u8>(),
    ) {
        let start = main_board();
        let mut groups: Vec<Device> = (0..GROUPS as u8).map(|it| group_of(&start, it)).collect();
        let base = start.chunks();
        let mut main = Kept { device: Device::new(7), page: View::empty(BOARD) };
        main.take(&base);
        let mut rewritten = BTreeSet::new();
        let mut rewritten_copies = Vec::new();
        let mut splits = None;
        for act in acts {
            match act {
                Act::Group { group, what, which, value } => {
                    let tag = format!("grupp {group}");
                    let Some(device) = groups.get_mut(group) else {
                        continue;
                    };
                    let view = device.board.view();
                    let chosen = choice(view, which, value).filter(|_| what > 120);
                    if let Some(command) = chosen.or(command(view, what, which, value, &tag)) {
                        let builds_on_others = group == GROUPS || Some(group) == splits;
                        if let Command::SetText { field, .. } = &command
                            && builds_on_others
                        {
                            rewritten_copies.push(field.record());
                        }
                        if let Command::Choose { record, .. } = &command {
                            rewritten_copies.push(*record);
                        }
                        let Device { board, rng } = device;
                        drop(board.commit(NOW, rng, &[command]));
                    }
                }
                Act::Main { what, which, value } => {
                    let view = main.device.board.view();
                    let chosen = choice(view, which, value).filter(|_| what > 120);
                    let command = command(view, what, which, value, "alla");
                    if let Some(command) = chosen.or(command) {
                        let before = plain(main.device.board.view());
                        if let Command::SetText { field, .. } = &command {
                            rewritten.insert(field.record());
                        }
                        if let Command::Choose { record, .. } = &command {
                            rewritten.insert(*record);
                        }
                        if let Some(deed) = main.does(command.clone())
                            && value % 4 == 0
                        {
                            // What is taken back leaves no other trace than what it made, in the trash.
                            main.does(Command::TakeBack(Box::new(deed)));
                            let mut after = plain(main.device.board.view());
                            let made = |id: &RecordId| before.record(*id).is_some();
                            after.notes.retain(|id, _| made(&RecordId::Note(*id)));
                            after.rules.retain(|id, _| made(&RecordId::Rule(*id)));
                            after.texts.retain(|id, _| before.texts.contains_key(id));
                            same(&after, &before);
                        }
                    }
                }
                Act::Split { group } => match splits {
                    None => {
                        groups.push(group_of(&groups[group], GROUPS as u8));
                        splits = Some(group);
                    }
                    Some(group) => {
                        let (outer, inner) = groups.split_at_mut(GROUPS);
                        merge(&mut outer[group], &inner[0], GROUPS as u8);
                    }
                },
                Act::Merge { group } => if let Some(board) = groups.get(group) {
                    main.import(board);
                    main.does(Command::Merge(source(group as u8, placement(group, mode))));
                }
            }
        }
        if groups.len() == GROUPS {
            groups.push(group_of(&groups[0], GROUPS as u8));
        }
        let mut others = Vec::new();
        for order in [vec![0, 1, 2, 3], order.to_vec()] {
            let mut other = Kept { device: Device::new(9), page: View::empty(BOARD) };
            let own = main.device.chunks();
            // What the main board had not merged yet comes in this order, before or after its own changes.
            let early = order[0] == 0;
            if early {
                other.take(&own);
            }
            for group in order {
                other.import(&groups[group]);
                other.does(Command::Merge(source(group as u8, placement(group, mode))));
            }
            if !early {
                other.take(&own);
                for group in 0..groups.len() {
                    other.does(Command::Merge(source(group as u8, placement(group, mode))));
                }
            }
            others.push(other);
        }
        let [first, second] = others.as_slice() else { panic!("two") };
        let (a, b) = (plain(first.device.board.view()), plain(second.device.board.view()));
        same(&a, &b);
        // What is kept current is what is read anew.
        let (anew, report) = Board::load(BOARD, &[&first.device.board.save()]);
        prop_assert_eq!(report.held, []);
        same(&plain(anew.view()), &a);

        // Every word that a group has written is on the merged board, in its trash or among what is to be chosen, unless
        // people have written something else over it there.
        let shown = words(&a);
        let proposed: BTreeSet<String> = a.merged.conflicts.iter().flat_map(|it| &it.proposals)
             .filter_map(|it| match &it.value {
                FieldValue::Text(text) => Some(text.clone()),
                FieldValue::Status(_)
                | FieldValue::Colour(_)
                | FieldValue::Section(_)
                | FieldValue::Quadrant(_)
                | FieldValue::Note(_)
                | FieldValue::Judged(_)
                | FieldValue::Tag(_)
                | FieldValue::Year(_) => None,
            })
            .collect();
        // What was one of a copy's words then may be shown as its original by now.
        let rewritten = rewritten.into_iter().chain(rewritten_copies);
        let rewritten: BTreeSet<RecordId> = rewritten.map(|it| first.device.board.root(it)).collect();
        for (number, group) in groups.iter().enumerate() {
            let view = group.board.view();
            let theirs = format!("grupp {number} ");
            for record in view.records().filter_map(|it| view.record(it)) {
                let root = first.device.board.root(record.id());
                for text in record.texts().into_iter().map(|it| view.text(Some(it))) {
                    let is_theirs = text.starts_with(&theirs);
                    let is_there = shown.contains(text) || proposed.contains(text);
                    prop_assert!(!is_theirs || is_there || rewritten.contains(&root), "{}", text);
                }
            }
        }
        // Nothing is doubled, and everything says where it is from.
        let own_notes = |group: &Device| {
            let view = group.board.view();
            let notes = view.notes.keys().copied();
            let own = notes.filter(|id| !view.origins.contains_key(&RecordId::Note(*id)));
            own.collect::<Vec<NoteId>>()
        };
        let made: usize = groups.iter().map(|it| {
            own_notes(it).iter().filter(|id| a.notes.contains_key(id)).count()
        }).sum();
        let view = main.device.board.view();
        let own = view.notes.keys();
        let own = own.filter(|id| !view.origins.contains_key(&RecordId::Note(**id))).count();
        prop_assert_eq!(a.notes.len(), made + own);
        for (number, group) in (0_u8..).zip(&groups) {
            for note in own_notes(group).into_iter().map(RecordId::Note) {
                if let Some(from) = a.origins.get(&note) {
                    prop_assert_eq!(*from, board_id(number));
                } else {
                    prop_assert_ne!(first.device.board.root(note), note);
                }
            }
        }
    }
}
