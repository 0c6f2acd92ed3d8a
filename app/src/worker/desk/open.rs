//! Opening a board: from what is stored of it, from a link, from a template or from a file.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use samsyn_shared::archive::BoardFile;
use samsyn_shared::board::{Board, Command, Draft, Undo, changes_in};
use samsyn_shared::ids::{BoardId, ChangeHash, PersonId, PresenceId};
use samsyn_shared::seal::{BoardKeys, Role};
use samsyn_shared::sync::session::{
    ChunkState, Frontier, Input, Saved, Session, SessionConfig, Tuning,
};
use samsyn_shared::sync::{ChangeStore, Verdict};

use super::{Desk, Lead, Socket, Told};
use crate::core::messages::{Failure, FromWorker, Links, OpenBoard};
use crate::worker::drafts::Drafts;
use crate::worker::glimpse::Keeping;
use crate::worker::io::Stored;
use crate::worker::peers::Peers;
use crate::worker::rows::{self, BoardRow};
use crate::worker::save_state::Attempt;
use crate::worker::turn::{Audience, Turn};
use crate::worker::writes::{Ticket, Write};

/// Why a board is being opened.
pub struct Opening {
    /// Which.
    pub board: BoardId,
    /// With what.
    pub start: Start,
}

/// What an opening brings along.
pub enum Start {
    /// Nothing: the board is stored on this device.
    Stored,
    /// A link that was followed.
    Link(Box<BoardKeys>),
    /// A new board, with its first content.
    New {
        /// Its keys.
        keys: Box<BoardKeys>,
        /// Its title.
        title: String,
        /// The steps that make its first content.
        commands: Vec<Command>,
    },
    /// A board file, to be merged into the board that is stored.
    File(Box<BoardFile>),
}

/// What comes into a board when it is opened.
enum Content {
    None,
    First(String, Vec<Command>),
    File(Box<BoardFile>),
}

impl Desk {
    /// Opens a board.
    ///
    /// # Errors
    /// If the board is not on this device and nothing else says what its keys are.
    pub fn open(turn: &mut Turn<'_>, opening: Opening, stored: Stored) -> Result<Self, Failure> {
        let (keys, content) = match opening.start {
            Start::Stored => (None, Content::None),
            Start::Link(keys) => (Some(*keys), Content::None),
            Start::New {
                keys,
                title,
                commands,
            } => (Some(*keys), Content::First(title, commands)),
            Start::File(file) => (None, Content::File(file)),
        };
        let (keys, mut row) = keys_and_row(turn, keys, stored.row.clone())?;
        if turn.audience == Audience::Page {
            row.opened = turn.now.wall;
        }
        let (board, saved) = document(opening.board, &stored, &row);
        let session = session(turn, &keys, board, saved);
        let trouble = stored.trouble;
        let mut desk = Self {
            board: opening.board,
            keys,
            row,
            session,
            drafts: Drafts::default(),
            peers: Peers::default(),
            lead: Lead::begin(turn, opening.board, &stored.lease),
            socket: Socket::default(),
            attempt: Attempt::First,
            looking: None,
            on_the_way: BTreeMap::new(),
            sends: VecDeque::new(),
            barrier: Ticket::NONE,
            settled: Ticket::NONE,
            told: Told::default(),
            undo: Undo::default(),
            past: None,
            other_tabs: BTreeMap::new(),
            finished: None,
            keeping: Keeping::default(),
        };
        desk.run(turn, Input::Tick); // Lets the session count what it was given, before anyone is told.
        desk.restore_drafts(turn, &stored);
        desk.bring(turn, content);
        desk.refresh_title();
        desk.put_row(turn);
        desk.introduce(turn);
        if let Some(why) = trouble {
            turn.page(FromWorker::Failed(Failure::Storage(why)));
        }
        desk.begin_sync(turn);
        Ok(desk)
    }

    /// Drafts of an earlier run are counted, journalled and committed like any other, in case nobody goes on with them.
    fn restore_drafts(&mut self, turn: &Turn<'_>, stored: &Stored) {
        for draft in &stored.drafts {
            if self.document().view().texts.contains_key(&draft.text) {
                self.drafts.restored(turn.now.monotonic, draft.clone());
            }
        }
    }

    fn bring(&mut self, turn: &mut Turn<'_>, content: Content) {
        match content {
            Content::None => {}
            Content::First(title, commands) => self.first_content(turn, &title, &commands),
            Content::File(file) => self.merge(turn, &file),
        }
    }

    fn first_content(&mut self, turn: &mut Turn<'_>, title: &str, commands: &[Command]) {
        if let Err(failure) = self.commit(turn, commands, Vec::new()) {
            turn.page(FromWorker::Failed(failure));
        }
        title.clone_into(&mut self.row.title);
        self.title(turn, title);
    }

