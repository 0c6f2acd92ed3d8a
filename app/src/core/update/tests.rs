//! Promises of the page, kept without a browser.
#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a test picks the one effect that it is about"
)]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop where its board is not what it made"
)]

use samsyn_shared::board::past::Turn;
use samsyn_shared::board::{
    Command, Delta, Draft, Record, Splice, TextChange, TextField, TextValue, View,
};
use samsyn_shared::ids::{
    BoardId, CrossId, NoteId, PersonId, PresenceId, RuleId, SectionId, TextId,
};
use samsyn_shared::records::{
    Axis, Colour, Cross, Note, Position, Presence, Quadrant, RecordId, Rule, RuleStatus, Section,
    SectionKind,
};
use samsyn_shared::seal::Role;
use samsyn_shared::time::UnixMillis;

mod comparing;
mod glimpse;
mod grouping;
mod headings;
mod others;
mod past;
mod picks;
mod steps;

use super::update;
use crate::core::Address;
use crate::core::camera::{Place, Size};
use crate::core::draft::Selection;
use crate::core::effect::{Effect, Part};
use crate::core::event::{
    Copied, Destination, Direction, Event, LinkKind, StartEvent, Stride, Timer,
};
use crate::core::messages::{
    Failure, FromWorker, LinkState, Links, OpenBoard, PastShown, Peer, PeerDraft, Phase, SaveState,
    Standing, Storage, StorageFailure, ToWorker,
};
use crate::core::model::board::Welcome;
use crate::core::model::{Dialog, Model, NoticeKind, Page, Screen};
use samsyn_shared::wall::NOTE_WIDTH;

const BOARD: BoardId = BoardId([1; 32]);
const WALL: SectionId = SectionId([2; 16]);
const RULES: SectionId = SectionId([3; 16]);
const CROSS: SectionId = SectionId([4; 16]);
const NOTE: NoteId = NoteId([5; 16]);
const WORDS: TextId = TextId([6; 16]);
const ME: PersonId = PersonId([7; 16]);
const FIELD: TextField = TextField::NoteText(NOTE);

fn value(text: &str, revision: u32) -> TextValue {
    TextValue {
        value: text.into(),
        revision,
    }
}

fn section(id: SectionId, kind: SectionKind, order: &str) -> (SectionId, Section) {
    let presence = Presence::OnBoard;
    (
        id,
        Section {
            id,
            kind,
            title: None,
            order: order.into(),
            presence,
        },
    )
}

fn note() -> Note {
    Note {
        id: NOTE,
        section: WALL,
        quadrant: None,
        under: None,
        text: Some(WORDS),
        at: Position { x: 100, y: 50 },
        order: "80-000000".into(),
        colour: Colour::Blue,
        judged: None,
        tag: None,
        author: None,
        made: UnixMillis(0),
        presence: Presence::OnBoard,
    }
}

fn rule(id: u8, order: &str) -> Rule {
    Rule {
        id: RuleId([id; 16]),
        section: RULES,
        text: None,
        why: None,
        shows_as: None,
        status: RuleStatus::Proposed,
        order: order.into(),
        supporters: std::iter::empty().collect(),
        author: None,
        made: UnixMillis(0),
        presence: Presence::OnBoard,
    }
}

fn view() -> View {
    let mut view = View::empty(BOARD);
    view.sections.extend([
        section(WALL, SectionKind::Notes, "80-000001"),
        section(RULES, SectionKind::Rules, "81-000001"),
        section(CROSS, SectionKind::Cross, "82-000001"),
    ]);
    view.notes.insert(NOTE, note());
    view.texts.insert(WORDS, value("hej", 1));
    for (id, order) in [(1, "80-000001"), (2, "81-000001"), (3, "82-000001")] {
        view.rules.insert(RuleId([id; 16]), rule(id, order));
    }
    view
}

fn open(role: Role) -> OpenBoard {
    OpenBoard {
        view: view(),
        title: "Ledningsgruppen".into(),
        role,
        me: ME,
        links: Links {
            participant: Some("deltagarkod".into()),
            ..Links::default()
        },
        drafts: Vec::new(),
        standing: Standing::default(),
        save: SaveState {
            storage: Storage::Saved,
            unshared: 0,
            link: LinkState::Online,
            last_shared: None,
            obstacle: None,
        },
    }
}

