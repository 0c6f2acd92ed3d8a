//! Merging other boards into the one that the page shows: the sources, a preview of what they would do, and doing it.

use std::collections::{BTreeMap, BTreeSet};

use samsyn_shared::archive;
use samsyn_shared::board::merge::{PlaceBy, SourceBoard, settle_sources};
use samsyn_shared::ids::BoardId;
use samsyn_shared::seal::BoardKeys;
use samsyn_shared::time::{Monotonic, Now};

use super::files::failure;
use super::{Host, Why, failed, link_failure};
use crate::core::messages::{
    Failure, FromWorker, GroupLink, MergeOffer, MergeStep, OfferedSource, Watch,
};
use crate::worker::desk::{Desk, Opening, Start};
use crate::worker::io::Output;

/// For how long, in milliseconds, the worker does other things between two previews while groups go on writing. A
/// preview of a large board takes seconds, and nothing is fetched or saved meanwhile.
const BETWEEN_OFFERS: u64 = 1_500;
/// For how long, in milliseconds, the first preview waits for boards that are still being read or fetched.
const FOR_GROUPS: u64 = 3_000;

/// What is about to be merged.
#[derive(Default)]
pub(super) struct Tray {
    files: Vec<SourceBoard>,
    /// Other boards, in the order in which the person chose them: that of their lanes.
    boards: Vec<BoardId>,
    without: BTreeSet<BoardId>,
    place: PlaceBy,
    /// What the groups' boards held when the page was told last: their changes' numbers.
    offered: Option<Vec<(BoardId, usize)>>,
    next: Monotonic,
    /// Whether nothing has been done since the last preview.
    fresh: bool,
    /// Until when groups' boards are waited for.
    patience: Monotonic,
}

/// How soon, in milliseconds, what groups go on writing is taken in again.
const BETWEEN_FOLLOWS: u64 = 1_500;

/// What has been taken in of the groups that are followed.
#[derive(Default)]
pub(super) struct Following {
    /// By board, how many changes it had.
    taken: BTreeMap<BoardId, usize>,
    next: Monotonic,
}

impl Host {
    /// Whether what merged groups go on writing is taken in as it comes.
    pub(super) fn follow(&mut self, watch: Watch) {
        self.following = match watch {
            Watch::On => Some(self.following.take().unwrap_or_default()),
            Watch::Off => None,
        };
    }

    pub(super) fn is_merged(&self, board: BoardId) -> bool {
        let sources = self
            .desk
            .as_ref()
            .map(|it| &it.shown().view().merged.sources);
        sources
            .and_then(|it| it.get(&board))
            .is_some_and(|it| it.shown)
    }

    /// The followed boards that have written since they were last taken in, with their numbers of changes.
    fn followed_changes(&mut self) -> Vec<(BoardId, usize)> {
        let followed = self.followed_boards();
        let Some(following) = self.following.as_ref().filter(|_| self.tray.is_none()) else {
            return Vec::new();
        };
        let open = self.beside.iter();
        let open = open.filter(|(board, _)| followed.contains(board));
        let counts = open.map(|(board, it)| (*board, it.desk.change_count()));
        counts
            .filter(|(board, count)| following.taken.get(board) != Some(count))
            .collect()
    }

    /// Takes in what the merged groups have written. There is nothing to take back: their boards are shown already.
    pub(super) fn take_in_followed(&mut self, now: Now, out: &mut Vec<Output>) {
        let changed = self.followed_changes();
        let due = self.following.as_ref().map(|it| it.next);
        self.next_follow = due.filter(|_| !changed.is_empty());
        if self.next_follow.is_none_or(|due| now.monotonic < due) {
            return;
        }
        let desks = changed
            .iter()
            .filter_map(|(board, _)| self.beside.get(board));
        let desks = desks.map(|it| &it.desk);
        let sources = desks.flat_map(|it| SourceBoard::of_board(it.shown(), it.title_text()));
        let sources: Vec<SourceBoard> = sources.collect();
        self.on_desk(now, out, |desk, turn| desk.take_in_boards(turn, &sources));
        if let Some(following) = &mut self.following {
            following.taken.extend(changed);
            following.next = now.monotonic.plus(BETWEEN_FOLLOWS);
        }
        self.next_follow = None;
    }

    /// A step of the person's at merging.
    pub(super) fn merging(&mut self, now: Now, out: &mut Vec<Output>, step: MergeStep) {
        match step {
            MergeStep::Begin => {
                self.watch_groups(now, Watch::On);
                self.tray = Some(Tray {
                    patience: now.monotonic.plus(FOR_GROUPS),
                    ..Tray::default()
                });
            }
            MergeStep::Place(place) => self.on_tray(|tray| tray.place = place),
            MergeStep::With(board) => self.on_tray(|tray| tray.without.retain(|it| *it != board)),
            MergeStep::Without(board) => self.on_tray(|tray| tray.without.extend([board])),
            MergeStep::Board(board) => {
                let start = Start::Stored;
                self.add_source(out, Opening { board, start });
            }
            MergeStep::Link(code) => match BoardKeys::from_link(&code) {
                Ok(keys) => {
                    let board = keys.board();
                    let start = Start::Link(Box::new(keys));
                    self.add_source(out, Opening { board, start });
                }
                Err(error) => out.push(failed(link_failure(error))),
            },
            MergeStep::File(bytes) => self.take_file(out, &bytes),
            MergeStep::Apply(choices) => {
                let sources = self.sources();
                let sources = self.wanted(sources);
                self.on_desk(now, out, |desk, turn| {
                    desk.bring_together(turn, &sources, &choices)
                });
                // The page waits for what is merged, and hardly for another preview.
                if let Some(tray) = &mut self.tray {
                    tray.files.clear();
                    tray.offered = None;
                    tray.next = now.monotonic.plus(BETWEEN_OFFERS);
                }
            }
            MergeStep::End => self.tray = None,
        }
    }

