//! `cargo xtask`: the commands of everyone who runs, changes or tests Samsyn. They call cargo, rustup and apt-get, and
//! bundle the app; they hold no logic of the product.

mod bundle;
mod command;
mod install;
mod report;
mod run;
mod test;
mod workspace;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use bundle::Mode;
use test::{Missing, Part};

/// Run, change and test Samsyn.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

const EXAMPLES: &str = "\
Examples:
  cargo xtask run                            build everything, serve on http://localhost:3030
  cargo xtask run -- --listen 0.0.0.0:8080   the same, with flags for `samsyn serve` (see: samsyn serve --help)
  cargo xtask dev                            serve, and build again whenever a source changes
  cargo xtask test                           every test there is
  cargo xtask test --only fmt,clippy,native  what to run before a commit";

#[derive(Subcommand)]
enum Task {
    /// Build the app and the relay in release mode and serve them.
    ///
    /// Installs Rust's WASM target if it is missing (through rustup). Prints the addresses of this machine and a QR
    /// code for the room.
    Run(Serve),
    /// Serve a quickly built app; build and start again whenever a source changes.
    Dev(Serve),
    /// Run the tests: all of them, or the parts named by --only.
    ///
    /// Installs what is missing: Rust's WASM target, and Node.js, browsers and their drivers as Debian packages where
    /// this person may install them. Where not, says exactly what to install and skips the parts that need it.
    Test {
        /// Only these parts, separated by commas.
        #[arg(long, value_delimiter = ',')]
        only: Vec<Part>,
    },
    /// Run every test, and fail if one of them cannot run here.
    Ci,
    /// Build the app into app/dist and print what it weighs.
    Bundle {
        /// Quickly: not optimised, not compressed.
        #[arg(long)]
        dev: bool,
    },
    /// Measure the app in Chromium with a slowed processor.
    ///
    /// Prints first paint, how soon a stored board is on the screen and can be written on, frame times while a note is
    /// dragged or the wall is pushed, keystrokes while sixty others write, and memory.
    BenchApp {
        /// Flags of the measuring program (see: cargo xtask bench-app -- --help).
        #[arg(last = true)]
        flags: Vec<String>,
    },
    /// Print Lighthouse's marks for accessibility and best practices, and fail if one is too low.
    ///
    /// Installs Lighthouse with npm into tests/lighthouse, and Chromium as a Debian package; it downloads no browser.
    Lighthouse,
    /// Run the benchmarks.
    Bench {
        /// Flags for `cargo bench`.
        #[arg(last = true)]
        flags: Vec<String>,
    },
}

#[derive(Args)]
struct Serve {
    /// Flags for `samsyn serve`, after `--`.
    #[arg(last = true)]
    serve: Vec<String>,
}

fn main() -> Result<()> {
    match Cli::parse().task {
        Task::Run(Serve { serve }) => run::run(&serve),
        Task::Dev(Serve { serve }) => run::dev(&serve),
        Task::Test { only } => test::run(&test::chosen(&only), Missing::Skip),
        Task::Ci => test::run(&test::chosen(&[]), Missing::Fail),
        Task::Bundle { dev } => {
            bundle::bundle(if dev { Mode::Dev } else { Mode::Release }).map(drop)
        }
        Task::Lighthouse => {
            install::lighthouse()?;
            test::lighthouse()
        }
        Task::BenchApp { flags } => run::bench_app(&flags),
        Task::Bench { flags } => command::cargo(["bench", "--workspace"]).args(flags).run(),
    }
}
