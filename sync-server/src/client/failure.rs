//! Why a command failed: words that say what to do, and the exit code that scripts see.

use std::path::PathBuf;

use samsyn_shared::archive::FileError;
use samsyn_shared::board::CommandError;
use samsyn_shared::board::merge::PreviewError;
use samsyn_shared::seal::{LinkError, SealError};
use samsyn_shared::sync::session::Misbehaviour;
use samsyn_shared::sync::wire::{CloseCode, RejectCode};

use super::RelayUrlError;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The link opens nothing.
    #[error("{0}")]
    Link(#[from] LinkError),
    /// A bare code, and no relay named.
    #[error(
        "this is the code of a link without its address: give the whole link, or name the relay with --relay"
    )]
    NoRelay,
    /// The relay's address does not read.
    #[error("{0}")]
    Relay(#[from] RelayUrlError),
    /// Nobody answers there, or not in time.
    #[error("no answer from {relay} in time{}: is it running, and reachable from here? “samsyn serve” starts one; --timeout waits longer",
        .last.as_deref().map(|last| format!(" ({last})")).unwrap_or_default())]
    Unreachable {
        /// Where.
        relay: String,
        /// What went wrong last.
        last: Option<String>,
    },
    /// The time ran out before the relay had acknowledged everything.
    #[error(
        "the relay has not acknowledged everything in time ({unshared} left): look at the board with “samsyn show” before doing it again"
    )]
    NotShared {
        /// How many changes and registers it had not acknowledged.
        unshared: usize,
    },
    /// The relay answers and does not know the board, and an observer cannot tell it.
    #[error(
        "the relay does not know this board: it was made elsewhere, or the relay has lost it; it comes back as soon as a participant opens it there"
    )]
    UnknownBoard,
    /// The relay ends the conversation.
    #[error("the relay ended the conversation ({0:?}); is it as new as this program?")]
    Closed(CloseCode),
    /// The relay refuses.
    #[error("the relay does not take this: {}", words(*.0))]
    Refused(RejectCode),
    /// It is no relay that can be talked to.
    #[error("{0}; is it a Samsyn relay, and as new as this program?")]
    Misbehaved(Misbehaviour),
    /// An observer tries to write.
    #[error(
        "this is an observer's link: it shows the board and cannot change it; ask for a participant's link"
    )]
    ReadOnly,
    /// Somebody else wants to decide about the whole board.
    #[error("only the facilitator decides that: use the facilitator's link")]
    NotFacilitator,
    /// The role cannot seal it.
    #[error("{0}")]
    Seal(#[from] SealError),
    /// The board has no such section.
    #[error("the board has no section “{wanted}”; it has {}", .present.join(", "))]
    NoSection {
        /// What was asked for.
        wanted: String,
        /// What there is.
        present: Vec<String>,
    },
    /// Such a thing cannot be added there.
    #[error("{0}")]
    Unfit(String),
    /// The board refuses.
    #[error("{0}")]
    Command(#[from] CommandError),
    /// The boards cannot be merged.
    #[error("{0}")]
    Merge(#[from] PreviewError),
    /// The file is no board.
    #[error("{}: {error}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: FileError,
    },
    /// The file cannot be read or written.
    #[error("{}: {error}", .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Standard output is gone.
    #[error("cannot print: {0}")]
    Print(std::io::Error),
    /// A load is wanted on a server that may be somebody else's.
    #[error(
        "{0} is not this computer, and a load can stop a server that others need; if it is yours to load, say --yes-load-this-server"
    )]
    NotThisComputer(String),
    /// A load that is larger than it may be.
    #[error("{0}")]
    TooMuch(String),
    /// The server to be measured did not start, or went away.
    #[error("the server could not be measured: {0}")]
    NoServer(String),
    /// Somebody ended it.
    #[error("stopped before the end; nothing was measured")]
    Interrupted,
    /// The operating system has no randomness.
    #[error("the operating system has no randomness: {0}")]
    NoRandomness(getrandom::Error),
    /// The program cannot wait for anything.
    #[error("the program cannot start: {0}")]
    Runtime(std::io::Error),
}

/// What `--help` says of `Failure::code`.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  done; what was written is on the relay's disk
  1  something went wrong on this computer
  2  the command was not understood
  3  the link or the relay's address is damaged
  4  the relay did not answer in time
  5  the relay or the link does not allow it
  6  the file is not a board
  7  the relay's data is damaged (serve, inspect, backup, prune)";

impl Failure {
    /// The exit code.
    #[must_use]
    pub const fn code(&self) -> u8 {
        match self {
            Self::Io { .. }
            | Self::Print(_)
            | Self::NoRandomness(_)
            | Self::Runtime(_)
            | Self::NoServer(_)
            | Self::Interrupted => 1,
            Self::NoSection { .. }
            | Self::Unfit(_)
            | Self::Command(_)
            | Self::Merge(_)
            | Self::NotThisComputer(_)
            | Self::TooMuch(_) => 2,
            Self::Link(_) | Self::NoRelay | Self::Relay(_) => 3,
            Self::Unreachable { .. }
            | Self::NotShared { .. }
            | Self::Misbehaved(_)
            | Self::UnknownBoard
            | Self::Closed(_) => 4,
            Self::Refused(_) | Self::ReadOnly | Self::NotFacilitator | Self::Seal(_) => 5,
            Self::File { .. } => 6,
        }
    }

    /// Whether whoever read the output has gone away, as `head` does: nothing is wrong then.
    #[must_use]
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Print(error) if error.kind() == std::io::ErrorKind::BrokenPipe)
    }

    /// A failure of a file.
    pub fn io(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        move |error| Self::Io {
            path: path.to_owned(),
            error,
        }
    }
}

fn words(code: RejectCode) -> String {
    match code {
        RejectCode::BadEnvelope => {
            "the envelope was damaged on the way, or is of another board".into()
        }
        RejectCode::Unauthorised => "the link may not do this".into(),
        RejectCode::UnknownKind => "the relay is older than this program; update it".into(),
        RejectCode::TooLarge => "it is too large for the relay".into(),
        RejectCode::BoardFull => {
            "the board is full; archive it, and import it as a new board".into()
        }
        RejectCode::Paused => "the facilitator has paused the board".into(),
        RejectCode::Frozen => "the board is finished".into(),
        RejectCode::Deleted => "the board was deleted".into(),
        RejectCode::RateLimited => "too much at a time; try again in a minute".into(),
        RejectCode::Storage => "the relay cannot store anything now; is its disk full?".into(),
        RejectCode::NotOpen => "the relay has not opened the board".into(),
        RejectCode::OldRegister => "somebody has decided otherwise meanwhile; try again".into(),
        RejectCode::TooManyRegisters => "the board has too many registers".into(),
        RejectCode::NotWanted => "the relay did not ask for a snapshot".into(),
        RejectCode::Behind => "somebody has written meanwhile; try again".into(),
        RejectCode::Other(number) => format!("reason {number}, which this program does not know"),
    }
}
