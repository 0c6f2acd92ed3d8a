//! The session's host: its outputs to the disk, the socket and the page, and the socket's events to it.

use samsyn_shared::sync::session::{ChunkState, Input, Output, Rejected, StoreWrite};
use samsyn_shared::sync::wire::Retry;
use samsyn_shared::time::Monotonic;

use super::{Desk, LocalChange};
use crate::core::messages::{Failure, FromWorker};
use crate::worker::io::{Output as HostOutput, SocketEvent, SocketId};
use crate::worker::rows;
use crate::worker::save_state::{self, Attempt};
use crate::worker::tabs::TabNews;
use crate::worker::turn::{Audience, Turn};
use crate::worker::writes::Ticket;

/// The socket of an open board.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Socket {
    /// None, and none is wanted.
    #[default]
    None,
    /// None until then.
    Waiting(Monotonic),
    /// Being opened.
    Opening(SocketId),
    /// Open.
    Open(SocketId),
}

impl Desk {
    /// Begins to sync, if this tab does.
    pub(super) fn begin_sync(&mut self, turn: &mut Turn<'_>) {
        if self.lead.leads() && !turn.relay.is_empty() {
            self.close_socket(turn);
            self.socket = Socket::Opening(turn.connect());
        }
    }

    /// Tries to connect at once, if it is about to.
    pub fn connect_now(&mut self, turn: &mut Turn<'_>) {
        match self.socket {
            Socket::Waiting(_) => self.socket = Socket::Opening(turn.connect()),
            Socket::None | Socket::Opening(_) | Socket::Open(_) => {}
        }
    }

    pub(super) fn close_socket(&mut self, turn: &mut Turn<'_>) {
        match self.socket {
            Socket::Opening(id) | Socket::Open(id) => turn.out.push(HostOutput::Close(id)),
            Socket::None | Socket::Waiting(_) => {}
        }
        self.socket = Socket::None;
    }

    /// Takes an event of the socket; one of an earlier socket means nothing.
    pub fn socket_event(&mut self, turn: &mut Turn<'_>, id: SocketId, event: SocketEvent) {
        match (self.socket, event) {
            (Socket::Opening(mine), SocketEvent::Opened) if mine == id => {
                self.socket = Socket::Open(id);
                self.run(turn, Input::Connected);
                // Who has a group's board open beside is not in the group.
                if turn.audience == Audience::Page {
                    let doing = self.doing();
                    self.run(turn, Input::Presence(doing));
                }
            }
            (Socket::Open(mine), SocketEvent::Frame(bytes)) if mine == id => {
                self.run(turn, Input::Frame(bytes));
            }
            (Socket::Opening(mine) | Socket::Open(mine), SocketEvent::Closed) if mine == id => {
                self.socket = Socket::None;
                self.attempt = Attempt::Again;
                self.sends.clear();
                self.run(turn, Input::Disconnected);
            }
            (Socket::None | Socket::Waiting(_) | Socket::Opening(_) | Socket::Open(_), _) => {}
        }
    }

    /// Gives the session an input and carries out what it answers.
    pub(super) fn run(&mut self, turn: &mut Turn<'_>, input: Input) {
        for output in self.session.handle(turn.now, turn.rng, input) {
            self.carry_out(turn, output);
        }
        self.flush(turn);
    }

    fn carry_out(&mut self, turn: &mut Turn<'_>, output: Output<samsyn_shared::board::Delta>) {
        match output {
            Output::Send(frame) => self.sends.push_back((self.barrier, frame)),
            Output::Write(write) => self.store(turn, write),
            Output::Delta(delta) => self.show_others(turn, delta),
            Output::Registers(_) => self.titled(turn),
            Output::Peers(peers) => {
                turn.tabs(self.board, TabNews::Peers(peers.clone()));
                self.take_peers(turn, &peers);
            }
            Output::Rejected(rejected) => report_rejected(turn, &rejected),
            Output::Held(held) => {
                let detail = held
                    .into_iter()
                    .map(|it| it.reason)
                    .next()
                    .unwrap_or_default();
                let count = self.session.status().held;
                turn.page(FromWorker::Failed(Failure::ChangeHeld { count, detail }));
            }
            Output::Refused(refused) => {
                let count = self.session.status().refused;
                let failure = Failure::ChangeHeld {
                    count,
                    detail: refused.reason,
                };
                turn.page(FromWorker::Failed(failure));
            }
            Output::Misbehaved(how) => {
                let detail = how.to_string();
                turn.page(FromWorker::Failed(Failure::RelayMisbehaved { detail }));
            }
            Output::Reconnect { after_ms } => {
                self.close_socket(turn);
                self.sends.clear();
                self.socket = Socket::Waiting(turn.now.monotonic.plus(after_ms));
            }
            Output::TieHeads => self.tie_heads(turn),
            Output::Status(_) => {}
        }
    }

