//! What merging and following groups ask of the page, and sections that are emptied into others.

use samsyn_shared::board::merge::{PlaceBy, Placement, Preview, Source};

use super::*;
use crate::core::event::GroupsEvent;
use crate::core::messages::{MergeOffer, MergeStep, Watch};

const THEIRS: SectionId = SectionId([20; 16]);
const OTHER: NoteId = NoteId([21; 16]);
const THIRD: NoteId = NoteId([22; 16]);
const GROUP: BoardId = BoardId([9; 32]);

fn wall_of_others(kind: SectionKind) -> Record {
    Record::Section(section(THEIRS, kind, "90-000001").1)
}

fn in_theirs(id: NoteId, x: i32, under: Option<NoteId>) -> Record {
    Record::Note(Note {
        id,
        section: THEIRS,
        text: None,
        under,
        at: Position { x, y: 0 },
        ..note()
    })
}

fn with(records: Vec<Record>) -> Model {
    let mut model = on_board(Role::Facilitator);
    let delta = Delta {
        records,
        ..Delta::default()
    };
    update(&mut model, Event::Worker(FromWorker::Delta(delta)));
    model
}

#[test]
fn all_notes_of_a_section_go_beside_those_of_another_and_stay_under_their_headings() {
    let mut model = with(vec![
        wall_of_others(SectionKind::Notes),
        in_theirs(OTHER, -300, None),
        in_theirs(THIRD, 0, Some(OTHER)),
    ]);
    let (from, to) = (THEIRS, WALL);
    let effects = update(&mut model, Event::AllMoved { from, to });
    let board = model.board().unwrap();
    assert_eq!(board.page, Page::Section(WALL));
    assert_eq!(board.view.sections[&THEIRS].presence, Presence::InTrash);
    let beside = &board.view.notes[&OTHER];
    assert!(beside.section == WALL && beside.at.x >= note().at.x + NOTE_WIDTH);
    assert_eq!(board.headings.heading(THIRD), Some(OTHER));
    let [steps] = steps(&effects).try_into().unwrap();
    let moved = steps
        .iter()
        .filter(|it| matches!(it, Command::MoveNote { section: WALL, .. }));
    assert_eq!(moved.count(), 2);
    let under = Command::SetUnder {
        id: THIRD,
        heading: Some(OTHER),
    };
    assert_eq!(steps.iter().filter(|it| **it == under).count(), 1);
    assert!(matches!(
        steps.last(),
        Some(Command::SetPresence {
            record: RecordId::Section(THEIRS),
            ..
        })
    ));
}

#[test]
fn who_looks_at_a_section_that_goes_to_the_trash_sees_the_first_one() {
    let mut model = with(vec![wall_of_others(SectionKind::Notes)]);
    update(&mut model, Event::PageChosen(Page::Section(THEIRS)));
    let mut gone = section(THEIRS, SectionKind::Notes, "90-000001").1;
    gone.presence = Presence::InTrash;
    let delta = Delta {
        records: vec![Record::Section(gone)],
        ..Delta::default()
    };
    let effects = update(&mut model, Event::Worker(FromWorker::Delta(delta)));
    assert_eq!(model.board().unwrap().section(), Some(WALL));
    assert!(effects.contains(&Effect::Show(Part::Page)));
}

#[test]
fn all_rules_of_a_section_go_behind_those_of_another() {
    let mut model = with(vec![wall_of_others(SectionKind::Rules)]);
    let (from, to) = (RULES, THEIRS);
    let effects = update(&mut model, Event::AllMoved { from, to });
    let moved = commands(&effects).into_iter().filter_map(|it| match it {
        Command::SetRuleSection {
            id,
            section: THEIRS,
        } => Some(id.0[0]),
        _ => None,
    });
    assert_eq!(moved.collect::<Vec<u8>>(), [1, 2, 3]);
    assert_eq!(model.board().unwrap().view.rules_of(THEIRS).len(), 3);
}

