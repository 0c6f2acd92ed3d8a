//! Boards made of the one that the page shows: the next one, and its groups, whose boards are open beside it, so that the
//! facilitator sees them live and can merge them, and so that a group that was made here reaches the relay.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use samsyn_shared::board::merge::{Begun, Carry, carried, copies};
use samsyn_shared::ids::{BoardId, EnvelopeHash, GroupId};
use samsyn_shared::records::Colour;
use samsyn_shared::registers::{Group, MAX_GROUPS};
use samsyn_shared::seal::{BoardKeys, Role};
use samsyn_shared::time::Now;

use super::{AFTER_LEAVING, Beside, Host, Why, failed};
use crate::core::messages::{
    Failure, FromWorker, GroupCard, GroupLink, StorageFailure, WantedGroups, Watch,
};
use crate::worker::desk::{Desk, Opening, Start};
use crate::worker::io::{Output, Stored};
use crate::worker::lease::Claim;
use crate::worker::turn::Audience;

/// A board that is to be opened beside: a group's, or one to compare with.
struct Wanted {
    opening: Opening,
    /// A group that is being made: the main board's members are told of it once its board is on the disk.
    new: Option<Box<Group>>,
}

/// What the host knows of groups.
#[derive(Default)]
pub(super) struct Groups {
    /// The groups of a board as its registers had them. Their keys are costly to derive, and asked for at every input.
    read: Option<(BoardId, Vec<EnvelopeHash>, Arc<[Group]>)>,
    watched: bool,
    waiting: VecDeque<Wanted>,
    opening: Option<Wanted>,
    told: Option<Vec<GroupCard>>,
    /// Boards that could not be opened; not tried again before the page asks anew.
    failed: BTreeSet<BoardId>,
}

impl Groups {
    pub(super) fn is_opening(&self, board: BoardId) -> bool {
        let opening = self.opening.as_ref();
        opening.is_some_and(|it| it.opening.board == board)
    }

    /// A board is to be opened beside that is no group.
    pub(super) fn want(&mut self, opening: Opening) {
        self.failed.remove(&opening.board);
        if !self.knows(opening.board) {
            let new = None;
            self.waiting.push_back(Wanted { opening, new });
        }
    }

    pub(super) fn are_opening(&self) -> bool {
        self.opening.is_some() || !self.waiting.is_empty()
    }

    fn knows(&self, board: BoardId) -> bool {
        let waiting = self.waiting.iter().chain(&self.opening);
        self.failed.contains(&board) || waiting.into_iter().any(|it| it.opening.board == board)
    }
}

impl Host {
    /// Makes groups of the open board: each gets copies of the chosen sections on a board of its own.
    pub(super) fn make_groups(&mut self, now: Now, out: &mut Vec<Output>, wanted: &WantedGroups) {
        let Some(desk) = &self.desk else {
            return;
        };
        let keys = desk.keys().clone();
        let former = self.groups_of_page();
        let Some(desk) = &self.desk else {
            return;
        };
        let first = former.last().map_or(0, |it| it.number.saturating_add(1));
        let room = MAX_GROUPS.saturating_sub(former.len());
        let sections = wanted.sections.iter().copied().collect();
        for (number, name) in (first..).zip(wanted.names.iter().take(room)) {
            let colour = usize::from(number) % Colour::ALL.len();
            let colour = Colour::ALL.get(colour).copied().unwrap_or_default();
            let id = GroupId::random(&mut self.rng);
            let Some(group) = Group::new(&keys, id, name, colour, number) else {
                let detail = "only a facilitator makes groups".to_owned();
                return out.push(failed(Failure::CommandRefused { detail }));
            };
            let view = desk.shown().view();
            let commands = copies(view, &mut self.rng, &sections, wanted.notes);
            self.groups.waiting.push_back(Wanted {
                opening: Opening {
                    board: group.keys.board(),
                    start: Start::New {
                        keys: Box::new(group.keys.clone()),
                        title: format!("{} – {}", desk.title_text(), group.name),
                        commands,
                    },
                },
                new: Some(Box::new(group)),
            });
        }
        self.watch_groups(now, Watch::On);
    }

