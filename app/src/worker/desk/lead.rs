//! Who syncs this board among the tabs of this browser: the lease as one tab goes through it.

use samsyn_shared::ids::BoardId;
use samsyn_shared::sync::ChangeStore;
use samsyn_shared::sync::session::Input;
use samsyn_shared::time::Monotonic;

use super::Desk;
use crate::core::messages::{FromWorker, StorageFailure};
use crate::worker::io::Output;
use crate::worker::lease::{self, ANSWER, Claim, Claimed, HEARTBEAT, Lease, Term};
use crate::worker::rows;
use crate::worker::save_state::Health;
use crate::worker::tabs::{TabMessage, TabNews, TabStatus};
use crate::worker::turn::Turn;
use crate::worker::writes::Guard;

/// Whether this tab syncs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lead {
    /// Another tab holds a fresh lease and was asked whether it lives.
    Asking {
        /// Its term.
        term: Term,
        /// When the lease is taken over if nobody answers.
        until: Monotonic,
    },
    /// A claim is on its way to the database.
    Claiming,
    /// This tab.
    Leading {
        /// What its transactions check; none where there is no database to check it in.
        guard: Option<Guard>,
        /// When to say that it lives.
        beat: Monotonic,
    },
    /// Another tab.
    Following {
        /// When to see whether it lives.
        look: Monotonic,
        /// How it says that sync stands.
        status: TabStatus,
    },
}

impl Lead {
    /// What a claim led to.
    pub(super) fn begin(turn: &mut Turn<'_>, board: BoardId, claimed: &Claimed) -> Self {
        let now = turn.now.monotonic;
        match claimed {
            Claimed::Held(lease) => Self::Leading {
                guard: guard(turn, board, lease),
                beat: now.plus(HEARTBEAT),
            },
            Claimed::Elsewhere(lease) => {
                turn.tabs(board, TabNews::WhoLeads);
                Self::Asking {
                    term: lease.term,
                    until: now.plus(ANSWER),
                }
            }
        }
    }

    /// What a transaction of the session checks.
    pub(super) const fn guard(&self) -> Option<Guard> {
        match self {
            Self::Leading { guard, .. } => *guard,
            Self::Asking { .. } | Self::Claiming | Self::Following { .. } => None,
        }
    }

    pub(super) const fn leads(&self) -> bool {
        match self {
            Self::Leading { .. } => true,
            Self::Asking { .. } | Self::Claiming | Self::Following { .. } => false,
        }
    }

    pub(super) const fn next_wake(&self) -> Option<Monotonic> {
        match self {
            Self::Asking { until, .. } => Some(*until),
            Self::Leading { beat, .. } => Some(*beat),
            Self::Following { look, .. } => Some(*look),
            Self::Claiming => None,
        }
    }
}

fn guard(turn: &Turn<'_>, board: BoardId, lease: &Lease) -> Option<Guard> {
    match turn.health {
        Health::Never(_) => None,
        Health::Works | Health::Fails(_) => Some(Guard {
            board,
            holder: turn.tab,
            term: lease.term,
        }),
    }
}

impl Desk {
    /// Does what the lease asks for at this time.
    pub(super) fn lead_tick(&mut self, turn: &mut Turn<'_>) {
        let now = turn.now.monotonic;
        match &mut self.lead {
            Lead::Asking { term, until } if *until <= now => {
                let claim = Claim::Unanswered(*term);
                self.claim(turn, claim);
            }
            Lead::Leading { beat: next, .. } | Lead::Following { look: next, .. }
                if *next <= now =>
            {
                *next = now.plus(HEARTBEAT);
                turn.out.push(Output::Look(self.board));
            }
            Lead::Asking { .. }
            | Lead::Claiming
            | Lead::Leading { .. }
            | Lead::Following { .. } => {}
        }
    }

    fn claim(&mut self, turn: &mut Turn<'_>, how: Claim) {
        self.lead = Lead::Claiming;
        turn.out.push(Output::Load(self.board, how));
    }

    /// Takes what the lease says: the holder's own renewal, or what a tab that does not sync found.
    pub fn looked(&mut self, turn: &mut Turn<'_>, found: Option<Lease>) {
        let mine = self.lead.guard().map(|guard| guard.term);
        match (&self.lead, found) {
            (Lead::Leading { guard: Some(_), .. }, Some(lease))
                if !lease::may_write(Some(lease), turn.tab, mine.unwrap_or(lease.term)) =>
            {
                self.displaced(turn);
            }
            (Lead::Following { .. }, found) if lease::is_free(turn.now.wall, found) => {
                self.claim(turn, Claim::Polite);
            }
            (
                Lead::Asking { .. }
                | Lead::Claiming
                | Lead::Leading { .. }
                | Lead::Following { .. },
                _,
            ) => {}
        }
    }