fn offer(view: View, piles: Vec<Vec<NoteId>>) -> FromWorker {
    FromWorker::MergeOffer(Box::new(MergeOffer {
        place: PlaceBy::Lanes,
        sources: Vec::new(),
        preview: Preview {
            groups: Vec::new(),
            conflicts: Vec::new(),
            piles,
            view,
        },
    }))
}

#[test]
fn only_ticked_piles_are_put_under_a_heading_and_that_with_the_merge() {
    let mut model = on_board(Role::Facilitator);
    let mut merged = view();
    for id in [OTHER, THIRD] {
        merged.notes.insert(id, Note { id, ..note() });
    }
    update(&mut model, Event::Dialog(Some(Dialog::Merge)));
    let piles = vec![vec![NOTE, OTHER], vec![OTHER, THIRD]];
    update(&mut model, Event::Worker(offer(merged, piles)));
    let apply = |model: &mut Model| {
        let effects = update(model, Event::Groups(GroupsEvent::Confirmed));
        told(&effects).into_iter().find_map(|it| match it {
            ToWorker::Merging(MergeStep::Apply(commands)) => Some(commands),
            _ => None,
        })
    };
    assert_eq!(apply(&mut model), Some(Vec::new()));
    let first = NOTE;
    for together in [true, false, true] {
        update(
            &mut model,
            Event::Groups(GroupsEvent::Piled { first, together }),
        );
    }
    let under = Command::SetUnder {
        id: OTHER,
        heading: Some(NOTE),
    };
    assert_eq!(apply(&mut model), Some(vec![under]));
}

#[test]
fn who_follows_the_groups_follows_them_when_the_board_is_opened_again() {
    let mut model = on_board(Role::Facilitator);
    let effects = update(&mut model, Event::Groups(GroupsEvent::Follow(Watch::On)));
    assert!(effects.contains(&Effect::Worker(ToWorker::Follow(Watch::On))));
    let kept = effects.iter().find_map(|it| match it {
        Effect::KeepFollows(kept) => Some(kept.clone()),
        _ => None,
    });
    let mut model = Model::default();
    let start = StartEvent {
        follows: kept.unwrap(),
        address: Address::Board(BOARD),
        ..StartEvent::default()
    };
    update(&mut model, Event::Start(Box::new(start)));
    let opened = FromWorker::Opened(Box::new(open(Role::Facilitator)));
    let effects = update(&mut model, Event::Worker(opened));
    assert!(told(&effects).contains(&ToWorker::Follow(Watch::On)));
    update(&mut model, Event::Groups(GroupsEvent::Follow(Watch::Off)));
    assert!(model.follows.is_empty());
}

#[test]
fn a_lane_has_a_name_on_the_walls_where_its_notes_hang() {
    let mut model = on_board(Role::Participant);
    let mut merged = model.board().unwrap().view.merged.clone();
    let origin = Position { x: 900, y: 40 };
    let source = Source {
        board: GROUP,
        name: "Björk".into(),
        colour: Colour::Green,
        number: 0,
        placement: Placement::Lanes { origin },
        shown: true,
    };
    merged.sources.insert(GROUP, source);
    let note = Record::Note(Note {
        id: OTHER,
        text: None,
        ..note()
    });
    let delta = Delta {
        records: vec![note],
        origins: vec![(RecordId::Note(OTHER), GROUP)],
        merged: Some(Box::new(merged)),
        ..Delta::default()
    };
    update(&mut model, Event::Worker(FromWorker::Delta(delta)));
    let lanes = model.board().unwrap().lanes(WALL);
    let [lane] = lanes.as_slice() else {
        panic!("{lanes:?}");
    };
    assert_eq!((lane.at, lane.name.as_str()), (origin, "Björk"));
    assert!(model.board().unwrap().lanes(CROSS).is_empty());
}
