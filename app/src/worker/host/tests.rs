//! The host between a disk, a page and other tabs that are made of plain values: what it promises a person.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "helpers of tests"
)]

mod comparing;
mod grouping;

use std::collections::{BTreeMap, VecDeque};

use samsyn_shared::board::past::Turn;
use samsyn_shared::board::undo::{About, Way};
use samsyn_shared::board::{Command, Draft};
use samsyn_shared::ids::{NoteId, SectionId};
use samsyn_shared::records::{Colour, Position, Presence, RecordId};
use samsyn_shared::templates::{Language, Template};
use samsyn_shared::time::UnixMillis;

use super::*;
use crate::core::messages::{LinkState, OpenBoard, SaveState, Storage};
use crate::worker::lease::{Claimed, Lease, SILENCE};
use crate::worker::rows;
use crate::worker::stored::{Raw, Row};
use crate::worker::writes::{Guard, Shelf};

/// What a browser keeps.
#[derive(Default)]
struct Disk {
    rows: BTreeMap<(Shelf, String), Vec<u8>>,
    fails: Option<StorageFailure>,
}

impl Disk {
    fn lease(&self, board: BoardId) -> Option<Lease> {
        let key = (Shelf::Lease, rows::board_key(board));
        self.rows
            .get(&key)
            .and_then(|bytes| rows::decode(bytes).ok())
    }

    fn write(&mut self, write: &Write) -> Outcome {
        if let Some(why) = self.fails {
            return Outcome::Failed(why);
        }
        let guard = write.guard.as_ref();
        if guard.is_some_and(|it| !lease::may_write(self.lease(it.board), it.holder, it.term)) {
            return Outcome::Displaced;
        }
        write.ops.iter().for_each(|op| self.apply(op));
        Outcome::Done
    }

    fn apply(&mut self, op: &Op) {
        match op.clone() {
            Op::Put { shelf, key, value } => drop(self.rows.insert((shelf, key), value)),
            Op::Delete { shelf, key } => drop(self.rows.remove(&(shelf, key))),
            Op::Forget(board) => self
                .rows
                .retain(|(_, key), _| !key.starts_with(&board.to_string())),
        }
    }

    fn load(
        &mut self,
        now: Now,
        board: BoardId,
        me: TabId,
        how: Claim,
    ) -> Result<Box<Stored>, StorageFailure> {
        if let Some(why) = self.fails {
            return Err(why);
        }
        let lease = lease::claim(now.wall, self.lease(board), me, how);
        if let Claimed::Held(lease) = &lease {
            self.apply(&rows::put_lease(board, lease));
        }
        let key = rows::board_key(board);
        let one = |shelf| self.rows.get(&(shelf, key.clone())).cloned();
        let raw = Raw {
            lease,
            board: one(Shelf::Boards),
            chunks: self.all(Shelf::Chunks, board),
            frontier: one(Shelf::Frontier),
            outbox: self.all(Shelf::Outbox, board),
            registers: self.all(Shelf::Registers, board),
            drafts: self.all(Shelf::Drafts, board),
        };
        raw.read().map(Box::new)
    }

    fn glance(&self, board: BoardId) -> Option<Glance> {
        let key = rows::board_key(board);
        let view = self.rows.get(&(Shelf::Views, key.clone()))?.clone();
        let row = rows::decode(self.rows.get(&(Shelf::Boards, key))?).ok()?;
        Some(Glance { row, view })
    }

    fn keep_view(&mut self, guard: Guard, view: Vec<u8>) {
        let lease = self.lease(guard.board);
        if self.fails.is_none() && lease::may_write(lease, guard.holder, guard.term) {
            let key = rows::board_key(guard.board);
            self.rows.insert((Shelf::Views, key), view);
        }
    }

    fn all(&self, shelf: Shelf, board: BoardId) -> Vec<Row> {
        let (from, to) = rows::key_range(board);
        let rows = self.rows.range((shelf, from)..(shelf, to));
        rows.map(|((_, key), bytes)| (key.clone(), bytes.clone()))
            .collect()
    }

