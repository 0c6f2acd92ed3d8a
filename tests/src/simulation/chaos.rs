//! What goes wrong, and when: drawn from the seed, written into the plan.

use rand_chacha::ChaCha8Rng;
use rand_core::Rng;
use samsyn_shared::registers::{BoardState, RegisterName, Title};
use samsyn_shared::sync::presence::Doing;
use samsyn_shared::sync::relay::RelayInput;
use samsyn_shared::sync::session::{ChunkState, Input, StoreWrite};

use super::device::{DeviceDisk, Storage};
use super::document::Document;
use super::relay::Failures;
use super::world::{DEVICES, Event, World};

/// How much of what goes wrong in this schedule.
#[derive(Clone, Copy, Debug)]
pub struct Chaos {
    pub(super) over: bool,
    pub(super) actions: u64,
    pub(super) latency: u64,
    pub(super) gaps: u64,
    pub(super) device_crashes: bool,
    pub(super) duplicates: bool,
    pub(super) rejects: bool,
    pub(super) cuts_after_ack: bool,
    pub(super) bundles: bool,
    relay_trouble: u64,
    pace: u64,
}

impl Chaos {
    /// What the seed draws.
    pub fn new(rng: &mut ChaCha8Rng) -> Self {
        let mut below = |limit: u64| rng.next_u64() % limit;
        Self {
            over: false,
            actions: 20 + below(60),
            latency: 1 + below(400),
            gaps: 1 + below(3),
            device_crashes: below(2) == 0,
            duplicates: below(2) == 0,
            rejects: below(3) > 0,
            cuts_after_ack: below(3) == 0,
            bundles: below(2) == 0,
            relay_trouble: below(9),
            pace: 20 + below(1_500),
        }
    }
}

impl<S: Document> World<S> {
    /// One thing happens; then the next is due.
    pub(super) fn act(&mut self) -> Result<(), String> {
        if self.chaos.actions == 0 {
            self.chaos.over = true;
            return Ok(());
        }
        self.chaos.actions -= 1;
        let index = usize::try_from(self.below(DEVICES as u64)).unwrap_or(0);
        match self.below(100) {
            0..45 => self.edit(index)?,
            45..54 => self.cut_device(index)?,
            54..59 => self.fall_silent(index)?,
            59..65 => self.go_offline(index)?,
            65..71 => self.restart_device(index)?,
            71..74 => self.storage_trouble(index)?,
            74..77 => self.facilitate()?,
            77..81 => self.presence(index)?,
            81..84 => self.hostile_push()?,
            84..87 => self.replay()?,
            number if number - 87 < self.chaos.relay_trouble => self.relay_trouble()?,
            96..98 => self.open_file(index)?,
            98 => self.start_fresh()?,
            _ => self.edit(index)?,
        }
        let wait = self.below(self.chaos.pace);
        self.after(wait, Event::Act);
        Ok(())
    }

    fn edit(&mut self, index: usize) -> Result<(), String> {
        // Observers write nothing, and nobody writes on a board that they know to be finished.
        let session = self.device(index)?.session.as_ref();
        let state = session.map(|it| it.registers().state()).unwrap_or_default();
        let finished = matches!(state, BoardState::Frozen { .. } | BoardState::Deleted);
        if index == DEVICES - 1 || finished {
            return Ok(());
        }
        let announced = !self.chance(4);
        self.edit_and(index, announced)
    }

    /// A device writes because the session asks it to.
    pub(super) fn write_something(&mut self, index: usize) -> Result<(), String> {
        self.edit_and(index, true)
    }

