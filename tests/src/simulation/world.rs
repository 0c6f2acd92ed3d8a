//! The world: an event queue, links that delay and break, devices and the relay.

mod devices;
mod relaying;

use std::collections::{BTreeMap, BTreeSet};

use ed25519_dalek::SigningKey;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use samsyn_shared::ids::{BoardId, ChangeHash, EnvelopeHash, Epoch};
use samsyn_shared::seal::{BoardKeys, Role};
use samsyn_shared::sync::relay::{Compaction, ConnId, RelayInput, RelayLimits};
use samsyn_shared::sync::session::{Input, Tuning};
use samsyn_shared::sync::wire::{self, Decoded, Frame, Message, PushRef};
use samsyn_shared::time::{Monotonic, Now, UnixMillis};

use super::chaos::Chaos;
use super::device::Device;
use super::document::Document;
use super::hostile::participant_signing;
use super::ledger::Ledger;
use super::relay::{Relay, Request};
use super::tally::{Failure, Tally};

/// How many devices there are: two facilitators, three participants, an observer.
pub const DEVICES: usize = 6;
const START: i64 = 1_800_000_000_000;

/// What the clocks on the walls do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clocks {
    /// They show the time.
    Right,
    /// Every second each of them, the relay's too, shows another time, wrong by up to half a day.
    Jumping,
}

/// How wrong a jumping clock may be, either way.
const WRONG: u64 = 12 * 3_600_000;
/// Whose clock the relay's is; devices count from 0.
pub(super) const RELAY: usize = usize::MAX;

/// Something that will happen.
pub(super) enum Event {
    Act,
    Start(usize),
    Reconnect(usize, u64),
    Connected(usize, ConnId),
    ConnectFailed(usize, u64),
    DeviceClosed(usize, ConnId),
    DeviceTick(usize),
    ToDevice(ConnId, Vec<u8>),
    Bundle(ConnId),
    ToRelay(ConnId, Vec<u8>),
    RelayClosed(ConnId, u64),
    RelayTick,
    RelayStart,
    RelayEnds(u64),
    RestoreBackup,
    Flushed(ConnId, usize),
    Work(u64, Request),
    Answer(u64, RelayInput),
    Flush(u64),
}

/// One connection.
pub(super) struct Link {
    pub(super) device: usize,
    /// The relay's life that it goes to.
    pub(super) life: u64,
    /// A cut that the device has not noticed.
    pub(super) silent: bool,
    /// The life of the log that the relay opened the board with.
    pub(super) opened: Option<Epoch>,
    /// What the device pushed.
    pub(super) pushed: BTreeMap<PushRef, EnvelopeHash>,
    /// Frames that the device will take in together.
    bundle: Vec<Vec<u8>>,
    to_relay_at: u64,
    to_device_at: u64,
    latency: u64,
}

/// See the module.
pub struct World<S: Document> {
    pub(super) seed: u64,
    pub(super) rng: ChaCha8Rng,
    pub(super) time: u64,
    events: BTreeMap<(u64, u64), Event>,
    next_event: u64,
    pub(super) board: BoardId,
    pub(super) devices: Vec<Device<S>>,
    pub(super) relay: Relay,
    pub(super) links: BTreeMap<ConnId, Link>,
    next_conn: u64,
    pub(super) ledger: Ledger,
    /// Envelopes as they were sealed, for replaying.
    pub(super) envelopes: Vec<Vec<u8>>,
    /// Changes that came in forged envelopes only.
    pub(super) hostile: BTreeSet<ChangeHash>,
    /// Envelopes that nobody may have signed.
    pub(super) forged: BTreeSet<EnvelopeHash>,
    /// Every participant has this key, a hostile one too.
    pub(super) participant_signing: SigningKey,
    /// How often the trouble starts again after everybody has settled.
    rounds: u64,
    pub(super) chaos: Chaos,
    clocks: Clocks,
    pub(super) tally: Tally,
    /// A device whose every message and write goes into the plan.
    traced: Option<usize>,
    pub(super) plan: Vec<String>,
}

