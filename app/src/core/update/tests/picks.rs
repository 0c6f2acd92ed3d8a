//! Many notes at once.

use super::*;

const OTHER: NoteId = NoteId([15; 16]);

/// A wall with two notes beside each other, both picked.
fn with_two_picked() -> Model {
    let mut model = on_board(Role::Participant);
    let second = Note {
        id: OTHER,
        text: None,
        at: Position { x: 400, y: 50 },
        ..note()
    };
    let delta = Delta {
        records: vec![Record::Note(second)],
        texts: Vec::new(),
        ..Delta::default()
    };
    update(&mut model, Event::Worker(FromWorker::Delta(delta)));
    update(&mut model, Event::AllPicked);
    assert_eq!(model.board().unwrap().picks(), [NOTE, OTHER]);
    model
}

#[test]
fn picked_notes_are_carried_together_and_that_is_one_step() {
    let mut model = with_two_picked();
    update(&mut model, Event::NoteHeld(OTHER));
    update(&mut model, Event::NoteCarried { dx: 30.0, dy: 0.0 });
    let board = model.board().unwrap();
    let scale = board.camera(WALL).scale;
    let place = |id| board.place(&board.view.notes[&id]);
    assert_eq!(place(NOTE).x - 100, place(OTHER).x - 400);
    let to = Destination {
        section: WALL,
        quadrant: None,
    };
    let effects = update(&mut model, Event::NoteReleased(Some(to)));
    let steps = steps(&effects);
    assert_eq!((steps.len(), steps[0].len()), (1, 2));
    let moved = model.board().unwrap().view.notes[&NOTE].at.x - 100;
    assert!((f64::from(moved) - 30.0 / scale).abs() <= 1.0);
}

#[test]
fn what_is_done_to_one_picked_note_is_done_to_all() {
    let mut model = with_two_picked();
    let both = model.board().unwrap().with(NOTE);
    assert_eq!(both, [NOTE, OTHER]);
    let colour = Colour::Green;
    let effects = update(
        &mut model,
        Event::NotesColoured {
            notes: both.clone(),
            colour,
        },
    );
    assert_eq!(steps(&effects).len(), 1);
    let notes = &model.board().unwrap().view.notes;
    assert!(notes.values().all(|note| note.colour == Colour::Green));
    let effects = update(&mut model, Event::NotesRemoved(both));
    assert_eq!(steps(&effects)[0].len(), 2);
    assert_eq!(model.board().unwrap().picks(), []);
    assert_eq!(
        model.notices.last().unwrap().kind,
        NoticeKind::NotesRemoved(2)
    );
}

#[test]
fn a_frame_picks_what_it_touches() {
    let mut model = on_board(Role::Participant);
    let size = Size {
        width: 1000.0,
        height: 800.0,
    };
    update(
        &mut model,
        Event::WallMeasured {
            section: WALL,
            size,
        },
    );
    let camera = model.board().unwrap().camera(WALL);
    let on_screen = |x: f64, y: f64| Place {
        x: camera.x + x * camera.scale,
        y: camera.y + y * camera.scale,
    };
    let frame = |from, to| Event::Framed {
        section: WALL,
        from,
        to,
    };
    update(
        &mut model,
        frame(on_screen(0.0, 0.0), on_screen(90.0, 40.0)),
    );
    assert_eq!(model.board().unwrap().picks(), []);
    update(
        &mut model,
        frame(on_screen(120.0, 90.0), on_screen(0.0, 0.0)),
    );
    update(&mut model, Event::FrameDone);
    assert_eq!(model.board().unwrap().picks(), [NOTE]);
    assert_eq!(model.board().unwrap().frame, None);
}

