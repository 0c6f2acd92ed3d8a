//! The program between a test and its browser, and the virtual screen of a browser that needs one.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::Make;
use crate::net;
use crate::process::{Process, command};
use crate::wait::until;

/// A running chromedriver or WebKitWebDriver.
pub struct Driver {
    port: u16,
    process: Process,
    _screen: Option<Process>,
}

impl Driver {
    /// Starts a driver and waits until it answers.
    pub async fn start(make: Make, folder: &Path) -> Result<Self> {
        let port = net::free_port()?;
        let log = folder.join("driver.log");
        let mut program = command(program(make)?, [format!("--port={port}")]);
        let mut screen = None;
        match make {
            Make::Chromium | Make::Firefox => {}
            Make::WebKit => {
                let (process, display) = start_screen(folder).await?;
                program.env("DISPLAY", display);
                screen = Some(process);
            }
        }
        let mut driver = Self {
            port,
            process: Process::start(program, &log)?,
            _screen: screen,
        };
        driver.ready().await?;
        Ok(driver)
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}", net::local(self.port))
    }

    /// What it has printed.
    pub fn printed(&self) -> String {
        self.process.printed()
    }

    async fn ready(&mut self) -> Result<()> {
        let address = net::local(self.port);
        until("the driver answers /status", async || {
            self.process.still_runs()?;
            let status = net::status_of(address, "/status").await?;
            Ok((status == 200).then_some(()))
        })
        .await
    }
}

/// Debian has no package of Firefox's driver; who runs the tests builds it and says where it lies.
fn program(make: Make) -> Result<OsString> {
    match make {
        Make::Chromium => Ok("chromedriver".into()),
        Make::WebKit => Ok("WebKitWebDriver".into()),
        Make::Firefox => std::env::var_os("SAMSYN_GECKODRIVER").context(
            "SAMSYN_GECKODRIVER does not say where geckodriver lies; cargo xtask test --only browser builds it",
        ),
    }
}

/// Starts a virtual screen; the X server chooses a number that is free and prints it.
async fn start_screen(folder: &Path) -> Result<(Process, String)> {
    let log = folder.join("screen.log");
    if log.exists() {
        fs::remove_file(&log)?;
    }
    let args = [
        "-displayfd",
        "1",
        "-screen",
        "0",
        "1600x1200x24",
        "-nolisten",
        "tcp",
    ];
    let mut screen = Process::start(command("Xvfb", args), &log).context("the virtual screen")?;
    let number = until("the virtual screen's number", async || {
        screen.still_runs()?;
        Ok(screen
            .printed()
            .lines()
            .find_map(|line| line.trim().parse::<u32>().ok()))
    })
    .await?;
    Ok((screen, format!(":{number}")))
}
