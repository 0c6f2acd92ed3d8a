//! A board that is shown as it was while its document is being read.

use super::*;

fn glimpsed() -> Model {
    let (mut model, _) = started(Address::Board(BOARD));
    let kept = FromWorker::Glimpsed(Box::new(open(Role::Participant)));
    update(&mut model, Event::Worker(kept));
    model
}

fn comes(model: &mut Model, board: OpenBoard) -> Vec<Effect> {
    update(model, Event::Worker(FromWorker::Opened(Box::new(board))))
}

#[test]
fn nothing_can_be_done_on_a_board_of_which_only_a_glimpse_is_there() {
    let mut model = glimpsed();
    assert_eq!(shown(&model), "hej");
    let before = model.board().unwrap().view.clone();
    let to = Destination {
        section: WALL,
        quadrant: None,
    };
    for event in [
        Event::NoteWanted(to),
        Event::Removed(RecordId::Note(NOTE)),
        Event::TitleGiven("En annan".into()),
        Event::Dialog(Some(Dialog::Menu)),
    ] {
        assert_eq!(update(&mut model, event), []);
    }
    assert_eq!(typed(&mut model, "hej", "hejs"), []);
    assert_eq!(model.board().unwrap().view, before);
}

#[test]
fn the_board_takes_the_place_of_its_glimpse_and_only_what_is_new_is_drawn() {
    let mut model = glimpsed();
    let screen = model.openings;
    let mut board = open(Role::Participant);
    let moved = Note {
        at: Position { x: 7, y: 8 },
        ..note()
    };
    board.view.notes.insert(NOTE, moved.clone());
    board.view.texts.insert(WORDS, value("hej", 9));
    let effects = comes(&mut model, board.clone());
    let now = model.board().unwrap();
    assert_eq!(model.openings, screen, "the screen is not built anew");
    assert_eq!(now.view, board.view);
    assert!(effects.contains(&Effect::Show(Part::Note(NOTE))));
    assert!(effects.contains(&Effect::Show(Part::Screen)));
    let unchanged = Effect::Show(Part::Rule(RuleId([1; 16])));
    assert!(!effects.contains(&unchanged));
    assert!(!effects.contains(&Effect::Show(Part::Text(FIELD))));
    assert!(told(&effects).contains(&ToWorker::Look {
        section: Some(WALL)
    }));
    assert!(
        !typed(&mut model, "hej", "hejs").is_empty(),
        "it is written"
    );
}

#[test]
fn drafts_of_an_earlier_run_come_with_the_board() {
    let mut model = glimpsed();
    let mut board = open(Role::Participant);
    board.drafts.push(Draft {
        text: WORDS,
        base_revision: None,
        base: "hej".into(),
        own: "hej på dig".into(),
        edits: Vec::new(),
    });
    let effects = comes(&mut model, board);
    assert_eq!(shown(&model), "hej på dig");
    assert!(effects.contains(&Effect::Show(Part::Text(FIELD))));
}

#[test]
fn a_board_that_may_not_be_written_on_any_more_is_drawn_anew() {
    let mut model = glimpsed();
    let screen = model.openings;
    let mut board = open(Role::Participant);
    board.standing.phase = Phase::Finished;
    comes(&mut model, board);
    assert_eq!(model.openings, screen + 1);
    assert!(!model.board().unwrap().writes());
}

#[test]
fn a_note_that_the_document_does_not_have_is_not_left_standing() {
    let mut model = glimpsed();
    let screen = model.openings;
    let mut board = open(Role::Participant);
    board.view.notes.clear();
    comes(&mut model, board);
    assert_eq!(model.openings, screen + 1);
    assert!(model.board().unwrap().view.notes.is_empty());
}

#[test]
fn a_board_that_cannot_be_read_is_not_shown_as_if_it_could() {
    let mut model = glimpsed();
    let failed = FromWorker::Failed(Failure::BoardUnreadable(StorageFailure::Lost));
    update(&mut model, Event::Worker(failed));
    assert!(matches!(model.screen, Screen::Start));
}

#[test]
fn a_glimpse_that_comes_late_changes_nothing() {
    let mut model = on_board(Role::Participant);
    let kept = FromWorker::Glimpsed(Box::new(open(Role::Observer)));
    assert_eq!(update(&mut model, Event::Worker(kept)), []);
    assert!(model.board().unwrap().writes());
}

/// A wall with four hundred notes in rows of twenty.
fn large() -> OpenBoard {
    let mut board = open(Role::Participant);
    for n in 0_u16..400 {
        let [high, low] = n.to_be_bytes();
        let id = NoteId([high + 1, low, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7]);
        let at = Position {
            x: i32::from(n % 20) * 220,
            y: i32::from(n / 20) * 180,
        };
        board.view.notes.insert(id, Note { id, at, ..note() });
    }
    board
}

#[test]
fn a_large_wall_is_drawn_from_its_window_outwards_and_little_at_a_time() {
    let mut model = on_board(Role::Participant);
    comes(&mut model, large());
    let drawn = |model: &Model| model.board().unwrap().drawn(WALL).len();
    assert_eq!(drawn(&model), 0, "nobody knows where its window is");
    let size = Size {
        width: 1_180.0,
        height: 640.0,
    };
    let measured = Event::WallMeasured {
        section: WALL,
        size,
    };
    let mut effects = update(&mut model, measured);
    let first = drawn(&model);
    assert!((10..80).contains(&first), "{first} at first");
    let mut before = first;
    let mut times = 0;
    let later = |effect: &Effect| {
        matches!(
            effect,
            Effect::After {
                timer: Timer::DrawMore,
                ..
            }
        )
    };
    while effects.iter().any(later) {
        effects = update(&mut model, Event::Elapsed(Timer::DrawMore));
        let now = drawn(&model);
        assert!(now - before <= 16, "{} at a time", now - before);
        (before, times) = (now, times + 1);
    }
    assert!(times > 2 && before > 2 * first, "{before} in the end");
    assert!(before < 400, "not all of them");
}
