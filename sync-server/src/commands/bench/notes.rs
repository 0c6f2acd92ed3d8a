//! Notes as a room writes them, and the sealed envelopes that carry them.
//!
//! Boundary: everything is made before the clock runs; what a run measures is the server, not this.

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use samsyn_shared::board::{Board, Command};
use samsyn_shared::ids::{ChangeHash, NoteId, SectionId};
use samsyn_shared::records::{Colour, Position, SectionKind};
use samsyn_shared::seal::{BoardKeys, Verified, pack};
use samsyn_shared::sync::ChangeStore;

use crate::client::{Failure, wall_clock};

/// Characters of a note.
pub const NOTE: usize = 110;
/// Every bench's board has this one wall.
pub const WALL: SectionId = SectionId([1; 16]);

const WORDS: &str = "alla annars arbetet backen barnen behöver beslut bilen blir borde bredvid buss byter cykel \
    delar dialog dricker efteråt egentligen enklare ensam erfarenhet fika fler fortsätta framåt frågar färre förslag \
    för förvaltningen gemensamt genom ger gården hela hinner hjälp hos hur händer håller hälsa idé inte jobbar just \
    kaffe kan klart kommun kunde kväll landet lyssnar långsamt lära lösning mellan människor morgon möte nu när någon \
    nästa också olika ord orkar parken plan prata pröva på rast resa rum samma samtal sedan skola skriver slut sommar \
    ställer svar säger söker tar tid tillsammans tiden trygg tydlig tåg under unga uppdrag vad varandra varför vi \
    vill vinter våga väg vänta åker återkoppling äldre ändra ännu öppen över övning";

/// A note's words: as many characters as a full note has, in other words for another number.
#[must_use]
pub fn words(number: u64) -> String {
    let all: Vec<&str> = WORDS.split_whitespace().collect();
    let mut rng = ChaCha20Rng::seed_from_u64(number);
    let mut text = String::new();
    while text.chars().count() < NOTE {
        let at = usize::try_from(rng.next_u64() % (all.len().max(1) as u64)).unwrap_or(0);
        text.push_str(all.get(at).copied().unwrap_or("ord"));
        text.push(' ');
    }
    text.chars().take(NOTE).collect()
}

/// The command that hangs a note; `rng` gives its id.
pub fn add_note(rng: &mut ChaCha20Rng, number: u64) -> Command {
    let step = |by: u64, size: i32| i32::try_from(number / by % 40).unwrap_or(0) * size;
    Command::AddNote {
        id: NoteId::random(rng),
        section: WALL,
        quadrant: None,
        text: words(number),
        at: Position {
            x: step(1, 180),
            y: step(40, 140),
        },
        colour: Colour::Yellow,
        author: None,
    }
}

/// The command that makes the wall.
#[must_use]
pub fn add_wall() -> Command {
    Command::AddSection {
        id: WALL,
        kind: SectionKind::Notes,
        title: "Lappvägg".to_owned(),
        after: None,
    }
}

/// Somebody who writes: a document and the keys to seal its changes.
pub struct Author {
    board: Board,
    keys: BoardKeys,
    rng: ChaCha20Rng,
}

impl Author {
    /// Somebody on a new board, and the envelope that makes its wall.
    ///
    /// # Errors
    /// If the board or the seal refuses; neither does.
    pub fn first(keys: BoardKeys, rng: ChaCha20Rng) -> Result<(Self, Verified), Failure> {
        let board = Board::new(keys.board());
        let mut author = Self { board, keys, rng };
        let wall = author.seal(&[add_wall()])?;
        Ok((author, wall))
    }

    /// Somebody else, who has what this one has.
    #[must_use]
    pub fn another(&self, rng: ChaCha20Rng) -> Self {
        let hashes = self.board.changes_after(&[]).into_iter();
        let chunks: Vec<Vec<u8>> = hashes.filter_map(|hash| self.board.chunk(&hash)).collect();
        let chunks: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
        let mut board = Board::new(self.board.id());
        board.receive(&chunks);
        Self {
            board,
            keys: self.keys.clone(),
            rng,
        }
    }

    /// A note in an envelope of its own, as the app sends one.
    ///
    /// # Errors
    /// If the board or the seal refuses; neither does.
    pub fn note(&mut self, number: u64) -> Result<Verified, Failure> {
        let command = add_note(&mut self.rng, number);
        self.seal(&[command])
    }

    fn seal(&mut self, commands: &[Command]) -> Result<Verified, Failure> {
        let committed = self.board.commit(wall_clock(), &mut self.rng, commands)?;
        let changes: Vec<(ChangeHash, &[u8])> = committed
            .changes
            .iter()
            .map(|(hash, chunk)| (*hash, chunk.as_slice()))
            .collect();
        let packed = pack::pack(&changes).map_err(|error| odd(&error))?;
        let sealed = self.keys.seal_changes(&packed)?;
        let verify = self.keys.verify_keys();
        let verify = verify.ok_or_else(|| odd(&"there are no verify keys"))?;
        verify.verify(sealed).map_err(|error| odd(&error))
    }
}

/// What only a fault of this program can cause.
fn odd(what: &dyn std::fmt::Display) -> Failure {
    Failure::TooMuch(format!("the load could not be made: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_full_and_differ() {
        let texts: std::collections::BTreeSet<String> = (0..500).map(words).collect();
        assert_eq!(texts.len(), 500);
        assert!(texts.iter().all(|text| text.chars().count() == NOTE));
    }

    #[test]
    fn the_scripts_that_load_the_peers_write_the_same_notes() {
        let sample = include_str!("../../../../tests/peers/sample.txt");
        for line in sample.lines() {
            let (number, text) = line.split_once(' ').unwrap();
            assert_eq!(words(number.parse().unwrap()), text);
        }
        assert_eq!(sample.lines().count(), 3);
    }

    #[test]
    fn two_authors_make_envelopes_that_a_third_can_open() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let keys = BoardKeys::generate(&mut rng);
        let (mut anna, wall) = Author::first(keys.clone(), rng).unwrap();
        let mut bo = anna.another(ChaCha20Rng::seed_from_u64(2));
        let envelopes = [wall, anna.note(1).unwrap(), bo.note(2).unwrap()];
        let mut reader = Board::new(keys.board());
        for envelope in &envelopes {
            let packed = pack::unpack(&keys.open(envelope).unwrap()).unwrap();
            let chunks: Vec<&[u8]> = packed.iter().map(|packed| &packed.chunk[..]).collect();
            reader.receive(&chunks);
        }
        assert_eq!(reader.view().notes.len(), 2);
    }
}
