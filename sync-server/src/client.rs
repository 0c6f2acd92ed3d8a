//! A board's client without a screen: the same document and session as the app's, over a native websocket.
//!
//! Boundary: it keeps nothing on disk. A command opens the board from the relay, does its work, and waits until the
//! relay has acknowledged it.

pub mod failure;
mod line;
pub mod relay_url;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use samsyn_shared::board::merge::{Preview, SourceBoard};
use samsyn_shared::board::{Board, Command, Delta};
use samsyn_shared::ids::{PresenceId, Slot};
use samsyn_shared::registers::{BoardState, Group, RegisterName, RegisterSet, Title};
use samsyn_shared::seal::{BoardKeys, Role};
use samsyn_shared::sync::session::{
    Finishing, Input, LinkStatus, Output, Rejected, Saved, Session, SessionConfig, Status, Tuning,
};
use samsyn_shared::sync::wire::{CloseCode, RejectCode, Retry};
use samsyn_shared::time::{Monotonic, Now, UnixMillis};
use tokio::time::{Instant, sleep, timeout_at};

pub use failure::Failure;
use line::Line;
pub use line::Traffic;
pub(crate) use line::{Socket, open as connect};
pub use relay_url::{RelayUrl, RelayUrlError};

/// Something that came from outside while a client was open.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Records and texts changed.
    Board(Delta),
    /// Registers changed; the title is one.
    Registers(Vec<Slot>),
    /// The connection or what is unshared changed.
    Status(Status),
    /// Something from outside was not believed or is kept apart, in words.
    Warning(String),
}

/// A board that is open over the network.
pub struct Client {
    session: Session<Board>,
    line: Line,
    rng: ChaCha20Rng,
    started: Instant,
    patience: Duration,
    rejected: Option<Rejected>,
}

impl Client {
    /// A client of the board on that relay, which gives up when there is no progress for as long as `patience`.
    /// Nothing is sent before the first `step`.
    ///
    /// # Errors
    /// `Failure::NoRandomness` if the operating system has none.
    pub fn new(keys: BoardKeys, relay: RelayUrl, patience: Duration) -> Result<Self, Failure> {
        let mut rng = randomness()?;
        let board = Board::new(keys.board());
        let config = SessionConfig {
            keys,
            presence: PresenceId::random(&mut rng),
            tuning: Tuning::default(),
        };
        Ok(Self {
            session: Session::new(config, board, Saved::default()),
            line: Line::new(relay),
            rng,
            started: Instant::now(),
            patience,
            rejected: None,
        })
    }

    /// The board as it is here.
    #[must_use]
    pub fn board(&self) -> &Board {
        self.session.store()
    }

    /// The newest registers that are known here.
    #[must_use]
    pub fn registers(&self) -> &RegisterSet {
        self.session.registers()
    }

    /// The board's title; empty if it has none that can be read.
    #[must_use]
    pub fn title(&self) -> Title {
        self.registers().title(self.keys()).unwrap_or_default()
    }

    /// The keys of the link that it was opened with, and the verify keys once they are known.
    #[must_use]
    pub fn keys(&self) -> &BoardKeys {
        self.session.keys()
    }

    /// Randomness for ids.
    pub fn rng(&mut self) -> &mut ChaCha20Rng {
        &mut self.rng
    }

    /// Carries out commands here and hands the changes to the session; `shared` waits for the relay.
    ///
    /// # Errors
    /// `Failure::ReadOnly` for an observer's link, `Failure::Command` if a command cannot be done.
    pub async fn commit(&mut self, commands: &[Command]) -> Result<(), Failure> {
        self.check_may_write()?;
        let now = wall_clock();
        let committed = self
            .session
            .store_mut()
            .commit(now, &mut self.rng, commands)?;
        self.feed(Input::LocalChanges(committed.changes)).await?;
        Ok(())
    }

    /// What merging these boards would do here.
    ///
    /// # Errors
    /// `Failure::Merge` if one of them is this board.
    pub fn preview(&self, sources: &[SourceBoard]) -> Result<Preview, Failure> {
        Ok(self
            .board()
            .preview(wall_clock(), &mut randomness()?, sources)?)
    }

    /// Takes in the changes of other boards and hands them to the session; `shared` waits for the relay. They are
    /// shown once `Command::Merge` says so.
    ///
    /// # Errors
    /// As `commit`.
    pub async fn import(&mut self, sources: &[SourceBoard]) -> Result<(), Failure> {
        self.check_may_write()?;
        let imported = self.session.store_mut().import(sources);
        self.feed(Input::LocalChanges(imported.changes)).await?;
        Ok(())
    }