    fn look(&mut self, now: Now, board: BoardId, me: TabId) -> Option<Lease> {
        let found = self.lease(board);
        if let Some(mine) = found.filter(|lease| lease.holder == me) {
            self.apply(&rows::put_lease(
                board,
                &Lease {
                    heartbeat: now.wall,
                    ..mine
                },
            ));
        }
        found
    }
}

/// One tab: its worker, what its page heard, and what the browser has yet to do for it.
struct Tab {
    id: TabId,
    host: Host,
    heard: Vec<FromWorker>,
    to_do: VecDeque<Output>,
}

impl Tab {
    fn save(&self) -> SaveState {
        let saves = self.heard.iter().rev().filter_map(|it| match it {
            FromWorker::Save(save) => Some(save.clone()),
            FromWorker::Opened(open) => Some(open.save.clone()),
            _ => None,
        });
        saves.into_iter().next().unwrap()
    }

    fn opened(&self) -> &OpenBoard {
        let opened = self.heard.iter().rev().find_map(|it| match it {
            FromWorker::Opened(open) => Some(open),
            _ => None,
        });
        opened.unwrap()
    }
}

/// A browser with some tabs, no network, and a clock that the test moves.
struct Browser {
    now: u64,
    build: Build,
    disk: Disk,
    tabs: Vec<Tab>,
}

impl Browser {
    fn new() -> Self {
        Self {
            now: 1_000_000,
            build: Build("/assets/worker-1.js".into()),
            disk: Disk::default(),
            tabs: Vec::new(),
        }
    }

    fn clock(&self) -> Now {
        Now {
            monotonic: Monotonic(self.now),
            wall: UnixMillis(self.now.cast_signed()),
        }
    }

    fn tab(&mut self) -> usize {
        let id = TabId([u8::try_from(self.tabs.len()).unwrap() + 1; 16]);
        let host = Host::new([id.0[0]; 32], id, self.build.clone());
        self.tabs.push(Tab {
            id,
            host,
            heard: Vec::new(),
            to_do: VecDeque::new(),
        });
        let tab = self.tabs.len() - 1;
        self.feed(
            tab,
            Input::Page(ToWorker::Start {
                relay: "ws://relay/sync".into(),
            }),
        );
        tab
    }

    /// Only what this input leads to in the host; the disk has not moved yet.
    fn feed(&mut self, tab: usize, input: Input) {
        let now = self.clock();
        let tab = &mut self.tabs[tab];
        tab.to_do.extend(tab.host.handle(now, input));
    }

    /// Says something to a worker, and lets the browser do all there is to do.
    fn say(&mut self, tab: usize, message: ToWorker) {
        self.feed(tab, Input::Page(message));
        self.settle();
    }

    fn settle(&mut self) {
        while let Some(tab) = (0..self.tabs.len()).find(|tab| !self.tabs[*tab].to_do.is_empty()) {
            let output = self.tabs[tab].to_do.pop_front().unwrap();
            self.carry_out(tab, output);
        }
    }

    fn carry_out(&mut self, tab: usize, output: Output) {
        let (now, id) = (self.clock(), self.tabs[tab].id);
        match output {
            Output::Page(message) => self.tabs[tab].heard.push(message),
            Output::List => {}
            Output::Glance(board) => {
                let glance = self.disk.glance(board);
                self.feed(tab, Input::Glanced(board, glance.map(Box::new)));
            }
            Output::KeepView(guard, view) => self.disk.keep_view(guard, view),
            Output::Load(board, claim) => {
                let stored = self.disk.load(now, board, id, claim);
                self.feed(tab, Input::Loaded(board, stored));
            }
            Output::Look(board) => {
                let found = self.disk.look(now, board, id);
                self.feed(tab, Input::Looked(board, Ok(found)));
            }
            Output::Write(write) => {
                let outcome = self.disk.write(&write);
                self.feed(tab, Input::Written(outcome));
            }
            Output::Connect(id, _) => self.feed(tab, Input::Socket(id, SocketEvent::Closed)),
            Output::Send(..) | Output::Close(_) => {}
            Output::Tabs(message) => {
                for other in (0..self.tabs.len()).filter(|other| *other != tab) {
                    self.feed(other, Input::Tab(message.clone()));
                }
            }
        }
    }

