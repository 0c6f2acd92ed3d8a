//! What must hold: at every step, whenever everybody has settled, and at the end.

use std::collections::BTreeSet;

use samsyn_shared::ids::{Chain, ChangeHash, EnvelopeHash, Epoch, Seq};
use samsyn_shared::registers::BoardState;
use samsyn_shared::seal::envelope_hash;
use samsyn_shared::sync::relay::{ConnId, Entry};
use samsyn_shared::sync::session::{ChunkState, Input, LinkStatus, Session, StoreWrite};
use samsyn_shared::sync::wire::{self, Ack, Decoded, Frame, Message};

use super::device::Device;
use super::document::Document;
use super::world::{DEVICES, World};

/// What a device said was shared, and of which log: what was checked once need not be checked again.
pub(super) type Claim = (Vec<ChangeHash>, u64);

impl<S: Document> World<S> {
    /// After every step of a device: nothing forged got in, and "everything is shared" is true when it says so.
    pub(super) fn check_step(&mut self, index: usize) -> Result<(), String> {
        let life = self.relay.life;
        let Some(device) = self.devices.get(index) else {
            return Ok(());
        };
        let Some(session) = &device.session else {
            return Ok(());
        };
        self.check_forged(index, session)?;
        let status = session.status();
        let link = device.conn.and_then(|conn| self.links.get(&conn));
        let here = link.is_some_and(|link| link.life == life) && self.relay.core.is_some();
        if status.link != LinkStatus::Online || status.unshared > 0 || !here {
            return Ok(());
        }
        let claim = (session.store().heads(), self.ledger.version());
        if device.claimed.as_ref() != Some(&claim) {
            self.check_claim(index, session)?;
            self.device(index)?.claimed = Some(claim);
        }
        self.tally.claims += 1;
        Ok(())
    }

    fn check_claim(&self, index: usize, session: &Session<S>) -> Result<(), String> {
        let mut all = session.store().all();
        for late in session.late().unwrap_or_default() {
            all.remove(&late);
        }
        match all.iter().find(|hash| !self.ledger.on_disk(hash)) {
            Some(missing) => Err(format!(
                "device {index} says that all is shared, and the relay lacks {missing}, sealed in {:?}",
                self.ledger.envelopes_of(missing)
            )),
            None => Ok(()),
        }
    }

    /// Nothing that nobody may have signed is in a document, waits to be, or decides anything.
    fn check_forged(&self, index: usize, session: &Session<S>) -> Result<(), String> {
        let store = session.store();
        let got_in = |hash: &&ChangeHash| store.contains(hash) || store.chunk(hash).is_some();
        if let Some(hash) = self.hostile.iter().find(got_in) {
            return Err(format!(
                "device {index} took {hash}, which nobody may have signed"
            ));
        }
        let mut decides = session.registers().iter();
        match decides.find(|(_, register)| self.forged.contains(&register.hash())) {
            Some((_, register)) => Err(format!(
                "device {index} obeys {}, which nobody may have signed",
                register.hash()
            )),
            None => Ok(()),
        }
    }

    /// Before a device writes: nothing forged is kept, and the frontier is what the log holds up to its cursor.
    pub(super) fn check_write(&self, index: usize, write: &StoreWrite) -> Result<(), String> {
        let chunks = write.chunks.iter().map(|chunk| chunk.hash);
        if let Some(hash) = chunks.into_iter().find(|hash| self.hostile.contains(hash)) {
            return Err(format!(
                "device {index} keeps {hash}, which nobody may have signed"
            ));
        }
        let registers = write
            .registers
            .iter()
            .map(|(_, bytes)| envelope_hash(bytes));
        if let Some(hash) = registers
            .into_iter()
            .find(|hash| self.forged.contains(hash))
        {
            return Err(format!(
                "device {index} keeps {hash}, which nobody may have signed"
            ));
        }
        match &write.frontier {
            Some(frontier) => self
                .ledger
                .check(frontier)
                .map_err(|reason| format!("the frontier of device {index}: {reason}")),
            None => Ok(()),
        }
    }

