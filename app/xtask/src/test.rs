//! Everything that must hold before a change is taken, as parts that can run alone.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use clap::ValueEnum;

use crate::bundle::{self, BUDGET, Mode};
use crate::command::{Run, cargo, program};
use crate::install;
use crate::report::{Report, Tally};
use crate::workspace::{self, WASM};

/// A part of the tests. The order here is the order they run in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Part {
    /// The code is formatted.
    Fmt,
    /// No lint warns, natively and for WASM.
    Clippy,
    /// Unit and integration tests of every crate, natively.
    Native,
    /// The relay builds and passes its tests without the document (automerge is not in it).
    Relay,
    /// The tests of `shared`, compiled to WASM, in Node.js.
    Wasm,
    /// Thousands of seeded schedules of devices, cuts and restarts.
    Simulation,
    /// The app builds in release mode and stays within its size.
    Bundle,
    /// The whole story in real browsers against the real relay.
    Browser,
    /// Lighthouse's marks for accessibility and best practices.
    Lighthouse,
}

/// What to do where a part cannot run on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Say what to install, and go on.
    Skip,
    /// Fail.
    Fail,
}

/// Runs the parts and prints a summary. After a failure the other parts still run, so that one run tells all.
pub fn run(parts: &[Part], missing: Missing) -> Result<()> {
    let mut report = Report::default();
    for part in parts {
        part.run(&mut report, missing);
    }
    report.close()
}

/// The parts asked for, each once and in order; all of them if none was.
pub fn chosen(only: &[Part]) -> Vec<Part> {
    let mut parts = if only.is_empty() {
        Part::value_variants().to_vec()
    } else {
        only.to_vec()
    };
    parts.sort();
    parts.dedup();
    parts
}

impl Part {
    fn run(self, report: &mut Report, missing: Missing) {
        if let Err(error) = self.install() {
            match missing {
                Missing::Skip => report.skip(self.name(), format!("{error:#}")),
                Missing::Fail => {
                    report.step(self.name(), |_| Err(error));
                }
            }
            return;
        }
        report.step(self.name(), |tally| self.check(tally));
    }

    fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Clippy => "clippy",
            Self::Native => "native",
            Self::Relay => "relay",
            Self::Wasm => "wasm",
            Self::Simulation => "simulation",
            Self::Bundle => "bundle",
            Self::Browser => "browser",
            Self::Lighthouse => "lighthouse",
        }
    }

    /// Gets what the part needs beyond Rust's native toolchain.
    fn install(self) -> Result<()> {
        match self {
            Self::Fmt | Self::Native | Self::Relay | Self::Simulation => Ok(()),
            Self::Clippy | Self::Bundle => install::wasm_target(),
            Self::Wasm => install::wasm_target().and_then(|()| install::node()),
            Self::Browser => install::wasm_target()
                .and_then(|()| install::browsers())
                .and_then(|()| install::axe()),
            Self::Lighthouse => install::wasm_target().and_then(|()| install::lighthouse()),
        }
    }

    fn check(self, tally: &mut Tally) -> Result<()> {
        match self {
            Self::Fmt => cargo(["fmt", "--all", "--check"]).run(),
            Self::Clippy => clippy(),
            Self::Native => native(tally),
            Self::Relay => relay(tally),
            Self::Wasm => wasm(tally),
            Self::Simulation => simulation(tally),
            Self::Bundle => size(),
            Self::Browser => browser(tally),
            Self::Lighthouse => lighthouse(),
        }
    }
}

fn clippy() -> Result<()> {
    let deny = ["--", "-D", "warnings"];
    cargo(["clippy", "--workspace", "--all-targets"])
        .args(deny)
        .run()?;
    cargo(["clippy", "--package", "samsyn-app", "--target", WASM])
        .args(deny)
        .run()
}

/// Every native step selects the same packages, so that cargo chooses the same features and builds nothing twice.
fn workspace_tests(args: &[&str]) -> Run {
    cargo(["test", "--workspace"]).args(args)
}

/// The simulation has a part of its own; here it only shows that it runs.
fn native(tally: &mut Tally) -> Result<()> {
    workspace_tests(&[])
        .env("SAMSYN_SCHEDULES", "40")
        .env("SAMSYN_BOARD_SCHEDULES", "4")
        .run_tests(tally)
}

fn simulation(tally: &mut Tally) -> Result<()> {
    workspace_tests(&["--test", "simulation"]).run_tests(tally)
}

