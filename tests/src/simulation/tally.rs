//! What happened in a schedule, and how it is told when something did not hold.

use std::fmt;

/// A schedule that did not hold.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The schedule.
    pub seed: u64,
    /// What did not hold.
    pub reason: String,
    /// What happened until then.
    pub plan: Vec<String>,
}

impl Failure {
    pub(super) fn panicked() -> Self {
        Self {
            seed: u64::MAX,
            reason: "a thread panicked; its message is above".into(),
            plan: Vec::new(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}: {}", self.seed, self.reason)?;
        self.plan
            .iter()
            .try_for_each(|line| writeln!(f, "  {line}"))
    }
}

macro_rules! tally {
    ($($name:ident),*) => {
        /// What happened, so that a test can tell that something did.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Tally { $(/// How often.
            pub $name: u64),* }

        impl Tally {
            /// Both together.
            #[must_use]
            pub fn plus(self, other: Self) -> Self {
                Self { $($name: self.$name + other.$name),* }
            }
        }
    };
}

tally!(
    schedules,
    edits,
    cuts,
    silences,
    restarts,
    crashes,
    failed_writes,
    relay_crashes,
    relay_stops,
    wipes,
    restores,
    rejects,
    duplicates,
    hostile_pushes,
    hostile_entries,
    wrong_signatures,
    wrong_roles,
    replays,
    early_pushes,
    files,
    bundles,
    refusals,
    refused,
    resets,
    claims,
    acks,
    owns,
    items,
    peers,
    misbehaved,
    log_failures,
    state_changes,
    refills,
    waiting,
    snapshots_wanted,
    snapshots,
    declined,
    bases,
    parts,
    confirmed,
    retired,
    fresh_devices,
    finished,
    finals,
    knots,
    late,
    reopened,
    given_back,
    frozen_settled,
    settled
);
