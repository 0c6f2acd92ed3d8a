//! The room's clients: who writes when, and what each of them saw.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hdrhistogram::CreationError;
use samsyn_shared::ids::EnvelopeHash;
use samsyn_shared::sync::wire::PushRef;
use tokio::time::{Instant, sleep_until};

use crate::client::Failure;
use crate::commands::bench::light::{Heard, Light, Lost, Ready};
use crate::commands::bench::measure::Durations;

/// Longer than this nobody waits for a note; what has not come by then is missing.
const LAST_CALL: Duration = Duration::from_secs(10);
/// Most notes of one run: they are all sealed beforehand and kept in memory.
const MOST_NOTES: u64 = 100_000;

/// Who writes when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) clients: u64,
    /// The first so many write, the others only read.
    pub(super) writers: u64,
    pub(super) notes_each: u64,
    every: Duration,
}

impl Plan {
    pub(super) fn new(
        clients: u64,
        writers: Option<u64>,
        every: u64,
        seconds: u64,
    ) -> Result<Self, Failure> {
        let writers = writers.unwrap_or(clients).min(clients);
        let notes_each = (seconds * 1_000 / every).max(1);
        let all = writers * notes_each;
        if all > MOST_NOTES {
            return Err(Failure::TooMuch(format!(
                "{all} notes are more than the {MOST_NOTES} of one run: take fewer clients, a longer --every or fewer --seconds"
            )));
        }
        Ok(Self {
            clients,
            writers,
            notes_each,
            every: Duration::from_millis(every),
        })
    }

    pub(super) const fn notes(&self) -> u64 {
        self.writers * self.notes_each
    }

    /// How many of them a client writes.
    pub(super) const fn notes_of(&self, client: u64) -> u64 {
        if client < self.writers {
            self.notes_each
        } else {
            0
        }
    }

    /// When a client sends its next note, from the start; people do not all write in the same instant.
    fn due(&self, client: u64, note: u64) -> Duration {
        let after = |share: u64, of: u64| {
            self.every * u32::try_from(share).unwrap_or(u32::MAX) / u32::try_from(of).unwrap_or(1)
        };
        after(client, self.writers) + after(note, 1)
    }

    /// When whatever has not come is missing.
    fn over(&self) -> Duration {
        self.due(self.writers, self.notes_each) + LAST_CALL
    }
}

/// What the whole room shares.
pub(super) struct Floor {
    pub(super) plan: Plan,
    pub(super) start: Instant,
    /// Which note an envelope is.
    numbers: HashMap<EnvelopeHash, usize>,
    /// When each was sent, in nanoseconds from the start; 0 before.
    sent: Vec<AtomicU64>,
    // A std mutex, because nothing awaits while holding it; and all clients are on one thread.
    tally: Mutex<Tally>,
}

/// What all of them saw.
pub(super) struct Tally {
    pub(super) pushes: u64,
    pub(super) acks: u64,
    pub(super) refusals: u64,
    pub(super) deliveries: u64,
    pub(super) strange: u64,
    pub(super) lost: u64,
    pub(super) received: Durations,
    pub(super) acked: Durations,
    pub(super) late: Durations,
}

impl Tally {
    fn new() -> Result<Self, CreationError> {
        Ok(Self {
            pushes: 0,
            acks: 0,
            refusals: 0,
            deliveries: 0,
            strange: 0,
            lost: 0,
            received: Durations::new()?,
            acked: Durations::new()?,
            late: Durations::new()?,
        })
    }
}

impl Floor {
    /// The room at the instant when it starts; `numbers` says which note an envelope is.
    pub(super) fn new(
        plan: Plan,
        numbers: HashMap<EnvelopeHash, usize>,
    ) -> Result<Self, CreationError> {
        Ok(Self {
            plan,
            sent: numbers.iter().map(|_| AtomicU64::new(0)).collect(),
            numbers,
            tally: Mutex::new(Tally::new()?),
            start: Instant::now(),
        })
    }

    pub(super) fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn since_sent(&self, number: usize) -> Option<Duration> {
        let sent = self.sent.get(number)?.load(Ordering::Relaxed);
        let sent = self.start + Duration::from_nanos(sent);
        Some(Instant::now().saturating_duration_since(sent))
    }

    fn sending(&self, number: usize, due: Duration) {
        let now = self.start.elapsed();
        if let Some(sent) = self.sent.get(number) {
            let nanos = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
            sent.store(nanos, Ordering::Relaxed);
        }
        let mut tally = self.tally();
        tally.pushes += 1;
        tally.late.record(now.saturating_sub(due));
    }