    fn edit_and(&mut self, index: usize, announced: bool) -> Result<(), String> {
        let now = self.now(index);
        let mut rng = self.rng.clone();
        let device = self.device(index)?;
        // Where storage fails, nothing is made that the disk could not keep.
        let works = device.storage == Storage::Works;
        let Some(session) = device.session.as_mut().filter(|_| works) else {
            return Ok(());
        };
        let changes = session.store_mut().edit(now.wall, &mut rng);
        let deps = |hash| session.store().deps(hash).unwrap_or_default();
        let made: Vec<_> = changes
            .iter()
            .map(|(hash, _)| (*hash, deps(hash)))
            .collect();
        for (hash, chunk) in &changes {
            let stored = (chunk.clone(), ChunkState::Applied);
            device.disk.chunks.insert(*hash, stored);
        }
        self.rng = rng;
        made.into_iter()
            .for_each(|(hash, deps)| self.ledger.wrote(hash, deps));
        self.tally.edits += 1;
        self.note(format!("device {index} edits"));
        if announced {
            self.tell(index, Input::LocalChanges(changes))
        } else {
            self.note(format!(
                "device {index} dies right after its edit was stored"
            ));
            self.restart(index)
        }
    }

    /// A device opens the board's file from another: changes and registers come without the relay, and either may
    /// push them.
    fn open_file(&mut self, index: usize) -> Result<(), String> {
        let other = usize::try_from(self.below(DEVICES as u64)).unwrap_or(0);
        let Some(session) = &self.device(other)?.session else {
            return Ok(());
        };
        let store = session.store();
        let all = store.changes_after(&[]).into_iter();
        let changes: Vec<_> = all
            .filter_map(|hash| store.chunk(&hash).map(|chunk| (hash, chunk)))
            .collect();
        let registers: Vec<_> = session.registers().envelopes().cloned().collect();
        let announced = !self.chance(25);
        let device = self.device(index)?;
        if index == other || device.session.is_none() || device.storage == Storage::Fails {
            return Ok(());
        }
        for (hash, chunk) in &changes {
            let stored = (chunk.clone(), ChunkState::Applied);
            device.disk.chunks.insert(*hash, stored);
        }
        self.tally.files += 1;
        self.note(format!("device {index} opens a file of device {other}"));
        if !announced {
            self.note(format!("device {index} dies right after it was stored"));
            return self.restart(index);
        }
        self.tell(index, Input::LocalChanges(changes))?;
        for register in registers {
            self.tell(index, Input::Register(register.to_vec()))?;
        }
        Ok(())
    }

    fn cut_device(&mut self, index: usize) -> Result<(), String> {
        if let Some(conn) = self.device(index)?.conn {
            self.tally.cuts += 1;
            self.note(format!("link of device {index} is cut"));
            self.cut(conn);
        }
        Ok(())
    }

    fn fall_silent(&mut self, index: usize) -> Result<(), String> {
        if let Some(conn) = self.device(index)?.conn
            && let Some(link) = self.links.get_mut(&conn)
        {
            link.silent = true;
            self.tally.silences += 1;
            self.note(format!("link of device {index} falls silent"));
        }
        Ok(())
    }

    fn go_offline(&mut self, index: usize) -> Result<(), String> {
        let until = self.time + self.below(30_000);
        self.device(index)?.offline_until = until;
        self.note(format!("device {index} is without a network until {until}"));
        self.cut_device(index)
    }

    fn restart_device(&mut self, index: usize) -> Result<(), String> {
        self.note(format!("device {index} restarts"));
        self.restart(index)
    }

    /// Somebody who only looks on comes with a new device. Nothing that was written is on the old one alone.
    fn start_fresh(&mut self) -> Result<(), String> {
        let index = DEVICES - 1;
        self.tally.fresh_devices += 1;
        self.note(format!("device {index} is replaced by a new one"));
        self.restart(index)?;
        let device = self.device(index)?;
        device.disk = DeviceDisk::default();
        device.claimed = None;
        Ok(())
    }

    fn storage_trouble(&mut self, index: usize) -> Result<(), String> {
        let device = self.device(index)?;
        device.storage = match device.storage {
            Storage::Works => Storage::Fails,
            Storage::Fails => Storage::Works,
        };
        let state = device.storage;
        device.write(StoreWrite::default());
        self.note(format!("storage of device {index}: {state:?}"));
        Ok(())
    }