fn started(address: Address) -> (Model, Vec<Effect>) {
    let mut model = Model::default();
    let start = StartEvent {
        origin: "https://tavla.example".into(),
        seed: [9; 32],
        address,
        ..StartEvent::default()
    };
    let effects = update(&mut model, Event::Start(Box::new(start)));
    (model, effects)
}

fn on_board(role: Role) -> Model {
    let (mut model, _) = started(Address::Board(BOARD));
    update(
        &mut model,
        Event::Worker(FromWorker::Opened(Box::new(open(role)))),
    );
    model
}

fn told(effects: &[Effect]) -> Vec<ToWorker> {
    let told = effects.iter().filter_map(|effect| match effect {
        Effect::Worker(message) => Some(message.clone()),
        _ => None,
    });
    told.collect()
}

fn commands(effects: &[Effect]) -> Vec<Command> {
    let told = told(effects)
        .into_iter()
        .filter_map(|message| match message {
            ToWorker::Commands(commands) => Some(commands),
            _ => None,
        });
    told.flatten().collect()
}

fn typed(model: &mut Model, shown: &str, value: &str) -> Vec<Effect> {
    let caret = u32::try_from(value.encode_utf16().count()).unwrap();
    let event = Event::Typed {
        field: FIELD,
        shown: shown.into(),
        value: value.into(),
        selection: Selection::caret(caret),
    };
    update(model, event)
}

fn text_changed(text: &str, revision: u32) -> Event {
    let change = TextChange {
        id: WORDS,
        now: value(text, revision),
        splices: Vec::new(),
    };
    Event::Worker(FromWorker::Delta(Delta {
        records: Vec::new(),
        texts: vec![change],
        ..Delta::default()
    }))
}

fn shown(model: &Model) -> String {
    model.board().unwrap().shown(FIELD).0
}

#[test]
fn a_links_code_is_out_of_the_address_bar_once_the_board_is_open() {
    let (mut model, effects) = started(Address::Link("kod".into()));
    assert!(told(&effects).contains(&ToWorker::OpenLink { code: "kod".into() }));
    let board = open(Role::Participant);
    let effects = update(
        &mut model,
        Event::Worker(FromWorker::Opened(Box::new(board))),
    );
    assert!(effects.contains(&Effect::SetAddress(Address::Board(BOARD))));
}

#[test]
fn a_board_opened_before_anything_of_it_came_shows_its_first_section_when_it_comes() {
    let (mut model, _) = started(Address::Link("AbC".into()));
    let whole = open(Role::Observer);
    let records = whole
        .view
        .sections
        .values()
        .cloned()
        .map(Record::Section)
        .collect();
    let empty = OpenBoard {
        view: View::empty(BOARD),
        ..whole
    };
    update(
        &mut model,
        Event::Worker(FromWorker::Opened(Box::new(empty))),
    );
    assert_eq!(model.board().unwrap().at(), Page::First);
    let delta = Delta {
        records,
        texts: Vec::new(),
        ..Delta::default()
    };
    let effects = update(&mut model, Event::Worker(FromWorker::Delta(delta)));
    let first = model.board().unwrap().section();
    assert_eq!(first, Some(WALL));
    assert_eq!(told(&effects), [ToWorker::Look { section: first }]);
    assert!(effects.contains(&Effect::Show(Part::Page)));
}

#[test]
fn a_newcomer_is_asked_for_a_name_and_may_leave_it_empty() {
    let (mut model, _) = started(Address::Link("kod".into()));
    let board = open(Role::Participant);
    update(
        &mut model,
        Event::Worker(FromWorker::Opened(Box::new(board))),
    );
    assert_eq!(model.board().unwrap().welcome, Welcome::Asking);
    let effects = update(&mut model, Event::NameGiven("  ".into()));
    assert_eq!(model.board().unwrap().welcome, Welcome::Done);
    assert_eq!(told(&effects), []);
}

#[test]
fn an_observer_goes_straight_to_the_board_and_changes_nothing() {
    let (mut model, _) = started(Address::Link("kod".into()));
    let board = open(Role::Observer);
    update(
        &mut model,
        Event::Worker(FromWorker::Opened(Box::new(board))),
    );
    assert_eq!(model.board().unwrap().welcome, Welcome::Done);
    let before = model.board().unwrap().view.clone();
    let to = Destination {
        section: WALL,
        quadrant: None,
    };
    for event in [
        Event::NoteWanted(to),
        Event::Removed(RecordId::Note(NOTE)),
        Event::SupportToggled(RuleId([1; 16])),
        Event::NoteHeld(NOTE),
    ] {
        assert_eq!(update(&mut model, event), []);
    }
    assert_eq!(typed(&mut model, "hej", "hejsan"), []);
    assert_eq!(model.board().unwrap().view, before);
}