    /// After a device wrote: what its frontier counts as shared is on its disk, in the same transaction.
    pub(super) fn check_disk(&self, index: usize) -> Result<(), String> {
        let Some(disk) = self.devices.get(index).map(|device| &device.disk) else {
            return Ok(());
        };
        let Some(frontier) = &disk.frontier else {
            return Ok(());
        };
        let applied = |hash: &&ChangeHash| {
            let stored = disk.chunks.get(*hash);
            stored.is_some_and(|(_, state)| *state == ChunkState::Applied)
        };
        match frontier.relay_heads.iter().find(|hash| !applied(hash)) {
            Some(hash) => Err(format!(
                "the frontier of device {index} counts {hash}, which is not on its disk"
            )),
            None => Ok(()),
        }
    }

    /// Whatever the relay shows of its log, or says that it holds, is on its disk.
    pub(super) fn check_sent(&mut self, conn: ConnId, bytes: &[u8]) -> Result<(), String> {
        let Ok(Decoded::Frame(Frame { message, .. })) = wire::decode(bytes) else {
            return Err("the relay sends what does not read".into());
        };
        match message {
            Message::Opened(opened) => {
                if let Some(link) = self.links.get_mut(&conn) {
                    link.opened = Some(opened.epoch);
                }
                Ok(())
            }
            Message::Item(item) => {
                let shown = Entry {
                    seq: item.seq,
                    chain: item.chain,
                    envelope: item.envelope,
                };
                if self.on_disk(item.seq) == Some(&shown) {
                    return Ok(());
                }
                let hash = envelope_hash(&shown.envelope);
                Err(format!("the relay shows {hash} before it is on the disk"))
            }
            Message::Own(own) => match self.on_disk(own.seq) {
                Some(entry) if entry.chain == own.chain => Ok(()),
                Some(_) | None => Err(format!("the relay shows {own:?} before it is on the disk")),
            },
            Message::Ack(ack) => self.check_ack(conn, &ack).map(drop),
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
            | Message::SnapshotWanted(_)
            | Message::Declined(_)
            | Message::Part(_)
            | Message::PartWanted(_)
            | Message::SnapshotConfirmed(_)
            | Message::BaseTaken(_)
            | Message::Register(_)
            | Message::Reserved(_) => Ok(()),
        }
    }

    fn on_disk(&self, seq: Seq) -> Option<&Entry> {
        self.relay.log.entry(&self.board, seq)
    }

    /// What an acknowledgement speaks of is on the relay's disk at that moment, in the log that the board was opened
    /// with. Gives the envelope; none for a stranger's.
    pub(super) fn check_ack(
        &self,
        conn: ConnId,
        ack: &Ack,
    ) -> Result<Option<EnvelopeHash>, String> {
        let entry = self
            .on_disk(ack.seq)
            .ok_or_else(|| format!("the relay says {ack:?}, and has nothing there on its disk"))?;
        let Some(link) = self.links.get(&conn) else {
            return Ok(None);
        };
        let hash = envelope_hash(&entry.envelope);
        let epoch = self.relay.log.durable(&self.board).map(|(epoch, _)| epoch);
        if link.pushed.get(&ack.reference) != Some(&hash) {
            return Err(format!(
                "{ack:?} to device {} is for another envelope than was pushed, {hash}",
                link.device
            ));
        }
        if link.opened != epoch {
            return Err(format!(
                "{ack:?} to device {} is of the log {epoch:?}, and {:?} was opened",
                link.device, link.opened
            ));
        }
        Ok(Some(hash))
    }

    /// What was acknowledged is on the relay or on some device, whatever has gone wrong since.
    pub(super) fn check_promises(&self) -> Result<(), String> {
        let kept = |hash: &ChangeHash| {
            self.ledger.on_disk(hash) || self.devices.iter().any(|device| device.has(hash))
        };
        match self.ledger.promised().find(|hash| !kept(hash)) {
            Some(lost) => Err(format!("{lost} was acknowledged and is nowhere")),
            None => Ok(()),
        }
    }

