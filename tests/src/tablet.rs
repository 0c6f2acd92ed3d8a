//! A device with the document and the session that the app has, without its screen and its disk: it writes notes.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Result;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use samsyn_shared::board::Command;
use samsyn_shared::ids::{NoteId, SectionId};
use samsyn_shared::records::{Colour, Position, SectionKind};
use samsyn_shared::seal::{BoardKeys, Role};
use samsyn_sync_server::client::Client;

/// Longer than anything here takes without getting any further.
const PATIENCE: Duration = Duration::from_secs(90);
const WALL: SectionId = SectionId([1; 16]);

/// A facilitator of a board; the same for the same number.
#[must_use]
pub fn board(number: u64) -> BoardKeys {
    BoardKeys::generate(&mut ChaCha20Rng::seed_from_u64(number))
}

/// The same board as a participant's link gives it.
pub fn participant(facilitator: &BoardKeys) -> Result<BoardKeys> {
    let code = facilitator.link(Role::Participant);
    Ok(BoardKeys::from_link(&code.unwrap_or_default())?)
}

/// See the module.
pub struct Tablet {
    client: Client,
}

impl Tablet {
    /// Makes a board with a wall, and waits until the relay has it.
    pub async fn make(relay: &str, keys: &BoardKeys) -> Result<Self> {
        let mut tablet = Self::turn_on(relay, keys)?;
        let wall = Command::AddSection {
            id: WALL,
            kind: SectionKind::Notes,
            title: "Lappvägg".to_owned(),
            after: None,
        };
        tablet.client.commit(&[wall]).await?;
        tablet.shared().await?;
        Ok(tablet)
    }

    /// Opens a board, and waits until everything is here.
    pub async fn join(relay: &str, keys: &BoardKeys) -> Result<Self> {
        let mut tablet = Self::turn_on(relay, keys)?;
        tablet.client.caught_up().await?;
        Ok(tablet)
    }

    fn turn_on(relay: &str, keys: &BoardKeys) -> Result<Self> {
        let client = Client::new(keys.clone(), relay.parse()?, PATIENCE)?;
        Ok(Self { client })
    }

    /// Hangs a note.
    pub async fn write(&mut self, text: &str) -> Result<()> {
        let note = Command::AddNote {
            id: NoteId::random(self.client.rng()),
            section: WALL,
            quadrant: None,
            text: text.to_owned(),
            at: Position { x: 0, y: 0 },
            colour: Colour::Yellow,
            author: None,
        };
        Ok(self.client.commit(&[note]).await?)
    }

    /// Waits until the relay has everything that was written here.
    pub async fn shared(&mut self) -> Result<()> {
        Ok(self.client.shared().await?)
    }

    /// Whether the relay has everything that was written here, as the save state would say.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.client.unshared() == 0
    }

    /// Bytes of all messages that it has sent.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.client.traffic().sent
    }

    /// Waits for the next thing to happen, and lets the session answer it.
    pub async fn step(&mut self) -> Result<()> {
        self.client.step().await?;
        Ok(())
    }

    /// Lives until it knows that there is no connection.
    pub async fn offline(&mut self) -> Result<()> {
        while self.client.is_connected() {
            self.step().await?;
        }
        Ok(())
    }

    /// Connects anew at the next step, without the pause that is usual after a loss.
    pub fn come_back(&mut self) {
        self.client.come_back();
    }

    /// Lives until it has so many notes.
    pub async fn sees(&mut self, notes: usize) -> Result<()> {
        while self.client.board().view().notes.len() < notes {
            self.step().await?;
        }
        Ok(())
    }

    /// The words of every note.
    #[must_use]
    pub fn notes(&self) -> BTreeSet<String> {
        let view = self.client.board().view();
        let notes = view.notes.values();
        notes.map(|note| view.text(note.text).to_owned()).collect()
    }
}
