//! A board that is shown as it was while its document is being read.

use super::*;
use crate::core::drawing::{AROUND_AT_ONCE, SEEN_AT_ONCE};
use crate::core::search::Search;

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

/// Lets time pass until a wall is drawn to the end; the most that came at once, and how much there is then.
fn drawn_to_the_end(model: &mut Model, mut effects: Vec<Effect>) -> (usize, usize) {
    let later = |effect: &Effect| {
        matches!(
            effect,
            Effect::After {
                timer: Timer::DrawMore,
                ..
            }
        )
    };
    let mut most = 0;
    while effects.iter().any(later) {
        let before = drawn(model);
        effects = update(model, Event::Elapsed(Timer::DrawMore));
        most = most.max(drawn(model) - before);
        let shown = effects.contains(&Effect::Show(Part::Drawn(WALL)));
        assert!(shown, "the page is told");
    }
    assert!(!model.board().unwrap().drawn.is_unfinished());
    (most, drawn(model))
}

fn drawn(model: &Model) -> usize {
    model.board().unwrap().drawn.on(WALL).len()
}

#[test]
fn a_large_wall_is_drawn_from_its_window_outwards_and_little_at_a_time() {
    let mut model = on_board(Role::Participant);
    comes(&mut model, large());
    assert_eq!(drawn(&model), 0, "nobody knows where its window is");
    let size = Size {
        width: 1_180.0,
        height: 640.0,
    };
    let measured = Event::WallMeasured {
        section: WALL,
        size,
    };
    let effects = update(&mut model, measured);
    let first = drawn(&model);
    assert!((10..=SEEN_AT_ONCE).contains(&first), "{first} at first");
    let (most, all) = drawn_to_the_end(&mut model, effects);
    assert!(most <= AROUND_AT_ONCE, "{most} at a time");
    assert!((2 * first..400).contains(&all), "{all} in the end");

    // What is in the window comes first, and not all at once either.
    let effects = update(&mut model, Event::WallFitted(WALL));
    assert!(drawn(&model) <= all + SEEN_AT_ONCE);
    let (most, all) = drawn_to_the_end(&mut model, effects);
    assert!((AROUND_AT_ONCE + 1..=SEEN_AT_ONCE).contains(&most));
    assert_eq!(all, model.board().unwrap().view.notes.len());

    // A note in somebody's hand or under the keyboard waits for nothing.
    let near = Event::WallZoomed {
        section: WALL,
        factor: 8.0,
        around: None,
    };
    let effects = update(&mut model, near);
    drawn_to_the_end(&mut model, effects);
    let board = model.board().unwrap();
    let out = board.view.notes.keys();
    let out = out.copied().find(|it| !board.drawn.on(WALL).contains(it));
    let id = out.unwrap();
    update(
        &mut model,
        Event::NoteFocused {
            note: id,
            by_keyboard: false,
        },
    );
    let board = model.board_mut().unwrap();
    assert!(board.drawn.on(WALL).contains(&id));

    // And so does one that is to get the focus.
    let mut out = board.view.notes.keys().copied().rev();
    let next = out.find(|it| !board.drawn.on(WALL).contains(it)).unwrap();
    board.search = Some(Search {
        hits: vec![TextField::NoteText(next)],
        at: Some(0),
        ..Search::default()
    });
    let effects = update(&mut model, Event::Searched(None));
    assert!(effects.contains(&Effect::FocusNote(next)));
    let board = model.board().unwrap();
    assert!(board.drawn.on(WALL).contains(&next));
}