fn inserted(at: u32, words: &str) -> Splice {
    Splice {
        at,
        delete: 0,
        insert: words.to_owned(),
    }
}

#[test]
fn a_new_note_can_be_written_in_before_the_worker_has_answered() {
    let mut model = on_board(Role::Participant);
    let to = Destination {
        section: WALL,
        quadrant: None,
    };
    let effects = update(&mut model, Event::NoteWanted(to));
    let commands = commands(&effects);
    let [Command::AddNote { id, .. }] = commands.as_slice() else {
        panic!("{commands:?}");
    };
    let field = TextField::NoteText(*id);
    assert_eq!(model.board().unwrap().awaited, Some(field));
    update(&mut model, Event::TextEntered(field));
    let event = Event::Typed {
        field,
        shown: String::new(),
        value: "snabbt".into(),
        selection: Selection::caret(6),
    };
    assert_eq!(told(&update(&mut model, event)), []);

    let text = TextId([40; 16]);
    let made = Note {
        id: *id,
        text: Some(text),
        ..note()
    };
    let change = TextChange {
        id: text,
        now: value("", 1),
        splices: Vec::new(),
    };
    let delta = Delta {
        records: vec![Record::Note(made)],
        texts: vec![change],
        ..Delta::default()
    };
    let effects = update(&mut model, Event::Worker(FromWorker::Delta(delta)));
    let draft = Draft {
        text,
        base_revision: Some(1),
        base: String::new(),
        own: "snabbt".into(),
        edits: vec![inserted(0, "snabbt")],
    };
    let caret = Some(6);
    assert_eq!(told(&effects), [ToWorker::Draft { draft, caret }]);
    assert_eq!(model.board().unwrap().shown(field).0, "snabbt");
}

#[test]
fn remote_words_come_into_a_text_that_is_being_written_and_the_caret_stays() {
    let mut model = on_board(Role::Participant);
    typed(&mut model, "hej", "hej på dig");
    update(&mut model, text_changed("Oj, hej", 2));
    let (text, caret) = model.board().unwrap().shown(FIELD);
    assert_eq!(text, "Oj, hej på dig");
    assert_eq!(caret, Some(Selection::caret(14)));
}

#[test]
fn a_commit_of_my_own_words_never_doubles_them() {
    let mut model = on_board(Role::Participant);
    typed(&mut model, "hej", "hejsan");
    typed(&mut model, "hejsan", "hejsan alla");
    let committed = FromWorker::DraftCommitted {
        text: WORDS,
        own: "hejsan".into(),
        now: value("hejsan", 2),
    };
    update(&mut model, Event::Worker(committed));
    assert_eq!(shown(&model), "hejsan alla");
    update(&mut model, text_changed("hejsan", 2));
    assert_eq!(shown(&model), "hejsan alla");
    let effects = typed(&mut model, "hejsan alla", "hejsan alla!");
    let draft = Draft {
        text: WORDS,
        base_revision: Some(2),
        base: "hejsan".into(),
        own: "hejsan alla!".into(),
        edits: vec![inserted(6, " alla!")],
    };
    let caret = Some(12);
    assert_eq!(told(&effects), [ToWorker::Draft { draft, caret }]);
}

#[test]
fn a_draft_from_before_the_reload_is_in_its_field_again() {
    let (mut model, _) = started(Address::Board(BOARD));
    let mut board = open(Role::Participant);
    board.view.texts.insert(WORDS, value("hej alla", 4));
    board.drafts = vec![Draft {
        text: WORDS,
        base_revision: None,
        base: "hej".into(),
        own: "Jo, hej".into(),
        edits: Vec::new(),
    }];
    update(
        &mut model,
        Event::Worker(FromWorker::Opened(Box::new(board))),
    );
    assert_eq!(shown(&model), "Jo, hej alla");
}

