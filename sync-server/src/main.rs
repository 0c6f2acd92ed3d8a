//! `samsyn`: see `samsyn --help`.

use std::process::ExitCode;

use samsyn_sync_server::cli;

fn main() -> ExitCode {
    cli::run(&cli::parse())
}
