//! Running other programs: each is printed before it runs, and a failure says what failed.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};

use crate::report::Tally;
use crate::workspace;

/// A program about to run in the workspace's folder.
pub struct Run(Command);

/// What cargo sets for the programs it runs. Left in place they would reach the builds started from here and make
/// build scripts run again each time.
const OF_THE_OUTER_CARGO: [&str; 6] = [
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "CARGO_CRATE_NAME",
    "CARGO_BIN_NAME",
    "CARGO_PRIMARY_PACKAGE",
    "LD_LIBRARY_PATH",
];

/// `cargo` with these arguments.
pub fn cargo<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Run {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    program(cargo, args)
}

/// Any program with these arguments.
pub fn program<S: AsRef<OsStr>>(name: impl AsRef<OsStr>, args: impl IntoIterator<Item = S>) -> Run {
    let mut command = Command::new(name);
    command.args(args).current_dir(workspace::root());
    for name in OF_THE_OUTER_CARGO {
        command.env_remove(name);
    }
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CARGO_PKG_") {
            command.env_remove(name);
        }
    }
    Run(command)
}

impl Run {
    /// Adds arguments.
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.0.args(args);
        self
    }

    /// Sets a variable of its environment.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    /// Runs it to its end; an exit code other than 0 is an error.
    pub fn run(mut self) -> Result<()> {
        let line = self.announce();
        let status = self
            .0
            .status()
            .with_context(|| format!("cannot start: {line}"))?;
        succeeded(status, &line)
    }

    /// Runs it and hands back what it writes to its standard output; its errors pass through.
    pub fn output(mut self) -> Result<String> {
        let line = self.line();
        let output = self
            .0
            .stderr(Stdio::inherit())
            .output()
            .with_context(|| format!("cannot start: {line}"))?;
        succeeded(output.status, &line)?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Whether it runs at all and ends well, with nothing printed.
    pub fn works(mut self) -> bool {
        let quiet = self
            .0
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        quiet.status().is_ok_and(|status| status.success())
    }

    /// Starts it and leaves it running.
    pub fn spawn(mut self) -> Result<Child> {
        let line = self.announce();
        self.0
            .spawn()
            .with_context(|| format!("cannot start: {line}"))
    }

    /// Runs a test command, passing its output on while counting the tests it reports into `tally`.
    pub fn run_tests(mut self, tally: &mut Tally) -> Result<()> {
        let line = self.announce();
        let mut child = self
            .0
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start: {line}"))?;
        if let Some(output) = child.stdout.take() {
            pass_on(output, tally)?;
        }
        succeeded(child.wait()?, &line)
    }

    fn announce(&self) -> String {
        let line = self.line();
        println!("  $ {line}");
        line
    }

    fn line(&self) -> String {
        let name = self.0.get_program().to_string_lossy();
        let name = name.rsplit('/').next().unwrap_or(&name).to_owned();
        let args = self
            .0
            .get_args()
            .map(|arg| arg.to_string_lossy().into_owned());
        std::iter::once(name)
            .chain(args)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

fn pass_on(output: impl std::io::Read, tally: &mut Tally) -> Result<()> {
    let mut out = std::io::stdout().lock();
    for line in BufReader::new(output).split(b'\n') {
        let line = line?;
        tally.read(&String::from_utf8_lossy(&line));
        out.write_all(&line)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn succeeded(status: ExitStatus, line: &str) -> Result<()> {
    if !status.success() {
        bail!("failed ({status}): {line}");
    }
    Ok(())
}
