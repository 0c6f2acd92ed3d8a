//! The board commands of the command line: what they are called, what they take, and how they end.
//!
//! Boundary: one file per command below; everything they do goes through `client`.

mod add;
mod archive;
mod bench;
mod boards;
mod carry;
mod compare_rules;
mod diff;
mod files;
mod group;
mod import;
mod merge;
mod new;
mod place;
mod show;
mod state;
mod target;
mod watch;

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};

pub use target::{LanguageArg, Target};

use crate::client::Failure;
pub use crate::client::failure::EXIT_CODES;

/// The commands that work on a board over the network.
#[derive(Debug, Subcommand)]
pub enum BoardCommand {
    /// Make a new board on a relay and print its three links
    #[command(after_help = new::HELP)]
    New(new::New),
    /// Add notes or ground rules to a board; returns when the relay has acknowledged them
    #[command(after_help = add::HELP)]
    Add(add::Add),
    /// Print a board
    #[command(after_help = show::HELP)]
    Show(show::Show),
    /// Print what happens on a board, line by line, until Ctrl-C
    #[command(after_help = watch::HELP)]
    Watch(watch::Watch),
    /// Save a board as a file: a JSON archive, or a board file with its history
    #[command(after_help = archive::HELP)]
    Archive(archive::Archive),
    /// Let participants wait
    #[command(after_help = state::PAUSE_HELP)]
    Pause(state::Pause),
    /// Open a paused or finished board again
    #[command(after_help = state::REOPEN_HELP)]
    Reopen(state::Reopen),
    /// Finish a board: nobody changes it any more
    #[command(after_help = state::FINISH_HELP)]
    Finish(state::Finish),
    /// Make a new board from a file and print its three links
    #[command(after_help = import::HELP)]
    Import(import::Import),
    /// Make the next board from what one has come to and print its three links
    #[command(after_help = carry::HELP)]
    Carry(carry::Carry),
    /// Make breakout groups of a board, or print them
    #[command(subcommand)]
    Group(group::GroupCommand),
    /// Bring boards together on one
    #[command(after_help = merge::HELP)]
    Merge(merge::Merge),
    /// Say what differs between two boards, or two states of one
    #[command(after_help = diff::HELP)]
    Diff(diff::Diff),
    /// Print two boards' ground rules side by side
    #[command(after_help = compare_rules::HELP)]
    CompareRules(compare_rules::CompareRules),
    /// Put a load on a server and measure how it does
    Bench(bench::Bench),
}

/// What every board command takes.
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// Print JSON instead of text
    #[arg(long)]
    json: bool,
    /// Give up when the relay has not got any further for so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
}

/// What is printed, and for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl Common {
    const fn format(&self) -> Format {
        if self.json {
            Format::Json
        } else {
            Format::Text
        }
    }

    const fn patience(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }
}

/// Runs a command to its end and says how it went.
#[must_use]
pub fn run(command: &BoardCommand) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let result = runtime
        .map_err(Failure::Runtime)
        .and_then(|runtime| runtime.block_on(execute(command)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("samsyn: {failure}");
            ExitCode::from(failure.code())
        }
    }
}

async fn execute(command: &BoardCommand) -> Result<(), Failure> {
    match command {
        BoardCommand::New(command) => command.run().await,
        BoardCommand::Add(command) => command.run().await,
        BoardCommand::Show(command) => command.run().await,
        BoardCommand::Watch(command) => command.run().await,
        BoardCommand::Archive(command) => command.run().await,
        BoardCommand::Pause(command) => command.run().await,
        BoardCommand::Reopen(command) => command.run().await,
        BoardCommand::Finish(command) => command.run().await,
        BoardCommand::Import(command) => command.run().await,
        BoardCommand::Group(command) => command.run().await,
        BoardCommand::Carry(command) => command.run().await,
        BoardCommand::Merge(command) => command.run().await,
        BoardCommand::Diff(command) => command.run().await,
        BoardCommand::CompareRules(command) => command.run().await,
        BoardCommand::Bench(command) => command.run().await,
    }
}

/// Prints a line on standard output at once, so that whoever reads a pipe sees it.
fn print(line: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(Failure::Print)
}

/// Prints a value as one line of JSON.
fn print_json(value: &serde_json::Value) -> Result<(), Failure> {
    print(&value.to_string())
}