    /// Makes the next board of what the open one has come to, and opens it.
    pub(super) fn carry_over(
        &mut self,
        now: Now,
        out: &mut Vec<Output>,
        carry: &Carry,
        title: String,
    ) {
        self.on_desk(now, out, |desk, turn| desk.all_drafts_end(turn));
        let Some(desk) = &self.desk else {
            return;
        };
        let begun = Begun {
            board: desk.board(),
            title: desk.title_text().to_owned(),
            at: now.wall,
        };
        let commands = carried(desk.shown().view(), &mut self.rng, begun, carry);
        let keys = Box::new(BoardKeys::generate(&mut self.rng));
        let board = keys.board();
        let start = Start::New {
            keys,
            title,
            commands,
        };
        self.open(now, out, board, start);
    }

    /// Whether the page looks at the groups.
    pub(super) fn watch_groups(&mut self, now: Now, watch: Watch) {
        match watch {
            Watch::On => {
                self.groups.watched = true;
                self.groups.told = None;
                self.groups.failed.clear();
            }
            Watch::Off => self.leave_groups(now),
        }
    }

    /// Hangs a note on the board, and a copy of it on the first wall of every group: where they are merged, it is one.
    pub(super) fn call_groups(&mut self, now: Now, out: &mut Vec<Output>, text: &str) {
        let mut note = None;
        self.on_desk(now, out, |desk, turn| note = desk.call(turn, text));
        let view = self.desk.as_ref().map(|it| it.shown().view().clone());
        let mut called = 0;
        for group in self.groups_of_page().iter() {
            if let (Some(note), Some(view)) = (note, &view) {
                self.on_beside(now, out, group.keys.board(), |desk, turn| {
                    called += u32::from(desk.call_copy(turn, view, note));
                });
            }
        }
        out.push(Output::Page(FromWorker::Called(called)));
    }

    /// The groups' boards go on for a moment, as every board does that is left, those that were made here until the
    /// relay has them, and those that are followed for as long as they are.
    pub(super) fn leave_groups(&mut self, now: Now) {
        self.groups.watched = false;
        self.tray = None;
        let until = now.monotonic.plus(AFTER_LEAVING);
        let followed = self.followed_boards();
        for (board, beside) in &mut self.beside {
            if beside.why == Why::Group && !followed.contains(board) {
                beside.why = if beside.desk.shares() {
                    Why::Sharing
                } else {
                    Why::Left(until)
                };
            }
        }
    }

    /// The page leaves the board whose groups they are.
    pub(super) fn leave_sharing(&mut self, now: Now) {
        let until = now.monotonic.plus(AFTER_LEAVING);
        for beside in self.beside.values_mut() {
            if beside.why == Why::Sharing {
                beside.why = Why::Left(until);
            }
        }
    }

    /// Opens the groups' boards one after the other, and tells the page how they do.
    pub(super) fn tend_groups(&mut self, now: Now, out: &mut Vec<Output>) {
        if self.groups.watched || self.following.is_some() {
            self.want_groups();
        }
        if self.groups.opening.is_none()
            && self.opening.is_none()
            && (self.writes.is_empty() || self.health.failure().is_some())
            && let Some(wanted) = self.groups.waiting.pop_front()
        {
            out.push(Output::Load(wanted.opening.board, Claim::Polite));
            self.groups.opening = Some(wanted);
        }
        if self.groups.watched {
            self.tell_groups(out);
            self.offer_again(now, out);
        }
        self.take_in_followed(now, out);
    }

    /// The groups of the open board.
    pub(super) fn groups_of_page(&mut self) -> Arc<[Group]> {
        let Some(desk) = &self.desk else {
            return Arc::default();
        };
        let registers = desk.session().registers();
        let now: Vec<EnvelopeHash> = registers.iter().map(|(_, it)| it.hash()).collect();
        if let Some((board, hashes, groups)) = &self.groups.read
            && (*board, hashes) == (desk.board(), &now)
        {
            return groups.clone();
        }
        let groups: Arc<[Group]> = registers.groups(desk.keys()).into();
        self.groups.read = Some((desk.board(), now, groups.clone()));
        groups
    }

