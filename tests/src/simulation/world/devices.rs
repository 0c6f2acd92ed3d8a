//! The devices' side of a world: their sessions, their disks, and their ends of the links.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use samsyn_shared::ids::{EnvelopeHash, PresenceId, Seq};
use samsyn_shared::seal::Kind;
use samsyn_shared::sync::relay::{ConnId, RelayInput};
use samsyn_shared::sync::session::{Input, LinkStatus, OutboxContent, Output, StoreWrite};
use samsyn_shared::sync::wire::{self, Decoded, Frame, Message, RejectCode, Retry};

use super::{Event, Link, World};
use crate::simulation::device::{Device, Storage};
use crate::simulation::document::Document;

impl<S: Document> World<S> {
    pub(in crate::simulation) fn device(&mut self, index: usize) -> Result<&mut Device<S>, String> {
        self.devices
            .get_mut(index)
            .ok_or_else(|| "no such device".to_owned())
    }

    pub(super) fn start(&mut self, index: usize) -> Result<(), String> {
        let presence = PresenceId::random(&mut self.rng);
        let device = self.device(index)?;
        if device.session.is_some() {
            return Ok(());
        }
        device.run += 1;
        device.rejected = false;
        device.tick_at = None;
        device.session = Some(device.disk.start(&device.keys, presence, device.tuning));
        device.reconnect += 1;
        let number = device.reconnect;
        self.after(1, Event::Reconnect(index, number));
        Ok(())
    }

