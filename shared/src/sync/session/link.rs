//! The connection as the session sees it: phases, heartbeat, and how long to wait before the next.

use rand_core::Rng;

use super::types::{LinkStatus, Tuning};
use crate::sync::wire::{Channel, CloseCode};
use crate::time::Monotonic;

/// See the module.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) phase: LinkStatus,
    pub(super) channel: Channel,
    pub(super) closed: Option<CloseCode>,
    pub(super) clock_offset: Option<i64>,
    /// Pushes that the relay lets be on their way.
    pub(super) in_flight: usize,
    heard: Monotonic,
    said: Monotonic,
    pinged: Monotonic,
    reopened: u32,
    attempts: u32,
    reconnect_at: Option<Monotonic>,
}

/// What is due now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    Ping,
    Dead,
}

/// A stream that does not fit together is opened again so often on one connection.
const REOPENS: u32 = 3;

impl Link {
    pub(super) fn new() -> Self {
        Self {
            phase: LinkStatus::Offline,
            channel: Channel::CONNECTION,
            closed: None,
            clock_offset: None,
            in_flight: usize::MAX,
            heard: Monotonic(0),
            said: Monotonic(0),
            pinged: Monotonic(0),
            reopened: 0,
            attempts: 0,
            reconnect_at: None,
        }
    }

    pub(super) fn is_up(&self) -> bool {
        self.phase != LinkStatus::Offline
    }

    /// Whether the stream is coming in.
    pub(super) fn is_open(&self) -> bool {
        match self.phase {
            LinkStatus::Offline | LinkStatus::Opening => false,
            LinkStatus::CatchingUp | LinkStatus::Online => true,
        }
    }

    pub(super) fn up(&mut self, now: Monotonic) {
        self.phase = LinkStatus::Opening;
        self.channel = Channel(1);
        self.in_flight = usize::MAX;
        (self.heard, self.said, self.pinged) = (now, now, now);
        self.reopened = 0;
        self.reconnect_at = None;
    }

    /// The next channel of this connection, unless the stream was opened too often.
    pub(super) fn reopen(&mut self) -> Option<Channel> {
        self.reopened += 1;
        if self.reopened > REOPENS {
            return None;
        }
        self.next_channel();
        Some(self.channel)
    }

    /// The board is opened anew: no channel is used twice.
    pub(super) fn next_channel(&mut self) {
        self.phase = LinkStatus::Opening;
        self.channel = Channel(self.channel.0 + 1);
    }

    pub(super) fn online(&mut self) {
        self.phase = LinkStatus::Online;
        self.attempts = 0;
        self.closed = None;
    }

    /// The connection is gone; gives how long to wait before the next, in milliseconds.
    pub(super) fn down(
        &mut self,
        now: Monotonic,
        rng: &mut impl Rng,
        tuning: &Tuning,
        at_least: u64,
    ) -> u64 {
        if self.phase == LinkStatus::Offline {
            // Now it was not even reached.
            self.closed = None;
        }
        self.phase = LinkStatus::Offline;
        let wait = match self.reconnect_at {
            Some(at) if at > now => at.0 - now.0,
            Some(_) | None => at_least.saturating_add(self.backoff(rng, tuning)),
        };
        self.reconnect_at = Some(now.plus(wait));
        wait
    }

    fn backoff(&mut self, rng: &mut impl Rng, tuning: &Tuning) -> u64 {
        let ceiling = tuning
            .backoff_first
            .saturating_mul(1 << self.attempts.min(16))
            .min(tuning.backoff_max);
        self.attempts = self.attempts.saturating_add(1);
        below(rng, ceiling)
    }

    pub(super) fn heard(&mut self, now: Monotonic) {
        self.heard = now;
    }

    pub(super) fn said(&mut self, now: Monotonic) {
        self.said = now;
    }

    pub(super) fn due(&mut self, now: Monotonic, tuning: &Tuning) -> Due {
        if !self.is_up() {
            Due::Nothing
        } else if self.dead_at(tuning) <= now {
            Due::Dead
        } else if self.ping_at(tuning) <= now {
            self.pinged = now;
            Due::Ping
        } else {
            Due::Nothing
        }
    }

    pub(super) fn next_wake(&self, tuning: &Tuning) -> Option<Monotonic> {
        self.is_up()
            .then(|| self.ping_at(tuning).min(self.dead_at(tuning)))
    }

    fn ping_at(&self, tuning: &Tuning) -> Monotonic {
        self.heard
            .min(self.said)
            .max(self.pinged)
            .plus(tuning.ping_after)
    }

    fn dead_at(&self, tuning: &Tuning) -> Monotonic {
        self.heard.plus(tuning.dead_after)
    }
}

/// A random number from 0 up to and without `limit`; 0 for 0.
pub(super) fn below(rng: &mut impl Rng, limit: u64) -> u64 {
    if limit == 0 {
        0
    } else {
        rng.next_u64() % limit
    }
}