    /// Moves the clock on, waking the tabs when they want to be woken.
    fn pass(&mut self, millis: u64) {
        let until = self.now + millis;
        loop {
            let wakes = self.tabs.iter().filter_map(|tab| tab.host.next_wake());
            let Some(next) = wakes
                .map(|it| it.0.max(self.now + 1))
                .min()
                .filter(|it| *it <= until)
            else {
                break;
            };
            self.now = next;
            for tab in 0..self.tabs.len() {
                self.feed(tab, Input::Tick);
            }
            self.settle();
        }
        self.now = until;
    }

    /// The browser is killed and started again; only the disk is left.
    fn restart(&mut self) -> usize {
        self.tabs.clear();
        self.now += 60_000;
        self.tab()
    }

    fn new_board(&mut self, tab: usize) -> (BoardId, SectionId) {
        let title = "Ledningsgruppen".into();
        let new = ToWorker::NewBoard {
            template: Template::Empty,
            title,
            language: Language::Sv,
        };
        self.say(tab, new);
        let open = self.tabs[tab].opened();
        (open.view.board, *open.view.sections.keys().next().unwrap())
    }

    fn forget_what_was_heard(&mut self) {
        self.tabs.iter_mut().for_each(|tab| tab.heard.clear());
    }
}

fn note(id: u8, section: SectionId, text: &str) -> ToWorker {
    ToWorker::Commands(vec![Command::AddNote {
        id: NoteId([id; 16]),
        section,
        quadrant: None,
        text: text.into(),
        at: Position { x: 10, y: 20 },
        colour: Colour::Blue,
        author: None,
    }])
}

#[test]
fn a_board_is_there_after_the_browser_was_killed() {
    let mut browser = Browser::new();
    let tab = browser.tab();
    let (board, section) = browser.new_board(tab);
    browser.say(tab, note(1, section, "Vi lyssnar färdigt"));
    let tab = browser.restart();
    browser.say(tab, ToWorker::OpenBoard { board });
    let open = browser.tabs[tab].opened();
    let kept = &open.view.notes[&NoteId([1; 16])];
    assert_eq!(open.view.text(kept.text), "Vi lyssnar färdigt");
    assert_eq!(open.title, "Ledningsgruppen");
    assert!(open.save.unshared > 0);
}

#[test]
fn letters_typed_before_the_browser_was_killed_come_back_as_a_draft() {
    let mut browser = Browser::new();
    let tab = browser.tab();
    let (board, section) = browser.new_board(tab);
    browser.say(tab, note(1, section, "Vi"));
    browser.pass(10);
    let text = browser.tabs[tab]
        .host
        .desk
        .as_ref()
        .unwrap()
        .document()
        .view()
        .notes[&NoteId([1; 16])]
        .text;
    let (text, base) = (text.unwrap(), "Vi".to_owned());
    let draft = Draft {
        text,
        base_revision: Some(0),
        base,
        own: "Vi lyss".into(),
        edits: Vec::new(),
    };
    browser.say(
        tab,
        ToWorker::Draft {
            draft,
            caret: Some(7),
        },
    );
    let tab = browser.restart();
    browser.say(tab, ToWorker::OpenBoard { board });
    let open = browser.tabs[tab].opened();
    assert_eq!(open.drafts.len(), 1);
    assert_eq!(
        (open.drafts[0].own.as_str(), open.drafts[0].base_revision),
        ("Vi lyss", None)
    );
}

#[test]
fn saved_is_said_when_the_disk_has_it_and_not_before() {
    let mut browser = Browser::new();
    let tab = browser.tab();
    let (_, section) = browser.new_board(tab);
    assert_eq!(browser.tabs[tab].save().storage, Storage::Saved);
    browser.feed(tab, Input::Page(note(1, section, "hej")));
    let outputs = std::mem::take(&mut browser.tabs[tab].to_do);
    let said = outputs.iter().rev().find_map(|it| match it {
        Output::Page(FromWorker::Save(save)) => Some(save.storage.clone()),
        _ => None,
    });
    assert_eq!(said, Some(Storage::Saving));
    browser.tabs[tab].to_do = outputs;
    browser.settle();
    assert_eq!(browser.tabs[tab].save().storage, Storage::Saved);
}

