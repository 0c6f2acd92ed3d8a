//! The relay's side of a world: its core, its log, and who meddles on the way to it.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use samsyn_shared::registers::BoardState;
use samsyn_shared::seal::{Header, Kind};
use samsyn_shared::sync::relay::{ConnId, RelayInput, RelayOutput};
use samsyn_shared::sync::wire::{
    self, Channel, Decoded, Frame, Message, Reject, RejectCode, Retry,
};

use super::{Event, RELAY, World};
use crate::simulation::document::Document;
use crate::simulation::relay::Request;

impl<S: Document> World<S> {
    pub(super) fn relay_hears(&mut self, conn: ConnId, bytes: Vec<u8>) -> Result<(), String> {
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
            1 if self.chance(40) => Retry::Never,
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
    pub(in crate::simulation) fn relay_does(&mut self, input: RelayInput) -> Result<(), String> {
        let now = self.now(RELAY);
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

    pub(super) fn relay_tick(&mut self) -> Result<(), String> {
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
                self.check_sent(conn, &bytes)?;
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
            RelayOutput::PutPart(put) => self.ask(life, Request::PutPart(put)),
            RelayOutput::ReadPart(read) => self.ask(life, Request::ReadPart(read)),
            RelayOutput::ForgetParts(forget) => self.ask(life, Request::ForgetParts(forget)),
            RelayOutput::Retire(board) => {
                self.tally.retired += 1;
                self.note("the relay lets go of what a snapshot has replaced");
                self.ask(life, Request::Retire(board));
            }
            RelayOutput::Event(_) => {}
        }
        Ok(())
    }

    /// The log takes requests in order, each a little later.
    fn ask(&mut self, life: u64, request: Request) {
        self.after(1, Event::Work(life, request));
    }

    pub(super) fn work(&mut self, life: u64, request: Request) -> Result<(), String> {
        if life != self.relay.life {
            return Ok(());
        }
        if let Request::Append(append) = &request
            && self.forged.contains(&append.hash)
        {
            return Err(format!(
                "the relay takes {}, which nobody may have signed",
                append.hash
            ));
        }
        self.check_final(&request)?;
        let step = 1 + self.below(self.chaos.gaps);
        let idle = self.relay.unflushed.is_empty();
        let unanswered = matches!(request, Request::ForgetParts(_) | Request::Retire(_));
        let read_time = self.below(self.chaos.latency);
        match self.relay.carry_out(step, request) {
            Some(answer @ (RelayInput::Entries(..) | RelayInput::PartRead(..))) => {
                self.after(read_time, Event::Answer(life, answer))
            }
            Some(answer) => self.after(1, Event::Answer(life, answer)),
            None if idle && !unanswered => {
                let flush = 1 + self.below(30);
                self.after(flush, Event::Flush(life));
            }
            None => {}
        }
        Ok(())
    }

    /// A board is finished with everything that the relay's log holds.
    fn check_final(&mut self, request: &Request) -> Result<(), String> {
        let Request::Append(append) = request else {
            return Ok(());
        };
        let Ok((header, _)) = Header::parse(&append.envelope) else {
            return Ok(());
        };
        let Kind::Final(_) = header.kind else {
            return Ok(());
        };
        let is_it =
            |state| matches!(state, BoardState::Frozen { snapshot, .. } if snapshot == append.hash);
        let mut sessions = self.devices.iter().filter_map(|it| it.session.as_ref());
        if sessions.any(|session| is_it(session.registers().state())) {
            self.tally.given_back += 1;
            return Ok(());
        }
        match self.ledger.lacking(&append.hash) {
            Some(lost) => Err(format!(
                "the board is finished without {lost}, which is in the log"
            )),
            None => Ok(()),
        }
    }

    pub(super) fn flush(&mut self, life: u64) -> Result<(), String> {
        if life != self.relay.life {
            return Ok(());
        }
        let answers = self.relay.flush();
        self.read_log();
        for answer in answers {
            self.relay_does(answer)?;
        }
        Ok(())
    }

    /// The disk is another than it was: what is known of it is read again.
    pub(in crate::simulation) fn read_log(&mut self) {
        let beginning = self.relay.log.beginning(&self.board);
        self.ledger
            .read(beginning, self.relay.log.durable(&self.board));
    }

    /// The relay's process ends; its connections with it.
    pub(in crate::simulation) fn kill_relay(&mut self) {
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
