//! A disk of a few megabytes that a test may fill: a tmpfs in a mount namespace of its own, so that it is gone with the
//! process that holds it, and nothing of this machine is mounted over.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Mounts the disk, says so, and stays until its standard input ends.
const HOLD: &str = r#"mount -t tmpfs -o "size=$1" tmpfs "$2" && echo mounted && exec cat"#;
/// Who has the right may do it as they are; others become root in a user namespace of their own.
const WAYS: [&[&str]; 2] = [&["--mount"], &["--user", "--map-root-user", "--mount"]];

/// See the module. Dropping it unmounts it.
pub struct SmallDisk {
    holder: Child,
    folder: PathBuf,
}

impl SmallDisk {
    /// Mounts a disk of so many bytes over `folder`, which only the disk's own path shows.
    ///
    /// # Errors
    /// Why this system lets nobody mount one.
    pub async fn mount(folder: &Path, bytes: u64) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let mut refused = Vec::new();
        for way in WAYS {
            match hold(way, folder, bytes).await {
                Ok(disk) => return Ok(disk),
                Err(error) => refused.push(format!("unshare {}: {error:#}", way.join(" "))),
            }
        }
        bail!("no small disk can be mounted here ({})", refused.join("; "))
    }

    /// Where it is for every process.
    pub fn path(&self) -> PathBuf {
        let id = self.holder.id().unwrap_or(0);
        let folder = self.folder.strip_prefix("/").unwrap_or(&self.folder);
        Path::new("/proc")
            .join(id.to_string())
            .join("root")
            .join(folder)
    }

    /// Writes until nothing more fits.
    pub fn fill(&self) -> Result<()> {
        let mut filler = File::options()
            .create(true)
            .append(true)
            .open(self.filler())?;
        for size in [64 * 1024, 4096, 512, 1] {
            while filler.write_all(&vec![0; size]).is_ok() {}
        }
        Ok(())
    }

    /// Takes away what [`SmallDisk::fill`] wrote.
    pub fn make_room(&self) -> Result<()> {
        Ok(fs::remove_file(self.filler())?)
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }
}

async fn hold(way: &[&str], folder: &Path, bytes: u64) -> Result<SmallDisk> {
    let mut command = Command::new("unshare");
    command
        .args(way)
        .args(["sh", "-c", HOLD, "sh", &bytes.to_string()])
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut holder = command.spawn().context("unshare cannot be started")?;
    let mut said = String::new();
    let stdout = holder.stdout.take().context("no output")?;
    BufReader::new(stdout).read_line(&mut said).await?;
    if said.trim() != "mounted" {
        let output = holder.wait_with_output().await?;
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let disk = SmallDisk {
        holder,
        folder: folder.to_owned(),
    };
    // The way in may be closed even where the disk is there.
    fs::write(disk.path().join("room"), b"x").context("it cannot be reached")?;
    fs::remove_file(disk.path().join("room"))?;
    Ok(disk)
}