/// The relay must never depend on automerge, nor on the rest that reads a board.
fn relay(tally: &mut Tally) -> Result<()> {
    let relay = ["--package", "samsyn-sync-server", "--no-default-features"];
    let tree = cargo(["tree", "--edges", "normal", "--prefix", "none"])
        .args(relay)
        .output()?;
    ensure!(!tree.trim().is_empty(), "cargo tree printed nothing");
    if let Some(line) = tree.lines().find(|line| line.starts_with("automerge ")) {
        bail!(
            "the relay without its feature `client` depends on {line}: see cargo tree {} -i automerge",
            relay.join(" ")
        );
    }
    cargo(["test"]).args(relay).run_tests(tally)
}

fn wasm(tally: &mut Tally) -> Result<()> {
    workspace::check_wasm_bindgen_versions()?;
    let runner = "wasm-bindgen-test-runner";
    cargo([
        "build",
        "--package",
        "xtask",
        "--features",
        "wasm-test-runner",
        "--bin",
        runner,
    ])
    .run()?;
    cargo([
        "test",
        "--package",
        "samsyn-shared",
        "--tests",
        "--target",
        WASM,
    ])
    .env(
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
        workspace::program("debug", runner),
    )
    .run_tests(tally)?;
    ensure!(tally.passed > 0, "no test ran on WASM");
    Ok(())
}

fn size() -> Result<()> {
    let sizes = bundle::bundle(Mode::Release)?;
    ensure!(
        sizes.brotli() <= BUDGET,
        "the bundle is over its budget of {} KiB (brotli)",
        BUDGET / 1024
    );
    Ok(())
}

/// The server's own binary, which serves the bundle that `Part::Bundle` made.
fn server() -> Result<PathBuf> {
    if !workspace::dist().join("index.html").exists() {
        size()?;
    }
    cargo(["build", "--workspace", "--bins"]).run()?;
    let server = workspace::program("debug", "samsyn");
    ensure!(
        Path::new(&server).exists(),
        "{} was not built",
        server.display()
    );
    Ok(server)
}

/// Runs Lighthouse on the app as it is served, and fails where its marks are too low.
pub fn lighthouse() -> Result<()> {
    let script = workspace::root().join("tests/lighthouse/run.js");
    program("node", [script])
        .env("SAMSYN_BIN", server()?)
        .env("CHROME_PATH", "/usr/bin/chromium")
        .run()
}

/// The files in `tests/tests` whose tests drive browsers.
const BROWSER_TESTS: [&str; 18] = [
    "accessibility",
    "by_keyboard",
    "by_touch",
    "compare",
    "finishing",
    "groups",
    "harness",
    "headings",
    "history",
    "joining",
    "list",
    "many_notes",
    "merging",
    "places",
    "steps",
    "story",
    "together",
    "trouble",
];

fn browser(tally: &mut Tally) -> Result<()> {
    let server = server()?;
    let tests = BROWSER_TESTS.iter().flat_map(|it| ["--test", *it]);
    let tests: Vec<&str> = tests.collect();
    let before = tally.passed;
    workspace_tests(&tests)
        .args(["--", "--ignored", "--test-threads", "1"])
        .env("SAMSYN_BIN", server)
        .env("SAMSYN_GECKODRIVER", install::geckodriver()?)
        .env("RUST_BACKTRACE", "0")
        .run_tests(tally)?;
    ensure!(
        tally.passed - before >= BROWSER_TESTS.len() as u64,
        "not every browser test has run"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_run_once_each_in_their_own_order() {
        assert_eq!(
            chosen(&[Part::Browser, Part::Fmt, Part::Browser]),
            [Part::Fmt, Part::Browser]
        );
    }

    /// A file that is forgotten, or an argument that became a filter, would leave its tests out without a word.
    #[test]
    fn every_file_with_browser_tests_is_run() {
        let folder = workspace::root().join("tests/tests");
        let files = std::fs::read_dir(folder).unwrap().flatten();
        let files = files.map(|it| it.path()).filter(|it| it.is_file());
        let drives = files.filter(|it| {
            std::fs::read_to_string(it)
                .unwrap()
                .contains("--only browser")
        });
        let names = drives.map(|it| it.file_stem().unwrap().to_str().unwrap().to_owned());
        let mut names: Vec<String> = names.collect();
        names.sort();
        assert_eq!(names, BROWSER_TESTS);
    }

    #[test]
    fn nothing_asked_for_is_everything() {
        assert_eq!(chosen(&[]).len(), Part::value_variants().len());
    }
}