    pub(super) fn reconnect(&mut self, index: usize, number: u64) -> Result<(), String> {
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
                opened: None,
                pushed: BTreeMap::new(),
                bundle: Vec::new(),
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

    pub(super) fn connected(&mut self, index: usize, conn: ConnId) -> Result<(), String> {
        if self.device(index)?.conn == Some(conn) && self.links.contains_key(&conn) {
            return self.tell(index, Input::Connected);
        }
        Ok(())
    }

    pub(super) fn device_closed(&mut self, index: usize, conn: ConnId) -> Result<(), String> {
        if self.device(index)?.conn == Some(conn) {
            self.device(index)?.conn = None;
            return self.tell(index, Input::Disconnected);
        }
        Ok(())
    }

    pub(super) fn device_tick(&mut self, index: usize) -> Result<(), String> {
        let time = self.time;
        let device = self.device(index)?;
        if device.tick_at.is_some_and(|at| at <= time) {
            device.tick_at = None;
            return self.tell(index, Input::Tick);
        }
        Ok(())
    }

    pub(super) fn device_hears(&mut self, conn: ConnId, bytes: Vec<u8>) -> Result<(), String> {
        let Some(link) = self.links.get(&conn) else {
            return Ok(());
        };
        if link.silent {
            return Ok(());
        }
        let waits = !link.bundle.is_empty();
        let bundled = waits || (self.chaos.bundles && self.chance(10));
        if !bundled {
            return self.deliver(conn, vec![bytes]);
        }
        if let Some(link) = self.links.get_mut(&conn) {
            link.bundle.push(bytes);
        }
        if !waits {
            let soon = 1 + self.below(100);
            self.after(soon, Event::Bundle(conn));
        }
        Ok(())
    }

    /// Frames that came while a device was busy are taken in as one.
    pub(super) fn bundle(&mut self, conn: ConnId) -> Result<(), String> {
        let Some(link) = self.links.get_mut(&conn).filter(|link| !link.silent) else {
            return Ok(());
        };
        let frames = std::mem::take(&mut link.bundle);
        self.tally.bundles += u64::from(frames.len() > 1);
        self.deliver(conn, frames)
    }

    fn deliver(&mut self, conn: ConnId, frames: Vec<Vec<u8>>) -> Result<(), String> {
        let Some(index) = self.links.get(&conn).map(|link| link.device) else {
            return Ok(());
        };
        let size = frames.iter().map(Vec::len).sum();
        self.after(0, Event::Flushed(conn, size));
        if self.device(index)?.conn != Some(conn) {
            return Ok(());
        }
        for bytes in &frames {
            self.trace_frame(index, "  <-", bytes);
            self.count_frame(conn, bytes)?;
        }
        let acked = self.chaos.cuts_after_ack && frames.iter().any(|bytes| is_ack(bytes));
        let input = match <[_; 1]>::try_from(frames) {
            Ok([frame]) => Input::Frame(frame),
            Err(frames) => Input::Frames(frames),
        };
        self.tell(index, input)?;
        if acked && self.chance(10) {
            self.cut_after_ack(conn);
        }
        Ok(())
    }

    /// The worst moment: the relay has said that it holds a push, and the stream has not shown it.
    fn cut_after_ack(&mut self, conn: ConnId) {
        self.tally.cuts += 1;
        self.note("a link is cut right after an acknowledgement");
        self.cut(conn);
    }

    fn count_frame(&mut self, conn: ConnId, bytes: &[u8]) -> Result<(), String> {
        if let Ok(Decoded::Frame(Frame { message, .. })) = wire::decode(bytes) {
            match message {
                Message::Ack(ack) => {
                    self.tally.acks += 1;
                    let acknowledged = self.check_ack(conn, &ack)?;
                    acknowledged
                        .iter()
                        .for_each(|envelope| self.ledger.acknowledged(envelope));
                }
                Message::Own(_) => self.tally.owns += 1,
                Message::Item(_) => self.tally.items += 1,
                Message::Opened(opened) => {
                    self.tally.resets += u64::from(opened.reset);
                    self.tally.bases += u64::from(opened.base.is_some());
                }
                Message::SnapshotWanted(_) => self.tally.snapshots_wanted += 1,
                Message::Part(_) => self.tally.parts += 1,
                Message::Hello(_)
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
                | Message::Declined(_)
                | Message::PartWanted(_)
                | Message::SnapshotConfirmed(_)
                | Message::BaseTaken(_)
                | Message::Register(_)
                | Message::Reserved(_) => {}
            }
        }
        Ok(())
    }

    /// Gives a device's session an input, and carries out what it says, until the device dies of it.
    pub(in crate::simulation) fn tell(&mut self, index: usize, input: Input) -> Result<(), String> {
        let now = self.now(index);
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
            Output::Rejected(rejected) => {
                // A relay that has a newer register says so for good as well; the stream then shows the newer one.
                if rejected.retry == Retry::Never && rejected.code == RejectCode::Storage {
                    self.tally.refusals += 1;
                    self.device(index)?.rejected = true;
                }
            }
            Output::TieHeads => {
                // A toy's change builds on all heads that there are.
                self.tally.knots += 1;
                self.write_something(index)?;
            }
            Output::Delta(_) | Output::Registers(_) => {}
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
                self.ledger.sealed(entry.hash, changes);
            }
            self.envelopes.push(entry.bytes.clone());
        }
        self.check_write(index, &write)?;
        self.tally.refills += u64::from(write.frontier.as_ref().is_some_and(|it| it.must_refill));
        let device = self.device(index)?;
        device.write(write);
        if device.storage == Storage::Fails {
            self.tally.failed_writes += 1;
        }
        self.check_disk(index)
    }

    fn send(&mut self, index: usize, bytes: Vec<u8>) -> Result<(), String> {
        self.trace_frame(index, "  ->", &bytes);
        let Some(conn) = self.device(index)?.conn else {
            return Ok(());
        };
        let jitter = self.below(self.chaos.latency / 2 + 1);
        let time = self.time;
        let session = self.device(index)?.session.as_ref();
        let early = session.is_some_and(|it| it.status().link == LinkStatus::Opening);
        if let Ok(Decoded::Frame(Frame { message, .. })) = wire::decode(&bytes) {
            if let Message::Push(push) = &message {
                let hash = samsyn_shared::seal::envelope_hash(&push.envelope);
                self.note_snapshot(index, hash, &push.envelope);
                if let Some(link) = self.links.get_mut(&conn) {
                    link.pushed.insert(push.reference, hash);
                }
                self.tally.early_pushes += u64::from(early);
            }
            self.tally.declined += u64::from(matches!(message, Message::Declined(_)));
            self.tally.confirmed += u64::from(matches!(message, Message::SnapshotConfirmed(_)));
        }
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

    /// What a device that pushes a snapshot has put into it, when it is pushed for the first time.
    fn note_snapshot(&mut self, index: usize, hash: EnvelopeHash, envelope: &[u8]) {
        let session = self.devices.get(index).and_then(|it| it.session.as_ref());
        let Some(session) = session.filter(|_| !self.ledger.knows_snapshot(&hash)) else {
            return;
        };
        let keys = session.keys();
        let verified = keys.verify_keys().and_then(|it| it.verify(envelope).ok());
        let Some(verified) = verified else { return };
        let covers = match &verified.header().kind {
            Kind::Snapshot(header) => header.covers,
            Kind::Final(_) => Seq(u64::MAX),
            Kind::Changes | Kind::Register(_) => return,
        };
        let mut contents = session.store().all();
        let manifest = keys.open_manifest(&verified);
        contents.extend(manifest.into_iter().flat_map(|it| it.waiting));
        self.ledger.snapshot(hash, covers, contents);
        if covers == Seq(u64::MAX) {
            self.tally.finals += 1;
            self.note(format!("device {index} makes a final snapshot"));
        } else {
            self.tally.snapshots += 1;
            self.note(format!("device {index} makes a snapshot up to {covers}"));
        }
    }

    /// The device closes its socket; the relay hears of it later.
    pub(in crate::simulation) fn hang_up(&mut self, index: usize) -> Result<(), String> {
        if let Some(conn) = self.device(index)?.conn.take() {
            self.cut(conn);
        }
        Ok(())
    }

    /// Takes a link down: what is under way is lost.
    pub(in crate::simulation) fn cut(&mut self, conn: ConnId) {
        if let Some(link) = self.links.remove(&conn) {
            let wait = self.below(2_000);
            self.after(wait, Event::RelayClosed(conn, link.life));
            let notice = self.below(500);
            self.after(notice, Event::DeviceClosed(link.device, conn));
        }
    }

    /// The device is off for good.
    pub(in crate::simulation) fn switch_off(&mut self, index: usize) -> Result<(), String> {
        self.hang_up(index)?;
        self.device(index)?.session = None;
        self.events
            .retain(|_, event| !matches!(event, Event::Start(device) if *device == index));
        Ok(())
    }

    /// The device is off and starts again from its disk.
    pub(in crate::simulation) fn restart(&mut self, index: usize) -> Result<(), String> {
        self.hang_up(index)?;
        let wait = 10 + self.below(5_000);
        let device = self.device(index)?;
        device.session = None;
        device.kept = None;
        device.storage = Storage::Works;
        device.reconnect += 1;
        self.tally.restarts += 1;
        self.after(wait, Event::Start(index));
        self.check_promises()
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
