//! The most important words on the screen, computed from what is known: whether the disk has it, whether others do.
//!
//! Pure. "Saved" is said only when nothing that a person did waits for the disk.

use samsyn_shared::sync::session::{LinkStatus, Status};
use samsyn_shared::sync::wire::{CloseCode, RejectCode, Retry};
use samsyn_shared::time::UnixMillis;

use crate::core::messages::{LinkState, Obstacle, SaveState, Storage, StorageFailure};
use crate::worker::tabs::TabStatus;

/// How the database is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// The last transaction went through, or none was needed yet.
    #[default]
    Works,
    /// The last one failed; it is tried again.
    Fails(StorageFailure),
    /// There is no use in trying again in this run.
    Never(StorageFailure),
}

impl Health {
    /// What a failed transaction makes of it.
    #[must_use]
    pub const fn after_failure(why: StorageFailure) -> Self {
        match why {
            StorageFailure::Denied | StorageFailure::Newer => Self::Never(why),
            StorageFailure::Full | StorageFailure::Lost | StorageFailure::Damaged => {
                Self::Fails(why)
            }
        }
    }

    /// Why edits do not survive here, if they do not.
    #[must_use]
    pub const fn failure(self) -> Option<StorageFailure> {
        match self {
            Self::Works => None,
            Self::Fails(why) | Self::Never(why) => Some(why),
        }
    }

    /// In the words of the page; `on_their_way` are writes of what a person did that the disk has not confirmed.
    #[must_use]
    pub const fn storage(self, on_their_way: Pending) -> Storage {
        match (self, on_their_way) {
            (Self::Fails(why) | Self::Never(why), _) => Storage::Impossible { why },
            (Self::Works, Pending::Some) => Storage::Saving,
            (Self::Works, Pending::None) => Storage::Saved,
        }
    }
}

/// Whether something waits for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pending {
    /// Nothing does.
    None,
    /// Something does.
    Some,
}

/// Who syncs the board, and how that stands.
#[derive(Clone, Copy, Debug)]
pub enum Syncing<'a> {
    /// Not clear yet: another tab holds the lease and was asked whether it lives.
    Unclear(&'a Status),
    /// This tab, with a socket that was told to open for the first time or is back after `Offline`.
    Here(&'a Status, Attempt),
    /// Another tab.
    Elsewhere(&'a TabStatus),
}

/// Whether a connection was ever tried in vain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// This is the first.
    First,
    /// It failed or was lost before.
    Again,
}

/// What this tab adds to what the session counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Own {
    /// Changes that the syncing session has not been given yet.
    pub changes: usize,
    /// Drafts with words that no change holds.
    pub drafts: usize,
}

/// Puts the save state together. `kept` is when everything was last shared, as the disk remembers it.
#[must_use]
pub fn save_state(
    storage: Storage,
    syncing: Syncing<'_>,
    own: Own,
    kept: Option<UnixMillis>,
) -> SaveState {
    let (unshared, link, last_shared, obstacle) = match syncing {
        Syncing::Unclear(status) => (
            status.unshared,
            LinkState::Connecting,
            status.last_shared,
            None,
        ),
        Syncing::Here(status, attempt) => (
            status.unshared,
            link_state(status, attempt),
            status.last_shared,
            obstacle(status),
        ),
        Syncing::Elsewhere(status) => {
            let unshared = usize::try_from(status.unshared).unwrap_or(usize::MAX);
            (
                unshared,
                LinkState::OtherTab,
                status.last_shared,
                status.obstacle,
            )
        }
    };
    let unshared = unshared
        .saturating_add(own.changes)
        .saturating_add(own.drafts);
    SaveState {
        storage,
        unshared: u32::try_from(unshared).unwrap_or(u32::MAX),
        link,
        last_shared: last_shared.max(kept),
        obstacle,
    }
}

fn link_state(status: &Status, attempt: Attempt) -> LinkState {
    match (status.link, attempt) {
        (LinkStatus::Online, _) => LinkState::Online,
        (LinkStatus::Opening | LinkStatus::CatchingUp, _)
        | (LinkStatus::Offline, Attempt::First) => LinkState::Connecting,
        (LinkStatus::Offline, Attempt::Again) => LinkState::Offline,
    }
}

/// Why the server does not share what is here, though it answers.
#[must_use]
pub fn obstacle(status: &Status) -> Option<Obstacle> {
    let rejected = status.rejected.and_then(|rejected| match rejected {
        (code, Retry::Never) => Some(refusal(code)),
        (RejectCode::Storage, _) => Some(Obstacle::ServerDisk),
        (RejectCode::BoardFull, _) => Some(Obstacle::BoardFull),
        // It is how a busy room is paced, or the board's state says it.
        (_, Retry::AfterMs(_) | Retry::OnState) => None,
    });
    rejected.or_else(|| status.closed.and_then(closed))
}