impl<S: Document> World<S> {
    /// The world of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut seed_of_board = [0; 32];
        rng.fill_bytes(&mut seed_of_board);
        let facilitator = BoardKeys::facilitator(seed_of_board.into());
        let devices = (0..DEVICES)
            .map(|index| Device::new(keys_of(&facilitator, index), random_tuning(&mut rng)))
            .collect();
        let limits = random_limits(&mut rng);
        let mut world = Self {
            seed,
            time: 0,
            events: BTreeMap::new(),
            next_event: 0,
            board: facilitator.board(),
            devices,
            relay: Relay::new(limits),
            links: BTreeMap::new(),
            next_conn: 1,
            ledger: Ledger::default(),
            envelopes: Vec::new(),
            hostile: BTreeSet::new(),
            forged: BTreeSet::new(),
            participant_signing: participant_signing(&seed_of_board),
            rounds: 1 + rng.next_u64() % 3,
            chaos: Chaos::new(&mut rng),
            clocks: if seed.is_multiple_of(2) {
                Clocks::Right
            } else {
                Clocks::Jumping
            },
            tally: Tally {
                schedules: 1,
                ..Tally::default()
            },
            traced: None,
            plan: Vec::new(),
            rng,
        };
        for device in 0..DEVICES {
            let at = world.below(3_000);
            world.after(at, Event::Start(device));
        }
        world
    }

    /// With these clocks; a seed has its own. They draw nothing from the seed, so all else stays as it is.
    #[must_use]
    pub fn with_clocks(mut self, clocks: Clocks) -> Self {
        self.clocks = clocks;
        self
    }

    /// Puts every message and write of a device into the plan.
    #[must_use]
    pub fn traced(mut self, device: usize) -> Self {
        self.traced = Some(device);
        self
    }

    fn trace(&mut self, device: usize, line: impl FnOnce() -> String) {
        if self.traced == Some(device) {
            let line = line();
            self.note(line);
        }
    }

    fn trace_frame(&mut self, device: usize, way: &str, bytes: &[u8]) {
        self.trace(device, || match wire::decode(bytes) {
            Ok(Decoded::Frame(Frame { channel, message })) => {
                let mut envelope = None;
                if let Message::Item(item) = &message {
                    envelope = Some(samsyn_shared::seal::envelope_hash(&item.envelope));
                } else if let Message::Push(push) = &message {
                    envelope = Some(samsyn_shared::seal::envelope_hash(&push.envelope));
                }
                let mut text = format!("{way} {} {message:?}", channel.0);
                if let Some(at) = text.find("envelope: ") {
                    text.truncate(at);
                }
                format!("{text} {envelope:?}")
            }
            other => format!("{way} {other:?}"),
        });
    }

    /// The failure of this schedule.
    #[must_use]
    pub fn failure(&self, reason: String) -> Failure {
        Failure {
            seed: self.seed,
            reason,
            plan: self.plan.clone(),
        }
    }

    /// Runs the schedule to its end.
    ///
    /// # Errors
    /// What did not hold.
    pub fn run(&mut self) -> Result<Tally, String> {
        for _ in 0..self.rounds {
            self.start_trouble();
            while !self.chaos.over {
                self.step()?;
            }
            self.end_trouble();
            self.settle()?;
        }
        self.check_release()?;
        Ok(self.tally)
    }

    /// Lets the devices settle and checks that they are what they must be then.
    fn settle(&mut self) -> Result<(), String> {
        let deadline = self.time + 20 * 60_000;
        let mut next_look = self.time;
        while !self.settled()? {
            if self.time > deadline {
                return Err(self.why_unsettled());
            }
            next_look += 2_000;
            while self.time < next_look {
                self.step()?;
            }
        }
        self.tally.settled += 1;
        self.check_settled()
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        if limit == 0 {
            0
        } else {
            self.rng.next_u64() % limit
        }
    }

    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub(super) fn after(&mut self, millis: u64, event: Event) {
        self.at(self.time + millis, event);
    }

    fn at(&mut self, time: u64, event: Event) {
        self.next_event += 1;
        self.events.insert((time, self.next_event), event);
    }

    pub(super) fn note(&mut self, line: impl Into<String>) {
        let line = format!("{:>7} {}", self.time, line.into());
        self.plan.push(line);
    }

    /// The time as `whose` clocks show it. Only the wall's can be wrong.
    pub(super) fn now(&self, whose: usize) -> Now {
        let right = START + i64::try_from(self.time).unwrap_or(i64::MAX);
        Now {
            monotonic: Monotonic(self.time),
            wall: UnixMillis(right + self.wrong_by(whose)),
        }
    }

    fn wrong_by(&self, whose: usize) -> i64 {
        if self.clocks == Clocks::Right {
            return 0;
        }
        let (whose, second) = (whose as u64, self.time / 1_000);
        let drawn = self.seed ^ whose.rotate_left(32) ^ second.rotate_left(8);
        let by = ChaCha8Rng::seed_from_u64(drawn).next_u64() % (2 * WRONG);
        i64::try_from(by).unwrap_or(0) - i64::try_from(WRONG).unwrap_or(0)
    }

    pub(super) fn step(&mut self) -> Result<(), String> {
        let Some(((time, _), event)) = self.events.pop_first() else {
            self.time += 1_000;
            return Ok(());
        };
        self.time = time;
        match event {
            Event::Act => self.act(),
            Event::Start(device) => self.start(device),
            Event::Reconnect(device, number) => self.reconnect(device, number),
            Event::Connected(device, conn) => self.connected(device, conn),
            Event::ConnectFailed(device, number)
                if self
                    .devices
                    .get(device)
                    .is_some_and(|it| it.reconnect == number) =>
            {
                self.tell(device, Input::Disconnected)
            }
            Event::ConnectFailed(..) => Ok(()),
            Event::DeviceClosed(device, conn) => self.device_closed(device, conn),
            Event::DeviceTick(device) => self.device_tick(device),
            Event::ToDevice(conn, bytes) => self.device_hears(conn, bytes),
            Event::Bundle(conn) => self.bundle(conn),
            Event::ToRelay(conn, bytes) => self.relay_hears(conn, bytes),
            Event::RelayClosed(conn, life) if life == self.relay.life => {
                self.relay_does(RelayInput::Closed(conn))
            }
            Event::RelayClosed(..) => Ok(()),
            Event::RelayEnds(life) if life == self.relay.life => {
                self.kill_relay();
                Ok(())
            }
            Event::RelayEnds(_) => Ok(()),
            Event::RelayTick => self.relay_tick(),
            Event::RestoreBackup => self.restore_backup(),
            Event::RelayStart => {
                self.relay.start();
                Ok(())
            }
            Event::Flushed(conn, bytes) => self.relay_does(RelayInput::Flushed(conn, bytes)),
            Event::Work(life, request) => self.work(life, request),
            Event::Answer(life, answer) if life == self.relay.life => self.relay_does(answer),
            Event::Answer(..) => Ok(()),
            Event::Flush(life) => self.flush(life),
        }
    }
}

