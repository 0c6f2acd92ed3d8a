//! The command line: one place for every command.
//!
//! Boundary: it parses, calls, and turns an error into a sentence and an exit code.

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::backup::{self, BackupArgs};
#[cfg(feature = "client")]
use crate::commands;
use crate::config::ServeArgs;
use crate::file;
use crate::inspect::{self, InspectArgs, Verdict};
use crate::log::LogError;
use crate::prune::{self, PruneArgs};
use crate::serve::{self, ServeError};

/// The exit code when what was asked for is not understood; clap's.
const USAGE: i32 = 2;
/// The exit code when data is damaged.
const DAMAGED: u8 = 7;

/// Samsyn: a shared board that works without a network.
#[derive(Debug, Parser)]
#[command(name = "samsyn", version, about, arg_required_else_help = true)]
#[cfg_attr(feature = "client", command(after_help = commands::EXIT_CODES))]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the app and pass on boards' changes between devices
    Serve(ServeArgs),
    /// Say which boards a data folder holds, and whether they are whole
    #[command(after_help = inspect::HELP)]
    Inspect(InspectArgs),
    /// Copy every board to a new folder, also while the relay runs
    #[command(after_help = backup::HELP)]
    Backup(BackupArgs),
    /// Take out boards that nobody has used for long
    #[command(after_help = prune::HELP)]
    Prune(PruneArgs),
    #[cfg(feature = "client")]
    #[command(flatten)]
    Board(commands::BoardCommand),
}

/// What was asked for, by flags, environment and the file of settings. Ends the program, as clap does, when that is
/// not understood or was only a question.
#[must_use]
pub fn parse() -> Cli {
    let asked = Cli::parse();
    let path = match &asked.command {
        Command::Serve(args) => args.config.clone(),
        Command::Inspect(_) | Command::Backup(_) | Command::Prune(_) => None,
        #[cfg(feature = "client")]
        Command::Board(_) => None,
    };
    let Some(path) = path else {
        return asked;
    };
    let mut refused = None;
    let command = Cli::command().mut_subcommand("serve", |serve| {
        let with_defaults = file::defaults(serve.clone(), &path);
        with_defaults.unwrap_or_else(|error| {
            refused = Some(error);
            serve
        })
    });
    if let Some(error) = refused {
        eprintln!("samsyn: {error}");
        std::process::exit(USAGE);
    }
    let matches = command.get_matches();
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// Runs what was asked for. Exit codes: 0 done, 2 not understood, others as `samsyn --help` says.
#[must_use]
pub fn run(cli: &Cli) -> ExitCode {
    match &cli.command {
        Command::Serve(args) => match serve::run(args) {
            Err(ServeError::Log(error @ LogError::Damaged { .. })) => damaged(&error),
            other => end(other),
        },
        Command::Inspect(args) => match inspect::run(args) {
            Ok(Verdict::Whole) => ExitCode::SUCCESS,
            Ok(Verdict::Damaged) => ExitCode::from(DAMAGED),
            Err(error) => end(Err(error)),
        },
        Command::Prune(args) => match prune::run(args) {
            Err(error) if error.is_damage() => damaged(&error),
            other => end(other),
        },
        Command::Backup(args) => match backup::run(args) {
            Err(error) if error.is_damage() => damaged(&error),
            other => end(other),
        },
        #[cfg(feature = "client")]
        Command::Board(command) => commands::run(command),
    }
}

fn damaged(error: &impl std::fmt::Display) -> ExitCode {
    eprintln!("samsyn: {error}");
    ExitCode::from(DAMAGED)
}

fn end<E: std::fmt::Display>(result: Result<(), E>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("samsyn: {error}");
            ExitCode::FAILURE
        }
    }
}