    /// The boards of groups that are followed: those that are merged, while the person wants it and may write.
    pub(super) fn followed_boards(&mut self) -> BTreeSet<BoardId> {
        let writes = self.desk.as_ref().is_some_and(Desk::may_write);
        if self.following.is_none() || !writes {
            return BTreeSet::new();
        }
        let groups = self.groups_of_page();
        let boards = groups.iter().map(|it| it.keys.board());
        boards.filter(|it| self.is_merged(*it)).collect()
    }

    /// Groups that are not open yet: while the page does not look at them, only those that were merged.
    fn want_groups(&mut self) {
        let followed = self.followed_boards();
        for group in self.groups_of_page().iter() {
            let board = group.keys.board();
            if !self.groups.watched && !followed.contains(&board) {
                continue;
            }
            match self.beside.get_mut(&board) {
                Some(beside) => beside.why = Why::Group,
                None if self.groups.knows(board) => {}
                None => self.groups.waiting.push_back(Wanted {
                    opening: Opening {
                        board,
                        start: Start::Link(Box::new(group.keys.clone())),
                    },
                    new: None,
                }),
            }
        }
    }

    /// A board was read: it is opened beside.
    pub(super) fn group_loaded(
        &mut self,
        now: Now,
        out: &mut Vec<Output>,
        board: BoardId,
        stored: Result<Box<Stored>, StorageFailure>,
    ) {
        let Some(Wanted { opening, new }) = self.groups.opening.take() else {
            return;
        };
        let is_compared = self.comparing.as_ref().is_some_and(|it| it.is_with(board));
        let is_new = stored.as_ref().is_ok_and(|it| it.row.is_none());
        let Some(mut desk) = self.open_desk(now, out, opening, stored, Audience::Nobody) else {
            self.groups.failed.insert(board);
            self.comparing.take_if(|it| it.is_with(board));
            return;
        };
        if let Some(main) = self.desk.as_ref().map(|it| it.row().opened) {
            desk.stays_behind(&mut self.turn(now, out, Audience::Nobody), main);
        }
        self.rows.insert(board, desk.row().clone());
        let why = if is_compared {
            Why::Compared
        } else {
            Why::Group
        };
        if let Some(comparing) = self.comparing.as_mut().filter(|_| is_compared) {
            comparing.is_new = is_new;
        }
        self.beside.insert(board, Beside { desk, why });
        if !self.groups.watched {
            self.leave_groups(now);
        }
        if let Some(group) = new {
            self.on_desk(now, out, |desk, turn| desk.tell_of_group(turn, &group));
        }
    }

    fn tell_groups(&mut self, out: &mut Vec<Output>) {
        let groups = self.groups_of_page();
        let cards: Vec<GroupCard> = groups.iter().map(|it| self.card(it)).collect();
        let new = self.groups.waiting.iter().chain(&self.groups.opening);
        let making = new.filter(|it| it.new.is_some()).count();
        if making == 0 && self.groups.told.as_ref() != Some(&cards) {
            self.groups.told = Some(cards.clone());
            out.push(Output::Page(FromWorker::Groups(cards)));
        }
    }

    fn card(&self, group: &Group) -> GroupCard {
        let board = group.keys.board();
        let code = group.keys.link(Role::Participant);
        let code = code.or_else(|| group.keys.link(Role::Observer));
        let desk = self.beside.get(&board).map(|it| &it.desk);
        let live = desk.map(Desk::group_live);
        GroupCard {
            id: group.id,
            board,
            name: group.name.clone(),
            colour: group.colour,
            number: group.number,
            code: code.unwrap_or_default(),
            link: live.as_ref().map_or(GroupLink::Opening, |it| it.link),
            live: live.unwrap_or_default(),
        }
    }
}
