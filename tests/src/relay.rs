//! The relay as people run it: the real binary with a data folder, which a test may kill, restart and wipe.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Output;

use anyhow::{Context, Result, bail, ensure};

use crate::net;
use crate::process::{Process, command, signal};
use crate::wait::until;

/// What a relay's first line begins with.
const GREETING: &str = "Samsyn listens on http://";

/// How a relay is started.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// Where it keeps its data, if not in `data` below its folder.
    pub data: Option<PathBuf>,
    /// The address it listens on, if not the loop's.
    pub listen: Option<IpAddr>,
    /// More flags of `samsyn serve`.
    pub flags: Vec<String>,
    /// A program and its first arguments, to run it through.
    pub through: Vec<String>,
}

impl Setup {
    /// With these flags.
    #[must_use]
    pub fn with(flags: &[&str]) -> Self {
        Self {
            flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
            ..Self::default()
        }
    }
}

/// A running `samsyn serve`.
pub struct Relay {
    binary: PathBuf,
    folder: PathBuf,
    setup: Setup,
    address: SocketAddr,
    process: Process,
}

/// What became of a relay that was started over data that may be damaged.
pub enum Start {
    /// It listens.
    Serves(Box<Relay>),
    /// It has ended.
    Refuses {
        /// With this exit code; none if a signal ended it.
        code: Option<i32>,
        /// Saying this.
        words: String,
    },
}

impl Relay {
    /// Starts a relay that keeps its data and its log below `folder`, and waits until it answers.
    pub async fn start(folder: &Path) -> Result<Self> {
        Self::start_with(folder, Setup::default()).await
    }

    /// [`Relay::start`], otherwise than usual.
    pub async fn start_with(folder: &Path, setup: Setup) -> Result<Self> {
        match Self::try_start(folder, setup).await? {
            Start::Serves(relay) => Ok(*relay),
            Start::Refuses { code, words } => bail!("samsyn serve ended ({code:?}): {words}"),
        }
    }

    /// Starts a relay that may refuse to serve.
    pub async fn try_start(folder: &Path, setup: Setup) -> Result<Start> {
        let binary = binary()?;
        let begin = printed_so_far(folder);
        let mut process = serve(&binary, folder, &setup, anywhere(&setup))?;
        let listening = until("the relay listens, or refuses", async || {
            if let Some(status) = process.ended()? {
                return Ok(Some(Err(status.code())));
            }
            Ok(greeting(&printed(folder, begin)).map(Ok))
        });
        Ok(match listening.await? {
            Err(code) => Start::Refuses {
                code,
                words: printed(folder, begin),
            },
            Ok(address) => {
                let mut relay = Self {
                    binary,
                    folder: folder.to_owned(),
                    setup,
                    address,
                    process,
                };
                relay.ready().await?;
                Start::Serves(Box::new(relay))
            }
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its origin, for links and `--relay`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Where it keeps what it stores.
    pub fn data(&self) -> PathBuf {
        data(&self.folder, &self.setup)
    }

    /// The number of its process; none once its end was seen.
    pub fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// How many bytes of memory it has at the moment (Linux).
    pub fn memory(&self) -> Result<u64> {
        let id = self.id().context("it does not run")?;
        let status = fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibi = line.and_then(|line| line.trim().strip_suffix(" kB"));
        let kibi: u64 = kibi.context("no VmRSS")?.trim().parse()?;
        Ok(kibi * 1024)
    }

    /// `kill -9`.
    pub async fn kill(&mut self) -> Result<()> {
        self.process.kill().await
    }

    /// Asks it to stop in good order, and waits until it has.
    pub async fn stop(&mut self) -> Result<()> {
        self.process.stop().await
    }

    /// Sends it a signal, such as `-HUP`.
    pub async fn signal(&self, name: &str) -> Result<()> {
        signal(name, self.id().context("it does not run")?).await
    }

    /// Starts it again on the same port with what is left of its data.
    pub async fn restart(&mut self) -> Result<()> {
        self.process = serve(&self.binary, &self.folder, &self.setup, self.address)?;
        self.ready().await
    }

    /// Starts it again on any port; for a relay behind a [`crate::proxy::Proxy`], where nobody minds. Its old port may
    /// be somebody else's by now.
    pub async fn restart_anywhere(&mut self) -> Result<()> {
        *self = Self::start_with(&self.folder, self.setup.clone()).await?;
        Ok(())
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
        let printed = said(&output);
        ensure!(
            output.status.success(),
            "samsyn {}: {}\n{printed}",
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

/// What `samsyn inspect` says of a data folder that no relay uses: its exit code and its words.
pub async fn inspect(data: &Path) -> Result<(Option<i32>, String)> {
    let mut inspect = command(binary()?, ["inspect"]);
    let output = inspect.arg(data).output().await?;
    Ok((output.status.code(), said(&output)))
}

fn said(output: &Output) -> String {
    let all = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&all).into_owned()
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
        "{} is missing: cargo build --workspace --bins",
        binary.display()
    );
    Ok(binary)
}

fn data(folder: &Path, setup: &Setup) -> PathBuf {
    setup.data.clone().unwrap_or_else(|| folder.join("data"))
}

fn log_of(folder: &Path) -> PathBuf {
    folder.join("relay.log")
}

fn serve(binary: &Path, folder: &Path, setup: &Setup, listen: SocketAddr) -> Result<Process> {
    let mut serve = match setup.through.split_first() {
        None => command::<&str>(binary, []),
        Some((program, words)) => {
            let mut through = command(program, words);
            through.arg(binary);
            through
        }
    };
    serve
        .args(["serve", "--listen", &listen.to_string(), "--data"])
        .arg(data(folder, setup))
        .args(&setup.flags);
    Process::start(serve, &log_of(folder))
}

fn anywhere(setup: &Setup) -> SocketAddr {
    let mut address = net::local(0);
    address.set_ip(setup.listen.unwrap_or(address.ip()));
    address
}

fn printed_so_far(folder: &Path) -> u64 {
    fs::metadata(log_of(folder)).map_or(0, |log| log.len())
}

/// What was printed after the first `begin` bytes.
fn printed(folder: &Path, begin: u64) -> String {
    let all = fs::read(log_of(folder)).unwrap_or_default();
    let begin = usize::try_from(begin).unwrap_or(usize::MAX);
    String::from_utf8_lossy(all.get(begin..).unwrap_or_default()).into_owned()
}

fn greeting(printed: &str) -> Option<SocketAddr> {
    let mut lines = printed.split_inclusive('\n');
    let line = lines.find_map(|line| line.strip_prefix(GREETING))?;
    line.strip_suffix('\n')?.trim().parse().ok()
}

/// Every file of a folder and of the folders in it; sockets are none.
pub fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
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

/// Copies every file of a folder and of the folders in it.
pub fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    for path in files_below(from)? {
        let target = to.join(path.strip_prefix(from)?);
        fs::create_dir_all(target.parent().context("a file is in a folder")?)?;
        fs::copy(path, target)?;
    }
    Ok(())
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}
