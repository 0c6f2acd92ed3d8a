//! The worker's logic as one state machine: inputs from page, disk, socket and other tabs go in, outputs come out.
//!
//! Boundary: no browser, no clock, no randomness of its own. `run` carries the outputs out.

mod comparing;
mod files;
mod groups;
mod merging;

use std::collections::BTreeMap;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use samsyn_shared::ids::BoardId;
use samsyn_shared::registers::BoardState;
use samsyn_shared::seal::{BoardKeys, LinkError};
use samsyn_shared::time::{Monotonic, Now};

use crate::core::messages::{
    Failure, FromWorker, NetworkHint, PageVisibility, StorageFailure, ToWorker, Watch,
};
use crate::worker::desk::{Desk, Opening, Start};
use crate::worker::glimpse::{Build, Digest, Glance};
use crate::worker::io::{Input, Output, SocketEvent, SocketId, Stored};
use crate::worker::lease::{self, Claim, TabId};
use crate::worker::rows::BoardRow;
use crate::worker::save_state::Health;
use crate::worker::tabs::{TabMessage, TabNews};
use crate::worker::turn::{Audience, Turn};
use crate::worker::writes::{Op, Outcome, Ticket, Write, Writes};
use comparing::Comparing;
use groups::Groups;
use merging::{Following, Tray};

/// How long, in milliseconds, a board that was left goes on in the background to share what was done on it.
const AFTER_LEAVING: u64 = 4_000;

/// A board that is open beside the one that the page shows.
struct Beside {
    desk: Desk,
    why: Why,
}

/// Why a board is open beside.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    /// The page has left it: until its last changes are on their way, or this long.
    Left(Monotonic),
    /// It is a group of the board that the page shows, and the page looks at the groups.
    Group,
    /// It is a group that was made here and has yet to reach the relay.
    Sharing,
    /// Its rules are compared with those of the board that the page shows.
    Compared,
}

/// The worker.
pub struct Host {
    rng: ChaCha20Rng,
    tab: TabId,
    build: Build,
    relay: String,
    health: Health,
    writes: Writes,
    sockets: u64,
    rows: BTreeMap<BoardId, BoardRow>,
    opening: Option<Opening>,
    /// The kept view that the page was shown while a board is being opened.
    glimpsed: Option<Digest>,
    wants_load: Option<BoardId>,
    desk: Option<Desk>,
    beside: BTreeMap<BoardId, Beside>,
    groups: Groups,
    tray: Option<Tray>,
    /// How many of the page's messages have changed something.
    heard: u32,
    following: Option<Following>,
    /// When what followed groups have written since is taken in; none if they have not.
    next_follow: Option<Monotonic>,
    comparing: Option<Comparing>,
    forgetting: BTreeMap<Ticket, BoardId>,
}

impl Host {
    /// A worker that has not been told anything yet. `seed` is 32 bytes of the browser's randomness.
    #[must_use]
    pub fn new(seed: [u8; 32], tab: TabId, build: Build) -> Self {
        Self {
            rng: ChaCha20Rng::from_seed(seed),
            tab,
            build,
            relay: String::new(),
            health: Health::Works,
            writes: Writes::default(),
            sockets: 0,
            rows: BTreeMap::new(),
            opening: None,
            glimpsed: None,
            wants_load: None,
            desk: None,
            beside: BTreeMap::new(),
            groups: Groups::default(),
            tray: None,
            heard: 0,
            following: None,
            next_follow: None,
            comparing: None,
            forgetting: BTreeMap::new(),
        }
    }

    /// Takes an input; what is to be done about it, in order.
    pub fn handle(&mut self, now: Now, input: Input) -> Vec<Output> {
        let mut out = Vec::new();
        let heard = self.heard;
        match input {
            Input::Page(message) => {
                self.heard = self
                    .heard
                    .wrapping_add(u32::from(message.changes_something()));
                self.page(now, &mut out, message);
            }
            Input::Database(opened) => self.database(&mut out, opened),
            Input::Listed(rows) => self.listed(&mut out, rows),
            Input::Glanced(board, glance) => self.glanced(&mut out, board, glance),
            Input::Loaded(board, stored) => self.loaded(now, &mut out, board, stored),
            Input::Looked(board, found) => {
                if let Ok(found) = found {
                    self.at(now, &mut out, board, |desk, turn| desk.looked(turn, found));
                }
            }
            Input::Written(outcome) => self.written(now, &mut out, outcome),
            Input::Socket(id, event) => self.socket(now, &mut out, id, &event),
            Input::Tab(message) => self.tab(now, &mut out, message),
            Input::Tick => self.tick(now, &mut out),
        }
        self.finish(now, &mut out);
        // Last: what became of the message has been said by then.
        if heard != self.heard {
            out.push(Output::Page(FromWorker::Heard(self.heard)));
        }
        out
    }

