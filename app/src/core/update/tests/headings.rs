//! Notes under headings, as hands and menus put them there.

use super::*;

const HEADING: NoteId = NoteId([15; 16]);
const LOOSE: NoteId = NoteId([16; 16]);
const ON_WALL: Destination = Destination {
    section: WALL,
    quadrant: None,
};

fn other(id: NoteId, x: i32, y: i32) -> Record {
    Record::Note(Note {
        id,
        text: None,
        at: Position { x, y },
        order: format!("8{}-000000", id.0[0]),
        ..note()
    })
}

/// A wall with a note far from two others.
fn three() -> Model {
    let mut model = on_board(Role::Participant);
    let delta = Delta {
        records: vec![other(HEADING, 900, 50), other(LOOSE, 1_400, 50)],
        ..Delta::default()
    };
    update(&mut model, Event::Worker(FromWorker::Delta(delta)));
    model
}

/// The same, with the first note under the second.
fn sorted() -> Model {
    let mut model = three();
    let notes = vec![NOTE];
    let heading = Some(HEADING);
    update(&mut model, Event::NotesGrouped { notes, heading });
    assert_eq!(heading_of(&model, NOTE), Some(HEADING));
    model
}

fn heading_of(model: &Model, note: NoteId) -> Option<NoteId> {
    model.board().unwrap().headings.heading(note)
}

fn place(model: &Model, note: NoteId) -> Position {
    let board = model.board().unwrap();
    board.place(&board.view.notes[&note])
}

fn drag(model: &mut Model, note: NoteId, dx: f64) {
    let scale = model.board().unwrap().camera(WALL).scale;
    let dx = dx * scale;
    update(model, Event::NoteHeld(note));
    update(model, Event::NoteCarried { dx, dy: 0.0 });
}

/// A note below a heading that is just being made would be hidden by what hangs under that.
#[test]
fn a_note_that_a_growing_group_would_hide_goes_aside_in_the_same_step() {
    let mut model = on_board(Role::Participant);
    let delta = Delta {
        records: vec![other(LOOSE, 100, 190)],
        ..Delta::default()
    };
    update(&mut model, Event::Worker(FromWorker::Delta(delta)));
    let notes = vec![NOTE];
    let effects = update(
        &mut model,
        Event::NotesGrouped {
            notes,
            heading: None,
        },
    );
    let heading = heading_of(&model, NOTE).unwrap();
    let (own, aside) = (place(&model, NOTE), place(&model, LOOSE));
    assert!(own.y > place(&model, heading).y && own.x == 100);
    assert_eq!(aside.y, 190);
    assert!(aside.x >= 100 + NOTE_WIDTH, "{aside:?}");
    let [steps] = steps(&effects).try_into().unwrap();
    let moved = steps
        .iter()
        .filter(|it| matches!(it, Command::MoveNote { id: LOOSE, .. }));
    assert_eq!(moved.count(), 1);
}

#[test]
fn a_note_that_rests_over_another_goes_under_it_in_one_step() {
    let mut model = three();
    drag(&mut model, NOTE, 800.0);
    update(&mut model, Event::NoteRested(Some(HEADING)));
    assert_eq!(
        model.board().unwrap().held.as_ref().unwrap().over,
        Some(HEADING)
    );
    let effects = update(&mut model, Event::NoteReleased(Some(ON_WALL)));
    let under = Command::SetUnder {
        id: NOTE,
        heading: Some(HEADING),
    };
    assert_eq!(commands(&effects), [under]);
    let heading = place(&model, HEADING);
    assert_eq!(place(&model, NOTE).x, heading.x);
    assert!(place(&model, NOTE).y > heading.y + 100);
}

#[test]
fn a_note_that_only_passes_over_another_one_hangs_where_it_was_let_go() {
    let mut model = three();
    drag(&mut model, NOTE, 800.0);
    update(&mut model, Event::NoteRested(Some(HEADING)));
    update(&mut model, Event::NoteRested(None));
    update(&mut model, Event::NoteReleased(Some(ON_WALL)));
    assert_eq!(heading_of(&model, NOTE), None);
    assert_eq!(place(&model, NOTE).x, 900);
}

#[test]
fn resting_over_a_note_of_a_group_means_its_heading() {
    let mut model = sorted();
    drag(&mut model, LOOSE, -100.0);
    update(&mut model, Event::NoteRested(Some(NOTE)));
    update(&mut model, Event::NoteReleased(Some(ON_WALL)));
    assert_eq!(heading_of(&model, LOOSE), Some(HEADING));
}