/// What the relay refuses for good.
#[must_use]
pub const fn refusal(code: RejectCode) -> Obstacle {
    match code {
        RejectCode::BoardFull | RejectCode::TooManyRegisters => Obstacle::BoardFull,
        RejectCode::TooLarge => Obstacle::ChangeTooLarge,
        RejectCode::Unauthorised => Obstacle::MayNotWrite,
        RejectCode::UnknownKind => Obstacle::OtherVersion,
        RejectCode::Storage => Obstacle::ServerDisk,
        RejectCode::BadEnvelope
        | RejectCode::Paused
        | RejectCode::Frozen
        | RejectCode::Deleted
        | RejectCode::RateLimited
        | RejectCode::NotOpen
        | RejectCode::OldRegister
        | RejectCode::NotWanted
        | RejectCode::Behind
        | RejectCode::Other(_) => Obstacle::Other(code.number()),
    }
}

const fn closed(code: CloseCode) -> Option<Obstacle> {
    match code {
        CloseCode::TooMany => Some(Obstacle::ServerFull),
        CloseCode::Storage => Some(Obstacle::ServerDisk),
        CloseCode::Stopping => Some(Obstacle::ServerStops),
        CloseCode::Version => Some(Obstacle::OtherVersion),
        // The page says so by itself, or the next connection mends it.
        CloseCode::Done
        | CloseCode::Protocol
        | CloseCode::Silent
        | CloseCode::WrongKeys
        | CloseCode::Replaced
        | CloseCode::Other(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn online(unshared: usize) -> Status {
        Status {
            link: LinkStatus::Online,
            unshared,
            ..Status::default()
        }
    }

    fn state(status: &Status, own: Own) -> SaveState {
        save_state(
            Storage::Saved,
            Syncing::Here(status, Attempt::Again),
            own,
            None,
        )
    }

    #[test]
    fn saved_is_not_said_while_something_waits_for_the_disk() {
        assert_eq!(Health::Works.storage(Pending::Some), Storage::Saving);
        assert_eq!(Health::Works.storage(Pending::None), Storage::Saved);
    }

    #[test]
    fn a_failed_write_is_never_called_saved() {
        let health = Health::after_failure(StorageFailure::Full);
        let expected = Storage::Impossible {
            why: StorageFailure::Full,
        };
        assert_eq!(health.storage(Pending::None), expected);
        assert_eq!(health.storage(Pending::Some), expected);
    }

    #[test]
    fn drafts_and_changes_that_only_this_tab_knows_count_as_unshared() {
        let own = Own {
            changes: 2,
            drafts: 1,
        };
        assert_eq!(state(&online(3), own).unshared, 6);
        assert_eq!(state(&online(0), Own::default()).unshared, 0);
    }

    #[test]
    fn the_first_attempt_is_no_failure_yet() {
        let offline = Status::default();
        let first = Syncing::Here(&offline, Attempt::First);
        let link = save_state(Storage::Saved, first, Own::default(), None).link;
        assert_eq!(link, LinkState::Connecting);
        assert_eq!(state(&offline, Own::default()).link, LinkState::Offline);
    }

    #[test]
    fn what_the_server_says_when_it_takes_nothing_is_told() {
        let status = |closed, rejected| Status {
            closed,
            rejected,
            ..Status::default()
        };
        let soon = Retry::AfterMs(1_000);
        for (closed, rejected, expected) in [
            (None, None, None),
            (Some(CloseCode::TooMany), None, Some(Obstacle::ServerFull)),
            (Some(CloseCode::Replaced), None, None),
            (
                None,
                Some((RejectCode::Storage, soon)),
                Some(Obstacle::ServerDisk),
            ),
            (None, Some((RejectCode::RateLimited, soon)), None),
            (None, Some((RejectCode::Paused, Retry::OnState)), None),
            (
                Some(CloseCode::Stopping),
                Some((RejectCode::TooLarge, Retry::Never)),
                Some(Obstacle::ChangeTooLarge),
            ),
            (
                None,
                Some((RejectCode::BadEnvelope, Retry::Never)),
                Some(Obstacle::Other(1)),
            ),
        ] {
            assert_eq!(obstacle(&status(closed, rejected)), expected);
        }
    }

    #[test]
    fn a_tab_that_does_not_sync_repeats_what_the_syncing_one_says() {
        let told = TabStatus {
            unshared: 4,
            last_shared: Some(UnixMillis(9)),
            ..TabStatus::default()
        };
        let own = Own {
            changes: 1,
            drafts: 0,
        };
        let state = save_state(
            Storage::Saved,
            Syncing::Elsewhere(&told),
            own,
            Some(UnixMillis(3)),
        );
        assert_eq!((state.unshared, state.link), (5, LinkState::OtherTab));
        assert_eq!(state.last_shared, Some(UnixMillis(9)));
    }
}
