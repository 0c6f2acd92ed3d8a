//! What comes from the relay: checked, taken in by groups, and moved past only in one transaction with its contents.

use rand_core::CryptoRng;

use super::link::below;
use super::types::{LinkStatus, Misbehaviour, Output, Refused, Rejected};
use super::{Refill, Session, Then, outbox};
use crate::ids::{Chain, EnvelopeHash, Seq, Slot};
use crate::registers::Offer;
use crate::seal::{Kind, Verified, VerifyKeys, envelope_hash, pack};
use crate::sync::store::ChangeStore;
use crate::sync::wire::{
    self, Ack, Bytes, Channel, Close, CloseCode, Decoded, Frame, Item, Message, Opened, Own, Pong,
    Reject, Welcome,
};

impl<D: ChangeStore> Session<D> {
    pub(super) fn frame(&mut self, rng: &mut impl CryptoRng, bytes: &[u8]) {
        if !self.link.is_up() {
            return;
        }
        self.link.heard(self.now.monotonic);
        match wire::decode(bytes) {
            Err(error) => self.misbehaved(rng, Misbehaviour::Unreadable(error.to_string())),
            Ok(Decoded::Skipped { .. }) => {}
            Ok(Decoded::Frame(Frame { channel, message })) if channel == Channel::CONNECTION => {
                self.connection_message(rng, message);
            }
            Ok(Decoded::Frame(Frame { channel, message })) if channel == self.link.channel => {
                self.board_message(rng, message);
            }
            // What was on its way on a channel that has been closed.
            Ok(Decoded::Frame(_)) => {}
        }
    }

    fn connection_message(&mut self, rng: &mut impl CryptoRng, message: Message) {
        match message {
            Message::Welcome(welcome) => self.welcome(rng, &welcome),
            Message::Close(close) => self.closed(rng, &close),
            Message::Ping(_) => {
                self.say_on(Channel::CONNECTION, &Message::Pong(Pong { time: None }))
            }
            Message::Pong(_) | Message::Reserved(_) => {}
            Message::Hello(_)
            | Message::Open(_)
            | Message::Opened(_)
            | Message::Push(_)
            | Message::Ack(_)
            | Message::Reject(_)
            | Message::Item(_)
            | Message::Own(_)
            | Message::CaughtUp(_)
            | Message::Presence(_)
            | Message::NeedKeys(_)
            | Message::SnapshotWanted(_)
            | Message::Declined(_)
            | Message::Part(_)
            | Message::PartWanted(_)
            | Message::SnapshotConfirmed(_)
            | Message::BaseTaken(_)
            | Message::Register(_) => self.out_of_place(rng, &message),
        }
    }

    fn board_message(&mut self, rng: &mut impl CryptoRng, message: Message) {
        let open = self.link.is_open();
        match message {
            Message::Opened(opened) if !open => self.opened(rng, &opened),
            Message::Item(item) if open => self.item(rng, item),
            Message::Own(own) if open => self.own(rng, &own),
            Message::CaughtUp(_) if open => self.caught_up(rng),
            Message::Ack(ack) => self.acked(&ack),
            Message::Reject(reject) => self.rejected(&reject),
            Message::Presence(presence) => self.presence(&presence.sealed),
            Message::Close(close) => self.closed(rng, &close),
            Message::SnapshotWanted(wanted) => self.snapshot_wanted(wanted.request),
            Message::Part(part) => self.part(rng, &part),
            Message::PartWanted(wanted) => self.part_wanted(wanted),
            Message::Register(register) => self.register_of_log(register.envelope),
            // Whoever has the keys opens with them; the answer comes once somebody has.
            Message::NeedKeys(_) | Message::Reserved(_) | Message::Ping(_) | Message::Pong(_) => {}
            Message::Opened(_)
            | Message::Item(_)
            | Message::Own(_)
            | Message::CaughtUp(_)
            | Message::Hello(_)
            | Message::Welcome(_)
            | Message::Open(_)
            | Message::Declined(_)
            | Message::SnapshotConfirmed(_)
            | Message::BaseTaken(_)
            | Message::Push(_) => self.out_of_place(rng, &message),
        }
    }

    fn out_of_place(&mut self, rng: &mut impl CryptoRng, message: &Message) {
        self.misbehaved(rng, Misbehaviour::OutOfPlace(message.number()));
    }

    fn welcome(&mut self, rng: &mut impl CryptoRng, welcome: &Welcome) {
        if !(wire::OLDEST_VERSION..=wire::VERSION).contains(&welcome.version) {
            return self.misbehaved(rng, Misbehaviour::Version(welcome.version));
        }
        self.snapshots.welcomed(welcome.challenge);
        self.link.clock_offset = Some(welcome.time.saturating_sub(self.now.wall.0));
        self.link.in_flight = usize::try_from(welcome.limits.in_flight)
            .unwrap_or(usize::MAX)
            .max(1);
    }