#[test]
fn others_letters_are_seen_as_they_are_written() {
    let mut model = on_board(Role::Observer);
    let peer = Peer {
        presence: PresenceId([1; 16]),
        person: PersonId([8; 16]),
        name: "Malin".into(),
        section: Some(WALL),
        draft: Some(PeerDraft {
            text: WORDS,
            revision: 1,
            value: "hejs".into(),
            caret: None,
        }),
    };
    let effects = update(&mut model, Event::Worker(FromWorker::Peers(vec![peer])));
    assert!(effects.contains(&Effect::Show(Part::Text(FIELD))));
    assert_eq!(shown(&model), "hejs");
    assert_eq!(model.board().unwrap().writers(FIELD).count(), 1);
    let effects = update(&mut model, Event::Worker(FromWorker::Peers(Vec::new())));
    assert!(effects.contains(&Effect::Show(Part::Text(FIELD))));
    assert_eq!(shown(&model), "hej");
}

#[test]
fn a_note_in_the_hand_is_not_pulled_away() {
    let mut model = on_board(Role::Participant);
    update(&mut model, Event::NoteHeld(NOTE));
    update(
        &mut model,
        Event::NoteCarried {
            dx: 30.0,
            dy: -10.0,
        },
    );
    let elsewhere = Note {
        at: Position { x: 900, y: 900 },
        ..note()
    };
    let delta = Delta {
        records: vec![Record::Note(elsewhere)],
        texts: Vec::new(),
        ..Delta::default()
    };
    update(&mut model, Event::Worker(FromWorker::Delta(delta)));
    let board = model.board().unwrap();
    assert_eq!(
        board.place(&board.view.notes[&NOTE]),
        Position { x: 130, y: 40 }
    );
    let to = Destination {
        section: WALL,
        quadrant: None,
    };
    let effects = update(&mut model, Event::NoteReleased(Some(to)));
    let at = Position { x: 130, y: 40 };
    let moved = Command::MoveNote {
        id: NOTE,
        section: WALL,
        quadrant: None,
        at,
    };
    assert_eq!(commands(&effects), [moved]);
    assert_eq!(model.board().unwrap().view.notes[&NOTE].at, at);
}

#[test]
fn a_drag_that_is_taken_back_changes_nothing() {
    let mut model = on_board(Role::Participant);
    update(&mut model, Event::NoteHeld(NOTE));
    update(
        &mut model,
        Event::NoteCarried {
            dx: 30.0,
            dy: -10.0,
        },
    );
    let effects = update(&mut model, Event::NoteReleased(None));
    assert_eq!(commands(&effects), []);
    assert_eq!(model.board().unwrap().view.notes[&NOTE], note());
}

#[test]
fn a_drag_touches_only_the_note_that_is_dragged() {
    let mut model = on_board(Role::Participant);
    update(&mut model, Event::NoteHeld(NOTE));
    let effects = update(&mut model, Event::NoteCarried { dx: 1.0, dy: 1.0 });
    assert_eq!(effects, [Effect::Show(Part::Note(NOTE))]);
}

#[test]
fn a_keystroke_touches_only_its_text_and_the_save_state() {
    let mut model = on_board(Role::Participant);
    let effects = typed(&mut model, "hej", "hej!");
    let parts: Vec<_> = effects
        .iter()
        .filter(|it| matches!(it, Effect::Show(_)))
        .collect();
    let save = Effect::Show(Part::Save);
    assert_eq!(parts, [&Effect::Show(Part::Text(FIELD)), &save]);
    // The worker is busy: nothing is new about the save state until it has taken what was typed.
    let effects = typed(&mut model, "hej!", "hej!!");
    assert!(!effects.contains(&save));
}

#[test]
fn what_the_worker_has_not_taken_is_not_called_saved() {
    let mut model = on_board(Role::Participant);
    let storage = |model: &Model| model.save().unwrap().storage;
    assert_eq!(storage(&model), Storage::Saved);
    typed(&mut model, "hej", "hej!");
    typed(&mut model, "hej!", "hej!!");
    assert_eq!(storage(&model), Storage::Saving);
    for (messages, expected) in [(1, Storage::Saving), (2, Storage::Saved)] {
        update(&mut model, Event::Worker(FromWorker::Heard(messages)));
        assert_eq!(storage(&model), expected);
    }
}

#[test]
fn arrow_keys_move_a_note() {
    let mut model = on_board(Role::Participant);
    let event = Event::NoteNudged {
        note: NOTE,
        direction: Direction::Left,
        stride: Stride::Leap,
    };
    let at = Position { x: 0, y: 50 };
    let moved = Command::MoveNote {
        id: NOTE,
        section: WALL,
        quadrant: None,
        at,
    };
    assert_eq!(commands(&update(&mut model, event)), [moved]);
}