    /// Another tab syncs now.
    pub fn displaced(&mut self, turn: &mut Turn<'_>) {
        self.stop_sync(turn);
        let look = turn.now.monotonic.plus(HEARTBEAT);
        self.lead = Lead::Following {
            look,
            status: TabStatus::default(),
        };
    }

    /// What became of a claim made while the board was open.
    pub fn claimed(
        &mut self,
        turn: &mut Turn<'_>,
        outcome: Result<Box<crate::worker::io::Stored>, StorageFailure>,
    ) {
        match outcome {
            Ok(stored) => self.take_over(turn, &stored),
            Err(_) => {
                let look = turn.now.monotonic.plus(HEARTBEAT);
                self.lead = Lead::Following {
                    look,
                    status: TabStatus::default(),
                };
            }
        }
    }

    /// Takes what another tab says about this board.
    pub fn heard(&mut self, turn: &mut Turn<'_>, message: TabMessage) {
        match message.what {
            TabNews::WhoLeads => self.answer(turn),
            TabNews::ILead(term) => self.is_led(turn, term),
            TabNews::LeaseFree => self.lease_free(turn),
            TabNews::Changes(changes) => self.take_changes(turn, changes),
            TabNews::Status(status) => self.take_status(turn, status),
            TabNews::Title(title) => self.take_title(turn, title),
            TabNews::Register(envelope) => self.take_register(turn, envelope),
            TabNews::Finish if self.lead.leads() => self.finish(turn),
            TabNews::Finish => {}
            TabNews::Doing(doing) => self.take_doing(turn, message.from, doing),
            TabNews::Peers(peers) => self.take_peers(turn, &peers),
            TabNews::Forgotten => {}
        }
    }

    fn answer(&mut self, turn: &mut Turn<'_>) {
        if let Some(guard) = self.lead.guard() {
            turn.tabs(self.board, TabNews::ILead(guard.term));
            self.told.status = None;
            turn.tabs(self.board, TabNews::Title(self.row.title.clone()));
        }
    }

    fn is_led(&mut self, turn: &mut Turn<'_>, theirs: Term) {
        match &self.lead {
            Lead::Asking { term, .. } if theirs >= *term => {
                let look = turn.now.monotonic.plus(HEARTBEAT);
                self.lead = Lead::Following {
                    look,
                    status: TabStatus::default(),
                };
            }
            Lead::Asking { .. }
            | Lead::Claiming
            | Lead::Leading { .. }
            | Lead::Following { .. } => {}
        }
    }

    fn lease_free(&mut self, turn: &mut Turn<'_>) {
        if matches!(self.lead, Lead::Asking { .. } | Lead::Following { .. }) {
            self.claim(turn, Claim::Polite);
        }
    }

    /// The changes are on the disk already, put there by the tab that made or received them.
    fn take_changes(&mut self, turn: &mut Turn<'_>, changes: Vec<super::LocalChange>) {
        if self.lead.leads() {
            return self.run(turn, Input::LocalChanges(changes));
        }
        let chunks: Vec<&[u8]> = changes.iter().map(|(_, chunk)| chunk.as_slice()).collect();
        let receipt = self.session.store_mut().receive(&chunks);
        self.show_others(turn, receipt.delta);
    }

    fn take_status(&mut self, turn: &mut Turn<'_>, theirs: TabStatus) {
        match &mut self.lead {
            Lead::Following { status, look } => {
                *status = theirs;
                *look = turn.now.monotonic.plus(HEARTBEAT);
            }
            Lead::Asking { .. } | Lead::Claiming | Lead::Leading { .. } => {}
        }
    }

    fn take_title(&mut self, turn: &mut Turn<'_>, title: String) {
        if !self.lead.leads() && self.row.title != title {
            self.row.title.clone_from(&title);
            turn.page(FromWorker::Title(title));
        }
    }

    fn take_register(&mut self, turn: &mut Turn<'_>, envelope: Vec<u8>) {
        if self.lead.leads() {
            self.run(turn, Input::Register(envelope));
        }
    }

    /// Closes the board: what is in line for the disk stays in line, and the lease is free for the next tab.
    pub fn close(&mut self, turn: &mut Turn<'_>) {
        if let Some(guard) = self.lead.guard() {
            let save = self.save_state(turn);
            self.note_unshared(&save);
            let held = Lease {
                holder: guard.holder,
                term: guard.term,
                heartbeat: turn.now.wall,
            };
            let free = rows::put_lease(self.board, &lease::released(held));
            turn.write(self.put_guarded(vec![self.row_op(), free]));
            turn.tabs(self.board, TabNews::LeaseFree);
        }
        self.close_socket(turn);
    }
}