    /// Whether everybody is online and says that everything is shared, and agrees.
    pub(super) fn settled(&mut self) -> Result<bool, String> {
        self.open_the_board()?;
        self.restart_rejected()?;
        Ok(self.why_unsettled().is_empty())
    }

    /// A finished board shows everybody the same, and lets newcomers have it; then it is opened again.
    fn look_at_the_finished(&mut self) -> Result<(), String> {
        let states: Vec<BoardState> = self
            .devices
            .iter()
            .filter_map(|device| device.session.as_ref())
            .map(|session| session.registers().state())
            .collect();
        let Some(BoardState::Frozen { heads, snapshot }) = states.first().cloned() else {
            return Ok(());
        };
        let agreed = states.len() == DEVICES && states.iter().all(|it| Some(it) == states.first());
        if !agreed || !self.all_online() {
            return Ok(());
        }
        let is_whole = |device: &Device<S>| {
            let kept = device.disk.final_snapshot.as_ref();
            kept.is_some_and(|it| envelope_hash(&it.envelope) == snapshot && !it.parts.is_empty())
        };
        let somebody_has_it = self.devices.iter().any(is_whole);
        let everybody_has_it = self.devices.iter().all(is_whole);
        let relay_has_it = self.relay.log.start(&self.board) == Some(snapshot);
        if somebody_has_it && !(relay_has_it && everybody_has_it) {
            return Ok(());
        }
        let heads: BTreeSet<ChangeHash> = heads.into_iter().collect();
        let mut finished = self.ledger.ancestors(&heads);
        finished.retain(|change| self.ledger.knows(change));
        for (index, device) in self.devices.iter().enumerate() {
            let Some(session) = &device.session else {
                continue;
            };
            let Some(late) = session.late() else {
                if relay_has_it {
                    // It is on its way there.
                    return Ok(());
                }
                continue;
            };
            let late: BTreeSet<ChangeHash> = late.into_iter().collect();
            let shown: BTreeSet<ChangeHash> = session.store().all();
            let shown: BTreeSet<ChangeHash> = shown.difference(&late).copied().collect();
            if shown != finished {
                return Err(format!("device {index} shows another finished board"));
            }
            if relay_has_it && session.status().unshared > 0 {
                return Ok(());
            }
            if session.status().late != late.len() {
                return Err(format!("device {index} miscounts what came too late"));
            }
            self.tally.late += late.len() as u64;
        }
        self.tally.frozen_settled += 1;
        self.tally.reopened += 1;
        self.note("facilitator 0 opens the finished board again");
        self.open_again(|state| matches!(state, BoardState::Frozen { .. }))
    }

    fn all_online(&self) -> bool {
        self.devices.iter().all(|device| {
            let session = device.session.as_ref();
            session.is_some_and(|it| it.status().link == LinkStatus::Online)
        })
    }

    /// A paused board cannot settle; the facilitator opens it once that is known to them.
    fn open_the_board(&mut self) -> Result<(), String> {
        self.look_at_the_finished()?;
        self.open_again(|state| *state == BoardState::Paused)
    }

    fn open_again(&mut self, from: impl Fn(&BoardState) -> bool) -> Result<(), String> {
        let paused = self
            .devices
            .first()
            .and_then(|device| device.session.as_ref())
            .filter(|session| {
                session.status().link == LinkStatus::Online && from(&session.registers().state())
            });
        let envelope = paused.and_then(|session| {
            session
                .registers()
                .seal_state(session.keys(), &BoardState::Open)
                .ok()
        });
        match envelope {
            Some(envelope) => self.tell(0, Input::Register(envelope)),
            None => Ok(()),
        }
    }