#[test]
fn nobody_hears_of_a_change_before_it_is_on_the_disk() {
    let mut browser = Browser::new();
    let tab = browser.tab();
    let (_, section) = browser.new_board(tab);
    browser.feed(tab, Input::Page(note(1, section, "hej")));
    let shared = |output: &Output| {
        matches!(
            output,
            Output::Tabs(TabMessage {
                what: TabNews::Changes(_),
                ..
            }) | Output::Send(..)
        )
    };
    assert!(!browser.tabs[tab].to_do.iter().any(shared));
    browser.tabs[tab].to_do.clear();
    browser.feed(tab, Input::Written(Outcome::Done));
    assert!(browser.tabs[tab].to_do.iter().any(shared));
}

#[test]
fn without_a_database_the_app_works_and_says_that_nothing_stays() {
    let mut browser = Browser::new();
    browser.disk.fails = Some(StorageFailure::Denied);
    let tab = browser.tab();
    let (_, section) = browser.new_board(tab);
    browser.say(tab, note(1, section, "hej"));
    let view = browser.tabs[tab]
        .host
        .desk
        .as_ref()
        .unwrap()
        .document()
        .view();
    assert!(view.notes.contains_key(&NoteId([1; 16])));
    let denied = Storage::Impossible {
        why: StorageFailure::Denied,
    };
    assert_eq!(browser.tabs[tab].save().storage, denied);
    assert!(
        browser.tabs[tab]
            .heard
            .contains(&FromWorker::Failed(Failure::Storage(
                StorageFailure::Denied
            )))
    );
}

#[test]
fn a_full_disk_is_said_and_everything_is_written_once_there_is_room() {
    let mut browser = Browser::new();
    let tab = browser.tab();
    let (board, section) = browser.new_board(tab);
    browser.disk.fails = Some(StorageFailure::Full);
    browser.say(tab, note(1, section, "hej"));
    let full = Storage::Impossible {
        why: StorageFailure::Full,
    };
    assert_eq!(browser.tabs[tab].save().storage, full);
    browser.disk.fails = None;
    browser.pass(60_000);
    assert_eq!(browser.tabs[tab].save().storage, Storage::Saved);
    let tab = browser.restart();
    browser.say(tab, ToWorker::OpenBoard { board });
    assert!(
        browser.tabs[tab]
            .opened()
            .view
            .notes
            .contains_key(&NoteId([1; 16]))
    );
}

#[test]
fn what_a_failing_disk_does_not_take_is_shared_all_the_same() {
    for why in [
        StorageFailure::Denied,
        StorageFailure::Full,
        StorageFailure::Lost,
    ] {
        let mut browser = Browser::new();
        let tab = browser.tab();
        let (_, section) = browser.new_board(tab);
        browser.disk.fails = Some(why);
        for n in 1..=3 {
            browser.say(tab, note(n, section, "hej"));
        }
        let desk = browser.tabs[tab].host.desk.as_ref().unwrap();
        assert!(desk.keeps_nothing_back(), "{why:?}");
    }
}

#[test]
fn what_the_disk_does_not_have_is_written_when_a_tab_begins_to_sync_anew() {
    let mut browser = Browser::new();
    let tab = browser.tab();
    browser.disk.fails = Some(StorageFailure::Full);
    let (board, section) = browser.new_board(tab);
    browser.disk.fails = None;
    browser.say(tab, note(1, section, "hej"));
    browser.pass(60_000);
    let on = |browser: &Browser, shelf| browser.disk.all(shelf, board).len();
    assert_eq!(on(&browser, Shelf::Registers), 1, "the title");
    let chunks = on(&browser, Shelf::Chunks);
    browser
        .disk
        .rows
        .retain(|(shelf, _), _| !matches!(shelf, Shelf::Chunks | Shelf::Lease));
    browser.say(tab, ToWorker::SetTitle("Ny titel".into()));
    browser.pass(60_000);
    assert_eq!(on(&browser, Shelf::Chunks), chunks);
    let tab = browser.restart();
    browser.say(tab, ToWorker::OpenBoard { board });
    let view = &browser.tabs[tab].opened().view;
    assert!(view.notes.contains_key(&NoteId([1; 16])));
}

