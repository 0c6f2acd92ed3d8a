//! What the page is told of an open board, each thing when it changes: save state, unshared records, who is here.

use std::collections::BTreeSet;

use samsyn_shared::board::undo::Way;
use samsyn_shared::ids::PresenceId;
use samsyn_shared::records::RecordId;
use samsyn_shared::sync::presence::{Doing, Peer as Present};
use samsyn_shared::time::Monotonic;

use super::{Desk, Lead};
use crate::core::messages::{FromWorker, Peer, PeerDraft, SaveState, Standing, Steps};
use crate::worker::lease::TabId;
use crate::worker::save_state::{self, Own, Syncing};
use crate::worker::tabs::{TabNews, TabStatus};
use crate::worker::turn::Turn;

/// A draft in another tab of this browser is shown for this long, in milliseconds, after its last keystroke.
const OTHER_TAB_LASTS: u64 = 4_000;

/// What the page and the other tabs were told last.
#[derive(Clone, Debug, Default)]
pub struct Told {
    pub(super) save: Option<SaveState>,
    pub(super) standing: Standing,
    steps: Steps,
    pub(super) status: Option<TabStatus>,
    unshared: Vec<RecordId>,
    peers: Vec<Peer>,
}

impl Desk {
    /// The save state as it is now.
    pub(super) fn save_state(&self, turn: &Turn<'_>) -> SaveState {
        let status = self.session.status();
        let syncing = match &self.lead {
            Lead::Asking { .. } | Lead::Claiming => Syncing::Unclear(status),
            Lead::Leading { .. } => Syncing::Here(status, self.attempt),
            Lead::Following { status, .. } => Syncing::Elsewhere(status),
        };
        let own = Own {
            changes: self.on_the_way.values().map(Vec::len).sum(),
            drafts: self.drafts.unshared(),
        };
        let storage = turn.health.storage(turn.writes.pending());
        save_state::save_state(storage, syncing, own, self.kept_last_shared())
    }

    /// Tells the page and the other tabs what has changed since they were told last.
    pub fn tell(&mut self, turn: &mut Turn<'_>) {
        self.tell_standing(turn);
        self.tell_save(turn);
        self.tell_steps(turn);
        let records = self.unshared_records();
        if records != self.told.unshared {
            self.told.unshared.clone_from(&records);
            turn.page(FromWorker::Unshared(records.clone()));
        }
        self.tell_tabs(turn, records);
    }

    fn tell_steps(&mut self, turn: &mut Turn<'_>) {
        let steps = Steps {
            back: self.undo.next(Way::Back),
            again: self.undo.next(Way::Again),
        };
        if steps != self.told.steps {
            self.told.steps = steps;
            turn.page(FromWorker::Steps(steps));
        }
    }

    fn tell_save(&mut self, turn: &mut Turn<'_>) {
        let save = self.save_state(turn);
        if self.told.save.as_ref() == Some(&save) {
            return;
        }
        if self.lead.leads() && save.unshared != self.row.unshared {
            self.note_unshared(&save);
            turn.write(self.put_guarded(vec![self.row_op()]));
        }
        self.told.save = Some(save.clone());
        turn.page(FromWorker::Save(save));
    }

    /// What the start screen says of this board when it is not open.
    pub(super) fn note_unshared(&mut self, save: &SaveState) {
        self.row.unshared = save.unshared;
        self.row.last_shared = save.last_shared;
    }

    fn tell_tabs(&mut self, turn: &mut Turn<'_>, records: Vec<RecordId>) {
        if !self.lead.leads() {
            return;
        }
        let status = self.session.status();
        let told = TabStatus {
            unshared: u32::try_from(status.unshared).unwrap_or(u32::MAX),
            records,
            last_shared: status.last_shared,
            obstacle: save_state::obstacle(status),
            standing: self.standing(),
            late: self.late(),
        };
        if self.told.status.as_ref() != Some(&told) {
            self.told.status = Some(told.clone());
            turn.tabs(self.board, TabNews::Status(told));
        }
    }

    fn unshared_records(&self) -> Vec<RecordId> {
        let board = self.document();
        let mut records: BTreeSet<RecordId> = match &self.lead {
            Lead::Following { status, .. } => status.records.iter().copied().collect(),
            Lead::Asking { .. } | Lead::Claiming | Lead::Leading { .. } => {
                let unshared = self.session.unshared();
                board.records_of_all(&unshared)
            }
        };
        let own = self.on_the_way.values().flatten();
        records.extend(board.records_of_all(own.map(|(hash, _)| hash)));
        records.into_iter().collect()
    }

    pub(super) fn take_peers(&mut self, turn: &mut Turn<'_>, present: &[Present]) {
        let now = turn.now.monotonic;
        self.peers.set(now, self.session.store().view(), present);
        for text in self.peers.writing() {
            self.drafts.somebody_else(now, text);
        }
        self.tell_peers(turn);
    }

    pub(super) fn take_doing(&mut self, turn: &mut Turn<'_>, from: TabId, doing: Doing) {
        if self.lead.leads() && doing.draft.is_some() {
            self.run(
                turn,
                samsyn_shared::sync::session::Input::Presence(doing.clone()),
            );
        }
        self.other_tabs
            .insert(from, (doing, turn.now.monotonic.plus(OTHER_TAB_LASTS)));
        self.tell_peers(turn);
    }

    /// Tells the page who is here; a draft in another tab of this browser is shown as a peer's while it lasts.
    pub(super) fn tell_peers(&mut self, turn: &mut Turn<'_>) {
        let view = self.session.store().view();
        let mut peers = self.peers.shown(view);
        let tabs = self.other_tabs.iter();
        peers.extend(tabs.filter_map(|(tab, (doing, _))| other_tab(view, *tab, doing)));
        if peers != self.told.peers {
            self.told.peers.clone_from(&peers);
            turn.page(FromWorker::Peers(peers));
        }
    }

    pub(super) fn peers_tick(&mut self, turn: &mut Turn<'_>) {
        let now = turn.now.monotonic;
        let before = self.other_tabs.len();
        self.other_tabs.retain(|_, (_, until)| *until > now);
        if self.peers.expire(now) || before != self.other_tabs.len() {
            self.tell_peers(turn);
        }
    }

    pub(super) fn peers_wake(&self) -> Option<Monotonic> {
        let tabs = self.other_tabs.values().map(|(_, until)| *until).min();
        [self.peers.next_wake(), tabs].into_iter().flatten().min()
    }
}

fn other_tab(view: &samsyn_shared::board::View, tab: TabId, doing: &Doing) -> Option<Peer> {
    let edit = doing.draft.as_ref()?;
    let draft = crate::worker::peers::shown_over(view.text(Some(edit.text)), edit)?;
    let name = view
        .people
        .get(&doing.person)
        .map(|person| person.name.clone());
    Some(Peer {
        presence: PresenceId(tab.0),
        person: doing.person,
        name: name.unwrap_or_default(),
        section: doing.section,
        draft: Some(PeerDraft {
            text: edit.text,
            revision: view.revision(edit.text),
            value: draft,
            caret: edit.caret,
        }),
    })
}
