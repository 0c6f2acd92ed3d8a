//! What the simulation needs of a document beside what a session needs, and the real board as one.

use std::collections::BTreeSet;

use rand_chacha::ChaCha8Rng;
use rand_core::Rng;
use samsyn_shared::board::{Board, Command, Draft, TextField};
use samsyn_shared::ids::{BoardId, ChangeHash, NoteId, SectionId};
use samsyn_shared::records::{Colour, Position, SectionKind};
use samsyn_shared::sync::ChangeStore;
use samsyn_shared::time::UnixMillis;

/// The section that all notes hang in.
const WALL: SectionId = SectionId([7; 16]);

/// A document that devices edit and compare.
pub trait Document: ChangeStore + Sized {
    /// The document as stored chunks make it.
    fn load(board: BoardId, chunks: &[&[u8]]) -> Self;

    /// Makes a random edit; gives its changes.
    fn edit(&mut self, now: UnixMillis, rng: &mut ChaCha8Rng) -> Vec<(ChangeHash, Vec<u8>)>;

    /// Everything that two devices must agree on, for comparing.
    fn fingerprint(&self) -> String;

    /// All changes.
    fn all(&self) -> BTreeSet<ChangeHash> {
        self.changes_after(&[]).into_iter().collect()
    }
}

impl Document for Board {
    fn load(board: BoardId, chunks: &[&[u8]]) -> Self {
        Self::load(board, chunks).0
    }

    fn edit(&mut self, now: UnixMillis, rng: &mut ChaCha8Rng) -> Vec<(ChangeHash, Vec<u8>)> {
        let mut commands = Vec::new();
        if !self.view().sections.contains_key(&WALL) {
            // Several devices may do so at once: the board then shows each of the sections that claim the id.
            commands.push(Command::AddSection {
                id: WALL,
                kind: SectionKind::Notes,
                title: "Lappvägg".into(),
                after: None,
            });
        }
        commands.push(self.random_command(rng));
        let committed = self.commit(now, rng, &commands);
        committed
            .map(|committed| committed.changes)
            .unwrap_or_default()
    }

    fn fingerprint(&self) -> String {
        let mut view = self.view().clone();
        for text in view.texts.values_mut() {
            text.revision = 0;
        }
        format!("{view:?}")
    }
}

/// Anywhere on a wall.
fn coordinate(rng: &mut ChaCha8Rng) -> i32 {
    i32::try_from(rng.next_u32() % 65_536).unwrap_or_default()
}

trait RandomCommand {
    fn typing(&self, note: NoteId, rng: &mut ChaCha8Rng) -> Command;
    fn random_command(&self, rng: &mut ChaCha8Rng) -> Command;
}

impl RandomCommand for Board {
    /// A few words at the end of a note, as somebody types them who has seen all of it.
    fn typing(&self, note: NoteId, rng: &mut ChaCha8Rng) -> Command {
        let text = self.view().notes.get(&note).and_then(|note| note.text);
        let base = self.view().text(text).to_owned();
        let own = format!("{base} och {}", rng.next_u32());
        match text {
            Some(text) => Command::CommitDraft(Draft {
                text,
                base_revision: None,
                base,
                own,
                edits: Vec::new(),
            }),
            None => Command::SetText {
                field: TextField::NoteText(note),
                value: own,
            },
        }
    }

    fn random_command(&self, rng: &mut ChaCha8Rng) -> Command {
        let at = Position {
            x: coordinate(rng),
            y: coordinate(rng),
        };
        let notes: Vec<NoteId> = self.view().notes.keys().copied().collect();
        let some = usize::try_from(rng.next_u32()).unwrap_or(0) % (notes.len() + 1);
        let section = WALL;
        match (rng.next_u32() % 4, notes.get(some)) {
            (3, Some(note)) => self.typing(*note, rng),
            (1, Some(note)) => Command::MoveNote {
                id: *note,
                section,
                quadrant: None,
                at,
            },
            (2, Some(note)) => Command::SetColour {
                id: *note,
                colour: Colour::Pink,
            },
            _ => Command::AddNote {
                id: NoteId::random(rng),
                section,
                quadrant: None,
                text: format!("Höjning av nivå {}", rng.next_u32()),
                at,
                colour: Colour::Blue,
                author: None,
            },
        }
    }
}
