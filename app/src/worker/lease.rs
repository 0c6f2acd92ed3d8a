//! Which tab of this browser syncs a board: the rules of the lease that lies in IndexedDB.
//!
//! Pure: `storage` reads and writes the row inside one transaction and asks these functions what to do with it.

use samsyn_shared::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// After this much silence, in milliseconds, another tab may take the lease over.
pub const SILENCE: i64 = 3_000;

/// How often, in milliseconds, the holder says that it is alive, and the others look.
pub const HEARTBEAT: u64 = 1_000;

/// How long, in milliseconds, a tab that has just opened a board waits for the holder of a fresh lease to answer.
/// A page that was reloaded left such a lease behind, and nobody answers for it.
pub const ANSWER: u64 = 700;

/// Names one worker for as long as it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TabId(pub [u8; 16]);

/// Counts the holders of a board's lease; each takeover adds one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Term(pub u64);

/// The row in IndexedDB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The tab that syncs.
    pub holder: TabId,
    /// Checked inside every transaction of the holder.
    pub term: Term,
    /// When the holder last said that it is alive, by this device's clock.
    pub heartbeat: UnixMillis,
}

/// How a tab asks for the lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Takes it if it is free or silent, keeps it if it is held already.
    Polite,
    /// Also takes it from the holder of this term, who did not answer.
    Unanswered(Term),
}

/// What came of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// This tab holds the lease; the row to write.
    Held(Lease),
    /// Another tab does.
    Elsewhere(Lease),
}

/// Decides a claim by `me` against the row that lies there.
#[must_use]
pub fn claim(now: UnixMillis, row: Option<Lease>, me: TabId, how: Claim) -> Claimed {
    let Some(row) = row else {
        return Claimed::Held(Lease {
            holder: me,
            term: Term(1),
            heartbeat: now,
        });
    };
    if row.holder == me {
        return Claimed::Held(Lease {
            heartbeat: now,
            ..row
        });
    }
    let unanswered = how == Claim::Unanswered(row.term);
    if !unanswered && !silent(now, &row) {
        return Claimed::Elsewhere(row);
    }
    let term = Term(row.term.0.saturating_add(1));
    Claimed::Held(Lease {
        holder: me,
        term,
        heartbeat: now,
    })
}

/// The row that the holder leaves behind when it closes the board, for the next tab to take at once.
#[must_use]
pub fn released(row: Lease) -> Lease {
    Lease {
        heartbeat: UnixMillis(0),
        ..row
    }
}

/// Whether a transaction of the holder of `term` may still write.
#[must_use]
pub fn may_write(row: Option<Lease>, me: TabId, term: Term) -> bool {
    row.is_some_and(|row| row.holder == me && row.term == term)
}

/// Whether anybody may take the lease.
#[must_use]
pub fn is_free(now: UnixMillis, row: Option<Lease>) -> bool {
    row.is_none_or(|row| silent(now, &row))
}

/// A heartbeat in the future counts as silence too: the device's clock was set back.
fn silent(now: UnixMillis, row: &Lease) -> bool {
    now.0.saturating_sub(row.heartbeat.0).saturating_abs() >= SILENCE
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: TabId = TabId([1; 16]);
    const OTHER: TabId = TabId([2; 16]);

    fn lease(holder: TabId, term: u64, heartbeat: i64) -> Lease {
        Lease {
            holder,
            term: Term(term),
            heartbeat: UnixMillis(heartbeat),
        }
    }

    #[test]
    fn the_first_tab_gets_the_lease() {
        let held = claim(UnixMillis(50), None, ME, Claim::Polite);
        assert_eq!(held, Claimed::Held(lease(ME, 1, 50)));
    }

    #[test]
    fn a_living_holder_keeps_the_lease() {
        let row = lease(OTHER, 4, 10_000);
        let now = UnixMillis(12_999);
        assert_eq!(
            claim(now, Some(row), ME, Claim::Polite),
            Claimed::Elsewhere(row)
        );
    }

    #[test]
    fn three_seconds_of_silence_give_it_away_with_a_new_term() {
        let row = lease(OTHER, 4, 10_000);
        let held = claim(UnixMillis(13_000), Some(row), ME, Claim::Polite);
        assert_eq!(held, Claimed::Held(lease(ME, 5, 13_000)));
        assert!(!may_write(Some(lease(ME, 5, 13_000)), OTHER, Term(4)));
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_lock_everybody_out() {
        let row = lease(OTHER, 4, 90_000);
        let held = claim(UnixMillis(10_000), Some(row), ME, Claim::Polite);
        assert_eq!(held, Claimed::Held(lease(ME, 5, 10_000)));
    }

    #[test]
    fn the_holder_renews_without_a_new_term() {
        let held = claim(
            UnixMillis(20_000),
            Some(lease(ME, 4, 10_000)),
            ME,
            Claim::Polite,
        );
        assert_eq!(held, Claimed::Held(lease(ME, 4, 20_000)));
    }

    #[test]
    fn only_the_holder_that_did_not_answer_loses_a_fresh_lease() {
        let row = lease(OTHER, 4, 10_000);
        let now = UnixMillis(10_700);
        let asked = Claim::Unanswered(Term(4));
        assert_eq!(
            claim(now, Some(row), ME, asked),
            Claimed::Held(lease(ME, 5, 10_700))
        );
        let newer = lease(TabId([3; 16]), 5, 10_600);
        assert_eq!(
            claim(now, Some(newer), ME, asked),
            Claimed::Elsewhere(newer)
        );
    }

    #[test]
    fn a_released_lease_is_taken_at_once() {
        let row = released(lease(OTHER, 4, 10_000));
        let held = claim(UnixMillis(10_001), Some(row), ME, Claim::Polite);
        assert_eq!(held, Claimed::Held(lease(ME, 5, 10_001)));
    }

    #[test]
    fn nobody_writes_under_a_term_that_is_over() {
        assert!(may_write(Some(lease(ME, 4, 0)), ME, Term(4)));
        assert!(!may_write(Some(lease(ME, 5, 0)), ME, Term(4)));
        assert!(!may_write(Some(lease(OTHER, 4, 0)), ME, Term(4)));
        assert!(!may_write(None, ME, Term(4)));
    }
}
