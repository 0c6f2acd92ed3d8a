//! What groups and merging ask of an open board.

use samsyn_shared::board::merge::{SourceBoard, copy_of_note};
use samsyn_shared::board::{Command, Delta, View};
use samsyn_shared::ids::{NoteId, SectionId};
use samsyn_shared::records::{Colour, Position, Presence, SectionKind};
use samsyn_shared::registers::Group;
use samsyn_shared::sync::session::{ChunkState, LinkStatus};
use samsyn_shared::time::UnixMillis;
use samsyn_shared::wall::{Footprint, NOTE_WIDTH, area, position};

use super::{Desk, Lead};
use crate::core::messages::{Failure, FromWorker, GroupLink, GroupLive};
use crate::worker::rows;
use crate::worker::turn::Turn;
use crate::worker::writes::Write;

/// What stays free between a note for all groups and the notes that hang there, in CSS pixels.
const CALL_MARGIN: i32 = 40;

impl Desk {
    /// How a group does, for whoever leads the main board.
    #[must_use]
    pub fn group_live(&self) -> GroupLive {
        let view = self.shown().view();
        let peers = self.peers.shown(view);
        let notes = view
            .notes
            .values()
            .filter(|it| it.presence == Presence::OnBoard);
        let rules = view
            .rules
            .values()
            .filter(|it| it.presence == Presence::OnBoard);
        let made = notes
            .clone()
            .map(|it| it.made)
            .chain(rules.clone().map(|it| it.made));
        let looked = peers.iter().filter_map(|it| it.section);
        let section = looked
            .filter_map(|it| view.sections.get(&it))
            .map(|it| view.text(it.title).to_owned())
            .next();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        GroupLive {
            link: self.group_link(),
            notes: number(notes.count()),
            rules: number(rules.count()),
            people: number(peers.len()),
            section: section.unwrap_or_default(),
            written: made.max(),
        }
    }

    /// How the board is connected here.
    pub fn group_link(&self) -> GroupLink {
        let online = self.session.status().link == LinkStatus::Online;
        match (&self.lead, online) {
            (Lead::Leading { .. }, true) | (Lead::Following { .. }, _) => GroupLink::Online,
            (Lead::Leading { .. } | Lead::Asking { .. } | Lead::Claiming, _) => GroupLink::Offline,
        }
    }

    /// Nobody has opened this board: the start screen shows it behind the one that it is open beside.
    pub fn stays_behind(&mut self, turn: &mut Turn<'_>, main: UnixMillis) {
        let before = UnixMillis(main.0 - 1);
        if self.row.opened > before {
            self.row.opened = before;
            self.put_row(turn);
        }
    }

    /// Whether something of it has still to reach the relay.
    #[must_use]
    pub fn shares(&self) -> bool {
        !self.on_the_way.is_empty() || self.session.status().unshared > 0
    }

    /// How many changes the document has.
    #[must_use]
    pub fn change_count(&self) -> usize {
        self.document().change_count()
    }

    /// Tells the board's members of a group whose board is on the disk.
    pub fn tell_of_group(&mut self, turn: &mut Turn<'_>, group: &Group) {
        match group.seal(&self.keys, self.session.registers()) {
            Ok(envelope) => self.register(turn, envelope),
            Err(error) => {
                let detail = error.to_string();
                turn.page(FromWorker::Failed(Failure::CommandRefused { detail }));
            }
        }
    }

    /// Hangs a note on the board's first wall, beside what hangs there. None if it cannot.
    pub fn call(&mut self, turn: &mut Turn<'_>, text: &str) -> Option<NoteId> {
        let (section, at) = self.beside_all()?;
        let id = NoteId::random(turn.rng);
        let note = Command::AddNote {
            id,
            section,
            quadrant: None,
            text: text.to_owned(),
            at,
            colour: Colour::Pink,
            author: Some(self.row.me),
        };
        let committed = self.commit(turn, &[note], Vec::new()).ok()?;
        self.undo.did(committed.deed, self.session.store().view());
        self.show(turn, committed.delta);
        Some(id)
    }

    /// The same with a copy of a note of another board. Whether it could.
    pub fn call_copy(&mut self, turn: &mut Turn<'_>, view: &View, note: NoteId) -> bool {
        let Some((section, at)) = self.beside_all() else {
            return false;
        };
        let commands = copy_of_note(view, turn.rng, note, section, at);
        let committed = self.commit(turn, &commands, Vec::new());
        committed.is_ok_and(|committed| {
            self.show(turn, committed.delta);
            true
        })
    }

    /// The first wall, and the place to the left of all that hangs there.
    fn beside_all(&self) -> Option<(SectionId, Position)> {
        let view = self.shown().view();
        let sections = view.sections_in_order().into_iter();
        let mut walls = sections.filter(|it| it.kind == SectionKind::Notes);
        let wall = walls.next().map(|it| it.id).filter(|_| self.may_write())?;
        let notes = view.notes_of(wall).into_iter();
        let notes = notes.map(|it| Footprint::of(it.at, view.text(it.text)));
        let corner = area(notes).map(|it| position(it.left, it.top));
        let at = corner.map_or_else(Position::default, |it| {
            Position::clamped(it.x - NOTE_WIDTH - CALL_MARGIN, it.y)
        });
        Some((wall, at))
    }

    /// Takes in the changes of other boards: shown are those of the boards that are merged.
    pub fn take_in_boards(&mut self, turn: &mut Turn<'_>, sources: &[SourceBoard]) {
        if !self.may_write() {
            return;
        }
        let imported = self.session.store_mut().import(sources);
        if imported.changes.is_empty() {
            return;
        }
        let mut ops = Vec::new();
        for (hash, chunk) in &imported.changes {
            rows::put_chunk(self.board, *hash, chunk, ChunkState::Applied, &mut ops);
        }
        let ticket = turn.write(Write { guard: None, ops });
        self.on_the_way.insert(ticket, imported.changes);
        self.show_others(turn, imported.delta);
    }

    /// Merges these boards and settles what was chosen: one step, which can be taken back.
    pub fn bring_together(
        &mut self,
        turn: &mut Turn<'_>,
        sources: &[SourceBoard],
        choices: &[Command],
    ) {
        if !self.may_write() {
            let detail = "the board takes no changes now".to_owned();
            return turn.page(FromWorker::Failed(Failure::CommandRefused { detail }));
        }
        self.all_drafts_end(turn);
        self.take_in_boards(turn, sources);
        let merges = sources.iter().map(|it| Command::Merge(it.source.clone()));
        let merges: Vec<Command> = merges.collect();
        let mut delta = Delta::default();
        let mut deed = None;
        for commands in [merges.as_slice(), choices] {
            match self.commit(turn, commands, Vec::new()) {
                Ok(committed) => {
                    delta.append(committed.delta);
                    deed = Some(match deed {
                        None => committed.deed,
                        Some(first) => committed.deed.after(first),
                    });
                }
                Err(failure) => turn.page(FromWorker::Failed(failure)),
            }
        }
        if let Some(deed) = deed {
            self.undo.did(deed, self.session.store().view());
        }
        self.show(turn, delta);
        turn.page(FromWorker::Merged);
    }
}