fn keys_of(facilitator: &BoardKeys, index: usize) -> BoardKeys {
    let role = match index {
        0 | 1 => Role::Facilitator,
        5 => Role::Observer,
        _ => Role::Participant,
    };
    facilitator
        .link(role)
        .and_then(|code| BoardKeys::from_link(&code).ok())
        .unwrap_or_else(|| facilitator.clone())
}

fn random_tuning(rng: &mut ChaCha8Rng) -> Tuning {
    let mut below = |limit: u64| usize::try_from(rng.next_u64() % limit).unwrap_or(0);
    Tuning {
        batch_changes: 1 + below(6),
        in_flight: 1 + below(4),
        group_changes: 1 + below(10),
        group_bytes: 200 + below(10_000),
        presence_gap: 1_000,
        presence_refresh: 60_000,
        peer_expiry: 180_000,
        ..Tuning::default()
    }
}

fn random_limits(rng: &mut ChaCha8Rng) -> RelayLimits {
    let mut below = |limit: u64| rng.next_u64() % limit;
    let usual = RelayLimits::default();
    let (rate, burst) = match below(3) {
        0 => (400 + below(4_000), 20_000 + below(20_000)),
        _ => (usual.board_bytes_per_second, usual.board_bytes_burst),
    };
    let mut size = |least: usize, more| least + usize::try_from(below(more)).unwrap_or(0);
    let compaction = Compaction {
        urgent_bytes: size(1_500, 20_000) as u64,
        urgent_times: 1 + size(0, 3) as u64,
        leisure_bytes: size(500, 4_000) as u64,
        leisure_share: 8,
        quiet: size(500, 8_000) as u64,
        patience: size(3_000, 40_000) as u64,
        every: size(500, 3_000) as u64,
    };
    RelayLimits {
        compaction,
        buffer: size(3_000, 60_000),
        read_bytes: size(1, 3_000),
        in_flight: size(2, 6),
        board_bytes_per_second: rate,
        board_bytes_burst: burst,
        messages_per_second: 10_000,
        messages_burst: 10_000,
        ..usual
    }
}
