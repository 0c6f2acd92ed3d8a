//! A person's commands become changes.

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{ActorId, AutomergeError, ObjId, ObjType, ScalarValue};
use fractional_index::FractionalIndex;
use rand_core::Rng;

use super::home::{self, Container};
use super::{Board, Command, Delta, document};
use crate::ids::{Actor, ChangeHash, NoteId, SectionId, TextId};
use crate::records::{Position, RecordId};
use crate::time::UnixMillis;

/// Changes that a person's commands made: already applied, to be stored and then shared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// The changes with their chunks, dependencies first; none if the commands changed nothing. One, unless the
    /// limits of a change force a split.
    pub changes: Vec<(ChangeHash, Vec<u8>)>,
    /// What changed for a screen.
    pub delta: Delta,
}

/// Why a command cannot be done. Then none of its batch was done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// The record is not on the board.
    #[error("{0:?} is not on the board")]
    Unknown(RecordId),
    /// The record is on the board already.
    #[error("{0:?} is on the board already")]
    Exists(RecordId),
    /// The text is not on the board.
    #[error("{0:?} is not on the board")]
    UnknownText(TextId),
    /// A text is longer than it may be.
    #[error("the text has {units} UTF-16 units, and {limit} are the limit")]
    TooLong {
        /// How long it is, in UTF-16 code units.
        units: usize,
        /// How long it may be.
        limit: usize,
    },
    /// The document refuses what every document must take; a fault of this program.
    #[error("the document refuses: {0}")]
    Document(String),
}

impl From<AutomergeError> for CommandError {
    fn from(error: AutomergeError) -> Self {
        Self::Document(error.to_string())
    }
}

impl Board {
    /// Carries out `commands` as one change, or as few as the limits of a change allow. `now` is only a stamp for
    /// people. All or nothing.
    ///
    /// # Errors
    /// The first command that cannot be done; then nothing was.
    pub fn commit(
        &mut self,
        now: UnixMillis,
        rng: &mut impl Rng,
        commands: &[Command],
    ) -> Result<Committed, CommandError> {
        let actor = self.actors.last().copied().unwrap_or_else(|| {
            let actor = Actor::random(rng);
            self.actors.push(actor);
            actor
        });
        self.document.set_actor(ActorId::from(actor.0.as_slice()));
        let mut change = self.document.transaction();
        for command in commands {
            run(&self.id, &mut change, now, rng, command)?;
        }
        let seconds = now.0.div_euclid(1000).max(0);
        let (hash, _) = change.commit_with(CommitOptions::default().with_time(seconds));
        let mut committed = Committed::default();
        if hash.is_some() {
            let change = self.document.get_last_local_change();
            let change = change.ok_or_else(|| CommandError::Document("no change".to_owned()))?;
            let hash = document::ours(change.hash());
            let chunk = change.raw_bytes().to_vec();
            self.applied.insert(hash, chunk.clone());
            committed.changes.push((hash, chunk));
        }
        committed.delta = self.refresh();
        Ok(committed)
    }
}

fn new_text(
    board: &crate::ids::BoardId,
    change: &mut Transaction<'_>,
    rng: &mut impl Rng,
    value: &str,
) -> Result<TextId, CommandError> {
    let id = TextId::random(rng);
    let texts = home::container(board, Container::Texts);
    let object = change.put_object(&texts, id.to_string(), ObjType::Text)?;
    change.splice_text(&object, 0, 0, value)?;
    Ok(id)
}

fn order(rng: &mut impl Rng) -> String {
    let mut random = [0; 3];
    rng.fill_bytes(&mut random);
    format!(
        "{}-{}",
        FractionalIndex::default().to_string(),
        data_encoding::HEXLOWER.encode(&random)
    )
}

fn at(position: Position) -> ScalarValue {
    let mut bytes = position.x.to_le_bytes().to_vec();
    bytes.extend(position.y.to_le_bytes());
    ScalarValue::Bytes(bytes)
}

fn run(
    board: &crate::ids::BoardId,
    change: &mut Transaction<'_>,
    now: UnixMillis,
    rng: &mut impl Rng,
    command: &Command,
) -> Result<(), CommandError> {
    match command {
        Command::AddSection {
            id, kind, title, ..
        } => {
            let title = new_text(board, change, rng, title)?;
            let object = record(board, change, Container::Sections, id)?;
            change.put(&object, "kind", kind.word())?;
            change.put(&object, "title", title.to_string())?;
            change.put(&object, "order", order(rng))?;
        }
        Command::AddNote {
            id,
            section,
            quadrant,
            text,
            at: position,
            colour,
            author,
        } => {
            let text = new_text(board, change, rng, text)?;
            let object = record(board, change, Container::Notes, id)?;
            change.put(&object, "section", section.to_string())?;
            if let Some(place) = quadrant {
                change.put(&object, "quadrant", place.word())?;
            }
            change.put(&object, "text", text.to_string())?;
            change.put(&object, "at", at(*position))?;
            change.put(&object, "order", order(rng))?;
            change.put(&object, "colour", colour.word())?;
            if let Some(author) = author {
                change.put(&object, "author", author.to_string())?;
            }
            change.put(&object, "made", now.0)?;
        }
        Command::MoveNote {
            id,
            section,
            at: position,
            ..
        } => {
            let object = existing(board, change, *id)?;
            change.put(&object, "section", section.to_string())?;
            change.put(&object, "at", at(*position))?;
        }
        _ => return Err(CommandError::Document("not yet".to_owned())),
    }
    Ok(())
}

fn record(
    board: &crate::ids::BoardId,
    change: &mut Transaction<'_>,
    container: Container,
    id: &impl ToString,
) -> Result<ObjId, CommandError> {
    let container = home::container(board, container);
    Ok(change.put_object(&container, id.to_string(), ObjType::Map)?)
}

fn existing(
    board: &crate::ids::BoardId,
    change: &Transaction<'_>,
    id: NoteId,
) -> Result<ObjId, CommandError> {
    use automerge::ReadDoc;
    let notes = home::container(board, Container::Notes);
    let found = change.get(&notes, id.to_string())?;
    found
        .map(|(_, object)| object)
        .ok_or(CommandError::Unknown(RecordId::Note(id)))
}

#[allow(unused, reason = "used by the whole set of commands")]
fn section(_: SectionId) {}