    /// Takes in what a board file holds: every change through admission, every register by its signature.
    pub fn merge(&mut self, turn: &mut Turn<'_>, file: &BoardFile) {
        match changes_in(&file.document) {
            Ok(changes) => self.take_in(turn, [changes, file.waiting.clone()].concat()),
            Err(detail) => turn.page(FromWorker::Failed(Failure::FileDamaged { detail })),
        }
        for envelope in &file.registers {
            self.register(turn, envelope.clone());
        }
    }

    fn take_in(&mut self, turn: &mut Turn<'_>, chunks: Vec<Vec<u8>>) {
        let bytes: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
        let receipt = self.session.store_mut().receive(&bytes);
        let (mut ops, mut news, mut held) = (Vec::new(), Vec::new(), Vec::new());
        for (verdict, chunk) in receipt.verdicts.into_iter().zip(chunks) {
            match verdict {
                Verdict::Applied(hash) => {
                    rows::put_chunk(self.board, hash, &chunk, ChunkState::Applied, &mut ops);
                    news.push((hash, chunk));
                }
                Verdict::Waiting(hash) => {
                    rows::put_chunk(self.board, hash, &chunk, ChunkState::Waiting, &mut ops);
                }
                Verdict::Held { reason, .. } => held.push(reason),
                Verdict::Known(_) => {}
            }
        }
        let ticket = turn.write(Write { guard: None, ops });
        self.on_the_way.insert(ticket, news);
        self.show_others(turn, receipt.delta);
        if let Some(detail) = held.first().cloned() {
            let count = u32::try_from(held.len()).unwrap_or(u32::MAX);
            turn.page(FromWorker::Failed(Failure::ChangeHeld { count, detail }));
        }
    }

    /// Shows the board anew to a page that has come back to it before it was closed.
    pub fn reopen(&mut self, turn: &mut Turn<'_>) {
        self.row.opened = turn.now.wall;
        self.put_row(turn);
        self.past = None;
        self.told = Told::default();
        self.introduce(turn);
        self.connect_now(turn);
    }

    pub(super) fn introduce(&mut self, turn: &mut Turn<'_>) {
        let save = self.save_state(turn);
        let standing = self.standing();
        self.told.standing = standing;
        let unversioned = |draft: &Draft| Draft {
            base_revision: None,
            ..draft.clone()
        };
        let open = OpenBoard {
            view: self.shown().view().clone(),
            title: self.row.title.clone(),
            role: self.keys.role(),
            me: self.row.me,
            links: links(&self.keys),
            drafts: self.drafts.iter().map(unversioned).collect(),
            save: save.clone(),
            standing,
        };
        self.told.save = Some(save);
        self.keeping.changed(turn.now.monotonic);
        turn.page(FromWorker::Opened(Box::new(open)));
    }

    /// Takes in what another tab stored, now that this one syncs: a fresh session over the same document. What this
    /// tab has and the disk has not (it was full for a while, or the lease was lost with writes in line) is written
    /// first, so that no frontier on the disk ever counts a change that is not there.
    pub fn take_over(&mut self, turn: &mut Turn<'_>, stored: &Stored) {
        let missing = stored
            .chunks
            .iter()
            .filter(|chunk| chunk.state == ChunkState::Applied);
        let missing: Vec<&[u8]> = missing
            .filter(|chunk| !self.document().contains(&chunk.hash))
            .map(|chunk| chunk.bytes.as_slice())
            .collect();
        let receipt = self.session.store_mut().receive(&missing);
        self.show_others(turn, receipt.delta);
        let saved = saved(stored, &self.row, Vec::new());
        let registers = self.session.registers().envelopes();
        let registers: Vec<Vec<u8>> = registers.map(|it| it.to_vec()).collect();
        self.write_what_is_missing(turn, stored);
        let placeholder = session(turn, &self.keys, Board::new(self.board), Saved::default());
        let board = std::mem::replace(&mut self.session, placeholder).into_store();
        self.session = session(turn, &self.keys, board, saved);
        self.lead = Lead::begin(turn, self.board, &stored.lease);
        for envelope in registers {
            self.register(turn, envelope);
        }
        self.begin_sync(turn);
    }

    fn write_what_is_missing(&self, turn: &mut Turn<'_>, stored: &Stored) {
        let there = stored.chunks.iter();
        let there: BTreeSet<ChangeHash> = there
            .filter(|chunk| chunk.state == ChunkState::Applied)
            .map(|chunk| chunk.hash)
            .collect();
        let board = self.document();
        let mut ops = Vec::new();
        for hash in board.changes_after(&[]) {
            if let (false, Some(chunk)) = (there.contains(&hash), board.chunk(&hash)) {
                rows::put_chunk(self.board, hash, &chunk, ChunkState::Applied, &mut ops);
            }
        }
        if !ops.is_empty() {
            turn.write(Write { guard: None, ops });
        }
    }
}

