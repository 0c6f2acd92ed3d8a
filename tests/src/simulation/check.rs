//! What must hold: at every step, and at the end.

use std::collections::BTreeSet;

use samsyn_shared::ids::{ChangeHash, EnvelopeHash};
use samsyn_shared::registers::BoardState;
use samsyn_shared::sync::relay::RelayInput;
use samsyn_shared::sync::session::{Input, LinkStatus};
use samsyn_shared::sync::wire::{self, Decoded, Frame, Message};

use super::document::Document;
use super::world::World;

impl<S: Document> World<S> {
    /// The changes on the relay's disk.
    fn on_relay(&self) -> BTreeSet<ChangeHash> {
        self.relay
            .log
            .envelopes(&self.board)
            .filter_map(|envelope| self.sealed.get(envelope))
            .flatten()
            .copied()
            .collect()
    }

    /// After every step of a device: nothing hostile got in, and "everything is shared" is true when it says so.
    pub(super) fn check_step(&mut self, index: usize) -> Result<(), String> {
        let life = self.relay.life;
        let Some(device) = self.devices.get(index) else {
            return Ok(());
        };
        let Some(session) = &device.session else {
            return Ok(());
        };
        let status = session.status();
        let link = device.conn.and_then(|conn| self.links.get(&conn));
        let here = link.is_some_and(|link| link.life == life) && self.relay.core.is_some();
        if status.link != LinkStatus::Online || status.unshared > 0 || !here {
            return Ok(());
        }
        let on_relay = self.on_relay();
        let all = session.store().all();
        if let Some(missing) = all.iter().find(|hash| !on_relay.contains(hash)) {
            let sealed = |changes: &Vec<ChangeHash>| changes.contains(missing);
            let sealed: Vec<_> = self.sealed.iter().filter(|(_, it)| sealed(it)).collect();
            return Err(format!(
                "device {index} says that all is shared, and the relay lacks {missing}, sealed in {sealed:?}"
            ));
        }
        if let Some(hash) = all.iter().find(|hash| self.hostile.contains(hash)) {
            return Err(format!(
                "device {index} applied {hash}, which nobody may have signed"
            ));
        }
        self.tally.claims += 1;
        Ok(())
    }

    /// Whatever the relay shows of its log is on its disk.
    pub(super) fn check_sent(&self, bytes: &[u8]) -> Result<(), String> {
        if let Ok(Decoded::Frame(Frame {
            message: Message::Item(item),
            ..
        })) = wire::decode(bytes)
        {
            let hash = samsyn_shared::seal::envelope_hash(&item.envelope);
            if !self.relay.log.holds(&self.board, &hash) {
                return Err(format!("the relay shows {hash} before it is on the disk"));
            }
        }
        Ok(())
    }

    /// Whether everybody is online and says that everything is shared, and agrees.
    pub(super) fn settled(&mut self) -> bool {
        self.open_the_board();
        self.why_unsettled().is_empty()
    }

    /// A paused board cannot settle; the facilitator opens it once that is known to them.
    fn open_the_board(&mut self) {
        let paused = self
            .devices
            .first()
            .and_then(|device| device.session.as_ref())
            .filter(|session| {
                session.status().link == LinkStatus::Online
                    && session.registers().state() == BoardState::Paused
            });
        let envelope = paused.and_then(|session| {
            session
                .registers()
                .seal_state(session.keys(), &BoardState::Open)
                .ok()
        });
        if let Some(envelope) = envelope {
            // What goes wrong here is found by the next look.
            drop(self.tell(0, Input::Register(envelope)));
        }
    }

