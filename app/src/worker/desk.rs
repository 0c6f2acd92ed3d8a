//! The board that is open, with all that belongs to it: document and session, drafts, lease, socket, and what the
//! page has been told.
//!
//! Pure. What a person did is put in line for the disk first; only when it is there does anyone else hear of it.

mod grouping;
mod lead;
mod open;
mod standing;
mod sync;
mod tell;

use std::collections::{BTreeMap, VecDeque};

use samsyn_shared::board::past::Past;
use samsyn_shared::board::undo::{Step, Undo, Way};
use samsyn_shared::board::{Board, Command, Committed, Delta, Draft};
use samsyn_shared::ids::{BoardId, ChangeHash, PersonId, SectionId, TextId};
use samsyn_shared::registers::{RegisterName, Title};
use samsyn_shared::seal::{BoardKeys, Role};
use samsyn_shared::sync::presence::Doing;
use samsyn_shared::sync::session::{ChunkState, Input, Session};
use samsyn_shared::time::{Monotonic, UnixMillis};

use crate::core::messages::{Failure, FromWorker, PastShown};
use crate::worker::drafts::Drafts;
use crate::worker::glimpse::{self, Digest, Keeping};
use crate::worker::io::Output;
use crate::worker::lease::TabId;
use crate::worker::peers::{self, Peers};
use crate::worker::rows::{self, BoardRow};
use crate::worker::save_state::Attempt;
use crate::worker::tabs::TabNews;
use crate::worker::turn::Turn;
use crate::worker::writes::{Op, Ticket, Write};

pub use lead::Lead;
pub use open::{Opening, Start, links};
use standing::Finished;
use sync::Socket;
use tell::Told;

/// A change with its chunk.
pub type LocalChange = (ChangeHash, Vec<u8>);

/// An open board.
pub struct Desk {
    board: BoardId,
    keys: BoardKeys,
    row: BoardRow,
    session: Session<Board>,
    drafts: Drafts,
    peers: Peers,
    lead: Lead,
    socket: Socket,
    attempt: Attempt,
    looking: Option<SectionId>,
    on_the_way: BTreeMap<Ticket, Vec<LocalChange>>,
    sends: VecDeque<(Ticket, Vec<u8>)>,
    barrier: Ticket,
    settled: Ticket,
    told: Told,
    undo: Undo,
    /// The board as it was, while the person looks at that.
    past: Option<Past>,
    other_tabs: BTreeMap<TabId, (Doing, Monotonic)>,
    /// What is shown of a finished board; none if that is the document itself.
    finished: Option<Finished>,
    /// When what is shown is kept again.
    keeping: Keeping,
}