#[test]
fn two_tabs_of_one_board_agree() {
    let mut browser = Browser::new();
    let first = browser.tab();
    let (board, section) = browser.new_board(first);
    let second = browser.tab();
    browser.say(second, ToWorker::OpenBoard { board });
    browser.pass(2_000);
    browser.say(second, note(2, section, "från den andra fliken"));
    browser.say(first, note(1, section, "från den första"));
    for tab in [first, second] {
        let view = browser.tabs[tab]
            .host
            .desk
            .as_ref()
            .unwrap()
            .document()
            .view();
        assert_eq!(view.notes.len(), 2, "tab {tab}");
    }
    assert_eq!(browser.tabs[second].save().link, LinkState::OtherTab);
    assert_eq!(
        browser.tabs[first].save().unshared,
        browser.tabs[second].save().unshared
    );
}

#[test]
fn a_tab_takes_over_when_the_syncing_one_falls_silent() {
    let mut browser = Browser::new();
    let first = browser.tab();
    let (board, section) = browser.new_board(first);
    let second = browser.tab();
    browser.say(second, ToWorker::OpenBoard { board });
    browser.pass(2_000);
    browser.say(second, note(2, section, "kvar"));
    browser.tabs.remove(first);
    browser.forget_what_was_heard();
    browser.pass(SILENCE.cast_unsigned() + 2_000);
    let save = browser.tabs[0].save();
    assert_eq!(save.link, LinkState::Offline, "it tried to connect");
    assert!(save.unshared > 0);
}

#[test]
fn a_reloaded_page_does_not_wait_for_its_own_ghost() {
    let mut browser = Browser::new();
    let tab = browser.tab();
    let (board, _) = browser.new_board(tab);
    browser.tabs.clear();
    let tab = browser.tab();
    browser.tabs[tab].host.tab = TabId([9; 16]);
    browser.tabs[tab].id = TabId([9; 16]);
    browser.say(tab, ToWorker::OpenBoard { board });
    assert_eq!(browser.tabs[tab].save().link, LinkState::Connecting);
    browser.pass(1_000);
    assert_eq!(
        browser.tabs[tab].save().link,
        LinkState::Offline,
        "this tab syncs, in vain"
    );
}

#[test]
fn the_silent_tab_that_comes_back_writes_nothing_of_the_sync() {
    let mut browser = Browser::new();
    let first = browser.tab();
    let (board, _) = browser.new_board(first);
    let asleep = browser.tabs.remove(first);
    browser.now += 10_000;
    let second = browser.tab();
    browser.tabs[second].host.tab = TabId([9; 16]);
    browser.tabs[second].id = TabId([9; 16]);
    browser.say(second, ToWorker::OpenBoard { board });
    browser.tabs.push(asleep);
    browser.pass(1_500);
    let lease = browser.disk.lease(board).unwrap();
    assert_eq!(lease.holder, TabId([9; 16]));
    assert_eq!(browser.tabs[1].save().link, LinkState::OtherTab);
}

#[test]
fn a_forgotten_board_leaves_nothing_behind() {
    let mut browser = Browser::new();
    let tab = browser.tab();
    let (board, section) = browser.new_board(tab);
    browser.say(tab, note(1, section, "hemligt"));
    browser.say(tab, ToWorker::ForgetBoard { board });
    browser.pass(10_000);
    assert!(
        browser.tabs[tab]
            .heard
            .contains(&FromWorker::Forgotten(board))
    );
    assert!(
        browser.disk.rows.is_empty(),
        "{:?}",
        browser.disk.rows.keys()
    );
}

#[test]
fn a_step_is_taken_back_and_what_was_taken_back_outlives_the_browser() {
    let mut browser = Browser::new();
    let tab = browser.tab();
    let (board, section) = browser.new_board(tab);
    let steps = |browser: &Browser| {
        let heard = browser.tabs[tab].heard.iter().rev();
        let mut steps = heard.filter_map(|it| match it {
            FromWorker::Steps(steps) => Some(*steps),
            _ => None,
        });
        steps.next().unwrap_or_default()
    };
    assert_eq!(
        steps(&browser).back,
        None,
        "what the template made is no step"
    );
    browser.say(tab, note(1, section, "Vi lyssnar färdigt"));
    assert_eq!(steps(&browser).back, Some(About::Made));
    browser.say(tab, ToWorker::Go(Way::Back));
    assert_eq!(steps(&browser).again, Some(About::Made));
    let went = FromWorker::Went {
        way: Way::Back,
        about: Some(About::Made),
        records: vec![RecordId::Note(NoteId([1; 16]))],
    };
    assert!(browser.tabs[tab].heard.contains(&went));
    let restarted = browser.restart();
    browser.say(restarted, ToWorker::OpenBoard { board });
    let open = browser.tabs[restarted].opened();
    let kept = &open.view.notes[&NoteId([1; 16])];
    assert_eq!(kept.presence, Presence::InTrash);
}