    /// What is not settled yet; empty if all is.
    pub(super) fn why_unsettled(&self) -> String {
        let mut why = String::new();
        let mut all: Vec<BTreeSet<ChangeHash>> = Vec::new();
        let end = self.log_end();
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
            if let BoardState::Frozen { snapshot, .. } = session.registers().state() {
                let kept = device.disk.final_snapshot.as_ref();
                let kept = kept.map(|it| (envelope_hash(&it.envelope), it.parts.len()));
                let relay = self.relay.log.start(&self.board);
                why.push_str(&format!(
                    "device {index} is finished with {snapshot}, has {kept:?}, the relay {relay:?}; "
                ));
            }
            let outbox = &device.disk.outbox;
            if !outbox.is_empty() {
                let kept: Vec<_> = outbox.values().map(|it| (&it.content, it.order)).collect();
                why.push_str(&format!("device {index} keeps {kept:?}; "));
            }
            let frontier = device.disk.frontier.as_ref();
            let read = frontier.map(|it| (it.epoch, it.chain));
            if end.is_some() && read != end {
                why.push_str(&format!("device {index} has not read to the log's end; "));
            }
            if why.is_empty() {
                all.push(session.store().all());
            }
        }
        // What is on its way to a device is not counted by anybody: it has arrived when all agree.
        if why.is_empty()
            && let Err(reason) = self.check_registers()
        {
            why.push_str(&reason);
        }
        if all.windows(2).any(|pair| pair.first() != pair.last()) {
            let sizes: Vec<usize> = all.iter().map(BTreeSet::len).collect();
            why.push_str(&format!("the devices have {sizes:?} changes"));
        }
        why
    }

    /// Everybody has everything, the relay too, the disks as well, and nothing is kept that nobody needs.
    pub(super) fn check_settled(&self) -> Result<(), String> {
        if let Some(lost) = self.ledger.authored().find(|it| !self.ledger.on_disk(it)) {
            return Err(format!("{lost} was written and is not on the relay"));
        }
        self.check_promises()?;
        let mut looks = BTreeSet::new();
        for (index, device) in self.devices.iter().enumerate() {
            let session = device.session.as_ref().ok_or("a device is off")?;
            self.check_forged(index, session)?;
            let all = session.store().all();
            if let Some(lost) = self.ledger.authored().find(|hash| !all.contains(hash)) {
                return Err(format!("{lost} was written and is not on device {index}"));
            }
            if let Some(hash) = all.iter().find(|hash| !self.ledger.knows(hash)) {
                return Err(format!("device {index} has {hash}, which nobody wrote"));
            }
            let stored: S = device.disk.document(&device.keys);
            if stored.all() != all {
                return Err(format!(
                    "the disk of device {index} lacks what its document has"
                ));
            }
            self.check_frontier(index, device, &stored)?;
            looks.insert(session.store().fingerprint());
            looks.insert(stored.fingerprint());
        }
        if looks.len() != 1 {
            return Err("the devices do not show the same board".into());
        }
        self.check_registers()
    }

    /// Epoch and chain of the log at its end; none if the disk has no log, because nobody wrote anything.
    fn log_end(&self) -> Option<(Epoch, Chain)> {
        let (epoch, entries) = self.relay.log.durable(&self.board)?;
        Some((epoch, entries.last()?.chain))
    }

    /// A settled device's frontier is right, and accounts for all that the device has.
    fn check_frontier(&self, index: usize, device: &Device<S>, stored: &S) -> Result<(), String> {
        let frontier = device.disk.frontier.as_ref();
        let heads = frontier
            .map(|it| it.relay_heads.as_slice())
            .unwrap_or_default();
        if let Some(frontier) = frontier {
            self.ledger
                .check(frontier)
                .map_err(|reason| format!("the frontier of device {index}: {reason}"))?;
        }
        if stored.changes_after(heads).is_empty() {
            Ok(())
        } else {
            Err(format!("the stored frontier of device {index} is behind"))
        }
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
    pub(super) fn check_release(&mut self) -> Result<(), String> {
        for index in 0..DEVICES {
            self.switch_off(index)?;
        }
        let by_then = self.time + 5_000;
        // A backup may still come back, which takes the relay down for a while.
        while self.time < by_then || self.relay.core.is_none() {
            self.step()?;
        }
        let core = self.relay.core.as_ref().ok_or("the relay is down")?;
        match (core.connections(), core.boards()) {
            (0, 0) => Ok(()),
            (connections, boards) => Err(format!(
                "the relay keeps {boards} boards and {connections} connections"
            )),
        }
    }
}
