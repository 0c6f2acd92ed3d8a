//! The relay as people run it: the real binary with a data folder, which a test may kill, restart and wipe.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Output;

use anyhow::{Context, Result, ensure};

use crate::net;
use crate::process::{Process, command};
use crate::wait::until;

/// A running `samsyn serve`.
pub struct Relay {
    binary: PathBuf,
    folder: PathBuf,
    port: u16,
    process: Process,
}

impl Relay {
    /// Starts a relay that keeps its data and its log below `folder`, and waits until it answers.
    pub async fn start(folder: &Path) -> Result<Self> {
        let binary = binary()?;
        let port = net::free_port()?;
        let process = serve(&binary, folder, port)?;
        let mut relay = Self {
            binary,
            folder: folder.to_owned(),
            port,
            process,
        };
        relay.ready().await?;
        Ok(relay)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        net::local(self.port)
    }

    /// Its origin, for links and `--relay`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Where it keeps what it stores.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// `kill -9`.
    pub async fn kill(&mut self) -> Result<()> {
        self.process.kill().await
    }

    /// Starts it again on the same port with what is left of its data.
    pub async fn restart(&mut self) -> Result<()> {
        self.process = serve(&self.binary, &self.folder, self.port)?;
        self.ready().await
    }

    /// Deletes everything it stored; only while it does not run.
    pub fn wipe(&self) -> Result<()> {
        fs::remove_dir_all(self.data())
            .with_context(|| format!("cannot delete {}", self.data().display()))
    }

    /// The files of its data folder that contain `word` as UTF-8 or UTF-16.
    pub fn files_with(&self, word: &str) -> Result<Vec<PathBuf>> {
        let utf16: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut found = Vec::new();
        for path in files_below(&self.data())? {
            let bytes = fs::read(&path)?;
            if contains(&bytes, word.as_bytes()) || contains(&bytes, &utf16) {
                found.push(path);
            }
        }
        Ok(found)
    }

    /// How many bytes its data folder holds.
    pub fn stored(&self) -> Result<u64> {
        let files = files_below(&self.data())?;
        files.iter().map(|path| Ok(fs::metadata(path)?.len())).sum()
    }

    /// Runs another command of the same binary and hands back what it printed; an error if it failed.
    pub async fn command(&self, args: &[&str]) -> Result<String> {
        let output: Output = command(&self.binary, args).output().await?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "samsyn {}: {}\n{printed}{complaint}",
            args.join(" "),
            output.status
        );
        Ok(printed)
    }

    async fn ready(&mut self) -> Result<()> {
        let address = self.address();
        until("the relay answers /healthz", async || {
            self.process.still_runs()?;
            let status = net::status_of(address, "/healthz").await?;
            Ok((status == 200).then_some(()))
        })
        .await
    }
}

/// The binary under test: `SAMSYN_BIN`, which `cargo xtask test` sets, or the one beside this test.
fn binary() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("SAMSYN_BIN") {
        return Ok(path.into());
    }
    let test = std::env::current_exe()?;
    let folder = test.ancestors().nth(2).context("the test has no folder")?;
    let binary = folder.join("samsyn");
    ensure!(
        binary.exists(),
        "{} is missing: cargo build --package samsyn-sync-server",
        binary.display()
    );
    Ok(binary)
}

fn serve(binary: &Path, folder: &Path, port: u16) -> Result<Process> {
    let listen = net::local(port).to_string();
    let mut serve = command(binary, ["serve", "--listen", &listen, "--data"]);
    serve.arg(folder.join("data"));
    Process::start(serve, &folder.join("relay.log"))
}

fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else if path.is_file() {
            files.push(path);
        }
    }
    Ok(files)
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}