#[test]
fn what_is_being_typed_is_a_step_once_it_is_to_be_taken_back() {
    let mut browser = Browser::new();
    let tab = browser.tab();
    let (_, section) = browser.new_board(tab);
    browser.say(tab, note(1, section, "Vi"));
    let words = |browser: &Browser| {
        let desk = browser.tabs[tab].host.desk.as_ref().unwrap();
        let view = desk.document().view();
        let text = view.notes[&NoteId([1; 16])].text;
        (text.unwrap(), view.text(text).to_owned())
    };
    let draft = Draft {
        text: words(&browser).0,
        base_revision: Some(0),
        base: "Vi".into(),
        own: "Vi lyss".into(),
        edits: Vec::new(),
    };
    let caret = None;
    browser.say(tab, ToWorker::Draft { draft, caret });
    browser.say(tab, ToWorker::Go(Way::Back));
    assert_eq!(words(&browser).1, "Vi");
    browser.say(tab, ToWorker::Go(Way::Again));
    assert_eq!(words(&browser).1, "Vi lyss");
    browser.say(tab, ToWorker::Go(Way::Again));
    let nothing = FromWorker::Went {
        way: Way::Again,
        about: None,
        records: Vec::new(),
    };
    let [.., went, FromWorker::Heard(_)] = browser.tabs[tab].heard.as_slice() else {
        panic!("the step is told, and that it was taken");
    };
    assert_eq!(went, &nothing);
}

#[test]
fn the_past_is_shown_step_by_step_and_ends_with_the_board_as_it_is() {
    let mut browser = Browser::new();
    let tab = browser.tab();
    let (board, section) = browser.new_board(tab);
    browser.say(tab, note(1, section, "Vi lyssnar"));
    browser.say(tab, note(2, section, "Vi pratar"));
    let mut page = samsyn_shared::board::View::empty(board);
    let mut seen = Vec::new();
    for at in [0, 1, 2, u32::MAX] {
        browser.say(tab, ToWorker::Past(Some(at)));
        let Some(FromWorker::Past(shown)) = browser.tabs[tab].heard.last() else {
            panic!("the worker shows nothing")
        };
        match &shown.turn {
            Turn::Forward(delta) => page.apply(delta),
            Turn::Whole(view) => page = (**view).clone(),
        }
        seen.push((shown.at, page.notes.len()));
    }
    assert_eq!(seen, [(0, 0), (1, 0), (2, 1), (3, 2)]);
    browser.say(tab, ToWorker::Past(None));
    browser.say(tab, note(3, section, "Vi går vidare"));
    browser.say(tab, ToWorker::Past(Some(u32::MAX)));
    assert!(matches!(browser.tabs[tab].heard.last(), Some(FromWorker::Past(it)) if it.of == 4));
}

/// The glimpses that the page of a tab was shown since its start.
fn glimpses(tab: &Tab) -> Vec<OpenBoard> {
    let glimpses = tab.heard.iter().filter_map(|it| match it {
        FromWorker::Glimpsed(open) => Some(OpenBoard::clone(open)),
        _ => None,
    });
    glimpses.collect()
}

