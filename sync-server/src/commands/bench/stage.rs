//! The server that is measured: one of its own, started for the purpose and always stopped, or one that is named.

use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use super::Setting;
use super::machine::{self, Usage};
use crate::client::{Failure, RelayUrl};

/// A server that has not said where it listens by then will not.
const START: Duration = Duration::from_secs(30);
/// How long a server may take to end by itself before it is killed.
const STOP: Duration = Duration::from_secs(15);
/// MiB that a board may have where nothing else is needed (`config::Config::max_board`).
const LEAST_BOARD: u32 = 64;
/// What its first line begins with (`serve::welcome`).
const GREETING: &str = "Samsyn listens on ";

/// How large the server has to be.
#[derive(Clone, Copy, Debug)]
pub struct Needs {
    /// Connections at a time.
    pub connections: usize,
    /// Boards open at a time.
    pub boards: usize,
    /// Entries that a board has before anybody is measured.
    pub entries: u32,
}

impl Needs {
    /// MiB that a board may have: no fewer than a server of people allows, and a KiB for each entry.
    fn board(self) -> u32 {
        LEAST_BOARD + self.entries / 1024
    }
}

/// See the module.
pub struct Stage {
    /// Where the server is.
    pub relay: RelayUrl,
    process: Option<u32>,
    own: Option<Own>,
}

/// A server of our own. Its standard input is a pipe that ends with this process, and it with the pipe: so it is
/// gone even after a `kill -9` of this one. The folder goes last.
struct Own {
    child: Child,
    // Kept open: a closed pipe would stop a server that prints.
    _stdout: BufReader<ChildStdout>,
    _folder: TempDir,
}

impl Stage {
    /// Starts a server, or takes the one that is named.
    ///
    /// # Errors
    /// If it is not on this computer and nobody said that it may be loaded, or if it does not start.
    pub async fn set(setting: &Setting, needs: Needs) -> Result<Self, Failure> {
        machine::allow_connections(needs.connections)?;
        match &setting.address {
            Some(relay) if relay.is_loopback() || setting.yes_load_this_server => Ok(Self {
                relay: relay.clone(),
                process: setting.pid,
                own: None,
            }),
            Some(relay) => Err(Failure::NotThisComputer(relay.to_string())),
            None => Self::start(needs).await,
        }
    }

    async fn start(needs: Needs) -> Result<Self, Failure> {
        let mut folder = tempfile::Builder::new();
        let folder = folder.prefix("samsyn-bench-").tempdir();
        let folder = folder.map_err(cannot)?;
        let mut child = command(needs)?
            .arg("--data")
            .arg(folder.path())
            .spawn()
            .map_err(cannot)?;
        let stdout = child.stdout.take();
        let stdout = stdout.ok_or_else(|| Failure::NoServer("it has no output".to_owned()))?;
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        match timeout(START, stdout.read_line(&mut line)).await {
            Ok(read) => read.map_err(cannot)?,
            Err(_) => return Err(Failure::NoServer("it does not start".to_owned())),
        };
        let url = line.trim().strip_prefix(GREETING);
        let url = url.ok_or_else(|| Failure::NoServer(format!("it says {:?}", line.trim())))?;
        Ok(Self {
            relay: url.parse()?,
            process: child.id(),
            own: Some(Own {
                child,
                _stdout: stdout,
                _folder: folder,
            }),
        })
    }

    /// What the server has used; none where that is not known.
    #[must_use]
    pub fn server(&self) -> Option<Usage> {
        self.process.and_then(machine::usage)
    }

    /// Why there are no figures of the server, if there are none.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        let why = match (self.process, self.server()) {
            (_, Some(_)) => return Vec::new(),
            (None, None) => "whose process is not known: --pid names it if it is on this computer",
            (Some(_), None) => "because this system has no /proc to read them from",
        };
        vec![format!(
            "Processor and memory of the server are left out, {why}."
        )]
    }

    /// Stops the server, if it is our own.
    pub async fn end(self) {
        let Some(mut own) = self.own else { return };
        drop(own.child.stdin.take());
        if timeout(STOP, own.child.wait()).await.is_err() {
            // It is dropped, and so killed; what it could not do in this time it will not do.
            let _ = own.child.kill().await;
        }
    }
}

fn command(needs: Needs) -> Result<Command, Failure> {
    let mut command = Command::new(std::env::current_exe().map_err(cannot)?);
    // What is set for the server that people use must not bend this one.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SAMSYN_") {
            command.env_remove(name);
        }
    }
    command
        .args(["serve", "--until-stdin-ends", "--listen", "127.0.0.1:0"])
        .args(["--log-level", "warn"])
        .arg(format!("--max-connections={}", needs.connections + 64))
        .arg(format!("--max-open-boards={}", needs.boards + 8))
        .arg(format!("--max-board={}", needs.board()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    Ok(command)
}

fn cannot(error: std::io::Error) -> Failure {
    Failure::NoServer(error.to_string())
}
