//! Programs started by a test: their output goes to a file, and they end when the test does.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use anyhow::{Context, Result, bail};
use tokio::process::{Child, Command};

/// A running program. Dropping it kills it.
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts a program; what it prints is added to `log`.
    pub fn start(mut command: Command, log: &Path) -> Result<Self> {
        let name = command
            .as_std()
            .get_program()
            .to_string_lossy()
            .into_owned();
        let output = File::options()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("{}", log.display()))?;
        command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .kill_on_drop(true);
        let child = command
            .spawn()
            .with_context(|| format!("cannot start {name}: is it installed?"))?;
        Ok(Self {
            name,
            child,
            log: log.to_owned(),
        })
    }

    /// An error with what it printed, if it has ended.
    pub fn still_runs(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("{} ended ({status}): {}", self.name, self.printed()),
        }
    }

    /// Its number; none once its end was seen.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// What it has printed.
    pub fn printed(&self) -> String {
        fs::read(&self.log)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// Ends it at once, as a power cut would (`kill -9`).
    pub async fn kill(&mut self) -> Result<()> {
        self.child
            .kill()
            .await
            .with_context(|| format!("cannot kill {}", self.name))
    }

    /// Asks it to end (`SIGTERM`) and waits until it has.
    pub async fn stop(&mut self) -> Result<()> {
        if let Some(id) = self.child.id() {
            signal("-TERM", id).await?;
        }
        self.child.wait().await?;
        Ok(())
    }
}

/// Sends a signal to a process by its number.
pub async fn signal(signal: &str, process: u32) -> Result<()> {
    let status = Command::new("kill")
        .args([signal, &process.to_string()])
        .status()
        .await?;
    if !status.success() {
        bail!("kill {signal} {process}: {status}");
    }
    Ok(())
}

/// A command with arguments.
pub fn command<S: AsRef<OsStr>>(
    program: impl AsRef<OsStr>,
    args: impl IntoIterator<Item = S>,
) -> Command {
    let mut command = Command::new(program);
    command.args(args);
    command
}
