//! What the workers of several tabs of one browser say to each other over a `BroadcastChannel`.
//!
//! Every message names its board; tabs that have another one open do not care.

use samsyn_shared::ids::{BoardId, ChangeHash};
use samsyn_shared::records::RecordId;
use samsyn_shared::sync::presence::{Doing, Peer};
use samsyn_shared::time::UnixMillis;
use serde::{Deserialize, Serialize};

use crate::core::messages::{Obstacle, Standing};
use crate::worker::lease::{TabId, Term};

/// One message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TabMessage {
    /// The board it is about.
    pub board: BoardId,
    /// The tab that says it.
    pub from: TabId,
    /// What it says.
    pub what: TabNews,
}

/// What a tab has to say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TabNews {
    /// Who syncs this board? Asked when a board is opened while somebody's lease is fresh.
    WhoLeads,
    /// I do, under this term.
    ILead(Term),
    /// I did; the lease is free now.
    LeaseFree,
    /// Changes that are on the disk: chunks, dependencies first.
    Changes(Vec<(ChangeHash, Vec<u8>)>),
    /// How sync stands; from the tab that syncs.
    Status(TabStatus),
    /// The board's title is this now.
    Title(String),
    /// A register for the tab that syncs to push: an envelope.
    Register(Vec<u8>),
    /// The facilitator finishes the board; for the tab that syncs.
    Finish,
    /// What this tab's person is typing.
    Doing(Doing),
    /// The others who are here, as the relay says; from the tab that syncs.
    Peers(Vec<Peer>),
    /// The board was removed from this device.
    Forgotten,
}

/// How sync stands, for tabs that do not sync themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TabStatus {
    /// Changes that the relay is not known to hold; without drafts.
    pub unshared: u32,
    /// The records they touch.
    pub records: Vec<RecordId>,
    /// When everything was last shared.
    pub last_shared: Option<UnixMillis>,
    /// Why the server does not share them, though it answers.
    pub obstacle: Option<Obstacle>,
    /// How the facilitator has left the board.
    pub standing: Standing,
    /// Changes that came too late for it.
    pub late: Vec<ChangeHash>,
}
