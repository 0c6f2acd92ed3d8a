//! `samsyn bench`: puts a load on a server and measures how it does.
//!
//! Boundary: one file a workload below. The load comes from this process, over real sockets, sealed and signed; the
//! server is another process. Everything is bounded in count and time.

mod boards;
mod idle;
mod join;
mod light;
mod machine;
mod measure;
mod notes;
mod rejoin;
mod report;
mod room;
mod stage;

use clap::{Args, Subcommand};

use self::report::Report;
use self::stage::{Needs, Stage};
use super::Format;
use crate::client::{Failure, RelayUrl};
use crate::serve;

const HELP: &str = "\
Without --address it starts a server of its own on a free port, with an empty
folder that is removed again, and stops it at the end. Times are of this
computer, which carries the load as well as the server: compare two runs on one
computer rather than a run with a number from elsewhere.

Examples:
  samsyn bench room               sixty people, a note each every two seconds
  samsyn bench room 200 --json    the same with two hundred, for a program
  samsyn bench join --notes 5000  how long a newcomer waits for a large board
  samsyn bench idle 5000          what a connection costs that only listens";

/// Measures a server.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Bench {
    #[command(subcommand)]
    workload: Workload,
}

#[derive(Debug, Subcommand)]
enum Workload {
    /// Many people on one board, all of whom write
    #[command(after_help = room::help())]
    Room(room::Room),
    /// A newcomer on a board that is full of notes
    #[command(after_help = join::help())]
    Join(join::Join),
    /// Somebody who comes back with notes written without a network
    #[command(after_help = rejoin::help())]
    Rejoin(rejoin::Rejoin),
    /// Many people who have a board open and do nothing
    #[command(after_help = idle::help())]
    Idle(idle::Idle),
    /// Many boards that are opened, left and opened again
    #[command(after_help = boards::help())]
    Boards(boards::Boards),
}

/// What every workload takes.
#[derive(Clone, Debug, Args)]
pub struct Setting {
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
    /// Measure the server at this address instead of one of its own; it keeps the boards that are made there
    #[arg(long, value_name = "URL")]
    address: Option<RelayUrl>,
    /// Load a server that is not on this computer
    #[arg(long, requires = "address")]
    yes_load_this_server: bool,
    /// The process of the server at --address, whose processor and memory are then measured
    #[arg(long, value_name = "PID", requires = "address")]
    pid: Option<u32>,
}

impl Bench {
    pub(super) async fn run(&self) -> Result<(), Failure> {
        let interrupted = interrupted();
        tokio::pin!(interrupted);
        let setting = self.workload.setting();
        let needs = self.workload.needs()?;
        let stage = tokio::select! {
            stage = Stage::set(setting, needs) => stage?,
            failure = &mut interrupted => return Err(failure),
        };
        let measured = tokio::select! {
            report = self.workload.measure(&stage) => report,
            failure = &mut interrupted => Err(failure),
        };
        stage.end().await;
        let format = if setting.json {
            Format::Json
        } else {
            Format::Text
        };
        measured?.print(format)
    }
}

impl Workload {
    const fn setting(&self) -> &Setting {
        match self {
            Self::Room(it) => &it.setting,
            Self::Join(it) => &it.setting,
            Self::Rejoin(it) => &it.setting,
            Self::Idle(it) => &it.setting,
            Self::Boards(it) => &it.setting,
        }
    }

    fn needs(&self) -> Result<Needs, Failure> {
        match self {
            Self::Room(it) => it.needs(),
            Self::Join(it) => Ok(it.needs()),
            Self::Rejoin(it) => Ok(it.needs()),
            Self::Idle(it) => Ok(it.needs()),
            Self::Boards(it) => Ok(it.needs()),
        }
    }

    async fn measure(&self, stage: &Stage) -> Result<Report, Failure> {
        match self {
            Self::Room(it) => it.measure(stage).await,
            Self::Join(it) => it.measure(stage).await,
            Self::Rejoin(it) => it.measure(stage).await,
            Self::Idle(it) => it.measure(stage).await,
            Self::Boards(it) => it.measure(stage).await,
        }
    }
}

/// Waits until somebody wants it to stop.
async fn interrupted() -> Failure {
    let stop = async { serve::signal()?.await };
    match stop.await {
        Ok(()) => Failure::Interrupted,
        Err(error) => Failure::Runtime(error),
    }
}