    fn received(&self, hash: &EnvelopeHash) {
        let since = self.numbers.get(hash).and_then(|it| self.since_sent(*it));
        let mut tally = self.tally();
        match since {
            Some(since) => {
                tally.deliveries += 1;
                tally.received.record(since);
            }
            None => tally.strange += 1,
        }
    }

    fn acked(&self, number: usize) {
        let since = self.since_sent(number).unwrap_or_default();
        let mut tally = self.tally();
        tally.acks += 1;
        tally.acked.record(since);
    }
}

/// One of the room.
pub(super) struct Member {
    light: Light,
    floor: Arc<Floor>,
    client: u64,
    ready: Vec<Ready>,
    next: u64,
    answered: u64,
    received: u64,
}

impl Member {
    /// The client of that number, who will write these.
    pub(super) fn new(light: Light, floor: Arc<Floor>, client: u64, ready: Vec<Ready>) -> Self {
        Self {
            light,
            floor,
            client,
            ready,
            next: 0,
            answered: 0,
            received: 0,
        }
    }

    /// Writes and reads until everything has come, or it is over; gives the connection back, which is still open.
    pub(super) async fn take_part(mut self) -> Option<Light> {
        let plan = self.floor.plan;
        let wake = sleep_until(self.floor.start + self.wakes_at());
        tokio::pin!(wake);
        while !self.has_everything() {
            let went_well = tokio::select! {
                heard = self.light.next() => heard.map(|heard| self.hear(heard)),
                () = &mut wake => {
                    if self.next == plan.notes_of(self.client) {
                        break;
                    }
                    let sent = self.write().await;
                    wake.as_mut().reset(self.floor.start + self.wakes_at());
                    sent
                }
            };
            if went_well.is_err() {
                self.floor.tally().lost += 1;
                return None;
            }
        }
        Some(self.light)
    }

    fn wakes_at(&self) -> Duration {
        let plan = self.floor.plan;
        if self.next < plan.notes_of(self.client) {
            plan.due(self.client, self.next)
        } else {
            plan.over()
        }
    }

    fn has_everything(&self) -> bool {
        let plan = self.floor.plan;
        let own = plan.notes_of(self.client);
        self.answered == own && self.received == plan.notes() - own
    }

    async fn write(&mut self) -> Result<(), Lost> {
        let plan = self.floor.plan;
        let number = usize::try_from(self.client * plan.notes_each + self.next);
        let ready = usize::try_from(self.next).ok();
        let Some(ready) = ready.and_then(|next| self.ready.get(next)) else {
            return Ok(());
        };
        let due = plan.due(self.client, self.next);
        self.floor.sending(number.unwrap_or(usize::MAX), due);
        self.next += 1;
        self.light.push(ready).await
    }

    fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Entry(hash) => {
                self.received += 1;
                self.floor.received(&hash);
            }
            Heard::Acked(PushRef(reference)) => {
                self.answered += 1;
                let own = self.client * self.floor.plan.notes_each + u64::from(reference);
                self.floor.acked(usize::try_from(own).unwrap_or(usize::MAX));
            }
            Heard::Refused => {
                self.answered += 1;
                self.floor.tally().refusals += 1;
            }
            Heard::OutOfOrder => {
                self.received += 1;
                self.floor.tally().strange += 1;
            }
            Heard::Own
            | Heard::CaughtUp
            | Heard::Pong
            | Heard::Wanted(_)
            | Heard::Snapshot
            | Heard::Other => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_spread_over_the_time_and_over_the_clients() {
        let plan = Plan::new(4, None, 2_000, 20).unwrap();
        assert_eq!((plan.notes_each, plan.notes()), (10, 40));
        assert_eq!(plan.due(0, 0), Duration::ZERO);
        assert_eq!(plan.due(1, 0), Duration::from_millis(500));
        assert_eq!(plan.due(3, 9), Duration::from_millis(19_500));
        assert!(plan.over() > plan.due(3, 9) + LAST_CALL);
    }

    #[test]
    fn who_only_reads_has_no_notes_and_leaves_no_gap_between_those_who_write() {
        let plan = Plan::new(8, Some(2), 2_000, 20).unwrap();
        assert_eq!((plan.notes_of(1), plan.notes_of(2)), (10, 0));
        assert_eq!(plan.notes(), 20);
        assert_eq!(plan.due(1, 0), Duration::from_millis(1_000));
    }

    #[test]
    fn everybody_writes_at_least_once_and_nobody_without_end() {
        assert_eq!(Plan::new(2, None, 30_000, 1).unwrap().notes_each, 1);
        let error = Plan::new(2_000, None, 20, 600).unwrap_err();
        assert!(error.to_string().contains("--every"), "{error}");
    }
}
