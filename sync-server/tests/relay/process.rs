//! The real binary, started on a free port over a folder.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

/// A running `samsyn serve`; killed when dropped.
pub struct Process {
    child: Child,
    // Kept open: a closed pipe would stop a relay that prints.
    stdout: BufReader<ChildStdout>,
    /// Where it listens.
    pub address: SocketAddr,
}

fn command(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_samsyn"));
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--log-level", "debug"])
        .arg("--data")
        .arg(data);
    command
}

impl Process {
    /// Starts it and waits until it listens.
    pub fn start(data: &Path) -> Self {
        Self::start_with(data, &[])
    }

    /// The same with more flags.
    pub fn start_with(data: &Path, flags: &[&str]) -> Self {
        let mut command = command(data);
        command.args(flags);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let address = line
            .trim()
            .strip_prefix("Samsyn listens on ")
            .and_then(|url| url.split_once("://"))
            .map(|(_, address)| address)
            .unwrap_or_else(|| panic!("the first line is {line:?}"));
        let address = address.parse().unwrap();
        Self {
            child,
            stdout,
            address,
        }
    }

    /// Runs one that is expected to end by itself.
    pub fn fail(data: &Path) -> Output {
        let mut child = command(data);
        child.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = child.spawn().unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        if !line.is_empty() {
            child.kill().unwrap();
        }
        assert_eq!(line, "", "it serves");
        child.wait_with_output().unwrap()
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends it a signal, such as `-HUP`.
    #[cfg(unix)]
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([name, &id]).status().unwrap();
        assert!(sent.success());
    }

    /// Asks it to stop and waits until it has; gives whether it left well, and all it printed.
    #[cfg(unix)]
    pub fn stop(mut self) -> (bool, String) {
        self.signal("-TERM");
        let mut printed = String::new();
        self.stdout.read_to_string(&mut printed).unwrap();
        let well = self.child.wait().unwrap().success();
        (well, printed)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