    fn closed(&mut self, rng: &mut impl CryptoRng, close: &Close) {
        self.link.closed = Some(close.code);
        if close.code == CloseCode::Version {
            self.turn.tell(Output::Misbehaved(Misbehaviour::Version(0)));
        }
        let at_least = close
            .retry_after_ms
            .map_or(self.tuning.backoff_first, u64::from);
        self.disconnected(rng, at_least);
    }

    fn opened(&mut self, rng: &mut impl CryptoRng, opened: &Opened) {
        let keys = VerifyKeys {
            facilitator: opened.keys.facilitator,
            participant: opened.keys.participant,
        };
        if keys.board() != self.keys.board() {
            return self.misbehaved(rng, Misbehaviour::WrongKeys);
        }
        if !opened.reset && self.epoch.is_some_and(|epoch| epoch != opened.epoch) {
            return self.misbehaved(rng, Misbehaviour::BrokenStream);
        }
        self.learn(keys);
        if opened.reset {
            self.forget_log();
        }
        self.epoch = Some(opened.epoch);
        self.link.phase = LinkStatus::CatchingUp;
        match &opened.base {
            Some(base) => self.start_with(rng, base),
            None => self.snapshots.stream_starts(self.intake.cursor),
        }
    }

    fn learn(&mut self, keys: VerifyKeys) {
        if self.keys.verify_keys() != Some(keys) && self.keys.learn(keys).is_ok() {
            self.turn.write.verify_keys = Some(keys);
        }
    }

    fn item(&mut self, rng: &mut impl CryptoRng, item: Item) {
        let hash = envelope_hash(&item.envelope);
        if self.follows(item.seq, item.prev, item.chain, &hash) {
            self.take_envelope(item.seq, hash, item.envelope);
            self.intake.moved(self.now.monotonic, item.seq, item.chain);
        } else {
            self.reopen(rng);
        }
    }

    /// A live push of this device, come back without its bytes.
    fn own(&mut self, rng: &mut impl CryptoRng, own: &Own) {
        let entry = self
            .outbox
            .pushed(own.reference)
            .map(|parcel| &parcel.entry);
        let known = entry.map(|entry| (entry.hash, Bytes::from(entry.bytes.as_slice())));
        match known {
            Some((hash, bytes)) if self.follows(own.seq, own.prev, own.chain, &hash) => {
                self.take_envelope(own.seq, hash, bytes);
                self.intake.moved(self.now.monotonic, own.seq, own.chain);
            }
            Some(_) | None => self.reopen(rng),
        }
    }

    /// Whether an entry continues the stream.
    fn follows(&self, seq: Seq, prev: Seq, chain: Chain, hash: &EnvelopeHash) -> bool {
        prev == self.intake.cursor
            && seq > prev
            && wire::chain_after(&self.intake.chain, hash) == chain
    }

    /// Takes one envelope of the log: nothing that is not signed by who may gets any further.
    fn take_envelope(&mut self, place: Seq, hash: EnvelopeHash, bytes: Bytes) {
        if let Some(parcel) = self.outbox.get(&hash)
            && let outbox::Carried::Changes(changes) = parcel.carried()
            && changes.iter().all(|change| self.store.contains(change))
        {
            let own = changes.iter().map(|change| (place, *change));
            self.intake.own.extend(own);
            self.intake.returned.push(hash);
            return;
        }
        let Some(keys) = self.keys.verify_keys() else {
            return;
        };
        let taken = keys
            .verify(bytes)
            .map_err(|error| error.to_string())
            .and_then(|verified| self.take_verified(place, &verified));
        if self.outbox.get(&hash).is_some() {
            self.intake.returned.push(hash);
        }
        if let Err(reason) = taken {
            self.refused = self.refused.saturating_add(1);
            self.turn.tell(Output::Refused(Refused { hash, reason }));
        }
    }

    fn take_verified(&mut self, place: Seq, verified: &Verified) -> Result<(), String> {
        match &verified.header().kind {
            Kind::Changes => {
                let body = self
                    .keys
                    .open(verified)
                    .map_err(|error| error.to_string())?;
                let changes = pack::unpack(&body).map_err(|error| error.to_string())?;
                changes
                    .into_iter()
                    .for_each(|change| self.intake.add(place, change.chunk));
                Ok(())
            }
            Kind::Register(header) => self.take_register(header.slot, verified),
            Kind::Snapshot(_) | Kind::Final(_) => self.replaced(place, verified),
        }
    }