    /// Puts the session's transaction in line. What it sends from here on waits for the disk if a batch was cut:
    /// the relay must never have bytes that a restart would seal differently.
    fn store(&mut self, turn: &mut Turn<'_>, write: StoreWrite) {
        let cut = !write.outbox_put.is_empty();
        let applied = write
            .chunks
            .iter()
            .filter(|chunk| chunk.state != ChunkState::Held);
        let news: Vec<LocalChange> = applied
            .filter(|chunk| !chunk.bytes.is_empty())
            .map(|chunk| (chunk.hash, chunk.bytes.clone()))
            .collect();
        let learnt = write.verify_keys;
        let mut ops = rows::session_ops(self.board, write);
        if let Some(keys) = learnt {
            self.learn(keys);
            ops.push(self.row_op());
        }
        let ticket = turn.write(self.put_guarded(ops));
        if cut {
            self.barrier = ticket;
        }
        if !news.is_empty() {
            turn.tabs(self.board, TabNews::Changes(news));
        }
    }

    /// Sends what may be sent.
    fn flush(&mut self, turn: &mut Turn<'_>) {
        let Socket::Open(id) = self.socket else {
            return;
        };
        while let Some((after, frame)) = self.sends.pop_front() {
            if after > self.settled {
                self.sends.push_front((after, frame));
                return;
            }
            turn.out.push(HostOutput::Send(id, frame));
        }
    }

    /// The outcome of these writes is known: their changes are shared from here on. Where the disk failed, too:
    /// then others are the only place that they can be safe in.
    pub fn settled(&mut self, turn: &mut Turn<'_>, tickets: &[Ticket]) {
        for ticket in tickets {
            self.settled = self.settled.max(*ticket);
            if let Some(changes) = self.on_the_way.remove(ticket) {
                self.share(turn, changes);
            }
        }
        self.flush(turn);
    }

    /// Whether everything that was done here was handed to the session.
    #[cfg(test)]
    pub(in crate::worker) fn keeps_nothing_back(&self) -> bool {
        self.on_the_way.is_empty()
    }

    fn share(&mut self, turn: &mut Turn<'_>, changes: Vec<LocalChange>) {
        if changes.is_empty() {
            return;
        }
        turn.tabs(self.board, TabNews::Changes(changes.clone()));
        if self.lead.leads() {
            self.run(turn, Input::LocalChanges(changes));
        }
    }

    /// Takes a register that this device sealed: the tab that syncs keeps and pushes it.
    pub(super) fn register(&mut self, turn: &mut Turn<'_>, envelope: Vec<u8>) {
        if self.lead.leads() || matches!(self.lead, super::Lead::Asking { .. }) {
            self.run(turn, Input::Register(envelope));
        } else {
            turn.tabs(self.board, TabNews::Register(envelope));
        }
    }

    fn titled(&mut self, turn: &mut Turn<'_>) {
        let before = self.row.title.clone();
        self.refresh_title();
        if before != self.row.title {
            let title = self.row.title.clone();
            self.put_row(turn);
            turn.tabs(self.board, TabNews::Title(title.clone()));
            turn.page(FromWorker::Title(title));
        }
    }

    /// Does what the time asks for.
    pub fn tick(&mut self, turn: &mut Turn<'_>) {
        let now = turn.now.monotonic;
        for text in self.drafts.due(now) {
            self.draft_ends(turn, text);
        }
        if matches!(self.socket, Socket::Waiting(until) if until <= now) {
            self.connect_now(turn);
        }
        if self.lead.leads() && self.session.next_wake().is_some_and(|wake| wake <= now) {
            self.run(turn, Input::Tick);
        }
        self.lead_tick(turn);
        self.peers_tick(turn);
        if self.keeps_at().is_some_and(|due| due <= now) {
            self.keep_view(turn);
        }
    }

    /// When `tick` has something to do.
    #[must_use]
    pub fn next_wake(&self) -> Option<Monotonic> {
        let socket = match self.socket {
            Socket::Waiting(until) => Some(until),
            Socket::None | Socket::Opening(_) | Socket::Open(_) => None,
        };
        let session = if self.lead.leads() {
            self.session.next_wake()
        } else {
            None
        };
        let wakes = [
            socket,
            session,
            self.drafts.next_due(),
            self.lead.next_wake(),
            self.peers_wake(),
            self.keeps_at(),
        ];
        wakes.into_iter().flatten().min()
    }

    /// Whether everything that this device knows is on the disk and with the relay, as far as that can be now.
    #[must_use]
    pub fn is_done(&self) -> bool {
        let connected = matches!(self.socket, Socket::Open(_));
        self.on_the_way.is_empty() && (!connected || self.session.status().unshared == 0)
    }
}

fn report_rejected(turn: &mut Turn<'_>, rejected: &Rejected) {
    match rejected.retry {
        Retry::Never => {
            let why = save_state::refusal(rejected.code);
            turn.page(FromWorker::Failed(Failure::RelayRefused(why)));
        }
        Retry::AfterMs(_) | Retry::OnState => {}
    }
}
