//! What one step of the worker's host works with: the clocks, the dice, the line of writes, and where outputs go.

use rand_chacha::ChaCha20Rng;
use samsyn_shared::ids::BoardId;
use samsyn_shared::time::Now;

use crate::core::messages::FromWorker;
use crate::worker::glimpse::Build;
use crate::worker::io::{Output, SocketId};
use crate::worker::lease::TabId;
use crate::worker::save_state::Health;
use crate::worker::tabs::{TabMessage, TabNews};
use crate::worker::writes::{Ticket, Write, Writes};

/// Whether the page hears what a board has to say; one that is being closed goes on without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// It does.
    Page,
    /// It does not any more.
    Nobody,
}

/// One step.
pub struct Turn<'a> {
    /// The clocks.
    pub now: Now,
    /// Seeded by the shell from the browser's randomness; keys come from it too.
    pub rng: &'a mut ChaCha20Rng,
    /// The line of writes.
    pub writes: &'a mut Writes,
    /// How the database is.
    pub health: Health,
    /// This worker.
    pub tab: TabId,
    /// This build of the app.
    pub build: &'a Build,
    /// The relay's websocket address.
    pub relay: &'a str,
    /// Counts connection attempts.
    pub sockets: &'a mut u64,
    /// Who hears it.
    pub audience: Audience,
    /// Where outputs go.
    pub out: &'a mut Vec<Output>,
}

impl Turn<'_> {
    /// Says something to the page.
    pub fn page(&mut self, message: FromWorker) {
        match self.audience {
            Audience::Page => self.out.push(Output::Page(message)),
            Audience::Nobody => {}
        }
    }

    /// Says something to the other tabs.
    pub fn tabs(&mut self, board: BoardId, what: TabNews) {
        let message = TabMessage {
            board,
            from: self.tab,
            what,
        };
        self.out.push(Output::Tabs(message));
    }

    /// Puts a write in line.
    pub fn write(&mut self, write: Write) -> Ticket {
        self.writes.push(write)
    }

    /// Begins a connection attempt.
    pub fn connect(&mut self) -> SocketId {
        *self.sockets += 1;
        let id = SocketId(*self.sockets);
        self.out.push(Output::Connect(id, self.relay.to_owned()));
        id
    }
}
