//! The command line: one place for every command.
//!
//! Boundary: it parses, calls, and turns an error into a sentence and an exit code.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::ServeArgs;
use crate::serve;

/// Samsyn: a shared board that works without a network.
#[derive(Debug, Parser)]
#[command(name = "samsyn", version, about, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the app and pass on boards' changes between devices
    Serve(ServeArgs),
}

/// Runs what was asked for. Exit codes: 0 done, 1 failed, 2 not understood.
#[must_use]
pub fn run(cli: &Cli) -> ExitCode {
    let result = match &cli.command {
        Command::Serve(args) => serve::run(args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("samsyn: {error}");
            ExitCode::FAILURE
        }
    }
}
