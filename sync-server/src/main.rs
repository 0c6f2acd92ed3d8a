//! `samsyn`: see `samsyn --help`.

use std::process::ExitCode;

use clap::Parser;
use samsyn_sync_server::cli::{self, Cli};

fn main() -> ExitCode {
    cli::run(&Cli::parse())
}