#[test]
fn a_removed_note_can_be_taken_back_at_once_and_later() {
    let mut model = on_board(Role::Participant);
    let record = RecordId::Note(NOTE);
    let effects = update(&mut model, Event::Removed(record));
    let gone = Command::SetPresence {
        record,
        presence: Presence::InTrash,
    };
    assert_eq!(commands(&effects), [gone]);
    assert_eq!(
        model.notices.last().unwrap().kind,
        NoticeKind::Removed(record)
    );
    assert_eq!(model.board().unwrap().trash(), [record]);
    let effects = update(&mut model, Event::Restored(record));
    let back = Command::SetPresence {
        record,
        presence: Presence::OnBoard,
    };
    assert_eq!(commands(&effects), [back]);
    assert_eq!(model.notices, []);
    assert_eq!(model.board().unwrap().trash(), []);
}

#[test]
fn a_note_left_without_a_word_does_not_stay_on_the_wall() {
    let mut model = on_board(Role::Participant);
    let to = Destination {
        section: WALL,
        quadrant: None,
    };
    update(&mut model, Event::NoteWanted(to));
    let id = model.board().unwrap().editing.unwrap();
    update(&mut model, Event::NoteClosed(id));
    let left: Vec<_> = model.board().unwrap().view.notes_of(WALL);
    assert_eq!(left.len(), 1);
    assert_eq!(model.notices, []);
}

#[test]
fn a_new_note_hangs_where_nobody_else_does() {
    let mut model = on_board(Role::Participant);
    let to = Destination {
        section: WALL,
        quadrant: None,
    };
    for _ in 0..5 {
        update(&mut model, Event::NoteWanted(to));
    }
    let notes = model.board().unwrap().view.notes_of(WALL);
    let mut places: Vec<_> = notes.into_iter().map(|note| note.at).collect();
    places.sort();
    places.dedup();
    assert_eq!(places.len(), 6);
}

fn measured(model: &mut Model, width: f64, height: f64) {
    let size = Size { width, height };
    update(
        model,
        Event::WallMeasured {
            section: WALL,
            size,
        },
    );
}

fn note_is_seen(model: &Model) -> bool {
    let board = model.board().unwrap();
    let seen = board.camera(WALL).seen(board.windows[&WALL]);
    let at = board.view.notes[&NOTE].at;
    seen.left <= f64::from(at.x) && f64::from(at.x + NOTE_WIDTH) <= seen.right
}

#[test]
fn turning_a_tablet_leaves_its_notes_in_sight() {
    let mut model = on_board(Role::Participant);
    measured(&mut model, 1180.0, 700.0);
    measured(&mut model, 390.0, 700.0);
    assert!(note_is_seen(&model));
    let panned = Event::WallPanned {
        section: WALL,
        dx: 30.0,
        dy: 0.0,
    };
    update(&mut model, panned);
    let before = model.board().unwrap().camera(WALL);
    measured(&mut model, 590.0, 700.0);
    let after = model.board().unwrap().camera(WALL);
    assert_eq!(after, before.panned(100.0, 0.0), "the middle stays");
}

#[test]
fn a_keyboard_that_comes_up_does_not_move_the_wall() {
    let mut model = on_board(Role::Participant);
    measured(&mut model, 820.0, 1000.0);
    let before = model.board().unwrap().camera(WALL);
    measured(&mut model, 820.0, 500.0);
    assert_eq!(model.board().unwrap().camera(WALL), before);
}

#[test]
fn support_is_given_and_taken_back() {
    let mut model = on_board(Role::Participant);
    let id = RuleId([1; 16]);
    update(&mut model, Event::SupportToggled(id));
    assert!(
        model.board().unwrap().view.rules[&id]
            .supporters
            .contains(&ME)
    );
    update(&mut model, Event::SupportToggled(id));
    assert!(model.board().unwrap().view.rules[&id].supporters.is_empty());
}