#[test]
fn a_board_is_shown_as_it_was_before_its_document_is_read() {
    let mut browser = Browser::new();
    let tab = browser.tab();
    let (board, section) = browser.new_board(tab);
    browser.say(tab, note(1, section, "Vi lyssnar färdigt"));
    browser.pass(20_000);
    let tab = browser.restart();
    browser.feed(tab, Input::Page(ToWorker::OpenBoard { board }));
    let first = browser.tabs[tab].to_do.front();
    assert_eq!(first, Some(&Output::Glance(board)), "before all else");
    browser.settle();
    let tab = &browser.tabs[tab];
    let [glimpse] = &glimpses(tab)[..] else {
        panic!("one glimpse was expected");
    };
    let open = tab.opened();
    assert_eq!(glimpse.view.notes, open.view.notes);
    assert_eq!((&glimpse.title, &glimpse.links), (&open.title, &open.links));
    assert_eq!(glimpse.me, open.me);
    let place = |wanted: fn(&FromWorker) -> bool| tab.heard.iter().position(wanted);
    let glimpsed = place(|it| matches!(it, FromWorker::Glimpsed(_)));
    assert!(glimpsed < place(|it| matches!(it, FromWorker::Opened(_))));
}

#[test]
fn a_page_that_goes_into_the_background_leaves_a_glimpse_of_its_last_note() {
    let mut browser = Browser::new();
    let tab = browser.tab();
    let (board, section) = browser.new_board(tab);
    browser.pass(20_000);
    browser.say(tab, note(1, section, "Vi lyssnar färdigt"));
    browser.say(tab, ToWorker::Page(PageVisibility::Hidden));
    let tab = browser.restart();
    browser.say(tab, ToWorker::OpenBoard { board });
    let glimpse = &glimpses(&browser.tabs[tab])[0];
    assert!(glimpse.view.notes.contains_key(&NoteId([1; 16])));
}

#[test]
fn a_kept_view_that_is_damaged_or_of_another_board_or_build_is_as_good_as_none() {
    let mut browser = Browser::new();
    let tab = browser.tab();
    let (other, _) = browser.new_board(tab);
    browser.pass(20_000);
    let (board, section) = browser.new_board(tab);
    browser.say(tab, note(1, section, "Vi lyssnar färdigt"));
    browser.pass(20_000);
    let place = |board| (Shelf::Views, rows::board_key(board));
    let good = browser.disk.rows[&place(board)].clone();
    let seen = |browser: &mut Browser, bytes: Vec<u8>| {
        browser.disk.rows.insert(place(board), bytes);
        let tab = browser.restart();
        browser.say(tab, ToWorker::OpenBoard { board });
        let open = browser.tabs[tab].opened();
        assert!(open.view.notes.contains_key(&NoteId([1; 16])));
        glimpses(&browser.tabs[tab]).len()
    };
    assert_eq!(seen(&mut browser, good.clone()), 1);
    for at in [0, 31, 32, good.len() / 2, good.len() - 1] {
        let mut damaged = good.clone();
        damaged[at] ^= 1;
        assert_eq!(seen(&mut browser, damaged), 0, "byte {at}");
        assert_eq!(seen(&mut browser, good[..at].to_vec()), 0, "cut at {at}");
    }
    let theirs = browser.disk.rows[&place(other)].clone();
    assert_eq!(seen(&mut browser, theirs), 0);
    browser.build = Build("/assets/worker-2.js".into());
    assert_eq!(seen(&mut browser, good), 0);
}

#[test]
fn a_view_is_kept_once_changes_have_settled_and_not_at_every_change() {
    let mut browser = Browser::new();
    let tab = browser.tab();
    let (_, section) = browser.new_board(tab);
    browser.pass(20_000);
    let mut kept = Vec::new();
    for id in 1..=100 {
        browser.say(tab, note(id, section, "Vi lyssnar färdigt"));
        browser.pass(200);
        kept.extend(
            browser
                .disk
                .rows
                .get(&(
                    Shelf::Views,
                    rows::board_key(browser.tabs[tab].opened().view.board),
                ))
                .cloned(),
        );
        kept.dedup();
    }
    assert!(
        (2..=4).contains(&kept.len()),
        "{} in 20 seconds",
        kept.len()
    );
}

#[test]
fn a_board_that_was_forgotten_leaves_no_view() {
    let mut browser = Browser::new();
    let tab = browser.tab();
    let (board, section) = browser.new_board(tab);
    browser.say(tab, note(1, section, "Vi lyssnar färdigt"));
    browser.pass(20_000);
    browser.say(tab, ToWorker::ForgetBoard { board });
    browser.pass(20_000);
    assert!(
        !browser
            .disk
            .rows
            .keys()
            .any(|(shelf, _)| *shelf == Shelf::Views)
    );
}