    fn check_may_write(&self) -> Result<(), Failure> {
        match (self.keys().role(), self.registers().state()) {
            (Role::Observer, _) => return Err(Failure::ReadOnly),
            (Role::Participant, BoardState::Paused) => {
                return Err(Failure::Refused(RejectCode::Paused));
            }
            (_, BoardState::Frozen { .. }) => return Err(Failure::Refused(RejectCode::Frozen)),
            (_, BoardState::Deleted) => return Err(Failure::Refused(RejectCode::Deleted)),
            (Role::Facilitator | Role::Participant, BoardState::Open)
            | (Role::Facilitator, BoardState::Paused) => {}
        }
        Ok(())
    }

    /// Tells the board's members of a group; facilitators only.
    ///
    /// # Errors
    /// `Failure::Seal` for the links of other roles.
    pub async fn set_group(&mut self, group: &Group) -> Result<(), Failure> {
        let register = group.seal(self.keys(), self.registers())?;
        self.feed(Input::Register(register)).await?;
        Ok(())
    }

    /// Gives the board a title; facilitators only.
    ///
    /// # Errors
    /// `Failure::Seal` for the links of other roles.
    pub async fn set_title(&mut self, title: &Title) -> Result<(), Failure> {
        let value = title.encode();
        let register = self
            .registers()
            .seal_value(self.keys(), &RegisterName::Title, &value)?;
        self.feed(Input::Register(register)).await?;
        Ok(())
    }

    /// Pauses the board or opens it again; facilitators only. Returns once that is on the relay's disk.
    ///
    /// # Errors
    /// `Failure::NotFacilitator`, or as `shared`.
    pub async fn set_state(&mut self, state: &BoardState) -> Result<(), Failure> {
        self.check_facilitator()?;
        if self.registers().state() == *state {
            return Ok(());
        }
        let register = self.registers().seal_state(self.keys(), state)?;
        self.feed(Input::Register(register)).await?;
        self.shared().await
    }

    /// Finishes the board; facilitators only. Returns once the relay holds it as it was finished.
    ///
    /// # Errors
    /// `Failure::NotFacilitator`; `Failure::Refused` if it was deleted; when patience ends, and the board is then
    /// paused.
    pub async fn finish(&mut self) -> Result<(), Failure> {
        self.check_facilitator()?;
        self.feed(Input::Finish).await?;
        let done = |status: &Status| status.finishing == Finishing::No && status.unshared == 0;
        self.until(done).await?;
        match self.registers().state() {
            BoardState::Frozen { .. } => Ok(()),
            BoardState::Deleted => Err(Failure::Refused(RejectCode::Deleted)),
            BoardState::Open | BoardState::Paused => Err(Failure::Refused(RejectCode::Behind)),
        }
    }

    fn check_facilitator(&self) -> Result<(), Failure> {
        match self.keys().role() {
            Role::Facilitator => Ok(()),
            Role::Participant | Role::Observer => Err(Failure::NotFacilitator),
        }
    }

    /// Waits until the whole of the relay's log is here.
    ///
    /// # Errors
    /// `Failure::Unreachable` or `Failure::UnknownBoard` when patience ends, or what the relay refuses.
    pub async fn caught_up(&mut self) -> Result<(), Failure> {
        self.until(|status| status.link == LinkStatus::Online).await
    }

    /// Waits until the relay has everything of this client on its disk.
    ///
    /// # Errors
    /// `Failure::NotShared` when patience ends, or why the relay refuses.
    pub async fn shared(&mut self) -> Result<(), Failure> {
        let all = |status: &Status| status.link == LinkStatus::Online && status.unshared == 0;
        let waited = self.until(all).await;
        if matches!(waited, Err(Failure::Unreachable { .. })) {
            let unshared = self.unshared();
            return Err(Failure::NotShared { unshared });
        }
        waited
    }