    /// When the host wants `Input::Tick`.
    #[must_use]
    pub fn next_wake(&self) -> Option<Monotonic> {
        let desk = self.desk.as_ref().and_then(Desk::next_wake);
        let beside = self.beside.values().flat_map(|it| {
            let until = match it.why {
                Why::Left(until) => Some(until),
                Why::Group | Why::Sharing | Why::Compared => None,
            };
            [until, it.desk.next_wake()]
        });
        let writes = self.writes.next_wake();
        let comparing = self.comparing.as_ref().and_then(Comparing::next_wake);
        [desk, writes, self.next_offer(), self.next_follow, comparing]
            .into_iter()
            .chain(beside)
            .flatten()
            .min()
    }

    /// After every input: the next transaction, and what the page has to be told.
    fn finish(&mut self, now: Now, out: &mut Vec<Output>) {
        while matches!(self.health, Health::Never(_)) && !self.writes.is_empty() {
            let given_up = self.writes.abandon();
            self.settled(now, out, &given_up);
        }
        loop {
            let failed = self.writes.known_to_fail();
            if failed.is_empty() {
                break;
            }
            self.settled(now, out, &failed);
        }
        self.close_left(now, out);
        self.on_desk(now, out, Desk::tell);
        self.tend_groups(now, out);
        self.tend_comparing(now, out);
        self.load_when_written(out);
        if let Some(write) = self.writes.next(now.monotonic) {
            out.push(Output::Write(write));
        }
    }

    /// A board is read once nothing waits for the disk, so that what was just written is in it.
    fn load_when_written(&mut self, out: &mut Vec<Output>) {
        if self.writes.is_empty() || self.health.failure().is_some() {
            out.extend(
                self.wants_load
                    .take()
                    .map(|board| Output::Load(board, Claim::Polite)),
            );
        }
    }