impl Desk {
    /// Which board it is.
    #[must_use]
    pub const fn board(&self) -> BoardId {
        self.board
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> &Board {
        self.session.store()
    }

    /// The keys.
    #[must_use]
    pub const fn keys(&self) -> &BoardKeys {
        &self.keys
    }

    /// The session, to be read.
    #[must_use]
    pub const fn session(&self) -> &Session<Board> {
        &self.session
    }

    /// The board's row as it is stored.
    #[must_use]
    pub const fn row(&self) -> &BoardRow {
        &self.row
    }

    /// Carries out a step of the person.
    pub fn commands(&mut self, turn: &mut Turn<'_>, commands: &[Command]) {
        if self.keys.role() != Role::Observer && !self.may_write() {
            let detail = "the board takes no changes now".to_owned();
            return turn.page(FromWorker::Failed(Failure::CommandRefused { detail }));
        }
        match self.commit(turn, commands, Vec::new()) {
            Ok(committed) => {
                self.undo.did(committed.deed, self.session.store().view());
                self.show(turn, committed.delta);
            }
            Err(failure) => turn.page(FromWorker::Failed(failure)),
        }
    }

    /// Takes the person's last step back that others have not written over, or does it again.
    pub fn go(&mut self, turn: &mut Turn<'_>, way: Way) {
        if !self.may_write() {
            return;
        }
        self.all_drafts_end(turn);
        let mut went = None;
        while let Some(Step { about, deed }) = self.undo.take(way) {
            match self.commit(turn, &[Command::TakeBack(Box::new(deed))], Vec::new()) {
                Ok(committed) if committed.changes.is_empty() => {}
                Ok(committed) => {
                    let text = self
                        .session
                        .store()
                        .records_of_all(committed.changes.iter().map(|(hash, _)| hash));
                    let deed = committed.deed;
                    self.undo.went(way, Step { about, deed });
                    self.show(turn, committed.delta);
                    went = Some((about, text.into_iter().collect()));
                    break;
                }
                Err(failure) => return turn.page(FromWorker::Failed(failure)),
            }
        }
        let (about, records) = went.unzip();
        turn.page(FromWorker::Went {
            way,
            about,
            records: records.unwrap_or_default(),
        });
    }

    /// Shows the board as it was after so many steps; none ends that.
    pub fn past(&mut self, turn: &mut Turn<'_>, at: Option<u32>) {
        let Some(at) = at else {
            self.past = None;
            return;
        };
        self.all_drafts_end(turn);
        let mut past = match self.past.take() {
            Some(past) => past,
            // Of a finished board, without what came too late.
            None => Past::of(self.shown()),
        };
        let number = |steps: usize| u32::try_from(steps).unwrap_or(u32::MAX);
        let shown = past.go(usize::try_from(at).unwrap_or(usize::MAX));
        turn.page(FromWorker::Past(Box::new(PastShown {
            at: number(past.at()),
            of: number(past.steps()),
            when: past.when(),
            turn: shown,
        })));
        self.past = Some(past);
    }

    /// Commits, puts the changes in line for the disk together with `also`, and remembers to share them from there.
    fn commit(
        &mut self,
        turn: &mut Turn<'_>,
        commands: &[Command],
        also: Vec<Op>,
    ) -> Result<Committed, Failure> {
        if self.keys.role() == Role::Observer {
            let detail = "an observer's link only reads".to_owned();
            return Err(Failure::CommandRefused { detail });
        }
        let actors = self.session.store().actors().len();
        let store = self.session.store_mut();
        let committed = store
            .commit(turn.now.wall, turn.rng, commands)
            .map_err(|error| Failure::CommandRefused {
                detail: error.to_string(),
            })?;
        let mut ops = also;
        for (hash, chunk) in &committed.changes {
            rows::put_chunk(self.board, *hash, chunk, ChunkState::Applied, &mut ops);
        }
        let minted = self
            .session
            .store()
            .actors()
            .get(actors..)
            .unwrap_or_default();
        ops.extend(
            minted
                .iter()
                .map(|actor| rows::put_actor(self.board, *actor)),
        );
        let ticket = turn.write(Write { guard: None, ops });
        self.on_the_way.insert(ticket, committed.changes.clone());
        Ok(committed)
    }

    /// Takes a keystroke.
    pub fn typed(&mut self, turn: &mut Turn<'_>, draft: Draft, caret: Option<u32>) {
        if !self.may_write() {
            return;
        }
        let text = draft.text;
        let journalled = self.drafts.typed(turn.now.monotonic, draft, caret);
        let op = rows::put_draft(self.board, journalled);
        turn.write(Write {
            guard: None,
            ops: vec![op],
        });
        if self.peers.writing().any(|theirs| theirs == text) {
            self.drafts.somebody_else(turn.now.monotonic, text);
        }
        self.present(turn);
    }

    /// Makes a change of what was typed into a text.
    pub fn draft_ends(&mut self, turn: &mut Turn<'_>, text: TextId) {
        let Some(draft) = self.drafts.take(text) else {
            return;
        };
        let done = vec![rows::delete_draft(self.board, text)];
        match self.commit(turn, &[Command::CommitDraft(draft.clone())], done) {
            Ok(mut committed) => {
                let deed = std::mem::take(&mut committed.deed);
                self.undo.did(deed, self.session.store().view());
                self.draft_committed(turn, &draft, committed);
            }
            Err(failure) => {
                self.drafts.stuck(turn.now.monotonic, draft);
                turn.page(FromWorker::Failed(failure));
            }
        }
        self.present(turn);
    }

    fn draft_committed(&mut self, turn: &mut Turn<'_>, draft: &Draft, committed: Committed) {
        let now = self
            .document()
            .view()
            .texts
            .get(&draft.text)
            .cloned()
            .unwrap_or_default();
        self.drafts.committed(draft, &now);
        turn.page(FromWorker::DraftCommitted {
            text: draft.text,
            own: draft.own.clone(),
            now,
        });
        self.show(turn, committed.delta);
    }

    /// Makes changes of all that was typed.
    pub fn all_drafts_end(&mut self, turn: &mut Turn<'_>) {
        for text in self.drafts.running() {
            self.draft_ends(turn, text);
        }
    }

    /// Shows what changed by this person's hand.
    fn show(&mut self, turn: &mut Turn<'_>, delta: Delta) {
        // A finished board is shown as it was finished.
        if !delta.is_empty() && self.finished.is_none() {
            let others_drafts = self.peers.changed(&delta) || !self.other_tabs.is_empty();
            turn.page(FromWorker::Delta(delta));
            self.keeping.changed(turn.now.monotonic);
            if others_drafts {
                self.tell_peers(turn);
            }
        }
    }

    /// Shows what changed by somebody else's hand.
    fn show_others(&mut self, turn: &mut Turn<'_>, delta: Delta) {
        for change in &delta.texts {
            self.drafts.somebody_else(turn.now.monotonic, change.id);
        }
        self.show(turn, delta);
    }

    /// Notes where the person is looking.
    pub fn look(&mut self, turn: &mut Turn<'_>, section: Option<SectionId>) {
        self.looking = section;
        self.present(turn);
    }

    /// Tells the others what the person is doing.
    fn present(&mut self, turn: &mut Turn<'_>) {
        let doing = self.doing();
        turn.tabs(self.board, TabNews::Doing(doing.clone()));
        if matches!(self.lead, Lead::Leading { .. }) {
            self.run(turn, Input::Presence(doing));
        }
    }

    fn doing(&self) -> Doing {
        let draft = self.drafts.latest();
        Doing {
            person: self.row.me,
            section: self.looking,
            draft: draft.map(|(draft, caret)| peers::edit_of(draft, caret)),
        }
    }

    /// Gives the person's name.
    pub fn name(&mut self, turn: &mut Turn<'_>, name: String) {
        let id = self.row.me;
        let known = self.document().view().people.get(&id);
        if known.is_none_or(|person| person.name != name) {
            self.commands(turn, &[Command::SetPerson { id, name }]);
        }
    }

    /// Sets the board's title, which only a facilitator can.
    pub fn title(&mut self, turn: &mut Turn<'_>, title: &str) {
        let value = Title::new(title).encode();
        let registers = self.session.registers();
        match registers.seal_value(&self.keys, &RegisterName::Title, &value) {
            Ok(envelope) => self.register(turn, envelope),
            Err(error) => {
                let detail = error.to_string();
                turn.page(FromWorker::Failed(Failure::CommandRefused { detail }));
            }
        }
    }

    /// Says what is kept of the board already, to be shown at once.
    pub const fn is_kept(&mut self, kept: Option<Digest>) {
        self.keeping.kept = kept;
    }

    /// Keeps what is shown, for the page to have it at once next time. Only the tab that syncs does.
    pub fn keep_view(&mut self, turn: &mut Turn<'_>) {
        let (Some(guard), Some(_)) = (self.lead.guard(), self.keeping.due()) else {
            return;
        };
        self.keeping.done();
        let view = self.shown().view();
        let (digest, bytes) = glimpse::write(turn.build, view, self.standing());
        if self.keeping.kept.replace(digest) != Some(digest) {
            turn.out.push(Output::KeepView(guard, bytes));
        }
    }

    /// When the view is to be kept; never by a tab that may not.
    fn keeps_at(&self) -> Option<Monotonic> {
        self.lead.guard().and(self.keeping.due())
    }

    /// The name that files of this board are given.
    #[must_use]
    pub fn title_text(&self) -> &str {
        &self.row.title
    }

    /// This device's person.
    #[must_use]
    pub const fn me(&self) -> PersonId {
        self.row.me
    }

    fn put_row(&self, turn: &mut Turn<'_>) {
        let op = rows::put_board(self.board, &self.row);
        turn.write(Write {
            guard: None,
            ops: vec![op],
        });
    }

    /// When everything was last shared, as far as the disk remembers.
    const fn kept_last_shared(&self) -> Option<UnixMillis> {
        self.row.last_shared
    }
}