    /// Whether there is a connection to the relay, however far it is opened.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.session.status().link != LinkStatus::Offline
    }

    /// How many changes and registers the relay has not acknowledged.
    #[must_use]
    pub fn unshared(&self) -> usize {
        self.session.status().unshared
    }

    /// Waits for the next thing to happen, lets the session answer it, and says what is new.
    ///
    /// # Errors
    /// If the relay breaks the protocol.
    pub async fn step(&mut self) -> Result<Vec<Event>, Failure> {
        let wake = self.until_wake();
        let input = tokio::select! {
            input = self.line.next() => input,
            () = sleep(wake) => Input::Tick,
        };
        self.feed(input).await
    }

    /// Bytes of all messages so far.
    #[must_use]
    pub const fn traffic(&self) -> Traffic {
        self.line.traffic()
    }

    /// Loses the connection, as a tablet does that leaves the room. Nothing is tried again before the next `step`.
    ///
    /// # Errors
    /// Never by itself; see `step`.
    pub async fn leave(&mut self) -> Result<(), Failure> {
        self.line.close().await;
        self.feed(Input::Disconnected).await.map(drop)
    }

    /// Connects anew at the next `step`, without the pause that is usual after a loss.
    pub fn come_back(&mut self) {
        self.line.open_again();
    }

    /// Says goodbye.
    pub async fn close(mut self) {
        self.line.close().await;
    }

    /// Steps until `done`; patience begins anew with everything that comes in or is acknowledged.
    async fn until(&mut self, done: impl Fn(&Status) -> bool) -> Result<(), Failure> {
        let mut deadline = Instant::now() + self.patience;
        while !done(self.session.status()) {
            let before = self.session.status().unshared;
            let Ok(events) = timeout_at(deadline, self.step()).await else {
                return Err(self.out_of_patience());
            };
            let news = events?.iter().any(|event| matches!(event, Event::Board(_)));
            if news || self.session.status().unshared < before {
                deadline = Instant::now() + self.patience;
            }
            self.check_refused()?;
        }
        Ok(())
    }

    fn out_of_patience(&self) -> Failure {
        let opening = self.session.status().link == LinkStatus::Opening;
        if opening && self.keys().verify_keys().is_none() {
            return Failure::UnknownBoard;
        }
        self.line.unreachable()
    }

    /// What no waiting will mend.
    fn check_refused(&self) -> Result<(), Failure> {
        if let Some(code @ (CloseCode::WrongKeys | CloseCode::Version)) =
            self.session.status().closed
        {
            return Err(Failure::Closed(code));
        }
        self.check_rejected()
    }

    /// A push that will not be taken however long one waits.
    fn check_rejected(&self) -> Result<(), Failure> {
        match &self.rejected {
            Some(Rejected {
                code,
                retry: Retry::Never | Retry::OnState,
                ..
            }) => Err(Failure::Refused(*code)),
            Some(_) | None => Ok(()),
        }
    }

    async fn feed(&mut self, input: Input) -> Result<Vec<Event>, Failure> {
        let now = self.now();
        let mut events = Vec::new();
        let mut outputs = self.session.handle(now, &mut self.rng, input);
        if outputs.iter().any(|it| matches!(it, Output::TieHeads)) {
            let board = self.session.store_mut();
            let knots = board.tie_heads(now.wall, &mut self.rng);
            let input = Input::LocalChanges(knots.map_err(Failure::Command)?);
            outputs.extend(self.session.handle(now, &mut self.rng, input));
        }
        for output in outputs {
            events.extend(self.carry_out(output).await?);
        }
        Ok(events)
    }

    async fn carry_out(&mut self, output: Output<Delta>) -> Result<Option<Event>, Failure> {
        Ok(match output {
            Output::Send(bytes) => {
                self.line.send(bytes).await;
                None
            }
            Output::Reconnect { after_ms } => {
                self.line.reconnect(Duration::from_millis(after_ms)).await;
                None
            }
            // Nothing is stored here: a command that fails is run again.
            Output::Write(_) | Output::Peers(_) | Output::TieHeads => None,
            Output::Delta(delta) => Some(Event::Board(delta)),
            Output::Registers(slots) => Some(Event::Registers(slots)),
            Output::Status(status) => Some(Event::Status(status)),
            Output::Rejected(rejected) => {
                self.rejected = Some(rejected);
                None
            }
            Output::Held(held) => Some(Event::Warning(format!(
                "{} changes break the rules and are left out",
                held.len()
            ))),
            Output::Refused(refused) => Some(Event::Warning(format!(
                "an entry of the log was not believed: {}",
                refused.reason
            ))),
            Output::Misbehaved(how) => return Err(Failure::Misbehaved(how)),
        })
    }

    fn until_wake(&self) -> Duration {
        match self.session.next_wake() {
            Some(at) => Duration::from_millis(at.0.saturating_sub(self.now().monotonic.0)),
            None => Duration::from_secs(3600),
        }
    }

    fn now(&self) -> Now {
        let elapsed = self.started.elapsed().as_millis();
        Now {
            monotonic: Monotonic(u64::try_from(elapsed).unwrap_or(u64::MAX)),
            wall: wall_clock(),
        }
    }
}

/// A generator seeded by the operating system.
///
/// # Errors
/// `Failure::NoRandomness`.
pub fn randomness() -> Result<ChaCha20Rng, Failure> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(Failure::NoRandomness)?;
    Ok(ChaCha20Rng::from_seed(seed))
}

/// What the clock on the wall says.
#[must_use]
pub fn wall_clock() -> UnixMillis {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    UnixMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