#[test]
fn a_heading_takes_along_what_is_under_it() {
    let mut model = sorted();
    let before = place(&model, NOTE);
    drag(&mut model, HEADING, 200.0);
    assert_eq!(place(&model, NOTE).x, before.x + 200);
    let effects = update(&mut model, Event::NoteReleased(Some(ON_WALL)));
    assert_eq!(commands(&effects).len(), 1, "the heading alone is moved");
    assert_eq!(place(&model, NOTE).x, before.x + 200);
}

#[test]
fn a_heading_sent_to_another_section_stays_one() {
    let mut model = sorted();
    let to = Destination {
        section: CROSS,
        quadrant: None,
    };
    let notes = vec![HEADING];
    let effects = update(&mut model, Event::NotesSent { notes, to });
    assert_eq!(commands(&effects).len(), 3);
    let board = model.board().unwrap();
    assert_eq!(board.view.notes[&NOTE].section, CROSS);
    assert_eq!(board.headings.heading(NOTE), Some(HEADING));
}

#[test]
fn a_note_dragged_out_of_its_group_comes_out_and_one_dragged_within_it_stays() {
    let mut model = sorted();
    drag(&mut model, NOTE, 30.0);
    let effects = update(&mut model, Event::NoteReleased(Some(ON_WALL)));
    assert_eq!(commands(&effects), []);
    assert_eq!(heading_of(&model, NOTE), Some(HEADING));
    let before = place(&model, NOTE);
    drag(&mut model, NOTE, -400.0);
    let effects = update(&mut model, Event::NoteReleased(Some(ON_WALL)));
    assert_eq!(steps(&effects).len(), 1);
    assert_eq!(heading_of(&model, NOTE), None);
    assert_eq!(place(&model, NOTE).x, before.x - 400);
}

#[test]
fn what_was_under_a_removed_heading_stays_where_it_is_seen() {
    let mut model = sorted();
    let before = place(&model, NOTE);
    update(&mut model, Event::Removed(RecordId::Note(HEADING)));
    assert_eq!(heading_of(&model, NOTE), None);
    assert_eq!(place(&model, NOTE), before);
    update(&mut model, Event::Restored(RecordId::Note(HEADING)));
    assert_eq!(heading_of(&model, NOTE), Some(HEADING));
}

#[test]
fn picked_notes_get_a_new_heading_that_is_written_on_at_once() {
    let mut model = three();
    update(&mut model, Event::AllPicked);
    let notes = model.board().unwrap().picks();
    let heading = None;
    let effects = update(&mut model, Event::NotesGrouped { notes, heading });
    let steps = steps(&effects);
    assert_eq!((steps.len(), steps[0].len()), (1, 4));
    let board = model.board().unwrap();
    let heading = board.editing.unwrap();
    assert_eq!(board.headings.members(heading).unwrap().notes.len(), 3);
    assert!(board.picked.is_empty());
}

#[test]
fn a_heading_among_what_is_picked_takes_the_rest() {
    let mut model = sorted();
    update(&mut model, Event::AllPicked);
    let notes = model.board().unwrap().picks();
    let heading = None;
    update(&mut model, Event::NotesGrouped { notes, heading });
    assert_eq!(heading_of(&model, LOOSE), Some(HEADING));
    assert_eq!(heading_of(&model, NOTE), Some(HEADING));
}

#[test]
fn arrow_keys_go_through_a_group() {
    let mut model = sorted();
    let notes = vec![LOOSE];
    let heading = Some(HEADING);
    update(&mut model, Event::NotesGrouped { notes, heading });
    let nudged = Event::NoteNudged {
        note: NOTE,
        direction: Direction::Down,
        stride: Stride::Step,
    };
    let effects = update(&mut model, nudged);
    let after = Command::OrderNote {
        id: NOTE,
        after: Some(LOOSE),
    };
    assert_eq!(commands(&effects), [after]);
}

#[test]
fn a_group_that_comes_from_others_is_drawn_as_one() {
    let mut model = three();
    let mut theirs = note();
    theirs.under = Some(HEADING);
    let delta = Delta {
        records: vec![Record::Note(theirs)],
        ..Delta::default()
    };
    let effects = update(&mut model, Event::Worker(FromWorker::Delta(delta)));
    for part in [Part::Note(HEADING), Part::Note(NOTE), Part::Places(WALL)] {
        assert!(effects.contains(&Effect::Show(part)), "{part:?}");
    }
    assert_eq!(heading_of(&model, NOTE), Some(HEADING));
}