#[test]
fn each_line_that_is_pasted_becomes_a_note_of_one_step() {
    let mut model = on_board(Role::Participant);
    let pasted = "Fler händer\n\n\"Två\nrader\"\nTredje\tmed svar\n";
    let effects = update(&mut model, Event::Pasted(pasted.into()));
    let steps = steps(&effects);
    let texts = steps[0].iter().map(|command| match command {
        Command::AddNote { text, .. } => text.as_str(),
        _ => panic!("only notes"),
    });
    let texts: Vec<&str> = texts.collect();
    assert_eq!(texts, ["Fler händer", "Två\nrader", "Tredje – med svar"]);
    assert_eq!(
        model.board().unwrap().picks().len(),
        3,
        "to be moved at once"
    );
    let lines = "rad\n".repeat(501);
    let effects = update(&mut model, Event::Pasted(lines));
    assert_eq!(commands(&effects), []);
    assert_eq!(model.notices.last().unwrap().kind, NoticeKind::TooMuch);
}

#[test]
fn arranged_notes_stand_in_rows_and_doubled_ones_beside_the_first() {
    let mut model = with_two_picked();
    let both = model.board().unwrap().picks();
    update(&mut model, Event::NotesArranged(both.clone()));
    let notes = &model.board().unwrap().view.notes;
    assert_eq!(notes[&NOTE].at, Position { x: 100, y: 50 });
    assert_eq!(notes[&OTHER].at.y, 50);
    assert_eq!(notes[&OTHER].at.x, 100 + NOTE_WIDTH + 16);
    update(&mut model, Event::NotesDoubled(both));
    let board = model.board().unwrap();
    assert_eq!(board.view.notes_of(WALL).len(), 4);
    assert!(!board.picks().contains(&NOTE), "the new ones are picked");
}

#[test]
fn an_observer_picks_nothing() {
    let mut model = on_board(Role::Observer);
    update(&mut model, Event::AllPicked);
    assert_eq!(model.board().unwrap().picks(), []);
}

#[test]
fn a_frame_lets_go_of_what_it_has_left_and_keeps_what_was_picked_before() {
    let mut model = with_two_picked();
    update(&mut model, Event::NotePicked(OTHER));
    let size = Size {
        width: 1000.0,
        height: 800.0,
    };
    update(
        &mut model,
        Event::WallMeasured {
            section: WALL,
            size,
        },
    );
    let camera = model.board().unwrap().camera(WALL);
    let at = |x: f64| Place {
        x: camera.x + x * camera.scale,
        y: camera.y + 60.0 * camera.scale,
    };
    let (from, beside) = (at(700.0), at(650.0));
    update(
        &mut model,
        Event::Framed {
            section: WALL,
            from,
            to: at(500.0),
        },
    );
    assert_eq!(model.board().unwrap().picks(), [NOTE, OTHER]);
    update(
        &mut model,
        Event::Framed {
            section: WALL,
            from,
            to: beside,
        },
    );
    update(&mut model, Event::FrameDone);
    assert_eq!(model.board().unwrap().picks(), [NOTE]);
}

#[test]
fn what_is_too_much_to_be_pasted_leaves_the_dialog_with_its_words_open() {
    let mut model = on_board(Role::Participant);
    update(&mut model, Event::Dialog(Some(Dialog::Paste)));
    update(&mut model, Event::Pasted("rad\n".repeat(501)));
    assert_eq!(model.dialog, Some(Dialog::Paste));
}

#[test]
fn in_the_list_notes_of_all_sections_are_picked_in_its_order() {
    let mut model = on_board(Role::Participant);
    let force = Note {
        id: OTHER,
        section: CROSS,
        text: None,
        at: Position { x: 0, y: 0 },
        ..note()
    };
    let delta = Delta {
        records: vec![Record::Note(force)],
        ..Delta::default()
    };
    update(&mut model, Event::Worker(FromWorker::Delta(delta)));
    update(&mut model, Event::NotePicked(NOTE));
    update(&mut model, Event::PageChosen(Page::List));
    assert_eq!(
        model.board().unwrap().picks(),
        [],
        "another page begins anew"
    );
    update(&mut model, Event::NotePicked(OTHER));
    assert_eq!(model.board().unwrap().picks(), [OTHER]);
    update(&mut model, Event::AllPicked);
    assert_eq!(model.board().unwrap().picks(), [NOTE, OTHER]);
    update(&mut model, Event::NotesRemoved(vec![NOTE, OTHER]));
    assert_eq!(model.board().unwrap().picks(), []);
}