    /// What is offered is not what it was.
    fn on_tray(&mut self, change: impl FnOnce(&mut Tray)) {
        if let Some(tray) = &mut self.tray {
            change(tray);
            tray.offered = None;
            tray.next = Monotonic::default();
            tray.fresh = false;
        }
    }

    fn add_source(&mut self, out: &mut Vec<Output>, opening: Opening) {
        let board = opening.board;
        if self.is_open(board) {
            return out.push(failed(Failure::SameBoard));
        }
        match self.beside.get_mut(&board) {
            Some(beside) if matches!(beside.why, Why::Left(_)) => beside.why = Why::Group,
            Some(_) => {}
            None => self.groups.want(opening),
        }
        self.on_tray(|tray| {
            tray.without.remove(&board);
            tray.boards.retain(|it| *it != board);
            tray.boards.push(board);
        });
    }

    fn take_file(&mut self, out: &mut Vec<Output>, bytes: &[u8]) {
        let file = match archive::read_file(bytes) {
            Ok(file) => file,
            Err(error) => return out.push(failed(failure(&error))),
        };
        match SourceBoard::of_file(&file) {
            Ok(sources) => self.on_tray(|tray| tray.files.extend(sources)),
            Err(error) => {
                let detail = error.to_string();
                out.push(failed(Failure::FileDamaged { detail }));
            }
        }
    }

    /// All that can be merged.
    fn sources(&mut self) -> Vec<SourceBoard> {
        let groups = self.groups_of_page();
        let (Some(desk), Some(tray)) = (&self.desk, &self.tray) else {
            return Vec::new();
        };
        let boards = groups.iter().map(|it| it.keys.board());
        let mut boards: Vec<BoardId> = boards.collect();
        let others = tray.boards.iter().filter(|it| !boards.contains(it));
        let others: Vec<BoardId> = others.copied().collect();
        boards.extend(others);
        let open = boards.iter().filter_map(|it| self.beside.get(it));
        let boards = open.map(|it| &it.desk);
        let boards = boards.flat_map(|it| SourceBoard::of_board(it.shown(), it.title_text()));
        let mut sources: Vec<SourceBoard> = boards.chain(tray.files.iter().cloned()).collect();
        sources.retain(|it| it.source.board != desk.board());
        settle_sources(desk.shown().view(), &groups, tray.place, &mut sources);
        sources
    }

    /// Those that the person wants.
    fn wanted(&self, mut sources: Vec<SourceBoard>) -> Vec<SourceBoard> {
        sources.retain(|it| self.is_wanted(it.source.board));
        sources
    }

    fn is_wanted(&self, board: BoardId) -> bool {
        let tray = self.tray.as_ref();
        tray.is_none_or(|tray| !tray.without.contains(&board))
    }

    /// What the groups' boards hold: their changes' numbers.
    fn held(&self) -> Vec<(BoardId, usize)> {
        let boards = self.beside.iter();
        boards
            .map(|(id, it)| (*id, it.desk.change_count()))
            .collect()
    }

    /// Whether groups' boards are still being read, or fetched over a connection that there is.
    fn groups_come(&self) -> bool {
        let connected = self.desk.as_ref().map(Desk::group_link) == Some(GroupLink::Online);
        let mut boards = self.beside.values();
        self.groups.are_opening()
            || connected && boards.any(|it| it.desk.group_link() != GroupLink::Online)
    }

    /// Previews anew where groups have written since, though not all the time.
    pub(super) fn offer_again(&mut self, now: Now, out: &mut Vec<Output>) {
        if let Some(tray) = &mut self.tray
            && std::mem::take(&mut tray.fresh)
        {
            tray.next = now.monotonic.plus(BETWEEN_OFFERS);
        }
        if self.next_offer().is_none_or(|due| now.monotonic < due) {
            return;
        }
        let held = self.held();
        if let Some(tray) = &mut self.tray {
            tray.offered = Some(held);
            tray.fresh = true;
        }
        self.offer(now, out);
    }

    /// When a preview that waits is due.
    pub(super) fn next_offer(&self) -> Option<Monotonic> {
        let tray = self.tray.as_ref()?;
        let due = if self.groups_come() {
            tray.next.max(tray.patience)
        } else {
            tray.next
        };
        (tray.offered.as_ref() != Some(&self.held())).then_some(due)
    }

    fn offer(&mut self, now: Now, out: &mut Vec<Output>) {
        let all = self.sources();
        let sources = all.iter().map(|it| OfferedSource {
            wanted: self.is_wanted(it.source.board),
            source: it.source.clone(),
        });
        let mut sources: Vec<OfferedSource> = sources.collect();
        let wanted = self.wanted(all);
        let (Some(desk), Some(tray)) = (&self.desk, &self.tray) else {
            return;
        };
        match desk.shown().preview(now.wall, &mut self.rng, &wanted) {
            Ok(preview) => {
                sources.sort_by_key(|it| (it.source.number, it.source.board));
                sources.dedup_by_key(|it| it.source.board);
                out.push(Output::Page(FromWorker::MergeOffer(Box::new(MergeOffer {
                    place: tray.place,
                    sources,
                    preview,
                }))));
            }
            Err(error) => {
                let detail = error.to_string();
                out.push(failed(Failure::CommandRefused { detail }));
            }
        }
    }
}
