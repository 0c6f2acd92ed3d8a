//! The rules of the board that the page shows beside those of another board, which is open beside it meanwhile, or of
//! a file. While the page looks, what is written on either board is compared again.

use samsyn_shared::archive;
use samsyn_shared::compare::{RuleText, compare, rules, stretches};
use samsyn_shared::ids::BoardId;
use samsyn_shared::seal::BoardKeys;
use samsyn_shared::time::{Monotonic, Now};

use super::files::failure;
use super::{AFTER_LEAVING, Host, Why, failed, link_failure};
use crate::core::messages::{CompareWith, Compared, Failure, FromWorker, GroupLink};
use crate::worker::desk::{Desk, Opening, Start};
use crate::worker::io::Output;
use crate::worker::writes::{Op, Write};

/// How long, in milliseconds, a board that this device has nothing of is waited for.
const PATIENCE: u64 = 12_000;

/// What the page compares with.
pub(super) struct Comparing {
    with: Side,
    until: Monotonic,
    told: Option<Told>,
    /// Nothing of the board was on this device before.
    pub(super) is_new: bool,
}

enum Side {
    Board(BoardId),
    File(String, Vec<RuleText>),
}

/// What both boards were called and how many changes they had when the page was told last.
type Told = [(String, usize); 2];

impl Comparing {
    pub(super) fn is_with(&self, board: BoardId) -> bool {
        matches!(self.with, Side::Board(it) if it == board)
    }

    /// When a board that does not come is given up.
    pub(super) fn next_wake(&self) -> Option<Monotonic> {
        match self.with {
            Side::Board(_) if self.told.is_none() => Some(self.until),
            Side::Board(_) | Side::File(..) => None,
        }
    }
}

impl Host {
    /// Compares the open board's rules with these from now on; none ends that. What does not read changes nothing.
    pub(super) fn compare(&mut self, now: Now, out: &mut Vec<Output>, with: Option<CompareWith>) {
        let Some(with) = with else {
            return self.end_comparing(now);
        };
        self.on_desk(now, out, |desk, turn| desk.all_drafts_end(turn));
        match self.side(with) {
            Ok(with) => {
                let but = match &with {
                    Side::Board(board) => Some(*board),
                    Side::File(..) => None,
                };
                self.leave_compared(now, but);
                self.comparing = Some(Comparing {
                    with,
                    until: now.monotonic.plus(PATIENCE),
                    told: None,
                    is_new: false,
                });
            }
            Err(failure) => out.push(failed(failure)),
        }
    }

    fn side(&mut self, with: CompareWith) -> Result<Side, Failure> {
        let opening = match with {
            CompareWith::File(bytes) => {
                let file = archive::read_file(&bytes).map_err(|it| failure(&it))?;
                let damaged = |detail: String| Failure::FileDamaged { detail };
                let (title, board) = file.board().map_err(|it| damaged(it.to_string()))?;
                return Ok(Side::File(title.to_owned(), rules(board.view())));
            }
            CompareWith::Board(board) => Opening {
                board,
                start: Start::Stored,
            },
            CompareWith::Link(code) => {
                let keys = BoardKeys::from_link(&code).map_err(link_failure)?;
                Opening {
                    board: keys.board(),
                    start: Start::Link(Box::new(keys)),
                }
            }
        };
        let board = opening.board;
        if self.is_open(board) {
            return Err(Failure::SameBoard);
        }
        match self.beside.get_mut(&board) {
            Some(beside) if matches!(beside.why, Why::Left(_)) => {
                beside.why = Why::Compared;
            }
            Some(_) => {}
            None => self.groups.want(opening),
        }
        Ok(Side::Board(board))
    }

    /// The board that was compared with goes on for a moment, as every board does that is left.
    pub(super) fn end_comparing(&mut self, now: Now) {
        self.comparing = None;
        self.leave_compared(now, None);
    }

    fn leave_compared(&mut self, now: Now, but: Option<BoardId>) {
        let until = now.monotonic.plus(AFTER_LEAVING);
        for (board, beside) in &mut self.beside {
            if beside.why == Why::Compared && Some(*board) != but {
                beside.why = Why::Left(until);
            }
        }
    }

    /// Tells the page how the rules compare, if that can have changed.
    pub(super) fn tend_comparing(&mut self, now: Now, out: &mut Vec<Output>) {
        let (Some(desk), Some(comparing)) = (&self.desk, &self.comparing) else {
            return;
        };
        let other = match &comparing.with {
            Side::File(..) => None,
            Side::Board(board) => match self.beside.get(board).map(|it| &it.desk) {
                Some(desk) if comparing.told.is_some() || has_come(desk) => Some(desk),
                Some(_) if now.monotonic >= comparing.until => return self.give_up(now, out),
                Some(_) | None => return,
            },
        };
        let state = |desk: &Desk| (desk.title_text().to_owned(), desk.change_count());
        let theirs = match (&comparing.with, other) {
            (Side::File(title, _), _) => (title.clone(), 0),
            (Side::Board(_), desk) => desk.map(state).unwrap_or_default(),
        };
        let told = [state(desk), theirs];
        if comparing.told.as_ref() == Some(&told) {
            return;
        }
        let rules_of = |desk: &Desk| rules(desk.shown().view());
        let theirs = match &comparing.with {
            Side::File(_, rules) => rules.clone(),
            Side::Board(_) => other.map(rules_of).unwrap_or_default(),
        };
        let found = compare(rules_of(desk), theirs);
        let worded = found.different.iter();
        let worded = worded.map(|(ours, theirs)| stretches(&ours.text, &theirs.text));
        out.push(Output::Page(FromWorker::Compared(Box::new(Compared {
            titles: told.clone().map(|it| it.0),
            worded: worded.collect(),
            found,
        }))));
        if let Some(comparing) = &mut self.comparing {
            comparing.told = Some(told);
        }
    }

    /// The board cannot be fetched. If nothing of it was here before, nothing of it stays.
    fn give_up(&mut self, now: Now, out: &mut Vec<Output>) {
        let new = self.comparing.take().filter(|it| it.is_new);
        self.end_comparing(now);
        if let Some(Side::Board(board)) = new.map(|it| it.with) {
            self.end_beside(now, out, board);
            self.rows.remove(&board);
            let ops = vec![Op::Forget(board)];
            self.writes.push(Write { guard: None, ops });
        }
        out.push(failed(Failure::BoardOutOfReach));
    }
}

/// Whether there is something of the board to compare with: what is stored of it, or what others have.
fn has_come(desk: &Desk) -> bool {
    let sections = &desk.shown().view().sections;
    !sections.is_empty() || desk.group_live().link == GroupLink::Online
}