    /// A register that a snapshot covers: it comes beside the stream.
    fn register_of_log(&mut self, envelope: Bytes) {
        let Some(keys) = self.keys.verify_keys() else {
            return;
        };
        let hash = envelope_hash(&envelope);
        let taken = keys
            .verify(envelope)
            .map_err(|error| error.to_string())
            .and_then(|verified| match &verified.header().kind {
                Kind::Register(header) => self.take_register(header.slot, &verified),
                Kind::Changes | Kind::Snapshot(_) | Kind::Final(_) => {
                    Err("it is no register".to_owned())
                }
            });
        match taken {
            Ok(()) => {
                if self.outbox.get(&hash).is_some() {
                    self.intake.returned.push(hash);
                }
                self.take_in();
            }
            Err(reason) => {
                self.refused = self.refused.saturating_add(1);
                self.turn.tell(Output::Refused(Refused { hash, reason }));
            }
        }
    }

    fn take_register(&mut self, slot: Slot, verified: &Verified) -> Result<(), String> {
        match self.registers.offer(verified) {
            Ok(Offer::Newest { .. }) => {
                self.turn
                    .write
                    .registers
                    .push((slot, verified.bytes().to_vec()));
                let outdated = self.outbox.outdated(&slot, &verified.hash());
                self.intake.returned.extend(outdated);
                self.intake.registers.push(slot);
                Ok(())
            }
            Ok(Offer::Known | Offer::Older) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn caught_up(&mut self, rng: &mut impl CryptoRng) {
        self.take_in();
        self.drop_settled();
        self.link.online();
        self.people.greet();
        self.refill = match self.refill {
            Refill::Pulling(Then::Wait) => self.wait_before_refilling(rng),
            Refill::Pulling(Then::Go) | Refill::No => Refill::No,
            Refill::Waiting(_) | Refill::Pushing => self.refill,
        };
    }

    pub(super) fn wait_before_refilling(&self, rng: &mut impl CryptoRng) -> Refill {
        Refill::Waiting(self.now.monotonic.plus(below(rng, self.tuning.refill_wait)))
    }

    fn acked(&mut self, ack: &Ack) {
        // A final snapshot is kept until the stream shows it.
        let made = self.snapshots.making.as_ref();
        if made.is_none_or(|it| it.expect.is_none()) {
            drop(self.snapshots.answered(ack.reference));
        }
        self.outbox.acked(ack.reference);
        if ack.seq <= self.intake.cursor {
            // Somebody sealed the same batch, and the stream has shown it: it will not come again.
            self.take_in();
            self.drop_if_settled(ack.reference);
        }
    }

    fn rejected(&mut self, reject: &Reject) {
        let made = self.snapshots.answered(reject.reference);
        self.finish_step_rejected(reject.reference, made.is_some());
        let now = self.now.monotonic;
        let Some(entry) = self
            .outbox
            .rejected(now, reject.reference, reject.code, reject.retry)
        else {
            return;
        };
        let changes = match outbox::carried(entry) {
            outbox::Carried::Changes(changes) => changes.to_vec(),
            outbox::Carried::Register => Vec::new(),
        };
        self.turn.tell(Output::Rejected(Rejected {
            code: reject.code,
            retry: reject.retry,
            changes,
        }));
        // A snapshot may have brought it meanwhile.
        self.drop_settled();
    }

    fn presence(&mut self, sealed: &[u8]) {
        if let Ok(opened) = self.keys.open_presence(sealed)
            && self.people.heard(self.now.monotonic, &opened)
        {
            self.turn.tell(Output::Peers(self.people.peers()));
        }
    }

    /// Whether the intake goes into the document now: at once when live, by groups while catching up.
    pub(super) fn intake_is_due(&self) -> bool {
        let full = self
            .intake
            .is_full(self.tuning.group_changes, self.tuning.group_bytes);
        let deadline = self.intake.deadline(self.tuning.group_wait);
        self.link.phase == LinkStatus::Online
            || full
            || deadline.is_some_and(|at| at <= self.now.monotonic)
    }

    /// Puts the intake into the document, the outbox and S.
    pub(super) fn take_in(&mut self) {
        let intake = self.intake.take();
        if !intake.chunks.is_empty() {
            self.receive_logged(&intake.chunks, &intake.places);
        }
        for (place, hash) in intake.own {
            self.snapshots.recent.note(place, hash);
            self.shared.logged(hash);
        }
        self.shared.grow(&self.store);
        for hash in &intake.returned {
            self.remove_from_outbox(hash);
        }
        if !intake.registers.is_empty() {
            self.registers_changed(intake.registers);
        }
    }

    pub(super) fn registers_changed(&mut self, slots: Vec<Slot>) {
        self.outbox.state_changed();
        self.turn.tell(Output::Registers(slots));
    }

    pub(super) fn remove_from_outbox(&mut self, hash: &EnvelopeHash) {
        if self.outbox.remove(hash).is_some() {
            self.turn.write.outbox_remove.push(*hash);
        }
    }
}