    /// A facilitator pauses the board, opens it, or gives it a title.
    fn facilitate(&mut self) -> Result<(), String> {
        let choice = self.below(4);
        let who = usize::try_from(self.below(2)).unwrap_or(0);
        if choice == 3 {
            self.tally.finished += 1;
            self.note(format!("facilitator {who} finishes the board"));
            return self.tell(who, Input::Finish);
        }
        let envelope = {
            let device = self.device(who)?;
            let Some(session) = device.session.as_ref() else {
                return Ok(());
            };
            let (registers, keys) = (session.registers(), session.keys());
            match choice {
                0 => registers.seal_state(keys, &BoardState::Paused),
                1 => registers.seal_state(keys, &BoardState::Open),
                _ => registers.seal_value(keys, &RegisterName::Title, &title()),
            }
        };
        self.tally.state_changes += 1;
        self.note(format!("facilitator {who} decides {choice}"));
        let envelope = envelope.map_err(|error| error.to_string())?;
        self.tell(who, Input::Register(envelope))
    }

    fn presence(&mut self, index: usize) -> Result<(), String> {
        let person = samsyn_shared::ids::PersonId::random(&mut self.rng);
        self.tell(
            index,
            Input::Presence(Doing {
                person,
                section: None,
                draft: None,
            }),
        )
    }

    fn relay_trouble(&mut self) -> Result<(), String> {
        match self.below(8) {
            0 | 1 => {
                self.tally.relay_crashes += 1;
                self.note("the relay is killed");
                self.kill_relay();
            }
            2 => {
                self.tally.relay_stops += 1;
                self.note("the relay stops in good order");
                self.relay_does(RelayInput::Stop)?;
                let (soon, life) = (self.below(400), self.relay.life);
                self.after(soon, Event::RelayEnds(life));
            }
            3 => {
                self.tally.wipes += 1;
                self.note("the relay's disk is wiped");
                self.kill_relay();
                self.relay.log.restore(super::log::Disk::default());
                self.read_log();
            }
            4 => {
                self.note("the relay's disk is backed up");
                self.relay.backup = Some(self.relay.log.backup());
                // Most backups are old; this one comes back while what it lacks is fresh.
                let soon = self.below(6_000);
                if self.chance(50) {
                    self.after(soon, Event::RestoreBackup);
                }
            }
            5 => self.restore_backup()?,
            6 => {
                self.tally.log_failures += 1;
                let what = match self.below(4) {
                    0 => Failures::Load,
                    1 => Failures::Read,
                    _ => Failures::Append,
                };
                self.note(format!("the relay's log fails once: {what:?}"));
                self.relay.failures = what;
            }
            _ => self.hostile_entry()?,
        }
        self.check_promises()
    }

    pub(super) fn restore_backup(&mut self) -> Result<(), String> {
        if let Some(backup) = self.relay.backup.clone() {
            self.tally.restores += 1;
            self.note("the relay's disk is restored from the backup");
            self.kill_relay();
            self.relay.log.restore(backup);
            self.read_log();
        }
        self.check_promises()
    }

    /// Things go wrong from now on, in a way of their own.
    pub(super) fn start_trouble(&mut self) {
        self.note("the trouble starts");
        self.chaos = Chaos::new(&mut self.rng);
        self.after(0, Event::Act);
    }

    /// Everything works from now on.
    pub(super) fn end_trouble(&mut self) {
        self.note("the trouble is over");
        self.chaos = Chaos {
            device_crashes: false,
            rejects: false,
            cuts_after_ack: false,
            bundles: false,
            duplicates: false,
            ..self.chaos
        };
        self.relay.failures = Failures::None;
        for device in &mut self.devices {
            device.offline_until = 0;
            device.storage = Storage::Works;
            device.write(StoreWrite::default());
        }
    }

    /// What was rejected for good is tried again by the next run of the app.
    pub(super) fn restart_rejected(&mut self) -> Result<(), String> {
        for index in 0..DEVICES {
            let device = self.device(index)?;
            if device.rejected && device.session.is_some() {
                self.restart_device(index)?;
            }
        }
        Ok(())
    }
}

fn title() -> Vec<u8> {
    Title::new("Höga flöden").encode()
}
