//! Starting Samsyn: once, as a person uses it, or again after every change, as a developer does.

use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, SystemTime};
use std::{fs, thread};

use anyhow::Result;

use crate::bundle::{self, Mode};
use crate::command::{cargo, program};
use crate::install;
use crate::workspace;

/// How often the sources are looked at for a change. Looking costs a few milliseconds.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Builds the app and the relay in release mode and serves until stopped.
pub fn run(serve: &[String]) -> Result<()> {
    bundle::bundle(Mode::Release)?;
    cargo(["build", "--release", "--package", "samsyn-sync-server"]).run()?;
    program(workspace::program("release", "samsyn"), ["serve"])
        .args(serve)
        .run()
}

/// Builds the app and the relay and measures the app in a browser.
pub fn bench_app(flags: &[String]) -> Result<()> {
    install::browsers()?;
    bundle::bundle(Mode::Release)?;
    cargo(["build", "--release", "--package", "samsyn-sync-server"]).run()?;
    let measure = [
        "run",
        "--release",
        "--package",
        "samsyn-tests",
        "--example",
        "bench_app",
        "--",
    ];
    cargo(measure)
        .args(flags)
        .env("SAMSYN_BIN", workspace::program("release", "samsyn"))
        .run()
}

/// Builds quickly and serves; after every change builds and starts again, keeping what runs if the build fails.
pub fn dev(serve: &[String]) -> Result<()> {
    let mut server: Option<Child> = None;
    loop {
        let seen = newest_source();
        match build_dev() {
            Ok(()) => {
                stop(&mut server);
                server = Some(
                    program(workspace::program("debug", "samsyn"), ["serve"])
                        .args(serve)
                        .spawn()?,
                );
            }
            Err(error) => eprintln!("{error:#}\n  waiting for a change"),
        }
        while newest_source() == seen {
            thread::sleep(LOOK_EVERY);
        }
        println!("\n== changed, building again");
    }
}

fn build_dev() -> Result<()> {
    bundle::bundle(Mode::Dev)?;
    cargo(["build", "--package", "samsyn-sync-server"]).run()
}

fn stop(server: &mut Option<Child>) {
    if let Some(mut child) = server.take()
        && let Err(error) = child.kill().and_then(|()| child.wait().map(drop))
    {
        eprintln!("  the old server did not stop: {error}");
    }
}

/// When a source of the app, the shared crate or the relay last changed.
fn newest_source() -> Option<SystemTime> {
    let root = workspace::root();
    let folders = [
        "app/src",
        "app/style",
        "app/public",
        "app/locales",
        "shared/src",
        "sync-server/src",
    ];
    let files = [
        "app/index.html",
        "Cargo.toml",
        "app/Cargo.toml",
        "shared/Cargo.toml",
        "sync-server/Cargo.toml",
    ];
    let paths = folders.iter().chain(&files).map(|path| root.join(path));
    paths.filter_map(|path: PathBuf| newest(&path)).max()
}

fn newest(path: &Path) -> Option<SystemTime> {
    let own = fs::metadata(path).and_then(|data| data.modified()).ok();
    let Ok(entries) = fs::read_dir(path) else {
        return own;
    };
    let below = entries
        .flatten()
        .filter_map(|entry| newest(&entry.path()))
        .max();
    own.max(below)
}