fn keys_and_row(
    turn: &mut Turn<'_>,
    offered: Option<BoardKeys>,
    row: Option<BoardRow>,
) -> Result<(BoardKeys, BoardRow), Failure> {
    let mut row = match (row, &offered) {
        (Some(row), _) => row,
        (None, Some(keys)) => new_row(turn, keys),
        (None, None) => return Err(Failure::BoardUnknown),
    };
    let kept = BoardKeys::from_link(&row.link).map_err(|_| Failure::BoardUnknown);
    let mut keys = match (kept, offered) {
        (Ok(kept), Some(offered)) if offered.role().code() < kept.role().code() => offered,
        (Ok(kept), _) => kept,
        (Err(_), Some(offered)) => offered,
        (Err(failure), None) => return Err(failure),
    };
    row.role = keys.role();
    row.link = keys.link(keys.role()).unwrap_or_default();
    if let Some(verify) = row.keys() {
        // Keys of another board would only mean that the row was damaged; a relay tells the right ones again.
        drop(keys.learn(verify));
    }
    Ok((keys, row))
}

fn new_row(turn: &mut Turn<'_>, keys: &BoardKeys) -> BoardRow {
    BoardRow {
        title: String::new(),
        link: String::new(),
        role: keys.role(),
        me: PersonId::random(turn.rng),
        verify_keys: None,
        opened: turn.now.wall,
        unshared: 0,
        last_shared: None,
    }
}

/// The document of what is stored, and what the session has to know. Should a stored change be missing what it
/// builds on, the relay's log is read again from its first entry.
fn document(board: BoardId, stored: &Stored, row: &BoardRow) -> (Board, Saved) {
    let applied = stored
        .chunks
        .iter()
        .filter(|chunk| chunk.state == ChunkState::Applied);
    let chunks: Vec<&[u8]> = applied.map(|chunk| chunk.bytes.as_slice()).collect();
    let (document, report) = Board::load(board, &chunks);
    let broken = !report.waiting.is_empty() || !report.held.is_empty() || stored.trouble.is_some();
    let mut saved = saved(stored, row, report.waiting);
    if broken {
        saved.frontier = saved.frontier.map(|it| Frontier {
            must_refill: true,
            ..it
        });
    }
    (document, saved)
}

fn saved(stored: &Stored, row: &BoardRow, also_waiting: Vec<ChangeHash>) -> Saved {
    let waits =
        |hash: &ChangeHash, state| state == ChunkState::Waiting || also_waiting.contains(hash);
    let chunks = stored.chunks.iter();
    let held = chunks
        .clone()
        .filter(|chunk| chunk.state == ChunkState::Held)
        .count();
    Saved {
        frontier: stored.frontier.clone(),
        outbox: stored.outbox.clone(),
        registers: stored.registers.clone(),
        waiting: chunks
            .filter(|chunk| waits(&chunk.hash, chunk.state))
            .map(|chunk| chunk.bytes.clone())
            .collect(),
        held: u32::try_from(held).unwrap_or(u32::MAX),
        verify_keys: row.keys(),
        final_snapshot: stored.final_snapshot.clone(),
    }
}

fn session(turn: &mut Turn<'_>, keys: &BoardKeys, board: Board, saved: Saved) -> Session<Board> {
    let config = SessionConfig {
        keys: keys.clone(),
        presence: PresenceId::random(turn.rng),
        tuning: Tuning::default(),
    };
    Session::new(config, board, saved)
}

/// The links that a device with these keys can give.
#[must_use]
pub fn links(keys: &BoardKeys) -> Links {
    Links {
        facilitator: keys.link(Role::Facilitator),
        participant: keys.link(Role::Participant),
        observer: keys.link(Role::Observer),
    }
}

impl Desk {
    /// Drops the session's writes that wait under a lease that is lost, and closes the socket.
    pub(super) fn stop_sync(&mut self, turn: &mut Turn<'_>) {
        if let Lead::Leading {
            guard: Some(guard), ..
        } = &self.lead
        {
            turn.writes.displaced(guard);
        }
        self.close_socket(turn);
        self.sends.clear();
    }

    pub(super) fn put_guarded(&self, ops: Vec<crate::worker::writes::Op>) -> Write {
        Write {
            guard: self.lead.guard(),
            ops,
        }
    }

    pub(super) fn refresh_title(&mut self) {
        if let Ok(title) = self.session.registers().title(&self.keys)
            && !title.as_str().is_empty()
        {
            self.row.title = title.as_str().to_owned();
        }
    }

    pub(super) fn learn(&mut self, keys: samsyn_shared::seal::VerifyKeys) {
        if self.keys.learn(keys).is_ok() {
            self.row.verify_keys = Some((keys.facilitator, keys.participant));
        }
    }

    pub(super) fn row_op(&self) -> crate::worker::writes::Op {
        rows::put_board(self.board, &self.row)
    }
}