    /// What is not settled yet; empty if all is.
    pub(super) fn why_unsettled(&self) -> String {
        let mut why = String::new();
        let mut all: Vec<BTreeSet<ChangeHash>> = Vec::new();
        for (index, device) in self.devices.iter().enumerate() {
            let Some(session) = &device.session else {
                why.push_str(&format!("device {index} is off; "));
                continue;
            };
            let status = session.status();
            if status.link != LinkStatus::Online || status.unshared > 0 || status.waiting > 0 {
                why.push_str(&format!("device {index}: {status:?}; "));
            }
            let link = device.conn.and_then(|conn| self.links.get(&conn));
            if self.relay.core.is_none() || link.is_none_or(|link| link.life != self.relay.life) {
                why.push_str(&format!(
                    "device {index} has no link to the relay that runs; "
                ));
            }
            if !device.disk.outbox.is_empty() {
                why.push_str(&format!(
                    "device {index} keeps {:?}; ",
                    device
                        .disk
                        .outbox
                        .values()
                        .map(|it| (&it.content, it.order))
                        .collect::<Vec<_>>()
                ));
            }
            all.push(session.store().all());
        }
        if let Err(reason) = self.check_registers() {
            why.push_str(&reason);
        }
        if all.windows(2).any(|pair| pair.first() != pair.last()) {
            let sizes: Vec<usize> = all.iter().map(BTreeSet::len).collect();
            why.push_str(&format!("the devices have {sizes:?} changes"));
        }
        why
    }

    /// Everybody has everything, the relay too, the disks as well, and nothing is kept that nobody needs.
    pub(super) fn check_end(&mut self) -> Result<(), String> {
        let on_relay = self.on_relay();
        if let Some(lost) = self.authored.iter().find(|hash| !on_relay.contains(hash)) {
            return Err(format!("{lost} was written and is not on the relay"));
        }
        let taken = |envelope: &&EnvelopeHash| self.relay.log.holds(&self.board, envelope);
        if let Some(envelope) = self.refusable.iter().find(taken) {
            return Err(format!(
                "the relay took {envelope}, which nobody may have signed"
            ));
        }
        let mut looks = BTreeSet::new();
        for (index, device) in self.devices.iter().enumerate() {
            let session = device.session.as_ref().ok_or("a device is off")?;
            let all = session.store().all();
            if let Some(lost) = self.authored.iter().find(|hash| !all.contains(hash)) {
                return Err(format!("{lost} was written and is not on device {index}"));
            }
            if let Some(hash) = all.iter().find(|hash| !self.authored.contains(hash)) {
                return Err(format!("device {index} has {hash}, which nobody wrote"));
            }
            let stored: S = device.disk.document(&device.keys);
            if stored.all() != all {
                return Err(format!(
                    "the disk of device {index} lacks what its document has"
                ));
            }
            if !device.disk.outbox.is_empty() {
                return Err(format!("the outbox of device {index} is not empty"));
            }
            let frontier = device
                .disk
                .frontier
                .as_ref()
                .ok_or("a device has no frontier")?;
            if !stored.changes_after(&frontier.relay_heads).is_empty() {
                return Err(format!("the stored frontier of device {index} is behind"));
            }
            looks.insert(session.store().fingerprint());
            looks.insert(stored.fingerprint());
        }
        if looks.len() != 1 {
            return Err("the devices do not show the same board".into());
        }
        self.check_registers()?;
        self.check_release()
    }

    fn check_registers(&self) -> Result<(), String> {
        let sets: BTreeSet<Vec<Vec<u8>>> = self
            .devices
            .iter()
            .filter_map(|device| device.session.as_ref())
            .map(|session| {
                session
                    .registers()
                    .envelopes()
                    .map(|bytes| bytes.to_vec())
                    .collect()
            })
            .collect();
        if sets.len() == 1 {
            Ok(())
        } else {
            Err("the devices have different registers".into())
        }
    }

    /// When everybody is gone, the relay keeps nothing of the board in memory.
    fn check_release(&mut self) -> Result<(), String> {
        let conns: Vec<_> = self.links.keys().copied().collect();
        for conn in conns {
            self.relay_does(RelayInput::Closed(conn))?;
        }
        match &self.relay.core {
            Some(core) if core.boards() > 0 && core.connections() == 0 => {
                Err("the relay keeps a board".into())
            }
            Some(_) | None => Ok(()),
        }
    }
}
