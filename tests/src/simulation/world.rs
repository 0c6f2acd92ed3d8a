//! The world: an event queue, links that delay and break, devices and the relay.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use samsyn_shared::ids::{BoardId, ChangeHash, EnvelopeHash, PresenceId};
use samsyn_shared::seal::{BoardKeys, Role};
use samsyn_shared::sync::relay::{ConnId, RelayInput, RelayLimits, RelayOutput};
use samsyn_shared::sync::session::{Input, OutboxContent, Output, StoreWrite, Tuning};
use samsyn_shared::sync::wire::{
    self, Channel, Decoded, Frame, Message, Reject, RejectCode, Retry,
};
use samsyn_shared::time::{Monotonic, Now, UnixMillis};

use super::chaos::Chaos;
use super::device::{Device, Storage};
use super::document::Document;
use super::relay::{Relay, Request};

/// How many devices there are: a facilitator, four participants, an observer.
pub const DEVICES: usize = 6;
const START: i64 = 1_800_000_000_000;

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
    waiting
);

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
    ToRelay(ConnId, Vec<u8>),
    RelayClosed(ConnId, u64),
    RelayTick,
    RelayStart,
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
    /// Which changes an envelope holds, of all that were ever sealed.
    pub(super) sealed: BTreeMap<EnvelopeHash, Vec<ChangeHash>>,
    /// Envelopes as they were sealed, for replaying.
    pub(super) envelopes: Vec<Vec<u8>>,
    /// Every change that a person made and that was on the disk.
    pub(super) authored: BTreeSet<ChangeHash>,
    pub(super) hostile: BTreeSet<ChangeHash>,
    /// Envelopes that the relay must not take.
    pub(super) refusable: Vec<EnvelopeHash>,
    pub(super) chaos: Chaos,
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
        let facilitator = BoardKeys::generate(&mut rng);
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
            sealed: BTreeMap::new(),
            envelopes: Vec::new(),
            authored: BTreeSet::new(),
            hostile: BTreeSet::new(),
            refusable: Vec::new(),
            chaos: Chaos::new(&mut rng),
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
        world.after(0, Event::Act);
        world
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
        while !self.chaos.over {
            self.step()?;
        }
        self.end_trouble()?;
        let deadline = self.time + 20 * 60_000;
        let mut next_look = self.time;
        while !self.settled() {
            if self.time > deadline {
                return Err(self.why_unsettled());
            }
            next_look += 2_000;
            while self.time < next_look {
                self.step()?;
            }
        }
        self.check_end()?;
        Ok(self.tally)
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

    pub(super) fn now(&self) -> Now {
        Now {
            monotonic: Monotonic(self.time),
            wall: UnixMillis(START + i64::try_from(self.time).unwrap_or(i64::MAX)),
        }
    }

    fn step(&mut self) -> Result<(), String> {
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
            Event::ToRelay(conn, bytes) => self.relay_hears(conn, bytes),
            Event::RelayClosed(conn, life) if life == self.relay.life => {
                self.relay_does(RelayInput::Closed(conn))
            }
            Event::RelayClosed(..) => Ok(()),
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

    // Devices.

    pub(super) fn device(&mut self, index: usize) -> Result<&mut Device<S>, String> {
        self.devices
            .get_mut(index)
            .ok_or_else(|| "no such device".to_owned())
    }

    fn start(&mut self, index: usize) -> Result<(), String> {
        let presence = PresenceId::random(&mut self.rng);
        let device = self.device(index)?;
        if device.session.is_some() {
            return Ok(());
        }
        device.run += 1;
        device.tick_at = None;
        device.session = Some(device.disk.start(&device.keys, presence, device.tuning));
        device.reconnect += 1;
        let number = device.reconnect;
        self.after(1, Event::Reconnect(index, number));
        Ok(())
    }

    fn reconnect(&mut self, index: usize, number: u64) -> Result<(), String> {
        let (time, up) = (self.time, self.relay.core.is_some());
        let device = self.device(index)?;
        if device.reconnect != number || device.session.is_none() {
            return Ok(());
        }
        if time < device.offline_until || !up {
            let wait = 50 + self.below(400);
            self.after(wait, Event::ConnectFailed(index, number));
            return Ok(());
        }
        let conn = ConnId(self.next_conn);
        self.next_conn += 1;
        let latency = 1 + self.below(self.chaos.latency);
        let at = self.time + latency;
        let life = self.relay.life;
        self.links.insert(
            conn,
            Link {
                device: index,
                life,
                silent: false,
                to_relay_at: at,
                to_device_at: at,
                latency,
            },
        );
        self.device(index)?.conn = Some(conn);
        self.relay_does(RelayInput::Connected(conn))?;
        self.after(latency, Event::Connected(index, conn));
        Ok(())
    }

    fn connected(&mut self, index: usize, conn: ConnId) -> Result<(), String> {
        if self.device(index)?.conn == Some(conn) && self.links.contains_key(&conn) {
            return self.tell(index, Input::Connected);
        }
        Ok(())
    }

    fn device_closed(&mut self, index: usize, conn: ConnId) -> Result<(), String> {
        if self.device(index)?.conn == Some(conn) {
            self.device(index)?.conn = None;
            return self.tell(index, Input::Disconnected);
        }
        Ok(())
    }

    fn device_tick(&mut self, index: usize) -> Result<(), String> {
        let time = self.time;
        let device = self.device(index)?;
        if device.tick_at.is_some_and(|at| at <= time) {
            device.tick_at = None;
            return self.tell(index, Input::Tick);
        }
        Ok(())
    }

    fn device_hears(&mut self, conn: ConnId, bytes: Vec<u8>) -> Result<(), String> {
        let Some(link) = self.links.get(&conn) else {
            return Ok(());
        };
        let (index, silent) = (link.device, link.silent);
        let size = bytes.len();
        if !silent {
            self.after(0, Event::Flushed(conn, size));
            if self.device(index)?.conn == Some(conn) {
                self.count_frame(&bytes);
                self.trace_frame(index, "  <-", &bytes);
                let acked = self.chaos.cuts_after_ack && is_ack(&bytes);
                self.tell(index, Input::Frame(bytes))?;
                if acked && self.chance(10) {
                    self.cut_after_ack(conn);
                }
            }
        }
        Ok(())
    }

    /// The worst moment: the relay has said that it holds a push, and the stream has not shown it.
    fn cut_after_ack(&mut self, conn: ConnId) {
        self.tally.cuts += 1;
        self.note("a link is cut right after an acknowledgement");
        self.cut(conn);
    }

    fn count_frame(&mut self, bytes: &[u8]) {
        if let Ok(Decoded::Frame(Frame { message, .. })) = wire::decode(bytes) {
            match message {
                Message::Ack(_) => self.tally.acks += 1,
                Message::Own(_) => self.tally.owns += 1,
                Message::Item(_) => self.tally.items += 1,
                Message::Opened(opened) if opened.reset => self.tally.resets += 1,
                Message::Opened(_)
                | Message::Hello(_)
                | Message::Welcome(_)
                | Message::Open(_)
                | Message::Push(_)
                | Message::Reject(_)
                | Message::CaughtUp(_)
                | Message::Presence(_)
                | Message::Close(_)
                | Message::Ping(_)
                | Message::Pong(_)
                | Message::NeedKeys(_)
                | Message::Reserved(_) => {}
            }
        }
    }

    /// Gives a device's session an input, and carries out what it says, until the device dies of it.
    pub(super) fn tell(&mut self, index: usize, input: Input) -> Result<(), String> {
        let now = self.now();
        let crash = self.chaos.device_crashes && self.below(1_000) < 4;
        let mut rng = ChaCha8Rng::seed_from_u64(self.rng.next_u64());
        let device = self.device(index)?;
        let Some(session) = device.session.as_mut() else {
            return Ok(());
        };
        let outputs = session.handle(now, &mut rng, input);
        let wake = session.next_wake().map(|at| at.0.max(now.monotonic.0));
        let dies_at = if crash {
            self.below(outputs.len() as u64 + 1)
        } else {
            u64::MAX
        };
        for (number, output) in outputs.into_iter().enumerate() {
            if number as u64 == dies_at {
                self.tally.crashes += 1;
                self.note(format!("device {index} dies between two outputs"));
                return self.restart(index);
            }
            self.carry_out(index, output)?;
        }
        let device = self.device(index)?;
        if let Some(at) = wake
            && device
                .tick_at
                .is_none_or(|before| before > at || before <= now.monotonic.0)
        {
            device.tick_at = Some(at);
            let at = at.max(now.monotonic.0 + 1);
            self.at(at, Event::DeviceTick(index));
        }
        self.check_step(index)
    }

    fn carry_out(&mut self, index: usize, output: Output<S::Delta>) -> Result<(), String> {
        match output {
            Output::Write(write) => self.write(index, write)?,
            Output::Send(bytes) => self.send(index, bytes)?,
            Output::Reconnect { after_ms } => {
                self.hang_up(index)?;
                let device = self.device(index)?;
                device.reconnect += 1;
                let number = device.reconnect;
                self.after(after_ms.max(1), Event::Reconnect(index, number));
            }
            Output::Refused(_) => {
                self.tally.refused += 1;
                self.device(index)?.refused += 1;
            }
            Output::Held(held) => {
                return Err(format!(
                    "device {index} holds {held:?}, and nobody broke a rule"
                ));
            }
            Output::Misbehaved(_) => self.tally.misbehaved += 1,
            Output::Peers(peers) => self.tally.peers += u64::from(!peers.is_empty()),
            Output::Status(status) => self.tally.waiting += u64::from(status.waiting > 0),
            Output::Delta(_) | Output::Registers(_) | Output::Rejected(_) => {}
        }
        Ok(())
    }

    fn write(&mut self, index: usize, write: StoreWrite) -> Result<(), String> {
        self.trace(index, || {
            let chunks: Vec<_> = write.chunks.iter().map(|it| (it.hash, it.state)).collect();
            let put: Vec<_> = write
                .outbox_put
                .iter()
                .map(|it| (it.hash, &it.content))
                .collect();
            format!(
                "  write {:?} {chunks:?} put {put:?} remove {:?} dropped {:?}",
                write.frontier, write.outbox_remove, write.dropped
            )
        });
        for entry in &write.outbox_put {
            if let OutboxContent::Changes(changes) = &entry.content {
                self.sealed.insert(entry.hash, changes.clone());
            }
            self.envelopes.push(entry.bytes.clone());
        }
        let device = self.device(index)?;
        device.write(write);
        if device.storage == Storage::Fails {
            self.tally.failed_writes += 1;
        }
        Ok(())
    }

    fn send(&mut self, index: usize, bytes: Vec<u8>) -> Result<(), String> {
        self.trace_frame(index, "  ->", &bytes);
        let Some(conn) = self.device(index)?.conn else {
            return Ok(());
        };
        let jitter = self.below(self.chaos.latency / 2 + 1);
        let time = self.time;
        let Some(link) = self.links.get_mut(&conn) else {
            return Ok(());
        };
        link.to_relay_at = link.to_relay_at.max(time + link.latency + jitter);
        let at = link.to_relay_at;
        if !link.silent {
            self.at(at, Event::ToRelay(conn, bytes));
        }
        Ok(())
    }

    /// The device closes its socket; the relay hears of it later.
    pub(super) fn hang_up(&mut self, index: usize) -> Result<(), String> {
        if let Some(conn) = self.device(index)?.conn.take() {
            self.cut(conn);
        }
        Ok(())
    }

    /// Takes a link down: what is under way is lost.
    pub(super) fn cut(&mut self, conn: ConnId) {
        if let Some(link) = self.links.remove(&conn) {
            let wait = self.below(2_000);
            self.after(wait, Event::RelayClosed(conn, link.life));
            let notice = self.below(500);
            self.after(notice, Event::DeviceClosed(link.device, conn));
        }
    }

    /// The device is off and starts again from its disk.
    pub(super) fn restart(&mut self, index: usize) -> Result<(), String> {
        self.hang_up(index)?;
        let wait = 10 + self.below(5_000);
        let device = self.device(index)?;
        device.session = None;
        device.kept = None;
        device.storage = Storage::Works;
        device.reconnect += 1;
        self.tally.restarts += 1;
        self.after(wait, Event::Start(index));
        Ok(())
    }

    // The relay.

    fn relay_hears(&mut self, conn: ConnId, bytes: Vec<u8>) -> Result<(), String> {
        let Some(link) = self.links.get(&conn) else {
            return Ok(());
        };
        if link.silent || link.life != self.relay.life {
            return Ok(());
        }
        if let Some(reply) = self.meddle(&bytes) {
            self.send_to_device(conn, reply);
            return Ok(());
        }
        if self.chaos.duplicates && self.chance(3) {
            self.tally.duplicates += 1;
            self.relay_does(RelayInput::Frame(conn, bytes.clone()))?;
        }
        self.relay_does(RelayInput::Frame(conn, bytes))
    }

    /// Somebody between rejects a push now and then.
    fn meddle(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        if !self.chaos.rejects || !self.chance(7) {
            return None;
        }
        let Ok(Decoded::Frame(Frame {
            channel,
            message: Message::Push(push),
        })) = wire::decode(bytes)
        else {
            return None;
        };
        self.tally.rejects += 1;
        let retry = match self.below(4) {
            0 => Retry::OnState,
            _ => Retry::AfterMs(u32::try_from(self.below(4_000)).unwrap_or(0)),
        };
        let reject = Reject {
            reference: push.reference,
            code: RejectCode::Storage,
            retry,
        };
        Some(wire::encode(channel, &Message::Reject(reject)))
    }

    fn send_to_device(&mut self, conn: ConnId, bytes: Vec<u8>) {
        let jitter = self.below(self.chaos.latency / 2 + 1);
        let time = self.time;
        let Some(link) = self.links.get_mut(&conn) else {
            return;
        };
        link.to_device_at = link.to_device_at.max(time + link.latency + jitter);
        let at = link.to_device_at;
        self.at(at, Event::ToDevice(conn, bytes));
    }

    /// Gives the relay's core an input and carries out what it says.
    pub(super) fn relay_does(&mut self, input: RelayInput) -> Result<(), String> {
        let now = self.now();
        let mut rng = ChaCha8Rng::seed_from_u64(self.rng.next_u64());
        let Some(core) = self.relay.core.as_mut() else {
            return Ok(());
        };
        let outputs = core.handle(now, &mut rng, input);
        let wake = core.next_wake();
        for output in outputs {
            self.relay_output(output)?;
        }
        if let Some(at) = wake
            && self
                .relay
                .tick_at
                .is_none_or(|before| before > at.0 || before <= self.time)
        {
            self.relay.tick_at = Some(at.0);
            self.at(at.0.max(self.time + 1), Event::RelayTick);
        }
        Ok(())
    }

    fn relay_tick(&mut self) -> Result<(), String> {
        if self.relay.tick_at.is_some_and(|at| at <= self.time) {
            self.relay.tick_at = None;
            return self.relay_does(RelayInput::Tick);
        }
        Ok(())
    }

    fn relay_output(&mut self, output: RelayOutput) -> Result<(), String> {
        let life = self.relay.life;
        match output {
            RelayOutput::Send(conn, bytes) => {
                self.check_sent(&bytes)?;
                self.send_to_device(conn, bytes.to_vec());
            }
            RelayOutput::Close(conn, _) => {
                if let Some(link) = self.links.get(&conn) {
                    let at = link.to_device_at + 1;
                    let device = link.device;
                    self.at(at, Event::DeviceClosed(device, conn));
                }
            }
            RelayOutput::Load(load) => self.ask(life, Request::Load(load)),
            RelayOutput::Append(append) => self.ask(life, Request::Append(append)),
            RelayOutput::Read(read) => self.ask(life, Request::Read(read)),
            RelayOutput::Event(_) => {}
        }
        Ok(())
    }

    /// The log takes requests in order, each a little later.
    fn ask(&mut self, life: u64, request: Request) {
        self.after(1, Event::Work(life, request));
    }

    fn work(&mut self, life: u64, request: Request) -> Result<(), String> {
        if life != self.relay.life {
            return Ok(());
        }
        let step = 1 + self.below(self.chaos.gaps);
        let idle = self.relay.unflushed.is_empty();
        let read_time = self.below(self.chaos.latency);
        match self.relay.carry_out(step, request) {
            Some(answer @ RelayInput::Entries(..)) => {
                self.after(read_time, Event::Answer(life, answer))
            }
            Some(answer) => self.after(1, Event::Answer(life, answer)),
            None if idle => {
                let flush = 1 + self.below(30);
                self.after(flush, Event::Flush(life));
            }
            None => {}
        }
        Ok(())
    }

    fn flush(&mut self, life: u64) -> Result<(), String> {
        if life != self.relay.life {
            return Ok(());
        }
        for answer in self.relay.flush() {
            self.relay_does(answer)?;
        }
        Ok(())
    }

    /// The relay's process ends; its connections with it.
    pub(super) fn kill_relay(&mut self) {
        self.relay.kill();
        let all: Vec<ConnId> = self.links.keys().copied().collect();
        for conn in all {
            self.cut(conn);
        }
        self.relay.tick_at = None;
        let down = 50 + self.below(6_000);
        self.after(down, Event::RelayStart);
    }

    /// The channel frames of a board are on.
    #[must_use]
    pub fn channel() -> Channel {
        Channel(1)
    }
}

fn is_ack(bytes: &[u8]) -> bool {
    matches!(
        wire::decode(bytes),
        Ok(Decoded::Frame(Frame {
            message: Message::Ack(_),
            ..
        }))
    )
}

fn keys_of(facilitator: &BoardKeys, index: usize) -> BoardKeys {
    let role = match index {
        0 => Role::Facilitator,
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
    let mut below = |limit: u64| usize::try_from(rng.next_u64() % limit).unwrap_or(0);
    RelayLimits {
        buffer: 3_000 + below(60_000),
        read_bytes: 1 + below(3_000),
        in_flight: 2 + below(6),
        messages_per_second: 10_000,
        messages_burst: 10_000,
        ..RelayLimits::default()
    }
}
