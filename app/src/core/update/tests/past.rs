//! The board as it was.

use super::*;

fn past(at: u32, turn: Turn) -> Event {
    let when = Some(UnixMillis(1_000));
    let shown = PastShown {
        at,
        of: 3,
        when,
        turn,
    };
    Event::Worker(FromWorker::Past(Box::new(shown)))
}

/// A board whose past is on the screen: the note hung elsewhere, in another colour and with another word.
fn in_the_past() -> Model {
    let mut model = on_board(Role::Participant);
    let effects = update(&mut model, Event::PastWanted(Some(2)));
    assert_eq!(told(&effects), [ToWorker::Past(Some(2))]);
    let mut then = view();
    then.texts.insert(WORDS, value("hej då", 1));
    let there = Note {
        at: Position { x: 7, y: 8 },
        colour: Colour::Pink,
        ..note()
    };
    then.notes.insert(NOTE, there);
    update(&mut model, past(2, Turn::Whole(Box::new(then))));
    model
}

#[test]
fn the_past_is_looked_at_and_what_others_do_meanwhile_is_there_afterwards() {
    let mut model = in_the_past();
    assert_eq!(shown(&model), "hej då");
    assert!(!model.board().unwrap().writes());
    update(&mut model, text_changed("hej hej", 2));
    assert_eq!(shown(&model), "hej då", "the past does not change");
    assert_eq!(
        commands(&update(
            &mut model,
            Event::NoteWanted(Destination {
                section: WALL,
                quadrant: None
            })
        )),
        []
    );
    let effects = update(&mut model, Event::PastWanted(None));
    assert!(told(&effects).contains(&ToWorker::Past(None)));
    assert_eq!(shown(&model), "hej hej");
    assert!(model.board().unwrap().writes());
}

#[test]
fn while_the_worker_is_asked_only_the_last_wish_is_kept() {
    let mut model = in_the_past();
    assert_eq!(
        told(&update(&mut model, Event::PastWanted(Some(0)))),
        [ToWorker::Past(Some(0))]
    );
    for at in [1, 2, 3] {
        assert_eq!(told(&update(&mut model, Event::PastWanted(Some(at)))), []);
    }
    let effects = update(
        &mut model,
        past(0, Turn::Whole(Box::new(View::empty(BOARD)))),
    );
    assert_eq!(told(&effects), [ToWorker::Past(Some(3))]);
}

#[test]
fn a_note_is_brought_back_as_it_was_in_one_step() {
    let mut model = in_the_past();
    let effects = update(&mut model, Event::BroughtBack(NOTE));
    let steps = steps(&effects);
    assert_eq!((steps.len(), steps[0].len()), (1, 3), "{steps:?}");
    assert!(
        matches!(&steps[0][0], Command::CommitDraft(draft) if draft.own == "hej då" && draft.base == "hej")
    );
    assert!(model.board().unwrap().past.is_none());
    assert_eq!(model.notices.last().unwrap().kind, NoticeKind::BroughtBack);
}

#[test]
fn a_board_is_played_from_its_start_to_its_end() {
    let mut model = in_the_past();
    update(&mut model, past(3, Turn::Forward(Delta::default())));
    let effects = update(&mut model, Event::PlayToggled);
    assert_eq!(told(&effects), [ToWorker::Past(Some(0))], "from the start");
    let effects = update(
        &mut model,
        past(0, Turn::Whole(Box::new(View::empty(BOARD)))),
    );
    assert!(effects.iter().any(|it| matches!(
        it,
        Effect::After {
            timer: Timer::Play,
            ..
        }
    )));
    for at in 1..=3 {
        assert!(model.board().unwrap().past.as_ref().unwrap().playing);
        assert_eq!(
            told(&update(&mut model, Event::Elapsed(Timer::Play))),
            [ToWorker::Past(Some(at))]
        );
        update(&mut model, past(at, Turn::Forward(Delta::default())));
    }
    assert_eq!(told(&update(&mut model, Event::Elapsed(Timer::Play))), []);
    assert!(!model.board().unwrap().past.as_ref().unwrap().playing);
}

#[test]
fn a_hand_on_the_slider_stops_the_play() {
    let mut model = in_the_past();
    update(&mut model, Event::PlayToggled);
    assert!(model.board().unwrap().past.as_ref().unwrap().playing);
    update(&mut model, Event::PastWanted(Some(1)));
    assert!(!model.board().unwrap().past.as_ref().unwrap().playing);
}

#[test]
fn words_that_were_just_typed_are_not_in_the_past_and_are_there_afterwards() {
    let mut model = on_board(Role::Participant);
    update(&mut model, Event::TextEntered(FIELD));
    typed(&mut model, "hej", "hej!");
    update(&mut model, Event::TextLeft(FIELD));
    update(&mut model, Event::PastWanted(Some(0)));
    update(
        &mut model,
        past(0, Turn::Whole(Box::new(View::empty(BOARD)))),
    );
    let committed = FromWorker::DraftCommitted {
        text: WORDS,
        own: "hej!".into(),
        now: value("hej!", 2),
    };
    update(&mut model, Event::Worker(committed));
    update(&mut model, text_changed("hej!", 2));
    update(&mut model, past(2, Turn::Whole(Box::new(view()))));
    assert_eq!(shown(&model), "hej");
    update(&mut model, Event::PastWanted(None));
    assert_eq!(shown(&model), "hej!");
    assert!(model.board().unwrap().drafts.is_empty());
}