#[test]
fn rules_go_up_and_down_and_before_another() {
    let mut model = on_board(Role::Participant);
    let [one, two, three] = [1, 2, 3].map(|id| RuleId([id; 16]));
    let moved = |id, after| vec![Command::MoveRule { id, after }];
    let mut shift =
        |rule, direction| commands(&update(&mut model, Event::RuleShifted { rule, direction }));
    assert_eq!(shift(one, Direction::Up), []);
    assert_eq!(shift(two, Direction::Up), moved(two, None));
    assert_eq!(shift(three, Direction::Up), moved(three, Some(one)));
    assert_eq!(shift(one, Direction::Down), moved(one, Some(two)));
    assert_eq!(shift(three, Direction::Down), []);
    let mut drop =
        |rule, before| commands(&update(&mut model, Event::RuleDropped { rule, before }));
    assert_eq!(drop(three, Some(one)), moved(three, None));
    assert_eq!(drop(one, None), moved(one, Some(three)));
    assert_eq!(drop(one, Some(two)), []);
}

#[test]
fn a_refused_step_brings_the_board_again_whole_and_keeps_what_is_being_written() {
    let mut model = on_board(Role::Participant);
    update(&mut model, Event::PageChosen(Page::Section(RULES)));
    typed(&mut model, "hej", "hej du");
    let failure = Failure::CommandRefused { detail: "x".into() };
    let effects = update(&mut model, Event::Worker(FromWorker::Failed(failure)));
    assert_eq!(told(&effects), [ToWorker::OpenBoard { board: BOARD }]);
    let again = open(Role::Participant);
    update(
        &mut model,
        Event::Worker(FromWorker::Opened(Box::new(again))),
    );
    assert_eq!(model.board().unwrap().page, Page::Section(RULES));
    assert_eq!(shown(&model), "hej du");
}

#[test]
fn a_link_that_does_not_open_leads_to_the_start_screen_with_a_message() {
    let (mut model, _) = started(Address::Link("trasig".into()));
    let failed = FromWorker::Failed(Failure::LinkDamaged);
    let effects = update(&mut model, Event::Worker(failed));
    assert!(matches!(model.screen, Screen::Start));
    assert!(effects.contains(&Effect::SetAddress(Address::Start)));
    let kind = &model.notices.last().unwrap().kind;
    assert_eq!(*kind, NoticeKind::Failure(Failure::LinkDamaged));
}

#[test]
fn a_full_disk_does_not_keep_a_newcomer_from_being_asked_for_a_name() {
    let (mut model, _) = started(Address::Link("deltagarkod".into()));
    let full = Failure::Storage(StorageFailure::Full);
    update(&mut model, Event::Worker(FromWorker::Failed(full)));
    let opened = FromWorker::Opened(Box::new(open(Role::Participant)));
    update(&mut model, Event::Worker(opened));
    assert_eq!(model.board().unwrap().welcome, Welcome::Asking);
}

#[test]
fn a_failure_stays_until_it_is_read_and_good_news_go_by_themselves() {
    let mut model = on_board(Role::Facilitator);
    let failed = FromWorker::Failed(Failure::FileUnknown);
    let effects = update(&mut model, Event::Worker(failed));
    assert!(!effects.iter().any(|it| matches!(it, Effect::After { .. })));
    let effects = update(&mut model, Event::Copied(Copied::Done));
    assert!(effects.iter().any(|it| matches!(it, Effect::After { .. })));
}

#[test]
fn a_copied_link_is_whole() {
    let mut model = on_board(Role::Facilitator);
    let effects = update(&mut model, Event::LinkCopied(LinkKind::Participant));
    let link = "https://tavla.example/#deltagarkod";
    assert_eq!(effects, [Effect::Copy(link.into())]);
    assert_eq!(
        update(&mut model, Event::LinkCopied(LinkKind::Facilitator)),
        []
    );
}

#[test]
fn only_the_facilitator_renames_the_board() {
    let mut model = on_board(Role::Participant);
    let effects = update(&mut model, Event::TitleGiven("Min".into()));
    assert_eq!(told(&effects), []);
    let mut model = on_board(Role::Facilitator);
    let effects = update(&mut model, Event::TitleGiven(" Vår ".into()));
    assert_eq!(told(&effects), [ToWorker::SetTitle("Vår".into())]);
}

#[test]
fn only_the_facilitator_decides_about_the_whole_board() {
    for (event, message) in [
        (Event::PauseWanted, ToWorker::Pause),
        (Event::ReopenWanted, ToWorker::Reopen),
        (Event::FinishConfirmed, ToWorker::Finish),
    ] {
        let mut model = on_board(Role::Participant);
        assert_eq!(told(&update(&mut model, event.clone())), []);
        let mut model = on_board(Role::Facilitator);
        update(&mut model, Event::Dialog(Some(Dialog::Finish)));
        assert_eq!(told(&update(&mut model, event)), [message]);
        assert_eq!(model.dialog, None);
    }
}