    /// Runs a step of the open board.
    fn on_desk(
        &mut self,
        now: Now,
        out: &mut Vec<Output>,
        step: impl FnOnce(&mut Desk, &mut Turn<'_>),
    ) {
        let Some(mut desk) = self.desk.take() else {
            return;
        };
        step(&mut desk, &mut self.turn(now, out, Audience::Page));
        self.desk = Some(desk);
    }

    /// Runs a step of a board beside.
    fn on_beside(
        &mut self,
        now: Now,
        out: &mut Vec<Output>,
        board: BoardId,
        step: impl FnOnce(&mut Desk, &mut Turn<'_>),
    ) {
        let Some(mut beside) = self.beside.remove(&board) else {
            return;
        };
        step(&mut beside.desk, &mut self.turn(now, out, Audience::Nobody));
        self.beside.insert(board, beside);
    }

    /// Runs a step of each open board, the page's last.
    fn on_all(&mut self, now: Now, out: &mut Vec<Output>, step: impl Fn(&mut Desk, &mut Turn<'_>)) {
        let beside: Vec<BoardId> = self.beside.keys().copied().collect();
        for board in beside {
            self.on_beside(now, out, board, &step);
        }
        self.on_desk(now, out, step);
    }

    /// Runs a step of that board, if it is open.
    fn at(
        &mut self,
        now: Now,
        out: &mut Vec<Output>,
        board: BoardId,
        step: impl FnOnce(&mut Desk, &mut Turn<'_>),
    ) {
        if self.is_open(board) {
            self.on_desk(now, out, step);
        } else {
            self.on_beside(now, out, board, step);
        }
    }

    fn turn<'a>(&'a mut self, now: Now, out: &'a mut Vec<Output>, audience: Audience) -> Turn<'a> {
        Turn {
            now,
            rng: &mut self.rng,
            writes: &mut self.writes,
            health: self.health,
            tab: self.tab,
            build: &self.build,
            relay: &self.relay,
            sockets: &mut self.sockets,
            audience,
            out,
        }
    }

    fn page(&mut self, now: Now, out: &mut Vec<Output>, message: ToWorker) {
        match message {
            ToWorker::Start { relay } => self.relay = relay,
            ToWorker::ListBoards => out.push(Output::List),
            ToWorker::NewBoard {
                template,
                title,
                language,
            } => {
                let keys = Box::new(BoardKeys::generate(&mut self.rng));
                let commands = template.commands(&mut self.rng, language);
                self.open(
                    now,
                    out,
                    keys.board(),
                    Start::New {
                        keys,
                        title,
                        commands,
                    },
                );
            }
            ToWorker::CarryOver { carry, title } => self.carry_over(now, out, &carry, title),
            ToWorker::OpenLink { code } => self.open_link(now, out, &code),
            ToWorker::OpenBoard { board } => self.open(now, out, board, Start::Stored),
            ToWorker::LeaveBoard => self.leave(now, out),
            ToWorker::ForgetBoard { board } => self.forget(now, out, board),
            ToWorker::Commands(commands) => {
                self.on_desk(now, out, |desk, turn| desk.commands(turn, &commands));
            }
            ToWorker::Past(at) => self.on_desk(now, out, |desk, turn| desk.past(turn, at)),
            ToWorker::Go(way) => self.on_desk(now, out, |desk, turn| desk.go(turn, way)),
            ToWorker::Draft { draft, caret } => {
                self.on_desk(now, out, |desk, turn| desk.typed(turn, draft, caret));
            }
            ToWorker::DraftEnd { text } => {
                self.on_desk(now, out, |desk, turn| desk.draft_ends(turn, text))
            }
            ToWorker::Finish => self.on_desk(now, out, |desk, turn| desk.finish(turn)),
            ToWorker::Pause => self.on_desk(now, out, |desk, turn| {
                desk.set_state(turn, &BoardState::Paused);
            }),
            ToWorker::Reopen => self.on_desk(now, out, |desk, turn| {
                desk.set_state(turn, &BoardState::Open);
            }),
            ToWorker::SetTitle(title) => {
                self.on_desk(now, out, |desk, turn| desk.title(turn, &title))
            }
            ToWorker::SetName(name) => self.on_desk(now, out, |desk, turn| desk.name(turn, name)),
            ToWorker::Look { section } => {
                self.on_desk(now, out, |desk, turn| desk.look(turn, section))
            }
            ToWorker::Export(kind) => self.export(now, out, kind),
            ToWorker::Import { bytes } => self.import(now, out, &bytes),
            ToWorker::Page(PageVisibility::Visible) | ToWorker::Network(NetworkHint::Online) => {
                self.writes.retry_now(now.monotonic);
                self.on_all(now, out, |desk, turn| desk.connect_now(turn));
            }
            ToWorker::Page(PageVisibility::Hidden) => {
                self.writes.retry_now(now.monotonic);
                self.on_desk(now, out, |desk, turn| {
                    desk.all_drafts_end(turn);
                    desk.keep_view(turn);
                });
            }
            ToWorker::Network(NetworkHint::Offline) => {}
            ToWorker::MakeGroups(wanted) => self.make_groups(now, out, &wanted),
            ToWorker::WatchGroups(watch) => self.watch_groups(now, watch),
            ToWorker::CallGroups(text) => self.call_groups(now, out, &text),
            ToWorker::Follow(watch) => self.follow(watch),
            ToWorker::Merging(step) => self.merging(now, out, step),
            ToWorker::Compare(with) => self.compare(now, out, with),
        }
    }

    fn open_link(&mut self, now: Now, out: &mut Vec<Output>, code: &str) {
        match BoardKeys::from_link(code) {
            Ok(keys) => self.open(now, out, keys.board(), Start::Link(Box::new(keys))),
            Err(error) => out.push(failed(link_failure(error))),
        }
    }

    fn open(&mut self, now: Now, out: &mut Vec<Output>, board: BoardId, start: Start) {
        if matches!(start, Start::Stored) && self.is_open(board) {
            return self.on_desk(now, out, Desk::reopen);
        }
        self.leave(now, out);
        let is_beside = self.beside.contains_key(&board);
        match start {
            Start::Stored if is_beside => return self.reopen(now, out, board),
            Start::Stored | Start::Link(_) | Start::New { .. } | Start::File(_) => {}
        }
        if is_beside {
            self.end_beside(now, out, board);
        }
        self.glimpsed = None;
        if matches!(start, Start::Stored) {
            out.push(Output::Glance(board));
        }
        self.opening = Some(Opening { board, start });
        self.wants_load = Some(board);
    }

    fn is_open(&self, board: BoardId) -> bool {
        self.desk.as_ref().is_some_and(|desk| desk.board() == board)
    }

    /// The page comes to a board that is open beside.
    fn reopen(&mut self, now: Now, out: &mut Vec<Output>, board: BoardId) {
        self.desk = self.beside.remove(&board).map(|it| it.desk);
        self.on_desk(now, out, Desk::reopen);
    }

    /// What is kept of the board that is being opened is shown until its document has been read.
    fn glanced(&mut self, out: &mut Vec<Output>, board: BoardId, glance: Option<Box<Glance>>) {
        let opens = self.opening.as_ref().is_some_and(|opening| {
            opening.board == board && matches!(opening.start, Start::Stored)
        });
        let shown = glance.filter(|_| opens);
        if let Some((kept, open)) = shown.and_then(|it| it.open(&self.build, board)) {
            self.glimpsed = Some(kept);
            out.push(Output::Page(FromWorker::Glimpsed(Box::new(open))));
        }
    }

    fn loaded(
        &mut self,
        now: Now,
        out: &mut Vec<Output>,
        board: BoardId,
        stored: Result<Box<Stored>, StorageFailure>,
    ) {
        match self.opening.take() {
            Some(opening) if opening.board == board => self.opened(now, out, opening, stored),
            other if self.groups.is_opening(board) => {
                self.opening = other;
                self.group_loaded(now, out, board, stored);
            }
            other => {
                self.opening = other;
                self.at(now, out, board, |desk, turn| desk.claimed(turn, stored));
            }
        }
    }

    fn opened(
        &mut self,
        now: Now,
        out: &mut Vec<Output>,
        opening: Opening,
        stored: Result<Box<Stored>, StorageFailure>,
    ) {
        if let Some(mut desk) = self.open_desk(now, out, opening, stored, Audience::Page) {
            desk.is_kept(self.glimpsed.take());
            self.keep(desk);
        }
    }

    /// Without a database a board still opens, in memory, if the relay can fill it again. A board whose rows are
    /// there but cannot be read now is not shown empty.
    fn open_desk(
        &mut self,
        now: Now,
        out: &mut Vec<Output>,
        opening: Opening,
        stored: Result<Box<Stored>, StorageFailure>,
        audience: Audience,
    ) -> Option<Desk> {
        let stored = match (stored, &opening.start) {
            (Ok(stored), _) => stored,
            (Err(why), Start::Stored | Start::File(_)) if !self.is_without(why) => {
                self.storage_fails(out, why);
                out.push(failed(Failure::BoardUnreadable(why)));
                return None;
            }
            (Err(why), _) => {
                self.storage_fails(out, why);
                Box::new(self.nothing_stored(now, opening.board))
            }
        };
        let opened = Desk::open(&mut self.turn(now, out, audience), opening, *stored);
        opened.map_err(|failure| out.push(failed(failure))).ok()
    }

    /// Whether this device has no database at all.
    fn is_without(&self, why: StorageFailure) -> bool {
        matches!(Health::after_failure(why), Health::Never(_))
            || matches!(self.health, Health::Never(_))
    }

    fn keep(&mut self, desk: Desk) {
        self.rows.insert(desk.board(), desk.row().clone());
        self.desk = Some(desk);
    }

    fn nothing_stored(&self, now: Now, board: BoardId) -> Stored {
        Stored {
            lease: lease::claim(now.wall, None, self.tab, Claim::Polite),
            row: self.rows.get(&board).cloned(),
            chunks: Vec::new(),
            frontier: None,
            outbox: Vec::new(),
            registers: Vec::new(),
            final_snapshot: None,
            drafts: Vec::new(),
            trouble: None,
        }
    }

    /// The page goes; what was typed becomes changes, and the board goes on for a moment to share them.
    fn leave(&mut self, now: Now, out: &mut Vec<Output>) {
        self.opening = None;
        self.wants_load = None;
        self.on_desk(now, out, |desk, turn| {
            desk.all_drafts_end(turn);
            desk.keep_view(turn);
        });
        let Some(desk) = self.desk.take() else {
            return;
        };
        self.follow(Watch::Off);
        self.leave_groups(now);
        self.leave_sharing(now);
        self.end_comparing(now);
        self.rows.insert(desk.board(), desk.row().clone());
        let why = Why::Left(now.monotonic.plus(AFTER_LEAVING));
        self.beside.insert(desk.board(), Beside { desk, why });
    }

    fn close_left(&mut self, now: Now, out: &mut Vec<Output>) {
        let ready = |it: &Beside| match it.why {
            Why::Left(until) => until <= now.monotonic || it.desk.is_done(),
            Why::Group | Why::Compared => false,
            Why::Sharing => !it.desk.shares(),
        };
        let ready = self.beside.iter().filter(|(_, it)| ready(it));
        let ready: Vec<BoardId> = ready.map(|(board, _)| *board).collect();
        for board in ready {
            self.end_beside(now, out, board);
        }
    }

    fn end_beside(&mut self, now: Now, out: &mut Vec<Output>, board: BoardId) {
        if let Some(mut left) = self.beside.remove(&board) {
            left.desk.close(&mut self.turn(now, out, Audience::Nobody));
            self.rows.insert(board, left.desk.row().clone());
        }
    }

    fn forget(&mut self, now: Now, out: &mut Vec<Output>, board: BoardId) {
        if self.is_open(board) {
            self.leave(now, out);
        }
        self.end_beside(now, out, board);
        self.rows.remove(&board);
        let ticket = self.writes.push(Write {
            guard: None,
            ops: vec![Op::Forget(board)],
        });
        self.forgetting.insert(ticket, board);
    }

    fn written(&mut self, now: Now, out: &mut Vec<Output>, outcome: Outcome) {
        let guarded = self.writes.running_for();
        let tickets = self.writes.settle(now.monotonic, outcome);
        match outcome {
            Outcome::Done => self.health = Health::Works,
            Outcome::Displaced => {
                if let Some(board) = guarded {
                    self.at(now, out, board, |desk, turn| desk.displaced(turn));
                }
            }
            Outcome::Failed(why) => self.storage_fails(out, why),
        }
        self.settled(now, out, &tickets);
    }

    fn settled(&mut self, now: Now, out: &mut Vec<Output>, tickets: &[Ticket]) {
        self.on_all(now, out, |desk, turn| desk.settled(turn, tickets));
        for ticket in tickets {
            if let Some(board) = self.forgetting.remove(ticket) {
                self.say(out, board, TabNews::Forgotten);
                out.push(Output::Page(FromWorker::Forgotten(board)));
            }
        }
    }

    fn say(&self, out: &mut Vec<Output>, board: BoardId, what: TabNews) {
        out.push(Output::Tabs(TabMessage {
            board,
            from: self.tab,
            what,
        }));
    }

    fn storage_fails(&mut self, out: &mut Vec<Output>, why: StorageFailure) {
        let health = Health::after_failure(why);
        if self.health != health {
            self.health = health;
            out.push(failed(Failure::Storage(why)));
        }
    }

    fn database(&mut self, out: &mut Vec<Output>, opened: Result<(), StorageFailure>) {
        if let Err(why) = opened {
            self.health = Health::after_failure(why);
        }
        let storage = self.health.storage(self.writes.pending());
        out.push(Output::Page(FromWorker::Ready { storage }));
    }

    fn listed(
        &mut self,
        out: &mut Vec<Output>,
        rows: Result<Vec<(BoardId, BoardRow)>, StorageFailure>,
    ) {
        match rows {
            Ok(rows) => self.rows.extend(rows),
            Err(why) => self.storage_fails(out, why),
        }
        let beside = self.beside.values().map(|it| &it.desk);
        for desk in beside.chain(&self.desk) {
            self.rows.insert(desk.board(), desk.row().clone());
        }
        let mut cards: Vec<_> = self
            .rows
            .iter()
            .map(|(board, row)| row.card(*board))
            .collect();
        cards.sort_by_key(|card| std::cmp::Reverse(card.opened));
        out.push(Output::Page(FromWorker::Boards(cards)));
    }

    fn socket(&mut self, now: Now, out: &mut Vec<Output>, id: SocketId, event: &SocketEvent) {
        self.on_all(now, out, |desk, turn| {
            desk.socket_event(turn, id, event.clone())
        });
    }

    fn tab(&mut self, now: Now, out: &mut Vec<Output>, message: TabMessage) {
        if message.from == self.tab {
            return;
        }
        let board = message.board;
        if message.what == TabNews::Forgotten {
            return self.forgotten_elsewhere(now, out, board);
        }
        self.at(now, out, board, |desk, turn| desk.heard(turn, message));
    }

    /// The person removed the board in another tab: it is gone here too, and nothing of it is written again.
    fn forgotten_elsewhere(&mut self, now: Now, out: &mut Vec<Output>, board: BoardId) {
        self.rows.remove(&board);
        self.beside.remove(&board);
        if self.is_open(board) {
            self.on_desk(now, out, |desk, turn| desk.close(turn));
            self.desk = None;
        }
        out.push(Output::Page(FromWorker::Forgotten(board)));
    }

    fn tick(&mut self, now: Now, out: &mut Vec<Output>) {
        self.on_all(now, out, |desk, turn| desk.tick(turn));
    }
}

fn link_failure(error: LinkError) -> Failure {
    match error {
        LinkError::Newer { .. } => Failure::LinkNewer,
        LinkError::NoCode | LinkError::CutShort { .. } | LinkError::Damaged => Failure::LinkDamaged,
    }
}

fn failed(failure: Failure) -> Output {
    Output::Page(FromWorker::Failed(failure))
}

#[cfg(test)]
mod tests;