#[test]
fn nothing_is_written_on_a_board_that_takes_no_changes() {
    let standing = |phase| Standing {
        phase,
        ..Standing::default()
    };
    for (role, phase, writes) in [
        (Role::Participant, Phase::Open, true),
        (Role::Participant, Phase::Paused, false),
        (Role::Facilitator, Phase::Paused, true),
        (Role::Facilitator, Phase::Finished, false),
        (Role::Facilitator, Phase::Deleted, false),
    ] {
        let mut model = on_board(role);
        let message = FromWorker::Standing(standing(phase));
        update(&mut model, Event::Worker(message));
        let removed = Event::Removed(RecordId::Note(NOTE));
        let said = told(&update(&mut model, removed));
        assert_eq!(!said.is_empty(), writes, "{role:?} on {phase:?}");
    }
}

#[test]
fn leaving_a_board_closes_its_dialogs_and_tells_the_worker() {
    let mut model = on_board(Role::Facilitator);
    update(&mut model, Event::Dialog(Some(Dialog::Share)));
    let effects = update(&mut model, Event::AddressChanged(Address::Start));
    assert_eq!(model.dialog, None);
    assert_eq!(told(&effects), [ToWorker::LeaveBoard, ToWorker::ListBoards]);
}

#[test]
fn a_year_that_is_none_is_not_taken() {
    let mut model = on_board(Role::Participant);
    let id = CrossId([9; 16]);
    let cross = Cross {
        id,
        section: CROSS,
        question: None,
        horizon: Some(2035),
        x: Axis::default(),
        y: Axis::default(),
        quadrants: [Quadrant::default(); 4],
        made: UnixMillis(0),
        presence: Presence::OnBoard,
    };
    let delta = Delta {
        records: vec![Record::Cross(cross)],
        texts: Vec::new(),
        ..Delta::default()
    };
    update(&mut model, Event::Worker(FromWorker::Delta(delta)));
    let mut given = |year: &str| {
        let event = Event::HorizonGiven {
            section: CROSS,
            year: year.into(),
        };
        commands(&update(&mut model, event))
    };
    assert_eq!(given("snart"), []);
    assert_eq!(given("2035"), []);
    assert_eq!(
        given("2040"),
        [Command::SetHorizon {
            id,
            year: Some(2040)
        }]
    );
    assert_eq!(given(" "), [Command::SetHorizon { id, year: None }]);
}

#[test]
fn what_waits_is_said_since_when() {
    let mut model = on_board(Role::Participant);
    let save = |unshared| {
        Event::Worker(FromWorker::Save(SaveState {
            unshared,
            ..open(Role::Participant).save
        }))
    };
    let since = |model: &Model| model.board().unwrap().waiting_since;
    update(&mut model, Event::Clock(UnixMillis(1_000)));
    update(&mut model, save(2));
    update(&mut model, Event::Clock(UnixMillis(9_000)));
    update(&mut model, save(5));
    assert_eq!(since(&model), Some(UnixMillis(1_000)));
    update(&mut model, save(0));
    assert_eq!(since(&model), None);
}

#[test]
fn a_caret_of_somebody_else_is_where_they_write() {
    let mut model = on_board(Role::Participant);
    let peer = Peer {
        presence: PresenceId([1; 16]),
        person: PersonId([8; 16]),
        name: "Ada".into(),
        section: Some(WALL),
        draft: Some(PeerDraft {
            text: WORDS,
            revision: 1,
            value: "hej alla".into(),
            caret: Some(8),
        }),
    };
    update(&mut model, Event::Worker(FromWorker::Peers(vec![peer])));
    let carets = model.board().unwrap().carets(FIELD);
    assert_eq!((carets.len(), carets[0].at), (1, 8));
    assert_eq!(shown(&model), "hej alla");
    update(&mut model, Event::Worker(FromWorker::Peers(Vec::new())));
    assert_eq!(model.board().unwrap().carets(FIELD), []);
}

/// What each message to the worker carries out as one step.
fn steps(effects: &[Effect]) -> Vec<Vec<Command>> {
    let told = told(effects).into_iter();
    told.filter_map(|message| match message {
        ToWorker::Commands(commands) => Some(commands),
        _ => None,
    })
    .collect()
}
